"""Shares and differences of shares with intervals that hold when cases come in clusters."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from replay.stats.table import Cell, Measure, table

NAN = float("nan")
Z95 = 1.959963984540054
"""The normal quantile at .975: a constant, as it alone would have scipy imported."""


@dataclass(frozen=True, slots=True)
class Share:
    """One arm's mean share over cases with its interval; ``n_eff`` is the sample size the interval is worth."""

    rate: float
    low: float
    high: float
    n_eff: float
    cases: int
    clusters: int


@dataclass(frozen=True, slots=True)
class Paired:
    """A mean paired difference (arm − baseline) with its interval at confidence ``level``.

    ``difference`` is the plain mean over cases; ``padded`` and ``se`` are the estimate and standard error the interval
    is built on; ``se_plain`` is the cluster-robust standard error without padding (NaN where it is 0). ``k`` is the
    harmonic mean of the draws a case. ``totals`` are the sums of differences by source, as in ``sources``.
    ``baseline`` and ``arm`` are the mean shares of the paired cases.
    """

    difference: float
    padded: float
    se: float
    low: float
    high: float
    level: float
    k: float
    cases: int
    clusters: int
    se_plain: float
    baseline: float
    arm: float
    sources: tuple[str, ...]
    totals: tuple[float, ...]


def t_quantile(probability: float, degrees: float) -> float:
    """Quantile of Student's t; NaN where ``degrees`` < 1."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees, probability)) if degrees >= 1 else NAN


def wilson(successes: float, n: float, z: float = Z95) -> tuple[float, float]:
    """Score interval of a proportion (Wilson 1927, JASA 22:209); ``z`` is the normal quantile, by default of 95 %.

    ``successes`` and ``n`` may be fractional (an effective sample size). (NaN, NaN) where n is 0 or anything is NaN.
    """
    if not n > 0 or math.isnan(z) or math.isnan(successes):
        return NAN, NAN
    p = successes / n
    middle = p + z * z / (2 * n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    # at p = 0 and p = 1 the two terms cancel exactly in theory but not in floating point
    low = 0.0 if p == 0 else max(0.0, (middle - half) / scale)
    high = 1.0 if p == 1 else min(1.0, (middle + half) / scale)
    return low, high


def share(
    rows: Iterable[Sequence[Any]] | Mapping[str, Cell],
    arm: str = "",
    *,
    measure: Measure = "rate",
    level: float = 0.95,
) -> Share:
    """One arm's share: mean P of the case shares, Wilson's interval on the effective sample size.

    ``rows`` is a table (with the ``arm`` to take) or one arm's cells. Cases with an empty denominator are skipped. The
    cluster-robust variance (Liang & Zeger 1986, Biometrika 73:13) of P is v = Σ_g U_g² · G/(G−1) / n², U_g the sums of
    residuals by source; the effective size P(1−P)/v (Kish 1965; Korn & Graubard 1998, Survey Methodology 24:193) is at
    most the number of trials, and is G where P is 0 or 1 or v is 0; the normal quantile gives way to t with G − 1
    degrees of freedom. One source has no interval: NaN.
    """
    cells = rows if isinstance(rows, Mapping) else table(rows).get(arm, {})
    residuals: dict[str, float] = {}
    parts = [(cell.source, *cell.part(measure)) for cell in cells.values()]
    parts = [part for part in parts if part[2]]
    n = len(parts)
    if not n:
        return Share(NAN, NAN, NAN, NAN, 0, 0)
    p = math.fsum(top / bottom for _, top, bottom in parts) / n
    for source, top, bottom in parts:
        residuals[source] = residuals.get(source, 0.0) + top / bottom - p
    g = len(residuals)
    if g < 2:
        return Share(p, NAN, NAN, NAN, n, g)
    squares = math.fsum(u * u for u in residuals.values())
    n_eff, low, high = clustered(p, squares, n, g, trials=float(sum(bottom for *_, bottom in parts)), level=level)
    return Share(p, low, high, n_eff, n, g)


def clustered(
    p: float, squares: float, n: int, clusters: int, *, trials: float, level: float = 0.95
) -> tuple[float, float, float]:
    """Effective size and interval (low, high) of the mean ``p`` of ``n`` shares from ``clusters`` sources.

    ``squares`` is Σ_g U_g², the residuals summed by source, then squared; ``trials`` bounds the effective size. See
    ``share`` for the formula. All NaN for fewer than two sources.
    """
    if clusters < 2 or not n:
        return NAN, NAN, NAN
    variance = squares * clusters / (clusters - 1) / n**2
    # residuals of identical case shares are rounding dust, not variance
    flat = variance < 1e-24 or p in (0.0, 1.0)
    n_eff = float(clusters) if flat else min(p * (1 - p) / variance, trials)
    return n_eff, *wilson(p * n_eff, n_eff, t_quantile((1 + level) / 2, clusters - 1))


def padded(differences: Sequence[tuple[str, float]], k: float, *, level: float = 0.95) -> Paired:
    """The padded cluster t interval of a mean of per-case differences ``(source, d)`` with −1 ≤ d ≤ 1.

    Cluster-robust t (Liang & Zeger 1986; t with G − 1 degrees of freedom: Cameron & Miller 2015, J. Human Resources
    50:317) after adding two phantom clusters, one at +1 and one at −1, of weight s = 1/√k each, as Agresti & Caffo
    (2000, American Statistician 54:280) add pseudo-observations to keep intervals of differences from being too short
    near the edge. With totals T_g and sizes w_g of the G sources, n cases, W = n + 2s: estimate ΣT/W, variance
    (Σ(T_g − w_g·D̃)² + s²((1 − D̃)² + (1 + D̃)²)) · (G+2)/(G+1) / W²; the interval is cut to [−1, 1].
    It equals weighted least squares on the cases and the two phantom rows with a clustered covariance. ``k`` is the
    harmonic mean number of draws a case and arm. One source has no interval: NaN.
    """
    totals: dict[str, float] = {}
    sizes: dict[str, int] = {}
    for source, d in differences:
        totals[source] = totals.get(source, 0.0) + d
        sizes[source] = sizes.get(source, 0) + 1
    n, g = len(differences), len(totals)
    if not n:
        return Paired(NAN, NAN, NAN, NAN, NAN, level, NAN, 0, 0, NAN, NAN, NAN, (), ())
    total = math.fsum(d for _, d in differences)
    mean = total / n
    s = 1 / math.sqrt(k)
    weight = n + 2 * s
    estimate = total / weight
    se = low = high = plain = NAN
    if g >= 2:
        squares = math.fsum((totals[x] - sizes[x] * estimate) ** 2 for x in totals)
        phantom = s * s * ((1 - estimate) ** 2 + (1 + estimate) ** 2)
        se = math.sqrt((squares + phantom) * (g + 2) / (g + 1)) / weight
        t = t_quantile((1 + level) / 2, g - 1)
        low, high = max(-1.0, estimate - t * se), min(1.0, estimate + t * se)
        plain = math.sqrt(math.fsum((totals[x] - sizes[x] * mean) ** 2 for x in totals) * g / (g - 1)) / n
    return Paired(
        difference=mean,
        padded=estimate,
        se=se,
        low=low,
        high=high,
        level=level,
        k=k,
        cases=n,
        clusters=g,
        se_plain=plain if plain > 1e-12 else NAN,
        baseline=NAN,
        arm=NAN,
        sources=tuple(totals),
        totals=tuple(totals.values()),
    )


def paired(
    rows: Iterable[Sequence[Any]] | Mapping[str, Mapping[str, Cell]],
    baseline: str,
    arm: str,
    *,
    measure: Measure = "rate",
    level: float = 0.95,
) -> Paired:
    """The difference arm − baseline of a share, paired by case, clustered by source (see ``padded``).

    Only cases with a non-empty denominator under both arms take part. All NaN with 0 cases where there is none.
    """
    arms = rows if isinstance(rows, Mapping) else table(rows)
    differences: list[tuple[str, float]] = []
    inverse, first, second = [], [], []
    others = arms.get(arm, {})
    for case, cell in arms.get(baseline, {}).items():
        if case not in others:
            continue
        top_b, bottom_b = cell.part(measure)
        top_a, bottom_a = others[case].part(measure)
        if bottom_a and bottom_b:
            first.append(top_b / bottom_b)
            second.append(top_a / bottom_a)
            differences.append((cell.source, top_a / bottom_a - top_b / bottom_b))
            inverse.append((1 / bottom_a + 1 / bottom_b) / 2)
    n = len(differences)
    if not n:
        return padded((), NAN, level=level)
    found = padded(differences, n / math.fsum(inverse), level=level)
    fields = {name: getattr(found, name) for name in Paired.__slots__}
    return Paired(**{**fields, "baseline": math.fsum(first) / n, "arm": math.fsum(second) / n})
