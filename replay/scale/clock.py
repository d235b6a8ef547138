"""What work takes: processor seconds by stage, and memory."""

from __future__ import annotations

import resource
import sys
import time
from collections import defaultdict


def children() -> float:
    """Processor seconds of the processes that this one started, and which have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Clock:
    """Processor seconds by stage: what passes counts for the stage that was last turned ``to``."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._stage = "rest"
        self._at = time.process_time()
        self._children = children()

    def to(self, stage: str) -> str:
        """Counts for ``stage`` from now on; the stage before."""
        now, before = time.process_time(), self._stage
        self.seconds[before] += now - self._at
        self._at, self._stage = now, stage
        return before

    def rounded(self) -> dict[str, float]:
        """The seconds so far, to the millisecond; ``rest`` is of no stage. Of all stages, checking starts processes."""
        self.to("rest")
        self.seconds["check"] += children() - self._children
        self._children = children()
        return {stage: round(seconds, 3) for stage, seconds in sorted(self.seconds.items())}


def peak() -> int:
    """The most memory this process has had, in bytes."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024
