"""What a codec had to convert or leave out, counted; and the fault of JSON that is no message at all."""

from __future__ import annotations


class WireError(ValueError):
    """The JSON is not a request, message or response of this API. The text says which part is not."""


class Notes:
    """Sentences with counts, in the order they first came up.

    ``str`` of a note is the sentence, with its count in brackets where it happened more than once.
    """

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def add(self, sentence: str, count: int = 1) -> None:
        """Count ``sentence`` ``count`` times more; nothing happens for a count of 0."""
        if count:
            self._counts[sentence] = self._counts.get(sentence, 0) + count

    def merge(self, other: Notes) -> None:
        """Count all of ``other`` here as well."""
        for sentence, count in other._counts.items():
            self.add(sentence, count)

    def sentences(self) -> tuple[str, ...]:
        """The notes, e.g. ``("tool ids replaced (2)", "reasoning left out")``."""
        return tuple(text if count == 1 else f"{text} ({count})" for text, count in self._counts.items())
