"""Reading tools of agents, one module a family: what each would answer, in the agent's own words and numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from replay.lookahead.ground import Ground
from replay.lookahead.replies import Acts, Answer, Untold
from replay.lookahead.tools import claude, cline, constant, copilot, editor, gemini, opencode, pi, repeated, shell
from replay.records import ToolCall


class Family(Protocol):
    """A module that answers one family of reading tools."""

    def claims(self, call: ToolCall, ground: Ground) -> bool:
        """Whether the call is of this family."""

    def answer(self, call: ToolCall, ground: Ground) -> Answer:
        """What the tool would answer, as far as that is known."""


FAMILIES: dict[str, Family] = {
    "claude": claude,
    "editor": editor,
    "shell": shell,
    "opencode": opencode,
    "gemini": gemini,
    "copilot": copilot,
    "cline": cline,
    "pi": pi,
    "constant": constant,
    "repeated": repeated,
}
"""The first that claims a call answers it."""

_SKETCHED = frozenset({"specstory"})
"""Sources that tell calls and answers only in part."""


def family(call: ToolCall, ground: Ground) -> str:
    """The name of the family that a call belongs to; "" where no one knows it."""
    return next((name for name, module in FAMILIES.items() if module.claims(call, ground)), "")


def remembered(calls: Iterable[ToolCall]) -> dict[str, ToolCall]:
    """Those of ``calls``, by the file that each reads, that the agent answers in another way the next time."""
    return {path: call for call in calls if (path := claude.file_read(call)) is not None}


def answer(call: ToolCall, ground: Ground) -> Answer:
    """What the tool would answer, as far as that is known."""
    name = family(call, ground)
    if name and ground.format in _SKETCHED:
        return Untold(f"the transcript does not tell calls of {call.name} word for word")
    return FAMILIES[name].answer(call, ground) if name else Acts(f"call {call.name}")
