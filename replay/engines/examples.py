"""Rules held against their annotated examples, all of them in one batch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from replay import engines
from replay.engines import predicate
from replay.engines.protocol import Report, Source
from replay.errors import AnalyserError, UserError
from replay.records import Rule
from replay.rules import Example, examples, find


class ExampleResult(NamedTuple):
    """One example file: 1-based lines announced but not found, and found but not announced."""

    rule: str
    path: Path
    missed: tuple[int, ...]
    unexpected: tuple[int, ...]

    @property
    def passed(self) -> bool:
        """Whether the rule matches on the announced lines and nowhere else."""
        return not self.missed and not self.unexpected


def run(rules: Sequence[Rule], *, packs: Sequence[Path] = ()) -> list[ExampleResult]:
    """One result for each example file of ``rules``, which lie in the built-in packs or in ``packs``.

    Raises UserError where a rule has too few examples, AnalyserError where an engine fails on one.
    """
    stems = find(packs)
    work = [(rule, example) for rule in rules for example in _complete(rule, stems[rule.id])]
    plain = [rule for rule in rules if rule.engine != "predicate"]
    reports = engines.match(plain, [Source(example.language, example.text) for _, example in work])
    results = []
    for (rule, example), plainly in zip(work, reports, strict=True):
        report = _compared(rule, example) if rule.engine == "predicate" else plainly
        if rule.id in report.failed:
            raise AnalyserError(f"{example.path}: {rule.id} could not be judged: {report.failed[rule.id]}")
        for text, removed in ((example, False), (example.before, True)):
            if text is not None:
                found = {match.line for match in report.matches if match.rule == rule.id and match.removed is removed}
                missed, unexpected = set(text.bad) - found, found - set(text.bad)
                results.append(ExampleResult(rule.id, text.path, tuple(sorted(missed)), tuple(sorted(unexpected))))
    return results


def _compared(rule: Rule, example: Example) -> Report:
    before = example.before and Source(example.language, example.before.text)
    (report,) = predicate.compare([rule], [(before, Source(example.language, example.text))])
    return report


def _complete(rule: Rule, detector: Path) -> list[Example]:
    found = [example for example in examples(detector) if example.language in rule.languages]
    marked = [*found, *(example.before for example in found if example.before)]
    for language in rule.languages:
        mine = [example for example in marked if example.language == language]
        if not any(example.bad for example in mine) or not any(example.good for example in mine):
            raise UserError(f"no example in {language} with both `ruleid:` and `ok:` lines", path=detector)
    if sum(len(example.bad) for example in marked) < 2 or sum(len(example.good) for example in marked) < 2:
        raise UserError("fewer than two `ruleid:` and two `ok:` lines among the examples", path=detector)
    return found
