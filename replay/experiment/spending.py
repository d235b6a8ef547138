"""What the trials of a run used, what that cost, and what caching saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

from replay import prices
from replay.config import SCREEN
from replay.records import JSON, Completion, Experiment, Price, Trial
from replay.sample import Budget, Spent, refuse_unpriced
from replay.samplers import choices
from replay.store import Run

TOKENS = ("input", "cache_write", "cache_read", "output")
CENT_FRACTION = 8  # decimals of a dollar that are kept: a token of the cheapest model costs more than the last one


def prices_of(store: Run) -> dict[str, Price | None]:
    """The price of each arm as it was when the run was sampled, or, for older runs, as the list that ships has it."""
    if store.get_meta("prices") is not None:
        return store.meta("prices", dict[str, Price | None])
    return prices.load().of(store.meta("experiment", Experiment).arms)


def budget(store: Run, experiment: Experiment, book: prices.Book, *, batch: bool = False) -> Budget:
    """What the run may still spend: the experiment's limits less what all earlier commands on it spent.

    Keeps the prices of the arms with the run. Raises UserError where there is a limit in dollars and an arm has none.
    """
    known = book.of(experiment.arms)
    if experiment.max_usd is not None:
        refuse_unpriced(experiment.arms, known)
    store.put_meta("prices", known)
    asked = {**known, SCREEN: known[experiment.baseline]}
    gone = store.meta("spent", Spent) if store.get_meta("spent") is not None else Spent()
    # a process that was killed wrote no account, but its trials are there
    sent = [one for one in store.trials() if not one.cached]
    requests = sum(1 for one in sent if one.completion is None or not choices.place(one.completion.response))
    paid = sum(_paid(one, asked.get(one.arm)) or 0.0 for one in sent)
    gone = Spent(max(gone.usd, paid), max(gone.requests, requests), gone.unanswered)
    return Budget(asked, max_usd=experiment.max_usd, max_requests=experiment.max_requests, spent=gone, batch=batch)


def spent(trials: Sequence[Trial], known: Mapping[str, Price | None]) -> dict[str, JSON]:
    """Per arm ``{requests, cached, errors, stops, input, cache_write, cache_read, output, usd, saved}``.

    ``requests`` were sent for, ``cached`` ones were answered by the answer cache (one for every turn of a draw that
    looks ahead); the tokens are those of answered requests. ``usd`` is their cost, None where a price is not known.
    ``saved`` says in dollars what the provider's ``prompt_cache`` and replay's own cache of ``answers`` saved (the
    former is negative where more was written than read). ``stops`` counts why the answers of all draws ended (``end``,
    ``tool_calls``, ``length``, ``refusal``, ``content_filter`` …), cached ones too. A retry that was billed without an
    answer is in none of it.
    """
    totals: dict[str, dict[str, Any]] = {}
    for trial in trials:
        arm = totals.setdefault(trial.arm, _nothing())
        arm["cached" if trial.cached else "requests"] += 1
        if trial.error:
            arm["errors"][trial.error.kind] = arm["errors"].get(trial.error.kind, 0) + 1
        for turn in trial.earlier:
            arm["cached" if turn.cached else "requests"] += 1
            _add(arm, turn.completion, known.get(trial.arm), cached=turn.cached, batch=trial.batch)
        if trial.completion:
            arm["stops"][trial.completion.stop] = arm["stops"].get(trial.completion.stop, 0) + 1
            _add(arm, trial.completion, known.get(trial.arm), cached=trial.cached, batch=trial.batch)
    for arm in totals.values():
        arm["usd"] = _rounded(arm["usd"])
        arm["saved"] = {name: _rounded(value) for name, value in arm["saved"].items()}
    return totals


def cost(completion: Completion, price: Price | None, *, batch: bool = False) -> float | None:
    """What one answer cost in US dollars, None where its price is not known."""
    if price is None:
        return None
    told = completion.response
    hour, tier = prices.written_for_an_hour(told), prices.tier(told)
    return prices.usd(price, completion.usage, batch=batch, hour=hour, tier=tier)


def costing(experiment: Experiment, book: prices.Book) -> Callable[[Trial], float | None]:
    """What gives the cost of a trial's answers in US dollars; None where its arm has no price."""
    known = book.of(experiment.arms)
    asked = {**known, SCREEN: known[experiment.baseline]}
    return lambda trial: _paid(trial, asked.get(trial.arm))


def _paid(trial: Trial, price: Price | None) -> float | None:
    """What the answers of a trial cost that were sent for; None where one's price is not known."""
    turns = [turn.completion for turn in trial.earlier if not turn.cached]
    last = [trial.completion] if trial.completion and not trial.cached else []
    nothing: float | None = 0.0
    return reduce(_sum, (cost(one, price, batch=trial.batch) for one in (*turns, *last)), nothing)


def _nothing() -> dict[str, Any]:
    counts = dict.fromkeys(("requests", "cached"), 0)
    return {
        **counts,
        "errors": {},
        "stops": {},
        **dict.fromkeys(TOKENS, 0),
        "usd": 0.0,
        "saved": {"prompt_cache": 0.0, "answers": 0.0},
    }


def _add(arm: dict[str, Any], completion: Completion, price: Price | None, *, cached: bool, batch: bool) -> None:
    paid = cost(completion, price, batch=batch)
    if cached:
        arm["saved"]["answers"] = _sum(arm["saved"]["answers"], paid)
        return
    for name in TOKENS:
        arm[name] += getattr(completion.usage, name)
    arm["usd"] = _sum(arm["usd"], paid)
    tier = prices.tier(completion.response)
    plain = None if price is None else prices.uncached(price, completion.usage, batch=batch, tier=tier)
    less = None if paid is None or plain is None else plain - paid
    arm["saved"]["prompt_cache"] = _sum(arm["saved"]["prompt_cache"], less)


def _sum(total: float | None, more: float | None) -> float | None:
    return None if total is None or more is None else total + more


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, CENT_FRACTION)
