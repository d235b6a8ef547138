"""Looking early without fooling oneself: an exact group-sequential sign-flip test over the sources.

Alpha is spent in proportion to the sources seen (linear spending: Lan & DeMets 1983, Biometrika 70:659; Kim & DeMets
1987, Biometrika 74:149), on the sign-flip distribution itself, so the level holds without a normal approximation.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from replay.stats.interval import Paired
from replay.stats.test import tolerance

EXACT = 14
VECTORS = 20_000


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the data: after ``sources`` of the planned ones.

    ``crossed`` is True where |ΣT| (``statistic``) exceeds ``critical``. ``spent`` is the share of all sign vectors that
    have crossed up to and including this look: the type I error spent. ``p`` is the p-value of stopping here: the share
    of vectors that crossed earlier or lie at least as far out at this look (stagewise ordering: Fairbanks & Madsen
    1982, Biometrika 69:69); it is at most alpha where this look is the first to cross.
    """

    sources: int
    crossed: bool
    critical: float
    statistic: float
    spent: float
    p: float


def sources_at(planned: int, count: int = 5) -> tuple[int, ...]:
    """How many sources each of ``count`` evenly spaced looks has seen; fewer looks where there are fewer sources."""
    return tuple(sorted({math.ceil(planned * look / count) for look in range(1, count + 1)} - {0}))


def shuffled(sources: Iterable[str], *, seed: int = 0) -> tuple[str, ...]:
    """The fixed order in which sources are worked through: the same for the same set and seed."""
    import numpy as np

    names = sorted(set(sources))
    return tuple(names[index] for index in np.random.default_rng(seed).permutation(len(names)))


def schedule(
    totals: Sequence[float], planned: int, at: Sequence[int] | None = None, *, alpha: float = 0.05, seed: int = 0
) -> Iterator[Look]:
    """Every look that the sources so far (``totals``, in the fixed order) allow, also those after a crossing.

    ``planned`` is the largest number of sources, ``at`` the sizes of the looks (default: 5 even ones). At a look with
    n sources the critical value is the least value of |Σ ±T| beyond which the vectors that have crossed so far stay
    within ⌊α·n/planned·R⌋ of R; vectors that cross leave. R = 2^planned for up to 14 sources, else 20,000 random
    vectors (from ``seed``) with the observed signs among them. Raises ``ValueError`` where there are more totals than
    planned.
    """
    import numpy as np

    if len(totals) > planned:
        raise ValueError(f"{len(totals)} sources, but only {planned} were planned")
    values = np.asarray(totals, dtype=np.float64)
    if planned <= EXACT:
        signs = ((np.arange(2**planned)[:, None] >> np.arange(planned)) & 1).astype(np.int8) * -2 + 1
    else:
        signs = np.random.default_rng(seed).integers(0, 2, size=(VECTORS, planned), dtype=np.int8) * 2 - 1
        signs[0] = 1
    alive = np.ones(len(signs), dtype=bool)
    sums = np.zeros(len(signs))
    seen = 0
    for n in at or sources_at(planned):
        if n > len(values):
            return
        sums += signs[:, seen:n] @ values[seen:n]
        seen = n
        sizes = np.abs(sums)
        crossed_before = int((~alive).sum())
        allowed = math.floor(alpha * n / planned * len(signs) + 1e-9) - crossed_before
        ranked = np.sort(sizes[alive])[::-1]
        critical = float(ranked[allowed])
        statistic = abs(float(values[:n].sum()))
        slack = tolerance(values[:n])
        p = (crossed_before + int((sizes[alive] >= statistic - slack).sum())) / len(signs)
        alive &= ~(sizes > critical + slack)
        spent = float((~alive).sum()) / len(signs)
        yield Look(n, statistic > critical + slack, critical, statistic, spent, p)


def looks(
    totals: Sequence[float], planned: int, at: Sequence[int] | None = None, *, alpha: float = 0.05, seed: int = 0
) -> tuple[Look, ...]:
    """The looks up to and including the first that crosses (see ``schedule``): sampling stops there."""
    done: list[Look] = []
    for look in schedule(totals, planned, at, alpha=alpha, seed=seed):
        done.append(look)
        if look.crossed:
            break
    return tuple(done)


def z_bounds(fractions: Sequence[float], *, alpha: float = 0.05) -> tuple[float, ...]:
    """Two-sided normal bounds at information ``fractions`` (ascending, up to 1) under linear alpha spending.

    By the recursion of Armitage, McPherson & Rowe (1969, JRSS A 132:235), trapezoids on a grid; each bound is good to
    about .001. An interval after a stop at look j uses the level 2Φ(z_j) − 1 in place of .95.
    """
    import numpy as np
    from scipy.special import ndtr, ndtri

    bounds: list[float] = []
    grid = weights = density = np.empty(0)
    for index, fraction in enumerate(fractions):
        step = fraction - (fractions[index - 1] if index else 0.0)
        spend = alpha * step
        if not index:
            bound = -float(ndtri(spend / 2)) * math.sqrt(fraction)
        else:
            mass = weights * density
            low, high = 0.0, 8.0 * math.sqrt(fraction)
            for _ in range(60):
                bound = (low + high) / 2
                beyond = 2 * float(np.sum(mass * ndtr((grid - bound) / math.sqrt(step))))
                low, high = (bound, high) if beyond > spend else (low, bound)
        bounds.append(bound / math.sqrt(fraction))
        new = np.linspace(-bound, bound, 801)
        if not index:
            density = np.exp(-(new**2) / (2 * step)) / math.sqrt(2 * math.pi * step)
        else:
            kernel = np.exp(-((new[:, None] - grid) ** 2) / (2 * step)) / math.sqrt(2 * math.pi * step)
            density = kernel @ (weights * density)
        grid = new
        weights = np.full(801, new[1] - new[0])
        weights[[0, -1]] /= 2
    return tuple(bounds)


def local_levels(planned: int, at: Sequence[int] | None = None, *, alpha: float = 0.05) -> tuple[float, ...]:
    """The two-sided confidence level of an interval at each look: 2Φ(z) − 1 for the look's bound z (``z_bounds``)."""
    from scipy.special import ndtr

    bounds = z_bounds([n / planned for n in at or sources_at(planned)], alpha=alpha)
    return tuple(2 * float(ndtr(z)) - 1 for z in bounds)


def futile(effect: Paired, *, share: float = 0.5) -> bool:
    """True where the interval of a rate difference excludes a drop by ``share`` of the baseline rate: time to stop."""
    return effect.low > -share * effect.baseline
