"""A first query from examples: what the bad ones have in common and no good one has (see docs/rules.md)."""

from replay.draft.search import Draft, Sample, draft

__all__ = ["Draft", "Sample", "draft"]
