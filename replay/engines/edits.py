"""Tree-sitter queries over edits: run on what changed only, where the trees of both texts tell what that is."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from tree_sitter import Node, Tree

from replay.engines import regions, trees
from replay.engines.protocol import Match, Report, Source, cleaned
from replay.engines.scopes import Scopes
from replay.engines.treesitter import MAX_WORD, Judge, as_match, judge_of, judged, run, unwieldy
from replay.predicates import Kin
from replay.records import Rule

Place = tuple[str, int, int, str]
"""Rule, bytes and key of a match: what names it may have changed though it stands where it did."""
Sign = tuple[str, str, str]
"""Rule, key and scope of a match: what a match after an edit has in common with the one before that it answers."""


class Edits:
    """What rules that are queries say of edits; ``timeout`` is seconds a text.

    The report on an edit holds all matches of each rule whose matches after it are not those before it by key and
    scope, the ones in the text before as ``removed``. A rule that failed on either text failed on the edit.
    """

    def __init__(self, rules: Sequence[Rule], *, timeout: float) -> None:
        self._rules = rules
        self._timeout = timeout
        self._judges: dict[str, Judge] = {}
        self._known: dict[Source, Report] = {}
        self._words: dict[Source, int] = {}

    def report(self, before: Source | None, after: Source) -> Report:
        """The report on one edit, or on a new text. Raises AnalyserError where a grammar is missing."""
        if before is not None and before.language == after.language:
            told = self._of_change(before, after)
            if told is not None:
                return told
        return _told(Report() if before is None else self._whole(before), self._whole(after))

    def _judge(self, language: str) -> Judge:
        if language not in self._judges:
            mine = tuple(rule for rule in self._rules if language in rule.languages)
            self._judges[language] = judge_of(language, mine)
        return self._judges[language]

    def _whole(self, source: Source) -> Report:
        if source not in self._known:
            self._known[source] = judged(self._judge(source.language), source.text, self._timeout)
        return self._known[source]

    def _of_change(self, before: Source, after: Source) -> Report | None:
        """The report made from what changed; None where the trees do not tell that, or no query may be run."""
        judge = self._judge(after.language)
        old, new = cleaned(before.text), cleaned(after.text)
        if max(len(old), len(new)) > MAX_WORD:
            return None
        one = trees.parse(after.language, old, timeout=self._timeout)
        other = trees.parse(after.language, new, like=old, timeout=self._timeout)
        if one is None or other is None or one.root_node.has_error or other.root_node.has_error:
            return None
        if not judge.rules:
            return Report()
        if unwieldy(one) or unwieldy(other):
            return None
        region = regions.changed(one, other, judge.siblings)
        start, old_end, new_end = region.span
        deadline = time.monotonic() + self._timeout
        sieve = judge.sieve(one.root_node)
        words = self._words.get(before) or sieve.words(old)
        self._words[before] = words
        inside = sieve.words(old, start, old_end)
        was = _near(judge, one, old, (start, old_end), [node for node, _ in region.around], (words, inside), deadline)
        inside = sieve.words(new, start, new_end)
        words = self._words[after] = words | inside  # the others are in the text before
        now = _near(judge, other, new, (start, new_end), [node for _, node in region.around], (words, inside), deadline)
        if was is None or now is None:
            return None
        beside = {_moved(place, old_end, new_end - old_end) for place in was.beside}
        told = {one[0] for one in _uneven(was.signs, now.signs)} | {one[0] for one in beside ^ now.beside}
        told |= judge.anywhere
        if not told:
            return Report()
        return _told(
            *(judged(judge, text.text, self._timeout, only=told, words=self._words[text]) for text in (before, after))
        )


class _Near(NamedTuple):
    """Matches near an edit: the signs of those that changed or stand beside what did, and where others stand."""

    signs: Counter[Sign]
    beside: set[Place]


def _near(
    judge: Judge,
    tree: Tree,
    data: bytes,
    region: tuple[int, int],
    around: Sequence[Node],
    words: tuple[int, int],
    deadline: float,
) -> _Near | None:
    """Every match that meets the region, and perhaps others; None where match limit or time was exceeded.

    ``words`` are the bits that the sieve has of the text, and of the region.
    """
    start, end = region
    places = [(node.type, node.start_byte, node.end_byte) for node in around]
    kin = Kin(deadline)
    near = _Near(Counter(), set())
    scopes = Scopes(tree)
    seen = set()
    for bundle, depth, ranges in judge.sieve(tree.root_node).places_near(data, start, end, places, *words):
        if (found := run(bundle, around[depth], ranges, kin)) is None:
            return None
        for rule, node, keys in found:
            place = (rule.id, node.start_byte, node.end_byte)
            if place in seen:
                continue
            seen.add(place)
            match = as_match(rule.id, node, keys, data, scopes.of(node))
            if node.end_byte <= start or node.start_byte >= end:
                near.beside.add((*place, match.key))
            else:
                near.signs[_sign(match)] += 1
    return near


def _moved(place: Place, edge: int, shift: int) -> Place:
    rule, start, end, key = place
    return (rule, start + shift, end + shift, key) if start >= edge else place


def _sign(match: Match) -> Sign:
    return match.rule, match.key, match.scope


def _uneven(one: Counter[Sign], other: Counter[Sign]) -> Counter[Sign]:
    return (one - other) + (other - one)


def _told(was: Report, now: Report) -> Report:
    """The report on an edit from those on its texts."""
    failed = was.failed | now.failed
    signs = (Counter(_sign(match) for match in report.matches) for report in (was, now))
    rules = {rule for rule, *_ in _uneven(*signs)} - failed.keys()
    gone = (match._replace(removed=True) for match in was.matches if match.rule in rules)
    come = (match for match in now.matches if match.rule in rules)
    return Report((*gone, *come), now.errors, failed=failed, errors_before=was.errors)
