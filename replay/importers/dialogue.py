"""Messages in the words of any framework (OpenAI, Anthropic, Gemini, Vercel AI SDK, LangChain, gen_ai, OpenInference).

Traces carry prompts and answers in the shape of whatever library was instrumented. The shapes are told apart message
by message and block by block; a block of no known shape is ``Opaque`` with the API ``trace``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from replay.importers import loose
from replay.importers.dialogue_parts import part, result, tool_calls
from replay.records import JSON, Message, Part, Reasoning, Text, Tool, ToolResult

_ROLES: dict[str, Literal["system", "developer", "user", "assistant", "tool"]] = {
    "system": "system",
    "SystemMessage": "system",
    "developer": "developer",
    "user": "user",
    "human": "user",
    "HumanMessage": "user",
    "assistant": "assistant",
    "ai": "assistant",
    "model": "assistant",
    "AIMessage": "assistant",
    "AIMessageChunk": "assistant",
    "tool": "tool",
    "function": "tool",
    "toolResult": "tool",
    "ToolMessage": "tool",
}
_THOUGHTS = ("reasoning_content", "reasoning", "thinking")
_PROMPTS = ("messages", "contents", "input", "prompt", "input_messages", "new_message")
_SYSTEMS = ("system", "system_instruction", "systemInstruction", "instructions", "system_instructions")


def messages(value: JSON) -> list[Message]:
    """The messages of a prompt, system messages first among them; nothing where ``value`` is no prompt.

    A prompt is a list of messages, one message, a bare text (what the user said), or an object with one of these under
    ``messages``, ``contents``, ``input`` or ``prompt`` and perhaps a system prompt beside it. Each may be JSON as text.
    """
    value = loose.unpacked(value)
    match value:
        case str():
            return [Message("user", (Text(value),), form="string")] if value.strip() else []
        case list():
            return [told for item in value for told in _listed(item)]
        case {"role": str()} | {"message": dict()} | {"lc": _}:
            return list(_listed(value))
        case {"kwargs": dict(inner)} | {"config": dict(inner), "contents": _}:
            return [*_instructions(inner), *messages({**value, **inner, "kwargs": None, "config": None})]
        case dict():
            key = next((key for key in _PROMPTS if value.get(key)), None)
            return [] if key is None else [*_instructions(value), *messages(value[key])]
        case _:
            return []


def answers(value: JSON) -> list[Message]:
    """What the model said, and what was said after it where the trace of an agent has more; nothing if unknown."""
    value = loose.unpacked(value)
    match value:
        case str():
            return [Message("assistant", (Text(value),), origin="model", form="string")] if value.strip() else []
        case {"choices": [{"message": dict(message), **choice}, *_]}:
            stop = loose.text(choice.get("finish_reason"))
            return [_stopped(told, stop) for told in _listed({"role": "assistant", **message})]
        case {"candidates": [{"content": dict(content), **choice}, *_]}:
            stop = loose.text(choice.get("finish_reason", choice.get("finishReason")))
            return [_stopped(told, stop) for told in _listed({**content, "role": "assistant"})]
        case {"generations": [[{"message": dict(message)}, *_], *_]} | {"message": dict(message)}:
            return [told for told in _listed(message) if told.role == "assistant"]
        case {"output": list(items)} | {"messages": list(items)}:
            return answers(items)
        case {"completion": str(text)} | {"response": str(text)} | {"output": str(text)}:
            return answers(text)
        case list() if calls := tuple(tool_calls(value)):
            return [Message("assistant", calls, origin="model")]
        case list():
            told = [told for item in value for told in _listed(item, default="assistant")]
            return told if any(message.role == "assistant" for message in told) else []
        case dict():
            return [told for told in _listed({"role": "assistant", **value}) if told.parts]
        case _:
            return []


def tools(value: JSON) -> tuple[Tool, ...] | None:
    """The tool definitions in ``value``: a list, or an object by name; each may be JSON as text. None where none."""
    value = loose.unpacked(value)
    if isinstance(value, dict):
        value = value.get("tools") or [{"name": name, **loose.mapping(loose.unpacked(v))} for name, v in value.items()]
    if not isinstance(value, list):
        return None
    return tuple(tool for item in value for tool in _tool(loose.unpacked(item))) or None


def system(value: JSON) -> tuple[Part, ...] | None:
    """A system prompt given by itself: text, a message, or a list of parts. None where there is none."""
    value = loose.unpacked(value)
    if isinstance(value, str):
        return (Text(value),) if value else None
    blocks = value.get("parts", value.get("content")) if isinstance(value, dict) else value
    if isinstance(blocks, str):
        return (Text(blocks),)
    return tuple(part(block) for block in loose.objects(blocks)) or None


# --- one message -------------------------------------------------------------------------------------------


def _listed(item: JSON, *, default: str | None = None) -> Iterator[Message]:
    item = loose.unpacked(item)
    if isinstance(item, list):
        for inner in item:
            yield from _listed(inner, default=default)
        return
    item = _unwrapped(loose.mapping(item))
    role = _ROLES.get(str(item.get("role", item.get("type", default))), _ROLES.get(str(default)))
    if role is None and "parts" in item:
        role = "user"
    if role is None:
        return
    parts = tuple(_parts(item, role))
    if not parts and item.get("content") is None and "parts" not in item:
        return
    results = [told for told in parts if isinstance(told, ToolResult)]
    if results and role == "user" and len(results) == len(parts):
        role = "tool"
    origin: Any = {"assistant": "model", "tool": "tool"}.get(role)
    bare = isinstance(item.get("content"), str) and len(parts) == 1 and isinstance(parts[0], Text)
    yield Message(role, parts, id=loose.text(item.get("id")), origin=origin, form="string" if bare else "blocks")


def _unwrapped(item: dict[str, JSON]) -> dict[str, JSON]:
    match item:
        case {"message": dict(inner)} if "role" not in item:
            return inner
        case {"lc": _, "id": [*_, str(name)], "kwargs": dict(inner)}:
            return {**inner, "role": name}
        case {"data": dict(inner), "type": str(kind)} if "role" not in item:
            return {**inner, "role": kind}
        case {"body": dict(inner)} if "role" not in item:
            return inner
        case _:
            return item


def _parts(item: dict[str, JSON], role: str) -> Iterator[Part]:
    thought = next((text for key in _THOUGHTS if (text := loose.text(item.get(key)))), None)
    if thought is not None:
        yield Reasoning(thought)
    content = item.get("parts", item.get("contents", item.get("content")))
    key = item.get("tool_call_id", item.get("toolCallId", item.get("call_id")))
    if role == "tool" and (isinstance(key, str) or not isinstance(content, list)):
        yield result(key, content)
        return
    if isinstance(content, str):
        content = _packed(content, role)
    if isinstance(content, str):
        if content or role != "assistant":
            yield Text(content)
    else:
        yield from (part(block) for block in _blocks(content))
    extra = loose.mapping(item.get("additional_kwargs"))
    yield from tool_calls(item.get("tool_calls") or item.get("toolCalls") or extra.get("tool_calls"))
    if isinstance(legacy := item.get("function_call"), dict):
        yield from tool_calls([legacy])


def _packed(content: str, role: str) -> JSON:
    """Blocks that an exporter wrote as text are blocks again; what a person wrote stays text."""
    if role not in ("assistant", "tool") or not content.startswith("[{"):
        return content
    blocks = loose.unpacked(content)
    typed = isinstance(blocks, list) and all(isinstance(block, dict) and "type" in block for block in blocks)
    return blocks if typed else content


def _blocks(content: JSON) -> Iterator[dict[str, JSON]]:
    for block in content if isinstance(content, list) else [content]:
        match block:
            case str():
                yield {"type": "text", "text": block}
            case {"message_content": dict(inner)}:
                yield inner
            case dict():
                yield block


def _instructions(value: dict[str, JSON]) -> list[Message]:
    told = next((parts for key in _SYSTEMS if (parts := system(value.get(key)))), None)
    return [] if told is None else [Message("system", told)]


def _stopped(message: Message, stop: str | None) -> Message:
    return msgspec.structs.replace(message, stop=stop)


# --- tools -------------------------------------------------------------------------------------------------


def _tool(item: JSON) -> Iterator[Tool]:
    match item:
        case {"tool": dict(inner)} | {"json_schema": inner} | {"function": dict(inner)}:
            yield from _tool(loose.unpacked(inner))
        case {"functionDeclarations": list(inner)} | {"function_declarations": list(inner)}:
            for declared in inner:
                yield from _tool(declared)
        case {"name": str(name)}:
            keys = ("parameters", "input_schema", "inputSchema", "parameters_json_schema", "parametersJsonSchema")
            schema: JSON = next((loose.unpacked(item[key]) for key in keys if item.get(key)), {})
            yield Tool(
                name,
                loose.text(item.get("description")),
                loose.mapping(loose.mapping(schema).get("jsonSchema", schema)),
            )
