"""JSON values from a file, one a line or all at once, read tolerantly: what cannot be read is counted."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from replay.importers import mending
from replay.records import JSON, Ledger

CUT = "the file is cut off: its last value is read as far as it goes"
REPLACED = "bytes that are not UTF-8 or lone surrogates replaced by U+FFFD"

LOST = "element lost to damage in the middle of the file"

BLANK = b" \t\r\n\v\f\0"
"""White space, and the NUL bytes that a crash leaves where a page of a log was never written."""


@dataclass
class Count:
    """What the reading of one file kept and dropped so far; ``read`` counts the bytes of the lines it went through.

    ``damaged`` is whether something is missing in the middle: from then on it stays, as nobody knows what went.
    """

    rows: int = 0
    repaired: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    notes: dict[str, None] = field(default_factory=dict)
    read: int = 0
    damaged: bool = False

    def clear(self) -> None:
        """Begin anew: what was counted has been put down."""
        self.rows = self.repaired = self.read = 0
        self.dropped.clear()
        self.notes.clear()

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
            count.read += len(line)
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


def concatenated(path: Path, count: Count, *, mend: bool = False) -> Iterator[tuple[int, JSON]]:
    """Line number (1-based) and value of each JSON value in ``path``, one after another, on a line each or on many.

    A value that is cut off or damaged is read as far as it goes; with ``mend`` also what is whole behind the damage.
    What else is no JSON is counted and passed over up to the next line that begins with a bracket. Memory: the file.
    """
    data = _bare(path.read_bytes())
    if (value := _decode(data, count)) is not _BAD:
        count.rows += 1
        yield 1, value
        return
    text = data.decode("utf-8", "replace")
    decoder = json.JSONDecoder()
    line, counted, at, tried = 1, 0, 0, 0
    piece, begin, stop = "", 0, 0  # no value goes on behind a piece; what is wrong in one is counted from its beginning
    while at < len(text):
        line += text.count("\n", counted, at)
        counted = at
        if at >= stop:
            following = _UNCONNECTED.search(text, at)
            begin, stop = at, following.end() if following else len(text)
            piece = text[begin:stop]
        try:
            _, end = decoder.raw_decode(piece, at - begin)
            end += begin
            value = _decode(text[at:end].encode(), count)
        except (ValueError, RecursionError) as error:
            value = None
            if mend and at >= tried:
                value, tried = _mended(text, at, line, count)
            end = tried
            if value is None:
                broken = begin + error.pos if isinstance(error, json.JSONDecodeError) else at
                following = _NEXT.search(text, at + 1)
                if following is None or (mend and _is_last_line(text, broken, tried)):
                    end = tried if mend else len(text)
                else:
                    end = following.start()
                value = _cut(text[at:end], broken - at, count)
        if value is not None and value is not _BAD:
            count.rows += 1
            yield line, value
        at = found.end() if (found := _SPACE.match(text, end)) else end


def _is_last_line(text: str, at: int, end: int) -> bool:
    """Whether nothing but white space is on the lines behind that of ``at`` up to ``end``."""
    line = text.find("\n", at, end)
    return line < 0 or ((found := _WHITE.match(text, line)) is not None and found.end() >= end)


def _cut(text: str, broken: int, count: Count) -> JSON:
    """What is whole at the beginning of ``text``, which is no JSON from ``broken`` on; None where nothing is."""
    value = salvage(text)
    if value is None:
        value = salvage(text[:broken])
    count.dropped["value that is no JSON" if value is None else "truncated value"] += 1
    if value is not None:
        count.notes[CUT] = None
    return value


def _mended(text: str, at: int, line: int, count: Count) -> tuple[JSON, int]:
    """What is whole of the value at ``at`` (on ``line``), None where nothing is behind damage; and where it ends."""
    following = _UNCONNECTED.search(text, at)
    end = following.end() if following else len(text)
    made = mending.mended(text[at:end])
    if made is None:
        return None, end
    told, lost, place = made
    found = _decode(told.encode(), count)
    if found is _BAD:
        found = salvage(told)
        if found is None:
            return None, end
        count.notes[CUT] = None
    place += at
    count.dropped[LOST] += lost
    count.damaged = True
    where = f"line {line + text.count(chr(10), at, place)}, character {place - text.rfind(chr(10), 0, place)}"
    count.notes[f"damaged at {where}: what is whole before and behind is read"] = None
    return found, end


def value(data: bytes, count: Count) -> JSON:
    """The JSON value that ``data`` is; None where it is none."""
    found = _decode(_bare(data), count)
    return None if found is _BAD else found


def salvage(text: str) -> JSON:
    """The object or list that ``text`` begins and does not end, up to its last whole element; None where there is none.

    Linear in the length of ``text``.
    """
    closers: list[str] = []
    safe = 0
    for token in _TOKEN.finditer(text) if text.startswith(("{", "[")) else ():
        match token[0]:
            case "{" | "[" as opened:
                closers.append("}" if opened == "{" else "]")
                safe = token.end()
            case "}" | "]" if closers:
                closers.pop()
                safe = token.end()
            case ",":
                safe = token.start()
            case '"' | "}" | "]":
                break
    try:
        return msgspec.json.decode((text[:safe] + "".join(reversed(closers))).encode("utf-8", "replace"))
    except (msgspec.MsgspecError, RecursionError):
        return None


_BAD = object()
_SPACE = re.compile(r"[\s,]*")
_WHITE = re.compile(r"\s*")
_UNCONNECTED = re.compile(r"[^\s,\[{:]\s*\n(?=[{\[])")
_NEXT = re.compile(r"(?<=\n)[{\[]")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|[{}\[\],]|"')


def _bare(data: bytes) -> bytes:
    return data.removeprefix(b"\xef\xbb\xbf").strip()


def _decode(data: bytes, count: Count) -> JSON:
    try:
        return msgspec.json.decode(data)
    except RecursionError:
        return _BAD
    except (msgspec.MsgspecError, UnicodeDecodeError):
        bare = data.strip(BLANK)
        return _repaired(data, count) if len(bare) == len(data) else _decode(bare, count)


def _repaired(data: bytes, count: Count) -> JSON:
    try:
        text = json.dumps(json.loads(data.decode("utf-8", "replace")), ensure_ascii=False)
        value = msgspec.json.decode(text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))
    except (ValueError, RecursionError):
        return _BAD
    count.repaired += 1
    count.notes[REPLACED] = None
    return value
