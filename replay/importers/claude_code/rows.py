"""The rows of a session log, one line at a time: typed, tolerant, and counted where they are left out."""

from __future__ import annotations

import hashlib
import os
import sys
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from replay import spill
from replay.importers.claude_code import asides, gist
from replay.importers.claude_code.gist import Gist
from replay.importers.claude_code.line import Line, decode, is_heard, opened
from replay.importers.fault import ImportFault

_BLOCK = 1 << 18
_KEPT = frozenset({"user", "assistant", "attachment", "system"})
_CAPTURED = frozenset({"api-request", "api-request-shape", "api-request-blob"})
_ASIDE = frozenset({"system", "progress", "attachment"})
_RECENT = 1 << 18
_CHANGED = "was changed while it was read: import it again"


class Row(msgspec.Struct, gc=False):
    """A row as it is known all the time: where it hangs and where it stands. What it says is read when it is needed.

    ``line`` is its 1-based line; ``gist`` is what it is to the tree until that is built; ``inner`` says that the
    row is the message inside that line's progress.
    """

    book: Book
    type: str
    line: int
    uuid: str | None = None
    parent_uuid: str | None = None
    session_id: str | None = None
    cwd: str | None = None
    version: str | None = None
    agent_id: str | None = None
    is_sidechain: bool | None = None
    id: str | None = None
    query_source: str | None = None
    held: Line | None = None
    inner: bool = False
    gist: Gist = gist.NOTHING

    def read(self) -> Line:
        """All of the row. Raises ImportFault where its line has changed since it was first read."""
        return self.held if self.held is not None else self.book.read(self)


class Book:
    """The lines of a file, ``light`` where they are not held but read again: those of a long session."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("rb", buffering=_BLOCK)
        self.light = os.fstat(self._file.fileno()).st_size > spill.limit()
        self._begins = array("Q")
        self._recent: dict[int, Line] = {}
        self._weight = 0
        self._ids: dict[str, str] = {}

    def __enter__(self) -> Book:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Number (1-based) and bytes of each line, to be gone through once and to the end."""
        if not self.light:
            yield from enumerate(self._file, 1)
            return
        at = 0
        for number, line in enumerate(self._file, 1):
            self._begins.append(at)
            at += len(line)
            yield number, line
        self._begins.append(at)

    def row(self, line: Line, number: int, names: dict[str | None, str | None]) -> Row:
        """The row that line ``number`` is. ``names`` holds the few texts that all rows say, each once."""
        return Row(
            self,
            sys.intern(line.type),
            number,
            line.uuid,
            line.parent_uuid,
            names.setdefault(line.session_id, line.session_id),
            names.setdefault(line.cwd, line.cwd),
            names.setdefault(line.version, line.version),
            line.agent_id,
            line.is_sidechain,
            line.id,
            line.query_source,
            None if self.light else line,
        )

    def grasp(self, row: Row, line: Line) -> None:
        """Takes the gist of ``row``, whose fields are ``line``."""
        made = gist.of(line, row.line)
        row.gist = gist.light(made, self._ids) if self.light else made

    def within(self, row: Row, line: Line) -> Row:
        """The row that the message inside the progress ``row`` is, a sub-agent's; its place in the tree is yet open."""
        made = self.row(line, row.line, {})
        made.inner = True
        made.session_id, made.cwd, made.version = row.session_id, row.cwd, row.version
        self.grasp(made, line)
        return made

    def read(self, row: Row) -> Line:
        """All of ``row``; the last few are kept."""
        key = -row.line if row.inner else row.line
        if (line := self._recent.get(key)) is not None:
            return line
        if self._weight > _RECENT:
            self._recent.clear()
            self._weight = 0
        at, end = self._begins[row.line - 1 : row.line + 1]
        data = os.pread(self._file.fileno(), end - at, at)
        try:
            line, _ = decode(data, row.line)
        except (ValueError, RecursionError) as error:
            raise ImportFault(_CHANGED, path=self._path) from error
        if line is None or not (row.inner or (line.type, line.uuid) == (row.type, row.uuid)):
            raise ImportFault(_CHANGED, path=self._path)
        opened(line)
        if row.inner:
            told = line.inner.message if line.inner is not None else None
            if told is None:
                raise ImportFault(_CHANGED, path=self._path)
            told.timestamp = told.timestamp or line.timestamp
            line = told
        self._recent[key] = line
        self._weight += end - at
        return line


@dataclass
class Log:
    """What one file holds: rows that may matter, the parent of every row, and what was left out and why."""

    book: Book
    rows: list[Row] = field(default_factory=list)
    parents: dict[str, str | None] = field(default_factory=dict)
    lines: int = 0
    repaired: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    asides: list[asides.Noted] = field(default_factory=list)
    sha256: str = ""


def load(book: Book) -> Log:
    """The rows of ``book``. Progress, snapshots and the like are let go at once; of a long session, all text is."""
    log = Log(book)
    parents, dropped = log.parents, log.dropped
    names: dict[str | None, str | None] = {}
    last: str | None = None
    for number, line in _read(log):
        kind = line.type
        if line.uuid is not None:
            if line.uuid in parents:
                dropped["row seen before"] += 1
                continue
            if line.parent_uuid == last:
                line.parent_uuid = last
            parents[line.uuid] = line.parent_uuid
            last = line.uuid
        if kind in _ASIDE:
            body = bytes(line.attachment if kind == "attachment" else line.data)
            note = asides.noted(number, kind, content=line.content, call=line.hooked, body=body)
            if note is not None:
                log.asides.append(note)
            opened(line)
        if kind in _KEPT:
            log.rows.append(row := book.row(line, number, names))
            book.grasp(row, line)
        elif kind in _CAPTURED or (kind == "progress" and is_heard(line)):
            log.rows.append(book.row(line, number, names))
        else:
            dropped[kind] += 1
    return log


def _read(log: Log) -> Iterator[tuple[int, Line]]:
    digest = hashlib.sha256()
    for number, data in log.book.lines():
        digest.update(data)
        try:
            line, repaired = decode(data, number)
        except msgspec.ValidationError:
            log.lines += 1
            log.dropped["row of an unknown shape"] += 1
        except (ValueError, RecursionError):
            log.lines += 1
            whole = data.endswith(b"\n")
            log.dropped["line that is no JSON" if whole else "line cut off at the end of the file"] += 1
        else:
            if line is not None:
                log.lines += 1
                log.repaired += repaired
                yield number, line
    log.sha256 = digest.hexdigest()
