"""Parts on dask.distributed: a cluster of this machine's processes, or one that runs already."""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from multiprocessing import forkserver
from typing import TYPE_CHECKING

from replay.errors import UserError
from replay.scale.local import patience, sparing
from replay.scale.plan import Done, Part
from replay.workers import Failed

if TYPE_CHECKING:
    from distributed import Client, Future

LOOPBACK = "127.0.0.1"
WINDOW = 4
"""Parts handed out for each worker: enough that none waits, few enough that a lost scheduler forgets little."""

LOSSES = 1
"""Workers that a part may take with it before it is given back as failed; it is tried again log by log then."""

_START = "distributed.worker.multiprocessing-method"
"""How its processes start: from a server that imports once what all of them need."""

_CONFIG = {
    "distributed.scheduler.allowed-failures": LOSSES,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.target": False,
    # All of these servers listen on every interface by default, even without a dashboard.
    "distributed.scheduler.dashboard.bokeh-application.check_unused_sessions_milliseconds": 500,
    "distributed.worker.http.routes": [],
    "distributed.scheduler.http.routes": [],
    "distributed.nanny.preload": [],
    "distributed.worker.profile.enabled": False,  # it looks at the stack 100 times a second
}


def runner(
    scheduler: str | None, jobs: int, *, seconds: float | None = None
) -> Callable[..., Iterator[tuple[Part, Done | Failed]]]:
    """Runs parts on the scheduler at the address ``scheduler``, or on ``jobs`` processes of this machine.

    Raises UserError where dask is not installed or no scheduler answers.
    """
    return partial(_run, scheduler=scheduler, jobs=jobs, seconds=seconds)


def _run(
    function: Callable[[Part], Done],
    parts: Sequence[Part],
    *,
    scheduler: str | None,
    jobs: int,
    seconds: float | None,
) -> Iterator[tuple[Part, Done | Failed]]:
    limit = patience(parts, seconds)
    with connected(scheduler, jobs) as client:
        yield from as_done(client, partial(within, limit, function), parts)


@contextmanager
def connected(scheduler: str | None, jobs: int) -> Iterator[Client]:
    """A client of the scheduler, or of a cluster that lasts as long as the block and listens on loopback only."""
    try:
        import dask

        if scheduler is None:
            _begin_server()
        import distributed
    except ImportError as error:
        raise UserError("--engine dask needs dask: pip install 'transcript-replay[cluster]'") from error
    if scheduler is not None:
        try:
            client = distributed.Client(scheduler, timeout="20s", set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise UserError(f"no scheduler answers at {scheduler}: {error}") from error
        with client:
            yield client
        return
    with (
        dask.config.set(_CONFIG),
        distributed.LocalCluster(
            n_workers=max(1, jobs),
            threads_per_worker=1,  # a part that hangs is ended with its process
            host=LOOPBACK,
            dashboard_address=f"{LOOPBACK}:0",
            worker_dashboard_address=f"{LOOPBACK}:0",
            silence_logs=50,
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        yield client


def _begin_server() -> None:
    """Start what workers are forked from, to import what they need while we do; unless another way is configured."""
    import dask

    if dask.config.get(_START, None) is None and "forkserver" in multiprocessing.get_all_start_methods():
        dask.config.set({_START: "forkserver"})  # read when distributed is imported
        forkserver.set_forkserver_preload(["distributed", __name__])
        forkserver.ensure_running()


def as_done(
    client: Client, function: Callable[[Part], Done], parts: Sequence[Part]
) -> Iterator[tuple[Part, Done | Failed]]:
    """Each part with its result, as they come, a few for each worker under way at a time.

    A part that was lost with its workers may only have waited behind the one that killed them: each of these is done
    once more, alone, at the end.
    """
    from distributed import as_completed

    shared = client.submit(_shared, function, pure=False)  # a task that is done again where its worker is lost
    source = iter(parts)
    waiting: dict[object, Part] = {}

    def submitted(count: int) -> list[Future[Done]]:
        made = []
        for part in islice(source, count):
            future = client.submit(sparing, shared, part, key=f"replay-{part.name}", pure=False)
            waiting[future.key] = part
            made.append(future)
        return made

    running = as_completed(submitted(WINDOW * (sum(client.nthreads().values()) or 1)), loop=client.loop)
    crashed: list[Part] = []
    for future in running:
        result = _result(future)
        running.update(submitted(1))
        part = waiting.pop(future.key)
        if isinstance(result, Failed) and result.kind == "crashed":
            crashed.append(part)
        else:
            yield part, result
    for part in crashed:
        yield part, _result(client.submit(sparing, shared, part, key=f"replay-{part.name}-alone", pure=False))


def _shared(function: Callable[[Part], Done]) -> Callable[[Part], Done]:
    """The function itself: with the rules it is a quarter of a megabyte, and goes to a worker once so."""
    return function


def _result(future: Future[Done]) -> Done | Failed:
    """What became of a part. Its worker may also be lost when the part is done, but the result not fetched."""
    from distributed import KilledWorker

    try:
        result: Done = future.result()
    except KilledWorker:
        return Failed("crashed", f"it took {LOSSES + 1} workers of the cluster with it")
    except ModuleNotFoundError as error:
        raise UserError(
            f"the workers of the cluster lack {error.name}: install the same transcript-replay on them"
        ) from error
    except Exception as error:  # noqa: BLE001 - it is told of the part, as a worker here would
        return Failed("raised", repr(error), error)
    return result


def within(seconds: float, function: Callable[[Part], Done], part: Part) -> Done:
    """What ``function`` makes of ``part``; the process ends if it is not done in time, whatever loop it is in.

    dask has no time limit of its own. This one is of the process: its workers should have one thread each.
    """
    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123 - a device
        faulthandler.dump_traceback_later(seconds, exit=True, file=nowhere)
        try:
            return function(part)
        finally:
            faulthandler.cancel_dump_traceback_later()
