"""Engine speed against its parts: `python tests/benchmarks/engines.py [--number N] [--path TRANSCRIPTS]` prints ratios.

Snippets are what recorded turns wrote in the transcripts at ``--path``, and the packs' own examples; each is made
distinct by a comment. Peers: tree-sitter parsing alone, one bare semgrep call over the same files, and each snippet by
itself (a few of them, times their number). CPU seconds of this process and its children, the least of ``ROUNDS``.
"""

from __future__ import annotations

import argparse
import itertools
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml
from msgspec import structs
from tree_sitter import Parser, Query, QueryCursor

from replay import check, grammars, importers, predicates, rules, workspace
from replay.engines import Source, cleaned, semgrep, treesitter
from replay.errors import UserError
from replay.languages import BY_NAME
from replay.records import Change, Rule

ROUNDS = 3
ALONE = 200
ALONE_SEMGREP = 3


def arguments() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--number", type=int, default=10_000, help="distinct changes")
    parser.add_argument("--path", type=Path, help="transcripts whose edits are the snippets, beside the examples")
    return parser.parse_args()


def texts(path: Path | None, languages: set[str]) -> Iterator[Source]:
    """Real texts, then the packs' examples."""
    for file in importers.find([path]) if path else ():
        try:
            transcripts = importers.read(file)
        except UserError:
            continue
        for transcript in transcripts:
            for _, changes in workspace.recorded(transcript):
                for change in changes:
                    if change.language in languages and change.after:
                        yield Source(change.language or "", change.after)
    for detector in rules.find().values():
        for example in rules.examples(detector):
            if example.language in languages:
                yield Source(example.language, example.text)


def distinct(path: Path | None, languages: set[str], number: int) -> list[Source]:
    """``number`` distinct sources: the first texts again and again, a comment at the end of each."""
    first = list(dict.fromkeys(itertools.islice(texts(path, languages), number)))
    found = first[:number]
    for place in range(number - len(found)):
        language, text = first[place % len(first)]
        found.append(Source(language, f"{text}\n{BY_NAME[language].comment} {place}\n"))
    return found


def seconds(work: Callable[[], object], *, rounds: int = ROUNDS) -> float:
    """CPU seconds of the cheapest of ``rounds`` runs."""

    def spent() -> float:
        return sum(os.times()[:4])

    least = float("inf")
    for _ in range(rounds):
        start = spent()
        work()
        least = min(least, spent() - start)
    return least


def bare_parse(sources: list[Source]) -> None:
    """Tree-sitter alone."""
    parsers = {language: Parser(grammars.grammar(language)) for language, _ in sources}
    for language, text in sources:
        parsers[language].parse(cleaned(text))


def naive(book: list[Rule], sources: list[Source]) -> None:
    """What one would write first: each snippet by itself, each query compiled for it."""
    for language, text in sources:
        tree = Parser(grammars.grammar(language)).parse(cleaned(text))
        for rule in book:
            if language in rule.languages:
                query = Query(grammars.grammar(language), rule.detector)
                QueryCursor(query).matches(tree.root_node, predicates.Judge(predicates.Kin()))


def bare_semgrep(book: list[Rule], sources: list[Source], folder: Path) -> float:
    """One call of the command over files that lie there already."""
    (folder / "files").mkdir(parents=True)
    for number, (language, text) in enumerate(sources):
        (folder / "files" / f"{number}{BY_NAME[language].suffixes[0]}").write_bytes(cleaned(text))
    merged = [yaml.safe_load(rule.detector)["rules"][0] | {"id": f"r{n}"} for n, rule in enumerate(book)]
    config = folder / "rules.yaml"
    config.write_text(yaml.safe_dump({"rules": merged}))
    command = [semgrep.binary(), "scan", "--experimental", "--config", str(config), *semgrep.FLAGS, "files"]
    return seconds(lambda: subprocess.run(command, cwd=folder, check=True, capture_output=True), rounds=2)


def main() -> None:
    """Print the figures."""
    asked = arguments()
    book = rules.load()
    queried = [rule for rule in book if rule.engine == "treesitter"]
    scanned = [rule for rule in book if rule.engine == "semgrep"]
    sources = distinct(asked.path, {language for rule in book for language in rule.languages}, asked.number)
    size = sum(len(cleaned(text)) for _, text in sources)
    print(f"{len(sources):,} sources, {size / 1e6:.1f} MB, {len(queried)} queries, {len(scanned)} semgrep rules")

    treesitter.match(queried, sources[:ALONE])  # grammars and queries are loaded
    parse = seconds(lambda: bare_parse(sources))
    ours = seconds(lambda: treesitter.match(queried, sources))
    alone = seconds(lambda: naive(queried, sources[:ALONE]), rounds=1) / len(sources[:ALONE]) * len(sources)
    print(f"tree-sitter: parse {parse:.2f} s ({size / parse / 1e6:.1f} MB/s), with all rules {ours:.2f} s:", end=" ")
    print(f"{parse / ours:.0%} of bare speed; each snippet by itself {alone:.0f} s: {alone / ours:.0f} times")

    own = {language for rule in scanned for language in rule.languages}
    files = [source for source in sources if source.language in own]
    with tempfile.TemporaryDirectory() as place:
        bare = bare_semgrep(scanned, files, Path(place))
    ours = seconds(lambda: semgrep.match(scanned, files), rounds=2)
    alone = seconds(lambda: [semgrep.match(scanned, [one]) for one in files[:ALONE_SEMGREP]], rounds=1)
    alone = alone / len(files[:ALONE_SEMGREP]) * len(files)
    print(
        f"semgrep: {len(files):,} files, bare call {bare:.2f} s, ours {ours:.2f} s: {ours / bare:.2f} times;", end=" "
    )
    print(f"each snippet by itself {alone:.0f} s: {alone / ours:.0f} times")

    changes = [[Change(f"{n}", "applied", "t", one.language, None, one.text)] for n, one in enumerate(sources)]
    with tempfile.TemporaryDirectory() as place:
        kept = Path(place) / "checks.sqlite"
        cold = seconds(lambda: check.introduced(changes, book, cache=kept), rounds=1)
        warm = seconds(lambda: check.introduced(changes, book, cache=kept))
        newer = [*book[:-1], structs.replace(book[-1], hash="another")]
        changed = seconds(lambda: check.introduced(changes, newer, cache=kept), rounds=1)
        print(f"all rules: cold {cold:.2f} s, warm {warm:.2f} s: {cold / warm:.0f} times;", end=" ")
        print(f"one rule changed {changed:.2f} s; file {kept.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
