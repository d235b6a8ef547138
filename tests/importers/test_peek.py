"""What sniffing looks at: the first values of a head, read row by row where it is a log."""

import json

from hypothesis import given
from hypothesis import strategies as st

from replay.importers import peek

rows = st.dictionaries(st.sampled_from(["a", "type"]), st.integers() | st.text(max_size=3), max_size=2)
pieces = st.one_of(
    rows.map(lambda row: json.dumps(row).encode()),
    rows.map(lambda row: json.dumps(row, ensure_ascii=False).encode("utf-8", "surrogatepass")),
    rows.map(lambda row: json.dumps(row, indent=1).encode()),
    st.sampled_from(
        [b"", b"{}", b"[1]", b"12", b"{}{}", b'{"a": "\xff"}', b'{"cut": "of', b"{oh}", b"\xef\xbb\xbf{}", b","]
    ),
)


@given(st.lists(pieces, max_size=6), st.sampled_from([b"\n", b"\r\n", b" "]), st.integers(0, 20))
def test_rows_are_the_values_that_the_text_holds(parts: list[bytes], between: bytes, cut: int) -> None:
    """A log whose rows are parsed one by one gives what it gives as one text, wherever it stops being a log."""
    head = between.join(parts)
    head = head[: len(head) - cut]
    assert list(peek._values(head)) == list(peek._spread(head.decode("utf-8", "replace"), some=False))


@given(st.lists(rows, min_size=1, max_size=6), st.integers(1, 6))
def test_a_log_gives_its_first_rows(told: list[dict], limit: int) -> None:
    """As many as are asked for, in their order."""
    head = b"".join(json.dumps(row).encode() + b"\n" for row in told)
    assert peek.rows(head, limit) == told[:limit]


def test_a_word_is_looked_for_only_where_parsing_would_cost_more() -> None:
    """A log is soon parsed and may hold anything; a value that fills the head holds a word or does not."""
    assert peek.may_hold(b'{"a": 1}\n{"b": 2}\n', b"word")
    assert not peek.may_hold(b'{"a":\n 1}', b"word")
    assert peek.may_hold(b'{"word":\n 1}', b"other", b"word")
