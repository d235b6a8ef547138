"""What is to be asked: a request as bytes, with the key it is known by."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from replay.records import Arm, Request
from replay.samplers import Sampler

BASE_URLS = {"anthropic": "ANTHROPIC_BASE_URL", "openai-chat": "OPENAI_BASE_URL", "openai-responses": "OPENAI_BASE_URL"}


@dataclass(frozen=True)
class Draw:
    """One request to be answered: number ``draw`` of ``case`` under ``arm``.

    ``body`` goes out byte for byte, with ``headers`` beyond those every request has.
    """

    case: str
    arm: Arm
    draw: int
    key: str
    body: bytes
    headers: dict[str, str]
    notes: tuple[str, ...]
    on_policy: bool | None
    sampler: Sampler


def plan_draw(request: Request, sampler: Sampler) -> Draw:
    """The draw of ``request``: its body as bytes and its key. Sends nothing; raises what ``sampler.body`` raises."""
    outgoing = sampler.body(request)
    body = msgspec.json.encode(outgoing.body)
    return Draw(
        case=request.case.id,
        arm=request.arm,
        draw=request.draw,
        key=request_key(request.arm, sampler.API, body, request.draw, headers=outgoing.headers),
        body=body,
        headers=outgoing.headers,
        notes=outgoing.notes,
        on_policy=outgoing.on_policy,
        sampler=sampler,
    )


def request_key(arm: Arm, api: str, body: bytes, draw: int, *, headers: Mapping[str, str] | None = None) -> str:
    """The SHA-256, in hex, of all that decides an answer: API, endpoint, headers, body, which draw of which replicate.

    The names of case and arm are not part of it: the same request is the same wherever it is asked.
    """
    endpoint = (arm.base_url or os.environ.get(BASE_URLS.get(api, ""), "")).rstrip("/")
    head = msgspec.json.encode([api, endpoint, draw, arm.replicate, sorted((headers or {}).items())])
    return hashlib.sha256(head + b"\n" + body).hexdigest()
