"""What tools that read one file have in common: what a call asks for, and the reasons why it cannot be answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from replay.lookahead.ground import Ground
from replay.lookahead.replies import Answer, Reply, Untold
from replay.lookahead.stretch import Hidden
from replay.lookahead.tools import repeated
from replay.records import ToolCall
from replay.workspace import calls

TOO_MUCH = "more text than the tool shows at once"
REFUSED = "a range that the tool may refuse"
NO_EXAMPLE = "no answer of this tool in the session shows how it answers"


def of_file(call: ToolCall, ground: Ground, read: Callable[[str, ToolCall, Ground], Reply], *names: str) -> Answer:
    """What the same call was answered before; else what ``read`` answers for the file.

    The first argument in ``names`` that is a string is its path. ``read`` raises Hidden where the answer is not known.
    """
    before = repeated.answer(call, ground)
    if isinstance(before, Reply):
        return before
    path = calls.text(call, *names) or ""
    try:
        return read(path, call, ground)
    except Hidden as why:
        return Untold(f"{path}: {why}")


def count(given: dict[str, Any], name: str, default: int) -> int:
    """The argument ``name``, a number of lines or of a line, from 1. Raises Hidden where it is another value."""
    found = given.get(name, default)
    if not isinstance(found, int) or found < 1:
        raise Hidden(REFUSED)
    return found


def view_range(call: ToolCall) -> tuple[int, int | None]:
    """The first and last line of ``view_range``, -1 for the end; the last is None there, and where none is given.

    Raises Hidden where it is something else.
    """
    match calls.arguments(call).get("view_range"):
        case None:
            return 1, None
        case [int(first), int(last)] if first >= 1:
            return first, None if last == -1 else last
        case _:
            raise Hidden(REFUSED)
