"""The OpenAI Chat Completions API: request, message and response JSON to records and back.

Format: https://platform.openai.com/docs/api-reference/chat/create; other servers add fields (``reasoning_content``),
which are kept. For a body of this API ``write_request(read_request(body))`` gives the body back, equal as JSON.
A first message of role ``system`` that holds nothing but text becomes ``Setup.system``, so that prompt edits find it
where every API has it; a ``developer`` message, a second system message or one with further fields stays a message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain
from typing import Any, Literal

from msgspec.structs import replace

from replay.records import (
    JSON,
    Api,
    CacheMark,
    Image,
    Message,
    Part,
    Prefix,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
    Usage,
)
from replay.wire import frame, marks
from replay.wire.counts import tokens
from replay.wire.notes import Notes, WireError
from replay.wire.openai_parts import read_call, read_leaf, read_tool, write_call, write_leaf, write_tool

API: Api = "openai-chat"
LEGAL_ID = re.compile(r"\S{1,40}")
_MODELLED = ("role", "content", "tool_calls", "tool_call_id", "function_call", "refusal")
_THOUGHTS = ("reasoning_content", "reasoning", "reasoning_details")
_ROLES = ("system", "developer", "user", "assistant", "tool", "function")


def read_request(body: dict[str, JSON]) -> Prefix:
    """The prefix a request body carries. Raises ``WireError`` where ``messages`` is not a list of messages."""
    setup, cache = frame.read(body, API, ("messages",), read_tool)
    system, form = _read_system(body["messages"], cache)
    rest = body["messages"][1 if system else 0 :]
    messages = tuple(
        read_message(marks.lift(message, ("messages", index), cache)) for index, message in enumerate(rest)
    )
    return Prefix(setup=replace(setup, system=system, system_form=form), messages=messages, cache=tuple(cache))


def read_message(message: dict[str, JSON]) -> Message:
    """One message of a request. Raises ``WireError`` where it is none."""
    if not isinstance(message, dict) or message.get("role") not in _ROLES:
        raise WireError("a message without a known `role`")
    if not isinstance(content := message.get("content"), str | list | None):
        raise WireError("a message whose `content` is neither text nor a list of parts")
    role: Any = "tool" if message["role"] == "function" else message["role"]
    form: Literal["string", "blocks"] = "blocks" if isinstance(content, list) or role == "tool" else "string"
    match role:
        case "tool":
            read = Message("tool", (_read_answer(message, content),), origin="tool", form=form)
        case "assistant":
            read = Message("assistant", tuple(_read_said(message, content)), origin="model", form=form)
        case _:
            read = Message(role, tuple(_read_content(content)), form=form)
    return read if _render(read, Notes()) == [message] else replace(read, wire=message)


def read_response(body: dict[str, JSON]) -> Message:
    """The assistant message of a response's first choice, with id, model, finish reason and usage.

    Raises ``WireError`` where the JSON is no response.
    """
    match body:
        case {"choices": [{"message": dict(message)} as choice, *_]} if message.get("role") in ("assistant", None):
            read = read_message({**message, "role": "assistant"})
        case _:
            raise WireError("not a chat completion: `choices[0].message` is missing")
    stop = choice.get("finish_reason")
    if not read.parts and not stop:
        raise WireError("not a chat completion: neither a message nor a finish reason")
    named = {key: value for key in ("id", "model") if isinstance(value := body.get(key), str)}
    return replace(read, **named, stop=stop if isinstance(stop, str) else None, usage=read_usage(body.get("usage")))


def read_usage(usage: JSON) -> Usage | None:
    """The token counts of a response's ``usage``; ``input`` is the prompt without its cached part."""
    if not isinstance(usage, dict):
        return None
    cached = tokens(usage.get("prompt_tokens_details"), "cached_tokens")
    return Usage(
        input=max(0, tokens(usage, "prompt_tokens") - cached),
        cache_read=cached,
        output=tokens(usage, "completion_tokens"),
        reasoning=tokens(usage.get("completion_tokens_details"), "reasoning_tokens"),
    )


def write_message(message: Message) -> list[dict[str, JSON]]:
    """The message as this API writes it: one message, or one for each tool result and one for the rest."""
    return _write(message, Notes())


def write_request(prefix: Prefix, *, repair: bool = False) -> tuple[dict[str, JSON], tuple[str, ...]]:
    """The body that sends ``prefix``, and notes on what was converted or left out to do so.

    A prefix of this API comes back as it was read, with only what was edited since changed; with ``repair`` what the
    API would refuse (calls without results, reused ids) is put right. A prefix of another API is always converted.
    """
    notes = Notes()
    ready = frame.fit(prefix, API, limit="max_completion_tokens", legal=LEGAL_ID, repair=repair, notes=notes)
    if prefix.setup.api != API:
        results = sum(isinstance(part, ToolResult) for message in ready.messages for part in message.parts)
        notes.add("tool result written as a message of its own", results)
    setup = ready.setup
    body: dict[str, Any] = dict(setup.params)
    if setup.model is not None:
        body["model"] = setup.model
    if setup.tools:
        body["tools"] = [write_tool(tool) for tool in setup.tools]
    first = [{"role": "system", "content": _content(setup.system, setup.system_form)}] if setup.system else []
    written = [_write(message, notes) for message in ready.messages]
    body["messages"] = [*first, *chain.from_iterable(written)]
    starts = list(accumulate((len(group) for group in written), initial=len(first)))
    return marks.put(body, tuple(_located(ready.cache, starts)), notes), notes.sentences()


def _located(cache: Sequence[CacheMark], starts: list[int]) -> Iterator[CacheMark]:
    for mark in cache:
        match mark.path:
            case ("system", *rest):
                yield replace(mark, path=("messages", 0, "content", *rest))
            case ("messages", int(index), *rest) if index < len(starts) - 1:
                yield replace(mark, path=("messages", starts[index], *rest))
            case _:
                yield mark


# --- reading -----------------------------------------------------------------------------------------------


def _read_system(messages: list[JSON], cache: list[CacheMark]) -> tuple[tuple[Part, ...], Literal["string", "blocks"]]:
    match messages:
        case [{"role": "system", "content": str(text), **rest}, *_] if not rest:
            return (Text(text),), "string"
        case [{"role": "system", "content": [*blocks], **rest}, *_] if not rest:
            found: list[CacheMark] = []
            lifted = [marks.lift(block, ("system", index), found) for index, block in enumerate(blocks)]
            parts = tuple(read_leaf(block) for block in lifted if isinstance(block, dict))
            if all(isinstance(part, Text) for part in parts) and [write_leaf(part) for part in parts] == lifted:
                cache.extend(found)
                return parts, "blocks"
    return (), "string"


def _read_content(content: JSON) -> Iterator[Part]:
    match content:
        case str(text):
            yield Text(text)
        case list(blocks):
            yield from (read_leaf(block) for block in blocks if isinstance(block, dict))


def _read_said(message: dict[str, JSON], content: JSON) -> Iterator[Part]:
    thought = next((text for key in _THOUGHTS if isinstance(text := message.get(key), str) and text), None)
    if thought is not None:
        yield Reasoning(thought)
    yield from _read_content(content)
    if isinstance(refusal := message.get("refusal"), str):
        yield Text(refusal)
    match message.get("tool_calls"):
        case list(calls):
            yield from (read_call(call) for call in calls if isinstance(call, dict))
    match message.get("function_call"):
        case {"name": str(name)} as call:
            yield read_call({"id": name, "function": call})


def _read_answer(message: dict[str, JSON], content: JSON) -> ToolResult:
    call = message.get("tool_call_id", message.get("name"))
    form: Literal["string", "blocks"] = "blocks" if isinstance(content, list) else "string"
    leaves: Any = tuple(_read_content(content))
    return ToolResult(call if isinstance(call, str) else "", leaves, form=form)


# --- writing -----------------------------------------------------------------------------------------------


def _write(message: Message, notes: Notes) -> list[dict[str, JSON]]:
    if message.wire is None:
        return _render(message, notes)
    try:
        told = read_message(message.wire)
    except WireError:  # a stored transcript that was edited by hand
        return _render(message, notes)
    if told.parts == message.parts and told.role == message.role:
        return [message.wire]
    extras = {key: value for key, value in message.wire.items() if key not in (*_MODELLED, *_THOUGHTS)}
    written = _render(message, notes)
    return [*written[:-1], {**extras, **written[-1]}] if written else []


def _render(message: Message, notes: Notes) -> list[dict[str, JSON]]:
    return [_said(message, notes)] if message.role == "assistant" else list(_heard(message, notes))


def _said(message: Message, notes: Notes) -> dict[str, JSON]:
    told: list[Part] = []
    calls: list[dict[str, JSON]] = []
    for part in message.parts:
        match part:
            case ToolCall():
                calls.append(write_call(part))
            case Reasoning():
                notes.add("reasoning left out")
            case _:
                notes.add("text after a tool call moved before it", int(bool(calls)))
                told.append(part)
    written: dict[str, Any] = {"role": "assistant", "content": _content(told, message.form) if told else None}
    if calls:
        written["tool_calls"] = calls
    return written


def _heard(message: Message, notes: Notes) -> Iterator[dict[str, JSON]]:
    rest: list[Part] = []
    for part in message.parts:
        match part:
            case ToolResult():
                notes.add("error flag of a tool result left out", int(part.is_error is True))
                shown = [item for item in part.parts if isinstance(item, Image)]
                notes.add("image of a tool result moved into a user message", len(shown))
                rest.extend(shown)
                told = [item for item in part.parts if not isinstance(item, Image)]
                yield {"role": "tool", "tool_call_id": part.call, "content": _content(told, part.form)}
            case _:
                rest.append(part)
    if rest:
        role = "user" if message.role == "tool" else message.role
        yield {"role": role, "content": _content(rest, message.form)}


def _content(parts: Sequence[Part], form: str) -> JSON:
    match parts:
        case (Text(text),) if form == "string":
            return text
        case ():
            return ""
        case _:
            return [write_leaf(part) for part in parts]
