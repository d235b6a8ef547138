"""The result for a terminal: tables, what was left out, the verdict last."""

from __future__ import annotations

import io
import os
import shutil
import sys

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from replay.records import Result
from replay.report import content
from replay.report.content import Grid

STYLES = {"removed": "bold green", "reduced": "green", "worse": "bold red"}
DIFF_LINES = 30
PIPE_WIDTH = 120


def render(result: Result, *, width: int | None = None, color: bool | None = None) -> str:
    """The report, ending in a newline; the last line is the next command.

    ``width`` defaults to the terminal's (120 columns in a pipe), ``color`` to whether standard output is a terminal and
    ``NO_COLOR`` is not set. Control characters in names and sentences become U+FFFD.
    """
    if width is None:
        width = columns()
    if color is None:
        color = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=color,
        color_system="standard" if color else None,
        no_color=not color,
        highlight=False,
        legacy_windows=False,
    )
    _write(console, result, width)
    assert isinstance(console.file, io.StringIO)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines()) + "\n"


def columns() -> int:
    """How wide sentences run: as the terminal, 120 columns in a pipe, never under 60."""
    return max(60, shutil.get_terminal_size((PIPE_WIDTH, 24)).columns)


def _write(console: Console, result: Result, width: int) -> None:
    console.print(_text(content.headline(result), "bold"))
    console.print(_text(content.models(result)))
    if line := content.fidelity(result):
        console.print(_text(line))
    for arm, diff in result.edits.items():
        if diff:
            console.print()
            console.print(_text(f"what {arm} changes in the prompt:", "bold"))
            _diff(console, diff)
    for selector in result.rules:
        console.print()
        primary = selector == result.rules[0]
        console.print(_text(f"{selector}{'' if primary else ' (screened only)'}", "bold"))
        console.print(_fitting(width, *(content.arms(result, selector, merge=merge) for merge in (False, True))))
        if primary:
            _compared(console, result, primary=True)
    _compared(console, result, primary=False)
    _list(console, "left out, and why", result.left_out)
    _list(console, "what must not get worse", tuple(content.guards(result)))
    _list(console, "stopping", result.stopping)
    _list(console, "to send the prefixes", tuple(content.notes(result)))
    _list(console, "used, over all of this run", tuple(content.usage(result)))
    if line := content.noise(result):
        console.print()
        console.print(_text(line))
    if result.partial:
        console.print()
        console.print(_text("partial: some trials are missing or ended in errors", "yellow"))
    _verdicts(console, result, primary=False)
    _verdicts(console, result, primary=True)
    console.print()
    console.print(_text(f"next: {content.next_command(result)}"), soft_wrap=True)


def _compared(console: Console, result: Result, *, primary: bool) -> None:
    grids = [content.comparisons(result, primary=primary, merge=merge) for merge in (False, True)]
    if found := [grid for grid in grids if grid]:
        console.print()
        console.print(_fitting(console.width, *found))


def _verdicts(console: Console, result: Result, *, primary: bool) -> None:
    for one, sentence in content.sentences(result, primary=primary):
        console.print()
        lead = f"{one.arm} against {one.baseline}" if primary else f"{one.arm} on {one.rule}"
        line = _text(f"{lead}: ", "bold")
        line.append(_safe(sentence), STYLES.get(one.verdict, ""))
        console.print(line)


def _list(console: Console, title: str, lines: tuple[str, ...]) -> None:
    if lines:
        console.print()
        console.print(_text(title, "bold"))
        for line in lines:
            console.print(Padding(_text(line), (0, 0, 0, 2)))


def _diff(console: Console, diff: str) -> None:
    lines = diff.splitlines()
    for line in lines[:DIFF_LINES]:
        style = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")
        console.print(Padding(_text(line, style), (0, 0, 0, 2)))
    if len(lines) > DIFF_LINES:
        console.print(_text(f"  … and {len(lines) - DIFF_LINES} more lines: see --format markdown"))


def _table(grid: Grid) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    for index, name in enumerate(grid.header):
        table.add_column(_text(name), justify="left" if index in grid.left else "right", overflow="fold")
    for row in grid.rows:
        table.add_row(*map(_text, row))
    return table


def _fitting(width: int, *grids: Grid) -> Table:
    return _table(next((grid for grid in grids if _width(grid) <= width), grids[-1]))


def _width(grid: Grid) -> int:
    columns = zip(grid.header, *grid.rows, strict=True)
    return sum(max(map(len, column)) + 2 for column in columns)


def _text(words: str, style: str = "") -> Text:
    return Text(_safe(words), style=style)


def _safe(words: str) -> str:
    return "".join(char if char.isprintable() else " " if char in "\n\t" else "\ufffd" for char in words)
