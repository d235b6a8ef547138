"""aider's edits, which a model writes in its text: SEARCH/REPLACE blocks, whole files, unified diffs.

Source: https://github.com/Aider-AI/aider ``aider/coders/editblock_coder.py``, ``wholefile_coder.py``,
``udiff_coder.py``. Lines that do not stand in the file as they are go through looser searches there, not followed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from replay.records import JSON, ToolCall, ToolResult
from replay.workspace import calls, unified
from replay.workspace.dialects import fenced
from replay.workspace.effects import Effect, Effects, Hunk, Truth, applied, failed, fragment, reason, seen_text, unknown
from replay.workspace.files import NEVER_SEEN, Absent, Files, Known, Partial, Segment, State, Unknown, seen
from replay.workspace.replacing import Refused, Untold, nearly
from replay.workspace.sheet import Sheet

NAME = "aider"
WHOLE, UDIFF = "aider-whole", "aider-udiff"
_HEAD = re.compile(r"<{5,9} SEARCH>?\s*")
_DIVIDER = re.compile(r"={5,9}\s*")
_TAIL = re.compile(r">{5,9} REPLACE\s*")
_FENCE = re.compile(r"\s*(?:`{3,}|<source>|<code>|<pre>)")
_LISTED = re.compile(r"^([^\s`][^\n`]*)\n(`{3,})[^\n`]*\n", re.MULTILINE)
_SHOWS = ("*added these files to the chat*", "*trust this message as the true contents", "*read-write files*")


def spoken(text: str, speech: str) -> Iterator[ToolCall]:
    """The edits in ``text`` as calls of a tool that does not exist, each with what it asks for.

    SEARCH/REPLACE blocks are known by their marks; that blocks of code are whole files, or diffs to apply, must be
    known from elsewhere (``speech``).
    """
    if "SEARCH" in text:
        for path, old, new in blocks(text):
            yield ToolCall("", NAME, {"path": path, "search": old, "replace": new})
    if speech == WHOLE:
        for _, body, before in fenced.blocks(text):
            named = _path(before)
            if named:
                yield ToolCall("", NAME, {"path": named, "content": body})
    if speech == UDIFF:
        for info, body, _ in fenced.blocks(text):
            if info.startswith("diff"):
                yield ToolCall("", NAME, {"udiff": body})


def blocks(text: str) -> Iterator[tuple[str, str, str]]:
    """Path, search and replace text of each complete block; a block without a path is in the file of the one before."""
    lines = text.split("\n")
    path = ""
    at = 0
    while at < len(lines):
        if not _HEAD.fullmatch(lines[at]):
            at += 1
            continue
        path = _named(lines[max(at - 3, 0) : at]) or path
        split = _next(lines, at + 1, _DIVIDER)
        end = _next(lines, split + 1, _TAIL)
        if end >= len(lines):
            return
        if path:
            yield path, _joined(lines[at + 1 : split]), _joined(lines[split + 1 : end])
        at = end + 1


def _next(lines: list[str], start: int, mark: re.Pattern[str]) -> int:
    return next((at for at in range(start, len(lines)) if mark.fullmatch(lines[at])), len(lines))


def _joined(lines: list[str]) -> str:
    return "".join(line + "\n" for line in lines)


def _named(before: list[str]) -> str | None:
    for line in reversed(before):
        found = _path(line)
        if found:
            return found
        if not _FENCE.match(line):
            return None
    return None


def _path(line: str) -> str | None:
    name = line.strip().rstrip(":").lstrip("#").strip().strip("`*").strip()
    plain = name and not _FENCE.match(line) and name != "..." and len(name) < 200
    return name if plain and re.fullmatch(r"[\w@.+()\[\]~/\\: -]+", name) and re.search(r"[./]", name) else None


# --- what they do ------------------------------------------------------------------------------------------


def claims(call: ToolCall) -> bool:
    """Whether the call is an edit that ``spoken`` found."""
    return call.name == NAME


def apply(call: ToolCall, files: Files) -> Effects:
    """What aider would do. An edit of a file that the transcript does not show is judged by its own two texts."""
    given = calls.arguments(call)
    if isinstance(given.get("udiff"), str):
        return [effect for piece in unified.read(given["udiff"]) if piece.path for effect in _diffed(piece, files)]
    path = files.name(str(given.get("path")))
    state = files[path]
    content = given.get("content")
    if isinstance(content, str):
        return (calls.overwritten(path, state, content, dialect=NAME),)
    return _replaced(path, state, str(given.get("search")), str(given.get("replace")))


def _replaced(path: str, state: State, old: str, new: str) -> tuple[Effect, ...]:
    if not old.strip():
        return (_appended(path, state, new),)
    match state:
        case Known(text):
            whole = text if text.endswith("\n") or not text else text + "\n"
            at = f"\n{whole}".find(f"\n{old}")
            if at >= 0:
                return (applied(path, text, whole[:at] + new + whole[at + len(old) :], dialect=NAME),)
            if nearly(text, old) or re.search(r"^\s*\.\.\.\s*$", old, re.MULTILINE) or not old.split("\n")[0].strip():
                return (unknown(path, "the block is found only by aider's looser ways", dialect=NAME),)
            return (failed(path, state, "the lines that the block searches for do not occur", dialect=NAME),)
        case Partial():
            return _inside(path, state, old, new)
        case Absent():
            return (failed(path, state, "the file does not exist", dialect=NAME),)
        case _:
            return (fragment(path, new, before=old, dialect=NAME, state=Unknown(reason(state))),)


def _inside(path: str, state: Partial, old: str, new: str) -> tuple[Effect, ...]:
    sheet = Sheet(state)
    lines = old.removesuffix("\n").split("\n")
    try:
        found = sheet.found(lines)
    except Untold as doubt:
        return (unknown(path, str(doubt), dialect=NAME),)
    if len(found) != 1:
        return (unknown(path, "only part of the file is known, and not where the block applies", dialect=NAME),)
    sheet.replace(found[0], len(lines), new.removesuffix("\n").split("\n") if new else ())
    return sheet.effects(path, sheet.texts(), dialect=NAME)


def _appended(path: str, state: State, new: str) -> Effect:
    match state:
        case Known(text):
            return applied(path, text, text + new, dialect=NAME)
        case Absent():
            return applied(path, None, new, dialect=NAME)
        case _ if state is NEVER_SEEN:
            return applied(path, None, new, dialect=NAME)
        case _:
            return unknown(path, reason(state), dialect=NAME)


def _diffed(piece: unified.Piece, files: Files) -> Iterator[Effect]:
    path = files.name(piece.path)
    state = files[path]
    match state:
        case Known() | Partial():
            sheet = Sheet(state)
            try:
                # aider passes over the numbers of hunks: models do not count well.
                hunks = [Hunk(0, hunk.old, 0, hunk.new) for hunk in piece.hunks]
                yield from sheet.effects(path, unified.changed(sheet, hunks), dialect=NAME)
            except Refused as refusal:
                yield failed(path, state, str(refusal), dialect=NAME)
            except Untold as doubt:
                yield unknown(path, str(doubt), dialect=NAME)
        case _ if piece.old is None and (isinstance(state, Absent) or state is NEVER_SEEN):
            text = "".join(line + "\n" for hunk in piece.hunks for line in hunk.new)
            yield applied(path, None, text, dialect=NAME)
        case _:
            for hunk in piece.hunks:
                before, after = "\n".join(hunk.old), "\n".join(hunk.new)
                yield fragment(path, after, before=before, dialect=NAME, state=Unknown(reason(state)))


def observe(call: ToolCall, result: ToolResult, files: Files) -> Effects:
    """What the edit did: the next message tells where it did not match."""
    predicted = apply(call, files)
    words = seen_text(result)
    if "failed to match" not in words and "not find" not in words[:400]:
        return predicted
    given: dict[str, JSON] = calls.arguments(call)
    search = str(given.get("search") or "").strip()
    if search and search not in words:
        return predicted
    return [
        failed(effect.path, files[effect.path], "aider found no place for the block", dialect=NAME)
        for effect in predicted
        if isinstance(effect, Effect) and effect.change is not None
    ]


def truths(call: ToolCall, result: ToolResult) -> tuple[Truth, ...]:  # noqa: ARG001 - the protocol's signature
    """None: aider's logs hold no texts beyond those the model saw."""
    return ()


def told(text: str, files: Files) -> Iterator[Effect]:
    """The files that aider shows whole in a message of its own: each a path and a fenced block."""
    head = text[:400].lower()
    if not any(mark in head for mark in _SHOWS):
        return
    text += "\n"
    at, open_ = 0, set[str]()
    while listed := _LISTED.search(text, at):
        fence = listed[2]
        end = -1 if fence in open_ else text.find(f"\n{fence}\n", listed.end() - 1)
        if end < 0:
            open_.add(fence)
            at = listed.end()
            continue
        at = end + len(fence) + 1
        path = files.name(listed[1].strip())
        # A final newline is added where the file has none.
        yield Effect(path, seen(files[path], (Segment(1, text[listed.end() : max(end, listed.end())]),), None))
