"""What is to be done of a scan, and what came of it: all of it travels between processes."""

from __future__ import annotations

from typing import NamedTuple

from replay.records import Record, Rule
from replay.scale.earlier import Earlier
from replay.scale.index import Manifest
from replay.scale.sources import Log


class Plan(Record, frozen=True):
    """What is the same for all parts. ``hashes`` are those of the rules (``identity.rules``).

    ``signals`` are kinds (``replay.signals``).
    """

    folder: str
    generation: int
    reader: str
    rules: tuple[Rule, ...]
    hashes: dict[str, str]
    signals: tuple[str, ...] = ()


class Part(Record, frozen=True):
    """Logs to be read; or, with ``stored``, a part whose changes are to be checked by the rules that are new to it.

    ``earlier`` is where a log's state before lies, by the log's name in the tables.
    """

    name: str
    logs: tuple[Log, ...]
    stored: Manifest | None = None
    earlier: dict[str, Earlier] = {}  # noqa: RUF012 - msgspec makes a new one for each part

    @property
    def checked(self) -> tuple[Log, ...]:
        """The logs whose stored changes are checked."""
        return tuple(one.log for one in self.stored.logs if not one.stale) if self.stored else ()

    @property
    def size(self) -> int:
        """The bytes of its logs, read now or when it was stored."""
        return sum(log.size for log in (*self.logs, *self.checked))


class Found(NamedTuple):
    """A finding as it is listed; ``log`` is its log's name in the tables."""

    log: str
    transcript: str
    session: str | None
    turn: int
    rule: str
    path: str
    line: int
    snippet: str


class Told(NamedTuple):
    """A signal as it is listed: a row of ``signals``; ``file`` is its log's name in the tables."""

    file: str
    transcript: str
    session: str | None
    turn: int
    signal: str
    message: int
    line: int | None
    quote: str
    why: str
    told: str
    where: str


class Done(NamedTuple):
    """A finished part: it lies in the folder. ``found`` is in order of log, transcript, turn, path and line.

    ``told`` are the signals of the logs that were read, in order of log, transcript and turn.
    """

    manifest: Manifest
    found: tuple[Found, ...]
    told: tuple[Told, ...] = ()
