"""From mined tables to the turns that could become cases: the first of each session for each rule and signal."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from replay import alike, cases, check, frames, importers, languages, prefix, workspace
from replay.check.batch import Batch, weight
from replay.records import JSON, Change, Message, Rule, Text, ToolCall, Transcript
from replay.scale import index, names, sources
from replay.selection import Candidate

Row = dict[str, Any]
_AT = ("file", "transcript", "turn")


class _Open(NamedTuple):
    """A candidate with the files its prefix shows, and how often earlier turns introduced each rule in each file."""

    candidate: Candidate
    known: tuple[Change, ...]
    earlier: Counter[tuple[str, str]]


def candidates(
    paths: Sequence[str], folder: Path, rules: Sequence[Rule], *, kinds: Collection[str], tally: Counter[str]
) -> Iterator[Candidate]:
    """The turns in the logs below ``paths`` that could become cases, from the tables in ``folder``.

    A hit is a turn with a rule that it introduces, or with a signal of ``kinds`` that speaks of it. The first one of
    each rule and kind in its transcript is taken; one turn is one candidate. At stake are the rules that the turn
    introduces, and all of ``rules`` where a signal speaks of it. ``tally`` counts the hits that are left out, by
    reason. One log is open at a time. Raises AnalyserError where an engine fails.
    """
    waiting: Batch[_Open] = Batch()
    for log, hits in _by_log(paths, folder, kinds):
        with sources.opened(log) as path:
            transcripts = {one.id: one for one in importers.read(path)}
        for name, mine in hits.items():
            if name not in transcripts:
                tally["the log has grown since: the next mining finds them"] += len(mine)
                continue
            for one in _of(transcripts[name], mine, rules, tally):
                if waiting.add(one, *weight(one.known)):
                    yield from _primed(waiting.take(), rules)
    yield from _primed(waiting.take(), rules)


def _by_log(
    paths: Sequence[str], folder: Path, kinds: Collection[str]
) -> Iterator[tuple[sources.Log, dict[str, list[Row]]]]:
    """Each log with hits, and these by transcript in order of their turns, each with the columns of its turn."""
    mined = frames.mined(folder)
    found = mined.findings.select(*_AT, "rule", "path", "line", signal=pl.lit(None, pl.String), quote=pl.lit(""))
    signs = mined.signals.filter(pl.col("signal").is_in(list(kinds))).select(
        *_AT, rule=pl.lit(None, pl.String), path=pl.lit(""), line=pl.lit(0, pl.Int32), signal="signal", quote="quote"
    )
    turns = mined.turns.select(*_AT, "session", "agent", "model", "project", "fidelity", "changes")
    rows = pl.concat([found, signs]).join(turns, on=_AT).sort(*_AT, "path", "line", "rule", "signal", "quote").collect()
    by_file = {name: frame for (name,), frame in rows.group_by("file", maintain_order=True)}
    for log in names.named(sources.find(paths), index.load(folder)):
        if (frame := by_file.get(log.name)) is not None:
            hits: defaultdict[str, list[Row]] = defaultdict(list)
            for row in frame.iter_rows(named=True):
                hits[row["transcript"]].append(row)
            yield log, hits


def _of(transcript: Transcript, hits: Sequence[Row], rules: Sequence[Rule], tally: Counter[str]) -> Iterator[_Open]:
    """The candidates of one transcript, before what primes them is counted."""
    taken: defaultdict[int, list[Row]] = defaultdict(list)
    seen: set[tuple[str | None, str | None]] = set()
    for row in hits:
        habit = (row["rule"], row["signal"])
        if habit in seen and row["turn"] not in taken:
            tally["not the first of their session"] += 1
        elif habit in seen:
            taken[row["turn"]].append(row)
        elif row["signal"] is not None and not row["changes"]:
            tally["signals of a turn that wrote and ran nothing"] += 1
        elif not cases.can_be_sent(transcript, row["turn"]):
            tally["in a log that begins in the middle of a session"] += 1
        else:
            seen.add(habit)
            taken[row["turn"]].append(row)
    files = dict(_files(transcript, taken))
    for turn, rows in taken.items():
        made = _candidate(transcript, rows, rules)
        of_rules = [row for row in hits if row["turn"] < turn and row["rule"] in made.rules]
        earlier = Counter((row["rule"], row["path"]) for row in of_rules)
        yield _Open(made, files.get(turn, ()), earlier)


def _files(transcript: Transcript, turns: Collection[int]) -> Iterator[tuple[int, tuple[Change, ...]]]:
    """The files as the prefix of each of ``turns`` shows them, each as a change that made it."""
    for turn, files in workspace.walk(transcript) if turns else ():
        if turn in turns:
            named = ((path, text, languages.of_path(path, text)) for path, text in files.known())
            yield turn, tuple(Change(path, "applied", "prefix", language, after=text) for path, text, language in named)


def _candidate(transcript: Transcript, rows: Sequence[Row], rules: Sequence[Rule]) -> Candidate:
    first = rows[0]
    before = prefix.prefix(transcript, first["turn"]).messages
    found = tuple(sorted({row["rule"] for row in rows if row["rule"] is not None}))
    signals = tuple(sorted({row["signal"] for row in rows if row["signal"] is not None}))
    notes = (
        f"{row['rule']} in {row['path']}:{row['line']}" if row["rule"] else f"signal/{row['signal']}: {row['quote']}"
        for row in rows
    )
    return Candidate(
        file=first["file"],
        transcript=transcript.id,
        turn=first["turn"],
        rules=tuple(sorted(rule.id for rule in rules)) if signals else found,
        note="; ".join(dict.fromkeys(notes)),
        session=first["session"],
        agent=first["agent"] or "unknown",
        model=first["model"] or "unknown",
        project=first["project"] or "unknown",
        grade=first["fidelity"],
        primed=0,
        task=alike.shingles(next(_said(before), "")),
        asked=alike.shingles(next(_said(reversed(before)), "")),
        wrote=alike.shingles(_called(transcript, first["turn"])),
        signals=signals,
    )


def _said(messages: Iterable[Message]) -> Iterator[str]:
    """The words of a person in each message that has some; where the log does not tell whose they are, of the user."""
    for message in messages:
        if message.role == "user" and message.origin in {"typed", None}:
            words = [part.text for part in message.parts if isinstance(part, Text)]
            if words:
                yield "\n".join(words)


def _called(transcript: Transcript, turn: int) -> str:
    """The arguments of the calls in an answer, or its words where it calls nothing."""
    message = prefix.completion(transcript, turn)
    calls = [part for part in message.parts if isinstance(part, ToolCall)]
    if calls:
        return "\n".join(word for call in calls for word in (call.name, *_words(call.arguments)))
    return "\n".join(part.text for part in message.parts if isinstance(part, Text))


def _words(value: JSON) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for name, inner in value.items():
                yield name
                yield from _words(inner)
        case list():
            for inner in value:
                yield from _words(inner)
        case _:
            yield str(value)


def _primed(waiting: Sequence[_Open], rules: Sequence[Rule]) -> Iterator[Candidate]:
    """The candidates with the findings of their rules that their prefix shows: in files, or written and gone since."""
    at_stake = {name for one in waiting for name in one.candidate.rules}
    verdicts = check.introduced([one.known for one in waiting], [rule for rule in rules if rule.id in at_stake])
    for one, checked in zip(waiting, verdicts, strict=True):
        found = (finding for finding in checked.findings if finding.rule in one.candidate.rules)
        standing = Counter((finding.rule, finding.path) for finding in found)
        yield one.candidate._replace(primed=(standing | one.earlier).total())
