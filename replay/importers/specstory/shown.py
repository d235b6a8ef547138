"""How one export prints the diffs of edits, worked out from all of them, and a diff as it was before it was printed.

Cursor gives its lines with a space between the mark and the text (``- x`` for the line ``x``), other agents without;
some versions write ``&``, ``<``, ``>``, quotes and backticks as entities. An export does all of its diffs in one way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_ENTITY = re.compile(r"&(amp|lt|gt|quot|apos|#0?39|#x27|#96|#x60);")
_MEANS = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "#96": "`", "#x60": "`"}
_RAW = re.compile(r"[<>]|&(?!#?\w+;)")


@dataclass(frozen=True)
class Habits:
    """Whether a space stands behind the marks (None: the lines do not tell), and whether entities stand for signs."""

    gutter: bool | None = None
    escaped: bool = False


def habits(diffs: Iterable[list[str]], *, spaced: bool = False) -> Habits:
    """What the lines of all ``diffs`` of an export tell; ``spaced`` says that its agent is known to put a space.

    A text at once behind a mark tells that there is no space. Without any such line the indentations tell: with the
    space they are odd, as no code is indented by one.
    """
    lines = [line for diff in diffs for line in diff if line.strip() and line[:1] in " +-"]
    text = "".join(lines)
    escaped = _ENTITY.search(text) is not None and _RAW.search(text) is None
    told = [line[1:] for line in lines if line[1:].strip()]
    if any(line[0] != " " for line in told):
        return Habits(gutter=False, escaped=escaped)
    odd = any((len(line) - len(line.lstrip(" "))) % 2 for line in told)
    return Habits(gutter=True if odd or spaced else None, escaped=escaped)


def unescaped(text: str) -> str:
    """``text`` with the signs that its entities stand for."""
    return _ENTITY.sub(lambda found: _MEANS.get(found[1], "'"), text)


def plain(diff: list[str], habits: Habits) -> str:
    """The printed lines as a unified diff; a head is put before lines without one."""
    lines = diff if any(line.startswith("@@") for line in diff) else ["@@", *diff]
    made = (_line(line, habits) for line in lines)
    return "".join(f"{line}\n" for line in made)


def _line(line: str, habits: Habits) -> str:
    line = line.replace("\\```", "```")
    text = unescaped(line) if habits.escaped else line.replace("&#96;", "`")
    if line.startswith(("@@", "\\")) or not habits.gutter:
        return text
    return text[:1] + text[2:]
