"""Options and output that several verbs share."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from replay.records import PROFILES, Rule
from replay.store import Run, named_run

if TYPE_CHECKING:
    from rich.console import Console

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
packs_option = click.option(
    "--pack",
    "packs",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Also load the rules in this folder; a predicate in it is code that is run.",
)
system_option = click.option(
    "--system", type=click.Path(path_type=Path), metavar="FILE", help="The system prompt, where a transcript lacks it."
)
tools_option = click.option(
    "--tools", type=click.Path(path_type=Path), metavar="FILE", help="Tool definitions (JSON), where it lacks them."
)
rules_option = click.option(
    "--rule", "selectors", multiple=True, metavar="GLOB", help="Use only rules whose id matches; may be repeated."
)
profile_option = click.option(
    "--profile",
    type=click.Choice(PROFILES),
    help="Which rules a glob means: strict adds those that many teams break on purpose.",
)


def console(*, stderr: bool = False) -> Console:
    """Where text goes: coloured on a terminal, plain and wide when piped (tables must not be cut for grep)."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, soft_wrap=True, highlight=False, width=None if stream.isatty() else 160)


def terminal_width() -> int | None:
    """The columns of the terminal that text goes to; None where it goes elsewhere, and must be whole."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def say(text: str) -> None:
    """A sentence on standard output, wrapped on a terminal as wide as that is."""
    width = terminal_width()
    click.echo(text if width is None else textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False))


def emit(value: object) -> None:
    """One JSON value on a line of its own; bytes of file names that are not UTF-8 come as escaped surrogates."""
    try:
        line = msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        line = json.dumps(msgspec.to_builtins(value))
    click.echo(line)


def printable(text: str, *, keep: str = "") -> str:
    """Text of a transcript made safe for a terminal: control characters not in ``keep`` become U+FFFD."""
    return "".join(char if char.isprintable() or char in keep else "\ufffd" for char in text)


def opened(name: str) -> Run:
    """The run called ``name``: a run's folder, or its name in .replay/runs. Raises UserError naming the known ones."""
    return Run.open(named_run(name), create=False)


def chosen(packs: tuple[Path, ...], selectors: tuple[str, ...], *, profile: str = "strict") -> tuple[Rule, ...]:
    """The rules of the built-in and given packs that ``selectors`` name, all where none is given.

    ``profile`` bounds what globs mean; a full id means its rule in any.
    """
    from replay import rules as rulebook

    found = rulebook.load(list(packs), select=selectors or ("*",), run_code=True)
    return rulebook.of_profile(found, profile, named=selectors)
