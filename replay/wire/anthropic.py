"""The Anthropic Messages API: request, message and response JSON to records and back.

Format: https://docs.anthropic.com/en/api/messages. For a body of this API ``write_request(read_request(body))``
gives the body back, equal as JSON: what the parts cannot express stays in ``Message.wire`` or ``Tool.wire``,
unknown blocks are ``Opaque``, cache marks are in ``Prefix.cache``, and a ``model``, ``system`` or ``tools`` of a
shape the records cannot hold (null, an empty tool list) stays in ``Setup.params``.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from replay.records import (
    JSON,
    Api,
    CacheMark,
    Image,
    Message,
    Opaque,
    Part,
    Prefix,
    Reasoning,
    Setup,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Usage,
)
from replay.wire import marks
from replay.wire.notes import Notes, WireError

API: Api = "anthropic"
ROLES = ("user", "assistant", "system", "developer")
_WRAPPED = "arguments that are no JSON object put under the key `arguments`"


def read_request(body: dict[str, JSON]) -> Prefix:
    """The prefix a request body carries. Raises ``WireError`` where ``messages`` is not a list of messages."""
    if not isinstance(body.get("messages"), list):
        raise WireError("`messages` is not a list")
    cache: list[CacheMark] = []
    params = {key: value for key, value in body.items() if key not in ("model", "system", "tools", "messages")}
    model = body.get("model")
    if "model" in body and not isinstance(model, str):
        params["model"], model = model, None
    system, form = _read_system(body, params, cache)
    setup = Setup(
        api=API, model=model, system=system, system_form=form, tools=_read_tools(body, params, cache), params=params
    )
    messages = tuple(
        read_message(marks.lift(message, ("messages", index), cache)) for index, message in enumerate(body["messages"])
    )
    return Prefix(setup=setup, messages=messages, cache=tuple(cache))


def read_message(message: dict[str, JSON]) -> Message:
    """One message of a request (``role`` and ``content``). Raises ``WireError`` where it is none."""
    if not isinstance(message, dict) or message.get("role") not in ROLES:
        raise WireError("a message without a known `role`")
    content = message.get("content")
    if isinstance(content, str):
        parts: tuple[Part, ...] = (Text(content),)
    elif isinstance(content, list):
        parts = tuple(_read_block(block) for block in content if isinstance(block, dict))
    else:
        raise WireError("a message whose `content` is neither text nor a list of blocks")
    read = Message(
        role=message["role"],
        parts=parts,
        origin=_origin(message["role"], parts),
        form="string" if isinstance(content, str) else "blocks",
    )
    return read if _render(read, Notes()) == message else msgspec.structs.replace(read, wire=message)


def read_response(body: dict[str, JSON]) -> Message:
    """The assistant message of a response, with id, model, stop reason (as the API words it) and usage.

    Raises ``WireError`` where the JSON is no response.
    """
    if not isinstance(body, dict) or not isinstance(body.get("content"), list) or body.get("role") != "assistant":
        raise WireError("not a Messages response: `role` or `content` is missing")
    if any(not isinstance(block, dict) or not isinstance(block.get("type"), str) for block in body["content"]):
        raise WireError("not a Messages response: a content block has no type")
    message = read_message({"role": "assistant", "content": body["content"]})
    return msgspec.structs.replace(
        message,
        id=_text(body.get("id")),
        model=_text(body.get("model")),
        stop=_text(body.get("stop_reason")),
        usage=read_usage(body.get("usage")),
    )


def read_usage(usage: JSON) -> Usage | None:
    """The token counts of a response's ``usage``; None where there are none. Absent counts are 0."""
    if not isinstance(usage, dict):
        return None

    def count(key: str) -> int:
        value = usage.get(key)
        return value if isinstance(value, int) else 0

    return Usage(
        input=count("input_tokens"),
        cache_read=count("cache_read_input_tokens"),
        cache_write=count("cache_creation_input_tokens"),
        output=count("output_tokens"),
    )


def write_message(message: Message) -> list[dict[str, JSON]]:
    """The message as this API writes it: one message, or none where nothing of it can be said here."""
    return _write_message(message, Notes())


def write_request(prefix: Prefix) -> tuple[dict[str, JSON], tuple[str, ...]]:
    """The body that sends ``prefix``, and notes on what was converted or left out to do so.

    A prefix of this API comes back as it was read, with only what was edited since changed.
    """
    notes = Notes()
    setup = prefix.setup
    body: dict[str, Any] = dict(setup.params)
    if setup.model is not None:
        body["model"] = setup.model
    if setup.system or (setup.system is not None and setup.system_form == "blocks"):
        body["system"] = _write_system(setup)
    if setup.tools:
        body["tools"] = [_write_tool(tool) for tool in setup.tools]
    written = [_write_message(message, notes) for message in prefix.messages]
    body["messages"] = [message for group in written for message in group]
    return marks.put(body, prefix.cache, notes), notes.sentences()


# --- reading -----------------------------------------------------------------------------------------------


def _read_block(block: dict[str, JSON]) -> Part:
    match block:
        case {"type": "thinking", "thinking": str(text)} if isinstance(block.get("signature"), str | None):
            return Reasoning(text, signature=block.get("signature"))
        case {"type": "redacted_thinking", "data": str(data)}:
            return Reasoning(encrypted=data)
        case {"type": "tool_use", "id": str(call), "name": str(name), "input": dict(arguments)}:
            return ToolCall(call, name, arguments)
        case {"type": "tool_result", "tool_use_id": str(call)} if isinstance(block.get("is_error"), bool | None):
            return _read_result(block, call)
        case _:
            return _read_leaf(block)


def _read_leaf(block: dict[str, JSON]) -> Text | Image | Opaque:
    match block:
        case {"type": "text", "text": str(text)}:
            return Text(text)
        case {"type": "image", "source": {"type": "base64", "media_type": str(media_type), "data": str(data)}}:
            return Image(media_type, data)
        case {"type": "image", "source": {"type": "url", "url": str(url)}}:
            return Image(url=url)
        case _:
            return Opaque(API, block)


def _read_result(block: dict[str, JSON], call: str) -> ToolResult | Opaque:
    error = block.get("is_error")
    match block.get("content"):
        case None:
            return ToolResult(call, is_error=error)
        case str(text):
            return ToolResult(call, (Text(text),), error)
        case list(items):
            parts = tuple(_read_leaf(item) for item in items if isinstance(item, dict))
            return ToolResult(call, parts, error, form="blocks")
        case _:
            return Opaque(API, block)


def _read_system(
    body: dict[str, JSON], params: dict[str, JSON], cache: list[CacheMark]
) -> tuple[tuple[Part, ...], Literal["string", "blocks"]]:
    match system := body.get("system"):
        case str(text):
            return (Text(text),), "string"
        case list(blocks) if all(isinstance(block, dict) for block in blocks):
            lifted = [marks.lift(block, ("system", index), cache) for index, block in enumerate(blocks)]
            return tuple(_exact(block) for block in lifted), "blocks"
        case _ if "system" in body:
            params["system"] = system
    return (), "string"


def _exact(block: dict[str, JSON]) -> Part:
    part = _read_leaf(block)
    return part if _write_leaf(part) == block else Opaque(API, block)


def _read_tools(body: dict[str, JSON], params: dict[str, JSON], cache: list[CacheMark]) -> tuple[Tool, ...]:
    tools = body.get("tools")
    if not isinstance(tools, list) or not tools or not all(isinstance(tool, dict) for tool in tools):
        if "tools" in body:
            params["tools"] = tools
        return ()
    return tuple(_read_tool(marks.lift(tool, ("tools", index), cache)) for index, tool in enumerate(tools))


def _read_tool(tool: dict[str, JSON]) -> Tool:
    schema = tool.get("input_schema")
    read = Tool(
        name=_text(tool.get("name")) or "",
        description=_text(tool.get("description")),
        schema=schema if isinstance(schema, dict) else {},
    )
    return read if _write_tool(read) == tool else msgspec.structs.replace(read, wire=tool)


def _text(value: JSON) -> str | None:
    return value if isinstance(value, str) else None


def _origin(role: str, parts: tuple[Part, ...]) -> Literal["model", "tool"] | None:
    if role == "assistant":
        return "model"
    return "tool" if parts and all(isinstance(part, ToolResult) for part in parts) else None


# --- writing -----------------------------------------------------------------------------------------------


def _write_message(message: Message, notes: Notes) -> list[dict[str, JSON]]:
    if message.wire is None:
        return [_render(message, notes)]
    told = read_message(message.wire)
    if told.parts == message.parts and told.role == message.role:
        return [message.wire]
    return [{**message.wire, **_render(message, notes)}]


def _render(message: Message, notes: Notes) -> dict[str, JSON]:
    role = "user" if message.role == "tool" else message.role
    match message:
        case Message(form="string", parts=(Text(text),)):
            return {"role": role, "content": text}
        case _:
            return {"role": role, "content": [_write_block(part, notes) for part in message.parts]}


def _write_block(part: Part, notes: Notes) -> dict[str, JSON]:
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
            notes.add(_WRAPPED)
            return {"type": "tool_use", "id": call, "name": name, "input": {"arguments": arguments}}
        case ToolResult():
            return _write_result(part)
        case _:
            return _write_leaf(part)


def _write_result(result: ToolResult) -> dict[str, JSON]:
    block: dict[str, Any] = {"type": "tool_result", "tool_use_id": result.call}
    match result:
        case ToolResult(form="string", parts=()):
            pass
        case ToolResult(form="string", parts=(Text(text),)):
            block["content"] = text
        case _:
            block["content"] = [_write_leaf(part) for part in result.parts]
    if result.is_error is not None:
        block["is_error"] = result.is_error
    return block


def _write_leaf(part: Part) -> dict[str, JSON]:
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


def _write_system(setup: Setup) -> JSON:
    match setup:
        case Setup(system_form="string", system=(Text(text),)):
            return text
        case _:
            return [_write_leaf(part) for part in setup.system or ()]


def _write_tool(tool: Tool) -> dict[str, JSON]:
    if tool.wire is not None:
        return tool.wire
    written: dict[str, Any] = {"name": tool.name, "input_schema": tool.schema}
    if tool.description is not None:
        written["description"] = tool.description
    return written
