"""What a change introduces: findings after minus findings before, and whether that could be judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set
from pathlib import Path

from replay.check.news import new_in
from replay.check.units import Unit, units_of
from replay.engines import NOT_PARSED, Match, Ranges, Report, Source, compare, match
from replay.errors import AnalyserError
from replay.languages import judgeable
from replay.records import Change, Checked, Finding, Rule

# --- what a completion introduces --------------------------------------------------------------------------


def introduced(
    completions: Sequence[Sequence[Change]],
    rules: Sequence[Rule],
    *,
    languages: Set[str] = frozenset(),
    timeout: float = 10.0,
    cache: Path | None = None,
    jobs: int | None = 1,
) -> list[Checked]:
    """What each completion's applied changes introduce, all of them matched in one batch.

    Findings are counted by rule and matched tokens: those of a file after all changes minus those before. What is
    left is set off against findings that vanished from another file of the same completion, if their function and
    class are the same too (moved code). Files in ``languages`` are looked at for that beside those that ``rules``
    judge, where these are only some of the rules that decide. ``timeout`` is seconds a text; ``cache`` a file of what
    was judged before, read and added to; ``jobs`` processes share the work (see ``engines.match``). Raises
    AnalyserError where an engine fails.
    """
    wanted = judgeable(rules) | languages
    work = [list(units_of(changes, wanted)) for changes in completions]
    whole, edits = _parted(work, rules)
    _judge_texts(whole, rules, timeout, cache, jobs)
    _judge_edits(edits, rules, timeout, cache, jobs)
    covered = _Covered(rules)
    return [_checked(units, rules, covered) for units in work]


def _parted(work: Sequence[Sequence[Unit]], rules: Sequence[Rule]) -> tuple[list[Unit], list[Unit]]:
    """The units whose texts are judged as a whole, and those of which it is enough to know what an edit did.

    Which of several equal findings is the new one depends on all of a file's, if it has units beside the edit's.
    """
    told = judgeable(rule for rule in rules if rule.engine != "semgrep")
    whole: list[Unit] = []
    edits: list[Unit] = []
    for units in work:
        count = Counter(unit.path for unit in units)
        for unit in units:
            if unit.before != unit.after:
                known = unit.before is not None and unit.after is not None and unit.language in told
                (edits if known and count[unit.path] == 1 else whole).append(unit)
    return whole, edits


def _judge_texts(
    units: Sequence[Unit], rules: Sequence[Rule], timeout: float, cache: Path | None, jobs: int | None
) -> None:
    sources = list(dict.fromkeys(source for unit in units for source in unit.sources()))
    plain = [rule for rule in rules if rule.engine != "predicate"]
    reports = dict(zip(sources, match(plain, sources, timeout=timeout, cache=cache, jobs=jobs), strict=True))
    predicates = [rule for rule in rules if rule.engine == "predicate"]
    languages = judgeable(predicates)
    pairs: dict[Unit, tuple[Source | None, Source]] = {}
    for unit in units:
        unit.judge(reports)
        if unit.after is None or unit.language not in languages:
            continue
        if late := next((why for why in unit.now.failed.values() if why.startswith(NOT_PARSED)), ""):
            unit.edit = Report(failed={rule.id: late for rule in predicates if unit.language in rule.languages})
        else:
            before = None if unit.before is None else Source(unit.language, unit.before)
            pairs[unit] = before, Source(unit.language, unit.after)
    compared = compare(predicates, list(pairs.values()), timeout=timeout, cache=cache, jobs=jobs)
    for unit, report in zip(pairs, compared, strict=True):
        unit.edit = report


def _judge_edits(
    units: Sequence[Unit], rules: Sequence[Rule], timeout: float, cache: Path | None, jobs: int | None
) -> None:
    pairs = []
    for unit in units:
        before, after = unit.sources()
        pairs.append((before, after))
    told = [rule for rule in rules if rule.engine != "semgrep"]
    reports = compare(told, pairs, timeout=timeout, cache=cache, jobs=jobs)
    errors: dict[Source, Ranges] = {}
    for (before, after), report in zip(pairs, reports, strict=True):
        errors |= {before: report.errors_before, after: report.errors}
    others = [rule for rule in rules if rule.engine == "semgrep"]
    scanned = match(others, list(errors), timeout=timeout, cache=cache, jobs=jobs, errors=errors) if others else ()
    scans = dict(zip(errors, scanned, strict=False))
    predicates = {rule.id for rule in rules if rule.engine == "predicate"}
    for unit, report in zip(units, reports, strict=True):
        unit.judge_edit(report, predicates, scans)


class _Covered(dict[frozenset[str], tuple[str, ...]]):
    """The rules that look at any of some languages, by id, in their order."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        super().__init__()
        self._rules = rules

    def __missing__(self, languages: frozenset[str]) -> tuple[str, ...]:
        self[languages] = tuple(rule.id for rule in self._rules if not languages.isdisjoint(rule.languages))
        return self[languages]


def _checked(units: Sequence[Unit], rules: Sequence[Rule], known: _Covered) -> Checked:
    covered = known[frozenset(unit.language for unit in units if unit.after is not None)]
    if not any(unit.has_news() for unit in units):
        return Checked(covered=covered)
    new = new_in(units)
    found = {instance.match.rule for instance in new}
    unparsed = set()
    partial = False
    for unit in units:
        if unit.after is None or unit.is_plain():
            continue
        for rule in rules:
            if unit.language in rule.languages:
                verdict = unit.readable(rule.id)
                partial |= verdict != "whole"
                if verdict == "unread" and rule.id not in found:
                    unparsed.add(rule.id)
    return Checked(
        findings=tuple(_finding(one.match, one.unit.path, one.unit.first_line) for one in new),
        covered=covered,
        unparsed=tuple(rule for rule in covered if rule in unparsed),
        partial=partial,
    )


def _finding(found: Match, path: str, first_line: int = 1) -> Finding:
    shift = first_line - 1
    return Finding(found.rule, path, found.line + shift, found.end_line + shift, found.text, found.scope)


# --- whole files -------------------------------------------------------------------------------------------


def lint(
    sources: Sequence[Source],
    rules: Sequence[Rule],
    *,
    names: Sequence[str] = (),
    timeout: float = 10.0,
    cache: Path | None = None,
    jobs: int | None = 1,
    unjudged: list[tuple[str, str]] | None = None,
) -> list[tuple[Finding, ...]]:
    """All findings of whole texts, one tuple a source; ``names`` are their paths, ``cache`` and ``jobs`` as above.

    Raises AnalyserError where an engine fails, or could not judge a rule on one of the texts; the latter is added to
    ``unjudged`` instead, as path and reason, where that is given.
    """
    paths = names or [f"text {number}" for number, _ in enumerate(sources, 1)]
    found = []
    for path, report in zip(paths, match(rules, sources, timeout=timeout, cache=cache, jobs=jobs), strict=True):
        for rule, why in report.failed.items():
            if unjudged is None:
                raise AnalyserError(f"{path}: {rule} could not be judged: {why}")
            unjudged.append((path, f"{rule} could not be judged: {why}"))
        found.append(tuple(_finding(one, path if names else "") for one in report.matches))
    return found
