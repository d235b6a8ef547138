"""The story on one screen: plan the draws, sample them, check the code, score, decide."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from replay import prices
from replay.experiment.across import Across, across
from replay.experiment.forecast import Forecast, forecast
from replay.experiment.judging import changes, compared, decided, judge, scored, scores_of
from replay.experiment.keys import refuse_keyless
from replay.experiment.owner import refuse_another
from replay.experiment.planning import Plan, plan, rules_at_stake
from replay.experiment.spending import budget, costing
from replay.experiment.stages import in_looks, screened
from replay.records import Result
from replay.sample import Tally, sample
from replay.store import Cache, Run

__all__ = [
    "Across",
    "Forecast",
    "Plan",
    "across",
    "changes",
    "compared",
    "costing",
    "decided",
    "forecast",
    "judge",
    "plan",
    "refuse_another",
    "refuse_keyless",
    "rules_at_stake",
    "run",
    "scored",
    "scores_of",
]


def run(
    ready: Plan,
    folder: Path,
    *,
    cache: Cache,
    book: prices.Book | None = None,
    on_event: Callable[..., None] | None = None,
    batch: bool = False,
    jobs: int | None = None,
) -> tuple[Result, Tally]:
    """Sample what the run in ``folder`` still lacks, as much of it as the decision needs, then judge all of it.

    ``book`` has the prices, by default those that come with replay. ``batch`` goes through the providers' batch
    endpoints (see ``sample``). ``jobs`` processes share the judging, None: as many as it is worth. Raises what
    ``refuse_another`` raises.
    """
    experiment = ready.experiment
    tally = Tally()
    with Run.open(folder, create=True) as store, store.lock():
        refuse_another(store, experiment, ready.cases.cases)
        store.put_transcripts(ready.cases.transcripts[case.transcript] for case in ready.cases.cases)
        store.put_cases(ready.cases.cases)
        store.put_meta("experiment", experiment)
        store.put_meta("edits", ready.edits)
        gate = budget(store, experiment, book or prices.load(), batch=batch)
        ask = partial(
            sample,
            run=store,
            cache=cache,
            concurrency=experiment.concurrency,
            timeout=experiment.timeout,
            on_event=on_event,
            gate=gate,
            batch=batch,
        )
        try:
            if experiment.screen:
                ready, done = screened(ready, store, ask, jobs=jobs)
                tally.add(done)
                store.put_cases(ready.cases.cases)
            adds = bool(experiment.screen)
            if experiment.stop == "auto":
                tally.add(in_looks(ready, store, ask, adds=adds, jobs=jobs))
            else:
                tally.add(ask(ready.draws(), totals=ready.totals(), adds=adds))
        finally:
            store.put_meta("spent", gate.spent)
        return judge(store, jobs=jobs), tally
