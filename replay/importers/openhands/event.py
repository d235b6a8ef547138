"""One event of OpenHands V0: an action or an observation, with its arguments or extras around it or flat beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from replay.importers.loose import mapping, text
from replay.records import JSON, Image, Message, Part, Text

_BOOKKEEPING = frozenset(
    [
        "thought",
        "blocking",
        "is_static",
        "cwd",
        "hidden",
        "confirmation_state",
        "is_confirmed",
        "action_risk",
        "security_risk",
        "keep_prompt",
        "kernel_init_code",
        "include_extra",
        "impl_source",
    ]
)
_ENVELOPE = frozenset(
    [
        "id",
        "timestamp",
        "source",
        "message",
        "cause",
        "action",
        "observation",
        "args",
        "extras",
        "content",
        "tool_call_metadata",
        "llm_metrics",
        "tool_call_id",
        "success",
        "timeout",
    ]
)
_TOOLS = {"run": "execute_bash", "run_ipython": "execute_ipython_cell"}


def flat(history: JSON) -> Iterator[JSON]:
    """The events of a ``history``, whose entries may be pairs of an action and its observation."""
    for entry in history if isinstance(history, list) else ():
        yield from entry if isinstance(entry, list) else (entry,)


def is_event(row: JSON) -> bool:
    """Whether ``row`` looks like an event of this history."""
    if not isinstance(row, dict) or not ({"source", "timestamp"} & row.keys()):
        return False
    acts = isinstance(row.get("action"), str) and isinstance(row.get("args"), dict)
    return acts or (isinstance(row.get("observation"), str) and isinstance(row.get("extras"), dict))


def number(event: dict[str, JSON]) -> int | None:
    """The event's own number, which others name as their cause."""
    return told if isinstance(told := event.get("id"), int) else None


def arguments(event: dict[str, JSON]) -> dict[str, JSON]:
    """What an action was given."""
    if isinstance(event.get("args"), dict):
        return mapping(event["args"])
    return {name: value for name, value in event.items() if name not in _ENVELOPE - {"content"}}


def extras(event: dict[str, JSON]) -> dict[str, JSON]:
    """What an observation holds beside its content."""
    if isinstance(event.get("extras"), dict):
        return mapping(event["extras"])
    return {name: value for name, value in event.items() if name not in _ENVELOPE}


def said(arguments: dict[str, JSON]) -> Iterator[Part]:
    """The parts of a message action."""
    if (told := text(arguments.get("content"))) is not None:
        yield Text(told)
    yield from images(arguments)


def images(holder: dict[str, JSON]) -> Iterator[Image]:
    """The images of an action or observation."""
    for name in ("image_urls", "images_urls"):
        urls = holder.get(name)
        for url in urls if isinstance(urls, list) else ():
            if isinstance(url, str):
                head, found, data = url.partition(";base64,")
                yield Image(head.removeprefix("data:"), data) if found else Image(url=url)


def call(action: str, arguments: dict[str, JSON]) -> tuple[str, dict[str, JSON]]:
    """The tool and the arguments that make ``action``, by the names that the agent's own tools have."""
    told = {name: value for name, value in arguments.items() if name not in _BOOKKEEPING and value is not None}
    match action, arguments:
        case "edit", {"command": str(command), "path": _} if command:
            kept = ("command", "path", "file_text", "old_str", "new_str", "insert_line")
            return "str_replace_editor", {name: told[name] for name in kept if name in told}
        case "edit", _:
            return "edit_file", {name: told[name] for name in ("path", "start", "end", "content") if name in told}
        case "read", {"path": path}:
            shown = {"view_range": told["view_range"]} if "view_range" in told else {}
            return "str_replace_editor", {"command": "view", "path": path, **shown}
        case "think", _:
            return "think", {"thought": arguments.get("thought")}
        case _:
            return _TOOLS.get(action, action), told


def shown(observation: str, event: dict[str, JSON], extras: dict[str, JSON]) -> str | None:
    """The text of a result as the agent passed it on, as far as the event tells."""
    told = event.get("content")
    told = told if isinstance(told, str) else ""
    if observation in ("edit", "read") and (formatted := text(extras.get("formatted_output_and_error"))) is not None:
        return formatted
    if observation == "run":
        frame = mapping(extras.get("metadata"))
        return (text(frame.get("prefix")) or "") + told + (text(frame.get("suffix")) or "")
    return told


def message(
    role: Literal["user", "assistant"],
    parts: tuple[Part, ...],
    event: dict[str, JSON],
    line: int,
    *,
    origin: Literal["typed", "client", "model"],
) -> Message:
    """A message made of ``parts`` at the time of ``event``."""
    return Message(role, parts, time=text(event.get("timestamp")), origin=origin, form="string", lines=(line, line))
