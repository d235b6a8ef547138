"""Planning: what a number of cases and draws can detect, and the reverse.

Normal approximation of a paired mean (e.g. Chow, Shao & Wang 2008, Sample Size Calculations §3.3) with t quantiles and
the padding of ``interval.padded``. The variance of a case's difference is
within · (p_b(1 − p_b) + p_a(1 − p_a))/draws + sd². ``within`` is the share of the binomial variance that lies inside
cases: 1, an upper bound, where all cases have one rate, less where they differ. ``effect_sd`` is the standard deviation
of the true effect across cases. Cases that share a source are worth less by the design effect 1 + (m − 1)·icc (Kish
1965).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from replay.stats.interval import share, t_quantile
from replay.stats.table import Cell


@dataclass(frozen=True, slots=True)
class Pilot:
    """What a finished run tells the planning of the next one.

    ``draws`` is the harmonic mean of judged draws a case of the baseline; the other fields are as in ``detectable``.
    """

    baseline: float
    effect_sd: float
    within: float
    per_source: float
    draws: float
    cases: int


def _se(
    cases: float,
    draws: float,
    baseline: float,
    arm: float,
    *,
    effect_sd: float,
    within: float,
    per_source: float,
    icc: float,
) -> float:
    s = 1 / math.sqrt(draws)
    noise = within * (baseline * (1 - baseline) + arm * (1 - arm)) / draws + effect_sd**2
    noise *= 1 + (per_source - 1) * icc
    return math.sqrt(cases * noise + 2 * s * s) / (cases + 2 * s)


def _seen(
    cases: int, draws: float, baseline: float, arm: float, *, power: float, alpha: float, **spread: float
) -> bool:
    """Whether a change from ``baseline`` to ``arm`` is seen with ``power``; ``spread`` is as ``_se`` takes it."""
    # the padded estimate is pulled to 0
    pulled = abs(baseline - arm) * cases / (cases + 2 / math.sqrt(draws))
    sources = cases / spread["per_source"]
    return pulled >= reach(sources, power=power, alpha=alpha) * _se(cases, draws, baseline, arm, **spread)


def reach(sources: float, *, power: float = 0.8, alpha: float = 0.05) -> float:
    """How many standard errors away an effect must lie to be seen with ``power``; NaN with fewer than two sources."""
    return t_quantile(1 - alpha / 2, sources - 1) + t_quantile(power, sources - 1)


def detectable(
    cases: int,
    draws: float,
    baseline: float,
    *,
    power: float = 0.8,
    alpha: float = 0.05,
    effect_sd: float = 0.0,
    within: float = 1.0,
    per_source: float = 1.0,
    icc: float = 1.0,
) -> float:
    """The smallest drop of the rate (0 to ``baseline``) seen with ``power``; NaN where even a drop to 0 is not.

    ``effect_sd``, ``within``: see above, and ``spread`` and ``within_share`` for a pilot's. ``per_source`` is the mean
    number of cases a source; ``icc`` the correlation of their effects.
    """
    spread = {"effect_sd": effect_sd, "within": within, "per_source": per_source, "icc": icc}

    def seen(drop: float) -> bool:
        return _seen(cases, draws, baseline, baseline - drop, power=power, alpha=alpha, **spread)

    if not seen(baseline):
        return float("nan")
    low, high = 0.0, baseline
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (low, middle) if seen(middle) else (middle, high)
    return high


def cases_needed(
    draws: float,
    baseline: float,
    arm: float,
    *,
    power: float = 0.8,
    alpha: float = 0.05,
    effect_sd: float = 0.0,
    within: float = 1.0,
    per_source: float = 1.0,
    icc: float = 1.0,
    most: int = 100_000,
) -> int | None:
    """The smallest number of cases with which a change from ``baseline`` to ``arm`` is seen with ``power``.

    None where more than ``most`` would be needed (an effect of 0 needs infinitely many).
    """
    spread = {"effect_sd": effect_sd, "within": within, "per_source": per_source, "icc": icc}

    def enough(cases: int) -> bool:
        return _seen(cases, draws, baseline, arm, power=power, alpha=alpha, **spread)

    low, high = 2, 4
    while not enough(high):
        low, high = high, high * 2
        if low > most:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def spread(baseline: Mapping[str, Cell], arm: Mapping[str, Cell]) -> float:
    """Standard deviation across cases of the true effect, from a pilot: observed variance less the binomial part.

    Method of moments (DerSimonian & Laird 1986, Controlled Clinical Trials 7:177, with equal weights). 0 where the
    draws alone explain the variance; NaN with fewer than two cases that have two applicable draws under both arms.
    """
    pairs = [
        (baseline[case], arm[case])
        for case in baseline
        if case in arm and baseline[case].applicable > 1 and arm[case].applicable > 1
    ]
    if len(pairs) < 2:
        return float("nan")
    rates = [(b.violations / b.applicable, a.violations / a.applicable) for b, a in pairs]
    mean = sum(a - b for b, a in rates) / len(rates)
    observed = sum((a - b - mean) ** 2 for b, a in rates) / (len(rates) - 1)
    within = sum(
        p * (1 - p) / (cell.applicable - 1)
        for (b, a), (p_b, p_a) in zip(pairs, rates, strict=True)
        for cell, p in ((b, p_b), (a, p_a))
    ) / len(pairs)
    return math.sqrt(max(0.0, observed - within))


def within_share(cells: Mapping[str, Cell]) -> float:
    """What share of the binomial variance of an arm's pooled rate lies inside its cases, from a pilot: 0 to 1.

    The mean over cases of the unbiased p(1 − p)·n/(n − 1), over P(1 − P) of the mean rate P. NaN without a case
    that has two applicable draws, or where P is 0 or 1.
    """
    usable = [cell for cell in cells.values() if cell.applicable > 1]
    if not usable:
        return float("nan")
    rates = [cell.violations / cell.applicable for cell in usable]
    mean = sum(rates) / len(rates)
    if mean in (0.0, 1.0):
        return float("nan")
    inside = sum(p * (1 - p) * cell.applicable / (cell.applicable - 1) for p, cell in zip(rates, usable, strict=True))
    return min(1.0, inside / len(usable) / (mean * (1 - mean)))


def pilot(baseline: Mapping[str, Cell], arm: Mapping[str, Cell] | None = None) -> Pilot | None:
    """The rates and variances of two arms' cells; None where no completion of the baseline was judged.

    What the cells do not tell takes the value that it has without a pilot: an effect equal in all cases, all variance
    inside cases.
    """
    judged = [cell.applicable for cell in baseline.values() if cell.applicable]
    if not judged:
        return None
    found = share(baseline)
    effect_sd = spread(baseline, arm or {})
    within = within_share(baseline)
    return Pilot(
        baseline=found.rate,
        effect_sd=0.0 if math.isnan(effect_sd) else effect_sd,
        within=1.0 if math.isnan(within) else within,
        per_source=found.cases / found.clusters,
        draws=len(judged) / math.fsum(1 / n for n in judged),
        cases=found.cases,
    )
