"""What is to be asked: a request as bytes, with the key it is known by."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from replay.records import Arm, Completion, Request
from replay.samplers import Outgoing, Sampler

BASE_URLS = {"anthropic": "ANTHROPIC_BASE_URL", "openai-chat": "OPENAI_BASE_URL", "openai-responses": "OPENAI_BASE_URL"}


Follow = Callable[[Sequence[Completion]], bytes | None]


@dataclass(frozen=True)
class Draw:
    """One request to be answered: number ``draw`` of ``case`` under ``arm``.

    ``body`` goes out byte for byte, with ``headers`` beyond those every request has; draws of one case and arm share
    it. ``shares`` name the prefixes of it that a provider caches, shortest first. Where ``long`` answers are allowed,
    they are streamed. ``follow``, told the completions so far, gives the body of a further request of the same draw, or
    None where the last completion ends it; it is pure, and each of these requests has a cache key of its own.
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
    shares: tuple[str, ...] = ()
    long: bool = False
    follow: Follow | None = None

    def key_of(self, body: bytes) -> str:
        """The key of a further request of this draw."""
        return request_key(self.arm, self.sampler.API, body, self.draw, headers=self.headers)


def plan_draw(request: Request, sampler: Sampler) -> Draw:
    """The draw of ``request``: its body as bytes and its key. Sends nothing; raises what ``sampler.body`` raises."""
    return next(plan_draws(request, sampler, [request.draw]))


def plan_draws(request: Request, sampler: Sampler, numbers: Iterable[int]) -> Iterator[Draw]:
    """The draws ``numbers`` of ``request``'s case and arm. The body is made, written and hashed once for all of them.

    Sends nothing; raises what ``sampler.body`` raises.
    """
    made: tuple[Outgoing, bytes, bytes] | None = None
    for number in numbers:
        if made is None or made[0].varies:
            outgoing = sampler.body(request if number == request.draw else replace(request, draw=number))
            body = msgspec.json.encode(outgoing.body)
            made = outgoing, body, hashlib.sha256(body).digest()
        outgoing, body, digest = made
        yield Draw(
            case=request.case.id,
            arm=request.arm,
            draw=number,
            key=_key(request.arm, sampler.API, digest, number, outgoing.headers),
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
    return _key(arm, api, hashlib.sha256(body).digest(), draw, headers or {})


def _key(arm: Arm, api: str, digest: bytes, draw: int, headers: Mapping[str, str]) -> str:
    endpoint = (arm.base_url or os.environ.get(BASE_URLS.get(api, ""), "")).rstrip("/")
    head = msgspec.json.encode([api, endpoint, draw, arm.replicate, sorted(headers.items())])
    return hashlib.sha256(head + b"\n" + digest).hexdigest()
