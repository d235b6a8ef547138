"""The tables that mining writes, each a folder of Parquet files: for who writes and reads them, and for the page."""

from __future__ import annotations

import polars as pl

from replay.columns import TIME, Column, Table, by_name

SNIPPET = 400
"""Longest text, in characters, that a table quotes from a transcript."""

_FILE = Column("file", pl.String, "the log, as its path was first given; bytes that are not UTF-8 as `\\xff`")
_TRANSCRIPT = Column("transcript", pl.String, "id of the transcript in it, 16 hex digits of its content")
_TURN = Column("turn", pl.Int32, "index of the assistant message in the transcript, from 0")
_PLACE = (_FILE, _TRANSCRIPT, _TURN)
_KEY: tuple[str, ...] = ("file", "transcript", "turn")
_TO_TURN = {_KEY: "turns"}

TURNS = Table(
    "turns",
    "an answer of a model",
    _KEY,
    (
        *_PLACE,
        Column("session", pl.String, "its session, a sub-agent's being its parent's: the cluster of a rate"),
        Column("sub_agent", pl.Boolean, "whether another session started this one"),
        Column("format", pl.String, "format of the log"),
        Column("agent", pl.String, "the program that ran the model", "not told"),
        Column("version", pl.String, "its version", "not told"),
        Column("model", pl.String, "the model, as the log names it", "not told"),
        Column("project", pl.String, "working folder of the session, secrets redacted", "not told"),
        Column("time", TIME, "when it came; a time without zone counts as UTC", "not told, or no ISO 8601 time"),
        Column("fidelity", pl.String, "how much of the request is known: exact, full, partial, text"),
        Column("first_line", pl.Int64, "first line of the answer in the log, from 1", "the format has no lines"),
        Column("last_line", pl.Int64, "its last line", "the format has no lines"),
        Column("stop", pl.String, "why it ended, in the words of the API", "not told"),
        Column("input", pl.Int64, "tokens sent that were neither read from nor written to a cache", "not told"),
        Column("cache_read", pl.Int64, "tokens read from a cache", "not told"),
        Column("cache_write", pl.Int64, "tokens written to a cache", "not told"),
        Column("output", pl.Int64, "tokens of the answer, reasoning included", "not told"),
        Column("calls", pl.Int32, "tool calls in the answer"),
        Column("changes", pl.Int32, "rows of `changes` that hang on it"),
        Column("writes_code", pl.Boolean, "whether it wrote a file in a programming language that we know"),
        Column("answer", pl.String, "16 hex digits of what was said before and of the answer: forks share them"),
    ),
)

CHANGES = Table(
    "changes",
    "a file that an answer changed or failed to change, or a command line or script it ran",
    (*_KEY, "number"),
    (
        *_PLACE,
        Column("number", pl.Int32, "place among the changes of the turn, from 0"),
        Column("kind", pl.String, "`file`, or `command`: a command line or script that was only run"),
        Column("path", pl.String, "path of the changed file, secrets redacted; in angle brackets for a command"),
        Column("language", pl.String, "language of the text", "not known"),
        Column("dialect", pl.String, "the form of the edit"),
        Column("status", pl.String, "`applied`, `unknown_file` (content not known well enough) or `failed_edit`"),
        Column("basis", pl.String, "what the texts are: `full` file, known `part` of it, or a `fragment`"),
        Column("line", pl.Int32, "where the texts begin in the file, from 1"),
        Column("call", pl.Int32, "index of the part of the answer that made it"),
        Column("why", pl.String, "why it is not applied, secrets redacted", "it is applied"),
        Column("before", pl.String, "key of the text before in `texts`", "no file before, or not applied"),
        Column("before_bytes", pl.Int64, "its size in bytes of UTF-8", "as `before`"),
        Column("after", pl.String, "key of the text after in `texts`", "the file was deleted, or not applied"),
        Column("after_bytes", pl.Int64, "its size in bytes of UTF-8", "as `after`"),
        Column("redacted", pl.Boolean, "whether a secret was taken out of its path or texts; rules had seen it"),
    ),
    {**_TO_TURN, ("before",): "texts", ("after",): "texts"},
)

FINDINGS = Table(
    "findings",
    "a finding that an answer introduced",
    (*_KEY, "number"),
    (
        *_PLACE,
        Column("number", pl.Int32, "place among the findings of the turn, from 0"),
        Column("rule", pl.String, "id of the rule"),
        Column("path", pl.String, "path of the file, secrets redacted"),
        Column("language", pl.String, "language of the file"),
        Column("line", pl.Int32, "first line of the match in the file after the change, from 1"),
        Column("end_line", pl.Int32, "its last line"),
        Column("scope", pl.String, "functions and classes around it, joined by dots; empty at the top"),
        Column("snippet", pl.String, f"the matched text, secrets redacted, at most {SNIPPET} characters"),
        Column("first", pl.Boolean, "whether no earlier turn of the transcript introduced a finding of the rule"),
    ),
    _TO_TURN,
)

UNJUDGED = Table(
    "unjudged",
    "a rule that could not be judged in an answer (a syntax error, an engine that failed on the text)",
    (*_KEY, "rule"),
    (*_PLACE, Column("rule", pl.String, "id of the rule")),
    _TO_TURN,
)

SIGNALS = Table(
    "signals",
    "a sign in the session itself that a turn went wrong (people object, a claim is not shown …)",
    (*_KEY, "number"),
    (
        *_PLACE,
        Column("number", pl.Int32, "place among the signals of the turn, from 0"),
        Column("signal", pl.String, "name of the signal"),
        Column("message", pl.Int64, "index in the transcript of the message that shows it"),
        Column("first_line", pl.Int64, "first line of that message in the log, from 1", "the format has no lines"),
        Column("quote", pl.String, f"the words that show it, secrets redacted, at most {SNIPPET} characters"),
        Column("why", pl.String, "a sentence on it"),
        Column("told", pl.String, "the instruction that was broken, as `quote`; empty for signals about none"),
        Column("where", pl.String, "where that instruction stands; empty likewise"),
    ),
    _TO_TURN,
)

TEXTS = Table(
    "texts",
    "a text before or after a change, once a part: so a changed rule need not read the logs again",
    ("key",),
    (
        Column("key", pl.String, "32 hex digits of the SHA-256 of the text as it was, secrets included"),
        Column("text", pl.String, "the text, secrets redacted"),
    ),
)

TABLES = by_name(TURNS, CHANGES, FINDINGS, UNJUDGED, SIGNALS, TEXTS)
