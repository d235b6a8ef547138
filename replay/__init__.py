"""Replay coding-agent transcripts against models and prompt edits, and decide whether a bad habit went away."""

from importlib.metadata import version

__version__ = version("transcript-replay")
