"""The trials of a run judged with the rules as they are now; nothing here sends anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from replay import check, decide, engines, rules, workspace
from replay.experiment.planning import rules_at_stake
from replay.records import JSON, Case, Change, Experiment, Result, Rule, Score, Transcript, Trial
from replay.score import score
from replay.store import Run


def judge(store: Run) -> Result:
    """Check, score and compare the trials of a run with the rules as they are now; sends nothing, keeps the result."""
    experiment = store.meta("experiment", Experiment)
    found = store.cases()
    transcripts = {case.transcript: store.transcript(case.transcript) for case in found}
    packs = rules.load([Path(pack) for pack in experiment.packs])
    chosen = rules.select(packs, experiment.rules)
    trials = list(store.trials())
    scores = scored(trials, found, transcripts, chosen, experiment.rules, packs)
    result = decide.result(
        experiment.name,
        store.path.name,
        cases=found,
        arms=experiment.arms,
        trials=trials,
        scores=scores,
        rules=experiment.rules,
        baseline=experiment.baseline,
        draws=experiment.draws,
        edits=store.meta("edits", dict[str, str]),
        usage=usage(trials),
        fidelity=fidelity(found),
    )
    store.put_meta("scores", scores)
    store.put_meta("engines", engines.versions(chosen))
    store.put_meta("result", result)
    return result


def changes(
    trials: Sequence[Trial], found: Sequence[Case], transcripts: dict[str, Transcript]
) -> list[tuple[Change, ...]]:
    """What each trial's completion would write, given the files as they were before its case's critical turn."""
    files = {case.id: workspace.before(transcripts[case.transcript], case.turn) for case in found}
    return [
        workspace.changes(trial.completion.parts, files[trial.case]) if trial.completion else () for trial in trials
    ]


def scored(
    trials: Sequence[Trial],
    found: Sequence[Case],
    transcripts: dict[str, Transcript],
    chosen: Sequence[Rule],
    selectors: Sequence[str],
    packs: Sequence[Rule],
) -> list[Score]:
    """One score for each trial and each selector that its case has at stake; all code is checked in one batch."""
    written = changes(trials, found, transcripts)
    verdicts = check.introduced(written, chosen)
    stakes = {(case.id, one): rules_at_stake(case, [one], packs) for case in found for one in selectors}
    return [
        score(trial, made, checked, selector, chosen)
        for trial, made, checked in zip(trials, written, verdicts, strict=True)
        for selector in selectors
        if stakes[trial.case, selector]
    ]


def usage(trials: Sequence[Trial]) -> dict[str, JSON]:
    """Per arm: requests sent, draws from the cache, errors by kind, and tokens of the completions."""
    totals: dict[str, dict[str, Any]] = {}
    for trial in trials:
        arm = totals.setdefault(
            trial.arm,
            {"requests": 0, "cached": 0, "errors": {}, "input": 0, "cache_write": 0, "cache_read": 0, "output": 0},
        )
        arm["cached" if trial.cached else "requests"] += 1
        if trial.error:
            arm["errors"][trial.error.kind] = arm["errors"].get(trial.error.kind, 0) + 1
        if trial.completion:
            for name in ("input", "cache_write", "cache_read", "output"):
                arm[name] += getattr(trial.completion.usage, name)
    return totals


def fidelity(found: Sequence[Case]) -> dict[str, JSON]:
    """How many cases have each grade, and in how many each thing is missing, inferred or supplied."""
    lists = {
        name: Counter(thing for case in found for thing in getattr(case.fidelity, name))
        for name in ("missing", "inferred", "supplied")
    }
    grades = Counter(case.fidelity.grade for case in found)
    return {"grades": dict(grades), **{name: dict(count) for name, count in lists.items() if count}}
