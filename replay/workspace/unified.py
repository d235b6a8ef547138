"""Unified diffs, as ``diff -u``, ``git diff`` and models write them: read, and applied to texts.

Format: https://www.gnu.org/software/diffutils/manual/html_node/Detailed-Unified.html and
https://git-scm.com/docs/diff-format. Hunk numbers that models made up are taken as hints only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from replay.workspace.effects import Hunk
from replay.workspace.replacing import Refused, Untold
from replay.workspace.sheet import Place, Sheet

_HUNK = re.compile(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")
_ANY_HUNK = re.compile(r"@@(?:$| )")
_GIT = re.compile(r"diff --git (?:\"?a/(.*?)\"?) (?:\"?b/(.*?)\"?)")
_NAMED = re.compile(r"(?:---|\+\+\+) (\"?)(.*?)\1(?:\t.*)?")


@dataclass(slots=True)
class Piece:
    """What a diff does to one file: ``old`` None makes it, ``new`` None deletes it; ``old_start`` 0 is no number."""

    old: str | None = None
    new: str | None = None
    hunks: list[Hunk] = field(default_factory=list)

    @property
    def path(self) -> str:
        """The file afterwards, or the one deleted."""
        return self.new or self.old or ""


def read(text: str) -> list[Piece]:
    """The files of a diff, in order; text around them is passed over. Hunks before any file name have none."""
    return list(_pieces(text.split("\n")))


def hunks(text: str) -> tuple[Hunk, ...]:
    """All hunks of ``text``, whichever file they are of."""
    return tuple(hunk for piece in read(text) for hunk in piece.hunks)


def _pieces(lines: Sequence[str]) -> Iterator[Piece]:
    at = 0
    piece: Piece | None = None
    while at < len(lines):
        line = lines[at]
        if (git := _GIT.fullmatch(line)) is not None:
            if piece is not None:
                yield piece
            piece = Piece(git[1], git[2])
        elif line.startswith("--- ") and at + 1 < len(lines) and lines[at + 1].startswith("+++ "):
            if piece is not None and piece.hunks:
                yield piece
                piece = None
            piece = piece or Piece()
            piece.old, piece.new = _names(line, lines[at + 1])
            at += 1
        elif _ANY_HUNK.match(line):
            piece = piece or Piece()
            hunk, at = _hunk(lines, at)
            if hunk is not None:
                piece.hunks.append(hunk)
            continue
        elif piece is not None and not piece.hunks:
            _header(piece, line)
        at += 1
    if piece is not None:
        yield piece


def _header(piece: Piece, line: str) -> None:
    if line.startswith("new file mode"):
        piece.old = None
    elif line.startswith("deleted file mode"):
        piece.new = None
    elif line.startswith("rename from "):
        piece.old = line.removeprefix("rename from ")
    elif line.startswith("rename to "):
        piece.new = line.removeprefix("rename to ")


def _names(old: str, new: str) -> tuple[str | None, str | None]:
    first, second = (match[2] if (match := _NAMED.fullmatch(line)) else line[4:] for line in (old, new))
    prefixed = first.startswith(("a/", "/dev/null")) and second.startswith(("b/", "/dev/null"))
    if prefixed:
        first, second = first.removeprefix("a/"), second.removeprefix("b/")
    return (None if first == "/dev/null" else first), (None if second == "/dev/null" else second)


def _hunk(lines: Sequence[str], at: int) -> tuple[Hunk | None, int]:
    """The hunk whose head is line ``at``, and the line behind it. Right counts end it, else the next head does."""
    head = _HUNK.match(lines[at])
    at += 1
    start = at
    if head is not None:
        counted = _counted(lines, at, int(head[2] or 1), int(head[4] or 1))
        at = counted if counted is not None else _uncounted(lines, at)
    else:
        at = _uncounted(lines, at)
    old: list[str] = []
    new: list[str] = []
    ends = ""
    before = " "
    for line in lines[start:at]:
        mark = line[:1] or " "
        if mark == "\\":
            ends += {"-": "-", "+": "+"}.get(before, "-+")
        if mark in " -":
            old.append(line[1:])
        if mark in " +":
            new.append(line[1:])
        before = mark
    # A final newline stands as an empty last line here, so one that comes or goes is a line of the hunk.
    if "-" in ends and "+" not in ends:
        new.append("")
    if "+" in ends and "-" not in ends:
        old.append("")
    if not old and not new:
        return None, at
    first, second = (int(head[1]), int(head[3])) if head is not None else (0, 0)
    if head is not None:
        first, second = first + (head[2] == "0"), second + (head[4] == "0")
    return Hunk(first, tuple(old), second, tuple(new)), at


def _counted(lines: Sequence[str], at: int, old: int, new: int) -> int | None:
    """The line behind a hunk of so many old and new lines; None where the lines do not bear the counts out."""
    while old > 0 or new > 0:
        if at >= len(lines):
            return None
        match lines[at][:1]:
            case " " | "":
                old, new = old - 1, new - 1
            case "-":
                old -= 1
            case "+":
                new -= 1
            case "\\":
                pass
            case _:
                return None
        at += 1
    if old or new:
        return None
    while at < len(lines) and lines[at].startswith("\\"):
        at += 1
    follows = lines[at] if at < len(lines) else ""
    return None if follows[:1] in {" ", "+", "-"} and not follows.startswith(("--- ", "-- ")) else at


def _uncounted(lines: Sequence[str], at: int) -> int:
    start = at
    while at < len(lines):
        line = lines[at]
        following = lines[at + 1] if at + 1 < len(lines) else ""
        if line.startswith("--- ") and following.startswith("+++ "):
            break
        if line[:1] not in {" ", "+", "-", "\\", ""} or (not line and following.startswith(("diff --git ", "Index: "))):
            break
        at += 1
    while at > start and not lines[at - 1]:
        at -= 1
    return at


# --- applying ----------------------------------------------------------------------------------------------


def changed(sheet: Sheet, told: Sequence[Hunk]) -> list[str]:
    """The runs of ``sheet`` after ``told``. Raises Refused where a hunk's lines are absent, Untold where not told.

    A hunk applies where its number says, moved as those before it were found to have moved, else at the nearest
    place where its lines stand, as ``patch`` and ``git apply`` do without fuzz; without a number, at the only one.
    """
    moved = 0
    for hunk in told:
        place = _place(sheet, hunk, moved)
        if hunk.old_start:
            moved = sheet.line(place) - hunk.old_start
        sheet.replace(place, len(hunk.old), hunk.new)
    return sheet.texts()


def _place(sheet: Sheet, hunk: Hunk, moved: int) -> Place:
    stated = sheet.at(hunk.old_start + moved) if hunk.old_start else None
    if not hunk.old:
        if stated is None:
            raise Untold("the patch adds lines where the file is not known")
        return stated
    if stated is not None and sheet.stands(hunk.old, stated):
        return stated
    found = sheet.found(hunk.old)
    if not found:
        if not sheet.whole:
            raise Untold("only part of the file is known, and not where the patch applies")
        if _nearly(sheet, hunk):
            raise Untold("the patch applies only if some of its context is passed over")
        raise Refused("the context of the patch does not occur")
    if len(found) == 1:
        return found[0]
    if not hunk.old_start or not sheet.whole:
        raise Untold(f"the lines of the patch occur {len(found)} times")
    distances = sorted((abs(sheet.line(place) - hunk.old_start - moved), number) for number, place in enumerate(found))
    if distances[0][0] == distances[1][0]:
        raise Untold("the lines of the patch occur twice, equally near")
    return found[distances[0][1]]


def _nearly(sheet: Sheet, hunk: Hunk) -> bool:
    """Whether tools that allow fuzz, or pass over white space, may still find the hunk."""
    head = next((at for at, (a, b) in enumerate(zip(hunk.old, hunk.new, strict=False)) if a != b), 0)
    tails = zip(reversed(hunk.old), reversed(hunk.new), strict=False)
    tail = next((at for at, (a, b) in enumerate(tails) if a != b), 0)
    core = hunk.old[min(head, 2) : len(hunk.old) - min(tail, 2)]
    return not core or bool(sheet.found(core)) or bool(sheet.found(hunk.old, str.strip))
