"""The logs to be scanned: files of this machine, or of any file system that fsspec knows, with what tells a change."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes, unquote_to_bytes

from replay import importers
from replay.errors import UserError
from replay.importers import write_ahead
from replay.records import Record


class Log(Record, frozen=True):
    """A file to scan. ``stamp`` changes with its content: the time of change in ns, or what a remote store tells.

    ``name`` is what tables and manifests call it: a URL, or text made of its path as given (``key``). ``uri`` is where
    a file of this machine lies, from wherever it is looked for (``uri``); empty for a URL, and in manifests of earlier
    versions.
    """

    name: str
    size: int
    stamp: str
    uri: str = ""


def is_url(path: str) -> bool:
    """Whether ``path`` is a URL such as ``s3://bucket/logs``."""
    scheme, colon, _ = path.partition("://")
    return bool(colon) and scheme.replace("+", "").replace("-", "").isalnum()


def key(name: str) -> str:
    r"""``name`` as tables and manifests hold it: text; bytes of a file name that are not UTF-8 as ``\xff``."""
    return name if name.isascii() else os.fsencode(name).decode("utf-8", "backslashreplace")


def uri(path: str) -> str:
    """The absolute path of a file as RFC 8089 writes it, links in it not followed; bytes of any kind can be in it."""
    whole = path if path.startswith("/") else os.path.join(os.getcwd(), path)  # noqa: PTH109, PTH118 - quick, for many logs
    return "file://" + quote_from_bytes(os.fsencode(whole))


def local(uri: str) -> str:
    """The absolute path that ``uri`` was made of."""
    return os.fsdecode(unquote_to_bytes(uri.removeprefix("file://")))


def place(log: Log) -> str | None:
    """The path of a log on this machine; None for a URL."""
    if log.uri:
        return local(log.uri)
    return None if is_url(log.name) else log.name


def spelled(log: Log) -> str:
    """The name of a log with the bytes that it was given with, so that it can be opened from where it was given."""
    if "\\x" not in log.name or (path := place(log)) is None:
        return log.name
    end = path if log.name.startswith("/") else "/".join(path.split("/")[-1 - log.name.count("/") :])
    return end if key(end) == log.name else log.name


def find(paths: Iterable[str]) -> Iterator[Log]:
    """The files of ``paths``, each once, in the order of ``importers.find``; of a URL, all below it, sorted by name.

    Raises UserError for a path that does not exist and for a URL where fsspec is not installed.
    """
    seen: set[str] = set()
    for path in paths:
        if not is_url(path):
            yield from _local(Path(path), seen)
            continue
        for log in _remote(path):
            if log.name not in seen:
                seen.add(log.name)
                yield log


def _local(path: Path, seen: set[str]) -> Iterator[Log]:
    for name in importers.named([path], seen):
        try:
            size, changed = write_ahead.state(name)
        except OSError:
            continue  # removed between listing and looking
        yield Log(key(name), size, str(changed), uri(name))


def _remote(url: str) -> Iterator[Log]:
    system, root = _filesystem(url)
    try:
        found = system.find(root, detail=True)
    except OSError as error:
        raise UserError(f"cannot be listed: {error}", path=url) from error
    if not found:
        raise UserError("no such file or folder", path=url)
    for name, info in sorted(found.items()):
        if write_ahead.database(name) in found:
            continue  # read with it
        size, stamp = _state(info)
        if more := _beside(system, name, found):
            size, stamp = size + _state(more)[0], f"{stamp} {_state(more)[1]}"
        yield Log(system.unstrip_protocol(name), size, stamp)


def _state(info: dict[str, Any]) -> tuple[int, str]:
    stamp = next((info[key] for key in ("ETag", "etag", "md5Hash", "LastModified", "mtime") if info.get(key)), "")
    return int(info.get("size") or 0), str(stamp)


def _beside(system: Any, name: str, listed: dict[str, Any]) -> dict[str, Any] | None:  # noqa: ANN401 - fsspec has no types
    """What the store tells of the write-ahead log of ``name``; where only the database is listed, it is asked."""
    log = write_ahead.log(name)
    if log is None or log in listed:
        return listed.get(log or "")
    try:
        found: dict[str, Any] | None = system.info(log) if len(listed) <= 1 else None
    except OSError:
        return None
    return found


def _filesystem(url: str) -> tuple[Any, str]:
    try:
        import fsspec
    except ImportError as error:
        raise UserError("reading a URL needs fsspec: pip install 'transcript-replay[cluster]'", path=url) from error
    try:
        system, root = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise UserError(f"no file system for this URL: {error}", path=url) from error
    return system, root


@contextmanager
def opened(log: Log) -> Iterator[Path]:
    """The log as a file of this machine, a remote one as a copy that lasts as long as the block.

    With a database comes its write-ahead log, where it has one.
    """
    if (here := place(log)) is not None:
        yield Path(here)
        return
    system, remote = _filesystem(log.name)
    with tempfile.TemporaryDirectory(prefix="replay-") as folder:
        copy = Path(folder, "".join(char if char.isalnum() or char in "._-" else "_" for char in remote[-80:]))
        _fetch(system, remote, copy)
        if _beside(system, remote, {}):
            _fetch(system, f"{remote}{write_ahead.END}", copy.with_name(copy.name + write_ahead.END))
        yield copy


def _fetch(system: Any, place: str, copy: Path) -> None:  # noqa: ANN401 - fsspec has no types
    with system.open(place, "rb") as source, copy.open("wb") as sink:
        shutil.copyfileobj(source, sink, 1 << 20)
