"""``replay rules draft``: a query from examples."""

from __future__ import annotations

from pathlib import Path

import click

from replay import draft as drafting
from replay import rules as rulebook
from replay.cli.common import emit, json_option, packs_option, printable
from replay.draft import Draft, Sample
from replay.engines import examples
from replay.errors import UserError
from replay.languages import BY_NAME, of_path
from replay.records import Rule


@click.command()
@click.option("--bad", multiple=True, required=True, type=click.Path(path_type=Path), help="Code to find; repeatable.")
@click.option("--good", multiple=True, required=True, type=click.Path(path_type=Path), help="Code to pass; repeatable.")
@click.option("--language", help="The language of the examples, where their names do not tell.")
@click.option("--all", "everything", is_flag=True, help="Also print the queries that came next.")
@click.option("--write", "to", type=click.Path(path_type=Path), metavar="FOLDER/PACK/ID", help="Make a rule of it.")
@packs_option
@json_option
@click.pass_context
def draft(
    context: click.Context,
    bad: tuple[Path, ...],
    good: tuple[Path, ...],
    language: str | None,
    everything: bool,
    to: Path | None,
    packs: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Propose a tree-sitter query that matches in each bad example and in no good one.

    A good example that is the bad one mended, and several bad ones with other names, make a better query. Exits with 1
    if no query tells them apart.
    """
    name = _language([*bad, *good], language)
    known = rulebook.load(list(packs), run_code=True)
    found = drafting.draft(name, _samples(bad), _samples(good), others=_others(known, packs, name))
    if as_json:
        for one in found if everything else found[:1]:
            emit({"query": one.query, "places": [place._asdict() for place in one.places], "elsewhere": one.elsewhere})
    elif found:
        for one in found if everything else found[:1]:
            _print(one)
    if not found:
        click.echo(
            "no query tells them apart: every piece of code that the bad examples share is also in a good one, or "
            "differs only by what a query cannot say (order far apart, types, values); try smaller examples, fewer of "
            "them at once, or a predicate (docs/rules.md)",
            err=True,
        )
        context.exit(1)
    if to is not None:
        _write(found[0], to, name, bad, good, quiet=as_json)
    elif not as_json:
        click.echo("next: the same command with --write FOLDER/PACK/ID makes a rule of it")


def _language(paths: list[Path], given: str | None) -> str:
    if given is not None:
        if given not in BY_NAME:
            raise UserError(f"unknown language {given!r}: known are {', '.join(BY_NAME)}")
        return given
    told = {path: of_path(path.name) for path in paths}
    for path, one in told.items():
        if one is None:
            raise UserError("cannot tell the language of this file: say it with --language", path=path)
    if len(set(told.values())) > 1:
        raise UserError(f"the examples are in several languages: {', '.join(sorted(set(map(str, told.values()))))}")
    return str(told[paths[0]])


def _samples(paths: tuple[Path, ...]) -> list[Sample]:
    read = []
    for path in paths:
        try:
            read.append(Sample(str(path), path.read_text(encoding="utf-8", errors="replace")))
        except OSError as error:
            raise UserError(f"cannot be read: {error.strerror or error}", path=path) from error
    return read


def _others(known: tuple[Rule, ...], packs: tuple[Path, ...], language: str) -> list[str]:
    """The examples of all rules in that language: code of many kinds, to see how often a query matches by chance."""
    places = rulebook.find(packs)
    texts = [one.text for rule in known for one in rulebook.examples(places[rule.id]) if one.language == language]
    mark = BY_NAME[language].comment
    return ["\n".join(row for row in text.split("\n") if not row.strip().startswith(mark)) for text in texts]


def _print(one: Draft) -> None:
    click.echo(printable(one.query, keep="\n"))
    for place in one.places:
        head, _, rest = place.text.partition("\n")
        click.echo(printable(f"{place.name}:{place.line}: {head.strip()}{' …' if rest else ''}"))
    click.echo(f"matches in each bad example, in no good one, and in {one.elsewhere} of the packs' example files")


# --- a rule of it ------------------------------------------------------------------------------------------


def _write(one: Draft, to: Path, language: str, bad: tuple[Path, ...], good: tuple[Path, ...], *, quiet: bool) -> None:
    rule, folder = f"{to.parent.name}/{to.name}", to.parent.parent
    lines = {name: sorted({place.line for place in one.places if place.name == name}) for name in map(str, bad)}
    pieces = [_marked(sample.text, language, to.name, "ruleid", lines[sample.name]) for sample in _samples(bad)]
    pieces += [
        _marked(sample.text, language, to.name, "ok", [_first(sample.text, language)]) for sample in _samples(good)
    ]
    text = "\n".join(piece.strip("\n") + "\n" for piece in pieces)
    if language == "php":
        text = "<?php\n" + text.replace("<?php", "")
    written = rulebook.drafted(
        folder, rule, language=language, query=one.query, found=one.places[0].text.strip("\n"), example=text
    )
    wrong = _wrong(folder, rule)
    for path in () if quiet else written:
        click.echo(path)
    if wrong:
        click.echo(f"{written[-1]}: mend it: {wrong}", err=True)
    if not quiet:
        click.echo(f"next: fill in {written[1]}, then replay rules test --pack {folder} {rule}")


def _marked(text: str, language: str, stem: str, kind: str, lines: list[int]) -> str:
    mark = BY_NAME[language].comment
    rows = []
    for number, row in enumerate(text.split("\n"), 1):
        if number in lines:
            rows.append(f"{row[: len(row) - len(row.lstrip())]}{mark} {kind}: {stem}")
        rows.append(row)
    return "\n".join(rows)


def _first(text: str, language: str) -> int:
    """The first line that holds code."""
    mark = BY_NAME[language].comment
    rows = enumerate(text.split("\n"), 1)
    return next((n for n, row in rows if row.strip() and not row.strip().startswith((mark, "<?", "#!"))), 1)


def _wrong(folder: Path, rule: str) -> str:
    """Why the new rule does not stand as it is, empty if it does."""
    try:
        results = examples.run(rulebook.load([folder], select=[rule]), packs=[folder])
    except UserError as error:
        return str(error)
    return "" if all(one.passed for one in results) else "the lines that are announced are not those that match"
