"""Drafts of some lines that a second model merges into the file, so that what comes of them is never predicted.

OpenHands' ``edit_file``, whose record (``old_content``, ``new_content``) tells what came of it (its other editor is
``str_replace``), and the like of Cursor, Kilo Code, Trae, Copilot and Continue. Source:
https://github.com/microsoft/vscode-copilot-chat ``insertEditTool.tsx``, https://github.com/continuedev/continue
``core/tools/definitions/editFile.ts``; for the others the schemas that go out with their requests.
"""

from __future__ import annotations

import re

from replay.records import ToolCall, ToolResult
from replay.workspace import calls
from replay.workspace.effects import Effects, Truth, fragment, unknown
from replay.workspace.files import NEVER_SEEN, Absent, Files

NAME = "openhands"
_DRAFTS: dict[str, tuple[tuple[str, str], ...]] = {
    "edit_file": (("path", "content"), ("target_file", "code_edit")),
    "edit_file_fast_apply": (("file_path", "code_edit"),),
    "insert_edit_into_file": (("filePath", "code"),),
    "edit_existing_file": (("filepath", "changes"),),
}
"""By tool: the arguments that name the file and hold the draft."""
_BEFORE = re.compile(r"\.\.\.\s*(?:existing|rest of)\b", re.IGNORECASE)
_BEHIND = re.compile(r"^[^\n]*\.\.\.", re.MULTILINE)
_LEFT = re.compile(r"\b(?:existing|rest of)\b", re.IGNORECASE)
_FAILURE = re.compile(r"\s*(?:ERROR|Error\b|\[Edit error|Failed )")


def claims(call: ToolCall) -> bool:
    """Whether the call is to an editor that takes drafts."""
    return _draft(call) is not None


def _draft(call: ToolCall) -> tuple[str, str] | None:
    """The file and the draft of a call."""
    given = calls.arguments(call)
    for path, text in _DRAFTS.get(call.name, ()):
        if isinstance(given.get(path), str) and isinstance(given.get(text), str):
            return given[path], given[text]
    return None


def apply(call: ToolCall, files: Files) -> Effects:
    """A new file is written as it is, unless the draft leaves something out; what becomes of another is not told.

    A draft for a file that was not seen is judged by itself: an editor may know the file from elsewhere.
    """
    found = _draft(call)
    assert found is not None, call
    path, draft = files.name(found[0]), found[1]
    state = files[path]
    if (isinstance(state, Absent) or state is NEVER_SEEN) and not _leaves_out(draft):
        if isinstance(state, Absent) or "path" in calls.arguments(call):
            return (calls.overwritten(path, state, draft, dialect=NAME),)
        return (fragment(path, draft, dialect=NAME),)
    why = "a second model merges the draft into the file"
    return (unknown(path, why, dialect=NAME),)


def _leaves_out(draft: str) -> bool:
    """Whether the draft says that it leaves something out: ``... existing code``, ``rest of the file ...``."""
    return _BEFORE.search(draft) is not None or any(_LEFT.search(row[0]) for row in _BEHIND.finditer(draft))


def observe(call: ToolCall, result: ToolResult, files: Files) -> Effects:
    """What came of the draft, by the client's record."""
    told = truths(call, result)
    return calls.observed(apply(call, files), told, result, files, dialect=NAME, failure=_FAILURE)


def truths(call: ToolCall, result: ToolResult) -> tuple[Truth, ...]:
    """The file before and after the draft was merged."""
    match result.detail:
        case {"old_content": None | str() as before, "new_content": str(after), **rest} if not result.is_error:
            existed = rest.get("prev_exist") is not False
            path, _ = _draft(call) or ("", "")
            return (Truth(path, "file", before if existed else None, after),)
    return ()
