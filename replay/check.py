"""What a change introduces: findings after minus findings before, and whether that could be judged."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from difflib import SequenceMatcher
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from replay.engines import NOT_PARSED, Match, Ranges, Report, Source, cleaned, compare, match
from replay.engines.completing import completed
from replay.errors import AnalyserError
from replay.records import Change, Checked, Finding, Rule

_DIFF_CELLS = 4_000_000
"""Largest product of line counts that is compared line by line; a larger region counts as changed throughout."""


class _Unit:
    """A stretch of one file that a completion rewrote, from its first text to its last."""

    def __init__(self, path: str, language: str, before: str | None, after: str | None, first_line: int) -> None:
        self.path = path
        self.language = language
        self.before = before
        self.after = after
        self.first_line = first_line
        self.was = Report()
        self.now = Report()
        self.edit = Report()
        self.verdicts: dict[tuple[Ranges, Ranges], str] = {}

    def sources(self) -> Iterator[Source]:
        """The texts to match: none where nothing changed."""
        if self.before != self.after:
            yield from (Source(self.language, text) for text in (self.before, self.after) if text is not None)

    def judge(self, reports: dict[Source, Report]) -> None:
        """Take the reports on the two texts."""
        if self.before == self.after:
            return
        self.was = Report() if self.before is None else reports[Source(self.language, self.before)]
        self.now = Report() if self.after is None else reports[Source(self.language, self.after)]

    def judge_edit(self, report: Report, predicates: Set[str], scans: dict[Source, Report]) -> None:
        """Take the report on the edit, and those on the two texts of rules that are neither query nor predicate."""
        was, now = (scans.get(source, Report()) for source in self.sources())
        queried = [found for found in report.matches if found.rule not in predicates]
        gone = tuple(found for found in queried if found.removed)
        come = tuple(found for found in queried if not found.removed)
        failed = {rule: why for rule, why in report.failed.items() if rule not in predicates}
        self.was = Report(was.matches + gone, report.errors_before, was.unread, was.failed)
        self.now = Report(now.matches + come, report.errors, now.unread, now.failed | failed)
        self.edit = Report(
            matches=tuple(found for found in report.matches if found.rule in predicates),
            failed={rule: why for rule, why in report.failed.items() if rule in predicates},
        )

    def is_plain(self) -> bool:
        """Whether every rule was matched on all of the text after, and none failed."""
        now = self.now
        return not (now.errors or now.unread or now.failed or self.was.failed or self.edit.failed)

    def has_news(self) -> bool:
        """Whether anything was found in the text after or of the edit, or could not be judged."""
        return bool(self.now.matches or self.edit.matches) or not self.is_plain()

    @cached_property
    def changed(self) -> tuple[list[bool], list[bool]]:
        """Which lines differ, before and after; where lines only went away, the ones around the gap do."""
        return _changed((self.before or "").split("\n"), (self.after or "").split("\n"))

    def touches(self, found: Match) -> bool:
        """Whether the match, in the text after, lies on a changed line."""
        return any(self.changed[1][found.line - 1 : found.end_line])

    def was_hidden(self, found: Match) -> bool:
        """Whether the match stood there before, where a syntax error may have kept the rule from seeing it."""
        return bool(self.was.errors_of(found.rule)) and not self.touches(found)


class _Instance(NamedTuple):
    unit: _Unit
    match: Match

    @property
    def key(self) -> tuple[str, str]:
        return self.match.rule, self.match.key


# --- what a completion introduces --------------------------------------------------------------------------


def introduced(
    completions: Sequence[Sequence[Change]],
    rules: Sequence[Rule],
    *,
    timeout: float = 10.0,
    cache: Path | None = None,
    jobs: int | None = 1,
) -> list[Checked]:
    """What each completion's applied changes introduce, all of them matched in one batch.

    Findings are counted by rule and matched tokens: those of a file after all changes minus those before. What is
    left is set off against findings that vanished from another file of the same completion, if their function and
    class are the same too (moved code). ``timeout`` is seconds a text; ``cache`` a file of what was judged before, read
    and added to; ``jobs`` processes share the work (see ``engines.match``). Raises AnalyserError where an engine fails.
    """
    wanted = frozenset(language for rule in rules for language in rule.languages)
    work = [list(_units(changes, wanted)) for changes in completions]
    whole, edits = _parted(work, rules)
    _judge_texts(whole, rules, timeout, cache, jobs)
    _judge_edits(edits, rules, timeout, cache, jobs)
    covered = _Covered(rules)
    return [_checked(units, rules, covered) for units in work]


def _units(changes: Sequence[Change], languages: frozenset[str]) -> Iterator[_Unit]:
    open_: dict[tuple[str, str, int], _Unit] = {}
    for change in changes:
        if change.status != "applied" or change.language not in languages:
            continue
        place = (change.path, change.basis, change.first_line)
        last = open_.get(place)
        if last is not None and change.basis != "fragment" and last.after == change.before:
            last.after = change.after
            continue
        if last is not None:
            yield _completed(last, change.basis)
        open_[place] = _Unit(change.path, change.language, change.before, change.after, change.first_line)
    yield from (_completed(unit, basis) for (_, basis, _), unit in open_.items())


def _completed(unit: _Unit, basis: str) -> _Unit:
    """The unit, its texts made readable where they are pieces of a file."""
    if basis == "full":
        return unit
    if unit.after is not None:
        unit.after, lines = completed(unit.language, unit.after)
        unit.first_line -= lines
    if unit.before is not None:
        unit.before = completed(unit.language, unit.before).text
    return unit


def _parted(work: Sequence[Sequence[_Unit]], rules: Sequence[Rule]) -> tuple[list[_Unit], list[_Unit]]:
    """The units whose texts are judged as a whole, and those of which it is enough to know what an edit did.

    Which of several equal findings is the new one depends on all of a file's, if it has units beside the edit's.
    """
    told = frozenset(language for rule in rules if rule.engine != "semgrep" for language in rule.languages)
    whole: list[_Unit] = []
    edits: list[_Unit] = []
    for units in work:
        count = Counter(unit.path for unit in units)
        for unit in units:
            if unit.before != unit.after:
                known = unit.before is not None and unit.after is not None and unit.language in told
                (edits if known and count[unit.path] == 1 else whole).append(unit)
    return whole, edits


def _judge_texts(
    units: Sequence[_Unit], rules: Sequence[Rule], timeout: float, cache: Path | None, jobs: int | None
) -> None:
    sources = list(dict.fromkeys(source for unit in units for source in unit.sources()))
    plain = [rule for rule in rules if rule.engine != "predicate"]
    reports = dict(zip(sources, match(plain, sources, timeout=timeout, cache=cache, jobs=jobs), strict=True))
    predicates = [rule for rule in rules if rule.engine == "predicate"]
    languages = frozenset(language for rule in predicates for language in rule.languages)
    pairs: dict[_Unit, tuple[Source | None, Source]] = {}
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
    units: Sequence[_Unit], rules: Sequence[Rule], timeout: float, cache: Path | None, jobs: int | None
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


def _checked(units: Sequence[_Unit], rules: Sequence[Rule], known: _Covered) -> Checked:
    covered = known[frozenset(unit.language for unit in units if unit.after is not None)]
    if not any(unit.has_news() for unit in units):
        return Checked(covered=covered)
    new = _new(units)
    found = {instance.match.rule for instance in new}
    unparsed = set()
    partial = False
    for unit in units:
        if unit.after is None or unit.is_plain():
            continue
        for rule in rules:
            if unit.language in rule.languages:
                verdict = _readable(unit, rule.id)
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


# --- the difference ----------------------------------------------------------------------------------------


def _new(units: Sequence[_Unit]) -> list[_Instance]:
    files: dict[str, list[_Unit]] = defaultdict(list)
    for unit in units:
        files[unit.path].append(unit)
    left: list[_Instance] = []
    gone: Counter[tuple[str, str, str]] = Counter()
    for same in files.values():
        after = _grouped(_Instance(unit, found) for unit in same for found in unit.now.matches)
        before = _grouped(_Instance(unit, found) for unit in same for found in unit.was.matches)
        for key in after.keys() | before.keys():
            now, was = after.get(key, []), before.get(key, [])
            surplus = len(now) - len(was)
            if surplus > 0:
                left += _choose(now, was, surplus)
            elif surplus < 0:
                gone.update((*key, scope) for scope in _vanished(now, was, -surplus))
    new = []
    for instance in sorted(left, key=_place):
        trace = (*instance.key, instance.match.scope)
        if gone[trace]:
            gone[trace] -= 1
        elif not instance.unit.was_hidden(instance.match):
            new.append(instance)
    new += (
        _Instance(unit, found) for unit in units for found in unit.edit.matches if not _elsewhere(found, unit, units)
    )
    return sorted(new, key=_place)


def _elsewhere(found: Match, unit: _Unit, units: Sequence[_Unit]) -> bool:
    """Whether what one file lost stands in another file of the same completion (moved code)."""
    if not found.removed:
        return False
    lost = "".join(found.text.split())
    others = (other.after for other in units if other.path != unit.path and other.after is not None)
    return any(lost in "".join(text.split()) for text in others)


def _grouped(instances: Iterable[_Instance]) -> dict[tuple[str, str], list[_Instance]]:
    groups: dict[tuple[str, str], list[_Instance]] = defaultdict(list)
    for instance in instances:
        groups[instance.key].append(instance)
    return groups


def _choose(now: Sequence[_Instance], was: Sequence[_Instance], surplus: int) -> list[_Instance]:
    """Which ``surplus`` of ``now`` are the new ones.

    In each scope no more than it gained; of these the ones on changed lines first, then the later ones.
    """
    if surplus == len(now):
        return list(now)
    gained = Counter(instance.match.scope for instance in now) - Counter(instance.match.scope for instance in was)
    chosen: list[_Instance] = []
    for instance in sorted(now, key=lambda one: (not one.unit.touches(one.match), -one.match.start_byte)):
        if len(chosen) < surplus and gained[instance.match.scope] > 0:
            gained[instance.match.scope] -= 1
            chosen.append(instance)
    return chosen


def _vanished(now: Sequence[_Instance], was: Sequence[_Instance], number: int) -> list[str]:
    lost = Counter(instance.match.scope for instance in was) - Counter(instance.match.scope for instance in now)
    return list(lost.elements())[:number]


def _place(instance: _Instance) -> tuple[str, int, int, str]:
    return instance.unit.path, instance.unit.first_line, instance.match.start_byte, instance.match.rule


def _changed(before: Sequence[str], after: Sequence[str]) -> tuple[list[bool], list[bool]]:
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    stop = 0
    while stop < min(len(before), len(after)) - start and before[-1 - stop] == after[-1 - stop]:
        stop += 1
    marks = [False] * len(before), [False] * len(after)
    old, new = before[start : len(before) - stop], after[start : len(after) - stop]
    if len(old) * len(new) > _DIFF_CELLS:
        spans = [(0, len(old), 0, len(new))]
    else:
        codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        spans = [(a, b, c, d) for tag, a, b, c, d in codes if tag != "equal"]
    for first, last, top, bottom in spans:
        for mark, low, high in ((marks[0], first, last), (marks[1], top, bottom)):
            low, high = (low + start, high + start) if low < high else (low + start - 1, high + start + 1)
            for line in range(max(0, low), min(len(mark), high)):
                mark[line] = True
    return marks


# --- what could not be read --------------------------------------------------------------------------------


def _readable(unit: _Unit, rule: str) -> str:
    """``whole``; ``parts``: syntax errors the change did not bring; ``unread``: ones it did, or a failed engine."""
    if rule in unit.now.failed or rule in unit.was.failed or rule in unit.edit.failed:
        return "unread"
    now, was = unit.now.errors_of(rule), unit.was.errors_of(rule)
    if not now:
        return "whole"
    if (now, was) not in unit.verdicts:
        before, after = cleaned(unit.before or ""), cleaned(unit.after or "")
        fresh = Counter(_words(after, span) for span in now) - Counter(_words(before, span) for span in was)
        old = not fresh or _near(before, was, unit.changed[0])
        unit.verdicts[now, was] = "parts" if old else "unread"
    return unit.verdicts[now, was]


def _words(text: bytes, span: tuple[int, int]) -> bytes:
    return b" ".join(text[slice(*span)].split())


def _near(text: bytes, errors: Ranges, changed: Sequence[bool]) -> bool:
    """Whether any of the errors lies on a changed line, or on the line before or after one."""
    breaks = [found.start() for found in re.finditer(b"\n", text)]
    lines = ((bisect_left(breaks, start), bisect_left(breaks, end)) for start, end in errors)
    return any(any(changed[max(0, first - 1) : last + 2]) for first, last in lines)


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
