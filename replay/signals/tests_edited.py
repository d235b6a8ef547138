"""Tests fail, and the next thing the agent changes is the tests."""

from __future__ import annotations

from collections.abc import Iterator

from replay.records import Signal
from replay.signals import runs
from replay.signals.story import Ran, Story, Wrote

NAME = "tests-edited"


def find(story: Story) -> Iterator[Signal]:
    """One signal a failed test run after which an existing test file is the first code to be changed.

    A test that fails because it was written just before is the agent's own to mend: files that the session made do not
    count.
    """
    red: Ran | None = None
    own: set[str] = set()
    for event in story.events(Wrote, Ran):
        match event:
            case Ran(tests=True):
                red = event if event.failed else None
            case Wrote(path=path) if path.startswith("<"):
                continue
            case Wrote() if not event.is_test:
                red = None
            case Wrote(path=path, new=True):
                own.add(path)
            case Wrote(path=path) if red is not None and path not in own:
                why = f"edited right after tests failed: {runs.verdict(story.shown(red)) or red.line[:120]}"
                yield Signal(NAME, event.turn, event.message, path, why)
                red = None
