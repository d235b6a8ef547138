"""What the reading of a file left out, brought to the transcripts that came of it."""

from __future__ import annotations

from collections import Counter

from msgspec.structs import replace

from replay.importers.lines import Count
from replay.records import Transcript


def added(told: Transcript, count: Count) -> Transcript:
    """``told`` with the rows, drops, repairs and notes of ``count`` in its ledger too."""
    ledger = replace(
        told.ledger,
        rows=told.ledger.rows + count.rows,
        dropped=dict(Counter(told.ledger.dropped) + count.dropped),
        repaired=told.ledger.repaired + count.repaired,
        notes=tuple(dict.fromkeys((*told.ledger.notes, *count.notes))),
    )
    return replace(told, ledger=ledger)


def taken(count: Count) -> Count:
    """What ``count`` holds so far, as a count of its own; ``count`` goes on from nothing."""
    whole = Count(count.rows, count.repaired, Counter(count.dropped), dict(count.notes))
    count.rows = count.repaired = 0
    count.dropped.clear()
    count.notes.clear()
    return whole


def charged(told: Transcript, count: Count) -> Transcript:
    """``told`` with what was counted since the transcript before it; the counts start anew.

    A file of many transcripts is read one step ahead: so what is left out after the last one is in its ledger.
    """
    return added(told, taken(count))
