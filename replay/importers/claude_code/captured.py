"""Requests rebuilt from what newer clients log of them, every message proved by its recorded hash.

A request names its messages by hash: the first ``keep`` of its ``base`` and then ``tail``. A hash stands for a logged
blob, or for something the other rows give: a response, the results of its calls, a prompt.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from msgspec.structs import replace

from replay.importers.claude_code import hashes, pool, thread, units
from replay.importers.claude_code.line import Line
from replay.importers.claude_code.rows import Row
from replay.importers.claude_code.units import Unit
from replay.records import JSON, CacheMark, Message, Setup, Text, ToolCall, ToolResult
from replay.wire import anthropic, marks
from replay.wire.notes import WireError

MAIN = ("sdk", "cli", "repl_main_thread", "agent:")


@dataclass(frozen=True, slots=True)
class Request:
    """One rebuilt request. ``wrong`` are the positions of messages that could not be proved.

    ``whole`` tells whether the digest of the whole request held; None where none was recorded or nothing to take it of.
    """

    ranges: pool.Ranges
    setup: Setup
    cache: tuple[CacheMark, ...]
    wrong: tuple[int, ...]
    whole: bool | None
    shaped: bool


def is_main(row: Row) -> bool:
    """Whether a request belongs to the conversation itself, and not to titles, summaries, probes."""
    return row.query_source is None or row.query_source.startswith(MAIN)


class Requests:
    """Rebuilds the requests of one thread in file order; messages go to ``store`` as they are first needed."""

    def __init__(self, rows: Iterable[Row], talk: thread.Thread, store: pool.Pool, places: Places) -> None:
        rows = list(rows)
        self._blobs = {line.hash: row for row, line in _lines(rows, "api-request-blob") if line.hash and line.message}
        self._shapes = {line.shape_hash: line.shape for _, line in _lines(rows, "api-request-shape") if line.shape}
        self._store, self._places = store, places
        self._fresh = iter(sorted([*talk.units, *talk.synthetic], key=lambda unit: unit.line))
        self._next: Unit | None = next(self._fresh, None)
        self._candidates: dict[str, Unit] = {}
        self._index: dict[str, dict[int, None]] = {}
        self._unit_of: dict[int, tuple[Unit | None, bool]] = {}
        self._said = [unit for unit in talk.units if unit.kind != "mark"]
        self._at = {id(unit): place for place, unit in enumerate(self._said)}
        self._results = {call: found for unit in talk.units for call, found in unit.results.items()}
        self._owner = {call: unit for unit in talk.units for call in unit.calls}
        self._typed = {
            part.text
            for unit in talk.units
            if unit.kind == "user" and unit.origin == "typed"
            for part in units.told(unit).message.parts
            if isinstance(part, Text)
        }
        self._digests: dict[bytes, hashes.Digest] = {}
        self._setups: dict[bytes, Setup] = {}
        self.known: dict[str, Request] = {}

    def rebuild(self, row: Row) -> None:
        """Puts the request of ``row`` into ``known``, unless it builds on one that is not there."""
        asked = row.read()
        base = self.known.get(asked.base) if asked.base is not None else None
        if row.id is None or (asked.base is not None and base is None and asked.keep):
            return
        ranges = pool.first(base.ranges, asked.keep) if base else ()
        wrong = [place for place in base.wrong if place < asked.keep] if base else []
        count = pool.length(ranges)
        if count < asked.keep:
            return
        for digest in asked.tail or ():
            index = self._find(digest, ranges, row)
            if index is None and (index := self._stand_in(ranges, row)) is None:
                return
            if self._store.messages[index].proof != "verified":
                wrong.append(count)
            ranges, count = pool.extend(ranges, index), count + 1
        cache = tuple(_cache(asked))
        setup, shaped = self._setup(asked)
        whole = self._whole(asked, ranges, cache) if shaped and not wrong else None
        self.known[row.id] = Request(ranges, setup, cache, tuple(wrong), whole, shaped)

    # --- messages -----------------------------------------------------------------------------------------------

    def _find(self, digest: str, ranges: pool.Ranges, row: Row) -> int | None:
        if digest in self._index:
            return self._again(digest, ranges)
        self._hash_fresh(row.line)
        if (unit := self._candidates.get(digest)) is not None:
            index = self._place(unit)
        elif (blob := self._blobs.get(digest)) is not None:
            return self._from_blob(digest, blob, ranges)
        else:
            composed = self._composed(digest, ranges, row)
            if composed is None:
                return None
            index = composed
        self._store.prove(index, "verified")
        self._index[digest] = {index: None}
        return index

    def _again(self, digest: str, ranges: pool.Ranges) -> int:
        """Where the message lies that is known by ``digest``; a copy of it where a request says it once more.

        Without the copies a reminder that is sent with every prompt would cut the ranges of a long session to pieces.
        """
        known = self._index[digest]
        if ranges and ranges[-1][1] in known:
            return ranges[-1][1]
        for index in (next(iter(known)), next(reversed(known))):
            if not any(start <= index < stop for start, stop in ranges):
                return index
        copy = self._store.add(self._store.messages[index], self._store.wires[index])
        known[copy] = None
        if index in self._unit_of:
            self._unit_of[copy] = self._unit_of[index]
        return copy

    def _hash_fresh(self, line: int) -> None:
        while (unit := self._next) is not None and unit.line < line:
            if unit.kind != "mark":
                self._candidates.setdefault(hashes.of(units.told(unit).wire), unit)
            self._next = next(self._fresh, None)

    def _place(self, unit: Unit) -> int:
        index = self._places.message(unit)
        self._unit_of[index] = unit, False
        return index

    def _from_blob(self, digest: str, blob: Row, ranges: pool.Ranges) -> int | None:
        line = blob.read()
        wire: dict[str, Any] = marks.lift(line.message, (), [])
        good = digest in (hashes.of(wire), hashes.sha256(wire))
        index = self._add(wire, (blob.line, blob.line), line.timestamp)
        if index is not None and wire.get("role") == "assistant":
            self._unit_of[index] = self._said_by(self._store.messages[index], ranges), False
        if index is not None:
            self._store.prove(index, "verified" if good else "mismatch")
            self._index[digest] = {index: None}
        return index

    def _add(self, wire: dict[str, JSON], lines: tuple[int, int], time: str | None) -> int | None:
        try:
            read = anthropic.read_message(hashes.bare(wire))
        except WireError:
            return None
        calls = [part.call for part in read.parts if isinstance(part, ToolResult) and part.call in self._results]
        if calls:
            read = units.with_details(read, self._results)
            spots = [self._results[call][0].line for call in calls]
            lines = min(spots), max(spots)
        index = self._store.add(replace(read, lines=lines, time=time, origin=self._origin(read)), wire)
        if calls:
            self._unit_of[index] = self._owner[calls[0]], True
        return index

    def _origin(self, message: Message) -> Literal["typed", "client", "tool", "model"]:
        if message.role == "assistant":
            return "model"
        if any(isinstance(part, ToolResult) for part in message.parts):
            return "tool"
        typed = any(isinstance(part, Text) and part.text in self._typed for part in message.parts)
        return "typed" if typed else "client"

    def _composed(self, digest: str, ranges: pool.Ranges, row: Row) -> int | None:
        """A user message put together of the rows after the last response: results first, then what was said."""
        for wire, unit, alone in self._compositions(ranges, row):
            if hashes.of(wire) == digest:
                if alone and unit is not None and (index := self._places.answer(unit)) is not None:
                    self._unit_of[index] = unit, True
                    return index
                return self._add(wire, (row.line, row.line), row.read().timestamp)
        return None

    def _compositions(self, ranges: pool.Ranges, row: Row) -> Iterator[tuple[dict[str, JSON], Unit | None, bool]]:
        unit, answered = self._before(ranges)
        blocks: list[JSON] = []
        if unit is not None and not answered and unit.results:
            blocks = list(units.blocks(unit))
            yield {"role": "user", "content": list(blocks)}, unit, True
            ordered = [units.block(*unit.results[call]) for call in unit.calls if call in unit.results]
            yield {"role": "user", "content": ordered}, unit, False
        place = self._at[id(unit)] + 1 if unit is not None else 0
        while place < len(self._said) and (later := self._said[place]).kind != "response" and later.line < row.line:
            place += 1
            if later.role == "user":
                blocks.extend(hashes.in_blocks(units.told(later).wire)["content"])
                yield {"role": "user", "content": list(blocks)}, unit, False

    def _said_by(self, message: Message, ranges: pool.Ranges) -> Unit | None:
        """The response that ``message`` is, as it was sent again: with fewer blocks after a change of model."""
        for part in message.parts:
            if isinstance(part, ToolCall) and part.id in self._owner:
                return self._owner[part.id]
        unit, _ = self._before(ranges)
        place = self._at[id(unit)] + 1 if unit is not None else 0
        while place < len(self._said) and self._said[place].kind != "response":
            place += 1
        return self._said[place] if place < len(self._said) else None

    def _before(self, ranges: pool.Ranges) -> tuple[Unit | None, bool]:
        """The last unit that ``ranges`` is known to hold, and whether the results of its calls are in it, too."""
        for start, stop in reversed(ranges):
            for index in range(stop - 1, start - 1, -1):
                if index in self._unit_of:
                    return self._unit_of[index]
        return None, False

    def _stand_in(self, ranges: pool.Ranges, row: Row) -> int | None:
        """What most likely stood where no hash can be met: the results, the response or the prompt that comes next."""
        unit, answered = self._before(ranges)
        if unit is not None and not answered and (index := self._places.answer(unit)) is not None:
            self._unit_of[index] = unit, True
        else:
            place = self._at[id(unit)] + 1 if unit is not None else 0
            follower = self._said[place] if place < len(self._said) else None
            if follower is None or follower.line > row.line:
                return None
            index = self._place(follower)
        if self._store.messages[index].proof is None:
            self._store.prove(index, "mismatch")
        return index

    # --- what surrounds them ------------------------------------------------------------------------------------

    def _setup(self, asked: Line) -> tuple[Setup, bool]:
        key = hashes.canonical([asked.shape_hash, asked.params])
        shape = self._shapes.get(asked.shape_hash)
        good = shape is not None and hashes.sha256(shape) == asked.shape_hash
        if key not in self._setups:
            body = {**(asked.params or {}), **(shape or {}), "messages": []}
            setup = anthropic.read_request(body).setup
            self._setups[key] = setup if shape is not None else replace(setup, system=None, tools=None)
        return self._setups[key], good

    def _whole(self, asked: Line, ranges: pool.Ranges, cache: Sequence[CacheMark]) -> bool | None:
        shape = self._shapes.get(asked.shape_hash)
        if asked.request_digest is None or asked.id is None or shape is None:
            return None
        around = [mark for mark in cache if mark.path[:1] != ("messages",)]
        key = hashes.canonical([asked.shape_hash, asked.params, [[mark.path, mark.control] for mark in around]])
        if key not in self._digests:
            self._digests[key] = hashes.Digest(hashes.marked({**(asked.params or {}), **shape}, around))
        within = [mark for mark in cache if mark.path[:1] == ("messages",)]
        wires = partial(self._wires, ranges)
        return self._digests[key].of(asked.id, asked.base, asked.keep, wires, within) == asked.request_digest

    def _wires(self, ranges: pool.Ranges, count: int) -> Iterator[dict[str, JSON]]:
        for index in pool.since(ranges, count):
            yield hashes.in_blocks(self._store.wires[index] or {})


def _lines(rows: Iterable[Row], kind: str) -> Iterator[tuple[Row, Line]]:
    return ((row, row.read()) for row in rows if row.type == kind)


def _cache(asked: Line) -> Iterator[CacheMark]:
    for item in asked.cache_control or ():
        match item:
            case {"path": [*steps], "value": dict(value)}:
                yield CacheMark(tuple(step for step in steps if isinstance(step, str | int)), value)


class Places:
    """Where the messages of units lie in the pool: each is put there once, when it is first needed."""

    def __init__(self, store: pool.Pool) -> None:
        self._store = store

    def message(self, unit: Unit) -> int:
        """The index of the response or prompt itself."""
        if unit.place is None:
            unit.place = self._store.add(*units.told(unit))
        return unit.place

    def answer(self, unit: Unit) -> int | None:
        """The index of the results of a response; None where it has none."""
        if unit.answer_place is None and (found := units.answer(unit)) is not None:
            unit.answer_place = self._store.add(*found)
        return unit.answer_place

    def has(self, unit: Unit) -> bool:
        """Whether the response or prompt itself is in the pool."""
        return unit.place is not None
