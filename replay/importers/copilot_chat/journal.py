"""A chat as a log of operations (``chatSessions/*.jsonl``): the state at first, then what changed in it, line by line.

``kind`` 0 gives the whole state, 1 sets the value at the path ``k``, 2 cuts the list at ``k`` off where ``i`` says so
and adds values to it, 3 takes a value away. Source: https://github.com/microsoft/vscode ``objectMutationLog.ts``.
"""

from __future__ import annotations

from pathlib import Path

from replay.importers import lines
from replay.importers.lines import Count
from replay.records import JSON

_UNREAD = ("line that is no JSON", "truncated line")
_LOST = "change of what is not in the file"
_LONGEST = 16
"""Keys on the way to a value: VS Code has six, more would nest deeper than can be written."""


def is_first(row: JSON) -> bool:
    """Whether ``row`` is the state with which a log begins."""
    return isinstance(row, dict) and row.get("kind") == 0 and isinstance(row.get("v"), dict)


def is_change(row: JSON) -> bool:
    """Whether ``row`` is a change of a chat."""
    match row:
        case {"kind": int(kind), "k": [str(), *way]} if 0 < kind < 4:
            return all(isinstance(key, str | int) for key in way) and len(way) < _LONGEST
    return False


def replayed(path: Path, count: Count) -> JSON:
    """The state after the last line of ``path``; None where no line gives one.

    A change that cannot be read, or that changes what is not there, leaves damage in what follows it; the last line may
    be cut off without any.
    """
    state: JSON = None
    unread = 0
    for _, row in lines.values(path, count):
        if (missed := sum(count.dropped[why] for why in _UNREAD)) > unread:
            unread = missed
            count.damaged = True
        if is_first(row):
            state = row["v"]
        elif state is None or not _changed(state, row):
            count.dropped[_LOST] += 1
            count.damaged = True
    return state


def _changed(state: JSON, row: JSON) -> bool:
    """Whether ``row`` is a change, and could be made in ``state``."""
    if not isinstance(row, dict) or not is_change(row):
        return False
    *way, last = row["k"]
    holder = _at(state, way)
    if row["kind"] == 2:
        return _added(holder, last, row)
    if row["kind"] == 3 or "v" not in row:
        return _taken(holder, last)
    return _put(holder, last, row["v"])


def _at(state: JSON, way: list[JSON]) -> JSON:
    for key in way:
        match state, key:
            case dict(), str() | int():
                state = state.get(str(key))
            case list(), int() if 0 <= key < len(state):
                state = state[key]
            case _:
                return None
    return state


def _put(holder: JSON, last: str | int, value: JSON) -> bool:
    match holder, last:
        case dict(), _:
            holder[str(last)] = value
        case list(), int() if 0 <= last < len(holder):
            holder[last] = value
        case list(), int() if last == len(holder):
            holder.append(value)
        case _:
            return False
    return True


def _taken(holder: JSON, last: str | int) -> bool:
    if isinstance(holder, dict):
        holder.pop(str(last), None)
        return True
    return _put(holder, last, None)


def _added(holder: JSON, last: str | int, row: dict[str, JSON]) -> bool:
    items, values, cut = _at(holder, [last]), row.get("v"), row.get("i")
    if items is None:
        items = []
        if not _put(holder, last, items):
            return False
    if not isinstance(items, list) or not isinstance(values, list | None):
        return False
    if isinstance(cut, int) and cut >= 0:
        del items[cut:]
    items += values or []
    return True
