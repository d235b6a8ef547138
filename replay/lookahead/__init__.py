"""What comes after a turn that only reads: its calls answered from the workspace, never by running anything.

A draw goes on while it reads what is known. It ends with the turn that writes a file, or calls nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from msgspec.structs import replace as with_parts

from replay.lookahead import tools
from replay.lookahead.ground import Ground
from replay.lookahead.hindsight import ground
from replay.lookahead.replies import Acts, Reply, Untold
from replay.lookahead.written import Written, before
from replay.records import Completion, Halt, Message, Part, Text, ToolCall, ToolResult
from replay.workspace import changes, spoken
from replay.workspace.dialects import shell
from replay.workspace.files import Files

__all__ = ["Answered", "Ground", "Written", "before", "ground", "turn", "writes"]


@dataclass(frozen=True, slots=True)
class Answered:
    """All calls of a turn were answered: the messages to send back, and what is known from then on."""

    messages: tuple[Message, ...]
    ground: Ground


def turn(completion: Completion, known: Ground) -> Answered | Halt | None:
    """What follows ``completion``: answers to its calls, why there are none, or None where it ends the draw.

    It ends the draw if it writes a file or a script, calls no tool, or was cut off or refused.
    """
    called = spoken.calls(completion.parts, known.speech)
    if completion.stop in {"length", "refusal", "content_filter"} or not called:
        return None
    if writes(completion.parts, known.files):
        return None
    replies: list[tuple[ToolCall, Reply]] = []
    for _, call in called:
        match tools.answer(call, known):
            case Reply() as reply:
                replies.append((call, reply))
            case Untold(why):
                return Halt("unknown", why)
            case Acts(what):
                return Halt("command", f"the model asked to {what}")
    if len(replies) > 1 and not all(call.id for call, _ in replies):
        return Halt("unknown", "how the agent answers several calls written out in text is not known")
    return Answered(tuple(_messages(replies, known)), _since(replies, known))


def writes(parts: Sequence[Part], files: Files) -> bool:
    """Whether a turn writes a file, or code that an interpreter is fed: what there is to judge."""
    return any(change.path != shell.COMMAND for change in changes(_calls_of(parts), files))


def _calls_of(parts: Sequence[Part]) -> tuple[Part, ...]:
    """``parts`` whose code blocks are none: what is shown in passing is no end where calls come with it."""
    native = any(isinstance(part, ToolCall) for part in parts)
    return tuple(with_parts(part, text="") if native and isinstance(part, Text) else part for part in parts)


def _messages(replies: Sequence[tuple[ToolCall, Reply]], found: Ground) -> list[Message]:
    if not all(call.id for call, _ in replies):
        return [Message("user", (Text(reply.text),), origin="tool", form="string") for _, reply in replies]
    results = tuple(
        ToolResult(call.id, (Text(reply.text),), reply.is_error, _form(call, found)) for call, reply in replies
    )
    return [Message("tool", results, origin="tool")]


def _form(call: ToolCall, found: Ground) -> Literal["string", "blocks"]:
    return next((result.form for _, result in found.shown(call.name)), "string")


def _since(replies: Sequence[tuple[ToolCall, Reply]], found: Ground) -> Ground:
    read = tools.remembered(call for call, _ in replies)
    return found.reading({found.files.name(path): call for path, call in read.items()}) if read else found
