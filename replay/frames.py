"""A run as polars frames: the notebook's door.

``cases`` ← ``trials`` (on ``case``) ← ``scores`` (on ``case``, ``arm``, ``draw``) ← ``findings`` (and ``rule``).
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import polars as pl

from replay.records import Finding, Score
from replay.store import Run

_CASES = {"case": pl.String, "transcript": pl.String, "turn": pl.Int64, "source": pl.String, "fidelity": pl.String}
_TRIALS = {
    "case": pl.String,
    "arm": pl.String,
    "draw": pl.Int64,
    "model": pl.String,
    "stop": pl.String,
    "error": pl.String,
    "cached": pl.Boolean,
    "on_policy": pl.Boolean,
    "seconds": pl.Float64,
    "input": pl.Int64,
    "cache_read": pl.Int64,
    "cache_write": pl.Int64,
    "output": pl.Int64,
}
_KEY = {"case": pl.String, "arm": pl.String, "draw": pl.Int64, "rule": pl.String}
_SCORES = {**_KEY, "outcome": pl.String, "findings": pl.Int64, "partial": pl.Boolean, "why": pl.String}
_FINDINGS = {**_KEY, "id": pl.String, "path": pl.String, "line": pl.Int64, "text": pl.String}


class Frames(NamedTuple):
    """One run: a row a case, a trial, a score (a trial under one rule selector) and a finding.

    ``seconds`` is wall time; ``input``, ``cache_read``, ``cache_write`` and ``output`` are tokens. In ``scores`` and
    ``findings`` the column ``rule`` is the selector; ``findings.id`` is the rule that matched.
    """

    cases: pl.DataFrame
    trials: pl.DataFrame
    scores: pl.DataFrame
    findings: pl.DataFrame


def load(folder: Path | str) -> Frames:
    """The frames of the run in ``folder`` as it was last judged. Raises UserError where there is no such run."""
    with Run.open(Path(folder), create=False) as run:
        scores = run.meta("scores", tuple[Score, ...])
        cases = [
            {
                "case": one.id,
                "transcript": one.transcript,
                "turn": one.turn,
                "source": one.source,
                "fidelity": one.fidelity.grade,
            }
            for one in run.cases()
        ]
        trials = [
            {
                "case": one.case,
                "arm": one.arm,
                "draw": one.draw,
                "model": one.completion.model if one.completion else None,
                "stop": one.completion.stop if one.completion else None,
                "error": one.error.kind if one.error else None,
                "cached": one.cached,
                "on_policy": one.on_policy,
                "seconds": one.seconds,
                **{
                    name: getattr(one.completion.usage, name) if one.completion else None
                    for name in ("input", "cache_read", "cache_write", "output")
                },
            }
            for one in run.trials()
        ]
    return Frames(
        pl.DataFrame(cases, schema=_CASES),
        pl.DataFrame(trials, schema=_TRIALS),
        pl.DataFrame([_score(one) for one in scores], schema=_SCORES),
        pl.DataFrame([_finding(one, found) for one in scores for found in one.findings], schema=_FINDINGS),
    )


def _key(score: Score) -> dict[str, object]:
    return {"case": score.case, "arm": score.arm, "draw": score.draw, "rule": score.rule}


def _score(score: Score) -> dict[str, object]:
    rest = {"outcome": score.outcome, "findings": len(score.findings), "partial": score.partial, "why": score.why}
    return _key(score) | rest


def _finding(score: Score, finding: Finding) -> dict[str, object]:
    return _key(score) | {"id": finding.rule, "path": finding.path, "line": finding.line, "text": finding.text}
