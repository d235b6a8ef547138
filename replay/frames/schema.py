"""The tables of a run: names, keys, columns, types and units, in one place for the code and the page.

A star around ``trials``: ``arms`` and ``cases`` (with ``transcripts`` and their ``turns`` behind them) say what a trial
was made of, ``changes``, ``scores`` and ``findings`` what came of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

Kind = Any  # a polars data type, as a class or an instance
TEXT, WHOLE, REAL, TRUTH = pl.String, pl.Int64, pl.Float64, pl.Boolean
TIME = pl.Datetime("us", "UTC")
WORDS = pl.List(pl.String)


@dataclass(frozen=True)
class Table:
    """A table: what a row is, the columns that identify it, and each column's type and meaning, in order.

    ``refers`` names the tables that its columns are keys of.
    """

    row: str
    key: tuple[str, ...]
    columns: dict[str, tuple[Kind, str]]
    refers: dict[tuple[str, ...], str]

    @property
    def schema(self) -> dict[str, Kind]:
        """The polars type of each column."""
        return {name: kind for name, (kind, _) in self.columns.items()}


_CASE = {"case": (TEXT, "id of the case, `slug@turn`")}
_TRIAL = {**_CASE, "arm": (TEXT, "name of the arm"), "draw": (WHOLE, "number of the draw, from 0")}
TRIAL: tuple[str, ...] = ("case", "arm", "draw")
_TO_TRIAL = {TRIAL: "trials"}

TABLES: dict[str, Table] = {
    "transcripts": Table(
        "a transcript that cases were cut from",
        ("transcript",),
        {
            "transcript": (TEXT, "id: a hash of what was said"),
            "format": (TEXT, "format it was imported from"),
            "agent": (TEXT, "agent that wrote it, where the log says"),
            "version": (TEXT, "the agent's version"),
            "session": (TEXT, "the agent's own id of the session"),
            "parent": (TEXT, "session that started this one as a sub-agent"),
            "fidelity": (TEXT, "how much of its requests is known: exact, full, partial, text"),
            "missing": (WORDS, "what is not known"),
            "messages": (WHOLE, "messages"),
            "turns": (WHOLE, "answers of the model"),
            "dropped": (WHOLE, "rows of the log that hold no message"),
            "unanswered": (WHOLE, "tool calls without a result"),
        },
        {},
    ),
    "turns": Table(
        "an answer of the recorded model",
        ("transcript", "turn"),
        {
            "transcript": (TEXT, "id of the transcript"),
            "turn": (WHOLE, "index of the answer, from 0"),
            "model": (TEXT, "model that answered, where the log says"),
            "time": (TIME, "when"),
            "stop": (TEXT, "the provider's stop reason"),
            "prefix": (WHOLE, "messages the model had been sent"),
            "calls": (WHOLE, "tool calls"),
            "changes": (WHOLE, "files it wrote, or tried to"),
            "input": (WHOLE, "input tokens neither read from nor written to a cache"),
            "cache_read": (WHOLE, "input tokens read from the prompt cache"),
            "cache_write": (WHOLE, "input tokens written to it"),
            "output": (WHOLE, "output tokens"),
        },
        {("transcript",): "transcripts"},
    ),
    "cases": Table(
        "a transcript cut before a turn",
        ("case",),
        {
            **_CASE,
            "transcript": (TEXT, "id of the transcript"),
            "turn": (WHOLE, "the critical turn"),
            "source": (TEXT, "cluster: the session it belongs to"),
            "rules": (WORDS, "rules at stake, as ids or globs"),
            "fidelity": (TEXT, "how much of the request at this turn is known"),
            "primed": (WHOLE, "findings of its rules that the prefix shows already, as counted when it was mined"),
            "stands_for": (WHOLE, "mined turns that are copies or near-duplicates of it, itself included"),
        },
        {("transcript",): "transcripts", ("transcript", "turn"): "turns"},
    ),
    "arms": Table(
        "an arm of the experiment",
        ("arm",),
        {
            "arm": (TEXT, "name"),
            "model": (TEXT, "`provider/NAME`"),
            "baseline": (TRUTH, "whether the others are compared with it"),
            "edits": (WHOLE, "prompt edits"),
            "difference": (TEXT, "what they change in the prompt, as a unified diff"),
            "params": (TEXT, "parameters, as JSON"),
            "reasoning": (TEXT, "what is done with recorded thinking"),
            "replicate": (WHOLE, "sets apart arms that send the same bytes"),
        },
        {},
    ),
    "trials": Table(
        "a completion of a case under an arm, or the error that came instead",
        TRIAL,
        {
            **_TRIAL,
            "key": (TEXT, "hash of the request"),
            "model": (TEXT, "model that answered, as the provider names it"),
            "stop": (TEXT, "why it stopped: end, tool_calls, length, refusal, content_filter, other"),
            "error": (TEXT, "kind of the error that came instead"),
            "cached": (TRUTH, "whether an earlier answer was used"),
            "on_policy": (TRUTH, "whether the arm's model wrote the prefix"),
            "started": (TIME, "when the request was sent"),
            "seconds": (REAL, "wall time of the request, s"),
            "input": (WHOLE, "input tokens neither read from nor written to a cache"),
            "cache_read": (WHOLE, "input tokens read from the prompt cache"),
            "cache_write": (WHOLE, "input tokens written to it"),
            "output": (WHOLE, "output tokens"),
            "reasoning": (WHOLE, "output tokens that were thinking"),
            "turns": (WHOLE, "completions: more than 1 where the draw looked ahead"),
            "halt": (TEXT, "why a draw that looks ahead went no further: unknown, command, limit"),
            "text": (TEXT, "what it said, without thinking and tool calls"),
            "notes": (WORDS, "what had to be converted or left out to send the prefix"),
        },
        {("case",): "cases", ("arm",): "arms"},
    ),
    "changes": Table(
        "what a completion would write to one file",
        (*TRIAL, "change"),
        {
            **_TRIAL,
            "change": (WHOLE, "number of the change within the completion, from 0"),
            "path": (TEXT, "path, as the model wrote it"),
            "language": (TEXT, "language"),
            "dialect": (TEXT, "kind of edit: the tool, or the form of a code block"),
            "status": (TEXT, "applied, unknown_file, failed_edit"),
            "basis": (TEXT, "what the texts are: the full file, the known part of it, or a fragment without a file"),
            "first_line": (WHOLE, "line of the file where the texts begin, from 1"),
            "before": (TEXT, "text before; null where there was none, or it is not known"),
            "after": (TEXT, "text after; null where the file is deleted, or it is not known"),
            "why": (TEXT, "why it is not known or refused"),
        },
        _TO_TRIAL,
    ),
    "scores": Table(
        "a trial under one rule selector",
        (*TRIAL, "rule"),
        {
            **_TRIAL,
            "rule": (TEXT, "selector: a rule id, or a glob over ids"),
            "outcome": (TEXT, "clean, violation, or why it is neither"),
            "findings": (WHOLE, "findings it introduces"),
            "partial": (TRUTH, "whether a text had syntax errors elsewhere"),
            "why": (TEXT, "why it is neither clean nor a violation"),
        },
        _TO_TRIAL,
    ),
    "findings": Table(
        "a match that a completion introduced, under one rule selector",
        (*TRIAL, "rule", "finding"),
        {
            **_TRIAL,
            "rule": (TEXT, "selector"),
            "finding": (WHOLE, "number within the score, from 0"),
            "id": (TEXT, "rule that matched"),
            "path": (TEXT, "path"),
            "line": (WHOLE, "first line in the file after the change, from 1"),
            "end_line": (WHOLE, "last line"),
            "scope": (TEXT, "functions and classes around it, joined by dots"),
            "text": (TEXT, "code that matched"),
        },
        {(*TRIAL, "rule"): "scores"},
    ),
}


def page() -> str:
    """The tables as Markdown, for docs/frames.md."""
    return "\n".join(line for name, table in TABLES.items() for line in _section(name, table))


def _section(name: str, table: Table) -> list[str]:
    keys = ", ".join(f"`{part}`" for part in table.key)
    refers = "; ".join(
        f"{', '.join(f'`{part}`' for part in columns)} → `{other}`" for columns, other in table.refers.items()
    )
    return [
        f"### `{name}`",
        "",
        f"A row is {table.row}. Key: {keys}.{f' Joins: {refers}.' if refers else ''}",
        "",
        "| column | type | |",
        "|---|---|---|",
        *(f"| `{column}` | {_type(kind)} | {meaning} |" for column, (kind, meaning) in table.columns.items()),
        "",
    ]


def _type(kind: Kind) -> str:
    names = {TEXT: "text", WHOLE: "int", REAL: "float", TRUTH: "bool"}
    return names.get(kind) or ("time (UTC)" if kind == TIME else "list of text")
