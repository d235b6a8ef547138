"""One request: sent when its lane and the gate allow, tried again after a fault that may pass, read or given up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack

from replay.records import Usage
from replay.sample import trials
from replay.sample.batching import LEFT, BatchLane, LeftUnderWayError
from replay.sample.batching import Slot as BatchSlot
from replay.sample.draws import Draw
from replay.sample.events import Event, Retrying, Started, Tally
from replay.sample.gate import Gate
from replay.sample.lanes import Lane, Slot
from replay.sample.log import RequestLog
from replay.sample.outcomes import Outcomes, Unanswered
from replay.sample.retries import Pace, Patience
from replay.sample.trials import Told
from replay.samplers import Fault


class Sender:
    """Sends the requests of one call of ``sample``; ``under_way`` of them are sent and not yet answered.

    Nothing is sent once ``halted``. ``halt`` is called where the gate lets nothing more through.
    """

    def __init__(
        self,
        outcomes: Outcomes,
        tally: Tally,
        log: RequestLog,
        emit: Callable[[Event], None],
        pace: Pace,
        timeout: float,
        gate: Gate | None,
        halted: asyncio.Event,
        halt: Callable[[], None],
    ) -> None:
        self.under_way = 0
        self._outcomes, self._tally, self._log, self._emit = outcomes, tally, log, emit
        self._pace, self._timeout, self._gate = pace, timeout, gate
        self._halted, self._halt = halted, halt
        self._settled = asyncio.Event()

    async def answer(
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

        The leave to send stays in ``held``. Faults ``once`` are not tried again, nor is one waited for that has some
        and is too dear.
        """
        patience = Patience()
        while True:
            slot = await held.enter_async_context(lane.slot(number, draw))
            lane.dismiss(number)
            if slot is None or self._halted.is_set() or self._outcomes.stopped(draw) or (once and not lane.choices):
                return None
            if (ticket := self._reserve(draw, body)) is None:
                slot.leave()
                if (once and not self.under_way) or not await self._afford():
                    return None
                continue
            began = time.monotonic()
            told, fault = await self._attempt(lane, draw, slot, key, body, patience.attempts + 1, ticket)
            if fault is None:
                return told
            delay = None if fault.kind in once else patience.next(fault, self._pace, self._timeout)
            if delay is not None and not self._halted.is_set():
                slot.leave()
                self._emit(Retrying(draw, fault.kind, patience.attempts, delay))
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
        self._tally.requests += 1
        self.under_way += 1
        self._emit(Started(draw, attempt))
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
                fault = _late(self._timeout) if late else lane.fault(error)
            else:
                told, fault = await self._understood(lane, draw, raw, key, time.monotonic() - began)
        finally:
            self.under_way -= 1
            usage = told.completion.usage if told else None
            if told is not None:
                slot.answered(_size(told.completion.usage))
            elif fault is not None:
                slot.failed(fault)
            self._settle(ticket, usage, fault)
        how = "stream" if streamed else "plain"
        self._log.add(draw, attempt=attempt, key=key, began=began, fault=fault, usage=usage, how=how)
        return told, fault

    async def _understood(
        self, lane: Lane | BatchLane, draw: Draw, raw: bytes, key: str, seconds: float
    ) -> tuple[Told | None, Fault | None]:
        """An answer read; the fault where it cannot be understood."""
        try:
            completion = trials.parsed(draw.sampler, raw)
            return Told(completion, raw, key, cached=False, seconds=seconds, batch=lane.batches), None
        except trials.UNREADABLE as error:
            await self._outcomes.unreadable(key, raw)
            return None, Fault("malformed", f"the response could not be read: {error}", retry=True)
        except Exception:
            await self._outcomes.unreadable(key, raw)
            raise

    async def _nap(self, delay: float) -> bool:
        """Sleep; True where sampling was halted meanwhile."""
        sleeper = asyncio.ensure_future(self._pace.sleep(delay))
        halted = asyncio.create_task(self._halted.wait())
        try:
            await asyncio.wait({sleeper, halted}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeper.cancel()
            halted.cancel()
        return self._halted.is_set()

    # --- the gate -----------------------------------------------------------------------------------------------

    def _reserve(self, draw: Draw, body: bytes) -> object | None:
        return True if self._gate is None else self._gate.reserve(draw, body)

    def _settle(self, ticket: object, usage: Usage | None, fault: Fault | None) -> None:
        if self._gate is not None:
            self._gate.settle(ticket, usage=usage, fault=fault)
            self._settled.set()

    async def _afford(self) -> bool:
        """The gate said no: wait until a request under way is settled. False where none is: then sampling stops."""
        if self._halted.is_set() or self._gate is None:
            return False
        if not self.under_way:
            self._tally.stopped.append(self._gate.sentence)
            self._halt()
            return False
        self._settled.clear()
        await self._settled.wait()
        return True


def _size(usage: Usage) -> int:
    return usage.input + usage.cache_write + usage.cache_read + usage.output


def _late(seconds: float) -> Fault:
    return Fault("timeout", f"no answer within {seconds:g} s", retry=True)
