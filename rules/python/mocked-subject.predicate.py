"""A call, in a test, of the function that the test has replaced by a mock."""

import re
from collections import Counter

from replay import queries
from replay.engines import testcode

PATCHED = (
    re.compile(r"""\bpatch\(\s*["'](?:[\w.]+\.)?(\w+\.\w+)["'](?![^)]*wraps)"""),
    re.compile(r"""\bsetattr\(\s*["'](?:[\w.]+\.)?(\w+\.\w+)["']"""),
    re.compile(r"""\b(?:patch\.object|setattr)\(\s*([\w.]+),\s*["'](\w+)["'](?![^)]*wraps)"""),
    re.compile(r"(?m)^\s*([\w.]+\.\w+)\s*=\s*(?:mock\.)?(?:Magic|Async)?Mock\((?![^)\n]*wraps)"),
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
    for name, test in testcode.tests(tree, testcode.PYTHON).items():
        around = test.node.parent if test.node.parent.type == "decorated_definition" else test.node
        text = _text(around)
        mocked = {".".join(found.groups()) for pattern in PATCHED for found in pattern.finditer(text)}
        for node in queries.descendants(test.node):
            if node.type == "call":
                called = _text(node.child_by_field_name("function"))
                if any(called == one or called.endswith("." + one) for one in mocked):
                    yield (name, called), node


def _text(node):
    return (node.text or b"").decode("utf-8", "replace")
