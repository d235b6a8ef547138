"""Looks at what is not wholly known (folders, searches): answered as before, where nothing was done since."""

from __future__ import annotations

from replay.lookahead.ground import Ground
from replay.lookahead.looking import looks, name_of
from replay.lookahead.replies import Answer, Untold
from replay.records import ToolCall


def claims(call: ToolCall, ground: Ground) -> bool:  # noqa: ARG001 - the families' signature
    """Whether the call only looks."""
    return looks(call)


def answer(call: ToolCall, ground: Ground) -> Answer:
    """The answer that the same call had."""
    before = ground.seen.get(name_of(call, ground.files))
    return before if before is not None else Untold(f"what {call.name} shows is not known")
