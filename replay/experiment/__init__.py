"""The story on one screen: plan the draws, sample them, check the code, score, decide."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from replay.experiment.judging import changes, judge, scored
from replay.experiment.planning import Plan, plan, rules_at_stake
from replay.records import Result
from replay.sample import Tally, sample
from replay.store import Cache, Run

__all__ = ["Plan", "changes", "judge", "plan", "rules_at_stake", "run", "scored"]


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
