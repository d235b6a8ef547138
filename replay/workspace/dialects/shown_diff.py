"""Edits of which an export shows what became of the file: a diff without the file's name, as SpecStory does of Cursor.

The diff stands among the arguments; where the client's record (``detail``) has it too, it tells what was done. Cursor
shows a file that it makes as one whose only line, an empty one, was replaced: of others it shows the lines around.
"""

from __future__ import annotations

import re
from dataclasses import replace

from replay.records import ToolCall, ToolResult
from replay.workspace import calls, unified
from replay.workspace.effects import Effects, Hunk, Truth, failed, reason, unknown
from replay.workspace.files import Absent, Files, Known, Partial
from replay.workspace.replacing import Refused, Untold
from replay.workspace.sheet import Sheet
from replay.workspace.truths import of_diff

NAME = "shown_diff"
_HUNK = re.compile(r"^@@(?:[ \n]|\Z)", re.MULTILINE)
_NAMED = re.compile(r"^(?:--- \S[^\n]*\n\+\+\+ \S|diff --git )", re.MULTILINE)
_FAILURE = re.compile(
    r"\s*(?:error\b|failed|cancelled\b|the string to replace was not found|tool call timed out)", re.IGNORECASE
)


def claims(call: ToolCall) -> bool:
    """Whether the call has a path and a diff of hunks only."""
    diff = calls.text(call, "diff")
    if diff is None or calls.text(call, "file_path") is None:
        return False
    return _HUNK.search(diff) is not None and _NAMED.search(diff) is None


def apply(call: ToolCall, files: Files) -> Effects:
    """What the hunks would do to the file."""
    path = files.name(calls.text(call, "file_path") or "")
    state = files[path]
    hunks = unified.hunks(calls.text(call, "diff") or "")
    if not hunks:
        return (failed(path, state, "the diff has no lines", dialect=NAME),)
    match state:
        case Known() | Partial():
            sheet = Sheet(state)
            try:
                return sheet.effects(path, unified.changed(sheet, hunks), dialect=NAME)
            except Refused as refusal:
                return (failed(path, state, str(refusal), dialect=NAME),)
            except Untold as doubt:
                why = str(doubt)
        case Absent() if any(hunk.old for hunk in hunks):
            return (failed(path, state, "the file does not exist", dialect=NAME),)
        case _:
            why = reason(state)
    pieces = tuple(("\n".join(hunk.old), "\n".join(hunk.new)) for hunk in hunks)
    return (replace(unknown(path, why, dialect=NAME), pieces=pieces),)


def observe(call: ToolCall, result: ToolResult, files: Files) -> Effects:
    """What the diff shows, if the answer does not say that the tool failed."""
    return calls.observed(apply(call, files), truths(call, result), result, files, dialect=NAME, failure=_FAILURE)


def truths(call: ToolCall, result: ToolResult) -> tuple[Truth, ...]:
    """The hunks, where the client's record has them; the whole text of a file that there was none of before."""
    match result.detail:
        case {"diff": str(diff)} if not result.is_error:
            path = calls.text(call, "file_path") or ""
            match unified.hunks(diff):
                case (Hunk(1, () | ("",), _, new),):
                    return (Truth(path, "file", None, "\n".join(new)),)
            return of_diff(path, diff)
    return ()
