"""The span in which two texts differ."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.difference import span

TEXTS = st.text("ab\n", max_size=12).map(str.encode)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(b"one two three", b"one 2 three", (4, 7, 5), id="a word that was replaced"),
        pytest.param(b"one three", b"one two three", (5, 5, 9), id="a word that came in, after what both begin with"),
        pytest.param(b"a\na\n", b"a\n", (2, 4, 2), id="the last of two equal lines that one went away of"),
        pytest.param(b"same", b"same", (4, 4, 4), id="texts that are the same differ nowhere"),
        pytest.param(b"", b"new", (0, 0, 3), id="a text that was empty is replaced as a whole"),
        pytest.param(b"", b"", (0, 0, 0), id="two empty texts"),
        pytest.param("é".encode(), "è".encode(), (1, 2, 2), id="a byte within a character"),
    ],
)
def test_span_is_what_was_replaced(before: bytes, after: bytes, expected: tuple[int, int, int]) -> None:
    """Start, end before and end after."""
    assert span(before, after) == expected


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_span_is_smallest_outside_of_which_texts_are_alike(head: bytes, old: bytes, new: bytes, tail: bytes) -> None:
    """What lies outside is the same, and no byte at either end of it is in both."""
    before, after = head + old + tail, head + new + tail
    start, old_end, new_end = span(before, after)
    assert before[:start] == after[:start]
    assert before[old_end:] == after[new_end:]
    assert start <= old_end <= len(before)
    assert start <= new_end <= len(after)
    gone, come = before[start:old_end], after[start:new_end]
    assert not gone or not come or (gone[0] != come[0] and gone[-1] != come[-1])
