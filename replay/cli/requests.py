"""The turns of a transcript file as ``replay show`` prints them: the request of each as rebuilt, and how well known."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import click
import msgspec

from replay import importers, prefix, supply
from replay.cli.common import emit, printable
from replay.errors import UserError
from replay.prompts import book
from replay.records import JSON, Api, Fidelity, Transcript
from replay.wire import anthropic, openai_chat, openai_responses, refused

CODECS: dict[str, ModuleType] = {
    "anthropic": anthropic,
    "openai-chat": openai_chat,
    "openai-responses": openai_responses,
}
MAX_TOKENS = 8192  # what Anthropic demands and no session file of another API has


def transcript_of(file: Path, given: supply.Given | None) -> Transcript:
    """The main transcript in ``file`` (the longest that is no side conversation), what it lacks filled in."""
    read = importers.read(file)
    if not read:
        raise UserError("holds no transcript", path=file)
    main = max(read, key=lambda one: (one.source.parent is None, len(one.turns)))
    return book.filled(main, given)


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
    grade = supply.fidelity(prefix.fidelity(transcript, turn), transcript)
    click.echo(printable(f"turn {turn} of {len(transcript.turns)}: {described(grade)}"))
    if (gap := tokens(transcript, turn)) is not None:
        click.echo(f"  {gap}")


def print_turns(transcript: Transcript, *, as_json: bool) -> None:
    """All turns, as ``print_turn`` prints them, or one JSON value each."""
    for turn in range(len(transcript.turns)):
        if as_json:
            recorded = supply.recorded_input(prefix.completion(transcript, turn))
            estimate = supply.estimated_input(prefix.prefix(transcript, turn))
            grade = supply.fidelity(prefix.fidelity(transcript, turn), transcript)
            emit({"turn": turn, "fidelity": grade, "input_tokens": recorded, "estimate": estimate})
        else:
            print_turn(transcript, turn)


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
    if not 0 <= turn < len(transcript.turns):
        raise UserError(f"no turn {turn}: the transcript has turns 0 to {len(transcript.turns) - 1}")
