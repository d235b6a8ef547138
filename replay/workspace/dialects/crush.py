"""Crush's ``edit``, ``multiedit`` and ``write``, and what its ``view`` shows.

Source: https://github.com/charmbracelet/crush ``internal/agent/tools`` (``edit.go``, ``multiedit.go``, ``write.go``,
``view.go``). Of the edits of a ``multiedit`` those that do not fit are left out, and the others made.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from replay.records import ToolCall, ToolResult
from replay.workspace import calls, numbered
from replay.workspace.effects import Effect, Effects, Truth, applied, failed, seen_text, unknown
from replay.workspace.files import Files, Known, State, seen
from replay.workspace.replacing import Refused, Replacement, Untold, edited, replaced

NAME = "crush"
_FAILURE = re.compile(
    r"\s*(?:old_string (?:not found|appears)|you must read|file not found|file already exists|path is a directory|"
    r"file \S+ (?:has been modified|already contains)|(?:file_path|content) is required|new content is the same|"
    r"no changes made|edit \d+: |at least one edit|(?:user denied )?permission denied|user denied|error\b)",
    re.IGNORECASE,
)
_SOME = re.compile(r"\b(?:Applied|created with) (\d+) of \d+ edits\b")
_OPENED = "<file>\n"


def claims(call: ToolCall) -> bool:
    """Whether the call reads or writes a file in Crush's way: lower-case names, arguments in snake case."""
    given = calls.arguments(call)
    if not isinstance(given.get("file_path"), str):
        return False
    match call.name:
        case "edit":
            return "old_string" in given or "new_string" in given
        case "multiedit":
            return "edits" in given
        case "write":
            return "content" in given
        case "view":
            return True
    return False


def apply(call: ToolCall, files: Files) -> Effects:
    """What the tool would do. It refuses to write over a file that was not read."""
    if call.name == "view":
        return ()
    path = files.name(calls.text(call, "file_path") or "")
    state = files[path]
    if call.name == "write":
        if not (content := calls.text(call, "content")):
            return (failed(path, state, "the call has no content", dialect=NAME),)
        return (calls.overwritten(path, state, content, dialect=NAME, new=True),)
    edits = _edits(call)
    if not edits:
        return (failed(path, state, "the call lacks old or new text", dialect=NAME),)
    if not edits[0].old:
        return (_created(path, state, edits),)
    if isinstance(state, Known):
        return (_fitting(path, state, edits),)
    return edited(path, state, edits, dialect=NAME)


def _created(path: str, state: State, edits: Sequence[Replacement]) -> Effect:
    if isinstance(state, Known):
        return failed(path, state, "the file already exists", dialect=NAME)
    try:
        text, _ = _made(edits[0].new, edits[1:])
    except Untold as doubt:
        return unknown(path, str(doubt), dialect=NAME)
    return calls.overwritten(path, state, text, dialect=NAME, new=True)


def _fitting(path: str, state: Known, edits: Sequence[Replacement]) -> Effect:
    try:
        text, why = _made(state.text, edits)
    except Untold as doubt:
        return unknown(path, str(doubt), dialect=NAME)
    if text == state.text:
        return failed(path, state, why or "the edits change nothing", dialect=NAME)
    return applied(path, state.text, text, dialect=NAME)


def _made(text: str, edits: Sequence[Replacement]) -> tuple[str, str | None]:
    """``text`` after the edits that fit, and why another does not."""
    why = None
    for edit in edits:
        try:
            text = replaced(text, edit)
        except Refused as refusal:
            why = str(refusal)
    return text, why


def _edits(call: ToolCall) -> tuple[Replacement, ...]:
    given = calls.arguments(call)
    listed = given.get("edits") if call.name == "multiedit" else [given]
    made: list[Replacement] = []
    for entry in listed if isinstance(listed, list) else ():
        match entry:
            case {"old_string": str(old), "new_string": str(new), **rest}:
                made.append(Replacement(old, new, rest.get("replace_all") is True))
            case _:
                return ()
    return tuple(made)


def observe(call: ToolCall, result: ToolResult, files: Files) -> Effects:
    """What the call showed or wrote."""
    path, text = files.name(calls.text(call, "file_path") or ""), seen_text(result)
    if call.name != "view":
        if _SOME.search(text) and not isinstance(files[path], Known):
            return (unknown(path, "some of the edits failed, and the file is not known", dialect=NAME),)
        return calls.observed(apply(call, files), (), result, files, dialect=NAME, failure=_FAILURE)
    if result.is_error or not text.startswith(_OPENED):
        return ()
    shown, _ = numbered.read(text.removeprefix(_OPENED), numbered.BAR)
    # The lines end where the file does, but whether its last line ends in a newline is not shown.
    return (Effect(path, seen(files[path], shown, None)),) if shown else ()


def truths(call: ToolCall, result: ToolResult) -> tuple[Truth, ...]:  # noqa: ARG001 - the protocol's signature
    """None: a recorded request holds what the model saw, and no more."""
    return ()
