"""From scored trials to a decision: rates an arm, paired comparisons with the baseline, verdicts in words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from replay import stats
from replay.decide import remarks, stopping
from replay.decide.comparison import Pair, compare
from replay.decide.counts import RECORDED, Counts, count
from replay.decide.guards import guards
from replay.decide.soft import soft
from replay.decide.stopping import Course, Stopping
from replay.decide.verdict import (
    ALPHA,
    CODE_MARGIN,
    FDR,
    VERDICTS,
    WORSE_MARGIN,
    Evidence,
    Verdict,
    gather,
    verdict,
)
from replay.errors import UserError
from replay.records import JSON, Arm, ArmResult, Case, Result, Score, Trial

__all__ = [
    "ALPHA",
    "CODE_MARGIN",
    "FDR",
    "VERDICTS",
    "WORSE_MARGIN",
    "Course",
    "Evidence",
    "Stopping",
    "Verdict",
    "candidates",
    "courses",
    "gather",
    "result",
    "soft",
    "verdict",
]


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
    guard: Sequence[str] = (),
    guard_margin: float = WORSE_MARGIN,
    stop: Stopping | None = None,
    notes: Sequence[str] = (),
) -> Result:
    """What a run came to, under each of the selectors ``rules`` (the first is primary, the others are only screened).

    ``scores`` holds one score for each trial and each selector its case has at stake, and for each trial and each
    selector of ``guard``. ``draws`` is the planned number a case and arm, the largest seen by default; ``partial`` is
    True where trials are missing or ended in errors. ``usage`` is by arm. p-values of the primary selector are
    corrected over the candidate arms by Holm's method, all others together by Benjamini and Hochberg's. An arm that
    only repeats the baseline (A/A) stands outside both families. With ``stop`` the primary comparison of each candidate
    is the one at the look it stopped at, corrected by Bonferroni's method. ``notes`` come first among what is left out.

    Raises UserError where the baseline is unknown or is the recorded completions.
    """
    by_name = {arm.name: arm for arm in arms}
    base = _baseline(by_name, baseline)
    counted = count([*rules, *guard], list(by_name), cases, scores)
    primary = counted[rules[0]]
    family = candidates(arms, baseline)
    ways = _courses(primary, family, base.name, stop) if stop else {}
    pairs = list(_pairs(arms, base, [counted[selector] for selector in rules], ways))
    on_policy = _on_policy(trials)
    comparisons = tuple(
        compare(pair, base, adjusted=value, family=max(len(family), 1), on_policy=on_policy)
        for pair, value in zip(pairs, _adjust(pairs, len(family), looked=stop is not None), strict=True)
    )
    held = Counter((trial.arm, trial.case) for trial in trials)
    each = draws if draws is not None else max(held.values(), default=0)
    wanted = {
        arm.name: [case.id for case in cases if not stop or case.source in stop.expected(ways, arm.name)]
        for arm in arms
    }
    missing = {name: sum(max(0, each - held[name, case]) for case in found) for name, found in wanted.items()}
    used = dict(usage or {})
    sampled = {case for _, case in held}
    return Result(
        name=name,
        run=run,
        rules=tuple(rules),
        arms={arm.name: _arm(arm, {rule: counted[rule] for rule in rules}, trials, used) for arm in arms},
        comparisons=comparisons,
        cases=len(cases),
        clusters=len({case.source for case in cases}),
        fidelity=dict(fidelity or {}),
        usage=used,
        edits=dict(edits or {}),
        left_out=(
            *notes,
            *remarks.left_out(
                arms,
                base,
                primary,
                comparisons,
                on_policy,
                missing=missing,
                planned={name: each * len(found) for name, found in wanted.items()},
            ),
        ),
        partial=any(missing.values()) or any(trial.error is not None for trial in trials),
        guards=tuple(
            guards(
                base.name,
                [arm.name for arm in arms if arm.name != base.name and arm.model != RECORDED],
                primary,
                {selector: counted[selector] for selector in guard},
                margin=guard_margin,
            )
        ),
        guarded=tuple(guard),
        stopping=tuple(stopping.sentences(ways, stop, cases={case.id: case.source for case in cases})) if stop else (),
        first_case=next((one.id for one in cases if one.id in sampled), cases[0].id if cases else ""),
    )


def candidates(arms: Sequence[Arm], baseline: str) -> tuple[str, ...]:
    """The arms whose comparisons make the primary family: not the baseline, not a repeat of it, not the recorded."""
    base = _baseline({arm.name: arm for arm in arms}, baseline)
    return tuple(arm.name for arm in arms if _is_candidate(arm, base))


def courses(
    cases: Sequence[Case], arms: Sequence[Arm], scores: Sequence[Score], rule: str, baseline: str, stop: Stopping
) -> dict[str, Course]:
    """By candidate arm, how far it has come at the looks taken; ``scores`` are those of the primary ``rule``."""
    counted = count([rule], [arm.name for arm in arms], cases, scores)
    return _courses(counted[rule], candidates(arms, baseline), baseline, stop)


def _courses(counts: Counts, family: Sequence[str], baseline: str, stop: Stopping) -> dict[str, Course]:
    first = counts.cells(baseline)
    return {name: stopping.course(first, counts.cells(name), stop, name=name, family=len(family)) for name in family}


def _baseline(arms: Mapping[str, Arm], name: str) -> Arm:
    if name not in arms and name != RECORDED:
        raise UserError(f"no arm is named {name!r}, the baseline: the arms are {', '.join(arms) or 'none'}")
    if name not in arms or arms[name].model == RECORDED:
        raise UserError(
            f"arm {name!r} replays the recorded completions and cannot be the baseline: cases are cut where the "
            "recorded model failed, so its rate is high by selection and every other arm would look better (regression "
            "to the mean); use an arm that draws the transcript's own model and prompt again"
        )
    return arms[name]


def _is_candidate(arm: Arm, base: Arm) -> bool:
    return arm.name != base.name and arm.model != RECORDED and not _same_request(arm, base)


def _pairs(arms: Sequence[Arm], base: Arm, counted: Sequence[Counts], ways: Mapping[str, Course]) -> Iterator[Pair]:
    for counts in counted:
        for arm in arms:
            if arm.name == base.name or arm.model == RECORDED:
                continue
            primary = counts is counted[0]
            course = ways.get(arm.name) if primary else None
            cells = {name: counts.cells(name) for name in (base.name, arm.name)}
            if course:
                cells = {name: course.kept(table) for name, table in cells.items()}
            p = course.p if course else stats.sign_flip(stats.paired(cells, base.name, arm.name).totals)
            yield Pair(arm, counts, cells, primary=primary, aa=_same_request(arm, base), p=p, course=course)


def _same_request(arm: Arm, base: Arm) -> bool:
    def sent(one: Arm) -> tuple[Any, ...]:
        return one.model, one.edits, one.params, one.reasoning, one.base_url

    return sent(arm) == sent(base)


def _adjust(pairs: Sequence[Pair], family: int, *, looked: bool) -> list[float]:
    """The adjusted p-values; Bonferroni's for the primary selector where it was looked at early (``looked``)."""
    values = [pair.p for pair in pairs]
    for wanted, method in (
        (True, partial(_bonferroni, family) if looked else stats.holm),
        (False, stats.benjamini_hochberg),
    ):
        places = [index for index, pair in enumerate(pairs) if pair.primary is wanted and not pair.aa]
        for index, value in zip(places, method([pairs[index].p for index in places]), strict=True):
            values[index] = value
    return values


def _bonferroni(family: int, values: Sequence[float]) -> list[float]:
    return [value if math.isnan(value) else min(1.0, family * value) for value in values]


def _on_policy(trials: Sequence[Trial]) -> dict[str, dict[str, bool | None]]:
    """By arm and case: whether the arm's model wrote the prefix."""
    found: dict[str, dict[str, bool | None]] = {}
    for trial in trials:
        found.setdefault(trial.arm, {})[trial.case] = trial.on_policy
    return found


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
