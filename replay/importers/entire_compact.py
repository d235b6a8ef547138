"""Entire's compact transcripts (``transcript.jsonl``, version 1): sessions of many agents, results inside their calls.

Format: https://github.com/entireio/cli, ``transcript/README.md``. Entire leaves out the thinking, the system prompt
and whatever the client added to the prompts.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from replay.importers import chat, lines, peek, session
from replay.importers.agents import named
from replay.importers.fault import ImportFault
from replay.importers.lines import Count
from replay.importers.loose import number, objects, text
from replay.importers.rounds import paired
from replay.importers.session import DAMAGED, Session
from replay.records import JSON, Fidelity, Message, Part, Setup, Source, Text, ToolResult, Transcript, Usage

NAME = "entire_compact"
_MISSING = ("system prompt", "tool schemas", "reasoning", "attachment text")
_COMPACTED = "This session is being continued from a previous conversation that ran out of context"


def sniff(head: bytes, name: str) -> bool:
    """Whether the first row in ``head`` has a version, a type and either the producer's version or content."""
    for row in peek.rows(head, 1):
        match row:
            case {"v": int(), "type": "user" | "assistant"}:
                return "cli_version" in row or ("content" in row and "message" not in row)
    return False


def read(path: Path) -> Iterator[Transcript]:
    """The one session in ``path``. Raises ImportFault where no row of it is one of the format."""
    told = Session(Count())
    source = Source(NAME, path.name, sha256=session.digest(path))
    heads: list[dict[str, JSON]] = []
    for message in paired(_messages(path, told, heads), told.calls, told.drop):
        if message.role == "assistant":
            told.answer(message, _SETUP)
            continue
        match message.parts:
            case (Text(said), *_) if said.startswith(_COMPACTED):
                told.view.reset(())
        told.say(message)
    if not told.messages:
        raise ImportFault("holds no row of an Entire transcript", path=path)
    head = heads[0]
    source = replace(source, agent=named(head.get("agent")))
    yield told.transcript(source, Fidelity("partial", inferred=("request boundaries",), missing=_MISSING))


_SETUP = Setup()


def _messages(path: Path, told: Session, heads: list[dict[str, JSON]]) -> Iterator[Message]:
    """Each row as a message, an answer followed by the results that its calls hold; ``heads`` gets the first row."""
    before: Message | None = None
    for at, row in lines.values(path, told.count):
        if not isinstance(row, dict) or row.get("type") not in ("user", "assistant"):
            told.drop("row that is neither of the user nor of the assistant")
            continue
        heads[:] = heads or [row]
        content = row.get("content")
        if row["type"] == "user":
            parts = tuple(chat.blocks(content))
            if before is not None:
                yield from _with_results(before)
                before = None
            if parts:
                yield Message("user", parts, time=text(row.get("ts")), lines=(at, at), form="blocks")
            else:
                told.drop("row without content")
            continue
        answer = _answer(row, content, at, told)
        if before is not None and before.id is not None and before.id == answer.id:
            span = (before.lines or (at, at))[0], at
            before = replace(before, parts=before.parts + answer.parts, usage=answer.usage, lines=span)
            continue
        if before is not None:
            yield from _with_results(before)
        before = answer if answer.parts else None
        if before is None:
            told.drop("row without content")
    if before is not None:
        yield from _with_results(before)


def _answer(row: dict[str, JSON], content: JSON, at: int, told: Session) -> Message:
    """An answer whose calls have their results beside them, under ids that tell them apart."""
    parts: list[Part] = []
    ids: set[str] = set()
    for block in objects(content) if not isinstance(content, str) else ():
        if block.get("type") != "tool_use":
            parts.extend(chat.blocks([block]))
            continue
        call = chat.call({key: value for key, value in block.items() if key != "result"})
        if not call.id or DAMAGED in call.id or call.id in ids:
            told.calls.repaired += 1
            call = replace(call, id=f"call_{at}_{len(parts)}")
        ids.add(call.id)
        parts.append(call)
        if isinstance(found := block.get("result"), dict):
            rest = {key: value for key, value in found.items() if key != "output"}
            failed = {"error": True, "success": False}.get(str(found.get("status")))
            parts.append(chat.result(call.id, found.get("output"), failed=failed, detail=rest or None))
    if isinstance(content, str) and content:
        parts.append(Text(content))
    counted = "input_tokens" in row or "output_tokens" in row
    usage = Usage(input=number(row.get("input_tokens")), output=number(row.get("output_tokens")))
    return Message(
        "assistant",
        tuple(parts),
        id=text(row.get("id")),
        time=text(row.get("ts")),
        usage=usage if counted else None,
        origin="model",
        lines=(at, at),
    )


def _with_results(answer: Message) -> Iterator[Message]:
    """The answer as the model gave it, then the results that stood in it."""
    results = tuple(part for part in answer.parts if isinstance(part, ToolResult))
    if not results:
        yield answer
        return
    yield replace(answer, parts=tuple(part for part in answer.parts if not isinstance(part, ToolResult)))
    yield Message("tool", results, origin="tool", lines=answer.lines)
