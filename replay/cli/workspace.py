"""``replay workspace verify``: the rebuilt files held against the truth that transcripts carry themselves."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

import click

from replay import importers
from replay import workspace as rooms
from replay.cli.common import emit, json_option, printable
from replay.errors import UserError
from replay.lookahead import verify as lookahead
from replay.records import Transcript

KINDS: tuple[str, ...] = ("exact", "partial", "unknown", "wrong")
READ_KINDS: tuple[str, ...] = ("exact", "unknown", "wrong")


@click.group()
def workspace() -> None:
    """Look at the files that transcripts let us rebuild."""


@workspace.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--reads", is_flag=True, help="Compare the answers that look-ahead would give to calls that only read.")
@json_option
@click.pass_context
def verify(context: click.Context, paths: tuple[Path, ...], reads: bool, as_json: bool) -> None:
    """Compare rebuilt before-texts with those the transcripts recorded; exits with 1 if any is wrong."""
    if reads:
        count: Callable[[Transcript], dict[str, Counter[str]]] = lookahead.verify
        kinds, what = READ_KINDS, "tool"
    else:
        count, kinds, what = rooms.verify, KINDS, "dialect"
    formats: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    total: Counter[str] = Counter()
    unreadable: list[tuple[Path, str]] = []
    for file in importers.find(paths):
        try:
            transcripts = importers.read(file)
        except UserError as error:
            unreadable.append((file, error.what))
            continue
        for transcript in transcripts:
            for dialect, counts in count(transcript).items():
                formats[transcript.source.format][dialect].update(counts)
                total.update(counts)
    if unreadable and not formats and len(unreadable) == 1:
        file, why = unreadable[0]
        raise UserError(why, path=file)
    if as_json:
        emit(
            {
                "formats": {
                    name: {dialect: {kind: counts[kind] for kind in kinds} for dialect, counts in dialects.items()}
                    for name, dialects in formats.items()
                },
                "total": {kind: total[kind] for kind in kinds},
                "unreadable": [{"file": str(file), "why": why} for file, why in unreadable],
            }
        )
    else:
        for file, why in unreadable:
            click.echo(printable(f"skipped {file}: {why}"))
        click.echo(f"{'format':20} {what:20} " + " ".join(f"{kind:>8}" for kind in kinds))
        for name, dialects in formats.items():
            for dialect, counts in dialects.items():
                click.echo(f"{name:20} {dialect:20} " + " ".join(f"{counts[kind]:8}" for kind in kinds))
        click.echo(f"{'total':41} " + " ".join(f"{total[kind]:8}" for kind in kinds))
    context.exit(1 if total["wrong"] else 0)
