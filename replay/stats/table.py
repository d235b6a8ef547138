"""The table all statistics start from: one cell a case and arm, with its source."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

Measure = Literal["rate", "applicable", "clean"]


class Cell(NamedTuple):
    """What a case came to under an arm: counts of trials.

    ``completed`` excludes errors, ``applicable`` is clean + violation, ``source`` names the cluster.
    """

    source: str
    case: str
    arm: str
    violations: int
    applicable: int
    completed: int

    def part(self, measure: Measure) -> tuple[int, int]:
        """Numerator and denominator of a share.

        ``rate`` violations of applicable, ``applicable`` applicable of completed, ``clean`` clean of completed.
        """
        match measure:
            case "rate":
                return self.violations, self.applicable
            case "applicable":
                return self.applicable, self.completed
            case "clean":
                return self.applicable - self.violations, self.completed


def table(rows: Iterable[Sequence[Any]]) -> dict[str, dict[str, Cell]]:
    """Cells by arm, then by case, in the order of first appearance; rows of one case and arm are added up.

    Raises ``ValueError`` where counts do not nest (0 ≤ violations ≤ applicable ≤ completed) or a case has two sources.
    """
    arms: dict[str, dict[str, Cell]] = {}
    sources: dict[str, str] = {}
    for row in rows:
        cell = Cell(*row)
        if not 0 <= cell.violations <= cell.applicable <= cell.completed:
            raise ValueError(f"counts do not nest: {cell}")
        if sources.setdefault(cell.case, cell.source) != cell.source:
            raise ValueError(f"case {cell.case} has two sources: {sources[cell.case]}, {cell.source}")
        cells = arms.setdefault(cell.arm, {})
        old = cells.get(cell.case)
        cells[cell.case] = (
            cell if old is None else Cell(*old[:3], *(a + b for a, b in zip(old[3:], cell[3:], strict=True)))
        )
    return arms


def bounds(cells: Mapping[str, Cell], *, trials: Mapping[str, int] | None = None) -> tuple[float, float]:
    """Mean over cases of the violation rate if all that was not applicable were clean, and if it were violations.

    ``trials`` gives the number of trials of each case where errors are to be counted too; by default the completed
    ones. Cases without any are skipped; (NaN, NaN) where none is left. These are the no-assumption bounds of
    Manski (1989, Journal of Human Resources 24:343).
    """
    lows, highs = [], []
    for cell in cells.values():
        total = cell.completed if trials is None else trials[cell.case]
        if total:
            lows.append(cell.violations / total)
            highs.append((total - cell.applicable + cell.violations) / total)
    if not lows:
        return float("nan"), float("nan")
    return math.fsum(lows) / len(lows), math.fsum(highs) / len(highs)
