"""Providers of completions: one module each; the provider is what stands before the slash in an arm's model."""

from __future__ import annotations

import difflib

from replay.errors import UserError
from replay.records import Arm
from replay.samplers import anthropic, openai, openai_responses, recorded, scripted
from replay.samplers.protocol import Fault, MalformedResponse, Outgoing, Quota, Sampler

__all__ = ["SAMPLERS", "Fault", "MalformedResponse", "Outgoing", "Quota", "Sampler", "for_arm"]

SAMPLERS: dict[str, Sampler] = {
    "anthropic": anthropic,
    "openai": openai,
    "openai-responses": openai_responses,
    "recorded": recorded,
    "scripted": scripted,
}


def for_arm(arm: Arm) -> Sampler:
    """The sampler of the arm's provider. Raises UserError for a provider that is not known."""
    provider = arm.model.partition("/")[0]
    if provider in SAMPLERS:
        return SAMPLERS[provider]
    close = difflib.get_close_matches(provider, SAMPLERS, 1)
    hint = f"did you mean {close[0]}/…?" if close else f"use one of {', '.join(SAMPLERS)}"
    raise UserError(f"arm {arm.name}: no provider `{provider}` (model `{arm.model}`): {hint}")
