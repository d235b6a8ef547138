import os
import sys
import unittest
from unittest import skip

import pytest
import pytest as pt


# ruleid: skipped-test
@pytest.mark.skip
def test_a():
    assert 1 + 1 == 2


# ruleid: skipped-test
@pt.mark.skip(reason="flaky")
def test_b():
    assert 1 + 1 == 2


def test_c():
    # ruleid: skipped-test
    pytest.skip("not now")
    assert 1 + 1 == 2


async def test_d():
    """A claim."""
    # ruleid: skipped-test
    pytest.skip("not now")


class Tests(unittest.TestCase):
    # ruleid: skipped-test
    @unittest.skip("broken")
    def test_e(self):
        self.assertEqual(1 + 1, 2)

    # ruleid: skipped-test
    @skip("broken")
    def test_f(self):
        self.assertEqual(1 + 1, 2)

    def test_g(self):
        # ruleid: skipped-test
        self.skipTest("broken")

    # ok: skipped-test
    @unittest.skipIf(sys.platform == "win32", "no fork")
    def test_h(self):
        if not hasattr(sys, "gettrace"):
            # ok: skipped-test
            self.skipTest("no tracing")
        self.assertEqual(1 + 1, 2)


# ok: skipped-test
@pytest.mark.skipif(sys.platform == "win32", reason="no fork")
def test_i():
    # ok: skipped-test
    pytest.importorskip("numpy")
    if sys.platform == "win32":
        # ok: skipped-test
        pytest.skip("no fork")


if sys.version_info < (3, 12):
    # ok: skipped-test
    pytestmark = pytest.mark.skip(reason="needs 3.12")


def needs_fork(test):
    # ok: skipped-test
    return test if hasattr(os, "fork") else unittest.skip("no fork")(test)


def pytest_collection_modifyitems(config, items):
    # ok: skipped-test
    slow = pytest.mark.skip(reason="needs --slow")
    for item in items:
        item.add_marker(slow)


# ok: skipped-test
@pytest.mark.xfail(strict=True)
def test_j():
    # @pytest.mark.skip
    # ok: skipped-test
    assert "@pytest.mark.skip" == ""
