"""GitHub Copilot's file tools: the CLI's ``edit``, ``create`` and ``view``, and the editor's tools of the same kind.

The CLI speaks the text editor's arguments (``old_str`` …), the editor its own (``replace_string_in_file`` …).
"""

from __future__ import annotations

import re

from replay.records import ToolCall, ToolResult
from replay.workspace import calls, numbered
from replay.workspace.effects import Effect, Effects, Truth, applied, failed, reason, seen_text, unknown
from replay.workspace.files import NEVER_SEEN, Absent, Files, Known, State, Unknown, seen
from replay.workspace.replacing import Replacement, edited
from replay.workspace.truths import of_diff

NAME = "copilot"
_FAILURE = re.compile(
    r"\s*(?:Error\b|ERROR\b|No match found|Multiple matches|String replacement failed"
    r"|Path .* (?:already exists|does not exist))"
)
_CLI = frozenset({"edit", "create", "view"})
_EDITOR = frozenset({"replace_string_in_file", "multi_replace_string_in_file", "create_file"})


def claims(call: ToolCall) -> bool:
    """Whether the call reads or writes a file in Copilot's way."""
    given = calls.arguments(call)
    if call.name in _CLI:
        return isinstance(given.get("path"), str) and (call.name != "edit" or "old_str" in given)
    return call.name in _EDITOR and ("filePath" in given or "replacements" in given)


def apply(call: ToolCall, files: Files) -> Effects:
    """What the tool would do. ``create`` refuses to overwrite, the editor's only a file that is not empty."""
    if call.name == "multi_replace_string_in_file":
        return _several(call, files)
    path = files.name(calls.text(call, "path", "filePath") or "")
    state = files[path]
    match call.name:
        case "create" | "create_file":
            content = calls.text(call, "file_text", "content")
            if content is None:
                return (failed(path, state, "the call has no text", dialect=NAME),)
            if call.name == "create_file" and state == Known(""):
                return (applied(path, "", content, dialect=NAME),)
            return (_created(path, state, content),)
        case "edit" | "replace_string_in_file":
            old = calls.text(call, "old_str", "oldString")
            if not old:
                return (failed(path, state, "the call lacks old text", dialect=NAME),)
            new = calls.text(call, "new_str", "newString") or ""
            loose = call.name != "edit"
            return edited(path, state, (Replacement(old, new, tolerant=loose),), dialect=NAME)
    return ()


def _several(call: ToolCall, files: Files) -> Effects:
    by_path: dict[str, list[Replacement]] = {}
    listed = calls.arguments(call).get("replacements")
    for entry in listed if isinstance(listed, list) else ():
        match entry:
            case {"filePath": str(path), "oldString": str(old), "newString": str(new)}:
                by_path.setdefault(files.name(path), []).append(Replacement(old, new, tolerant=True))
    return [
        effect for path, edits in by_path.items() for effect in edited(path, files[path], tuple(edits), dialect=NAME)
    ]


def _created(path: str, state: State, text: str) -> Effect:
    match state:
        case Absent():
            return applied(path, None, text, dialect=NAME)
        case _ if state is NEVER_SEEN:
            return applied(path, None, text, dialect=NAME)
        case Unknown():
            return unknown(path, reason(state), dialect=NAME, state=Known(text))
        case _:
            return failed(path, state, "the file exists: create does not overwrite", dialect=NAME)


def observe(call: ToolCall, result: ToolResult, files: Files) -> Effects:
    """What the call showed or wrote, by the client's record where it kept one."""
    if call.name != "view":
        told = truths(call, result)
        return calls.observed(apply(call, files), told, result, files, dialect=NAME, failure=_FAILURE)
    path, text = files.name(calls.text(call, "path") or ""), seen_text(result)
    shown, tail = numbered.read(text, numbered.DOT)
    if result.is_error or not shown:
        return ()
    whole = calls.arguments(call).get("view_range") is None and not tail.strip() and shown[0].first == 1
    return (Effect(path, seen(files[path], shown, shown[-1].last if whole else None)),)


def truths(call: ToolCall, result: ToolResult) -> tuple[Truth, ...]:
    """The diff that the CLI keeps of an edit (``detailedContent``)."""
    path = calls.text(call, "path") or ""
    match result.detail:
        case {"success": True, "result": {"detailedContent": str(diff)}} if call.name in {"edit", "create"}:
            if call.name == "create":
                content = calls.text(call, "file_text")
                return () if content is None or not diff.strip() else (Truth(path, "after", after=content),)
            return of_diff(path, diff)
    return ()
