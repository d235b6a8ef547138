"""The assertion asks less than the one it replaced."""

from replay.engines import testcode


def introduced(before, after):
    """Nodes of the text after."""
    return testcode.weakened_assertions(before, after, testcode.JAVASCRIPT)
