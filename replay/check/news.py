"""Which findings are new: those of a file after a completion minus those before it, code that moved left out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from replay.check.units import Unit
from replay.engines import Match


class Instance(NamedTuple):
    """A match in a stretch of a file."""

    unit: Unit
    match: Match

    @property
    def key(self) -> tuple[str, str]:
        """What has to be the same for a match before to answer one after."""
        return self.match.rule, self.match.key


def new_in(units: Sequence[Unit]) -> list[Instance]:
    """The matches that one completion introduced, by file and place."""
    files: dict[str, list[Unit]] = defaultdict(list)
    for unit in units:
        files[unit.path].append(unit)
    left: list[Instance] = []
    gone: Counter[tuple[str, str, str]] = Counter()
    for same in files.values():
        after = _grouped(Instance(unit, found) for unit in same for found in unit.now.matches)
        before = _grouped(Instance(unit, found) for unit in same for found in unit.was.matches)
        for key in after.keys() | before.keys():
            now, was = after.get(key, []), before.get(key, [])
            surplus = len(now) - len(was)
            if surplus > 0:
                left += _choose(now, was, surplus)
            elif surplus < 0:
                gone.update((*key, scope) for scope in _vanished(now, was, -surplus))
    fresh = []
    for instance in sorted(left, key=_place):
        trace = (*instance.key, instance.match.scope)
        if gone[trace]:
            gone[trace] -= 1
        elif not instance.unit.was_hidden(instance.match):
            fresh.append(instance)
    fresh += (
        Instance(unit, found) for unit in units for found in unit.edit.matches if not _elsewhere(found, unit, units)
    )
    return sorted(fresh, key=_place)


def _elsewhere(found: Match, unit: Unit, units: Sequence[Unit]) -> bool:
    """Whether what one file lost stands in another file of the same completion (moved code)."""
    if not found.removed:
        return False
    lost = "".join(found.text.split())
    others = (other.after for other in units if other.path != unit.path and other.after is not None)
    return any(lost in "".join(text.split()) for text in others)


def _grouped(instances: Iterable[Instance]) -> dict[tuple[str, str], list[Instance]]:
    groups: dict[tuple[str, str], list[Instance]] = defaultdict(list)
    for instance in instances:
        groups[instance.key].append(instance)
    return groups


def _choose(now: Sequence[Instance], was: Sequence[Instance], surplus: int) -> list[Instance]:
    """Which ``surplus`` of ``now`` are the new ones.

    In each scope no more than it gained; of these the ones on changed lines first, then the later ones.
    """
    if surplus == len(now):
        return list(now)
    gained = Counter(instance.match.scope for instance in now) - Counter(instance.match.scope for instance in was)
    chosen: list[Instance] = []
    for instance in sorted(now, key=lambda one: (not one.unit.touches(one.match), -one.match.start_byte)):
        if len(chosen) < surplus and gained[instance.match.scope] > 0:
            gained[instance.match.scope] -= 1
            chosen.append(instance)
    return chosen


def _vanished(now: Sequence[Instance], was: Sequence[Instance], number: int) -> list[str]:
    lost = Counter(instance.match.scope for instance in was) - Counter(instance.match.scope for instance in now)
    return list(lost.elements())[:number]


def _place(instance: Instance) -> tuple[str, int, int, str]:
    return instance.unit.path, instance.unit.first_line, instance.match.start_byte, instance.match.rule
