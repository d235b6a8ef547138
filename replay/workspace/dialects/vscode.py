"""Copilot Chat in VS Code: what ``read_file`` shows, and edits of which the chat keeps only their ranges.

A range counts lines and UTF-16 units from 1 and ends before its end; the edits of a group are made at once, the groups
one after the other. Source: https://github.com/microsoft/vscode-copilot-chat ``readFileTool.tsx``,
``safeElements.tsx``, https://github.com/microsoft/vscode ``textModel.ts``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from replay.records import JSON, ToolCall, ToolResult
from replay.workspace import calls
from replay.workspace.effects import Effect, Effects, Truth, applied, failed, fragment, seen_text, unknown
from replay.workspace.files import NEVER_SEEN, Absent, Files, Known, Segment, Unknown, seen
from replay.workspace.replacing import Untold

NAME = "vscode"
RANGES = "textEditGroup"
_UNTOLD = "the edit is told by its ranges, and the file is not known"
_HEAD = re.compile(r"File: `[^\n]*`\. Lines (\d{1,9}) to (\d{1,9}) \((\d{1,9}) lines total\): ?\n")
_FENCED = re.compile(r"(`{3,})[^\n`]*\n(.*)\n\1\s*", re.DOTALL)
_EMPTY = re.compile(r"\(The file `[^\n]*` exists, but is empty\)\s*")
_CUT = re.compile(r"\n\[File content truncated at line \d+\.[^\n]*\]\n?\Z")
_SHORTENED = re.compile(r"\n\[One or more long lines were truncated[^\n]*\]")
_NOTHING = re.compile(
    r"\s*\Z|\s*(?:ERROR\b|Error\b|Cannot |Could not |Invalid |\(The file |The user |The tool |Tool |Cancel"
    r"|Large tool result)"
)
_LAST = 1 << 31
_MOST = 1 << 28
"""Characters gone through for the edits of one call: a thousand groups in a file of 256 KB."""


def claims(call: ToolCall) -> bool:
    """Whether the call reads a file in VS Code's way, or is an edit told by its ranges."""
    given = calls.arguments(call)
    if call.name == "read_file":
        return isinstance(given.get("filePath"), str)
    return call.name == RANGES and isinstance(given.get("path"), str)


def apply(call: ToolCall, files: Files) -> Effects:
    """What the edit does. In a file that is not known, what is put in is told, but not what replaces other text."""
    if call.name != RANGES:
        return ()
    path = files.name(calls.text(call, "path") or "")
    state = files[path]
    groups = _groups(calls.arguments(call).get("edits"))
    if not any(groups):
        return (failed(path, state, "the call has no edits", dialect=NAME),)
    new = isinstance(state, Absent) or (state is NEVER_SEEN and calls.arguments(call).get("new") is True)
    if new or isinstance(state, Known):
        before = state.text if isinstance(state, Known) else None
        try:
            return (applied(path, before, _edited(before or "", groups), dialect=NAME),)
        except Untold as doubt:
            return (unknown(path, str(doubt), dialect=NAME),)
    edits = [edit for group in groups for edit in group]
    if any(edit.start != edit.end for edit in edits):
        return (unknown(path, _UNTOLD, dialect=NAME),)
    return tuple(fragment(path, edit.text, dialect=NAME, state=Unknown(_UNTOLD)) for edit in edits)


def observe(call: ToolCall, result: ToolResult, files: Files) -> Effects:
    """The lines that a read showed; an edit that is told was made."""
    if call.name == RANGES:
        return apply(call, files)
    path, text = files.name(calls.text(call, "filePath") or ""), seen_text(result)
    if result.is_error or path.endswith(".ipynb"):  # of notebooks the cells are shown, not the file
        return ()
    if _EMPTY.fullmatch(text):
        return (Effect(path, seen(files[path], (Segment(1, ""),), 1)),)
    shown = _shown(call, text)
    return () if shown is None else (Effect(path, seen(files[path], shown[:1], shown[1])),)


def truths(call: ToolCall, result: ToolResult) -> tuple[Truth, ...]:  # noqa: ARG001 - the protocol's signature
    """None."""
    return ()


# --- what a read shows -------------------------------------------------------------------------------------


def _shown(call: ToolCall, text: str) -> tuple[Segment, int | None] | None:
    """The lines in the answer ``text`` and how many the file has; None where that is not certain."""
    head = _HEAD.match(text)
    body = text[head.end() :] if head else text
    fence = _FENCED.fullmatch(body)
    if (fence is None and _NOTHING.match(body)) or _SHORTENED.search(body):
        return None
    lines = _CUT.sub("", fence[2] if fence else body)
    count = lines.count("\n") + 1
    if head:
        first, last, whole = int(head[1]), int(head[2]), int(head[3])
        return (Segment(first, lines), whole) if 0 < first <= last <= whole and count == last - first + 1 else None
    first, last = _asked(call)
    if count > last - first + 1 or (count == 1 and first > 1):
        return None  # not what was asked for, or the last line in place of one behind the end
    # Up to its end a file is shown without a head; newer answers have neither head nor fence, wherever they end.
    total = first + count - 1 if fence or count < last - first + 1 or last == _LAST else None
    return Segment(first, lines), total


def _asked(call: ToolCall) -> tuple[int, int]:
    """The first and the last line that the call asks for: by ``startLine``, or by ``offset`` and ``limit``."""
    given = calls.arguments(call)
    numbers = {name: _number(given.get(name)) for name in ("startLine", "endLine", "offset", "limit")}
    start, end = numbers["startLine"], numbers["endLine"]
    if start is not None:
        last = _LAST if end is None else end
        return min(start, last), max(start, last)
    first, limit = numbers["offset"] or 1, numbers["limit"]
    return first, _LAST if limit is None else first + limit


def _number(value: JSON) -> int | None:
    return max(int(value), 1) if isinstance(value, int | float) and abs(value) < _LAST else None


# --- edits by ranges ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Edit:
    """``text`` in place of what stands from ``start`` to ``end``, each a line and a column."""

    start: tuple[int, int]
    end: tuple[int, int]
    text: str


def _groups(value: JSON) -> list[list[_Edit]]:
    """The edits in groups; a list of edits without groups is one."""
    listed = value if isinstance(value, list) else []
    groups = listed if all(isinstance(group, list) for group in listed) else [listed]
    return [[edit for one in group if (edit := _edit(one)) is not None] for group in groups]


def _edit(value: JSON) -> _Edit | None:
    match value:
        case {
            "text": str(text),
            "range": {
                "startLineNumber": int(line),
                "startColumn": int(column),
                "endLineNumber": int(last),
                "endColumn": int(end),
            },
        }:
            start, stop = sorted([(line, column), (last, end)])
            return _Edit(start, stop, text.replace("\r\n", "\n"))
    return None


def _edited(text: str, groups: list[list[_Edit]]) -> str:
    """``text`` after all groups. Raises Untold where two edits of a group overlap, or there is too much to do."""
    effort = 0
    for group in groups:
        effort += len(text)
        if effort > _MOST:
            raise Untold("the edits are too many for a file of this length")
        starts = [0]
        for line in text.split("\n"):
            starts.append(starts[-1] + len(line) + 1)
        made: list[str] = []
        at = 0
        for edit in sorted(group, key=lambda one: (one.start, one.end)):
            start, end = (_offset(text, starts, place) for place in (edit.start, edit.end))
            if start < at:
                raise Untold("two of the edits overlap")
            made += (text[at:start], edit.text)
            at = end
        text = "".join((*made, text[at:]))
    return text


def _offset(text: str, starts: list[int], place: tuple[int, int]) -> int:
    """Where ``place`` is in ``text``: within its line, and within the text, as the editor takes places outside."""
    line, column = place
    if line < 1:
        return 0
    if line >= len(starts):
        return len(text)
    start, end = starts[line - 1], starts[line] - 1
    units = max(column - 1, 0)
    if text[start:end].isascii() or units == 0:
        return min(start + units, end)
    told = text[start:end].encode("utf-16-le", "surrogatepass")[: 2 * units]
    return start + len(told.decode("utf-16-le", "ignore"))
