"""Notes that agents make for themselves (todo lists, plans): tools that always answer the same."""

from __future__ import annotations

import re
from collections.abc import Sequence

from replay.lookahead.ground import Ground
from replay.lookahead.replies import Answer, Reply, Untold
from replay.records import JSON, ToolCall
from replay.workspace import calls
from replay.workspace.effects import seen_text

_SAID = {
    "TodoWrite": "Todos have been modified successfully. Ensure that you continue to use the todo list to track your "
    "progress. Please proceed with the current tasks if applicable",
    "update_plan": "Plan updated",
}
_UPDATED = re.compile(r"Updated task #\w+ status")
TOOLS = frozenset({*_SAID, "TaskUpdate", "think", "report_intent", "write_todos"})


def claims(call: ToolCall, ground: Ground) -> bool:  # noqa: ARG001 - the families' signature
    """Whether the call only makes a note."""
    return call.name in TOOLS


def answer(call: ToolCall, ground: Ground) -> Answer:
    """What the session's own calls were answered, if that was always the same; else what the agent is known to say."""
    shown = [(seen_text(result), result.is_error) for _, result in ground.shown(call.name)]
    if call.name == "TaskUpdate":
        return _updated(calls.arguments(call), [text for text, _ in shown])
    if len(set(shown)) == 1:
        return Reply(*shown[0])
    if not shown and call.name in _SAID:
        return Reply(_SAID[call.name])
    return Untold(f"what {call.name} answers is not known")


def _updated(given: dict[str, JSON], shown: Sequence[str]) -> Answer:
    """A task that is begun; versions say more to one that is done, or when something else of it changes."""
    task = given.get("taskId")
    plain = set(given) == {"taskId", "status"} and isinstance(task, str) and given["status"] == "in_progress"
    if plain and any(_UPDATED.fullmatch(text) for text in shown):
        return Reply(f"Updated task #{task} status")
    return Untold("what TaskUpdate answers is not known")
