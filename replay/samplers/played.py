"""What samplers have in common that play answers back: nothing is connected to, and the body is the answer."""

from __future__ import annotations

from replay.records import Arm
from replay.samplers.protocol import Fault


def want_key(arm: Arm) -> None:
    """No key is wanted."""


def connect(arm: Arm, *, timeout: float, concurrency: int) -> None:
    """Nothing to connect to."""


async def send(client: None, body: bytes, **ignored: object) -> bytes:  # noqa: ARG001 - the signature of samplers
    """The body is the answer."""
    return body


async def close(client: None) -> None:
    """Nothing to close."""


def fault(error: Exception) -> Fault:
    """Nothing here fails in a way that is foreseen: ``error`` is raised."""
    raise error
