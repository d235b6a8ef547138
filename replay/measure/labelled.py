"""Precision of rules from what people said of their findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from replay.records import Label


class Labelled(NamedTuple):
    """One rule: findings labelled ``right`` and ``wrong``, the share of right ones and its 95 % Wilson interval.

    Labels say nothing of what a rule missed: there is no recall here.
    """

    rule: str
    right: int
    wrong: int
    precision: float
    low: float
    high: float


def labelled(labels: Iterable[Label]) -> tuple[Labelled, ...]:
    """A row a rule that has labels, by id. The labels are current ones: one a finding."""
    from replay.stats import wilson  # scipy takes half a second to import, and most verbs on rules need no interval

    counts = Counter((one.rule, one.label) for one in labels if one.label)
    rows = []
    for rule in sorted({rule for rule, _ in counts}):
        right, wrong = counts[rule, "right"], counts[rule, "wrong"]
        rows.append(Labelled(rule, right, wrong, right / (right + wrong), *wilson(right, right + wrong)))
    return tuple(rows)
