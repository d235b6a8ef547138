"""The noise floor: how far two random halves of the same arm's draws lie apart."""

from __future__ import annotations

from collections.abc import Mapping

from replay.stats.table import Cell


def halves(cells: Mapping[str, Cell], *, repeats: int = 2_000, seed: int = 0) -> float:
    """The difference that 95 % of random splits of one arm's applicable draws stay below, in absolute value.

    Each case with at least two applicable draws is split in two (hypergeometric count of its violations in the first
    half); the mean over cases of the difference of the halves' rates is taken ``repeats`` times. NaN without such a
    case.
    """
    import numpy as np

    usable = [cell for cell in cells.values() if cell.applicable >= 2]
    if not usable:
        return float("nan")
    bad = np.array([cell.violations for cell in usable])
    total = np.array([cell.applicable for cell in usable])
    first = total // 2
    drawn = np.random.default_rng(seed).hypergeometric(bad, total - bad, first, size=(repeats, len(usable)))
    apart = (drawn / first - (bad - drawn) / (total - first)).mean(axis=1)
    return float(np.quantile(np.abs(apart), 0.95))
