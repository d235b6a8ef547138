"""Statistics over plain tables ``[source, case, arm, violations, applicable, completed]``: paired, clustered, honest.

Nothing here knows of trials or rules. Undefined is NaN, never 0. Shares and differences are fractions, not points.
numpy and scipy, half a second's work to import, are imported by the functions that compute with them.
"""

from replay.stats.interval import Paired, Share, clustered, padded, paired, share, wilson
from replay.stats.multiple import benjamini_hochberg, holm
from replay.stats.noise import halves
from replay.stats.power import Pilot, cases_needed, detectable, pilot, reach, spread, within_share
from replay.stats.sequential import Look, futile, local_levels, looks, schedule, shuffled, sources_at, z_bounds
from replay.stats.soft import soft_score
from replay.stats.table import Cell, Measure, bounds, table
from replay.stats.test import direction, sign_flip, sources_needed

__all__ = [
    "Cell",
    "Look",
    "Measure",
    "Paired",
    "Pilot",
    "Share",
    "benjamini_hochberg",
    "bounds",
    "cases_needed",
    "clustered",
    "detectable",
    "direction",
    "futile",
    "halves",
    "holm",
    "local_levels",
    "looks",
    "padded",
    "paired",
    "pilot",
    "reach",
    "schedule",
    "share",
    "shuffled",
    "sign_flip",
    "soft_score",
    "sources_at",
    "sources_needed",
    "spread",
    "table",
    "wilson",
    "within_share",
    "z_bounds",
]
