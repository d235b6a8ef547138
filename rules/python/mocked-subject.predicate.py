"""A call, in a test, of the function that the test has replaced by a mock."""

import re

from replay.engines import testcode, touched

PATCHED = (
    re.compile(r"""\bpatch\(\s*["'](?:[\w.]+\.)?(\w+\.\w+)["'](?![^)]*wraps)"""),
    re.compile(r"""\bsetattr\(\s*["'](?:[\w.]+\.)?(\w+\.\w+)["']"""),
    re.compile(r"""\b(?:patch\.object|setattr)\(\s*([\w.]+),\s*["'](\w+)["'](?![^)]*wraps)"""),
    re.compile(r"(?m)^\s*([\w.]+\.\w+)\s*=\s*(?:mock\.)?(?:Magic|Async)?Mock\((?![^)\n]*wraps)"),
)
WORD = re.compile(r"patch|setattr|Mock")
"""What stands where one of them matches."""


def introduced(before, after):
    """Nodes of the text after."""
    old, new = testcode.edited(before, after, testcode.PYTHON)
    return touched.added(_found(old), _found(new))


def _found(tests):
    for name, test in tests.items():
        patterns = PATCHED if WORD.search(test.text) else ()
        mocked = {".".join(found.groups()) for pattern in patterns for found in pattern.finditer(test.text)}
        for node, called in test.calls if mocked else ():
            if any(called == one or called.endswith("." + one) for one in mocked):
                yield (name, called), node
