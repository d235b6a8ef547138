"""Copilot CLI's ``view``: lines as ``12. text``."""

from __future__ import annotations

from replay.lookahead.ground import Ground
from replay.lookahead.replies import Answer, Reply
from replay.lookahead.stretch import Hidden, of_state
from replay.lookahead.tools import asked
from replay.records import ToolCall
from replay.workspace import calls

_CHARACTERS = 20_000


def claims(call: ToolCall, ground: Ground) -> bool:  # noqa: ARG001 - the families' signature
    """Whether the call views a file in Copilot's way."""
    return call.name == "view" and calls.text(call, "path") is not None


def answer(call: ToolCall, ground: Ground) -> Answer:
    """The lines asked for."""
    return asked.of_file(call, ground, _viewed, "path")


def _viewed(path: str, call: ToolCall, ground: Ground) -> Reply:
    lines = of_state(ground.files[path]).split()
    first, last = asked.view_range(call)
    shown = lines.cut(first, last).known()
    if not shown or sum(len(line) + 6 for line in shown) > _CHARACTERS:
        raise Hidden(asked.TOO_MUCH)
    return Reply("\n".join(f"{number}. {line}" for number, line in enumerate(shown, first)))
