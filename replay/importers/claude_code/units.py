"""Units: what rows become, a response with the results of its calls, a prompt, or a mark without a message."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec.structs import replace

from replay.importers.claude_code.rows import Line, Row
from replay.records import JSON, Message, Text, ToolCall, ToolResult
from replay.wire import anthropic
from replay.wire.notes import WireError

NONE: Mapping[str, tuple[Row, int]] = MappingProxyType({})
_MACHINE = re.compile(
    r"\s*(?:<(?:command-(?:name|message)|local-command-\w+|task-notification|bash-(?:input|stdout|stderr)"
    r"|system-reminder|ide_\w+)>|Caveat: The messages below|\[Request interrupted by user)"
)


class Told(NamedTuple):
    """What a unit says, as a message and as the API's JSON."""

    message: Message
    wire: dict[str, JSON]


@dataclass(eq=False, slots=True)
class Unit:
    """One node: a ``response`` with the results of its calls, a ``user`` message, or a ``mark`` without a message.

    What it says is put together of its ``rows`` (see ``told``) whenever that is asked for, and kept in ``said`` unless
    the session is long. ``results`` holds, by call, the row of the result and its place among the blocks of that row.
    ``place`` and ``answer_place`` are where the message and its results lie in the pool, ``after`` what had been said
    when the unit was over and what of it is not known, once they are settled.
    """

    kind: Literal["response", "user", "mark"]
    line: int
    under: str | None
    rows: list[Row] = field(default_factory=list)
    said: Told | None = None
    role: str = "assistant"
    origin: str | None = None
    model: str | None = None
    parent: Unit | None = None
    request: str | None = None
    results: Mapping[str, tuple[Row, int]] = field(default_factory=lambda: NONE)
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
        case "user" if (made := _said(unit.rows[0])) is not None:
            return made
    raise ValueError(unit)


def finish(unit: Unit) -> None:
    """Notes what must be known of a response once all its rows are there: calls, model, request."""
    made = _response(unit.rows)
    unit.calls = tuple(part.id for part in made.message.parts if isinstance(part, ToolCall))
    unit.model = made.message.model
    for row in unit.rows:
        unit.request = row.read().request_ref or unit.request
    if unit.rows[0].held is not None:
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
        for block in message["content"]:
            if not _is_among(block, blocks):
                blocks.append(block)
        usage = message.get("usage") or usage
        stop = message.get("stop_reason") or stop
    head = read[0].message or {}
    wire: dict[str, JSON] = {"role": "assistant", "content": blocks}
    made = replace(
        anthropic.read_message(wire),
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
    equal = [other for other in others if other == block]
    return bool(equal) and _sorted(block) in map(_sorted, equal)


def _sorted(block: JSON) -> bytes:
    return msgspec.json.encode(block, order="sorted")


def answer(unit: Unit) -> Told | None:
    """All results of a response as one message, in the order they came in; None where there are none."""
    if not unit.results:
        return None
    wire: dict[str, JSON] = {"role": "user", "content": list(blocks(unit))}
    rows = [row for row, _ in unit.results.values()]
    message = anthropic.read_message(wire)
    made = replace(
        with_details(message, unit.results),
        time=rows[-1].read().timestamp,
        origin="tool",
        lines=(min(row.line for row in rows), max(row.line for row in rows)),
    )
    return Told(made, wire)


def blocks(unit: Unit) -> Iterator[JSON]:
    """The JSON of the results of a response, in the order they came in."""
    return (block(*found) for found in unit.results.values())


def block(row: Row, place: int) -> JSON:
    """Block ``place`` of what ``row`` says."""
    return (row.read().message or {})["content"][place]


def with_details(message: Message, results: Mapping[str, tuple[Row, int]]) -> Message:
    """``message`` with the client's structured record put to each result of it that has one."""
    parts = tuple(
        replace(part, detail=results[part.call][0].read().tool_use_result)
        if isinstance(part, ToolResult) and part.call in results
        else part
        for part in message.parts
    )
    return replace(message, parts=parts)


def path(unit: Unit | None) -> Iterator[Unit]:
    """The units from ``unit`` up to its root."""
    seen: set[int] = set()
    while unit is not None and id(unit) not in seen:
        seen.add(id(unit))
        yield unit
        unit = unit.parent


def spoken(row: Row) -> Unit | None:
    """A unit of what ``row`` says to the model, or None where that is nothing that can be said."""
    made = _said(row)
    if made is None:
        return None
    unit = Unit("user", row.line, row.parent_uuid, [row], role=made.message.role, origin=made.message.origin)
    if row.held is not None:
        unit.said = made
    return unit


def _said(row: Row) -> Told | None:
    line = row.read()
    message = _message(line)
    wire: dict[str, JSON] = {"role": message.get("role", "user"), "content": message.get("content")}
    if not wire["content"]:
        return None
    try:
        read = anthropic.read_message(wire)
    except WireError:
        return None
    typed = (
        read.role == "user" and not (line.is_meta or line.is_compact_summary or line.type != "user") and not _made(read)
    )
    origin: Literal["typed", "client"] = "typed" if typed else "client"
    return Told(replace(read, time=line.timestamp, origin=origin, lines=(row.line, row.line)), wire)


def _message(line: Line) -> dict[str, JSON]:
    """What the model is told by a row: of a user's all but results, which go to their calls."""
    match line.type:
        case "user":
            content = (line.message or {}).get("content")
            if isinstance(content, list) and any(is_result(one) for one in content):
                content = [one for one in content if isinstance(one, dict) and not is_result(one)]
            return {"role": "user", "content": content}
        case "attachment":
            role = line.rendered_role if line.rendered_role in ("user", "system") else "user"
            return {"role": role, "content": rendered(line)}
        case _:
            return line.message or {}


def is_result(value: JSON) -> bool:
    """Whether a block is the result of a call."""
    return isinstance(value, dict) and value.get("type") == "tool_result"


def _made(message: Message) -> bool:
    """Whether the client made all the text of the message."""
    return all(isinstance(part, Text) and _MACHINE.match(part.text) is not None for part in message.parts)


def rendered(line: Line) -> str | list[JSON] | None:
    """The text of an attachment as it was sent; None where the row does not hold it."""
    listed = line.rendered if isinstance(line.rendered, list) else []
    contents = [item.get("content") for item in listed if isinstance(item, dict)]
    texts = [content for content in contents if content]
    if not texts:
        return None
    if len(texts) == 1 and isinstance(texts[0], str):
        return texts[0]
    made: list[JSON] = []
    for content in texts:
        if isinstance(content, str):
            made.append({"type": "text", "text": content})
        elif isinstance(content, list):
            made.extend(content)
    return made


def text(value: JSON) -> str | None:
    """``value`` where it is a string, else None."""
    return value if isinstance(value, str) else None
