"""pi's ``edit`` and ``write``, and what its ``read`` shows.

Source: https://github.com/badlogic/pi-mono ``packages/coding-agent/src/core/tools`` and recorded sessions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from replay.records import ToolCall, ToolResult
from replay.workspace import calls, numbered
from replay.workspace.effects import Effect, Effects, Hunk, Truth, failed, seen_text, unknown
from replay.workspace.files import Files, seen
from replay.workspace.replacing import Replacement, edited

NAME = "pi"
_FAILURE = re.compile(
    r"\s*(?:Error\b|File not found|Could not find|Found \d+ occurrences|No changes made|Operation aborted)"
)
_MORE = re.compile(r"\n\n(?:\.\.\. \(\d+ more lines not shown|\[Showing lines|\[\d+ more lines in file)[^\n]*\Z")
_NOTES = re.compile(r"\n\n(?:Some lines were truncated|\[Some lines)[^\n]*\Z|\A\[Line \d+ is ")
_SPECIAL = re.compile(r"\$[$&`']")
_LINE = re.compile(r"([-+ ])[ ]*(\d+) (.*)", re.DOTALL)


def claims(call: ToolCall) -> bool:
    """Whether the call reads or writes a file in pi's way."""
    given = calls.arguments(call)
    if not isinstance(given.get("path"), str):
        return False
    match call.name:
        case "edit":
            return "oldText" in given or "edits" in given
        case "write":
            return "content" in given
        case "read":
            return True
    return False


def apply(call: ToolCall, files: Files) -> Effects:
    """What the tool would do. ``write`` overwrites whatever is there."""
    path = files.name(calls.text(call, "path") or "")
    state = files[path]
    match call.name:
        case "write":
            content = calls.text(call, "content")
            if content is None:
                return (failed(path, state, "the call has no content", dialect=NAME),)
            return (calls.overwritten(path, state, content, dialect=NAME),)
        case "edit":
            edits = _edits(call)
            if not edits:
                return (failed(path, state, "the call lacks old or new text", dialect=NAME),)
            if any(_SPECIAL.search(edit.new) for edit in edits):
                why = "versions of the tool read $$ and $& in the new text in their own way"
                return (unknown(path, why, dialect=NAME),)
            return edited(path, state, edits, dialect=NAME)
    return ()


def _edits(call: ToolCall) -> tuple[Replacement, ...] | None:
    given = calls.arguments(call)
    listed = given["edits"] if isinstance(given.get("edits"), list) else [given]
    made: list[Replacement] = []
    for entry in listed:
        match entry:
            case {"oldText": str(old), "newText": str(new)}:
                made.append(Replacement(old, new, tolerant=True))
            case _:
                return None
    return tuple(made)


def observe(call: ToolCall, result: ToolResult, files: Files) -> Effects:
    """What the call showed or wrote, by the client's record where it kept one."""
    if call.name != "read":
        told = truths(call, result)
        return calls.observed(apply(call, files), told, result, files, dialect=NAME, failure=_FAILURE)
    path, text = files.name(calls.text(call, "path") or ""), seen_text(result)
    if result.is_error or not text or _NOTES.search(text):
        return ()
    more = _MORE.search(text)
    body = text[: more.start()] if more else text
    offset = calls.arguments(call).get("offset")
    first = offset if isinstance(offset, int) and offset > 0 else 1
    shown = numbered.whole(first, body)
    lines = None if more else first + body.count("\n")
    return (Effect(path, seen(files[path], shown, lines)),) if shown else ()


def truths(call: ToolCall, result: ToolResult) -> tuple[Truth, ...]:
    """The numbered diff that the client keeps of an edit."""
    path = calls.text(call, "path") or ""
    match result.detail:
        case {"diff": str(diff)} if call.name == "edit" and not result.is_error:
            hunks = tuple(_hunks(diff))
            return (Truth(path, "hunks", hunks=hunks),) if hunks else ()
    return ()


def _hunks(diff: str) -> Iterator[Hunk]:
    """Hunks of lines ``-12 old``, ``+12 new`` and `` 12 both``, apart where ``...`` stands.

    Versions of the tool counted wrongly behind ``...``, so the numbers are not taken for the places of the lines.
    """
    old: list[str] = []
    new: list[str] = []
    for raw in [*diff.split("\n"), ""]:
        match = _LINE.fullmatch(raw)
        if match is None:
            if old or new:
                yield Hunk(0, tuple(old), 0, tuple(new))
            old, new = [], []
            continue
        if match[1] in " -":
            old.append(match[3])
        if match[1] in " +":
            new.append(match[3])
