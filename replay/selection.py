"""Which of the turns that could become cases do: without near-duplicates and primed ones, spread, and not too many.

Everything is decided by content: the same candidates give the same selection in whatever order and from whatever
folder they come.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from replay import alike
from replay.alike import Shingles

LEAST = 0.8
"""Jaccard similarity from which two texts are alike: the task, what was asked last and what was written all must be."""

BY = ("rule", "agent", "model", "project", "session")
"""What a cap can count by."""

_GRADES = ("exact", "full", "partial", "text")


class Candidate(NamedTuple):
    """A turn that could become a case. ``rules`` are at stake, ``signals`` are the kinds that speak of the turn.

    ``primed`` counts findings of its rules that its prefix shows already. ``task`` and ``asked`` are shingles of the
    first words of a person and of the last ones before the turn, ``wrote`` of the calls in its answer.
    """

    file: str
    transcript: str
    turn: int
    rules: tuple[str, ...]
    note: str
    session: str
    agent: str
    model: str
    project: str
    grade: str
    primed: int
    task: Shingles
    asked: Shingles
    wrote: Shingles
    signals: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, int]:
        """What names the turn, wherever its log lies."""
        return self.transcript, self.turn


@dataclass(frozen=True)
class Wanted:
    """What to take: at most ``caps[by]`` cases of each rule, agent … (``BY``), at most ``sample`` in all.

    ``unprimed`` leaves out those whose prefix shows a finding of their rules. ``seed`` draws other ones.
    """

    caps: Mapping[str, int] = field(default_factory=dict)
    sample: int | None = None
    seed: int = 0
    unprimed: bool = False


class Kept(NamedTuple):
    """A candidate that becomes a case, and those that it stands for as well: copies and near-duplicates."""

    candidate: Candidate
    likes: tuple[Candidate, ...]


@dataclass(frozen=True)
class Selection:
    """``kept`` in order of file, transcript and turn; ``left_out`` counts the other candidates by the reason."""

    kept: tuple[Kept, ...]
    left_out: dict[str, int]


def select(candidates: Iterable[Candidate], wanted: Wanted) -> Selection:
    """The candidates to cut into cases; each of the others is counted under one reason."""
    left_out: Counter[str] = Counter()
    able = sorted(candidates, key=_preference)
    if wanted.unprimed:
        left_out["primed: a finding of the rule is in the prefix already"] = sum(one.primed > 0 for one in able)
        able = [one for one in able if not one.primed]
    distinct, copies = _copies(able)
    left_out["copies: the same turn of the same transcript in another log"] = len(able) - len(distinct)
    groups = _merged(distinct, copies)
    left_out["near-duplicates of one that is kept"] = len(distinct) - len(groups)
    taken: list[Kept] = []
    full: Counter[tuple[str, str]] = Counter()
    for one in _spread(groups, wanted.seed):
        places = _places(one.candidate, wanted)
        over = next((by for by, value in places if full[by, value] >= wanted.caps[by]), None)
        if over is not None:
            left_out[f"over the cap of {wanted.caps[over]} a {over}"] += 1
        elif wanted.sample is not None and len(taken) >= wanted.sample:
            left_out[f"beyond the sample of {wanted.sample}"] += 1
        else:
            taken.append(one)
            full.update(places)
    order = sorted(taken, key=lambda one: (one.candidate.file, *one.candidate.key))
    return Selection(tuple(order), {why: count for why, count in left_out.items() if count})


def _preference(one: Candidate) -> tuple[object, ...]:
    """Of several that are alike, the first in this order is kept: best known, most rules, least primed."""
    grade = _GRADES.index(one.grade) if one.grade in _GRADES else len(_GRADES)
    return grade, -len(one.rules), one.primed, *one.key, one.file


def _copies(able: Sequence[Candidate]) -> tuple[list[Candidate], dict[tuple[str, int], list[Candidate]]]:
    """Each turn once, and the others that are the same turn in another log."""
    first: dict[tuple[str, int], Candidate] = {}
    copies: defaultdict[tuple[str, int], list[Candidate]] = defaultdict(list)
    for one in able:
        if one.key in first:
            copies[one.key].append(one)
        else:
            first[one.key] = one
    return list(first.values()), copies


def _merged(distinct: Sequence[Candidate], copies: Mapping[tuple[str, int], Sequence[Candidate]]) -> list[Kept]:
    """Near-duplicates as one. Only those with the same rules at stake, so that no rule loses a case."""
    groups: defaultdict[int, list[Candidate]] = defaultdict(list)
    by_rules: defaultdict[tuple[object, ...], list[int]] = defaultdict(list)
    for number, one in enumerate(distinct):
        by_rules[one.rules, one.signals].append(number)
    for numbers in by_rules.values():
        texts = [(distinct[number].task, distinct[number].asked, distinct[number].wrote) for number in numbers]
        for number, leader in zip(numbers, alike.leaders(texts, LEAST), strict=True):
            groups[numbers[leader]] += [distinct[number], *copies.get(distinct[number].key, ())]
    return [Kept(distinct[leader], tuple(group[1:])) for leader, group in groups.items()]


def _spread(groups: Iterable[Kept], seed: int) -> list[Kept]:
    """The order in which they are taken: one of each rule and project in turn, and there of each session in turn.

    Which comes first among equals is drawn with ``seed``. One with several rules counts for the rarest.
    """
    drawn = sorted(groups, key=lambda one: _draw(seed, *map(str, one.candidate.key)))
    rarity = Counter(rule for one in drawn for rule in one.candidate.rules)
    strata: defaultdict[tuple[str, str], list[Kept]] = defaultdict(list)
    for one in drawn:
        rule = min(one.candidate.rules, key=lambda name: (rarity[name], name), default="")
        strata[rule, one.candidate.project].append(one)
    placed: list[tuple[int, str, Kept]] = []
    for stratum, members in strata.items():
        for rank, one in enumerate(_in_turn(members)):
            placed.append((rank, _draw(seed, *stratum), one))
    return [one for *_, one in sorted(placed, key=lambda entry: entry[:2])]


def _in_turn(members: Iterable[Kept]) -> list[Kept]:
    """The first of each session, then the second of each, and so on."""
    seen: Counter[str] = Counter()
    placed: list[tuple[int, Kept]] = []
    for one in members:
        placed.append((seen[one.candidate.session], one))
        seen[one.candidate.session] += 1
    return [one for _, one in sorted(placed, key=lambda entry: entry[0])]


def _draw(seed: int, *words: str) -> str:
    return hashlib.sha256("\0".join((str(seed), *words)).encode("utf-8", "surrogateescape")).hexdigest()


def _places(one: Candidate, wanted: Wanted) -> list[tuple[str, str]]:
    """What a candidate counts for under each cap."""
    values = {
        "rule": one.rules,
        "agent": (one.agent,),
        "model": (one.model,),
        "project": (one.project,),
        "session": (one.session,),
    }
    return [(by, value) for by in wanted.caps for value in values[by]]
