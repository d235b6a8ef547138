"""Partial credit beside the hard outcome: what arms score if fewer findings are better than more."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from replay import stats
from replay.decide.counts import number
from replay.records import JSON, JUDGED, Case, Score


def soft(
    cases: Sequence[Case],
    scores: Iterable[Score],
    rule: str,
    baseline: str,
    arm: str,
    *,
    minimum: float,
    optimal: float,
) -> dict[str, JSON]:
    """Mean soft scores (``stats.soft_score``) of two arms and their paired difference, arm − baseline, with interval.

    The score of a case under an arm is the mean over its judged completions; those with no code, errors and the like
    have none. Higher is better: unlike the rate of violations, a positive difference is an improvement. Raises
    ``ValueError`` for bounds that ``stats.soft_score`` refuses.
    """
    sources = {case.id: case.source for case in cases}
    given: dict[str, dict[str, list[float]]] = {baseline: {}, arm: {}}
    for score in scores:
        if score.rule == rule and score.arm in given and score.outcome in JUDGED and score.case in sources:
            credit = stats.soft_score(len(score.findings), minimum=minimum, optimal=optimal)
            given[score.arm].setdefault(score.case, []).append(credit)
    both = [case for case in given[baseline] if case in given[arm]]
    means = {name: [math.fsum(given[name][case]) / len(given[name][case]) for case in both] for name in given}
    inverse = math.fsum((1 / len(given[baseline][case]) + 1 / len(given[arm][case])) / 2 for case in both)
    differences = [
        (sources[case], after - before) for case, before, after in zip(both, means[baseline], means[arm], strict=True)
    ]
    found = stats.padded(differences, len(both) / inverse if both else math.nan)
    return {
        "minimum": minimum,
        "optimal": optimal,
        "baseline": math.fsum(means[baseline]) / len(both) if both else None,
        "arm": math.fsum(means[arm]) / len(both) if both else None,
        "difference": number(found.difference),
        "low": number(found.low),
        "high": number(found.high),
        "level": found.level,
        "cases": found.cases,
        "clusters": found.clusters,
    }
