"""What was answered goes to the disk in shared commits: a draw counts when the commit that holds it has returned.

One thread writes. While it commits, whatever is answered meanwhile gathers for the next commit, so that many draws
share one fsync and none waits for more than two.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from replay.records import Trial
from replay.store import Cache, Entry, Run

GATHER = 0.002  # seconds to wait for company before a commit


@dataclass
class Keeping:
    """What one draw has to keep: its trials, the answers to the cache, responses that could not be understood."""

    trials: list[Trial] = field(default_factory=list)
    answers: list[Entry] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


class Keeper:
    """Writes for a room. ``run`` is asked for what is planned; writing goes through connections of its own."""

    def __init__(self, run: Run, cache: Cache) -> None:
        self._run = run
        self._own_run = Run.open(run.path, create=False)
        self._own_cache = Cache.open(cache.file)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="replay-keep")
        self._waiting: list[tuple[Keeping, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def keep(self, kept: Keeping) -> None:
        """Return when ``kept`` is on the disk. Raises UserError where it cannot be written."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((kept, future))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_all())
        await future

    async def close(self) -> None:
        """Write what waits, and close."""
        try:
            if self._writer is not None:
                await asyncio.wait({self._writer})
        finally:
            self._thread.shutdown()
            self._own_run.close()
            self._own_cache.close()

    async def _write_all(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            await asyncio.sleep(GATHER)
            batch, self._waiting = self._waiting, []
            planned = self._run.take_planned()
            try:
                await loop.run_in_executor(self._thread, self._write, [kept for kept, _ in batch], planned)
            except Exception as error:  # noqa: BLE001 - raised by ``keep`` in everyone who waits
                for _, future in batch:
                    if not future.done():
                        future.set_exception(error)
            else:
                for _, future in batch:
                    if not future.done():
                        future.set_result(None)

    def _write(self, batch: list[Keeping], planned: list[tuple[str, str, int, str, int]]) -> None:
        """The cache first: a trial whose answer is there can be told again, an answer without a trial is found."""
        if answers := [entry for kept in batch for entry in kept.answers]:
            self._own_cache.put_all(answers)
        trials = [trial for kept in batch for trial in kept.trials]
        refused = [pair for kept in batch for pair in kept.refused]
        if trials or refused or planned:
            self._own_run.put_all(trials, refused=refused, planned=planned)
