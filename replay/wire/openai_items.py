"""Items, content parts and tool definitions of the OpenAI Responses API, to records and back.

Format: https://platform.openai.com/docs/api-reference/responses. An item that is not modelled is ``Opaque``. A call of
a free-text tool is a ``ToolCall`` whose arguments are text and whose ``raw`` is None; a function call whose arguments
are no JSON object has the text in ``raw`` too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import chain
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from replay.records import JSON, Api, Image, Opaque, Part, Reasoning, Text, Tool, ToolCall, ToolResult
from replay.wire import openai_parts
from replay.wire.notes import Notes, WireError

API: Api = "openai-responses"
Side = Literal["assistant", "tool", "user", "system", "developer"]
_ROLES: tuple[Side, ...] = ("user", "assistant", "system", "developer")
_MODEL = ("reasoning", "mcp_list_tools", "mcp_approval_request", "item_reference")
_NATIVE = {"local_shell_call": "action", "shell_call": "action", "apply_patch_call": "operation"} | {
    "computer_call": "action",
    "tool_search_call": "arguments",
}
_LEAVES = ("input_text", "output_text", "input_image", "input_file", "input_audio", "refusal", "text")
_LABELS = ("type", "id", "call_id", "status", "execution", "created_by")


def side(item: dict[str, JSON]) -> Side:
    """Whose message ``item`` belongs to: its role, ``assistant`` for what the model made, ``tool`` for results.

    An item of a kind that is not known (a compaction, say) stands by itself, as ``user``. Raises ``WireError`` for a
    message of an unknown role.
    """
    kind = item.get("type")
    if kind in ("message", None):
        if (role := item.get("role")) in _ROLES:
            return next(known for known in _ROLES if known == role)
        raise WireError("a message without a known `role`")
    if not isinstance(kind, str):
        raise WireError("an item whose `type` is no text")
    if kind in _MODEL or kind.endswith("_call"):
        return "assistant"
    return "tool" if kind.endswith("_output") or kind == "mcp_approval_response" else "user"


def is_call(item: dict[str, JSON]) -> bool:
    """Whether the client answers ``item`` with a result: a function call, or one of the API's tools that run with it.

    What the provider runs itself, a web search say, is no such call.
    """
    match item:
        case {"type": "function_call" | "custom_tool_call", "name": str()}:
            return True
        case {"type": "local_shell_call", "action": dict()}:
            return True
        case {"type": str(kind), "call_id": str()}:
            return kind in _NATIVE and isinstance(item.get(_NATIVE[kind]), dict)
        case _:
            return False


def read_item(item: dict[str, JSON]) -> tuple[Part, ...]:
    """The parts that one item is: one, or for a message as many as its content has."""
    match item:
        case {"type": "reasoning", "summary": list()}:
            return (_read_reasoning(item),)
        case {"type": "function_call", "call_id": str(call), "name": str(name), "arguments": str(raw)}:
            read = openai_parts.read_call({"id": call, "function": {"name": name, "arguments": raw}})
            loose = isinstance(read, ToolCall) and isinstance(read.arguments, str)
            return (replace(read, raw=raw) if loose else read,)
        case {"type": "custom_tool_call", "call_id": str(call), "name": str(name), "input": str(text)}:
            return (ToolCall(call, name, text),)
        case {"type": str(kind), "call_id": str(call)} if kind in _NATIVE and isinstance(item.get(_NATIVE[kind]), dict):
            return (ToolCall(call, kind.removesuffix("_call"), item[_NATIVE[kind]]),)
        case {"type": str(kind), "call_id": str(call)} if kind.endswith("_output"):
            return (_read_result(item, call),)
        case {"role": _, "content": str(text)}:
            return (Text(text),)
        case {"role": _, "content": list(content)}:
            return tuple(read_leaf(block) for block in content if isinstance(block, dict))
        case _:
            return (Opaque(API, item),)


def read_leaf(block: dict[str, JSON]) -> Text | Image | Opaque:
    """The part that one entry of a ``content`` or ``output`` list is; a ``data:`` URL is an image with its data."""
    match block:
        case {"type": "input_text" | "output_text" | "text", "text": str(text)}:
            return Text(text)
        case {"type": "refusal", "refusal": str(text)}:
            return Text(text)
        case {"type": "input_image", "image_url": str(url)}:
            head, found, data = url.partition(";base64,")
            if found and head.startswith("data:"):
                return Image(head.removeprefix("data:"), data)
            return Image(url=url)
        case _:
            return Opaque(API, block)


def write_parts(parts: Sequence[Part], role: str, custom: Collection[str], notes: Notes) -> Iterator[dict[str, JSON]]:
    """The items that say ``parts``; those that are content become messages of ``role``, where they stand.

    ``custom`` are the ids of the calls of free-text tools: their results are items of another type.
    """
    told: list[dict[str, JSON]] = []
    for part in parts:
        match part:
            case Text() | Image():
                told.append(write_leaf(part, role))
                continue
            case Opaque(body={"type": str(kind)} as body) if kind not in _LEAVES:
                pass
            case Opaque(body=body):
                told.append(body)
                continue
        if told:
            yield _message(role, told)
            told = []
        yield _write_item(part, custom, notes)
    if told:
        yield _message(role, told)


def write_leaf(part: Text | Image | Opaque, role: str) -> dict[str, JSON]:
    """The entry of a ``content`` list that says ``part`` in a message of ``role``."""
    match part:
        case Text(text=text):
            return {"type": "output_text" if role == "assistant" else "input_text", "text": text}
        case Image(url=str(url)):
            return {"type": "input_image", "image_url": url}
        case Image(media_type=media_type, data=data):
            return {"type": "input_image", "image_url": f"data:{media_type};base64,{data}"}
        case Opaque(body=body):
            return body


def read_tool(tool: dict[str, JSON]) -> Tool:
    """A tool definition; ``wire`` holds it whole where it has more than name, description and parameters."""
    name, description, schema = (tool.get(key) for key in ("name", "description", "parameters"))
    read = Tool(
        name=name if isinstance(name, str) else "",
        description=description if isinstance(description, str) else None,
        schema=schema if isinstance(schema, dict) else {},
    )
    return read if write_tool(read) == tool else replace(read, wire=tool)


def added_tools(part: Part) -> tuple[Tool, ...] | None:
    """The tools that an ``additional_tools`` item adds to those of the request, out of their namespaces.

    None for any other part. Codex 0.171 tells newer models all its tools so.
    """
    match part:
        case Opaque(body={"type": "additional_tools", "tools": list(told)}):
            given = [tool for tool in told if isinstance(tool, dict)]
            held = (inner if isinstance(inner := tool.get("tools"), list) else [tool] for tool in given)
            return tuple(read_tool(tool) for tool in chain.from_iterable(held) if isinstance(tool, dict))
        case _:
            return None


def write_tool(tool: Tool) -> dict[str, JSON]:
    """The definition of ``tool``; not strict, as the other APIs' tools are not unless they say so."""
    if tool.wire is not None:
        return tool.wire
    written: dict[str, Any] = {"type": "function", "name": tool.name}
    if tool.description is not None:
        written["description"] = tool.description
    schema = tool.schema or {"type": "object", "properties": {}}
    return {**written, "parameters": schema, "strict": False}


def _message(role: str, content: list[dict[str, JSON]]) -> dict[str, JSON]:
    return {"type": "message", "role": "user" if role == "tool" else role, "content": content}


def _read_reasoning(item: dict[str, JSON]) -> Reasoning:
    content = item.get("content")
    blocks = [*item["summary"], *(content if isinstance(content, list) else ())]
    texts = (block.get("text") for block in blocks if isinstance(block, dict))
    sealed, key = item.get("encrypted_content"), item.get("id")
    return Reasoning(
        "\n\n".join(text for text in texts if isinstance(text, str)),
        encrypted=sealed if isinstance(sealed, str) else None,
        id=key if isinstance(key, str) else None,
    )


def _read_result(item: dict[str, JSON], call: str) -> ToolResult:
    match item:
        case {"output": str(text)}:
            return ToolResult(call, (Text(text),))
        case {"output": list(blocks)} if all(isinstance(b, dict) and b.get("type") in _LEAVES for b in blocks):
            return ToolResult(call, tuple(read_leaf(block) for block in blocks), form="blocks")
        case {"output": {"image_url": str(url)}}:
            return ToolResult(call, (read_leaf({"type": "input_image", "image_url": url}),), form="blocks")
        case _:
            rest = {key: value for key, value in item.items() if key not in _LABELS}
            return ToolResult(call, (Text(msgspec.json.encode(rest).decode()),))


def _write_item(part: Part, custom: Collection[str], notes: Notes) -> dict[str, JSON]:
    match part:
        case Reasoning():
            return _write_reasoning(part)
        case ToolCall(id=call, name=name, arguments=str(text), raw=None):
            return {"type": "custom_tool_call", "call_id": call, "name": name, "input": text}
        case ToolCall(id=call, name=name):
            written = openai_parts.write_call(part)["function"]
            return {"type": "function_call", "call_id": call, "name": name, "arguments": written["arguments"]}
        case ToolResult(call=call, parts=parts, form=form):
            notes.add("error flag of a tool result left out", int(part.is_error is True))
            kind = "custom_tool_call_output" if call in custom else "function_call_output"
            return {"type": kind, "call_id": call, "output": _output(parts, form)}
        case Opaque(body=body):
            return body
        case _:
            raise WireError(f"a {type(part).__name__} has no place here")


def _write_reasoning(part: Reasoning) -> dict[str, JSON]:
    written: dict[str, Any] = {"type": "reasoning"}
    if part.id is not None:
        written["id"] = part.id
    written["summary"] = [{"type": "summary_text", "text": part.text}] if part.text else []
    if part.encrypted is not None:
        written["encrypted_content"] = part.encrypted
    return written


def _output(parts: Sequence[Text | Image | Opaque], form: str) -> JSON:
    match parts:
        case (Text(text),) if form == "string":
            return text
        case () if form == "string":
            return ""
        case _:
            return [write_leaf(part, "user") for part in parts]
