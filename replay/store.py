"""Runs and the answer cache: SQLite files in which whatever was acknowledged survives a crash.

Every file is in WAL mode with ``synchronous=FULL``, so a commit is on the disk when the call returns; a kill or a power
loss leaves the last commit, never a torn record. Several processes may read and write one file.
"""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

import msgspec

from replay.errors import UserError
from replay.records import JSON, Case, Transcript, Trial, decode, encode, encode_in_order

T = TypeVar("T")
Planned = tuple[str, str, int, str, int]  # case, arm, draw, key, generation of the plan
SCHEMA = 1
RUN_FILE = "run.sqlite"  # in a run's folder
RUN_ID, CACHE_ID = 0x7265706C, 0x72657063  # "repl", "repc": SQLite application ids, so that no stranger's file is taken
BUSY_SECONDS = 30.0
PLAN_BATCH = 500

_RUN = """
CREATE TABLE meta (key TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE transcripts (id TEXT PRIMARY KEY, json BLOB NOT NULL);
CREATE TABLE cases (position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, json TEXT NOT NULL);
CREATE TABLE plan (case_id TEXT, arm TEXT, draw INTEGER, key TEXT NOT NULL, generation INTEGER NOT NULL,
    PRIMARY KEY (case_id, arm, draw)) WITHOUT ROWID;
CREATE TABLE trials (case_id TEXT, arm TEXT, draw INTEGER, key TEXT, done INTEGER NOT NULL, json TEXT NOT NULL,
    PRIMARY KEY (case_id, arm, draw, key));
CREATE TABLE refused_responses (id INTEGER PRIMARY KEY, key TEXT NOT NULL, time TEXT NOT NULL, text TEXT NOT NULL);
"""
_CACHE = """
CREATE TABLE answers (key TEXT PRIMARY KEY, api TEXT NOT NULL, model TEXT, created TEXT NOT NULL, seconds REAL,
    response TEXT NOT NULL);
"""
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


class Progress(NamedTuple):
    """Trials that are there, completions among them, and a word that is another one when anything changed."""

    trials: int
    completed: int
    state: str


class Run(Store):
    """One run: the folder ``path`` with ``run.sqlite``. ``path.name`` is its name."""

    def __init__(self, path: Path, *, create: bool) -> None:
        self.path = path
        self._lock: sqlite3.Connection | None = None
        self._generation: int | None = None
        self._planned: list[Planned] = []
        super().__init__(path / RUN_FILE, _RUN, RUN_ID, create=create)

    @classmethod
    def open(cls, path: Path, *, create: bool) -> Run:
        """The run in the folder ``path``.

        Raises UserError where there is none (unless ``create``), it is damaged, or a newer replay wrote it.
        """
        return cls(Path(path), create=create)

    def close(self) -> None:
        """Write what is planned, let go of the lock, close the file."""
        try:
            if self._planned:
                with self._transaction():
                    self._write_plan()
        finally:
            self._release()
            super().close()

    @property
    def label(self) -> str:
        """The run as the command line takes it: its name where it lies in the home's runs, else its folder."""
        kept = self.path.resolve().parent == (home() / "runs").resolve()
        return self.path.name if kept else str(self.path)

    # --- what the run is about ---------------------------------------------------------------------------------

    def put_meta(self, key: str, value: JSON) -> None:
        """Keep ``value`` (a record, or what JSON can hold) under ``key``, in place of what was there."""
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, encode(value).decode()))

    def meta(self, key: str, kind: type[T]) -> T:
        """The value kept under ``key``. Raises UserError where there is none or it is no ``kind``."""
        row = self._row("SELECT json FROM meta WHERE key = ?", (key,))
        if row is None:
            raise UserError(f"this run has no {key} yet: `replay run` makes it", path=self.path)
        return self._decode(row[0], kind)

    def get_meta(self, key: str) -> JSON:
        """The value kept under ``key`` as plain JSON, None where there is none."""
        row = self._row("SELECT json FROM meta WHERE key = ?", (key,))
        return None if row is None else self._decode(row[0], object)

    def put_transcripts(self, transcripts: Iterable[Transcript]) -> None:
        """Keep the transcripts by id, compressed; one that is there already is left as it is."""
        with self._transaction() as db:
            for one in transcripts:
                if db.execute("SELECT 1 FROM transcripts WHERE id = ?", (one.id,)).fetchone() is None:
                    db.execute(
                        "INSERT INTO transcripts VALUES (?, ?)", (one.id, zlib.compress(encode_in_order(one), 6))
                    )

    def transcript(self, id: str) -> Transcript:  # noqa: A002 - the name of the field
        """The transcript with this id. Raises UserError where the run does not have it."""
        row = self._row("SELECT json FROM transcripts WHERE id = ?", (id,))
        if row is None:
            raise UserError(f"this run has no transcript {id}: give `replay run` again", path=self.path)
        return self._decode(zlib.decompress(row[0]), Transcript)

    def put_cases(self, cases: Iterable[Case]) -> None:
        """Make these the run's cases, in this order; trials of cases that are gone are kept."""
        with self._transaction() as db:
            db.execute("DELETE FROM cases")
            db.executemany(
                "INSERT OR REPLACE INTO cases (id, json) VALUES (?, ?)",
                ((case.id, encode(case).decode()) for case in cases),
            )

    def cases(self) -> tuple[Case, ...]:
        """The run's cases, in the order they were put."""
        return tuple(self._decode(row[0], Case) for row in self._rows("SELECT json FROM cases ORDER BY position"))

    # --- trials ------------------------------------------------------------------------------------------------

    def begin_plan(self) -> None:
        """Start a new plan; ``plan`` adds to it, ``end_plan`` says that it is complete."""
        row = self._row("SELECT max(generation) FROM plan")
        self._generation = (row[0] if row and row[0] else 0) + 1

    def plan(self, case: str, arm: str, draw: int, key: str) -> None:
        """Say that this draw is now asked for with ``key``; its trials with other keys are kept but no longer read."""
        self._planned.append((case, arm, draw, key, self._generation or 0))
        if len(self._planned) >= PLAN_BATCH:
            with self._transaction():
                self._write_plan()

    def end_plan(self) -> None:
        """Set aside the draws that only earlier plans asked for."""
        with self._transaction() as db:
            self._write_plan()
            db.execute("UPDATE plan SET key = '' WHERE generation < ?", (self._generation or 0,))

    def take_planned(self) -> list[Planned]:
        """What is planned and not yet written, for whoever writes it next (see ``put_all``)."""
        planned, self._planned = self._planned, []
        return planned

    def _write_plan(self) -> None:
        """Within a transaction: what is planned goes down with whatever is written next."""
        self._db.executemany("INSERT OR REPLACE INTO plan VALUES (?, ?, ?, ?, ?)", self._planned)
        self._planned.clear()

    def done(self, case: str, arm: str, draw: int, key: str) -> bool:
        """Whether the run has a completed trial (not an error) of this draw with this key."""
        query = "SELECT done FROM trials WHERE case_id = ? AND arm = ? AND draw = ? AND key = ?"
        row = self._row(query, (case, arm, draw, key))
        return row is not None and bool(row[0])

    def put_trial(self, trial: Trial) -> None:
        """Keep ``trial``, on the disk when this returns. It replaces an error of the same draw, never a completion."""
        self.put_all([trial])

    def put_all(
        self,
        trials: Iterable[Trial],
        *,
        refused: Iterable[tuple[str, str]] = (),
        planned: Iterable[Planned] = (),
    ) -> None:
        """Keep all of it in one commit: trials as ``put_trial``, refused responses as ``put_refused``, plans."""
        rows = [(one.case, one.arm, one.draw, one.key, one.error is None, encode(one).decode()) for one in trials]
        with self._transaction() as db:
            self._write_plan()
            db.executemany("INSERT OR REPLACE INTO plan VALUES (?, ?, ?, ?, ?)", planned)
            db.executemany(
                "INSERT INTO trials VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (case_id, arm, draw, key) "
                "DO UPDATE SET done = excluded.done, json = excluded.json WHERE trials.done = 0",
                rows,
            )
            db.executemany(
                "INSERT INTO refused_responses (key, time, text) VALUES (?, ?, ?)",
                ((key, now(), text) for key, text in refused),
            )

    def trials(self, case: str | None = None) -> Iterator[Trial]:
        """The trials of the current plan (of one ``case``), by case, arm and draw; those no plan ever named as well."""
        if self._planned:
            with self._transaction():
                self._write_plan()
        query = (
            "SELECT json FROM trials LEFT JOIN plan USING (case_id, arm, draw) "
            "WHERE (plan.key IS NULL OR plan.key = trials.key) AND (?1 IS NULL OR case_id = ?1) "
            "ORDER BY case_id, arm, draw, trials.rowid"
        )
        for (text,) in self._rows(query, (case,)):
            yield self._decode(text, Trial)

    def state(self) -> str:
        """64 hex digits that change whenever cases, trials, the plan or anything kept by ``put_meta`` change."""
        digest = hashlib.sha256()
        for query in (
            "SELECT count(*), max(rowid), sum(done), sum(length(json)) FROM trials",
            "SELECT count(*), max(generation), sum(key <> '') FROM plan",
            "SELECT id, json FROM cases ORDER BY position",
            "SELECT key, json FROM meta ORDER BY key",
        ):
            for row in self._rows(query):
                digest.update(repr(row).encode())
        return digest.hexdigest()

    def put_refused(self, key: str, text: str) -> None:
        """Keep a response that could not be understood: it was paid for, and it shows what is wrong."""
        self.put_all([], refused=[(key, text)])

    def refused(self) -> Iterator[tuple[str, str]]:
        """Key and text of every response that could not be understood."""
        yield from self._rows("SELECT key, text FROM refused_responses ORDER BY id")

    def progress(self, arms: Sequence[str]) -> Progress:
        """How far the draws of ``arms`` have come."""
        query = (
            "SELECT count(*), coalesce(sum(done), 0), coalesce(max(trials.rowid), 0) "
            "FROM trials LEFT JOIN plan USING (case_id, arm, draw) "
            "WHERE (plan.key IS NULL OR plan.key = trials.key) AND arm IN (SELECT value FROM json_each(?))"
        )
        row = self._row(query, (msgspec.json.encode(list(arms)).decode(),)) or (0, 0, 0)
        (judged,) = self._row("SELECT coalesce(sum(length(json)), 0) FROM meta") or (0,)
        return Progress(row[0], row[1], f"{row[0]}-{row[1]}-{row[2]}-{judged}")

    # --- one sampler at a time -----------------------------------------------------------------------------------

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the run for sampling, so that two processes do not pay for the same draws; reading needs no lock.

        The lock is SQLite's own on ``lock.sqlite``, which the system lets go of when its process dies. Taken again by
        this object it is a no-op. Raises UserError naming the process that has it.
        """
        if self._lock is not None:
            yield
            return
        holder = self.path / "lock.pid"
        try:
            with self._errors():
                self._lock = sqlite3.connect(
                    self.path / "lock.sqlite", timeout=0, isolation_level=None, check_same_thread=False
                )
                try:
                    self._lock.execute("BEGIN EXCLUSIVE")
                except sqlite3.OperationalError as error:
                    if not str(getattr(error, "sqlite_errorname", "")).startswith("SQLITE_BUSY"):
                        raise
                    who = holder.read_text().strip() if holder.is_file() else "?"
                    raise UserError(
                        f"in use by another replay (process {who}): wait for it, or stop it", path=self.path
                    ) from error
            try:
                holder.write_text(f"{os.getpid()}\n")
            except OSError as error:
                raise UserError(f"cannot be written ({error.strerror})", path=holder) from error
            yield
        finally:
            self._release()

    def sampling(self) -> bool:
        """Whether some process holds the run for sampling now. Looks, and takes nothing that could be in its way."""
        if self._lock is not None:
            return True
        file = self.path / "lock.sqlite"
        if not file.is_file():
            return False
        probe = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=0)
        try:
            probe.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.OperationalError as error:
            return str(getattr(error, "sqlite_errorname", "")).startswith("SQLITE_BUSY")
        else:
            return False
        finally:
            probe.close()

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None


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
