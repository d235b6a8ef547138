"""Token counts as providers report them, where they are counts at all."""

from __future__ import annotations

from replay.records import JSON

_MANY = 2**53


def tokens(holder: JSON, key: str) -> int:
    """The token count under ``key``; 0 where there is none or it is no sensible number."""
    value = holder.get(key) if isinstance(holder, dict) else None
    return value if type(value) is int and 0 <= value < _MANY else 0
