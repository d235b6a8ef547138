"""``replay check``: the rules as a plain linter over code files or transcripts."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from replay import cases, importers, languages
from replay import check as checker
from replay.cli.common import chosen, emit, json_option, packs_option, printable, profile_option, rules_option
from replay.engines import Source, kept_file, trees
from replay.errors import UserError
from replay.records import Finding
from replay.words import plural


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, allow_dash=True))
@click.option("--language", help="The language of the code on standard input, where its first line does not tell.")
@rules_option
@packs_option
@profile_option
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Processes that share the code files; all cores where there is much to read, by default.",
)
@json_option
@click.pass_context
def check(
    context: click.Context,
    paths: tuple[Path, ...],
    language: str | None,
    selectors: tuple[str, ...],
    packs: tuple[Path, ...],
    profile: str | None,
    jobs: int | None,
    as_json: bool,
) -> None:
    """Report the findings in code files, folders of code, or transcripts; `-` reads standard input.

    In a code file every match counts; in a transcript only what its turns introduced. Exits with 1 if there is any,
    with 2 if a file could not be judged: the others are, and each that could not be is named with the reason. In a
    folder, files that are neither are passed over; where that leaves nothing to check, the exit code is 2 as well.

    What was judged before is taken from .replay/checks.sqlite; set REPLAY_NO_CACHE=1 to judge all anew.
    """
    rules = chosen(packs, selectors, profile=profile or "default")
    covered = frozenset(name for rule in rules for name in rule.languages)
    code: list[tuple[str, Source]] = []
    logs: list[Path] = []
    unjudged: list[tuple[str, str]] = []
    for path in paths:
        if str(path) == "-":
            code.append(("-", _standard_input(language, covered)))
            continue
        if not path.exists():
            raise UserError("no such file or folder", path=path)
        for file in importers.find([path]):
            try:
                kind = _kind(file, covered)
            except UserError as error:
                unjudged.append((str(file), error.what))
                continue
            match kind:
                case Source() as source:
                    code.append((str(file), source))
                case "transcript":
                    logs.append(file)
                case why if file == path:
                    unjudged.append((str(file), str(why)))
    if not (code or logs or unjudged):
        raise UserError(
            "nothing to check: no file here is code in a language with rules, or a transcript in a known format",
            path=", ".join(map(str, paths)),
        )
    found = 0
    names = [name for name, _ in code]
    sources = [source for _, source in code]
    reports = checker.lint(sources, rules, names=names, cache=kept_file(), jobs=jobs, unjudged=unjudged)
    for name, findings in zip(names, reports, strict=True):
        for finding in findings:
            found += 1
            _print(name, finding, as_json=as_json)
    for log in logs:
        tally = cases.Mined()
        for hit in cases.mine([log], rules, tally=tally, cache=kept_file()):
            found += 1
            _print(f"{log}#{hit.turn}:{hit.finding.path}", hit.finding, as_json=as_json)
        unjudged += ((str(file), why) for file, why in tally.unreadable)
    if as_json and unjudged:
        emit({"unjudged": [{"path": path, "why": why} for path, why in unjudged]})
    if not as_json and (code or logs):
        read = [plural(len(code), "file")] if code or not logs else []
        read += [plural(len(logs), "transcript")] if logs else []
        click.echo(f"findings: {found}, in {' and '.join(read)}", err=True)
    for name, why in unjudged:
        click.echo(printable(f"replay: {name}: {why}"), err=True)
    context.exit(2 if unjudged else 1 if found else 0)


def _kind(file: Path, covered: frozenset[str]) -> Source | str:
    """The code in ``file``, or ``transcript``, or why it is neither: no other text is looked into."""
    name = languages.of_path(file.name)
    if name in covered and name is not None:
        try:
            return Source(name, file.read_text(encoding="utf-8", errors="replace"))
        except OSError as error:
            raise UserError(f"cannot be read: {error.strerror or error}", path=file) from error
    if importers.identify(file) is not None:
        return "transcript"
    if not file.stat().st_size:
        return "the file is empty"
    if name is not None:
        return f"no rule covers {name}"
    return "neither code in a language with rules nor a transcript in a known format"


def _standard_input(language: str | None, covered: frozenset[str]) -> Source:
    text = sys.stdin.buffer.read().decode("utf-8", errors="replace")
    name = language or languages.of_path("-", text) or _guess(text, covered)
    if name not in languages.BY_NAME:
        raise UserError(f"unknown language {name!r}: known are {', '.join(languages.BY_NAME)}")
    if name not in covered:
        raise UserError(f"no rule covers {name}")
    return Source(name, text)


def _guess(text: str, covered: frozenset[str]) -> str:
    """The first covered language, Python before all, whose grammar reads ``text`` without an error."""
    for language in languages.TABLE:
        if language.name in covered:
            tree = trees.parse(language.name, text.encode())
            if tree is not None and not tree.root_node.has_error:
                return language.name
    raise UserError("cannot tell the language of the code on standard input: say it with --language")


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
