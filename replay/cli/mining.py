"""What ``replay mine`` shows: how far it is, and what it came to."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import click
import rich.progress
from rich.table import Table
from rich.text import Text

from replay.cli.common import console, printable, say
from replay.records import decode
from replay.scale import Done, Finished, Listed, Lost, Planned
from replay.scale.page import RATES, by_rule, interval, number
from replay.scale.rates import ALL, Frequency, chosen
from replay.scale.summary import Summary
from replay.words import plural

SHOWN = 5  # files left out that are named on a terminal before the rest is only counted
RULES = 15
ROWS = 6
SECONDS_BETWEEN_LINES = 10.0


class Progress:
    """A bar with rate and time left where stderr is a terminal, a line now and then elsewhere."""

    def __init__(self) -> None:
        self._began = self._last = time.monotonic()
        self._size = self._done = self._found = 0
        self._bar: rich.progress.Progress | None = None
        self._task = rich.progress.TaskID(0)

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self._bar = rich.progress.Progress(
                rich.progress.TextColumn("{task.description}"),
                rich.progress.BarColumn(),
                rich.progress.DownloadColumn(),
                rich.progress.TransferSpeedColumn(),
                rich.progress.TimeRemainingColumn(),
                console=console(stderr=not sys.stdout.isatty()),
                transient=True,
                auto_refresh=False,  # by a thread, with which workers could not be forked
            )
            self._bar.start()
            self._task = self._bar.add_task("looking for logs", total=None)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, event: Planned | Done | Listed | Lost | Finished) -> None:
        """Show that ``event`` happened."""
        match event:
            case Planned():
                self._size = event.size
                if self._bar is not None:
                    self._bar.update(self._task, total=event.size, description=self._words(), refresh=True)
            case Done():
                self._done += event.size
                self._found += event.findings
                self._moved()
            case Lost():
                click.echo(printable(f"replay: given up: {event.log.name}: {event.why}"), err=True)
            case Listed() | Finished():
                pass

    def _moved(self) -> None:
        if self._bar is not None:
            self._bar.update(self._task, completed=min(self._done, self._size), description=self._words(), refresh=True)
        elif (now := time.monotonic()) - self._last >= SECONDS_BETWEEN_LINES:
            self._last = now
            rate = self._done / (now - self._began)
            left = (self._size - self._done) / rate
            sizes = f"{self._done / 1e6:,.0f} of {self._size / 1e6:,.0f} MB"
            click.echo(f"{sizes}, {rate / 1e6:.1f} MB/s, {max(0.0, left):.0f} s left, {self._words()}", err=True)

    def _words(self) -> str:
        return f"{self._found:,} findings"

    def line(self, text: str) -> None:
        """A line on standard output, above the bar."""
        if self._bar is not None and sys.stdout.isatty():
            self._bar.console.print(Text(text), soft_wrap=True)
        else:
            click.echo(text)


def print_summary(made: Summary) -> None:
    """The counts, what was left out, and the findings by rule."""
    click.echo()
    say(
        f"{plural(made.files, 'file')}, {plural(made.transcripts, 'transcript')}, {plural(made.turns, 'turn')} with "
        f"{plural(made.changes, 'change')}: {made.judged} judged, {made.unknown} unknown (file not known well enough), "
        f"{plural(made.failed, 'failed edit')}, {made.uncovered} in languages without a rule"
    )
    for one in made.unreadable[:SHOWN]:
        say(printable(f"skipped {one.file}: {one.why}"))
    if len(made.unreadable) > SHOWN:
        click.echo(f"skipped {plural(len(made.unreadable) - SHOWN, 'more file')} (--json names all)")
    if made.dropped:
        most = ", ".join(f"{count} {why}" for why, count in list(made.dropped.items())[:3])
        rows = plural(sum(made.dropped.values()), "row")
        say(printable(f"{rows} without a message (most: {most}; --json has all)"))
    rate = made.read_bytes / 1e6 / made.elapsed if made.elapsed else 0.0
    size = f"{made.read_bytes / 1e6:.1f} MB in {made.elapsed:.1f} s ({rate:.1f} MB/s)"
    read = f"read {plural(made.read_files, 'file')}, {size}"
    kept = made.files - made.read_files - len(made.lost)
    click.echo(f"{read}; {kept} had not changed" if kept > 0 else read)
    for rule, count in made.findings.items():
        click.echo(f"{count:6} {rule}")
    if not made.findings:
        click.echo("no finding")
    for kind, count in made.signals.items():
        click.echo(f"{count:6} signal/{kind}")


def print_rates(folder: Path) -> None:
    """The rates that were written to ``folder``: by rule, and of any rule by what turns have in common."""
    rates = decode((folder / RATES).read_bytes(), tuple[Frequency, ...])
    table = Table(box=None, pad_edge=False, title_justify="left")
    for name, justify in (("per 100 code-writing turns", "left"), ("rate", "right"), ("95 % interval", "left")):
        table.add_column(name, justify="right" if justify == "right" else "left")
    for name in ("with finding", "turns", "sessions"):
        table.add_column(name, justify="right")
    rows = [("any rule" if one.rule == ALL else one.rule, one) for one in by_rule(rates)[: RULES + 1]]
    for by in ("agent", "model", "language", "week"):
        found = chosen(rates, by, rule=ALL)
        rows += [(f"{by} {one.value}", one) for one in (found[-ROWS:] if by == "week" else found[:ROWS])]
    for name, one in rows:
        counts = (str(one.hits), str(one.turns), str(one.sessions))
        table.add_row(Text(printable(name)), number(one), interval(one), *counts)
    click.echo()
    console().print(table)
