"""Codex CLI rollouts (``~/.codex/sessions/**/rollout-*.jsonl``): items of the Responses API and what is around them.

``response_item`` rows are what the API saw and are all that becomes messages; ``event_msg`` rows mirror them for the
screen. Read off rollouts of CLI 0.98 to 0.144; what compaction and rollback do to the history is as in the CLI's own
reconstruction of it: a ``compacted`` row replaces it, ``thread_rolled_back`` cuts it before the n-th last prompt.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from replay.importers import lines, peek
from replay.importers.codex.rollout import Rollout
from replay.importers.fault import ImportFault
from replay.importers.session import Session, digest
from replay.records import Source, Transcript

NAME = "codex"
_ROWS = ("session_meta", "turn_context", "response_item", "event_msg", "compacted", "world_state")


def sniff(head: bytes, name: str) -> bool:
    """Whether the file's first rows are ``{timestamp, type, payload}`` with a type of rollouts."""
    return any(
        row.get("type") in _ROWS and isinstance(row.get("payload"), dict)
        for row in peek.rows(head, 8)
        if "payload" in row
    )


def read(path: Path) -> Iterator[Transcript]:
    """The one session in ``path``. Raises ImportFault where no row holds a message."""
    count = lines.Count()
    rollout = Rollout(Session(count))
    for number, row in lines.values(path, count):
        match row:
            case {"type": str(kind), "payload": dict(payload)}:
                time = row.get("timestamp")
                rollout.row(number, kind, payload, time if isinstance(time, str) else None)
            case _:
                rollout.session.drop("row without type and payload")
    rollout.flush()
    if not rollout.session.messages:
        raise ImportFault("holds no message of a Codex session", path=path)
    yield rollout.transcript(Source(NAME, path.name, sha256=digest(path), agent="Codex"))
