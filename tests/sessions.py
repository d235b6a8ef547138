"""Transcripts made by hand, message by message, as an importer of a Claude Code log would give them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from replay.records import Fidelity, Message, Setup, Source, Text, ToolCall, ToolResult, Transcript, Turn


def asked(text: str) -> Message:
    """A person's words."""
    return Message("user", (Text(text),), origin="typed", form="string")


def said(text: str) -> Message:
    """The model's words, without a call."""
    return Message("assistant", (Text(text),), origin="model")


def ran(line: str, shown: str = "", *, error: bool = False) -> list[Message]:
    """A command line and what came back."""
    return called("Bash", {"command": line}, shown, error=error)


def wrote(path: str, content: str, *, existing: bool = False) -> list[Message]:
    """A whole file written; ``existing`` reads it first, so that it was there."""
    before = called("Read", {"file_path": path}, "     1→old\n") if existing else []
    return [*before, *called("Write", {"file_path": path, "content": content}, f"File created successfully at: {path}")]


def called(tool: str, arguments: dict[str, Any], shown: str, *, error: bool = False) -> list[Message]:
    """A call and its result."""
    name = "call"
    return [
        Message("assistant", (ToolCall(name, tool, arguments),), origin="model"),
        Message("user", (ToolResult(name, (Text(shown),), is_error=error or None),), origin="tool"),
    ]


def transcript(*parts: Message | Sequence[Message], system: str | None = None) -> Transcript:
    """A linear session of these messages; ids of calls are made unique."""
    messages: list[Message] = []
    for part in parts:
        messages += [part] if isinstance(part, Message) else part
    unique: list[Message] = []
    number = 0
    for message in messages:
        number += any(isinstance(part, ToolCall) for part in message.parts)
        unique.append(_numbered(message, number))
    turns = [Turn(at, ((0, at),)) for at, message in enumerate(unique) if message.role == "assistant"]
    setup = Setup(system=None if system is None else (Text(system),))
    source = Source("claude_code", "made", cwd="/w")
    return Transcript("t", source, (setup,), tuple(unique), tuple(turns), Fidelity("partial"))


def _numbered(message: Message, number: int) -> Message:
    parts = tuple(
        ToolCall(f"c{number}", part.name, part.arguments)
        if isinstance(part, ToolCall)
        else ToolResult(f"c{number}", part.parts, part.is_error)
        if isinstance(part, ToolResult)
        else part
        for part in message.parts
    )
    return Message(message.role, parts, origin=message.origin, form=message.form)
