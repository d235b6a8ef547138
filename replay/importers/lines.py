"""JSON values from a file, one a line or all at once, read tolerantly: what cannot be read is counted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from replay.records import JSON, Ledger

REPLACED = "bytes that are not UTF-8 or lone surrogates replaced by U+FFFD"


@dataclass
class Count:
    """What the reading of one file kept and dropped so far."""

    rows: int = 0
    repaired: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    notes: dict[str, None] = field(default_factory=dict)

    def ledger(self) -> Ledger:
        """The counts as a record."""
        return Ledger(rows=self.rows, dropped=dict(self.dropped), repaired=self.repaired, notes=tuple(self.notes))


def values(path: Path, count: Count) -> Iterator[tuple[int, JSON]]:
    """Line number (1-based) and JSON value of each line of ``path``; a list on a line yields its items.

    A file whose first line is no JSON by itself is one pretty-printed value. Lines that are no JSON go to
    ``count.dropped``: an unfinished last line as ``truncated last line``. Memory: one line, or the one value.
    """
    failed = first = True
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not (line := _bare(line) if number == 1 else line.strip()):
                continue
            value = _decode(line, count)
            if value is _BAD and first:
                break
            first = failed = False
            if value is _BAD:
                whole = line.endswith((b"}", b"]"))
                count.dropped["line that is no JSON" if whole else "truncated line"] += 1
            else:
                count.rows += 1
                yield from ((number, item) for item in (value if isinstance(value, list) else (value,)))
    if failed:
        yield from _whole(path, count)


def _whole(path: Path, count: Count) -> Iterator[tuple[int, JSON]]:
    """One value over many lines; where that fails too, the lines after a bad first one."""
    value = _decode(_bare(path.read_bytes()), count)
    if value is not _BAD:
        count.rows += 1
        yield from ((1, item) for item in (value if isinstance(value, list) else (value,)))
        return
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not (line := _bare(line) if number == 1 else line.strip()):
                continue
            value = _decode(line, count) if line.startswith(b"{") else _BAD
            if value is _BAD:
                count.dropped["line that is no JSON"] += 1
            else:
                count.rows += 1
                yield number, value


_BAD = object()


def _bare(data: bytes) -> bytes:
    return data.removeprefix(b"\xef\xbb\xbf").strip()


def _decode(data: bytes, count: Count) -> JSON:
    try:
        return msgspec.json.decode(data)
    except RecursionError:
        return _BAD
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return _repaired(data, count)


def _repaired(data: bytes, count: Count) -> JSON:
    try:
        text = json.dumps(json.loads(data.decode("utf-8", "replace")), ensure_ascii=False)
        value = msgspec.json.decode(text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))
    except (ValueError, RecursionError):
        return _BAD
    count.repaired += 1
    count.notes[REPLACED] = None
    return value
