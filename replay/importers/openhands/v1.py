"""OpenHands V1 events: what the software-agent SDK keeps of a conversation, one event a line, told apart by ``kind``.

Format: ``openhands-sdk/openhands/sdk/event`` of the software-agent SDK.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from msgspec.structs import replace

from replay.importers import lines, litellm, peek
from replay.importers.fault import ImportFault
from replay.importers.loose import mapping, objects, text
from replay.importers.openhands.thread import Thread
from replay.importers.session import Session, digest
from replay.records import (
    JSON,
    Fidelity,
    Image,
    Message,
    Part,
    Reasoning,
    Setup,
    Source,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Transcript,
)
from replay.wire.openai_parts import read_tool

NAME = "openhands_v1"
PROMPT, TOOLS = "system prompt", "tool schemas"
_KINDS = frozenset(
    [
        "SystemPromptEvent",
        "MessageEvent",
        "ActionEvent",
        "ObservationEvent",
        "UserRejectObservation",
        "AgentErrorEvent",
        "Condensation",
        "CondensationRequest",
        "CondensationSummaryEvent",
        "ConversationStateUpdateEvent",
        "PauseEvent",
        "TokenEvent",
    ]
)
_SCHEMAS = ("parameters", "input_schema", "inputSchema")


def sniff(head: bytes, name: str) -> bool:
    """Whether one of the first rows is an event with a kind, a source and a time."""
    return any(str(row.get("kind")) in _KINDS and {"source", "timestamp"} <= row.keys() for row in peek.rows(head))


def read(path: Path) -> Iterator[Transcript]:
    """The one conversation in ``path``. Raises ImportFault where no event is a message."""
    told = _Reader(Session(lines.Count()))
    for line, value in lines.concatenated(path, told.session.count):
        for row in value if isinstance(value, list) else (value,):
            told.add(mapping(row), line)
    told.thread.flush()
    if not told.session.messages:
        raise ImportFault("holds no message of an OpenHands conversation", path=path)
    source = Source(NAME, path.name, sha256=digest(path), agent="openhands", cwd=told.cwd)
    yield told.session.transcript(source, told.fidelity())


@dataclass
class _Reader:
    """Events as they come. ``_made`` finds the call of an action event, ``_open`` the calls without a result."""

    session: Session
    thread: Thread = field(init=False)
    cwd: str | None = None
    _setup: Setup = field(default_factory=lambda: Setup(api="openai-chat"))
    _response: str | None = None
    _made: dict[str, str] = field(default_factory=dict)
    _open: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.thread = Thread(self.session)

    def add(self, event: dict[str, JSON], line: int) -> None:
        """One more event."""
        key = text(event.get("id")) or f"line {line}"
        match event.get("kind"):
            case "SystemPromptEvent":
                self._prompt(event)
            case "MessageEvent":
                self._message(event, key, line)
            case "ActionEvent":
                self._act(event, key, line)
            case "ObservationEvent" | "UserRejectObservation" | "AgentErrorEvent":
                self._observe(event, key)
            case "Condensation":
                self._condense(event, key, line)
            case "CondensationSummaryEvent" if (told := text(event.get("summary"))) is not None:
                self.thread.hear(_made("user", (Text(told),), event, line, origin="client"), key)
            case str(kind):
                if kind == "ConversationStateUpdateEvent":
                    self._state(event)
                self.session.drop(f"event: {kind}")
            case _:
                self.session.drop("value that is no event")

    def fidelity(self) -> Fidelity:
        """What of the request is known. Schemas may be missing where the tools are only named."""
        setup = self._setup
        described = setup.tools is not None and all(tool.schema for tool in setup.tools)
        known = {PROMPT: setup.system is not None, TOOLS: described}
        return Fidelity(
            "full" if all(known.values()) else "partial",
            recovered=(*(thing for thing, found in known.items() if found), *(("model",) if setup.model else ())),
            inferred=("request boundaries",),
            missing=(*(thing for thing, found in known.items() if not found), "parameters"),
        )

    def _prompt(self, event: dict[str, JSON]) -> None:
        told = [
            Text(found)
            for name in ("system_prompt", "dynamic_context")
            if (found := text(mapping(event.get(name)).get("text"))) is not None
        ]
        tools = event.get("tools")
        named = tuple(_tool(tool) for tool in objects(tools)) if isinstance(tools, list) else None
        described = named if named is None or any(tool.schema for tool in named) else None
        if named and described is None:
            self.session.drop("tool that is only named", len(named))
        self._setup = replace(self._setup, system=tuple(told) if told else None, system_form="blocks", tools=described)

    def _message(self, event: dict[str, JSON], key: str, line: int) -> None:
        said = mapping(event.get("llm_message"))
        parts = [*_content(said.get("content")), *_content(event.get("extended_content"))]
        if event.get("source") == "agent" or said.get("role") == "assistant":
            calls = [self._called(call) for call in litellm.calls(said.get("tool_calls"))]
            parts = [*_thoughts(said), *parts, *calls]
            if parts:
                self._answer(tuple(parts), event, key, line)
                return
        elif parts:
            origin: Literal["typed", "client"] = "typed" if event.get("source") == "user" else "client"
            self.thread.hear(_made("user", tuple(parts), event, line, origin=origin), key)
            return
        self.session.drop("message without content")

    def _answer(self, parts: tuple[Part, ...], event: dict[str, JSON], key: str, line: int) -> None:
        self._response = text(event.get("llm_response_id"))
        said = _made("assistant", parts, event, line, origin="model")
        said = replace(said, id=self._response, model=self._setup.model)
        self.thread.answer(said, self._setup, [part.id for part in parts if isinstance(part, ToolCall)], key)

    def _called(self, call: ToolCall) -> ToolCall:
        new = self.session.calls.call(call.id)
        self._open.add(new)
        return replace(call, id=new)

    def _act(self, event: dict[str, JSON], key: str, line: int) -> None:
        told = mapping(event.get("tool_call"))
        call = next(litellm.calls([told]), ToolCall("", "", {}))
        arguments = call.arguments
        if not call.name or arguments == "":
            action = {name: value for name, value in mapping(event.get("action")).items() if name != "kind"}
            arguments = arguments or action
        name = call.name or text(event.get("tool_name")) or ""
        call = self._called(
            replace(call, id=call.id or text(event.get("tool_call_id")) or "", name=name, arguments=arguments)
        )
        self._made[key] = call.id
        response = text(event.get("llm_response_id"))
        if response is not None and response == self._response:
            self.thread.also(key, call)
        else:
            self._answer((*_thoughts(event), *_content(event.get("thought")), call), event, key, line)

    def _observe(self, event: dict[str, JSON], key: str) -> None:
        call = self._made.get(text(event.get("action_id")) or "")
        if call in self._open:
            self.session.calls.close(call or "")
        elif call is None:
            call = self.session.calls.result(event.get("tool_call_id"))
        else:
            self.session.drop("second result of a call")
            return
        if call is None:
            self.session.drop("result without its call")
            return
        self._open.discard(call)
        seen = mapping(event.get("observation"))
        detail: JSON = {name: value for name, value in seen.items() if name != "content"} or None
        match event.get("kind"):
            case "AgentErrorEvent":
                parts: list[Part] = [Text(text(event.get("error")) or "")]
            case "UserRejectObservation":
                parts = [Text(f"Action rejected: {text(event.get('rejection_reason')) or ''}")]
            case _:
                parts = [*_content(_shown(seen)), *_content(event.get("extended_content"))]
        failed = True if event.get("kind") != "ObservationEvent" or seen.get("is_error") is True else None
        leaves: Any = tuple(parts)
        self.thread.result(ToolResult(call, leaves, failed, "blocks", detail), key, text(event.get("timestamp")))
        if self.cwd is None:
            self.cwd = text(mapping(seen.get("metadata")).get("working_dir"))

    def _condense(self, event: dict[str, JSON], key: str, line: int) -> None:
        ids = event.get("forgotten_event_ids")
        forgotten = {item for item in (ids if isinstance(ids, list) else ()) if isinstance(item, str)}
        told = text(event.get("summary"))
        summary = None if told is None else _made("user", (Text(told),), event, line, origin="client")
        offset = event.get("summary_offset")
        # The offset counts events from the system prompt on, which is no message here.
        shift = 1 if self._setup.system is not None else 0
        self.thread.condense(forgotten, summary, max(0, (offset if isinstance(offset, int) else 0) - shift), key)

    def _state(self, event: dict[str, JSON]) -> None:
        value = mapping(event.get("value"))
        stats = mapping(mapping(value.get("usage_to_metrics")).get("default"))
        model = text(stats.get("model_name")) or text(mapping(mapping(value.get("agent")).get("llm")).get("model"))
        if self._setup.model is None and model is not None and model != "default":
            self._setup = replace(self._setup, model=model)


def _thoughts(holder: dict[str, JSON]) -> Iterator[Reasoning]:
    """Reasoning, also that of the Responses API, which may be encrypted."""
    item = mapping(holder.get("responses_reasoning_item"))
    if not item:
        yield from litellm.thoughts(holder)
        return
    told = [part for name in ("summary", "content") for part in _strings(item.get(name))]
    yield Reasoning("\n\n".join(told), encrypted=text(item.get("encrypted_content")), id=text(item.get("id")))


def _strings(value: JSON) -> Iterator[str]:
    for item in value if isinstance(value, list) else ():
        told = item if isinstance(item, str) else mapping(item).get("text")
        if isinstance(told, str) and told:
            yield told


def _shown(seen: dict[str, JSON]) -> JSON:
    """What an observation shows: its content, or the one text that older ones kept under another name."""
    return next((seen[name] for name in ("content", "output", "message") if seen.get(name)), None)


def _content(value: JSON) -> Iterator[Part]:
    for block in objects(value):
        urls = block.get("image_urls")
        for url in urls if isinstance(urls, list) else ():
            head, found, data = str(url).partition(";base64,")
            yield Image(head.removeprefix("data:"), data) if found else Image(url=str(url))
        if not isinstance(urls, list):
            # What the SDK adds to a block for its own use is not sent.
            yield from litellm.content([{name: told for name, told in block.items() if name in ("type", "text")}])
    if isinstance(value, str):
        yield from litellm.content(value)


def _tool(tool: dict[str, JSON]) -> Tool:
    if "function" in tool:
        return read_tool(tool)
    schema: dict[str, JSON] = next((tool[name] for name in _SCHEMAS if isinstance(tool.get(name), dict)), {})
    name = text(tool.get("name")) or text(tool.get("title")) or ""
    return Tool(name, text(tool.get("description")), schema)


def _made(
    role: Literal["user", "assistant"],
    parts: tuple[Part, ...],
    event: dict[str, JSON],
    line: int,
    *,
    origin: Literal["typed", "client", "model"],
) -> Message:
    return Message(role, parts, time=text(event.get("timestamp")), origin=origin, lines=(line, line))
