import unittest

import pytest


# ruleid: empty-test
def test_saves():
    pass


# ruleid: empty-test
async def test_loads():
    """Loads what was saved."""


class Tests(unittest.TestCase):
    # ruleid: empty-test
    def test_deletes(self):
        # TODO: write
        ...

    # ok: empty-test
    def test_opens(self):
        open(__file__).close()

    # ok: empty-test
    def setUp(self):
        pass


# ok: empty-test
def test_claims():
    assert 1 + 1 == 2


@pytest.mark.usefixtures("database")
# ok: empty-test
def test_connects():
    pass


# ok: empty-test
def testing():
    pass


# ok: empty-test
def test_known():
    # ... existing code ...
    pass


def collect(pytester):
    # ok: empty-test
    def test_inner():
        pass

    # def test_nothing(): pass
    # ok: empty-test
    return test_inner, "def test_x(): pass"
