"""How often each habit shows: findings per 100 code-writing turns, by what the turns have in common, with intervals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from msgspec.structs import replace

from replay.frames.rates import NAMED, Tables, Written, interval
from replay.records import Record, Rule

ALL = "*"
"""In ``rule``: any of the rules; turns that write files count then, command lines and scripts do not."""

DIMENSIONS = ("agent", "model", "language", "week", "project")
SHORTEST = 20
"""Turns that a group needs for its rate under a single rule to be told."""


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

    A turn that lies in several logs or forks of a session counts once. Most frequent first in each dimension, weeks in
    their order.
    """
    return tuple(_all(Tables(folder, rules, NAMED), rules))


def _all(tables: Tables, rules: Sequence[Rule]) -> Iterator[Frequency]:
    for by in ("all", *DIMENSIONS):
        yield from _grouped(tables, tables.files(), by, ALL, least=1)
    silent: dict[tuple[str, ...], list[Frequency]] = {}
    for rule in rules:
        languages = tuple(sorted(rule.languages))
        written = tables.under(rule)
        if written.hits.is_empty() and written.unread.is_empty():
            if languages not in silent:
                silent[languages] = list(_grouped(tables, written, "all", rule.id, least=1))
            yield from (replace(one, rule=rule.id) for one in silent[languages])
            continue
        for by in ("all", *DIMENSIONS) if len(written.hits) else ("all",):
            yield from _grouped(tables, written, by, rule.id, least=1 if by == "all" else SHORTEST)


def _grouped(tables: Tables, written: Written, by: str, rule: str, *, least: int) -> Iterator[Frequency]:
    """One rate for each value of ``by``."""
    found = tables.counted(written, [] if by == "all" else [by])
    order = found.sort(by) if by == "week" else found.sort(["turns", by], descending=[True, False])
    for row in order.iter_rows(named=True):
        if row["turns"] >= least:
            value = "all" if by == "all" else str(row[by])
            sums = (row["turns"], row["hits"], row["sessions"], row["unjudged"])
            yield Frequency(by, value, rule, *sums, *interval(row))


def chosen(rates: Iterable[Frequency], by: str, *, rule: str | None = None) -> list[Frequency]:
    """The rates of one dimension, of one rule where it is given."""
    return [one for one in rates if one.by == by and rule in (None, one.rule)]
