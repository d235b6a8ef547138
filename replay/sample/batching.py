"""A lane whose requests go out in batches: a draw asks as ever, and its answer comes when its batch has ended.

Everything else (cache, follow-ups, retries of what expired or failed, budget) is the room's, as for single requests.
Whatever a batch brings goes into the cache before anybody is told.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from replay.sample.draws import Draw, endpoint
from replay.sample.entrusting import BatchFaultError, Endpoint
from replay.sample.events import Batched, Event
from replay.sample.ledger import Entrusted, Ledger
from replay.sample.retries import Pace
from replay.samplers import Fault, Sampler
from replay.store import Cache, Entry

QUIET = 1.0  # seconds without a new request after which a batch is handed over
LEFT = Fault("left", "it stays with the provider, to be collected by the next call")
_OVERHEAD = 200  # bytes around a body in a batch


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
        self._place = (sampler.API, endpoint(draw.arm, sampler.API), draw.arm.model)
        self._cache, self._emit = cache, emit
        self._ledger = Ledger.beside(cache.file)
        self._endpoint = Endpoint(client, sampler, self._place, ledger=self._ledger, pace=pace)
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
        while not self._closed and self._size + len(draw.body) > self._endpoint.most_bytes:
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
            known = batch if batch.id is not None else await self._endpoint.sought(batch)
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
        return requests >= self._endpoint.most_requests or size >= self._endpoint.most_bytes * 0.9

    def _groups(self) -> list[list[str]]:
        """The keys that wait, in batches within the provider's limits; one batch has one set of headers."""
        groups: list[list[str]] = []
        room: dict[tuple[tuple[str, str], ...], tuple[list[str], int]] = {}
        for key, asked in self._asked.items():
            keys, size = room.get(asked.headers, ([], 0))
            more = len(asked.body) + _OVERHEAD
            if not keys or len(keys) >= self._endpoint.most_requests or size + more > self._endpoint.most_bytes:
                keys, size = [], 0
                groups.append(keys)
            keys.append(key)
            room[asked.headers] = keys, size + more
        return groups

    async def _submit(self, keys: list[str]) -> None:
        items = [(key, self._asked[key].body) for key in keys]
        headers = dict(self._asked[keys[0]].headers)
        try:
            batch = await self._endpoint.hand_over(items, headers, wanted=lambda: not self._closed)
        except BatchFaultError as error:
            self._drop(keys)
            self._fail(keys, error.fault)
            return
        self._drop(keys)
        self._held |= dict.fromkeys(keys, batch)
        self._emit(Batched(f"{len(keys)} requests handed over as batch {batch.id}"))
        self._watch(batch)

    def _drop(self, keys: list[str]) -> None:
        for key in keys:
            self._size -= len(self._asked.pop(key).body) + _OVERHEAD

    # --- collecting ----------------------------------------------------------------------------------------------

    def _watch(self, batch: Entrusted) -> None:
        if batch.tag not in self._watched:
            self._watched.add(batch.tag)
            self._start(self._collect(batch))

    async def _collect(self, batch: Entrusted) -> None:
        """Wait for the end of a batch; then keep what it brought, and tell who waits."""
        assert batch.id is not None
        state = await self._endpoint.ended(batch.id)
        if state.why:
            self._ledger.close_batch(batch.tag, "lost")
            self._forget(batch)
            self._fail(batch.keys, Fault("bad_request", f"the batch failed: {state.why}"))
            return
        answers: dict[str, bytes] = {}
        faults: dict[str, Fault] = {}
        wanted = frozenset(batch.keys)
        strangers = 0
        async for key, outcome in self._endpoint.results(batch.id):
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


def _left(count: int) -> str:
    what = f"{count} requests are" if count > 1 else "1 request is"
    return f"{what} under way in batches: the same command collects them; `replay batches --cancel all` gives them up"
