"""A person stopped the agent: rejected what it was about to do, or interrupted it."""

from __future__ import annotations

from collections.abc import Iterator

from replay.records import Signal
from replay.signals.story import Stopped, Story

NAME = "stopped"
_CUT = 300


def find(story: Story) -> Iterator[Signal]:
    """One signal a turn that was stopped: the reason the person gave, else how the client notes it."""
    stops: dict[int, list[Stopped]] = {}
    for event in story.events(Stopped):
        if isinstance(event, Stopped):
            stops.setdefault(event.turn, []).append(event)
    for turn, found in stops.items():
        first = next((one for one in found if one.reason), found[0])
        why = "a person rejected a call of this turn" if first.rejected else "a person interrupted this turn"
        yield Signal(NAME, turn, first.message, (first.reason or first.quote)[:_CUT], why)
