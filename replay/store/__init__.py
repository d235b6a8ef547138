"""Runs and the answer cache: SQLite files in which whatever was acknowledged survives a crash.

Every file is in WAL mode with ``synchronous=FULL``, so a commit is on the disk when the call returns; a kill or a power
loss leaves the last commit, never a torn record. Several processes may read and write one file.
"""

from __future__ import annotations

from replay.store.base import Store, home, now, run_folder, slug
from replay.store.cache import Answer, Cache, Entry, Stored
from replay.store.run import RUN_FILE, Planned, Progress, Run, named_run

__all__ = [
    "RUN_FILE",
    "Answer",
    "Cache",
    "Entry",
    "Planned",
    "Progress",
    "Run",
    "Store",
    "Stored",
    "home",
    "named_run",
    "now",
    "run_folder",
    "slug",
]
