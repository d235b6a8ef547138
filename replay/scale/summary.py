"""What a scan came to, in numbers: written as ``summary.json`` beside the tables."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import polars as pl

from replay.languages import judgeable
from replay.records import Record, Rule, decode, encode
from replay.scale import Finished, index
from replay.scale.clock import peak
from replay.scale.index import Manifest, place

NAME = "summary.json"


class Skipped(Record, frozen=True):
    """A log that is not in the tables, and why."""

    file: str
    why: str


class Summary(Record, frozen=True, omit_defaults=False):
    """What the tables hold, and what the last scan did.

    ``files`` are logs read, ``unreadable`` those in no form that we know, ``lost`` those that no worker got through.
    ``changes`` = judged + unknown + failed + uncovered; ``commands`` were only run. ``bytes`` are of the logs;
    ``read_files`` and ``read_bytes`` what the last scan read. ``seconds`` are processor seconds by stage, over all
    workers and all scans the tables come from; ``elapsed`` is the last scan's by the clock. ``peak_memory`` is bytes:
    the most of one worker, and of the process that led them. ``state`` tells two contents of the folder apart.
    """

    state: str
    files: int
    unreadable: tuple[Skipped, ...]
    lost: tuple[Skipped, ...]
    transcripts: int
    turns: int
    changes: int
    judged: int
    unknown: int
    failed: int
    uncovered: int
    commands: int
    dropped: dict[str, int]
    findings: dict[str, int]
    signals: dict[str, int]
    bytes: int
    read_files: int
    read_bytes: int
    elapsed: float
    seconds: dict[str, float]
    peak_memory: dict[str, int]
    rows: dict[str, int]
    parts: int


def state(manifests: Sequence[Manifest], finished: Finished) -> str:
    """16 hex digits that change with what the tables hold."""
    lost = [(one.log.name, one.why) for one in finished.lost]
    return hashlib.sha256(encode({"parts": list(manifests), "lost": lost})).hexdigest()[:16]


def last(folder: Path) -> Summary | None:
    """The summary of the last scan that came to its end; None where there is none that can be read."""
    try:
        kept = decode((folder / NAME).read_bytes(), Summary)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None
    return msgspec.structs.replace(
        kept, dropped=_ranked(kept.dropped), findings=_ranked(kept.findings), signals=_ranked(kept.signals)
    )


def _ranked(counts: dict[str, int]) -> dict[str, int]:
    """Most frequent first, as it was before it was written: on the disk names are in order."""
    return dict(sorted(counts.items(), key=lambda one: (-one[1], one[0])))


def brought(folder: Path, rules: Sequence[Rule], finished: Finished, read: Sequence[Manifest]) -> Summary:
    """The summary of the tables in ``folder``, made anew only where the scan changed them."""
    known = last(folder)
    if known is None or read or known.state != state(finished.manifests, finished):
        return summary(folder, rules, finished, read)
    return msgspec.structs.replace(known, read_files=0, read_bytes=0, elapsed=round(finished.seconds, 3))


def summary(folder: Path, rules: Sequence[Rule], finished: Finished, read: Sequence[Manifest]) -> Summary:
    """The summary of the tables in ``folder``; ``read`` are the parts that this scan made."""
    scanned = [one for manifest in finished.manifests for one in manifest.logs]
    fresh = [one for manifest in read for one in manifest.logs if not one.stale]
    dropped: Counter[str] = Counter()
    seconds: dict[str, float] = defaultdict(float)
    rows: Counter[str] = Counter()
    for one in scanned:
        dropped.update(one.dropped)
    for manifest in finished.manifests:
        rows.update(manifest.rows)
        for stage, spent in manifest.seconds.items():
            seconds[stage] += spent
    statuses = _statuses(folder, finished.manifests, rules)
    return Summary(
        state=state(finished.manifests, finished),
        files=len(scanned) + len(finished.lost),
        unreadable=tuple(Skipped(one.log.name, one.why) for one in scanned if one.why is not None),
        lost=tuple(Skipped(one.log.name, one.why) for one in finished.lost),
        transcripts=sum(one.transcripts for one in scanned),
        turns=rows["turns"],
        changes=sum(count for status, count in statuses.items() if status != "command"),
        judged=statuses["judged"],
        unknown=statuses["unknown_file"],
        failed=statuses["failed_edit"],
        uncovered=statuses["uncovered"],
        commands=statuses["command"],
        dropped=_ranked(dropped),
        findings=_by(folder, finished.manifests, "findings", "rule"),
        signals=_by(folder, finished.manifests, "signals", "signal"),
        bytes=sum(one.log.size for one in scanned),
        read_files=len(fresh),
        read_bytes=sum(one.log.size for one in fresh),
        elapsed=round(finished.seconds, 3),
        seconds={stage: round(spent, 3) for stage, spent in sorted(seconds.items())},
        peak_memory={"worker": max((one.peak for one in finished.manifests), default=0), "main": peak()},
        rows=dict(rows),
        parts=len(finished.manifests),
    )


def _statuses(folder: Path, manifests: Iterable[Manifest], rules: Sequence[Rule]) -> Counter[str]:
    """Changes by what became of them: ``judged``, ``unknown_file``, ``failed_edit``, ``uncovered``, ``command``."""
    files = [place(folder, "changes", one.part) for one in manifests]
    if not files:
        return Counter()
    covered = pl.col("language").is_in(sorted(judgeable(rules))).fill_null(value=False)
    what = (
        pl.when(pl.col("kind") == "command")
        .then(pl.lit("command"))
        .when(pl.col("status") != "applied")
        .then(pl.col("status"))
        .when(covered)
        .then(pl.lit("judged"))
        .otherwise(pl.lit("uncovered"))
    )
    counted = pl.scan_parquet(files).select(what=what).group_by("what").len().collect()
    return Counter(dict(counted.iter_rows()))


def _by(folder: Path, manifests: Iterable[Manifest], table: str, column: str) -> dict[str, int]:
    """Rows of ``table`` by the value of ``column``, most frequent first."""
    files = [place(folder, table, one.part) for one in manifests]
    if not files:
        return {}
    counted = pl.scan_parquet(files).group_by(column).len().collect()
    return dict(counted.sort(["len", column], descending=[True, False]).iter_rows())


def write(folder: Path, made: Summary) -> None:
    """Keep the summary beside the tables."""
    index.atomically(folder / NAME, encode(made))
