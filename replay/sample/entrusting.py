"""A provider's batch endpoint, called with patience: a batch is handed over at most once, found again, and awaited.

A batch is written to the ledger before it is handed over; one that may have arrived is looked for before anything is
handed over again.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

from replay.errors import UserError
from replay.records import Arm
from replay.sample import interrupts, trials
from replay.sample.ledger import Entrusted, Ledger
from replay.sample.retries import Pace
from replay.samplers import BATCHES, Fault, Sampler, for_arm
from replay.samplers.batches import Item, State

POLLS = (2.0, 60.0)  # seconds between looks at a batch: at first, and at most
SUBMITS = 5
TIMEOUT = 60.0  # seconds for a call that cancels
UNSURE = frozenset({"timeout", "connection", "server", "overloaded", "malformed", "cut", "stalled"})


class BatchFaultError(Exception):
    """A request of a batch came to nothing; ``fault`` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class Endpoint:
    """The batch endpoint for one model. ``place`` is its API, address and model, as the ledger has them."""

    def __init__(
        self,
        client: Any,  # noqa: ANN401 - the sampler's own
        sampler: Sampler,
        place: tuple[str, str, str],
        *,
        ledger: Ledger,
        pace: Pace,
    ) -> None:
        self._client, self._sampler, self._place, self._ledger, self._pace = client, sampler, place, ledger, pace
        self._batches, self._path = BATCHES[sampler.API]
        self.most_requests: int = self._batches.MOST_REQUESTS
        self.most_bytes: int = self._batches.MOST_BYTES

    async def hand_over(self, items: list[Item], headers: dict[str, str], *, wanted: Callable[[], bool]) -> Entrusted:
        """Hand a batch over, at most once: after a failure that leaves it open whether it arrived, look first.

        Not tried again where it is no longer ``wanted``. Raises BatchFaultError where it did not arrive, or where that
        cannot be found out: then the ledger keeps it, and the next call looks again.
        """
        tag = secrets.token_hex(8)
        keys = tuple(key for key, _ in items)
        self._ledger.intend(tag, *self._place, list(keys))
        batch = Entrusted(tag, None, *self._place, created=time.time(), state="open", keys=keys)
        fault = Fault("server", "the batch was not taken", retry=True)
        for attempt in range(1, SUBMITS + 1):
            try:
                found = await self._batches.submit(self._client, items, path=self._path, tag=tag, headers=headers)
            except Exception as error:  # noqa: BLE001 - the sampler knows its SDK's errors and raises what it does not know
                fault = self._sampler.fault(error)
            else:
                self._ledger.arrived(tag, found)
                return batch._replace(id=found)
            await self._pace.sleep(self._pace.delay(attempt, fault.after))
            if fault.kind in UNSURE and (known := await self.sought(batch)) is not None:
                return known
            if not fault.retry or not wanted():
                break
        self._ledger.close_batch(tag, "lost")
        raise BatchFaultError(fault)

    async def sought(self, batch: Entrusted) -> Entrusted | None:
        """The batch with its id, where it arrived although nobody was told; None where it did not.

        Raises BatchFaultError where the provider cannot be asked: then nothing may be handed over again.
        """
        fault = Fault("connection", "the provider's batches cannot be listed")
        for attempt in range(1, SUBMITS + 1):
            try:
                found = await self._batches.find(
                    self._client, tag=batch.tag, requests=len(batch.keys), since=batch.created, known=self._ledger.ids()
                )
            except Exception as error:  # noqa: BLE001 - the sampler knows its SDK's errors and raises what it does not know
                fault = self._sampler.fault(error)
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

    async def ended(self, batch: str) -> State:
        """How the batch stands once it has ended, or once its state can no longer be asked for."""
        delay, most = POLLS
        failures = 0
        while True:
            try:
                state = await self._batches.state(self._client, batch)
                failures = 0
            except Exception as error:  # noqa: BLE001 - the sampler knows its SDK's errors and raises what it does not know
                fault = self._sampler.fault(error)
                failures += 1
                if not fault.retry:
                    return State(batch, ended=True, why=fault.message)
                delay = max(delay, self._pace.delay(failures, fault.after))
            else:
                if state.ended:
                    return state
            await self._pace.sleep(delay)
            delay = min(most, delay * 1.5)

    def results(self, batch: str) -> AsyncIterator[tuple[str, bytes | Fault]]:
        """By key the response's JSON, or why there is none. Raises what the SDK raises."""
        return self._batches.results(self._client, batch)


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
