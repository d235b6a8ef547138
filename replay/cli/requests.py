"""The turns of a transcript file as ``replay show`` prints them: the request of each as rebuilt, and how well known."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from types import ModuleType

import click
import msgspec

from replay import importers, prefix, supply
from replay.cli.common import emit, printable
from replay.errors import UserError
from replay.records import JSON, Api, Fidelity, Transcript
from replay.wire import anthropic, openai_chat, openai_responses, refused
from replay.words import plural

CODECS: dict[str, ModuleType] = {
    "anthropic": anthropic,
    "openai-chat": openai_chat,
    "openai-responses": openai_responses,
}
NAMED = 8
MAX_TOKENS = 8192  # what Anthropic demands and no session file of another API has


def transcripts(file: Path) -> list[Transcript]:
    """All in ``file``. Raises UserError where there is none."""
    read = list(importers.read(file))
    if not read:
        raise UserError("holds no transcript", path=file)
    return read


def chosen(read: Sequence[Transcript], wanted: str | None, file: Path) -> Transcript:
    """The one that ``wanted`` begins the id of, or that is of that session; without it the main one.

    That is the longest that is no side conversation. Raises UserError where it names none or several.
    """
    if wanted is None:
        return max(read, key=lambda one: (one.source.parent is None, len(one.turns)))
    found = [one for one in read if wanted in {one.id, one.source.session}]
    found = found or [one for one in read if one.id.startswith(wanted)]
    if len({one.id for one in found}) == 1:
        return found[0]
    if found:
        raise UserError(f"{wanted!r} means {len(found)} transcripts: give more of one of {_ids(found)}", path=file)
    raise UserError(f"no transcript {wanted!r} in it: it has {_ids(read)}", path=file)


def _ids(listed: Sequence[Transcript]) -> str:
    return ", ".join(one.id for one in listed[:NAMED]) + (" …" if len(listed) > NAMED else "")


def body(transcript: Transcript, turn: int, api: Api | None) -> dict[str, JSON]:
    """The request of ``turn`` as rebuilt, for ``api`` or the one it was recorded from.

    A prefix that is exact goes out as it was captured; in others what the API would refuse is put right. Raises
    UserError for a turn that is not there, a request that the API would refuse all the same, and where the transcript
    tells no API and none is given.
    """
    _known(transcript, turn)
    told = supply.supplied(prefix.prefix(transcript, turn), transcript)
    wanted = api or told.setup.api
    if wanted is None:
        raise UserError(f"the transcript does not say which API it was: give --api {'|'.join(CODECS)}")
    exact = prefix.fidelity(transcript, turn).grade == "exact"
    made: dict[str, JSON]
    made, _ = CODECS[wanted].write_request(told, repair=not exact)
    if wanted == "anthropic":
        made.pop("betas", None)  # a header
        made.setdefault("max_tokens", MAX_TOKENS)
    if not exact and (why := refused.why(made, wanted)) is not None:
        raise UserError(f"the API would refuse the request of turn {turn}: {why}")
    return made


def print_turn(transcript: Transcript, turn: int) -> None:
    """One line on what is known of the request, one on its tokens."""
    _known(transcript, turn)
    click.echo(printable(f"turn {turn} of {len(transcript.turns)}: {described(_grade(transcript, turn))}"))
    if (gap := tokens(transcript, turn)) is not None:
        click.echo(f"  {gap}")


def print_transcript(transcript: Transcript, key: str) -> None:
    """``key``, its id in the file, and all turns; those in a row of which the same is known, once."""
    source = transcript.source
    of = f", part of session {source.parent}" if source.parent else f" of session {source.session}"
    session = of if source.parent or source.session else ""
    click.echo(printable(f"transcript {key}{session}: {plural(len(transcript.turns), 'turn')}"))
    turns = range(len(transcript.turns))
    told = [(described(_grade(transcript, turn)), tokens(transcript, turn)) for turn in turns]
    for (grade, gap), run in groupby(turns, key=told.__getitem__):
        first, *more = run
        named = f"turns {first} to {more[-1]}" if more else f"turn {first}"
        click.echo(printable(f"  {named}: {grade}"))
        if gap is not None:
            click.echo(f"    {gap}")


def emit_transcript(transcript: Transcript, key: str) -> None:
    """A JSON value for each turn; ``key`` is its id in the file."""
    for turn in range(len(transcript.turns)):
        recorded = supply.recorded_input(prefix.completion(transcript, turn))
        estimate = supply.estimated_input(prefix.prefix(transcript, turn))
        told = {"fidelity": _grade(transcript, turn), "input_tokens": recorded, "estimate": estimate}
        emit({"transcript": key, "session": transcript.source.session, "turn": turn, **told})


def _grade(transcript: Transcript, turn: int) -> Fidelity:
    return supply.fidelity(prefix.fidelity(transcript, turn), transcript)


def described(grade: Fidelity) -> str:
    """Grade, then what is recovered, supplied, inferred and missing, then the proof."""
    lists = [(name, getattr(grade, name)) for name in ("recovered", "supplied", "inferred", "missing")]
    told = [grade.grade, *(f"{name}: {', '.join(things)}" for name, things in lists if things)]
    return "; ".join([*told, *([grade.proof] if grade.proof else [])])


def tokens(transcript: Transcript, turn: int) -> str | None:
    """The recorded input tokens beside an estimate for the rebuilt request, None where none were recorded."""
    recorded = supply.recorded_input(prefix.completion(transcript, turn))
    if recorded is None:
        return None
    estimate = supply.estimated_input(supply.supplied(prefix.prefix(transcript, turn), transcript))
    gap = estimate - recorded
    share = f"{gap / recorded:+.0%}"
    return (
        f"input tokens: {recorded} recorded, about {estimate} rebuilt (estimate: characters / 4), gap {gap:+} ({share})"
    )


def printed(made: dict[str, JSON]) -> str:
    """The body as one line of JSON."""
    return msgspec.json.encode(made).decode()


def _known(transcript: Transcript, turn: int) -> None:
    count = len(transcript.turns)
    if not 0 <= turn < count:
        there = f"turns 0 to {count - 1}" if count > 1 else "turn 0 only" if count else "none"
        raise UserError(f"no turn {turn}: transcript {transcript.id} has {there}")
