"""What a draw came to, as a trial: its completion or its error."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from replay import redact
from replay.errors import UserError
from replay.records import Completion, Exchange, Trial, TrialError
from replay.sample.draws import Draw
from replay.samplers import Fault, Sampler, choices

MESSAGE_LENGTH = 500
REFUSED_LENGTH = 1_000_000
UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, msgspec.MsgspecError, UserError)


@dataclass(frozen=True)
class Told:
    """One answer understood: the completion in ``raw``, whether it was ``cached``, and the seconds it took.

    ``batch`` is True where a batch endpoint gave it.
    """

    completion: Completion
    raw: bytes
    key: str
    cached: bool
    seconds: float | None
    batch: bool = False


def completed(draw: Draw, told: tuple[Told, ...], *, started: str | None = None, cached: bool = False) -> Trial:
    """The trial of ``draw`` whose answers were ``told``; ``cached`` where nothing was sent for this very draw."""
    free = cached or all(one.cached for one in told)
    seconds = [one.seconds for one in told if one.seconds is not None]
    followed = draw.after([one.completion for one in told])
    pairs = zip(told[:-1], followed.answers, strict=True)
    earlier = tuple(Exchange(one.completion, back, one.key, cached or one.cached) for one, back in pairs)
    further = draw.after([one.completion for one in told[:-1]]).notes if earlier else ()
    parted = (choices.NOTE,) if choices.parted(told[-1].completion.response) else ()
    return Trial(
        draw.case,
        draw.arm.name,
        draw.draw,
        draw.key,
        told[-1].completion,
        None,
        tuple(dict.fromkeys((*draw.notes, *further, *parted))),
        free,
        draw.on_policy,
        None if free else started,
        sum(seconds) if seconds else None,
        earlier,
        followed.halt,
        batch=any(one.batch for one in told) and not free,
    )


def failed(draw: Draw, fault: Fault, *, started: str | None = None, seconds: float | None = None) -> Trial:
    """The trial of ``draw`` that ended in ``fault``."""
    error = TrialError(fault.kind, clean(fault.message), fault.status)
    return Trial(
        draw.case,
        draw.arm.name,
        draw.draw,
        draw.key,
        None,
        error,
        draw.notes,
        on_policy=draw.on_policy,
        started=started,
        seconds=seconds,
    )


def parsed(sampler: Sampler, raw: bytes) -> Completion:
    """The completion in a response's JSON. Raises one of ``UNREADABLE``."""
    return sampler.parse(msgspec.json.decode(raw))


def clean(message: str) -> str:
    """An error's message without secrets (APIs quote keys), cut to a readable length."""
    return redact.text(message)[0][:MESSAGE_LENGTH]


def refused(raw: bytes) -> str:
    """A response that could not be understood, as it is kept."""
    return redact.text(raw.decode(errors="replace"))[0][:REFUSED_LENGTH]
