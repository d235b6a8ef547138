"""A call, in a test, of the function that the test has replaced by a mock."""

import re

from replay.engines import testcode, touched

PATCHED = (
    re.compile(r"""\b(?:jest|vi)\.spyOn\(\s*([\w.]+),\s*["'](\w+)["']\s*\)\s*\.mock(?:Return|Resolved|Rejected|Impl)"""),
    re.compile(r"""\bsinon\.stub\(\s*([\w.]+),\s*["'](\w+)["']"""),
    re.compile(r"(?m)^\s*([\w.]+\.\w+)\s*=\s*(?:jest|vi)\.fn\("),
)


def introduced(before, after):
    """Nodes of the text after."""
    old, new = testcode.edited(before, after, testcode.JAVASCRIPT)
    return touched.added(_found(old), _found(new))


def _found(tests):
    for name, test in tests.items():
        mocked = {".".join(found.groups()) for pattern in PATCHED for found in pattern.finditer(test.text)}
        for node, called in test.calls if mocked else ():
            if called in mocked:
                yield (name, called), node
