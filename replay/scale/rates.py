"""How often each habit shows: findings per 100 code-writing turns, by what the turns have in common, with intervals."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import polars as pl
from msgspec.structs import replace

from replay.records import Record, Rule
from replay.tables import TABLES

ALL = "*"
"""In ``rule``: any of the rules; turns that write files count then, command lines and scripts do not."""

DIMENSIONS = ("agent", "model", "language", "week", "project")
SHORTEST = 20
"""Turns that a group needs for its rate under a single rule to be told."""

_TURN = ("transcript", "turn")


class Frequency(Record, frozen=True, omit_defaults=False):
    """A rate: of the ``turns`` in which ``rule`` could judge what was written, ``hits`` introduced a finding of it.

    The turns are those whose ``by`` (``all``, or a dimension) is ``value``, from ``sessions`` sessions; ``unjudged``
    more could not be read. ``rate``, ``low`` and ``high`` are per 100 turns with a 95 % interval clustered by session,
    None where undefined (no turn; one session).
    """

    by: str
    value: str
    rule: str
    turns: int
    hits: int
    sessions: int
    unjudged: int
    rate: float | None
    low: float | None
    high: float | None


def rates(folder: Path, rules: Sequence[Rule]) -> tuple[Frequency, ...]:
    """The rates of all rules and of each one, over all turns and by dimension, from the tables in ``folder``.

    A turn that lies in several logs counts once. Most frequent first in each dimension, weeks in their order.
    """
    return tuple(_all(_Tables(folder, rules), rules))


class _Tables:
    """The columns that rates need: a row a turn, and its distinct languages, findings and rules not judged."""

    def __init__(self, folder: Path, rules: Sequence[Rule]) -> None:
        def scan(name: str) -> pl.LazyFrame:
            files = sorted((folder / name).glob("*.parquet"))
            return pl.scan_parquet(files) if files else pl.LazyFrame(schema=TABLES[name].schema)

        known = sorted({language for rule in rules for language in rule.languages})
        first = scan("turns").group_by(_TURN).agg(pl.col("file").min())
        own = ["file", *_TURN]
        week = pl.col("time").dt.strftime("%G-W%V")
        named = [pl.col(name).fill_null("unknown") for name in ("agent", "model", "project")]
        turns = scan("turns").join(first, on=own, how="semi")
        self.turns = turns.select(*_TURN, "session", *named, week.fill_null("unknown").alias("week")).collect()
        applied = scan("changes").filter(pl.col("status") == "applied", pl.col("language").is_in(known))
        code = pl.col("kind") == "file"
        self.wrote = applied.join(first, on=own, how="semi").select(*_TURN, "language", code=code).unique().collect()
        found = scan("findings").join(first, on=own, how="semi")
        self.found = (
            found.select(*_TURN, "rule", "language", code=~pl.col("path").str.starts_with("<")).unique().collect()
        )
        self.unjudged = scan("unjudged").join(first, on=own, how="semi").select(*_TURN, "rule").unique().collect()


def _all(tables: _Tables, rules: Sequence[Rule]) -> Iterator[Frequency]:
    files = tables.wrote.filter("code")
    in_files = tables.found.filter("code")
    for by in ("all", *DIMENSIONS):
        yield from _grouped(tables, files, in_files, tables.unjudged.clear(), by, ALL, least=1)
    shared: dict[tuple[str, ...], pl.DataFrame] = {}
    silent: dict[tuple[str, ...], list[Frequency]] = {}
    for rule in rules:
        languages = tuple(sorted(rule.languages))
        if languages not in shared:
            shared[languages] = tables.wrote.filter(pl.col("language").is_in(languages))
        wrote = shared[languages]
        hits = tables.found.filter(pl.col("rule") == rule.id)
        unread = tables.unjudged.filter(pl.col("rule") == rule.id)
        if hits.is_empty() and unread.is_empty():
            if languages not in silent:
                silent[languages] = list(_grouped(tables, wrote, hits, unread, "all", rule.id, least=1))
            yield from (replace(one, rule=rule.id) for one in silent[languages])
            continue
        for by in ("all", *DIMENSIONS) if len(hits) else ("all",):
            yield from _grouped(tables, wrote, hits, unread, by, rule.id, least=1 if by == "all" else SHORTEST)


def _grouped(
    tables: _Tables, wrote: pl.DataFrame, hits: pl.DataFrame, unread: pl.DataFrame, by: str, rule: str, *, least: int
) -> Iterator[Frequency]:
    """One rate for each value of ``by``: the turns of ``wrote`` without those ``unread``."""
    key = [*_TURN, "language"] if by == "language" else [*_TURN]
    value = pl.lit("all").alias("value") if by == "all" else pl.col(by).alias("value")
    marked = (
        wrote.select(key)
        .unique()
        .join(hits.select(key).unique().with_columns(hit=True), on=key, how="left")
        .join(unread.select(_TURN).unique().with_columns(lost=True), on=_TURN, how="left")
        .join(tables.turns, on=_TURN)
        .with_columns(value, pl.col("hit", "lost").fill_null(value=False))
    )
    judged = pl.col("hit") | ~pl.col("lost")
    sessions = marked.group_by("value", "session").agg(
        n=judged.sum().cast(pl.Float64), v=pl.col("hit").sum().cast(pl.Float64), lost=(~judged).sum()
    )
    v, n = pl.col("v"), pl.col("n")
    sums = sessions.group_by("value").agg(
        n.sum(), v.sum(), pl.col("lost").sum(), g=(n > 0).sum(), vv=(v**2).sum(), vn=(v * n).sum(), nn=(n**2).sum()
    )
    order = sums.sort("value") if by == "week" else sums.sort(["n", "value"], descending=[True, False])
    for row in order.iter_rows(named=True):
        if row["n"] >= least:
            yield _frequency(row, by, rule)


def _frequency(row: dict[str, float], by: str, rule: str) -> Frequency:
    from replay import stats  # scipy takes half a second to import, and an unchanged folder needs no rate

    n, v, g = int(row["n"]), int(row["v"]), int(row["g"])
    p = v / n if n else math.nan
    squares = max(0.0, row["vv"] - 2 * p * row["vn"] + p * p * row["nn"])  # Σ (v − p·n)² over the sessions
    _, low, high = stats.clustered(p, squares, n, g, trials=n)
    told = [None if math.isnan(x) else round(100 * x, 4) for x in (p, low, high)]
    return Frequency(by, str(row["value"]), rule, n, v, g, int(row["lost"]), *told)


def chosen(rates: Iterable[Frequency], by: str, *, rule: str | None = None) -> list[Frequency]:
    """The rates of one dimension, of one rule where it is given."""
    return [one for one in rates if one.by == by and rule in (None, one.rule)]
