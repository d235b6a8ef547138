"""A lane whose requests go out in batches: a draw asks as ever, and its answer comes when its batch has ended.

Everything else (cache, follow-ups, retries of what expired or failed, budget) is the room's, as for single requests. A
batch is written to the ledger before it is handed over; one that may have arrived is looked for before anything is
handed over again; whatever a batch brings goes into the cache before anybody is told.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from replay.errors import UserError
from replay.records import Arm
from replay.sample import interrupts, trials
from replay.sample.draws import Draw, endpoint
from replay.sample.events import Batched, Event
from replay.sample.ledger import Entrusted, Ledger
from replay.sample.retries import Pace
from replay.samplers import BATCHES, Fault, Sampler, for_arm
from replay.samplers.batches import State
from replay.store import Cache, Entry

QUIET = 1.0  # seconds without a new request after which a batch is handed over
POLLS = (2.0, 60.0)  # seconds between looks at a batch: at first, and at most
SUBMITS = 5
TIMEOUT = 60.0  # seconds for a call that cancels
UNSURE = frozenset({"timeout", "connection", "server", "overloaded", "malformed", "cut", "stalled"})
LEFT = Fault("left", "it stays with the provider, to be collected by the next call")
_OVERHEAD = 200  # bytes around a body in a batch


class BatchFaultError(Exception):
    """A request of a batch came to nothing; ``fault`` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class LeftUnderWayError(Exception):
    """Nobody waits for the answer any more: it stays with the provider, to be collected by the next call."""


class Slot:
    """Leave to put a request into a batch; there is always some."""

    leads = False

    def begun(self, headers: Mapping[str, str]) -> None:
        """Answers of a batch do not begin."""

    def answered(self, tokens: int) -> None:
        """A batch has no rate to learn."""

    def failed(self, fault: Fault) -> None:
        """Likewise."""

    def leave(self) -> None:
        """Nothing to give back."""


@dataclass
class _Asked:
    """A request that waits to be handed over."""

    body: bytes
    headers: tuple[tuple[str, str], ...]


class BatchLane:
    """The batches to one model at one endpoint."""

    batches = True
    choices = False
    timeout: float | None = None

    def __init__(
        self,
        client: Any,  # noqa: ANN401 - the sampler's own
        sampler: Sampler,
        draw: Draw,
        *,
        cache: Cache,
        pace: Pace,
        emit: Callable[[Event], None],
    ) -> None:
        self.client, self.sampler = client, sampler
        self._batches, self._path = BATCHES[sampler.API]
        self._place = (sampler.API, endpoint(draw.arm, sampler.API), draw.arm.model)
        self._cache, self._pace, self._emit = cache, pace, emit
        self._ledger = Ledger.beside(cache.file)
        self._waiting: dict[str, asyncio.Future[bytes]] = {}
        self._asked: dict[str, _Asked] = {}
        self._size = 0
        self._news = asyncio.Event()
        self._held: dict[str, Entrusted] = {}  # key -> the open batch of an earlier call that it is in
        self._earlier: set[str] = set()
        self._watched: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False
        self._refused: Exception | None = None
        self._ready = self._start(self._begin())
        self._start(self._hand_over())

    # --- what the room asks of a lane ----------------------------------------------------------------------------

    async def admit(self, draw: Draw) -> int:
        """Wait until there is room for ``draw``: no more is held than a batch can take."""
        await asyncio.wait({self._ready})
        while not self._closed and self._size + len(draw.body) > self._batches.MOST_BYTES:
            await asyncio.sleep(QUIET / 4)
        return 0

    def dismiss(self, number: int) -> None:
        """Nothing to do."""

    @asynccontextmanager
    async def slot(self, number: int, draw: Draw) -> AsyncIterator[Slot | None]:  # noqa: ARG002 - a lane's signature
        """Leave to send; None where the lane has been closed."""
        yield None if self._closed and self._refused is None else Slot()

    async def send(self, draw: Draw, key: str, body: bytes, **_: object) -> bytes:
        """The answer, when its batch has ended.

        Raises BatchFaultError, or LeftUnderWayError where the lane is closed first.
        """
        if self._refused is not None:
            raise self._refused
        if self._closed:
            raise LeftUnderWayError
        future = self._waiting.setdefault(key, asyncio.get_running_loop().create_future())
        if key in self._held:
            self._watch(self._held[key])
        elif key not in self._asked:
            self._asked[key] = _Asked(body, tuple(sorted(draw.headers.items())))
            self._size += len(body) + _OVERHEAD
            self._news.set()
        return await future

    def fault(self, error: Exception) -> Fault:
        """What an exception of ``send`` means."""
        return error.fault if isinstance(error, BatchFaultError) else self.sampler.fault(error)

    def close(self) -> None:
        """Wait for nothing more. What was handed over stays with the provider."""
        if self._closed:
            return
        self._closed = True
        under_way = [key for key in self._waiting if key not in self._asked]
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(LeftUnderWayError())
        if under_way:
            self._emit(Batched(_left(len(under_way))))
        self._news.set()

    async def end(self) -> None:
        """Let go of everything."""
        self.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.sampler.close(self.client)
        self._ledger.close()

    # --- handing over --------------------------------------------------------------------------------------------

    async def _begin(self) -> None:
        """Know what earlier calls left under way before anything is handed over."""
        for batch in self._ledger.open_batches(self._place[0], self._place[1]):
            known = batch if batch.id is not None else await self._sought(batch)
            if known is None:
                self._ledger.close_batch(batch.tag, "lost")
            else:
                self._earlier.add(known.tag)
                self._held |= dict.fromkeys(known.keys, known)

    async def _hand_over(self) -> None:
        await asyncio.wait({self._ready})
        while not self._closed:
            await self._news.wait()
            self._news.clear()
            quiet = await self._gathered()
            for keys in self._groups():
                if quiet or self._full(len(keys), sum(len(self._asked[key].body) + _OVERHEAD for key in keys)):
                    await self._submit(keys)
            if self._asked:
                self._news.set()

    async def _gathered(self) -> bool:
        """Wait until no more requests come (True), or there are as many as a batch can take (False)."""
        while not self._closed and not self._full(len(self._asked), self._size):
            try:
                await asyncio.wait_for(self._news.wait(), QUIET)
            except TimeoutError:
                return True
            self._news.clear()
        return False

    def _full(self, requests: int, size: int) -> bool:
        return requests >= self._batches.MOST_REQUESTS or size >= self._batches.MOST_BYTES * 0.9

    def _groups(self) -> list[list[str]]:
        """The keys that wait, in batches within the provider's limits; one batch has one set of headers."""
        groups: list[list[str]] = []
        room: dict[tuple[tuple[str, str], ...], tuple[list[str], int]] = {}
        for key, asked in self._asked.items():
            keys, size = room.get(asked.headers, ([], 0))
            more = len(asked.body) + _OVERHEAD
            if not keys or len(keys) >= self._batches.MOST_REQUESTS or size + more > self._batches.MOST_BYTES:
                keys, size = [], 0
                groups.append(keys)
            keys.append(key)
            room[asked.headers] = keys, size + more
        return groups

    async def _submit(self, keys: list[str]) -> None:
        """Hand a batch over, at most once: after a failure that leaves it open whether it arrived, look first."""
        items = [(key, self._asked[key].body) for key in keys]
        headers = dict(self._asked[keys[0]].headers)
        tag = secrets.token_hex(8)
        self._ledger.intend(tag, *self._place, keys)
        batch = Entrusted(tag, None, *self._place, created=time.time(), state="open", keys=tuple(keys))
        fault: Fault | None = None
        for attempt in range(1, SUBMITS + 1):
            try:
                found = await self._batches.submit(self.client, items, path=self._path, tag=tag, headers=headers)
            except Exception as error:  # noqa: BLE001 - the sampler knows its SDK's errors and raises what it does not know
                fault = self.sampler.fault(error)
            else:
                self._ledger.arrived(tag, found)
                batch = batch._replace(id=found)
                break
            await self._pace.sleep(self._pace.delay(attempt, fault.after))
            if fault.kind in UNSURE:
                try:
                    known = await self._sought(batch)
                except BatchFaultError as error:
                    self._drop(keys)
                    self._fail(keys, error.fault)  # the ledger keeps it: the next call looks again
                    return
                if known is not None:
                    batch = known
                    break
            if not fault.retry or self._closed:
                break
        self._drop(keys)
        if batch.id is None:
            self._ledger.close_batch(tag, "lost")
            self._fail(keys, fault or Fault("server", "the batch was not taken", retry=True))
            return
        self._held |= dict.fromkeys(keys, batch)
        self._emit(Batched(f"{len(keys)} requests handed over as batch {batch.id}"))
        self._watch(batch)

    def _drop(self, keys: list[str]) -> None:
        for key in keys:
            self._size -= len(self._asked.pop(key).body) + _OVERHEAD

    async def _sought(self, batch: Entrusted) -> Entrusted | None:
        """The batch with its id, where it arrived although nobody was told; None where it did not.

        Raises BatchFaultError where the provider cannot be asked: then nothing may be handed over again.
        """
        fault = Fault("connection", "the provider's batches cannot be listed")
        for attempt in range(1, SUBMITS + 1):
            try:
                found = await self._batches.find(
                    self.client, tag=batch.tag, requests=len(batch.keys), since=batch.created, known=self._ledger.ids()
                )
            except Exception as error:  # noqa: BLE001 - the sampler knows its SDK's errors and raises what it does not know
                fault = self.sampler.fault(error)
                if not fault.retry:
                    break
                await self._pace.sleep(self._pace.delay(attempt, fault.after))
            else:
                if found is None:
                    return None
                self._ledger.arrived(batch.tag, found)
                return batch._replace(id=found)
        why = f"a batch may have been handed over before, and cannot be looked for: {fault.message}"
        raise BatchFaultError(Fault(fault.kind, why, fault.status))

    # --- collecting ----------------------------------------------------------------------------------------------

    def _watch(self, batch: Entrusted) -> None:
        if batch.tag not in self._watched:
            self._watched.add(batch.tag)
            self._start(self._collect(batch))

    async def _collect(self, batch: Entrusted) -> None:
        """Wait for the end of a batch; then keep what it brought, and tell who waits."""
        assert batch.id is not None
        state = await self._ended(batch.id)
        if state.why:
            self._ledger.close_batch(batch.tag, "lost")
            self._forget(batch)
            self._fail(batch.keys, Fault("bad_request", f"the batch failed: {state.why}"))
            return
        answers: dict[str, bytes] = {}
        faults: dict[str, Fault] = {}
        wanted = frozenset(batch.keys)
        strangers = 0
        async for key, outcome in self._batches.results(self.client, batch.id):
            if key not in wanted:
                strangers += 1
            elif isinstance(outcome, Fault):
                # given up in an earlier call is asked for again by this one; given up meanwhile is meant
                again = outcome.kind == "canceled" and batch.tag in self._earlier
                faults[key] = replace(outcome, retry=True) if again else outcome
            else:
                answers[key] = outcome
        if strangers and not answers and not faults:
            # found by time and size alone, and it is somebody else's: ours never arrived
            self._ledger.close_batch(batch.tag, "lost")
            self._forget(batch)
            self._fail(batch.keys, Fault("server", "the batch never reached the provider", retry=True))
            return
        api, _, model = self._place
        await asyncio.to_thread(self._keep, [Entry(key, raw, api, model) for key, raw in answers.items()])
        self._ledger.close_batch(batch.tag, "collected")
        self._forget(batch)
        for key, raw in answers.items():
            if (future := self._waiting.pop(key, None)) is not None and not future.done():
                future.set_result(raw)
        missing = Fault("expired", "the batch ended without a word on this request", retry=True)
        for key in batch.keys:
            if key not in answers:
                self._fail([key], faults.get(key, missing))

    def _keep(self, entries: list[Entry]) -> None:
        with Cache.open(self._cache.file) as cache:
            cache.put_all(entries)

    async def _ended(self, batch: str) -> State:
        delay, most = POLLS
        failures = 0
        while True:
            try:
                state = await self._batches.state(self.client, batch)
                failures = 0
            except Exception as error:  # noqa: BLE001 - the sampler knows its SDK's errors and raises what it does not know
                fault = self.sampler.fault(error)
                failures += 1
                if not fault.retry:
                    return State(batch, ended=True, why=fault.message)
                delay = max(delay, self._pace.delay(failures, fault.after))
            else:
                if state.ended:
                    return state
            await self._pace.sleep(delay)
            delay = min(most, delay * 1.5)

    def _forget(self, batch: Entrusted) -> None:
        for key in batch.keys:
            if self._held.get(key) is not None and self._held[key].tag == batch.tag:
                del self._held[key]

    def _fail(self, keys: list[str] | tuple[str, ...], fault: Fault) -> None:
        for key in keys:
            if (future := self._waiting.pop(key, None)) is not None and not future.done():
                future.set_exception(BatchFaultError(fault))

    # --- tasks ---------------------------------------------------------------------------------------------------

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        """A failure of ours goes to everybody who waits, so that the room ends with it."""
        try:
            await work
        except Exception as error:  # noqa: BLE001 - told to every waiting draw, which raises it
            self._closed, self._refused = True, error
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(error)


def cancel(batch: Entrusted) -> None:
    """Ask the provider to leave what is not done of ``batch``; the next call of ``sample`` collects what is.

    Raises UserError where there is no key, or the provider refuses.
    """
    arm = Arm(name="batch", model=batch.model, base_url=batch.endpoint or None)
    sampler = for_arm(arm)

    async def ask() -> None:
        client = sampler.connect(arm, timeout=TIMEOUT, concurrency=1)
        try:
            await BATCHES[batch.api][0].cancel(client, str(batch.id))
        except Exception as error:
            fault = sampler.fault(error)
            raise UserError(f"batch {batch.id} could not be canceled: {trials.clean(fault.message)}") from error
        finally:
            await sampler.close(client)

    with asyncio.Runner(loop_factory=interrupts.new_loop) as runner:
        runner.run(ask())


def _left(count: int) -> str:
    what = f"{count} requests are" if count > 1 else "1 request is"
    return f"{what} under way in batches: the same command collects them; `replay batches --cancel all` gives them up"
