"""Folders of editors of VS Code's kind: which of their files may hold what an agent said.

Where ``globalStorage/state.vscdb`` lies is a user's folder (``~/.config/Cursor/User``): settings, the local history of
files, and a storage for the editor and each workspace. Extensions keep files of their own in a storage (Cline's tasks
lie there); of the editor's own only the database counts, if there are conversations in it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

STATE = "state.vscdb"
_GLOBAL, _WORKSPACES = "globalStorage", "workspaceStorage"
_OWN = re.compile(r"History|snippets|sync|(?:anysphere|vscode|ms-\w+)[.-].*")


def wanted(here: str, entries: Sequence[os.DirEntry[str]]) -> list[os.DirEntry[str]]:
    """Those of ``entries``, all that is in the folder really at ``here``, that may be looked at or entered."""
    names = {entry.name for entry in entries}
    above, _, name = here.rpartition("/")
    storage = STATE in names and (name == _GLOBAL or above.endswith(f"/{_WORKSPACES}"))
    user = _GLOBAL in names and os.path.isfile(f"{here}/{_GLOBAL}/{STATE}")  # noqa: PTH113 - as the walk has them
    if not storage and not user:
        return list(entries)
    return [
        entry
        for entry in entries
        if (not _OWN.fullmatch(entry.name) if entry.is_dir() else entry.name == STATE and _speaks(entry.path))
    ]


def _speaks(path: str) -> bool:
    from pathlib import Path

    from replay.importers.cursor import database

    return database.speaks(Path(path))
