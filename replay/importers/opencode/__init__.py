"""opencode sessions: its database, exports (``{info, messages}``) and dumps of its storage (session, message, part).

A tool part is a call with its result. Results that were pruned later (``time.compacted``) and messages that a summary
replaced are as the model saw them at each turn. How parts become prompts is as the client does it; the words it puts
for a pruned result, a subtask and a compaction are its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from replay.importers import lines, peek, sqlite
from replay.importers.fault import ImportFault
from replay.importers.opencode import database
from replay.importers.opencode.stored import Held, Stored, is_export, kind_of
from replay.importers.opencode.told import Told
from replay.importers.session import Session, digest
from replay.records import Source, Transcript

NAME = "opencode"
BINARY = True


def sniff(head: bytes, name: str) -> bool:
    """Whether it is a database of opencode, or the first values are an export or sessions, messages, parts of one."""
    if b"\0" in head:
        return database.is_ours(head, name)
    rows = peek.rows(head)
    return bool(rows) and (is_export(rows[0]) or any(kind_of(row) is not None for row in rows))


def read(path: Path) -> Iterator[Transcript]:
    """One transcript for each session in ``path``. Raises ImportFault where there is no message."""
    sha256 = digest(path)
    count = lines.Count()
    found = False
    for info, told in _sessions(path, count):
        session = Told(Session(count), info)
        for message, parts in told:
            session.message(message, parts)
        if session.session.messages:
            found = True
            yield session.transcript(Source(NAME, path.name, sha256=sha256, agent="opencode"))
            count.clear()
    if not found:
        raise ImportFault("holds no message of an opencode session", path=path)


def _sessions(path: Path, count: lines.Count) -> Iterator[Held]:
    """The sessions of a file, each with its messages and their parts; what is read before one is charged to it."""
    with path.open("rb") as file:
        if file.read(len(sqlite.SIGN)) == sqlite.SIGN:
            yield from database.sessions(path, count)
            return
    stored = Stored(count)
    for _, value in lines.concatenated(path, count, mend=True):
        stored.add(value)
    yield from list(stored.sessions())
