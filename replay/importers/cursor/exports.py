"""Cursor's two text exports: agent transcripts (JSONL of roles and texts) and chats as Markdown. For mining only.

Neither holds tool calls as a rule, results, times or models. Markdown blocks begin with ``**User**`` or ``**Cursor**``
on a line after ``---``; the same words elsewhere are content.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from replay.importers import lines, loose, peek, rounds
from replay.importers.fault import ImportFault
from replay.importers.session import Session, digest
from replay.records import JSON, Fidelity, Message, Opaque, Part, Setup, Source, Text, ToolCall, ToolResult, Transcript
from replay.wire import anthropic_blocks

NAME = "cursor"
_GRADE = Fidelity("text", missing=("system prompt", "tool schemas", "tool calls", "tool results", "model"))
_EXPORTED = re.compile(r"^_Exported on (.*?) from Cursor(?: \(([^)]*)\))?_\s*$", re.MULTILINE)
_BLOCK = re.compile(r"^---[ \t]*\r?\n\s*^\*\*(User|Cursor)\*\*[ \t]*\r?$\n?", re.MULTILINE)


def sniff(head: bytes, name: str) -> bool:
    """Whether ``head`` says that Cursor exported it, or its rows are a role and a message's content and no more."""
    if _EXPORTED.search(head[:4096].decode("utf-8", "replace")):
        return True
    rows = peek.rows(head, 5)
    return bool(rows) and _is_row(rows[0]) and all(row.keys() <= {"role", "message"} for row in rows)


def read(path: Path) -> Iterator[Transcript]:
    """The one transcript in ``path``. Raises ImportFault where the model says nothing in it."""
    count = lines.Count()
    session = Session(count)
    with path.open("rb") as file:
        marked = _EXPORTED.search(file.read(4096).decode("utf-8", "replace"))
    told = _blocks(path, count) if marked else _rows(path, count)
    for message in rounds.paired(told, session.calls, session.drop):
        if message.role == "assistant":
            session.answer(message, Setup())
        else:
            session.say(message)
    if not session.turns:
        raise ImportFault("holds nothing that the model said", path=path)
    name = None if marked else path.stem
    source = Source(NAME, path.name, sha256=digest(path), session=name, agent="Cursor", version=marked and marked[2])
    yield session.transcript(source, _GRADE)


def _is_row(row: dict[str, JSON]) -> bool:
    content = loose.mapping(row.get("message")).get("content")
    return (
        row.keys() <= {"role", "message"}
        and row.get("role") in ("user", "assistant")
        and isinstance(content, list | str)
    )


def _rows(path: Path, count: lines.Count) -> Iterator[Message]:
    for number, value in lines.values(path, count):
        row = loose.mapping(value)
        content = loose.mapping(row.get("message")).get("content")
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else loose.objects(content)
        parts = tuple(_part(block) for block in blocks)
        place = (number, number)
        match row.get("role"):
            case _ if not parts:
                count.dropped["row without content"] += 1
            case "assistant":
                yield Message("assistant", parts, origin="model", lines=place)
            case "user":
                typed = not any(isinstance(part, ToolResult) for part in parts)
                yield Message("user", parts, origin="typed" if typed else None, lines=place)
            case _:
                count.dropped["row of an unknown role"] += 1


def _part(block: dict[str, JSON]) -> Part:
    match anthropic_blocks.read_block(block):
        case Opaque(body={"type": "tool_use", "name": str(name), "input": dict(given)} as body):
            return ToolCall(loose.text(body.get("id")) or "", name, given)
        case Opaque(body=body):
            return Opaque(NAME, body)
        case part:
            return part


def _blocks(path: Path, count: lines.Count) -> Iterator[Message]:
    text = path.read_bytes().decode("utf-8", "replace")
    if "\ufffd" in text:
        count.notes[lines.REPLACED] = None
    found = list(_BLOCK.finditer(text))
    line, at = 1, 0
    for block, following in zip(found, [*found[1:], None], strict=False):
        line += text.count("\n", at, block.start())
        at = block.start()
        told = text[block.end() : following.start() if following else len(text)]
        count.rows += 1
        said = told.strip("\r\n")
        if following is None:
            said = said.rstrip().removesuffix("\n---").rstrip()
        place = (line, line + block[0].count("\n") + told.count("\n"))
        if not said.strip():
            count.dropped["empty block"] += 1
        elif block[1] == "Cursor":
            yield Message("assistant", (Text(said),), origin="model", lines=place)
        else:
            yield Message("user", (Text(said),), origin="typed", form="string", lines=place)
