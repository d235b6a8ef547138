"""Work on several cores under supervision: a task that crashes or hangs costs itself, never the others.

Each worker is a process that holds one task at a time, so that whatever becomes of the process is told of that task.
It is forked from this process where that is safe, which takes milliseconds and shares what is imported and compiled;
else it comes from a server process, which imports all of it once more.
"""

from __future__ import annotations

import gc
import math
import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkContext, ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

from replay.errors import AnalyserError

Item = TypeVar("Item")
Result = TypeVar("Result")

AHEAD = 4
"""Tasks that may be done, for each worker, before the one whose turn it is."""

_START_SECONDS = 60.0
_IDLE = frozenset({"jemalloc_bg_thd", "polars-ooc-clea"})
"""Threads that polars starts when it is imported, by the name the system has: a server process has them too."""

_GRACE = 5.0  # after its time a worker ends by itself, should we be gone


class Failed(NamedTuple):
    """What came instead of a result: the task raised ``error``, its process died, or its time ran out."""

    kind: Literal["raised", "crashed", "timeout"]
    why: str
    error: Exception | None = None


class _Task(NamedTuple):
    place: int
    item: Any
    results: list[Any]
    """One, when it is done."""


def cores() -> int:
    """The cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


def run(
    function: Callable[[Item], Result], items: Iterable[Item], *, jobs: int, seconds: float, in_order: bool = True
) -> Iterator[tuple[Item, Result | Failed]]:
    """Each item with what ``function`` makes of it, from ``jobs`` processes; ``seconds`` is a task's time.

    Function, items and results travel by pickle. Results come in the order of the items, which are read only ``AHEAD``
    a worker ahead of the one whose turn it is; or else as they are done. A worker that dies or must be killed is
    replaced; the task is not tried again. All workers end with the iteration, however it ends. Raises AnalyserError
    where no worker starts.
    """
    source = enumerate(items)
    waiting: dict[int, _Task] = {}
    crew: list[_Worker] = []
    drained = False
    try:
        while True:
            while (ready := _ready(waiting, in_order=in_order)) is not None:
                del waiting[ready.place]
                yield ready.item, ready.results[0]
            while not drained and len(waiting) < jobs * AHEAD and (worker := _free(crew, jobs, function)):
                entry = next(source, None)
                if entry is None:
                    drained = True
                    break
                task = waiting[entry[0]] = _Task(*entry, [])
                if lost := worker.give(task, seconds):
                    task.results.append(lost)
            if drained and not waiting:
                return
            if _ready(waiting, in_order=in_order) is None:
                for worker in _events(crew):
                    if (done := worker.take()) is not None:
                        done[0].results.append(done[1])
                crew = [worker for worker in crew if worker.alive]
    finally:
        for worker in crew:
            worker.kill()


def _ready(waiting: dict[int, _Task], *, in_order: bool) -> _Task | None:
    """The task to be told of next, if it is done."""
    tasks = waiting.values()
    return next((task for task in (islice(tasks, 1) if in_order else tasks) if task.results), None)


def _context(function: Callable[..., Any]) -> ForkContext | ForkServerContext | SpawnContext:
    """Where a worker comes from. A fork copies the locks that other threads hold, and not the threads."""
    if sys.platform == "linux" and _alone():
        return multiprocessing.get_context("fork")
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    inner = getattr(function, "func", function)  # of a partial
    context.set_forkserver_preload([__name__, inner.__module__])
    return context


def _alone() -> bool:
    """Whether no thread but this one does anything in this process."""
    if threading.active_count() > 1:
        return False
    try:
        return all(
            int(task.name) == threading.get_native_id() or (task / "comm").read_text().rstrip("\n") in _IDLE
            for task in Path("/proc/self/task").iterdir()
        )
    except OSError:
        return False


def _free(crew: list[_Worker], jobs: int, function: Callable[..., Any]) -> _Worker | None:
    idle = next((worker for worker in crew if worker.idle), None)
    if idle is None and len(crew) < jobs:
        idle = _Worker(function, [worker.pipe for worker in crew])
        crew.append(idle)
    return idle


def _events(crew: list[_Worker]) -> Iterator[_Worker]:
    """The workers that have something to tell, or whose time is up; waits until there is one."""
    nearest = min(worker.deadline for worker in crew)
    limit = None if nearest == math.inf else max(0.0, nearest - time.monotonic())
    told = wait([worker.pipe for worker in crew], timeout=limit)
    late = time.monotonic()
    yield from (worker for worker in crew if worker.pipe in told or worker.deadline <= late)


class _Worker:
    """One process and our end of its pipe."""

    def __init__(self, function: Callable[..., Any], others: list[Connection]) -> None:
        """``others`` are our ends of the pipes of the workers that there are."""
        context = _context(function)
        self.pipe, theirs = context.Pipe()
        self.alive = True
        self.deadline = time.monotonic() + _START_SECONDS
        self._task: _Task | None = None
        self._seconds = 0.0
        self._ready = False
        self._process: BaseProcess
        if isinstance(context, ForkContext):
            self._process = context.Process(target=_forked, args=(theirs, function, [*others, self.pipe]), daemon=True)
        else:
            resource_tracker.ensure_running()  # where it starts later, it unblocks Ctrl-C again
            self._process = context.Process(target=_served, args=(theirs, function, dict(os.environ)), daemon=True)
        with _uninterrupted(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)  # see _alone
            self._process.start()
        theirs.close()

    @property
    def idle(self) -> bool:
        """Whether it can be given a task; one that still starts takes its first when it is ready."""
        return self.alive and self._task is None

    def give(self, task: _Task, seconds: float) -> Failed | None:
        """Send the task, or keep it until the worker has started; why it could not be sent."""
        self._task, self._seconds = task, seconds
        return self._send() if self._ready else None

    def _send(self) -> Failed | None:
        assert self._task is not None
        self.deadline = time.monotonic() + self._seconds
        try:
            self.pipe.send((self._task.item, self._seconds))
        except OSError:
            self.deadline = time.monotonic()  # it died in between: its pipe tells so at once
        except Exception as error:  # noqa: BLE001 - whatever pickling the item raises is the item's failure
            self._task, self.deadline = None, math.inf
            return Failed("raised", f"the task cannot be sent to a worker: {error!r}", error)
        return None

    def take(self) -> tuple[_Task, Any] | None:
        """What became of its task; None where it only got ready, or its time is not up. Raises AnalyserError."""
        try:
            if self.pipe.poll():
                return self._answered(self.pipe.recv())
            what = Failed("timeout", f"not done within {self._seconds if self._ready else _START_SECONDS:g} s")
        except (EOFError, OSError):
            self._process.join(_GRACE)
            what = Failed("crashed", f"its process ended {_ending(self._process.exitcode)}")
        except Exception as error:  # noqa: BLE001 - whatever unpickling a result raises is that task's failure
            what = Failed("raised", f"the result cannot be read: {error!r}", error)
        self.kill()
        if not self._ready:
            raise AnalyserError(f"a worker process did not start: {what.why}")
        return (self._task, what) if self._task else None

    def _answered(self, answer: object) -> tuple[_Task, Any] | None:
        task = self._task
        if not self._ready:
            self._ready = True
            lost = self._send() if task else None
            return (task, lost) if task and lost else None
        self._task, self.deadline = None, math.inf
        return (task, answer) if task else None

    def kill(self) -> None:
        """End the process now."""
        self.alive = False
        self.pipe.close()
        self._process.kill()
        self._process.join()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """What is started here never sees Ctrl-C, not even before its first line: it would print a traceback of imports.

    We see it afterwards: a blocked signal waits, and the mask is inherited.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        return f"by {signal.Signals(-code).name}"
    return f"with exit code {code}"


def _forked(pipe: Connection, function: Callable[..., Any], inherited: list[Connection]) -> None:
    """``_serve`` in a fork of the parent."""
    for end in inherited:
        end.close()  # held open here, no worker would learn that the parent is gone
    gc.freeze()  # what is shared is not looked through, which would copy it
    _serve(pipe, function)


def _served(pipe: Connection, function: Callable[..., Any], environment: dict[str, str]) -> None:
    """``_serve`` in a process of the server, which has the environment that it was started in."""
    os.environ.clear()
    os.environ.update(environment)
    _serve(pipe, function)


def _serve(pipe: Connection, function: Callable[..., Any]) -> None:
    """A worker's life: take a task, answer, until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends its workers
    pipe.send(None)
    while True:
        try:
            item, seconds = pipe.recv()
        except (EOFError, OSError):
            return
        _alarm(seconds + _GRACE)
        answer = _answer(function, item)
        _alarm(0)  # a parent that does other things may take its time to read a long answer
        try:
            pipe.send(answer)
        except OSError:
            return
        except Exception as error:  # noqa: BLE001 - a result that cannot be sent is this task's failure
            pipe.send(Failed("raised", f"the result cannot be sent back: {error!r}"))


def _answer(function: Callable[..., object], item: object) -> object:
    try:
        return function(item)
    except Exception as error:  # noqa: BLE001 - it is told of the task, with its trace
        try:
            multiprocessing.reduction.ForkingPickler.loads(multiprocessing.reduction.ForkingPickler.dumps(error))
        except Exception:  # noqa: BLE001 - an exception that does not travel is told as text
            return Failed("raised", traceback.format_exc())
        return Failed("raised", traceback.format_exc(), error)


def _alarm(seconds: float) -> None:
    """Have the system end this process after ``seconds``, whatever loop it is in; 0 calls that off."""
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, seconds)
