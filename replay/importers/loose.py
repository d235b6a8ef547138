"""JSON values as the type they should have, or nothing: files are written by many hands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from replay.records import JSON

_MILLISECONDS = 1e11


def text(value: JSON) -> str | None:
    """``value`` where it is a string that is not empty."""
    return value if isinstance(value, str) and value else None


def mapping(value: JSON) -> dict[str, JSON]:
    """``value`` where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def objects(value: JSON) -> Iterator[dict[str, JSON]]:
    """The objects in the list ``value``; nothing where it is no list."""
    yield from (item for item in (value if isinstance(value, list) else ()) if isinstance(item, dict))


def number(value: JSON) -> int:
    """``value`` as a count: a number that is not negative, else 0."""
    return int(value) if isinstance(value, int | float) and 0 <= value < 1e15 else 0


def moment(value: JSON) -> str | None:
    """A time: text as it stands, a Unix time in seconds or milliseconds as ISO 8601 in UTC."""
    if isinstance(value, str):
        return value or None
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < 1e14:
        return None
    seconds = value / 1000 if value > _MILLISECONDS else value
    return datetime.fromtimestamp(seconds, tz=UTC).isoformat().replace("+00:00", "Z")


def unpacked(value: JSON) -> JSON:
    """What is in ``value`` where it is JSON as text; ``value`` itself where it is not."""
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return value
    try:
        return msgspec.json.decode(value)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return value
