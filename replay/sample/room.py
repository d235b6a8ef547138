"""One call of ``sample`` at work: draws are looked up, wait for their turn, are sent and kept."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable
from contextlib import AsyncExitStack
from typing import Any, NamedTuple

from replay.records import Trial, Usage
from replay.sample import interrupts, trials
from replay.sample.batching import LEFT, BatchLane, LeftUnderWayError
from replay.sample.batching import Slot as BatchSlot
from replay.sample.claims import Claims
from replay.sample.draws import Draw, endpoint
from replay.sample.events import Event, Failed, Finished, Interrupted, Kept, Retrying, Skipped, Started, Stopped, Tally
from replay.sample.gate import Gate
from replay.sample.keeping import Keeper, Keeping
from replay.sample.lanes import Lane, Slot
from replay.sample.log import RequestLog
from replay.sample.retries import HOPELESS, Pace, Patience, Standing
from replay.sample.trials import Told
from replay.samplers import BATCHES, Fault, choices
from replay.store import Cache, Entry, Run, now

RECALLED = 1000  # draws answered from the cache that may wait for their commit
POLL = 0.25  # seconds between looks at a request that another process has under way


class Unanswered(NamedTuple):
    """Why a request was given up, and the seconds its last attempt took."""

    fault: Fault
    seconds: float


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
        self.standings: dict[str, Standing] = {}
        self.waiting: dict[str, list[Draw]] = {}  # key under way -> equal draws that share its answer
        self.gathered: list[Draw] = []  # draws of one body that go together in one request
        self.sending = 0
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
        self.halt, self.settled = asyncio.Event(), asyncio.Event()
        self.claims, self.log = Claims(self.cache.file), RequestLog(self.run.path)
        self.keeper = Keeper(self.run, self.cache)
        with interrupts.listening(self.interrupt_from_outside):
            self.producer = asyncio.create_task(self._produce(draws))
            try:
                await asyncio.wait({self.producer})
                while self.tasks:
                    await asyncio.wait(self.tasks)
            finally:
                for lane in self.lanes.values():
                    await lane.end()
                await self.keeper.close()
                self.claims.close()
                self.log.close()

    def result(self) -> Tally:
        """The tally, with a sentence for each stopped arm."""
        for name, standing in self.standings.items():
            if standing.message:
                self.tally.stopped.append(f"{standing.message}; {self.tally.not_sent[name]} draws were not sent.")
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
        if self.gathered and draw.body is not self.gathered[0].body:
            await self._send_gathered()
        if self.run.done(draw.case, draw.arm.name, draw.draw, draw.key):
            self.tally.kept += 1
            self.emit(Kept(draw))
            await asyncio.sleep(0)
        elif draw.key in self.waiting:
            self.waiting[draw.key].append(draw)
        elif self._standing(draw).message:
            self._skip(draw)
        else:
            claimed = self.claims.take(draw.request)  # before the look into the cache: so no two find nothing
            recalled = self._recall(draw)
            if recalled is None:
                self.waiting[draw.key] = []
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
        self.gathered.append(draw)
        if len(self.gathered) >= self._most(draw):
            await self._send_gathered()

    @staticmethod
    def _most(draw: Draw) -> int:
        return choices.most(draw.arm, draw.sampler.API, endpoint(draw.arm, draw.sampler.API), draw.body)

    async def _send_gathered(self) -> None:
        draws, self.gathered = self.gathered, []
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

    def _standing(self, draw: Draw) -> Standing:
        return self.standings.setdefault(draw.arm.name, Standing())

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
                    one = one or await self._answer(held, lane, draw, number, key, body)
                    if isinstance(one, Unanswered):
                        await self._give_up([draw], one, started)
                    if not isinstance(one, Told):
                        return
                    told.append(one)
                    body = draw.after([each.completion for each in told]).body
                    if body is None:
                        await self._finish([(draw, tuple(told))], started)
                    elif not one.cached:
                        await self.keeper.keep(Keeping(answers=[_entry(draw, one)]))
        finally:
            lane.dismiss(number)
            if claimed:
                self.claims.release(draw.request)
            if draw.key in self.waiting:
                self._skip(draw)

    async def _together(self, lane: Lane, draws: list[Draw], number: int) -> None:
        """See draws of one body through in one request; what it leaves unanswered goes in requests of their own."""
        left, lead, started = list(draws), draws[0], now()
        alone: set[str] = set()  # keys of those that are seen through by themselves
        try:
            async with AsyncExitStack() as held:
                body = choices.asking(lead.body, len(draws))
                one = await self._answer(held, lane, lead, number, lead.request, body, once=choices.DIFFERENT)
                if isinstance(one, Told):
                    parts = await self._parted(draws, one)
                    lane.choices &= len(parts) == len(draws)
                    await self._finish([(draw, (part,)) for draw, part in zip(draws, parts, strict=False)], started)
                    left = draws[len(parts) :]
                elif one is not None and one.fault.kind not in choices.DIFFERENT:
                    await self._give_up(draws, one, started)
                    left = []
                elif one is not None:
                    lane.choices = False
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
                self._skip(draw)

    async def _parted(self, draws: list[Draw], told: Told) -> list[Told]:
        """The answer to each of ``draws`` in one response; fewer where there are fewer choices that can be read."""
        parts: list[Told] = []
        for draw, raw in zip(draws, choices.split(told.raw, len(draws)), strict=False):
            try:
                completion = trials.parsed(draw.sampler, raw)
            except trials.UNREADABLE:
                await self.keeper.keep(Keeping(refused=[(draw.request, trials.refused(raw))]))
                break
            parts.append(Told(completion, raw, draw.request, cached=False, seconds=told.seconds))
        return parts

    async def _others(self, draw: Draw) -> bool:
        """Wait while another process has this very request under way; True when it is ours to send."""
        while not self.halt.is_set():
            await asyncio.sleep(POLL)
            if self.claims.take(draw.request):
                return True
        return False

    async def _answer(
        self,
        held: AsyncExitStack,
        lane: Lane | BatchLane,
        draw: Draw,
        number: int,
        key: str,
        body: bytes,
        once: frozenset[str] = frozenset(),
    ) -> Told | Unanswered | None:
        """Send until it is answered or given up; None where it was not sent.

        Faults ``once`` are not tried again, nor is one waited for that has some and is too dear.
        """
        patience = Patience()
        while True:
            slot = await held.enter_async_context(lane.slot(number, draw))
            lane.dismiss(number)
            if slot is None or self.halt.is_set() or self._standing(draw).message or (once and not lane.choices):
                return None
            if (ticket := self._reserve(draw, body)) is None:
                slot.leave()
                if (once and not self.sending) or not await self._afford():
                    return None
                continue
            began = time.monotonic()
            told, fault = await self._attempt(lane, draw, slot, key, body, patience.attempts + 1, ticket)
            if fault is None:
                return told
            delay = None if fault.kind in once else patience.next(fault, self.pace, self.timeout)
            if delay is not None and not self.halt.is_set():
                slot.leave()
                self.emit(Retrying(draw, fault.kind, patience.attempts, delay))
                if not await self._nap(delay):
                    continue
            return Unanswered(fault, time.monotonic() - began)

    async def _attempt(
        self,
        lane: Lane | BatchLane,
        draw: Draw,
        slot: Slot | BatchSlot,
        key: str,
        body: bytes,
        attempt: int,
        ticket: object,
    ) -> tuple[Told | None, Fault | None]:
        """Send once: what was answered, or the fault."""
        self.tally.requests += 1
        self.sending += 1
        self.emit(Started(draw, attempt))
        began = time.monotonic()
        streamed = draw.long or slot.leads
        told: Told | None = None
        fault: Fault | None = None
        try:
            deadline = asyncio.timeout(lane.timeout)
            try:
                async with deadline:
                    raw = await lane.send(draw, key, body, begun=slot.begun, streamed=streamed)
            except LeftUnderWayError:
                fault = LEFT
                return None, None
            except Exception as error:  # noqa: BLE001 - the sampler knows its SDK's errors and raises what it does not know
                late = deadline.expired() and isinstance(error, TimeoutError)
                fault = _late(self.timeout) if late else lane.fault(error)
            else:
                told, fault = await self._understood(lane, draw, raw, key, time.monotonic() - began)
        finally:
            self.sending -= 1
            usage = told.completion.usage if told else None
            if told is not None:
                slot.answered(_size(told.completion.usage))
            elif fault is not None:
                slot.failed(fault)
            self._settle(ticket, usage, fault)
        how = "stream" if streamed else "plain"
        self.log.add(draw, attempt=attempt, key=key, began=began, fault=fault, usage=usage, how=how)
        return told, fault

    async def _understood(
        self, lane: Lane | BatchLane, draw: Draw, raw: bytes, key: str, seconds: float
    ) -> tuple[Told | None, Fault | None]:
        """An answer read; the fault where it cannot be understood (its text is kept, it was paid for)."""
        try:
            completion = trials.parsed(draw.sampler, raw)
            return Told(completion, raw, key, cached=False, seconds=seconds, batch=lane.batches), None
        except trials.UNREADABLE as error:
            await self.keeper.keep(Keeping(refused=[(key, trials.refused(raw))]))
            return None, Fault("malformed", f"the response could not be read: {error}", retry=True)
        except Exception:
            await self.keeper.keep(Keeping(refused=[(key, trials.refused(raw))]))
            raise

    async def _finish(self, answered: list[tuple[Draw, tuple[Told, ...]]], started: str) -> None:
        """Keep draws that are answered, and those that asked the same, in one commit."""
        keys = [draw.key for draw, _ in answered]
        for draw, _ in answered:
            self._standing(draw).succeeded = True
        kept: list[Trial] = []
        twins: dict[str, tuple[Draw, ...]] | None = None
        while twins != (now_waiting := {key: tuple(self.waiting[key]) for key in keys}):
            twins = now_waiting
            kept = [trials.completed(draw, told, started=started) for draw, told in answered]
            for draw, told in answered:
                kept += [trials.completed(twin, told, cached=True) for twin in twins[draw.key]]
            answers = [_entry(draw, one) for draw, told in answered for one in told[-1:] if not one.cached]
            await self.keeper.keep(Keeping(trials=kept, answers=answers))
        for key in keys:
            del self.waiting[key]
        for trial in kept:
            self.tally.cached += trial.cached
            self.tally.finished += not trial.cached
            self.emit(Finished(trial))

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
                return self._keep_error([draw], fault, None, None)
            if one is None:
                return None
            told.append(one)
            body = draw.after([each.completion for each in told]).body
        return self._keep_recalled(draw, tuple(told))

    async def _keep_recalled(self, draw: Draw, told: tuple[Told, ...]) -> None:
        trial = trials.completed(draw, told, cached=True)
        await self.keeper.keep(Keeping(trials=[trial]))
        self.tally.cached += 1
        self.emit(Finished(trial))

    # --- what is not answered ----------------------------------------------------------------------------------

    async def _give_up(self, draws: list[Draw], why: Unanswered, started: str) -> None:
        """Keep draws that one request was sent for, and those that asked the same, as failed."""
        draw, fault = draws[0], why.fault
        standing = self._standing(draw)
        hopeless = standing.hopeless(draw, fault)
        same = [twin for one in draws for twin in (one, *self.waiting.pop(one.key))]
        await self._keep_error(same, fault, started, why.seconds)
        if hopeless:
            standing.message = (
                f"arm {draw.arm.name}: stopped, as nothing was answered and {HOPELESS} draws in a row ended in "
                f"{fault.kind} ({trials.clean(fault.message)[:200]})"
            )
            self.emit(Stopped(draw.arm.name, standing.message))

    async def _keep_error(self, draws: list[Draw], fault: Fault, started: str | None, seconds: float | None) -> None:
        kept = [trials.failed(one, fault, started=started, seconds=seconds) for one in draws]
        await self.keeper.keep(Keeping(trials=kept))
        for trial in kept:
            self.tally.errors[fault.kind] += 1
            self.emit(Failed(trial))

    def _skip(self, draw: Draw) -> None:
        for one in (draw, *self.waiting.pop(draw.key, ())):
            self.tally.not_sent[one.arm.name] += 1
            self.emit(Skipped(one))

    async def _nap(self, delay: float) -> bool:
        """Sleep; True where sampling was halted meanwhile."""
        sleeper = asyncio.ensure_future(self.pace.sleep(delay))
        halted = asyncio.create_task(self.halt.wait())
        try:
            await asyncio.wait({sleeper, halted}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeper.cancel()
            halted.cancel()
        return self.halt.is_set()

    # --- the gate ----------------------------------------------------------------------------------------------

    def _reserve(self, draw: Draw, body: bytes) -> object | None:
        return True if self.gate is None else self.gate.reserve(draw, body)

    def _settle(self, ticket: object, usage: Usage | None, fault: Fault | None) -> None:
        if self.gate is not None:
            self.gate.settle(ticket, usage=usage, fault=fault)
            self.settled.set()

    async def _afford(self) -> bool:
        """The gate said no: wait until a request under way is settled. False where none is: then sampling stops."""
        if self.halt.is_set() or self.gate is None:
            return False
        if not self.sending:
            self.tally.stopped.append(self.gate.sentence)
            self._halt()
            return False
        self.settled.clear()
        await self.settled.wait()
        return True

    # --- Ctrl-C ------------------------------------------------------------------------------------------------

    def interrupt_from_outside(self) -> None:
        """Interrupt from a signal handler or another thread."""
        if self.loop is not None and not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self._interrupt)

    def _interrupt(self) -> None:
        self.interrupts += 1
        if self.interrupts == 1:
            under_way = self.sending
            self._halt()
            if not any(lane.batches for lane in self.lanes.values()):  # those say themselves what becomes of them
                self.emit(Interrupted(under_way))
            return
        for task in self.tasks:
            task.cancel()
        if self.producer is not None:
            self.producer.cancel()


def _entry(draw: Draw, told: Told) -> Entry:
    return Entry(told.key, told.raw, draw.sampler.API, draw.arm.model, told.seconds)


def _size(usage: Usage) -> int:
    return usage.input + usage.cache_write + usage.cache_read + usage.output


def _late(seconds: float) -> Fault:
    return Fault("timeout", f"no answer within {seconds:g} s", retry=True)
