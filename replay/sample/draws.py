"""What is to be asked: a request as bytes, with the key it is known by."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec.structs import replace

from replay.records import Arm, Completion, Halt, Message, Request
from replay.samplers import Outgoing, Sampler, caching

BASE_URLS = {"anthropic": "ANTHROPIC_BASE_URL", "openai-chat": "OPENAI_BASE_URL", "openai-responses": "OPENAI_BASE_URL"}


LONG = 21_333  # tokens of an answer that may take ten minutes: the SDKs want those streamed
_LIMITS = ("max_tokens", "max_completion_tokens", "max_output_tokens")


@dataclass(frozen=True)
class Followed:
    """What comes behind a draw's completions so far: the ``body`` of a further request, or None where it ends there.

    ``answers`` are what was sent back to each of them but the last (to all, where there is a body). ``halt`` says why
    a draw ends though its last completion asks for more; ``notes`` what the further request had to leave out.
    """

    body: bytes | None = None
    answers: tuple[tuple[Message, ...], ...] = ()
    halt: Halt | None = None
    notes: tuple[str, ...] = ()


Follow = Callable[[Sequence[Completion]], Followed]


@dataclass(frozen=True)
class Draw:
    """One request to be answered: number ``draw`` of ``case`` under ``arm``.

    ``body`` goes out byte for byte, with ``headers`` beyond those every request has; draws of one case and arm share
    it. ``shares`` name the prefixes of it that a provider caches, shortest first. Where ``long`` answers are allowed,
    they are streamed. ``follow``, told the completions so far, gives the body of a further request of the same draw; it
    is pure, and each of these requests has a cache key of its own. ``first`` is that of the first one, where ``key``
    stands for all of them.
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
    first: str = ""

    @property
    def request(self) -> str:
        """The key of the first request."""
        return self.first or self.key

    def after(self, completions: Sequence[Completion]) -> Followed:
        """What comes behind ``completions``."""
        return self.follow(completions) if self.follow is not None else Followed()

    def key_of(self, body: bytes) -> str:
        """The key of a further request of this draw; cache marks are no part of it."""
        return request_key(self.arm, self.sampler.API, body, self.draw, headers=self.headers)


class _Written(NamedTuple):
    """A request as its sampler writes it: what decides its answer as a digest, and its pieces as a cache keeps them."""

    request: Request
    sampler: Sampler
    outgoing: Outgoing
    digest: bytes
    steps: tuple[caching.Step, ...]

    @classmethod
    def of(cls, request: Request, sampler: Sampler) -> _Written:
        outgoing = sampler.body(request)
        plain = caching.bare(outgoing.body)
        steps = caching.steps(sampler.API, endpoint(request.arm, sampler.API), plain)
        return cls(request, sampler, outgoing, caching.digest(plain, steps), steps)

    def draws(self, numbers: Iterable[int], arranged: caching.Arranged) -> Iterator[Draw]:
        """Its draws, which share one body."""
        body = msgspec.json.encode(arranged.body)
        long = any(_tokens(arranged.body.get(name)) > LONG for name in _LIMITS)
        for number in numbers:
            yield Draw(
                case=self.request.case.id,
                arm=self.request.arm,
                draw=number,
                key=_key(self.request.arm, self.sampler.API, self.digest, number, self.outgoing.headers),
                body=body,
                headers=self.outgoing.headers,
                notes=self.outgoing.notes,
                on_policy=self.outgoing.on_policy,
                sampler=self.sampler,
                shares=arranged.shares,
                long=long,
            )


def plan_draw(request: Request, sampler: Sampler) -> Draw:
    """The draw of ``request`` by itself. Sends nothing; raises what ``sampler.body`` raises."""
    return next(plan_draws([(request, sampler)], [request.draw], cache="never"))


def plan_draws(
    asked: Iterable[tuple[Request, Sampler]],
    numbers: Sequence[int],
    *,
    cache: Literal["auto", "never"] = "auto",
    early: bool = False,
) -> Iterator[Draw]:
    """The draws ``numbers`` of one case under each arm that is ``asked``, arm by arm.

    A body is made, written and hashed once for all draws of it. With ``cache`` it is marked for the provider's prompt
    cache where something is sent again: the whole for several draws, what arms have in common, and with ``early`` the
    tools and system prompt, for further cases. Sends nothing; raises what ``sampler.body`` raises.
    """
    written = [_Written.of(request, sampler) for request, sampler in asked]
    for one in written:
        if one.outgoing.varies:
            for number in numbers:
                each = _Written.of(replace(one.request, draw=number), one.sampler)
                yield from each.draws([number], caching.Arranged(each.outgoing.body, ()))
        elif cache == "never":
            yield from one.draws(numbers, caching.Arranged(one.outgoing.body, ()))
        else:
            arranged = caching.arrange(
                one.sampler.API,
                one.outgoing.body,
                one.steps,
                [other.steps for other in written if other is not one],
                endpoint=endpoint(one.request.arm, one.sampler.API),
                repeats=len(numbers) > 1,
                early=early,
            )
            yield from one.draws(numbers, arranged)


def further(request: Request, sampler: Sampler, *, cache: Literal["auto", "never"] = "auto") -> tuple[bytes, Outgoing]:
    """The body of a request behind some turns of its draw, marked so that it reads what those before it have cached.

    Raises what ``sampler.body`` raises.
    """
    now = _Written.of(request, sampler)
    if cache == "never":
        return msgspec.json.encode(now.outgoing.body), now.outgoing
    before = _Written.of(replace(request, earlier=request.earlier[:-1]), sampler)
    place = endpoint(request.arm, sampler.API)
    arranged = caching.arrange(
        sampler.API, now.outgoing.body, now.steps, [before.steps], endpoint=place, repeats=True, early=False
    )
    return msgspec.json.encode(arranged.body), now.outgoing


def endpoint(arm: Arm, api: str) -> str:
    """The address that the arm's requests go to; empty for the provider's own."""
    return (arm.base_url or os.environ.get(BASE_URLS.get(api, ""), "")).rstrip("/")


def request_key(arm: Arm, api: str, body: bytes, draw: int, *, headers: Mapping[str, str] | None = None) -> str:
    """The SHA-256, in hex, of all that decides an answer: API, endpoint, headers, body, which draw of which replicate.

    The names of case and arm are not part of it: the same request is the same wherever it is asked. Neither are cache
    marks, nor how the JSON is spaced.
    """
    plain = caching.bare(msgspec.json.decode(body))
    steps = caching.steps(api, endpoint(arm, api), plain)
    return _key(arm, api, caching.digest(plain, steps), draw, headers or {})


def _key(arm: Arm, api: str, digest: bytes, draw: int, headers: Mapping[str, str]) -> str:
    head = msgspec.json.encode([api, endpoint(arm, api), draw, arm.replicate, sorted(headers.items())])
    return hashlib.sha256(head + b"\n" + digest).hexdigest()


def _tokens(limit: Any) -> int:  # noqa: ANN401 - whatever a body has there
    return limit if isinstance(limit, int) else 0
