"""Turns that wait until there are enough of them to be checked at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from replay.records import Change

MOST = 2_000
"""Changes checked at once: a start of semgrep costs about 200 ms, so a batch must outweigh it."""

HEAVIEST = 8 << 20
"""Characters, or bytes, of the texts in a batch, whatever the number of its changes."""

Turn = TypeVar("Turn")


class Batch(Generic[Turn]):
    """What is known of turns that wait, until one more makes it full."""

    def __init__(self) -> None:
        self._turns: list[Turn] = []
        self._changes = 0
        self._size = 0

    def add(self, turn: Turn, changes: int, size: int) -> bool:
        """Let a turn of so many changes, with texts of that size, wait too; whether that makes the batch full."""
        self._turns.append(turn)
        self._changes += changes
        self._size += size
        return self._changes >= MOST or self._size >= HEAVIEST

    def take(self) -> list[Turn]:
        """The turns that waited, in the order they came; none does then."""
        taken, self._turns, self._changes, self._size = self._turns, [], 0, 0
        return taken


def weight(changes: Sequence[Change]) -> tuple[int, int]:
    """The number of changes and the characters of their texts: what ``Batch.add`` wants to know of a turn."""
    return len(changes), sum(len(change.before or "") + len(change.after or "") for change in changes)
