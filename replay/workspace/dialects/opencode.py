"""opencode's ``edit`` and ``write``, and what its ``read`` shows.

Source: https://github.com/sst/opencode ``packages/opencode/src/tool``. An edit whose old text does not stand in the
file as it is goes through looser searches there, which are not followed: such an edit is unknown.
"""

from __future__ import annotations

import re

from replay.records import ToolCall, ToolResult
from replay.workspace import calls, numbered
from replay.workspace.effects import Effect, Effects, Truth, failed, seen_text
from replay.workspace.files import NEVER_SEEN, Absent, Files, Unknown, seen
from replay.workspace.replacing import Replacement, edited
from replay.workspace.truths import of_diff

NAME = "opencode"
_FAILURE = re.compile(r"\s*(?:Error\b|oldString |Found multiple matches|File .* not found|You must read )")
_OPENED = re.compile(r"<(?:content|file)>\n?")


def claims(call: ToolCall) -> bool:
    """Whether the call reads or writes a file in opencode's way: its arguments are in camel case."""
    return call.name in {"read", "edit", "write", "multiedit"} and calls.text(call, "filePath") is not None


def apply(call: ToolCall, files: Files) -> Effects:
    """What the tool would do. It refuses to overwrite a file that was not read."""
    path = files.name(calls.text(call, "filePath") or "")
    state = files[path]
    match call.name:
        case "write":
            content = calls.text(call, "content")
            if content is None:
                return (failed(path, state, "the call has no content", dialect=NAME),)
            return (calls.overwritten(path, state, content, dialect=NAME, new=True),)
        case "edit" | "multiedit":
            edits = _edits(call)
            if edits is None:
                return (failed(path, state, "the call lacks old or new text", dialect=NAME),)
            if len(edits) == 1 and not edits[0].old:
                return (calls.overwritten(path, state, edits[0].new, dialect=NAME, new=True),)
            return edited(path, state, edits, dialect=NAME)
    return ()


def _edits(call: ToolCall) -> tuple[Replacement, ...] | None:
    given = calls.arguments(call)
    listed = given.get("edits") if call.name == "multiedit" else [given]
    if not isinstance(listed, list) or not listed:
        return None
    made: list[Replacement] = []
    for entry in listed:
        match entry:
            case {"oldString": str(old), "newString": str(new), **rest}:
                made.append(Replacement(old, new, rest.get("replaceAll") is True, tolerant=True))
            case _:
                return None
    return tuple(made)


def observe(call: ToolCall, result: ToolResult, files: Files) -> Effects:
    """What the call showed or wrote, by the client's record where it kept one."""
    if call.name != "read":
        told = truths(call, result)
        return calls.observed(apply(call, files), told, result, files, dialect=NAME, failure=_FAILURE)
    path = files.name(calls.text(call, "filePath") or "")
    text = seen_text(result)
    if result.is_error:
        gone = "not found" in text and (isinstance(files[path], Unknown) and files[path] is not NEVER_SEEN)
        return (Effect(path, Absent()),) if gone else ()
    opened = _OPENED.search(text)
    shown, _ = numbered.read(text[opened.end() :] if opened else text, numbered.COLON)
    # The lines end where the file does, but whether its last line ends in a newline is not shown.
    return (Effect(path, seen(files[path], shown, None)),) if shown else ()


def truths(call: ToolCall, result: ToolResult) -> tuple[Truth, ...]:
    """The texts before and after that the client keeps of an edit (``metadata.filediff``)."""
    path = calls.text(call, "filePath") or ""
    if result.is_error or call.name == "read":
        return ()
    match result.detail:
        case {"metadata": {"filediff": {"before": str(before), "after": str(after)}}}:
            return (Truth(path, "file", before, after),)
        case {"metadata": {"filediff": {"patch": diff}}}:
            return of_diff(path, diff)
        case {"metadata": {"filepath": str(written), "exists": False}} if call.name == "write":
            content = calls.text(call, "content")
            return () if content is None else (Truth(written, "file", None, content),)
        case {"metadata": {"diff": str(diff)}}:
            return of_diff(path, diff)
    return ()
