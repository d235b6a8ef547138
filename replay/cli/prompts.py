"""``replay prompts``: system prompts and tools from captures, for transcripts that lack their agent's."""

from __future__ import annotations

from pathlib import Path

import click

from replay import importers
from replay.cli.common import emit, json_option, printable
from replay.errors import UserError
from replay.prompts import book
from replay.words import plural


@click.group()
def prompts() -> None:
    """Keep the system prompts and tools of agents, and see which are kept.

    Transcripts of the same agent and version that hold none are given them by `show` and `mine --write`, marked as
    supplied.
    """


@prompts.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@json_option
def add(paths: tuple[Path, ...], as_json: bool) -> None:
    """Keep the prompt and tools that captures in PATHS show."""
    kept: dict[tuple[str, str], book.Entry] = {}
    for file in importers.find(paths):
        for transcript in importers.read(file):
            if (entry := book.add(transcript)) is not None:
                kept[entry.agent, entry.version] = entry  # a capture holds its log and the transcripts made of it
    for entry in kept.values():
        _print(entry, as_json=as_json)
    if not kept:
        raise UserError("none of these shows a system prompt, tools and the agent's version: give a capture")


@prompts.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List what is kept."""
    entries = list(book.entries())
    for entry in entries:
        _print(entry, as_json=as_json)
    if not entries and not as_json:
        click.echo("none is kept yet; next: replay prompts add CAPTURE")


def _print(entry: book.Entry, *, as_json: bool) -> None:
    system, tools = entry.setup.system or (), entry.setup.tools or ()
    row = {"agent": entry.agent, "version": entry.version, "tools": len(tools), "transcript": entry.transcript}
    if as_json:
        emit(row)
    else:
        size = sum(len(getattr(part, "text", "")) for part in system)
        told = (
            f"{plural(size, 'character')} of system prompt" if size else "no system prompt but what the messages hold"
        )
        click.echo(printable(f"{entry.agent} {entry.version}: {told}, {plural(len(tools), 'tool')}"))
