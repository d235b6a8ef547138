"""The turns of recorded sessions whose code introduces a finding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from replay import check, importers, workspace
from replay.check.batch import Batch, weight
from replay.errors import UserError
from replay.languages import judgeable
from replay.records import Change, Finding, Rule, Transcript
from replay.workspace.installed import inapplicable

Waiting = tuple[Transcript, Path, int, tuple[Change, ...]]
"""A turn that is to be judged, the file it was read from, and what it wrote."""


@dataclass(frozen=True)
class Hit:
    """A turn of a mined transcript whose code introduces ``finding``. ``file`` is the path it was read from."""

    transcript: Transcript
    file: Path
    turn: int
    finding: Finding


@dataclass
class Mined:
    """What mining went through. ``changes`` = judged + unknown + failed + uncovered.

    ``commands`` are command lines and scripts that were only run: checked too, but no changes of files.
    """

    files: int = 0
    transcripts: int = 0
    turns: int = 0
    changes: int = 0
    judged: int = 0
    unknown: int = 0
    failed: int = 0
    uncovered: int = 0
    commands: int = 0
    unreadable: list[tuple[Path, str]] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)

    def count(self, changes: Sequence[Change], languages: frozenset[str]) -> None:
        """Add one turn's changes; ``languages`` are those some rule can judge."""
        self.turns += 1
        files = [change for change in changes if workspace.is_file(change)]
        self.changes += len(files)
        self.commands += len(changes) - len(files)
        for change in files:
            match change.status:
                case "unknown_file":
                    self.unknown += 1
                case "failed_edit":
                    self.failed += 1
                case "applied" if change.language in languages:
                    self.judged += 1
                case _:
                    self.uncovered += 1


def mine(
    paths: Iterable[Path],
    rules: Sequence[Rule],
    *,
    tally: Mined,
    on_file: Callable[[Path], None] = lambda _: None,
    cache: Path | None = None,
) -> Iterator[Hit]:
    """The findings that recorded turns introduced, in order of file, turn and line.

    Counts go to ``tally`` as the iteration proceeds. A file that cannot be read is named there and skipped.
    ``cache`` is a file of what was judged before (``check.introduced``). Raises AnalyserError where an engine fails.
    """
    languages = judgeable(rules)
    waiting: Batch[Waiting] = Batch()
    for file in importers.find(paths):
        on_file(file)
        tally.files += 1
        try:
            transcripts = importers.read(file)
        except UserError as error:
            tally.unreadable.append((file, error.what))
            continue
        for transcript in transcripts:
            tally.transcripts += 1
            tally.dropped.update(transcript.ledger.dropped)
            for turn, changes in workspace.recorded(transcript):
                tally.count(changes, languages)
                covered = any(change.language in languages for change in changes)
                if covered and waiting.add((transcript, file, turn, changes), *weight(changes)):
                    yield from _judge(waiting.take(), rules, tally, cache)
    yield from _judge(waiting.take(), rules, tally, cache)


def _judge(waiting: Sequence[Waiting], rules: Sequence[Rule], tally: Mined, cache: Path | None) -> Iterator[Hit]:
    verdicts = check.introduced([changes for *_, changes in waiting], rules, cache=cache)
    for (transcript, file, turn, _), checked in zip(waiting, verdicts, strict=True):
        matched = {one.rule for one in checked.findings}
        out = inapplicable(transcript, turn, [rule for rule in rules if rule.id in matched])
        for finding in checked.findings:
            if finding.rule in out:
                continue
            tally.findings[finding.rule] += 1
            yield Hit(transcript, file, turn, finding)
