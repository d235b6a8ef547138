"""The test of a paired difference: flip the signs of the sources' totals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

EXACT = 16
DRAWS = 9_999


def sign_flip(totals: Sequence[float], *, draws: int = DRAWS, seed: int = 0) -> float:
    """Two-sided p-value of ΣT: every source's total might as well have had the other sign.

    Fisher's randomization test of paired differences (1935, The Design of Experiments, §21), by source.
    All 2^G signs for G ≤ 16; else ``draws`` random ones with (count + 1)/(draws + 1), which keeps the level
    (Phipson & Smyth 2010, SAGMB 9:39), from ``seed``. 1 where all totals are 0; NaN without any.
    """
    import numpy as np

    values = np.asarray(totals, dtype=np.float64)
    if not values.size:
        return float("nan")
    observed = abs(float(values.sum())) - tolerance(values)
    if values.size <= EXACT:
        return float(np.mean(np.abs(all_sums(values)) >= observed))
    generator = np.random.default_rng(seed)
    hits, left = 0, draws
    block = max(1, 4_000_000 // values.size)
    while left:
        size = min(block, left)
        signs = generator.integers(0, 2, size=(size, values.size), dtype=np.int8) * 2 - 1
        hits += int(np.sum(np.abs(signs @ values) >= observed))
        left -= size
    return (hits + 1) / (draws + 1)


def all_sums(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The 2^G sums Σ ±T."""
    import numpy as np

    sums = np.zeros(1)
    for value in values:
        sums = np.concatenate((sums + value, sums - value))
    return sums


def tolerance(values: npt.NDArray[np.float64]) -> float:
    """Two sums nearer than this are ties: the same terms added in another order differ by rounding."""
    return 1e-10 * max(float(abs(values).sum()), 1e-300)


def direction(totals: Sequence[float]) -> tuple[int, int, int]:
    """Sources whose total went down, stayed, went up."""
    down = sum(total < -1e-12 for total in totals)
    up = sum(total > 1e-12 for total in totals)
    return down, len(totals) - down - up, up


def sources_needed(alpha: float = 0.05, *, comparisons: int = 1) -> int:
    """The least number of sources with which the sign-flip test can reach ``alpha`` (Holm's first step of several).

    The smallest p-value of G sources is 2 / 2^G, so G ≥ 1 + log2(comparisons / alpha): 6 for one comparison at .05.
    """
    return 1 + math.ceil(math.log2(max(1, comparisons) / alpha) - 1e-12)
