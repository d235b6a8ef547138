"""What an earlier scan said of a log's turns: it counts for every turn of the log that makes the same changes.

A verdict depends on the changes of the turn and on the rule, with its engine and our code (``identity.rules``), and on
nothing else of the session, but for rules about some versions of a package: turns at which one of these did not apply
are judged again. So are turns in which a secret was taken out, as what was kept of them is not what was judged.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import polars as pl

from replay.columns import Table
from replay.languages import judgeable
from replay.records import Record, Rule
from replay.scale import index
from replay.scale.index import Manifest, Scanned
from replay.tables import CHANGES, FINDINGS, UNJUDGED

if TYPE_CHECKING:
    from replay.scale.stages import Row

_TURN = ("transcript", "turn")
_NUMBER, _REDACTED = map(list(CHANGES.schema).index, ("number", "redacted"))
_FOUND = [name for name in FINDINGS.schema if name not in (*FINDINGS.key, "first")]


class Earlier(Record, frozen=True):
    """Where an earlier state of a log lies: in ``part``, judged by ``rules`` (ids) as they are still.

    ``left_out`` are turns whose rows of ``findings`` are not all that was found (``index.Scanned``).
    """

    part: str
    rules: tuple[str, ...]
    left_out: tuple[tuple[str, int], ...]


def of(manifest: Manifest, scanned: Scanned, reader: str, hashes: dict[str, str]) -> Earlier | None:
    """What was said of a log when ``manifest`` was made, where any of it counts under these hashes."""
    if manifest.reader != reader or scanned.stale or scanned.why is not None:
        return None
    same = tuple(rule for rule, value in hashes.items() if manifest.rules.get(rule) == value)
    return Earlier(manifest.part, same, scanned.left_out) if same else None


class Verdict(NamedTuple):
    """``found`` are the columns of ``findings`` from ``rule`` to ``snippet``; ``unjudged`` are ids of rules."""

    found: tuple[Row, ...] = ()
    unjudged: tuple[str, ...] = ()


class Verdicts:
    """What is known of the turns of one log. ``lacking`` are the rules of which nothing is, ``languages`` theirs.

    ``clean`` are keys of texts in which no secret was found.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        known: dict[bytes, Verdict],
        *,
        by: Iterable[str] = (),
        clean: Set[str] = frozenset(),
    ) -> None:
        self._known = known
        self.clean = clean
        self.lacking = tuple(rule for rule in rules if rule.id not in set(by))
        self.languages = judgeable(self.lacking)

    def of(self, changes: Sequence[Row]) -> Verdict | None:
        """The verdict on the turn with these rows of ``changes``; None where it must be judged by all rules."""
        return self._known.get(_key(changes)) if self._known and _is_whole(changes) else None


class Stored:
    """The tables that earlier states of logs lie in, each read once: logs that grew together often lie together.

    It must not outlive the work on a part: one that is checked again by other rules changes its tables.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._by_log: dict[Path, dict[tuple[object, ...], pl.DataFrame]] = {}

    def verdicts(self, file: str, earlier: Earlier | None, rules: Sequence[Rule]) -> Verdicts:
        """What ``earlier`` says of the log ``file``; nothing where its tables cannot be read, or there are none."""
        if earlier is None:
            return Verdicts(rules, {})
        try:
            changes, findings, unjudged = (self._rows(table, earlier, file) for table in (CHANGES, FINDINGS, UNJUDGED))
        except (OSError, pl.exceptions.PolarsError):
            return Verdicts(rules, {})
        known = dict(_known(changes, findings, unjudged, earlier))
        clean = changes.filter(~pl.col("redacted")).select("before", "after")
        return Verdicts(rules, known, by=earlier.rules, clean={key for row in clean.iter_rows() for key in row if key})

    def _rows(self, table: Table, earlier: Earlier, file: str) -> pl.DataFrame:
        place = index.place(self._folder, table.name, earlier.part)
        if place not in self._by_log:
            self._by_log[place] = pl.read_parquet(place).partition_by("file", as_dict=True, maintain_order=True)
        none = pl.DataFrame(schema=table.schema)
        return self._by_log[place].get((file,), none)


def _known(
    changes: pl.DataFrame, findings: pl.DataFrame, unjudged: pl.DataFrame, earlier: Earlier
) -> Iterator[tuple[bytes, Verdict]]:
    ours = pl.col("rule").is_in(earlier.rules)
    found: defaultdict[tuple[str, int], list[Row]] = defaultdict(list)
    for transcript, turn, *rest in findings.filter(ours).select(*_TURN, *_FOUND).iter_rows():
        found[transcript, turn].append(tuple(rest))
    lost: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    for transcript, turn, rule in unjudged.filter(ours).select(*_TURN, "rule").iter_rows():
        lost[transcript, turn].append(rule)
    left_out = set(earlier.left_out)
    for place, group in groupby(changes.iter_rows(), key=lambda row: (row[1], row[2])):
        rows = list(group)
        if _is_whole(rows) and place not in left_out:
            yield _key(rows), Verdict(tuple(found.get(place, ())), tuple(lost.get(place, ())))


def _is_whole(changes: Sequence[Row]) -> bool:
    """Whether the rows tell all that was judged."""
    return not any(row[_REDACTED] for row in changes)


def _key(changes: Sequence[Row]) -> bytes:
    """What tells one turn's rows of ``changes`` from all others, wherever the turn stands."""
    return hashlib.blake2b(msgspec.msgpack.encode([row[_NUMBER:] for row in changes]), digest_size=16).digest()
