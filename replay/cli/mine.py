"""``replay mine``: the turns of recorded sessions whose code introduces a finding, listed, cut into cases or kept."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from replay import signals, workers
from replay.cli.common import chosen, emit, json_option, printable, terminal_width
from replay.cli.saved import Query, query_options
from replay.errors import PartialResultError, UserError, made_folder
from replay.records import Rule

if TYPE_CHECKING:
    from replay.scale import Found, Runner, Told
    from replay.scale.summary import Summary
    from replay.supply import Given

SMALL = 4 << 20
"""Bytes of logs that are mined at once in this process where no tables are kept: workers take longer to start."""


@click.command()
@click.argument("paths", nargs=-1)
@click.option("--write", "cut", type=click.Path(path_type=Path), help="Cut the hits into cases in this folder.")
@click.option("--to", type=click.Path(path_type=Path), help="Keep tables and a report in this folder.")
@click.option("--engine", type=click.Choice(["local", "dask"]), default="local", help="Where the work is done [local].")
@click.option("--scheduler", metavar="ADDRESS", help="A dask scheduler that runs already; else dask starts one here.")
@click.option("--jobs", type=click.IntRange(min=0), help="Worker processes [one a core]; 0: none but this one.")
@query_options
@json_option
def mine(
    asked: Query,
    cut: Path | None,
    engine: Literal["local", "dask"],
    scheduler: str | None,
    jobs: int | None,
    as_json: bool,
) -> None:
    """List the turns whose code introduces a finding.

    PATHS are transcripts or folders of them, or URLs such as s3://bucket/logs. Where none is given, it looks where
    agents keep their sessions; `replay doctor` lists these places.

    With --write, each session is cut just before the first turn that introduces each rule, secrets redacted, and kept
    as a case set for `replay run`; a system prompt and tools that it lacks are supplied from the files given or from
    `replay prompts`, and marked so. With --signal, it is also cut before the first turn that each signal speaks of, for
    the rules given. Near-duplicates become one case; --cap, --sample and --unprimed leave out more.

    With --to, Parquet tables of turns, changes, findings and signals, a summary and a report of rates are kept; the
    same command again reads only logs that are new or have changed, lists all as before, and goes on where it was
    interrupted. Exits with 3 if a log had to be given up.
    """
    from replay.cli import cutting
    from replay.cli.mining import print_rates, print_summary
    from replay.scale import page, summary
    from replay.scale.sources import is_url

    given = _given(asked)
    wanted = asked.paths or _own()
    for path in wanted:
        if not is_url(path) and not Path(path).exists():
            raise UserError("no such file or folder", path=path)
    if scheduler is not None and engine != "dask":
        raise UserError("--scheduler is for dask: add --engine dask")
    shown = signals.chosen(asked.signals)
    if cut is not None and shown and not asked.rules:
        raise UserError("a case at a signal needs rules to be judged by: say which with --rule")
    rules = chosen(tuple(map(Path, asked.packs)), asked.rules, profile=asked.profile or "default")
    folder = Path(asked.to) if asked.to else None
    if cut is not None:
        made_folder(cut, "the cases")  # told now, not after an hour of mining
    kinds = tuple(signals.SIGNALS) if folder is not None else shown  # in tables that are kept are all
    run = _runner(engine, scheduler, jobs, kept=folder is not None)
    with _place(folder) as place:
        made = _scan(wanted, place, rules, run, (kinds, shown), as_json=as_json)
        if folder is not None:
            known = summary.last(folder)
            if known is None or known.state != made.state or not page.there(folder):
                page.write(folder, page.report(folder, rules, made))
            summary.write(folder, made)
        written = cutting.write(asked, wanted, place, rules, cut, given=given, kinds=shown) if cut is not None else None
    if as_json:
        emit({"summary": row_of(made), **({"selection": cutting.row(written)} if written else {})})
    if not made.files:
        raise UserError("no log in it: give the folder in which an agent keeps its sessions", path=wanted[0])
    if len(made.unreadable) == made.files:
        first = made.unreadable[0]
        rest = f" (nor could any of the {made.files} files given)" if made.files > 1 else ""
        raise UserError(f"cannot be mined: {first.why}{rest}", path=first.file)
    if not as_json:
        print_summary(made)
        if folder is not None:
            print_rates(folder)
        if folder is not None:
            click.echo(f"tables, summary.json and report.html are in {folder}")
        if written is not None and cut is not None:
            cutting.say(written, cut)
        elif made.findings:
            click.echo(
                "next: `replay show FILE --turn N` shows one, the same command with --write FOLDER cuts all into cases"
            )
    if made.lost:
        raise PartialResultError(f"{len(made.lost)} logs were given up, {made.lost[0].file} first: {made.lost[0].why}")


def _own() -> tuple[str, ...]:
    """The places in which agents keep sessions on this machine, after they are named."""
    from replay.importers.homes import homes, told

    found = homes(os.environ, home=Path.home(), here=Path())
    if not found:
        raise UserError("no agent keeps sessions where we know of: give the folder of their logs")
    click.echo(printable(f"reading the sessions of {told(found)}"), err=True)
    return tuple(str(one.path) for one in found)


def _given(asked: Query) -> Given | None:
    if not asked.system and not asked.tools:
        return None
    from replay.prompts import book

    return book.from_files(*(Path(name) if name else None for name in (asked.system, asked.tools)))


def _runner(engine: str, scheduler: str | None, jobs: int | None, *, kept: bool) -> Runner:
    if engine == "dask":
        from replay.scale import cluster

        return cluster.runner(scheduler, workers.cores() if jobs is None else max(1, jobs))
    from replay.scale import local

    if jobs is not None:
        return local.runner(jobs)
    return local.runner(workers.cores(), alone=0 if kept else SMALL)


@contextmanager
def _place(folder: Path | None) -> Iterator[Path]:
    """The folder of the tables: the one given, or one that is gone afterwards."""
    if folder is not None:
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="replay-mine-") as temporary:
        yield Path(temporary)


def _scan(
    paths: Sequence[str],
    place: Path,
    rules: Sequence[Rule],
    run: Runner,
    signs: tuple[Sequence[str], Sequence[str]],
    *,
    as_json: bool,
) -> Summary:
    """Bring the tables up to date, showing findings as they come; the summary.

    ``signs`` are the kinds of signals to look for, and those of them to show.
    """
    from replay import scale
    from replay.cli.listing import Listing
    from replay.cli.mining import Progress
    from replay.scale import Done, Finished, Listed, Planned, summary

    kinds, shown = signs
    read = []
    with Progress() as progress:
        listing = Listing(progress.line, width=terminal_width())
        for event in scale.scan(paths, place, rules, run=run, signals=kinds, shown=shown):
            progress(event)
            match event:
                case Done():
                    read.append(event.manifest)
                case Listed():
                    several = event.transcripts > 1
                    for one in event.found:
                        if as_json:
                            emit(row(one))
                        else:
                            words, where = _first_line(one.snippet), f"{one.path}:{one.line}"
                            listing.add(
                                one.log,
                                one.turn,
                                one.rule,
                                words,
                                place=where,
                                transcript=one.transcript if several else "",
                            )
                    for sign in event.told:
                        if as_json:
                            emit(sign._asdict())
                        else:
                            owner = sign.transcript if several else ""
                            listing.add(sign.file, sign.turn, f"signal/{sign.signal}", _shown(sign), transcript=owner)
                case Finished():
                    finished = event
                case Planned() | scale.Lost():
                    pass
    return summary.brought(place, rules, finished, read)


def _shown(one: Told) -> str:
    """The words that show a signal, and the instruction that it breaks, if any."""
    quote = _first_line(one.quote)
    return f"{quote} (told in {one.where}: {_first_line(one.told)})" if one.told else quote


def row(one: Found) -> dict[str, Any]:
    """A finding as the line that ``--json`` promises."""
    return {
        "transcript": one.transcript,
        "turn": one.turn,
        "path": one.path,
        "rule": one.rule,
        "line": one.line,
        "snippet": one.snippet,
        "file": one.log,
        "session": one.session,
    }


def row_of(made: Summary) -> dict[str, Any]:
    """The summary as the object that ``--json`` promises on its last line."""
    return {name: getattr(made, name) for name in made.__struct_fields__ if name != "state"}


def _first_line(text: str) -> str:
    head, _, rest = text.partition("\n")
    return f"{head.strip()} …" if rest.strip() else head.strip()
