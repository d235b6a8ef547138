"""One block, call or result in the words of any framework, as a part."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from replay.importers import loose
from replay.records import JSON, Image, Opaque, Part, Reasoning, Text, ToolCall, ToolResult
from replay.wire import anthropic_blocks, openai_parts

API = "trace"
_IDS = ("id", "toolCallId", "tool_call_id", "call_id", "tool_use_id")
_NAMES = ("name", "toolName", "tool_name")
_ARGUMENTS = ("arguments", "input", "args", "parameters")
_RESULTS = ("output", "result", "response", "content")
_CALLS = ("tool-call", "tool_call", "tool_use", "function_call", "functionCall", "mcp_call", "server_tool_use")
_ANSWERS = ("tool-result", "tool_call_response", "tool_result", "function_call_output", "functionResponse")


def part(block: dict[str, JSON]) -> Part:
    """The part that ``block`` is."""
    match block:
        case {"functionCall": dict(inner)} | {"function_call": dict(inner)}:
            return _call(inner) or Opaque(API, block)
        case {"functionResponse": dict(inner)} | {"function_response": dict(inner)}:
            return result(inner.get("id"), inner.get("response"))
        case {"type": str(kind)} if kind in _CALLS:
            return _call(block) or Opaque(API, block)
        case {"type": str(kind)} if kind in _ANSWERS:
            call = next((block[key] for key in ("tool_use_id", *_IDS) if isinstance(block.get(key), str)), None)
            return result(call, next((block[key] for key in _RESULTS if block.get(key) is not None), None), block)
        case {"type": "thinking" | "redacted_thinking"}:
            return anthropic_blocks.read_block(block)
        case {"type": "reasoning", "text": str(text)} | {"type": "reasoning", "content": str(text)}:
            return Reasoning(text)
        case {"type": "text" | "input_text" | "output_text" | "refusal", **rest}:
            texts = (rest.get(key) for key in ("text", "content", "refusal"))
            found = next((told for told in texts if isinstance(told, str)), None)
            return Opaque(API, block) if found is None else Text(found)
        case {"text": str(text), "thought": True}:
            signature = block.get("thoughtSignature", block.get("thought_signature"))
            return Reasoning(text, signature=loose.text(signature))
        case {"text": str(text)} if "type" not in block:
            return Text(text)
        case {"inlineData": {"mimeType": str(kind), "data": str(data)}}:
            return Image(kind, data)
        case {"type": "image_url"}:
            found_image = openai_parts.read_leaf(block)
            return found_image if isinstance(found_image, Image) else Opaque(API, block)
        case {"type": "image"}:
            shown = anthropic_blocks.read_leaf(block)
            return shown if isinstance(shown, Image) else Opaque(API, block)
        case _:
            return Opaque(API, block)


def tool_calls(value: JSON) -> Iterator[Part]:
    """The calls in the list ``value``; nothing where an entry is no call."""
    found: list[Part] = []
    for item in value if isinstance(value, list) else ():
        item = loose.mapping(loose.unpacked(item))
        item = loose.mapping(item.get("tool_call")) or item
        kind = item.get("type")
        named = any(key in item for key in ("toolName", "function", "name", "custom"))
        if not named or (isinstance(kind, str) and kind not in (*_CALLS, "function", "custom", "tool")):
            return
        if (call := _call(item)) is None:
            return
        found.append(call)
    yield from found


def result(key: JSON, value: JSON, block: dict[str, JSON] | None = None) -> ToolResult:
    """The result of the call ``key`` (an empty id where it is not told): text, blocks, or JSON as text."""
    call = key if isinstance(key, str) else ""
    wrong = (block or {}).get("is_error", (block or {}).get("isError"))
    error = wrong if isinstance(wrong, bool) else None
    match value:
        case {"type": "text" | "json" | "content", "value": inner}:
            value = inner
        case {"type": "error-text" | "error-json", "value": inner}:
            value, error = inner, True
    match value:
        case None:
            return ToolResult(call, is_error=error)
        case str():
            return ToolResult(call, (Text(value),), error)
        case [*items] if items and all(isinstance(item, dict) and isinstance(item.get("type"), str) for item in items):
            told = (part(item) for item in items)
            kept = tuple(
                made if isinstance(made, Text | Image) else Opaque(API, item)
                for made, item in zip(told, items, strict=True)
            )
            return ToolResult(call, kept, error, form="blocks")
        case _:
            return ToolResult(call, (Text(msgspec.json.encode(value).decode("utf-8", "replace")),), error)


def _call(item: dict[str, JSON]) -> ToolCall | Opaque | None:
    inner = item.get("function", item.get("custom"))
    told = {**item, **inner} if isinstance(inner, dict) else item
    name = next((told[key] for key in _NAMES if isinstance(told.get(key), str)), None)
    if name is None:
        return None
    key = next((item[key] for key in _IDS if isinstance(item.get(key), str)), "")
    given: JSON = next((told[key] for key in _ARGUMENTS if told.get(key) is not None), {})
    if isinstance(given, dict):
        return ToolCall(key, name, given)
    raw = given if isinstance(given, str) else msgspec.json.encode(given).decode("utf-8", "replace")
    return openai_parts.read_call({"id": key, "function": {"name": name, "arguments": raw}})
