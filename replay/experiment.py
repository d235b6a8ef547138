"""The story on one screen: plan the draws, sample them, check the code, score, decide."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from replay import cases, check, decide, engines, prefix, prompts, rules, samplers, supply, workspace
from replay.errors import UserError
from replay.records import JSON, Arm, Case, Change, Experiment, Prefix, Request, Result, Rule, Score, Transcript, Trial
from replay.sample import Draw, Tally, plan_draw, sample
from replay.score import score
from replay.store import Cache, Run


@dataclass(frozen=True)
class Plan:
    """An experiment with its cases at hand and every prompt edit already applied, so that nothing can miss later."""

    experiment: Experiment
    cases: cases.CaseSet
    rules: tuple[Rule, ...]
    prefixes: dict[tuple[str, str], Prefix]
    edits: dict[str, str]

    def request(self, case: Case, arm: Arm, draw: int) -> Request:
        """The request of one draw, edits applied."""
        transcript = self.cases.transcripts[case.transcript]
        recorded = prefix.completion(transcript, case.turn)
        return Request(case, arm, draw, self.prefixes[case.id, arm.name], recorded)

    def draws(self) -> Iterator[Draw]:
        """Every draw, lazily: case by case, so that draws of one prefix follow each other."""
        for case in self.cases.cases:
            for arm in self.experiment.arms:
                sampler = samplers.for_arm(arm)
                for number in range(self.experiment.draws):
                    yield plan_draw(self.request(case, arm, number), sampler)


def plan(experiment: Experiment, *, case_set: cases.CaseSet | None = None) -> Plan:
    """Load cases and rules and apply every arm's edits to every case.

    Raises UserError before the first request: an unknown rule, an anchor that does not match (with the case), a prefix
    that the arm's model would refuse.
    """
    found = case_set or cases.load(Path(folder) for folder in experiment.cases)
    packs = rules.load([Path(pack) for pack in experiment.packs])
    chosen = rules.select(packs, experiment.rules)
    at_stake = tuple(case for case in found.cases if rules_at_stake(case, experiment.rules, packs))
    if not at_stake:
        raise UserError(f"no case has any of {', '.join(experiment.rules)} at stake: see the `rules` of the cases")
    prefixes: dict[tuple[str, str], Prefix] = {}
    edits: dict[str, str] = {}
    for case in at_stake:
        transcript = found.transcripts[case.transcript]
        original = supply.supplied(prefix.prefix(transcript, case.turn), transcript)
        for arm in experiment.arms:
            edited = prompts.apply(original, arm.edits, case=case.id)
            prefixes[case.id, arm.name] = edited
            if arm.edits and arm.name not in edits:
                edits[arm.name] = prompts.diff(original, edited)
    ready = Plan(experiment, cases.CaseSet(at_stake, found.transcripts), chosen, prefixes, edits)
    for case in at_stake:
        for arm in experiment.arms:
            samplers.for_arm(arm).body(ready.request(case, arm, 0))
    return ready


def rules_at_stake(case: Case, selectors: Sequence[str], packs: Sequence[Rule]) -> frozenset[str]:
    """The ids of the rules that both the case and ``selectors`` name."""
    return frozenset(
        rule.id
        for rule in packs
        if any(fnmatchcase(rule.id, pattern) for pattern in case.rules)
        and any(fnmatchcase(rule.id, pattern) for pattern in selectors)
    )


def run(
    ready: Plan,
    folder: Path,
    *,
    cache: Cache,
    on_event: Callable[..., None] | None = None,
) -> tuple[Result, Tally]:
    """Sample what the run in ``folder`` still lacks, then judge all of it."""
    experiment = ready.experiment
    with Run.open(folder, create=True) as store, store.lock():
        store.put_transcripts(ready.cases.transcripts[case.transcript] for case in ready.cases.cases)
        store.put_cases(ready.cases.cases)
        store.put_meta("experiment", experiment)
        store.put_meta("edits", ready.edits)
        tally = sample(
            ready.draws(),
            run=store,
            cache=cache,
            concurrency=experiment.concurrency,
            timeout=experiment.timeout,
            on_event=on_event,
            totals={arm.name: len(ready.cases.cases) * experiment.draws for arm in experiment.arms},
        )
        return judge(store), tally


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
