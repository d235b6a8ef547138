"""Which log of the tables a file is: from whatever folder a command runs, and however the path is written.

A log keeps the name that it was first given by. It is known again by where it lies, links followed: so ``logs/a.jsonl``
and ``/home/ana/logs/a.jsonl`` are one log, and two files called ``logs/a.jsonl``, below two working folders, are two.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from replay.scale import sources
from replay.scale.index import Manifest
from replay.scale.sources import Log


class Places:
    """Where logs really are, each folder looked up once."""

    def __init__(self) -> None:
        self._folders: dict[str, str] = {}

    def of(self, log: Log) -> str:
        """The path of a log without links in it; its name if it is a URL."""
        path = sources.place(log)
        return log.name if path is None else self._real(path)

    def _real(self, path: str) -> str:
        folder, _, name = path.rpartition("/")
        if name in {"", ".", ".."} or os.path.islink(path):  # noqa: PTH114 - for many thousand of them
            return os.path.realpath(path)
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder or ("/" if path.startswith("/") else "."))
        return f"{self._folders[folder].rstrip('/')}/{name}"


def named(logs: Iterable[Log], manifests: Sequence[Manifest]) -> list[Log]:
    """The logs by their names in the tables that ``manifests`` are of.

    One that lies where none did has moved if its name is that of one which is not there any more. Otherwise, if its
    name is taken, it goes by its absolute path.
    """
    found = list(logs)
    stored = {one.log.name: one.log for manifest in manifests for one in manifest.logs}
    by_uri = {log.uri or name: name for name, log in stored.items()}
    names = [by_uri.get(log.uri or log.name) for log in found]
    if None in names:
        _by_place(found, names, stored)
    used = {name for name in names if name is not None}
    told = []
    for log, known in zip(found, names, strict=True):
        name = known or next(one for one in _possible(log) if one not in used and _is_free(one, stored))
        used.add(name)
        told.append(log if name == log.name else replace(log, name=name))
    return told


def _by_place(found: Sequence[Log], names: list[str | None], stored: dict[str, Log]) -> None:
    """Fill in the names of logs whose path was written in another way, or leads through a link."""
    places = Places()
    left = {places.of(stored[name]): name for name in stored.keys() - set(names)}
    for number, log in enumerate(found):
        if names[number] is None:
            names[number] = left.pop(places.of(log), None)


def _possible(log: Log) -> Iterable[str]:
    """Names for a log; no two have the last one."""
    return (log.name, sources.key(sources.place(log) or log.name), log.uri or log.name)


def _is_free(name: str, stored: dict[str, Log]) -> bool:
    """Whether no log that is still in its place has the name."""
    place = sources.place(stored[name]) if name in stored else None
    return place is None or not os.path.lexists(place)


class Below:
    """Tells which logs are among the paths of a command, or in a folder of them."""

    def __init__(self, roots: Iterable[str]) -> None:
        self._places = Places()
        self._roots: set[str] = set()
        for root in roots:
            whole = {root} if sources.is_url(root) else {os.path.abspath(root), os.path.realpath(root)}  # noqa: PTH100 - resolves .. too
            self._roots |= {one.rstrip("/") for one in whole}

    def __contains__(self, log: Log) -> bool:
        path = sources.place(log)
        places = {log.name} if path is None else {os.path.abspath(path), self._places.of(log)}  # noqa: PTH100 - resolves .. too
        return any(not self._roots.isdisjoint(_above(place)) for place in places)


def _above(place: str) -> Iterator[str]:
    """A path or URL and all that it is in, without a slash at their ends."""
    yield place
    while (at := place.rfind("/")) >= 0:
        place = place[:at]
        yield place
