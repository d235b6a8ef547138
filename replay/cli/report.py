"""``replay report``: a run's result once more, in another format or under changed rules."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from replay import report as reports
from replay.cli.common import emit, json_option, opened
from replay.errors import UserError
from replay.records import Result
from replay.store import Run

FOR_FILES = frozenset({"html"})


@click.command()
@click.argument("name", metavar="RUN")
@click.option("--format", "style", type=click.Choice(reports.STYLES), help="By default text, or as FILE is called.")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write it to FILE.")
@click.option("--rescore", is_flag=True, help="Judge the trials again with the rules as they are now; sends nothing.")
@json_option
def report(name: str, style: str | None, output: Path | None, rescore: bool, as_json: bool) -> None:
    """Print the result of RUN: a run's folder, or its name in .replay/runs.

    html is one page with every trial, its code and its findings; it needs nothing else and asks nothing of anybody.
    """
    wanted = style or ("json" if as_json else asked(output) if output else "text")
    from replay import experiment

    with opened(name) as store:
        interrupted = store.get_meta("result") is None
        result = experiment.judge(store) if rescore or interrupted else store.meta("result", Result)
        if output is not None:
            click.echo(written(output, wanted, store, result), err=True)
        elif as_json:
            emit(reports.FORMATS["json"].value(result))
        elif wanted in FOR_FILES and sys.stdout.isatty():
            raise UserError(f"{wanted} is nothing to read in a terminal: add -o FILE")
        else:
            click.echo(reports.render(wanted, store, result), nl=False)


def asked(output: Path) -> str:
    """The style that the name of the file asks for. Raises UserError where it asks for none, or has no folder."""
    if not output.parent.is_dir():
        raise UserError("no such folder: make it, or name another file", path=output.parent)
    if (style := reports.SUFFIXES.get(output.suffix.lower())) is None:
        raise UserError(
            f"which format? Give --format, or a name that ends in {', '.join(reports.SUFFIXES)}", path=output
        )
    return style


def written(output: Path, style: str, run: Run, result: Result) -> str:
    """Write the report to the file; what to say of it."""
    text = reports.render(style, run, result).encode()
    try:
        output.write_bytes(text)
    except OSError as error:
        raise UserError(f"cannot be written ({error.strerror})", path=output) from error
    return f"wrote {output} ({len(text) / 1e6:.1f} MB)" if len(text) > 100_000 else f"wrote {output}"
