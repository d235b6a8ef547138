"""A file that is one JSON document."""

from __future__ import annotations

from pathlib import Path

from replay.importers import lines
from replay.importers.fault import ImportFault
from replay.importers.lines import Count
from replay.records import JSON


def load(path: Path, count: Count) -> JSON:
    """The document in ``path``; of one that is cut off all that is whole. What follows the first value is counted.

    Raises ImportFault where it is no JSON.
    """
    values = lines.concatenated(path, count)
    first = next(values, None)
    if first is None:
        raise ImportFault("holds no JSON document", path=path)
    if rest := sum(1 for _ in values):
        count.dropped["value after the document"] += rest
    return first[1]
