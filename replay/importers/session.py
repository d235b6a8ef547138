"""A session as it is told, row by row: the pool of messages, what of it the model sees now, which calls are open."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from msgspec.structs import replace

from replay import prefix, spill
from replay.importers import write_ahead
from replay.importers.lines import Count
from replay.records import Fidelity, Grade, Message, Setup, Source, Transcript, Turn, encode

DAMAGED = "REDACTED"
DAMAGE = "what the damage in the file took"
_REASONS = 60


@dataclass
class View:
    """The messages that the model sees now, as ranges of the pool in the order it sees them."""

    _ranges: list[tuple[int, int]] = field(default_factory=list)

    def append(self, index: int) -> None:
        """Message ``index`` comes after the others."""
        self.extend(index, index + 1)

    def extend(self, start: int, stop: int) -> None:
        """The messages from ``start`` up to ``stop`` come after the others."""
        if self._ranges and self._ranges[-1][1] == start:
            self._ranges[-1] = (self._ranges[-1][0], stop)
        elif start < stop:
            self._ranges.append((start, stop))

    def reset(self, indexes: Iterable[int]) -> None:
        """The model sees ``indexes``, in this order, and nothing else."""
        kept = list(indexes)
        self._ranges.clear()
        for index in kept:
            self.append(index)

    def restore(self, ranges: Sequence[tuple[int, int]]) -> None:
        """The model sees what it saw when ``ranges`` were taken."""
        self._ranges = list(ranges)

    def ranges(self) -> tuple[tuple[int, int], ...]:
        """The ranges, half open, as a turn holds them."""
        return tuple(self._ranges)

    def __iter__(self) -> Iterator[int]:
        return chain.from_iterable(range(start, stop) for start, stop in self._ranges)


@dataclass
class Calls:
    """The ids of tool calls, made unique, and which of them wait for a result.

    An id that is missing, damaged (``REDACTED``) or used before is replaced by a fresh one and counted in
    ``repaired``; results then find their calls by order.
    """

    repaired: int = 0
    _open: dict[str, deque[str]] = field(default_factory=dict)
    _waiting: dict[str, str] = field(default_factory=dict)
    _used: set[str] = field(default_factory=set)
    _fresh: int = 0

    def call(self, old: object, *, tool: str = "") -> str:
        """The id under which a call with the id ``old`` is known from now on; without one it waits under ``tool``."""
        name = old if isinstance(old, str) and old else f"\0{tool}"
        new = name
        if _is_bad(name) or name in self._used:
            self.repaired += 1
            while _is_bad(new) or new in self._used:
                self._fresh += 1
                new = f"call_{self._fresh}"
        self._used.add(new)
        self._open.setdefault(name, deque()).append(new)
        self._waiting[new] = name
        return new

    def result(self, old: object, *, tool: str = "") -> str | None:
        """The id of the call that a result for ``old`` answers; None where no call waits for it."""
        name = old if isinstance(old, str) and old else f"\0{tool}"
        queue = self._open.get(name)
        if not queue and _is_bad(name) and self._waiting:
            name = next(iter(self._waiting.values()))
            queue = self._open[name]
        if not queue:
            return None
        new = queue.popleft()
        del self._waiting[new]
        return new

    def close(self, new: str) -> None:
        """The call known as ``new`` has its result."""
        name = self._waiting.pop(new)
        self._open[name].remove(new)

    def waiting(self) -> tuple[str, ...]:
        """The calls that have no result so far, oldest first."""
        return tuple(self._waiting)


def _is_bad(name: str) -> bool:
    return name.startswith("\0") or DAMAGED in name


@dataclass
class Session:
    """What is known of a session so far. ``count`` is shared with the reading of the file.

    ``heap`` is where its messages go once there are too many to be held, for sessions of a file that are many: they
    share one then.
    """

    count: Count
    heap: spill.Heap | None = None
    messages: spill.Pool[Message] = field(default_factory=lambda: spill.Pool(Message))
    turns: list[Turn] = field(default_factory=list)
    view: View = field(default_factory=View)
    calls: Calls = field(default_factory=Calls)
    _setups: list[Setup] = field(default_factory=list)
    _known: dict[bytes, int] = field(default_factory=dict)
    _limit: int = field(default_factory=spill.limit)

    def drop(self, why: str, count: int = 1) -> None:
        """Counts something that is not kept. Reasons beyond the sixtieth are counted together."""
        dropped = self.count.dropped
        if count:
            dropped[why if why in dropped or len(dropped) < _REASONS else "other rows"] += count

    def keep(self, message: Message) -> int:
        """The index of ``message``, put into the pool but not before the model."""
        if self.count.read > self._limit and not self.messages.spilled:
            self.messages.spill(self.heap)
        self.messages.append(message)
        return len(self.messages) - 1

    def say(self, message: Message) -> int:
        """The index of ``message``, which the model sees from now on."""
        index = self.keep(message)
        self.view.append(index)
        return index

    def answer(self, message: Message, setup: Setup, fidelity: Fidelity | None = None) -> int:
        """The index of ``message``, which the model gave to all that it saw, under ``setup``."""
        seen = self.view.ranges()
        index = self.say(message)
        self.turn(Turn(index, seen, fidelity=fidelity), setup)
        return index

    def turn(self, turn: Turn, setup: Setup) -> None:
        """One more turn, under ``setup``."""
        self.turns.append(replace(turn, setup=self._setup(setup)))

    def transcript(self, source: Source, fidelity: Fidelity) -> Transcript:
        """All of it; a session without any answer has no turns. What is missing in the middle lowers ``fidelity``."""
        ledger = self.count.ledger()
        if self.count.damaged:
            grade: Grade = "text" if fidelity.grade == "text" else "partial"
            fidelity = replace(fidelity, grade=grade, missing=(*fidelity.missing, DAMAGE), proof=None)
        made = Transcript(
            id="",
            source=source,
            setups=tuple(self._setups),
            messages=self.messages.settled(),
            turns=tuple(self.turns),
            fidelity=fidelity,
            ledger=replace(
                ledger,
                repaired=ledger.repaired + self.calls.repaired,
                unanswered=len(self.calls.waiting()),
            ),
        )
        return replace(made, id=prefix.identify(made))

    def _setup(self, setup: Setup) -> int:
        if self._setups and self._setups[-1] is setup:
            return len(self._setups) - 1
        key = hashlib.sha256(encode(setup)).digest()
        if key not in self._known:
            self._known[key] = len(self._setups)
            self._setups.append(setup)
        return self._known[key]


def digest(path: Path) -> str:
    """The SHA-256 of the file, as hex; of a database with its write-ahead log after it."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256")
    if log := write_ahead.beside(path):
        found.update(log.read_bytes())
    return found.hexdigest()
