"""What happens while sampling, as it happens, and what it came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from replay.records import Trial
from replay.sample.draws import Draw


@dataclass(frozen=True)
class Planned:
    """How many draws each arm will have, said once before the first."""

    draws: Mapping[str, int]


@dataclass(frozen=True)
class Kept:
    """The run had this draw already."""

    draw: Draw


@dataclass(frozen=True)
class Started:
    """A request is being sent."""

    draw: Draw
    attempt: int


@dataclass(frozen=True)
class Retrying:
    """An attempt failed; the next comes in ``delay`` seconds."""

    draw: Draw
    kind: str
    attempt: int
    delay: float


@dataclass(frozen=True)
class Finished:
    """A completion is stored; ``trial.cached`` tells whether it had to be sent for."""

    trial: Trial


@dataclass(frozen=True)
class Failed:
    """All attempts failed; the error is stored."""

    trial: Trial


@dataclass(frozen=True)
class Skipped:
    """A draw is not sent: its arm was stopped, or the user interrupted."""

    draw: Draw


@dataclass(frozen=True)
class Stopped:
    """An arm sends no more: every request of it was refused."""

    arm: str
    sentence: str


@dataclass(frozen=True)
class Interrupted:
    """Ctrl-C: ``under_way`` requests will finish, no new one is sent."""

    under_way: int


@dataclass(frozen=True)
class Batched:
    """Something happened to a batch, in a sentence."""

    sentence: str


Event = Batched | Planned | Kept | Started | Retrying | Finished | Failed | Skipped | Stopped | Interrupted


@dataclass
class Tally:
    """What a call of ``sample`` came to.

    ``kept`` draws the run had, ``cached`` ones came from the cache or from an equal draw, ``finished`` ones were sent
    for and answered, ``errors`` counts failed ones by kind. ``requests`` counts every attempt. ``not_sent`` counts by
    arm; ``stopped`` has one sentence for each arm that was stopped.
    """

    kept: int = 0
    cached: int = 0
    finished: int = 0
    requests: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    not_sent: Counter[str] = field(default_factory=Counter)
    stopped: list[str] = field(default_factory=list)

    @property
    def failed(self) -> int:
        """Draws that ended in an error."""
        return self.errors.total()

    def add(self, other: Tally) -> None:
        """Count what a further call came to."""
        for name in ("kept", "cached", "finished", "requests"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.errors += other.errors
        self.not_sent += other.not_sent
        self.stopped += other.stopped
