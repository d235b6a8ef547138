"""A change as a unified diff that a page can hold: bounded in time and size, with the lines that must be seen."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from difflib import SequenceMatcher

CONTEXT = 3
MOST_LINES = 2_000
LONGEST_LINE = 1_000
_CELLS = 1_000_000
"""Largest product of line counts that is compared line by line; a larger region is shown as replaced."""

Block = tuple[str, int, int, int, int]


def unified(before: str | None, after: str | None, *, first_line: int = 1, keep: Collection[int] = ()) -> str:
    r"""The hunks of a unified diff (no file headers), "" where nothing differs and nothing is to be kept.

    Lines are split at newlines only, as rules count them. ``first_line`` is the number of the first line of both texts,
    ``keep`` are lines of ``after`` (in that numbering) that are shown even where they did not change. A diff of more
    than ``MOST_LINES`` lines ends in a line ``\ … N more lines``, a long line in ``… N more characters``.
    """
    old, new = _lines(before), _lines(after)
    out: list[str] = []
    left = 0
    for hunk in _hunks(_blocks(old, new), {line - first_line for line in keep}):
        rows = list(_rows(hunk, old, new))
        room = MOST_LINES - len(out)
        if room <= 0:
            left += len(rows)
            continue
        out.append(_header(hunk, first_line))
        out += map(_clipped, rows[:room])
        left += max(0, len(rows) - room)
    if left:
        out.append(f"\\ … {left:,} more lines")
    return "\n".join(out)


def _lines(text: str | None) -> list[str]:
    if not text:
        return []
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    return lines


def _clipped(row: str) -> str:
    more = len(row) - LONGEST_LINE
    return row if more <= 0 else f"{row[:LONGEST_LINE]}… {more:,} more characters"


def _blocks(old: Sequence[str], new: Sequence[str]) -> list[Block]:
    """``(tag, old start, old stop, new start, new stop)`` over all of both, tags as ``SequenceMatcher`` has them."""
    shortest = min(len(old), len(new))
    head = next((i for i in range(shortest) if old[i] != new[i]), shortest)
    room = shortest - head
    tail = next((i for i in range(room) if old[-1 - i] != new[-1 - i]), room)
    a, b = old[head : len(old) - tail], new[head : len(new) - tail]
    if len(a) * len(b) > _CELLS:
        middle: list[Block] = [("replace", 0, len(a), 0, len(b))]
    else:
        middle = list(SequenceMatcher(None, a, b, autojunk=False).get_opcodes())
    blocks: list[Block] = [("equal", 0, head, 0, head)] if head else []
    blocks += [(tag, i + head, j + head, k + head, m + head) for tag, i, j, k, m in middle]
    if tail:
        blocks.append(("equal", len(old) - tail, len(old), len(new) - tail, len(new)))
    return blocks


def _hunks(blocks: Sequence[Block], keep: Collection[int]) -> Iterator[list[Block]]:
    """Changed blocks with ``CONTEXT`` equal lines around them and around kept lines, joined where they meet."""
    hunk: list[Block] = []
    for number, (tag, i1, i2, j1, j2) in enumerate(blocks):
        if tag != "equal":
            hunk.append((tag, i1, i2, j1, j2))
            continue
        shown = [False] * (j2 - j1)
        if number > 0:
            _mark(shown, 0, CONTEXT)
        if number < len(blocks) - 1:
            _mark(shown, len(shown) - CONTEXT, len(shown))
        for line in keep:
            if j1 <= line < j2:
                _mark(shown, line - j1 - CONTEXT, line - j1 + CONTEXT + 1)
        for start, stop, visible in _runs(shown):
            if visible:
                hunk.append(("equal", i1 + start, i1 + stop, j1 + start, j1 + stop))
            elif hunk:
                yield hunk
                hunk = []
    if hunk:
        yield hunk


def _mark(shown: list[bool], start: int, stop: int) -> None:
    for index in range(max(0, start), min(len(shown), stop)):
        shown[index] = True


def _runs(shown: Sequence[bool]) -> Iterator[tuple[int, int, bool]]:
    start = 0
    for index in range(1, len(shown) + 1):
        if index == len(shown) or shown[index] != shown[start]:
            yield start, index, shown[start]
            start = index


def _header(hunk: Sequence[Block], first_line: int) -> str:
    (_, i1, _, j1, _), (_, _, i2, _, j2) = hunk[0], hunk[-1]
    return f"@@ -{_range(i1, i2, first_line)} +{_range(j1, j2, first_line)} @@"


def _range(start: int, stop: int, first_line: int) -> str:
    """``first,count``; of an empty range the line before it, as diff(1) writes it."""
    count = stop - start
    return f"{start + first_line - (0 if count else 1)},{count}"


def _rows(hunk: Sequence[Block], old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    for tag, i1, i2, j1, j2 in hunk:
        if tag == "equal":
            yield from (f" {line}" for line in new[j1:j2])
        else:
            yield from (f"-{line}" for line in old[i1:i2])
            yield from (f"+{line}" for line in new[j1:j2])
