"""The experiment that a verb is given: where it lies, and the options that change it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from replay import config, packaged
from replay.cli.common import profile_option
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


def experiment_options(command: Callable[..., None]) -> Callable[..., None]:
    """The argument EXPERIMENT and the options that change it.

    The command is given them as ``source``, the path as it was typed, and ``wanted``, the experiment so changed; and
    the run's ``folder``, where one is named.
    """

    @functools.wraps(command)
    def collected(source: Path, profile: Any, prices_file: Path | None, arms: tuple[str, ...], **options: Any) -> None:  # noqa: ANN401 - click's
        told = {name: options.pop(name) for name in ("model", "draws", "concurrency")}
        found = config.load(located(source))
        wanted = config.override(found, **told, arms=arms or None, profile=profile, prices=prices_file)
        command(source=source, wanted=wanted, **options)

    for option in reversed(
        (
            click.argument("source", metavar="EXPERIMENT", type=click.Path(path_type=Path), default=Path()),
            click.option("--model", help="Use this model for every arm: anthropic/NAME or openai/NAME."),
            click.option("--draws", type=click.IntRange(1), help="Completions of each case under each arm."),
            click.option("--concurrency", type=click.IntRange(1), help="Requests under way at once."),
            click.option(
                "--arm", "arms", multiple=True, help="Only these arms (the baseline always); may be repeated."
            ),
            click.option(
                "--run",
                "folder",
                type=click.Path(path_type=Path),
                help="The run's folder; .replay/runs/NAME by default.",
            ),
            profile_option,
            click.option(
                "--prices",
                "prices_file",
                type=click.Path(path_type=Path),
                envvar="REPLAY_PRICES",
                help="Your own prices; .replay/prices.yaml by default.",
            ),
        )
    ):
        collected = option(collected)
    return collected
