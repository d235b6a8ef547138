"""Batches under way at a provider, on disk beside the answer cache: written before a batch is handed over, and after.

So a process that is killed at any moment leaves behind which requests may be in which batch, and the next one asks for
them there before it hands anything over.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from replay.store import Store

LEDGER_ID = 0x72657062  # "repb"
_KEY = 64  # hex digits of a request key
_SCHEMA = """
CREATE TABLE batches (tag TEXT PRIMARY KEY, id TEXT, api TEXT NOT NULL, endpoint TEXT NOT NULL, model TEXT NOT NULL,
    created REAL NOT NULL, requests INTEGER NOT NULL, state TEXT NOT NULL, keys BLOB NOT NULL) WITHOUT ROWID;
"""


class Entrusted(NamedTuple):
    """A batch: our ``tag``, the provider's ``id`` (None while it is not known to have arrived), and what is in it.

    ``state`` is ``open`` (a canceled one too, until it is collected), ``collected``, or ``lost`` (it never arrived,
    or failed as a whole). ``created`` is Unix time in seconds, ``keys`` are those of its requests.
    """

    tag: str
    id: str | None
    api: str
    endpoint: str
    model: str
    created: float
    state: str
    keys: tuple[str, ...]


class Ledger(Store):
    """The batches of all runs that share an answer cache."""

    @classmethod
    def beside(cls, cache: Path) -> Ledger:
        """The ledger beside the answer cache ``cache``, made where there is none. Raises UserError as a store does."""
        return cls(cache.with_name("batches.sqlite"), _SCHEMA, LEDGER_ID, create=True)

    def intend(self, tag: str, api: str, endpoint: str, model: str, keys: Sequence[str]) -> None:
        """Say that a batch with these requests is about to be handed over; on the disk when this returns."""
        packed = zlib.compress("".join(keys).encode(), 1)
        row = (tag, None, api, endpoint, model, time.time(), len(keys), "open", packed)
        with self._transaction() as db:
            db.execute("INSERT INTO batches VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def arrived(self, tag: str, batch: str) -> None:
        """The provider has it, under the id ``batch``."""
        with self._transaction() as db:
            db.execute("UPDATE batches SET id = ? WHERE tag = ?", (batch, tag))

    def close_batch(self, tag: str, state: str) -> None:
        """Nothing more is expected of it."""
        with self._transaction() as db:
            db.execute("UPDATE batches SET state = ? WHERE tag = ?", (state, tag))

    def open_batches(self, api: str, endpoint: str) -> list[Entrusted]:
        """Those of one endpoint that answers are still expected from, oldest first."""
        return [one for one in self.all_batches() if (one.state, one.api, one.endpoint) == ("open", api, endpoint)]

    def all_batches(self) -> list[Entrusted]:
        """All there ever were, oldest first."""
        query = "SELECT tag, id, api, endpoint, model, created, state, keys FROM batches ORDER BY created, tag"
        return [Entrusted(*row)._replace(keys=_unpacked(row[-1])) for row in self._rows(query)]

    def ids(self) -> frozenset[str]:
        """The provider's ids of all batches of ours."""
        return frozenset(str(row[0]) for row in self._rows("SELECT id FROM batches WHERE id IS NOT NULL"))


def _unpacked(packed: bytes) -> tuple[str, ...]:
    text = zlib.decompress(packed).decode()
    return tuple(text[at : at + _KEY] for at in range(0, len(text), _KEY))
