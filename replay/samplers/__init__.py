"""Providers of completions: one module each; the provider is what stands before the slash in an arm's model."""

from __future__ import annotations

import difflib

from replay.errors import UserError
from replay.records import Arm
from replay.samplers import anthropic, anthropic_batches, openai, openai_batches, openai_responses, recorded, scripted
from replay.samplers.batches import Batching
from replay.samplers.protocol import Fault, MalformedResponse, Outgoing, Quota, Sampler

__all__ = ["BATCHES", "SAMPLERS", "Batching", "Fault", "MalformedResponse", "Outgoing", "Quota", "Sampler", "for_arm"]

SAMPLERS: dict[str, Sampler] = {
    "anthropic": anthropic,
    "openai": openai,
    "openai-responses": openai_responses,
    "recorded": recorded,
    "scripted": scripted,
}

BATCHES: dict[str, tuple[Batching, str]] = {
    anthropic.API: (anthropic_batches, "/v1/messages"),
    openai.API: (openai_batches, "/v1/chat/completions"),
    openai_responses.API: (openai_batches, "/v1/responses"),
}
"""By API: the module for its batch endpoint, and the path that the requests in a batch are for."""


def for_arm(arm: Arm) -> Sampler:
    """The sampler of the arm's provider. Raises UserError for a provider that is not known."""
    provider = arm.model.partition("/")[0]
    if provider in SAMPLERS:
        return SAMPLERS[provider]
    close = difflib.get_close_matches(provider, SAMPLERS, 1)
    hint = f"did you mean {close[0]}/…?" if close else f"use one of {', '.join(SAMPLERS)}"
    raise UserError(f"arm {arm.name}: no provider `{provider}` (model `{arm.model}`): {hint}")
