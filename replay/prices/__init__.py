"""What tokens cost: a dated list that comes with replay, under one of the user's own."""

from replay.prices.book import Book, load
from replay.prices.cost import most, tier, uncached, usd, written_for_an_hour

__all__ = ["Book", "load", "most", "tier", "uncached", "usd", "written_for_an_hour"]
