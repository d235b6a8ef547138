"""A call, as a statement, of a function that the same file declares with an error as its last result."""

import re
from collections import Counter

from replay.engines import regions, touched
from replay.nodes import text_of

DECLARED = frozenset({"function_declaration", "method_declaration"})
STATEMENTS = frozenset({"expression_statement", "go_statement"})
PUTS_AWAY = re.compile(r"(?:Close|Stop|Shutdown|Remove|Flush|Sync|Rollback|Release|Cancel|Unlock|Kill)\w*$", re.IGNORECASE)


def introduced(before, after):
    """Nodes of the text after."""
    if before is not None and not (before.root_node.has_error or after.root_node.has_error):
        start, old_end, new_end = regions.touched(before, after)
        declared, called = _said(before, start, old_end)
        declared_now, called_now = _said(after, start, new_end)
        # what is not touched is the same too, so that no more calls of a function are found than here
        more = {key for key, _ in called_now - called}
        if declared == declared_now and not (more and more & _failing(after)):
            return ()
    found = list(_dropped(after))
    return touched.added(_dropped(before) if before is not None and found else (), found)


def _said(tree, start, end):
    """How often each declaration, and each call as a statement, is found at some bytes."""
    nodes = touched.nodes(tree, DECLARED | STATEMENTS, start=start, end=end)
    declared = Counter(_declared(node) for node in nodes if node.type in DECLARED)
    calls = (call for node in nodes if node.type in STATEMENTS for call in _calls(node))
    return declared, Counter((key, name) for key, name, _ in calls)


def _dropped(tree):
    failing = _failing(tree)
    for statement in touched.nodes(tree, STATEMENTS) if failing else ():
        for key, name, call in _calls(statement):
            if key in failing:
                yield name, call


def _failing(tree):
    """Kind and name of the functions whose error may not be dropped."""
    root = tree.root_node  # it alone holds declarations, unless a part that has a syntax error does
    nodes = touched.nodes(tree, DECLARED) if root.has_error else root.named_children
    declared = {_declared(node) for node in nodes if node.type in DECLARED}
    return {key for key, fails in declared if fails and (key, False) not in declared and not PUTS_AWAY.match(key[1])}


def _declared(node):
    """Kind and name of a function, and whether its last result is an error."""
    result = node.child_by_field_name("result")
    fails = result is not None and re.search(r"\berror\s*\)?$", text_of(result)) is not None
    return (node.type, text_of(node.child_by_field_name("name"))), fails


def _calls(statement):
    """Kind and name of the function that a statement calls, the words that it is called by, and the call."""
    for call in statement.children:
        if call.type == "call_expression":
            function = call.child_by_field_name("function")
            kind, name = "function_declaration", function
            if function.type == "selector_expression":
                kind, name = "method_declaration", function.child_by_field_name("field")
            yield (kind, text_of(name)), text_of(function), call
