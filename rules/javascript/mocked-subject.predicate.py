"""A call, in a test, of the function that the test has replaced by a mock."""

import re
from collections import Counter

from replay import queries
from replay.engines import testcode

PATCHED = (
    re.compile(r"""\b(?:jest|vi)\.spyOn\(\s*([\w.]+),\s*["'](\w+)["']\s*\)\s*\.mock(?:Return|Resolved|Rejected|Impl)"""),
    re.compile(r"""\bsinon\.stub\(\s*([\w.]+),\s*["'](\w+)["']"""),
    re.compile(r"(?m)^\s*([\w.]+\.\w+)\s*=\s*(?:jest|vi)\.fn\("),
)


def introduced(before, after):
    """Nodes of the text after."""
    known = Counter(key for key, _ in _found(before)) if before is not None else Counter()
    for key, node in _found(after):
        if known[key]:
            known[key] -= 1
        else:
            yield node


def _found(tree):
    for name, test in testcode.tests(tree, testcode.JAVASCRIPT).items():
        text = _text(test.node)
        mocked = {".".join(found.groups()) for pattern in PATCHED for found in pattern.finditer(text)}
        for node in queries.descendants(test.node):
            if node.type == "call_expression":
                called = _text(node.child_by_field_name("function"))
                if called in mocked:
                    yield (name, called), node


def _text(node):
    return (node.text or b"").decode("utf-8", "replace")
