"""What the client recorded beside the messages: hooks it ran after a call, files changed by somebody else."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from replay.records import JSON, Aside, ToolCall, Transcript

_PRINTED = re.compile(r"(?:\x1b\[\d*m)*PostToolUse:\w+(?:\x1b\[\d*m)* \[(.*?)\] [^:\n]*(?::|$)(.*)", re.DOTALL)
_ENOUGH = 2000
_WORDS = (b"PostToolUse", b"edited_text_file", b"\\u00")
"""One of them is in every aside: a name, or the letters of one escaped."""


class _Told(msgspec.Struct, rename="camel"):
    type: str = ""
    hook_event: str | None = None
    call: str | None = msgspec.field(name="toolUseID", default=None)
    command: str | None = None
    stdout: str | None = None
    stderr: str | None = None
    filename: str | None = None
    snippet: str | None = None


@dataclass(frozen=True, slots=True)
class Noted:
    """An aside and the 1-based line it stands in."""

    line: int
    aside: Aside


def noted(line: int, kind: str, *, content: JSON, call: str | None, body: bytes) -> Noted | None:
    """The aside in a row, if it is one. ``body`` is the JSON of its attachment or progress.

    Hooks come in three layouts: a ``system`` row that prints ``PostToolUse:Edit [command] …: output`` (1.0), a
    ``progress`` row of type ``hook_progress`` (2.1, without output) and an attachment ``hook_success``. The client's
    own hooks, ``callback``, change no file. A file that somebody else changed is an attachment ``edited_text_file``.
    """
    if kind == "system" and isinstance(content, str):
        match = _PRINTED.match(content)
        if match is None:
            return None
        return Noted(line, Aside(0, "hook", match[1], match[2].strip()[:_ENOUGH], call=call))
    if kind not in ("progress", "attachment") or not any(word in body for word in _WORDS):
        return None
    try:
        told = msgspec.json.decode(body, type=_Told)
    except (msgspec.MsgspecError, RecursionError):
        return None
    if told.type == "edited_text_file" and told.filename is not None:
        return Noted(line, Aside(0, "edited", told.snippet or "", path=told.filename))
    if told.hook_event != "PostToolUse" or told.command in (None, "callback"):
        return None
    output = f"{told.stdout or ''}{told.stderr or ''}"[:_ENOUGH]
    return Noted(line, Aside(0, "hook", told.command or "", output, call=told.call or call))


def placed(transcript: Transcript, found: Iterable[Noted]) -> Transcript:
    """``transcript`` with the asides of it: hooks after one of its calls; edits by others only in a main thread."""
    asides = tuple(found)
    if not asides:
        return transcript
    calls = {part.id for message in transcript.messages for part in message.parts if isinstance(part, ToolCall)}
    starts: list[int] = []
    for message in transcript.messages:
        first = message.lines[0] if message.lines is not None else 0
        starts.append(max(first, starts[-1] if starts else 0))
    mine = [
        replace(note.aside, after=max(bisect_right(starts, note.line) - 1, 0))
        for note in asides
        if (note.aside.call in calls if note.aside.kind == "hook" else transcript.source.parent is None)
    ]
    return replace(transcript, asides=tuple(sorted(mine, key=lambda aside: aside.after))) if mine else transcript
