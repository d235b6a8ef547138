"""Hostile variants of a good file: drawn from a seeded generator, so that a number gives the same file again."""

from __future__ import annotations

import io
import json
import random
import re
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from typing import Any

NAMES = (
    "../../../../etc/passwd",
    "/etc/passwd",
    "..\\..\\windows\\system32",
    "C:\\boot.ini",
    "a\0b",
    "\ud800",
    "a" * 5000,
    "",
    "con",
    "-rf",
    "~/x",
    "\u202e\u0301",
    "REDACTED",
    "__proto__",
    "file:///etc/passwd",
    "attachment://",
)
NUMBERS = (
    "1e400",
    "9" * 400,
    "3" * 12,
    "-1e400",
    "9" * 5000,
    "-1",
    "18446744073709551616",
    "1e308",
    "NaN",
    "-Infinity",
    "0.1e-999",
)
KINDS = ("text", "tool_use", "tool_result", "thinking", "image", "function_call", "reasoning", "message", "compacted")
LAUGHS = "\n".join(
    ["a: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    + [f"b{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
)
DEEP = "\ue000deep\ue000"
_STRING = re.compile(rb'"(?:[^"\\]|\\.){0,200}"')
_NUMBER = re.compile(rb"(?<=[:\[, ])-?\d+(?:\.\d+)?")


def mutated(data: bytes, draw: random.Random, *, most: int) -> bytes:
    """A variant of ``data`` of at most about ``most`` bytes, changed at one to five places."""
    if data[:2] == b"PK" and draw.random() < 0.8:
        return _archive(data, draw, most=most)
    if data.startswith(b"SQLite format 3\0"):
        return (
            _database(data, draw, most=most) if draw.random() < 0.8 else draw.choice((_cut, _flip, _remove))(data, draw)
        )
    if len(data) > most:
        data = _shorter(data, draw, most=most)
    for _ in range(draw.choice((1, 1, 1, 2, 3, 5))):
        way = draw.choice(_WAYS)
        data = way(data, draw)
    return data[: 16 * most]


def _archive(data: bytes, draw: random.Random, *, most: int) -> bytes:
    """A zip with one member changed, renamed, doubled or gone."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as old:
            members = [(info.filename, old.read(info)) for info in old.infolist()]
    except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError):  # zstd members are not read by this Python
        return draw.choice((_cut, _flip))(data, draw)
    at = draw.randrange(len(members))
    name, content = members[at]
    match draw.randrange(6):
        case 0:
            members[at] = (draw.choice(NAMES).encode("utf-8", "replace").decode(), content)
        case 1:
            members.append(members[at])
        case 2:
            del members[at]
        case _:
            members[at] = (name, mutated(content, draw, most=most))
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in members:
            if f"{name}" and "\0" not in name:
                new.writestr(name, content)
    whole = sink.getvalue()
    return _flip(whole, draw) if draw.random() < 0.2 else whole


def _database(data: bytes, draw: random.Random, *, most: int) -> bytes:
    """A database with some of its values changed, gone, of another type, or under another key."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.deserialize(data)
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        for _ in range(draw.choice((1, 1, 2, 5))):
            table = draw.choice(tables)
            rows = db.execute(f"SELECT rowid, key, value FROM {table} ORDER BY rowid").fetchall()
            if not rows:
                continue
            row, key, value = draw.choice(rows)
            match draw.randrange(8):
                case 0:
                    change, given = (
                        "key = ?",
                        draw.choice((f"{key}:", draw.choice(rows)[1], None, 7, *map(_clean, NAMES))),
                    )
                case 1:
                    change, given = "value = ?", draw.choice((None, 7, 1.5, b"\xff\xfe", "null", draw.choice(rows)[2]))
                case _:
                    told = value if isinstance(value, bytes) else str(value).encode()
                    change, given = "value = ?", mutated(told[:most], draw, most=most)
            db.execute(f"UPDATE OR REPLACE {table} SET {change} WHERE rowid = ?", (given, row))
        db.commit()
        return bytes(db.serialize())


def _clean(name: str) -> str:
    return name.encode("utf-8", "replace").decode()


def _shorter(data: bytes, draw: random.Random, *, most: int) -> bytes:
    """The first lines and a window of the others; a document is cut inside its lists and texts."""
    lines = data.splitlines(keepends=True)
    if len(lines) > 30 and len(lines[0]) < most:
        head = lines[: draw.choice((1, 3, 10))]
        start = draw.randrange(len(lines))
        size = 0
        for line in lines[start:]:
            size += len(line)
            if size > most:
                break
            head.append(line)
        if not data.lstrip().startswith((b"{\n", b"[\n", b"{\r", b"[\r")):
            return b"".join(head)
    try:
        value = json.loads(data)
    except ValueError:
        return data[:most]
    return json.dumps(_pruned(value, draw, 12)).encode()


def _pruned(value: Any, draw: random.Random, most: int) -> Any:
    match value:
        case dict():
            return {key: _pruned(one, draw, most) for key, one in value.items()}
        case list() if len(value) > most:
            start = draw.randrange(len(value) - most)
            return [_pruned(one, draw, most) for one in (value[0], *value[start : start + most])]
        case list():
            return [_pruned(one, draw, most) for one in value]
        case str() if len(value) > 4000:
            return value[:4000]
        case _:
            return value


# --- ways to spoil bytes -----------------------------------------------------------------------------------


def _cut(data: bytes, draw: random.Random) -> bytes:
    return data[: draw.randrange(len(data) + 1)]


def _flip(data: bytes, draw: random.Random) -> bytes:
    new = bytearray(data)
    for _ in range(draw.choice((1, 1, 3, 30)) if new else 0):
        new[draw.randrange(len(new))] ^= 1 << draw.randrange(8)
    return bytes(new)


def _insert(data: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(data) + 1)
    odd = (b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"\r", b"\x0b", b"{", b"]", b'"', b"\\", b"```", b"<", b"&a *a", b"%%")
    return data[:at] + draw.choice(odd) * draw.choice((1, 2, 1000)) + data[at:]


def _remove(data: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(data) + 1)
    return data[:at] + data[at + draw.choice((1, 10, 1000)) :]


def _copy(data: bytes, draw: random.Random) -> bytes:
    start = draw.randrange(len(data) + 1)
    piece = data[start : start + draw.choice((10, 100, 3000))]
    at = draw.randrange(len(data) + 1)
    return data[:at] + piece * draw.choice((1, 5, 100)) + data[at:]


def _shuffle(data: bytes, draw: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    if len(lines) < 2:
        return data
    match draw.randrange(4):
        case 0:
            one, other = draw.randrange(len(lines)), draw.randrange(len(lines))
            lines[one], lines[other] = lines[other], lines[one]
        case 1:
            del lines[draw.randrange(len(lines))]
        case 2:
            at = draw.randrange(len(lines))
            lines[at:at] = [lines[draw.randrange(len(lines))]] * draw.choice((1, 3, 200))
        case _:
            draw.shuffle(lines)
    return b"".join(lines)


def _number(data: bytes, draw: random.Random) -> bytes:
    return _put(data, draw, _NUMBER, draw.choice(NUMBERS).encode())


def _string(data: bytes, draw: random.Random) -> bytes:
    return _put(data, draw, _STRING, json.dumps(draw.choice(NAMES)).encode())


def _nest(data: bytes, draw: random.Random) -> bytes:
    return _put(data, draw, draw.choice((_STRING, _NUMBER)), _deep(draw))


def _deep(draw: random.Random) -> bytes:
    depth = draw.choice((50, 190, 480, 990, 3000, 100_000))
    opening, closing = draw.choice(((b"[", b"]"), (b'{"a":', b"}"), (b'{"content":[', b"]}"), (b'[{"input":', b"}]")))
    closed = closing * depth if draw.random() < 0.8 else b""
    return opening * depth + b"1" + closed


def _put(data: bytes, draw: random.Random, what: re.Pattern[bytes], new: bytes) -> bytes:
    """``new`` in the place of one match of ``what`` after a point drawn at random."""
    found = what.search(data, draw.randrange(len(data) + 1)) or what.search(data)
    return data if found is None else data[: found.start()] + new + data[found.end() :]


def _laugh(data: bytes, draw: random.Random) -> bytes:
    return LAUGHS.encode() + b"\ninteractions:\n- request: *a11\n" if draw.random() < 0.2 else _string(data, draw)


# --- ways to spoil what the JSON says ----------------------------------------------------------------------


def _value(data: bytes, draw: random.Random) -> bytes:
    """One value of the JSON, or of one JSON line, put in the place of another one, or something odd."""
    lines = data.splitlines(keepends=True)
    at = draw.randrange(len(lines)) if len(lines) > 1 else 0
    for piece, before, after in (
        (data, b"", b""),
        (lines[at] if lines else b"", b"".join(lines[:at]), b"".join(lines[at + 1 :])),
    ):
        try:
            value = json.loads(piece)
        except (ValueError, RecursionError):
            continue
        spoiled = _spoiled(value, draw)
        try:
            text = json.dumps(spoiled, ensure_ascii=draw.random() < 0.5).encode("utf-8", "surrogatepass")
        except (ValueError, RecursionError):
            return data
        text = text.replace(json.dumps(DEEP).encode(), _deep(draw)).replace(f'"{DEEP}"'.encode(), _deep(draw))
        return before + text + (b"\n" if after else b"") + after
    return _string(data, draw)


def _spoiled(value: Any, draw: random.Random) -> Any:
    places = _places(value)
    if not places:
        return draw.choice((None, [], {}, "", 0, [value] * 3))
    for _ in range(draw.choice((1, 1, 2, 5))):
        holder, key = draw.choice(places)
        if (isinstance(holder, list) and key >= len(holder)) or (isinstance(holder, dict) and key not in holder):
            continue
        other, where = draw.choice(places)
        odd: tuple[Callable[[], Any], ...] = (
            lambda: None,
            lambda: draw.choice((True, 0, -1, 2**53, 10**12, 10**400, 1e308, 3.5)),
            lambda: draw.choice(NAMES),
            lambda: draw.choice(KINDS),
            lambda: draw.choice(([], {}, [[]], [None], [{}], {"type": "tool_use"}, {"": ""}, [[["x"]]])),
            lambda: DEEP,
            lambda other=other, where=where: json.loads(json.dumps(other[where])),
            lambda holder=holder, key=key: [json.loads(json.dumps(holder[key]))],
        )
        try:
            new = draw.choice(odd)()
        except (LookupError, ValueError, RecursionError):
            continue
        if draw.random() < 0.15:
            del holder[key]
        elif isinstance(holder, dict) and draw.random() < 0.1:
            holder[draw.choice((*KINDS, *NAMES, "role", "id", "parentUuid"))] = new
        else:
            holder[key] = new
    return value


def _places(value: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    todo = [value]
    while todo and len(found) < 50_000:
        match todo.pop():
            case dict() as mapping:
                found += ((mapping, key) for key in mapping)
                todo += mapping.values()
            case list() as items:
                found += ((items, index) for index in range(len(items)))
                todo += items
            case _:
                pass
    return found


_WAYS = (
    _cut,
    _flip,
    _insert,
    _remove,
    _copy,
    _shuffle,
    _number,
    _string,
    _nest,
    _laugh,
    *[_value] * 8,
)
