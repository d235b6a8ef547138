"""opencode's database (``opencode.db``): sessions, their messages and parts as JSON in rows, also while it is written.

Tables as of opencode 1.18: ``session``, ``message (id, session_id, time_created, data)`` and ``part (id, message_id,
data)``, where ``data`` is what an export gives without the ids. https://github.com/anomalyco/opencode
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from replay.importers import lines, sqlite
from replay.importers.fault import ImportFault
from replay.importers.opencode.stored import Held
from replay.importers.sqlite import Row
from replay.records import JSON

_TABLES = ("session", "message", "part")
_SESSIONS = "SELECT id FROM session ORDER BY id DESC"  # ids descend with time
_INFO = "SELECT * FROM session WHERE id = ?"
_MESSAGES = "SELECT id FROM message WHERE session_id = ? ORDER BY time_created, id"
_MESSAGE = "SELECT data FROM message WHERE id = ?"
_PARTS = "SELECT id FROM part WHERE message_id = ? ORDER BY id"
_PART = "SELECT data FROM part WHERE id = ?"
_INFO_KEYS = {"id": "id", "parent_id": "parentID", "directory": "directory", "version": "version", "revert": "revert"}
_OTHER = "a database that is no opencode's, though it is called so: export the sessions of others"


def is_ours(head: bytes, name: str) -> bool:
    """Whether a database is opencode's: by its name, as its tables may still be in the ``-wal`` file, or by them."""
    if not head.startswith(sqlite.SIGN):
        return False
    return (name.startswith("opencode") and name.endswith(".db")) or all(
        b"CREATE TABLE `%s`" % table.encode() in head for table in _TABLES
    )


def sessions(path: Path, count: lines.Count) -> Iterator[Held]:
    """Each session that has messages, the newest last: its info, and its messages with their parts.

    What lies on a damaged page, or is larger than 256 MiB, is counted as dropped. Raises ImportFault for a
    database that is another's or cannot be read at all.
    """
    with sqlite.opened(path) as db:
        _check(db, path)
        for key in list(sqlite.keys(db, _SESSIONS, count, "sessions")):
            told = list(_messages(db, key, count))
            if told:
                yield _info(db, key, count), told


def _check(db: sqlite3.Connection, path: Path) -> None:
    """Raises ImportFault unless the tables are plain ones, and have the indexes that keep reading them linear."""
    if not sqlite.tables(db, path).issuperset(_TABLES):
        raise ImportFault(_OTHER, path=path)
    try:
        indexed = sqlite.is_indexed(db, (_INFO, _MESSAGES, _MESSAGE, _PARTS, _PART))
    except sqlite3.OperationalError as error:  # a column that is not there
        raise ImportFault(_OTHER, path=path) from error
    if not indexed:
        raise ImportFault("a database of opencode that has lost its indexes", path=path)


def _info(db: sqlite3.Connection, key: bytes, count: lines.Count) -> Row:
    """What an export calls the session's info, as far as it is read."""
    info: Row = {"id": sqlite.text(key)}
    with sqlite.losses(count, "session"):
        cursor = db.execute(_INFO, (_given(key),))
        row = dict(zip((column[0] for column in cursor.description), cursor.fetchone() or (), strict=False))
        count.rows += 1
        info |= {
            name: sqlite.text(value) for old, name in _INFO_KEYS.items() if isinstance(value := row.get(old), bytes)
        }
    return info


def _messages(db: sqlite3.Connection, session: bytes, count: lines.Count) -> Iterator[tuple[Row, list[JSON]]]:
    for key in sqlite.keys(db, _MESSAGES, count, "messages", _given(session)):
        message = sqlite.value(db, _MESSAGE, _given(key), count, "message")
        if message is not None:
            ids: Row = {"id": sqlite.text(key), "sessionID": sqlite.text(session)}
            parts: list[JSON] = []
            for part in sqlite.keys(db, _PARTS, count, "parts", _given(key)):
                value = sqlite.value(db, _PART, _given(part), count, "part")
                if value is not None:
                    name = sqlite.text(part)
                    parts.append({**value, "id": name, "messageID": ids["id"], "sessionID": ids["sessionID"]})
            yield {**message, **ids}, parts


def _given(key: bytes) -> str:
    return key.decode("utf-8", "surrogateescape")
