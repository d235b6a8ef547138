"""Where two texts differ: one span, all of which lies between what they begin and what they end with alike."""

from __future__ import annotations

from typing import AnyStr, NamedTuple


class Span(NamedTuple):
    """``before[start:old_end]`` was replaced by ``after[start:new_end]``: half-open places."""

    start: int
    old_end: int
    new_end: int


def span(before: AnyStr, after: AnyStr) -> Span:
    """The smallest span outside of which the texts are alike; both its ends equal ``start`` where they are the same.

    Of several, as where one of two equal lines went away, the last. Takes time with the shorter text, at the speed of
    comparing memory. In bytes an end may lie within a character.
    """
    most = min(len(before), len(after))
    start = _alike(before[:most], after[:most])
    rest = most - start
    tail = _alike_behind(before[len(before) - rest :], after[len(after) - rest :])
    return Span(start, len(before) - tail, len(after) - tail)


def _alike(one: AnyStr, other: AnyStr) -> int:
    """How much two texts of one length have in common at their beginning."""
    low, high = 0, len(one)
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _alike_behind(one: AnyStr, other: AnyStr) -> int:
    """How much two texts of one length have in common at their end."""
    size = len(one)
    low, high = 0, size
    while low < high:
        middle = (low + high + 1) // 2
        if one[size - middle : size - low] == other[size - middle : size - low]:
            low = middle
        else:
            high = middle - 1
    return low
