"""A piece of a file made a text that its grammar reads: a lone ``except`` clause, a method without its class.

A grammar reads whole files. Of a piece it tells errors, or worse, reads something else without any: PHP without its tag
is plain text, ``rescue => e`` at the start of Ruby a pattern. So what must stand before a piece is put there, where the
whole is then read without an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from replay.engines.protocol import cleaned
from replay.engines.trees import parse

MOST_BYTES = 65_536
"""Larger pieces are taken as they are."""

_CLAUSE = re.compile(r"([ \t]*)(except|finally|elif|else)\b")
_TAIL = re.compile(r"\s*(?:\}\s*)?(catch|finally|else)\b")
_RESCUE = re.compile(r"\s*(?:rescue|ensure)\b")
_FUNCTION = {
    "javascript": "function f() { ",
    "typescript": "function f() { ",
    "tsx": "function f() { ",
    "php": "function f() { ",
    "java": "void f() { ",
    "csharp": "void F() { ",
    "kotlin": "fun f() { ",
}
_COMPLETED = frozenset({"python", *_FUNCTION})
"""Languages in which something may be put around a piece; of others it need not be known whether it is readable."""


class Piece(NamedTuple):
    """What is judged instead of a piece, and how many lines stand in it before the piece's first."""

    text: str
    lines: int = 0


def completed(language: str, text: str) -> Piece:
    """The piece with what must stand around it, itself where it needs nothing or nothing makes it readable."""
    if len(text) > MOST_BYTES:
        return Piece(text)
    tag = "<?php " if language == "php" and "<?" not in text else ""
    if language == "ruby" and _RESCUE.match(text):
        return Piece(f"begin; {text}")
    if language in _COMPLETED and not _reads(language, tag + text):
        for before, after in _around(language, text):
            if _reads(language, whole := f"{tag}{before}{text}{after}"):
                return Piece(whole, before.count("\n"))
    return Piece(tag + text)


def _reads(language: str, text: str) -> bool:
    tree = parse(language, cleaned(text))
    return tree is not None and not tree.root_node.has_error


def _around(language: str, text: str) -> Iterator[tuple[str, str]]:
    """What may stand before and behind a piece, what assumes least first."""
    if language == "python":
        yield from _suites(text)
    if language in _FUNCTION:
        if tail := _TAIL.match(text):
            opened = "if (true) {" if tail[1] == "else" else "try {"
            opened += "" if "}" in tail[0] else "}"
            yield from ((opened, ""), (opened, "\n}"), (_FUNCTION[language] + opened, ""))
        yield "class C { ", "\n}"


def _suites(text: str) -> Iterator[tuple[str, str]]:
    """A head for a Python clause that stands shallower than all lines before it."""
    least: str | None = None
    for row in text.split("\n"):
        if not row.strip() or row.lstrip().startswith("#"):
            continue
        indent = row[: len(row) - len(row.lstrip())]
        if (clause := _CLAUSE.match(row)) and (least is None or len(indent) < len(least)):
            head = "try:" if clause[2] in ("except", "finally") else "if True:"
            yield f"{indent}{head}{' pass' if least is None else ''}\n", ""
            return
        least = indent if least is None or len(indent) < len(least) else least
