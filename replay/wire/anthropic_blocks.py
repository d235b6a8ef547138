"""Content blocks and tool definitions of the Anthropic Messages API, to records and back.

Format: https://docs.anthropic.com/en/api/messages. A block that is not modelled is ``Opaque``.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from replay.records import JSON, Api, Image, Opaque, Part, Reasoning, Text, Tool, ToolCall, ToolResult
from replay.wire.notes import Notes, WireError

API: Api = "anthropic"


def read_block(block: dict[str, JSON]) -> Part:
    """The part that a block of a message is."""
    return take_block(block)[0]


def take_block(block: dict[str, JSON]) -> tuple[Part, bool]:
    """The part that a block of a message is, and whether it says all of the block: ``write_block`` gives that back.

    What is asked of every block of every log: so by counting keys, not by writing the block and comparing.
    """
    match block.get("type"):
        case "tool_use":
            call, name, arguments = block.get("id"), block.get("name"), block.get("input")
            if isinstance(call, str) and isinstance(name, str) and isinstance(arguments, dict):
                return ToolCall(call, name, arguments), len(block) == 4
        case "tool_result":
            call, error = block.get("tool_use_id"), block.get("is_error")
            if isinstance(call, str) and isinstance(error, bool | None):
                return _take_result(block, call, error)
        case "thinking":
            text, signature = block.get("thinking"), block.get("signature")
            if isinstance(text, str) and isinstance(signature, str | None):
                return Reasoning(text, signature), len(block) == 2 + (signature is not None)
        case "redacted_thinking":
            if isinstance(data := block.get("data"), str):
                return Reasoning(encrypted=data), len(block) == 2
    return _take_leaf(block)


def read_leaf(block: dict[str, JSON]) -> Text | Image | Opaque:
    """The part that a block of a system prompt or of a tool result is."""
    return _take_leaf(block)[0]


def _take_leaf(block: dict[str, JSON]) -> tuple[Text | Image | Opaque, bool]:
    match block.get("type"):
        case "text":
            if isinstance(text := block.get("text"), str):
                return Text(text), len(block) == 2
        case "image":
            source: JSON = block.get("source")
            match source:
                case {"type": "base64", "media_type": str(media_type), "data": str(data)}:
                    return Image(media_type, data), len(block) == 2 and len(source) == 3
                case {"type": "url", "url": str(url)}:
                    return Image(url=url), len(block) == 2 and len(source) == 2
    return Opaque(API, block), True


def read_system(block: dict[str, JSON]) -> Part:
    """A block of a system prompt: text only where nothing but the text is in it."""
    part, whole = _take_leaf(block)
    return part if whole else Opaque(API, block)


def read_tool(tool: dict[str, JSON]) -> Tool:
    """A tool definition; ``wire`` holds it whole where it has more than name, description and schema."""
    name, description, schema = tool.get("name"), tool.get("description"), tool.get("input_schema")
    read = Tool(
        name=name if isinstance(name, str) else "",
        description=description if isinstance(description, str) else None,
        schema=schema if isinstance(schema, dict) else {},
    )
    return read if write_tool(read) == tool else replace(read, wire=tool)


def write_block(part: Part, notes: Notes) -> dict[str, JSON]:
    """The block that says ``part`` in a message."""
    match part:
        case Reasoning(encrypted=str(data), text=""):
            return {"type": "redacted_thinking", "data": data}
        case Reasoning(text=text, signature=None):
            return {"type": "thinking", "thinking": text}
        case Reasoning(text=text, signature=signature):
            return {"type": "thinking", "thinking": text, "signature": signature}
        case ToolCall(id=call, name=name, arguments=dict(arguments)):
            return {"type": "tool_use", "id": call, "name": name, "input": arguments}
        case ToolCall(id=call, name=name, arguments=arguments):
            notes.add("arguments that are no JSON object put under the key `arguments`")
            return {"type": "tool_use", "id": call, "name": name, "input": {"arguments": arguments}}
        case ToolResult():
            return _write_result(part)
        case _:
            return write_leaf(part)


def write_leaf(part: Part) -> dict[str, JSON]:
    """The block that says ``part`` in a system prompt or a tool result. Raises ``WireError`` for calls and results."""
    match part:
        case Text(text=text):
            return {"type": "text", "text": text}
        case Image(url=str(url)):
            return {"type": "image", "source": {"type": "url", "url": url}}
        case Image(media_type=media_type, data=data):
            return {"type": "image", "source": {"type": "base64", "media_type": media_type, "data": data}}
        case Opaque(body=body):
            return body
        case _:
            raise WireError(f"a {type(part).__name__} has no place here")


def write_tool(tool: Tool) -> dict[str, JSON]:
    """The definition of ``tool``. The API wants an object schema; an empty one is written as such."""
    if tool.wire is not None:
        return tool.wire
    written: dict[str, Any] = {"name": tool.name, "input_schema": tool.schema}
    if tool.description is not None:
        written["description"] = tool.description
    return written


def _take_result(block: dict[str, JSON], call: str, error: JSON) -> tuple[ToolResult | Opaque, bool]:
    keys = len(block) - (error is not None)
    match block.get("content"):
        case None:
            return ToolResult(call, is_error=error), keys == 2
        case str(text):
            return ToolResult(call, (Text(text),), error), keys == 3
        case list(items):
            taken = [_take_leaf(item) for item in items if isinstance(item, dict)]
            whole = keys == 3 and len(taken) == len(items) and all(whole for _, whole in taken)
            return ToolResult(call, tuple(part for part, _ in taken), error, "blocks"), whole
        case _:
            return Opaque(API, block), True


def _write_result(result: ToolResult) -> dict[str, JSON]:
    block: dict[str, Any] = {"type": "tool_result", "tool_use_id": result.call}
    match result:
        case ToolResult(form="string", parts=()):
            pass
        case ToolResult(form="string", parts=(Text(text),)):
            block["content"] = text
        case _:
            block["content"] = [write_leaf(part) for part in result.parts]
    if result.is_error is not None:
        block["is_error"] = result.is_error
    return block
