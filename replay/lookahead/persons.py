"""Where a person spoke in a session: until then anything may have happened outside of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from replay.records import Message, Text, ToolResult
from replay.workspace import spoken

_BEHIND = ("<task-notification>", "<bash-input>")


def spoke(messages: Sequence[Message], speech: str) -> Iterator[int]:
    """The indices of messages that a person may have written.

    What stands behind calls that are written out in text answers them.
    """
    for index, message in enumerate(messages):
        if message.role != "user" or (index and _is_answered(messages[index - 1], speech)):
            continue
        texts = [part.text for part in message.parts if isinstance(part, Text)]
        spoken_to = message.origin in {None, "typed"} and not any(
            isinstance(part, ToolResult) for part in message.parts
        )
        if texts and (spoken_to or any(mark in text for text in texts for mark in _BEHIND)):
            yield index


def _is_answered(message: Message, speech: str) -> bool:
    return message.role == "assistant" and any(not call.id for _, call in spoken.calls(message.parts, speech))
