"""What a sampler is: pure functions for body and answer, and the few calls that touch the network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypedDict, Unpack

import msgspec

from replay.records import JSON, Arm, Completion, Record, Request


class MalformedResponse(ValueError):  # noqa: N818 - a fault of the answer, not of the program
    """An answer came that is none of this API: wrong shape, or an error in place of a message."""


Begun = Callable[[Mapping[str, str]], None]


class BrokenOffError(ConnectionError):
    """An answer had begun and broke off before its end."""


class StalledError(TimeoutError):
    """An answer had begun and then nothing more came for too long."""


class StreamedError(Exception):
    """An answer had begun, and an error came in the stream; ``kind`` is the API's word for it."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"an error in the stream: {kind}")
        self.kind = kind


class Quota(Record, frozen=True):
    """What a provider's headers say of one of its limits: ``what`` is ``requests`` or ``tokens``.

    ``remaining`` may still be sent, ``limit`` when nothing was, which will be so again in ``reset`` seconds.
    """

    what: str
    remaining: float
    limit: float | None = None
    reset: float | None = None


class Outgoing(Record, frozen=True):
    """What will be sent: ``body`` as JSON, further ``headers``, and what had to be converted or left out (``notes``).

    ``on_policy`` tells whether the arm's model wrote the prefix; None where the prefix does not say who did.
    ``varies`` is True where the body depends on the number of the draw.
    """

    body: dict[str, JSON]
    notes: tuple[str, ...] = ()
    on_policy: bool | None = None
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    varies: bool = False


class Fault(Record, frozen=True):
    """Why no answer came. ``retry`` tells whether the same request may succeed later, ``after`` how many seconds on.

    ``kind`` is one of ``rate_limit``, ``overloaded``, ``server``, ``timeout``, ``connection``, ``auth``, ``quota``,
    ``not_found``, ``bad_request``, ``too_large``, ``context_length``, ``malformed``, ``stalled`` (an answer that had
    begun and then came to a halt), ``cut`` (one that broke off), ``expired`` or ``canceled`` (in a batch). ``quotas``
    are what the headers told.
    """

    kind: str
    message: str
    status: int | None = None
    retry: bool = False
    after: float | None = None
    quotas: tuple[Quota, ...] = ()


class How(TypedDict, total=False):
    """How a request is sent.

    With further ``headers``; ``begun`` is told the rate-limit headers when the head of an answer has come. A
    ``streamed`` answer is asked for, and put together, as a stream; its JSON is what an unstreamed one would have been.
    """

    headers: dict[str, str] | None
    begun: Begun | None
    streamed: bool


class Sampler(Protocol):
    """A module under ``samplers/``. Only ``send`` and ``close`` do anything; the rest is pure or merely sets up."""

    API: str

    def body(self, request: Request) -> Outgoing:
        """The body of ``request``. Raises UserError where the arm cannot be sent this prefix."""

    def parse(self, response: JSON) -> Completion:
        """The completion in a response. Raises MalformedResponse."""

    def want_key(self, arm: Arm) -> None:
        """Raise UserError naming a key that ``arm`` wants and that is missing. Sets up nothing."""

    def connect(self, arm: Arm, *, timeout: float, concurrency: int) -> Any:  # noqa: ANN401 - each SDK's own
        """A client for ``arm``; ``timeout`` in seconds a request. Raises UserError naming a missing key."""

    async def send(self, client: Any, body: bytes, **how: Unpack[How]) -> bytes:  # noqa: ANN401 - the client of an SDK
        """Send ``body`` byte for byte; the response's JSON. Raises what ``fault`` knows."""

    async def close(self, client: Any) -> None:  # noqa: ANN401 - the client of an SDK
        """Let go of the client's connections."""

    def fault(self, error: Exception) -> Fault:
        """What ``error`` means. Raises ``error`` where it is none of the API's or the network's."""
