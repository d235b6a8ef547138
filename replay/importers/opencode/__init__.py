"""opencode sessions: exports (``{info, messages}``) and dumps of its storage (session, message and part values).

A tool part is a call with its result. Results that were pruned later (``time.compacted``) and messages that a summary
replaced are as the model saw them at each turn. How parts become prompts is as the client does it; the words it puts
for a pruned result, a subtask and a compaction are its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from replay.importers import lines, peek
from replay.importers.fault import ImportFault
from replay.importers.opencode.stored import Stored, is_export, kind_of
from replay.importers.opencode.told import Told
from replay.importers.session import Session, digest
from replay.records import Source, Transcript

NAME = "opencode"


def sniff(head: bytes, name: str) -> bool:
    """Whether the first value is an export, or one of the first ones a session, message or part of the storage."""
    rows = peek.rows(head)
    return bool(rows) and (is_export(rows[0]) or any(kind_of(row) is not None for row in rows))


def read(path: Path) -> Iterator[Transcript]:
    """One transcript for each session in ``path``. Raises ImportFault where there is no message."""
    count = lines.Count()
    stored = Stored(count)
    for _, value in lines.concatenated(path, count):
        stored.add(value)
    sha256 = digest(path)
    found = False
    for info, told in list(stored.sessions()):
        session = Told(Session(count), info)
        for message, parts in told:
            session.message(message, parts)
        if session.session.messages:
            found = True
            yield session.transcript(Source(NAME, path.name, sha256=sha256, agent="opencode"))
            count = lines.Count()
    if not found:
        raise ImportFault("holds no message of an opencode session", path=path)
