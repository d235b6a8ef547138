"""The findings of a run as SARIF 2.1.0 (OASIS), for code viewers: on the files as the completions would have left them.

Several draws write one file differently, so a file stands under ``CASE/ARM/DRAW/`` and its text is in the document.
Names from transcripts are only ever relative, percent-encoded URIs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from importlib import metadata
from typing import Any
from urllib.parse import quote

import msgspec

from replay import lookahead, redact
from replay import rules as rulebook
from replay.records import Case, Change, Finding, Result, Rule, Score, Trial
from replay.store import Run

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render(run: Run, result: Result) -> str:
    """One SARIF log with one run, on one line, ending in a newline."""
    cases = {case.id: case for case in run.cases()}
    trials = {(trial.case, trial.arm, trial.draw): trial for trial in run.trials()}
    scores = [score for score in run.meta("scores", tuple[Score, ...]) if score.findings]
    files: dict[str, dict[str, Any]] = {}
    results = list(_results(run, cases, trials, scores, files))
    known = {rule.id: rule for rule in rulebook.load()}
    ids = sorted({one["ruleId"] for one in results})
    places = {rule: place for place, rule in enumerate(ids)}
    for one in results:
        one["ruleIndex"] = places[one["ruleId"]]
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "replay",
                        "semanticVersion": metadata.version("transcript-replay"),
                        "rules": [_descriptor(rule, known.get(rule)) for rule in ids],
                    }
                },
                "automationDetails": {"id": f"replay/{quote(result.name)}/"},
                "columnKind": "unicodeCodePoints",
                "artifacts": list(files.values()),
                "results": results,
            }
        ],
    }
    return msgspec.json.encode(log).decode() + "\n"


def _descriptor(name: str, rule: Rule | None) -> dict[str, Any]:
    if rule is None:
        return {"id": name}
    return {
        "id": name,
        "shortDescription": {"text": rule.message},
        "fullDescription": {"text": rule.message},
        "help": {"text": rule.doc, "markdown": rule.doc},
        "defaultConfiguration": {"level": "warning"},
        "properties": {"category": rule.category, "tags": list(rule.tags)},
    }


def _results(
    run: Run,
    cases: dict[str, Case],
    trials: dict[tuple[str, str, int], Trial],
    scores: Sequence[Score],
    files: dict[str, dict[str, Any]],
) -> Iterator[dict[str, Any]]:
    """The results; ``files`` gets the artifacts they are in. A finding under several selectors is one result."""
    wanted: dict[str, dict[tuple[str, int], dict[Finding, list[str]]]] = {}
    for score in scores:
        of_trial = wanted.setdefault(score.case, {}).setdefault((score.arm, score.draw), {})
        for finding in score.findings:
            of_trial.setdefault(finding, []).append(score.rule)
    for name, draws in wanted.items():
        case = cases[name]
        writings = lookahead.Written({case.transcript: run.transcript(case.transcript)})
        for (arm, draw), found in draws.items():
            trial = trials.get((name, arm, draw))
            written = writings.of(trial, case) if trial else ()
            for finding, selectors in found.items():
                uri = _uri(name, arm, draw, finding.path)
                files.setdefault(uri, _artifact(uri, finding.path, written))
                yield _result(finding, uri, name, arm, draw, selectors)


def _result(finding: Finding, uri: str, case: str, arm: str, draw: int, selectors: Sequence[str]) -> dict[str, Any]:
    text = redact.text(finding.text)[0]
    trace = hashlib.sha256("\0".join((finding.rule, finding.path, finding.scope, text)).encode()).hexdigest()[:32]
    return {
        "ruleId": finding.rule,
        "level": "warning",
        "message": {"text": f"{arm}, draw {draw} of case {case} introduces {finding.rule}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": uri},
                    "region": {
                        "startLine": finding.line,
                        "endLine": max(finding.line, finding.end_line),
                        "snippet": {"text": text},
                    },
                },
                **({"logicalLocations": [{"fullyQualifiedName": finding.scope}]} if finding.scope else {}),
            }
        ],
        "partialFingerprints": {"introduced/v1": trace},
        "properties": {"case": case, "arm": arm, "draw": draw, "selectors": list(selectors)},
    }


def _artifact(uri: str, path: str, written: Sequence[Change]) -> dict[str, Any]:
    """The file after the completion's last change of it; without its text where only a part of it is known."""
    artifact: dict[str, Any] = {"location": {"uri": uri}}
    last = next((one for one in reversed(written) if one.path == path and one.status == "applied"), None)
    if last is not None and last.after is not None and last.basis != "part":
        artifact["contents"] = {"text": redact.text(last.after)[0]}
        if last.language:
            artifact["sourceLanguage"] = last.language
    return artifact


def _uri(case: str, arm: str, draw: int, path: str) -> str:
    """A relative URI below the draw; empty, ``.`` and ``..`` parts of a path are left out."""
    parts = [part for part in path.replace("\\", "/").split("/") if part not in {"", ".", ".."}] or ["file"]
    return "/".join(quote(part, safe="") for part in (case, arm, str(draw), *parts))
