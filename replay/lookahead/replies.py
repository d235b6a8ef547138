"""What comes of asking the workspace instead of the real tool: an answer, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer of a tool, as the model would have read it. ``is_error`` is what the agent sets on its results."""

    text: str
    is_error: bool | None = None


@dataclass(frozen=True, slots=True)
class Untold:
    """The tool only reads, but what it would show is not known: ``why``."""

    why: str


@dataclass(frozen=True, slots=True)
class Acts:
    """The tool does more than read (a test, an install, a web search): ``what`` it is asked to do."""

    what: str


Answer = Reply | Untold | Acts
