"""``replay capture``: an agent run behind a recording proxy, its requests kept exactly as they were sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click

from replay.errors import UserError
from replay.store import home
from replay.words import plural

NOTHING = "nothing came through the proxy: does the agent read its base URL? See docs/capture.md"
REFUSED = "no request to a model was answered: `status`, `response` and `error` of each are in"


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
@click.option(
    "--upstream",
    "upstream",
    multiple=True,
    metavar="[NAME=]URL",
    help="Forward to this API; by default to where the agent's own configuration says, else to the provider each "
    "request speaks to. With NAME (anthropic, openai, or a provider that the configuration of opencode or Codex "
    "names) only what goes to that one. Repeatable.",
)
@click.option("--to", "folder", type=click.Path(path_type=Path), help="Where to keep it [.replay/captures/TIME].")
@click.option("--serve", "port", type=click.IntRange(0, 65535), help="Run no command: serve on this port until Ctrl-C.")
@click.pass_context
def capture(
    context: click.Context, command: tuple[str, ...], upstream: tuple[str, ...], folder: Path | None, port: int | None
) -> None:
    """Run COMMAND, an agent, behind a recording proxy on 127.0.0.1.

    Requests pass unchanged; keys and auth headers are never written, and secrets in bodies are redacted before they
    touch the disk. At the end the conversations lie in DIR/transcripts, side calls (titles, sub-agents) in DIR/side.
    Exits as COMMAND does.
    """
    from replay import capture as recording

    if bool(command) == (port is not None):
        raise UserError("give a command after `--`, or --serve PORT, and not both")
    upstreams = recording.given(upstream)
    place = folder or home() / "captures" / datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    if (place / recording.LOG).exists():
        raise UserError("holds a capture already: give another folder with --to", path=place)
    if port is None:
        session = recording.conduct(command, place, upstreams=upstreams)
    else:
        session = recording.keep_serving(port, place, upstreams=upstreams, ready=partial(_announced, upstreams))
    made = recording.transcripts(session.log)
    told = plural(session.exchanges, "exchange")
    if made.main:
        told += f", {plural(len(made.main), 'transcript')} in {place / recording.MAIN}"
    if made.side:
        told += f", {plural(len(made.side), 'side conversation')} in {place / recording.SIDE}"
    refused = f"{REFUSED} {session.log}" if session.exchanges else NOTHING
    after = f"next: replay mine {place / recording.MAIN}" if made.main else None if made.side else refused
    click.echo("; ".join([told, *([after] if after else [])]), err=True)
    context.exit(session.code)


def _announced(upstreams: Mapping[str, str], port: int) -> None:
    from replay.capture import address

    base = address(port)
    click.echo(f"ANTHROPIC_BASE_URL={base} OPENAI_BASE_URL={base}/v1  (Ctrl-C ends)", err=True)
    for name in sorted(set(upstreams) - {"", "anthropic", "openai"}):
        click.echo(f"{name}: {address(port, name)} stands for {upstreams[name]}", err=True)
