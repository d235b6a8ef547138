"""``replay report``: a run's result once more, in another format or under changed rules."""

from __future__ import annotations

import click

from replay import experiment
from replay import report as reports
from replay.cli.common import emit, json_option, opened
from replay.records import Result


@click.command()
@click.argument("name", metavar="RUN")
@click.option("--format", "style", type=click.Choice(reports.STYLES), default="text", show_default=True)
@click.option("--rescore", is_flag=True, help="Judge the trials again with the rules as they are now; sends nothing.")
@json_option
def report(name: str, style: str, rescore: bool, as_json: bool) -> None:
    """Print the result of RUN: a run's folder, or its name in .replay/runs."""
    with opened(name) as store:
        interrupted = store.get_meta("result") is None
        result = experiment.judge(store) if rescore or interrupted else store.meta("result", Result)
        if as_json:
            emit(reports.FORMATS["json"].value(result))
        else:
            click.echo(reports.render(style, store, result), nl=False)
