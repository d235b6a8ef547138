"""Scopes: the functions, methods and classes around a place, by the names that code gives them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache

from tree_sitter import Language, Node, Tree

from replay.engines import touched
from replay.nodes import text_of

_FEW = 4
_SCOPE = re.compile(
    r"function|method|class|struct|interface|trait|impl|module|namespace|object|constructor|enum|record|property|field"
)
_NOT_SCOPE = re.compile(r"call|invocation|argument|parameter|identifier|access|type$|expression$|pattern$")
_VALUE = re.compile(r"function|lambda|class|closure")


class Scopes:
    """The functions, methods and classes of one tree.

    Looked up from the root for the first few nodes, then all found at once: going to each is quadratic in the end.
    Where ``nodes`` are given, nodes of ``scope_kinds`` in document order, they are the ones to name.
    """

    def __init__(self, tree: Tree, nodes: Sequence[Node] | None = None) -> None:
        self._tree = tree
        self._nodes = nodes
        self._asked = 0
        self._starts: list[int] | None = None
        self._found: list[tuple[Node, str, int]] = []

    def of(self, node: Node) -> str:
        """Names of the functions, methods and classes around ``node``, outermost first, joined by dots."""
        if self._starts is None and self._nodes is None and self._asked < _FEW:
            self._asked += 1
            return ".".join(_names_down(self._tree.root_node, node))
        place = bisect_right(self._all(), node.start_byte) - 1
        while place >= 0:
            above, name, outer = self._found[place]
            if above.end_byte >= node.end_byte and _is_above(above, node):
                return name
            place = outer
        return ""

    def beyond(self, start: int, end: int) -> list[tuple[int, int, str]]:
        """Those that do not lie within the bytes: where each starts, where it ends counted from ``end``, its name."""
        self._all()
        return [
            (node.start_byte, node.end_byte - end, name)
            for node, name, _ in self._found
            if node.start_byte < start or node.end_byte > end
        ]

    def _all(self) -> list[int]:
        if self._starts is None:
            self._starts = list(self._find())
        return self._starts

    def _find(self) -> Iterator[int]:
        open_: list[int] = []
        tree = self._tree
        for node in touched.nodes(tree, scope_kinds(tree.language)) if self._nodes is None else self._nodes:
            if name := scope_name(node):
                while open_ and self._found[open_[-1]][0].end_byte < node.end_byte:
                    open_.pop()
                outer = open_[-1] if open_ else -1
                self._found.append((node, f"{self._found[outer][1]}.{name}" if open_ else name, outer))
                open_.append(len(self._found) - 1)
                yield node.start_byte


def _names_down(root: Node, node: Node) -> Iterator[str]:
    above: Node | None = root
    while above is not None and above.id != node.id:
        if name := scope_name(above):
            yield name
        above = above.child_with_descendant(node)


def _is_above(above: Node, node: Node) -> bool:
    """Whether a node that covers ``node`` is an ancestor: it may be the node, or all there is below it."""
    span = (node.start_byte, node.end_byte)
    if (above.start_byte, above.end_byte) != span:
        return True
    parent = node.parent
    while parent is not None and (parent.start_byte, parent.end_byte) == span:
        if parent.id == above.id:
            return True
        parent = parent.parent
    return False


@lru_cache(maxsize=64)
def scope_kinds(grammar: Language) -> frozenset[str]:
    """The types of nodes that can name a scope."""
    return frozenset(
        kind
        for number in range(grammar.node_kind_count)
        if grammar.node_kind_is_named(number)
        and grammar.node_kind_is_visible(number)
        and _is_scope(kind := grammar.node_kind_for_id(number) or "")
    )


def _is_scope(kind: str) -> bool:
    return kind == "variable_declarator" or bool(_SCOPE.search(kind) and not _NOT_SCOPE.search(kind))


def scope_name(node: Node) -> str | None:
    """What a node calls the code below it: the name of a function or class, None for other nodes."""
    if node.type == "variable_declarator":
        value = node.child_by_field_name("value")
        found = node.child_by_field_name("name") if value is not None and _VALUE.search(value.type) else None
    elif not _is_scope(node.type):
        return None
    else:
        found = node.child_by_field_name("name") or node.child_by_field_name("property")
        if found is None and "impl" in node.type:
            found = node.child_by_field_name("type")
        if found is None and "function" in node.type:
            found = _declared(node)
    return None if found is None else " ".join(text_of(found).split())


def _declared(node: Node) -> Node | None:
    """The name inside C's nested declarators (``*f(int x)``)."""
    inner = node.child_by_field_name("declarator")
    while inner is not None and (below := inner.child_by_field_name("declarator")) is not None:
        inner = below
    return inner
