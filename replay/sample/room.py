"""One call of ``sample`` at work: draws are looked up, wait for their turn, are sent and kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from contextlib import AsyncExitStack
from typing import Any

from replay.sample import interrupts, together, trials
from replay.sample.batching import BatchLane
from replay.sample.claims import Claims
from replay.sample.draws import Draw
from replay.sample.events import Event, Interrupted, Kept, Tally
from replay.sample.gate import Gate
from replay.sample.keeping import Keeper
from replay.sample.lanes import Lane
from replay.sample.log import RequestLog
from replay.sample.outcomes import Outcomes, Unanswered
from replay.sample.retries import Pace
from replay.sample.sending import Sender
from replay.sample.trials import Told
from replay.samplers import BATCHES, Fault
from replay.store import Cache, Run, now

RECALLED = 1000  # draws answered from the cache that may wait for their commit
POLL = 0.25  # seconds between looks at a request that another process has under way


class Room:
    """One call of ``sample`` at work."""

    def __init__(
        self,
        run: Run,
        cache: Cache,
        concurrency: int,
        timeout: float,
        emit: Callable[[Event], None],
        pace: Pace,
        *,
        gate: Gate | None = None,
        adds: bool = False,
        batch: bool = False,
    ) -> None:
        self.run, self.cache, self.emit, self.pace, self.gate = run, cache, emit, pace, gate
        self.concurrency, self.timeout, self.adds, self.batch = concurrency, timeout, adds, batch
        self.tally = Tally()
        self.lanes: dict[tuple[str, str, str | None], Lane | BatchLane] = {}
        self.gathered = together.Gathered()
        self.interrupts = 0
        self.failure: Exception | None = None
        self.tasks: set[asyncio.Task[None]] = set()
        self.recalls: set[asyncio.Task[None]] = set()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.producer: asyncio.Task[None] | None = None

    # --- the whole ---------------------------------------------------------------------------------------------

    def drive(self, draws: Iterable[Draw]) -> None:
        """Do all of it in an event loop of its own."""
        with asyncio.Runner(loop_factory=interrupts.new_loop) as runner:
            runner.run(self._all(draws))
        if self.failure is not None:
            raise self.failure

    async def _all(self, draws: Iterable[Draw]) -> None:
        self.loop = asyncio.get_running_loop()
        self.halt = asyncio.Event()
        self.claims, log, keeper = Claims(self.cache.file), RequestLog(self.run.path), Keeper(self.run, self.cache)
        self.outcomes = Outcomes(keeper, self.tally, self.emit)
        self.sender = Sender(
            self.outcomes, self.tally, log, self.emit, self.pace, self.timeout, self.gate, self.halt, self._halt
        )
        with interrupts.listening(self.interrupt_from_outside):
            self.producer = asyncio.create_task(self._produce(draws))
            try:
                await asyncio.wait({self.producer})
                while self.tasks:
                    await asyncio.wait(self.tasks)
            finally:
                for lane in self.lanes.values():
                    await lane.end()
                await keeper.close()
                self.claims.close()
                log.close()

    def result(self) -> Tally:
        """The tally, with a sentence for each stopped arm."""
        self.tally.stopped += self.outcomes.sentences()
        return self.tally

    async def _produce(self, draws: Iterable[Draw]) -> None:
        """Look every draw up, and start those that must be sent."""
        if not self.adds:
            self.run.begin_plan()
        try:
            for draw in draws:
                self.run.plan(draw.case, draw.arm.name, draw.draw, draw.key)
                await self._place(draw)
                if self.halt.is_set():
                    return
            if not self.adds:
                self.run.end_plan()
        except Exception as error:  # noqa: BLE001 - raised by ``drive`` when requests under way have ended
            self._fail(error)
        finally:
            await self._send_gathered()

    async def _place(self, draw: Draw) -> None:
        if not self.gathered.takes(draw):
            await self._send_gathered()
        if self.run.done(draw.case, draw.arm.name, draw.draw, draw.key):
            self.tally.kept += 1
            self.emit(Kept(draw))
            await asyncio.sleep(0)
        elif self.outcomes.joined(draw):
            pass
        elif self.outcomes.stopped(draw):
            self.outcomes.skip(draw)
        else:
            claimed = self.claims.take(draw.request)  # before the look into the cache: so no two find nothing
            recalled = self._recall(draw)
            if recalled is None:
                self.outcomes.begin(draw)
                await self._send(draw, claimed=claimed)
                return
            if claimed:
                self.claims.release(draw.request)
            self._start(recalled, self.recalls)
            await asyncio.sleep(0)
            if len(self.recalls) >= RECALLED:
                await asyncio.wait(self.recalls, return_when=asyncio.FIRST_COMPLETED)

    async def _send(self, draw: Draw, *, claimed: bool) -> None:
        """Send ``draw``, or let it wait for others of its body that can go with it."""
        lane = self._lane(draw)
        if not claimed or draw.follow is not None or not lane.choices:
            self._start(self._live(lane, draw, await lane.admit(draw), claimed=claimed), None)
            return
        if self.gathered.add(draw):
            await self._send_gathered()

    async def _send_gathered(self) -> None:
        draws = self.gathered.take()
        if not draws:
            return
        lane = self._lane(draws[0])
        if len(draws) > 1 and isinstance(lane, Lane) and lane.choices:
            self._start(self._together(lane, draws, await lane.admit(draws[0])), None)
            return
        for draw in draws:
            self._start(self._live(lane, draw, await lane.admit(draw), claimed=True), None)

    def _start(self, work: Coroutine[Any, Any, None], also: set[asyncio.Task[None]] | None) -> None:
        task = asyncio.create_task(self._guarded(work))
        task.add_done_callback(lambda _: work.close())  # cancelled before it began, nothing would await ``work``
        for held in (self.tasks, also):
            if held is not None:
                held.add(task)
                task.add_done_callback(held.discard)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001 - raised by ``drive`` when the other requests have ended
            self._fail(error)

    def _lane(self, draw: Draw) -> Lane | BatchLane:
        place = (draw.sampler.API, draw.arm.model, draw.arm.base_url)
        if place not in self.lanes:
            client = draw.sampler.connect(draw.arm, timeout=self.timeout, concurrency=self.concurrency)
            self.lanes[place] = (
                BatchLane(client, draw.sampler, draw, cache=self.cache, pace=self.pace, emit=self.emit)
                if self.batch and draw.sampler.API in BATCHES
                else Lane(client, draw.sampler, self.concurrency, self.timeout)
            )
        return self.lanes[place]

    def _fail(self, error: Exception) -> None:
        self.failure = self.failure or error
        self._halt()

    def _halt(self) -> None:
        """Send no more."""
        self.halt.set()
        for lane in self.lanes.values():
            lane.close()

    # --- one draw ----------------------------------------------------------------------------------------------

    async def _live(self, lane: Lane | BatchLane, draw: Draw, number: int, *, claimed: bool) -> None:
        """See a draw through: one request, or as many as follow. ``claimed`` ones are known not to be in the cache."""
        known = not claimed or draw.follow is not None
        try:
            claimed = claimed or await self._others(draw)
            told: list[Told] = []
            started = now()
            body: bytes | None = draw.body
            while body is not None:
                key = draw.key_of(body) if told else draw.request
                async with AsyncExitStack() as held:  # the leave to send is given back when the answer is on the disk
                    one: Told | Unanswered | None = self._cached(draw, key) if known else None
                    one = one or await self.sender.answer(held, lane, draw, number, key, body)
                    if isinstance(one, Unanswered):
                        await self.outcomes.give_up([draw], one, started)
                    if not isinstance(one, Told):
                        return
                    told.append(one)
                    body = draw.after([each.completion for each in told]).body
                    if body is None:
                        await self.outcomes.finish([(draw, tuple(told))], started)
                    elif not one.cached:
                        await self.outcomes.turn(draw, one)
        finally:
            lane.dismiss(number)
            if claimed:
                self.claims.release(draw.request)
            if self.outcomes.is_open(draw):
                self.outcomes.skip(draw)

    async def _together(self, lane: Lane, draws: list[Draw], number: int) -> None:
        """See draws of one body through in one request; what it leaves unanswered goes in requests of their own."""
        left = draws
        alone: set[str] = set()  # keys of those that are seen through by themselves
        try:
            left = list(await together.ask(draws, lane, number, sender=self.sender, outcomes=self.outcomes))
            while left:
                at = await lane.admit(left[0])
                alone.add(left[0].key)
                self._start(self._live(lane, left.pop(0), at, claimed=True), None)
        finally:
            lane.dismiss(number)
            for draw in draws:
                if draw.key not in alone:
                    self.claims.release(draw.request)
            for draw in left:
                self.outcomes.skip(draw)

    async def _others(self, draw: Draw) -> bool:
        """Wait while another process has this very request under way; True when it is ours to send."""
        while not self.halt.is_set():
            await asyncio.sleep(POLL)
            if self.claims.take(draw.request):
                return True
        return False

    # --- the cache ---------------------------------------------------------------------------------------------

    def _cached(self, draw: Draw, key: str) -> Told | None:
        """The answer to ``key`` in the cache. Raises what ``parse`` raises for one that cannot be read any more."""
        if (answer := self.cache.get(key)) is None:
            return None
        completion = trials.parsed(draw.sampler, answer.response)
        return Told(completion, answer.response, key, cached=True, seconds=answer.seconds)

    def _recall(self, draw: Draw) -> Coroutine[Any, Any, None] | None:
        """What keeps ``draw`` as the cache answers it; None where something is still to be sent for it."""
        told: list[Told] = []
        body: bytes | None = draw.body
        while body is not None:
            try:
                one = self._cached(draw, draw.key_of(body) if told else draw.request)
            except trials.UNREADABLE as error:
                fault = Fault("malformed", f"the cached response cannot be read any more: {error}")
                return self.outcomes.fail([draw], fault)
            if one is None:
                return None
            told.append(one)
            body = draw.after([each.completion for each in told]).body
        return self.outcomes.recalled(draw, tuple(told))

    # --- Ctrl-C ------------------------------------------------------------------------------------------------

    def interrupt_from_outside(self) -> None:
        """Interrupt from a signal handler or another thread."""
        if self.loop is not None and not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self._interrupt)

    def _interrupt(self) -> None:
        self.interrupts += 1
        if self.interrupts == 1:
            under_way = self.sender.under_way
            self._halt()
            if not any(lane.batches for lane in self.lanes.values()):  # those say themselves what becomes of them
                self.emit(Interrupted(under_way))
            return
        for task in self.tasks:
            task.cancel()
        if self.producer is not None:
            self.producer.cancel()
