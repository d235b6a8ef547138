"""The same failing command run again, with nothing changed in between."""

from __future__ import annotations

from collections.abc import Iterator

from replay.records import Signal
from replay.signals.story import Ran, Story, Wrote
from replay.workspace import commands

NAME = "repeated"


def find(story: Story) -> Iterator[Signal]:
    """One signal for each time that a command fails again; anything that may have changed a file begins anew."""
    failing: dict[str, int] = {}
    for event in story.events(Wrote, Ran):
        match event:
            case Wrote():
                failing.clear()
            case Ran(line=line, failed=failed):
                same = " ".join(line.split())
                if not failed:
                    failing.pop(same, None)
                    if failing and commands.touched(line):
                        failing.clear()
                    continue
                failing[same] = times = failing.get(same, 0) + 1
                if times > 1:
                    why = f"failed {times} times with nothing changed in between"
                    yield Signal(NAME, event.turn, event.message, same[:300], why)
