"""Messages, prompts and completions as the page shows them: parts with their texts in a table of strings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from replay.records import (
    JSON,
    Case,
    Image,
    Message,
    Opaque,
    Part,
    Reasoning,
    Setup,
    Text,
    ToolCall,
    ToolResult,
    Transcript,
)
from replay.report.html.strings import Strings

BUDGET = 4_000_000
"""Characters of one transcript that are kept at full length, its latest messages first."""


def transcript(source: Transcript, cases: Sequence[Case]) -> dict[str, JSON]:
    """``{strings, setups, messages}`` of what the prefixes and recorded completions of ``cases`` need.

    ``messages`` are by their index in the transcript's pool.
    """
    strings = Strings(budget=BUDGET)
    turns = [source.turns[case.turn] for case in cases]
    wanted = {index for turn in turns for start, stop in turn.prefix for index in range(start, stop)}
    wanted |= {turn.message for turn in turns}
    setups = {str(turn.setup): setup(source.setups[turn.setup], strings) for turn in turns}
    messages = {str(index): message(source.messages[index], strings) for index in sorted(wanted, reverse=True)}
    return {"strings": strings.table(), "setups": setups, "messages": messages}


def setup(one: Setup, strings: Strings) -> dict[str, JSON]:
    """``{api, model, system, tools, params}``; ``system`` and ``tools`` are null where the source lacks them."""
    return {
        "api": one.api,
        "model": one.model,
        "system": None if one.system is None else parts(one.system, strings),
        "tools": None
        if one.tools is None
        else [
            {
                "name": strings.put(tool.name),
                "description": strings.put(tool.description or ""),
                "schema": strings.put(_pretty(tool.schema or tool.wire or {})),
            }
            for tool in one.tools
        ],
        "params": strings.put(_pretty(one.params)) if one.params else None,
    }


def message(one: Message, strings: Strings) -> dict[str, JSON]:
    """``{role, model, time, origin, parts}``."""
    return {
        "role": one.role,
        "model": None if one.model is None else strings.put(one.model),
        "time": one.time,
        "origin": one.origin,
        "parts": parts(one.parts, strings),
    }


def parts(some: Iterable[Part], strings: Strings) -> list[JSON]:
    """Each part as ``{k: text | reasoning | call | result | note, …}`` with places in ``strings`` for its texts."""
    return [_part(one, strings) for one in some]


def _part(part: Part, strings: Strings) -> dict[str, JSON]:
    match part:
        case Text(text=text):
            return {"k": "text", "s": strings.put(text)}
        case Reasoning(text=text):
            return {"k": "reasoning", "s": strings.put(text), "hidden": not text}
        case ToolCall(id=call, name=name, arguments=arguments):
            told = [["", strings.put(arguments)]] if isinstance(arguments, str) else _arguments(arguments, strings)
            return {"k": "call", "id": strings.put(call), "name": strings.put(name), "arguments": told}
        case ToolResult(call=call, parts=inner, is_error=error):
            return {
                "k": "result",
                "id": strings.put(call),
                "error": bool(error),
                "parts": [_part(one, strings) for one in inner],
            }
        case Image(media_type=kind, data=data):
            size = f", {len(data) * 3 // 4:,} bytes" if data else ""
            return {"k": "note", "s": strings.put(f"image {kind or ''}{size}: not held in this page")}
        case Opaque(body=body):
            return {"k": "note", "s": strings.put(f"block of type {body.get('type', 'unknown')}: not shown")}


def _arguments(arguments: dict[str, JSON], strings: Strings) -> list[JSON]:
    return [
        [strings.put(str(name)), strings.put(value if isinstance(value, str) else _pretty(value))]
        for name, value in arguments.items()
    ]


def _pretty(value: JSON) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
