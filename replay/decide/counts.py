"""What the trials of a run came to: outcomes counted by rule selector, arm and case, and the tables made of them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from replay.records import JUDGED, OUTCOMES, Case, Rate, RuleResult, Score
from replay.stats import Cell, Share, bounds, share

RECORDED = "recorded"
Tally = dict[str, Counter[str]]


@dataclass(frozen=True)
class Counts:
    """One rule selector: ``tallies[arm][case]`` counts outcomes, ``reasons[arm][outcome]`` why they were left out."""

    selector: str
    tallies: dict[str, Tally]
    sources: Mapping[str, str]
    reasons: dict[str, dict[str, Counter[str]]] = field(default_factory=dict)

    def cells(self, arm: str) -> dict[str, Cell]:
        """The arm's cells by case, for ``replay.stats``."""
        return {case: cell(self.sources[case], case, arm, tally) for case, tally in self.tallies[arm].items()}

    def total(self, arm: str) -> Counter[str]:
        """Outcomes of the arm over all cases."""
        return sum(self.tallies[arm].values(), Counter())

    def result(self, arm: str) -> RuleResult:
        """The arm's counts (every outcome, also those that did not occur), rate and worst-case bounds."""
        cells = self.cells(arm)
        total = self.total(arm)
        low, high = bounds(cells, trials={case: tally.total() for case, tally in self.tallies[arm].items()})
        return RuleResult(
            outcomes={outcome: total[outcome] for outcome in OUTCOMES},
            rate=rate(share(cells)),
            worst_low=number(low),
            worst_high=number(high),
        )


def cell(source: str, case: str, arm: str, tally: Counter[str]) -> Cell:
    """One row of the table: errors are not completed, only clean and violation are applicable."""
    applicable = sum(tally[outcome] for outcome in JUDGED)
    return Cell(source, case, arm, tally["violation"], applicable, tally.total() - tally["error"])


def count(
    selectors: Sequence[str], arms: Sequence[str], cases: Sequence[Case], scores: Sequence[Score]
) -> dict[str, Counts]:
    """Counts by selector. Raises ``ValueError`` for a score of an unknown case, arm or selector, or one given twice."""
    sources = {case.id: case.source for case in cases}
    found = {
        selector: Counts(selector, {arm: {} for arm in arms}, sources, {arm: {} for arm in arms})
        for selector in selectors
    }
    seen: set[tuple[str, str, int, str]] = set()
    for score in scores:
        key = (score.case, score.arm, score.draw, score.rule)
        if score.case not in sources or score.rule not in found or score.arm not in found[score.rule].tallies:
            raise ValueError(f"score of an unknown case, arm or rule: {key}")
        if key in seen:
            raise ValueError(f"two scores of one trial: {key}")
        seen.add(key)
        counts = found[score.rule]
        counts.tallies[score.arm].setdefault(score.case, Counter())[score.outcome] += 1
        if score.outcome not in JUDGED:
            reasons = counts.reasons[score.arm].setdefault(score.outcome, Counter())
            reasons[score.why or "no reason given"] += 1
    return found


def rate(found: Share) -> Rate:
    """The record of a share."""
    return Rate(
        rate=number(found.rate),
        low=number(found.low),
        high=number(found.high),
        n_eff=number(found.n_eff),
        cases=found.cases,
        clusters=found.clusters,
    )


def ratio(cell: Cell) -> float:
    """The violation rate of one cell; NaN where nothing was judged."""
    return cell.violations / cell.applicable if cell.applicable else math.nan


def number(value: float) -> float | None:
    """None for NaN: records hold no NaN."""
    return None if math.isnan(value) else value
