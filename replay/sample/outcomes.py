"""What came of draws: on the disk first, then counted and told. Equal draws share what one of them brought."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from replay.records import Trial
from replay.sample import trials
from replay.sample.draws import Draw
from replay.sample.events import Event, Failed, Finished, Skipped, Stopped, Tally
from replay.sample.keeping import Keeper, Keeping
from replay.sample.retries import HOPELESS, Standing
from replay.sample.trials import Told
from replay.samplers import Fault
from replay.store import Entry


class Unanswered(NamedTuple):
    """Why a request was given up, and the seconds its last attempt took."""

    fault: Fault
    seconds: float


class Outcomes:
    """The draws under way in one call of ``sample``, and what becomes of them.

    Whatever is kept raises UserError where it cannot be written.
    """

    def __init__(self, keeper: Keeper, tally: Tally, emit: Callable[[Event], None]) -> None:
        self._keeper, self._tally, self._emit = keeper, tally, emit
        self._standings: dict[str, Standing] = {}
        self._waiting: dict[str, list[Draw]] = {}  # key under way -> equal draws that share its answer

    # --- what is open -------------------------------------------------------------------------------------------

    def begin(self, draw: Draw) -> None:
        """``draw`` is under way: those that equal it wait for what it brings."""
        self._waiting[draw.key] = []

    def joined(self, draw: Draw) -> bool:
        """Whether an equal draw is under way, which ``draw`` now waits for."""
        if draw.key not in self._waiting:
            return False
        self._waiting[draw.key].append(draw)
        return True

    def is_open(self, draw: Draw) -> bool:
        """Whether ``draw`` is under way, and nothing has come of it yet."""
        return draw.key in self._waiting

    def stopped(self, draw: Draw) -> bool:
        """Whether the arm of ``draw`` is beyond hope."""
        return bool(self._standing(draw).message)

    def sentences(self) -> list[str]:
        """A sentence for each stopped arm."""
        return [
            f"{standing.message}; {self._tally.not_sent[name]} draws were not sent."
            for name, standing in self._standings.items()
            if standing.message
        ]

    # --- what was answered --------------------------------------------------------------------------------------

    async def finish(self, answered: list[tuple[Draw, tuple[Told, ...]]], started: str) -> None:
        """Keep draws that are answered, and those that asked the same, in one commit."""
        keys = [draw.key for draw, _ in answered]
        for draw, _ in answered:
            self._standing(draw).succeeded = True
        kept: list[Trial] = []
        twins: dict[str, tuple[Draw, ...]] | None = None
        while twins != (now_waiting := {key: tuple(self._waiting[key]) for key in keys}):
            twins = now_waiting
            kept = [trials.completed(draw, told, started=started) for draw, told in answered]
            for draw, told in answered:
                kept += [trials.completed(twin, told, cached=True) for twin in twins[draw.key]]
            answers = [_entry(draw, one) for draw, told in answered for one in told[-1:] if not one.cached]
            await self._keeper.keep(Keeping(trials=kept, answers=answers))
        for key in keys:
            del self._waiting[key]
        for trial in kept:
            self._tally.cached += trial.cached
            self._tally.finished += not trial.cached
            self._emit(Finished(trial))

    async def recalled(self, draw: Draw, told: tuple[Told, ...]) -> None:
        """Keep a draw that the cache has answered."""
        trial = trials.completed(draw, told, cached=True)
        await self._keeper.keep(Keeping(trials=[trial]))
        self._tally.cached += 1
        self._emit(Finished(trial))

    async def turn(self, draw: Draw, told: Told) -> None:
        """Keep the answer to a request of ``draw`` that another one follows."""
        await self._keeper.keep(Keeping(answers=[_entry(draw, told)]))

    # --- what was not -------------------------------------------------------------------------------------------

    async def unreadable(self, key: str, raw: bytes) -> None:
        """Keep the text of a response that cannot be understood: it was paid for."""
        await self._keeper.keep(Keeping(refused=[(key, trials.refused(raw))]))

    async def give_up(self, draws: list[Draw], why: Unanswered, started: str) -> None:
        """Keep draws that one request was sent for, and those that asked the same, as failed."""
        draw, fault = draws[0], why.fault
        standing = self._standing(draw)
        hopeless = standing.hopeless(draw, fault)
        same = [twin for one in draws for twin in (one, *self._waiting.pop(one.key))]
        await self.fail(same, fault, started, why.seconds)
        if hopeless:
            standing.message = (
                f"arm {draw.arm.name}: stopped, as nothing was answered and {HOPELESS} draws in a row ended in "
                f"{fault.kind} ({trials.clean(fault.message)[:200]})"
            )
            self._emit(Stopped(draw.arm.name, standing.message))

    async def fail(
        self, draws: list[Draw], fault: Fault, started: str | None = None, seconds: float | None = None
    ) -> None:
        """Keep ``draws`` as failed."""
        kept = [trials.failed(one, fault, started=started, seconds=seconds) for one in draws]
        await self._keeper.keep(Keeping(trials=kept))
        for trial in kept:
            self._tally.errors[fault.kind] += 1
            self._emit(Failed(trial))

    def skip(self, draw: Draw) -> None:
        """Nothing more is sent for ``draw`` and those that asked the same."""
        for one in (draw, *self._waiting.pop(draw.key, ())):
            self._tally.not_sent[one.arm.name] += 1
            self._emit(Skipped(one))

    def _standing(self, draw: Draw) -> Standing:
        return self._standings.setdefault(draw.arm.name, Standing())


def _entry(draw: Draw, told: Told) -> Entry:
    return Entry(told.key, told.raw, draw.sampler.API, draw.arm.model, told.seconds)
