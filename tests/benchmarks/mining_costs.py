"""What work costs, over this process and all below it: seconds by the clock and of processors, and peak memory."""

from __future__ import annotations

import resource
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

import psutil

EVERY = 0.1


class Cost(NamedTuple):
    """Seconds by the clock, processor seconds, and the most bytes at a time, shared pages counted once."""

    wall: float
    cpu: float
    peak: int = 0


def cost(work: Callable[[], object]) -> Cost:
    """What ``work`` took, in the processes that it started too."""
    with Watch() as watch:
        work()
    return watch.cost


class Watch:
    """Looks at this process and those below it ten times a second; the time it takes itself does not count.

    Of processes that have ended and were no children of ours, what they used since the last look is missed.
    """

    def __enter__(self) -> Watch:
        self.curve: list[tuple[float, int]] = []
        self._used: dict[int, float] = {}
        self._looking = 0.0
        self._stop = threading.Event()
        self._look()
        self._before = dict(self._used)
        self._began, self._own, self._children = time.perf_counter(), *_spent()
        self._thread = threading.Thread(target=self._sample)
        self._thread.start()
        return self

    def _sample(self) -> None:
        while not self._stop.wait(EVERY):
            self._look()
        self._looking = time.thread_time()

    def _look(self) -> None:
        me, total = psutil.Process(), 0
        for process in (me, *me.children(recursive=True)):
            try:
                total += process.memory_full_info().pss
                if process != me:
                    times = process.cpu_times()
                    self._used[process.pid] = times.user + times.system
            except psutil.Error:
                continue
        self.curve.append((time.perf_counter(), total))

    def __exit__(self, *_: object) -> None:
        wall = time.perf_counter() - self._began
        own, children = _spent()
        self._look()
        self._stop.set()
        self._thread.join()
        seen = sum(used - self._before.get(process, 0.0) for process, used in self._used.items())
        cpu = own - self._own - self._looking + max(seen, children - self._children)
        self.cost = Cost(wall, cpu, max(total for _, total in self.curve))

    def line(self, points: int = 12) -> str:
        """Memory over time as a few numbers in MB."""
        step = max(1, len(self.curve) // points)
        return " ".join(f"{total / 1e6:.0f}" for _, total in self.curve[::step])


def _spent() -> tuple[float, float]:
    """Processor seconds of this process, and of its children that have ended."""
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime, children.ru_utime + children.ru_stime
