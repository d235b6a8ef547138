"""A run as one self-contained HTML file: no outside request, works from ``file://``, shows text and never runs it."""

from __future__ import annotations

from replay.records import Result, Score
from replay.report.html.book import Book
from replay.report.html.page import page
from replay.store import Run

__all__ = ["Book", "page", "render"]


def render(run: Run, result: Result) -> str:
    """The page of the run as it was last judged."""
    book = Book(run, result, run.meta("scores", tuple[Score, ...]))
    return page(f"{result.name} · replay", {"mode": "file"}, book.pieces())
