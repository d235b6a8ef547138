"""A hard limit on what a run costs and sends: asked before each request, told afterwards what it really took.

Before a request goes out, the most it can cost is set aside; when it has ended, what it did cost takes that place. So
the sum never passes the limit, however many are under way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from replay import prices
from replay.errors import UserError
from replay.records import Arm, Price, Record, Usage
from replay.sample.bounds import most_input, most_output
from replay.sample.draws import Draw
from replay.samplers import Fault

UNBILLED = frozenset(
    {
        "rate_limit",
        "overloaded",
        "server",
        "auth",
        "quota",
        "not_found",
        "bad_request",
        "too_large",
        "context_length",
        "left",
        "expired",
        "canceled",
    }
)
DEARER = 3.0  # a faster service tier costs up to 2.5 times the list (OpenAI's priority processing)
_HOUR = b'"1h"'  # the time to live of a cache mark
_FASTER = (b'"service_tier":"priority"', b'"service_tier":"fast"', b'"speed":"fast"')


class Spent(Record, frozen=True):
    """What a run has cost in US dollars, how much of that for requests without an answer, and how many it sent."""

    usd: float = 0.0
    requests: int = 0
    unanswered: float = 0.0


NOTHING_SPENT = Spent()


@dataclass(frozen=True)
class Ticket:
    """Leave for one request with ``body``: its ``price`` times ``factor``, and the ``most`` it can cost."""

    price: Price | None
    factor: float
    body: bytes
    most: float


class Budget:
    """What may be spent and sent, what is set aside, and what is gone; a gate of ``sample``.

    ``spent`` is of the whole run, attempts that failed included: what may have been billed without an answer counts at
    its most. ``batch`` is for requests through batch endpoints, at their share of the price. ``sentence`` says which
    limit was reached.
    """

    def __init__(
        self,
        known: Mapping[str, Price | None],
        *,
        max_usd: float | None = None,
        max_requests: int | None = None,
        spent: Spent = NOTHING_SPENT,
        batch: bool = False,
    ) -> None:
        self.max_usd, self.max_requests = max_usd, max_requests
        self.sentence = ""
        self._batch = batch
        self._known = known
        self._usd, self._requests, self._unanswered = spent.usd, spent.requests, spent.unanswered
        self._aside = 0.0
        self._under_way = 0

    @property
    def spent(self) -> Spent:
        """What is gone by now."""
        return Spent(self._usd, self._requests, self._unanswered)

    def reserve(self, draw: Draw, body: bytes) -> Ticket | None:
        """Set aside the most that a request with ``body`` can cost; None where that is more than is left."""
        ticket = self._ticket(draw, body)
        if self.max_requests is not None and self._requests >= self.max_requests:
            self.sentence = self._told(f"its {self.max_requests} requests are sent", "--max-requests")
            return None
        if self.max_usd is not None and self._usd + self._aside + ticket.most > self.max_usd:
            why = f"${self.max_usd:g} is the limit, and the next request can cost up to ${ticket.most:.2g}"
            self.sentence = self._told(why, "--max-usd")
            return None
        self._aside += ticket.most
        self._under_way += 1
        self._requests += 1
        return ticket

    def settle(self, ticket: object, *, usage: Usage | None, fault: Fault | None) -> None:
        """Put what a request did cost in the place of what was set aside for it."""
        assert isinstance(ticket, Ticket)
        self._under_way -= 1
        # what is set aside is a sum of floats: nothing under way is nothing set aside, whatever rounding left
        self._aside = self._aside - ticket.most if self._under_way else 0.0
        paid = _paid(ticket, usage) if usage is not None else 0.0 if fault and fault.kind in UNBILLED else None
        if paid is None:
            paid = _most(ticket.price, ticket.body, ticket.factor)
            self._unanswered += paid
        self._usd += paid

    def _ticket(self, draw: Draw, body: bytes) -> Ticket:
        price = self._known.get(draw.arm.name)
        factor = DEARER if any(mark in body for mark in _FASTER) else 1.0
        if self._batch and price is not None:
            factor *= 1.0 if price.listed.batch is None else price.listed.batch
        most = 0.0 if self.max_usd is None else _most(price, body, factor)
        return Ticket(price, factor, body, most)

    def _told(self, why: str, option: str) -> str:
        maybe = f", ${self._unanswered:.2g} of it for requests without an answer" if self._unanswered else ""
        return (
            f"stopped: {why}; the run has sent {self._requests} requests for ${self._usd:.4g}{maybe}. "
            f"A higher {option} and the same command go on from here"
        )


def refuse_unpriced(arms: Iterable[Arm], known: Mapping[str, Price | None]) -> None:
    """Raise UserError where an arm has no price, so that no limit in dollars could be kept."""
    if missing := sorted({arm.model for arm in arms if known.get(arm.name) is None}):
        raise UserError(
            f"there is no price for {', '.join(missing)}, so --max-usd could not be kept: write one into "
            ".replay/prices.yaml (see docs/cost.md), or limit the run with --max-requests"
        )


def _most(price: Price | None, body: bytes, factor: float) -> float:
    if price is None or not price.listed.output:
        return 0.0
    return factor * prices.most(price, most_input(body), most_output(body), hour=_HOUR in body)


def _paid(ticket: Ticket, usage: Usage) -> float | None:
    if ticket.price is None:
        return 0.0
    hour = usage.cache_write if _HOUR in ticket.body else 0
    paid = prices.usd(ticket.price, usage, hour=hour)
    return None if paid is None else ticket.factor * paid
