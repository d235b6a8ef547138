"""Units: what rows become, a response with the results of its calls, a prompt, or a mark without a message."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from replay.importers.claude_code.rows import Row
from replay.records import JSON, Message, Text, ToolCall, ToolResult
from replay.wire import anthropic
from replay.wire.notes import WireError

_MACHINE = re.compile(
    r"\s*(?:<(?:command-(?:name|message)|local-command-\w+|task-notification|bash-(?:input|stdout|stderr)"
    r"|system-reminder|ide_\w+)>|Caveat: The messages below|\[Request interrupted by user)"
)


@dataclass(eq=False, slots=True)
class Unit:
    """One node: a ``response`` with the results of its calls, a ``user`` message, or a ``mark`` without a message."""

    kind: Literal["response", "user", "mark"]
    line: int
    under: str | None
    message: Message | None = None
    wire: dict[str, JSON] | None = None
    parent: Unit | None = None
    request: str | None = None
    rows: list[Row] = field(default_factory=list)
    results: dict[str, tuple[Row, dict[str, JSON]]] = field(default_factory=dict)
    calls: tuple[str, ...] = ()
    missing: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()


def finish(unit: Unit) -> None:
    """Puts the response together from its rows: the blocks in order, the last usage and stop reason."""
    blocks: list[dict[str, JSON]] = []
    seen: set[bytes] = set()
    usage = stop = None
    for row in unit.rows:
        message: dict[str, Any] = row.message or {}
        for block in message["content"]:
            mark = msgspec.json.encode(block, order="sorted")
            if mark not in seen:
                seen.add(mark)
                blocks.append(block)
        usage = message.get("usage") or usage
        stop = message.get("stop_reason") or stop
        unit.request = row.request_ref or unit.request
    first, head = unit.rows[0], unit.rows[0].message or {}
    unit.wire = {"role": "assistant", "content": blocks}
    read = anthropic.read_message(unit.wire)
    unit.message = replace(
        read,
        id=text(head.get("id")),
        model=text(head.get("model")),
        time=first.timestamp,
        stop=text(stop),
        usage=anthropic.read_usage(usage),
        origin="model",
        lines=(first.line, unit.rows[-1].line),
    )
    unit.calls = tuple(part.id for part in read.parts if isinstance(part, ToolCall))
    for row in unit.rows:
        row.message = None  # the rows outlive the reading, and with them a third of all memory
    unit.rows = []


def answer(unit: Unit) -> Message | None:
    """All results of a response as one message, in the order they came in; None where there are none."""
    if not unit.results:
        return None
    wire = {"role": "user", "content": [block for _, block in unit.results.values()]}
    rows = [row for row, _ in unit.results.values()]
    message = anthropic.read_message(wire)
    return replace(
        with_details(message, unit.results),
        time=rows[-1].timestamp,
        origin="tool",
        lines=(min(row.line for row in rows), max(row.line for row in rows)),
    )


def with_details(message: Message, results: dict[str, tuple[Row, dict[str, JSON]]]) -> Message:
    """``message`` with the client's structured record put to each result of it that has one."""
    parts = tuple(
        replace(part, detail=results[part.call][0].tool_use_result)
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


def spoken(row: Row, message: dict[str, JSON]) -> Unit | None:
    """A unit of what ``row`` says to the model, or None where that is nothing that can be said."""
    wire = {"role": message.get("role", "user"), "content": message.get("content")}
    if not wire["content"]:
        return None
    try:
        read = anthropic.read_message(wire)
    except WireError:
        return None
    typed = (
        read.role == "user" and not (row.is_meta or row.is_compact_summary or row.type != "user") and not _made(read)
    )
    read = replace(read, time=row.timestamp, origin="typed" if typed else "client", lines=(row.line, row.line))
    return Unit("user", row.line, row.parent_uuid, message=read, wire=wire)


def _made(message: Message) -> bool:
    """Whether the client made all the text of the message."""
    return all(isinstance(part, Text) and _MACHINE.match(part.text) is not None for part in message.parts)


def rendered(row: Row) -> str | list[JSON] | None:
    """The text of an attachment as it was sent; None where the row does not hold it."""
    contents = [item.get("content") for item in row.rendered or () if isinstance(item, dict)] if _listed(row) else []
    texts = [content for content in contents if content]
    if not texts:
        return None
    if len(texts) == 1 and isinstance(texts[0], str):
        return texts[0]
    blocks: list[JSON] = []
    for content in texts:
        if isinstance(content, str):
            blocks.append({"type": "text", "text": content})
        elif isinstance(content, list):
            blocks.extend(content)
    return blocks


def _listed(row: Row) -> bool:
    return isinstance(row.rendered, list)


def text(value: JSON) -> str | None:
    """``value`` where it is a string, else None."""
    return value if isinstance(value, str) else None
