"""Sampling in stages: draws that choose the cases, and looks at which a run may stop."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

from msgspec import structs

from replay import decide, rules, stats
from replay.config import SCREEN
from replay.errors import PartialResultError, UserError
from replay.experiment.judging import scored
from replay.experiment.planning import Plan, screening_arm
from replay.records import Arm, Case, Experiment, Looked, Schedule, Score, Screened, Trial
from replay.sample import Draw, Tally
from replay.store import Run

Ask = Callable[..., Tally]


def screened(ready: Plan, store: Run, ask: Ask, *, jobs: int | None = None) -> tuple[Plan, Tally]:
    """The plan with only the cases in which the baseline shows the habit in draws that serve nothing else.

    A screened draw that ended in an error keeps its case. Raises PartialResultError where sampling broke off, UserError
    where no case is left.
    """
    experiment = ready.experiment
    arm, found = screening_arm(experiment), ready.cases.cases
    wanted = ready.draws(arms=[arm], each=experiment.screen)
    tally = ask(wanted, totals={SCREEN: len(found) * experiment.screen})
    if tally.not_sent or tally.stopped:
        raise PartialResultError(" ".join([*tally.stopped, "screening is not finished: the same command goes on"]))
    trials = [trial for trial in store.trials() if trial.arm == SCREEN]
    scores = primary_scores(ready, trials, found, jobs=jobs)
    shown = {one.case for one in scores if one.outcome in {"violation", "error"}}
    # a case that has only other rules at stake has no score here, and nothing to be screened for
    judged = {one.case for one in scores}
    dropped = tuple(case.id for case in found if case.id in judged - shown)
    store.put_meta("screened", Screened(experiment.screen, dropped))
    if len(dropped) == len(found):
        raise UserError(
            f"in none of the {len(found)} cases the habit showed in {experiment.screen} draws of the baseline: "
            "nothing is left to compare; draw more with `screen`, or look for other cases"
        )
    return ready.only([case for case in found if case.id not in dropped]), tally


def in_looks(ready: Plan, store: Run, ask: Ask, *, adds: bool, jobs: int | None = None) -> Tally:
    """Sample source after source in the run's fixed order, look after each stage, and stop where all is decided.

    An arm that is decided is not sampled further. Whatever ended in an error before a look stays out of the run for
    good, so that a run that was killed and goes on sees at each look what it saw before. ``adds`` is True where other
    draws of this run were asked for already. Raises UserError where the run was looked at under another schedule.
    """
    experiment = ready.experiment
    schedule, looked = _begin(ready, store)
    names = decide.candidates(experiment.arms, experiment.baseline)
    done: dict[str, int] = {}
    scores: list[Score] = []
    courses: dict[str, decide.Course] = {}
    tally = Tally()
    for number, (before, after) in enumerate(pairwise((0, *schedule.looks)), start=1):
        decided = {name for name, course in courses.items() if course.end != "open"}
        if decided and decided == set(names):
            break
        arms = [arm for arm in experiment.arms if arm.name not in decided]
        stage = _cases_of(ready.cases.cases, schedule.order[before:after])
        draws = _wanted(ready.draws(stage, arms), store, frozenset(looked.given_up))
        tally.add(ask(draws, totals=ready.totals() if number == 1 else None, adds=adds or number > 1))
        if tally.not_sent or tally.stopped:
            break
        trials = _trials(store, stage, arms)
        done |= {arm.name: after for arm in arms}
        looked = structs.replace(
            looked,
            sampled=dict(done),
            given_up=(*looked.given_up, *(trial.key for trial in trials if trial.error)),
            taken=max(looked.taken, number),
        )
        store.put_meta("looked", looked)
        scores += primary_scores(ready, trials, stage, jobs=jobs)
        stopping = decide.Stopping(schedule, done)
        found = _cases_of(ready.cases.cases, schedule.order[:after])
        courses = decide.courses(found, experiment.arms, scores, schedule.rule, schedule.baseline, stopping)
    return tally


def first_stage(ready: Plan) -> tuple[Case, ...]:
    """The cases that a run is worked through before its first look."""
    experiment, found = ready.experiment, ready.cases.cases
    order, looks = _order(experiment, found)
    return _cases_of(found, order[: looks[0]])


def _wanted(draws: Iterable[Draw], store: Run, given_up: frozenset[str]) -> Iterator[Draw]:
    """The draws to ask for; one given up stays in the plan, so that its error is still told, and is not asked again."""
    for draw in draws:
        if draw.key in given_up:
            store.plan(draw.case, draw.arm.name, draw.draw, draw.key)
        else:
            yield draw


def primary_scores(
    ready: Plan, trials: Sequence[Trial], found: Sequence[Case], *, jobs: int | None = None
) -> list[Score]:
    """The scores of some trials under the primary rule alone."""
    primary = ready.experiment.rules[:1]
    transcripts = {case.transcript: ready.cases.transcripts[case.transcript] for case in found}
    chosen = rules.select(ready.rules, primary)
    given = ready.experiment.versions
    return scored(trials, found, transcripts, chosen, primary, ready.rules, versions=given, jobs=jobs)


def _begin(ready: Plan, store: Run) -> tuple[Schedule, Looked]:
    """The schedule, kept in the run before the first draw, and what is known of earlier looks."""
    experiment, found = ready.experiment, ready.cases.cases
    order, looks = _order(experiment, found)
    schedule = Schedule(
        order=order,
        looks=looks,
        cases={case.id: case.transcript for case in found},
        draws=experiment.draws,
        rule=experiment.rules[0],
        baseline=experiment.baseline,
        arms=experiment.arms,
    )
    looked = store.meta("looked", Looked) if store.get_meta("looked") else Looked(seen=bool(store.get_meta("result")))
    if looked.taken:
        _refuse_another(store.meta("schedule", Schedule), schedule, looked.taken, store)
    store.put_meta("schedule", schedule)
    # the plan is laid anew, stage by stage: what earlier calls sampled counts when it is planned again
    looked = structs.replace(looked, sampled={})
    store.put_meta("looked", looked)
    return schedule, looked


def _order(experiment: Experiment, found: Sequence[Case]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The sources in the order that they are worked through, and how many are done at each look."""
    order = stats.shuffled((case.source for case in found), seed=experiment.seed)
    return order, stats.sources_at(len(order), experiment.looks)


def _refuse_another(old: Schedule, new: Schedule, taken: int, store: Run) -> None:
    names = {"order": "sources or seed", "looks": "looks", "cases": "cases", "draws": "draws", "rule": "primary rule"}
    changed = [
        names.get(field, field) for field in Schedule.__struct_fields__ if getattr(old, field) != getattr(new, field)
    ]
    if changed:
        raise UserError(
            f"this run was looked at {taken} times under a plan with other {', '.join(changed)}: to look again under a "
            "new plan would break what its verdict guarantees; go back to the old one, or begin another run with "
            "--run FOLDER (answers are in the cache, nothing is paid twice)",
            path=store.path,
        )


def _cases_of(found: Iterable[Case], sources: Sequence[str]) -> tuple[Case, ...]:
    wanted = frozenset(sources)
    return tuple(case for case in found if case.source in wanted)


def _trials(store: Run, stage: Sequence[Case], arms: Sequence[Arm]) -> list[Trial]:
    ids, names = {case.id for case in stage}, {arm.name for arm in arms}
    return [trial for trial in store.trials() if trial.case in ids and trial.arm in names]
