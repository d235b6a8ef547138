"""Queries that were found right before, so that a pack of one's own is compiled once and not at every command.

A line of the file is a digest of all that decides whether a query is right: its text, the languages with the versions
of their grammars, and our own code. A query that is wrong is never in it, and is refused each time.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from functools import cache
from importlib import metadata
from pathlib import Path

from replay import grammars, queries
from replay.store import home

NAME = "validated.txt"
MOST_BYTES = 1_000_000
"""Beyond this size the file is begun anew."""

_CODE = ("grammars.py", "predicates.py", "queries.py")


def validate(text: str, languages: Sequence[str], *, path: Path) -> None:
    """``queries.validate``, but for a query it has passed before. Raises UserError with ``path`` and line."""
    file = None if os.environ.get("REPLAY_NO_CACHE") else home() / NAME
    key = _key(text, languages)
    if file is not None and key in _known(file):
        return
    queries.validate(text, languages, path=path)
    if file is not None and file.parent.is_dir():
        _add(file, key)


def _key(text: str, languages: Sequence[str]) -> str:
    versions = (f"{language} {grammars.grammar_version(language)}" for language in languages)
    return hashlib.blake2b("\0".join((_code(), *versions, text)).encode(), digest_size=16).hexdigest()


@cache
def _code() -> str:
    code = b"".join((Path(__file__).parents[1] / name).read_bytes() for name in _CODE)
    return f"{metadata.version('tree-sitter')} {hashlib.sha256(code).hexdigest()}"


def _known(file: Path) -> frozenset[str]:
    try:
        return _lines(file, file.stat().st_mtime_ns)
    except OSError:  # there is none yet, or it cannot be read: all is compiled
        return frozenset()


@cache
def _lines(file: Path, _changed: int) -> frozenset[str]:
    return frozenset(file.read_text(encoding="ascii", errors="replace").split())


def _add(file: Path, key: str) -> None:
    try:
        large = file.is_file() and file.stat().st_size > MOST_BYTES
        with file.open("w" if large else "a", encoding="ascii") as out:
            out.write(f"{key}\n")
    except OSError:  # a folder that cannot be written costs the time of compiling again, nothing else
        return
