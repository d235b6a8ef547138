"""The tables of a run: names, keys, columns, types and units, in one place for the code and the page.

A star around ``trials``: ``arms`` and ``cases`` (with ``transcripts`` and their ``turns`` behind them) say what a trial
was made of, ``changes``, ``scores`` and ``findings`` what came of it.
"""

from __future__ import annotations

import polars as pl

from replay.columns import TIME, Column, Table, by_name

_CASE = Column("case", pl.String, "id of the case, `slug@turn`")
_TRIAL = (
    _CASE,
    Column("arm", pl.String, "name of the arm"),
    Column("draw", pl.Int64, "number of the draw, from 0"),
)
TRIAL: tuple[str, ...] = ("case", "arm", "draw")
_TO_TRIAL = {TRIAL: "trials"}

TABLES = by_name(
    Table(
        "transcripts",
        "a transcript that cases were cut from",
        ("transcript",),
        (
            Column("transcript", pl.String, "id: a hash of what was said"),
            Column("format", pl.String, "format it was imported from"),
            Column("agent", pl.String, "agent that wrote it", "not told"),
            Column("version", pl.String, "the agent's version", "not told"),
            Column("session", pl.String, "the agent's own id of the session", "not told"),
            Column(
                "parent", pl.String, "session that started this one as a sub-agent", "no other session did, or not told"
            ),
            Column("fidelity", pl.String, "how much of its requests is known: exact, full, partial, text"),
            Column("missing", pl.List(pl.String), "what is not known"),
            Column("messages", pl.Int64, "messages"),
            Column("turns", pl.Int64, "answers of the model"),
            Column("dropped", pl.Int64, "rows of the log that hold no message"),
            Column("unanswered", pl.Int64, "tool calls without a result"),
        ),
    ),
    Table(
        "turns",
        "an answer of the recorded model",
        ("transcript", "turn"),
        (
            Column("transcript", pl.String, "id of the transcript"),
            Column("turn", pl.Int64, "index of the answer, from 0"),
            Column("model", pl.String, "model that answered", "not told"),
            Column("time", TIME, "when; a time without zone counts as UTC", "not told, or no ISO 8601 time"),
            Column("stop", pl.String, "the provider's stop reason", "not told"),
            Column("prefix", pl.Int64, "messages the model had been sent"),
            Column("calls", pl.Int64, "tool calls"),
            Column("changes", pl.Int64, "files it wrote, or tried to"),
            Column("input", pl.Int64, "input tokens neither read from nor written to a cache", "not told"),
            Column("cache_read", pl.Int64, "input tokens read from the prompt cache", "not told"),
            Column("cache_write", pl.Int64, "input tokens written to it", "not told"),
            Column("output", pl.Int64, "output tokens", "not told"),
        ),
        {("transcript",): "transcripts"},
    ),
    Table(
        "cases",
        "a transcript cut before a turn",
        ("case",),
        (
            _CASE,
            Column("transcript", pl.String, "id of the transcript"),
            Column("turn", pl.Int64, "the critical turn"),
            Column("source", pl.String, "cluster: the session it belongs to"),
            Column("rules", pl.List(pl.String), "rules at stake, as ids or globs"),
            Column("fidelity", pl.String, "how much of the request at this turn is known"),
            Column(
                "primed", pl.Int64, "findings of its rules that the prefix shows already, as counted when it was mined"
            ),
            Column("stands_for", pl.Int64, "mined turns that are copies or near-duplicates of it, itself included"),
        ),
        {("transcript",): "transcripts", ("transcript", "turn"): "turns"},
    ),
    Table(
        "arms",
        "an arm of the experiment",
        ("arm",),
        (
            Column("arm", pl.String, "name"),
            Column("model", pl.String, "`provider/NAME`"),
            Column("baseline", pl.Boolean, "whether the others are compared with it"),
            Column("edits", pl.Int64, "prompt edits"),
            Column(
                "difference",
                pl.String,
                "what they change in the prompt, as a unified diff",
                "nothing, or not known of an older run",
            ),
            Column("params", pl.String, "parameters, as JSON"),
            Column("reasoning", pl.String, "what is done with recorded thinking"),
            Column("replicate", pl.Int64, "sets apart arms that send the same bytes"),
        ),
    ),
    Table(
        "trials",
        "a completion of a case under an arm, or the error that came instead",
        TRIAL,
        (
            *_TRIAL,
            Column("key", pl.String, "hash of the request"),
            Column("model", pl.String, "model that answered, as the provider names it", "not told, or an error came"),
            Column(
                "stop",
                pl.String,
                "why it stopped: end, tool_calls, length, refusal, content_filter, other",
                "an error came",
            ),
            Column("error", pl.String, "kind of the error that came instead", "a completion came"),
            Column("cached", pl.Boolean, "whether an earlier answer was used"),
            Column(
                "on_policy",
                pl.Boolean,
                "whether the arm's model wrote the prefix",
                "some of its messages do not say who wrote them",
            ),
            Column("started", TIME, "when the request was sent", "an earlier answer was used"),
            Column("seconds", pl.Float64, "wall time of the request, s", "not told"),
            Column("input", pl.Int64, "input tokens neither read from nor written to a cache", "an error came"),
            Column("cache_read", pl.Int64, "input tokens read from the prompt cache", "an error came"),
            Column("cache_write", pl.Int64, "input tokens written to it", "an error came"),
            Column("output", pl.Int64, "output tokens", "an error came"),
            Column("reasoning", pl.Int64, "output tokens that were thinking", "an error came"),
            Column("turns", pl.Int64, "completions: more than 1 where the draw looked ahead"),
            Column(
                "halt",
                pl.String,
                "why a draw that looks ahead went no further: unknown, command, limit",
                "its last turn was the last that it needed",
            ),
            Column("text", pl.String, "what it said, without thinking and tool calls", "an error came"),
            Column("notes", pl.List(pl.String), "what had to be converted or left out to send the prefix"),
        ),
        {("case",): "cases", ("arm",): "arms"},
    ),
    Table(
        "changes",
        "what a completion would write to one file",
        (*TRIAL, "change"),
        (
            *_TRIAL,
            Column("change", pl.Int64, "number of the change within the completion, from 0"),
            Column("path", pl.String, "path, as the model wrote it"),
            Column("language", pl.String, "language", "not known"),
            Column("dialect", pl.String, "kind of edit: the tool, or the form of a code block"),
            Column("status", pl.String, "applied, unknown_file, failed_edit"),
            Column(
                "basis",
                pl.String,
                "what the texts are: the full file, the known part of it, or a fragment without a file",
            ),
            Column("first_line", pl.Int64, "line of the file where the texts begin, from 1"),
            Column("before", pl.String, "text before", "no file before, or not applied"),
            Column("after", pl.String, "text after", "the file is deleted, or not applied"),
            Column("why", pl.String, "why it is not applied", "it is applied"),
        ),
        _TO_TRIAL,
    ),
    Table(
        "scores",
        "a trial under one rule selector",
        (*TRIAL, "rule"),
        (
            *_TRIAL,
            Column("rule", pl.String, "selector: a rule id, or a glob over ids"),
            Column("outcome", pl.String, "clean, violation, or why it is neither"),
            Column("findings", pl.Int64, "findings it introduces"),
            Column("partial", pl.Boolean, "whether a text had syntax errors elsewhere"),
            Column("why", pl.String, "why it is neither clean nor a violation", "it is clean or a violation"),
        ),
        _TO_TRIAL,
    ),
    Table(
        "findings",
        "a match that a completion introduced, under one rule selector",
        (*TRIAL, "rule", "finding"),
        (
            *_TRIAL,
            Column("rule", pl.String, "selector"),
            Column("finding", pl.Int64, "number within the score, from 0"),
            Column("id", pl.String, "rule that matched"),
            Column("path", pl.String, "path"),
            Column("line", pl.Int64, "first line in the file after the change, from 1"),
            Column("end_line", pl.Int64, "last line"),
            Column("scope", pl.String, "functions and classes around it, joined by dots"),
            Column("text", pl.String, "code that matched"),
        ),
        {(*TRIAL, "rule"): "scores"},
    ),
)
