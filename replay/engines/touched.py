"""What is asked of a tree: its text, and nodes by their type, at some bytes or everywhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from functools import lru_cache
from typing import TypeVar

from tree_sitter import Language, Node, Query, QueryCursor, Tree

Key = TypeVar("Key", bound=Hashable)

MAX_DEPTH = 65_000
"""Deepest nesting that is searched: tree-sitter counts it in 16 bits, and beyond them takes quadratic time."""


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
