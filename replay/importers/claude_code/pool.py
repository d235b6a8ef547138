"""The pool of messages and the ranges of it that a request is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from msgspec.structs import replace

from replay import spill
from replay.records import JSON, Message

Ranges = tuple[tuple[int, int], ...]


@dataclass
class Pool:
    """Messages in the order they are first needed; ``wires`` holds the API's JSON of each where they are ``hashed``."""

    hashed: bool
    messages: spill.Pool[Message] = field(default_factory=lambda: spill.Pool(Message))
    wires: spill.Pool[dict[str, JSON] | None] = field(default_factory=lambda: spill.Pool(dict[str, Any] | None))

    def spill(self) -> None:
        """Keeps no text in memory from now on."""
        self.messages.spill()
        self.wires.spill()

    def add(self, message: Message, wire: dict[str, JSON] | None = None) -> int:
        """The index of ``message``, put at the end."""
        self.messages.append(message)
        if self.hashed:
            self.wires.append(wire)
        return len(self.messages) - 1

    def prove(self, index: int, proof: Literal["verified", "mismatch"]) -> None:
        """Notes the outcome of a hash on the message at ``index``."""
        self.messages[index] = replace(self.messages[index], proof=proof)


def length(ranges: Ranges) -> int:
    """How many messages ``ranges`` cover."""
    return sum(stop - start for start, stop in ranges)


def extend(ranges: Ranges, index: int) -> Ranges:
    """``ranges`` with message ``index`` after them."""
    if ranges and ranges[-1][1] == index:
        return (*ranges[:-1], (ranges[-1][0], index + 1))
    return (*ranges, (index, index + 1))


def first(ranges: Ranges, count: int) -> Ranges:
    """The first ``count`` messages of ``ranges``."""
    kept: list[tuple[int, int]] = []
    for start, stop in ranges:
        if count <= 0:
            break
        kept.append((start, min(stop, start + count)))
        count -= stop - start
    return tuple(kept)


def since(ranges: Ranges, count: int) -> Iterator[int]:
    """The indices that ``ranges`` cover, without the first ``count``."""
    for start, stop in ranges:
        yield from range(min(start + max(count, 0), stop), stop)
        count -= stop - start
