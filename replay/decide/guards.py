"""What must not get worse: other habits, refusals, answers without code; each held against a stated margin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from replay import stats
from replay.decide.counts import Counts, number
from replay.decide.words import change, percent, points, span
from replay.records import Guarded
from replay.stats import Cell, Paired

LEVEL = 0.90
SHARES = {"refused": "refusals", "no_code": "answers without code"}


def guards(
    baseline: str,
    arms: Sequence[str],
    primary: Counts,
    guarded: Mapping[str, Counts],
    *,
    margin: float,
) -> Iterator[Guarded]:
    """For each arm the shares of refusals and of answers without code, then the rate of each guarded habit.

    An increase by ``margin`` is excluded (``held``) where the two-sided 90 % interval of the paired difference lies
    below it: a non-inferiority test at one-sided 5 % (Schuirmann 1987, J. Pharmacokinet. Biopharm. 15:657).
    """
    for arm in arms:
        for outcome in SHARES:
            cells = {name: _share(primary, name, outcome) for name in (baseline, arm)}
            yield _guarded(baseline, arm, outcome, stats.paired(cells, baseline, arm, level=LEVEL), margin)
        for selector, counts in guarded.items():
            cells = {name: counts.cells(name) for name in (baseline, arm)}
            yield _guarded(baseline, arm, selector, stats.paired(cells, baseline, arm, level=LEVEL), margin)


def _share(counts: Counts, arm: str, outcome: str) -> dict[str, Cell]:
    """Cells whose rate is the share of ``outcome`` among completed trials."""

    def cell(case: str, tally: Counter[str]) -> Cell:
        completed = tally.total() - tally["error"]
        return Cell(counts.sources[case], case, arm, tally[outcome], completed, completed)

    return {case: cell(case, tally) for case, tally in counts.tallies[arm].items()}


def _guarded(baseline: str, arm: str, what: str, found: Paired, margin: float) -> Guarded:
    held, worse = found.high < margin, found.low > 0
    return Guarded(
        baseline=baseline,
        arm=arm,
        what=what,
        baseline_rate=number(found.baseline),
        arm_rate=number(found.arm),
        difference=number(found.difference),
        low=number(found.low),
        high=number(found.high),
        level=LEVEL,
        margin=margin,
        cases=found.cases,
        clusters=found.clusters,
        status="held" if held else "worse" if worse else "not_shown",
        sentence=_sentence(SHARES.get(what, what), found, margin, held=held, worse=worse),
    )


def _sentence(name: str, found: Paired, margin: float, *, held: bool, worse: bool) -> str:
    if not found.cases:
        return f"{name}: nothing to compare: no case has trials to judge under both arms"
    seen = f"{name}: {percent(found.baseline)} → {percent(found.arm)}: {change(found.difference)} ({span(found)})"
    if held:
        return f"{seen}: not worse by more than {points(margin)}"
    if worse:
        return f"{seen}: worse"
    if found.clusters < 2:
        return f"{seen}: not shown to be no worse"
    return f"{seen}: not shown to be no worse, up to {points(found.high)} more is possible (margin {points(margin)})"
