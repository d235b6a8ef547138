"""How much may be sent to one model at once: learnt from its answers, its refusals and the headers it sends.

The number of requests under way grows by doubling until the first refusal, then by one (or 5 %) for each round of
answers. A request that is one too many (429) takes its place with it, so that the number settles at what is taken;
after a round with other refusals it shrinks by half their share, so that a stray error costs little and a flood of them
halves it (the rule of DCTCP, Alizadeh et al., SIGCOMM 2010). Nothing here waits: a lane asks how long to.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from replay.samplers import Fault, Quota

START = 8
GROWTH = 0.05
STALE = 60.0  # seconds after which what a header said is no longer believed
REFUSALS = frozenset({"rate_limit", "overloaded", "server", "timeout", "stalled"})


@dataclass
class _Left:
    """What a header left us of one quota at time ``told``: ``left`` of ``limit``, which is full in ``full`` seconds."""

    left: float
    limit: float
    told: float
    refill: float  # a second
    full: float

    def wait(self, need: float, now: float) -> float:
        """Seconds until ``need`` is there; 0 where it is, or where what we know is too old."""
        if now - self.told > max(STALE, self.full):
            return 0.0
        need = min(need, self.limit)
        have = self.left + self.refill * (now - self.told)
        if have >= need:
            return 0.0
        soonest = (need - have) / self.refill if self.refill > 0 else math.inf
        return max(0.0, min(soonest, self.told + self.full - now))


class Throttle:
    """The requests of one model: how many are ``under_way``, how many may be, and when the next may go.

    ``most`` bounds the number whatever is learnt. Times are those of one clock, in seconds.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.limit = float(min(START, most))
        self.under_way = 0
        self._doubling = True
        self._answered = self._refused = self._streak = 0
        self._not_before = -math.inf
        self._left: dict[str, _Left] = {}
        self._tokens = 0.0  # of a request, a moving average

    def delay(self, now: float) -> float:
        """Seconds until the next request may go: 0 for now, infinity where one under way must end first."""
        if self.under_way >= int(self.limit):
            return math.inf
        needs = {"requests": 1.0, "tokens": self._tokens}
        waits = [left.wait(needs[what], now) for what, left in self._left.items()]
        return max(0.0, self._not_before - now, *waits)

    def sent(self) -> None:
        """A request goes out."""
        self.under_way += 1
        for what, left in self._left.items():
            left.left -= 1.0 if what == "requests" else self._tokens

    def begun(self, now: float, quotas: Iterable[Quota]) -> None:
        """The head of an answer has come: the provider takes requests."""
        self._streak = 0
        self._hear(now, quotas)

    def answered(self, tokens: int) -> None:
        """A request was answered; it cost ``tokens`` of the quota (0 where unknown)."""
        self.under_way -= 1
        self._tokens += 0.2 * (tokens - self._tokens) if self._tokens else tokens
        self._answered += 1
        if self._doubling:
            self.limit = min(float(self.most), self.limit + 1)
        else:
            self.limit = min(float(self.most), self.limit + max(1.0, GROWTH * self.limit) / self.limit)
        self._round()

    def failed(self, now: float, fault: Fault) -> None:
        """A request failed. A refusal makes the next round smaller; when nothing else is taken either, all wait."""
        self.under_way -= 1
        self._hear(now, fault.quotas)
        if fault.kind not in REFUSALS:
            return
        if self._doubling:
            self._doubling = False
            self._answered = 0
        self._streak += 1
        if fault.kind == "rate_limit":
            self.limit = max(1.0, self.limit - 1)
        else:
            self._refused += 1
        if fault.after is not None and self._streak > self.under_way:
            self._not_before = max(self._not_before, now + fault.after)
        self._round()

    def gave_up(self) -> None:
        """A request was abandoned by us; nothing is learnt."""
        self.under_way -= 1

    def _round(self) -> None:
        total = self._answered + self._refused
        if total < self.limit and not (self._refused and self._refused >= self.limit / 2):
            return
        self.limit = max(1.0, self.limit * (1 - self._refused / total / 2))
        self._answered = self._refused = 0

    def _hear(self, now: float, quotas: Iterable[Quota]) -> None:
        for quota in quotas:
            if quota.reset is None or quota.limit is None:
                continue
            spent = max(0.0, quota.limit - quota.remaining)
            refill = spent / quota.reset if quota.reset > 0 else math.inf
            if math.isfinite(refill):
                self._left[quota.what] = _Left(quota.remaining, quota.limit, now, refill, quota.reset)
            else:
                self._left.pop(quota.what, None)
