"""A test was deleted."""

from replay.engines import testcode


def introduced(before, after):
    """Nodes of the text before."""
    return testcode.lost_tests(before, after, testcode.JAVASCRIPT)
