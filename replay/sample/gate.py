"""Who is asked before each request and told what it came to: the seam at which a budget stands."""

from __future__ import annotations

from typing import Protocol

from replay.records import Usage
from replay.sample.draws import Draw
from replay.samplers import Fault


class Gate(Protocol):
    """Asked on the event loop, so it must not wait.

    Every ticket is settled exactly once. Where it says no while requests are under way, it is asked again when one of
    them is settled; where it says no and none is, sampling stops with its ``sentence``.
    """

    sentence: str

    def reserve(self, draw: Draw, body: bytes) -> object | None:
        """A ticket for one request of ``draw`` with ``body``, None where it may not be sent."""

    def settle(self, ticket: object, *, usage: Usage | None, fault: Fault | None) -> None:
        """What became of a request: the usage of its answer, the fault, or neither where it was abandoned."""
