"""The strings of one piece of the page: each held once, without secrets, and cut where it is huge."""

from __future__ import annotations

from replay import redact
from replay.records import JSON

LONGEST = 20_000
"""Characters of one text that are kept; of a longer one the beginning and the end."""
TAIL = 2_000


class Strings:
    """A table of strings by content. ``budget`` is how many characters are kept at full length, ``None`` all.

    What comes after the budget is spent is cut to ``BRIEF`` characters, so that no piece of the page grows without
    bound: put in first what matters most.
    """

    BRIEF = 300

    def __init__(self, *, budget: int | None = None) -> None:
        self._index: dict[str, int] = {}
        self._table: list[JSON] = []
        self._left = budget

    def put(self, text: str) -> int:
        """The place of ``text`` in the table."""
        if (known := self._index.get(text)) is not None:
            return known
        place = self._index[text] = len(self._table)
        self._table.append(self._kept(text))
        return place

    def _kept(self, text: str) -> JSON:
        clean, _ = redact.text(text)
        clean = clean.encode("utf-8", "replace").decode()
        longest, tail = (LONGEST, TAIL) if self._left is None or self._left > 0 else (self.BRIEF, 0)
        if self._left is not None:
            self._left -= min(len(clean), longest)
        if len(clean) <= longest:
            return clean
        return [clean[: longest - tail], len(clean) - longest, clean[len(clean) - tail :]]

    def table(self) -> list[JSON]:
        """The strings in order: a text, or ``[beginning, characters left out, end]``."""
        return self._table
