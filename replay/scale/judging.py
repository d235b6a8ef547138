"""Turns that wait to be judged, and what all rules say of them together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from replay import check
from replay.languages import judgeable
from replay.records import Change, Rule, Transcript
from replay.scale import stages
from replay.scale.earlier import Verdict
from replay.scale.stages import Place


class Waiting(NamedTuple):
    """A turn to be checked by ``rules``, of which ``known`` is already what others say."""

    place: Place
    changes: tuple[Change, ...]
    rules: tuple[Rule, ...]
    transcript: Transcript | None = None
    known: Verdict = Verdict()


def verdicts_on(waiting: Sequence[Waiting], rules: Sequence[Rule]) -> list[Verdict]:
    """What all of ``rules`` say of each turn, those that lack the same rules checked together."""
    languages = judgeable(rules)
    verdicts = [one.known for one in waiting]
    lacking: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, one in enumerate(waiting):
        if one.rules:
            lacking[tuple(rule.id for rule in one.rules)].append(place)
    for places in lacking.values():
        changes = [waiting[place].changes for place in places]
        made = check.introduced(changes, waiting[places[0]].rules, languages=languages)
        for place, checked in zip(places, made, strict=True):
            known, found = verdicts[place], stages.found(waiting[place].changes, checked)
            # of each rule all are in one of the two, in their order
            both = sorted((*known.found, *found), key=lambda row: row[0])
            verdicts[place] = Verdict(tuple(both), (*known.unjudged, *checked.unparsed))
    return verdicts
