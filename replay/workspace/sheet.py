"""The known lines of a file, found and replaced by line: what patches do to a file that is known whole or in part."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from replay.workspace.effects import Effect, applied, failed, parts
from replay.workspace.files import Known, Partial
from replay.workspace.replacing import Refused, Untold

Same = Callable[[str], str]
_MOST = 3_000_000
"""Comparisons of lines that one patch may take: a second or two."""


@dataclass(frozen=True, slots=True)
class Place:
    """Line ``index`` (0-based) of run ``run``."""

    run: int
    index: int


class Sheet:
    """The lines of a file as runs of consecutive known lines: one run if the file is known whole.

    Edits are noted against the lines as they were, and made by ``effects``.
    """

    def __init__(self, state: Known | Partial) -> None:
        self.state = state
        self.whole = isinstance(state, Known)
        match state:
            case Known(text):
                self.runs = [text.split("\n")]
                self.firsts = [1]
            case Partial(segments):
                self.runs = [segment.text.split("\n") for segment in segments]
                self.firsts = [segment.first for segment in segments]
        self._edits: list[tuple[Place, int, tuple[str, ...]]] = []
        self._made: dict[tuple[int, Same], list[str]] = {}
        self._effort = 0

    def found(self, pattern: Sequence[str], same: Same = str, *, start: Place | None = None) -> list[Place]:
        """Where ``pattern`` (not empty) stands, lines compared by what ``same`` makes of them; from ``start`` on."""
        return list(self._places(pattern, same, start))

    def first(self, pattern: Sequence[str], same: Same = str, *, start: Place | None = None) -> Place | None:
        """The first of the places that ``found`` gives."""
        return next(self._places(pattern, same, start), None)

    def stands(self, pattern: Sequence[str], place: Place) -> bool:
        """Whether ``pattern`` stands at ``place``."""
        return self.runs[place.run][place.index : place.index + len(pattern)] == list(pattern)

    def _places(self, pattern: Sequence[str], same: Same, start: Place | None) -> Iterator[Place]:
        wanted = [same(line) for line in pattern]
        for run in range(0 if start is None else start.run, len(self.runs)):
            keys = self._keys(run, same)
            low = start.index if start is not None and run == start.run else 0
            for index in range(low, len(keys) - len(wanted) + 1):
                if keys[index] == wanted[0]:
                    self._effort += len(wanted)
                    if keys[index : index + len(wanted)] == wanted:
                        yield Place(run, index)
            self._effort += len(keys) - low
            if self._effort > _MOST:
                raise Untold("the patch and the file are too large to compare")

    def _keys(self, run: int, same: Same) -> list[str]:
        if same is str:
            return self.runs[run]
        if (run, same) not in self._made:
            self._made[run, same] = [same(line) for line in self.runs[run]]
        return self._made[run, same]

    def at(self, line: int) -> Place | None:
        """The place of 1-based ``line``; also that just behind the last line of a run."""
        if isinstance(self.state, Partial) and self.state.adrift:
            return None
        for run, first in enumerate(self.firsts):
            if first <= line <= first + len(self.runs[run]):
                return Place(run, line - first)
        return None

    def line(self, place: Place) -> int:
        """The 1-based number of the line at ``place``."""
        return self.firsts[place.run] + place.index

    def end(self) -> Place | None:
        """The place behind the file's last line of text (before the final newline's empty line); None if unknown."""
        match self.state:
            case Partial(segments, total, adrift) if adrift or not segments or segments[-1].last != total:
                return None
        lines = self.runs[-1]
        return Place(len(self.runs) - 1, len(lines) - (lines[-1] == ""))

    def replace(self, place: Place, count: int, new: Sequence[str]) -> None:
        """Notes that ``count`` lines at ``place`` become ``new``."""
        self._edits.append((place, count, tuple(new)))

    def texts(self) -> list[str]:
        """The runs after the edits. Raises Refused where two edits overlap."""
        runs = [list(lines) for lines in self.runs]
        order = sorted(range(len(self._edits)), key=lambda at: (self._edits[at][0].run, self._edits[at][0].index, at))
        last = Place(-1, 0)
        for at in order:
            place, count, _ = self._edits[at]
            if place.run == last.run and place.index < last.index:
                raise Refused("two parts of the patch overlap")
            last = Place(place.run, place.index + count)
        for at in reversed(order):
            place, count, new = self._edits[at]
            runs[place.run][place.index : place.index + count] = new
        return ["\n".join(lines) for lines in runs]

    def effects(self, path: str, texts: Sequence[str], *, dialect: str) -> tuple[Effect, ...]:
        """The file at ``path`` with its runs become ``texts``."""
        match self.state:
            case Known(before):
                return (applied(path, before, texts[0], dialect=dialect),)
            case Partial():
                made = parts(path, self.state, texts, dialect=dialect)
                return made or (failed(path, self.state, "the edits change nothing", dialect=dialect),)


def one(places: Sequence[Place], what: str) -> Place:
    """The only place. Raises Refused where there is none, Untold where there are several."""
    if not places:
        raise Refused(f"{what} does not occur in the file")
    if len(places) > 1:
        raise Untold(f"{what} occurs {len(places)} times")
    return places[0]
