"""What the page of one case shows: its prompt edits, and every trial as words, calls and file diffs with findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from replay import lookahead, prefix, prompts, supply, workspace
from replay.errors import UserError
from replay.records import JSON, Arm, Case, Change, Finding, Part, Score, Transcript, Trial, Usage
from replay.report.html import diffs, messages
from replay.report.html.strings import Strings

BUDGET = 8_000_000


class Told(NamedTuple):
    """A trial with its scores, one a selector."""

    trial: Trial
    scores: Sequence[Score]


def case(one: Case, transcript: Transcript, arms: Sequence[Arm], told: Iterable[Told]) -> dict[str, JSON]:
    """``{strings, edits, recorded, trials}``: prompt diffs by arm, the recorded changes, and the trials in order."""
    strings = Strings(budget=BUDGET)
    files = workspace.before(transcript, one.turn)
    written = workspace.changes(prefix.completion(transcript, one.turn).parts, files)
    writings = lookahead.Written({one.transcript: transcript})
    edits = {arm.name: {"diff": strings.put(diff)} for arm in arms if (diff := _edit(one, transcript, arm)) is not None}
    return {
        "strings": strings.table(),
        "edits": edits,
        "recorded": _changes(written, one.findings, strings),
        "trials": [_trial(each, one, writings, strings) for each in told],
    }


def _edit(one: Case, transcript: Transcript, arm: Arm) -> str | None:
    """What the arm changes in this case's prompt; None where it changes nothing, or can no longer be applied."""
    if not arm.edits:
        return None
    original = supply.supplied(prefix.prefix(transcript, one.turn), transcript)
    try:
        return prompts.diff(original, prompts.apply(original, arm.edits, case=one.id))
    except UserError as error:
        return f"the edit cannot be applied here any more: {error}\n"


def _trial(told: Told, one: Case, writings: lookahead.Written, strings: Strings) -> dict[str, JSON]:
    trial = told.trial
    halted = [] if trial.halt is None else [f"looked ahead, and went no further: {trial.halt.why}"]
    shown: dict[str, JSON] = {
        "arm": trial.arm,
        "draw": trial.draw,
        "notes": [strings.put(note) for note in (*trial.notes, *halted)],
    }
    if trial.error is not None:
        status = f" (status {trial.error.status})" if trial.error.status else ""
        shown["error"] = strings.put(f"{trial.error.kind}{status}: {trial.error.message}")
    if trial.completion is None:
        return shown
    found = list(dict.fromkeys(finding for score in told.scores for finding in score.findings))
    return shown | {
        "stop": trial.completion.stop,
        "usage": {name: getattr(trial.usage, name) for name in Usage.__struct_fields__},
        "parts": messages.parts(list(_said(trial)), strings),
        "files": _changes(writings.of(trial, one), found, strings),
    }


def _said(trial: Trial) -> Iterator[Part]:
    """All turns of a draw, each but the last with the answers to its calls behind it."""
    for turn in trial.earlier:
        yield from turn.completion.parts
        yield from (part for message in turn.answers for part in message.parts)
    yield from trial.turns[-1].parts


def _changes(changes: Sequence[Change], findings: Sequence[Finding], strings: Strings) -> list[JSON]:
    """Each change as a diff with the findings in it; one whose line no change holds is with the last of its file."""
    owners = [_owner(finding, changes) for finding in findings]
    return [
        _change(change, [one for one, owner in zip(findings, owners, strict=True) if owner == number], strings)
        for number, change in enumerate(changes)
    ]


def _owner(finding: Finding, changes: Sequence[Change]) -> int | None:
    same = [number for number, change in enumerate(changes) if change.path == finding.path]
    inside = [number for number in same if _holds(changes[number], finding)]
    return next(reversed(inside or same), None)


def _holds(change: Change, finding: Finding) -> bool:
    text = change.after or ""
    last = change.first_line + text.count("\n")
    return change.first_line <= finding.line <= last and finding.text in text


def _change(change: Change, findings: Sequence[Finding], strings: Strings) -> dict[str, JSON]:
    shown: dict[str, JSON] = {
        "path": strings.put(change.path),
        "status": change.status,
        "basis": change.basis,
        "language": change.language,
    }
    if change.why:
        shown["why"] = strings.put(change.why)
    if change.status == "applied":
        keep = {line for one in findings for line in range(one.line, min(one.end_line, one.line + 40) + 1)}
        diff = diffs.unified(change.before, change.after, first_line=change.first_line, keep=keep)
        shown["diff"] = strings.put(diff)
        shown["new"] = change.before is None
        shown["gone"] = change.after is None
    if findings:
        shown["findings"] = [
            {"rule": strings.put(one.rule), "line": one.line, "end": one.end_line, "scope": strings.put(one.scope)}
            for one in findings
        ]
    return shown
