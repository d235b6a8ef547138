"""Cursor: its own storage (``state.vscdb``), and two text exports, which are good for mining only.

The exports are agent transcripts (JSONL of roles and texts) and chats as Markdown.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from replay import spill
from replay.importers import lines, sqlite
from replay.importers.cursor import database, exports
from replay.importers.cursor.told import Told
from replay.importers.fault import ImportFault
from replay.importers.session import Session, digest
from replay.records import Source, Transcript

NAME = exports.NAME
BINARY = True


def sniff(head: bytes, name: str) -> bool:
    """Whether it is a database of Cursor, or an export."""
    return database.is_ours(head, name) if b"\0" in head else exports.sniff(head, name)


def read(path: Path) -> Iterator[Transcript]:
    """The transcripts in ``path``, of a database one for each conversation. Raises ImportFault where there is none."""
    with path.open("rb") as file:
        stored = file.read(len(sqlite.SIGN)) == sqlite.SIGN
    return _stored(path) if stored else exports.read(path)


def _stored(path: Path) -> Iterator[Transcript]:
    sha256 = digest(path)
    count = lines.Count()
    heap = spill.Heap()
    found = False
    for talk in database.talks(path, count):
        told = Told(Session(count, heap), talk)
        for bubble in talk.bubbles:
            told.hear(bubble)
        told.close()
        if told.session.messages:
            found = True
            yield told.transcript(Source(NAME, path.name, sha256=sha256, agent="Cursor"))
            read = count.read
            count.clear()
            count.read = read  # all that were read before are held as well
    if not found:
        raise ImportFault("a database in which Cursor keeps no conversation", path=path)
