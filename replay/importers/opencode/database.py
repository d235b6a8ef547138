"""opencode's database (``opencode.db``): sessions, their messages and parts as JSON in rows, also while it is written.

Tables as of opencode 1.18: ``session``, ``message (id, session_id, time_created, data)`` and ``part (id, message_id,
data)``, where ``data`` is what an export gives without the ids. https://github.com/anomalyco/opencode
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from replay.importers import lines, write_ahead
from replay.importers.fault import ImportFault
from replay.importers.opencode.stored import Held
from replay.records import JSON

SIGN = b"SQLite format 3\0"
LARGEST = 256 * 1024 * 1024
_TABLES = ("session", "message", "part")
_SESSIONS = "SELECT id FROM session ORDER BY id DESC"  # ids descend with time
_INFO = "SELECT * FROM session WHERE id = ?"
_MESSAGES = "SELECT id FROM message WHERE session_id = ? ORDER BY time_created, id"
_MESSAGE = "SELECT data FROM message WHERE id = ?"
_PARTS = "SELECT id FROM part WHERE message_id = ? ORDER BY id"
_PART = "SELECT data FROM part WHERE id = ?"
_INFO_KEYS = {"id": "id", "parent_id": "parentID", "directory": "directory", "version": "version", "revert": "revert"}
_OTHER = "a database that is no opencode's: of databases only `opencode.db` is read, export the sessions of others"
_CLOSED = "a database that cannot be opened with its `-wal` file: copy both to a folder that can be written"
_WHY = {
    "SQLITE_BUSY": "a database that another process keeps busy: try again",
    "SQLITE_CANTOPEN": _CLOSED,
    "SQLITE_READONLY": _CLOSED,
    "SQLITE_NOTADB": "a database that is damaged at its beginning",
    "SQLITE_CORRUPT": "a database that is damaged: `sqlite3 FILE .recover` may save what is in it",
}
_LOST = ("SQLITE_CORRUPT", "SQLITE_TOOBIG")

Row = dict[str, JSON]


def is_ours(head: bytes, name: str) -> bool:
    """Whether a database is opencode's: by its name, as its tables may still be in the ``-wal`` file, or by them."""
    if not head.startswith(SIGN):
        return False
    return (name.startswith("opencode") and name.endswith(".db")) or all(
        b"CREATE TABLE `%s`" % table.encode() in head for table in _TABLES
    )


def sessions(path: Path, count: lines.Count) -> Iterator[Held]:
    """Each session that has messages, the newest last: its info, and its messages with their parts.

    What lies on a damaged page, or is larger than 256 MiB, is counted as dropped. Raises ImportFault for a
    database that is another's or cannot be read at all.
    """
    with _faults(path), closing(_connected(path)) as db:
        _check(db, path)
        for key in list(_keys(db, _SESSIONS, count, "sessions")):
            told = list(_messages(db, key, count))
            if told:
                yield _info(db, key, count), told


def _connected(path: Path) -> sqlite3.Connection:
    """The database, only for reading: with its ``-wal`` file, or where there is none without making one beside it."""
    how = "mode=ro" if write_ahead.beside(path) else "mode=ro&immutable=1"
    db = sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True, isolation_level=None)
    db.text_factory = bytes
    db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST)
    db.execute("PRAGMA trusted_schema = OFF")
    db.execute("BEGIN")
    return db


def _check(db: sqlite3.Connection, path: Path) -> None:
    """Raises ImportFault unless the tables are plain ones, and have the indexes that keep reading them linear."""
    made = dict(db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
    found = [made.get(table.encode()) for table in _TABLES]
    if not made:
        raise ImportFault("a database without tables: its `-wal` file has to lie beside it", path=path)
    if not all(isinstance(sql, bytes) and sql[:13].upper() == b"CREATE TABLE " for sql in found):
        raise ImportFault(_OTHER, path=path)
    queries = (_INFO, _MESSAGES, _MESSAGE, _PARTS, _PART)
    try:
        steps = [step for query in queries for step in db.execute(f"EXPLAIN QUERY PLAN {query}", ("",))]
    except sqlite3.OperationalError as error:  # a column that is not there
        raise ImportFault(_OTHER, path=path) from error
    if any(step[3].startswith(b"SCAN") for step in steps):
        raise ImportFault("a database of opencode that has lost its indexes", path=path)


def _info(db: sqlite3.Connection, key: bytes, count: lines.Count) -> Row:
    """What an export calls the session's info, as far as it is read."""
    info: Row = {"id": _text(key)}
    with _losses(count, "session"):
        cursor = db.execute(_INFO, (key.decode("utf-8", "surrogateescape"),))
        row = dict(zip((column[0] for column in cursor.description), cursor.fetchone() or (), strict=False))
        count.rows += 1
        info |= {name: _text(value) for old, name in _INFO_KEYS.items() if isinstance(value := row.get(old), bytes)}
    return info


def _messages(db: sqlite3.Connection, session: bytes, count: lines.Count) -> Iterator[tuple[Row, list[JSON]]]:
    for key in _keys(db, _MESSAGES, count, "messages", session):
        message = _value(db, _MESSAGE, key, count, "message")
        if message is not None:
            ids: Row = {"id": _text(key), "sessionID": _text(session)}
            parts: list[JSON] = []
            for part in _keys(db, _PARTS, count, "parts", key):
                value = _value(db, _PART, part, count, "part")
                if value is not None:
                    parts.append({**value, "id": _text(part), "messageID": ids["id"], "sessionID": ids["sessionID"]})
            yield {**message, **ids}, parts


def _keys(db: sqlite3.Connection, query: str, count: lines.Count, what: str, *values: bytes) -> Iterator[bytes]:
    with _losses(count, f"rest of the {what}"):
        for (key,) in db.execute(query, [value.decode("utf-8", "surrogateescape") for value in values]):
            if isinstance(key, bytes):
                yield key
            else:
                count.dropped["row without an id"] += 1


def _value(db: sqlite3.Connection, query: str, key: bytes, count: lines.Count, what: str) -> Row | None:
    """The JSON object of a row; None where there is none that can be read."""
    with _losses(count, what):
        row = db.execute(query, (key.decode("utf-8", "surrogateescape"),)).fetchone()
        value = lines.value(row[0], count) if row and isinstance(row[0], bytes) else None
        if isinstance(value, dict):
            count.rows += 1
            return value
        count.dropped[f"{what} that is no JSON"] += 1
    return None


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


@contextmanager
def _losses(count: lines.Count, what: str) -> Iterator[None]:
    """Counts what a damaged page, or a value that is too large, keeps from being read."""
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", None) or ""
        if not name.startswith(_LOST):
            raise
        large = name == "SQLITE_TOOBIG"
        count.dropped[f"{what} larger than 256 MiB" if large else f"{what} on a damaged page"] += 1


@contextmanager
def _faults(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", None) or ""
        why = next((text for code, text in _WHY.items() if name.startswith(code)), f"a database that fails: {error}")
        raise ImportFault(why, path=path) from error
