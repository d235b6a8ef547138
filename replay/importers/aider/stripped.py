"""A chat whose line ends were stripped: aider's own lines get back the two spaces that set them apart.

Without them a mark in an answer looks like one of aider's, but for those in a code block. A block that an answer broke
off in has no end: it is taken for none, lest it hide all that follows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

TYPED, CONSOLE, END = "####", ">", "  "
NOTE = "white space at the ends of lines is gone: lines of an answer that begin as aider's own count as such"
STARTED = re.compile(r"# aider chat started at (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\s*")
_HEAD = 1 << 20
_FENCE = re.compile(r"(`{3,})([^`]*)")
_PROSE = frozenset({"", "markdown", "md", "mdx", "text", "txt"})
_ASKED = re.compile(rb"^####(?: |\r?$)", re.MULTILINE)
_SAID = re.compile(
    rb"^> (?:Aider v|(?:Main m|M)odels?: |Git repo: |Repo-map: |Tokens: |Applied edit to )", re.MULTILINE
)
_OVER = re.compile(r"> (?:Tokens: \S+ sent|Applied edit to |Commit [0-9a-f]{7} |\^C|Aider v\d|(?:Main m|M)odels?: \S)")


def has_marks(path: Path) -> bool:
    """Whether typed lines and what only the console says have their marks in the first MiB of ``path``."""
    with path.open("rb") as file:
        told = file.read(_HEAD)
    return _ASKED.search(told) is not None and _SAID.search(told) is not None


def is_stripped(path: Path) -> bool:
    """Whether no typed line in the first MiB of ``path`` has its two spaces."""
    with path.open("rb") as file:
        typed = [line for line in file.read(_HEAD).splitlines() if line.startswith(b"#### ")]
    return bool(typed) and not any(line.endswith(END.encode()) for line in typed)


def marked(lines: Iterable[tuple[int, str]], edges: frozenset[int]) -> Iterator[tuple[int, str]]:
    """The numbered ``lines``, aider's own ended by two spaces. ``edges`` are the fences around blocks of code.

    What follows a line of the console without a blank one between them belongs to it: an answer never does.
    """
    fenced = console = False
    for number, line in lines:
        fenced ^= number in edges
        own = not fenced and (line in (TYPED, CONSOLE) or line.startswith((TYPED + " ", CONSOLE + " ")))
        goes_on = console and not own and not fenced and number not in edges and line and not STARTED.fullmatch(line)
        console = (own and line.startswith(CONSOLE)) or bool(goes_on)
        yield number, f"> {line}{END}" if goes_on else line + END if own else line


def edges(lines: Iterable[tuple[int, str]]) -> frozenset[int]:
    """The numbers of the lines that begin and end blocks of code, of those blocks only that do end.

    A block does not go on past what only aider says, after an answer, and, if it is no prose, past a line with a mark
    with another block behind it. Linear in the number of lines.
    """
    found: set[int] = set()
    begun: tuple[int, str, str] | None = None
    passed = False
    for number, line in lines:
        if _OVER.match(line) or STARTED.fullmatch(line):
            begun = None
            continue
        fence = _FENCE.fullmatch(line)
        if fence is None:
            passed = passed or line.startswith((TYPED + " ", CONSOLE + " "))
        elif begun is None or (fence[2].strip() and passed and begun[2] not in _PROSE):
            begun, passed = (number, fence[1], fence[2].strip().lower()), False
        elif not fence[2].strip() and len(fence[1]) >= len(begun[1]):
            found |= {begun[0], number}
            begun = None
    return frozenset(found)
