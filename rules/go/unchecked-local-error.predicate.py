"""A call, as a statement, of a function that the same file declares with an error as its last result."""

import re
from collections import Counter

from replay import queries

DECLARED = {"function_declaration", "method_declaration"}
PUTS_AWAY = re.compile(r"(?:Close|Stop|Shutdown|Remove|Flush|Sync|Rollback|Release|Cancel|Unlock|Kill)\w*$", re.IGNORECASE)


def introduced(before, after):
    """Nodes of the text after."""
    known = Counter(key for key, _ in _found(before)) if before is not None else Counter()
    for key, node in _found(after):
        if known[key]:
            known[key] -= 1
        else:
            yield node


def _found(tree):
    nodes = list(queries.descendants(tree.root_node))
    declared = [node for node in nodes if node.type in DECLARED]
    with_error = {_name(node) for node in declared if _returns_error(node)}
    others = {_name(node) for node in declared if not _returns_error(node)}
    for node in nodes:
        if node.type == "call_expression" and node.parent.type in {"expression_statement", "go_statement"}:
            function = node.child_by_field_name("function")
            if function.type == "selector_expression":
                key = ("method_declaration", _text(function.child_by_field_name("field")))
            else:
                key = ("function_declaration", _text(function))
            if key in with_error - others and not PUTS_AWAY.match(key[1]):
                yield _text(function), node


def _name(node):
    return node.type, _text(node.child_by_field_name("name"))


def _returns_error(node):
    result = node.child_by_field_name("result")
    return result is not None and re.search(r"\berror\s*\)?$", _text(result)) is not None


def _text(node):
    return (node.text or b"").decode("utf-8", "replace")
