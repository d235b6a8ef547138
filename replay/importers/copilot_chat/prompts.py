"""The log of prompts that the chat debug view exports (``*.chatreplay.json``): requests as they were rendered.

A request holds system prompt, messages and tools, and of its answer the text; what the answer called stands in the next
request, or in the log of the calls behind it. Source: https://github.com/microsoft/vscode-copilot-chat
``requestLoggerImpl.ts``, https://github.com/microsoft/vscode-prompt-tsx ``rawTypes.ts``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from msgspec.structs import replace

from replay.importers import conversation, loose, views
from replay.importers.conversation import Exchange
from replay.importers.copilot_chat import results
from replay.importers.copilot_chat.thoughts import thought
from replay.importers.fault import ImportFault
from replay.importers.lines import Count
from replay.importers.session import DAMAGE
from replay.records import (
    JSON,
    Fidelity,
    Image,
    Ledger,
    Message,
    Opaque,
    Part,
    Prefix,
    Setup,
    Source,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Transcript,
)
from replay.wire import openai_chat, openai_parts

Role = Literal["system", "user", "assistant", "tool"]
_ROLES: tuple[Role, ...] = ("system", "user", "assistant", "tool")
_WHOLE = Fidelity("full", ("system prompt", "tool schemas"), inferred=("request format", "parameters"))
_BARE = Fidelity("partial", ("system prompt",), inferred=("request format", "parameters"), missing=("tool schemas",))
_EARLY = 3
"""Messages among which the one about the workspace is."""
_MARKS = ("stateful_marker", "phase")


def is_log(value: JSON) -> bool:
    """Whether ``value`` is an export of all prompts or of one."""
    told = loose.mapping(value)
    if isinstance(told.get("prompts"), list):
        return bool({"exportedAt", "totalPrompts", "totalLogEntries"} & told.keys()) and any(
            isinstance(one.get("logs"), list) for one in loose.objects(told["prompts"])
        )
    return isinstance(told.get("logs"), list) and bool({"promptId", "logCount"} & told.keys())


def read(value: dict[str, JSON], path: Path, count: Count, source: Source) -> Iterator[Transcript]:
    """The conversations in the log ``value``, in the order they begin. Raises ImportFault where no request is."""
    asked = _asked(value, count)
    keys = [conversation.key(one.prefix) for one in asked]
    later: dict[bytes, Prefix] = {}
    for key, one in zip(reversed(keys), reversed(asked), strict=True):
        one.shown = key in later and _goes_on(one.prefix, later[key])
        later[key] = one.prefix
    found: dict[bytes, conversation.Conversation] = {}
    for number, (key, one) in enumerate(zip(keys, asked, strict=True), 1):
        answer, time = None if one.shown else _answer(one), loose.moment(_about(one.log).get("startTime"))
        exchange = Exchange(number, one.prefix, answer, time, _grade(one.prefix, damaged=count.damaged))
        found.setdefault(key, conversation.Conversation()).add(exchange)
    if not found:
        raise ImportFault("holds no request with its messages", path=path)
    ledger = count.ledger()
    for told in found.values():
        made = views.unanswered(told.transcript(source, ledger))
        cwd = results.folder(part for message in made.messages[:_EARLY] for part in message.parts)
        yield replace(made, source=replace(source, cwd=cwd))
        ledger = Ledger()


@dataclass
class _Asked:
    """A request, the calls carried out after it, and whether a later request shows what was answered."""

    log: dict[str, JSON]
    prefix: Prefix
    calls: list[dict[str, JSON]] = field(default_factory=list)
    shown: bool = False


def _asked(value: dict[str, JSON], count: Count) -> list[_Asked]:
    logs = [log for prompt in loose.objects(value.get("prompts", [value])) for log in loose.objects(prompt.get("logs"))]
    count.rows = len(logs)
    asked: list[_Asked] = []
    able: _Asked | None = None
    for log in logs:
        if log.get("kind") == "toolCall":
            if able is not None:
                able.calls.append(log)
        elif (prefix := _prefix(log)) is not None:
            asked.append(_Asked(log, prefix))
            able = asked[-1] if prefix.setup.tools or able is None else able
        else:
            count.dropped[f"log of kind `{str(log.get('kind'))[:40]}` without messages"] += 1
    return asked


def _grade(prefix: Prefix, *, damaged: bool) -> Fidelity:
    grade = _BARE if prefix.setup.tools is None else _WHOLE
    return replace(grade, grade="partial", missing=(*grade.missing, DAMAGE)) if damaged else grade


def _goes_on(prefix: Prefix, following: Prefix) -> bool:
    """Whether the next request shows what was answered."""
    size = len(prefix.messages)
    more = following.messages[size:]
    return bool(more) and more[0].role == "assistant" and following.messages[:size] == prefix.messages


def _about(log: dict[str, JSON]) -> dict[str, JSON]:
    return loose.mapping(log.get("metadata"))


def _prefix(log: dict[str, JSON]) -> Prefix | None:
    listed = loose.mapping(log.get("requestMessages")).get("messages")
    about = _about(log)
    model = loose.text(about.get("model"))
    messages = [made for one in loose.objects(listed) if (made := _message(one, model)) is not None]
    if not messages:
        return None
    first = next((at for at, one in enumerate(messages) if one.role != "system"), len(messages))
    system = tuple(part for one in messages[:first] for part in one.parts)
    options = loose.mapping(about.get("requestOptions") or about.get("postOptions"))
    tools = next((one for one in (about.get("tools"), options.get("tools")) if isinstance(one, list)), None)
    setup = Setup(
        model=model,
        system=system,
        tools=None if tools is None else tuple(_tool(tool) for tool in loose.objects(tools)),
        params={key: value for key, value in options.items() if isinstance(value, str | int | float)},
    )
    return Prefix(setup, tuple(messages[first:]))


def _message(raw: dict[str, JSON], model: str | None) -> Message | None:
    """A message by its role, a number or a name; None for one without content."""
    told = raw.get("role")
    named = _ROLES[told] if isinstance(told, int) and 0 <= told < len(_ROLES) else told
    role = next((one for one in _ROLES if one == named), None)
    parts = [part for one in results.rendered(raw.get("content")) for part in _part(one, model)]
    match role:
        case None:
            return None
        case "tool":
            kept = tuple(part for part in parts if isinstance(part, Text | Image | Opaque))
            key = raw.get("toolCallId", raw.get("tool_call_id"))
            return Message("tool", (ToolResult(key if isinstance(key, str) else "", kept),), origin="tool")
        case "assistant":
            calls = raw.get("toolCalls", raw.get("tool_calls"))
            parts += [openai_parts.read_call(call) for call in loose.objects(calls)]
            return Message("assistant", tuple(parts), origin="model") if parts else None
        case _:
            return Message(role, tuple(parts)) if parts else None


def _part(part: Text | Image | Opaque, model: str | None) -> Iterator[Part]:
    match part:
        case Opaque(body={"value": {"type": str(kind)}}) if kind in _MARKS:
            return
        case Opaque(body={"value": {"type": "thinking", "thinking": dict(told)}}):
            yield from thought(told, model)
        case _:
            yield part


def _tool(tool: dict[str, JSON]) -> Tool:
    if "function" in tool:
        return openai_parts.read_tool(tool)
    schema = next((tool[key] for key in ("parameters", "input_schema", "inputSchema") if key in tool), None)
    description = tool.get("description")
    return Tool(loose.text(tool.get("name")) or "", loose.text(description), loose.mapping(schema))


def _answer(asked: _Asked) -> Message | None:
    """What was answered, by the text in the response and the calls that were carried out; None where there is none."""
    response, about = loose.mapping(asked.log.get("response")), _about(asked.log)
    told = response.get("message")
    lines = told if isinstance(told, list) else [told]
    text = "".join(line for line in lines if isinstance(line, str))
    parts: list[Part] = [Text(text)] if text.strip() and response.get("type") == "success" else []
    for call in asked.calls:
        given, name = loose.unpacked(call.get("args")), loose.text(call.get("tool")) or loose.text(call.get("name"))
        parts.append(ToolCall(str(call.get("id", "")), name or "", given if isinstance(given, dict | str) else {}))
    if not parts:
        return None
    model = loose.text(about.get("model"))
    answer = Message("assistant", tuple(parts), model=model, usage=openai_chat.read_usage(about.get("usage")))
    return replace(answer, origin="model")
