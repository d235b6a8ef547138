"""The words of a verdict: one plain sentence with its numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence

from replay import stats
from replay.decide.verdict import CODE_MARGIN, WORSE_MARGIN, Evidence, Verdict
from replay.stats import Paired
from replay.words import plural


def sentence(code: Verdict, evidence: Evidence) -> str:
    """One sentence that says what ``code`` means here; the effect, interval, p-value and sources included."""
    parts = [_head(code, evidence), *_tail(code, evidence)]
    if evidence.writes_less and code != "reduced_less_code":
        parts.append(f"the model also writes less code: {_code_share(evidence)}")
    if not evidence.primary:
        parts.append(_guard(evidence))
    return "; ".join(part for part in parts if part)


def _head(code: Verdict, evidence: Evidence) -> str:
    seen = effect(evidence)
    match code:
        case "removed":
            return (
                f"removed{_replaced(evidence)}: no violation in {evidence.judged} judged completions from "
                f"{evidence.own.clusters} sources (the rate is below {percent(evidence.gone_below)} at 95 % "
                f"confidence); {seen}"
            )
        case "reduced":
            return f"reduced{_replaced(evidence)}: {seen}"
        case "reduced_less_code":
            return f"reduced, but the model also writes less code: {_code_share(evidence)}; {seen}"
        case "reduced_code_unsure":
            return (
                f"reduced when code was written, but it is not shown that the model still writes as much: "
                f"{_code_share(evidence)}, and a fall by more than {points(CODE_MARGIN)} is not ruled out; {seen}"
            )
        case "worse":
            return f"worse: {seen}"
        case "no_change" if evidence.rate.baseline == 0:
            return f"nothing to reduce: the habit never showed on the baseline; {seen}"
        case "no_change":
            return f"no change shown: {seen}"
        case "inconclusive":
            return f"inconclusive, cannot tell yet: {seen}"
        case "too_few_sources":
            return _too_few(evidence)


def _tail(code: Verdict, evidence: Evidence) -> Sequence[str]:
    rate = evidence.rate
    match code:
        case "no_change" if rate.baseline == 0:
            return [f"any increase is smaller than {points(max(rate.high, 0))}"]
        case "no_change":
            more = f", any increase smaller than {points(rate.high)}" if rate.high > 0 else ""
            return [
                f"any reduction is smaller than {points(max(-rate.low, 0))} (half of the baseline rate is "
                f"{points(rate.baseline / 2)}){more}"
            ]
        case "inconclusive" if rate.baseline == 0:
            return ["the habit never showed on the baseline, so these cases cannot show a reduction"]
        case "inconclusive":
            least = visible(rate)
            seen = f"only changes above {points(least)} are" if least < 1 else "no change, however large, is"
            return [
                f"with {plural(rate.cases, 'case')} from {rate.clusters} sources {seen} visible; "
                f"about {to_settle(rate)} sources like these would settle it"
            ]
        case _:
            return []


def _too_few(evidence: Evidence) -> str:
    rate = evidence.rate
    if not rate.cases:
        return (
            f"inconclusive, nothing to compare: no case gave code that could be judged under both arms "
            f"(at least {evidence.needed} independent sources are needed)"
        )
    return (
        f"inconclusive, not enough independent sources: the cases come from {plural(rate.clusters, 'source')}, and "
        f"at least {evidence.needed} are needed to tell a change from chance; seen so far, {effect(evidence)}"
    )


def effect(evidence: Evidence) -> str:
    """The numbers: both rates over the paired cases, the difference, its interval, p and the sources each way."""
    rate = evidence.rate
    down, same, up = stats.direction(rate.totals)
    return (
        f"when code was written: {percent(rate.baseline)} → {percent(rate.arm)}: {change(rate.difference)} "
        f"({span(rate)}), {p_value(evidence.p)}{_corrected(evidence)}; "
        f"fewer in {plural(down, 'source')}, unchanged in {same}, more in {up}"
    )


def _corrected(evidence: Evidence) -> str:
    if math.isnan(evidence.adjusted):
        return ""
    if not evidence.primary:
        return f" (screening: {p_value(evidence.adjusted, name='q')})"
    if evidence.family > 1:
        return f" ({p_value(evidence.adjusted, name='')} after correction for {evidence.family} arms)"
    return ""


def _replaced(evidence: Evidence) -> str:
    return " and replaced by clean code" if evidence.clean.low > 0 else ""


def _code_share(evidence: Evidence) -> str:
    applicable = evidence.applicable
    return (
        f"{percent(applicable.baseline)} → {percent(applicable.arm)} of completions had code that could be judged "
        f"({span(applicable)})"
    )


def _guard(evidence: Evidence) -> str:
    guard = evidence.guard
    if math.isnan(guard.high):
        return ""
    if evidence.not_worse:
        return f"not worse by more than {points(WORSE_MARGIN)}"
    return f"not shown to be no worse: up to {points(guard.high)} more is possible (margin {points(WORSE_MARGIN)})"


def visible(rate: Paired) -> float:
    """The smallest change that a comparison with this standard error sees in four of five runs."""
    return stats.reach(rate.clusters) * rate.se


def to_settle(rate: Paired) -> int:
    """Sources with which the interval cannot hold both no change and a drop by half of the baseline rate.

    The half-width falls with the root of the number of sources and must come below a quarter of the baseline rate.
    """
    half = (rate.high - rate.low) / 2
    return max(rate.clusters + 1, math.ceil(rate.clusters * (half / (rate.baseline / 4)) ** 2))


def percent(value: float) -> str:
    """A fraction as ``42 %``; a decimal below 10 % where it matters; ``–`` where undefined."""
    return "–" if math.isnan(value) else f"{_digits(value)} %"


def points(value: float) -> str:
    """A difference of fractions as ``32 points``."""
    if math.isnan(value):
        return "–"
    text = _digits(abs(value))
    return f"{text} point{'' if text == '1' else 's'}"


def change(value: float) -> str:
    """A signed difference as ``32 points fewer``."""
    if math.isnan(value):
        return "–"
    if abs(value) < 1e-12:
        return "no difference"
    return f"{points(value)} {'fewer' if value < 0 else 'more'}"


def span(rate: Paired) -> str:
    """An interval as ``95 % interval 21 to 41 fewer``."""
    if math.isnan(rate.low):
        return "no interval from one source"
    low, high = rate.low, rate.high
    head = f"{percent(rate.level)} interval "
    if high <= 0:
        return f"{head}{_digits(-high)} to {_digits(-low)} fewer"
    if low >= 0:
        return f"{head}{_digits(low)} to {_digits(high)} more"
    return f"{head}{_digits(-low)} fewer to {_digits(high)} more"


def p_value(p: float, *, name: str = "p") -> str:
    """``p = .031``; ``p < .0001`` below that; ``p undefined`` for NaN."""
    lead = f"{name} " if name else ""
    if math.isnan(p):
        return f"{lead}undefined"
    if p < 0.00005:
        return f"{lead}< .0001"
    digits = 4 if p < 0.001 else 3 if p < 0.1 else 2
    text = f"{p:.{digits}f}"
    equals = "= " if name else ""
    return f"{lead}{equals}{text.lstrip('0') if p < 0.995 else '1'}"


def _digits(value: float) -> str:
    hundred = 100 * value
    if abs(hundred - round(hundred)) < 1e-9 or 9.95 <= hundred <= 99:
        return f"{hundred:.0f}"
    if hundred > 99:
        return f"{math.floor(10 * hundred) / 10:.1f}"
    return f"{hundred:.1f}" if hundred >= 0.05 else f"{hundred:.1g}"
