"""Partial credit: a soft score of a completion from how many findings it has, beside the hard outcome."""

from __future__ import annotations

import math

ACCEPTABLE = 0.5
NEAR_OPTIMAL = 0.95


def soft_score(findings: float, *, minimum: float, optimal: float) -> float:
    """The credit, in (0, 1), of a completion with this many ``findings``.

    The logistic curve through .5 at ``minimum`` (the most findings that are still acceptable) and .95 at ``optimal``
    (the number that is nearly as good as it gets), after the item characteristic curve of Birnbaum (1968, in Lord &
    Novick, Statistical Theories of Mental Test Scores, §17.2). Raises ``ValueError`` unless
    0 ≤ ``optimal`` < ``minimum`` and ``findings`` ≥ 0.
    """
    from scipy.special import expit

    if not 0 <= optimal < minimum:
        raise ValueError(f"want 0 ≤ optimal < minimum, got optimal {optimal:g}, minimum {minimum:g}")
    if findings < 0:
        raise ValueError(f"{findings:g} findings")
    steepness = math.log(NEAR_OPTIMAL / (1 - NEAR_OPTIMAL)) / (minimum - optimal)
    return float(expit(-steepness * (findings - minimum)))
