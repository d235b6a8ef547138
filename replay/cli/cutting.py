"""``replay mine --write``: from the tables of a scan to a case set, and what was left out on the way."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from replay import importers, selection
from replay.cli.saved import Query
from replay.prompts import book
from replay.records import Case, Rule
from replay.selection import Candidate, Kept, Selection
from replay.supply import Given
from replay.words import plural

if TYPE_CHECKING:
    from replay.cases import Cut


class Written(NamedTuple):
    """The cases that were written, how they were chosen, and hits left out before that, by reason."""

    cases: list[Case]
    selection: Selection
    hits: Counter[str]


def write(
    asked: Query,
    paths: Sequence[str],
    tables: Path,
    rules: Sequence[Rule],
    into: Path,
    *,
    given: Given | None,
    kinds: Sequence[str],
) -> Written:
    """Cut the turns in ``tables`` that ``asked`` asks for into a case set in ``into``."""
    from replay import cases
    from replay.scale.candidates import candidates

    hits: Counter[str] = Counter()
    found = selection.select(candidates(paths, tables, rules, kinds=kinds, tally=hits), asked.wanted)
    written = cases.write(_cuts(found.kept, paths, tables, asked.rules, given), into, rules=asked.rules)
    return Written(written, found, hits)


def _cuts(
    kept: Sequence[Kept], paths: Sequence[str], tables: Path, selectors: Sequence[str], given: Given | None
) -> Iterator[Cut]:
    """What was kept with its transcripts: one log is open at a time."""
    from replay.cases import Cut
    from replay.scale import index, names, sources

    by_log: defaultdict[str, list[Kept]] = defaultdict(list)
    for one in kept:
        by_log[one.candidate.file].append(one)
    for log in names.named(sources.find(paths), index.load(tables)):
        mine = by_log.get(log.name)
        if mine is None:
            continue
        with sources.opened(log) as path:
            transcripts = {one.id: one for one in importers.read(path)}
        for one in mine:
            found = one.candidate
            if found.transcript in transcripts:  # else it has grown since; the next mining finds it as it is then
                whole = book.filled(transcripts[found.transcript], given)
                at_stake = tuple(selectors) or found.rules
                yield Cut(whole, found.turn, at_stake, found.note, found.primed, 1 + len(one.likes))


def row(made: Written) -> dict[str, Any]:
    """The object that ``--json`` promises: cases kept, what each stands for, and all counts."""
    return {
        "cases": [one.id for one in made.cases],
        "stands_for": [
            {"case": _place(one.candidate), "likes": [_place(like) for like in one.likes]}
            for one in made.selection.kept
            if one.likes
        ],
        "primed": sum(one.candidate.primed > 0 for one in made.selection.kept),
        "left_out": {"hits": dict(made.hits), "turns": made.selection.left_out},
    }


def _place(one: Candidate) -> dict[str, Any]:
    return {"file": one.file, "transcript": one.transcript, "turn": one.turn}


def say(made: Written, into: Path) -> None:
    """What was written and what was not, in words."""
    turns = len(made.selection.kept) + sum(made.selection.left_out.values())
    if not turns:
        click.echo("no finding, so no case was written" if not made.hits else "no hit could become a case")
    for why, count in made.hits.items():
        click.echo(f"{count:6} {'hit' if count == 1 else 'hits'} left out: {why}")
    for why, count in made.selection.left_out.items():
        click.echo(f"{count:6} of {plural(turns, 'turn')} left out: {why}")
    if primed := sum(one.candidate.primed > 0 for one in made.selection.kept):
        told = "case is" if len(made.selection.kept) == 1 else "cases are"
        click.echo(f"{primed:6} of {len(made.selection.kept)} {told} primed (--unprimed leaves them out)")
    slugs = {case.id.rpartition("@")[0] for case in made.cases}
    if others := sum(file.stem not in slugs for file in into.glob("*.toml")):
        were = "transcript with cases was" if others == 1 else "transcripts with cases were"
        click.echo(f"{others:6} more {were} in {into} already: `replay run` takes all there is")
    if made.cases:
        click.echo(f"{plural(len(made.cases), 'case')} written; look at one: replay show {into}/{made.cases[0].id}")
        click.echo(f"then say what to try in {into}/replay.yaml, and: replay run {into}")
    elif turns:
        click.echo("no case was written")
