"""Patterns that are looked for only in lines where a word stands that all they match has: most texts have none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_ODD = re.compile("[\u0130\u0131\u017f\u212a]")
"""Letters that a pattern may take for one of ASCII in another case, or whose lower case is longer."""


class Worded(NamedTuple):
    """A ``pattern`` whose matches lie on one line each, and ``words``, in lower case: each has one, in any case."""

    pattern: re.Pattern[str]
    words: tuple[str, ...]

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """The matches in ``text``, in order."""
        if not text.isascii() and _ODD.search(text):
            yield from self.pattern.finditer(text)
            return
        for start, end in sorted(self._lines(text.lower())):
            yield from self.pattern.finditer(text, start, end)

    def search(self, text: str) -> re.Match[str] | None:
        """The first match in ``text``."""
        return next(self.finditer(text), None)

    def _lines(self, lower: str) -> set[tuple[int, int]]:
        """Where lines with a word begin and end, the break behind them included."""
        found: set[tuple[int, int]] = set()
        for word in self.words:
            at = lower.find(word)
            while at >= 0:
                end = lower.find("\n", at) + 1 or len(lower)
                found.add((lower.rfind("\n", 0, at) + 1, end))
                at = lower.find(word, end)
        return found
