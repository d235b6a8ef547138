"""The search: from the pieces of the bad examples to the smallest query that no good example meets."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from tree_sitter import Node, Query, QueryCursor, QueryError, Tree

from replay import engines, grammars, predicates
from replay.draft import pattern as patterns
from replay.draft.pattern import Pattern
from replay.engines import Source, cleaned, trees, treesitter
from replay.errors import UserError
from replay.nodes import descendants, is_comment, text_of
from replay.records import Rule

MAX_NODES = 60
"""Largest piece of code that a query is drawn from: beyond it no reader would follow the query."""
MAX_STARTS = 40
MAX_WITHOUT = 3
KEPT = 5
MAX_CHECKS = 4_000
"""Queries tried before the search ends with what it has: a count, so that each machine finds the same."""
RARE = 2.0
"""How many nodes of a query one doubling of its matches in other code is worth."""
_OWN = frozenset({"left", "name", "pattern", "alias"})


class Sample(NamedTuple):
    """One example by name."""

    name: str
    text: str


class Place(NamedTuple):
    """What a query matched: the example's name, 1-based lines, and the text."""

    name: str
    line: int
    end_line: int
    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A query, where it matches in the bad examples, and in how many other texts of that language."""

    query: str
    places: tuple[Place, ...]
    elsewhere: int
    cost: float


def draft(
    language: str,
    bad: Sequence[Sample],
    good: Sequence[Sample],
    *,
    others: Sequence[str] = (),
) -> tuple[Draft, ...]:
    """Queries that match in each of ``bad`` and in none of ``good``, the best first; none if there is no such query.

    Starts from each piece of the first bad example that no good one holds, keeps what the other bad ones share with it,
    adds what only the good ones hold where that is not enough, and takes away whatever makes it longer without making
    it rarer in ``others``. The best is short, matches little code and seldom elsewhere.
    Raises UserError for an example that does not parse.
    """
    field = _Field(language, bad, good, others)
    found: dict[Pattern, Draft] = {}
    for start in field.starts():
        if field.spent():
            break
        shared = field.shared(start)
        telling = shared and field.telling(shared)
        if telling:
            small = field.smallest(telling)
            if small not in found and (drawn := field.drawn(small)) is not None:
                found[small] = drawn
    return tuple(sorted(found.values(), key=lambda one: (one.cost, one.elsewhere, one.query))[:KEPT])


class _Field:
    """The examples as trees, and what a pattern does with them."""

    def __init__(self, language: str, bad: Sequence[Sample], good: Sequence[Sample], others: Sequence[str]) -> None:
        self.language = language
        self.bad = bad
        self.good = good
        self.bad_trees = [_tree(language, one) for one in bad]
        self.good_trees = [_tree(language, one) for one in good]
        self.other_trees = [tree for text in others if (tree := trees.parse(language, cleaned(text))) is not None]
        self.known = {_shape(node) for tree in self.good_trees for node in _pieces(tree)}
        self.plain = {text for tree in self.good_trees for text in _texts(tree)}
        self.asked: dict[str, bool] = {}
        self.compiled: dict[str, Query | None] = {}
        self.local = {text for tree in self.bad_trees for text in _local(tree)}

    def spent(self) -> bool:
        """Whether as many queries were tried as may be."""
        return len(self.compiled) >= MAX_CHECKS

    def starts(self) -> Iterator[Node]:
        """The pieces of the first bad example that no good one holds, small ones first, one of each text."""
        seen: set[tuple[str, bytes]] = set()
        for node in sorted(_pieces(self.bad_trees[0]), key=lambda node: node.descendant_count)[: 10 * MAX_STARTS]:
            shape = _shape(node)
            if shape not in self.known and shape not in seen and len(seen) < MAX_STARTS:
                seen.add(shape)
                yield node

    def shared(self, start: Node) -> Pattern | None:
        """What the piece shares with the piece nearest to it in each other bad example; None where one has none."""
        found: Pattern | None = patterns.of(start, local=self.local)
        for tree in self.bad_trees[1:]:
            near: Pattern | None = None
            for node in _pieces(tree):
                if found is not None and node.type == found.kind:
                    both = patterns.common(replace(found, role=None), patterns.of(node, local=self.local))
                    if both is not None and (near is None or both.size() > near.size()):
                        near = both
            found = near
        return found

    def telling(self, pattern: Pattern) -> Pattern | None:
        """The pattern, where needed without what only good examples hold below it, if it tells bad from good so.

        What a node may hold is said by types rather than by number and order where that is enough: comments may stand
        anywhere, and are no reason to miss.
        """
        loose = _loose(pattern)
        for one in (loose, pattern):
            if self.tells(one):
                return one
        pattern = loose
        base = patterns.query(pattern)
        wrong = [node for tree in self.good_trees for node in self.found(base, tree)]
        right = [self.found(base, tree) for tree in self.bad_trees]
        if not wrong or not all(right):
            return None
        held = [set().union(*map(_below, nodes)) for nodes in right]
        only = [_below(node) - set().union(*held) for node in wrong]
        without: list[tuple[str, str]] = []
        while only and len(without) < MAX_WITHOUT:
            counts = Counter(one for each in only for one in each)
            if not counts:
                return None
            # a name says more than a type, and what most of the good ones hold more than what one of them does
            best = min(counts, key=lambda one: (-counts[one], one[0] != "not-uses?", len(one[1]), one[1]))
            without.append(best)
            only = [each for each in only if best not in each]
        narrowed = replace(pattern, without=tuple(without))
        return narrowed if self.tells(narrowed) else None

    def tells(self, pattern: Pattern) -> bool:
        """Whether the pattern matches in each bad example and in no good one."""
        text = patterns.query(pattern)
        if text not in self.asked:
            self.asked[text] = all(self.found(text, tree) for tree in self.bad_trees) and not any(
                self.found(text, tree) for tree in self.good_trees
            )
        return self.asked[text]

    def found(self, text: str, tree: Tree) -> list[Node]:
        """What the query matches; nothing for a shape that the grammar says cannot be."""
        if text not in self.compiled:
            try:
                self.compiled[text] = Query(grammars.grammar(self.language), text)
            except QueryError:
                self.compiled[text] = None
        if (query := self.compiled[text]) is None:
            return []
        judge = predicates.Judge(predicates.Kin())
        return [captures["match"][0] for _, captures in QueryCursor(query).matches(tree.root_node, judge)]

    def smallest(self, pattern: Pattern) -> Pattern:
        """The pattern without all that it tells the examples apart without, as long as it stays rare elsewhere."""
        cost = self.cost(pattern)
        while not self.spent():
            for less in _less(pattern):
                if self.tells(less) and (smaller := self.cost(less)) <= cost:
                    pattern, cost = less, smaller
                    break
            else:
                break
        return pattern

    def cost(self, pattern: Pattern) -> float:
        """What a reader has to take in, and more each time that the places where it matches by chance double.

        A text that good examples hold too is no reason to be found, and one node alone says little.
        """
        alone = not pattern.children
        chance = math.log2(1 + self.elsewhere(patterns.query(pattern)))
        return pattern.size(self.plain) + 2 * alone + RARE * chance

    def elsewhere(self, text: str) -> int:
        """In how many texts that are no examples the query matches."""
        return sum(bool(self.found(text, tree)) for tree in self.other_trees)

    def drawn(self, pattern: Pattern) -> Draft | None:
        """The draft as the rule engine sees it; None if it sees it otherwise."""
        text = patterns.query(pattern)
        rule = Rule(
            id="draft/draft", engine="treesitter", languages=(self.language,), message="-", category="-", detector=text
        )
        reports = engines.match([rule], [Source(self.language, one.text) for one in (*self.bad, *self.good)])
        bad, good = reports[: len(self.bad)], reports[len(self.bad) :]
        if not all(report.matches for report in bad) or any(report.matches or report.failed for report in good):
            return None
        places = tuple(
            Place(one.name, match.line, match.end_line, match.text)
            for one, report in zip(self.bad, bad, strict=True)
            for match in report.matches
        )
        lines = sum(place.end_line - place.line for place in places) / len(places)
        return Draft(text, places, self.elsewhere(text), self.cost(pattern) + lines / 2)


def _loose(pattern: Pattern) -> Pattern:
    close = "kinds" if pattern.close == "exact" else pattern.close
    return replace(pattern, close=close, children=tuple(map(_loose, pattern.children)))


def _less(pattern: Pattern) -> Iterator[Pattern]:
    """The pattern with one thing taken away, the large things first."""
    nodes = list(pattern.nodes())
    for way, _ in nodes[1:]:
        yield pattern.put(way, None)
    for way, node in nodes:
        if node.children:
            yield _at(pattern, way, replace(node, children=(), close="open"))
    for way, node in nodes:
        if node.text is not None:
            yield _at(pattern, way, replace(node, text=None))
        if node.close != "open":
            yield _at(pattern, way, replace(node, close="open"))
        if node.close == "exact" and any(child.named for child in node.children):
            yield _at(pattern, way, replace(node, close="kinds"))
    for place in range(len(pattern.without)):
        yield replace(pattern, without=(*pattern.without[:place], *pattern.without[place + 1 :]))


def _at(pattern: Pattern, way: tuple[int, ...], new: Pattern) -> Pattern:
    return pattern.put(way, new) if way else new


# --- trees -------------------------------------------------------------------------------------------------


def _tree(language: str, sample: Sample) -> Tree:
    tree = trees.parse(language, cleaned(sample.text))
    if tree is None:
        raise UserError("takes too long to parse: give a smaller example", path=sample.name)
    broken = next(iter(treesitter.error_ranges(tree.root_node)), None)
    if broken is not None:
        line = cleaned(sample.text)[: broken[0]].count(b"\n") + 1
        raise UserError(f"is no {language} from here on: mend it, or say --language", path=sample.name, line=line)
    return tree


def _pieces(tree: Tree) -> Iterator[Node]:
    for node in descendants(tree.root_node):
        if node.is_named and not is_comment(node) and node.descendant_count <= MAX_NODES:
            yield node


def _texts(tree: Tree) -> Iterator[str]:
    for node in descendants(tree.root_node):
        if not node.child_count:
            yield text_of(node)


def _local(tree: Tree) -> Iterator[str]:
    """The names that the code itself gives: to its parameters, variables and functions."""
    for node in descendants(tree.root_node):
        for place, child in enumerate(node.children):
            if (
                not child.named_child_count
                and child.is_named
                and re.search("identifier|name|variable|word", child.type)
            ):
                given = node.field_name_for_child(place) in _OWN and not re.search("call|invocation", node.type)
                if given or "parameter" in node.type or re.match("for|as_pattern", node.type):
                    yield text_of(child)


def _shape(node: Node) -> tuple[str, bytes]:
    """The piece as its words, white space and comments aside."""
    words = [leaf.text or b"" for leaf in (node, *descendants(node)) if not leaf.child_count and not is_comment(leaf)]
    return node.type, b" ".join(words)


def _below(node: Node) -> set[tuple[str, str]]:
    """What a pattern may demand not to find below the node: predicate and argument."""
    kin = predicates.Kin()
    names = {("not-uses?", name.decode(errors="replace")) for name in kin.names_below(node)}
    kinds = {("not-contains?", below.type) for below in descendants(node) if below.is_named and not is_comment(below)}
    return names | kinds
