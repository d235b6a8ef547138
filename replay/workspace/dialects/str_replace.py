"""The ``str_replace_editor`` family: one tool with ``command`` view, create, str_replace, insert and undo_edit.

Spoken by Anthropic's text editor tool (``str_replace_based_edit_tool``), SWE-agent and OpenHands; by Goose, with a
command ``write``, and by Amazon Q (``fs_write``), with ``append``. These two end what they write in a newline. Source:
https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/text-editor-tool, https://github.com/block/goose
``crates/goose-mcp``, https://github.com/aws/amazon-q-developer-cli ``tools/fs_write.rs``, and recorded runs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from replay.records import ToolCall, ToolResult
from replay.workspace import numbered
from replay.workspace.effects import (
    Effect,
    Effects,
    Truth,
    applied,
    failed,
    found,
    is_applied,
    reason,
    seen_text,
    unknown,
)
from replay.workspace.files import (
    NEVER_SEEN,
    Absent,
    Files,
    Known,
    Partial,
    State,
    Unknown,
    joined,
    lost,
    seen,
)
from replay.workspace.replacing import Replacement, edited
from replay.workspace.sheet import Sheet
from replay.workspace.truths import of_diff, settled

NAME = "str_replace"
KEEPS_OLD = frozenset({"str_replace_editor", "file_editor"})
_GOOSE, _AMAZON = "developer__text_editor", "fs_write"
TOOLS = KEEPS_OLD | {"str_replace_based_edit_tool", "text_editor", _GOOSE, _AMAZON}
_REFUSED = re.compile(
    r"\s*(ERROR|Error|No replacement was performed|Invalid `|Failed |File already exists|"
    r"The path .* does not exist|Ran into )"
)
_CLIPPED = "<response clipped>"
_SHOWN = re.compile(r"[^\n]*`cat -n`[^\n]*\n")


def claims(call: ToolCall) -> bool:
    """Whether the call is to a text editor tool of this family and names a file."""
    return (
        call.name in TOOLS
        and isinstance(call.arguments, dict)
        and isinstance(call.arguments.get("command"), str)
        and isinstance(call.arguments.get("path"), str)
    )


def apply(call: ToolCall, files: Files) -> Effects:
    """What the tool would do."""
    arguments = _arguments(call)
    path = files.name(arguments["path"])
    state = files[path]
    match arguments:
        case {"command": "view"}:
            return ()
        case {"command": "create", "file_text": str(text)} | {"command": "write", "file_text": str(text)}:
            return (_created(call.name, path, state, _ended(call.name, text)),)
        case {"command": "create", "new_str": str(text)} if call.name == _AMAZON:
            return (_created(call.name, path, state, _ended(call.name, text)),)
        case {"command": "append", "new_str": str(text)} if call.name == _AMAZON:
            return (_appended(path, state, _ended(call.name, text)),)
        case {"command": "insert", "new_str": str(text)} if call.name == _AMAZON and not text.endswith("\n"):
            return (unknown(path, "text is put before a line, and does not end in a newline", dialect=NAME),)
        case {"command": "str_replace", "diff": str()} if call.name == _GOOSE:
            return (unknown(path, "a diff in place of the texts is not followed", dialect=NAME),)
        case {"command": "insert", "insert_line": int(line)} if call.name == _GOOSE and line < 0:
            return (unknown(path, "a line that is counted from the end is not followed", dialect=NAME),)
        case {"command": "str_replace", "old_str": str(old)}:
            new = arguments.get("new_str")
            return edited(path, state, (Replacement(old, new if isinstance(new, str) else ""),), dialect=NAME)
        case {"command": "insert", "insert_line": int(line), "insert_text": str(text)}:
            return _insert(path, state, line, text)
        case {"command": "insert", "insert_line": int(line), "new_str": str(text)}:
            return _insert(path, state, line, text)
        case {"command": "undo_edit"}:
            return (unknown(path, "an undo goes back to what is not kept here", dialect=NAME),)
        case {"command": command}:
            return (failed(path, state, f"{command}: an unknown command, or an argument is missing", dialect=NAME),)
    return ()


def observe(call: ToolCall, result: ToolResult, files: Files) -> Effects:
    """What the call showed or wrote."""
    arguments = _arguments(call)
    path = files.name(arguments["path"])
    state = files[path]
    text = _unframed(seen_text(result))
    predicted = apply(call, files)
    if result.is_error or _REFUSED.match(text):
        why = " ".join(text.split())[:160] or "the tool refused"
        if "does not exist" in text and isinstance(state, Unknown):
            state = Absent()
        elif "did not appear verbatim" in text and any(is_applied(effect) for effect in predicted):
            state = lost(state, "the tool did not find what should be there", keep=False)
        elif "already exists" in text and state is NEVER_SEEN:
            state = Unknown("exists, but was not read")
        if arguments["command"] == "view":
            return (Effect(path, state),)
        return (failed(path, state, why, dialect=NAME),)
    if arguments["command"] == "view":
        return _viewed(path, state, arguments, text)
    told = truths(call, result)
    if told:
        return settled(predicted, told, files, dialect=NAME)
    return tuple(made for effect in predicted if isinstance(effect, Effect) for made in _confirmed(effect, text))


def truths(call: ToolCall, result: ToolResult) -> tuple[Truth, ...]:
    """What OpenHands recorded of an edit: the texts before and after of the file, or only of what was replaced."""
    arguments = _arguments(call)
    path = str(arguments.get("path"))
    if result.is_error or arguments.get("command") == "view" or _REFUSED.match(_unframed(seen_text(result))):
        return ()
    match result.detail:
        case {"old_content": None | "", "new_content": str(after), "prev_exist": False} if "file_text" in arguments:
            return (Truth(path, "file", None, after),)
        case {"old_content": str(before), "new_content": str(after)} if before != arguments.get("old_str"):
            return (Truth(path, "file", before, after),)
        case {"diff": str(diff)}:
            return of_diff(path, diff)
    return ()


def _unframed(text: str) -> str:
    return text.removeprefix("OBSERVATION:\n").replace("\r\n", "\n")


# --- commands ----------------------------------------------------------------------------------------------


def _created(tool: str, path: str, state: State, text: str) -> Effect:
    match state:
        case Known(old) if tool in KEEPS_OLD:
            return failed(path, state, "the file exists: create does not overwrite", dialect=NAME)
        case Known(old):
            return applied(path, old, text, dialect=NAME)
        case Absent():
            return applied(path, None, text, dialect=NAME)
        case Unknown() if state is NEVER_SEEN or tool in KEEPS_OLD:
            return applied(path, None, text, dialect=NAME)
        case Partial() if tool in KEEPS_OLD:
            return failed(path, state, "the file exists: create does not overwrite", dialect=NAME)
        case _:
            return unknown(path, reason(state), dialect=NAME, state=Known(text))


def _ended(tool: str, text: str) -> str:
    """``text`` as the tool writes it."""
    return text if text.endswith("\n") or tool not in {_GOOSE, _AMAZON} else text + "\n"


def _appended(path: str, state: State, text: str) -> Effect:
    match state:
        case Known(old):
            return applied(path, old, (old if old.endswith("\n") else old + "\n") + text, dialect=NAME)
        case Absent():
            return failed(path, state, "the file does not exist", dialect=NAME)
    return unknown(path, reason(state), dialect=NAME)


def _insert(path: str, state: State, line: int, text: str) -> Sequence[Effect]:
    """Lines of ``text`` after line ``line`` (0: before the first), each ended by a newline."""
    new = text.removesuffix("\n").split("\n")
    match state:
        case Known(old):
            lines = old.split("\n")
            if not 0 <= line <= len(lines):
                return (failed(path, state, f"line {line} is not in the file", dialect=NAME),)
            return (applied(path, old, "\n".join([*lines[:line], *new, *lines[line:]]), dialect=NAME),)
        case Partial() if line >= 0:
            sheet = Sheet(state)
            if (place := sheet.at(line + 1)) is None:
                return (unknown(path, reason(state), dialect=NAME),)
            sheet.replace(place, 0, new)
            return sheet.effects(path, sheet.texts(), dialect=NAME)
        case Absent():
            return (failed(path, state, "the file does not exist", dialect=NAME),)
        case _:
            return (unknown(path, reason(state), dialect=NAME),)


# --- results -----------------------------------------------------------------------------------------------


def _viewed(path: str, state: State, arguments: dict[str, Any], text: str) -> Effects:
    head = _SHOWN.match(text)
    body = text[head.end() if head else 0 :]
    cut = body.rfind(_CLIPPED)
    segments, tail = numbered.read(body if cut < 0 else body[: body.rfind("\n", 0, cut)])
    if not segments:
        return ()
    clipped = cut >= 0 or "clipped" in tail or "truncated" in tail
    complete = "view_range" not in arguments or arguments["view_range"] is None
    return (Effect(path, seen(state, segments, segments[-1].last if complete and not clipped else None)),)


def _confirmed(effect: Effect, text: str) -> tuple[Effect, ...]:
    """The predicted effect of a call that went well, unless the snippet it answered with tells otherwise."""
    head = _SHOWN.search(text)
    shown = numbered.read(text[head.end() :])[0] if head else ()
    if is_applied(effect):
        if isinstance(effect.state, Known) and not numbered.holds(effect.state.text, shown):
            return (unknown(effect.path, "the tool's answer shows another text", dialect=NAME, state=joined(shown)),)
        return (effect,)
    if effect.pieces:
        return found(effect, dialect=NAME, state=joined(shown) if shown else None)
    why = effect.change.why if effect.change is not None and effect.change.why else "edited where it is not known"
    written = isinstance(effect.state, Known) and effect.change is not None and effect.change.status != "failed_edit"
    state = effect.state if written else joined(shown) if shown else Unknown(why)
    return (unknown(effect.path, why, dialect=NAME, state=state),)


def _arguments(call: ToolCall) -> dict[str, Any]:
    return call.arguments if isinstance(call.arguments, dict) else {}
