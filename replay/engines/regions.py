"""Where two trees can differ after an edit: outside of it, each node of one has its like in the other.

The trees are gone down from their roots at once, as long as all but one child of a node have their like in the other
tree, and that one lies around the edit. What is left is the children around the edit, with one on either side.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from tree_sitter import Node, Tree

from replay.difference import Span, span
from replay.engines.scopes import scope_name
from replay.engines.touched import text


class Region(NamedTuple):
    """The bytes of two texts that hold all that changed, and the nodes around them in both, from the root on.

    At least the roots: they may lie in the region.
    """

    span: Span
    around: list[tuple[Node, Node]]


class _Level(NamedTuple):
    """Two nodes around an edit, alike but for some of their children; ``left`` and ``right`` are these."""

    one: Node
    other: Node
    left: list[Node]
    right: list[Node]
    span: Span
    """The children that differ, and one on either side."""
    core: Span
    """The edit, and the children that differ."""


def changed(old: Tree, new: Tree, siblings: frozenset[str]) -> Region:
    """The region around an edit outside of which nothing changed for a query, of whole nodes.

    A node that lies outside has the same nodes below it as its like, ancestors of the same types and names, siblings of
    as many of the types in ``siblings`` (none, or some), and the same comment behind it. Neither tree has errors, and
    the more of one is in the other, as where an edit was parsed, the less time it takes.
    """
    region = _everything(old, new)
    around = []
    for level in _levels(old, new):
        if _types(level.one, level.left, siblings) != _types(level.other, level.right, siblings):
            break
        region = level.span
        around.append((level.one, level.other))
    return Region(region, around or [(old.root_node, new.root_node)])


def touched(old: Tree, new: Tree) -> Span:
    """Bytes such that a node which neither overlaps nor touches them stands in both trees, as far from either end.

    With syntax errors, which may be mended otherwise in another place, they are all.
    """
    if old.root_node.has_error or new.root_node.has_error:
        return _everything(old, new)
    return _levels(old, new)[-1].core


def _everything(old: Tree, new: Tree) -> Span:
    return Span(0, old.root_node.end_byte, new.root_node.end_byte)


@lru_cache(maxsize=2)
def _levels(old: Tree, new: Tree) -> list[_Level]:
    """The nodes around an edit, from the roots on."""
    edit = span(text(old), text(new))
    shift = edit.new_end - edit.old_end
    one, other = old.root_node, new.root_node
    low, high = 0, one.end_byte
    levels = []
    while True:
        children, others = one.children, other.children
        head = _alike_before(children, others, edit.start)
        tail = _alike_behind(children[head:], others[head:], edit.old_end, shift)
        left, right = children[head : len(children) - tail], others[head : len(others) - tail]
        start = children[head - 1].start_byte if head else low
        end = children[-tail].end_byte if tail else high
        first = min([edit.start, *(nodes[0].start_byte for nodes in (left, right) if nodes)])
        last = max([edit.old_end, *(nodes[-1].end_byte - by for nodes, by in ((left, 0), (right, shift)) if nodes)])
        core = Span(first, last, last + shift)
        levels.append(_Level(one, other, left, right, Span(start, end, end + shift), core))
        if len(left) != 1 or len(right) != 1 or not _around(left[0], right[0], edit, shift):
            return levels
        one, other = left[0], right[0]
        low, high = one.start_byte, one.end_byte


def _alike_before(children: Sequence[Node], others: Sequence[Node], edge: int) -> int:
    """How many children lie before ``edge``, and have their like in the other tree."""
    count = 0
    for child, other in zip(children, others, strict=False):
        if child.end_byte > edge or not _alike(child, other, 0):
            break
        count += 1
    return count


def _alike_behind(children: Sequence[Node], others: Sequence[Node], edge: int, shift: int) -> int:
    count = 0
    for child, other in zip(reversed(children), reversed(others), strict=False):
        if child.start_byte < edge or not _alike(child, other, shift):
            break
        count += 1
    return count


def _alike(one: Node, other: Node, shift: int) -> bool:
    """Whether two nodes outside of the edit are the same, and all below them."""
    if not _stand_alike(one, other, shift):
        return False
    pairs = [(one, other)] if one.id != other.id else []
    while pairs:
        mine, its = pairs.pop()
        if (mine.is_extra, mine.child_count) != (its.is_extra, its.child_count):
            return False
        for place, (child, like) in enumerate(zip(mine.children, its.children, strict=True)):
            if not _stand_alike(child, like, shift):
                return False
            if mine.field_name_for_child(place) != its.field_name_for_child(place):
                return False
            if child.id != like.id:
                pairs.append((child, like))
    return True


def _stand_alike(one: Node, other: Node, shift: int) -> bool:
    """Whether two nodes have one type and place; they are the same then, and all below them, if they have one id.

    A node's id is the place in memory of what is below it, which trees share; it may go by another name elsewhere.
    """
    return (
        one.kind_id == other.kind_id
        and one.start_byte + shift == other.start_byte
        and one.end_byte + shift == other.end_byte
    )


def _types(node: Node, changed: Sequence[Node], wanted: frozenset[str]) -> frozenset[str]:
    """Which of the ``wanted`` types the children of a node have, if one that changed has any."""
    if wanted.isdisjoint(child.type for child in changed):
        return frozenset()
    return wanted.intersection(child.type for child in node.children)


def _around(one: Node, other: Node, edit: Span, shift: int) -> bool:
    """Whether two nodes differ only within: they lie around the edit alike, and have type and name in common."""
    return (
        one.kind_id == other.kind_id
        and one.start_byte == other.start_byte <= edit.start
        and edit.old_end <= one.end_byte == other.end_byte - shift
        and one.child_count > 0
        and other.child_count > 0
        and scope_name(one) == scope_name(other)
    )
