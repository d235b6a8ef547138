"""The trials of a run judged with the rules as they are now; nothing here sends anything."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import structs

from replay import check, decide, engines, lookahead, rules
from replay.experiment.planning import guarded_rules, packs_of, rules_at_stake
from replay.experiment.spending import prices_of, spent
from replay.records import (
    JSON,
    Basis,
    Case,
    Change,
    Checked,
    Experiment,
    Looked,
    Result,
    Rule,
    Schedule,
    Score,
    Screened,
    Transcript,
    Trial,
)
from replay.score import score
from replay.store import Run
from replay.workspace.installed import inapplicable


def judge(store: Run, *, profile: Literal["default", "strict"] | None = None, jobs: int | None = None) -> Result:
    """Check, score and compare the trials of a run with the rules as they are now; sends nothing, keeps the result.

    ``profile`` takes the place of the experiment's. ``jobs`` processes share the work, None: as many as it is worth.
    """
    experiment = store.meta("experiment", Experiment)
    experiment = experiment if profile is None else structs.replace(experiment, profile=profile)
    found = store.cases()
    transcripts = {case.transcript: store.transcript(case.transcript) for case in found}
    packs = packs_of(experiment)
    chosen = rules.select(packs, [*experiment.rules, *experiment.guard])
    trials = compared(store, experiment)
    scores = scored(
        trials,
        found,
        transcripts,
        chosen,
        experiment.rules,
        packs,
        guard=experiment.guard,
        versions=experiment.versions,
        jobs=jobs,
    )
    result = decided(store, experiment, trials, scores)
    store.put_meta("scores", scores)
    store.put_meta("basis", basis(experiment, found, chosen))
    store.put_meta("result", result)
    return result


def scores_of(store: Run, trials: Sequence[Trial]) -> list[Score]:
    """The scores of some trials of a run with the rules as they are now; keeps nothing."""
    experiment = store.meta("experiment", Experiment)
    ids = {trial.case for trial in trials}
    found = [case for case in store.cases() if case.id in ids]
    transcripts = {case.transcript: store.transcript(case.transcript) for case in found}
    packs = packs_of(experiment)
    chosen = rules.select(packs, [*experiment.rules, *experiment.guard])
    given = experiment.versions
    return scored(trials, found, transcripts, chosen, experiment.rules, packs, guard=experiment.guard, versions=given)


def basis(experiment: Experiment, cases: Sequence[Case], rules: Sequence[Rule]) -> Basis:
    """What scores of these cases under these rules rest on; a hash is 16 hex digits of a SHA-256."""
    return Basis(
        cases={case.id: _hash(case) for case in cases},
        rules={rule.id: rule.hash for rule in rules},
        engines=engines.versions(rules),
        versions=dict(experiment.versions),
    )


def _hash(case: Case) -> str:
    what = [case.transcript, case.turn, sorted(case.rules), case.source]
    return hashlib.sha256(repr(what).encode()).hexdigest()[:16]


def compared(store: Run, experiment: Experiment) -> list[Trial]:
    """The trials that may enter a comparison: those of the experiment's arms, none that screened the cases."""
    names = {arm.name for arm in experiment.arms}
    return [trial for trial in store.trials() if trial.arm in names]


def decided(
    store: Run,
    experiment: Experiment,
    trials: Sequence[Trial],
    scores: Sequence[Score],
    *,
    baseline: str | None = None,
) -> Result:
    """The result of trials that have been scored; ``baseline`` names another arm to compare with.

    The looks of a run that may stop early belong to its own baseline; under another one they are only told.
    """
    found = store.cases()
    own = baseline in {None, experiment.baseline}
    looked, notes = _looked(store, experiment, own=own), []
    if store.get_meta("screened"):
        notes.append(_screening(store.meta("screened", Screened), len(found)))
    if looked is None and (taken := _taken(store)):
        notes.append(
            f"this run was looked at {taken} times to see whether it might stop; the p-values here do not count that"
        )
    if looked is not None and store.meta("looked", Looked).seen:
        notes.append("a result of this run was there before its looks were planned: they cannot make up for a glance")
    prices = prices_of(store)
    result = decide.result(
        experiment.name,
        store.label,
        cases=found,
        arms=experiment.arms,
        trials=trials,
        scores=scores,
        rules=experiment.rules,
        baseline=baseline or experiment.baseline,
        draws=experiment.draws,
        edits=store.meta("edits", dict[str, str]),
        usage=spent(trials, prices),
        fidelity=fidelity(found),
        guard=experiment.guard,
        guard_margin=experiment.guard_margin,
        stop=looked,
        notes=notes,
    )
    return structs.replace(result, prices={name: one for name, one in prices.items() if one is not None})


def _looked(store: Run, experiment: Experiment, *, own: bool) -> decide.Stopping | None:
    if experiment.stop != "auto" or not own:
        return None
    return decide.Stopping(store.meta("schedule", Schedule), store.meta("looked", Looked).sampled)


def _screening(screened: Screened, kept: int) -> str:
    return (
        f"screening: in {len(screened.dropped)} of {kept + len(screened.dropped)} cases the habit never showed in "
        f"{screened.draws} draws of the baseline made to find that out; those cases were not sampled further, and "
        "those draws are in no number here"
    )


def _taken(store: Run) -> int:
    return store.meta("looked", Looked).taken if store.get_meta("looked") else 0


def changes(
    trials: Sequence[Trial], found: Sequence[Case], transcripts: dict[str, Transcript]
) -> list[tuple[Change, ...]]:
    """What each trial's completion would write, given the files as they were before its case's critical turn."""
    cases = {case.id: case for case in found}
    written = lookahead.Written(transcripts)
    return [written.of(trial, cases[trial.case]) for trial in trials]


def scored(
    trials: Sequence[Trial],
    found: Sequence[Case],
    transcripts: dict[str, Transcript],
    chosen: Sequence[Rule],
    selectors: Sequence[str],
    packs: Sequence[Rule],
    *,
    guard: Sequence[str] = (),
    versions: Mapping[str, str] | None = None,
    jobs: int | None = None,
) -> list[Score]:
    """One score for each trial and each selector that its case has at stake, and each selector of ``guard``.

    A selector judges a case by the rules that both name; a guard leaves out the rules that ``selectors`` name. All code
    is checked in one batch, by ``jobs`` processes (None: as many as it is worth). In a case whose packages, as given in
    ``versions`` or told by its files, are none that a rule is about, that rule does not count.
    """
    out = {case.id: inapplicable(transcripts[case.transcript], case.turn, chosen, given=versions) for case in found}
    written = changes(trials, found, transcripts)
    verdicts = check.introduced(written, chosen, cache=engines.kept_file(), jobs=jobs)
    stakes = {
        (case.id, one): tuple(rule for rule in chosen if rule.id in rules_at_stake(case, [one], packs))
        for case in found
        for one in selectors
    }
    others = {one: guarded_rules(one, selectors, chosen) for one in guard}
    scores: list[Score] = []
    for trial, made, checked in zip(trials, written, verdicts, strict=True):
        gone = out[trial.case]
        judged = [(one, stakes[trial.case, one]) for one in selectors if stakes[trial.case, one]]
        for one, some in (*judged, *others.items()):
            left = [rule for rule in some if rule.id not in gone]
            scores.append(score(trial, made, _of(checked, left), one, left))
    return scores


def _of(checked: Checked, kept: Sequence[Rule]) -> Checked:
    """What ``kept`` rules alone say."""
    ids = {rule.id for rule in kept}
    return structs.replace(
        checked,
        findings=tuple(finding for finding in checked.findings if finding.rule in ids),
        unparsed=tuple(one for one in checked.unparsed if one in ids),
    )


def fidelity(found: Sequence[Case]) -> dict[str, JSON]:
    """How many cases have each grade, and in how many each thing is missing, inferred or supplied."""
    lists = {
        name: Counter(thing for case in found for thing in getattr(case.fidelity, name))
        for name in ("missing", "inferred", "supplied")
    }
    grades = Counter(case.fidelity.grade for case in found)
    return {"grades": dict(grades), **{name: dict(count) for name, count in lists.items() if count}}
