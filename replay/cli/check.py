"""``replay check``: the rules as a plain linter over code files or transcripts."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from replay import cases, importers, languages
from replay import check as checker
from replay.cli.common import chosen, emit, json_option, packs_option, printable, rules_option
from replay.engines import Source
from replay.errors import UserError
from replay.records import Finding


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, allow_dash=True))
@click.option("--language", help="The language of the code on standard input, where its first line does not tell.")
@rules_option
@packs_option
@json_option
@click.pass_context
def check(
    context: click.Context,
    paths: tuple[Path, ...],
    language: str | None,
    selectors: tuple[str, ...],
    packs: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Report the findings in code files, folders of code, or transcripts; `-` reads standard input.

    In a code file every match counts; in a transcript only what its turns introduced. Exits with 1 if there is any.
    """
    rules = chosen(packs, selectors)
    covered = frozenset(name for rule in rules for name in rule.languages)
    sources: list[tuple[str, Source]] = []
    logs: list[Path] = []
    for path in paths:
        if str(path) == "-":
            sources.append(("-", _standard_input(language)))
            continue
        if not path.exists():
            raise UserError("no such file or folder", path=path)
        for file in importers.find([path]):
            name = languages.of_path(file.name)
            if name in covered and name is not None:
                sources.append((str(file), Source(name, file.read_text(encoding="utf-8", errors="replace"))))
            elif name is None or name in {"json", "markdown"}:
                explicit = file == path
                if importers.identify(file) is not None:
                    logs.append(file)
                elif explicit:
                    raise UserError(
                        "neither code in a language with rules nor a transcript in a known format", path=file
                    )
    found = 0
    reports = checker.lint([source for _, source in sources], rules)
    for (name, _), findings in zip(sources, reports, strict=True):
        for finding in findings:
            found += 1
            _print(name, finding, as_json=as_json)
    for log in logs:
        tally = cases.Mined()
        for hit in cases.mine([log], rules, tally=tally):
            found += 1
            _print(f"{log}#{hit.turn}:{hit.finding.path}", hit.finding, as_json=as_json)
        for file, why in tally.unreadable:
            raise UserError(why, path=file)
    if not as_json:
        click.echo(f"{found} findings in {len(sources)} files and {len(logs)} transcripts", err=True)
    context.exit(1 if found else 0)


def _standard_input(language: str | None) -> Source:
    text = sys.stdin.buffer.read().decode("utf-8", errors="replace")
    name = language or languages.of_path("-", text) or "python"
    if name not in languages.BY_NAME:
        raise UserError(f"unknown language {name!r}: known are {', '.join(languages.BY_NAME)}")
    return Source(name, text)


def _print(path: str, finding: Finding, *, as_json: bool) -> None:
    if as_json:
        emit(
            {
                "path": path,
                "rule": finding.rule,
                "line": finding.line,
                "end_line": finding.end_line,
                "text": finding.text,
            }
        )
    else:
        head = finding.text.strip().partition("\n")[0]
        click.echo(printable(f"{path}:{finding.line}: {finding.rule}: {head}"))
