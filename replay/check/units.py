"""A stretch of a file that a completion rewrote: its texts, the lines that changed, and whether it can be judged."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from difflib import SequenceMatcher
from functools import cached_property
from typing import Literal

from replay.engines import Match, Ranges, Report, Source, cleaned
from replay.engines.completing import completed
from replay.records import Change

Readable = Literal["whole", "parts", "unread"]
"""``parts``: syntax errors that the change did not bring; ``unread``: ones that it did, or an engine failed."""

_DIFF_CELLS = 4_000_000
"""Largest product of line counts that is compared line by line; a larger region counts as changed throughout."""


class Unit:
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
        self._readable: dict[tuple[Ranges, Ranges], Readable] = {}

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

    def readable(self, rule: str) -> Readable:
        """How well the change can be judged by the rule."""
        if rule in self.now.failed or rule in self.was.failed or rule in self.edit.failed:
            return "unread"
        now, was = self.now.errors_of(rule), self.was.errors_of(rule)
        if not now:
            return "whole"
        if (now, was) not in self._readable:
            before, after = cleaned(self.before or ""), cleaned(self.after or "")
            fresh = Counter(_words(after, span) for span in now) - Counter(_words(before, span) for span in was)
            old = not fresh or _near(before, was, self.changed[0])
            self._readable[now, was] = "parts" if old else "unread"
        return self._readable[now, was]

    def was_hidden(self, found: Match) -> bool:
        """Whether the match stood there before, where a syntax error may have kept the rule from seeing it."""
        return bool(self.was.errors_of(found.rule)) and not self.touches(found)


# --- from changes to units ---------------------------------------------------------------------------------


def units_of(changes: Sequence[Change], languages: frozenset[str]) -> Iterator[Unit]:
    """What one completion's applied changes in the languages come to; edits of one text, each of the last, are one."""
    open_: dict[tuple[str, str, int], Unit] = {}
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
        open_[place] = Unit(change.path, change.language, change.before, change.after, change.first_line)
    yield from (_completed(unit, basis) for (_, basis, _), unit in open_.items())


def _completed(unit: Unit, basis: str) -> Unit:
    """The unit, its texts made readable where they are pieces of a file."""
    if basis == "full":
        return unit
    if unit.after is not None:
        unit.after, lines = completed(unit.language, unit.after)
        unit.first_line -= lines
    if unit.before is not None:
        unit.before = completed(unit.language, unit.before).text
    return unit


# --- lines ---------------------------------------------------------------------------------------------------


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


def _words(text: bytes, span: tuple[int, int]) -> bytes:
    return b" ".join(text[slice(*span)].split())


def _near(text: bytes, errors: Ranges, changed: Sequence[bool]) -> bool:
    """Whether any of the errors lies on a changed line, or on the line before or after one."""
    breaks = [found.start() for found in re.finditer(b"\n", text)]
    lines = ((bisect_left(breaks, start), bisect_left(breaks, end)) for start, end in errors)
    return any(any(changed[max(0, first - 1) : last + 2]) for first, last in lines)
