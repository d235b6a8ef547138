"""Real Claude Code logs grown to any size, for benchmarks of mining."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import orjson

SHARED = Path(__file__).parents[3] / "shared" / "transcripts" / "claude_code_jsonl"
_ID = re.compile(rb"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-([0-9a-f]{4})[0-9a-f]{8}\b")


def grow(source: Path, target: Path, megabytes: float, *, one: float = 0.0) -> int:
    """Fill ``target`` with copies of the logs in ``source``; the bytes written. ``one`` MB of them are one session."""
    texts = [file.read_bytes() for file in sorted(source.glob("*.jsonl"))]
    target.mkdir(parents=True)
    wanted, size, copy = int((megabytes - one) * 1e6), 0, 0
    while size < wanted:
        for number, text in enumerate(texts):
            if size < wanted:
                size += (target / f"{copy:05}-{number:03}.jsonl").write_bytes(_other(text, copy))
        copy += 1
    if one:
        size += _long(texts, target / "one-long-session.jsonl", int(one * 1e6), copy)
    return size


def _other(text: bytes, copy: int) -> bytes:
    """The log with other ids and, in comments and names of its code and talk, other words: consistently, so that every
    edit still finds its place.
    """
    ided = _ID.sub(lambda found: found[0][:-8] + f"{copy:08x}".encode(), text)
    ided = re.sub(rb"\b(msg|toolu)_(\w{6,})", rb"\g<1>_\g<2>c%d" % copy, ided)
    return ided if copy == 0 else re.sub(rb"\b(the|this)\b(?= )", rb"\g<1>%d" % copy, ided)


def _long(texts: Sequence[bytes], file: Path, wanted: int, copy: int) -> int:
    """One session: the rows of copies one after the other, each copy hung on the end of the one before."""
    size = 0
    last = None
    with file.open("wb") as sink:
        while size < wanted:
            for text in texts:
                for line in _other(text, copy).splitlines():
                    try:
                        row = orjson.loads(line)
                    except ValueError:
                        continue
                    if row.get("type") not in ("user", "assistant") or row.get("isSidechain"):
                        continue
                    row |= {"sessionId": "one-long-session"}
                    if row.get("parentUuid") is None:
                        row["parentUuid"] = last
                    last = row.get("uuid")
                    size += sink.write(orjson.dumps(row) + b"\n")
                if size >= wanted:
                    break
            copy += 1
    return size
