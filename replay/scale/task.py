"""The work on one part, wherever it is done: read its logs, or check its stored changes by other rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from replay import importers, prefix, workspace
from replay.check.batch import Batch, weight
from replay.errors import UserError
from replay.importers.session import digest
from replay.languages import judgeable
from replay.records import Transcript
from replay.scale import earlier, index, sources, stages
from replay.scale.clock import Clock, peak
from replay.scale.earlier import Verdict, Verdicts
from replay.scale.index import Manifest, Scanned
from replay.scale.judging import Waiting, verdicts_on
from replay.scale.plan import Done, Part, Plan
from replay.scale.recheck import recheck
from replay.scale.sources import Log
from replay.scale.stages import Place, Row, Wrote
from replay.scale.writer import Writer
from replay.signals.story import Story
from replay.workspace import timeline
from replay.workspace.installed import inapplicable

TEXTS_BYTES = 4 << 20
"""Most text in a file of texts: to write one takes several times its size in memory."""


def work(plan: Plan, part: Part) -> Done:
    """Do the part and commit it. Raises AnalyserError where a rule engine fails."""
    made = _Reading(plan, part).done() if part.stored is None else recheck(plan, part.stored)
    return Done(made, part.size)


class _Reading:
    def __init__(self, plan: Plan, part: Part) -> None:
        self._plan = plan
        self._part = part
        self._out = Writer(Path(plan.folder), part.name)
        self._clock = Clock()
        self._texts = stages.Texts()
        self._stored = earlier.Stored(Path(plan.folder))
        self._verdicts = Verdicts(plan.rules, {})
        self._languages = judgeable(plan.rules)
        self._of_package = any(rule.package for rule in plan.rules)
        self._waiting: Batch[Waiting] = Batch()
        self._seen: set[tuple[str, str, str]] = set()
        self._left_out: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)

    def done(self) -> Manifest:
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
            sources.uri(plan.folder),
        )
        index.commit(Path(plan.folder), manifest)
        return manifest

    def _log(self, log: Log) -> Scanned:
        scanned = Scanned(log)
        try:
            with sources.opened(log) as path:
                return self._read(path, scanned)
        except UserError as error:
            # What the system refused it may grant the next time, though neither time nor size of the log tell.
            tried = replace(log, stamp="") if isinstance(error.__cause__, OSError) else log
            return replace(scanned, log=tried, why=error.what)
        except MemoryError:
            return replace(scanned, why="more memory than there is would be needed to read it")

    def _read(self, path: Path, scanned: Scanned) -> Scanned:
        self._clock.to("read")
        name, held = importers.identify_and_read(path)
        transcripts = _each_once(held)
        known = transcripts[0].source if transcripts else None
        own = known is not None and known.sha256 is not None and known.format == name
        sha256 = (known.sha256 or "") if known is not None and own else digest(path)
        self._clock.to("check")
        before = self._part.earlier.get(scanned.log.name)
        self._verdicts = self._stored.verdicts(scanned.log.name, before, self._plan.rules)
        self._texts.trust(self._verdicts.clean)
        redacted = False
        turns = 0
        dropped: dict[str, int] = {}
        for transcript in transcripts:
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
        return replace(
            scanned,
            sha256=sha256,
            format=known.format if known else None,
            transcripts=len(transcripts),
            turns=turns,
            redacted=redacted,
            dropped=dropped,
            sessions=tuple((one.id, stages.session(one)) for one in transcripts),
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
            waiting = Waiting(place, wrote.changes, rules, about, known or Verdict())
            if self._waiting.add(waiting, *weight(wrote.changes)):
                self._judge()
        elif known is not None and (known.found or known.unjudged):
            self._waiting.add(Waiting(place, (), (), about, known), 0, 0)
        return any(row[-1] for row in rows)

    def _judge(self) -> None:
        waiting = self._waiting.take()
        before = self._clock.to("check")
        verdicts = verdicts_on(waiting, self._plan.rules)
        self._clock.to(before)
        for one, verdict in zip(waiting, verdicts, strict=True):
            found = self._applicable(one, verdict.found)
            self._out.add("findings", stages.findings(one.place, found, seen=self._seen))
            self._out.add("unjudged", ((*one.place, rule) for rule in verdict.unjudged))

    def _applicable(self, one: Waiting, found: Sequence[Row]) -> Sequence[Row]:
        """Those of the findings whose rule is about a version that the turn may have had."""
        if one.transcript is None or not found:
            return found
        matched = {rule for rule, *_ in found}
        rules = [rule for rule in self._plan.rules if rule.id in matched]
        out = inapplicable(one.transcript, one.place.turn, rules)
        if out:
            self._left_out[one.place.file].append((one.place.transcript, one.place.turn))
        return [row for row in found if row[0] not in out]


def _each_once(transcripts: Sequence[Transcript]) -> list[Transcript]:
    """The first of those with the same id: a data set may hold a row twice, and tables tell turns by the id."""
    known: dict[str, Transcript] = {}
    for one in transcripts:
        known.setdefault(one.id, one)
    return list(known.values())
