"""From scored trials to a decision: rates an arm, paired comparisons with the baseline, verdicts in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from replay import stats
from replay.decide import remarks, words
from replay.decide.counts import RECORDED, Counts, count, number, ratio
from replay.decide.verdict import (
    ALPHA,
    CODE_MARGIN,
    FDR,
    WORSE_MARGIN,
    Evidence,
    Verdict,
    gather,
    verdict,
)
from replay.errors import UserError
from replay.records import JSON, Arm, ArmResult, Case, Comparison, Result, Score, Trial
from replay.stats import Cell, Paired

__all__ = ["ALPHA", "CODE_MARGIN", "FDR", "WORSE_MARGIN", "Evidence", "Verdict", "gather", "result", "verdict"]


@dataclass(frozen=True)
class _Pair:
    """An arm and a selector still to be compared with the baseline."""

    arm: Arm
    counts: Counts
    primary: bool
    aa: bool
    p: float


def result(
    name: str,
    run: str,
    cases: Sequence[Case],
    arms: Sequence[Arm],
    trials: Sequence[Trial],
    scores: Sequence[Score],
    rules: Sequence[str],
    baseline: str,
    *,
    draws: int | None = None,
    edits: Mapping[str, str] | None = None,
    usage: Mapping[str, JSON] | None = None,
    fidelity: Mapping[str, JSON] | None = None,
) -> Result:
    """What a run came to, under each of the selectors ``rules`` (the first is primary, the others are only screened).

    ``scores`` holds one score for each trial and each selector its case has at stake. ``draws`` is the planned number
    a case and arm, the largest seen by default; ``partial`` is True where trials are missing or ended in errors.
    ``usage`` is by arm. p-values of the primary selector are corrected over the candidate arms by Holm's method, all
    others together by Benjamini and Hochberg's. An arm that only repeats the baseline (A/A) stands outside both
    families.

    Raises UserError where the baseline is unknown or is the recorded completions.
    """
    by_name = {arm.name: arm for arm in arms}
    base = _baseline(by_name, baseline)
    counted = count(rules, list(by_name), cases, scores)
    primary = rules[0]
    pairs = list(_pairs(arms, base, counted, primary))
    adjusted = _adjust(pairs)
    family = sum(pair.primary and not pair.aa for pair in pairs)
    on_policy = _on_policy(trials)
    comparisons = tuple(
        _compare(pair, base, value, max(family, 1), on_policy) for pair, value in zip(pairs, adjusted, strict=True)
    )
    held = Counter((trial.arm, trial.case) for trial in trials)
    planned = draws if draws is not None else max(held.values(), default=0)
    missing = {arm.name: sum(max(0, planned - held[arm.name, case.id]) for case in cases) for arm in arms}
    used = dict(usage or {})
    return Result(
        name=name,
        run=run,
        rules=tuple(rules),
        arms={arm.name: _arm(arm, counted, trials, used) for arm in arms},
        comparisons=comparisons,
        cases=len(cases),
        clusters=len({case.source for case in cases}),
        fidelity=dict(fidelity or {}),
        usage=used,
        edits=dict(edits or {}),
        left_out=tuple(
            remarks.left_out(
                arms, base, counted[primary], comparisons, on_policy, missing=missing, planned=planned * len(cases)
            )
        ),
        partial=any(missing.values()) or any(trial.error is not None for trial in trials),
    )


def _baseline(arms: Mapping[str, Arm], name: str) -> Arm:
    if name not in arms:
        raise UserError(f"no arm is named {name!r}, the baseline: the arms are {', '.join(arms) or 'none'}")
    if arms[name].model == RECORDED:
        raise UserError(
            f"arm {name!r} replays the recorded completions and cannot be the baseline: cases are cut where the "
            "recorded model failed, so its rate is high by selection and every other arm would look better (regression "
            "to the mean); use an arm that draws the transcript's own model and prompt again"
        )
    return arms[name]


def _pairs(arms: Sequence[Arm], base: Arm, counted: Mapping[str, Counts], primary: str) -> list[_Pair]:
    return [
        _Pair(
            arm=arm,
            counts=counts,
            primary=selector == primary,
            aa=_same_request(arm, base),
            p=stats.sign_flip(stats.paired(_cells(counts, base, arm), base.name, arm.name).totals),
        )
        for selector, counts in counted.items()
        for arm in arms
        if arm.name != base.name and arm.model != RECORDED
    ]


def _cells(counts: Counts, base: Arm, arm: Arm) -> dict[str, dict[str, Cell]]:
    return {base.name: counts.cells(base.name), arm.name: counts.cells(arm.name)}


def _same_request(arm: Arm, base: Arm) -> bool:
    def sent(one: Arm) -> tuple[Any, ...]:
        return one.model, one.edits, one.params, one.reasoning, one.base_url

    return sent(arm) == sent(base)


def _adjust(pairs: Sequence[_Pair]) -> list[float]:
    values = [pair.p for pair in pairs]
    for wanted, method in ((True, stats.holm), (False, stats.benjamini_hochberg)):
        places = [index for index, pair in enumerate(pairs) if pair.primary is wanted and not pair.aa]
        for index, value in zip(places, method([pairs[index].p for index in places]), strict=True):
            values[index] = value
    return values


def _compare(
    pair: _Pair, base: Arm, adjusted: float, family: int, on_policy: Mapping[str, Mapping[str, bool | None]]
) -> Comparison:
    cells = _cells(pair.counts, base, pair.arm)
    first, second = cells[base.name], cells[pair.arm.name]
    evidence = gather(first, second, p=pair.p, adjusted=adjusted, family=1 if pair.aa else family, primary=pair.primary)
    code = verdict(evidence)
    sentence = words.sentence(code, evidence)
    if pair.aa:
        sentence = f"A/A arm (the same request as the baseline, so any difference is chance): {sentence}"
    found = evidence.rate
    return Comparison(
        baseline=base.name,
        arm=pair.arm.name,
        rule=pair.counts.selector,
        difference=number(found.difference),
        low=number(found.low),
        high=number(found.high),
        p=number(pair.p),
        cases=found.cases,
        clusters=found.clusters,
        verdict=code,
        sentence=sentence,
        detail={
            **_numbers(evidence),
            "family": "a/a" if pair.aa else "primary" if pair.primary else "screening",
            "unpaired": sorted({*first, *second} - _judged_cases(first, second)),
            "difference_bounds": _difference_bounds(pair.counts, base.name, pair.arm.name),
            "noise_floor": number(stats.halves(first)),
            "reproduction": {case: number(ratio(cell)) for case, cell in first.items()},
            "never_reproduced": sorted(case for case, cell in first.items() if ratio(cell) == 0),
            "still": sorted(case for case, cell in second.items() if cell.violations),
            "policy": _split(cells, base.name, pair.arm.name, on_policy.get(pair.arm.name, {})),
        },
    )


def _numbers(evidence: Evidence) -> dict[str, JSON]:
    found = evidence.rate
    down, same, up = stats.direction(found.totals)
    return {
        "padded": number(found.padded),
        "se": number(found.se),
        "se_plain": number(found.se_plain),
        "k": number(found.k),
        "p_adjusted": number(evidence.adjusted),
        "baseline_rate": number(found.baseline),
        "arm_rate": number(found.arm),
        "sources": {"fewer": down, "unchanged": same, "more": up},
        "sources_needed": evidence.needed,
        "applicable": _interval(evidence.applicable) | {"margin": CODE_MARGIN, "held": evidence.keeps_writing},
        "clean": _interval(evidence.clean),
        "not_worse": {"high": number(evidence.guard.high), "margin": WORSE_MARGIN, "held": evidence.not_worse},
        "visible": number(words.visible(found)),
    }


def _interval(found: Paired) -> dict[str, JSON]:
    return {
        "baseline": number(found.baseline),
        "arm": number(found.arm),
        "difference": number(found.difference),
        "low": number(found.low),
        "high": number(found.high),
        "level": found.level,
    }


def _judged_cases(first: Mapping[str, Cell], second: Mapping[str, Cell]) -> set[str]:
    return {case for case in first if case in second and first[case].applicable and second[case].applicable}


def _difference_bounds(counts: Counts, base: str, arm: str) -> list[float | None]:
    """The difference if all that was left out spoke for the arm, and if all of it spoke against it."""
    one, other = counts.result(base), counts.result(arm)
    if one.worst_low is None or one.worst_high is None or other.worst_low is None or other.worst_high is None:
        return [None, None]
    return [other.worst_low - one.worst_high, other.worst_high - one.worst_low]


def _on_policy(trials: Sequence[Trial]) -> dict[str, dict[str, bool | None]]:
    """By arm and case: whether the arm's model wrote the prefix."""
    found: dict[str, dict[str, bool | None]] = {}
    for trial in trials:
        found.setdefault(trial.arm, {})[trial.case] = trial.on_policy
    return found


def _split(
    cells: Mapping[str, Mapping[str, Cell]], base: str, arm: str, policy: Mapping[str, bool | None]
) -> dict[str, JSON]:
    """The difference among cases of each kind of prefix; empty where all are of one kind."""
    kinds = {"on_policy": True, "off_policy": False, "unknown": None}
    if len({policy.get(case) for case in cells[arm]}) < 2:
        return {}
    split: dict[str, JSON] = {}
    for kind, value in kinds.items():
        kept = {
            name: {case: cell for case, cell in table.items() if policy.get(case) is value}
            for name, table in cells.items()
        }
        if kept[arm]:
            found = stats.paired(kept, base, arm)
            split[kind] = _interval(found) | {"cases": found.cases, "clusters": found.clusters}
    return split


def _arm(arm: Arm, counted: Mapping[str, Counts], trials: Sequence[Trial], usage: Mapping[str, JSON]) -> ArmResult:
    own = [trial for trial in trials if trial.arm == arm.name]
    return ArmResult(
        name=arm.name,
        model=arm.model,
        trials=len(own),
        rules={selector: counts.result(arm.name) for selector, counts in counted.items()},
        usage=dict(usage.get(arm.name) or {}),
        notes=dict(Counter(note for trial in own for note in trial.notes)),
    )
