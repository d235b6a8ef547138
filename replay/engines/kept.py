"""Reports that were made before, by text and rule: what was judged once by the same engine is not judged again.

One row holds all that is known of one text, so that a rule that is new or was changed is run alone. Whatever could
decide a finding is in its key: rule, engine, grammar, and our own code. What failed is not kept, but for edits that
brought syntax errors, nor what shows a secret.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import msgspec

from replay import grammars, redact
from replay.engines import semgrep
from replay.engines.protocol import BROUGHT, FAULTY, Match, Ranges, Report, Source, cleaned
from replay.records import Rule
from replay.store import Store, home

NAME = "checks.sqlite"
MOST_BYTES = 512_000_000
"""Above this size the file loses the texts that were not asked for the longest."""

_APPLICATION = 0x7265706B  # "repk"
_TABLES = """
CREATE TABLE judged (id INTEGER PRIMARY KEY, rules TEXT NOT NULL UNIQUE);
CREATE TABLE reports (text BLOB PRIMARY KEY, judged INTEGER NOT NULL, used INTEGER NOT NULL, report BLOB NOT NULL)
    WITHOUT ROWID;
CREATE INDEX used ON reports (used);
"""
_AT_ONCE = 500
_BELOW = ("difference.py", "grammars.py", "nodes.py", "predicates.py", "queries.py")
_SECRETS = "secrets"
_DAY = 86_400


Judge = Callable[[Sequence[Rule], Sequence[int]], list[Report]]


class _Row(msgspec.Struct, array_like=True):
    """A report whose rules are named by their keys; ``spoiled`` says why some failed that always will."""

    errors: Ranges
    matches: tuple[Match, ...]
    unread: dict[str, Ranges]
    spoiled: dict[str, str] = {}
    errors_before: Ranges = ()


class _Known(NamedTuple):
    rules: frozenset[str]
    row: _Row


def file() -> Path | None:
    """Where reports are kept, below the home; None where ``REPLAY_NO_CACHE`` says to judge all anew."""
    return None if os.environ.get("REPLAY_NO_CACHE") else home() / NAME


class Work(NamedTuple):
    """A text, or the texts before and after an edit, by what names it."""

    text: bytes
    language: str


def of_source(source: Source) -> Work:
    """The work of judging one text."""
    return Work(_digest(source.language, source.text), source.language)


def of_edit(before: Source | None, after: Source) -> Work:
    """The work of judging an edit."""
    old = ("", "") if before is None else before
    return Work(_digest("edit", *old, "" if before is None else "-", *after), after.language)


def _digest(*parts: str) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = cleaned(part)
        digest.update(b"%d " % len(data))
        digest.update(data)
    return digest.digest()


class Kept(Store):
    """The file of kept reports; several processes may share it."""

    @classmethod
    def open(cls, file: Path) -> Kept:
        """The file, made where it is not there. Raises UserError where it cannot be, or is none of ours."""
        return cls(file, _TABLES, _APPLICATION, create=True)

    def through(
        self,
        work: Sequence[Work],
        rules: Sequence[Rule],
        judge: Callable[[Sequence[Rule], Sequence[int]], list[Report]],
    ) -> list[Report]:
        """A report for each of ``work``: what is kept, and what ``judge(rules, places)`` says of the rest.

        ``places`` are indexes into ``work``; what the judge says of a rule without failing is kept.
        """
        self._pragma("synchronous=NORMAL")  # a power loss costs only what can be judged again
        keys = {language: _keys(rules, language) for language in {one.language for one in work}}
        known = self._read(list(dict.fromkeys(one.text for one in work)))
        missing: dict[tuple[str, ...], list[int]] = defaultdict(list)
        first: dict[bytes, int] = {}
        for place, one in enumerate(work):
            if first.setdefault(one.text, place) == place:
                have = known[one.text].rules if one.text in known else frozenset()
                if lacks := tuple(rule for rule, key in keys[one.language].items() if key not in have):
                    missing[lacks].append(place)
        failed: dict[bytes, dict[str, str]] = {}
        fresh: dict[bytes, _Known] = {}
        for lacks, places in missing.items():
            lacking = frozenset(lacks)
            reports = judge([rule for rule in rules if rule.id in lacking], places)
            for place, report in zip(places, reports, strict=True):
                one = work[place]
                failed[one.text] = report.failed
                fresh[one.text] = _joined(known.get(one.text), report, keys[one.language], lacks)
        about = [rule.id for rule in rules if rule.category == _SECRETS]
        self._write(fresh, frozenset(mine[rule] for mine in keys.values() for rule in about if rule in mine))
        known |= fresh
        return [
            _report(known[one.text], keys[one.language], failed.get(one.text, {})) if keys[one.language] else Report()
            for one in work
        ]

    def _read(self, texts: Sequence[bytes]) -> dict[bytes, _Known]:
        rules = {
            number: frozenset(self._decode(text, tuple[str, ...]))
            for number, text in self._rows("SELECT id, rules FROM judged")
        }
        found = {}
        stale = []
        today = int(time.time()) // _DAY
        decoder = msgspec.msgpack.Decoder(_Row)
        for start in range(0, len(texts), _AT_ONCE):
            some = texts[start : start + _AT_ONCE]
            marks = ",".join("?" * len(some))
            query = f"SELECT text, judged, used, report FROM reports WHERE text IN ({marks})"  # noqa: S608 - only marks
            for text, judged, used, report in self._rows(query, some):
                found[text] = _Known(rules[judged], decoder.decode(report))
                if used != today:
                    stale.append((today, text))
        if stale:
            with self._transaction() as db:
                db.executemany("UPDATE reports SET used = ? WHERE text = ?", stale)
        return found

    def _write(self, fresh: dict[bytes, _Known], secret: frozenset[str]) -> None:
        if not fresh:
            return
        fresh = {text: _without_secrets(known, secret) for text, known in fresh.items()}
        today = int(time.time()) // _DAY
        with self._transaction() as db:
            numbers: dict[frozenset[str], int] = {}
            for rules in {known.rules for known in fresh.values()}:
                text = msgspec.json.encode(sorted(rules)).decode()
                db.execute("INSERT OR IGNORE INTO judged (rules) VALUES (?)", (text,))
                numbers[rules] = db.execute("SELECT id FROM judged WHERE rules = ?", (text,)).fetchone()[0]
            db.executemany(
                "INSERT OR REPLACE INTO reports VALUES (?, ?, ?, ?)",
                (
                    (text, numbers[known.rules], today, msgspec.msgpack.encode(known.row))
                    for text, known in fresh.items()
                ),
            )
        self._prune()

    def _prune(self) -> None:
        """Leave out the oldest quarter where the file has grown too large."""
        pages, size = self._pragma("page_count"), self._pragma("page_size")
        free = self._pragma("freelist_count")
        if isinstance(pages, int) and isinstance(size, int) and isinstance(free, int):
            if (pages - free) * size <= MOST_BYTES:
                return
            with self._transaction() as db:
                count = db.execute("SELECT count(*) FROM reports").fetchone()[0]
                db.execute(
                    "DELETE FROM reports WHERE text IN (SELECT text FROM reports ORDER BY used LIMIT ?)",
                    (count // 4 + 1,),
                )


def _joined(known: _Known | None, report: Report, keys: dict[str, str], judged: Sequence[str]) -> _Known:
    """What was known and what a report says of the ``judged`` rules that did not fail."""
    spoiled = {keys[rule]: why for rule, why in report.failed.items() if why in (BROUGHT, FAULTY)}
    done = {keys[rule] for rule in judged if rule not in report.failed} | spoiled.keys()
    matches = tuple(one._replace(rule=keys[one.rule]) for one in report.matches if one.rule not in report.failed)
    unread = {keys[rule]: spans for rule, spans in report.unread.items() if rule not in report.failed}
    if known is None:
        return _Known(frozenset(done), _Row(report.errors, matches, unread, spoiled, report.errors_before))
    row = _Row(
        report.errors or known.row.errors,
        known.row.matches + matches,
        known.row.unread | unread,
        known.row.spoiled | spoiled,
        report.errors_before or known.row.errors_before,
    )
    return _Known(known.rules | done, row)


def _without_secrets(known: _Known, secret: frozenset[str]) -> _Known:
    """What may be written: rules whose matches show a secret, as those of ``secret`` always do, count as not judged."""
    shown = {match.rule for match in known.row.matches if match.rule in secret or redact.text(match.text)[1]}
    if not shown:
        return known
    matches = tuple(match for match in known.row.matches if match.rule not in shown)
    return _Known(known.rules - shown, msgspec.structs.replace(known.row, matches=matches))


def _report(known: _Known, keys: dict[str, str], failed: dict[str, str]) -> Report:
    """What is known of the rules with these keys."""
    if not known.row.matches and not known.row.unread and not known.row.spoiled:
        return Report(errors=known.row.errors, failed=dict(failed), errors_before=known.row.errors_before)
    rules = defaultdict(list)
    for rule, key in keys.items():
        rules[key].append(rule)
    matches = [one._replace(rule=rule) for one in known.row.matches for rule in rules.get(one.rule, ())]
    return Report(
        matches=tuple(sorted(matches, key=lambda one: (one.start_byte, one.end_byte, one.rule))),
        errors=known.row.errors,
        unread={rule: spans for key, spans in known.row.unread.items() for rule in rules.get(key, ())},
        failed=failed | {rule: why for key, why in known.row.spoiled.items() for rule in rules.get(key, ())},
        errors_before=known.row.errors_before,
    )


# --- what decides a finding --------------------------------------------------------------------------------


def _keys(rules: Sequence[Rule], language: str) -> dict[str, str]:
    """For each rule that applies, what its findings in a text of this language depend on."""
    return {
        rule.id: hashlib.blake2b(
            "\0".join((rule.hash or rule.detector, rule.engine, _engine(rule.engine, language))).encode(),
            digest_size=12,
        ).hexdigest()
        for rule in rules
        if language in rule.languages
    }


@cache
def _engine(engine: str, language: str) -> str:
    version = metadata.version("tree-sitter") if engine != "semgrep" else _semgrep()
    return " ".join((_code(), version, grammars.grammar_version(language)))


def _semgrep() -> str:
    """The version of semgrep, without starting it where it is the one installed with us."""
    if Path(semgrep.binary()).parent == Path(sys.executable).parent:
        return metadata.version("semgrep")
    return semgrep.version()


@cache
def _code() -> str:
    """A digest of the code of the engines."""
    digest = hashlib.blake2b(digest_size=12)
    room = Path(__file__).parent
    for file in [*sorted(room.glob("*.py")), *(room.parent / name for name in _BELOW)]:
        digest.update(file.read_bytes())
    return digest.hexdigest()
