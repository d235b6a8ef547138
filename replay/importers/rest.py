"""The ledger of the last transcript of a file: what was dropped after it has no other place."""

from __future__ import annotations

from collections import Counter

from msgspec.structs import replace

from replay.importers.lines import Count
from replay.records import Transcript


def added(transcript: Transcript, count: Count) -> Transcript:
    """``transcript`` with the rows, drops, repairs and notes of ``count`` in its ledger too."""
    ledger = transcript.ledger
    return replace(
        transcript,
        ledger=replace(
            ledger,
            rows=ledger.rows + count.rows,
            dropped=dict(Counter(ledger.dropped) + count.dropped),
            repaired=ledger.repaired + count.repaired,
            notes=tuple(dict.fromkeys((*ledger.notes, *count.notes))),
        ),
    )


def taken(count: Count) -> Count:
    """What ``count`` holds so far, as a count of its own; ``count`` goes on from nothing."""
    whole = Count(count.rows, count.repaired, Counter(count.dropped), dict(count.notes))
    count.rows = count.repaired = 0
    count.dropped.clear()
    count.notes.clear()
    return whole
