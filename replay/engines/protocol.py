"""What an engine is given and gives back: sources, matches and one report a source."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from replay.errors import AnalyserError

Ranges = tuple[tuple[int, int], ...]
NOT_PARSED = "not parsed within"
"""How the reason begins why no rule was judged on a text that took too long to parse."""
BROUGHT = "the edit brought syntax errors"
FAULTY = "the text has syntax errors"
"""Why no predicate was judged on an edit, or on a new file: reasons that hold whenever it is asked again."""


class Source(NamedTuple):
    """A whole text in one of our languages (``languages.BY_NAME``)."""

    language: str
    text: str


class Match(NamedTuple):
    """A place where a rule matches: 1-based lines, half-open bytes of ``cleaned(text)``.

    ``key`` is the matched tokens without comments, one space between them; ``scope`` the names of the enclosing
    functions and classes, outermost first, joined by dots. ``removed``: it stands in the text before an edit.
    """

    rule: str
    line: int
    end_line: int
    start_byte: int
    end_byte: int
    text: str
    key: str
    scope: str
    removed: bool = False


@dataclass(slots=True)
class Report:
    """What the rules say of one source, or of an edit.

    ``errors`` are byte ranges that the language's grammar could not read. ``unread`` has the further ranges that one
    rule's engine could not read. ``failed`` says why a rule could not be judged on this source at all. Of an edit,
    ``errors`` are those of the text after it, ``errors_before`` those of the text before.
    """

    matches: tuple[Match, ...] = ()
    errors: Ranges = ()
    unread: dict[str, Ranges] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    errors_before: Ranges = ()

    def errors_of(self, rule: str) -> Ranges:
        """The ranges that ``rule`` was not matched on."""
        return self.errors + self.unread.get(rule, ())


@lru_cache(maxsize=4)
def cleaned(text: str) -> bytes:
    """The bytes all engines see: UTF-8, lone surrogates replaced, NUL dropped (predicates do not see past one).

    Kept for the next engine that asks, and for the next edit of the text.
    """
    return text.replace("\0", "").encode("utf-8", "replace")


def crash(engine: str, what: str) -> AnalyserError:
    """The error for an engine that gave no result."""
    return AnalyserError(f"{engine}: {what}")
