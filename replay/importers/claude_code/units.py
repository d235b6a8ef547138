"""Units: what rows become, a response with the results of its calls, a prompt, or a mark without a message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from replay.importers.claude_code import gist, hashes
from replay.importers.claude_code.gist import Told, text
from replay.importers.claude_code.rows import Row
from replay.records import JSON, Message, ToolCall, ToolResult
from replay.wire import anthropic

NONE: Mapping[str, tuple[Row, int]] = MappingProxyType({})


class Unit(msgspec.Struct, eq=False):
    """One node: a ``response`` with the results of its calls, a ``user`` message, or a ``mark`` without a message.

    What it says is put together of its ``rows`` (see ``told``) whenever that is asked for, and kept in ``said`` unless
    the session is long. ``results`` holds, by call, the row of the result and its place among the blocks of that row.
    ``place`` and ``answer_place`` are where the message and its results lie in the pool, ``after`` what had been said
    when the unit was over and what of it is not known, once they are settled.
    """

    kind: Literal["response", "user", "mark"]
    line: int
    under: str | None
    rows: list[Row] = []
    said: Told | None = None
    role: str = "assistant"
    origin: str | None = None
    model: str | None = None
    parent: Unit | None = None
    request: str | None = None
    results: Mapping[str, tuple[Row, int]] = NONE
    calls: tuple[str, ...] = ()
    missing: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()
    place: int | None = None
    answer_place: int | None = None
    after: tuple[tuple[tuple[int, int], ...], frozenset[str]] | None = None


def told(unit: Unit) -> Told:
    """The message of a response or prompt, and its JSON. Raises ValueError for a mark."""
    if unit.said is not None:
        return unit.said
    match unit.kind:
        case "response":
            return _response(unit.rows)
        case "user" if (made := gist.said(unit.rows[0].read(), unit.rows[0].line)) is not None:
            return made
    raise ValueError(unit)


def finish(unit: Unit) -> None:
    """Settles a response once all its rows are there: its calls, and what it says where the rows are held."""
    held = unit.rows[0].held is not None
    twice = len(unit.calls) > len(set(unit.calls))
    if held or twice:
        made = _response(unit.rows)
        if twice:  # a block that stands in two rows is one call
            unit.calls = tuple(part.id for part in made.message.parts if isinstance(part, ToolCall))
        if held:
            unit.said = made
            for row in unit.rows:
                row.read().message = None  # the rows outlive the reading, and with them a third of all memory


def _response(rows: Sequence[Row]) -> Told:
    """The blocks of ``rows`` in order, the last usage and stop reason."""
    blocks: list[dict[str, JSON]] = []
    usage = stop = None
    read = [row.read() for row in rows]
    for line in read:
        message: dict[str, Any] = line.message or {}
        for block in hashes.in_blocks(message)["content"]:
            if not blocks or not _is_among(block, blocks):
                blocks.append(block)
        usage = message.get("usage") or usage
        stop = message.get("stop_reason") or stop
    head = read[0].message or {}
    wire: dict[str, JSON] = {"role": "assistant", "content": blocks}
    made = anthropic.read_message(
        wire,
        id=text(head.get("id")),
        model=text(head.get("model")),
        time=read[0].timestamp,
        stop=text(stop),
        usage=anthropic.read_usage(usage),
        origin="model",
        lines=(rows[0].line, rows[-1].line),
    )
    return Told(made, wire)


def _is_among(block: JSON, others: Sequence[JSON]) -> bool:
    """Whether one of ``others`` is the same JSON: 1 is not 1.0."""
    return block in others and _sorted(block) in [_sorted(other) for other in others if other == block]


def _sorted(block: JSON) -> bytes:
    return msgspec.json.encode(block, order="sorted")


def answer(unit: Unit) -> Told | None:
    """All results of a response as one message, in the order they came in; None where there are none."""
    if not unit.results:
        return None
    wire: dict[str, JSON] = {"role": "user", "content": list(blocks(unit))}
    rows = [row for row, _ in unit.results.values()]
    lines = [row.line for row in rows]
    read = anthropic.read_message(wire, time=rows[-1].read().timestamp, origin="tool", lines=(min(lines), max(lines)))
    return Told(with_details(read, unit.results), wire)


def blocks(unit: Unit) -> Iterator[JSON]:
    """The JSON of the results of a response, in the order they came in."""
    return (block(*found) for found in unit.results.values())


def block(row: Row, place: int) -> JSON:
    """Block ``place`` of what ``row`` says."""
    return (row.read().message or {})["content"][place]


def with_details(message: Message, results: Mapping[str, tuple[Row, int]]) -> Message:
    """``message`` with the client's structured record put to each result of it that has one."""
    parts = list(message.parts)
    for place, part in enumerate(parts):
        if isinstance(part, ToolResult) and part.call in results:
            detail = results[part.call][0].read().tool_use_result
            if detail is not None:
                parts[place] = ToolResult(part.call, part.parts, part.is_error, part.form, detail)
    return replace(message, parts=tuple(parts))


def path(unit: Unit | None) -> Iterator[Unit]:
    """The units from ``unit`` up to its root."""
    seen: set[int] = set()
    while unit is not None and id(unit) not in seen:
        seen.add(id(unit))
        yield unit
        unit = unit.parent
