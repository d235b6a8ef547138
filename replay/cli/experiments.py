"""Where the experiment lies that a verb is given."""

from __future__ import annotations

from pathlib import Path

import click

from replay import packaged
from replay.errors import UserError


def located(source: Path) -> Path:
    """The experiment as given, or the one of that name that comes with replay (outside a checkout)."""
    if source.exists():
        return source
    shipped = packaged.folder("transcripts") / source.name
    if source.parts[:-1] in {(), ("transcripts",)} and shipped.is_dir():
        click.echo(f"using the example that comes with replay: {source.name}", err=True)
        return shipped
    raise UserError("no such experiment: give a replay.yaml or a folder that has one", path=source)
