r"""The files as a transcript shows them to be: each known, known in part, absent or unknown.

Texts are held as agents see them: lines end in ``\n`` whatever the disk holds (clients fold ``\r\n`` and hide a byte
order mark). Lines are counted as clients count them, so a final newline shows as an empty last line and is known.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from replay.workspace.paths import Places, normal


@dataclass(frozen=True, slots=True)
class Known:
    """The whole text of a file."""

    text: str


@dataclass(frozen=True, slots=True)
class Segment:
    """Consecutive lines of a file: ``text`` without the newline that ends its last line; ``first`` is 1-based."""

    first: int
    text: str

    @property
    def last(self) -> int:
        """The 1-based number of the last line."""
        return self.first + self.text.count("\n")


@dataclass(frozen=True, slots=True)
class Partial:
    """Some lines of a file: disjoint segments in order, none adjacent. ``lines`` is newlines + 1, None if unknown.

    ``adrift``: lines came or went at a place that is not known, so the segments' numbers are not certain any more.
    """

    segments: tuple[Segment, ...]
    lines: int | None = None
    adrift: bool = False


@dataclass(frozen=True, slots=True)
class Absent:
    """The file does not exist."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing certain, because of ``why``. ``last`` is what a client last saw, where it checks that itself."""

    why: str
    last: Known | Partial | None = None


State = Known | Partial | Absent | Unknown
NEVER_SEEN = Unknown("never read or written in the transcript")
SEEN_ELSEWHERE = Unknown("never read or written in what the transcript shows of the session")


def joined(segments: Iterable[Segment], lines: int | None = None) -> Known | Partial:
    """Disjoint segments in any order as the state they amount to: adjacent ones joined, Known if none is missing."""
    merged: list[Segment] = []
    for segment in sorted(segments, key=lambda segment: segment.first):
        if merged and merged[-1].last + 1 == segment.first:
            merged[-1] = Segment(merged[-1].first, f"{merged[-1].text}\n{segment.text}")
        else:
            merged.append(segment)
    if len(merged) == 1 and merged[0].first == 1 and merged[0].last == lines:
        return Known(merged[0].text)
    return Partial(tuple(merged), lines)


def seen(state: State, segments: Iterable[Segment], lines: int | None) -> Known | Partial:
    """What is known after a look at ``segments`` of a file of ``lines`` lines (None: not told).

    Older knowledge is kept where it does not contradict the look; at the first contradiction all of it is dropped.
    """
    shown = tuple(segments)
    match state:
        case Known(text) if shown == (Segment(1, text),) and lines in {None, text.count("\n") + 1}:
            return state
        case Known(text):
            old: tuple[Segment, ...] = (Segment(1, text),)
            total: int | None = text.count("\n") + 1
        case Partial(old, total, adrift=False):
            pass
        case _:
            return joined(shown, lines)
    if None not in (lines, total) and lines != total:
        return joined(shown, lines)
    kept: list[Segment] = []
    for before in old:
        rest = _without(before, shown)
        if rest is None:
            return joined(shown, lines)
        kept += rest
    return joined((*kept, *shown), lines if lines is not None else total)


def _without(before: Segment, shown: Iterable[Segment]) -> list[Segment] | None:
    lines = before.text.split("\n")
    covered = [False] * len(lines)
    for segment in shown:
        low, high = max(before.first, segment.first), min(before.last, segment.last)
        if low > high:
            continue
        new = segment.text.split("\n")[low - segment.first : high - segment.first + 1]
        if lines[low - before.first : high - before.first + 1] != new:
            return None
        covered[low - before.first : high - before.first + 1] = [True] * len(new)
    rest: list[Segment] = []
    start: int | None = None
    for index, hidden in enumerate([*covered, True]):
        if not hidden and start is None:
            start = index
        elif hidden and start is not None:
            rest.append(Segment(before.first + start, "\n".join(lines[start:index])))
            start = None
    return rest


class _Losses:
    """Why nothing was certain any more, time after time; views share it, each up to a number of its own."""

    __slots__ = ("_became", "_whys", "_without")

    def __init__(self, whys: Iterable[str] = (), without: Iterable[int] = ()) -> None:
        self._whys = list(whys)
        self._without = list(without)  # places of those that keep nothing
        self._became: dict[str, tuple[State, int, Unknown]] = {}

    def after(self, count: int, why: str, *, keep: bool) -> _Losses:
        """The first ``count`` losses and one more: these ones, or a copy where another view went on otherwise."""
        place = bisect_left(self._without, count)
        if len(self._whys) > count:
            kept = self._without[place : place + 1] != [count]
            if (self._whys[count], kept) == (why, keep):
                return self
            return _Losses(self._whys[:count], self._without[:place]).after(count, why, keep=keep)
        self._whys.append(why)
        if not keep:
            self._without.append(count)
        return self

    def of(self, path: str, state: State, since: int, count: int) -> State:
        """What ``state`` of ``path``, put after ``since`` losses, is after ``count``; one object while it is that."""
        if since == count or not _goes(state):
            return state
        found = bisect_left(self._without, since)
        forgets = found < len(self._without) and self._without[found] < count
        absent = isinstance(state, Absent)
        place = since if absent else self._without[found] if forgets else count - 1
        known = self._became.get(path)
        if known is not None and known[0] is state and known[1] == place:
            return known[2]
        made = lost(state, self._whys[place], keep=not forgets)
        self._became[path] = state, place, made
        return made


class Files(Mapping[str, State]):
    """Path → state, never changed in place. A path nobody has named yet is ``unseen``: NEVER_SEEN as a rule.

    It is SEEN_ELSEWHERE where the agent has read files that the transcript does not show: then a file not seen may
    exist and have been read, which tools that refuse to overwrite an unread file do not rule out.
    ``put`` and ``forget`` give a new view; texts are shared, so a view costs one pointer a path, and one in which all
    is forgotten nothing: a state is kept with the number of such losses before it, and what came of it is told when it
    is asked for. ``marks`` are what tools remember between calls, by name: the shell's ``folder`` ("" where it is not
    known), the file that an editor has ``open`` …
    """

    __slots__ = ("_count", "_losses", "_places", "_states", "cwd", "marks", "unseen")

    def __init__(
        self,
        states: Mapping[str, State] | None = None,
        *,
        cwd: str | None = None,
        unseen: State = NEVER_SEEN,
        marks: Mapping[str, str] | None = None,
    ) -> None:
        """A view of ``states``; relative paths are taken against ``cwd``."""
        self.cwd = cwd
        self.unseen = unseen
        self.marks: Mapping[str, str] = marks or {}
        self._losses, self._count = _Losses(), 0
        self._states: dict[str, tuple[State, int]] = {
            normal(path, cwd): (state, 0) for path, state in (states or {}).items()
        }
        self._places = Places()
        self._places.add(self._states)

    def __getitem__(self, path: str) -> State:
        name = normal(path, self.cwd)
        found = self._states.get(name)
        return self.unseen if found is None else self._losses.of(name, *found, self._count)

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and normal(path, self.cwd) in self._states

    def __iter__(self) -> Iterator[str]:
        return iter(self._states)

    def __len__(self) -> int:
        return len(self._states)

    def __repr__(self) -> str:
        return f"Files({dict(self)!r}, cwd={self.cwd!r})"

    def known(self) -> Iterator[tuple[str, str]]:
        """Path and text of each file that is known as a whole."""
        for path, (state, since) in self._states.items():
            if isinstance(state, Known) and since == self._count:
                yield path, state.text

    def name(self, path: str) -> str:
        """``path`` as it stands in these files."""
        return normal(path, self.cwd)

    def put(self, states: Mapping[str, State]) -> Files:
        """The same files but for those in ``states``."""
        if not states:
            return self
        named = {normal(path, self.cwd): (state, self._count) for path, state in states.items()}
        self._places.add(path for path in named if path not in self._states)
        return self._with(self._states | named)

    def forget(self, why: str, named: Sequence[str] | None = None, *, keep: bool = True) -> Files:
        """The same files but that those which the paths and globs ``named`` may mean (all if None) are unknown.

        ``why`` says because of what. ``keep`` remembers what was known, for a client that refuses to edit a file
        changed since it read it.
        """
        if named is None:
            made = self._with(self._states)
            made._losses, made._count = self._losses.after(self._count, why, keep=keep), self._count + 1
            return made
        meant = {path: self[path] for path in self._places.meant(named) if path in self._states}
        gone = {path: (lost(state, why, keep=keep), self._count) for path, state in meant.items() if _goes(state)}
        return self._with(self._states | gone) if gone else self

    def doubted(self) -> Files:
        """The same files, but that those not seen may have been seen elsewhere."""
        made = self._with(self._states)
        made.unseen = SEEN_ELSEWHERE
        return made

    def marked(self, name: str, value: str) -> Files:
        """The same files with mark ``name`` set to ``value``."""
        made = self._with(self._states)
        made.marks = {**self.marks, name: value}
        return made

    def _with(self, states: dict[str, tuple[State, int]]) -> Files:
        made = Files.__new__(Files)
        made.cwd, made.unseen, made.marks = self.cwd, self.unseen, self.marks
        made._states, made._places = states, self._places
        made._losses, made._count = self._losses, self._count
        return made


def _goes(state: State) -> bool:
    return not isinstance(state, Unknown) or state.last is not None


def lost(state: State, why: str, *, keep: bool) -> Unknown:
    """The state of a file once ``why`` happened to it; ``keep`` as in ``Files.forget``."""
    match state:
        case Known() | Partial():
            return Unknown(why, state if keep else None)
        case Unknown():
            return Unknown(why, state.last if keep else None)
        case Absent():
            return Unknown(why)
