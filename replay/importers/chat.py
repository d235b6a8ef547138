"""Messages in the manner of Chat Completions or of Anthropic, as agents and data sets write them down: read tolerantly.

Unlike the codecs of ``replay.wire`` this takes what no API would: missing ids, arguments that are objects, names of
roles and blocks that tools made up. Nothing beyond the parts is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from msgspec.structs import replace

from replay.importers.loose import mapping, moment, objects, text, unpacked
from replay.importers.session import Session
from replay.records import JSON, Image, Message, Opaque, Part, Reasoning, Setup, Text, Tool, ToolCall, ToolResult
from replay.wire import anthropic, anthropic_blocks, openai_chat, openai_parts

Role = Literal["system", "developer", "user", "assistant", "tool"]
_ROLES: dict[JSON, Role] = {
    "system": "system",
    "developer": "developer",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "model": "assistant",
    "gpt": "assistant",
    "ai": "assistant",
    "agent": "assistant",
    "tool": "tool",
    "function": "tool",
    "toolResult": "tool",
}
_THOUGHTS = ("reasoning_content", "reasoning", "thinking")


def read(item: dict[str, JSON]) -> Message | None:
    """The message that ``item`` is; None where it has no known role or says nothing."""
    role = _ROLES.get(item["role"]) if isinstance(item.get("role"), str) else None
    content = item.get("content")
    if role is None:
        return None
    if role == "tool" and not any(_kind(block) in _RESULTS for block in objects(content)):
        call = next((key for key in _called(item) if isinstance(key, str)), "")
        parts: list[Part] = [result(call, content, failed=item.get("is_error", item.get("isError")))]
    else:
        parts = [*thoughts(item), *blocks(content)]
        known = {part.id for part in parts if isinstance(part, ToolCall) and part.id}
        parts.extend(call for call in _calls(item) if call.id not in known or not call.id)
        if isinstance(refusal := item.get("refusal"), str) and role == "assistant":
            parts.append(Text(refusal))
    if not parts and role != "assistant":
        return None
    return Message(
        role,
        tuple(parts),
        id=text(item.get("id")),
        model=text(item.get("model")),
        time=moment(item.get("timestamp")),
        origin="model" if role == "assistant" else "tool" if role == "tool" else None,
        form="string" if isinstance(content, str) else "blocks",
    )


def blocks(content: JSON) -> Iterator[Part]:
    """The parts of a message's content: text, or a list of text and blocks."""
    if isinstance(content, str):
        if content:
            yield Text(content)
        return
    for block in content if isinstance(content, list) else ():
        if isinstance(block, str):
            yield Text(block)
        elif isinstance(block, dict):
            yield _block(block)


def result(call: str, content: JSON, *, failed: JSON = None, detail: JSON = None) -> ToolResult:
    """The result for ``call`` that says ``content``: text, blocks, or any other value, which is kept as an object."""
    if isinstance(content, dict):
        content = [content]
    parts = tuple(part for part in blocks(content) if isinstance(part, Text | Image | Opaque))
    error = failed if isinstance(failed, bool) else None
    return ToolResult(call, parts, error, "blocks" if isinstance(content, list) else "string", detail)


def thoughts(item: dict[str, JSON]) -> Iterator[Reasoning]:
    """The thinking that stands beside a message's content."""
    found = list(objects(item.get("thinking_blocks"))) or list(objects(item.get("reasoning_details")))
    read = [part for block in found if isinstance(part := _thought(block), Reasoning)]
    if read:
        yield from read
    else:
        yield from (Reasoning(thought) for key in _THOUGHTS if (thought := text(item.get(key))))


def answered(message: Message, response: dict[str, JSON], *, model: str | None = None) -> Message:
    """``message`` with what the raw response of Chat Completions, if there is one, tells of it."""
    choice = next(objects(response.get("choices")), {})
    usage = openai_chat.read_usage(response.get("usage")) if response.get("usage") else None
    return replace(
        message,
        id=text(response.get("id")) or message.id,
        model=text(response.get("model")) or message.model or model,
        time=message.time or moment(response.get("created")),
        stop=text(choice.get("finish_reason")) or message.stop,
        usage=usage or message.usage,
    )


def opening(messages: list[Message]) -> tuple[tuple[Part, ...] | None, list[Message]]:
    """The system prompt, of all system messages at the start, and the messages after it; None where there is none."""
    start = next((at for at, message in enumerate(messages) if message.role != "system"), len(messages))
    parts = tuple(part for message in messages[:start] for part in message.parts)
    return (parts or None), messages[start:]


def prompt(setup: Setup, system: tuple[Part, ...] | None) -> Setup:
    """``setup`` with ``system``, a string where it is one text."""
    one = system is not None and len(system) == 1 and isinstance(system[0], Text)
    return replace(setup, system=system, system_form="string" if one or not system else "blocks")


def tell(session: Session, messages: Iterable[Message], setup: Setup) -> None:
    """All of ``messages`` in one line: each answer a turn under ``setup``, but for those that a client made up."""
    for message in messages:
        if message.role == "assistant" and message.origin != "client":
            session.answer(message, setup)
        else:
            session.say(message)


# --- blocks and calls --------------------------------------------------------------------------------------

_OWNERS = dict.fromkeys(("input_audio", "file", "audio"), openai_chat.API) | dict.fromkeys(
    ("document", "search_result", "server_tool_use", "web_search_tool_result", "container_upload"), anthropic.API
)
_RESULTS = ("tool_result", "tool_output", "tool-result", "function_call_output")
_CALLS = ("tool_use", "tool_call", "tool-call", "toolCall", "function_call")


def _kind(block: dict[str, JSON]) -> str:
    kind = block.get("type")
    return kind if isinstance(kind, str) else ""


def _called(item: dict[str, JSON]) -> Iterator[JSON]:
    yield from (item.get(key) for key in ("tool_call_id", "tool_use_id", "call_id", "toolCallId"))
    ids = item.get("tool_call_ids")
    yield from ids if isinstance(ids, list) else ()
    yield item.get("name")


def _block(block: dict[str, JSON]) -> Part:
    block = {key: value for key, value in block.items() if key != "cache_control"}
    kind = _kind(block)
    if kind in ("text", "input_text", "output_text") and isinstance(block.get("text"), str):
        return Text(block["text"])
    if kind in _CALLS:
        return call(block)
    if kind in _RESULTS:
        key = next((key for key in _called(block) if isinstance(key, str)), "")
        said = next((block[key] for key in ("content", "output", "result", "text") if key in block), None)
        return result(key, said, failed=block.get("is_error"))
    thought = _thought(block)
    if thought is not None:
        return thought
    if kind in ("image_url", "refusal"):
        return openai_parts.read_leaf(block)
    if kind == "image" and isinstance(block.get("data"), str):
        return Image(text(block.get("mimeType")) or text(block.get("media_type")), block["data"])
    if kind == "image":
        return anthropic_blocks.read_leaf(block)
    if not kind and isinstance(block.get("text"), str):
        return Text(block["text"])
    return Opaque(_OWNERS.get(kind, "unknown"), block)


def _thought(block: dict[str, JSON]) -> Reasoning | None:
    match block:
        case {"type": "thinking", "thinking": str(said)}:
            signature = next((block[key] for key in ("signature", "thinkingSignature") if key in block), None)
            return Reasoning(said, signature=text(signature))
        case {"type": "redacted_thinking" | "reasoning.encrypted", "data": str(data)}:
            return Reasoning(encrypted=data)
        case {"type": "reasoning.text" | "reasoning" | "thought", "text": str(said)}:
            return Reasoning(said, signature=text(block.get("signature")))
        case {"type": "reasoning.summary", "summary": str(said)}:
            return Reasoning(said)
        case _:
            return None


def _calls(item: dict[str, JSON]) -> Iterator[ToolCall]:
    yield from (call(entry) for entry in objects(item.get("tool_calls")))
    if isinstance(old := item.get("function_call"), dict):
        yield call({"id": old.get("name"), **old})


def call(entry: dict[str, JSON]) -> ToolCall:
    """The tool call that ``entry`` is, in whichever of the usual forms."""
    inner = next((entry[key] for key in ("function", "custom") if isinstance(entry.get(key), dict)), entry)
    key = next((entry[key] for key in ("id", "tool_call_id", "call_id", "toolCallId") if text(entry.get(key))), "")
    name = next((inner[key] for key in ("name", "tool_name", "toolName") if text(inner.get(key))), "")
    known = (inner[key] for key in ("arguments", "input", "args", "parameters") if key in inner)
    match next(known, None):
        case dict(given):
            return ToolCall(key, name, given)
        case str(raw):
            read = openai_parts.read_call({"id": key, "function": {"name": name, "arguments": raw}})
            return read if isinstance(read, ToolCall) else ToolCall(key, name, raw)
        case _:
            return ToolCall(key, name, mapping(entry.get("input")))


def tools(value: JSON) -> tuple[Tool, ...] | None:
    """The tool definitions in ``value``, of any API, as a list or as JSON text; None where there are none."""
    found = tuple(_tool(item) for item in objects(unpacked(value)))
    return tuple(tool for tool in found if tool.name) or None


def _tool(item: dict[str, JSON]) -> Tool:
    if "input_schema" in item:
        return anthropic_blocks.read_tool(item)
    if isinstance(item.get("function"), dict):
        return openai_parts.read_tool(item)
    return Tool(text(item.get("name")) or "", text(item.get("description")), mapping(item.get("parameters")))
