"""Claude.ai's data export (``conversations.json``): a list of conversations with ``chat_messages``.

A message has a ``sender`` (``human`` or ``assistant``), ``content`` blocks as in the Messages API, or only ``text`` in
older exports, and ``attachments`` with their extracted text. Written from knowledge of the format: no real export was
at hand. The system prompt and tool schemas are not in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from replay.importers import document, lines, loose, peek, rounds
from replay.importers.fault import ImportFault
from replay.importers.session import Session, digest
from replay.records import JSON, Fidelity, Message, Part, Setup, Source, Text, ToolCall, ToolResult, Transcript
from replay.wire import anthropic_blocks

NAME = "claude_ai"
_GRADE = Fidelity("partial", missing=("system prompt", "tool schemas", "model", "attached files"))
_LABELS = ("start_timestamp", "stop_timestamp", "flags", "citations", "summaries", "cut_off")


def sniff(head: bytes, name: str) -> bool:
    """Whether the first object of ``head``, cut off or not, is a conversation with ``chat_messages``."""
    return peek.may_hold(head, b"chat_messages") and any(
        isinstance(row.get("chat_messages"), list) and "uuid" in row for row in peek.rows(head, 1)
    )


def read(path: Path) -> Iterator[Transcript]:
    """The conversations in ``path`` in which the model answered. Raises ImportFault where there is none."""
    count = lines.Count()
    value = document.load(path, count, mend=True)
    checksum, told = digest(path), 0
    for conversation in loose.objects(value if isinstance(value, list) else [value]):
        session = Session(count)
        listed = conversation.get("chat_messages")
        session.drop(
            "message that is no object",
            sum(not isinstance(row, dict) for row in (listed if isinstance(listed, list) else ())),
        )
        messages = (message for row in loose.objects(listed) for message in _split(row, session))
        for message in rounds.paired(messages, session.calls, session.drop):
            if message.role == "assistant":
                session.answer(message, Setup())
            else:
                session.say(message)
        if not session.turns:
            count.dropped["conversation without an answer"] += 1
            continue
        source = Source(
            NAME, path.name, sha256=checksum, session=loose.text(conversation.get("uuid")), agent="Claude.ai"
        )
        yield session.transcript(source, _GRADE)
        told, count = told + 1, lines.Count(damaged=count.damaged)
    if not told:
        raise ImportFault("holds no conversation in which the model answered", path=path)


def _split(row: dict[str, JSON], session: Session) -> Iterator[Message]:
    """One row as messages: what the assistant says before a result and after it are answers of their own."""
    session.count.rows += 1
    time, key = loose.moment(row.get("created_at")), loose.text(row.get("uuid"))
    parts = list(_parts(row))
    if not parts:
        session.drop("empty message")
    elif row.get("sender") == "assistant":
        said: list[Part] = []
        heard: list[Part] = []
        for part in [*parts, None]:
            if heard and not isinstance(part, ToolResult):
                yield Message("tool", tuple(heard), time=time, origin="tool")
                heard = []
            if said and (part is None or isinstance(part, ToolResult)):
                yield Message("assistant", tuple(said), id=key, time=time, origin="model")
                said = []
            if part is not None:
                (heard if isinstance(part, ToolResult) else said).append(part)
    else:
        yield Message("user", tuple(parts), id=key, time=time, origin="typed")


def _parts(row: dict[str, JSON]) -> Iterator[Part]:
    for attachment in loose.objects(row.get("attachments")):
        if text := loose.text(attachment.get("extracted_content")):
            yield Text(f"{loose.text(attachment.get('file_name')) or 'attachment'}:\n{text}")
    blocks = list(loose.objects(row.get("content")))
    if not blocks and (text := loose.text(row.get("text"))):
        yield Text(text)
    for block in blocks:
        bare = {label: value for label, value in block.items() if label not in _LABELS}
        match bare:
            case {"type": "text", "text": str(text)}:
                if text:
                    yield Text(text)
            case {"type": "tool_use", "name": str(name), "input": dict(given)}:
                yield ToolCall(loose.text(bare.get("id")) or "", name, given)
            case {"type": "tool_result"}:
                call = loose.text(bare.get("tool_use_id")) or ""
                read = anthropic_blocks.read_block({**bare, "tool_use_id": call})
                yield read if isinstance(read, ToolResult) else ToolResult(call)
            case _:
                yield anthropic_blocks.read_block(bare)
