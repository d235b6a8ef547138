"""What Cline cut from the context of a task, told by the messages it kept for the interface.

Each message of ``ui_messages.json`` names the last row of the API history at that time (``conversationHistoryIndex``)
and the rows no longer sent (``conversationHistoryDeletedRange``, first and last).
"""

from __future__ import annotations

from pathlib import Path

from replay.errors import UserError
from replay.importers import document
from replay.importers.lines import Count
from replay.importers.loose import objects


def read(path: Path) -> dict[int, tuple[int, int]]:
    """The rows cut (first, last) from the request that row ``key`` answers; nothing where there is no such file."""
    if not path.is_file() or path.is_symlink():
        return {}
    try:
        told = document.load(path, Count())
    except (UserError, OSError):
        return {}
    cuts: dict[int, tuple[int, int]] = {}
    for message in objects(told):
        match message.get("conversationHistoryIndex"), message.get("conversationHistoryDeletedRange"):
            case int(asked), [int(first), int(last)] if 0 <= first <= last:
                cuts[asked + 1] = first, last
    return cuts
