"""Mining at scale: logs into tables, on all cores or a cluster, each log read once, and again when it has changed."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from replay.errors import AnalyserError
from replay.importers.session import digest
from replay.records import Rule, encode
from replay.scale import earlier, identity, index, names, sources
from replay.scale.earlier import Earlier
from replay.scale.index import Manifest, Scanned
from replay.scale.listing import Found, Listed, Listing, Told
from replay.scale.order import Runner, tried
from replay.scale.plan import Done, Part, Plan
from replay.scale.sources import Log
from replay.workers import Failed

__all__ = ["Done", "Finished", "Found", "Listed", "Lost", "Part", "Planned", "Runner", "Told", "scan"]

SMALLEST, LARGEST = 8 << 20, 256 << 20
"""Bytes of small logs that make a part: it outweighs the cost of a task, and what is lost with one stays small."""

FEWEST, FEW, PARTS = 4, 8, 2_000
"""About as many parts are made of a tiny collection; a small one, so that all workers end together; a large one."""

WORTH = 1 << 20
"""Bytes from which on parts are made more than ``FEWEST``: each costs some 20 ms and six files."""


class Planned(NamedTuple):
    """What is to be done: ``kept`` logs have not changed; ``size`` is the bytes of logs to be read or checked again."""

    logs: int
    kept: int
    size: int
    parts: int


class Lost(NamedTuple):
    """A log that no worker could get through, twice, and why."""

    log: Log
    why: str


class Finished(NamedTuple):
    """The folder as the scan left it. ``changed`` is False where nothing in it is other than before."""

    manifests: tuple[Manifest, ...]
    lost: tuple[Lost, ...]
    changed: bool
    seconds: float


def scan(
    paths: Iterable[str],
    folder: Path,
    rules: Sequence[Rule],
    *,
    run: Runner,
    signals: Sequence[str] = (),
    shown: Sequence[str] = (),
    whole: int = SMALLEST,
) -> Iterator[Planned | Done | Listed | Lost | Finished]:
    """Bring the tables in ``folder`` up to date with the logs in ``paths``, telling what happens as it happens.

    Comes in order: ``Planned``, then ``Done`` for each part and ``Lost`` for each log given up, ``Finished``. Between
    them ``Listed`` tells in the order of ``paths`` what is in each log, found now or by an earlier scan, as soon as all
    logs before it are done. What is done stays done, however the iteration ends. Logs of earlier scans that are not
    below ``paths`` stay, and are brought up to date with rules and code, from the logs themselves only where that is
    needed. ``signals`` are the kinds to look for (``replay.signals``), ``shown`` those that are listed; ``whole`` is
    the bytes of small logs that make a part. Raises UserError for a path that does not exist or a folder in use,
    AnalyserError where no part could be judged.
    """
    began = time.monotonic()
    roots = list(paths)
    with index.claimed(folder):
        manifests = index.load(folder, moved=True)
        index.tidy(folder, manifests)
        logs = names.named(_outside(folder, sources.find(roots)), manifests)
        plan = Plan(
            str(folder.resolve()),
            1 + max((one.generation for one in manifests), default=0),
            identity.reader(tuple(signals)),
            tuple(rules),
            identity.rules(rules),
            tuple(signals),
        )
        given = names.Below(roots)
        present = {log.name for log in logs}
        gone = {
            one.log.name
            for manifest in manifests
            for one in manifest.logs
            if one.log.name not in present and one.log in given
        }
        told = present | gone
        others = [log for log in _behind(manifests, plan) if log.name not in told]
        parts, kept, touched = _parts([*logs, *others], manifests, plan, whole)
        yield Planned(len(logs) + len(others), len(kept), sum(part.size for part in parts), len(parts))
        listing = Listing(folder, logs, kept, {part.name for part in parts}, shown)
        yield from listing.now()
        lost: list[Lost] = []
        for event in _attempts(plan, parts, run):
            yield event
            if isinstance(event, Lost):
                lost.append(event)
                listing.lost(event.log.name)
            else:
                listing.done(event.manifest)
            yield from listing.now()
        if parts:
            manifests = index.load(folder)
        _touch(folder, manifests, touched)
        left = index.settle(folder, manifests, frozenset(gone.union(one.log.name for one in lost)))
        index.tidy(folder, left)
        changed = bool(parts) or len(left) != len(manifests) or left != manifests
        yield Finished(tuple(left), tuple(lost), changed, time.monotonic() - began)


def _outside(folder: Path, logs: Iterable[Log]) -> Iterator[Log]:
    """The logs but for the files of these tables, and of others."""
    root = folder.resolve()
    own: dict[str, bool] = {}
    for log in logs:
        path = sources.place(log)
        parent = "" if path is None else path.rpartition("/")[0]
        if parent not in own:
            own[parent] = path is not None and _is_own(Path(parent or "/").resolve(), root)
        if not own[parent]:
            yield log


def _is_own(folder: Path, root: Path) -> bool:
    return folder.is_relative_to(root) or index.within(folder)


# --- what is to be done ------------------------------------------------------------------------------------


def _behind(manifests: Sequence[Manifest], plan: Plan) -> Iterator[Log]:
    """The logs that other code read or other rules judged, as they were then."""
    last = {one.log.name: (manifest, one) for manifest in manifests for one in manifest.logs}
    for manifest, one in last.values():
        if one.stale or manifest.reader != plan.reader or manifest.rules != plan.hashes:
            yield one.log


def _parts(
    logs: Sequence[Log], manifests: Sequence[Manifest], plan: Plan, whole: int
) -> tuple[list[Part], dict[str, Manifest], dict[str, Log]]:
    """The parts to do, the manifests of logs that are as they were, and those of them that look changed or moved."""
    known = {one.log.name: (manifest, one) for manifest in manifests for one in manifest.logs}
    pending: list[Log] = []
    before: dict[str, Earlier] = {}
    again: dict[str, Manifest] = {}
    touched: dict[str, Log] = {}
    for log in logs:
        manifest, scanned = known.get(log.name, (None, None))
        if manifest is None or scanned is None:
            pending.append(log)
            continue
        same = manifest.reader == plan.reader and _same(log, scanned, touched)
        if same and manifest.rules == plan.hashes:
            continue
        if same:
            again[manifest.part] = manifest
        if not same or scanned.redacted or _needs_log(manifest, plan):
            pending.append(log)
            if said := earlier.of(manifest, scanned, plan.reader, plan.hashes):
                before[log.name] = said
    taken = {log.name for log in pending}
    parts = [_part(group, plan, before) for group in _groups(pending, whole)]
    for manifest in again.values():
        # A scan that is cut short must not leave it looking as if these logs had been judged by the rules.
        left = tuple(
            replace(one, stale=True) if one.redacted or one.log.name in taken else one for one in manifest.logs
        )
        if not all(one.stale for one in left):
            parts.append(Part(manifest.part, (), replace(manifest, logs=left)))
    return parts, {log.name: known[log.name][0] for log in logs if log.name not in taken}, touched


def _same(log: Log, scanned: Scanned, touched: dict[str, Log]) -> bool:
    if scanned.stale or log.size != scanned.log.size:
        return False
    if log == scanned.log:
        return True
    path = sources.place(log)
    if log.stamp != scanned.log.stamp and (path is None or not scanned.sha256 or digest(Path(path)) != scanned.sha256):
        return False
    touched[log.name] = log
    return True


def _needs_log(manifest: Manifest, plan: Plan) -> bool:
    """Whether a rule is new that is about versions of a package: which one a session had, only its log tells."""
    return any(rule.package and manifest.rules.get(rule.id) != plan.hashes[rule.id] for rule in plan.rules)


def _groups(logs: Sequence[Log], whole: int) -> Iterator[tuple[Log, ...]]:
    """Logs next to each other, until they are large enough together."""
    total = sum(log.size for log in logs)
    small = max(total // FEW, min(WORTH, total // FEWEST))
    target = max(min(whole, small), min(LARGEST, total // PARTS))
    group: list[Log] = []
    size = 0
    for log in logs:
        if group and size + log.size > target:
            yield tuple(group)
            group, size = [], 0
        group.append(log)
        size += log.size
    if group:
        yield tuple(group)


def _part(logs: tuple[Log, ...], plan: Plan, before: Mapping[str, Earlier]) -> Part:
    """The part of these logs. Its name tells what goes in: the logs as they are, the code and the rules.

    It tells the scan, too: a part that is there is never written over by one that takes from it.
    """
    names = [(log.name, log.size, log.stamp) for log in logs]
    what = {"logs": names, "reader": plan.reader, "rules": plan.hashes, "generation": plan.generation}
    own = {name: before[name] for name, *_ in names if name in before}
    return Part(hashlib.sha256(encode(what)).hexdigest()[:16], logs, earlier=own)


# --- doing it ----------------------------------------------------------------------------------------------


def _attempts(plan: Plan, parts: Sequence[Part], run: Runner) -> Iterator[Done | Lost]:
    """Every part done; one that failed again log by log, and what fails then too is given up."""
    if not parts:
        return
    from replay.scale.task import work  # what reads and judges is as much again as all else; workers inherit it

    function = partial(work, plan)
    failed: list[tuple[Part, Failed]] = []
    lost: list[tuple[Part, Failed]] = []
    done = 0
    for event in tried(function, parts, run, failed):
        done += 1
        yield event
    second = list(chain.from_iterable(_split(part, plan) for part, _ in failed))
    for event in tried(function, second, run, lost):
        done += 1
        yield event
    if lost and not done and isinstance(error := lost[0][1].error, AnalyserError):
        raise error
    for part, result in lost:
        for log in (*part.logs, *part.checked):
            yield Lost(log, _why(result))


def _split(part: Part, plan: Plan) -> list[Part]:
    return [part] if len(part.logs) < 2 else [_part((log,), plan, part.earlier) for log in part.logs]


def _why(failed: Failed) -> str:
    match failed.kind:
        case "crashed":
            return f"the worker that read it died ({failed.why}), twice"
        case "timeout":
            return f"{failed.why}, twice"
        case _:
            return str(failed.error) if failed.error else failed.why.strip().splitlines()[-1]


def _touch(folder: Path, manifests: list[Manifest], touched: dict[str, Log]) -> None:
    """Note the new stamps and places of logs whose content is as it was."""
    for number, manifest in enumerate(manifests):
        if any(one.log.name in touched for one in manifest.logs):
            logs = tuple(replace(one, log=touched.get(one.log.name, one.log)) for one in manifest.logs)
            manifests[number] = replace(manifest, logs=logs)
            index.commit(folder, manifests[number])
