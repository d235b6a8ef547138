"""``replay batches``: what lies in batches at a provider, and how to give it up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import click

from replay import sample
from replay.cli.common import emit, json_option
from replay.errors import UserError
from replay.sample import Entrusted, Ledger
from replay.store import home


@click.command()
@click.option("--cancel", "doomed", multiple=True, metavar="ID", help="Give up this batch, or `all`; may be repeated.")
@click.option("--all", "everything", is_flag=True, help="Also those that are done with.")
@json_option
def batches(doomed: tuple[str, ...], everything: bool, as_json: bool) -> None:
    """List the batches that `replay run --batch` left with a provider.

    `replay run --batch` collects them: nothing here needs to be done. What a batch has done before it is canceled is
    paid for, and collected by the next run.
    """
    cache = home() / "cache.sqlite"
    if not cache.with_name("batches.sqlite").is_file():
        found: list[Entrusted] = []
    else:
        with Ledger.beside(cache) as ledger:
            found = ledger.all_batches()
    for one in _chosen(found, doomed):
        sample.cancel(one)
        click.echo(f"canceled {one.id}; `replay run --batch` collects what it has done", err=True)
    shown = [one for one in found if everything or one.state == "open"]
    if as_json:
        emit([_row(one) for one in shown])
        return
    for one in shown:
        made = datetime.fromtimestamp(one.created, UTC).isoformat(timespec="seconds")
        click.echo(
            f"{one.id or 'not known to have arrived'}  {one.model}  {len(one.keys)} requests  {made}  {one.state}"
        )
    if not shown:
        click.echo("no batch is under way")


def _chosen(found: Sequence[Entrusted], doomed: Sequence[str]) -> list[Entrusted]:
    open_ = [one for one in found if one.state == "open" and one.id is not None]
    if "all" in doomed:
        return open_
    known = {one.id: one for one in open_}
    for name in doomed:
        if name not in known:
            raise UserError(f"no batch {name!r} is under way: there are {', '.join(filter(None, known)) or 'none'}")
    return [known[name] for name in doomed]


def _row(one: Entrusted) -> dict[str, object]:
    fields = one._asdict()
    return {**fields, "keys": len(one.keys)}
