"""Engine speed against its parts: `python tests/benchmarks/engines.py [NUMBER]` prints ratios over distinct snippets.

Snippets are what recorded turns wrote in ../shared/transcripts, else the packs' own examples; each is made distinct by
a comment. The peers: tree-sitter parsing alone, and one bare semgrep call over the same files with the same rules.
"""

from __future__ import annotations

import itertools
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml
from tree_sitter import Parser

from replay import importers, queries, rules, workspace
from replay.engines import Source, cleaned, semgrep, treesitter
from replay.errors import UserError
from replay.languages import BY_NAME

SHARED = Path(__file__).parents[2] / "../shared/transcripts"
NUMBER = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
ROUNDS = 3


def texts(languages: set[str]) -> Iterator[Source]:
    """Real texts, then the packs' examples, as long as there are any."""
    for path in importers.find([SHARED]) if SHARED.is_dir() else ():
        try:
            transcripts = importers.read(path)
        except UserError:
            continue
        for transcript in transcripts:
            for _, changes in workspace.recorded(transcript):
                for change in changes:
                    if change.language in languages and change.after:
                        yield Source(change.language or "", change.after)
    for detector in rules.find().values():
        for example in rules.examples(detector):
            yield Source(example.language, example.text)


def distinct(languages: set[str]) -> list[Source]:
    """``NUMBER`` distinct sources: the first texts again and again, a comment at the end of each."""
    first = list(dict.fromkeys(itertools.islice(texts(languages), NUMBER)))
    found = first[:NUMBER]
    for number in range(NUMBER - len(found)):
        language, text = first[number % len(first)]
        found.append(Source(language, f"{text}\n{BY_NAME[language].comment} {number}\n"))
    return found


def seconds(work: Callable[[], object]) -> float:
    """The median time of ``ROUNDS`` runs."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def bare_parse(sources: list[Source]) -> None:
    """Tree-sitter alone."""
    parsers = {language: Parser(queries.grammar(language)) for language, _ in sources}
    for language, text in sources:
        parsers[language].parse(cleaned(text))


def bare_semgrep(chosen: list[rules.Rule], sources: list[Source], folder: Path) -> float:
    """One call of the command over files that lie there already."""
    for number, (language, text) in enumerate(sources):
        (folder / f"{number}{BY_NAME[language].suffixes[0]}").write_bytes(cleaned(text))
    merged = [yaml.safe_load(rule.detector)["rules"][0] | {"id": f"r{n}"} for n, rule in enumerate(chosen)]
    config = folder.parent / "rules.yaml"
    config.write_text(yaml.safe_dump({"rules": merged}))
    command = [semgrep.binary(), "scan", "--experimental", "--config", str(config), *semgrep.FLAGS, str(folder)]
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    """Print the figures."""
    book = rules.load()
    queried = [rule for rule in book if rule.engine == "treesitter"]
    scanned = [rule for rule in book if rule.engine == "semgrep"]
    sources = distinct({language for rule in book for language in rule.languages})
    size = sum(len(cleaned(text)) for _, text in sources)
    print(f"{len(sources):,} sources, {size / 1e6:.1f} MB, {len(queried)} queries, {len(scanned)} semgrep rules")
    parse, match = seconds(lambda: bare_parse(sources)), seconds(lambda: treesitter.match(queried, sources))
    print(f"tree-sitter: parse {parse:.2f} s, parse and all queries {match:.2f} s: {parse / match:.0%} of bare speed")
    own = {language for rule in scanned for language in rule.languages}
    files = [source for source in sources if source.language in own]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "files"
        folder.mkdir()
        bare = bare_semgrep(scanned, files, folder)
    start = time.perf_counter()
    semgrep.match(scanned, files)
    whole = time.perf_counter() - start
    print(f"semgrep: {len(files):,} files, bare call {bare:.2f} s, ours {whole:.2f} s: {whole / bare:.2f} times")


if __name__ == "__main__":
    main()
