"""A run as polars frames: the notebook's door.

Each table is written once as Parquet beside the run, when it is first asked for, and again when the run has changed; so
a scan reads only the columns that a query needs, and DuckDB or pandas can read the same files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from importlib import metadata
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import polars as pl

from replay.columns import Table
from replay.errors import UserError
from replay.frames.mined import Mined, mined
from replay.frames.rates import rates
from replay.frames.schema import TABLES, TRIAL
from replay.store import Run, named_run

__all__ = ["TABLES", "TRIAL", "Frames", "Mined", "Scan", "Table", "load", "mined", "rates", "scan", "to_parquet"]

FOLDER = "frames"
BATCH = 1_000  # rows made at once: a change holds two whole texts


class Scan:
    """A run's tables as lazy frames (see ``schema.TABLES`` for columns, keys, types and units).

    A table is made when it is first asked for and is then as of that moment.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        Run.open(folder, create=False).close()

    def __repr__(self) -> str:
        return f"Scan({str(self.folder)!r}): {', '.join(TABLES)}"

    @cached_property
    def transcripts(self) -> pl.LazyFrame:
        """A row a transcript that cases were cut from."""
        return self._table("transcripts")

    @cached_property
    def turns(self) -> pl.LazyFrame:
        """A row an answer of the recorded model."""
        return self._table("turns")

    @cached_property
    def cases(self) -> pl.LazyFrame:
        """A row a case."""
        return self._table("cases")

    @cached_property
    def arms(self) -> pl.LazyFrame:
        """A row an arm."""
        return self._table("arms")

    @cached_property
    def trials(self) -> pl.LazyFrame:
        """A row a completion, or the error that came instead."""
        return self._table("trials")

    @cached_property
    def changes(self) -> pl.LazyFrame:
        """A row a file that a completion would write."""
        return self._table("changes")

    @cached_property
    def scores(self) -> pl.LazyFrame:
        """A row a trial under one rule selector, as the run was last judged."""
        return self._table("scores")

    @cached_property
    def findings(self) -> pl.LazyFrame:
        """A row a match that a completion introduced, as the run was last judged."""
        return self._table("findings")

    def _table(self, name: str) -> pl.LazyFrame:
        return pl.scan_parquet(_kept(self.folder, name))


class Frames(NamedTuple):
    """The tables of a run, read."""

    transcripts: pl.DataFrame
    turns: pl.DataFrame
    cases: pl.DataFrame
    arms: pl.DataFrame
    trials: pl.DataFrame
    changes: pl.DataFrame
    scores: pl.DataFrame
    findings: pl.DataFrame


def scan(run: Path | str) -> Scan:
    """The run ``run`` as lazy frames: its folder, or its name in .replay/runs. Raises UserError where there is none."""
    return Scan(named_run(str(run)))


def load(run: Path | str) -> Frames:
    """The run, named as for ``scan``, as frames in memory: all columns of all tables. Raises UserError as there."""
    tables = scan(run)
    return Frames(**{name: getattr(tables, name).collect() for name in TABLES})


def to_parquet(run: Path | str, target: Path | str) -> dict[str, Path]:
    """The tables of the run, named as for ``scan``, each as ``target/<table>.parquet``; what is there is replaced.

    Raises UserError where there is no such run, or ``target`` cannot be written.
    """
    source, place = named_run(str(run)), Path(target)
    made: dict[str, Path] = {}
    try:
        place.mkdir(parents=True, exist_ok=True)
        with Run.open(source, create=False) as opened:
            for name in TABLES:
                made[name] = place / f"{name}.parquet"
                _write(opened, name, made[name])
    except OSError as error:
        raise UserError(f"cannot be written ({error.strerror or error})", path=place) from error
    return made


def _kept(folder: Path, name: str) -> Path:
    """The file of a table, made where there is none for the run as it is now."""
    with Run.open(folder, create=False) as run:
        place = folder / FOLDER
        path = place / f"{name}-{_version(run, TABLES[name])}.parquet"
        if not path.exists():
            try:
                place.mkdir(exist_ok=True)
                _write(run, name, path)
                for old in place.glob(f"{name}-*.parquet"):
                    if old != path:
                        with suppress(FileNotFoundError):  # another process tidied up as well
                            old.unlink()
            except OSError as error:
                why = error.strerror or error
                raise UserError(
                    f"cannot be written ({why}): `to_parquet(RUN, FOLDER)` writes elsewhere", path=place
                ) from error
        return path


def _version(run: Run, table: Table) -> str:
    """16 hex digits that change with the run, the columns of the table and the version of replay."""
    what = [run.state(), metadata.version("transcript-replay"), str(table.schema)]
    return hashlib.sha256(repr(what).encode()).hexdigest()[:16]


def _write(run: Run, name: str, path: Path) -> None:
    """Whole or not at all: under another name first."""
    from polars.io.plugins import register_io_source

    from replay.frames.rows import ROWS

    table = TABLES[name]
    schema = pl.Schema(table.schema)

    def batches(
        with_columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, batch_size: int | None
    ) -> Iterator[pl.DataFrame]:
        assert with_columns is None
        assert predicate is None
        assert n_rows is None
        rows = ROWS[name](run)
        while chunk := list(islice(rows, batch_size or BATCH)):
            yield pl.DataFrame(chunk, schema=schema, orient="row")

    draft = path.with_name(f"{path.name}.part")
    register_io_source(batches, schema=schema).sink_parquet(draft, compression="zstd", row_group_size=10_000)
    draft.replace(path)
