"""Predicates of our own in tree-sitter queries: ``#only?``, ``#has-ancestor?``, ``#uses?`` …"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, NamedTuple

from tree_sitter import Node

from replay.errors import UserError
from replay.nodes import descendants, is_comment, text_of

_NAME = re.compile(r"identifier|name|constant|variable|word|alias|atom")

Arguments = list[tuple[str, Literal["capture", "string"]]]
Captures = dict[str, list[Node]]


class OutOfTime(Exception):  # noqa: N818 - an answer, not an error
    """The predicates of a query took longer than they may."""


class Kin:
    """The relations of one tree's nodes, each looked up once, and the time that predicates may take.

    Tree-sitter finds a node's parent and siblings by going down from the root through all their elder siblings, so that
    asking for those of every node in a long list is quadratic.
    """

    def __init__(self, deadline: float = math.inf) -> None:
        self._deadline = deadline
        self._parents: dict[int, tuple[Node | None, int]] = {}
        self._kinds: dict[int, frozenset[str]] = {}
        self._below: dict[int, frozenset[str]] = {}
        self._names: dict[int, frozenset[bytes]] = {}

    def _place(self, node: Node) -> tuple[Node | None, int]:
        if node.id not in self._parents:
            if time.monotonic() > self._deadline:
                raise OutOfTime
            parent = node.parent
            if parent is None:
                self._parents[node.id] = None, 0
            else:
                self._parents |= {child.id: (parent, place) for place, child in enumerate(parent.children)}
        return self._parents[node.id]

    def parent(self, node: Node) -> Node | None:
        """The parent of ``node``, None for the root."""
        return self._place(node)[0]

    def ancestors(self, node: Node) -> Iterator[Node]:
        """The parents of ``node``, innermost first."""
        above = self.parent(node)
        while above is not None:
            yield above
            above = self.parent(above)

    def next_sibling(self, node: Node) -> Node | None:
        """What follows ``node`` under the same parent."""
        parent, place = self._place(node)
        return parent.children[place + 1] if parent is not None and place + 1 < parent.child_count else None

    def children_types(self, node: Node) -> frozenset[str]:
        """The types of the children of ``node``."""
        if node.id not in self._kinds:
            self._kinds[node.id] = frozenset(child.type for child in node.children)
        return self._kinds[node.id]

    def types_below(self, node: Node) -> frozenset[str]:
        """The types of all nodes below ``node``."""
        if node.id not in self._below:
            self._check()
            self._below[node.id] = frozenset(below.type for below in descendants(node))
        return self._below[node.id]

    def names_below(self, node: Node) -> frozenset[bytes]:
        """The names below ``node``, outside comments and plain strings."""
        if node.id not in self._names:
            self._check()
            self._names[node.id] = frozenset(
                below.text or b""
                for below in descendants(node)
                if not below.child_count and _NAME.search(below.type) is not None
            )
        return self._names[node.id]

    def _check(self) -> None:
        if time.monotonic() > self._deadline:
            raise OutOfTime


def _only(_: Kin, nodes: list[Node], types: Sequence[str]) -> bool:
    children = (child for node in nodes for child in node.named_children if not is_comment(child))
    return all(child.type in types or _expression(child).type in types for child in children)


def _expression(node: Node) -> Node:
    if node.type != "expression_statement":
        return node
    inner = [child for child in node.named_children if not is_comment(child)]
    return inner[0] if len(inner) == 1 else node


def _has_parent(kin: Kin, nodes: list[Node], types: Sequence[str]) -> bool:
    return any(parent.type in types for node in nodes if (parent := kin.parent(node)) is not None)


def _has_ancestor(kin: Kin, nodes: list[Node], types: Sequence[str]) -> bool:
    return any(above.type in types for node in nodes for above in kin.ancestors(node))


def _has_sibling(kin: Kin, nodes: list[Node], types: Sequence[str]) -> bool:
    parents = (parent for node in nodes if (parent := kin.parent(node)) is not None)
    return any(not kin.children_types(parent).isdisjoint(types) for parent in parents)


def _contains(kin: Kin, nodes: list[Node], types: Sequence[str]) -> bool:
    return any(not kin.types_below(node).isdisjoint(types) for node in nodes)


def _uses(kin: Kin, nodes: list[Node], names: Sequence[str]) -> bool:
    return any(not kin.names_below(node).isdisjoint(name.encode() for name in names) for node in nodes)


def _has_comment(kin: Kin, nodes: list[Node], _: Sequence[str]) -> bool:
    return any("comment" in kind for node in nodes for kind in kin.types_below(node)) or any(
        _comment_behind(kin, node) for node in nodes
    )


def _comment_behind(kin: Kin, node: Node) -> bool:
    last: Node | None = node
    while last is not None and (follower := kin.next_sibling(last)) is None:
        last = kin.parent(last)
    return (
        last is not None
        and follower is not None
        and is_comment(follower)
        and (follower.start_point.row == node.end_point.row)
    )


class Predicate(NamedTuple):
    """What is asked of captured nodes, what its arguments name, and how many it wants at least."""

    test: Callable[[Kin, list[Node], Sequence[str]], bool]
    arguments: Literal["types", "names", "none"]
    least: int


OURS: dict[str, Predicate] = {
    "only?": Predicate(_only, "types", 0),
    "has-parent?": Predicate(_has_parent, "types", 1),
    "has-sibling?": Predicate(_has_sibling, "types", 1),
    "has-ancestor?": Predicate(_has_ancestor, "types", 1),
    "contains?": Predicate(_contains, "types", 1),
    "uses?": Predicate(_uses, "names", 1),
    "has-comment?": Predicate(_has_comment, "none", 0),
}


def named(name: str) -> tuple[Predicate, bool] | None:
    """The predicate of a name, and whether it must hold or, as ``not-…``, must not; None for one of others."""
    if name in OURS:
        return OURS[name], True
    bare = name.removeprefix("not-")
    return (OURS[bare], False) if bare in OURS else None


class Judge:
    """What ``QueryCursor.matches`` calls for each predicate that tree-sitter does not know, for one tree."""

    def __init__(self, kin: Kin) -> None:
        self._kin = kin

    def __call__(self, predicate: str, args: Arguments, pattern_index: int, captures: Captures) -> bool:
        """Whether the predicate holds. Raises OutOfTime, and UserError for an unknown one."""
        del pattern_index
        holds = _holds(self._kin, predicate, args, captures)
        # py-tree-sitter 0.26 never lets go of what it hands over here, and each node holds its whole tree.
        for nodes in captures.values():
            nodes.clear()
        captures.clear()
        return holds


def _holds(kin: Kin, predicate: str, args: Arguments, captures: Captures) -> bool:
    found = named(predicate)
    if found is None:
        raise UserError(f"unknown predicate #{predicate}")
    ours, positive = found
    values: list[str] = []
    for value, kind in args[1:]:
        if kind == "string":
            values.append(value)
        else:
            values += [text_of(node) for node in captures.get(value, [])]
    return ours.test(kin, captures.get(args[0][0], []), values) is positive
