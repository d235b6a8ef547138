"""When to try again, how long to wait, and when an arm is beyond hope."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from replay.sample.draws import Draw
from replay.samplers import Fault

ATTEMPTS = 5
CROWDED_ATTEMPTS = 10  # where the provider asks for patience
CROWDED = frozenset({"rate_limit", "overloaded"})
MALFORMED_ATTEMPTS = 3
HOPELESS = 3  # this many draws in a row that end in the same error, and never a success: the arm stops
ABOUT_THE_BODY = frozenset({"bad_request", "too_large", "context_length", "malformed", "timeout"})


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


class Patience:
    """The ``attempts`` made at one request, and whether there will be another."""

    def __init__(self) -> None:
        self.attempts = 0
        self._malformed = 0

    def next(self, fault: Fault, pace: Pace, timeout: float) -> float | None:
        """Count an attempt that ended in ``fault``: seconds to wait before the next one, None where there is none.

        A provider that asks for a longer wait than ``timeout`` gets no further request now.
        """
        self.attempts += 1
        self._malformed += fault.kind == "malformed"
        most = CROWDED_ATTEMPTS if fault.kind in CROWDED else ATTEMPTS
        if not fault.retry or self.attempts >= most or self._malformed >= MALFORMED_ATTEMPTS:
            return None
        if (fault.after or 0) > timeout:
            return None
        return pace.delay(self.attempts, fault.after)


class Standing:
    """How an arm fares: whether anything succeeded, and the draws in a row that ended in the same error."""

    def __init__(self) -> None:
        self.succeeded = False
        self.kind: str | None = None
        self.draws = 0
        self.cases: set[str] = set()
        self.message: str | None = None

    def hopeless(self, draw: Draw, fault: Fault) -> bool:
        """Count a draw that was given up; True when it is time to stop the arm.

        An error that may be due to what was sent (a prefix too long …) must come from as many different cases.
        """
        if fault.kind != self.kind:
            self.kind, self.draws, self.cases = fault.kind, 0, set()
        self.draws += 1
        self.cases.add(draw.case)
        proofs = len(self.cases) if fault.kind in ABOUT_THE_BODY else self.draws
        return not self.succeeded and self.message is None and proofs >= HOPELESS
