"""Signals in the session itself that a turn went wrong: what people say, what the agent claims, what it runs.

Each signal is a module with ``NAME`` and ``find(story)``, a pure function from a transcript's events to ``Signal``
records. They are leads to read, not verdicts: ``mine`` lists them beside findings and cuts cases at them.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING

from replay.errors import UserError
from replay.modules import Modules
from replay.records import Signal, Transcript

if TYPE_CHECKING:
    from replay.signals.story import Story

SIGNALS = Modules(
    __name__,
    {
        "objection": "objection",
        "stopped": "stopped",
        "forbidden": "forbidden",
        "unproven": "unproven",
        "repeated": "repeated",
        "tests-edited": "tests_edited",
    },
)


def found(transcript: Transcript, kinds: Iterable[str] = tuple(SIGNALS)) -> tuple[Signal, ...]:
    """The signals of these kinds in a transcript, by turn, in the order of ``SIGNALS`` within one."""
    from replay.signals.story import Story

    return told(Story.of(transcript), kinds)


def told(story: Story, kinds: Iterable[str]) -> tuple[Signal, ...]:
    """As ``found``, of a story that was made while its transcript was played for something else."""
    made = [signal for kind in kinds for signal in SIGNALS[kind].find(story)]
    return tuple(sorted(made, key=lambda one: one.turn))


def chosen(names: Iterable[str]) -> tuple[str, ...]:
    """Kinds by name; ``all`` is every kind. Raises UserError for an unknown one."""
    wanted: list[str] = []
    for name in names:
        if name == "all":
            wanted += SIGNALS
        elif name in SIGNALS:
            wanted.append(name)
        else:
            close = get_close_matches(name, SIGNALS, 1)
            hint = f"did you mean {close[0]}?" if close else f"known are all, {', '.join(SIGNALS)}"
            raise UserError(f"no signal {name!r}: {hint}")
    return tuple(dict.fromkeys(wanted))
