"""A run: what it is about, what was planned, and every trial, in one file beside its lock."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec

from replay.errors import UserError
from replay.records import JSON, Case, Transcript, Trial, encode, encode_in_order
from replay.store.base import Store, home, now, run_folder

T = TypeVar("T")
Planned = tuple[str, str, int, str, int]  # case, arm, draw, key, generation of the plan
RUN_FILE = "run.sqlite"  # in a run's folder
RUN_ID = 0x7265706C  # "repl": the SQLite application id, so that no stranger's file is taken
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


class Progress(NamedTuple):
    """Trials that are there, completions among them, and a word that is another one when anything changed."""

    trials: int
    completed: int
    state: str


def named_run(name: str) -> Path:
    """The folder of the run called ``name``: a run's folder, or its name in .replay/runs.

    A folder that holds no run is no run's: a case set lies here under the name that its run has in .replay/runs. Raises
    UserError naming the known ones.
    """
    place = Path(name) if (Path(name) / RUN_FILE).is_file() else run_folder(name)
    if not (place / RUN_FILE).is_file():
        known = sorted(file.parent.name for file in (home() / "runs").glob(f"*/{RUN_FILE}"))
        told = f"known are {', '.join(known)}" if known else "there is none yet: `replay run EXPERIMENT` makes one"
        raise UserError(f"no run {name!r}: {told}")
    return place


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
