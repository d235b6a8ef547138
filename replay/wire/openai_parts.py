"""Content parts, tool calls and tool definitions of Chat Completions, to records and back.

Format: https://platform.openai.com/docs/api-reference/chat/create. A part that is not modelled is ``Opaque``.
"""

from __future__ import annotations

from typing import Any

import msgspec

from replay.records import JSON, Api, Image, Opaque, Part, Text, Tool, ToolCall
from replay.wire.notes import WireError

API: Api = "openai-chat"


def read_leaf(block: dict[str, JSON]) -> Text | Image | Opaque:
    """The part that one entry of a ``content`` list is; a ``data:`` URL is an image with its data."""
    match block:
        case {"type": "text", "text": str(text)} | {"type": "refusal", "refusal": str(text)}:
            return Text(text)
        case {"type": "image_url", "image_url": {"url": str(url)}}:
            head, found, data = url.partition(";base64,")
            if found and head.startswith("data:"):
                return Image(head.removeprefix("data:"), data)
            return Image(url=url)
        case _:
            return Opaque(API, block)


def write_leaf(part: Part) -> dict[str, JSON]:
    """The entry of a ``content`` list that says ``part``. Raises ``WireError`` for calls, results and reasoning."""
    match part:
        case Text(text=text):
            return {"type": "text", "text": text}
        case Image(url=str(url)):
            return {"type": "image_url", "image_url": {"url": url}}
        case Image(media_type=media_type, data=data):
            return {"type": "image_url", "image_url": {"url": f"data:{media_type};base64,{data}"}}
        case Opaque(body=body):
            return body
        case _:
            raise WireError(f"a {type(part).__name__} has no place here")


def read_call(call: dict[str, JSON]) -> ToolCall | Opaque:
    """One entry of ``tool_calls``. Arguments that are no JSON object stay the text they are."""
    match call:
        case {"id": str(key), "function": {"name": str(name), "arguments": str(raw)}}:
            return _read_arguments(key, name, raw)
        case {"id": str(key), "custom": {"name": str(name), "input": str(text)}}:
            return ToolCall(key, name, text)
        case _:
            return Opaque(API, call)


def write_call(call: ToolCall) -> dict[str, JSON]:
    """The entry of ``tool_calls`` for ``call``, with the argument text it was read with."""
    match call:
        case ToolCall(raw=str(raw)):
            text = raw
        case ToolCall(arguments=str(raw)):
            text = raw
        case _:
            text = msgspec.json.encode(call.arguments).decode()
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": text}}


def read_tool(tool: dict[str, JSON]) -> Tool:
    """A tool definition; ``wire`` holds it whole where it has more than name, description and parameters."""
    definition = tool.get("function", tool.get("custom"))
    definition = definition if isinstance(definition, dict) else {}
    name, description, schema = (definition.get(key) for key in ("name", "description", "parameters"))
    read = Tool(
        name=name if isinstance(name, str) else "",
        description=description if isinstance(description, str) else None,
        schema=schema if isinstance(schema, dict) else {},
    )
    return read if write_tool(read) == tool else msgspec.structs.replace(read, wire=tool)


def write_tool(tool: Tool) -> dict[str, JSON]:
    """The definition of ``tool``."""
    if tool.wire is not None:
        return tool.wire
    function: dict[str, Any] = {"name": tool.name}
    if tool.description is not None:
        function["description"] = tool.description
    if tool.schema:
        function["parameters"] = tool.schema
    return {"type": "function", "function": function}


def _read_arguments(key: str, name: str, raw: str) -> ToolCall:
    try:
        value = msgspec.json.decode(raw)
        compact = msgspec.json.encode(value).decode()
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return ToolCall(key, name, raw)
    if not isinstance(value, dict):
        return ToolCall(key, name, raw)
    return ToolCall(key, name, value, None if compact == raw else raw)
