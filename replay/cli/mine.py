"""``replay mine``: the turns of recorded sessions whose code introduces a finding."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from replay import cases
from replay.cli.common import (
    chosen,
    console,
    emit,
    json_option,
    packs_option,
    printable,
    profile_option,
    rules_option,
    system_option,
    tools_option,
)
from replay.errors import UserError
from replay.prompts import book

DEFAULT = Path("~/.claude/projects")
SHOWN = 5  # unreadable files named on a terminal before the rest is only counted


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--write", "folder", type=click.Path(path_type=Path), help="Cut the hits into cases in this folder.")
@rules_option
@packs_option
@profile_option
@system_option
@tools_option
@json_option
def mine(
    paths: tuple[Path, ...],
    folder: Path | None,
    selectors: tuple[str, ...],
    packs: tuple[Path, ...],
    profile: str | None,
    system: Path | None,
    tools: Path | None,
    as_json: bool,
) -> None:
    """List the turns whose code introduces a finding.

    PATHS are transcripts or folders of them; ~/.claude/projects where none is given. With --write, each session is cut
    just before the first turn that introduces each rule, secrets redacted, and kept as a case set for `replay run`; a
    system prompt and tools that it lacks are supplied from the files given or from `replay prompts`, and marked so.
    """
    given = book.from_files(system, tools) if system or tools else None
    wanted = paths or (DEFAULT.expanduser(),)
    for path in wanted:
        if not path.exists():
            raise UserError("no such file or folder", path=path)
    rules = chosen(packs, selectors, profile=profile or "default")
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)  # told now, not after an hour of mining
    tally = cases.Mined()
    hits: list[cases.Hit] = []
    waiting: list[str] = []  # a line printed under a live progress bar would tear it
    with _progress(tally) as on_file:
        for hit in cases.mine(wanted, rules, tally=tally, on_file=on_file):
            if folder is not None:
                hits.append(hit)
            if as_json:
                emit(row(hit))
            elif sys.stderr.isatty() and sys.stdout.isatty():
                waiting.append(_line(hit))
            else:
                click.echo(_line(hit))
    for line in waiting:
        click.echo(line)
    filled = {hit.transcript.id: hit.transcript for hit in hits}
    filled = {key: book.filled(transcript, given) for key, transcript in filled.items()}
    hits = [replace(hit, transcript=filled[hit.transcript.id]) for hit in hits]
    written = cases.write(hits, folder, rules=selectors) if folder is not None else []
    if as_json:
        emit({"summary": summary(tally)})
    if tally.files and len(tally.unreadable) == tally.files:
        file, why = tally.unreadable[0]
        rest = f" (nor could any of the {tally.files} files given)" if tally.files > 1 else ""
        raise UserError(f"cannot be mined: {why}{rest}", path=file)
    if not as_json:
        _print_summary(tally)
        if written:
            click.echo(f"{len(written)} cases written; look at one: replay show {folder}/{written[0].id}")
            click.echo(f"then say what to try in {folder}/replay.yaml, and: replay run {folder}")
        elif folder is not None:
            click.echo("no finding, so no case was written")
        elif tally.findings:
            click.echo("next: the same command with --write FOLDER cuts these into cases")


@contextmanager
def _progress(tally: cases.Mined) -> Iterator[Callable[[Path], None]]:
    """What to call for each file: a live line where stderr is a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.fields[files]} files, {task.fields[hits]} findings  {task.description}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None, files=0, hits=0)
        yield lambda file: progress.update(
            task, description=escape(printable(file.name[-40:])), files=tally.files, hits=tally.findings.total()
        )


def _line(hit: cases.Hit) -> str:
    finding = hit.finding
    place = f"{hit.file}:turn {hit.turn}: {finding.path}:{finding.line}"
    return printable(f"{place}: {finding.rule}: {_first_line(finding.text)}")


def row(hit: cases.Hit) -> dict[str, Any]:
    """A hit as the line that ``--json`` promises."""
    return {
        "transcript": hit.transcript.id,
        "turn": hit.turn,
        "path": hit.finding.path,
        "rule": hit.finding.rule,
        "line": hit.finding.line,
        "snippet": hit.finding.text,
        "file": str(hit.file),
        "session": hit.transcript.source.session,
    }


def summary(tally: cases.Mined) -> dict[str, Any]:
    """The tally as the object that ``--json`` promises on its last line."""
    return {
        "files": tally.files,
        "unreadable": [{"file": str(file), "why": why} for file, why in tally.unreadable],
        "transcripts": tally.transcripts,
        "turns": tally.turns,
        "changes": tally.changes,
        "judged": tally.judged,
        "unknown": tally.unknown,
        "failed": tally.failed,
        "uncovered": tally.uncovered,
        "dropped": dict(tally.dropped.most_common()),
        "findings": dict(tally.findings.most_common()),
    }


def _print_summary(tally: cases.Mined) -> None:
    click.echo(
        f"\n{tally.files} files, {tally.transcripts} transcripts, {tally.turns} turns with {tally.changes} changes: "
        f"{tally.judged} judged, {tally.unknown} unknown (file not known well enough), {tally.failed} failed edits, "
        f"{tally.uncovered} in languages without a rule"
    )
    for file, why in tally.unreadable[:SHOWN]:
        click.echo(printable(f"skipped {file}: {why}"))
    if len(tally.unreadable) > SHOWN:
        click.echo(f"skipped {len(tally.unreadable) - SHOWN} more files (--json names all)")
    if tally.dropped:
        most = ", ".join(f"{count} {why}" for why, count in tally.dropped.most_common(3))
        click.echo(printable(f"{tally.dropped.total()} rows hold no message (most: {most}; --json has all)"))
    for rule, count in tally.findings.most_common():
        click.echo(f"{count:6} {rule}")
    if not tally.findings:
        click.echo("no finding")


def _first_line(text: str) -> str:
    head, _, rest = text.partition("\n")
    return f"{head.strip()} …" if rest.strip() else head.strip()
