"""The overview of a run that a page loads first: the result, and the trials as columns of small numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from replay import redact
from replay.errors import UserError
from replay.records import JSON, OUTCOMES, Arm, Case, Experiment, Result, Rule, Score, Trial
from replay.report import content
from replay.report import json as values
from replay.report.html.strings import Strings
from replay.rules import packs
from replay.store import Run, now

FORMAT = 1
SNIPPET = 160


@dataclass
class Columns:
    """The trials of a run, one row each, as lists of equal length; words are places in ``strings``."""

    selectors: Sequence[str]
    arms: Mapping[str, int]
    cases: Mapping[str, int]
    strings: Strings = field(default_factory=Strings)
    trials: dict[str, list[JSON]] = field(default_factory=lambda: defaultdict(list))
    outcomes: dict[str, list[int]] = field(default_factory=dict)
    whys: dict[str, list[int]] = field(default_factory=dict)
    findings: dict[str, list[JSON]] = field(default_factory=lambda: defaultdict(list))
    rules: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for selector in self.selectors:
            self.outcomes[selector] = []
            self.whys[selector] = []

    def add(self, trial: Trial, scores: Iterable[Score]) -> None:
        """One more row."""
        row = len(self.trials["case"])
        done, usage = trial.completion, trial.usage
        cells: dict[str, JSON] = {
            "case": self.cases[trial.case],
            "arm": self.arms[trial.arm],
            "draw": trial.draw,
            "key": self.strings.put(trial.key[:16]),
            "model": self.strings.put(done.model) if done and done.model else -1,
            "input": usage.input + usage.cache_read + usage.cache_write if usage else 0,
            "output": usage.output if usage else 0,
            "seconds": None if trial.seconds is None else round(trial.seconds, 1),
            "error": self.strings.put(trial.error.kind) if trial.error else -1,
            "off": int(trial.on_policy is False),
        }
        for name, value in cells.items():
            self.trials[name].append(value)
        by_rule = {score.rule: score for score in scores}
        for selector in self.selectors:
            score = by_rule.get(selector)
            self.outcomes[selector].append(-1 if score is None else OUTCOMES.index(score.outcome))
            self.whys[selector].append(self.strings.put(score.why) if score and score.why else -1)
            for number, found in enumerate(score.findings if score else ()):
                self.rules.add(found.rule)
                values = (row, self.selectors.index(selector), number, self.strings.put(found.rule))
                place = (self.strings.put(found.path), found.line, found.end_line)
                text = self.strings.put(" ".join(found.text[: 2 * SNIPPET].split())[:SNIPPET])
                names = ("trial", "selector", "number", "rule", "path", "line", "end", "text")
                for name, value in zip(names, (*values, *place, text), strict=True):
                    self.findings[name].append(value)

    def told(self) -> dict[str, JSON]:
        """The columns by name."""
        return {
            "strings": self.strings.table(),
            "trials": dict(self.trials),
            "outcomes": self.outcomes,
            "whys": self.whys,
            "findings": dict(self.findings),
        }


def selectors(experiment: Experiment) -> tuple[str, ...]:
    """The selectors that scores are kept for: the experiment's rules, the primary one first, then its guards."""
    return tuple(dict.fromkeys((*experiment.rules, *experiment.guard)))


def index(
    run: Run, experiment: Experiment, cases: Sequence[Case], result: Result | None, columns: Columns
) -> dict[str, JSON]:
    """The whole overview, without secrets; ``result`` is None where nothing has been judged yet."""
    told: dict[str, JSON] = {
        "format": FORMAT,
        "version": version("transcript-replay"),
        "made": now(),
        "run": run.label,
        "name": experiment.name,
        "baseline": experiment.baseline,
        "draws": experiment.draws,
        "rules": list(experiment.rules),
        "guards": list(experiment.guard),
        "selectors": list(columns.selectors),
        "outcome_names": list(OUTCOMES),
        "arms": [_arm(arm) for arm in experiment.arms],
        "cases": [_case(case) for case in cases],
        "pages": _pages(experiment, columns.rules),
        "verdicts": content.VERDICTS,
        "result": None if result is None else values.value(result),
        "lines": None if result is None else _lines(result),
        "columns": columns.told(),
    }
    clean: dict[str, JSON]
    clean, _ = redact.value(told)
    return clean


def _arm(arm: Arm) -> dict[str, JSON]:
    provider, _, name = arm.model.partition("/")
    model = f"scripted/{name.rpartition('/')[2]}" if provider == "scripted" else arm.model
    return {"name": arm.name, "model": model, "edits": len(arm.edits), "params": arm.params}


def _case(case: Case) -> dict[str, JSON]:
    return {
        "id": case.id,
        "source": case.source,
        "transcript": case.transcript,
        "turn": case.turn,
        "rules": list(case.rules),
        "grade": case.fidelity.grade,
        "missing": list(case.fidelity.missing),
        "note": case.note,
    }


def _lines(result: Result) -> dict[str, JSON]:
    return {
        "headline": content.headline(result),
        "models": content.models(result),
        "fidelity": content.fidelity(result),
        "noise": content.noise(result),
        "notes": list(content.notes(result)),
        "usage": list(content.usage(result)),
        "usage_words": content.USAGE,
        "show": content.case_to_show(result),
        "next": content.next_command(result),
    }


def _pages(experiment: Experiment, found: set[str]) -> dict[str, JSON]:
    """Message and page of each rule that was found, as far as its pack is still there."""
    try:
        stems = packs.find([Path(pack) for pack in experiment.packs])
    except UserError:
        stems = packs.find()
    known = {rule: packs.read(stems[rule], rule) for rule in sorted(found) if rule in stems}
    return {name: _page(rule) for name, rule in known.items()}


def _page(rule: Rule) -> dict[str, JSON]:
    return {"message": rule.message, "category": rule.category, "languages": list(rule.languages), "doc": rule.doc}
