"""Replay's own file: a header line, then one message a line, every line a record.

The header is ``{"format": "transcript-replay", "version": 1, "count": N, …}`` with all of a ``Transcript`` but its
messages. Files are written whole or not at all.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from replay import prefix, spill
from replay.importers.fault import ImportFault
from replay.records import (
    Aside,
    Fidelity,
    Ledger,
    Message,
    Record,
    Setup,
    Source,
    Transcript,
    Turn,
    decode,
    encode_in_order,
)

NAME = "native"
VERSION = 1
T = TypeVar("T")
_SIGN = re.compile(rb'\s*\{\s*"format"\s*:\s*"transcript-replay"')


class Header(Record, frozen=True):
    """The first line of the file; ``count`` is the number of message lines that follow."""

    format: str
    version: int
    id: str
    count: int
    source: Source
    fidelity: Fidelity
    setups: tuple[Setup, ...]
    turns: tuple[Turn, ...]
    ledger: Ledger = Ledger()
    asides: tuple[Aside, ...] = ()


def sniff(head: bytes, name: str) -> bool:
    """Whether the file begins with our header."""
    return _SIGN.match(head.removeprefix(b"\xef\xbb\xbf")) is not None


def header(path: Path) -> Header:
    """The first line of ``path``. Raises ImportFault where it is no header of ours."""
    with path.open("rb") as file:
        return _record(file.readline().removeprefix(b"\xef\xbb\xbf"), Header, path, 1)


def read(path: Path) -> Iterator[Transcript]:
    """The one transcript in ``path``. Raises ImportFault, with the line, for a bad record or a missing one."""
    with path.open("rb") as file:
        header = _record(file.readline().removeprefix(b"\xef\xbb\xbf"), Header, path, 1)
        if header.version != VERSION:
            raise ImportFault(f"version {header.version} of the format is not known: update replay", path=path, line=1)
        messages, room = spill.Pool[Message](Message), spill.limit()
        for number, line in enumerate(file, 2):
            room -= len(line)
            if room < 0 and not messages.spilled:
                messages.spill()
            if line.strip():
                messages.append(_record(line, Message, path, number))
    if len(messages) != header.count:
        raise ImportFault(
            f"{len(messages)} messages where the header promises {header.count}: the file is cut off", path=path
        )
    _check(header, path)
    transcript = Transcript(
        header.id,
        header.source,
        header.setups,
        messages.settled(),
        header.turns,
        header.fidelity,
        header.ledger,
        header.asides,
    )
    if (found := prefix.identify(transcript)) != header.id:
        note = f"edited by hand: its content is {found}, its header said {header.id}"
        ledger = msgspec.structs.replace(header.ledger, notes=(*header.ledger.notes, note))
        transcript = msgspec.structs.replace(transcript, id=found, ledger=ledger)
    yield transcript


def write(transcript: Transcript, path: Path) -> None:
    """Write ``transcript`` to ``path``, replacing what is there in one step; a crash leaves the old file or the new."""
    header = Header(
        format="transcript-replay",
        version=VERSION,
        id=transcript.id,
        count=len(transcript.messages),
        source=transcript.source,
        fidelity=transcript.fidelity,
        setups=transcript.setups,
        turns=transcript.turns,
        ledger=transcript.ledger,
        asides=transcript.asides,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(encode_in_order(header) + b"\n")
            for line in spill.encoded(transcript.messages):
                file.write(line + b"\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _record(line: bytes, kind: type[T], path: Path, number: int) -> T:
    try:
        return decode(line, kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ImportFault(f"not a transcript record: {error}", path=path, line=number) from error


def _check(header: Header, path: Path) -> None:
    for index, turn in enumerate(header.turns):
        ranges = ((start, stop) for start, stop in turn.prefix)
        sound = all(0 <= start <= stop <= header.count for start, stop in ranges)
        if not sound or not 0 <= turn.message < header.count or not 0 <= turn.setup < len(header.setups):
            raise ImportFault(f"turn {index} points outside the transcript", path=path, line=1)
