"""NotebookEdit of Claude Code and edit_notebook_file of VS Code: one cell is replaced, inserted or deleted.

A cell is held among the files as ``path#cell id``; the notebook's own JSON is unknown once a cell was edited.
"""

from __future__ import annotations

import re
from typing import Any

from replay import languages
from replay.records import Change, ToolCall, ToolResult
from replay.workspace.effects import Effect, Effects, Truth, seen_text
from replay.workspace.files import Absent, Files, Known, Unknown

NAME = "notebook"
_CELL = re.compile(r'<cell id="([^"]+)">(.*?)</cell id="\1">', re.DOTALL)
_EDITS = ("NotebookEdit", "edit_notebook_file")
_MODES = {"edit": "replace", "insert": "insert", "delete": "delete"}
_REFUSED = re.compile(r"<tool_use_error>|ERROR while calling tool")
_META = re.compile(r"\A(?:<cell_type>[^<]*</cell_type>|<language>[^<]*</language>)+")


def claims(call: ToolCall) -> bool:
    """Whether the call edits a notebook, or reads one."""
    if not isinstance(call.arguments, dict):
        return False
    match call.name:
        case "NotebookEdit" | "NotebookRead":
            return isinstance(call.arguments.get("notebook_path"), str)
        case "edit_notebook_file":
            return isinstance(call.arguments.get("filePath"), str)
        case "Read":
            path = call.arguments.get("file_path")
            return isinstance(path, str) and path.endswith(".ipynb")
    return False


def apply(call: ToolCall, files: Files) -> Effects:
    """What the edit would do to the cell: a known cell's source is ``part`` of the notebook, else a ``fragment``."""
    if call.name not in _EDITS:
        return ()
    path, arguments = _path(call, files), _arguments(call)
    mode = arguments.get("edit_mode") or "replace"
    cell = f"{path}#{arguments.get('cell_id')}"
    state = files[cell]
    before = state.text if isinstance(state, Known) else None
    source = "" if mode == "delete" else arguments.get("new_source")
    language = "markdown" if arguments.get("cell_type") == "markdown" else _kernel(path, files)
    if not isinstance(source, str):
        change = Change(path, "failed_edit", NAME, language, why="the call has no new source")
        return (Effect(path, files[path], change),)
    if mode == "insert":
        change = Change(path, "applied", NAME, language, after=source, basis="fragment")
    elif before is None:
        change = Change(path, "unknown_file", NAME, language, why="the cell was never read")
    else:
        change = Change(path, "applied", NAME, language, before=before, after=source, basis="part")
    lost = Effect(path, Unknown("a cell of the notebook was edited"), change)
    if mode == "insert":
        return (lost,)
    return (lost, Effect(cell, Absent() if mode == "delete" else Known(source)))


def observe(call: ToolCall, result: ToolResult, files: Files) -> Effects:
    """The cells that a read showed, or the edit if it went well."""
    text = seen_text(result)
    path = _path(call, files)
    if result.is_error or _REFUSED.match(text):
        if call.name not in _EDITS:
            return ()
        why = " ".join(re.sub(r"</?tool_use_error>", "", text).split())[:160] or "the tool refused"
        return (Effect(path, files[path], Change(path, "failed_edit", NAME, _kernel(path, files), why=why)),)
    if call.name in _EDITS:
        return apply(call, files)
    return tuple(Effect(f"{path}#{cell}", Known(source)) for cell, source in _cells(result, text))


def truths(call: ToolCall, result: ToolResult) -> tuple[Truth, ...]:  # noqa: ARG001 - the protocol's signature
    """None: the client records the whole notebook's JSON, which is not what a cell edit is said in."""
    return ()


def _cells(result: ToolResult, text: str) -> list[tuple[str, str]]:
    match result.detail:
        case {"file": {"cells": list(cells)}}:
            return [
                (str(cell["cell_id"]), cell["source"])
                for cell in cells
                if isinstance(cell, dict) and isinstance(cell.get("source"), str) and "cell_id" in cell
            ]
    return [(match[1], _META.sub("", match[2])) for match in _CELL.finditer(text)]


def _kernel(path: str, files: Files) -> str | None:
    state = files[path]
    text = state.text if isinstance(state, Known) else ""
    match = re.search(r'"language"\s*:\s*"([^"]+)"', text)
    return languages.of_fence(match[1]) if match else "python"


def _path(call: ToolCall, files: Files) -> str:
    arguments = _arguments(call)
    return files.name(str(arguments.get("notebook_path") or arguments.get("file_path")))


def _arguments(call: ToolCall) -> dict[str, Any]:
    """The arguments, by Claude Code's names."""
    given = call.arguments if isinstance(call.arguments, dict) else {}
    if call.name != "edit_notebook_file":
        return given
    code, mode = given.get("newCode"), given.get("editType")
    if isinstance(code, list):
        code = "\n".join(line for line in code if isinstance(line, str))
    return {
        "notebook_path": given.get("filePath"),
        "cell_id": given.get("cellId"),
        "new_source": code,
        "edit_mode": _MODES.get(mode) if isinstance(mode, str) else None,
        "cell_type": given.get("language"),
    }
