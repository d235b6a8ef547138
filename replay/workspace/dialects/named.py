"""Tools of many agents that write a whole file or replace a text, known by their names and their arguments' names.

A row says what a tool does; the semantics are those of plain edit tools: a text to be replaced stands in the file once
unless the call says all. Where an agent's tool may find it in looser ways, which are not followed, the edit is unknown.
Sources: https://github.com/continuedev/continue ``core/tools/definitions``, https://github.com/MoonshotAI/kimi-cli
``tools/file``, https://github.com/modelcontextprotocol/servers ``src/filesystem``, https://github.com/block/goose and
https://github.com/zed-industries/zed; for Amp, Augment, Claude.ai, Cursor, Kiro, Qoder, Trae, Windsurf and Antigravity
the schemas that go out with their requests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from replay.records import ToolCall, ToolResult
from replay.workspace import calls
from replay.workspace.effects import Effect, Effects, Truth, applied, deleted, failed, unknown
from replay.workspace.files import Absent, Files, Known, Partial, State
from replay.workspace.replacing import Refused, Replacement, Untold, edited, replaced

NAME = "named"
_SERVER = re.compile(r"(?:mcp__)?(?:[\w-]*(?:filesystem|serena)|developer)__(?=\w)")
_NUMBERED = re.compile(r"(.*?)_(\d{1,3})")


@dataclass(frozen=True, slots=True)
class Write:
    """``text`` becomes the file at ``path``, ``new``: only where there is none, ``ended``: and ends in a newline."""

    path: str
    text: str
    new: bool = False
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Append:
    """``text`` is put behind the file at ``path``, on a line of its own where ``apart``."""

    path: str
    text: str
    apart: bool = True


@dataclass(frozen=True, slots=True)
class Replace:
    """``old`` becomes ``new``, in each entry of ``listed`` if that is given, wherever it is if ``all`` is true.

    ``first``: of several places the first is meant. ``line``: an argument that says which of several is.
    """

    path: str
    old: str
    new: str
    all: str = "replace_all"
    listed: str = ""
    first: bool = False
    line: str = ""


@dataclass(frozen=True, slots=True)
class Remove:
    """The file or files at ``path`` go away."""

    path: str


Row = Write | Append | Replace | Remove
_CHUNKS = "ReplacementChunks"
TOOLS: dict[str, tuple[Row, ...]] = {
    "create_file": (
        Write("path", "content"),  # Amp
        Write("path", "contents"),  # Zed
        Write("path", "file_text"),  # Claude.ai
        Write("file_path", "file_content", new=True, ended=True),  # Qoder
    ),
    "create_new_file": (Write("filepath", "contents", new=True),),  # Continue
    "builtin_create_new_file": (Write("filepath", "contents", new=True),),
    "write": (Write("file_path", "contents"), Write("path", "content")),  # Cursor, Goose
    "Write": (Write("path", "contents"),),  # Cursor
    "write_file": (Write("path", "content"),),  # the file system's server, Zed
    "write_to_file": (Write("TargetFile", "CodeContent", new=True), Write("file_path", "content")),  # Windsurf, Trae
    "WriteFile": (Write("path", "content"),),  # Kimi
    "fsWrite": (Write("path", "text"),),  # Kiro
    "fsAppend": (Append("path", "text"),),
    "save-file": (Write("path", "file_content", new=True, ended=True),),  # Augment
    "create_text_file": (Write("relative_path", "content"),),  # Serena
    "edit_file": (
        Replace("path", "oldText", "newText", listed="edits", first=True),  # the file system's server
        Replace("path", "old_text", "new_text", listed="edits"),  # Zed
        Replace("path", "old_str", "new_str"),  # Amp
        Replace("path", "old_string", "new_string"),  # Zed
    ),
    "edit": (Replace("path", "before", "after"),),  # Goose
    "str_replace": (Replace("path", "old_str", "new_str"),),  # Claude.ai
    "strReplace": (Replace("path", "oldStr", "newStr"),),  # Kiro
    "StrReplace": (Replace("path", "old_string", "new_string"),),  # Cursor
    "StrReplaceFile": (Replace("path", "old", "new", listed="edit", first=True),),  # Kimi
    "single_find_and_replace": (Replace("filepath", "old_string", "new_string"),),  # Continue
    "multi_edit": (
        Replace("filepath", "old_string", "new_string", listed="edits"),  # Continue
        Replace("file_path", "old_string", "new_string", listed="edits"),  # Windsurf
    ),
    "search_replace": (Replace("file_path", "original_text", "new_text", listed="replacements"),),  # Qoder
    "update_file": (Replace("file_path", "old_str", "new_str", listed="replace_blocks"),),  # Trae
    "replace_file_content": (
        Replace("TargetFile", "TargetContent", "ReplacementContent", "AllowMultiple", _CHUNKS, line="StartLine"),
        Replace("TargetFile", "TargetContent", "ReplacementContent", "AllowMultiple", line="StartLine"),
    ),
    "multi_replace_file_content": (
        Replace("TargetFile", "TargetContent", "ReplacementContent", "AllowMultiple", _CHUNKS, line="StartLine"),
    ),
    "str-replace-editor": (
        Replace("path", "old_str", "new_str", "", "str_replace_entries", line="old_str_start_line_number"),
    ),
    "delete_file": (Remove("target_file"), Remove("path"), Remove("file_path"), Remove("file_paths")),
    "deleteFile": (Remove("targetFile"), Remove("path")),
    "Delete": (Remove("path"),),
    "remove-files": (Remove("file_paths"),),
}
_SERVERS = frozenset({"write_file", "edit_file", "create_text_file", "write", "edit"})
"""Those that stand behind the name of a server: in calls of others they may write somewhere else."""


def claims(call: ToolCall) -> bool:
    """Whether the call is of a tool in the table, with the arguments of one of its rows."""
    return _row(call) is not None


def _row(call: ToolCall) -> tuple[Row, dict[str, Any]] | None:
    server = _SERVER.match(call.name)
    name = call.name[server.end() :] if server else call.name
    if server and name not in _SERVERS:
        return None
    given = _gathered(call) if name == "str-replace-editor" else calls.arguments(call)
    if given.get("command") not in (None, "str_replace") or given.get("dryRun") is True:
        return None
    for row in TOOLS.get(name, ()):
        if not isinstance(given.get(row.path), list if row.path.endswith("paths") else str):
            continue
        match row:
            case Write(_, text) | Append(_, text) if isinstance(given.get(text), str):
                return row, given
            case Replace() if _entries(row, given):
                return row, given
            case Remove():
                return row, given
    return None


def _gathered(call: ToolCall) -> dict[str, Any]:
    """Augment's arguments, where those of several replacements have numbers behind their names, as a list of them."""
    given = calls.arguments(call)
    entries: dict[int, dict[str, Any]] = {}
    for name, value in given.items():
        if told := _NUMBERED.fullmatch(name):
            entries.setdefault(int(told[2]), {})[told[1]] = value
    listed = [entries[number] for number in sorted(entries)]
    return {**given, "str_replace_entries": listed} if listed else dict(given)


def _entries(row: Replace, given: dict[str, Any]) -> list[dict[str, Any]]:
    """The entries of a call, none where one of them lacks its texts."""
    listed = given.get(row.listed) if row.listed else given
    entries = [listed] if isinstance(listed, dict) else listed if isinstance(listed, list) else []
    whole = all(isinstance(one, dict) and {str} == {type(one.get(row.old)), type(one.get(row.new))} for one in entries)
    return entries if whole else []


def apply(call: ToolCall, files: Files) -> Effects:
    """What the tool would do."""
    return _effects(call, files)


def _effects(call: ToolCall, files: Files, *, well: bool = False) -> Effects:
    """What the tool does; ``well``: it did, so a file that it makes was not there, whatever is known of it."""
    found = _row(call)
    assert found is not None, call
    row, given = found
    if isinstance(row, Remove):
        listed = given[row.path] if isinstance(given[row.path], list) else [given[row.path]]
        return [effect for path in listed if isinstance(path, str) for effect in _removed(files.name(path), files)]
    path = files.name(given[row.path])
    state = files[path]
    there = isinstance(state, Known | Partial)
    match row:
        case Write(_, text) if given.get("mode") in ("append", "a") or given.get("append") in (True, "true"):
            return _appended(path, state, given[text], apart=False)
        case Write(new=True) if there and not well and given.get("Overwrite") is not True:
            return (failed(path, state, "the file exists, and the tool makes new ones only", dialect=NAME),)
        case Write(_, text, new, ended):
            content = given[text]
            if ended and given.get("add_last_line_newline") is not False and not content.endswith("\n"):
                content += "\n"
            return (calls.overwritten(path, state, content, dialect=NAME, new=new),)
        case Append(_, text, apart):
            return _appended(path, state, given[text], apart=apart)
        case Replace():
            return _replaced(row, path, state, _entries(row, given))


def _removed(path: str, files: Files) -> Iterator[Effect]:
    match files[path]:
        case Absent() as state:
            yield failed(path, state, "the file does not exist", dialect=NAME)
        case Known(text):
            yield deleted(path, text, dialect=NAME)
        case _:
            yield deleted(path, None, dialect=NAME)


def _appended(path: str, state: State, text: str, *, apart: bool) -> Effects:
    match state:
        case Known(before):
            between = "\n" if apart and before and not before.endswith("\n") else ""
            return (applied(path, before, before + between + text, dialect=NAME),)
        case Absent():
            return (failed(path, state, "the file does not exist", dialect=NAME),)
    return (unknown(path, "the end of the file is not known", dialect=NAME),)


def _replaced(row: Replace, path: str, state: State, entries: list[dict[str, Any]]) -> Effects:
    edits = tuple(
        Replacement(one[row.old], one[row.new], one.get(row.all) in (True, "true"), tolerant=True) for one in entries
    )
    if not all(edit.old for edit in edits):
        if isinstance(state, Absent):
            return (applied(path, None, edits[0].new, dialect=NAME),)
        return (unknown(path, "what an empty old text stands for is not known", dialect=NAME),)
    if not isinstance(state, Known):
        return edited(path, state, edits, dialect=NAME)
    text = state.text
    try:
        for edit, one in zip(edits, entries, strict=True):
            text = _made(text, edit, row, lined=bool(row.line) and row.line in one)
    except Refused as refusal:
        return (failed(path, state, str(refusal), dialect=NAME),)
    except Untold as doubt:
        return (unknown(path, str(doubt), dialect=NAME),)
    if text == state.text:
        return (failed(path, state, "the edits change nothing", dialect=NAME),)
    return (applied(path, state.text, text, dialect=NAME),)


def _made(text: str, edit: Replacement, row: Replace, *, lined: bool) -> str:
    if not edit.everywhere and row.first and edit.old in text:
        return text.replace(edit.old, edit.new, 1)
    if not edit.everywhere and lined and text.count(edit.old) > 1:
        raise Untold("the old text occurs several times, and the call says which by its line")
    return replaced(text, edit)


def observe(call: ToolCall, result: ToolResult, files: Files) -> Effects:
    """The same, unless the answer is an error or begins as one."""
    return calls.observed(_effects(call, files, well=True), (), result, files, dialect=NAME, failure=calls.FAILURE)


def truths(call: ToolCall, result: ToolResult) -> tuple[Truth, ...]:  # noqa: ARG001 - the protocol's signature
    """None: what these tools record beyond what the model sees is not known here."""
    return ()
