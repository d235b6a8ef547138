"""The rows of a session log, one line at a time: typed, tolerant, and counted where they are left out."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from replay.importers.claude_code import asides
from replay.records import JSON

NOTHING = msgspec.Raw(b"")


class Attachment(msgspec.Struct, rename="camel"):
    """The part of an attachment that says what it is."""

    type: str = "unknown"
    hook_event: str | None = None
    content: JSON = None


class Row(msgspec.Struct, rename="camel"):
    """The fields of a row that matter here; ``line`` is its 1-based line. What a row does not have is None."""

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
    line: int = 0


class Progress(msgspec.Struct, rename="camel"):
    """The part of a progress row that says what it is; of a sub-agent's message also that message, as a row."""

    type: str = "unknown"
    agent_id: str | None = None
    message: Row | None = None


@dataclass
class Log:
    """What one file holds: rows that may matter, the parent of every row, and what was left out and why."""

    rows: list[Row] = field(default_factory=list)
    parents: dict[str, str | None] = field(default_factory=dict)
    lines: int = 0
    repaired: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    asides: list[asides.Noted] = field(default_factory=list)
    sha256: str = ""


_DECODER = msgspec.json.Decoder(Row)
_KEPT = frozenset({"user", "assistant", "attachment", "system"})
_CAPTURED = frozenset({"api-request", "api-request-shape", "api-request-blob"})


def load(path: Path) -> Log:
    """The rows of ``path``. Memory grows with what a model saw; progress, snapshots and the like are let go at once."""
    log = Log()
    seen: set[str] = set()
    for row in _read(path, log):
        if row.uuid is not None:
            if row.uuid in seen:
                log.dropped["row seen before"] += 1
                continue
            seen.add(row.uuid)
            log.parents[row.uuid] = row.parent_uuid
        body = bytes(row.attachment if row.type == "attachment" else row.data)
        note = asides.noted(row.line, row.type, content=row.content, call=row.hooked, body=body)
        if note is not None:
            log.asides.append(note)
        row.content = None
        if row.type in _KEPT or row.type in _CAPTURED or (row.type == "progress" and _open(row)):
            _slim(row)
            log.rows.append(row)
        else:
            log.dropped[row.type] += 1
    return log


def _open(row: Row) -> bool:
    """Reads what a sub-agent said into ``row``; False for any other progress."""
    try:
        row.inner = msgspec.json.decode(row.data, type=Progress)
    except (msgspec.MsgspecError, RecursionError):
        return False
    return row.inner.type == "agent_progress" and row.inner.message is not None


def _slim(row: Row) -> None:
    """Reads what ``row`` still holds as bytes, so that its line can be let go."""
    if row.type == "attachment":
        try:
            row.told = msgspec.json.decode(row.attachment, type=Attachment)
        except (msgspec.MsgspecError, RecursionError):
            row.told = Attachment()
    row.attachment = row.data = NOTHING


def _read(path: Path, log: Log) -> Iterator[Row]:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            digest.update(line)
            bare = line.removeprefix(b"\xef\xbb\xbf").strip() if number == 1 else line.strip()
            if not bare:
                continue
            log.lines += 1
            try:
                row = _decode(bare, log)
            except msgspec.ValidationError:
                log.dropped["row of an unknown shape"] += 1
            except (ValueError, RecursionError):
                whole = line.endswith(b"\n")
                log.dropped["line that is no JSON" if whole else "line cut off at the end of the file"] += 1
            else:
                row.line = number
                yield row
    log.sha256 = digest.hexdigest()


def _decode(line: bytes, log: Log) -> Row:
    try:
        row = _DECODER.decode(line)
        for raw in (row.attachment, row.data):
            bytes(raw).decode()
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError):
        text = json.dumps(json.loads(line.decode("utf-8", "replace")), ensure_ascii=False)
        row = _DECODER.decode(text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))
        log.repaired += 1
    return row
