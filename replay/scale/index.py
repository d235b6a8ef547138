"""What a folder of mined tables holds: a manifest for each part, written last, so that a part is whole or not there."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import polars as pl

from replay.errors import UserError, made_folder
from replay.records import Record, decode, encode
from replay.scale import sources
from replay.scale.sources import Log
from replay.tables import TABLES

MANIFESTS, STAGING, LOCK = "parts", ".staging", ".lock"
CHUNKED = "texts"
"""The one table of which a part may have several files."""

_FAULT = re.compile(r"\(os error (\d+)\)")


class Scanned(Record, frozen=True):
    """What became of one log: ``sha256`` of its content; ``why`` it could not be read.

    ``dropped`` counts rows by reason. ``redacted``: a text of its changes had a secret, so only the log itself can be
    checked by another rule. ``left_out`` are turns (transcript, turn) with findings of rules about other versions of a
    package than they had, which are in no table. ``stale``: its rows say nothing of the rules, or of the log as it is;
    it must be read again. ``sessions`` has for each transcript, in the order they are read, the agent's own id of the
    session, secrets redacted; None where it is not told.
    """

    log: Log
    sha256: str = ""
    format: str | None = None
    transcripts: int = 0
    turns: int = 0
    redacted: bool = False
    dropped: dict[str, int] = msgspec.field(default_factory=dict)
    why: str | None = None
    left_out: tuple[tuple[str, int], ...] = ()
    stale: bool = False
    sessions: tuple[tuple[str, str | None], ...] = ()


class Manifest(Record, frozen=True):
    """One part: the logs it was made from, by which code (``reader``) and rules (id → hash with the engine's version).

    ``generation`` counts scans: of two parts that hold a log, the later one counts. ``rows`` are rows by table,
    ``chunks`` the number of its files of texts. ``seconds`` are processor seconds by stage, ``peak`` is the most memory
    of its worker so far, in bytes. ``folder`` is where the tables lay (``sources.uri``), so that logs which were moved
    together with them are found; empty in manifests of earlier versions.
    """

    part: str
    generation: int
    reader: str
    rules: dict[str, str]
    logs: tuple[Scanned, ...]
    rows: dict[str, int] = msgspec.field(default_factory=dict)
    chunks: int = 0
    seconds: dict[str, float] = msgspec.field(default_factory=dict)
    peak: int = 0
    folder: str = ""


# --- files -------------------------------------------------------------------------------------------------


def place(folder: Path, table: str, part: str) -> Path:
    """Where the rows of ``part`` in ``table`` lie."""
    return folder / table / f"{part}.parquet"


def texts(folder: Path, manifest: Manifest) -> list[Path]:
    """The files with the texts of a part."""
    return [place(folder, CHUNKED, f"{manifest.part}-{number}") for number in range(manifest.chunks)]


def write(frame: pl.DataFrame, target: Path, staging: Path) -> None:
    """Write a Parquet file that is there whole or not at all: a temporary name, then fsync, then rename."""
    temporary = staging / f"{target.parent.name}-{target.name}"
    save(frame, temporary)
    publish(temporary, target)


def save(frame: pl.DataFrame, target: Path) -> None:
    """Write a Parquet file. Raises OSError with the number of the system's fault, where polars has it in words only."""
    try:
        frame.write_parquet(target, compression="zstd", compression_level=1)
    except pl.exceptions.PolarsError as error:
        if number := _FAULT.search(str(error)):
            raise OSError(int(number[1]), os.strerror(int(number[1]))) from error
        raise


def publish(temporary: Path, target: Path) -> None:
    """Give a finished file its name, its content on the disk before."""
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    temporary.replace(target)


def commit(folder: Path, manifest: Manifest) -> None:
    """Write the manifest: from now on the part counts."""
    atomically(folder / MANIFESTS / f"{manifest.part}.json", encode(manifest))


def atomically(target: Path, data: bytes) -> None:
    """Write a file that is there whole or not at all."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    temporary.write_bytes(data)
    publish(temporary, target)


def within(folder: Path) -> bool:
    """Whether ``folder`` is one of tables, or holds one table's files or the manifests."""
    return any(
        (one / LOCK).exists() and (one / MANIFESTS).is_dir() and (one / CHUNKED).is_dir()
        for one in ((folder, folder.parent) if folder.name in {MANIFESTS, *TABLES} else (folder,))
    )


# --- the folder --------------------------------------------------------------------------------------------


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """The folder, made where it is not there, for us alone.

    Raises UserError where another command is at work in it, or where we may not write.
    """
    try:
        made_folder(folder, "the tables")
        for name in (MANIFESTS, STAGING, *TABLES):
            (folder / name).mkdir(exist_ok=True)
        opened = (folder / LOCK).open("w")
    except OSError as error:
        if error.errno not in {errno.EACCES, errno.EPERM, errno.EROFS}:
            raise
        raise UserError(
            f"no tables can be written here ({error.strerror}): give another folder", path=folder
        ) from error
    with opened as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UserError(
                "another `replay mine` writes here: wait for it, or give another folder", path=folder
            ) from error
        yield


def load(folder: Path, *, moved: bool = False) -> list[Manifest]:
    """The manifests, oldest first, their logs where they lie now; with ``moved`` it is noted where they went.

    Raises UserError for one that cannot be read.
    """
    found = []
    home = sources.uri(str(folder.resolve()))
    for file in sorted((folder / MANIFESTS).glob("*.json")):
        try:
            told = decode(file.read_bytes(), Manifest)
        except msgspec.MsgspecError as error:
            raise UserError(
                f"not a manifest of this version ({error}): remove it, its logs are read again", path=file
            ) from error
        found.append(_followed(told, home))
        if moved and found[-1] is not told:
            commit(folder, found[-1])
    return sorted(found, key=lambda one: (one.generation, one.part))


def _followed(manifest: Manifest, home: str) -> Manifest:
    """The manifest as of now that its folder is ``home``: logs that were moved, or copied, along with it lie there."""
    if manifest.folder in {home, ""}:
        return manifest
    before, now = (sources.local(place) for place in (manifest.folder, home))
    logs = []
    for one in manifest.logs:
        log = one.log
        if log.uri:
            beside = os.path.normpath(os.path.join(now, os.path.relpath(sources.local(log.uri), before)))  # noqa: PTH118 - quick, for many logs
            if os.path.exists(beside):  # noqa: PTH110 - quick, for many logs
                log = msgspec.structs.replace(log, uri=sources.uri(beside))
        logs.append(msgspec.structs.replace(one, log=log))
    return msgspec.structs.replace(manifest, logs=tuple(logs), folder=home)


def tidy(folder: Path, manifests: Iterable[Manifest]) -> None:
    """Remove what an interrupted scan left: files that belong to no manifest."""
    known = {place(folder, table, one.part) for one in manifests for table in TABLES if table != CHUNKED}
    known |= {file for one in manifests for file in texts(folder, one)}
    for table in TABLES:
        for file in (folder / table).glob("*.parquet"):
            if file not in known:
                file.unlink()
    for left in (folder / STAGING).iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()


def settle(folder: Path, manifests: Iterable[Manifest], dead: frozenset[str]) -> list[Manifest]:
    """The manifests that are left when each log counts in its latest part only, and those named in ``dead`` nowhere.

    Rows of a log that no longer counts are taken out of its part; a part without logs is removed.
    """
    owner = {scanned.log.name: one.part for one in manifests for scanned in one.logs}
    left = []
    for one in manifests:
        live = tuple(logs for logs in one.logs if owner[logs.log.name] == one.part and logs.log.name not in dead)
        if live == one.logs:
            left.append(one)
        elif live:
            left.append(_without(folder, one, live))
        else:
            _remove(folder, one)
    return left


def _remove(folder: Path, manifest: Manifest) -> None:
    (folder / MANIFESTS / f"{manifest.part}.json").unlink()
    for table in TABLES:
        place(folder, table, manifest.part).unlink(missing_ok=True)
    for file in texts(folder, manifest):
        file.unlink(missing_ok=True)


def _without(folder: Path, manifest: Manifest, live: tuple[Scanned, ...]) -> Manifest:
    """The part with the rows of ``live`` only. Done twice, it comes to the same: it may be cut short anywhere."""
    names = [one.log.name for one in live]
    rows = {}
    for table in TABLES:
        if table != CHUNKED:
            kept = pl.read_parquet(place(folder, table, manifest.part)).filter(pl.col("file").is_in(names))
            write(kept, place(folder, table, manifest.part), folder / STAGING)
            rows[table] = len(kept)
    made = msgspec.structs.replace(manifest, logs=live, rows=manifest.rows | rows)
    commit(folder, made)
    return made
