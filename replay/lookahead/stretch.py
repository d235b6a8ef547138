"""The lines of a text as far as they are known: what reading commands cut and number without knowing the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from replay.workspace.files import Absent, Known, Partial, State, Unknown

MOST_LINES = 200_000


class Hidden(Exception):  # noqa: N818 - no error: an answer needs more than is known
    """What would be shown is not known; the message says why."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Lines in order, None where one is not known; ``ended``: a newline ends the last one (None: not known).

    ``open``: more lines may follow the last one here.
    """

    lines: tuple[str | None, ...]
    ended: bool | None = True
    open: bool = False

    def cut(self, first: int, last: int | None) -> Stretch:
        """Lines ``first`` to ``last`` (1-based, both included; None: to the end)."""
        if first < 1:
            first = 1
        if last is not None and last < first:
            return Stretch(())
        if last is not None and last <= len(self.lines):
            ends = self.ended if last == len(self.lines) and not self.open else True
            return Stretch(self.lines[first - 1 : last], ends)
        if self.open:
            raise Hidden("where the file ends is not known")
        return Stretch(self.lines[first - 1 :], self.ended if first <= len(self.lines) else True)

    def split(self) -> Stretch:
        """As tools count that split at newlines: a newline at the end begins an empty last line."""
        if self.open or self.ended is None:
            return replace(self, open=True)
        return Stretch((*self.lines, ""), ended=False) if self.ended else self

    def tail(self, number: int) -> Stretch:
        """The last ``number`` lines."""
        if self.open:
            raise Hidden("where the file ends is not known")
        return self.cut(max(len(self.lines) - number + 1, 1), None) if number else Stretch(())

    def each(self, change: Callable[[int, str], str]) -> Stretch:
        """Every known line, with its 1-based number, as ``change`` makes it."""
        made = tuple(None if line is None else change(number, line) for number, line in enumerate(self.lines, 1))
        return replace(self, lines=made)

    def known(self) -> tuple[str, ...]:
        """All lines. Raises Hidden where one is not known, or more may follow."""
        if self.open:
            raise Hidden("where the file ends is not known")
        lines = tuple(line for line in self.lines if line is not None)
        if len(lines) < len(self.lines):
            raise Hidden("only part of the file is known")
        return lines

    def text(self) -> str:
        r"""The text, whole. Raises Hidden where it is not known, or whether it ends in a newline."""
        lines = self.known()
        if self.ended is None:
            raise Hidden("whether the file ends in a newline is not known")
        return "\n".join(lines) + ("\n" if self.ended and lines else "")


def of_text(text: str) -> Stretch:
    """The lines of a text."""
    if not text:
        return Stretch(())
    return Stretch(tuple(text.removesuffix("\n").split("\n")), text.endswith("\n"))


def of_state(state: State) -> Stretch:
    """The lines of a file in ``state``. Raises Hidden, with the reason, where no line is known for certain."""
    match state:
        case Known(text):
            return of_text(text)
        case Partial(segments, total, adrift=False) if segments:
            size = max(total or 0, segments[-1].last)
            if size > MOST_LINES:
                raise Hidden("the file is too long to be shown from here")
            lines: list[str | None] = [None] * size
            for segment in segments:
                lines[segment.first - 1 : segment.last] = segment.text.split("\n")
            if total is None:
                return Stretch(tuple(lines), None, open=True)
            # An empty last line is no line of its own: a newline ends the line before.
            if lines[-1] == "":
                return Stretch(tuple(lines[:-1]))
            return Stretch(tuple(lines), None if lines[-1] is None else False)
        case Partial():
            raise Hidden("where the known lines of the file stand is not certain")
        case Absent():
            raise Hidden("the file does not exist")
        case Unknown(why):
            raise Hidden(why)
