"""From evidence to a verdict: the code of a comparison, by stated thresholds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from replay import stats
from replay.stats import Cell, Paired, Share

Verdict = Literal[
    "removed", "reduced", "reduced_less_code", "reduced_code_unsure", "worse", "no_change", "inconclusive",
    "too_few_sources",
]  # fmt: skip

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
ALPHA = 0.05
FDR = 0.10
CODE_MARGIN = 0.10
WORSE_MARGIN = 0.05
GONE = 0.05


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a verdict rests on; fractions, NaN where undefined.

    ``rate`` compares violations of judged completions (95 %, or the level of the look it stopped at), ``guard`` the
    same at 90 %, ``applicable`` the judged of the completed (90 %), ``clean`` the clean of the completed (95 %).
    ``adjusted`` is the p-value after Holm's correction (of the ``family`` of arms on the primary rule; Bonferroni's
    where it was looked at early) or Benjamini and Hochberg's (rules that are only screened). ``own`` is the arm's rate
    over all its cases, made of ``violations`` in ``judged`` completions.
    """

    rate: Paired
    guard: Paired
    applicable: Paired
    clean: Paired
    p: float
    adjusted: float
    family: int
    primary: bool
    own: Share
    violations: int
    judged: int

    @property
    def needed(self) -> int:
        """Sources with which the test can reach its level at all."""
        return stats.sources_needed(ALPHA, comparisons=self.family if self.primary else 1)

    @property
    def significant(self) -> bool:
        """Whether the adjusted p-value reaches the level: .05, or .10 for rules that are only screened."""
        return self.adjusted <= (ALPHA if self.primary else FDR) + 1e-12

    @property
    def gone_below(self) -> float:
        """Upper 95 % bound of a rate never seen among the arm's sources: 1 − .05^(1/G).

        The exact binomial bound of Clopper & Pearson (1934, Biometrika 26:404) for zero events, one source one
        observation; near 3/G (Hanley & Lippman-Hand 1983, JAMA 249:1743). Below .05 from 59 sources on.
        """
        if self.violations or not self.own.clusters:
            return float("nan")
        return float(1 - ALPHA ** (1 / self.own.clusters))

    @property
    def keeps_writing(self) -> bool:
        """Whether the judged share is shown not to fall by more than the margin."""
        return self.applicable.low > -CODE_MARGIN

    @property
    def writes_less(self) -> bool:
        """Whether the judged share is shown to fall, or is seen to fall by more than the margin."""
        return self.applicable.high < 0 or self.applicable.difference < -CODE_MARGIN

    @property
    def not_worse(self) -> bool:
        """Whether an increase by more than the margin is excluded (non-inferiority, one-sided 5 %)."""
        return self.guard.high < WORSE_MARGIN


def code_settled(applicable: Paired) -> bool:
    """Whether the interval of the judged shares tells if the model still writes as much code: it does, or it does not.

    True where a fall by more than the margin is excluded, or a fall is shown.
    """
    return applicable.low > -CODE_MARGIN or applicable.high < 0


def gather(
    baseline: Mapping[str, Cell],
    arm: Mapping[str, Cell],
    *,
    p: float,
    adjusted: float,
    family: int,
    primary: bool,
    level: float = 0.95,
) -> Evidence:
    """The evidence of two arms' cells; ``level`` is that of the interval of the rate's difference."""
    arms = {"baseline": baseline, "arm": arm}
    return Evidence(
        rate=stats.paired(arms, "baseline", "arm", level=level),
        guard=stats.paired(arms, "baseline", "arm", level=0.90),
        applicable=stats.paired(arms, "baseline", "arm", measure="applicable", level=0.90),
        clean=stats.paired(arms, "baseline", "arm", measure="clean"),
        p=p,
        adjusted=adjusted,
        family=family,
        primary=primary,
        own=stats.share(arm),
        violations=sum(cell.violations for cell in arm.values()),
        judged=sum(cell.applicable for cell in arm.values()),
    )


def verdict(evidence: Evidence) -> Verdict:
    """The code of a comparison, the first that applies.

    ``too_few_sources``: fewer sources than the test needs to reach its level. ``worse``: significantly more
    violations. A significant reduction is ``removed`` (no violation left and the bound below 5 %) or ``reduced`` if
    the judged share is shown not to fall by more than 10 points; otherwise ``reduced_less_code`` (it fell) or
    ``reduced_code_unsure`` (it may have). Without significance ``no_change`` if the interval excludes a drop by half
    of the baseline rate (or, with a baseline that never shows the habit, an increase by more than 5 points), else
    ``inconclusive``.
    """
    rate = evidence.rate
    if rate.clusters < stats.sources_needed(ALPHA):
        return "too_few_sources"
    if evidence.significant and rate.difference > 0:
        return "worse"
    if evidence.significant:
        if evidence.keeps_writing:
            return "removed" if evidence.gone_below < GONE else "reduced"
        return "reduced_less_code" if evidence.writes_less else "reduced_code_unsure"
    if rate.clusters < evidence.needed:
        return "too_few_sources"
    settled = evidence.not_worse if rate.baseline == 0 else stats.futile(rate)
    return "no_change" if settled else "inconclusive"
