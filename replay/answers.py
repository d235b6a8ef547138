"""The cache of answers as people look after it: listed, told apart by age and size, written to a file and read back."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

from replay.errors import UserError
from replay.records import JSON
from replay.store import Cache, Stored

KEY = re.compile(r"[0-9a-f]{64}")
UNITS = {"m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
SIZES = {"": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000, "ki": 2**10, "mi": 2**20, "gi": 2**30}


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One answer as a line of a file: ``response`` is the JSON as received, ``text`` the same where it has line ends.

    ``key`` is the SHA-256 of the request (see ``sample.request_key``), ``sha256`` that of the bytes of the answer.
    """

    key: str
    api: str
    created: str
    sha256: str
    model: str | None = None
    seconds: float | None = None
    response: msgspec.Raw = msgspec.Raw(b"")
    text: str | None = None


class Imported(NamedTuple):
    """How many answers were new, how many were there, and how many of those had another answer, which stays."""

    new: int
    known: int
    other: int


def age(text: str) -> timedelta:
    """``30d`` as a length of time (m, h, d, w). Raises ValueError."""
    match = re.fullmatch(r"(\d{1,6})\s*([mhdw])", text.strip().lower())
    if match is None:
        raise ValueError(f"{text!r} is no age: want a number and m, h, d or w, such as 30d")
    return timedelta(seconds=int(match[1]) * UNITS[match[2]])


def size(text: str) -> int:
    """``500MB`` or ``2GiB`` as bytes. Raises ValueError."""
    match = re.fullmatch(r"(\d{1,9}(?:\.\d{1,3})?)\s*(k|m|g|ki|mi|gi|)b?", text.strip().lower())
    if match is None:
        raise ValueError(f"{text!r} is no size: want a number and kB, MB, GB, KiB, MiB or GiB")
    return int(float(match[1]) * SIZES[match[2]])


def like(found: Iterable[Stored], model: str | None) -> list[Stored]:
    """Those of a model like the glob ``model``, all where it is None."""
    return [one for one in found if model is None or fnmatchcase(one.model or "", model)]


def chosen(
    cache: Cache, *, older: timedelta | None = None, model: str | None = None, most: int | None = None
) -> list[Stored]:
    """The answers that go: those of a model like ``model`` that are older than ``older``.

    With ``most``, of these the oldest ones, until no more than so many bytes of answers are left in all.
    """
    limit = None if older is None else (datetime.now(UTC) - older).isoformat(timespec="seconds")
    entries = cache.entries()
    gone = [one for one in like(entries, model) if limit is None or one.created < limit]
    if most is None:
        return gone
    over = sum(one.size for one in entries) - most
    needed = 0
    for one in gone:
        if over <= 0:
            break
        over -= one.size
        needed += 1
    return gone[:needed]


def lines(cache: Cache, *, model: str | None = None) -> Iterator[bytes]:
    """Every answer of a model like ``model`` as one line of JSON, oldest first."""
    for one in like(cache.entries(), model):
        answer = cache.get(one.key)
        if answer is None:  # removed meanwhile
            continue
        raw = answer.response
        broken = b"\n" in raw or b"\r" in raw or not _is_json(raw)
        yield (
            msgspec.json.encode(
                Line(
                    one.key,
                    answer.api,
                    answer.created,
                    hashlib.sha256(raw).hexdigest(),
                    answer.model,
                    answer.seconds,
                    msgspec.Raw(b"null" if broken else raw),
                    raw.decode() if broken else None,
                )
            )
            + b"\n"
        )


def read(file: Path, stream: BinaryIO) -> Iterator[tuple[str, bytes, Line]]:
    """Key, answer and line of each answer in an exported file. Raises UserError with the line that is damaged."""
    for number, line in enumerate(stream, start=1):
        if not line.strip():
            continue
        try:
            told = msgspec.json.decode(line, type=Line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise UserError(f"no exported answer: {error}", path=file, line=number) from error
        raw = bytes(told.response) if told.text is None else told.text.encode()
        if not KEY.fullmatch(told.key):
            raise UserError(f"{told.key[:80]!r} is no key of an answer", path=file, line=number)
        if hashlib.sha256(raw).hexdigest() != told.sha256:
            raise UserError("the answer is not the one that was exported (its SHA-256 differs)", path=file, line=number)
        if not _is_json(raw):
            raise UserError("the answer is no JSON", path=file, line=number)
        yield told.key, raw, told


def take_in(cache: Cache, found: Iterable[tuple[str, bytes, Line]]) -> Imported:
    """Add answers to the cache, all of them or, where one is damaged, none; an answer that is there stays."""
    new = known = other = 0
    with cache.adding() as add:
        for key, raw, told in found:
            there = cache.get(key)
            if there is None:
                add(key, raw, api=told.api, model=told.model, created=told.created, seconds=told.seconds)
                new += 1
            else:
                known += 1
                other += there.response != raw
    return Imported(new, known, other)


def damage(cache: Cache) -> list[str]:
    """What is wrong with the cache, one sentence each; empty where all of it can be read."""
    found = [f"the file: {sentence}" for sentence in cache.integrity()]
    if not found:
        for one in cache.entries():
            answer = cache.get(one.key)
            if answer is None or not _is_json(answer.response):
                found.append(f"answer {one.key}: no JSON")
            elif not KEY.fullmatch(one.key):
                found.append(f"answer {one.key!r}: no key of an answer")
    return found


def value(key: str, cache: Cache) -> dict[str, JSON]:
    """One answer with where and when it came from. Raises UserError where none or several begin with ``key``."""
    found = [one.key for one in cache.entries() if one.key.startswith(key.lower())] if len(key) >= 4 else []
    answer = cache.get(found[0]) if len(found) == 1 else None
    if answer is None:
        why = "several answers begin so" if found else "no answer has it (give at least its first four digits)"
        raise UserError(f"key {key}: {why}; `replay cache list` shows them", path=cache.file)
    return {
        "key": found[0],
        "api": answer.api,
        "model": answer.model,
        "created": answer.created,
        "seconds": answer.seconds,
        "response": msgspec.json.decode(answer.response),
    }


def _is_json(raw: bytes) -> bool:
    try:
        msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True
