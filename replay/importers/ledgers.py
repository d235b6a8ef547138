"""What the reading of a file left out, brought to the transcripts that came of it."""

from __future__ import annotations

from collections import Counter

from msgspec.structs import replace

from replay.importers.lines import Count
from replay.records import Transcript


def charged(told: Transcript, count: Count) -> Transcript:
    """``told`` with what was counted since the transcript before it; the counts start anew.

    A file of many transcripts is read one step ahead: so what is left out after the last one is in its ledger.
    """
    ledger = replace(
        told.ledger,
        rows=told.ledger.rows + count.rows,
        dropped=dict(Counter(told.ledger.dropped) + count.dropped),
        repaired=told.ledger.repaired + count.repaired,
        notes=(*told.ledger.notes, *count.notes),
    )
    count.rows, count.repaired = 0, 0
    count.dropped.clear()
    count.notes.clear()
    return replace(told, ledger=ledger)
