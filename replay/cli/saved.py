"""What ``replay mine`` is asked: the options that say it, and queries that are kept to be asked again of new logs."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import click
import msgspec
import yaml
from msgspec import Meta, Struct, field

from replay import selection, signals
from replay.cli.common import chosen, emit, packs_option, profile_option, rules_option, system_option, tools_option
from replay.config.located import Located, unknown
from replay.errors import UserError
from replay.store import home

Count = Annotated[int, Meta(ge=1)]
_UNSAID: tuple[object, ...] = (None, (), {}, False)
_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,99}")


class Query(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A question to logs, with the keys of its file. Paths are as they were typed."""

    paths: tuple[str, ...] = ()
    to: str | None = None
    rules: tuple[str, ...] = ()
    packs: tuple[str, ...] = ()
    profile: Literal["default", "strict"] | None = None
    signals: tuple[str, ...] = ()
    cap: dict[str, Count] = field(default_factory=dict)
    sample: Count | None = None
    seed: int | None = None
    unprimed: bool = False
    system: str | None = None
    tools: str | None = None

    def over(self, kept: Query) -> Query:
        """``kept`` with what is said here put in the place of what it says."""
        said = {name: value for name, value in msgspec.structs.asdict(self).items() if value not in _UNSAID}
        return msgspec.structs.replace(kept, **said)

    @property
    def wanted(self) -> selection.Wanted:
        """Which of the candidates it asks for."""
        return selection.Wanted(self.cap, self.sample, self.seed or 0, self.unprimed)


def query_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of a query; the command is given them as ``asked``, and ``--save`` is done. ``--queries`` ends it."""

    @functools.wraps(command)
    def collected(name: str | None, save: str | None, listed: bool, as_json: bool, **options: Any) -> None:  # noqa: ANN401 - click's
        if listed:
            _print(as_json=as_json)
            return
        options["rules"] = options.pop("selectors")
        told = {key: options.pop(key) for key in Query.__struct_fields__}
        asked = Query(**{key: _plain(value) for key, value in told.items()})
        if (asked.cap or asked.sample or asked.unprimed) and not (name or save or options["cut"]):
            raise UserError("--cap, --sample and --unprimed select cases: add --write FOLDER, or --save NAME")
        if name is not None:
            asked = asked.over(load(name))
        signals.chosen(asked.signals)
        if save is not None:
            chosen(tuple(map(Path, asked.packs)), asked.rules)
            _keep(save, asked)
        command(asked=asked, as_json=as_json, **options)

    for option in reversed(
        (
            rules_option,
            packs_option,
            profile_option,
            click.option(
                "--signal",
                "signals",
                multiple=True,
                metavar="KIND",
                help=f"Signals to list too: all, {', '.join(signals.SIGNALS)}.",
            ),
            click.option(
                "--cap",
                multiple=True,
                metavar="BY=N",
                callback=_caps,
                help=f"At most N cases of each {', '.join(selection.BY)}; may be repeated.",
            ),
            click.option("--sample", type=click.IntRange(1), metavar="N", help="At most N cases, spread over all."),
            click.option("--seed", type=click.IntRange(0), metavar="S", help="Draw other ones [0]."),
            click.option("--unprimed", is_flag=True, help="No case whose prefix shows a finding of its rules already."),
            click.option("--save", metavar="NAME", help="Keep what is asked as a query of this name."),
            click.option("--query", "name", metavar="NAME", help="Ask a kept query again; options given count more."),
            click.option("--queries", "listed", is_flag=True, help="List the kept queries, and do nothing else."),
            system_option,
            tools_option,
        )
    ):
        collected = option(collected)
    return collected


def _plain(value: Any) -> Any:  # noqa: ANN401 - what click hands over
    match value:
        case Path():
            return str(value)
        case tuple():
            return tuple(map(_plain, value))
        case _:
            return value


def _caps(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> dict[str, int]:
    caps: dict[str, int] = {}
    for one in given:
        by, equals, count = one.partition("=")
        if not equals or not count.isdecimal() or int(count) < 1:
            raise UserError(f"--cap {one}: want BY=N, such as rule=20 (by {', '.join(selection.BY)})")
        if by not in selection.BY:
            raise UserError(f"--cap {one}: {unknown('cap', by, list(selection.BY))}")
        caps[by] = int(count)
    return caps


# --- queries that are kept ---------------------------------------------------------------------------------


def _file(name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise UserError(f"{name!r} cannot name a query: use letters, digits, `-`, `_` and `.`")
    return home() / "queries" / f"{name}.yaml"


def names() -> Iterator[str]:
    """The kept queries, sorted."""
    yield from sorted(file.stem for file in (home() / "queries").glob("*.yaml") if _NAME.fullmatch(file.stem))


def load(name: str) -> Query:
    """The query called ``name``. Raises UserError where there is none, or with the line of what is wrong in it."""
    file = _file(name)
    if not file.is_file():
        known = list(names())
        raise UserError(unknown("query", name, known) if known else f"no query {name!r}: --save NAME keeps one")
    source = Located(file)
    if not isinstance(source.value, dict):
        raise source.error("want a mapping with keys such as `rules` and `signals`")
    query = source.convert(source.value, Query)
    for by in query.cap:
        if by not in selection.BY:
            raise source.error(unknown("cap", by, list(selection.BY)), "cap", by)
    return query


def _keep(name: str, asked: Query) -> None:
    """Write the query; one of the same name that asks something else is left, and told."""
    file = _file(name)
    if file.exists():
        if load(name) == asked:
            return
        raise UserError("another query has this name: take another, or remove the file", path=file)
    file.parent.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(msgspec.to_builtins(asked), sort_keys=False, allow_unicode=True)
    file.write_text(f"# replay mine --query {name}\n{text}", encoding="utf-8")
    click.echo(f"kept as {file}; ask it again of new logs: replay mine --query {name}", err=True)


def _print(*, as_json: bool) -> None:
    known = list(names())
    for name in known:
        query = msgspec.to_builtins(load(name))
        if as_json:
            emit({"query": name, **query})
        else:
            click.echo(f"{name}: {', '.join(f'{key} {_words(value)}' for key, value in query.items())}")
    if not known and not as_json:
        click.echo("no query is kept here: replay mine … --save NAME keeps one")


def _words(value: object) -> str:
    match value:
        case dict():
            return " ".join(f"{key}={one}" for key, one in value.items())
        case list() | tuple():
            return " ".join(map(str, value))
        case _:
            return str(value)
