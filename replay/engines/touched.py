"""What of two trees an edit can have changed, and nodes by their type, found there or everywhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from functools import lru_cache
from typing import TypeVar

from tree_sitter import Language, Node, Query, QueryCursor, Tree

from replay import difference
from replay.difference import Span

Key = TypeVar("Key", bound=Hashable)

MAX_DEPTH = 65_000
"""Deepest nesting that is searched: tree-sitter counts it in 16 bits, and beyond them takes quadratic time."""


@lru_cache(maxsize=4)
def span(before: Tree, after: Tree) -> Span:
    """Bytes such that a node which neither overlaps nor touches them stands in both trees, as far from either end.

    Tree-sitter tells where tokens of the same text have ancestors of other types; everywhere else a node that starts
    with a word of its own, or has a fixed number of parts, can neither have been split nor merged. With syntax errors,
    which may be mended otherwise in another place, the span is everything.
    """
    old, new = before.root_node, after.root_node
    if old.has_error or new.has_error:
        return Span(0, old.end_byte, new.end_byte)
    start, old_end, new_end = difference.span(text(before), text(after))
    edited = before.copy()
    edited.edit(start, old_end, new_end, (0, start), (0, old_end), (0, new_end))  # no more than the bytes is asked
    ranges = edited.changed_ranges(after)
    first = min((one.start_byte for one in ranges), default=start)
    more = max(0, max((one.end_byte for one in ranges), default=new_end) - new_end)
    return Span(min(start, first), old_end + more, new_end + more)


@lru_cache(maxsize=4)
def text(tree: Tree) -> bytes:
    """The bytes from which a tree was parsed, up to where its root ends; blanks for what stands before it starts."""
    root = tree.root_node
    return b" " * root.start_byte + (root.text or b"")


def nodes(
    tree: Tree, types: frozenset[str], *, below: Node | None = None, start: int = 0, end: int | None = None
) -> list[Node]:
    """Nodes of some types in document order: ``below`` and those under it, else of the tree; at ``start`` to ``end``.

    What only touches these bytes is among them. Types that the grammar does not have are passed over.
    """
    query = _query(tree.language, types)
    if query is None:
        return []
    cursor = QueryCursor(query)
    cursor.set_max_start_depth(MAX_DEPTH)
    if end is not None:
        cursor.set_byte_range(max(0, start - 1), end + 1)
    found = cursor.captures(tree.root_node if below is None else below).get("node", [])
    return sorted(found, key=lambda one: (one.start_byte, -one.end_byte))


@lru_cache(maxsize=64)
def _query(grammar: Language, types: frozenset[str]) -> Query | None:
    named = True
    known = sorted(kind for kind in types if grammar.id_for_node_kind(kind, named) is not None)
    return Query(grammar, f"[{' '.join(f'({kind})' for kind in known)}] @node") if known else None


def added(old: Iterable[tuple[Key, Node]], new: Iterable[tuple[Key, Node]]) -> Iterator[Node]:
    """The nodes of ``new`` that are more than ``old`` has under their key: the later ones."""
    known = Counter(key for key, _ in old)
    for key, node in new:
        if known[key]:
            known[key] -= 1
        else:
            yield node
