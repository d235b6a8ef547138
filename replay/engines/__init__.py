"""Rule engines: ``match(rules, sources)`` is one batch, whichever engine a rule needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path

from replay.engines import crew, kept, predicate, semgrep, treesitter
from replay.engines.protocol import NOT_PARSED, Match, Ranges, Report, Source, cleaned
from replay.records import Rule

ENGINES = {"treesitter": treesitter, "semgrep": semgrep, "predicate": predicate}
kept_file = kept.file

__all__ = [
    "ENGINES",
    "NOT_PARSED",
    "Match",
    "Ranges",
    "Report",
    "Source",
    "cleaned",
    "compare",
    "kept_file",
    "match",
    "versions",
]


def match(
    rules: Sequence[Rule],
    sources: Sequence[Source],
    *,
    timeout: float = 10.0,
    cache: Path | None = None,
    jobs: int | None = 1,
    errors: Mapping[Source, Ranges] | None = None,
) -> list[Report]:
    """One report for each source, in order; a rule is run on the sources in its languages.

    ``timeout`` is seconds a source (tree-sitter) or a source and rule (semgrep). ``cache`` is a file of what was judged
    before, read and added to. ``jobs`` processes share the work, None: as many as it is worth. ``errors`` are the
    syntax errors of the sources, where they are known and no rule is a query: tree-sitter is not run then. Raises
    AnalyserError where an engine or grammar is missing, crashes, runs out of time as a whole, or refuses a rule;
    UserError where the cache cannot be used.
    """
    if cache is None:
        return _match(rules, sources, timeout, jobs, errors)
    with kept.Kept.open(cache) as file:
        return file.through(
            [kept.of_source(source) for source in sources],
            rules,
            lambda lacking, places: _match(lacking, [sources[place] for place in places], timeout, jobs, errors),
        )


def compare(
    rules: Sequence[Rule],
    pairs: Sequence[tuple[Source | None, Source]],
    *,
    timeout: float = 10.0,
    cache: Path | None = None,
    jobs: int | None = 1,
) -> list[Report]:
    """One report for each edit by rules that are queries (``edits.Edits``) or predicates (``predicate.compare``).

    See ``match``.
    """
    if cache is None:
        unique = list(dict.fromkeys(pairs))
        reports = dict(zip(unique, crew.compare(rules, unique, timeout=timeout, jobs=jobs), strict=True))
        return [reports[pair] for pair in pairs]
    with kept.Kept.open(cache) as file:
        return file.through(
            [kept.of_edit(before, after) for before, after in pairs],
            rules,
            lambda lacking, places: crew.compare(
                lacking, [pairs[place] for place in places], timeout=timeout, jobs=jobs
            ),
        )


def _match(
    rules: Sequence[Rule],
    sources: Sequence[Source],
    timeout: float,
    jobs: int | None,
    errors: Mapping[Source, Ranges] | None,
) -> list[Report]:
    wanted = frozenset(language for rule in rules for language in rule.languages)
    places = [place for place, source in enumerate(sources) if source.language in wanted]
    unique = list(dict.fromkeys(sources[place] for place in places))
    if errors is not None:
        parts = [[Report(errors=errors[source]) for source in unique]]
    else:
        # tree-sitter runs even without a rule of its own: the syntax errors it reports concern all rules.
        mine = [rule for rule in rules if rule.engine == "treesitter"]
        parts = [crew.match(mine, unique, timeout=timeout, jobs=jobs)]
    if mine := [rule for rule in rules if rule.engine == "semgrep"]:
        parts.append(semgrep.match(mine, unique, timeout=timeout, jobs=jobs))
    if mine := [rule for rule in rules if rule.engine == "predicate"]:
        parts.append(predicate.match(mine, unique, timeout=timeout))
    merged = dict(zip(unique, map(_merged, zip(*parts, strict=True)), strict=True))
    return [merged.get(source) or Report() for source in sources]


def _merged(reports: Sequence[Report]) -> Report:
    whole = Report()
    for report in reports:
        whole.matches += report.matches
        whole.errors += report.errors
        whole.unread |= report.unread
        whole.failed |= report.failed
    whole.matches = tuple(sorted(whole.matches, key=lambda one: (one.start_byte, one.end_byte, one.rule)))
    return whole


def versions(rules: Sequence[Rule]) -> dict[str, str]:
    """What the rules' findings depend on beside the rules: versions of engines and grammars, by name."""
    found = {"tree-sitter": metadata.version("tree-sitter")}
    for name, engine in ENGINES.items():
        if mine := [rule for rule in rules if rule.engine == name]:
            found |= engine.versions(mine)
    return dict(sorted(found.items()))
