"""Regular expressions that stand for a literal text: only these are followed, as none runs for ever."""

from __future__ import annotations

import re

_LITERAL = re.compile(r"(?:[^\\.^$*+?{}\[\]|()]|\\[^\w\s]|\\\s)+")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def literal(pattern: str) -> str | None:
    """The text that ``pattern`` stands for, in JavaScript as in Python; None where it may stand for others as well."""
    return _ESCAPED.sub(r"\1", pattern) if _LITERAL.fullmatch(pattern) else None
