"""A step of an ATIF trajectory as the messages that it holds, and messages as steps.

What a step has no place for (ids, signatures, error flags …) stands in its ``extra`` under one key, as the difference
between the records and what a reader of the plain step would make of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import msgspec

from replay.importers import chat
from replay.importers.loose import mapping, moment, number, objects, text
from replay.records import JSON, Image, Message, Part, Reasoning, Text, ToolCall, ToolResult, Usage
from replay.wire import openai_parts

EXTRA = "transcript_replay"
_SOURCES: dict[str, Literal["user", "assistant", "system"]] = {"user": "user", "agent": "assistant", "system": "system"}


# --- reading -----------------------------------------------------------------------------------------------


def messages(item: dict[str, JSON]) -> list[Message]:
    """The messages that a step holds: the step's own, the results of its calls, and what came back for no call."""
    told = _plain(item)
    kept = mapping(mapping(item.get("extra")).get(EXTRA))
    changes = kept.get("messages")
    try:
        if "records" in kept:
            return msgspec.convert(kept["records"], list[Message])
        if isinstance(changes, list) and len(changes) == len(told):
            return [_changed(message, mapping(change)) for message, change in zip(told, changes, strict=True)]
    except (msgspec.ValidationError, IndexError, TypeError):
        return told
    return told


def _plain(item: dict[str, JSON]) -> list[Message]:
    role = _SOURCES.get(str(item.get("source")))
    if role is None:
        return []
    said: list[Part] = list(_content(item.get("message")))
    time = moment(item.get("timestamp"))
    form: Any = "string" if isinstance(item.get("message"), str) and len(said) == 1 else "blocks"
    calls = [chat.call({**call, "name": call.get("function_name")}) for call in objects(item.get("tool_calls"))]
    thought = text(item.get("reasoning_content"))
    results, rest = _results(mapping(item.get("observation")).get("results"), [call.id for call in calls])
    found: list[Message] = []
    if role == "assistant":
        parts = (*((Reasoning(thought),) if thought else ()), *said, *calls)
        model = text(item.get("model_name"))
        found.append(Message("assistant", parts, model=model, time=time, usage=_usage(item), origin="model", form=form))
    elif said:
        found.append(Message(role, tuple(said), time=time, form=form))
    if results:
        found.append(Message("tool", tuple(results), origin="tool"))
    if rest:
        found.append(Message("user", tuple(rest), origin="tool", form="string" if len(rest) == 1 else "blocks"))
    return found


def _results(results: JSON, calls: list[str]) -> tuple[list[ToolResult], list[Part]]:
    """The results of ``calls`` in the order they stand, and the parts of those that answer none of them."""
    items = list(objects(results))
    by_order = len(items) == len(calls) and not any(text(item.get("source_call_id")) for item in items)
    answers: list[ToolResult] = []
    rest: list[Part] = []
    for at, item in enumerate(items):
        call = calls[at] if by_order else item.get("source_call_id")
        parts = tuple(part for part in _content(item.get("content")) if isinstance(part, Text | Image))
        form: Any = "blocks" if isinstance(item.get("content"), list) else "string"
        if isinstance(call, str) and call in calls:
            own = mapping(mapping(item.get("extra")).get(EXTRA))
            failed = own["is_error"] if isinstance(own.get("is_error"), bool) else None
            answers.append(
                ToolResult(call, parts, failed, "blocks" if own.get("form") == "blocks" else form, own.get("detail"))
            )
        else:
            rest.extend(parts)
    return answers, rest


def _content(content: JSON) -> Iterator[Part]:
    for block in content if isinstance(content, list) else [content]:
        match block:
            case str(said) if said:
                yield Text(said)
            case {"type": "image", "source": {"path": str(path)} as source}:
                image = openai_parts.read_leaf({"type": "image_url", "image_url": {"url": path}})
                kind = text(source.get("media_type"))
                yield Image(kind, url=image.url) if isinstance(image, Image) and image.url is not None else image
            case dict():
                yield from chat.blocks([block])


def _usage(item: dict[str, JSON]) -> Usage | None:
    """Prompt tokens count what was read from a cache and what was written to one."""
    metrics = mapping(item.get("metrics"))
    if not {"prompt_tokens", "completion_tokens"} & metrics.keys():
        return None
    extra = mapping(metrics.get("extra"))
    read, wrote = number(metrics.get("cached_tokens")), number(extra.get("cache_creation_input_tokens"))
    return Usage(
        input=max(0, number(metrics.get("prompt_tokens")) - read - wrote),
        cache_read=read,
        cache_write=wrote,
        output=number(metrics.get("completion_tokens")),
        reasoning=number(extra.get("reasoning_tokens")),
    )


def _changed(message: Message, change: dict[str, JSON]) -> Message:
    raw = _raw(message)
    parts = raw.get("parts", [])
    raw |= change
    raw["parts"] = [parts[part] if isinstance(part, int) else part for part in raw.get("parts") or []]
    return msgspec.convert({key: value for key, value in raw.items() if value is not None}, Message)


def _raw(message: Message) -> dict[str, JSON]:
    raw: dict[str, JSON] = msgspec.to_builtins(message)
    return raw


# --- writing -----------------------------------------------------------------------------------------------


def steps(pool: Sequence[Message]) -> Iterator[dict[str, JSON]]:
    """The steps that say ``pool``, without numbers: an answer and the results after it in one."""
    at = 0
    while at < len(pool):
        message = pool[at]
        held = [message]
        if message.role == "assistant" and at + 1 < len(pool) and _answers(message, pool[at + 1]):
            held.append(pool[at + 1])
        yield _step(held)
        at += len(held)


def _answers(message: Message, following: Message) -> bool:
    calls = {part.id for part in message.parts if isinstance(part, ToolCall)}
    parts = following.parts
    return bool(parts) and all(isinstance(part, ToolResult) and part.call in calls for part in parts)


def _step(held: list[Message]) -> dict[str, JSON]:
    message = held[0]
    step: dict[str, JSON] = {"source": {"assistant": "agent", "user": "user"}.get(message.role, "system")}
    if message.time is not None:
        step["timestamp"] = message.time
    results = [part for item in held for part in item.parts if isinstance(part, ToolResult)]
    if message.role == "tool":
        step["source"] = "user"
    step["message"] = _said([part for part in message.parts if isinstance(part, Text | Image)], message.form)
    if message.role == "assistant":
        step |= _spoken(message)
    if results and message.role == "assistant":
        step["observation"] = {"results": [_result(part) for part in results]}
    elif results:
        step["message"] = _said([part for result in results for part in result.parts], "blocks")
    told = _plain(step)
    change = [_change(new, old) for new, old in zip(held, told, strict=False)]
    if len(told) == len(held):
        if any(change):
            step["extra"] = {EXTRA: {"messages": change}}
    else:
        step["extra"] = {EXTRA: {"records": [_raw(item) for item in held]}}
    return step


def _change(new: Message, old: Message) -> dict[str, JSON]:
    """The fields in which ``new`` differs from ``old``: None for those that it lacks, numbers for parts of ``old``."""
    wanted, had = _raw(new), _raw(old)
    change = {key: wanted.get(key) for key in {**wanted, **had} if wanted.get(key) != had.get(key)}
    if "parts" in change:
        known = had.get("parts", [])
        change["parts"] = [known.index(part) if part in known else part for part in wanted.get("parts", [])]
    return change


def _spoken(message: Message) -> dict[str, JSON]:
    step: dict[str, JSON] = {}
    if message.model is not None:
        step["model_name"] = message.model
    thoughts = [part.text for part in message.parts if isinstance(part, Reasoning) and part.text]
    if thoughts:
        step["reasoning_content"] = "\n\n".join(thoughts)
    calls = [part for part in message.parts if isinstance(part, ToolCall)]
    if calls:
        step["tool_calls"] = [
            {
                "tool_call_id": call.id,
                "function_name": call.name,
                "arguments": call.arguments if isinstance(call.arguments, dict) else {"input": call.arguments},
            }
            for call in calls
        ]
    if (used := message.usage) is not None:
        metrics: dict[str, JSON] = {
            "prompt_tokens": used.input + used.cache_read + used.cache_write,
            "completion_tokens": used.output,
            "cached_tokens": used.cache_read,
        }
        extra = {"cache_creation_input_tokens": used.cache_write, "reasoning_tokens": used.reasoning}
        step["metrics"] = metrics | ({"extra": extra} if any(extra.values()) else {})
    return step


def _result(part: ToolResult) -> dict[str, JSON]:
    told: dict[str, JSON] = {"source_call_id": part.call, "content": _said(part.parts, part.form)}
    own = {"is_error": part.is_error, "detail": part.detail}
    if part.form == "blocks" and isinstance(told["content"], str):
        own["form"] = "blocks"
    if any(value is not None for value in own.values()):
        told["extra"] = {EXTRA: {key: value for key, value in own.items() if value is not None}}
    return told


def _said(parts: Sequence[Part], form: str) -> JSON:
    shown = [part for part in parts if isinstance(part, Text | Image)]
    match shown:
        case ():
            return ""
        case [Text(said)] if form == "string":
            return said
        case _ if all(isinstance(part, Text) for part in shown):
            return "\n\n".join(part.text for part in shown if isinstance(part, Text))
        case _:
            return [_part(part) for part in shown]


def _part(part: Text | Image) -> dict[str, JSON]:
    match part:
        case Text(said):
            return {"type": "text", "text": said}
        case Image(url=str(url)):
            return {"type": "image", "source": {"media_type": part.media_type or "image/png", "path": url}}
        case _:
            path = f"data:{part.media_type};base64,{part.data}"
            return {"type": "image", "source": {"media_type": part.media_type, "path": path}}
