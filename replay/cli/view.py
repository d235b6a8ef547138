"""``replay view``: runs in the browser, served on this machine only."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

import click

from replay.cli.common import emit, json_option, opened

if TYPE_CHECKING:
    from replay.view import Server


@click.command()
@click.argument("names", metavar="[RUN]...", nargs=-1)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Serve on this port; by default on a free one.")
@click.option("--no-browser", is_flag=True, help="Only print the address.")
@json_option
def view(names: tuple[str, ...], port: int, no_browser: bool, as_json: bool) -> None:
    """Show runs in the browser, served on 127.0.0.1 until Ctrl-C; all runs in .replay/runs by default.

    A run that is going is shown as it comes in. A finding can be labelled right or wrong there; the labels lie in the
    run's folder, and `replay rules measure --labels RUN` counts them.
    """
    from replay.view import Shelf, serve

    shelf = Shelf([_folder(name) for name in names])

    def ready(server: Server) -> None:
        if as_json:
            emit({"url": server.url, "runs": sorted(shelf.places())})
        else:
            click.echo(f"{server.url}  (Ctrl-C ends)")
        if not (no_browser or as_json):
            webbrowser.open(server.url)

    try:
        serve(shelf, port, ready)
    except KeyboardInterrupt:
        click.echo("ended", err=True)


def _folder(name: str) -> Path:
    with opened(name) as run:
        return run.path
