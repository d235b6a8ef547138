"""Two runs side by side: the arms of one against the baseline of the other, if both were judged alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from replay import decide
from replay.errors import UserError
from replay.experiment.judging import compared, fidelity, judge
from replay.experiment.spending import prices_of, spent
from replay.records import Arm, Basis, Case, Experiment, Result, Score, Trial
from replay.store import Run

NAMED = 3  # differing cases, rules … named in a message before the rest is only counted


class Across(NamedTuple):
    """What two runs came to together: the cases compared, their scores under the arms' new names, and the result."""

    cases: tuple[Case, ...]
    scores: tuple[Score, ...]
    result: Result


def across(first: Run, second: Run, *, baseline: str | None = None, force: bool = False) -> Across:
    """The arms of ``second`` against the baseline of ``first`` (or its arm ``baseline``), case by case.

    Raises UserError, saying what differs, where cases, rules, engines, grammars or given package versions do not agree
    by hash. ``force`` compares the cases that both have all the same, and the result says so.
    """
    bases = [_basis_of(run) for run in (first, second)]
    differing = list(differences(*bases, names=(first.label, second.label)))
    if differing and not force:
        told = "; ".join(differing)
        raise UserError(
            f"the two runs were not judged alike: {told}. `replay report RUN --rescore` judges a run with the rules as "
            "they are now; --force compares all the same, and the result is marked"
        )
    plans = [run.meta("experiment", Experiment) for run in (first, second)]
    common = _common(bases, [run.cases() for run in (first, second)])
    selectors = [one for one in plans[0].rules if one in plans[1].rules]
    if not common or plans[0].rules[0] not in selectors:
        what = "no case in common" if not common else f"no common primary rule ({plans[0].rules[0]})"
        raise UserError(f"the two runs have {what}: there is nothing to compare")
    base = baseline or plans[0].baseline
    if base not in {arm.name for arm in plans[0].arms}:
        raise UserError(f"{first.label} has no arm {base!r}: it has {', '.join(arm.name for arm in plans[0].arms)}")
    names = [{base: base}, {arm.name: f"{second.label}/{arm.name}" for arm in plans[1].arms}]
    kept = {case.id for case in common}
    arms = [arm for plan, known in zip(plans, names, strict=True) for arm in _renamed(plan.arms, known)]
    trials = [
        replace(trial, arm=known[trial.arm])
        for run, plan, known in zip((first, second), plans, names, strict=True)
        for trial in compared(run, plan)
        if trial.arm in known and trial.case in kept
    ]
    scores = [
        replace(score, arm=known[score.arm])
        for run, known in zip((first, second), names, strict=True)
        for score in run.meta("scores", tuple[Score, ...])
        if score.arm in known and score.case in kept and score.rule in selectors
    ]
    prices = {
        known[arm]: price
        for run, known in zip((first, second), names, strict=True)
        for arm, price in prices_of(run).items()
        if arm in known
    }
    result = decide.result(
        f"{first.label} and {second.label}",
        f"{first.label} {second.label}",
        cases=common,
        arms=arms,
        trials=trials,
        scores=scores,
        rules=selectors,
        baseline=base,
        draws=min(plan.draws for plan in plans),
        usage=spent(trials, prices),
        fidelity=fidelity(common),
        notes=list(_notes(plans, trials, base, differing)),
    )
    result = replace(result, prices={name: one for name, one in prices.items() if one is not None})
    return Across(tuple(common), tuple(scores), result)


def differences(one: Basis, other: Basis, *, names: tuple[str, str]) -> Iterator[str]:
    """What keeps two runs from being compared, one phrase a kind; ``names`` are those of the runs."""
    for what, left, right in (
        ("case", one.cases, other.cases),
        ("rule", one.rules, other.rules),
        ("engine", one.engines, other.engines),
        ("package version", one.versions, other.versions),
    ):
        only = [(names[0], left.keys() - right.keys()), (names[1], right.keys() - left.keys())]
        changed = {key for key in left.keys() & right.keys() if left[key] != right[key]}
        said = [f"only {name} has {_told(what, keys)}" for name, keys in only if keys]
        said += [f"{_told(what, changed)} not the same in both"] if changed else []
        if said:
            yield ", ".join(said)


def _told(what: str, keys: Iterable[str]) -> str:
    found = sorted(keys)
    shown = ", ".join(found[:NAMED]) + (f" and {len(found) - NAMED} more" if len(found) > NAMED else "")
    return f"{what}{'s' if len(found) > 1 else ''} {shown}"


def _basis_of(run: Run) -> Basis:
    if run.get_meta("basis") is None:
        judge(run)
    return run.meta("basis", Basis)


def _common(bases: Sequence[Basis], cases: Sequence[Sequence[Case]]) -> list[Case]:
    hashes = bases[1].cases
    return [case for case in cases[0] if bases[0].cases.get(case.id) == hashes.get(case.id)]


def _renamed(arms: Sequence[Arm], names: Mapping[str, str]) -> Iterator[Arm]:
    return (replace(arm, name=names[arm.name]) for arm in arms if arm.name in names)


def _notes(plans: Sequence[Experiment], trials: Sequence[Trial], base: str, differing: Sequence[str]) -> Iterator[str]:
    if differing:
        yield f"compared by force although the two runs were not judged alike: {'; '.join(differing)}"
    if any(plan.stop == "auto" for plan in plans):
        yield "a run that may stop early is among them; the p-values here do not count its looks"
    own = {trial.key for trial in trials if trial.arm == base}
    shared = sum(trial.arm != base and trial.key in own for trial in trials)
    if shared:
        yield f"{shared} draws are the very same answers in both runs (equal requests): they show no difference"
