r"""Roo Code's diffs: blocks of text to search for and text to put there, between marks, each said to be at some line.

Source: https://github.com/RooCodeInc/Roo-Code ``src/core/diff/strategies/multi-search-replace.ts``. A line of the text
that would be a mark has a backslash before it (``\=======``). Blank lines at the beginning of either text are lost,
white space at the end of a new line is, too. A block is sought at its line, else near it, and with typographic signs
and numbered lines read as plain ones, which is not followed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from replay.workspace.replacing import Refused, Untold
from replay.workspace.sheet import Sheet, one

_OPEN = re.compile(r"<<<<<<< SEARCH>?")
_SPLIT, _CLOSE = "=======", ">>>>>>> REPLACE"
_MARKS = ("<<<<<<<", ">>>>>>>")
_LINES = (":start_line:", ":end_line:")
_START = re.compile(r":start_line:\s*(\d{1,9})\s*")
_ESCAPED = re.compile(r"\\(?=<<<<<<<|=======|>>>>>>>|-------|:end_line:|:start_line:)")
_ENTITY = re.compile(r"&(?:lt|gt|quot|apos|amp|lsqb|rsqb|#39|#91|#93);")


@dataclass(frozen=True, slots=True)
class Block:
    """Lines to search for, from ``line`` on (1-based, 0: not said), and those that take their place."""

    line: int
    sought: tuple[str, ...]
    new: tuple[str, ...]


def blocks(diff: str, *, line: int = 0) -> Iterator[Block]:
    """The blocks of ``diff``, at ``line`` where they say none. Raises Refused where its marks are not in turn."""
    if _ENTITY.search(diff):
        raise Untold("whether entities like &lt; are read as signs depends on the model")
    where = 0  # outside, in the text that is sought, in the new text
    sought: list[str] = []
    new: list[str] = []
    for row in diff.split("\n"):
        mark = row.strip()
        if where == 0 and _OPEN.fullmatch(mark):
            where, sought, new = 1, [], []
        elif where == 1 and mark == _SPLIT:
            where = 2
        elif where == 2 and mark == _CLOSE:
            where = 0
            yield _block(sought, new, line)
        elif mark.startswith(_MARKS) or mark == _SPLIT or (where == 2 and mark.startswith(_LINES)):
            raise Refused("a mark stands where none may, without a backslash before it")
        elif where:
            (sought if where == 1 else new).append(row)
            continue
        if mark and row != row.lstrip() and where < 2:
            raise Untold("a mark is indented")
    if where:
        raise Refused("the last block is not closed")


def _block(sought: list[str], new: list[str], line: int) -> Block:
    rest = _begun(sought)
    if rest and (told := _START.fullmatch(rest[0])):
        line, rest = int(told[1]), _begun(rest[1:])
    if rest and rest[0].startswith(_LINES[1]):
        rest = _begun(rest[1:])
    if rest and rest[0].rstrip() == "-------":
        rest = _begun(rest[1:])
    old = tuple(_plain(row) for row in rest)
    base = _indent(old[0]) if old else ""
    return Block(line, old, tuple(_indented(_plain(row), base) for row in _begun(new)))


def _plain(row: str) -> str:
    return row[1:] if _ESCAPED.match(row) else row


def _begun(rows: Sequence[str]) -> list[str]:
    """The rows from the first that is not blank on."""
    first = next((at for at, row in enumerate(rows) if row.strip()), len(rows))
    return list(rows[first:])


def _indent(row: str) -> str:
    return row[: len(row) - len(row.lstrip("\t "))]


def _indented(row: str, base: str) -> str:
    """A new line as it is set in: by the first line that is sought as far as that goes, then as it is written."""
    own = _indent(row)
    return base[: len(own)] + own[len(base) :] + row.strip()


def replaced(sheet: Sheet, listed: Sequence[Block]) -> list[str]:
    """The known runs of a file after ``listed``. Raises Refused where none changes it, Untold where one is in doubt."""
    meant = [block for block in listed if block.sought and block.sought != block.new]  # it refuses the others
    if not meant:
        raise Refused("the blocks search for nothing, or change nothing")
    for block in meant:
        at = sheet.at(block.line)
        try:
            place = (
                at if at is not None and sheet.stands(block.sought, at) else one(sheet.found(block.sought), "a block")
            )
        except Refused as doubt:
            raise Untold("a block is found by likeness only, or not at all") from doubt
        sheet.replace(place, len(block.sought), block.new)
    try:
        return sheet.texts()
    except Refused as doubt:
        raise Untold(str(doubt)) from doubt
