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


class Done(NamedTuple):
    """A finished part: it lies in the folder. ``size`` is that of its logs in bytes."""

    manifest: Manifest
    size: int

    @property
    def findings(self) -> int:
        """How many there are in it."""
        return self.manifest.rows["findings"]
