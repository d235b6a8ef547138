"""OpenHands V0 trajectories: one list of events, as exported by the interface or written by a headless run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from replay.importers import lines, peek
from replay.importers.fault import ImportFault
from replay.importers.openhands import event
from replay.importers.openhands.history import History
from replay.importers.session import digest
from replay.records import Source, Transcript

NAME = "openhands_events"


def sniff(head: bytes, name: str) -> bool:
    """Whether one of the first rows is an action or an observation with its arguments."""
    return any(event.is_event(row) for row in peek.rows(head))


def read(path: Path) -> Iterator[Transcript]:
    """The one conversation in ``path``. Raises ImportFault where no event says anything."""
    history = History(lines.Count())
    for line, value in lines.concatenated(path, history.count, mend=True):
        for row in value if isinstance(value, list) else (value,):
            history.add(row, line)
    source = Source(NAME, path.name, sha256=digest(path), agent="openhands", version=history.version, cwd=history.cwd)
    told = history.transcript(source)
    if told is None:
        raise ImportFault("holds no message of an OpenHands agent or its user", path=path)
    yield told
