"""What the arms of a run wrote in one case: the counts, or one completion as file diffs with its findings."""

from __future__ import annotations

from collections import defaultdict
from difflib import unified_diff

import click
import msgspec

from replay import check, lookahead
from replay.cli.common import printable
from replay.engines import kept_file
from replay.errors import UserError
from replay.records import (
    Case,
    Change,
    Checked,
    Completion,
    Part,
    Score,
    Text,
    ToolCall,
    ToolResult,
    Transcript,
    Trial,
)
from replay.rules import packs
from replay.store import Run

_LONGEST, _MOST_LINES = 200, 12


def case_of(run: Run, name: str) -> tuple[Case, Transcript]:
    """The case of the run called ``name`` (a folder before it is left aside), with its transcript."""
    short = name.rpartition("/")[2]
    found = {case.id: case for case in run.cases()}
    if short not in found:
        raise UserError(f"no case {short} in this run: it has {', '.join(sorted(found))}", path=run.path)
    return found[short], run.transcript(found[short].transcript)


def print_outcomes(run: Run, case: Case) -> None:
    """One line an arm and rule: how often each outcome came, and which draws they were."""
    scores = [score for score in run.meta("scores", tuple[Score, ...]) if score.case == case.id]
    draws: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for score in scores:
        draws[score.rule, score.arm][score.outcome].append(score.draw)
    click.echo("\n=== what the arms did ===")
    for (rule, arm), outcomes in draws.items():
        told = [f"{len(found)} {name} (draws {', '.join(map(str, found))})" for name, found in outcomes.items()]
        click.echo(printable(f"{arm}, {rule}: {'; '.join(told)}"))
    first = next((score for score in scores if score.outcome == "violation"), next(iter(scores), None))
    if first is not None:
        click.echo(f"one of them: replay show {case.id} --run {run.label} --arm {first.arm} --draw {first.draw}")


def print_trial(run: Run, case: Case, transcript: Transcript, arm: str, draw: int) -> None:
    """The completion of one draw: its words, what it would do to each file, and what that introduces."""
    trials = {(one.arm, one.draw): one for one in run.trials() if one.case == case.id}
    if (arm, draw) not in trials:
        known = ", ".join(f"{name} {number}" for name, number in sorted(trials))
        raise UserError(f"no draw {draw} of arm {arm!r} in case {case.id}: there are {known}", path=run.path)
    trial = trials[arm, draw]
    click.echo(f"case {case.id}, arm {arm}, draw {draw}")
    for score in run.meta("scores", tuple[Score, ...]):
        if (score.case, score.arm, score.draw) == (case.id, arm, draw):
            why = f": {score.why}" if score.why else ""
            click.echo(printable(f"{score.rule}: {score.outcome}{why}"))
    if trial.completion is None:
        click.echo(printable(f"error: {trial.error.kind}: {trial.error.message}" if trial.error else "no answer"))
        return
    for note in trial.notes:
        click.echo(printable(f"to send it: {note}"))
    _print_code(trial, case, transcript)


def _print_code(trial: Trial, case: Case, transcript: Transcript) -> None:
    assert trial.completion is not None
    for turn in trial.earlier:
        _print_words(turn.completion)
        for message in turn.answers:
            for part in message.parts:
                _print_answer(part)
    _print_words(trial.completion)
    if trial.halt is not None:
        click.echo(printable(f"\nwent no further: {trial.halt.why}", keep="\n"))
    written = lookahead.Written({case.transcript: transcript}).of(trial, case)
    (checked,) = check.introduced([written], packs.load(), cache=kept_file())
    for change in written:
        _print_change(change, checked)


def _print_words(said: Completion) -> None:
    for part in said.parts:
        if isinstance(part, Text):
            click.echo(f"\n{printable(part.text, keep=chr(10) + chr(9))}")
        elif isinstance(part, ToolCall):
            arguments = (
                part.arguments if isinstance(part.arguments, str) else msgspec.json.encode(part.arguments).decode()
            )
            click.echo(printable(f"\ncalls {part.name}: {arguments[:_LONGEST]}", keep="\n"))


def _print_answer(part: Part) -> None:
    texts = part.parts if isinstance(part, ToolResult) else (part,)
    for text in texts:
        if isinstance(text, Text):
            lines = text.text.split("\n")
            more = f"\n  … {len(lines) - _MOST_LINES} more lines" if len(lines) > _MOST_LINES else ""
            shown = "\n".join(f"  {line}" for line in lines[:_MOST_LINES])
            click.echo(printable(f"answered from the workspace:\n{shown}{more}", keep="\n\t"))


def _print_change(change: Change, checked: Checked) -> None:
    click.echo()
    if change.status != "applied":
        click.echo(printable(f"{change.path}: {change.status.replace('_', ' ')}: {change.why}"))
        return
    before, after = ((text or "").splitlines() for text in (change.before, change.after))
    for line in unified_diff(before, after, change.path, change.path, lineterm=""):
        click.echo(printable(line, keep="\t"))
    for finding in checked.findings:
        if finding.path == change.path:
            click.echo(printable(f"{finding.path}:{finding.line}: {finding.rule}"))
