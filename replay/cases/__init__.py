"""Find the turns where a habit shows, cut transcripts there, and keep case sets on disk.

A case set is a folder of ``<slug>.jsonl`` (a transcript in any format an importer reads) beside ``<slug>.toml``
(licence, consent, source and the cases). The file names are ours: nothing from a transcript becomes a path.
"""

from __future__ import annotations

from replay.cases.mining import Hit, Mined, mine
from replay.cases.reading import CaseSet, find, load
from replay.cases.writing import Cut, can_be_sent, write

__all__ = ["CaseSet", "Cut", "Hit", "Mined", "can_be_sent", "find", "load", "mine", "write"]
