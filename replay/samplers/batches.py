"""A provider's batch endpoint as replay sees it: many requests handed over, answered in a day, at half price."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, Protocol

from replay.records import Record
from replay.samplers.protocol import Fault

Item = tuple[str, bytes]
"""A request of a batch: its custom id (a request key, 64 hex digits), and its body as it would be sent alone."""


class State(Record, frozen=True):
    """How a batch is doing. ``done`` of its ``total`` requests have ended; ``why`` it failed as a whole, if it did."""

    id: str
    ended: bool
    done: int = 0
    total: int = 0
    why: str = ""


class Batching(Protocol):
    """A module with the calls to one provider's batch endpoint. They raise the SDK's errors, as ``send`` does."""

    MOST_REQUESTS: int
    MOST_BYTES: int

    async def submit(self, client: Any, items: Sequence[Item], *, path: str, tag: str, headers: dict[str, str]) -> str:  # noqa: ANN401 - the client of an SDK
        """Hand over ``items``; the provider's id of the batch. ``tag`` is ours, kept with it where there is room."""

    async def find(self, client: Any, *, tag: str, requests: int, since: float, known: frozenset[str]) -> str | None:  # noqa: ANN401 - the client of an SDK
        """The id of a batch that was handed over although its id never reached us; None where there is none.

        ``since`` is when we began to (Unix time, s); ``known`` are batches that are surely others.
        """

    async def state(self, client: Any, batch: str) -> State:  # noqa: ANN401 - the client of an SDK
        """How the batch is doing."""

    def results(self, client: Any, batch: str) -> AsyncIterator[tuple[str, bytes | Fault]]:  # noqa: ANN401 - the client of an SDK
        """By custom id, in any order, the response's JSON or why there is none, once the batch has ended."""

    async def cancel(self, client: Any, batch: str) -> None:  # noqa: ANN401 - the client of an SDK
        """Ask that what is not done yet be left."""


EXPIRED = Fault("expired", "the batch ended before this request was processed", retry=True)
CANCELED = Fault("canceled", "the batch was canceled before this request was processed")
