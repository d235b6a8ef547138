"""What is listed of logs: their rows in the tables, log by log in the order they were given, as soon as they are there.

It all comes from the tables, so that it is the same whatever of it an earlier scan had found.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from replay.scale import index, sources
from replay.scale.index import Manifest, Scanned
from replay.scale.sources import Log


class Found(NamedTuple):
    """A finding as it is listed; ``log`` is its log's name as it was given (``sources.spelled``)."""

    log: str
    transcript: str
    session: str | None
    turn: int
    rule: str
    path: str
    line: int
    snippet: str


class Told(NamedTuple):
    """A signal as it is listed: a row of ``signals``; ``file`` is its log's name as it was given."""

    file: str
    transcript: str
    session: str | None
    turn: int
    signal: str
    message: int
    line: int | None
    quote: str
    why: str
    told: str
    where: str


class Listed(NamedTuple):
    """What is in one log, in order of transcript and turn; findings of a turn by path and line.

    ``transcripts`` is how many it holds.
    """

    found: tuple[Found, ...]
    told: tuple[Told, ...]
    transcripts: int = 1


_COLUMNS = {
    "findings": ("transcript", "turn", "rule", "path", "line", "snippet"),
    "signals": ("transcript", "turn", "signal", "message", "first_line", "quote", "why", "told", "where"),
}


class Listing:
    """Tells of ``logs``. ``kept`` says in which part a log lies already; those of parts that are ``busy`` come later.

    ``signals`` are the kinds that are listed.
    """

    def __init__(
        self,
        folder: Path,
        logs: Iterable[Log],
        kept: Mapping[str, Manifest],
        busy: Collection[str] = (),
        signals: Sequence[str] = (),
    ) -> None:
        self._waiting = deque(log.name for log in logs)
        self._signals = signals
        self._folder = folder
        self._tables: dict[tuple[str, str], tuple[pl.DataFrame, dict[str, tuple[int, int]]]] = {}
        self._kept = {name: one.part for name, one in kept.items()}
        self._ready: dict[str, tuple[str, Scanned] | None] = {
            one.log.name: (manifest.part, one)
            for manifest in {one.part: one for one in kept.values()}.values()
            if manifest.part not in busy
            for one in manifest.logs
            if self._kept.get(one.log.name) == manifest.part  # others of the part are read again
        }

    def done(self, manifest: Manifest) -> None:
        """The part is as it will be."""
        for one in manifest.logs:
            if not one.stale and self._kept.get(one.log.name, manifest.part) == manifest.part:
                self._ready[one.log.name] = manifest.part, one

    def lost(self, name: str) -> None:
        """Nothing will come of the log."""
        self._ready[name] = None

    def now(self) -> Iterator[Listed]:
        """The logs that come next and are ready, where anything was found in them."""
        while self._waiting and self._waiting[0] in self._ready:
            ready = self._ready.pop(self._waiting.popleft())
            if ready is not None and ((listed := self._listed(*ready)).found or listed.told):
                yield listed

    def _listed(self, part: str, scanned: Scanned) -> Listed:
        name, sessions = sources.spelled(scanned.log), dict(scanned.sessions)
        order = {transcript: number for number, transcript in enumerate(sessions)}

        def rows(table: str) -> list[tuple[Any, ...]]:
            told = self._rows(table, part, scanned.log.name)
            return sorted(((name, one[0], sessions[one[0]], *one[1:]) for one in told), key=lambda row: order[row[1]])

        found = [Found(*row) for row in rows("findings")]
        found.sort(key=lambda one: (order[one.transcript], one.turn, one.path, one.line))
        told = (Told(*row) for row in rows("signals")) if self._signals else ()
        return Listed(tuple(found), tuple(one for one in told if one.signal in self._signals), len(sessions))

    def _rows(self, table: str, part: str, name: str) -> list[tuple[Any, ...]]:
        """The rows of a log in a table, from the transcript on, in their order."""
        if (table, part) not in self._tables:
            frame = pl.read_parquet(index.place(self._folder, table, part), columns=["file", *_COLUMNS[table]])
            runs = frame["file"].rle().struct.unnest().with_columns(end=pl.col("len").cum_sum())
            places = {file: (end - length, length) for length, file, end in runs.iter_rows()}
            self._tables[table, part] = frame.select(_COLUMNS[table]), places
        frame, places = self._tables[table, part]
        return frame.slice(*places[name]).rows() if name in places else []
