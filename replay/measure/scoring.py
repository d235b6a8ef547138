"""Rules held against fixtures: what they found of what they should, and what they found beside it."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from tree_sitter import Tree

from replay import engines
from replay.engines import Match, Report, Source, cleaned, trees
from replay.measure.fixtures import Fixture
from replay.records import Rule

_HANDLER = re.compile(
    r"^(except\w*_clause|catch_(clause|block)|rescue(_block)?|rescue_modifier|finally_clause|ensure)$"
)
_TRY = re.compile(r"^(try_\w*statement|try_expression|try_block|begin|do_statement)$")
_IF = "if_statement"  # Go handles errors in one


class Row(NamedTuple):
    """The counts of one rule in one language; shares are None where nothing was counted.

    ``support`` is what there was to find (``tp`` + ``fn``). ``low`` and ``high`` hold the 95 % Wilson interval of
    ``precision`` and ``recall``. ``fixtures`` were judged; ``unparsed`` ones are in no other number.
    """

    rule: str
    language: str
    tp: int
    fp: int
    fn: int
    precision: float | None
    recall: float | None
    support: int
    low: dict[str, float | None]
    high: dict[str, float | None]
    fixtures: int
    unparsed: int


class Miss(NamedTuple):
    """One thing that counts against a rule: 1-based ``line`` of the fixture's code, None where only the file counts."""

    rule: str
    fixture: str
    line: int | None
    what: str


class Measured(NamedTuple):
    """A row for each rule and language; the misses behind them; fixtures that none of the rules covers."""

    rows: tuple[Row, ...]
    misses: tuple[Miss, ...]
    uncovered: tuple[str, ...]


@dataclass(slots=True)
class _Count:
    tp: int = 0
    fp: int = 0
    fn: int = 0
    fixtures: int = 0
    unparsed: int = 0

    def add(self, other: _Count) -> None:
        """Take in the counts of one more fixture."""
        self.tp, self.fp, self.fn = self.tp + other.tp, self.fp + other.fp, self.fn + other.fn
        self.fixtures, self.unparsed = self.fixtures + other.fixtures, self.unparsed + other.unparsed


_Hits = dict[str, set[int | None]]
_Wrong = dict[str, list[int | None]]


def measure(
    fixtures: Sequence[Fixture],
    rules: Sequence[Rule],
    *,
    alone: bool = False,
    timeout: float = 10.0,
    cache: Path | None = None,
) -> Measured:
    """Count, for each of ``rules`` and each language, what it found in the fixtures that have it at stake.

    By lines: an announced line is found (``tp``) by a match that spans it; failing that, by one whose handler, then
    try statement, spans it, one match a line. It is missed (``fn``) where no rule of the fixture finds it, with
    ``alone`` where the rule itself does not. A match that finds nothing is an ``fp``. By verdict: one of these a file.
    A fixture is unparsed for a rule where the engine gave up, or where syntax errors lie at what was missed.
    ``cache`` is a file of what was judged before, read and added to. Raises AnalyserError where an engine fails.
    """
    work = [(one, [rule for rule in rules if _at_stake(rule, one)]) for one in fixtures]
    judged = [(one, own) for one, own in work if own]
    at_stake = list({rule.id: rule for _, own in judged for rule in own}.values())
    reports = _reports([one for one, _ in judged], at_stake, timeout, cache)
    counts: dict[tuple[str, str], _Count] = defaultdict(_Count)
    misses: list[Miss] = []
    for (one, own), report in zip(judged, reports, strict=True):
        for rule, count, why in _judged(one, [rule.id for rule in own], report, alone=alone, timeout=timeout):
            counts[rule, one.language].add(count)
            misses += (Miss(rule, one.id, line, what) for line, what in why)
    rows = tuple(_row(rule, language, counts[rule, language]) for rule, language in sorted(counts))
    return Measured(rows, tuple(misses), tuple(one.id for one, own in work if not own))


def _reports(fixtures: Sequence[Fixture], rules: Sequence[Rule], timeout: float, cache: Path | None) -> list[Report]:
    predicates = [rule for rule in rules if rule.engine == "predicate"]
    sources = [Source(one.language, one.code) for one in fixtures]
    reports = engines.match(
        [rule for rule in rules if rule.engine != "predicate"], sources, timeout=timeout, cache=cache
    )
    if not predicates:
        return reports
    befores = [None if one.before is None else Source(one.language, one.before) for one in fixtures]
    compared = engines.compare(predicates, list(zip(befores, sources, strict=True)), timeout=timeout, cache=cache)
    return [
        Report(
            matches=plain.matches + tuple(match for match in edit.matches if not match.removed),
            errors=plain.errors,
            unread=plain.unread,
            failed=plain.failed | edit.failed,
        )
        for plain, edit in zip(reports, compared, strict=True)
    ]


def _at_stake(rule: Rule, fixture: Fixture) -> bool:
    return fixture.language in rule.languages and any(fnmatchcase(rule.id, name) for name in fixture.rules)


def _judged(
    fixture: Fixture, rules: Sequence[str], report: Report, *, alone: bool, timeout: float
) -> Iterator[tuple[str, _Count, list[tuple[int | None, str]]]]:
    hits, wrong = (_by_verdict if fixture.positive_lines is None else _by_lines)(fixture, rules, report, timeout)
    expected = _expected(fixture)
    found = set().union(*hits.values())
    for rule in rules:
        missed = sorted(expected - (hits[rule] if alone else found), key=lambda line: line or 0)
        if _unread(fixture, rule, report, missed, nothing=not hits[rule] and not wrong[rule]):
            yield rule, _Count(unparsed=1), []
            continue
        why: list[tuple[int | None, str]] = [(line, "found, not announced") for line in wrong[rule]]
        why += ((line, "announced, not found") for line in missed)
        yield rule, _Count(len(hits[rule]), len(wrong[rule]), len(missed), fixtures=1), why


def _expected(fixture: Fixture) -> set[int | None]:
    if fixture.positive_lines is None:
        return {None} if fixture.verdict else set()
    return set(fixture.positive_lines)


def _by_verdict(fixture: Fixture, rules: Sequence[str], report: Report, _: float) -> tuple[_Hits, _Wrong]:
    found = {match.rule for match in report.matches}
    hits: _Hits = {rule: {None} if rule in found and fixture.verdict else set() for rule in rules}
    wrong: _Wrong = {rule: [None] if rule in found and not fixture.verdict else [] for rule in rules}
    return hits, wrong


def _by_lines(fixture: Fixture, rules: Sequence[str], report: Report, timeout: float) -> tuple[_Hits, _Wrong]:
    announced = _expected(fixture)
    hits: _Hits = {rule: set() for rule in rules}
    left: dict[str, list[Match]] = {rule: [] for rule in rules}
    for match in report.matches:
        if match.rule in hits:
            touched = announced.intersection(range(match.line, match.end_line + 1))
            hits[match.rule] |= touched
            if not touched:
                left[match.rule].append(match)
    data = cleaned(fixture.code)
    tree = trees.parse(fixture.language, data, timeout=timeout) if announced and any(left.values()) else None
    wrong: _Wrong = {}
    for rule in rules:
        free = sorted(line for line in announced - hits[rule] if line is not None)
        wrong[rule] = []
        for match in left[rule]:
            spans = _around(tree, match, fixture.language) if tree else ()
            line = next((line for first, last in spans for line in free if first <= line <= last), None)
            if line is None:
                wrong[rule].append(match.line)
            else:
                free.remove(line)
                hits[rule].add(line)
    return hits, wrong


def _around(tree: Tree, match: Match, language: str) -> Iterator[tuple[int, int]]:
    """1-based lines of the handler the match stands in, then of the innermost try statement."""
    node = tree.root_node.descendant_for_byte_range(match.start_byte, max(match.start_byte, match.end_byte - 1))
    while node is not None:
        is_try = _TRY.match(node.type) or (language == "go" and node.type == _IF)
        if is_try or _HANDLER.match(node.type):
            yield node.start_point.row + 1, node.end_point.row + 1
        if is_try:
            return
        node = node.parent


def _unread(fixture: Fixture, rule: str, report: Report, missed: Sequence[int | None], *, nothing: bool) -> bool:
    """Whether the engine could not tell: it gave up, or could not read the place where it found nothing.

    A file of which only the verdict is known has no such place: there any syntax error counts.
    """
    if rule in report.failed:
        return True
    errors = report.errors_of(rule)
    if not errors or fixture.positive_lines is None:
        return bool(errors) and nothing
    data = cleaned(fixture.code)
    breaks = [found.start() for found in re.finditer(b"\n", data)]
    spans = [(bisect_right(breaks, start - 1), bisect_right(breaks, end) + 2) for start, end in errors]
    return any(line is not None and first <= line <= last for line in missed for first, last in spans)


def _row(rule: str, language: str, count: _Count) -> Row:
    from replay.stats import wilson  # scipy takes half a second to import, and most verbs on rules need no interval

    shares = {"precision": (count.tp, count.tp + count.fp), "recall": (count.tp, count.tp + count.fn)}
    spans = {name: wilson(*share) for name, share in shares.items()}
    return Row(
        rule=rule,
        language=language,
        tp=count.tp,
        fp=count.fp,
        fn=count.fn,
        precision=_share(*shares["precision"]),
        recall=_share(*shares["recall"]),
        support=count.tp + count.fn,
        low={name: None if math.isnan(low) else low for name, (low, _) in spans.items()},
        high={name: None if math.isnan(high) else high for name, (_, high) in spans.items()},
        fixtures=count.fixtures,
        unparsed=count.unparsed,
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
