"""Draw completions: the one place that waits, sends and pays.

A draw is looked up in the run, then in the cache, and sent only then. What was answered is on the disk before it is
counted; an error is kept as an error, never as an answer, and tried again by the next call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from replay.sample import interrupts
from replay.sample.budget import Budget, Spent, refuse_unpriced
from replay.sample.draws import Draw, Follow, Followed, further, plan_draw, plan_draws, request_key
from replay.sample.entrusting import cancel
from replay.sample.events import (
    Batched,
    Event,
    Failed,
    Finished,
    Interrupted,
    Kept,
    Planned,
    Retrying,
    Skipped,
    Started,
    Stopped,
    Tally,
)
from replay.sample.gate import Gate
from replay.sample.ledger import Entrusted, Ledger
from replay.sample.retries import Pace
from replay.sample.room import Room
from replay.store import Cache, Run

__all__ = [
    "Batched",
    "Budget",
    "Draw",
    "Entrusted",
    "Event",
    "Failed",
    "Finished",
    "Follow",
    "Followed",
    "Gate",
    "Interrupted",
    "Kept",
    "Ledger",
    "Pace",
    "Planned",
    "Retrying",
    "Skipped",
    "Spent",
    "Started",
    "Stopped",
    "Tally",
    "cancel",
    "further",
    "plan_draw",
    "plan_draws",
    "refuse_unpriced",
    "request_key",
    "sample",
]


def sample(
    draws: Iterable[Draw],
    *,
    run: Run,
    cache: Cache,
    concurrency: int = 8,
    timeout: float = 600.0,
    on_event: Callable[[Event], None] | None = None,
    totals: Mapping[str, int] | None = None,
    pace: Pace | None = None,
    gate: Gate | None = None,
    adds: bool = False,
    batch: bool = False,
) -> Tally:
    """Answer every draw and keep its trial in ``run``; returns what was done when all is done.

    ``draws`` is read as requests are sent, at most ``concurrency`` of them under way for each model (fewer while the
    provider refuses some); ``timeout`` is in seconds for one attempt; ``gate`` is asked before each request;
    ``totals`` (draws by arm, if known) are told to ``on_event`` first. Draws of earlier plans that are
    not among these are set aside, unless this call ``adds`` to them. Ctrl-C lets requests under way
    finish, a second one cancels them; either way KeyboardInterrupt comes at the end and the run can go on later.
    With ``batch`` the requests go through the providers' batch endpoints: answers come within a day, Ctrl-C leaves what
    was handed over with the provider, and the next call collects it.
    Raises UserError where a sampler cannot connect (a missing key), the run is in use, or the disk is full: requests
    under way are finished and kept first. Works inside a running event loop.
    """
    room = Room(run, cache, concurrency, timeout, on_event or _quiet, pace or Pace(), gate=gate, adds=adds, batch=batch)
    if totals is not None:
        room.emit(Planned(totals))
    with run.lock():
        if interrupts.loop_runs():
            interrupts.in_thread(partial(room.drive, draws), room.interrupt_from_outside)
        else:
            room.drive(draws)
    if room.interrupts:
        raise KeyboardInterrupt
    return room.result()


def _quiet(event: Event) -> None:
    """Nobody listens."""
