"""The test asserts less than before."""

from replay.engines import testcode


def introduced(before, after):
    """Nodes of the text after."""
    return testcode.lost_assertions(before, after, testcode.GO)
