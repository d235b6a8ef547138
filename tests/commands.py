"""Commands as a person gives them, for tests."""

from collections.abc import Callable

Command = Callable[..., tuple[int, str, str]]
"""Runs the command line of the words given: exit code, standard output, standard error."""
