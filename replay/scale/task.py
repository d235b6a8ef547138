"""The work on one part, wherever it is done: read its logs, or check its stored changes by other rules."""

from __future__ import annotations

import resource
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
from msgspec.structs import replace

from replay import check, importers, prefix, workspace
from replay.errors import UserError
from replay.importers.session import digest
from replay.records import Change, Record, Rule, Transcript
from replay.scale import earlier, index, sources, stages
from replay.scale.earlier import Earlier, Verdict, Verdicts
from replay.scale.index import Manifest, Scanned
from replay.scale.sources import Log
from replay.scale.stages import Place, Row, Wrote
from replay.scale.writer import Writer
from replay.signals.story import Story
from replay.workspace import timeline

BATCH = 2_000
"""Changes checked at once: a start of semgrep costs about 200 ms, so a batch must outweigh it."""

BATCH_BYTES = 8 << 20
"""Most text in a batch."""

TEXTS_BYTES = 4 << 20
"""Most text in a file of texts: to write one takes several times its size in memory."""


class Plan(Record, frozen=True):
    """What is the same for all parts. ``hashes`` are those of the rules (``identity.rules``).

    ``signals`` are kinds (``replay.signals``).
    """

    folder: str
    generation: int
    reader: str
    rules: tuple[Rule, ...]
    hashes: dict[str, str]
    signals: tuple[str, ...] = ()


class Part(Record, frozen=True):
    """Logs to be read; or, with ``stored``, a part whose changes are to be checked by the rules that are new to it.

    ``earlier`` is where a log's state before lies, by the log's name in the tables.
    """

    name: str
    logs: tuple[Log, ...]
    stored: Manifest | None = None
    earlier: dict[str, Earlier] = {}  # noqa: RUF012 - msgspec makes a new one for each part

    @property
    def checked(self) -> tuple[Log, ...]:
        """The logs whose stored changes are checked."""
        return tuple(one.log for one in self.stored.logs if not one.stale) if self.stored else ()

    @property
    def size(self) -> int:
        """The bytes of its logs, read now or when it was stored."""
        return sum(log.size for log in (*self.logs, *self.checked))


class Found(NamedTuple):
    """A finding as it is listed; ``log`` is the name under which the log can be opened."""

    log: str
    transcript: str
    session: str | None
    turn: int
    rule: str
    path: str
    line: int
    snippet: str


class Told(NamedTuple):
    """A signal as it is listed: a row of ``signals``; ``file`` is the name under which the log can be opened."""

    file: str
    transcript: str
    session: str | None
    turn: int
    signal: str
    message: int
    line: int | None
    quote: str
    why: str
    told: str
    where: str


class Done(NamedTuple):
    """A finished part: it lies in the folder. ``found`` is in order of log, transcript, turn, path and line.

    ``told`` are the signals of the logs that were read, in order of log, transcript and turn.
    """

    manifest: Manifest
    found: tuple[Found, ...]
    told: tuple[Told, ...] = ()


def work(plan: Plan, part: Part) -> Done:
    """Do the part and commit it. Raises AnalyserError where a rule engine fails."""
    return _Reading(plan, part).done() if part.stored is None else recheck(plan, part.stored)


def children() -> float:
    """Processor seconds of the processes that this one started, and which have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class _Clock:
    """Processor seconds by stage: what passes counts for the stage that was last turned ``to``."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._stage = "rest"
        self._at = time.process_time()
        self._children = children()

    def to(self, stage: str) -> str:
        """Counts for ``stage`` from now on; the stage before."""
        now, before = time.process_time(), self._stage
        self.seconds[before] += now - self._at
        self._at, self._stage = now, stage
        return before

    def rounded(self) -> dict[str, float]:
        """The seconds so far, to the millisecond; ``rest`` is of no stage. Of all stages, checking starts processes."""
        self.to("rest")
        self.seconds["check"] += children() - self._children
        self._children = children()
        return {stage: round(seconds, 3) for stage, seconds in sorted(self.seconds.items())}


# --- reading -----------------------------------------------------------------------------------------------


class _Waiting(NamedTuple):
    """A turn to be checked by ``rules``, of which ``known`` is already what others say."""

    place: Place
    changes: tuple[Change, ...]
    rules: tuple[Rule, ...]
    transcript: Transcript | None = None
    known: Verdict = Verdict()


class _Reading:
    def __init__(self, plan: Plan, part: Part) -> None:
        self._plan = plan
        self._part = part
        self._out = Writer(Path(plan.folder), part.name)
        self._clock = _Clock()
        self._texts = stages.Texts()
        self._verdicts = Verdicts(plan.rules, {})
        self._languages = stages.judgeable(plan.rules)
        self._of_package = any(rule.package for rule in plan.rules)
        self._waiting: list[_Waiting] = []
        self._bytes = self._count = 0
        self._seen: set[tuple[str, str, str]] = set()
        self._sessions: dict[tuple[str, str], tuple[str, str | None]] = {}
        self._found: list[Found] = []
        self._told: list[Told] = []
        self._left_out: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)

    def done(self) -> Done:
        scanned = [self._log(log) for log in self._part.logs]
        self._judge()
        scanned = [replace(one, left_out=tuple(self._left_out[one.log.name])) for one in scanned]
        broken = {one.log.name for one in scanned if one.why is not None}
        self._clock.to("write")
        self._out.texts(self._texts.take())
        rows = self._out.publish(without=broken)
        self._clock.to("rest")
        plan = self._plan
        manifest = Manifest(
            self._part.name,
            plan.generation,
            plan.reader,
            plan.hashes,
            tuple(scanned),
            rows,
            self._out.chunks,
            self._clock.rounded(),
            peak(),
        )
        index.commit(Path(plan.folder), manifest)
        return Done(
            manifest,
            tuple(one for one in self._found if sources.key(one.log) not in broken),
            tuple(one for one in self._told if sources.key(one.file) not in broken),
        )

    def _log(self, log: Log) -> Scanned:
        scanned = Scanned(replace(log, name=sources.key(log.name)))
        try:
            with sources.opened(log) as path:
                return self._read(path, log, scanned)
        except UserError as error:
            return replace(scanned, why=error.what)
        except MemoryError:
            return replace(scanned, why="more memory than there is would be needed to read it")

    def _read(self, path: Path, log: Log, scanned: Scanned) -> Scanned:
        self._clock.to("read")
        name, transcripts = importers.identify_and_read(path)
        known = transcripts[0].source if transcripts else None
        own = known is not None and known.sha256 is not None and known.format == name
        sha256 = (known.sha256 or "") if known is not None and own else digest(path)
        self._clock.to("check")
        before = self._part.earlier.get(scanned.log.name)
        self._verdicts = earlier.read(Path(self._plan.folder), scanned.log.name, before, self._plan.rules)
        redacted = False
        turns = 0
        dropped: dict[str, int] = {}
        for transcript in transcripts:
            self._sessions[scanned.log.name, transcript.id] = (log.name, transcript.source.session)
            for why, count in transcript.ledger.dropped.items():
                dropped[why] = dropped.get(why, 0) + count
            story = Story(transcript) if self._plan.signals else None
            self._clock.to("tables")
            answers = list(prefix.answers(transcript))
            self._clock.to("reconstruct")
            for wrote in workspace.recorded(transcript, hear=partial(self._hear, story) if story else None):
                turns += 1
                redacted |= self._turn(scanned.log.name, transcript, Wrote(*wrote), answers[wrote[0]])
                self._clock.to("reconstruct")
            self._clock.to("signals")
            signs = list(stages.signs(scanned.log.name, story, self._plan.signals)) if story else []
            self._clock.to("rest")
            self._out.add("signals", signs)
            self._told += (
                Told(log.name, transcript.id, transcript.source.session, turn, *rest) for _, _, turn, _, *rest in signs
            )
        return replace(
            scanned,
            sha256=sha256,
            format=known.format if known else None,
            transcripts=len(transcripts),
            turns=turns,
            redacted=redacted,
            dropped=dropped,
        )

    def _hear(self, story: Story, event: timeline.Done) -> None:
        before = self._clock.to("signals")
        story.hear(event)
        self._clock.to(before)

    def _turn(self, file: str, transcript: Transcript, wrote: Wrote, answer: str) -> bool:
        """Whether one of its changes had a secret."""
        self._clock.to("tables")
        self._out.add("turns", (stages.turn(file, transcript, wrote, answer),))
        rows = list(stages.changes(file, transcript, wrote, self._texts))
        self._out.add("changes", rows)
        if self._texts.size >= TEXTS_BYTES:
            self._out.texts(self._texts.take())
        known = self._verdicts.of(rows)
        rules, languages = self._plan.rules, self._languages
        if known is not None:
            rules, languages = self._verdicts.lacking, self._verdicts.languages
        place = Place(file, transcript.id, wrote.turn)
        about = transcript if self._of_package else None
        if any(change.language in languages for change in wrote.changes):
            self._waiting.append(_Waiting(place, wrote.changes, rules, about, known or Verdict()))
            self._count += len(wrote.changes)
            self._bytes += sum(len(change.before or "") + len(change.after or "") for change in wrote.changes)
            if self._count >= BATCH or self._bytes >= BATCH_BYTES:
                self._judge()
        elif known is not None and (known.found or known.unjudged):
            self._waiting.append(_Waiting(place, (), (), about, known))
        return any(row[-1] for row in rows)

    def _judge(self) -> None:
        waiting, self._waiting, self._count, self._bytes = self._waiting, [], 0, 0
        before = self._clock.to("check")
        verdicts = _verdicts(waiting)
        self._clock.to(before)
        for one, verdict in zip(waiting, verdicts, strict=True):
            found = self._applicable(one, verdict.found)
            rows = list(stages.findings(one.place, found, seen=self._seen))
            self._out.add("findings", rows)
            self._out.add("unjudged", ((*one.place, rule) for rule in verdict.unjudged))
            log, session = self._sessions[one.place.file, one.place.transcript]
            self._found += listed(rows, log, session)

    def _applicable(self, one: _Waiting, found: Sequence[Row]) -> Sequence[Row]:
        """Those of the findings whose rule is about a version that the turn may have had."""
        if one.transcript is None or not found:
            return found
        matched = {rule for rule, *_ in found}
        rules = [rule for rule in self._plan.rules if rule.id in matched]
        out = stages.inapplicable(one.transcript, one.place.turn, rules)
        if out:
            self._left_out[one.place.file].append((one.place.transcript, one.place.turn))
        return [row for row in found if row[0] not in out]


def _verdicts(waiting: Sequence[_Waiting]) -> list[Verdict]:
    """What all rules say of each turn, those that lack the same rules checked together."""
    verdicts = [one.known for one in waiting]
    lacking: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, one in enumerate(waiting):
        if one.rules:
            lacking[tuple(rule.id for rule in one.rules)].append(place)
    for places in lacking.values():
        made = check.introduced([waiting[place].changes for place in places], waiting[places[0]].rules)
        for place, checked in zip(places, made, strict=True):
            known, found = verdicts[place], stages.found(waiting[place].changes, checked)
            # of each rule all are in one of the two, in their order
            both = sorted((*known.found, *found), key=lambda row: row[0])
            verdicts[place] = Verdict(tuple(both), (*known.unjudged, *checked.unparsed))
    return verdicts


def listed(rows: Sequence[Row], log: str, session: str | None) -> Iterator[Found]:
    """Rows of ``findings`` of one turn as they are listed, in order of path and line."""
    for _, transcript, turn, _, rule, path, _, line, _, _, snippet, _ in sorted(rows, key=lambda row: (row[5], row[7])):
        yield Found(log, transcript, session, turn, rule, path, line, snippet)


def peak() -> int:
    """The most memory this process has had, in bytes."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024


# --- checking again ----------------------------------------------------------------------------------------


def recheck(plan: Plan, stored: Manifest) -> Done:
    """Check the stored changes of a part by the rules that are new to it, or not the same as they were.

    The findings of the other rules stay. Logs that are stale are left out: they must be read again.
    """
    folder = Path(plan.folder)
    clock = _Clock()
    fresh = tuple(rule for rule in plan.rules if stored.rules.get(rule.id) != plan.hashes[rule.id])
    stays = [rule for rule, value in plan.hashes.items() if stored.rules.get(rule) == value]
    out: dict[str, list[Row]] = {"findings": [], "unjudged": []}
    seen: set[tuple[str, str, str]] = set()
    for batch in _stored(folder, stored, fresh) if fresh else ():
        clock.to("check")
        verdicts = _verdicts(batch)
        clock.to("rest")
        for one, verdict in zip(batch, verdicts, strict=True):
            out["findings"] += stages.findings(one.place, verdict.found, seen=seen)
            out["unjudged"] += ((*one.place, rule) for rule in verdict.unjudged)
    counts = dict(stored.rows)
    clock.to("write")
    for table, rows in out.items():
        place = index.place(folder, table, stored.part)
        old = pl.read_parquet(place).filter(pl.col("rule").is_in(stays))
        new = pl.DataFrame(rows, schema=old.schema, orient="row")
        made = pl.concat([old, new])
        if table == "findings":
            made = made.sort("file", "transcript", "turn", "rule", "number", maintain_order=True)
            count = pl.int_range(pl.len(), dtype=pl.Int32).over("file", "transcript", "turn")
            made = made.with_columns(count.alias("number"))
        else:
            made = made.sort("file", "transcript", "turn", "rule")
        index.write(made, place, folder / index.STAGING)
        counts[table] = len(made)
    manifest = replace(stored, rules=plan.hashes, rows=counts, seconds=clock.rounded(), peak=peak())
    index.commit(folder, manifest)
    return Done(manifest, tuple(found for row in out["findings"] for found in listed([row], row[0], None)))


def _stored(folder: Path, manifest: Manifest, rules: tuple[Rule, ...]) -> Iterator[list[_Waiting]]:
    """The turns of a part that ``rules`` can judge, in batches, with the texts that were kept."""
    wanted = stages.judgeable(rules)
    clean = [one.log.name for one in manifest.logs if not one.stale]
    rows = (
        pl.read_parquet(index.place(folder, "changes", manifest.part))
        .filter(pl.col("file").is_in(clean), pl.col("status") == "applied", pl.col("language").is_not_null())
        .filter(pl.col("language").is_in(list(wanted)).any().over("file", "transcript", "turn"))
    )
    batch: list[tuple[Place, list[dict[str, Any]]]] = []
    size = count = 0
    for place, group in groupby(
        rows.iter_rows(named=True), key=lambda row: Place(row["file"], row["transcript"], row["turn"])
    ):
        made = list(group)
        batch.append((place, made))
        count += len(made)
        size += sum((row["before_bytes"] or 0) + (row["after_bytes"] or 0) for row in made)
        if count >= BATCH or size >= BATCH_BYTES:
            yield _filled(folder, manifest, batch, rules)
            batch, size, count = [], 0, 0
    if batch:
        yield _filled(folder, manifest, batch, rules)


def _filled(
    folder: Path, manifest: Manifest, batch: list[tuple[Place, list[dict[str, Any]]]], rules: tuple[Rule, ...]
) -> list[_Waiting]:
    keys = {row[name] for _, rows in batch for row in rows for name in ("before", "after") if row[name]}
    texts: dict[str, str] = {}
    for file in index.texts(folder, manifest):
        texts.update(pl.scan_parquet(file).filter(pl.col("key").is_in(list(keys))).collect().iter_rows())
    return [_Waiting(place, tuple(stages.stored(row, texts) for row in rows), rules) for place, rows in batch]
