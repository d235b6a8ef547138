"""``replay cache``: what answers are kept, and what becomes of them."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import click

from replay import answers
from replay.cli.common import emit, json_option, printable
from replay.errors import UserError
from replay.store import Cache, home
from replay.words import plural

T = TypeVar("T")
SHOWN = 20
model_option = click.option("--model", metavar="GLOB", help="Only answers of models like this, e.g. 'anthropic/*'.")


def _with(read: Callable[[str], T]) -> Callable[[click.Context, click.Parameter, str | None], T | None]:
    """A callback that reads an option's word with ``read``; what that raises as ValueError is the complaint."""

    def parse(context: click.Context, parameter: click.Parameter, word: str | None) -> T | None:
        try:
            return None if word is None else read(word)
        except ValueError as error:
            raise click.BadParameter(str(error), context, parameter) from error

    return parse


@click.group()
def cache() -> None:
    """Look after the answers that are kept, so that no request is paid for twice.

    They lie in .replay/cache.sqlite (or REPLAY_HOME), by the SHA-256 of the request. Runs keep their own copy of what
    they use: to remove an answer here loses no result, but the next run that asks the same pays again.
    """


@cache.command()
@click.option("--check", is_flag=True, help="Read all of it, and say what is damaged.")
@json_option
def stats(check: bool, as_json: bool) -> None:
    """How many answers there are, of which models, how old and how large."""
    file = _file()
    if not file.is_file():
        value: dict[str, object] = {"answers": 0, "bytes": 0, "oldest": None, "newest": None, "models": {}}
        damaged: list[str] = []
    else:
        with Cache.open(file) as store:
            value, damaged = store.stats(), answers.damage(store) if check else []
    on_disk = sum(one.stat().st_size for one in file.parent.glob(file.name + "*") if one.is_file())
    value |= {"file": str(file), "file_bytes": on_disk} | ({"damage": damaged} if check else {})
    if as_json:
        emit(value)
    else:
        _print_stats(value)
    if damaged:
        told = "; ".join(damaged[:3]) + (f"; and {len(damaged) - 3} more" if len(damaged) > 3 else "")
        raise UserError(f"damaged: {told}", path=file)
    if check and not as_json:
        click.echo("all of it can be read")


def _print_stats(value: dict[str, object]) -> None:
    models = value["models"]
    assert isinstance(models, dict)
    click.echo(f"{value['file']}: {value['answers']:,} answers, {megabytes(value['bytes'])} of JSON, ", nl=False)
    click.echo(f"{megabytes(value['file_bytes'])} on the disk")
    for name, count in models.items():
        click.echo(printable(f"  {name}: {count:,}"))
    if value["oldest"]:
        click.echo(f"from {value['oldest']} to {value['newest']}")


@cache.command("list")
@model_option
@click.option(
    "--limit", type=click.IntRange(1), default=SHOWN, show_default=True, help="At most so many, newest first."
)
@json_option
def list_(model: str | None, limit: int, as_json: bool) -> None:
    """The newest answers: key, model, time and size."""
    with _opened() as store:
        found = answers.like(store.entries(), model)[::-1][:limit]
    for one in found:
        if as_json:
            emit(one._asdict())
        else:
            click.echo(printable(f"{one.key[:16]}  {one.created}  {one.size:>9,} bytes  {one.model or '?'}"))


@cache.command()
@click.argument("key")
@json_option
def show(key: str, as_json: bool) -> None:
    """The answer to the request KEY (its first digits are enough) as it came, and when and from where."""
    with _opened() as store:
        value = answers.value(key, store)
    if as_json:
        emit(value)
    else:
        click.echo(printable(json.dumps(value, ensure_ascii=False, indent=2), keep="\n"))


@cache.command()
@click.option("--older-than", callback=_with(answers.age), metavar="AGE", help="Only answers older than, e.g. 30d.")
@model_option
@click.option(
    "--max-size", callback=_with(answers.size), metavar="SIZE", help="The oldest, until no more is left: 500MB."
)
@click.option("--dry-run", is_flag=True, help="Say what would be removed, and remove nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def prune(
    older_than: timedelta | None, model: str | None, max_size: int | None, dry_run: bool, yes: bool, as_json: bool
) -> None:
    """Remove answers: the old ones, those of a model, or the oldest ones down to a size.

    Several options together narrow it down: `--model 'openai/*' --older-than 30d` are the old ones of OpenAI. What is
    removed was paid for, so you are asked first; without a terminal give --yes.
    """
    if older_than is None and model is None and max_size is None:
        raise UserError("say what is to go: --older-than, --model or --max-size")
    with _opened() as store:
        gone = answers.chosen(store, older=older_than, model=model, most=max_size)
        size = sum(one.size for one in gone)
        what = f"{plural(len(gone), 'answer')} ({megabytes(size)})"
        if not gone or dry_run:
            _say(f"would remove {what}", as_json, {"removed": 0, "would_remove": len(gone), "bytes": size})
            return
        if not yes:
            if as_json or not sys.stdin.isatty():
                raise UserError(f"this removes {what} that were paid for: give --yes, or --dry-run to only look")
            click.confirm(f"remove {what} that were paid for?", abort=True)
        store.remove(one.key for one in gone)
        freed = ""
        try:
            store.shrink()
        except UserError as error:
            freed = f"; their room is not given back to the disk: {error.what}"
    _say(f"removed {what}{freed}", as_json, {"removed": len(gone), "would_remove": len(gone), "bytes": size})


@cache.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True), default=Path("-"))
@model_option
def export(file: Path, model: str | None) -> None:
    """Write answers to FILE (or standard output), one line of JSON each, with a checksum."""
    with _opened() as store:
        if str(file) == "-":
            out = click.get_binary_stream("stdout")
            for line in answers.lines(store, model=model):
                out.write(line)
            return
        partial = file.with_name(file.name + ".part")
        count = 0
        with partial.open("wb") as out:
            for line in answers.lines(store, model=model):
                out.write(line)
                count += 1
        partial.replace(file)
    click.echo(f"{file}: {plural(count, 'answer')}", err=True)


@cache.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@json_option
def import_(file: Path, as_json: bool) -> None:
    """Add the answers that `export` wrote to FILE. One that is here already stays; a damaged file adds nothing."""
    with Cache.open(_file()) as store, file.open("rb") as stream:
        done = answers.take_in(store, answers.read(file, stream))
    other = f", {done.other} of them with another answer, which was kept" if done.other else ""
    _say(f"{plural(done.new, 'answer')} added; {done.known} were here{other}", as_json, done._asdict())


def _say(sentence: str, as_json: bool, value: dict[str, object]) -> None:
    if as_json:
        emit(value)
    else:
        click.echo(sentence)


def _file() -> Path:
    return home() / "cache.sqlite"


@contextlib.contextmanager
def _opened() -> Iterator[Cache]:
    if not _file().is_file():
        raise UserError("there is no cache yet: `replay run` makes one", path=_file())
    with Cache.open(_file()) as store:
        yield store


def megabytes(size: object) -> str:
    """A number of bytes as people read it."""
    assert isinstance(size, int)
    for unit, name in ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size} bytes"
