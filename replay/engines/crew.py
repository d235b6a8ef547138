"""Texts judged on several cores: one that makes a parser hang or crash costs its own verdict, never the others'."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from operator import itemgetter
from typing import TypeVar

from replay import workers
from replay.engines import edits, predicate, treesitter
from replay.engines.protocol import NOT_PARSED, Report, Source
from replay.errors import AnalyserError
from replay.records import Rule
from replay.workers import Failed

Pair = tuple[Source | None, Source]
Item = TypeVar("Item")

LARGE = 8_000_000
"""Characters from which on the cores are worth their start, in which each compiles the queries anew: some 2 s."""

_BATCH = 400_000  # characters a task: a tenth of a second
_GRACE = 2.0  # seconds beyond a text's time in which the engine should have told that it gave up


def match(rules: Sequence[Rule], sources: Sequence[Source], *, timeout: float, jobs: int | None) -> list[Report]:
    """``treesitter.match`` by ``jobs`` processes; None: by all cores where there is much to do, else here."""
    if (crew := _crew(jobs, map(_size, sources))) < 2:
        return treesitter.match(rules, sources, timeout=timeout)
    judge = partial(_match, tuple(rules), timeout)
    return _spread(judge, sources, rules, [_size(one) for one in sources], timeout=timeout, jobs=crew)


def compare(rules: Sequence[Rule], pairs: Sequence[Pair], *, timeout: float, jobs: int | None) -> list[Report]:
    """``Edits.report`` and ``predicate.compare`` as one report for each pair, by ``jobs`` processes. See ``match``."""
    sizes = [_size(after) + (_size(before) if before else 0) for before, after in pairs]
    if (crew := _crew(jobs, sizes)) < 2:
        return _compare(tuple(rules), timeout, pairs)
    judge = partial(_compare, tuple(rules), timeout)
    order = _chained(pairs)
    ordered = [pairs[place] for place in order]
    reports = _spread(judge, ordered, rules, [sizes[place] for place in order], timeout=timeout, jobs=crew)
    _without_predicates(reports, ordered, rules, timeout, crew)
    return [report for _, report in sorted(zip(order, reports, strict=True), key=itemgetter(0))]


def _chained(pairs: Sequence[Pair]) -> list[int]:
    """The places of the pairs, each behind the one whose text after is its text before: its tree is known by then."""
    chains: dict[Source, int] = {}
    keys = []
    for number, (before, after) in enumerate(pairs):
        keys.append(number if before is None else chains.get(before, number))
        chains[after] = keys[-1]
    return sorted(range(len(pairs)), key=keys.__getitem__)


def _crew(jobs: int | None, sizes: Iterator[int] | Sequence[int]) -> int:
    if jobs is not None:
        return jobs
    return workers.cores() if sum(sizes) >= LARGE else 1


def _size(source: Source) -> int:
    return len(source.text)


def _match(rules: tuple[Rule, ...], timeout: float, sources: Sequence[Source]) -> list[Report]:
    return treesitter.match(rules, sources, timeout=timeout)


def _compare(rules: tuple[Rule, ...], timeout: float, pairs: Sequence[Pair]) -> list[Report]:
    patterns = edits.Edits([rule for rule in rules if rule.engine == "treesitter"], timeout=timeout)
    predicates: dict[str, list[Rule]] = defaultdict(list)
    for rule in rules:
        for language in rule.languages if rule.engine == "predicate" else ():
            predicates[language].append(rule)
    reports = []
    for before, after in pairs:
        report = patterns.report(before, after)
        mine = predicates.get(after.language, ())
        if late := next((why for why in report.failed.values() if why.startswith(NOT_PARSED)), ""):
            report.failed |= dict.fromkeys((rule.id for rule in mine), late)
        elif mine:
            (edit,) = predicate.compare(mine, [(before, after)], timeout=timeout)
            report.matches += edit.matches
            report.failed |= edit.failed
        reports.append(report)
    return reports


def _without_predicates(
    reports: list[Report], pairs: Sequence[Pair], rules: Sequence[Rule], timeout: float, jobs: int
) -> None:
    """Judge by the queries alone where a predicate may have been what killed the process."""
    queried = tuple(rule for rule in rules if rule.engine != "predicate")
    lost = [place for place, report in enumerate(reports) if len(report.failed) == len(rules)]
    if not queried or len(queried) == len(rules) or not lost:
        return
    mine = [pairs[place] for place in lost]
    again = _spread(partial(_compare, queried, timeout), mine, queried, [0] * len(mine), timeout=timeout, jobs=jobs)
    for place, report in zip(lost, again, strict=True):
        for rule in rules:
            if rule.engine == "predicate":
                report.failed[rule.id] = reports[place].failed[rule.id]
        reports[place] = report


def _spread(
    judge: Callable[[Sequence[Item]], list[Report]],
    items: Sequence[Item],
    rules: Sequence[Rule],
    sizes: Sequence[int],
    *,
    timeout: float,
    jobs: int,
) -> list[Report]:
    """A report for each item in order. Of a batch that was lost each item is judged alone."""
    reports: list[Report] = []
    batches = _batches(items, sizes)
    for batch, done in workers.run(judge, batches, jobs=jobs, seconds=2 * timeout + _GRACE):
        reports += done if not isinstance(done, Failed) else _alone(judge, batch, done, rules, timeout, jobs)
    return reports


def _batches(items: Sequence[Item], sizes: Sequence[int]) -> Iterator[list[Item]]:
    batch: list[Item] = []
    filled = 0
    for item, size in zip(items, sizes, strict=True):
        if batch and filled + size > _BATCH:
            yield batch
            batch, filled = [], 0
        batch.append(item)
        filled += size
    if batch:
        yield batch


def _alone(
    judge: Callable[[Sequence[Item]], list[Report]],
    batch: Sequence[Item],
    lost: Failed,
    rules: Sequence[Rule],
    timeout: float,
    jobs: int,
) -> Iterator[Report]:
    if lost.kind == "raised":
        raise lost.error if lost.error is not None else AnalyserError(lost.why)
    if len(batch) == 1:
        yield _spoiled(rules, lost, timeout)
        return
    ones = ([item] for item in batch)
    for _, done in workers.run(judge, ones, jobs=min(jobs, len(batch)), seconds=2 * timeout + _GRACE):
        if not isinstance(done, Failed):
            yield from done
        elif done.kind == "raised":
            raise done.error if done.error is not None else AnalyserError(done.why)
        else:
            yield _spoiled(rules, done, timeout)


def _spoiled(rules: Sequence[Rule], lost: Failed, timeout: float) -> Report:
    """No rule could be judged on a text at which the process was killed, or died."""
    why = f"{NOT_PARSED} {timeout:g} s" if lost.kind == "timeout" else f"not judged: {lost.why}"
    return Report(failed=dict.fromkeys((rule.id for rule in rules), why))
