"""The JSON values at the beginning of a file, also where the beginning ends inside one: what sniffing looks at."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

import msgspec

from replay.importers import lines
from replay.records import JSON

_SPACE = re.compile(r"[\s\ufeff,]*")
_ROW = 1 << 14


def values(head: bytes, limit: int = 20) -> list[JSON]:
    """The first values in ``head``, at most ``limit``: lines of JSON, values one after the other, or a single one.

    Kept for the next format that asks about the same head: not to be changed.

    A first value that goes on beyond ``head`` is given as far as it goes. Lines that are no JSON are passed over;
    a head that does not begin with JSON gives an empty list.
    """
    return _peeked(head).first(limit)


def may_hold(head: bytes, *words: bytes) -> bool:
    """Whether the first values of ``head`` may hold one of ``words``.

    Looking for words in 64 KiB spares parsing a value that fills them; the few rows of a log are sooner parsed.
    """
    return _begins_with_row(head) or any(word in head for word in words)


def _begins_with_row(head: bytes) -> bool:
    """Whether the first line of ``head`` is short and looks like an object."""
    return head.startswith(b"{") and head[: head.find(b"\n", 0, _ROW) + 1].endswith((b"}\n", b"}\r\n"))


@lru_cache(maxsize=4)
def _peeked(head: bytes) -> _Peeked:
    return _Peeked(head)


class _Peeked:
    """The values of a head, read as far as somebody has asked."""

    def __init__(self, head: bytes) -> None:
        self._found: list[JSON] = []
        self._more = _values(head)

    def first(self, limit: int) -> list[JSON]:
        self._found += islice(self._more, max(limit - len(self._found), 0))
        return self._found[:limit]


def _values(head: bytes) -> Iterator[JSON]:
    at = 0
    by_row = _begins_with_row(head)
    while by_row and (end := head.find(b"\n", at) + 1):
        try:
            value = _row(head[at:end])
        except RecursionError:
            return
        except ValueError:
            break
        yield value
        at = end
    yield from _spread(head[at:].decode("utf-8", "replace"), some=at > 0)


def _row(line: bytes) -> JSON:
    try:
        return msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):  # NaN, half a surrogate pair, bytes that are no UTF-8
        return json.loads(line.decode("utf-8", "replace"))


def _spread(text: str, *, some: bool) -> Iterator[JSON]:
    """The values in ``text``, wherever they begin and end; ``some`` is whether there were any before it."""
    decoder = json.JSONDecoder()
    at = _end_of_space(text, 0)
    while at < len(text):
        try:
            value, at = decoder.raw_decode(text, at)
            some = True
            yield value
        except RecursionError:
            return
        except ValueError as error:
            if not some:
                broken = error.pos if isinstance(error, json.JSONDecodeError) else len(text)
                cut = lines.salvage(text[at:]) or lines.salvage(text[at:broken])
                yield from () if cut is None else (cut,)
                return
            at = text.find("\n", at)
            if at < 0:
                return
        at = _end_of_space(text, at)


def rows(head: bytes, limit: int = 20) -> list[dict[str, JSON]]:
    """Those of ``values`` that are objects; the objects in a list count as well."""
    found: list[dict[str, JSON]] = []
    for value in values(head, limit):
        items = value if isinstance(value, list) else [value]
        found.extend(item for item in items[:limit] if isinstance(item, dict))
    return found


def _end_of_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
