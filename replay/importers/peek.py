"""The JSON values at the beginning of a file, also where the beginning ends inside one: what sniffing looks at."""

from __future__ import annotations

import json
import re
from functools import lru_cache

from replay.importers import lines
from replay.records import JSON

_SPACE = re.compile(r"[\s\ufeff,]*")


@lru_cache(maxsize=4)
def values(head: bytes, limit: int = 20) -> list[JSON]:
    """The first values in ``head``, at most ``limit``: lines of JSON, values one after the other, or a single one.

    Kept for the next format that asks about the same head: not to be changed.

    A first value that goes on beyond ``head`` is given as far as it goes. Lines that are no JSON are passed over;
    a head that does not begin with JSON gives an empty list.
    """
    text = head.decode("utf-8", "replace")
    decoder = json.JSONDecoder()
    found: list[JSON] = []
    at = _end_of_space(text, 0)
    while at < len(text) and len(found) < limit:
        try:
            value, at = decoder.raw_decode(text, at)
            found.append(value)
        except RecursionError:
            return found
        except ValueError as error:
            if not found:
                broken = error.pos if isinstance(error, json.JSONDecodeError) else len(text)
                cut = lines.salvage(text[at:]) or lines.salvage(text[at:broken])
                return [] if cut is None else [cut]
            at = text.find("\n", at)
            if at < 0:
                break
        at = _end_of_space(text, at)
    return found


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
