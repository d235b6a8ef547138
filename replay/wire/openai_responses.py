"""The OpenAI Responses API: request, item and response JSON to records and back.

Format: https://platform.openai.com/docs/api-reference/responses. ``instructions`` is the system prompt. Items that the
model made in a row (reasoning, messages, calls) are one assistant message, results in a row one ``tool`` message. For
a body of this API ``write_request(read_request(body))`` gives the body back, equal as JSON: where the parts cannot
express the items (ids, ``phase``, ``status``), ``Message.wire`` holds them as ``{"items": [...]}``; an ``input`` that
is bare text is ``{"input": text}``. What ``previous_response_id`` stands for is not in the body and not in the prefix.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import chain, groupby
from typing import Any, Literal

from msgspec.structs import replace

from replay.records import JSON, Api, Message, Part, Prefix, Reasoning, Setup, Text, ToolCall, ToolResult, Usage
from replay.wire import frame, marks
from replay.wire.counts import tokens
from replay.wire.notes import Notes, WireError
from replay.wire.openai_items import read_item, read_tool, side, write_parts, write_tool

API: Api = "openai-responses"
LEGAL_ID = re.compile(r"\S{1,64}")


def read_request(body: dict[str, JSON]) -> Prefix:
    """The prefix a request body carries. Raises ``WireError`` where ``input`` is neither text nor a list of items."""
    messages: tuple[Message, ...]
    match body.get("input"):
        case str(text):
            messages = (Message("user", (Text(text),), form="string", wire={"input": text}),)
        case list(items):
            messages = read_items(items)
        case _:
            raise WireError("`input` is neither text nor a list")
    setup, cache = frame.read({**body, "messages": []}, API, ("input", "instructions", "messages"), read_tool)
    match body:
        case {"instructions": str(text)}:
            setup = replace(setup, system=(Text(text),))
        case {"instructions": odd}:
            setup = replace(setup, system=(), params={**setup.params, "instructions": odd})
        case _:
            setup = replace(setup, system=())
    return Prefix(setup=setup, messages=messages, cache=tuple(cache))


def read_items(items: Sequence[JSON]) -> tuple[Message, ...]:
    """The messages that ``items`` are, in order. Raises ``WireError`` for an item that is none."""
    if not all(isinstance(item, dict) for item in items):
        raise WireError("an item that is no object")
    custom = {item["call_id"] for item in items if _is_custom(item)}
    return tuple(gather(group, custom) for group in _groups(items))


def read_message(message: dict[str, JSON]) -> Message:
    """One item of a request, a message or any other. Raises ``WireError`` where it is none."""
    (read,) = read_items([message])
    return read


def gather(
    items: Sequence[dict[str, JSON]], custom: Collection[str] = (), *, role: Literal["assistant"] | None = None
) -> Message:
    """One message of ``items`` that belong together; ``custom`` are the ids of calls of free-text tools before them.

    ``role`` is that of the first item where it is not given.
    """
    role_read = role or side(items[0])
    lone = len(items) == 1 and isinstance(items[0].get("content"), str)
    read = Message(
        role=role_read,
        parts=tuple(chain.from_iterable(read_item(item) for item in items)),
        origin="model" if role_read == "assistant" else "tool" if role_read == "tool" else None,
        form="string" if lone else "blocks",
    )
    return read if _render(read, custom, Notes()) == list(items) else replace(read, wire={"items": list(items)})


def read_response(body: dict[str, JSON]) -> Message:
    """The assistant message of a response, with id, model, usage and why it stopped.

    ``stop`` is the reason of an incomplete response (``max_output_tokens``, ``content_filter``), else its status.
    Raises ``WireError`` where the JSON is no response, or one that failed.
    """
    if not isinstance(body, dict) or not isinstance(output := body.get("output"), list):
        raise WireError("not a response: `output` is missing")
    if any(not isinstance(item, dict) or not isinstance(item.get("type"), str) for item in output):
        raise WireError("not a response: an output item has no type")
    if body.get("status") in ("failed", "cancelled"):
        raise WireError("a response that failed")
    message = gather(output, role="assistant")
    named = {key: value for key in ("id", "model") if isinstance(value := body.get(key), str)}
    match body:
        case {"incomplete_details": {"reason": str(stop)}} | {"status": str(stop)}:
            message = replace(message, stop=stop)
    return replace(message, **named, usage=read_usage(body.get("usage")))


def read_usage(usage: JSON) -> Usage | None:
    """The token counts of a response's ``usage``; ``input`` is the prompt without its cached part."""
    if not isinstance(usage, dict):
        return None
    cached = tokens(usage.get("input_tokens_details"), "cached_tokens")
    return Usage(
        input=max(0, tokens(usage, "input_tokens") - cached),
        cache_read=cached,
        output=tokens(usage, "output_tokens"),
        reasoning=tokens(usage.get("output_tokens_details"), "reasoning_tokens"),
    )


def write_message(message: Message, custom: Collection[str] = ()) -> list[dict[str, JSON]]:
    """The items that ``message`` is; ``custom`` are the ids of calls of free-text tools before it."""
    return _write(message, custom, Notes())


def write_request(prefix: Prefix, *, repair: bool = False) -> tuple[dict[str, JSON], tuple[str, ...]]:
    """The body that sends ``prefix``, and notes on what was converted or left out to do so.

    A prefix of this API comes back as it was read, with only what was edited since changed; with ``repair`` what the
    API would refuse (calls without results, reused ids, reasoning that is but a name) is put right. A prefix of
    another API is always converted.
    """
    notes = Notes()
    foreign = prefix.setup.api != API
    ready = frame.fit(prefix, API, limit="max_output_tokens", legal=LEGAL_ID, repair=repair, notes=notes)
    messages = list(ready.messages)
    if foreign:
        messages = [_called(message) for message in messages]
        results = sum(isinstance(part, ToolResult) for message in messages for part in message.parts)
        notes.add("tool result written as an item of its own", results)
    elif repair:
        messages = [_thought(message, notes) for message in messages]
    setup = ready.setup
    body: dict[str, Any] = dict(setup.params)
    if setup.model is not None:
        body["model"] = setup.model
    if setup.system:
        body["instructions"] = _instructions(setup, notes)
    if setup.tools:
        body["tools"] = [write_tool(tool) for tool in setup.tools]
    body["input"] = _input(messages, notes)
    return marks.put(body, ready.cache, notes), notes.sentences()


def _groups(items: Sequence[dict[str, JSON]]) -> Iterator[list[dict[str, JSON]]]:
    for role, group in groupby(items, side):
        if role in ("assistant", "tool"):
            yield list(group)
        else:
            yield from ([item] for item in group)


def _is_custom(item: dict[str, JSON]) -> bool:
    return item.get("type") == "custom_tool_call" and isinstance(item.get("call_id"), str)


def _input(messages: Sequence[Message], notes: Notes) -> JSON:
    match messages:
        case [Message(role="user", parts=(Text(text),), wire={"input": str()})]:
            return text
    calls = (part for message in messages for part in message.parts if isinstance(part, ToolCall))
    custom = {call.id for call in calls if isinstance(call.arguments, str) and call.raw is None}
    return list(chain.from_iterable(_write(message, custom, notes) for message in messages))


def _instructions(setup: Setup, notes: Notes) -> str:
    told = [part.text for part in setup.system or () if isinstance(part, Text)]
    notes.add("block of the system prompt that is no text left out", len(setup.system or ()) - len(told))
    notes.add("system prompt joined from several blocks", int(len(told) > 1))
    return "\n\n".join(told)


# --- one message -------------------------------------------------------------------------------------------


def _write(message: Message, custom: Collection[str], notes: Notes) -> list[dict[str, JSON]]:
    """The items of ``message``: as they were read where their parts still stand, anew where they were edited."""
    match message.wire:
        case {"items": list(items)}:
            pass
        case _:
            return _render(message, custom, notes)
    message = replace(message, parts=tuple(_plain(part) for part in message.parts))
    told = [(item, read_item(item)) for item in items]
    count = sum(len(parts) for _, parts in told)
    if count < len(message.parts) or _role(items, message) != message.role:
        return _render(message, custom, notes)
    written, at = [], 0
    for item, old in told:
        new = message.parts[at : at + len(old)]
        if new == old:
            written.append(item)
        elif count == len(message.parts):
            written.append(_edited(item, new, message, custom, notes))
        else:
            continue
        at += len(old)
    return written if at == len(message.parts) else _render(message, custom, notes)


def _plain(part: Part) -> Part:
    """``part`` without what the client recorded beside it, which no item holds."""
    return replace(part, detail=None) if isinstance(part, ToolResult) and part.detail is not None else part


def _role(items: Sequence[dict[str, JSON]], message: Message) -> str:
    return message.role if message.role == "assistant" or not items else side(items[0])


def _edited(
    item: dict[str, JSON], new: tuple[Part, ...], message: Message, custom: Collection[str], notes: Notes
) -> dict[str, JSON]:
    """``item`` with what its parts have become since it was read; its other fields stay."""
    form: Literal["string", "blocks"] = "string" if isinstance(item.get("content"), str) else "blocks"
    written = _render(replace(message, parts=new, wire=None, form=form), custom, notes)
    if len(written) == 1 and written[0].get("type", "message") == item.get("type", "message"):
        return {**item, **written[0]}
    match new:
        case (ToolCall(id=call),) | (ToolResult(call=call),):
            return {**item, "call_id": call}
        case _:
            return item


def _render(message: Message, custom: Collection[str], notes: Notes) -> list[dict[str, JSON]]:
    match message:
        case Message(role="user" | "assistant" | "system" | "developer" as role, form="string", parts=(Text(text),)):
            return [{"role": role, "content": text}]
        case _:
            return list(write_parts(message.parts, message.role, custom, notes))


def _called(message: Message) -> Message:
    """``message`` with its calls as function calls: another API's text arguments are JSON that does not parse."""
    parts = tuple(
        replace(part, raw=part.arguments) if isinstance(part, ToolCall) and isinstance(part.arguments, str) else part
        for part in message.parts
    )
    return message if parts == message.parts else replace(message, parts=parts)


def _thought(message: Message, notes: Notes) -> Message:
    """``message`` without reasoning that the API would refuse: empty but for its id, or with nothing after it."""
    kept: list[Part] = []
    for part in reversed(message.parts):
        if isinstance(part, Reasoning) and (not kept or not (part.encrypted or part.text)):
            notes.add("reasoning that cannot be sent back left out")
        else:
            kept.append(part)
    parts = tuple(reversed(kept))
    return message if len(parts) == len(message.parts) else replace(message, parts=parts)
