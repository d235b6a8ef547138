"""What the dialects of plain edit tools have in common: arguments, whole files, and answers that tell success."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from replay.records import ToolCall, ToolResult
from replay.workspace.effects import Effect, Effects, Truth, applied, fragment, reason, seen_text, unknown
from replay.workspace.files import NEVER_SEEN, Absent, Files, Known, State
from replay.workspace.truths import refused, settled

FAILURE = re.compile(
    r"\s*(?:error\b|failed|could not|couldn't|cannot|no (?:match|replacement|change|occurrence)|not found|"
    r"old_str\w* not|file (?:not found|does not exist|already exists|\S+ (?:does not|already) exists?)|"
    r"the user (?:denied|rejected)|invalid |permission denied|\{\"error\")",
    re.IGNORECASE,
)
"""How answers begin that tell a refusal, of tools whose own words are not known."""
_MISSED = re.compile(
    r"not found|did not appear|failed to find|could not find|couldn't find|0 occurrences|no match|does not match",
    re.IGNORECASE,
)


def arguments(call: ToolCall) -> dict[str, Any]:
    """The arguments of a call, none where they are no object."""
    return call.arguments if isinstance(call.arguments, dict) else {}


def text(call: ToolCall, *names: str) -> str | None:
    """The first of the arguments ``names`` that is a string."""
    given = arguments(call)
    return next((given[name] for name in names if isinstance(given.get(name), str)), None)


def overwritten(path: str, state: State, content: str, *, dialect: str, new: bool = False) -> Effect:
    """The whole file becomes ``content``; a file never seen is ``new`` where the tool refuses to overwrite such."""
    match state:
        case Known(before):
            return applied(path, before, content, dialect=dialect)
        case Absent():
            return applied(path, None, content, dialect=dialect)
        case _ if state is NEVER_SEEN and new:
            return applied(path, None, content, dialect=dialect)
        case _ if state is NEVER_SEEN:
            return fragment(path, content, dialect=dialect, state=Known(content))
        case _:
            return unknown(path, reason(state), dialect=dialect, state=Known(content))


def observed(
    predicted: Effects,
    told: Sequence[Truth],
    result: ToolResult,
    files: Files,
    *,
    dialect: str,
    failure: re.Pattern[str],
) -> Effects:
    """What a call that was ``predicted`` to do something did: nothing if its result is an error or begins so.

    ``told`` is the client's record of it; ``failure`` matches the words of a tool that refuses.
    """
    words = seen_text(result)
    if result.is_error or failure.match(words):
        return refused(predicted, files, words, dialect=dialect, missed=bool(_MISSED.search(words)))
    return settled(predicted, told, files, dialect=dialect)
