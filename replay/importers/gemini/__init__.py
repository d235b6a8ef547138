"""Gemini CLI: session files, their journal form, contents of the API, and the stream of a headless run.

A session file is one object with ``messages``; a message holds its calls with their results. The journal
(``session-*.jsonl``) is a log of such messages in which a later one replaces an earlier one of the same id, ``$set``
replaces fields (the messages too) and ``$rewindTo`` takes back a message and all after it. Contents are the API's own
``[{role, parts}]``, bare, as a checkpoint (``history``) or as a request (``contents``). Headless runs print
``init``, ``message``, ``tool_use`` and ``tool_result`` lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from replay.importers import lines, peek
from replay.importers.fault import ImportFault
from replay.importers.gemini import contents, journal, stream
from replay.importers.lines import Count
from replay.importers.session import Session, digest
from replay.records import JSON, Fidelity, Source, Transcript

NAME = "gemini"
_MESSAGES = ("user", "gemini", "info", "error", "warning")
Reader = Callable[[Iterator[tuple[int, JSON]], Session, Source], tuple[Source, Fidelity]]


def sniff(head: bytes, name: str) -> bool:
    """Whether the file begins as one of the four forms."""
    return _form(head) is not None


def read(path: Path) -> Iterator[Transcript]:
    """The one session in ``path``. Raises ImportFault where it holds no message."""
    with path.open("rb") as file:
        head = file.read(64 * 1024)
    form, count = _form(head), Count()
    told: Reader = {"contents": contents.read, "stream": stream.read}.get(form or "", journal.read)
    streamed = form in ("journal", "stream")
    values = lines.values(path, count) if streamed else lines.concatenated(path, count, mend=True)
    session = Session(count)
    source, fidelity = told(values, session, Source(NAME, path.name, sha256=digest(path), agent="Gemini CLI"))
    if not session.messages:
        raise ImportFault("holds no message of a Gemini session", path=path)
    yield session.transcript(source, fidelity)


def _form(head: bytes) -> str | None:
    found = peek.values(head, 8)
    match found:
        case [{"sessionId": str(), "messages": [_, *_]} as first, *_] if _is_head(first):
            return "session"
        case [{"sessionId": str()} as first, *rest] if _is_head(first):
            return "journal" if rest or "messages" not in first else "session"
        case [{"type": "init", "session_id": str(), "model": str()}, *_]:
            return "stream"
        case (
            [{"contents": list(items)}]
            | [{"history": list(items)}]
            | [{"systemInstruction": _, "contents": list(items)}]
        ):
            return "contents" if items and all(map(_is_content, items)) else None
        case [[_, *_] as items]:
            return "contents" if all(map(_is_content, items)) else None
        case _:
            return None


def _is_head(value: dict[str, JSON]) -> bool:
    told = value.get("messages")
    messages = [item for item in told if isinstance(item, dict)] if isinstance(told, list) else []
    ours = all(item.get("type") in _MESSAGES for item in messages[:8])
    return ours and ("projectHash" in value or "startTime" in value)


def _is_content(value: JSON) -> bool:
    return isinstance(value, dict) and value.get("role") in ("user", "model", "function") and "parts" in value
