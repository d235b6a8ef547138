"""``replay rules``: list, test and scaffold rules."""

from __future__ import annotations

from pathlib import Path

import click

from replay import rules as rulebook
from replay.cli.common import chosen, emit, json_option, packs_option
from replay.engines import examples


@click.group()
def rules() -> None:
    """List, test and write rules."""


@rules.command("list")
@click.argument("selectors", nargs=-1)
@packs_option
@json_option
def list_(selectors: tuple[str, ...], packs: tuple[Path, ...], as_json: bool) -> None:
    """List the rules: id, languages, engine and message."""
    for rule in chosen(packs, selectors):
        if as_json:
            emit(
                {
                    "id": rule.id,
                    "engine": rule.engine,
                    "languages": rule.languages,
                    "category": rule.category,
                    "tags": rule.tags,
                    "message": rule.message,
                    "hash": rule.hash,
                }
            )
        else:
            click.echo(f"{rule.id:36} {rule.engine:11} {','.join(rule.languages):28} {rule.message}")


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
