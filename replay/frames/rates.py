"""How often a habit shows in a scan: findings per 100 code-writing turns, by what the turns have in common.

The report of a scan and a notebook count with the same functions, so they show the same figures.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import polars as pl

from replay import rules as packs
from replay.errors import UserError
from replay.frames.mined import mined
from replay.records import Rule
from replay.tables import TURNS

TURN = ("transcript", "turn")
_OF_CHANGES = ("rule", "language")
_TOLD = {"turns": pl.Int64, "hits": pl.Int64, "sessions": pl.Int64, "unjudged": pl.Int64}
_SHARES = {"rate": pl.Float64, "low": pl.Float64, "high": pl.Float64}
NAMED: Mapping[str, pl.Expr] = {
    **{name: pl.col(name).fill_null("unknown") for name in ("agent", "model", "project")},
    "week": pl.col("time").dt.strftime("%G-W%V").fill_null("unknown"),
}
"""What turns are grouped by under a name; ``language`` is of what a turn wrote and lies in ``changes``."""


def rates(
    folder: Path | str, by: Sequence[str | pl.Expr] = (), *, rules: Sequence[Rule] | None = None, least: int = 1
) -> pl.DataFrame:
    """Of the turns that wrote code, how many introduced a finding: a row a group, sorted by what it is grouped by.

    ``by`` names what the turns of a row have in common: ``rule`` (a row each; else a finding of any rule counts),
    ``language``, ``week`` (ISO 8601), a column of the table ``turns``, or an expression on these. Groups of fewer than
    ``least`` turns are left out. ``rules`` are those that the folder was mined with, where some are not built in.

    Columns: those of ``by``; ``turns`` that could be judged, ``hits`` among them, their ``sessions``, and those
    ``unjudged``; ``rate``, ``low`` and ``high``, per 100 turns with a 95 % interval clustered by session (see
    ``stats.clustered``), null where undefined. They are the figures of the report. A turn that lies in several logs, or
    that a session and its forks share, counts once, and in several languages once for each; a session and its forks are
    one session. Raises UserError for no scan, an unknown column, missing rules.
    """
    named = dict(_expression(one) for one in by)
    inner = {
        name: name if name in _OF_CHANGES else f"by {name}" for name in named
    }  # an expression may be called `turn`
    given = _mined_with(Path(folder)) if rules is None else rules
    tables = Tables(folder, given, {inner[name]: one for name, one in named.items() if name not in _OF_CHANGES})
    over = [name for name in inner.values() if name != "rule"]
    each = [(rule.id, tables.under(rule)) for rule in given] if "rule" in named else [("", tables.files())]
    rows = [
        {**row, "rule": rule, **dict(zip(_SHARES, interval(row), strict=True))}
        for rule, written in each
        for row in tables.counted(written, over).iter_rows(named=True)
        if row["turns"] >= least
    ]
    kinds: dict[str, Any] = {**tables.turns.schema, "language": pl.String(), "rule": pl.String(), **_TOLD, **_SHARES}
    schema = {name: kinds[name] for name in (*inner.values(), *_TOLD, *_SHARES)}
    found = pl.DataFrame([{name: row[name] for name in schema} for row in rows], schema=schema)
    return (found.sort(list(inner.values())) if inner else found).rename({one: name for name, one in inner.items()})


def _expression(by: str | pl.Expr) -> tuple[str, pl.Expr]:
    if isinstance(by, str):
        return by, NAMED.get(by, pl.col(by))
    return by.meta.output_name(), by


class _Part(msgspec.Struct):
    """What is wanted of a part's manifest."""

    rules: dict[str, str]


def _mined_with(folder: Path) -> tuple[Rule, ...]:
    mined(folder)
    parts = (msgspec.json.decode(file.read_bytes(), type=_Part) for file in (folder / "parts").glob("*.json"))
    wanted = {rule for part in parts for rule in part.rules}
    found = tuple(rule for rule in packs.load() if rule.id in wanted)
    if missing := sorted(wanted - {rule.id for rule in found}):
        raise UserError(f"mined with {missing[0]}, no built-in rule: give rules=rules.load([PACK])", path=folder)
    return found


def counted_once(turns: pl.LazyFrame) -> pl.LazyFrame:
    """Each row of ``turns`` by its key, with ``answer``, ``first`` and ``cluster``.

    ``first`` is True for one of the rows with the same answer, the earliest. ``cluster`` is the session; of sessions
    that share an answer, as forks do, one of them.
    """
    key = ("file", *TURN)
    rows = turns.select(*key, "session", "time", "answer")
    twice = pl.col("answer").is_duplicated()  # few are, and only these must be put in order
    shared = rows.filter(twice).sort("time", *key, nulls_last=True).collect()
    shared = shared.with_columns(
        first=pl.int_range(pl.len()).over("answer") == 0, owner=pl.col("session").first().over("answer")
    )
    pairs = shared.filter(pl.col("session") != pl.col("owner")).select("session", "owner").unique()
    joined = _joined(sorted(pairs.iter_rows()))
    cluster = pl.col("session").replace(list(joined), list(joined.values()))
    told = pl.concat([rows.filter(~twice).with_columns(first=True), shared.lazy().drop("owner")])
    return told.select(*key, "answer", "first", cluster=cluster)


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """What stands for each name that is in a pair: the same for all that hang together."""
    above: dict[str, str] = {}

    def top(name: str) -> str:
        found = name
        while found in above:
            found = above[found]
        while name in above:
            above[name], name = found, above[name]
        return found

    for one, other in pairs:
        low, high = sorted((top(one), top(other)))
        if low != high:
            above[high] = low
    return {name: top(name) for name in list(above)}


class Written(NamedTuple):
    """The turns that wrote what a rule can judge, by language; which of them introduced a finding, which are unread."""

    wrote: pl.DataFrame
    hits: pl.DataFrame
    unread: pl.DataFrame


class Tables:
    """The columns that rates need: a row a turn, and its distinct languages, findings and rules not judged.

    ``turns`` has the columns ``by`` beside the key and the ``cluster``.
    """

    def __init__(self, folder: Path | str, rules: Sequence[Rule], by: Mapping[str, pl.Expr]) -> None:
        tables = mined(folder)
        known = sorted({language for rule in rules for language in rule.languages})
        own = ["file", *TURN]
        once = counted_once(tables.turns)
        first = once.filter("first").select(*own, "cluster")
        turns = tables.turns.join(first, on=own)
        try:
            self.turns = turns.select(*TURN, "cluster", *(one.alias(name) for name, one in by.items())).collect()
        except pl.exceptions.ColumnNotFoundError as error:
            names = ", ".join((*_OF_CHANGES, "week", *TURNS.schema))
            raise UserError(f"no such column: {str(error).splitlines()[0]}; there are {names}", path=folder) from error
        applied = tables.changes.filter(pl.col("status") == "applied", pl.col("language").is_in(known))
        code = pl.col("kind") == "file"
        self.wrote = applied.join(first, on=own, how="semi").select(*TURN, "language", code=code).unique().collect()
        found = tables.findings.join(first, on=own, how="semi")
        self.found = (
            found.select(*TURN, "rule", "language", code=~pl.col("path").str.starts_with("<")).unique().collect()
        )
        self.unjudged = tables.unjudged.join(first, on=own, how="semi").select(*TURN, "rule").unique().collect()
        self._by_languages: dict[tuple[str, ...], pl.DataFrame] = {}

    def files(self) -> Written:
        """Turns that wrote files, under all rules together."""
        return Written(self.wrote.filter("code"), self.found.filter("code"), self.unjudged.clear())

    def under(self, rule: Rule) -> Written:
        """Turns that wrote something in the rule's languages, under this rule."""
        languages = tuple(sorted(rule.languages))
        if languages not in self._by_languages:
            self._by_languages[languages] = self.wrote.filter(pl.col("language").is_in(languages))
        own = pl.col("rule") == rule.id
        return Written(self._by_languages[languages], self.found.filter(own), self.unjudged.filter(own))

    def counted(self, written: Written, by: Sequence[str]) -> pl.DataFrame:
        """A row a group: ``turns`` judged, ``hits``, ``sessions``, ``unjudged``, and the sums of an ``interval``."""
        key = [*TURN, "language"] if "language" in by else [*TURN]
        marked = (
            written.wrote.select(key)
            .unique()
            .join(written.hits.select(key).unique().with_columns(hit=True), on=key, how="left")
            .join(written.unread.select(TURN).unique().with_columns(lost=True), on=TURN, how="left")
            .join(self.turns, on=TURN)
            .with_columns(pl.col("hit", "lost").fill_null(value=False), pl.lit(value=True).alias("all"))
        )
        judged = pl.col("hit") | ~pl.col("lost")
        groups = list(by) or ["all"]
        sessions = marked.group_by(*groups, "cluster").agg(
            n=judged.sum().cast(pl.Float64), v=pl.col("hit").sum().cast(pl.Float64), unjudged=(~judged).sum()
        )
        v, n = pl.col("v"), pl.col("n")
        return sessions.group_by(groups).agg(
            turns=n.sum().cast(pl.Int64),
            hits=v.sum().cast(pl.Int64),
            sessions=(n > 0).sum().cast(pl.Int64),
            unjudged=pl.col("unjudged").sum().cast(pl.Int64),
            vv=(v**2).sum(),
            vn=(v * n).sum(),
            nn=(n**2).sum(),
        )


def interval(row: Mapping[str, Any]) -> tuple[float | None, float | None, float | None]:
    """Rate, low and high of a row of ``counted``, per 100 turns; None where undefined (no turn; one session)."""
    from replay import stats  # scipy takes half a second to import, and an unchanged folder needs no rate

    n, v, g = row["turns"], row["hits"], row["sessions"]
    p = v / n if n else math.nan
    squares = max(0.0, row["vv"] - 2 * p * row["vn"] + p * p * row["nn"])  # Σ (v − p·n)² over the sessions
    _, low, high = stats.clustered(p, squares, n, g, trials=n)
    return _per_100(p), _per_100(low), _per_100(high)


def _per_100(share: float) -> float | None:
    return None if math.isnan(share) else round(100 * share, 4)
