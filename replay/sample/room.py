"""One call of ``sample`` at work: draws are looked up, queued, sent, kept."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import msgspec

from replay import redact
from replay.errors import UserError
from replay.records import Completion, Trial, TrialError
from replay.sample.draws import Draw
from replay.sample.events import Event, Failed, Finished, Interrupted, Kept, Retrying, Skipped, Started, Stopped, Tally
from replay.sample.retries import ATTEMPTS, HOPELESS, MALFORMED_ATTEMPTS, Pace, Standing
from replay.samplers import Fault, Sampler
from replay.store import Answer, Cache, Run, now

MESSAGE_LENGTH = 500
REFUSED_LENGTH = 1_000_000
UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, msgspec.MsgspecError, UserError)


class _Lane:
    """Requests to one model at one endpoint: a client, a short queue and its workers."""

    def __init__(self, client: Any, sampler: Sampler, concurrency: int) -> None:  # noqa: ANN401 - the sampler's own
        self.client = client
        self.sampler = sampler
        self.queue: asyncio.Queue[Draw | None] = asyncio.Queue()
        self.space = asyncio.Semaphore(concurrency)  # bounds the queue, and so the bodies that are held
        self.workers: list[asyncio.Task[None]] = []


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
        adds: bool = False,
    ) -> None:
        self.run, self.cache, self.emit, self.pace = run, cache, emit, pace
        self.concurrency, self.timeout, self.adds = concurrency, timeout, adds
        self.tally = Tally()
        self.lanes: dict[tuple[str, str, str | None], _Lane] = {}
        self.standings: dict[str, Standing] = {}
        self.waiting: dict[str, list[Draw]] = {}  # key under way -> equal draws that share its answer
        self.sending = 0
        self.interrupts = 0
        self.failure: Exception | None = None
        self.loop: asyncio.AbstractEventLoop | None = None
        self.producer: asyncio.Task[None] | None = None

    # --- the whole ---------------------------------------------------------------------------------------------

    def drive(self, draws: Iterable[Draw]) -> None:
        """Do all of it in an event loop of its own."""
        with asyncio.Runner() as runner:
            runner.run(self._all(draws))
        if self.failure is not None:
            raise self.failure

    async def _all(self, draws: Iterable[Draw]) -> None:
        self.loop = asyncio.get_running_loop()
        self.halt = asyncio.Event()
        with self._listening():
            self.producer = asyncio.create_task(self._produce(draws))
            try:
                await asyncio.wait({self.producer})
                for lane in self.lanes.values():
                    for _ in lane.workers:
                        lane.queue.put_nowait(None)
                await asyncio.gather(*self._workers(), return_exceptions=True)
            finally:
                for lane in self.lanes.values():
                    await lane.sampler.close(lane.client)

    def result(self) -> Tally:
        """The tally, with a sentence for each stopped arm."""
        for name, standing in self.standings.items():
            if standing.message:
                self.tally.stopped.append(f"{standing.message}; {self.tally.not_sent[name]} draws were not sent.")
        return self.tally

    async def _produce(self, draws: Iterable[Draw]) -> None:
        """Look every draw up, and queue those that must be sent."""
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

    async def _place(self, draw: Draw) -> None:
        if self.run.done(draw.case, draw.arm.name, draw.draw, draw.key):
            self.tally.kept += 1
            self.emit(Kept(draw))
            await asyncio.sleep(0)
        elif draw.key in self.waiting:
            self.waiting[draw.key].append(draw)
        elif answer := self.cache.get(draw.key):
            self._recall(draw, answer)
            await asyncio.sleep(0)
        elif self._standing(draw).message:
            self._skip(draw)
        else:
            lane = self._lane(draw)
            self.waiting[draw.key] = []
            await lane.space.acquire()
            lane.queue.put_nowait(draw)

    def _lane(self, draw: Draw) -> _Lane:
        place = (draw.sampler.API, draw.arm.model, draw.arm.base_url)
        if place not in self.lanes:
            client = draw.sampler.connect(draw.arm, timeout=self.timeout, concurrency=self.concurrency)
            self.lanes[place] = _Lane(client, draw.sampler, self.concurrency)
        lane = self.lanes[place]
        if len(lane.workers) < self.concurrency:
            lane.workers.append(asyncio.create_task(self._work(lane)))
        return lane

    def _workers(self) -> Iterator[asyncio.Task[None]]:
        return (worker for lane in self.lanes.values() for worker in lane.workers)

    def _standing(self, draw: Draw) -> Standing:
        return self.standings.setdefault(draw.arm.name, Standing())

    async def _work(self, lane: _Lane) -> None:
        while (draw := await lane.queue.get()) is not None:
            lane.space.release()
            if self.halt.is_set() or self._standing(draw).message:
                self._skip(draw)
                continue
            self.sending += 1
            try:
                await self._draw(lane, draw)
            except Exception as error:  # noqa: BLE001 - raised by ``drive`` when the other requests have ended
                self._fail(error)
            finally:
                self.sending -= 1

    def _fail(self, error: Exception) -> None:
        self.failure = self.failure or error
        self.halt.set()

    # --- one draw ----------------------------------------------------------------------------------------------

    async def _draw(self, lane: _Lane, draw: Draw) -> None:
        """Send until it is answered or given up."""
        attempt = malformed = 0
        while True:
            attempt += 1
            self.tally.requests += 1
            self.emit(Started(draw, attempt))
            started, began = now(), time.monotonic()
            fault = await self._attempt(lane, draw, started)
            if fault is None:
                return
            malformed += fault.kind == "malformed"
            last = attempt == ATTEMPTS or malformed == MALFORMED_ATTEMPTS or not fault.retry
            if not last and (fault.after or 0) <= self.timeout and not self.halt.is_set():
                delay = self.pace.delay(attempt, fault.after)
                self.emit(Retrying(draw, fault.kind, attempt, delay))
                if not await self._nap(delay):
                    continue
            self._give_up(draw, fault, started, time.monotonic() - began)
            return

    async def _attempt(self, lane: _Lane, draw: Draw, started: str) -> Fault | None:
        """Send once and keep the answer; the fault where there is none."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(self.timeout):
                raw = await lane.sampler.send(lane.client, draw.body, headers=draw.headers)
        except TimeoutError:
            return _fault("timeout", f"no answer within {self.timeout:g} s", retry=True)
        except Exception as error:  # noqa: BLE001 - the sampler knows its SDK's errors and raises what it does not know
            return lane.sampler.fault(error)
        return self._receive(draw, raw, started, time.monotonic() - began)

    def _receive(self, draw: Draw, raw: bytes, started: str, seconds: float) -> Fault | None:
        """Keep an answer; the fault where it cannot be understood (its text is kept as well, it was paid for)."""
        try:
            completion = _parsed(draw.sampler, raw)
        except UNREADABLE as error:
            self.run.put_refused(draw.key, redact.text(raw.decode(errors="replace"))[0][:REFUSED_LENGTH])
            return _fault("malformed", f"the response could not be read: {error}", retry=True)
        except Exception:
            self.run.put_refused(draw.key, redact.text(raw.decode(errors="replace"))[0][:REFUSED_LENGTH])
            raise
        self.cache.put(draw.key, raw, api=draw.sampler.API, model=draw.arm.model, seconds=seconds)
        self._standing(draw).succeeded = True
        self.tally.finished += 1
        self._keep(_trial(draw, completion=completion, started=started, seconds=seconds))
        for twin in self.waiting.pop(draw.key):
            self.tally.cached += 1
            self._keep(_trial(twin, completion=completion, cached=True, seconds=seconds))
        return None

    def _recall(self, draw: Draw, answer: Answer) -> None:
        """Answer a draw from the cache."""
        try:
            completion = _parsed(draw.sampler, answer.response)
        except UNREADABLE as error:
            fault = _fault("malformed", f"the cached response cannot be read any more: {error}", retry=False)
            self._error(draw, fault)
            return
        self.tally.cached += 1
        self._keep(_trial(draw, completion=completion, cached=True, seconds=answer.seconds))

    def _give_up(self, draw: Draw, fault: Fault, started: str, seconds: float) -> None:
        for one in (draw, *self.waiting.pop(draw.key)):
            self._error(one, fault, started=started, seconds=seconds)
        standing = self._standing(draw)
        if standing.hopeless(draw, fault):
            standing.message = (
                f"arm {draw.arm.name}: stopped, as nothing was answered and {HOPELESS} draws in a row ended in "
                f"{fault.kind} ({_clean(fault.message)[:200]})"
            )
            self.emit(Stopped(draw.arm.name, standing.message))

    def _error(self, draw: Draw, fault: Fault, *, started: str | None = None, seconds: float | None = None) -> None:
        self.tally.errors[fault.kind] += 1
        error = TrialError(fault.kind, _clean(fault.message), fault.status)
        trial = _trial(draw, error=error, started=started, seconds=seconds)
        self.run.put_trial(trial)
        self.emit(Failed(trial))

    def _keep(self, trial: Trial) -> None:
        self.run.put_trial(trial)
        self.emit(Finished(trial))

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

    # --- Ctrl-C ------------------------------------------------------------------------------------------------

    @contextmanager
    def _listening(self) -> Iterator[None]:
        """Ctrl-C is ours meanwhile (in the main thread; elsewhere it never arrives)."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def handler(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature of signal handlers
            self.interrupt_from_outside()

        before = signal.signal(signal.SIGINT, handler)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def interrupt_from_outside(self) -> None:
        """Interrupt from a signal handler or another thread."""
        if self.loop is not None and not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self._interrupt)

    def _interrupt(self) -> None:
        self.interrupts += 1
        if self.interrupts == 1:
            self.halt.set()
            self.emit(Interrupted(self.sending))
            return
        for task in self._workers():
            task.cancel()
        if self.producer is not None:
            self.producer.cancel()


def _fault(kind: str, message: str, *, retry: bool) -> Fault:
    return Fault(kind=kind, message=message, status=None, retry=retry, after=None)


def _parsed(sampler: Sampler, raw: bytes) -> Completion:
    return sampler.parse(msgspec.json.decode(raw))


def _clean(message: str) -> str:
    """An error's message without secrets (APIs quote keys), cut to a readable length."""
    return redact.text(message)[0][:MESSAGE_LENGTH]


def _trial(
    draw: Draw,
    *,
    completion: Completion | None = None,
    error: TrialError | None = None,
    cached: bool = False,
    started: str | None = None,
    seconds: float | None = None,
) -> Trial:
    return Trial(
        draw.case,
        draw.arm.name,
        draw.draw,
        draw.key,
        completion,
        error,
        draw.notes,
        cached,
        draw.on_policy,
        started,
        seconds,
    )
