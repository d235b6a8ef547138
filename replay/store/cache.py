"""The answers of providers by request key: plain JSON that ``sqlite3`` can show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from replay.records import JSON
from replay.store.base import Store, now

CACHE_ID = 0x72657063  # "repc": the SQLite application id, so that no stranger's file is taken

_CACHE = """
CREATE TABLE answers (key TEXT PRIMARY KEY, api TEXT NOT NULL, model TEXT, created TEXT NOT NULL, seconds REAL,
    response TEXT NOT NULL);
"""


class Answer(NamedTuple):
    """A cached response: its JSON as received, and where and when it came from."""

    response: bytes
    api: str
    model: str | None
    created: str
    seconds: float | None


class Entry(NamedTuple):
    """An answer on its way into the cache: its key, its JSON as received, and where it came from."""

    key: str
    response: bytes
    api: str
    model: str | None = None
    seconds: float | None = None


class Stored(NamedTuple):
    """What is known of a cached answer without reading it; ``size`` is that of its JSON in bytes."""

    key: str
    api: str
    model: str | None
    created: str
    size: int


class Cache(Store):
    """Responses by request key. Only answers are put here, never errors; plain JSON that ``sqlite3`` can show."""

    @classmethod
    def open(cls, file: Path) -> Cache:
        """The cache in ``file``, made where there is none. Raises UserError where it cannot be used."""
        return cls(Path(file), _CACHE, CACHE_ID, create=True)

    def has(self, key: str) -> bool:
        """Whether there is an answer to the request with this key."""
        return self._row("SELECT 1 FROM answers WHERE key = ?", (key,)) is not None

    def get(self, key: str) -> Answer | None:
        """The answer to the request with this key."""
        query = "SELECT CAST(response AS BLOB), api, model, created, seconds FROM answers WHERE key = ?"
        row = self._row(query, (key,))
        return None if row is None else Answer(*row)

    def put(
        self, key: str, response: bytes, *, api: str, model: str | None = None, seconds: float | None = None
    ) -> None:
        """Keep an answer, on the disk when this returns; the first answer to a key stays."""
        self.put_all([Entry(key, response, api, model, seconds)])

    def put_all(self, entries: Iterable[Entry]) -> None:
        """Keep several answers in one commit, each as ``put`` does."""
        rows = [(one.key, one.api, one.model, now(), one.seconds, one.response.decode()) for one in entries]
        with self._transaction() as db:
            db.executemany("INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?, ?, ?)", rows)

    def stats(self) -> dict[str, JSON]:
        """``answers``, ``bytes`` of JSON, ``models`` (answers by model), ``oldest`` and ``newest`` (ISO times)."""
        row = self._row("SELECT count(*), coalesce(sum(length(response)), 0), min(created), max(created) FROM answers")
        models = dict(self._rows("SELECT coalesce(model, '?'), count(*) FROM answers GROUP BY 1 ORDER BY 1"))
        return dict(zip(("answers", "bytes", "oldest", "newest"), row or (0, 0, None, None), strict=True)) | {
            "models": models
        }

    def entries(self) -> list[Stored]:
        """What the cache has, oldest first."""
        query = "SELECT key, api, model, created, length(CAST(response AS BLOB)) FROM answers ORDER BY created, key"
        return [Stored(*row) for row in self._rows(query)]

    @contextmanager
    def adding(self) -> Iterator[Callable[..., None]]:
        """A function that adds an answer with ``created``; all are kept when the block ends, none where it raises."""
        with self._transaction() as db:

            def add(
                key: str, response: bytes, *, api: str, model: str | None, created: str, seconds: float | None
            ) -> None:
                row = (key, api, model, created, seconds, response.decode())
                db.execute("INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?, ?, ?)", row)

            yield add

    def remove(self, keys: Iterable[str]) -> None:
        """Forget these answers, in one commit."""
        with self._transaction() as db:
            db.executemany("DELETE FROM answers WHERE key = ?", ((key,) for key in keys))

    def shrink(self) -> None:
        """Give the room of removed answers back to the disk; raises UserError where it is full or the file in use."""
        with self._errors():
            self._db.execute("VACUUM")
            self._pragma("wal_checkpoint(TRUNCATE)")

    def integrity(self) -> list[str]:
        """What SQLite finds wrong with the file; empty where nothing is."""
        found = [str(row[0]) for row in self._rows("PRAGMA integrity_check")]
        return [] if found == ["ok"] else found
