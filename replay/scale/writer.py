"""The tables of one part while it is made: rows gathered by column, texts let go to disk as they come."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Set
from pathlib import Path

import polars as pl

from replay.scale import index
from replay.scale.stages import Row
from replay.tables import TABLES, TEXTS

AT_ONCE = 4_096  # rows that are held as Python objects


class Writer:
    """Rows for the part ``part`` of ``folder``; nothing of it is seen there before ``publish``."""

    def __init__(self, folder: Path, part: str) -> None:
        self._folder = folder
        self._part = part
        self._staging = folder / index.STAGING / part
        self._staging.mkdir(parents=True, exist_ok=True)
        self._rows: dict[str, list[Row]] = {name: [] for name in TABLES}
        self._frames: dict[str, list[pl.DataFrame]] = {name: [] for name in TABLES}
        self.chunks = 0

    def add(self, table: str, rows: Iterable[Row]) -> None:
        """More rows of a table."""
        waiting = self._rows[table]
        waiting.extend(rows)
        if len(waiting) >= AT_ONCE:
            self._gather(table)

    def texts(self, rows: list[Row]) -> None:
        """Write texts to a file of their own."""
        if rows:
            index.save(_frame(TEXTS.name, rows), self._chunk())
            self.chunks += 1

    def _chunk(self) -> Path:
        return self._staging / f"texts-{self.chunks}.parquet"

    def _gather(self, table: str) -> None:
        if self._rows[table]:
            self._frames[table].append(_frame(table, self._rows[table]))
            self._rows[table] = []

    def publish(self, *, without: Set[str]) -> dict[str, int]:
        """Put all in its place, but for rows of the logs ``without``; the number of rows of each table."""
        counts = {}
        for name, table in TABLES.items():
            if name == index.CHUNKED:
                continue
            self._gather(name)
            frame = pl.concat(self._frames[name]) if self._frames[name] else pl.DataFrame(schema=table.schema)
            if without:
                frame = frame.filter(~pl.col("file").is_in(list(without)))
            index.write(frame.sort(table.key), index.place(self._folder, name, self._part), self._staging)
            counts[name] = len(frame)
        for number in range(self.chunks):
            target = index.place(self._folder, index.CHUNKED, f"{self._part}-{number}")
            index.publish(self._staging / f"texts-{number}.parquet", target)
        shutil.rmtree(self._staging)
        return counts


def _frame(table: str, rows: list[Row]) -> pl.DataFrame:
    schema = TABLES[table].schema
    return pl.DataFrame(dict(zip(schema, map(list, zip(*rows, strict=True)), strict=True)), schema=schema)
