"""What a run came to."""

from __future__ import annotations

from typing import Literal

from replay import display
from replay.records.base import JSON, Record
from replay.records.price import Price


class Rate(Record, frozen=True):
    """A rate with its 95 % interval; None where undefined. ``n_eff`` is the effective sample size of the interval."""

    rate: float | None = None
    low: float | None = None
    high: float | None = None
    n_eff: float | None = None
    cases: int = 0
    clusters: int = 0


class RuleResult(Record, frozen=True):
    """One arm under one rule selector: every outcome counted, and the rate.

    ``worst_low`` and ``worst_high`` are the rate if all that was left out were clean, or violations.
    """

    outcomes: dict[str, int]
    rate: Rate
    worst_low: float | None = None
    worst_high: float | None = None


class ArmResult(Record, frozen=True):
    """One arm: trials and, per rule selector, the counts and rate."""

    name: str
    model: str
    trials: int
    rules: dict[str, RuleResult]
    usage: dict[str, JSON] = {}
    notes: dict[str, int] = {}


class Comparison(Record, frozen=True):
    """An arm against the baseline for one rule selector, paired by case and clustered by source.

    ``difference`` is the mean paired difference of rates (negative: fewer violations); ``low`` and ``high`` the 95 %
    interval; ``p`` the two-sided sign-flip p-value. None where undefined. ``verdict`` is a code, ``sentence``
    its words. ``detail`` holds the further quantities by name.
    """

    baseline: str
    arm: str
    rule: str
    difference: float | None
    low: float | None
    high: float | None
    p: float | None
    cases: int
    clusters: int
    verdict: str
    sentence: str
    detail: dict[str, JSON] = {}

    def _repr_html_(self) -> str:
        """The difference with its interval, then every quantity by name."""
        picture = display.interval(self.difference, self.low, self.high)
        return display.record(self, title=f"{self.arm} against {self.baseline}: {self.rule}", above=picture)


class Guarded(Record, frozen=True):
    """What must not get worse under an arm: another habit (``what`` is its selector), ``refused`` or ``no_code``.

    ``difference`` is arm − baseline of the share (of judged completions for a habit, of all completed ones else) with
    its interval at confidence ``level``. ``status`` is ``held`` (an increase by ``margin`` is excluded), ``worse`` (an
    increase is shown, one by the margin not excluded) or ``not_shown``. ``sentence`` puts it in words.
    """

    baseline: str
    arm: str
    what: str
    baseline_rate: float | None
    arm_rate: float | None
    difference: float | None
    low: float | None
    high: float | None
    level: float
    margin: float
    cases: int
    clusters: int
    status: Literal["held", "not_shown", "worse"]
    sentence: str


class Result(Record, frozen=True):
    """What a run came to: everything a report shows. ``rules`` are the selectors, the first one primary.

    ``usage`` is by arm (see ``experiment.spending``), ``prices`` the price of each arm that has one.
    ``guards`` say of each arm what else must not get worse; ``guarded`` are the selectors among them that were asked
    for. ``stopping`` are sentences on how a run that may stop early went, and what is guaranteed. ``first_case`` is
    the first one that was sampled, or the first of all where none was.
    """

    name: str
    run: str
    rules: tuple[str, ...]
    arms: dict[str, ArmResult]
    comparisons: tuple[Comparison, ...]
    cases: int
    clusters: int
    fidelity: dict[str, JSON] = {}
    usage: dict[str, JSON] = {}
    edits: dict[str, str] = {}
    left_out: tuple[str, ...] = ()
    partial: bool = False
    guards: tuple[Guarded, ...] = ()
    guarded: tuple[str, ...] = ()
    stopping: tuple[str, ...] = ()
    prices: dict[str, Price] = {}
    first_case: str = ""
