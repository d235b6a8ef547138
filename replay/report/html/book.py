"""A run as the pieces a page loads: the overview, and on demand each case and each transcript."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from replay.records import JSON, Case, Experiment, Result, Score, Transcript, Trial
from replay.report.html import case as pages
from replay.report.html import messages
from replay.report.html.case import Told
from replay.report.html.index import Columns, index, selectors
from replay.store import Run

Scores = Mapping[tuple[str, str, int], Sequence[Score]]


class Book:
    """The pieces of one run, given its result and scores. Trials of other arms (screening) are not in it."""

    def __init__(self, run: Run, result: Result | None, scores: Sequence[Score]) -> None:
        self.run = run
        self.result = result
        self.experiment = run.meta("experiment", Experiment)
        self.cases = run.cases()
        self.scores: Scores = _by_trial(scores)
        self._arms = {arm.name: number for number, arm in enumerate(self.experiment.arms)}
        self._numbers = {case.id: number for number, case in enumerate(self.cases)}

    def overview(self) -> dict[str, JSON]:
        """The overview alone."""
        columns = self._columns()
        for told in (one for _, group in self._told() for one in group):
            columns.add(told.trial, told.scores)
        return index(self.run, self.experiment, self.cases, self.result, columns)

    def case(self, number: int) -> dict[str, JSON]:
        """The case at ``number`` in the overview. Raises IndexError where there is none."""
        one = self.cases[number]
        told = [each for case, group in self._told(one.id) if case == one.id for each in group]
        return pages.case(one, self.run.transcript(one.transcript), self.experiment.arms, told)

    def transcript(self, id: str) -> dict[str, JSON]:  # noqa: A002 - the name of the field
        """The transcript with this id, as far as the cases need it. Raises KeyError where no case does."""
        cases = [case for case in self.cases if case.transcript == id]
        if not cases:
            raise KeyError(id)
        return _transcript(self.run.transcript(id), cases)

    def pieces(self) -> Iterator[tuple[str, dict[str, JSON]]]:
        """Every piece with its name (``case/N``, ``transcript/ID``), the overview (``index``) last; one pass."""
        columns = self._columns()
        held: tuple[str, Transcript] | None = None
        missing = dict(self._numbers)
        for case_id, group in self._told():
            one = self.cases[missing.pop(case_id)]
            if held is None or held[0] != one.transcript:
                held = one.transcript, self.run.transcript(one.transcript)
            told = list(group)
            for each in told:
                columns.add(each.trial, each.scores)
            yield f"case/{self._numbers[case_id]}", pages.case(one, held[1], self.experiment.arms, told)
        for number in missing.values():
            yield f"case/{number}", self.case(number)
        for id_ in dict.fromkeys(case.transcript for case in self.cases):
            yield f"transcript/{id_}", self.transcript(id_)
        yield "index", index(self.run, self.experiment, self.cases, self.result, columns)

    def _columns(self) -> Columns:
        return Columns(selectors(self.experiment), self._arms, self._numbers)

    def _told(self, case: str | None = None) -> Iterator[tuple[str, Iterator[Told]]]:
        """The trials with their scores, by case."""
        trials = (trial for trial in self.run.trials(case) if trial.arm in self._arms and trial.case in self._numbers)
        for case_id, group in groupby(trials, key=lambda trial: trial.case):
            yield case_id, (Told(trial, self.scores.get(_key(trial), ())) for trial in group)


def _transcript(source: Transcript, cases: Sequence[Case]) -> dict[str, JSON]:
    turns = {str(case.turn): source.turns[case.turn] for case in cases}
    return messages.transcript(source, cases) | {
        "name": source.source.name,
        "source_format": source.source.format,
        "turns": {
            number: {"prefix": turn.prefix, "setup": turn.setup, "recorded": turn.message}
            for number, turn in turns.items()
        },
    }


def _by_trial(scores: Sequence[Score]) -> Scores:
    found: dict[tuple[str, str, int], list[Score]] = defaultdict(list)
    for score in scores:
        found[_key(score)].append(score)
    return found


def _key(one: Trial | Score) -> tuple[str, str, int]:
    return one.case, one.arm, one.draw
