"""A recording proxy between an agent and the API: what passes is not changed, what is kept is redacted."""

from __future__ import annotations

from replay.capture.finish import MAIN, SIDE, Made, transcripts
from replay.capture.session import LOG, Session, conduct, keep_serving
from replay.capture.upstreams import address, given

__all__ = ["LOG", "MAIN", "SIDE", "Made", "Session", "address", "conduct", "given", "keep_serving", "transcripts"]
