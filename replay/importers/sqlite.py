"""SQLite databases of agents, opened only for reading, also while they are written; what is damaged is counted."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from replay.importers import lines, write_ahead
from replay.importers.fault import ImportFault
from replay.records import JSON

SIGN = b"SQLite format 3\0"
LARGEST = 256 * 1024 * 1024
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


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The database with its ``-wal`` file, or where there is none without making one beside it; its texts are bytes.

    Raises ImportFault for what SQLite cannot read, now or in the block.
    """
    try:
        with closing(_connected(path)) as db:
            yield db
    except (sqlite3.Error, UnicodeDecodeError) as error:
        name = _named(error)
        why = next((text for code, text in _WHY.items() if name.startswith(code)), f"a database that fails: {error}")
        raise ImportFault(why, path=path) from error


def _connected(path: Path) -> sqlite3.Connection:
    how = "mode=ro" if write_ahead.beside(path) else "mode=ro&immutable=1"
    db = sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True, isolation_level=None)
    db.text_factory = bytes
    db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST)
    db.execute("PRAGMA trusted_schema = OFF")
    db.execute("BEGIN")
    return db


def tables(db: sqlite3.Connection, path: Path) -> set[str]:
    """The names of the plain tables. Raises ImportFault where there is none: they may be in a file that is missing."""
    made = dict(db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
    if not made:
        raise ImportFault("a database without tables: its `-wal` file has to lie beside it", path=path)
    plain = (name for name, sql in made.items() if isinstance(sql, bytes) and sql[:13].upper() == b"CREATE TABLE ")
    return {text(name) for name in plain if isinstance(name, bytes)}


def is_indexed(db: sqlite3.Connection, queries: Sequence[str]) -> bool:
    """Whether ``queries``, each of one parameter, find their rows by indexes. Raises OperationalError for no column."""
    steps = [step for query in queries for step in db.execute(f"EXPLAIN QUERY PLAN {query}", ("",))]
    return not any(step[3].startswith(b"SCAN") for step in steps)


def keys(db: sqlite3.Connection, query: str, count: lines.Count, what: str, *values: str) -> Iterator[bytes]:
    """The first column of each row, where it is text."""
    with losses(count, f"rest of the {what}"):
        for (key,) in db.execute(query, values):
            if isinstance(key, bytes):
                yield key
            else:
                count.dropped["row without an id"] += 1


def value(db: sqlite3.Connection, query: str, key: str, count: lines.Count, what: str) -> Row | None:
    """The JSON object of the row that ``query`` finds by ``key``; None where there is none that can be read."""
    with losses(count, what):
        row = db.execute(query, (key,)).fetchone()
        if row is None:
            count.dropped[f"{what} that is not in the file"] += 1
            return None
        data = row[0] if isinstance(row[0], bytes) else b""
        count.read += len(data)
        found = lines.value(data, count)
        if isinstance(found, dict):
            count.rows += 1
            return found
        count.dropped[f"{what} that is no JSON"] += 1
    return None


def text(data: bytes) -> str:
    """``data`` as text; what is no UTF-8 in it shows as U+FFFD."""
    return data.decode("utf-8", "replace")


@contextmanager
def losses(count: lines.Count, what: str) -> Iterator[None]:
    """Counts what a damaged page, or a value that is too large, keeps from being read."""
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError) as error:
        name = _named(error)
        if not name.startswith(_LOST):
            raise
        large = name == "SQLITE_TOOBIG"
        count.dropped[f"{what} larger than 256 MiB" if large else f"{what} on a damaged page"] += 1


def _named(error: Exception) -> str:
    """The name of what SQLite says; damage that it quotes may be no text, and then fails as such."""
    return getattr(error, "sqlite_errorname", None) or ("SQLITE_CORRUPT" if isinstance(error, UnicodeError) else "")
