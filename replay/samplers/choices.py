"""Several draws in one request: Chat Completions answers with `n` choices, and the prompt is billed once.

The choices are independent samples of one distribution, as so many requests would be
(https://platform.openai.com/docs/api-reference/chat/create). Each is kept as a response of its own, with its one
choice; the usage, which is told for all of them, is split so that the parts add up to what was billed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from replay.records import JSON, Arm
from replay.samplers import caching, openai

MOST = 8
TOGETHER = 128_000  # tokens that the choices of one request may have, where the body bounds them
NOTE = "drawn with others in one request: its prompt is counted at the first of them, its output by its length"
MARK = "replay"  # in the usage of a part
DIFFERENT = frozenset({"bad_request", "too_large", "context_length", "malformed", "timeout", "stalled", "cut"})
"""Faults that asking for one choice at a time may not have."""


class _Body(msgspec.Struct):
    """What of a body bears on how many choices it may ask for."""

    seed: Any = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None


def most(arm: Arm, api: str, endpoint: str, body: bytes) -> int:
    """How many choices a request of ``arm`` with ``body`` may ask for: more than one only where that is the same.

    Servers other than OpenAI's own often ignore or refuse ``n``, so there the arm has to say so. With a seed they
    would not be the answers that a request each gives.
    """
    if api != openai.API:
        return 1
    allowed = arm.choices if arm.choices is not None else MOST if caching.official(endpoint) else 1
    if allowed < 2:
        return 1
    told = msgspec.json.decode(body, type=_Body)
    if told.seed is not None:
        return 1
    limit = told.max_completion_tokens or told.max_tokens
    return min(allowed, max(1, TOGETHER // limit)) if limit else allowed


def asking(body: bytes, number: int) -> bytes:
    """``body``, a JSON object as bytes that has no ``n``, asking for ``number`` choices."""
    return body[:-1] + b',"n":%d}' % number


def split(raw: bytes, number: int) -> list[bytes]:
    """The choices in a response as responses with one choice each, at most ``number`` of them.

    The prompt is counted at the first; the tokens of the answer, which are told for all, go by the length of each.
    ``usage.replay`` of a part says which ``choice`` it is, ``of`` how many.
    """
    whole: dict[str, JSON] = msgspec.json.decode(raw)
    found = [one for one in whole["choices"] if isinstance(one, dict) and isinstance(one.get("message"), dict)]
    kept = found[:number]
    if len(kept) < 2:
        return [raw] if kept else []
    usages = _usages(whole.get("usage"), [len(msgspec.json.encode(one["message"])) for one in kept])
    pairs = zip(kept, usages, strict=True)
    return [msgspec.json.encode({**whole, "choices": [choice], "usage": usage}) for choice, usage in pairs]


def place(response: JSON) -> int:
    """Which choice of its request a kept response is; 0 for the first and for one that came alone."""
    match response:
        case {"usage": {"replay": {"choice": int(number)}}}:
            return number
        case _:
            return 0


def parted(response: JSON) -> bool:
    """Whether a kept response is one of several choices."""
    usage = response.get("usage") if isinstance(response, dict) else None
    return isinstance(usage, dict) and MARK in usage


def _usages(usage: JSON, weights: Sequence[int]) -> list[dict[str, JSON]]:
    told: dict[str, JSON] = usage if isinstance(usage, dict) else {}
    written = _shares(told.get("completion_tokens"), weights)
    details = told.get("completion_tokens_details")
    thought = _shares(details.get("reasoning_tokens") if isinstance(details, dict) else None, written)
    parts: list[dict[str, JSON]] = []
    for number, (output, reasoning) in enumerate(zip(written, thought, strict=True)):
        read = told.get("prompt_tokens", 0) if number == 0 else 0
        part: dict[str, JSON] = {"prompt_tokens": read, "completion_tokens": output, "total_tokens": read + output}
        if number == 0 and "prompt_tokens_details" in told:
            part["prompt_tokens_details"] = told["prompt_tokens_details"]
        if reasoning:
            part["completion_tokens_details"] = {"reasoning_tokens": reasoning}
        parts.append({**part, MARK: {"choice": number, "of": len(weights)}})
    return parts


def _shares(total: JSON, weights: Sequence[int]) -> list[int]:
    """``total`` in whole parts as ``weights`` have it, which add up to it: the largest remainders are rounded up."""
    amount = total if isinstance(total, int) else 0
    whole = sum(weights) or 1
    shares = [amount * weight // whole for weight in weights]
    by_rest = sorted(range(len(weights)), key=lambda place: (-(amount * weights[place] % whole), place))
    for at in by_rest[: amount - sum(shares)]:
        shares[at] += 1
    return shares
