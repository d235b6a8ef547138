"""SQLite's write-ahead log: the file beside a database that holds what was last written to it."""

from __future__ import annotations

import os
from pathlib import Path

END = "-wal"
_DATABASES, _SHARED = (".db", ".vscdb"), "-shm"


def log(name: str) -> str | None:
    """What the write-ahead log of the database ``name`` is called; None for a file that is none by its name."""
    return name + END if name.endswith(_DATABASES) else None


def database(name: str) -> str | None:
    """The database that ``name`` is the write-ahead log of, or the index of that; None where it is neither."""
    whole = name.removesuffix(END).removesuffix(_SHARED)
    return whole if whole != name and whole.endswith(_DATABASES) else None


def beside(path: Path) -> Path | None:
    """The write-ahead log of the database ``path``; None where there is none, or nothing in it."""
    log = path.with_name(path.name + END)
    try:
        return log if log.stat().st_size else None
    except OSError:
        return None


def state(path: str) -> tuple[int, int]:
    """Size in bytes and time of the last change in ns of the file ``path``, of a database with what is not yet in it.

    Raises OSError where the file cannot be looked at.
    """
    found = os.stat(path)  # noqa: PTH116 - a path of its own for each costs more than looking
    if path.endswith(_DATABASES) and (log := beside(Path(path))):
        try:
            more = log.stat()
        except OSError:
            return found.st_size, found.st_mtime_ns  # taken over since we looked
        return found.st_size + more.st_size, max(found.st_mtime_ns, more.st_mtime_ns)
    return found.st_size, found.st_mtime_ns
