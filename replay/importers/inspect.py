"""Inspect logs: ``.eval`` (a zip of samples) and ``.json``, each sample a transcript, each call of the model a turn.

Format: https://inspect.aisi.org.uk/eval-logs.html; pools and attachments as in ``inspect_ai.log``. A call that holds
the provider's own request is exact; one that holds Inspect's messages and tools is full.
"""

from __future__ import annotations

import lzma
import struct
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

from replay.importers import cut_zip, document, lines, peek, session
from replay.importers.fault import ImportFault
from replay.importers.inspect_sample import sample_transcript
from replay.importers.ledgers import charged
from replay.importers.lines import Count
from replay.importers.loose import mapping, objects, text
from replay.records import JSON, Source, Transcript

if sys.version_info >= (3, 14):
    import zipfile

    from compression.zstd import ZstdError
else:
    from backports.zstd import ZstdError, zipfile

NAME = "inspect"
BINARY = True
LARGEST = 256 * 1024 * 1024
_UNPACKED = 16 * 1024 * 1024
_RATIO = 500
_BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, ZstdError, struct.error, EOFError, NotImplementedError)
_MEMBERS = ("_journal/", "samples/", "header.json", "summaries.json", "reductions.json")
_START = "_journal/start.json"
_TOO_LARGE = "sample of more than 256 MiB, or packed more than 500 times"
_CUT_OFF = "the log is a zip without its directory: its samples are read as far as they go"
_ZIP = b"PK\x03\x04"


def sniff(head: bytes, name: str) -> bool:
    """Whether ``head`` begins a zip whose first member is one of an Inspect log, or a log as JSON."""
    if head.startswith(_ZIP):
        length = int.from_bytes(head[26:28], "little")
        return head[30 : 30 + length].decode("utf-8", "replace").startswith(_MEMBERS)
    if b"\0" in head:
        return False
    for value in peek.values(head, 1):
        match value:
            case {"eval": {"task": str()}} if "version" in value or "status" in value:
                return True
    return False


def read(path: Path) -> Iterator[Transcript]:
    """The samples of the log in ``path``, in the order of the file.

    Raises ImportFault where it is broken or holds no sample. A sample of more than 256 MiB is counted, not read.
    """
    count = Count()
    with path.open("rb") as file:
        zipped = file.read(len(_ZIP)) == _ZIP
    found = _zipped(path, count) if zipped else _whole(path, count)
    digest = session.digest(path)
    held: Transcript | None = None
    for log, sample in found:
        if held is not None:
            yield charged(held, count)
        held = sample_transcript(sample, Count(), _source(path, digest, log, sample), _model(log))
    if held is None:
        raise ImportFault("holds no sample", path=path)
    yield charged(held, count)


def _whole(path: Path, count: Count) -> Iterator[tuple[dict[str, JSON], dict[str, JSON]]]:
    log = mapping(document.load(path, count))
    samples = log.get("samples")
    if isinstance(samples, list) and (odd := sum(not isinstance(sample, dict) for sample in samples)):
        count.dropped["sample that is no object"] += odd
    yield from ((log, sample) for sample in objects(samples))


def _zipped(path: Path, count: Count) -> Iterator[tuple[dict[str, JSON], dict[str, JSON]]]:
    try:
        archive = zipfile.ZipFile(path)
    except (*_BROKEN, ValueError):
        yield from _cut_off(path, count)
        return
    with archive:
        members = archive.infolist()
        heads = [item for item in members if item.filename in ("header.json", _START)]
        header = max(heads, key=lambda item: item.filename == "header.json", default=None)
        log = {} if header is None else mapping(_member(archive, header, count))
        for member in members:
            if _is_sample(member.filename):
                sample = _member(archive, member, count)
                if isinstance(sample, dict):
                    count.rows += 1
                    yield log, sample
                elif sample is not None:
                    count.dropped["sample that is no object"] += 1


def _cut_off(path: Path, count: Count) -> Iterator[tuple[dict[str, JSON], dict[str, JSON]]]:
    """The samples of a log whose run, or copy, was broken off before its directory was written."""
    log: dict[str, JSON] = {}
    for member in cut_zip.members(path, lambda name: name == _START or _is_sample(name), largest=LARGEST):
        count.notes[_CUT_OFF] = None
        if member.data is None:
            count.dropped[_TOO_LARGE] += 1
            continue
        value = lines.value(member.data, count)
        if value is None and not member.whole and (value := lines.salvage(member.data.decode("utf-8", "replace"))):
            count.notes[lines.CUT] = None
        if member.name == _START:
            log = mapping(value)
        elif isinstance(value, dict):
            count.rows += 1
            yield log, value
        else:
            count.dropped["sample that is no JSON" if member.whole else "sample that is cut off"] += 1


def _is_sample(name: str) -> bool:
    return name.startswith("samples/") and name.endswith(".json")


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, count: Count) -> JSON:
    """The JSON in ``member``; None, and counted, where it is too large, damaged or packed in a way nobody knows."""
    bomb = member.file_size > _UNPACKED and member.file_size > _RATIO * member.compress_size
    if member.file_size > LARGEST or bomb:
        count.dropped[_TOO_LARGE] += 1
        return None
    try:
        data = archive.read(member)
    except (*_BROKEN, RuntimeError, ValueError, OSError):
        count.dropped["member of the zip that cannot be unpacked"] += 1
        return None
    value = lines.value(data, count)
    if value is None:
        count.dropped["sample that is no JSON"] += 1
    return value


def _source(path: Path, digest: str, log: dict[str, JSON], sample: dict[str, JSON]) -> Source:
    spec = mapping(log.get("eval"))
    own = text(sample.get("uuid"))
    named = (text(spec.get("run_id")), text(spec.get("task_id")), str(sample.get("id")), str(sample.get("epoch", 1)))
    return Source(
        NAME,
        path.name,
        sha256=digest,
        session=own or "/".join(part for part in named if part),
        agent=text(spec.get("task")),
        version=text(mapping(spec.get("packages")).get("inspect_ai")),
    )


def _model(log: dict[str, JSON]) -> str | None:
    return text(mapping(log.get("eval")).get("model"))
