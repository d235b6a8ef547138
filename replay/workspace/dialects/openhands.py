"""OpenHands' ``edit_file``: a draft of some lines that a second model merges into the file, so it is never predicted.

The client's record (``old_content``, ``new_content``) tells what came of it. Its other editor is ``str_replace``.
"""

from __future__ import annotations

import re

from replay.records import ToolCall, ToolResult
from replay.workspace import calls
from replay.workspace.effects import Effects, Truth, unknown
from replay.workspace.files import NEVER_SEEN, Absent, Files

NAME = "openhands"
_FAILURE = re.compile(r"\s*(?:ERROR|Error\b|\[Edit error)")


def claims(call: ToolCall) -> bool:
    """Whether the call is to the editor that takes drafts."""
    given = calls.arguments(call)
    return call.name == "edit_file" and isinstance(given.get("path"), str) and isinstance(given.get("content"), str)


def apply(call: ToolCall, files: Files) -> Effects:
    """A new file is written as it is; what becomes of another is not told by the call."""
    path = files.name(calls.text(call, "path") or "")
    state = files[path]
    if isinstance(state, Absent) or state is NEVER_SEEN:
        return (calls.overwritten(path, state, calls.text(call, "content") or "", dialect=NAME),)
    why = "a second model merges the draft into the file"
    return (unknown(path, why, dialect=NAME),)


def observe(call: ToolCall, result: ToolResult, files: Files) -> Effects:
    """What came of the draft, by the client's record."""
    told = truths(call, result)
    return calls.observed(apply(call, files), told, result, files, dialect=NAME, failure=_FAILURE)


def truths(call: ToolCall, result: ToolResult) -> tuple[Truth, ...]:
    """The file before and after the draft was merged."""
    match result.detail:
        case {"old_content": None | str() as before, "new_content": str(after), **rest} if not result.is_error:
            existed = rest.get("prev_exist") is not False
            return (Truth(calls.text(call, "path") or "", "file", before if existed else None, after),)
    return ()
