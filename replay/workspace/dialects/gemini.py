"""Gemini CLI's ``replace`` and ``write_file``, and what its ``read_file`` shows.

Source: https://github.com/google-gemini/gemini-cli ``packages/core/src/tools``. Old text that does not stand in the
file as it is may be corrected there by looser searches or by a model: such an edit is unknown.
"""

from __future__ import annotations

import re

from replay.records import JSON, ToolCall, ToolResult
from replay.workspace import calls, numbered
from replay.workspace.effects import Effect, Effects, Truth, applied, failed, reason, seen_text, unknown
from replay.workspace.files import NEVER_SEEN, Absent, Files, State, Unknown, seen
from replay.workspace.replacing import Replacement, edited
from replay.workspace.truths import of_diff

NAME = "gemini"
_FAILURE = re.compile(
    r"\s*(?:Error\b|Failed to edit|File not found|File already exists|No changes to apply|\[Operation Cancelled\])"
)
_CUT = re.compile(
    r"\s*IMPORTANT: The file content has been truncated\.\nStatus: Showing lines (\d{1,9})-\d+ of (\d{1,9}) total"
)
_CUT_ONCE = re.compile(r"\[File content truncated: showing lines (\d{1,9})-\d+ of (\d{1,9}) total lines[^\n]*\n")
_BEGINS = re.compile(r"--- FILE CONTENT \(truncated\) ---\n")
_NO_TEXT = re.compile(r"<tool_output_masked>|Error\b|File not found|Cannot display content|\[Operation Cancelled\]")


def claims(call: ToolCall) -> bool:
    """Whether the call reads or writes a file in Gemini CLI's way."""
    return (
        call.name in {"replace", "write_file", "read_file"}
        and calls.text(call, "file_path", "absolute_path") is not None
    )


def _path(call: ToolCall, files: Files) -> str:
    return files.name(calls.text(call, "file_path", "absolute_path") or "")


def apply(call: ToolCall, files: Files) -> Effects:
    """What the tool would do. ``write_file`` overwrites whatever is there."""
    path = _path(call, files)
    state = files[path]
    match call.name:
        case "write_file":
            content = calls.text(call, "content")
            if content is None:
                return (failed(path, state, "the call has no content", dialect=NAME),)
            return (calls.overwritten(path, state, content, dialect=NAME),)
        case "replace":
            edit = _edit(calls.arguments(call))
            if edit is None:
                return (failed(path, state, "the call lacks old or new text", dialect=NAME),)
            if not edit.old:
                return (_created(path, state, edit.new),)
            return edited(path, state, (edit,), dialect=NAME)
    return ()


def _edit(given: dict[str, JSON]) -> Replacement | None:
    match given:
        case {"old_string": str(old), "new_string": str(new), "allow_multiple": True}:
            return Replacement(old, new, everywhere=True, tolerant=True)
        case {"old_string": str(old), "new_string": str(new), "expected_replacements": int(times)} if times > 1:
            return Replacement(old, new, everywhere=True, times=times, tolerant=True)
        case {"old_string": str(old), "new_string": str(new)}:
            return Replacement(old, new, tolerant=True)
    return None


def _created(path: str, state: State, text: str) -> Effect:
    match state:
        case Absent():
            return applied(path, None, text, dialect=NAME)
        case _ if state is NEVER_SEEN:
            return applied(path, None, text, dialect=NAME)
        case Unknown():
            return unknown(path, reason(state), dialect=NAME)
        case _:
            return failed(path, state, "an empty old text creates a file, and this one exists", dialect=NAME)


def observe(call: ToolCall, result: ToolResult, files: Files) -> Effects:
    """What the call showed or wrote."""
    if call.name == "read_file":
        return _read(call, result, files)
    told = truths(call, result)
    made = calls.observed(apply(call, files), told, result, files, dialect=NAME, failure=_FAILURE)
    if "User modified the" not in seen_text(result):
        return made
    path = _path(call, files)
    return (unknown(path, "the user changed the edit", dialect=NAME),)


def _read(call: ToolCall, result: ToolResult, files: Files) -> Effects:
    path, text = _path(call, files), seen_text(result)
    if result.is_error or _NO_TEXT.match(text.lstrip()):
        return ()
    cut = _CUT.match(text)
    begins = _BEGINS.search(text) if cut else None
    first, lines = 1, None
    if cut is not None and begins is not None:
        first, lines, text = int(cut[1]), int(cut[2]), text[begins.end() :]
    elif (once := _CUT_ONCE.match(text)) is not None:
        first, lines, text = int(once[1]), int(once[2]), text[once.end() :]
    elif cut is None and not {"offset", "limit", "start_line", "end_line"} & calls.arguments(call).keys():
        lines = text.count("\n") + 1
    else:
        return ()
    shown = numbered.whole(first, text)
    return (Effect(path, seen(files[path], shown, lines)),) if shown else ()


def truths(call: ToolCall, result: ToolResult) -> tuple[Truth, ...]:
    """The client's display of an edit, where the session keeps it: the whole texts, or a diff."""
    path = calls.text(call, "file_path", "absolute_path") or ""
    if result.is_error or call.name == "read_file":
        return ()
    match result.detail:
        case {"resultDisplay": {"newContent": str(after), "originalContent": None | str() as before}}:
            return (Truth(path, "file", before, after),)
        case {"resultDisplay": {"fileDiff": str(diff)}}:
            return of_diff(path, diff)
    return ()
