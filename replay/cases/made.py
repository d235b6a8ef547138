"""A case as it follows from its transcript and what is said of it: for who writes one and who reads it."""

from __future__ import annotations

import hashlib
import re

from replay import prefix, supply
from replay.records import Case, Transcript

PLAIN = {"primed": 0, "stands_for": 1}
"""The counts that a description tells only where they are others."""


def case(
    transcript: Transcript,
    slug: str,
    turn: int,
    rules: tuple[str, ...],
    source: str,
    note: str,
    *,
    primed: int,
    stands_for: int,
) -> Case:
    """Case ``slug@turn``; how much of its request is known follows from the transcript."""
    fidelity = supply.fidelity(prefix.fidelity(transcript, turn), transcript)
    return Case(f"{slug}@{turn}", transcript.id, turn, rules, source, fidelity, (), note, primed, stands_for)


def source(transcript: Transcript) -> str:
    """The cluster of a transcript: the session it belongs to, a sub-agent's being its parent's."""
    name = transcript.source.parent or transcript.source.session or transcript.id
    return name if re.fullmatch(r"[\w.:-]{1,80}", name) else hashlib.sha256(name.encode()).hexdigest()[:16]
