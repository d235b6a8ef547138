"""Replay coding-agent transcripts against models and prompt edits, and decide whether a bad habit went away."""


def __getattr__(name: str) -> str:
    """``__version__``, looked up where it is asked for: to import what knows it takes longer than most of our own."""
    if name == "__version__":
        from importlib.metadata import version

        return version("transcript-replay")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
