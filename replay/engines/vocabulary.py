"""Which of some literals may stand in a text, told from its words.

Words are looked up one by one in a table that remembers them, as most texts are made of the same ones.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from replay.engines.needs import Literal

_WORD_BYTES = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_SPACED = bytes(byte if byte in _WORD_BYTES else 32 for byte in range(256))
_WORD = re.compile(rb"[A-Za-z0-9_]+")
_PAIR = 2
_REMEMBERED = 400_000
_LONG = 1_000
_FOLDED = tuple(letter.encode() for letter in "\u0130\u0131\u017f\u212a")  # what `(?i)` takes for i, s and k as well


class Vocabulary(dict[bytes, int]):
    """Words as they are met, each with the bits of the literals it may belong to."""

    def __init__(self, literals: Sequence[Literal]) -> None:
        super().__init__()
        self._always = 0
        self._whole: dict[bytes, int] = {}
        self._parts: dict[bytes, list[tuple[bytes, int]]] = defaultdict(list)
        self._caseless: dict[bytes, list[tuple[bytes, int]]] = defaultdict(list)
        for number, literal in enumerate(literals):
            part = max(_WORD.findall(literal.text), key=len, default=b"")
            match literal.how:
                case "whole":
                    self._whole[literal.text] = 1 << number
                case _ if len(part) < _PAIR:
                    self._always |= 1 << number
                case "part":
                    self._parts[part[:_PAIR]].append((part, 1 << number))
                case "caseless":
                    self._caseless[part[:_PAIR]].append((part, 1 << number))

    def of(self, data: bytes) -> int:
        """The bits of all literals whose longest word may stand in ``data``; -1, all bits, where letters are folded."""
        if not data.isascii() and any(letter in data for letter in _FOLDED):
            return -1
        mask = self._always
        for word in set(data.translate(_SPACED).split()):
            mask |= self[word]
        return mask

    def of_part(self, data: bytes, start: int, end: int) -> int:
        """What ``of`` says of ``data[start:end]``, words at its ends taken whole."""
        while start and data[start - 1] in _WORD_BYTES:
            start -= 1
        while end < len(data) and data[end] in _WORD_BYTES:
            end += 1
        return self.of(data[start:end])

    def __missing__(self, word: bytes) -> int:
        if len(word) > _LONG:
            return self._inside(word)
        if len(self) >= _REMEMBERED:
            self.clear()
        lower = word.lower()
        mask = self._whole.get(word, 0)
        digits = word[:1].isdigit()  # `1if` is two tokens
        for place in range(len(word) - 1):
            if digits:
                mask |= self._whole.get(word[place + 1 :], 0)
            for part, bit in self._parts.get(word[place : place + _PAIR], ()):
                if word.startswith(part, place):
                    mask |= bit
            for part, bit in self._caseless.get(lower[place : place + _PAIR], ()):
                if lower.startswith(part, place):
                    mask |= bit
        self[word] = mask
        return mask

    def _inside(self, word: bytes) -> int:
        """The bits for a word that is too long to be looked at place by place, or to be remembered."""
        lower = word.lower()
        mask = 0
        for where, parts in ((word, self._parts), (lower, self._caseless)):
            for part, bit in (one for some in parts.values() for one in some):
                if part in where:
                    mask |= bit
        return mask | sum(bit for whole, bit in self._whole.items() if word.endswith(whole))


def longest_word(data: bytes) -> int:
    """The length of the longest run of word characters."""
    return max(map(len, data.translate(_SPACED).split()), default=0)
