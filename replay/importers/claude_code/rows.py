"""The rows of a session log, one line at a time: typed, tolerant, and counted where they are left out."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from replay import spill
from replay.importers.claude_code import asides
from replay.importers.fault import ImportFault
from replay.records import JSON

NOTHING = msgspec.Raw(b"")
_BLOCK = 1 << 18


class Attachment(msgspec.Struct, rename="camel"):
    """The part of an attachment that says what it is."""

    type: str = "unknown"
    hook_event: str | None = None
    content: JSON = None


class Line(msgspec.Struct, rename="camel"):
    """The fields of a row that matter here. What a row does not have is None."""

    type: str
    uuid: str | None = None
    parent_uuid: str | None = None
    session_id: str | None = None
    timestamp: str | None = None
    cwd: str | None = None
    version: str | None = None
    agent_id: str | None = None
    is_sidechain: bool | None = None
    is_meta: bool | None = None
    is_compact_summary: bool | None = None
    is_visible_in_transcript_only: bool | None = None
    is_api_error_message: bool | None = None
    message: dict[str, JSON] | None = None
    tool_use_result: JSON = None
    content: JSON = None
    hooked: str | None = msgspec.field(name="toolUseID", default=None)
    request_ref: str | None = None
    subtype: str | None = None
    microcompact_metadata: dict[str, JSON] | None = None
    attachment: msgspec.Raw = NOTHING
    rendered: JSON = None
    rendered_role: str | None = None
    data: msgspec.Raw = NOTHING
    told: Attachment | None = None
    inner: Progress | None = None
    id: str | None = None
    hash: str | None = None
    query_source: str | None = None
    shape_hash: str | None = None
    shape: dict[str, JSON] | None = None
    params: dict[str, JSON] | None = None
    base: str | None = None
    keep: int = 0
    tail: list[str] | None = None
    cache_control: list[JSON] | None = None
    request_digest: str | None = None


class Progress(msgspec.Struct, rename="camel"):
    """The part of a progress row that says what it is; of a sub-agent's message also that message, as a row."""

    type: str = "unknown"
    agent_id: str | None = None
    message: Line | None = None


class Row(msgspec.Struct, gc=False):
    """A row as it is known all the time: where it hangs and where it stands. What it says is read when it is needed.

    ``line`` is its 1-based line; ``inner`` says that the row is the message inside that line's progress.
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

    def __enter__(self) -> Book:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Number (1-based) and bytes of each line, to be gone through once and to the end."""
        at = 0
        for number, line in enumerate(self._file, 1):
            self._begins.append(at)
            at += len(line)
            yield number, line
        self._begins.append(at)

    def row(self, line: Line, number: int) -> Row:
        """The row that line ``number`` is."""
        return Row(
            self,
            sys.intern(line.type),
            number,
            line.uuid,
            line.parent_uuid,
            line.session_id,
            line.cwd,
            line.version,
            line.agent_id,
            line.is_sidechain,
            line.id,
            line.query_source,
            None if self.light else line,
        )

    def within(self, row: Row, line: Line) -> Row:
        """The row that the message inside the progress ``row`` is, a sub-agent's; its place in the tree is yet open."""
        made = self.row(line, row.line)
        made.inner = True
        made.session_id, made.cwd, made.version = row.session_id, row.cwd, row.version
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
            line, _ = _decode(bare(data, row.line))
        except (ValueError, RecursionError) as error:
            raise ImportFault("was changed while it was read: import it again", path=self._path) from error
        _open(line)
        if row.inner:
            told = line.inner.message if line.inner is not None else None
            if told is None:
                raise ImportFault("was changed while it was read: import it again", path=self._path)
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


_DECODER = msgspec.json.Decoder(Line)
_KEPT = frozenset({"user", "assistant", "attachment", "system"})
_CAPTURED = frozenset({"api-request", "api-request-shape", "api-request-blob"})
_ASIDE = frozenset({"system", "progress", "attachment"})
_RECENT = 1 << 20


def load(book: Book) -> Log:
    """The rows of ``book``. Progress, snapshots and the like are let go at once; of a long session, all text is."""
    log = Log(book)
    names: dict[str | None, str | None] = {}
    last: str | None = None
    for line, row in _read(log):
        row.session_id = names.setdefault(row.session_id, row.session_id)
        row.cwd = names.setdefault(row.cwd, row.cwd)
        row.version = names.setdefault(row.version, row.version)
        if row.uuid is not None:
            if row.uuid in log.parents:
                log.dropped["row seen before"] += 1
                continue
            if row.parent_uuid == last:
                row.parent_uuid = last
            log.parents[row.uuid] = row.parent_uuid
            last = row.uuid
        if row.type in _ASIDE:
            body = bytes(line.attachment if row.type == "attachment" else line.data)
            note = asides.noted(row.line, row.type, content=line.content, call=line.hooked, body=body)
            if note is not None:
                log.asides.append(note)
        if row.type in _KEPT or row.type in _CAPTURED or (row.type == "progress" and _is_heard(line)):
            _open(line)
            log.rows.append(row)
        else:
            log.dropped[row.type] += 1
    return log


def _is_heard(line: Line) -> bool:
    """Whether the progress holds what a sub-agent said."""
    told = line.inner = _inner(line)
    return told is not None and told.type == "agent_progress" and told.message is not None


def _inner(line: Line) -> Progress | None:
    try:
        return msgspec.json.decode(line.data, type=Progress)
    except (msgspec.MsgspecError, RecursionError):
        return None


def _open(line: Line) -> None:
    """Reads what ``line`` still holds as bytes, so that they can be let go."""
    if line.type == "attachment":
        try:
            line.told = msgspec.json.decode(line.attachment, type=Attachment)
        except (msgspec.MsgspecError, RecursionError):
            line.told = Attachment()
    elif line.type == "progress" and line.inner is None:
        line.inner = _inner(line)
    line.attachment = line.data = NOTHING
    line.content = None


def _read(log: Log) -> Iterator[tuple[Line, Row]]:
    digest = hashlib.sha256()
    for number, line in log.book.lines():
        digest.update(line)
        if not (text := bare(line, number)):
            continue
        log.lines += 1
        try:
            found, repaired = _decode(text)
        except msgspec.ValidationError:
            log.dropped["row of an unknown shape"] += 1
        except (ValueError, RecursionError):
            whole = line.endswith(b"\n")
            log.dropped["line that is no JSON" if whole else "line cut off at the end of the file"] += 1
        else:
            log.repaired += repaired
            yield found, log.book.row(found, number)
    log.sha256 = digest.hexdigest()


def bare(line: bytes, number: int) -> bytes:
    """``line`` without white space around it; without a byte order mark where it is the first."""
    return line.removeprefix(b"\xef\xbb\xbf").strip() if number == 1 else line.strip()


def _decode(line: bytes) -> tuple[Line, bool]:
    """The fields of ``line``, and whether bytes of it that are no UTF-8 had to be replaced."""
    try:
        row = _DECODER.decode(line)
        if not line.isascii():
            bytes(row.attachment).decode()
            bytes(row.data).decode()
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError):
        text = json.dumps(json.loads(line.decode("utf-8", "replace")), ensure_ascii=False)
        return _DECODER.decode(text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")), True
    return row, False
