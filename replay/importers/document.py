"""A file that is one JSON document."""

from __future__ import annotations

from pathlib import Path

from replay.importers import lines
from replay.importers.fault import ImportFault
from replay.importers.lines import Count
from replay.records import JSON


def load(path: Path, count: Count, *, mend: bool = False) -> JSON:
    """The document in ``path``; of one that is cut off all that is whole. What follows the first value is counted.

    With ``mend``, of one that is damaged in the middle also what is whole behind that.

    Raises ImportFault where it is no JSON.
    """
    values = lines.concatenated(path, count, mend=mend)
    first = next(values, None)
    if first is None:
        raise ImportFault("holds no JSON document", path=path)
    if rest := sum(1 for _ in values):
        count.dropped["value after the document"] += rest
    return first[1]
