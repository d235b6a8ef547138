"""The order in which draws go out, so that a shared prefix is paid for once and then read from the provider's cache.

The first draw of a prefix leads: it goes alone, and the others follow as soon as its answer has begun, which is when
the entry can be read (https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching). Nothing here waits.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import Generic, TypeVar

LIFE = 240.0  # seconds an entry is counted on; providers keep it for five minutes after its last use

T = TypeVar("T")


@dataclass
class _Share:
    """One cacheable prefix: until when its entry lives, who is writing it, and who waits for that."""

    warm_until: float = -1.0
    leader: int | None = None
    parked: list[int] = field(default_factory=list)


class Order(Generic[T]):
    """Items that wait, by the number they were ``put`` with; the smallest that may go is ``taken`` first."""

    def __init__(self) -> None:
        self._ready: list[int] = []
        self._items: dict[int, tuple[T, tuple[str, ...]]] = {}
        self._out: dict[int, tuple[str, ...]] = {}
        self._shares: dict[str, _Share] = {}

    def __len__(self) -> int:
        return len(self._items)

    def put(self, number: int, item: T, shares: tuple[str, ...]) -> None:
        """``item`` waits; ``shares`` name the cacheable prefixes it begins with."""
        self._items[number] = item, shares
        heapq.heappush(self._ready, number)

    def drop(self, number: int) -> None:
        """The item with this number no longer waits."""
        self._items.pop(number, None)

    def take(self, now: float) -> tuple[T, bool] | None:
        """The next item that may go, and whether it leads: writes an entry that others wait for. None where none may.

        Whoever takes one tells how it goes on, with ``begun`` and ``ended``.
        """
        while self._ready:
            number = heapq.heappop(self._ready)
            if number not in self._items:
                continue
            item, shares = self._items[number]
            cold = [share for name in shares if (share := self._share(name)).warm_until < now]
            if (busy := next((share for share in cold if share.leader is not None), None)) is not None:
                busy.parked.append(number)
                continue
            for share in cold:
                share.leader = number
            del self._items[number]
            self._out[number] = shares
            return item, bool(cold)
        return None

    def begun(self, number: int, now: float) -> None:
        """The answer to this item has begun: what it begins with is in the cache from now on."""
        for name in self._out.get(number, ()):
            share = self._share(name)
            share.warm_until = now + LIFE
            self._free(share, number)

    def ended(self, number: int) -> None:
        """This item is done with; where it led and nothing begun, another one may lead."""
        for name in self._out.pop(number, ()):
            self._free(self._share(name), number)

    def clear(self) -> list[T]:
        """All items that wait, which then no longer do."""
        items = [item for item, _ in self._items.values()]
        self._items.clear()
        self._ready.clear()
        return items

    def _share(self, name: str) -> _Share:
        return self._shares.setdefault(name, _Share())

    def _free(self, share: _Share, number: int) -> None:
        if share.leader == number:
            share.leader = None
            for parked in share.parked:
                heapq.heappush(self._ready, parked)
            share.parked.clear()
