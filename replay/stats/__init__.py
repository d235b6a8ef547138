"""Statistics over plain tables ``[source, case, arm, violations, applicable, completed]``: paired, clustered, honest.

Nothing here knows of trials or rules. Undefined is NaN, never 0. Shares and differences are fractions, not points.
"""

from replay.stats.interval import Paired, Share, padded, paired, share, wilson
from replay.stats.multiple import benjamini_hochberg, holm
from replay.stats.noise import halves
from replay.stats.power import cases_needed, detectable, reach, spread
from replay.stats.sequential import Look, futile, looks, schedule, shuffled, sources_at, z_bounds
from replay.stats.table import Cell, Measure, bounds, table
from replay.stats.test import direction, sign_flip, sources_needed

__all__ = [
    "Cell",
    "Look",
    "Measure",
    "Paired",
    "Share",
    "benjamini_hochberg",
    "bounds",
    "cases_needed",
    "detectable",
    "direction",
    "futile",
    "halves",
    "holm",
    "looks",
    "padded",
    "paired",
    "reach",
    "schedule",
    "share",
    "shuffled",
    "sign_flip",
    "sources_at",
    "sources_needed",
    "spread",
    "table",
    "wilson",
    "z_bounds",
]
