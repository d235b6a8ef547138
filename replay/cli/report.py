"""``replay report``: a run's result once more, in another format or under changed rules."""

from __future__ import annotations

from pathlib import Path

import click

from replay import experiment
from replay import report as reports
from replay.cli.common import emit, json_option
from replay.errors import UserError
from replay.records import Result
from replay.store import Run, home, run_folder


@click.command()
@click.argument("name", metavar="RUN")
@click.option("--format", "style", type=click.Choice(sorted(reports.FORMATS)), default="text", show_default=True)
@click.option("--rescore", is_flag=True, help="Judge the trials again with the rules as they are now; sends nothing.")
@json_option
def report(name: str, style: str, rescore: bool, as_json: bool) -> None:
    """Print the result of RUN: a run's folder, or its name in .replay/runs."""
    place = Path(name) if Path(name).is_dir() else run_folder(name)
    if not place.is_dir():
        known = sorted(folder.name for folder in (home() / "runs").glob("*/"))
        raise UserError(f"no run {name!r}: {'known are ' + ', '.join(known) if known else 'there is none yet'}")
    with Run.open(place, create=False) as store:
        interrupted = store.get_meta("result") is None
        result = experiment.judge(store) if rescore or interrupted else store.meta("result", Result)
    if as_json:
        emit(reports.FORMATS["json"].value(result))
    else:
        click.echo(reports.FORMATS[style].render(result), nl=False)
