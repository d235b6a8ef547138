"""Line-numbered text, as agents' tools show files to models, read back into lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from replay.workspace.files import Segment

_LINE = re.compile(r"[ ]*(\d+)(?:→|\t)(.*)", re.DOTALL)
COLON = re.compile(r"0*(\d+)(?:: |\| ?|:$)(.*)", re.DOTALL)
"""opencode: ``12: text``, formerly ``00012| text``."""
DOT = re.compile(r"(\d+)\. ?(.*)", re.DOTALL)
"""Copilot: ``12. text``."""
BARE = re.compile(r"(\d+):(.*)", re.DOTALL)
"""SWE-agent: ``12:text``."""
BAR = re.compile(r" *(\d+)\|(.*)", re.DOTALL)
"""Crush: ``    12|text``."""
LONGEST = 2000
_DIGITS = 9  # no file has more lines
_CUT = re.compile(r"\.\.\. ?\[[^\]]*truncated[^\]]*\]$")


def read(text: str, style: re.Pattern[str] = _LINE) -> tuple[tuple[Segment, ...], str]:
    r"""The numbered lines at the start of ``text`` as segments, and what follows them.

    Lines read ``     1→text`` or ``1\ttext``, or as another ``style`` has them (number, text). Claude Code shows at
    most 2,000 characters of a line; a longer one is not known and splits the segment. Numbers must count up one by
    one: the first line that does not go on ends it.
    """
    segments: list[Segment] = []
    lines: list[str] = []
    first = number = 0
    position = 0
    for raw, end in _lines(text):
        match = style.fullmatch(raw)
        if match is None or len(match[1]) > _DIGITS or (number and int(match[1]) != number + 1):
            break
        number, position = int(match[1]), end
        if is_cut(match[2]) or (style is not _LINE and len(match[2]) >= LONGEST):
            if lines:
                segments.append(Segment(first, "\n".join(lines)))
            lines = []
            continue
        if not lines:
            first = number
        lines.append(match[2])
    if lines:
        segments.append(Segment(first, "\n".join(lines)))
    return tuple(segments), text[position:]


def holds(text: str, shown: Iterable[Segment]) -> bool:
    """Whether ``text`` has the ``shown`` lines where they say they are; some tools show tabs as spaces."""
    lines = text.expandtabs().split("\n")
    return all(lines[segment.first - 1 : segment.last] == segment.text.expandtabs().split("\n") for segment in shown)


def is_cut(line: str) -> bool:
    """Whether a shown line may stand for a longer one."""
    return len(line) >= LONGEST and (len(line) == LONGEST or _CUT.search(line) is not None)


def whole(first: int, text: str) -> tuple[Segment, ...]:
    """Unnumbered consecutive lines from line ``first`` on as segments, split where a line may have been cut."""
    if not _has_long(text):
        return (Segment(first, text),)
    segments: list[Segment] = []
    lines: list[str] = []
    start = first
    for number, line in enumerate(text.split("\n"), first):
        if is_cut(line):
            if lines:
                segments.append(Segment(start, "\n".join(lines)))
            lines, start = [], number + 1
        else:
            lines.append(line)
    if lines:
        segments.append(Segment(start, "\n".join(lines)))
    return tuple(segments)


def _has_long(text: str) -> bool:
    """Whether a line of ``text`` has ``LONGEST`` characters or more."""
    start = 0
    while len(text) - start >= LONGEST:
        start = text.rfind("\n", start, start + LONGEST) + 1
        if not start:
            return True
    return False


def _lines(text: str) -> Iterator[tuple[str, int]]:
    start = 0
    while start <= len(text):
        end = text.find("\n", start)
        stop = len(text) if end < 0 else end
        yield text[start:stop], min(stop + 1, len(text))
        start = stop + 1
