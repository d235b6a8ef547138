"""The Anthropic Messages API: request, message and response JSON to records and back.

Format: https://docs.anthropic.com/en/api/messages. For a body of this API ``write_request(read_request(body))``
gives the body back, equal as JSON: what the parts cannot express stays in ``Message.wire`` or ``Tool.wire``,
unknown blocks are ``Opaque``, cache marks are in ``Prefix.cache``, and a ``model``, ``system`` or ``tools`` of a
shape the records cannot hold (null, an empty tool list) stays in ``Setup.params``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal

from msgspec.structs import replace

from replay.records import JSON, Api, Message, Part, Prefix, Setup, Text, Tool, ToolResult, Usage
from replay.wire import frame, marks, portable
from replay.wire.anthropic_blocks import (
    read_system,
    read_tool,
    take_block,
    write_block,
    write_leaf,
    write_tool,
)
from replay.wire.counts import tokens
from replay.wire.notes import Notes, WireError

API: Api = "anthropic"
LEGAL_ID = re.compile(r"[a-zA-Z0-9_-]+")
_ROLES = ("user", "assistant", "system", "developer")
_HEARD = ("user", "tool")


def read_request(body: dict[str, JSON]) -> Prefix:
    """The prefix a request body carries. Raises ``WireError`` where ``messages`` is not a list of messages."""
    setup, cache = frame.read(body, API, ("system", "messages"), read_tool)
    match system := body.get("system"):
        case str(text):
            setup = replace(setup, system=(Text(text),))
        case list(blocks) if all(isinstance(block, dict) for block in blocks):
            lifted = [marks.lift(block, ("system", index), cache) for index, block in enumerate(blocks)]
            setup = replace(setup, system=tuple(read_system(block) for block in lifted), system_form="blocks")
        case _:
            odd = {"system": system} if "system" in body else {}
            setup = replace(setup, system=(), params={**setup.params, **odd})
    messages = tuple(
        read_message(marks.lift(message, ("messages", index), cache)) for index, message in enumerate(body["messages"])
    )
    return Prefix(setup=setup, messages=messages, cache=tuple(cache))


def read_message(message: dict[str, JSON], **known: JSON) -> Message:
    """One message of a request (``role`` and ``content``), with the fields of the record that are ``known`` beside it.

    Raises ``WireError`` where it is none.
    """
    if not isinstance(message, dict) or (role := message.get("role")) not in _ROLES:
        raise WireError("a message without a known `role`")
    content = message.get("content")
    whole = len(message) == 2
    parts: list[Part] = []
    if isinstance(content, str):
        parts.append(Text(content))
        known["form"] = "string"
    elif isinstance(content, list):
        for block in content:
            if isinstance(block, dict):
                part, said = take_block(block)
                parts.append(part)
                whole = whole and said
            else:
                whole = False
    else:
        raise WireError("a message whose `content` is neither text nor a list of blocks")
    if "origin" not in known:
        known["origin"] = _origin(role, parts)
    return Message(role, tuple(parts), wire=None if whole else message, **known)


def read_response(body: dict[str, JSON]) -> Message:
    """The assistant message of a response, with id, model, stop reason (as the API words it) and usage.

    Raises ``WireError`` where the JSON is no response.
    """
    if not isinstance(body, dict) or not isinstance(body.get("content"), list) or body.get("role") != "assistant":
        raise WireError("not a Messages response: `role` or `content` is missing")
    if any(not isinstance(block, dict) or not isinstance(block.get("type"), str) for block in body["content"]):
        raise WireError("not a Messages response: a content block has no type")
    named = {key: value for key in ("id", "model") if isinstance(value := body.get(key), str)}
    stop = body.get("stop_reason")
    return read_message(
        {"role": "assistant", "content": body["content"]},
        **named,
        stop=stop if isinstance(stop, str) else None,
        usage=read_usage(body.get("usage")),
    )


def read_usage(usage: JSON) -> Usage | None:
    """The token counts of a response's ``usage``; None where there are none. Absent counts are 0."""
    if not isinstance(usage, dict):
        return None

    return Usage(
        input=tokens(usage, "input_tokens"),
        cache_read=tokens(usage, "cache_read_input_tokens"),
        cache_write=tokens(usage, "cache_creation_input_tokens"),
        output=tokens(usage, "output_tokens"),
    )


def write_message(message: Message) -> list[dict[str, JSON]]:
    """The message as this API writes it, in a list of one."""
    return [_write(message, Notes())]


def write_request(prefix: Prefix, *, repair: bool = False) -> tuple[dict[str, JSON], tuple[str, ...]]:
    """The body that sends ``prefix``, and notes on what was converted or left out to do so.

    A prefix of this API comes back as it was read, with only what was edited since changed; with ``repair`` what the
    API would refuse (calls without results, reused ids) is put right. A prefix of another API is always converted.
    """
    notes = Notes()
    ready = frame.fit(prefix, API, limit="max_tokens", legal=LEGAL_ID, repair=repair, notes=notes)
    if ready is not prefix or repair:
        ready = _trimmed(_alternate(ready, prefix, notes), notes)
    setup = ready.setup
    body: dict[str, Any] = dict(setup.params)
    if setup.model is not None:
        body["model"] = setup.model
    if setup.system or (setup.system is not None and setup.system_form == "blocks"):
        body["system"] = _write_system(setup.system, setup.system_form)
    if setup.tools:
        body["tools"] = [write_tool(tool) for tool in setup.tools]
    body["messages"] = [_write(message, notes) for message in ready.messages]
    return marks.put(body, ready.cache, notes), notes.sentences()


def _origin(role: str, parts: Sequence[Part]) -> Literal["model", "tool"] | None:
    if role == "assistant":
        return "model"
    return "tool" if parts and all(isinstance(part, ToolResult) for part in parts) else None


def _write(message: Message, notes: Notes) -> dict[str, JSON]:
    if message.wire is None:
        return _render(message, notes)
    try:
        told = read_message(message.wire)
    except WireError:  # a stored transcript that was edited by hand
        return _render(message, notes)
    if told.parts == message.parts and told.role == message.role:
        return message.wire
    content = message.wire["content"]
    if isinstance(content, list) and len(content) == len(told.parts) == len(message.parts):
        kept = [
            block if old == new else {**block, **write_block(new, notes)}
            for block, old, new in zip(content, told.parts, message.parts, strict=True)
        ]
        return {**message.wire, "content": kept}
    return {**message.wire, **_render(message, notes)}


def _render(message: Message, notes: Notes) -> dict[str, JSON]:
    role = "user" if message.role == "tool" else message.role
    match message:
        case Message(form="string", parts=(Text(text),)):
            return {"role": role, "content": text}
        case _:
            return {"role": role, "content": [write_block(part, notes) for part in message.parts]}


def _write_system(system: Sequence[Part], form: str) -> JSON:
    match system:
        case (Text(text),) if form == "string":
            return text
        case _:
            return [write_leaf(part) for part in system]


# --- conversion --------------------------------------------------------------------------------------------


def _alternate(prefix: Prefix, before: Prefix, notes: Notes) -> Prefix:
    """``prefix`` with one user message between two assistant messages, results first.

    In a prefix of another API system messages move too: the leading ones into the system prompt, others into user text.
    """
    foreign = before.setup.api != API
    setup, messages = prefix.setup, list(prefix.messages)
    if foreign:
        setup, messages = _hoist(setup, messages, notes)
    folded: list[Message] = []
    told: list[list[Part]] = []
    for message in messages:
        if folded and message.role in _HEARD and folded[-1].role in _HEARD:
            told[-1].extend(message.parts)
            folded[-1] = replace(folded[-1], role="user", origin=None, form="blocks", wire=None)
        else:
            folded.append(message)
            told.append(list(message.parts))
    merged = _spoken(before.messages) - _spoken(folded)
    if not foreign and merged <= 0 and prefix is before:
        return prefix
    notes.add("consecutive messages merged into one user message", max(0, merged))
    joined = (replace(message, parts=tuple(parts)) for message, parts in zip(folded, told, strict=True))
    cache = tuple(mark for mark in prefix.cache if mark.path[0] != "messages")
    notes.add("cache mark left out", len(prefix.cache) - len(cache))
    return Prefix(setup, tuple(joined), cache)


def _trimmed(prefix: Prefix, notes: Notes) -> Prefix:
    """``prefix`` without white space at its end where it ends in an answer: the API refuses to continue such a one."""
    match prefix.messages:
        case [*before, Message(role="assistant", parts=(*others, Text(text))) as last] if text != text.rstrip():
            notes.add("white space at the end of the last answer left out")
            return replace(prefix, messages=(*before, replace(last, parts=(*others, Text(text.rstrip())))))
        case _:
            return prefix


def _spoken(messages: Sequence[Message]) -> int:
    return sum(message.role in _HEARD for message in messages)


def _hoist(setup: Setup, messages: list[Message], notes: Notes) -> tuple[Setup, list[Message]]:
    start = next((i for i, item in enumerate(messages) if item.role not in ("system", "developer")), len(messages))
    leading = [part for message in messages[:start] for part in message.parts]
    notes.add("leading system message moved into the system prompt", start)
    system = portable.system((*(setup.system or ()), *leading), notes)
    later = []
    for message in messages[start:]:
        if message.role in ("system", "developer"):
            notes.add("system message inside the conversation written as user text")
            later.append(replace(message, role="user"))
        else:
            later.append(message)
    tools = setup.tools
    if tools is not None:
        tools = tuple(_objective(tool, notes) for tool in tools)
    form: Literal["string", "blocks"] = "string" if len(system) < 2 else "blocks"
    known = None if setup.system is None and not system else system
    return replace(setup, system=known, system_form=form, tools=tools), later


def _objective(tool: Tool, notes: Notes) -> Tool:
    if tool.schema.get("type") == "object":
        return tool
    notes.add("tool schema given the type `object`")
    return replace(tool, schema={**tool.schema, "type": "object"})
