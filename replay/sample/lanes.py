"""Requests to one model at one endpoint: its client, and who may send when."""

from __future__ import annotations

import asyncio
import itertools
import math
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from replay.sample.draws import Draw
from replay.sample.limits import Throttle
from replay.sample.order import Order
from replay.samplers import Fault, Sampler, quotas
from replay.samplers.protocol import Begun

CROWD = 50  # draws that may wait for each request that may be under way


class Slot:
    """Leave to send one request; ``leads`` where others wait for its answer to begin."""

    def __init__(self, lane: Lane, number: int, *, leads: bool) -> None:
        self.leads = leads
        self._lane = lane
        self._number = number
        self._under_way = self._open = True

    def begun(self, headers: Mapping[str, str]) -> None:
        """The head of the answer has come."""
        now = self._lane.clock()
        self._lane.throttle.begun(now, quotas.read(headers))
        self._lane.order.begun(self._number, now)
        self._lane.pump()

    def answered(self, tokens: int) -> None:
        """The whole answer has come; ``tokens`` were read and written for it."""
        self._ended(lambda throttle: throttle.answered(tokens))

    def failed(self, fault: Fault) -> None:
        """No answer came."""
        self._ended(lambda throttle: throttle.failed(self._lane.clock(), fault))

    def leave(self) -> None:
        """What came of the request is kept: its draw is no longer open. A second time it is a no-op."""
        self._ended(Throttle.gave_up)
        if self._open:
            self._open = False
            self._lane.open -= 1
            self._lane.pump()

    def _ended(self, tell: Callable[[Throttle], None]) -> None:
        if self._under_way:
            self._under_way = False
            tell(self._lane.throttle)
            self._lane.order.ended(self._number)
            self._lane.pump()


class Lane:
    """A client, a throttle, and the draws that wait for it."""

    batches = False

    def __init__(self, client: Any, sampler: Sampler, concurrency: int, timeout: float) -> None:  # noqa: ANN401 - the sampler's own
        self.client = client
        self.sampler = sampler
        self.timeout: float | None = timeout
        self.throttle = Throttle(concurrency)
        self.order: Order[tuple[int, asyncio.Future[Slot | None]]] = Order()
        self.clock = asyncio.get_running_loop().time
        self.choices = True  # as long as the server gives as many choices as it is asked for
        self.open = 0  # requests sent of which nothing is on the disk yet: what a crash would repeat
        self._numbers = itertools.count()
        self._held: Counter[int] = Counter()  # by the identity of the body's bytes
        self._bodies: dict[int, int] = {}
        self._fewer = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    async def admit(self, draw: Draw) -> int:
        """Wait until there is room for ``draw`` to wait, and its number in the line.

        No more different bodies wait than requests may be under way, so that no more than twice as many are held.
        """
        body = id(draw.body)
        most = self.throttle.most
        while not self._closed and (
            (len(self._held) >= most and body not in self._held) or self._held.total() >= CROWD * most
        ):
            self._fewer.clear()
            await self._fewer.wait()
        number = next(self._numbers)
        self._held[body] += 1
        self._bodies[number] = body
        return number

    async def send(
        self,
        draw: Draw,
        key: str,  # noqa: ARG002 - what batches go by
        body: bytes,
        *,
        begun: Begun,
        streamed: bool,
    ) -> bytes:
        """The response's JSON. Raises what ``fault`` knows."""
        return await self.sampler.send(self.client, body, headers=draw.headers, begun=begun, streamed=streamed)

    def fault(self, error: Exception) -> Fault:
        """What an exception of ``send`` means. Raises ``error`` where it is none of the API's or the network's."""
        return self.sampler.fault(error)

    async def end(self) -> None:
        """Let go of the connections."""
        await self.sampler.close(self.client)

    def dismiss(self, number: int) -> None:
        """The draw with this number no longer waits for its first request."""
        if (body := self._bodies.pop(number, None)) is None:
            return
        self._held[body] -= 1
        if self._held[body] <= 0:
            del self._held[body]
        self._fewer.set()

    @asynccontextmanager
    async def slot(self, number: int, draw: Draw) -> AsyncIterator[Slot | None]:
        """Leave to send one request of ``draw``; None where the lane has been closed meanwhile."""
        if self._closed:
            yield None
            return
        future: asyncio.Future[Slot | None] = asyncio.get_running_loop().create_future()
        self.order.put(number, (number, future), draw.shares)
        self.pump()
        try:
            slot = await future
        except asyncio.CancelledError:
            self.order.drop(number)
            if future.done() and not future.cancelled() and (given := future.result()):
                given.leave()
            raise
        try:
            yield slot
        finally:
            if slot is not None:
                slot.leave()

    def pump(self) -> None:
        """Let go whoever may."""
        while len(self.order) and self.open < self.throttle.most:
            delay = self.throttle.delay(self.clock())
            if delay > 0:
                self._wake_in(delay)
                return
            if (taken := self.order.take(self.clock())) is None:
                return
            (number, future), leads = taken
            if future.done():
                self.order.ended(number)
                continue
            self.throttle.sent()
            self.open += 1
            future.set_result(Slot(self, number, leads=leads))

    def close(self) -> None:
        """Nobody gets a leave any more; who waits for one is told None."""
        self._closed = True
        self._fewer.set()
        if self._timer is not None:
            self._timer.cancel()
        for _, future in self.order.clear():
            if not future.done():
                future.set_result(None)

    def _wake_in(self, delay: float) -> None:
        if not math.isfinite(delay):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(delay, self.pump)
