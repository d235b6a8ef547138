"""Records in their order that need not all be in memory: from a limit on they lie in a temporary file without a name.

A session of hundreds of megabytes is read, mined and written record by record. The file has no name and ends with the
process or with the last pool that reads from it; it is never found by anybody else, whatever was not redacted yet.
"""

from __future__ import annotations

import os
import tempfile
import weakref
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar, cast, overload

import msgspec

from replay.errors import UserError

T = TypeVar("T")
VARIABLE = "REPLAY_SPILL_MB"
LIMIT = 32.0
_ENCODER = msgspec.json.Encoder()
_BLOCK = 1 << 20
_LIVE = 64
_LIVE_BYTES = 1 << 20


def limit() -> int:
    """How many bytes of a session are held in memory: 32 MB, or what ``REPLAY_SPILL_MB`` says; 0 holds nothing.

    Raises UserError where the variable is no number.
    """
    said = os.environ.get(VARIABLE, "")
    try:
        return int(float(said or LIMIT) * 1_000_000)
    except (ValueError, OverflowError) as error:
        raise UserError(f"{VARIABLE}={said!r} is no number: give megabytes, such as 32") from error


class Heap:
    """Bytes put at the end of a file without a name, and got back from anywhere in it; pools may share one.

    The last few records that were put or decoded are kept, by where they begin.
    """

    def __init__(self) -> None:
        self._file, name = tempfile.mkstemp(prefix="replay-")
        weakref.finalize(self, os.close, self._file)
        Path(name).unlink()
        self._written = 0
        self._tail = bytearray()
        self._live: dict[int, tuple[Any, int]] = {}
        self._weight = 0

    def put(self, data: bytes) -> int:
        """Where ``data`` begins."""
        at = self._written + len(self._tail)
        self._tail += data
        if len(self._tail) >= _BLOCK:
            with memoryview(self._tail) as rest:
                done = 0
                while done < len(rest):
                    done += os.pwrite(self._file, rest[done:], self._written + done)
            self._written += len(self._tail)
            self._tail = bytearray()
        return at

    def get(self, at: int, size: int) -> bytes:
        """The ``size`` bytes that begin at ``at``."""
        if at >= self._written:
            at -= self._written
            return bytes(self._tail[at : at + size])
        return os.pread(self._file, size, at)

    def keep(self, at: int, size: int, record: object) -> None:
        """Keeps the record that begins at ``at``, until others take its place."""
        self._live[at] = record, size
        self._weight += size
        while (len(self._live) > _LIVE or self._weight > _LIVE_BYTES) and len(self._live) > 1:
            _, gone = self._live.pop(next(iter(self._live)))
            self._weight -= gone

    def kept(self, at: int) -> Any:  # noqa: ANN401 - whatever the pool put there
        """The record that begins at ``at``, where it is kept; else None."""
        found = self._live.get(at)
        return found and found[0]


class Pool(Sequence[T], Generic[T]):
    """Records of one kind, in memory until ``spill`` is called, from then on as JSON in a file.

    A spilled record is decoded when it is asked for; the last few of the file are kept decoded. Equal to any sequence
    of equal records. ``settled`` gives what a frozen record may hold.
    """

    def __init__(self, kind: object, records: Iterable[T] = ()) -> None:
        """``kind`` is the type of the records, as msgspec decodes it."""
        self._kind = kind
        self._held: list[T] = list(records)
        self._heap: Heap | None = None

    @property
    def spilled(self) -> bool:
        """Whether the records lie in a file."""
        return self._heap is not None

    def spill(self, heap: Heap | None = None) -> None:
        """Puts the records into a file, and those that follow: into one of their own, or that of ``heap``."""
        if self._heap is None:
            self._begin(heap or Heap(), array("Q"), array("Q"))
            held, self._held = self._held, []
            for record in held:
                self.append(record)

    def _begin(self, heap: Heap, places: array[int], sizes: array[int]) -> None:
        self._heap, self._places, self._sizes = heap, places, sizes
        self._decoder: msgspec.json.Decoder[T] = msgspec.json.Decoder(self._kind)

    def append(self, record: T) -> None:
        """Puts ``record`` at the end."""
        if self._heap is None:
            self._held.append(record)
            return
        data = _ENCODER.encode(record)
        self._places.append(self._heap.put(data))
        self._sizes.append(len(data))
        self._heap.keep(self._places[-1], len(data), record)

    def __setitem__(self, index: int, record: T) -> None:
        if self._heap is None:
            self._held[index] = record
            return
        data = _ENCODER.encode(record)
        self._places[index], self._sizes[index] = self._heap.put(data), len(data)
        self._heap.keep(self._places[index], len(data), record)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[T, ...]: ...
    def __getitem__(self, index: int | slice) -> T | tuple[T, ...]:
        if isinstance(index, slice):
            return tuple(self[at] for at in range(*index.indices(len(self))))
        if self._heap is None:
            return self._held[index]
        at = range(len(self._places))[index]
        return self._decoded_at(self._heap, at)

    def _decoded_at(self, heap: Heap, at: int) -> T:
        place, size = self._places[at], self._sizes[at]
        if (found := heap.kept(place)) is not None:
            return cast("T", found)
        record = self._decoder.decode(heap.get(place, size))
        heap.keep(place, size, record)
        return record

    def __len__(self) -> int:
        return len(self._held) if self._heap is None else len(self._places)

    def __iter__(self) -> Iterator[T]:
        return iter(self._held) if self._heap is None else self._decoded(self._heap)

    def _decoded(self, heap: Heap) -> Iterator[T]:
        """The records one after the other; what is gone through once takes nobody's place among those kept."""
        for at in range(len(self._places)):
            found = heap.kept(self._places[at])
            yield self._decoder.decode(heap.get(self._places[at], self._sizes[at])) if found is None else found

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(one == two for one, two in zip(self, other, strict=True))

    def __hash__(self) -> int:
        raise TypeError("records that lie on disk cannot be hashed")

    def __repr__(self) -> str:
        return f"<{len(self)} records>"

    def __reduce__(self) -> tuple[Any, ...]:
        return tuple, (list(self),)

    def settled(self) -> Sequence[T]:
        """The records as they are now: a tuple of those in memory, else this pool, which must not change any more."""
        return self if self.spilled else tuple(self._held)

    def encoded(self) -> Iterator[bytes]:
        """The JSON of each record, keys in the order they have."""
        if self._heap is None:
            yield from map(_ENCODER.encode, self._held)
        else:
            for at, size in zip(self._places, self._sizes, strict=True):
                yield self._heap.get(at, size)

    def copy(self) -> Pool[T]:
        """Another pool of the same records, to be changed; what lies in a file is shared."""
        if self._heap is None:
            return Pool(self._kind, self._held)
        made: Pool[T] = Pool(self._kind)
        made._begin(self._heap, self._places[:], self._sizes[:])
        return made


def encoded(records: Sequence[T]) -> Iterator[bytes]:
    """The JSON of each of ``records``, keys in the order they have; of a pool without decoding it."""
    return records.encoded() if isinstance(records, Pool) else map(_ENCODER.encode, records)


def changed(records: Sequence[T], change: Callable[[T], T]) -> Sequence[T]:
    """``records`` after ``change``, which gives back what it leaves as it is: themselves where it changes none."""
    if isinstance(records, Pool):
        made: Pool[T] | None = None
        for index, record in enumerate(records):
            if (new := change(record)) is not record:
                made = records.copy() if made is None else made
                made[index] = new
        return records if made is None else made
    listed = [change(record) for record in records]
    return tuple(listed) if any(a is not b for a, b in zip(listed, records, strict=True)) else records
