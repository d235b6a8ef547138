"""``replay mine``: the turns of recorded sessions whose code introduces a finding."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from replay import cases
from replay.cli.common import chosen, console, emit, json_option, packs_option, printable, rules_option
from replay.errors import UserError

DEFAULT = Path("~/.claude/projects")
SHOWN = 5  # unreadable files named on a terminal before the rest is only counted


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--write", "folder", type=click.Path(path_type=Path), help="Cut the hits into cases in this folder.")
@rules_option
@packs_option
@json_option
def mine(
    paths: tuple[Path, ...], folder: Path | None, selectors: tuple[str, ...], packs: tuple[Path, ...], as_json: bool
) -> None:
    """List the turns whose code introduces a finding.

    PATHS are transcripts or folders of them; ~/.claude/projects where none is given. With --write, each session is cut
    just before the first turn that introduces each rule, secrets redacted, and kept as a case set for `replay run`.
    """
    wanted = paths or (DEFAULT.expanduser(),)
    for path in wanted:
        if not path.exists():
            raise UserError("no such file or folder", path=path)
    rules = chosen(packs, selectors)
    tally = cases.Mined()
    hits: list[cases.Hit] = []
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.fields[files]} files, {task.fields[hits]} findings  {task.description}"),
        TimeElapsedColumn(),
        console=console(stderr=True),
        transient=True,
    ) as progress:
        task = progress.add_task("", total=None, files=0, hits=0)
        found = cases.mine(
            wanted,
            rules,
            tally=tally,
            on_file=lambda file: progress.update(
                task, description=escape(file.name[-60:]), files=tally.files, hits=len(hits)
            ),
        )
        for hit in found:
            if folder is not None:
                hits.append(hit)
            if as_json:
                emit(row(hit))
            else:
                finding = hit.finding
                place = f"{hit.file}:turn {hit.turn}: {finding.path}:{finding.line}"
                click.echo(printable(f"{place}: {finding.rule}: {_first_line(finding.text)}"))
    if tally.files and len(tally.unreadable) == tally.files:
        file, why = tally.unreadable[0]
        raise UserError(f"{why} (and none of the {tally.files} files given could be read)", path=file)
    written = cases.write(hits, folder, rules=selectors) if folder is not None else []
    if as_json:
        emit({"summary": summary(tally)})
    else:
        _print_summary(tally)
        if folder is not None:
            click.echo(
                f"{len(written)} cases written; look at one: replay show {folder}/{written[0].id}"
                if written
                else "no finding, so no case was written"
            )
        elif tally.findings:
            click.echo("next: replay mine … --write DIR cuts these into cases")


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
    for why, count in tally.dropped.most_common():
        click.echo(printable(f"rows left out: {count} × {why}"))
    for rule, count in tally.findings.most_common():
        click.echo(f"{count:6} {rule}")
    if not tally.findings:
        click.echo("no finding")


def _first_line(text: str) -> str:
    head, _, rest = text.partition("\n")
    return f"{head.strip()} …" if rest.strip() else head.strip()
