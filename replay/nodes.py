"""Nodes of any grammar: what stands there, what lies below, whether it is a comment."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node


def is_comment(node: Node) -> bool:
    """Whether the node is a comment, in any grammar (``comment``, ``line_comment``, ``block_comment`` …)."""
    return "comment" in node.type


def text_of(node: Node | None) -> str:
    """What stands in the text at a node; nothing where there is none."""
    return "" if node is None else (node.text or b"").decode("utf-8", "replace")


def descendants(node: Node) -> Iterator[Node]:
    """All nodes below ``node`` in document order, itself excluded."""
    stack = node.children[::-1]
    while stack:
        found = stack.pop()
        yield found
        stack.extend(found.children[::-1])
