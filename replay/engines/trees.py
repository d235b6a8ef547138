"""The trees of texts lately parsed: all engines read the same ones, and a text that was edited is parsed where it was.

A tree never depends on what was parsed before it. Only one without errors is taken from an edit, as the parser finds
errors by what it read last, and such a tree is the one that parsing the text alone gives.
"""

from __future__ import annotations

import time
from functools import lru_cache

from tree_sitter import Parser, Tree

from replay.difference import span
from replay.grammars import grammar

_AT_ONCE = 65_536  # bytes parsed without a time limit: their text is then a third cheaper for predicates to read
_CHUNK = 512  # `Node.text` asks for a chunk as well, so a large one is copied for every predicate; a memoryview crashes
_MOST_TREES = 64
_HEAD = 200  # bytes in which two versions of a file are mostly alike, and two files mostly not
_WORTH = 2_000  # bytes that take longer to parse than to compare
_MOST_BYTES = 1_500_000  # of text; its trees take some ten times as much


def parse(language: str, data: bytes, *, like: bytes | None = None, timeout: float = 10.0) -> Tree | None:
    """The tree of ``data``, None where ``timeout`` seconds did not suffice: to be read only, as others are given it.

    Takes less time where ``like``, the text before an edit, was among the last ones, or a text that begins the same.
    Raises AnalyserError without a grammar.
    """
    if (kept := _LATELY.get(language, data)) is not None:
        return kept
    alike = like if _LATELY.get(language, like) is not None else _LATELY.beginning(language, data)
    tree = _edited(language, data, alike, timeout) or _parsed(language, data, None, timeout)
    if tree is not None:
        _LATELY.keep(language, data, tree)
    return tree


class _Lately:
    """The last trees by language and text, as many as their texts may take bytes."""

    def __init__(self) -> None:
        self._trees: dict[tuple[str, bytes], Tree] = {}
        self._heads: dict[tuple[str, bytes], bytes] = {}
        self._bytes = 0

    def beginning(self, language: str, data: bytes) -> bytes | None:
        """The last text that begins as ``data`` does: a version of the same file, as may be."""
        return self._heads.get((language, data[:_HEAD])) if len(data) > _WORTH else None

    def get(self, language: str, data: bytes | None) -> Tree | None:
        """The tree of a text, None where it is not among the last."""
        if data is None:
            return None
        tree = self._trees.pop((language, data), None)
        if tree is not None:
            self._trees[language, data] = tree
        return tree

    def keep(self, language: str, data: bytes, tree: Tree) -> None:
        """Take a tree in place of those not asked for the longest."""
        if len(data) > _MOST_BYTES or (language, data) in self._trees:
            return
        self._trees[language, data] = tree
        self._heads[language, data[:_HEAD]] = data
        self._bytes += len(data)
        while self._bytes > _MOST_BYTES or len(self._trees) > _MOST_TREES:
            language, oldest = next(iter(self._trees))
            del self._trees[language, oldest]
            if self._heads.get((language, oldest[:_HEAD])) is oldest:
                del self._heads[language, oldest[:_HEAD]]
            self._bytes -= len(oldest)


_LATELY = _Lately()


def _edited(language: str, data: bytes, like: bytes | None, timeout: float) -> Tree | None:
    """The tree that an edit of ``like`` leads to, None where either has errors, or there is no tree of ``like``."""
    old = _LATELY.get(language, like)
    if like is None or old is None or old.root_node.has_error:
        return None
    start, old_end, new_end = span(like, data)
    # the parser sees that a character before the edit looked at the one behind it by that one's first byte
    while start and _continues(like, start) | _continues(data, start):
        start -= 1
    while _continues(like, old_end) | _continues(data, new_end):
        old_end, new_end = old_end + 1, new_end + 1
    tree = old.copy()
    tree.edit(start, old_end, new_end, _point(like, start), _point(like, old_end), _point(data, new_end))
    new = _parsed(language, data, tree, timeout)
    return None if new is None or new.root_node.has_error else new


def _continues(data: bytes, place: int) -> bool:
    """Whether a byte is within a character of UTF-8, not its first."""
    return place < len(data) and data[place] & 0b1100_0000 == 0b1000_0000


def _point(data: bytes, place: int) -> tuple[int, int]:
    return data.count(b"\n", 0, place), place - data.rfind(b"\n", 0, place) - 1


@lru_cache(maxsize=64)
def _parser(language: str) -> Parser:
    return Parser(grammar(language))


def _parsed(language: str, data: bytes, old: Tree | None, timeout: float) -> Tree | None:
    parser = _parser(language)
    if len(data) <= _AT_ONCE:
        return parser.parse(data) if old is None else parser.parse(data, old)
    deadline = time.monotonic() + timeout

    def read(offset: int, _: object) -> bytes:
        return data[offset : offset + _CHUNK]

    def late(*_: object) -> bool:
        return time.monotonic() > deadline

    try:
        if old is None:
            return parser.parse(read, progress_callback=late)
        return parser.parse(read, old, progress_callback=late)
    except ValueError:
        parser.reset()  # else the next tree of this parser is wrong
        return None
