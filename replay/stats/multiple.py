"""Adjusted p-values for several comparisons."""

from __future__ import annotations

import math
from collections.abc import Sequence


def holm(p: Sequence[float]) -> tuple[float, ...]:
    """Step-down adjusted p-values that hold the family-wise error (Holm 1979, Scand. J. Statist. 6:65).

    In the order given; NaN stays NaN and does not count as a comparison.
    """
    order = _ascending(p)
    adjusted = [float("nan")] * len(p)
    highest = 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min(1.0, (len(order) - rank) * p[index]))
        adjusted[index] = highest
    return tuple(adjusted)


def benjamini_hochberg(p: Sequence[float]) -> tuple[float, ...]:
    """Step-up adjusted p-values that hold the false discovery rate (Benjamini & Hochberg 1995, JRSS B 57:289).

    In the order given; NaN stays NaN and does not count as a comparison.
    """
    order = _ascending(p)
    adjusted = [float("nan")] * len(p)
    lowest = 1.0
    for rank in range(len(order), 0, -1):
        index = order[rank - 1]
        lowest = min(lowest, p[index] * len(order) / rank)
        adjusted[index] = lowest
    return tuple(adjusted)


def _ascending(p: Sequence[float]) -> list[int]:
    return sorted((index for index, value in enumerate(p) if not math.isnan(value)), key=lambda index: p[index])
