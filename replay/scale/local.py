"""Parts on this machine: in worker processes that are watched, or in this one."""

from __future__ import annotations

import gc
import os
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from replay import importers, workers
from replay.errors import UserError
from replay.scale import sources
from replay.scale.plan import Done, Part
from replay.workers import Failed

SECONDS = 120.0
SECONDS_A_BYTE = 4e-6
"""How long a part may take: some ten times what one full of code does under all rules."""


def runner(
    jobs: int, *, seconds: float | None = None, alone: int = 0
) -> Callable[..., Iterator[tuple[Part, Done | Failed]]]:
    """Runs parts in ``jobs`` processes; 0 is this process, which a crash or an endless loop then takes with it.

    ``seconds`` is the time a part has (by its size where not given). Less than ``alone`` bytes in all are done in this
    process.
    """
    return in_process if jobs == 0 else partial(_run, jobs=jobs, seconds=seconds, alone=alone)


def patience(parts: Sequence[Part], seconds: float | None) -> float:
    """The time each of ``parts`` has: enough for the largest of them."""
    return SECONDS + SECONDS_A_BYTE * max(part.size for part in parts) if seconds is None else seconds


def _run(
    function: Callable[[Part], Done], parts: Sequence[Part], *, jobs: int, seconds: float | None, alone: int
) -> Iterator[tuple[Part, Done | Failed]]:
    if sum(part.size for part in parts) < alone:
        return in_process(function, parts)
    _make_ready(parts[0])
    crew = min(jobs, len(parts))
    return workers.run(partial(sparing, function), parts, jobs=crew, seconds=patience(parts, seconds), in_order=False)


def _make_ready(part: Part) -> None:
    """Import what tells the format of logs like the first one here, so that each worker, a fork, has it."""
    if part.logs and (path := sources.place(part.logs[0])) is not None:
        with suppress(UserError):
            importers.identify(Path(path))


def sparing(function: Callable[[Part], Done], part: Part) -> Done:
    """What ``function`` makes of ``part``, with one thread for tables: there is a process for each core already."""
    gc.set_threshold(50_000, 20, 100)  # a tree is read as many thousand nodes, which are never part of a cycle
    os.environ.setdefault("POLARS_MAX_THREADS", "1")  # read when polars is first used
    return function(part)


def in_process(function: Callable[[Part], Done], parts: Sequence[Part]) -> Iterator[tuple[Part, Done | Failed]]:
    """Each part done here, one after the other."""
    for part in parts:
        result: Done | Failed
        try:
            result = function(part)
        except Exception as error:  # noqa: BLE001 - it is told of the part, as a worker would
            result = Failed("raised", traceback.format_exc(), error)
        yield part, result
