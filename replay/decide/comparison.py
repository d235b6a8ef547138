"""One arm against the baseline under one selector: the numbers by name, the verdict and its sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from replay import stats
from replay.decide import stopping, words
from replay.decide.counts import Counts, number, ratio
from replay.decide.stopping import Course
from replay.decide.verdict import CODE_MARGIN, WORSE_MARGIN, Evidence, Verdict, gather, verdict
from replay.records import JSON, Arm, Comparison
from replay.stats import Cell, Paired


@dataclass(frozen=True)
class Pair:
    """An arm and a selector still to be compared with the baseline.

    ``cells`` are those of the two arms by name; ``course`` says how the looks went, None where nothing is looked at
    early. ``aa`` is True for an arm that sends what the baseline sends.
    """

    arm: Arm
    counts: Counts
    cells: Mapping[str, Mapping[str, Cell]]
    primary: bool
    aa: bool
    p: float
    course: Course | None = None


def compare(
    pair: Pair, base: Arm, *, adjusted: float, family: int, on_policy: Mapping[str, Mapping[str, bool | None]]
) -> Comparison:
    """The record of a comparison: numbers, verdict and words; ``family`` is the number of arms tested together."""
    first, second = pair.cells[base.name], pair.cells[pair.arm.name]
    evidence = gather(
        first,
        second,
        p=pair.p,
        adjusted=adjusted,
        family=1 if pair.aa else family,
        primary=pair.primary,
        level=pair.course.level if pair.course else 0.95,
    )
    code, sentence = _said(pair, evidence)
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
            "level": found.level,
            "looks": [stopping.as_json(look) for look in pair.course.looks] if pair.course else [],
            "sequential": pair.course.detail() if pair.course else None,
            "family": "a/a" if pair.aa else "primary" if pair.primary else "screening",
            "unpaired": sorted({*first, *second} - _judged_cases(first, second)),
            "difference_bounds": _difference_bounds(pair.counts, base.name, pair.arm.name),
            "noise_floor": number(stats.halves(first)),
            "reproduction": {case: number(ratio(cell)) for case, cell in first.items()},
            "never_reproduced": sorted(case for case, cell in first.items() if ratio(cell) == 0),
            "still": sorted(case for case, cell in second.items() if cell.violations),
            "policy": _split(pair.cells, base.name, pair.arm.name, on_policy.get(pair.arm.name, {})),
        },
    )


def _said(pair: Pair, evidence: Evidence) -> tuple[Verdict, str]:
    if pair.course and not pair.course.looks:
        return "inconclusive", f"inconclusive: {stopping.tail(pair.course)}"
    code = verdict(evidence)
    sentence = words.sentence(code, evidence)
    if pair.course:
        sentence = f"{sentence}; {stopping.tail(pair.course)}"
    if pair.aa:
        sentence = f"A/A arm (the same request as the baseline, so any difference is chance): {sentence}"
    return code, sentence


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
