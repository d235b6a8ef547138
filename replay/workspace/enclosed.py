"""What stands between an opening and a closing mark, found in linear time however often either is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator


def enclosed(text: str, opening: re.Pattern[str], closing: str) -> Iterator[tuple[re.Match[str], str]]:
    """Each match of ``opening`` with the text from there to the next ``closing``; one that is not closed ends it."""
    at = 0
    while opened := opening.search(text, at):
        end = text.find(closing, opened.end())
        if end < 0:
            return
        yield opened, text[opened.end() : end]
        at = end + len(closing)
