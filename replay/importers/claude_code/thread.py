"""The tree of a session: rows grouped into responses, prompts and marks, each hanging under the one before it.

Rows are chained by ``parentUuid``, but a response is spread over several rows and the results of parallel calls hang
under different ones of them; so the tree is built of whole responses, and results are attached by ``tool_use_id``.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from replay.importers.claude_code.rows import Attachment, Row
from replay.records import JSON, Message, Text, ToolCall, ToolResult
from replay.wire import anthropic
from replay.wire.notes import WireError

CUT = "earlier messages"
ATTACHMENT = "attachment text"
REMOVED = "text of removed results"
UNANSWERED = "result of an interrupted call"
UNSENT = frozenset({"command_permissions", "hook_system_message", "prompt_snapshot", "session_context"})
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


@dataclass
class Thread:
    """The units of one conversation in file order, and what of its rows was left out."""

    units: list[Unit] = field(default_factory=list)
    synthetic: list[Unit] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    attachments: Counter[str] = field(default_factory=Counter)
    compactions: int = 0
    cut: int = 0


def build(rows: Iterable[Row], parents: dict[str, str | None], *, side: frozenset[str] = frozenset()) -> Thread:
    """The thread of ``rows``. ``parents`` holds the parent of every row of the file.

    Answers to the requests ``side`` are left out: they are not of this conversation.
    """
    return _Builder(parents, side).build(rows)


class _Builder:
    def __init__(self, parents: dict[str, str | None], side: frozenset[str]) -> None:
        self._parents, self._side = parents, side
        self._thread = Thread()
        self._responses: dict[str, Unit] = {}
        self._owner: dict[str, Unit] = {}
        self._calls: dict[str, Unit] = {}
        self._results: list[tuple[Row, dict[str, JSON]]] = []
        self._climbed: dict[str, tuple[Unit | None, bool]] = {}

    def build(self, rows: Iterable[Row]) -> Thread:
        for row in rows:
            match row.type:
                case "assistant":
                    self._answer(row)
                case "user":
                    self._said(row)
                case "attachment":
                    self._attached(row)
                case _:
                    self._system(row)
        for unit in self._responses.values():
            _finish(unit)
            for call in unit.calls:
                self._calls[call] = unit
        for row, block in self._results:
            self._attach(row, block)
        self._climbed.clear()
        for unit in self._thread.units:
            unit.parent, cut = self._climb(unit.under)
            if cut:
                self._thread.cut += 1
                unit.missing |= {CUT}
            left = [call for call in unit.calls if call not in unit.results]
            if left:
                unit.missing |= {UNANSWERED}
        return self._thread

    # --- one row ---------------------------------------------------------------------------------------------

    def _answer(self, row: Row) -> None:
        message = row.message or {}
        blocks = message.get("content")
        if row.request_ref in self._side:
            self._thread.dropped["answer to a side request"] += 1
        elif message.get("model") == "<synthetic>" or row.is_api_error_message:
            self._thread.dropped["synthetic answer"] += 1
            if (unit := _spoken(row, message)) is not None:
                self._thread.synthetic.append(unit)
        elif not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
            self._thread.dropped["answer without content"] += 1
        else:
            key = _text(message.get("id")) or row.uuid or f"line {row.line}"
            unit = self._responses.get(key)
            if unit is None:
                unit = self._responses[key] = Unit("response", row.line, row.parent_uuid)
                self._thread.units.append(unit)
            unit.rows.append(row)
            self._own(row, unit)

    def _said(self, row: Row) -> None:
        if row.is_visible_in_transcript_only and not row.is_compact_summary:
            self._thread.dropped["user row never sent"] += 1
            return
        content = (row.message or {}).get("content")
        blocks = content if isinstance(content, list) else []
        results = [block for block in blocks if isinstance(block, dict) and block.get("type") == "tool_result"]
        self._results.extend((row, block) for block in results)
        if results:
            content = [block for block in blocks if isinstance(block, dict) and block.get("type") != "tool_result"]
        if content or not results:
            unit = _spoken(row, {"role": "user", "content": content})
            if unit is None:
                self._thread.dropped["user row without content"] += 1
            else:
                self._thread.units.append(unit)
                self._own(row, unit)

    def _attached(self, row: Row) -> None:
        try:
            attachment = msgspec.json.decode(row.attachment, type=Attachment)
        except msgspec.MsgspecError:
            attachment = Attachment()
        kind = attachment.type
        if (text := _rendered(row)) is not None:
            role = row.rendered_role if row.rendered_role in ("user", "system") else "user"
            unit = _spoken(row, {"role": role, "content": text})
        elif kind in UNSENT or (kind == "hook_success" and not _is_told(attachment)):
            unit = None
            self._thread.dropped[f"attachment never sent: {kind}"] += 1
        else:
            unit = Unit("mark", row.line, row.parent_uuid, missing=frozenset({ATTACHMENT}))
            self._thread.attachments[kind] += 1
        if unit is not None:
            self._thread.units.append(unit)
            self._own(row, unit)

    def _system(self, row: Row) -> None:
        if row.subtype == "compact_boundary":
            self._thread.compactions += 1
            if row.uuid is not None:
                self._parents[row.uuid] = None
        elif row.subtype == "microcompact_boundary":
            ids = (row.microcompact_metadata or {}).get("compactedToolIds")
            removed = frozenset(item for item in ids if isinstance(item, str)) if isinstance(ids, list) else frozenset()
            unit = Unit("mark", row.line, row.parent_uuid, removed=removed)
            self._thread.units.append(unit)
            self._own(row, unit)
        else:
            self._thread.dropped[f"system: {row.subtype or 'notice'}"] += 1

    # --- the whole --------------------------------------------------------------------------------------------

    def _own(self, row: Row, unit: Unit) -> None:
        if row.uuid is not None:
            self._owner[row.uuid] = unit

    def _attach(self, row: Row, block: dict[str, JSON]) -> None:
        call = block.get("tool_use_id")
        above, _ = self._climb(row.parent_uuid)
        unit = above if above is not None and call in above.calls else self._calls.get(str(call))
        if unit is None:
            self._thread.dropped["result without its call"] += 1
        elif call in unit.results:
            self._thread.dropped["second result of a call"] += 1
        else:
            unit.results[str(call)] = row, block
            if row.uuid is not None and row.uuid not in self._owner:
                self._owner[row.uuid] = unit

    def _climb(self, uuid: str | None) -> tuple[Unit | None, bool]:
        """The unit that row ``uuid`` belongs to or hangs under, and whether its chain leaves the file."""
        passed: list[str] = []
        walked: set[str] = set()
        found: tuple[Unit | None, bool] = (None, False)
        while uuid is not None and uuid not in walked:
            if uuid in self._owner:
                found = self._owner[uuid], False
                break
            if uuid in self._climbed:
                found = self._climbed[uuid]
                break
            if uuid not in self._parents:
                found = None, True
                break
            passed.append(uuid)
            walked.add(uuid)
            uuid = self._parents[uuid]
        self._climbed.update((item, found) for item in passed)
        return found


def _finish(unit: Unit) -> None:
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
        id=_text(head.get("id")),
        model=_text(head.get("model")),
        time=first.timestamp,
        stop=_text(stop),
        usage=anthropic.read_usage(usage),
        origin="model",
        lines=(first.line, unit.rows[-1].line),
    )
    unit.calls = tuple(part.id for part in read.parts if isinstance(part, ToolCall))
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


def forks(thread: Thread) -> int:
    """How many prompts stand beside another one under the same parent: edited or rewound prompts."""
    typed: defaultdict[int, int] = defaultdict(int)
    for unit in thread.units:
        if unit.kind == "user" and unit.message is not None and unit.message.origin == "typed":
            typed[id(unit.parent)] += unit.parent is not None
    return sum(count - 1 for count in typed.values() if count > 1)


def _spoken(row: Row, message: dict[str, JSON]) -> Unit | None:
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


def _rendered(row: Row) -> str | list[JSON] | None:
    """The text of an attachment as it was sent; None where the row does not hold it."""
    contents = [item.get("content") for item in row.rendered or () if isinstance(item, dict)] if _listed(row) else []
    texts = [content for content in contents if content]
    if not texts:
        return None
    if len(texts) == 1 and isinstance(texts[0], str):
        return texts[0]
    blocks: list[JSON] = []
    for content in texts:
        blocks.extend([{"type": "text", "text": content}] if isinstance(content, str) else content)
    return blocks


def _is_told(attachment: Attachment) -> bool:
    """Whether what a hook printed goes to the model: only at the start of a session and with a prompt."""
    return bool(attachment.content) and attachment.hook_event in ("SessionStart", "UserPromptSubmit")


def _listed(row: Row) -> bool:
    return isinstance(row.rendered, list)


def _text(value: JSON) -> str | None:
    return value if isinstance(value, str) else None
