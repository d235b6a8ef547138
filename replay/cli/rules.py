"""``replay rules``: list, test, measure and scaffold rules."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

import click

from replay import measure as measuring
from replay import rules as rulebook
from replay.cli.common import chosen, emit, json_option, packs_option, printable, profile_option
from replay.cli.draft import draft
from replay.cli.labelled import print_labelled
from replay.engines import examples, kept_file
from replay.errors import UserError


@click.group()
def rules() -> None:
    """List, test, measure and write rules."""


@rules.command("list")
@click.argument("selectors", nargs=-1)
@packs_option
@profile_option
@json_option
def list_(selectors: tuple[str, ...], packs: tuple[Path, ...], profile: str | None, as_json: bool) -> None:
    """List the rules: id, severity, languages and message; those of the profile strict are marked."""
    for rule in chosen(packs, selectors, profile=profile or "strict"):
        if as_json:
            emit(
                {
                    "id": rule.id,
                    "engine": rule.engine,
                    "languages": rule.languages,
                    "category": rule.category,
                    "severity": rule.severity,
                    "profile": rule.profile,
                    "tags": rule.tags,
                    "message": rule.message,
                    "hash": rule.hash,
                }
            )
        else:
            mark = "strict" if rule.profile == "strict" else ""
            click.echo(f"{rule.id:36} {rule.severity:8} {mark:7} {','.join(rule.languages):25} {rule.message}")


@rules.command()
@click.argument("selectors", nargs=-1)
@packs_option
@json_option
@click.pass_context
def test(context: click.Context, selectors: tuple[str, ...], packs: tuple[Path, ...], as_json: bool) -> None:
    """Run every rule over its annotated examples; exits with 1 if one does not behave as announced."""
    results = examples.run(chosen(packs, selectors), packs=packs)
    bad = 0
    for result in results:
        bad += not result.passed
        if as_json:
            emit(
                {
                    "rule": result.rule,
                    "path": str(result.path),
                    "passed": result.passed,
                    "missed": result.missed,
                    "unexpected": result.unexpected,
                }
            )
        elif not result.passed:
            for line in result.missed:
                click.echo(f"{result.path}:{line}: {result.rule}: announced by `ruleid:` but not found")
            for line in result.unexpected:
                click.echo(f"{result.path}:{line}: {result.rule}: found but not announced")
    if not as_json:
        click.echo(f"{len(results)} example files, {bad} wrong")
    context.exit(1 if bad else 0)


@rules.command()
@click.argument("rule", metavar="PACK/ID")
@click.option("--language", required=True, help="Language of the rule, such as python.")
@click.option("--engine", type=click.Choice(["treesitter", "semgrep"]), default="treesitter", show_default=True)
@click.option("--to", "folder", type=click.Path(path_type=Path), default=Path("rules"), show_default=True)
def new(rule: str, language: str, engine: str, folder: Path) -> None:
    """Write the three files of a new rule: detector, page and annotated examples."""
    for path in rulebook.new(folder, rule, language=language, engine=engine):
        click.echo(path)
    click.echo(f"next: edit them, then replay rules test --pack {folder} {rule}")


@rules.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--rule",
    "--rules",
    "selectors",
    multiple=True,
    metavar="GLOB",
    help="Measure only rules whose id matches; may be repeated, or a list with commas.",
)
@click.option(
    "--name",
    "names",
    multiple=True,
    metavar="THEIRS=GLOB",
    help="In annotations, take their name for our rules; may be repeated.",
)
@click.option("--alone", is_flag=True, help="Expect every rule of a fixture to find every announced line.")
@click.option(
    "--labels", "labelled", multiple=True, metavar="RUN", help="Instead: precision as labelled in `replay view`."
)
@click.option("--misses", is_flag=True, help="Also name each finding and line that counts against a rule.")
@packs_option
@json_option
def measure(
    paths: tuple[Path, ...],
    selectors: tuple[str, ...],
    names: tuple[str, ...],
    alone: bool,
    misses: bool,
    labelled: tuple[str, ...],
    packs: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Print precision and recall of each rule on fixtures: JSON lines, annotated code, or a manifest.

    A fixture is {id, language, code, rules, positive_lines or null, verdict}; see docs/rules.md.
    """
    wanted = tuple(one.strip() for selector in selectors for one in selector.split(",") if one.strip())
    if bool(paths) == bool(labelled):
        raise UserError("give PATHS of fixtures, or --labels RUN, and not both")
    if labelled:
        print_labelled(labelled, wanted, as_json=as_json)
        return
    known = chosen(packs, ())
    rules = rulebook.select(known, wanted) if wanted else known
    found = measuring.find(paths, rules, names=_mapping(names), anything=bool(wanted))
    for fixture in found.fixtures:
        try:
            rulebook.select(known, fixture.rules)
        except UserError as error:
            raise UserError(f"fixture {fixture.id}: {error}") from error
    asked = [one for one in found.fixtures if any(fnmatchcase(rule.id, name) for rule in rules for name in one.rules)]
    result = measuring.measure(asked, rules, alone=alone, cache=kept_file())
    for row in result.rows:
        if as_json:
            emit(row._asdict())
        else:
            click.echo(_measured(row))
    for miss in result.misses if misses else ():
        line = "" if miss.line is None else f":{miss.line}"
        click.echo(printable(f"{miss.fixture}{line}: {miss.rule}: {miss.what}"), err=as_json)
    _left_out(found, result)


def _mapping(names: tuple[str, ...]) -> dict[str, str]:
    for one in names:
        if not all(one.partition("=")):
            raise UserError(f"--name {one}: write THEIRS=GLOB, such as broad-except=python/broad-*")
    return {theirs: glob for theirs, _, glob in (one.partition("=") for one in names)}


def _measured(row: measuring.Row) -> str:
    def share(name: str, value: float | None) -> str:
        low, high = row.low[name], row.high[name]
        if value is None or low is None or high is None:
            return f"{name} -"
        return f"{name} {value:.3f} ({low:.3f}-{high:.3f})"

    counts = f"tp {row.tp} fp {row.fp} fn {row.fn} unparsed {row.unparsed}"
    shares = f"{share('precision', row.precision):31} {share('recall', row.recall):28}"
    return f"{row.rule:36} {row.language:11} {shares} {counts}"


def _left_out(found: measuring.Found, result: measuring.Measured) -> None:
    for name, number in sorted(found.unknown.items()):
        click.echo(f"left out: {number} annotations {printable(name)!r}, no rule of ours (see --name)", err=True)
    if found.silent:
        click.echo(f"left out: {len(found.silent)} files that announce nothing", err=True)
    if result.uncovered:
        click.echo(f"left out: {len(result.uncovered)} fixtures in a language that their rules do not cover", err=True)


rules.add_command(draft)
