"""One SQLite file: opened, checked, written in transactions, and its errors told as sentences."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec

from replay.errors import UserError
from replay.records import JSON, decode

T = TypeVar("T")
SCHEMA = 1
BUSY_SECONDS = 30.0
_WHY = {
    "SQLITE_BUSY": "another process keeps it busy: try again",
    "SQLITE_FULL": "the disk is full: what was finished is kept; free some space and give the same command again",
    "SQLITE_IOERR": "reading or writing failed (is the disk full or gone?): what was finished is kept",
    "SQLITE_READONLY": "it cannot be written: check its permissions",
    "SQLITE_CANTOPEN": "it cannot be opened: check the folder and its permissions",
    "SQLITE_NOTADB": "it is not a store of replay, or damaged: move it away to begin anew",
    "SQLITE_CORRUPT": "it is damaged: `sqlite3 FILE .recover` may save what is in it; move it away to begin anew",
}


def home() -> Path:
    """Where runs and the cache live: ``REPLAY_HOME``, or ``.replay`` in the current folder. Creates nothing."""
    return Path(os.environ.get("REPLAY_HOME") or ".replay")


def slug(name: str) -> str:
    """``name`` as a file name: ASCII letters, digits, dot, dash and underscore; never empty, hidden or a path."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")[:100] or "run"


def run_folder(name: str) -> Path:
    """The folder of the run called ``name``, below ``home()``."""
    return home() / "runs" / slug(name)


class Store:
    """One SQLite file: opened, checked, and its errors told as sentences."""

    def __init__(self, file: Path, schema: str, application: int, *, create: bool) -> None:
        self.file = file
        if create:
            _make(file.parent)
        elif not file.is_file():
            raise UserError("there is no run here: `replay run` makes one", path=file.parent)
        with self._errors():
            self._db = sqlite3.connect(file, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            self._prepare(schema, application, create=create)
        except BaseException:
            self._db.close()
            raise

    def _prepare(self, schema: str, application: int, *, create: bool) -> None:
        with self._errors():
            found = self._identity()
            if create and found == (0, 0):
                self._pragma("journal_mode=WAL")
                with self._transaction() as db:
                    if self._pragma("user_version") == 0:
                        if db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                            raise UserError(_WHY["SQLITE_NOTADB"], path=self.file)
                        for statement in schema.split(";\n"):
                            db.execute(statement)
                        db.execute(f"PRAGMA application_id={application}")
                        db.execute(f"PRAGMA user_version={SCHEMA}")
                found = self._identity()
            if found[0] != application:
                raise UserError(_WHY["SQLITE_NOTADB"], path=self.file)
            if found[1] > SCHEMA:
                raise UserError(
                    f"written by a newer replay (schema {found[1]}, this one knows {SCHEMA}): upgrade replay",
                    path=self.file,
                )
            self._pragma("synchronous=FULL")

    def _identity(self) -> tuple[JSON, JSON]:
        """Application and schema; the schema read first, as another process may write both in between."""
        schema = self._pragma("user_version")
        return self._pragma("application_id"), schema

    def _pragma(self, text: str) -> JSON:
        row = self._db.execute(f"PRAGMA {text}").fetchone()
        return row[0] if row else None

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """SQLite's errors as UserError naming the file and what to do."""
        try:
            yield
        except sqlite3.Error as error:
            name = getattr(error, "sqlite_errorname", None) or ""
            why = next((text for code, text in _WHY.items() if name.startswith(code)), str(error))
            raise UserError(why, path=self.file) from error

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """A write transaction: on the disk when the block is left, undone where it raises."""
        with self._errors():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def _rows(self, query: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        with self._errors():
            yield from self._db.execute(query, values)

    def _row(self, query: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        return next(self._rows(query, values), None)

    def _decode(self, data: bytes | str, kind: type[T]) -> T:
        try:
            return decode(data, kind)
        except msgspec.DecodeError as error:
            raise UserError(f"holds a record this replay cannot read ({error})", path=self.file) from error

    def close(self) -> None:
        """Close the file; nothing acknowledged depends on it."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def now() -> str:
    """The time as ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _make(folder: Path) -> None:
    """Create ``folder`` for its owner only; a new ``home()`` is told to git as nothing to keep."""
    base = home()
    fresh = not base.exists()
    try:
        for one in (*reversed(folder.parents), folder):
            if not one.exists():
                one.mkdir(mode=0o700, exist_ok=True)
        if fresh and base.is_dir():
            (base / ".gitignore").write_text("*\n")
    except OSError as error:
        raise UserError(f"cannot make this folder ({error.strerror})", path=folder) from error
