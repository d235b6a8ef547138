"""Where two texts differ: one span, all of which lies between what they begin and what they end with alike."""

from __future__ import annotations

from typing import AnyStr, NamedTuple

_STEP = 256


class Span(NamedTuple):
    """``before[start:old_end]`` was replaced by ``after[start:new_end]``: half-open places."""

    start: int
    old_end: int
    new_end: int


def span(before: AnyStr, after: AnyStr) -> Span:
    """The smallest span outside of which the texts are alike; both its ends equal ``start`` where they are the same.

    Of several, as where one of two equal lines went away, the last. Takes time with what is alike, at the speed of
    comparing memory. In bytes an end may lie within a character.
    """
    most = min(len(before), len(after))
    start = _alike(before, after, most)
    tail = _alike_behind(before, after, most - start)
    return Span(start, len(before) - tail, len(after) - tail)


def _alike(one: AnyStr, other: AnyStr, most: int) -> int:
    """How much, up to ``most``, two texts have in common at their beginning."""
    low, high, step = 0, most, _STEP
    while low < high:
        end = min(low + step, high)
        if one[low:end] == other[low:end]:
            low, step = end, step * 2
        elif end - low == 1:
            break
        else:
            high, step = end, max((end - low) // 2, 1)
    return low


def _alike_behind(one: AnyStr, other: AnyStr, most: int) -> int:
    """How much, up to ``most``, two texts have in common at their end."""
    low, high, step = 0, most, _STEP
    while low < high:
        end = min(low + step, high)
        if one[len(one) - end : len(one) - low] == other[len(other) - end : len(other) - low]:
            low, step = end, step * 2
        elif end - low == 1:
            break
        else:
            high, step = end, max((end - low) // 2, 1)
    return low
