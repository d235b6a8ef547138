"""The history of an OpenHands V0 agent: actions and observations, read as the messages the model saw.

Format: https://github.com/All-Hands-AI/OpenHands; events of it before 1.0 (``openhands/events``), and the flat ones
of 2024.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable
from dataclasses import dataclass, field

from msgspec.structs import replace

from replay.importers import litellm
from replay.importers.lines import Count
from replay.importers.loose import mapping, objects, text
from replay.importers.openhands import event as events
from replay.importers.openhands.thread import Thread
from replay.importers.session import Session
from replay.records import JSON, Fidelity, Message, Part, Setup, Source, Text, ToolCall, ToolResult, Transcript
from replay.wire.openai_parts import read_tool

PROMPT, TOOLS = "system prompt", "tool schemas"
RECALLED = "recalled context"
CALLS = "tool calls from actions"
_MACHINERY = frozenset(
    [
        "null",
        "recall",
        "agent_state_changed",
        "change_agent_state",
        "condensation_request",
        "condense",
        "pause",
        "resume",
        "stop",
        "start",
        "close",
        "init",
        "loop_recovery",
        "server_ready",
    ]
)
_FAILED = frozenset({"error", "user_rejected"})


@dataclass
class History:
    """Events as they come, and what they make. ``model`` and ``params`` are those the source names, if it does."""

    count: Count
    model: str | None = None
    params: dict[str, JSON] = field(default_factory=dict)
    session: Session = field(init=False)
    version: str | None = None
    cwd: str | None = None
    _thread: Thread = field(init=False)
    _setup: Setup = field(init=False)
    _response: str | None = None
    _taken: set[str] = field(default_factory=set)
    _ids: dict[str, deque[str]] = field(default_factory=dict)
    _made: dict[Hashable, str] = field(default_factory=dict)
    _seen: dict[int, None] = field(default_factory=dict)
    _open: set[str] = field(default_factory=set)
    _last: str | None = None
    _recalled: bool = False
    _built: bool = False

    def __post_init__(self) -> None:
        self.session = Session(self.count)
        self._thread = Thread(self.session)
        self._setup = Setup(api="openai-chat", model=self.model, params=self.params)

    def add(self, event: JSON, line: int) -> None:
        """One more event; what the model never saw is counted and left out."""
        match event:
            case {"action": str(action)} if action:
                self._act(action, event, line)
            case {"observation": str(observation)} if observation:
                self._observe(observation, event, line)
            case {"action": None} | {"observation": None}:
                self.session.drop("event: null")
            case _:
                self.session.drop("value that is no event")

    def transcript(self, source: Source) -> Transcript | None:
        """What the events make; None where nobody said anything."""
        self._thread.flush()
        if not self.session.messages:
            return None
        setup = self._setup
        lost = {PROMPT: setup.system is None, TOOLS: setup.tools is None, RECALLED: self._recalled}
        missing = [thing for thing, gone in lost.items() if gone]
        found = [PROMPT] if setup.system is not None else []
        found += [TOOLS] if setup.tools is not None else []
        found += ["sampling parameters"] if setup.params else ["model"] if setup.model else []
        missing += [] if setup.params else ["parameters"]
        grade = Fidelity(
            "partial" if any(lost.values()) or self._built else "full",
            recovered=tuple(found),
            inferred=(*((CALLS,) if self._built else ()), "request boundaries"),
            missing=tuple(missing),
        )
        return self.session.transcript(source, grade)

    # --- actions ---------------------------------------------------------------------------------------------

    def _act(self, action: str, event: dict[str, JSON], line: int) -> None:
        arguments = events.arguments(event)
        key = events.number(event)
        if key is not None:
            self._seen[key] = None
        source = text(event.get("source"))
        if action == "system":
            self._prompt(arguments)
        elif action == "condensation":
            self._condense(arguments, event, line)
        elif action in _MACHINERY:
            self._recalled = self._recalled or (action == "recall" and bool(text(arguments.get("query"))))
            self.session.drop(f"event: {action}")
        elif action == "message" and (
            source == "user" or (source is None and arguments.get("wait_for_response") is not True)
        ):
            parts = tuple(events.said(arguments))
            if parts:
                self._thread.hear(events.message("user", parts, event, line, origin="typed"), key)
            else:
                self.session.drop("message without content")
        elif source in (None, "agent"):
            self._answer(action, arguments, event, line)
        else:
            self.session.drop(f"action of the {source}: {action}")

    def _prompt(self, arguments: dict[str, JSON]) -> None:
        told = text(arguments.get("content"))
        tools = arguments.get("tools")
        self._setup = replace(
            self._setup,
            system=None if told is None else (Text(told),),
            tools=tuple(read_tool(tool) for tool in objects(tools)) if isinstance(tools, list) else None,
        )
        self.version = text(arguments.get("openhands_version")) or self.version

    def _answer(self, action: str, arguments: dict[str, JSON], event: dict[str, JSON], line: int) -> None:
        metadata = mapping(event.get("tool_call_metadata"))
        body = mapping(metadata.get("model_response"))
        old = text(metadata.get("tool_call_id")) or ""
        name = text(body.get("id")) if body else None
        if name is not None and name == self._response and self._ids.get(old):
            self._thread.also(events.number(event))
        else:
            said = litellm.response(body)
            if said is None or (action != "message" and not any(isinstance(part, ToolCall) for part in said.parts)):
                said = self._rebuilt(action, arguments, metadata)
                self._built = self._built or action != "message"
            self._response, self._ids = name, defaultdict(deque)
            parts: list[Part] = []
            for part in said.parts:
                if isinstance(part, ToolCall):
                    new = self.session.calls.call(part.id)
                    # A call that the agent wrote as text never had an id: a fresh one repairs nothing.
                    self.session.calls.repaired -= int(not part.id)
                    self._open.add(new)
                    self._ids[part.id].append(new)
                    parts.append(ToolCall(new, part.name, part.arguments, part.raw))
                else:
                    parts.append(part)
            model = said.model or self.model
            if self._setup.model is None and model is not None:
                self._setup = replace(self._setup, model=model)
            told = replace(said, parts=tuple(parts), time=text(event.get("timestamp")) or said.time, lines=(line, line))
            calls = [part.id for part in parts if isinstance(part, ToolCall)]
            self._thread.answer(told, self._setup, calls, events.number(event))
        queue = self._ids.get(old) or next((queue for queue in self._ids.values() if queue), None)
        if queue:
            self._last = queue.popleft()
            if (key := events.number(event)) is not None:
                self._made[key] = self._last

    def _rebuilt(self, action: str, arguments: dict[str, JSON], metadata: dict[str, JSON]) -> Message:
        """The answer that an action was made from, where the response itself is not there."""
        parts: list[Part] = []
        if action == "message":
            parts.extend(events.said(arguments))
        else:
            if (thought := text(arguments.get("thought"))) is not None and action != "think":
                parts.append(Text(thought))
            name, told = events.call(action, arguments)
            parts.append(
                ToolCall(text(metadata.get("tool_call_id")) or "", text(metadata.get("function_name")) or name, told)
            )
        return Message("assistant", tuple(parts), model=self.model, origin="model", form="string")

    def _condense(self, arguments: dict[str, JSON], event: dict[str, JSON], line: int) -> None:
        ids = arguments.get("forgotten_event_ids")
        first, last = arguments.get("forgotten_events_start_id"), arguments.get("forgotten_events_end_id")
        forgotten = {item for item in (ids if isinstance(ids, list) else ()) if isinstance(item, int)}
        if not forgotten and isinstance(first, int) and isinstance(last, int):
            forgotten = {key for key in self._seen if first <= key <= last}
        told = text(arguments.get("summary"))
        summary = None if told is None else events.message("user", (Text(told),), event, line, origin="client")
        offset = arguments.get("summary_offset")
        # The offset counts events from the system prompt on, which is no message here.
        shift = 1 if self._setup.system is not None else 0
        self._thread.condense(
            forgotten, summary, max(0, (offset if isinstance(offset, int) else 0) - shift), events.number(event)
        )

    # --- observations ----------------------------------------------------------------------------------------

    def _observe(self, observation: str, event: dict[str, JSON], line: int) -> None:
        key = events.number(event)
        if key is not None:
            self._seen[key] = None
        extras = events.extras(event)
        if observation in _MACHINERY:
            known = ("repo_instructions", "additional_agent_instructions", "microagent_knowledge", "runtime_hosts")
            self._recalled = self._recalled or (observation == "recall" and any(extras.get(name) for name in known))
            self.session.drop(f"event: {observation}")
            return
        call = self._called(event)
        if call is not None:
            failed = True if observation in _FAILED else None
            shown = (Text(told),) if (told := events.shown(observation, event, extras)) else ()
            detail = {name: value for name, value in extras.items() if name not in ("_diff_cache", "hidden")}
            result = ToolResult(
                call, (*shown, *events.images(extras)), failed, detail={"observation": observation, **detail}
            )
            self._thread.result(result, key, text(event.get("timestamp")))
            if self.cwd is None:
                self.cwd = text(mapping(extras.get("metadata")).get("working_dir"))
        elif observation == "error" and (told := text(event.get("content"))) is not None:
            self._thread.hear(events.message("user", (Text(told),), event, line, origin="client"), key)
        else:
            self.session.drop("result without its call")

    def _called(self, event: dict[str, JSON]) -> str | None:
        """The call that an observation answers: by its cause, by its id, or else the last one made."""
        cause = event.get("cause")
        calls = self.session.calls
        if isinstance(cause, int) and cause in self._made:
            found: str | None = self._made[cause]
        elif metadata := mapping(event.get("tool_call_metadata")):
            found = calls.result(metadata.get("tool_call_id"))
            self._open.discard(found or "")
            return found
        elif cause is None and "id" not in event:
            found = self._last
        else:
            return None
        if found is None or found not in self._open:
            return None
        self._open.remove(found)
        calls.close(found)
        return found
