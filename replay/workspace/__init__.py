"""The files as a transcript shows them to be before each turn, and what a completion would write to them."""

from __future__ import annotations

from collections.abc import Iterator

from replay.records import ToolCall, Transcript
from replay.workspace import dialects
from replay.workspace.effects import Effect, Loss
from replay.workspace.files import Absent, Files, Known, Partial, Segment, State, Unknown
from replay.workspace.timeline import Before, Done, play
from replay.workspace.verify import verify
from replay.workspace.written import changes, is_file, recorded

__all__ = [
    "Absent",
    "Files",
    "Known",
    "Partial",
    "Segment",
    "State",
    "Unknown",
    "before",
    "changes",
    "is_file",
    "recorded",
    "verify",
    "walk",
]


def walk(transcript: Transcript) -> Iterator[tuple[int, Files]]:
    """Each turn (0-based) with the files as known from what came before it."""
    for event in play(transcript):
        if isinstance(event, Before):
            yield event.turn, event.files


def before(transcript: Transcript, turn: int, *, reveal: bool = True) -> Files:
    """The files before ``turn`` (0-based). Raises IndexError where there is no such turn.

    With ``reveal``, what the client recorded of the turn's own first edit of a file counts too: the content of a file
    before the critical turn is a fact, whether or not the transcript had shown it by then. It does not count after
    an earlier call of that turn that may have changed the file.
    """
    index = transcript.turns[turn].message
    files: Files | None = None
    touched: set[str] = set()
    states: dict[str, State] = {}
    for event in play(transcript):
        match event:
            case Before(number, known) if number == turn:
                files = known
                if not reveal:
                    break
            case Before() if files is not None:
                break
            case Done(message=message, call=call) if message == index and files is not None:
                if not _reveal(event, call, touched, states):
                    break
    if files is None:
        raise IndexError(f"the transcript has no turn {turn}")
    return files.put(states)


def _reveal(event: Done, call: ToolCall, touched: set[str], states: dict[str, State]) -> bool:
    """Notes what the edit tells of its file; False once a call of the turn may have written anything."""
    for truth in dialects.of(call).truths(call, event.result):
        path = event.files.name(truth.path)
        if truth.told == "file" and path not in touched:
            states[path] = Absent() if truth.before is None else Known(truth.before)
    for effect in event.effects:
        if isinstance(effect, Loss):
            return False
        if isinstance(effect, Effect):
            touched.add(effect.path)
    return True
