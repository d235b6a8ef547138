"""Cline's ``replace_in_file``, ``write_to_file`` and the SDK's ``editor``, and what its answers show of files.

Source: https://github.com/cline/cline ``src/core/assistant-message/diff.ts``: a block is sought exactly behind the
block before, then line by line without the white space around, then by its outer lines, which is not followed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from replay.records import ToolCall, ToolResult
from replay.workspace import calls, numbered
from replay.workspace.effects import Effect, Effects, Truth, applied, failed, parts, reason, seen_text, unknown
from replay.workspace.enclosed import enclosed
from replay.workspace.files import Absent, Files, Known, Partial, Segment, State, seen
from replay.workspace.replacing import Refused, Replacement, Untold, edited
from replay.workspace.sheet import Sheet

NAME = "cline"
_TOOLS = frozenset({"replace_in_file", "write_to_file", "editor", "read_file"})
_FAILURE = re.compile(
    r"\s*(?:\[\w+ for '[^\n]*'\] Result:\s*)?"
    r"(?:The tool execution failed|Error\b|The user denied|This is blocked|Failed|<error)"
)
_HEAD = re.compile(r"\[read_file for '[^\n]*'\] Result:\s?\n?")
_MENTIONED = re.compile(r'<file_content path="([^"\n]+)">\n')
_OPEN = re.compile(r"[-<]{3,} SEARCH>?")
_SPLIT = re.compile(r"={3,}")
_CLOSE = re.compile(r"[+>]{3,} REPLACE>?")
_BAR = re.compile(r"[ ]*(\d+) \| ?(.*)", re.DOTALL)


def claims(call: ToolCall) -> bool:
    """Whether the call reads or writes a file in Cline's way."""
    return call.name in _TOOLS and calls.text(call, "path", "absolutePath") is not None


def apply(call: ToolCall, files: Files) -> Effects:
    """What the tool would do. The editor may format what is saved; its answer tells."""
    path = files.name(calls.text(call, "path", "absolutePath") or "")
    state = files[path]
    match call.name:
        case "write_to_file":
            content = calls.text(call, "content")
            if content is None:
                return (failed(path, state, "the call has no content", dialect=NAME),)
            return (calls.overwritten(path, state, content, dialect=NAME),)
        case "replace_in_file":
            return _replaced(path, state, calls.text(call, "diff") or "")
        case "editor":
            return _edited(call, path, state)
    return ()


def _edited(call: ToolCall, path: str, state: State) -> Effects:
    new = calls.text(call, "new_text")
    if new is None:
        return (failed(path, state, "the call has no new text", dialect=NAME),)
    line = calls.arguments(call).get("insert_line")
    if isinstance(line, int):
        return (unknown(path, "an insertion by line", dialect=NAME),)
    old = calls.text(call, "old_text")
    if old:
        return edited(path, state, (Replacement(old, new),), dialect=NAME)
    if isinstance(state, Known | Partial):
        return (failed(path, state, "the file exists, and the call has no old text", dialect=NAME),)
    return (calls.overwritten(path, state, new, dialect=NAME, new=True),)


def _replaced(path: str, state: State, diff: str) -> tuple[Effect, ...]:
    blocks = list(_blocks(diff))
    if not blocks:
        return (failed(path, state, "the diff holds no complete block", dialect=NAME),)
    match state:
        case Known(text):
            try:
                return (applied(path, text, _rebuilt(text, blocks), dialect=NAME),)
            except Refused as refusal:
                return (failed(path, state, str(refusal), dialect=NAME),)
            except Untold as doubt:
                return (unknown(path, str(doubt), dialect=NAME),)
        case Partial():
            return _inside(path, state, blocks)
        case Absent():
            return (failed(path, state, "the file does not exist", dialect=NAME),)
        case _:
            return (unknown(path, reason(state), dialect=NAME),)


def _inside(path: str, state: Partial, blocks: list[tuple[str, str]]) -> tuple[Effect, ...]:
    """Blocks of whole lines that stand in the known part from the file's first line on, each once."""
    first, *others = state.segments
    sheet = Sheet(Partial((first,), state.lines))
    if first.first != 1 or not all(old for old, _ in blocks):
        return (unknown(path, "only part of the file is known", dialect=NAME),)
    try:
        for old, new in blocks:
            lines = old.removesuffix("\n").split("\n")
            if len(found := sheet.found(lines)) != 1:
                why = "only part of the file is known, and not where a block applies"
                return (unknown(path, why, dialect=NAME),)
            sheet.replace(found[0], len(lines), new.removesuffix("\n").split("\n") if new else ())
        (text,) = sheet.texts()
    except (Refused, Untold) as doubt:
        return (unknown(path, str(doubt), dialect=NAME),)
    made = parts(path, state, [text, *(segment.text for segment in others)], dialect=NAME)
    return made or (failed(path, state, "the edits change nothing", dialect=NAME),)


def _blocks(diff: str) -> Iterator[tuple[str, str]]:
    """Each complete block: what is sought and what replaces it, every line with its newline."""
    sought: list[str] | None = None
    new: list[str] | None = None
    for line in diff.split("\n"):
        if _OPEN.fullmatch(line):
            sought, new = [], None
        elif sought is not None and new is None and _SPLIT.fullmatch(line):
            new = []
        elif sought is not None and new is not None and _CLOSE.fullmatch(line):
            yield "".join(sought), "".join(new)
            sought = new = None
        elif new is not None:
            new.append(line + "\n")
        elif sought is not None:
            sought.append(line + "\n")


def _rebuilt(text: str, blocks: list[tuple[str, str]]) -> str:
    made: list[str] = []
    done = 0
    for old, new in blocks:
        start, end = (0, len(text)) if not old else _sought(text, old, done)
        if start < done:
            raise Untold("the blocks are not in the order of the file")
        made += [text[done:start], new]
        done = end
    return "".join(made) + text[done:]


def _sought(text: str, old: str, start: int) -> tuple[int, int]:
    at = text.find(old, start)
    if at >= 0:
        return at, at + len(old)
    found = _by_line(text, old, start)
    if found is not None:
        return found
    lines = [line.strip() for line in old.rstrip("\n").split("\n")]
    present = {line.strip() for line in text.split("\n")}
    if text.find(old) >= 0 or (lines[0] in present and lines[-1] in present):
        raise Untold("the block is found only out of order, or by its first and last lines")
    raise Refused("the text that a block searches for does not occur in the file")


def _by_line(text: str, old: str, start: int) -> tuple[int, int] | None:
    """Where the lines of ``old`` stand if white space around lines does not count."""
    wanted = [line.strip() for line in old.rstrip("\n").split("\n")]
    lines = text.split("\n")
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line) + 1)
    keys = [line.strip() for line in lines]
    for at in range(len(keys) - len(wanted) + 1):
        if offsets[at] >= start and keys[at : at + len(wanted)] == wanted:
            return offsets[at], min(offsets[at + len(wanted)], len(text))
    return None


def observe(call: ToolCall, result: ToolResult, files: Files) -> Effects:
    """What the call showed or wrote; after an edit Cline shows the whole file as it was saved."""
    if call.name != "read_file":
        told = truths(call, result)
        return calls.observed(apply(call, files), told, result, files, dialect=NAME, failure=_FAILURE)
    path, text = files.name(calls.text(call, "path") or ""), seen_text(result)
    head = _HEAD.match(text)
    body = text[head.end() if head else 0 :].rstrip("\n")
    if result.is_error or not body or _FAILURE.match(text) or "truncated" in body[-200:]:
        return ()
    shown, tail = numbered.read(body, _BAR)
    if not shown and {"start_line", "end_line"} & calls.arguments(call).keys():
        return ()
    if not shown or tail.strip():
        shown = tuple(numbered.whole(1, body))
    # The answer is trimmed, so blank lines at its end, and a final newline, are not known.
    return (Effect(path, seen(files[path], shown, None)),)


def truths(call: ToolCall, result: ToolResult) -> tuple[Truth, ...]:
    """The file as it was saved, which Cline shows after an edit."""
    match result.detail:
        case {"final_file_content": str(text)} if not result.is_error and call.name != "read_file":
            return (Truth(calls.text(call, "path", "absolutePath") or "", "after", after=text, trimmed=True),)
    return ()


def mentioned(text: str, files: Files) -> Iterator[Effect]:
    """The files that a user's message shows whole (``@/path``): Cline puts their content behind it."""
    for head, body in enclosed(text, _MENTIONED, "\n</file_content>"):
        path = files.name(head[1])
        if not body.startswith("Error "):
            yield Effect(path, seen(files[path], (Segment(1, body.rstrip("\n")),), None))
