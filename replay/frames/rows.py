"""The rows of each table, made from a run's records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from replay import lookahead, prefix, workspace
from replay.records import (
    Case,
    Experiment,
    Message,
    Score,
    Text,
    ToolCall,
    Transcript,
    Trial,
    Usage,
)
from replay.store import Run

Row = dict[str, Any]


def _transcripts(run: Run) -> Iterator[Transcript]:
    """Those of the run's cases, each once, one at a time."""
    return (run.transcript(name) for name in dict.fromkeys(case.transcript for case in run.cases()))


def transcripts(run: Run) -> Iterator[Row]:
    """Rows of the table of this name."""
    for one in _transcripts(run):
        yield {
            "transcript": one.id,
            "format": one.source.format,
            "agent": one.source.agent,
            "version": one.source.version,
            "session": one.source.session,
            "parent": one.source.parent,
            "fidelity": one.fidelity.grade,
            "missing": list(one.fidelity.missing),
            "messages": len(one.messages),
            "turns": len(one.turns),
            "dropped": sum(one.ledger.dropped.values()),
            "unanswered": one.ledger.unanswered,
        }


def turns(run: Run) -> Iterator[Row]:
    """Rows of the table of this name."""
    for one in _transcripts(run):
        for turn, changes in workspace.recorded(one):
            said = prefix.completion(one, turn)
            yield {
                "transcript": one.id,
                "turn": turn,
                "model": said.model,
                "time": _time(said.time),
                "stop": said.stop,
                "prefix": sum(stop - start for start, stop in one.turns[turn].prefix),
                "calls": _calls(said),
                "changes": sum(workspace.is_file(change) for change in changes),
                **_tokens(said.usage),
            }


def cases(run: Run) -> Iterator[Row]:
    """Rows of the table of this name."""
    for one in run.cases():
        yield {
            "case": one.id,
            "transcript": one.transcript,
            "turn": one.turn,
            "source": one.source,
            "rules": list(one.rules),
            "fidelity": one.fidelity.grade,
            "primed": one.primed,
            "stands_for": one.stands_for,
        }


def arms(run: Run) -> Iterator[Row]:
    """Rows of the table of this name."""
    plan = run.meta("experiment", Experiment)
    edits = run.meta("edits", dict[str, str]) if run.get_meta("edits") else {}
    for one in plan.arms:
        yield {
            "arm": one.name,
            "model": one.model,
            "baseline": one.name == plan.baseline,
            "edits": len(one.edits),
            "difference": edits.get(one.name),
            "params": msgspec.json.encode(one.params).decode(),
            "reasoning": one.reasoning,
            "replicate": one.replicate,
        }


def trials(run: Run) -> Iterator[Row]:
    """Rows of the table of this name."""
    for one in run.trials():
        done = one.completion
        yield {
            **_trial(one),
            "key": one.key,
            "model": done.model if done else None,
            "stop": done.stop if done else None,
            "error": one.error.kind if one.error else None,
            "cached": one.cached,
            "on_policy": one.on_policy,
            "started": _time(one.started),
            "seconds": one.seconds,
            **_tokens(one.usage),
            "reasoning": one.usage.reasoning if one.usage else None,
            "turns": len(one.turns),
            "halt": one.halt.kind if one.halt else None,
            "text": "\n".join(part.text for part in one.parts if isinstance(part, Text)) if done else None,
            "notes": list(one.notes),
        }


def changes(run: Run) -> Iterator[Row]:
    """Rows of the table of this name."""
    known: dict[str, Case] = {case.id: case for case in run.cases()}
    case, written = "", lookahead.Written({})
    for one in run.trials():  # in order of case, so each case's files are rebuilt once
        if one.completion is None or one.case not in known:
            continue
        if one.case != case:
            case = one.case
            written = lookahead.Written({known[case].transcript: run.transcript(known[case].transcript)})
        for number, change in enumerate(written.of(one, known[case])):
            yield {
                **_trial(one),
                "change": number,
                **{name: getattr(change, name) for name in ("path", "language", "dialect", "status", "basis")},
                **{name: getattr(change, name) for name in ("first_line", "before", "after", "why")},
            }


def scores(run: Run) -> Iterator[Row]:
    """Rows of the table of this name."""
    for one in _scores(run):
        rest = {"outcome": one.outcome, "findings": len(one.findings), "partial": one.partial, "why": one.why}
        yield {**_trial(one), "rule": one.rule, **rest}


def findings(run: Run) -> Iterator[Row]:
    """Rows of the table of this name."""
    for one in _scores(run):
        for number, found in enumerate(one.findings):
            place = {name: getattr(found, name) for name in ("path", "line", "end_line", "scope", "text")}
            yield {**_trial(one), "rule": one.rule, "finding": number, "id": found.rule, **place}


def _scores(run: Run) -> tuple[Score, ...]:
    return run.meta("scores", tuple[Score, ...]) if run.get_meta("scores") else ()


def _trial(one: Trial | Score) -> Row:
    return {"case": one.case, "arm": one.arm, "draw": one.draw}


def _tokens(usage: Usage | None) -> Row:
    return {name: getattr(usage, name, None) for name in ("input", "cache_read", "cache_write", "output")}


def _calls(said: Message) -> int:
    return sum(isinstance(part, ToolCall) for part in said.parts)


def _time(text: str | None) -> datetime | None:
    """A time in UTC; None where the source wrote none, or something else. Without a zone it is taken as UTC."""
    try:
        found = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    if found is None:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


ROWS: dict[str, Callable[[Run], Iterator[Row]]] = {
    "transcripts": transcripts,
    "turns": turns,
    "cases": cases,
    "arms": arms,
    "trials": trials,
    "changes": changes,
    "scores": scores,
    "findings": findings,
}
