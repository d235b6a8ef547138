"""One run as it is now: how far it is, and the pieces of its page; judged anew only where trials came."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from threading import RLock
from time import monotonic
from typing import Any

import msgspec

from replay import experiment, labels
from replay.errors import UserError
from replay.records import JSON, Case, Experiment, Label, Result, Score, Trial
from replay.report.html import Book
from replay.store import Run, now

KEPT = 40
Draw = tuple[str, str, int, str]


class Shown:
    """A run that is looked at. Its methods may be called from several threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._busy = RLock()
        self._run = Run.open(folder, create=False)
        self._state = ""
        self._rest = 0.0
        self._book: Book | None = None
        self._scores: dict[Draw, list[Score]] = {}
        self._pieces: dict[str, bytes] = {}

    def close(self) -> None:
        """Close the run's file."""
        with self._busy:
            self._run.close()

    def state(self) -> dict[str, JSON]:
        """``{state, done, planned, sampling, labels}``; ``state`` is another word when anything but a label changed.

        ``labels`` is another number when one was given or taken back.
        """
        with self._busy:
            wanted = self._experiment()
            if wanted is None:
                return {"state": "new", "done": 0, "planned": 0, "sampling": self._run.sampling(), "labels": 0}
            progress = self._run.progress([arm.name for arm in wanted.arms])
            sampling = self._run.sampling()
            planned = len(self._run.cases()) * len(wanted.arms) * wanted.draws
            state = f"{progress.state}-{int(sampling)}"
            return {
                "state": state if self._due(state, sampling=sampling) else self._state,
                "done": progress.completed,
                "planned": planned,
                "sampling": sampling,
                "labels": labels.size(self.folder),
            }

    def summary(self) -> dict[str, JSON]:
        """What a list of runs says of this one: ``{label, cases, verdicts, …}`` and its state.

        Of a verdict ``words`` is what its ``sentence`` begins with, before the figures.
        """
        with self._busy:
            result = self._run.meta("result", Result) if self._run.get_meta("result") else None
            verdicts = [
                {
                    "arm": one.arm,
                    "verdict": one.verdict,
                    "words": re.split("[,:;]", one.sentence, maxsplit=1)[0],
                    "sentence": one.sentence,
                }
                for one in (result.comparisons if result else ())
                if result and one.rule == result.rules[0]
            ]
            return {
                "label": self._run.label,
                "cases": len(self._run.cases()),
                "verdicts": verdicts,
                **self.state(),
            }

    def piece(self, name: str) -> bytes:
        """The JSON of one piece of the page as ``Book`` has them. Raises KeyError where there is none of that name."""
        with self._busy:
            self._refresh()
            if (made := self._pieces.get(name)) is None:
                made = msgspec.json.encode(self._made(name))
                self._pieces[name] = made
                while len(self._pieces) > KEPT:
                    del self._pieces[next(iter(self._pieces))]
            return made

    def labels(self) -> tuple[Label, ...]:
        """The labels that count now."""
        return labels.current(self.folder)

    def put(self, label: Label) -> Label:
        """Keep a label, with the time of now. Raises KeyError where the run has no such finding."""
        with self._busy:
            self._refresh()
            if not self._has(label):
                raise KeyError(label.rule)
            kept = msgspec.structs.replace(label, when=now())
            labels.keep(self.folder, kept)
            return kept

    def _experiment(self) -> Experiment | None:
        return self._run.meta("experiment", Experiment) if self._run.get_meta("experiment") else None

    def _made(self, name: str) -> dict[str, Any]:
        assert self._book is not None
        kind, _, rest = name.partition("/")
        match kind:
            case "index" if not rest:
                return self._book.overview()
            case "case" if rest in {str(number) for number in range(len(self._book.cases))}:
                return self._book.case(int(rest))
            case "transcript":
                return self._book.transcript(rest)
        raise KeyError(name)

    def _due(self, state: str, *, sampling: bool) -> bool:
        """Whether to judge anew. While a run is going, a sixth of the time at most goes into it."""
        return self._book is None or (state != self._state and (not sampling or monotonic() >= self._rest))

    def _refresh(self) -> None:
        """Judge what came since the last look. Raises UserError where the run does not say yet what it asks."""
        state = str(self.state()["state"])
        if state == self._state and self._book is not None:
            return
        began = monotonic()
        wanted = self._experiment()
        if wanted is None:
            raise UserError("this run has not begun yet: look again in a moment", path=self.folder)
        trials = experiment.compared(self._run, wanted)
        result, scores = self._kept(trials) or self._judged(wanted, trials)
        self._book = Book(self._run, result, scores)
        self._pieces.clear()
        self._state = state
        self._rest = monotonic() + 5 * (monotonic() - began)

    def _kept(self, trials: list[Trial]) -> tuple[Result, list[Score]] | None:
        """The run's own result and scores, where they are about exactly these trials."""
        if self._run.get_meta("result") is None:
            return None
        scores = list(self._run.meta("scores", tuple[Score, ...]))
        judged = {(one.case, one.arm, one.draw) for one in scores}
        if judged != {(one.case, one.arm, one.draw) for one in trials}:
            return None
        return self._run.meta("result", Result), scores

    def _judged(self, wanted: Experiment, trials: list[Trial]) -> tuple[Result | None, list[Score]]:
        cases: Mapping[str, Case] = {case.id: case for case in self._run.cases()}
        known = [trial for trial in trials if trial.case in cases]
        fresh = [trial for trial in known if _draw(trial) not in self._scores]
        by_draw: dict[tuple[str, str, int], list[Score]] = {}
        for score in experiment.scores_of(self._run, fresh) if fresh else ():
            by_draw.setdefault((score.case, score.arm, score.draw), []).append(score)
        for trial in fresh:
            self._scores[_draw(trial)] = by_draw.get((trial.case, trial.arm, trial.draw), [])
        scores = [score for trial in known for score in self._scores[_draw(trial)]]
        return (experiment.decided(self._run, wanted, known, scores) if known else None), scores

    def _has(self, label: Label) -> bool:
        assert self._book is not None
        place = (label.rule, label.path, label.line, label.end_line)
        scores = self._book.scores.get((label.case, label.arm, label.draw), ())
        return any((one.rule, one.path, one.line, one.end_line) == place for score in scores for one in score.findings)


def _draw(trial: Trial) -> Draw:
    return trial.case, trial.arm, trial.draw, f"{trial.key}{'' if trial.error is None else ' error'}"
