"""Prompt-cache breakpoints (``cache_control``): lifted off a captured body on reading, put back on writing.

A mark's path is relative to the prefix, not to the bytes: ``("messages", i, ...)`` counts ``Prefix.messages`` and
``("system", ...)`` is the system prompt, also where the API carries it as the first message. So a system prompt
that an arm adds does not move the marks. Only the places where the APIs accept a mark are looked at; a key of the
same name inside tool arguments or a schema is data.
"""

from __future__ import annotations

from typing import Any

from replay.records import JSON, CacheMark
from replay.wire.notes import Notes

GONE = "cache mark left out: its place is gone"


def lift(value: JSON, path: tuple[str | int, ...], marks: list[CacheMark]) -> JSON:
    """``value`` (a block, tool or message) without its marks and those of its ``content``; they go to ``marks``."""
    if not isinstance(value, dict):
        return value
    control = value.get("cache_control")
    if isinstance(control, dict):
        marks.append(CacheMark(path, control))
        value = {key: item for key, item in value.items() if key != "cache_control"}
    if isinstance(content := value.get("content"), list) and ("role" in value or value.get("type") == "tool_result"):
        lifted = [lift(item, (*path, "content", index), marks) for index, item in enumerate(content)]
        value = {**value, "content": lifted}
    return value


def put(root: dict[str, Any], marks: tuple[CacheMark, ...], notes: Notes) -> dict[str, Any]:
    """``root`` with the marks at their paths; what they pass through is copied, the rest is shared.

    A mark on the first block of a content that is a bare string makes it one text block, as a client would.
    """
    for mark in marks:
        root = _put(root, mark, notes)
    return root


def _put(root: dict[str, Any], mark: CacheMark, notes: Notes) -> dict[str, Any]:
    target: Any = root
    for step in mark.path:
        match target, step:
            case list(), int() if step < len(target):
                target = target[step]
            case dict(), str() if step in target:
                target = target[step]
            case str(text), 0:
                target = _block(text)
            case _:
                target = None
    if not isinstance(target, dict):
        notes.add(GONE)
        return root
    new = dict(root)
    here: JSON = new
    for step in mark.path:
        child = here[step]
        child = [_block(child)] if isinstance(child, str) else child
        here[step] = list(child) if isinstance(child, list) else dict(child)
        here = here[step]
    here["cache_control"] = mark.control
    return new


def _block(text: str) -> dict[str, JSON]:
    return {"type": "text", "text": text}
