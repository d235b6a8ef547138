"""Cursor's tools where its database keeps what came of them: chunks of a diff, or the file before and after an edit.

What the calls mean is as elsewhere: ``search_replace`` as Roo Code's, ``write`` and ``delete_file`` as plain tools,
``edit_file`` a draft that a second model merges, ``apply_patch`` Codex's. ``edit_file_v2`` does not say what it writes.
Of reads the database has the text, the lines asked for, and how many the file has. The chunks have a space between the
sign and the text of a line; they are told by tools that show them (https://github.com/specstoryai/getspecstory).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from replay.records import JSON, ToolCall, ToolResult
from replay.workspace import calls, numbered
from replay.workspace.dialects import apply_patch, named, openhands, roo
from replay.workspace.effects import (
    Dialect,
    Effect,
    Effects,
    Hunk,
    Truth,
    applied,
    deleted,
    failed,
    fragment,
    seen_text,
    unknown,
)
from replay.workspace.files import Absent, Files, Known, Segment, State, seen
from replay.workspace.truths import refused, settled

NAME = "cursor"
_READS = frozenset({"read_file", "read_file_v2"})
_PATHS = ("target_file", "targetFile", "file_path", "relativeWorkspacePath", "path")
_BARE = frozenset({"file_path", "target_file", "relativeWorkspacePath", "instructions", "explanation"})
_FIRST = ("startLineOneIndexed", "start_line_one_indexed", "offset")
_ASKED = (*_FIRST, "endLineOneIndexedInclusive", "end_line_one_indexed_inclusive", "limit")
_SHORTENED = ("didShortenLineRange", "didShortenCharRange", "didDowngradeToLineRange", "didSetDefaultLineRange")
_MOST = 10**9
_PLAIN: tuple[Dialect, ...] = (roo, openhands, named, apply_patch)


def claims(call: ToolCall) -> bool:
    """Whether the call is to a tool of Cursor's, by its arguments where others have tools of its name."""
    given = calls.arguments(call)
    match call.name:
        case "edit_file_v2" | "read_file_v2":
            return calls.text(call, *_PATHS) is not None
        case "read_file":
            return calls.text(call, "target_file", "targetFile") is not None
        case "search_replace":
            return calls.text(call, "file_path") is not None and ("old_string" in given or given.keys() <= _BARE)
        case "edit_file" | "reapply":
            return calls.text(call, "target_file") is not None
        case "write":
            return calls.text(call, "file_path") is not None and ("contents" in given or given.keys() <= _BARE)
        case "delete_file":
            return calls.text(call, "target_file", "relativeWorkspacePath") is not None
        case "apply_patch":
            return calls.text(call, "file_path") is not None and calls.text(call, "patch") is not None
    return False


def _plain(call: ToolCall) -> Dialect | None:
    """The dialect that knows what such a call would do."""
    return next((one for one in _PLAIN if one.claims(call)), None)


def apply(call: ToolCall, files: Files) -> Effects:
    """What the tool would do, as far as the call tells."""
    if call.name in _READS:
        return ()
    if (plain := _plain(call)) is not None:
        return plain.apply(call, files)
    path = files.name(calls.text(call, *_PATHS) or "")
    if call.name == "delete_file":
        state = files[path]
        return (deleted(path, state.text if isinstance(state, Known) else None, dialect=NAME),)
    if written := calls.text(call, "streamingContent"):
        return (fragment(path, written, dialect=NAME),)
    return (unknown(path, "the call does not say what it writes", dialect=NAME),)


def observe(call: ToolCall, result: ToolResult, files: Files) -> Effects:
    """What the call showed, or what came of it by the client's record."""
    path = files.name(calls.text(call, *_PATHS) or "")
    if call.name in _READS:
        state = None if result.is_error else _shown(files[path], call, result)
        return () if state is None else (Effect(path, state),)
    told = truths(call, result)
    if call.name == "delete_file" and _record(result).get("fileNonExistent") is True:
        return (failed(path, Absent(), "the file does not exist", dialect=NAME),)
    if not told and (plain := _plain(call)) is not None:
        return plain.observe(call, result, files)
    if result.is_error:
        return refused(apply(call, files), files, seen_text(result), dialect=NAME)
    match told:
        case (Truth(told="after", after=str(after)),) if not isinstance(files[path], Known) and _is_new(result):
            return (applied(path, None, after, dialect=NAME),)
    return settled(apply(call, files), told, files, dialect=NAME)


# --- what the client recorded of an edit -------------------------------------------------------------------


def truths(call: ToolCall, result: ToolResult) -> tuple[Truth, ...]:
    """The file before and after an edit, or the lines that it changed."""
    detail = _detail(result)
    path = calls.text(call, *_PATHS) or ""
    if result.is_error or call.name in _READS or not path:
        return ()
    match detail:
        case {"before": str(before), "after": str(after)}:
            return (Truth(path, "file", _lines(before), _lines(after)),)
        case {"after": str(after)}:
            return (Truth(path, "after", after=_lines(after)),)
        case {"result": {"diff": {"chunks": [*chunks]}}}:
            hunks = [_hunk(chunk) for chunk in chunks]
            if hunks and all(hunk is not None for hunk in hunks):
                return (_of_hunks(path, call, tuple(hunk for hunk in hunks if hunk is not None)),)
    return ()


def _of_hunks(path: str, call: ToolCall, hunks: tuple[Hunk, ...]) -> Truth:
    """A file that was nothing, or is what the call wrote, is known as a whole."""
    match hunks:
        case (Hunk(old=() | ("",), new=new),):
            return Truth(path, "file", None, "\n".join(new))
    written = calls.text(call, "contents") if call.name == "write" else None
    before = None if written is None else _undone(_lines(written), hunks)
    if written is None or before is None:
        return Truth(path, "hunks", hunks=hunks)
    return Truth(path, "file", before, _lines(written), hunks)


def _undone(after: str, hunks: tuple[Hunk, ...]) -> str | None:
    """The text before ``hunks`` made it ``after``; None where they did not."""
    lines = after.split("\n")
    made: list[str] = []
    at = 0
    for hunk in sorted(hunks, key=lambda one: one.new_start):
        start = hunk.new_start - 1
        stop = start + len(hunk.new)
        if start < at or tuple(lines[start:stop]) != hunk.new:
            return None
        made += (*lines[at:start], *hunk.old)
        at = stop
    return "\n".join((*made, *lines[at:]))


def _hunk(chunk: JSON) -> Hunk | None:
    """A chunk as a hunk; None where its lines are not as many as it says, or have no signs."""
    match chunk:
        case {"diffString": str(told), "oldStart": int(old_start), "newStart": int(new_start), **rest}:
            pass
        case _:
            return None
    lines = [line for line in _lines(told).removesuffix("\n").split("\n") if not line.startswith("\\")]
    if not all(line[:1] in ("", "+", "-", " ") for line in lines) or not all(
        0 <= start < _MOST for start in (old_start, new_start)
    ):
        return None
    width = 2 if all(line[1:2] in ("", " ") for line in lines) else 1
    old = tuple(line[width:] for line in lines if line[:1] != "+")
    new = tuple(line[width:] for line in lines if line[:1] != "-")
    counts = rest.get("oldLines"), rest.get("newLines")
    if any(isinstance(count, int) and count != len(side) for count, side in zip(counts, (old, new), strict=True)):
        return None
    return Hunk(old_start, old, new_start, new)


def _detail(result: ToolResult) -> Mapping[str, Any]:
    return result.detail if isinstance(result.detail, dict) else {}


def _record(result: ToolResult) -> Mapping[str, Any]:
    record = _detail(result).get("result")
    return record if isinstance(record, dict) else {}


def _is_new(result: ToolResult) -> bool:
    """Whether the record names no file before the edit."""
    return "beforeContentId" not in _record(result)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")


# --- what a read showed ------------------------------------------------------------------------------------


def _shown(state: State, call: ToolCall, result: ToolResult) -> State | None:
    text = _lines(seen_text(result))
    shown, _ = numbered.read(text, numbered.BAR)
    if shown:
        return seen(state, shown, None)
    detail, record = _detail(result), _record(result)
    if not detail.keys() & {"result", "params"}:
        return None  # not from the database: the text may have words around it
    given = [record, calls.arguments(call), detail.get("params")]
    asked = {key: value for one in given if isinstance(one, dict) for key, value in one.items() if key in _ASKED}
    first = next((asked[key] for key in _FIRST if asked.get(key) not in (None, 0)), 1)
    if not isinstance(first, int) or not 0 < first < _MOST:
        return None
    total = record.get("totalLinesInFile", record.get("totalLines"))
    length = record.get("numCharactersInRequestedRange")
    count = text.count("\n") + 1
    cut = any(record.get(key) is True for key in _SHORTENED) or (
        isinstance(length, int) and length > len(seen_text(result).encode("utf-16-le", "replace")) // 2
    )
    ends = not asked and isinstance(length, int)
    if isinstance(total, int):
        ends = total in {count, count - text.endswith("\n")}
    if first == 1 and ends and not cut:
        return seen(state, (Segment(1, text),), count)
    body = text.rpartition("\n")[0] if cut else text.removesuffix("\n")
    return seen(state, numbered.whole(first, body), None) if body else None
