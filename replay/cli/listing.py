"""What ``replay mine`` lists: whole lines for a pipe; on a terminal, as wide as it is, below the log they are of."""

from __future__ import annotations

from collections.abc import Callable

from rich.text import Text

from replay.cli.common import printable

DIGITS = 8  # of an id, as many as tell the transcripts of a log apart


class Listing:
    """Writes a line for each finding and signal.

    ``width`` is that of the terminal in columns: a log is then named once, whole, above what is in it, and what is
    beyond the width is cut. Without it each line says all, so that it can be searched and counted.
    """

    def __init__(self, write: Callable[[str], None], *, width: int | None) -> None:
        self._write, self._width = write, width
        self._log = ""

    def add(self, log: str, turn: int, what: str, words: str, *, place: str = "", transcript: str = "") -> None:
        """``what`` was found in a turn of ``log``, at ``place`` if it has one; ``words`` show it.

        ``transcript`` is the id of that which the turn is of, where the log holds several.
        """
        where = f"turn {turn} of {transcript[:DIGITS]}" if transcript else f"turn {turn}"
        if self._width is None:
            self._write(printable(": ".join(filter(None, (f"{log}:{where}", place, what, words)))))
            return
        if log != self._log:
            self._log = log
            self._write(printable(log))
        parts = (f"  {where}", _end(place, self._width // 2), what, words)
        line = Text(printable(": ".join(filter(None, parts))))
        line.truncate(self._width, overflow="ellipsis")
        self._write(line.plain)


def _end(place: str, most: int) -> str:
    """The end of a path, which tells more of it than the beginning."""
    return place if len(place) <= most else f"…{place[1 - most :]}"
