"""``replay import``: logs of any known format into one folder, with a ledger a file."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from glob import glob, has_magic
from pathlib import Path

import click

from replay.cli.common import emit, json_option, printable
from replay.errors import UserError
from replay.library import Entry, Library, watch
from replay.store import home
from replay.words import plural


@click.command("import")
@click.argument("paths", nargs=-1, required=True)
@click.option("--to", "folder", type=click.Path(path_type=Path), help="Where to keep them [.replay/transcripts].")
@click.option("--watch", "keep_up", is_flag=True, help="Go on: import files that appear or grow, until Ctrl-C.")
@json_option
@click.pass_context
def import_(context: click.Context, paths: tuple[str, ...], folder: Path | None, keep_up: bool, as_json: bool) -> None:
    """Read transcripts of any known format and keep them, redacted, in replay's own form.

    PATHS are files, folders, globs, or `-` for standard input. What was kept, dropped or found missing is said
    for each file. Importing twice changes nothing. Exits with 2 if no file could be read.
    """
    library = Library(folder or home() / "transcripts")
    read = failed = 0
    with _standard_input(paths) as piped:
        wanted = [*_expanded(path for path in paths if path != "-"), *piped]
        entries = watch(wanted, library) if keep_up else map(library.bring, library.sources(wanted))
        for entry in entries:
            read += entry.error is None
            failed += entry.error is not None
            if as_json:
                emit(entry)
            else:
                click.echo(printable(_line(entry)))
    if not read and not failed:
        raise UserError("no file to import: give the folder in which an agent keeps its sessions", path=wanted[0])
    if not as_json:
        passed = len(library.repositories)
        told = f"{plural(read, 'file')} imported to {library.path}, {failed} not"
        told += f", {plural(passed, 'git folder')} not entered" if passed else ""
        click.echo(told + (f"; next: replay mine {library.path}" if read else ""))
    context.exit(0 if read else 2)


def _line(entry: Entry) -> str:
    if entry.error is not None:
        return f"{entry.file}: not imported: {entry.error}"
    said = [
        f"{entry.file}: {entry.format}, {entry.status}, {entry.fidelity}: "
        f"{plural(len(entry.transcripts), 'transcript')}",
        plural(entry.messages, "message"),
        f"{entry.results} of {plural(entry.calls, 'call')} with results",
        plural(entry.edits, "edit"),
    ]
    said += [f"dropped {count} × {why}" for why, count in entry.dropped.items()]
    if entry.missing:
        said.append(f"missing: {', '.join(entry.missing)}")
    said += [f"{count} {word}" for word, count in (("repaired", entry.repaired), ("redacted", entry.redacted)) if count]
    return "; ".join(said)


def _expanded(paths: Iterator[str]) -> Iterator[Path]:
    for path in paths:
        if has_magic(path) and not Path(path).exists():
            matches = sorted(glob(path, recursive=True))  # noqa: PTH207 - patterns may be absolute
            if not matches:
                raise UserError("the pattern matches no file", path=path)
            yield from map(Path, matches)
        else:
            yield Path(path)


@contextmanager
def _standard_input(paths: tuple[str, ...]) -> Iterator[list[Path]]:
    """Standard input as a file, where `-` asks for it."""
    if "-" not in paths:
        yield []
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "stdin")
        with file.open("wb") as sink:
            while block := sys.stdin.buffer.read(1 << 20):
                sink.write(block)
        yield [file]
