"""When to try again, how long to wait, and when an arm is beyond hope."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from replay.sample.draws import Draw
from replay.samplers import Fault

ATTEMPTS = 5
MALFORMED_ATTEMPTS = 3
REFUSALS = 3  # the same permanent error this often in a row, and never a success: the arm stops
EVERYWHERE = frozenset({"auth", "permission", "not_found"})  # errors that do not depend on what was sent


@dataclass(frozen=True)
class Pace:
    """How retries wait: full jitter below a doubling bound, all in seconds.

    ``base`` bounds the first wait, ``longest`` every wait that a provider did not ask for. ``sleep`` and ``random`` can
    be replaced by a clock of one's own.
    """

    base: float = 0.5
    longest: float = 30.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    random: Callable[[], float] = random.random

    def delay(self, attempt: int, after: float | None) -> float:
        """How long to wait after failed attempt number ``attempt``, never less than the provider asked for."""
        jitter = self.random() * min(self.longest, self.base * 2 ** (attempt - 1))
        return jitter if after is None else after + self.random() * self.base


class Standing:
    """How an arm fares: whether anything succeeded, and the permanent errors in a row."""

    def __init__(self) -> None:
        self.succeeded = False
        self.kind: str | None = None
        self.refusals = 0
        self.cases: set[str] = set()
        self.message: str | None = None

    def refused(self, draw: Draw, fault: Fault) -> bool:
        """Count a permanent error; True when it is time to stop the arm.

        An error that may be about what was sent (a prefix too long …) must come from as many different cases.
        """
        if fault.kind != self.kind:
            self.kind, self.refusals, self.cases = fault.kind, 0, set()
        self.refusals += 1
        self.cases.add(draw.case)
        proofs = self.refusals if fault.kind in EVERYWHERE else len(self.cases)
        return not self.succeeded and self.message is None and proofs >= REFUSALS
