"""A recording proxy between an agent and the API: what passes is not changed, what is kept is redacted."""

from __future__ import annotations

from replay.capture.finish import MAIN, SIDE, Made, transcripts
from replay.capture.session import LOG, Session, conduct, keep_serving

__all__ = ["LOG", "MAIN", "SIDE", "Made", "Session", "conduct", "keep_serving", "transcripts"]
