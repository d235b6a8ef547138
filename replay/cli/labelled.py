"""What ``replay rules measure --labels`` prints: the precision of rules as people labelled their findings."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

import click

from replay import labels
from replay import measure as measuring
from replay.cli.common import emit, opened, printable
from replay.errors import UserError
from replay.records import Label


def print_labelled(runs: Sequence[str], selectors: Sequence[str], *, as_json: bool) -> None:
    """A line a rule over all ``runs``. Raises UserError where none of their findings has a label."""
    found: list[Label] = []
    for name in runs:
        with opened(name) as run:
            found += labels.current(run.path)
    chosen = [one for one in found if not selectors or any(fnmatchcase(one.rule, glob) for glob in selectors)]
    if not chosen:
        raise UserError(
            f"no finding of {', '.join(selectors) or 'any rule'} has a label in {', '.join(runs)}: "
            "give some with `replay view`"
        )
    for row in measuring.labelled(chosen):
        if as_json:
            emit(row._asdict())
        else:
            share = f"precision {row.precision:.3f} ({row.low:.3f}-{row.high:.3f})"
            click.echo(printable(f"{row.rule:36} {share:31} right {row.right} wrong {row.wrong}"))
