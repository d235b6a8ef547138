"""Fixtures from annotated code: `ruleid:` comments, comments that expect a diagnostic, and manifests."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from replay.errors import UserError
from replay.languages import BY_NAME, of_fence, of_path
from replay.measure.fixtures import Fixture, read
from replay.records import Rule

ANY = ""
"""The name of an annotation that expects some finding and says not of which rule."""

_ABOVE = re.compile(r"\W*\b(ruleid|ok|todoruleid|todook):\s*([\w./, -]+?)\s*(?:\*/\}?|-->)?\s*")
"""Semgrep's: alone on a line, about the next one (semgrep.dev/docs/writing-rules/testing-rules)."""
_BEHIND = (
    # pylint's functional tests: `# [broad-except]`, `# +1: [bare-except]`
    re.compile(r"(?:(?P<by>[+-]\d+):\s*)?\[(?P<names>[a-z][\w-]*(?:\s*,\s*[a-z][\w-]*)*)\]\s*$"),
    # Sonar's: `// Noncompliant`, `// Noncompliant@+1 {{message}}`
    re.compile(r"Noncompliant\b(?:@(?P<by>[+-]\d+))?"),
    # rustc's and clippy's: `//~ ERROR`, `//~^ unwrap_used`
    re.compile(r"^~(?P<up>\^*)\s*(?:ERROR|WARN|(?P<names>[a-z][\w:]*))?"),
    # Error Prone's, about the next line
    re.compile(r"BUG: (?P<next>Diagnostic contains|Diagnostic matches)\b"),
    # go vet's: `// want "message"`
    re.compile(r"^\s*want\s+[\"`]"),
    # ruff's and flake8's: codes, `# BLE001`, `# error: S110`
    re.compile(r"^\s*(?:error:?\s*)?(?P<names>[A-Z]{1,4}\d{2,4}(?:\s*,\s*[A-Z]{1,4}\d{2,4})*)\b"),
    re.compile(
        r"^\s*(?:expect(?:ed)?-error|error|bad|violation)\b(?!\s+\w)(?::\s*(?P<names>[\w./-]+))?", re.IGNORECASE
    ),
)
_SILENCED = re.compile(r"^\s*(?:noqa|nosec|pylint:|eslint|type:|nolint)")


class Found(NamedTuple):
    """What was read: the fixtures; files that announce nothing; annotations whose name is no rule's, counted."""

    fixtures: tuple[Fixture, ...]
    silent: tuple[Path, ...]
    unknown: Mapping[str, int]


class _Note(NamedTuple):
    line: int
    names: tuple[str, ...]
    positive: bool


def find(
    paths: Iterable[Path], rules: Sequence[Rule], *, names: Mapping[str, str] | None = None, anything: bool = False
) -> Found:
    """The fixtures of JSON-lines files, manifests (``.csv``), annotated code files, and folders of any of these.

    ``names`` maps names of others to globs over rule ids; a rule's id, its stem and what it is ``also`` called are
    known. A nameless annotation is about all of ``rules`` if ``anything`` is set, else it is refused. Raises UserError
    with path and line.
    """
    fixtures: list[Fixture] = []
    silent: list[Path] = []
    unknown: dict[str, int] = defaultdict(int)
    book = _Book(rules, names or {}, unknown, anything=anything)
    for path in _files(paths):
        match path.suffix:
            case ".jsonl":
                fixtures += read(path)
            case ".csv":
                fixtures += _manifest(path, book)
            case _:
                made = list(_code(path, book))
                fixtures += made
                silent += [] if made else [path]
    return Found(tuple(fixtures), tuple(silent), dict(unknown))


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            inside = [file for file in sorted(path.rglob("*")) if file.is_file()]
            listed = [file for file in inside if file.suffix in {".jsonl", ".csv"}]
            # a folder with a manifest is what the manifest says of it
            yield from listed or (file for file in inside if of_path(file.name) not in {None, "markdown", "yaml"})
        elif not path.exists():
            raise UserError("no such file or folder", path=path)
        else:
            yield path


# --- names -------------------------------------------------------------------------------------------------


class _Book:
    """Which of our rules a name means."""

    def __init__(
        self, rules: Sequence[Rule], names: Mapping[str, str], unknown: dict[str, int], *, anything: bool
    ) -> None:
        self.rules = rules
        self.names = names
        self.unknown = unknown
        self.anything = anything

    def meant(self, name: str, language: str, *, path: Path, line: int) -> tuple[str, ...]:
        """The ids of the rules of ``language`` that ``name`` means; unknown names are counted."""
        own = [rule.id for rule in self.rules if language in rule.languages]
        if name == ANY:
            if not self.anything:
                raise UserError(
                    "an annotation without a rule's name: say which are meant with --rule", path=path, line=line
                )
            return tuple(own)
        glob = self.names.get(name, name)
        found = tuple(one for one in own if fnmatchcase(one, glob) or one.partition("/")[2] == glob)
        found = found or tuple(rule.id for rule in self.rules if language in rule.languages and glob in rule.also)
        if not found:
            self.unknown[name] += 1
        return found


# --- code --------------------------------------------------------------------------------------------------


def _code(path: Path, book: _Book) -> Iterator[Fixture]:
    text = path.read_text(encoding="utf-8", errors="replace")
    language = of_path(path.name, text)
    if language is None:
        return
    lines: dict[tuple[str, ...], set[int]] = defaultdict(set)
    for note in _notes(text, language):
        for name in note.names:
            if meant := book.meant(name, language, path=path, line=note.line):
                lines[meant].update([note.line] if note.positive else [])
    for meant, positive in lines.items():
        yield Fixture(
            id=f"{path}:{','.join(meant)}",
            language=language,
            code=text,
            rules=meant,
            verdict=bool(positive),
            positive_lines=tuple(sorted(positive)),
            path=str(path),
        )


def _notes(text: str, language: str) -> Iterator[_Note]:
    mark = BY_NAME[language].comment
    rows = text.split("\n")
    # a file annotated in one style may hold the other's words as code under test
    alone = any(_ABOVE.fullmatch(row) for row in rows)
    waiting: list[tuple[bool, tuple[str, ...]]] = []
    for number, row in enumerate(rows, 1):
        above = _ABOVE.fullmatch(row)
        if above and row.strip().startswith((mark, "/*", "<!--", "{/*", "#", "//")):
            if above[1] in {"ruleid", "ok"}:
                waiting.append((above[1] == "ruleid", tuple(re.split(r"[\s,]+", above[2]))))
            continue
        yield from (_Note(number, names, positive) for positive, names in waiting)
        waiting = []
        if not alone:
            yield from _behind(row, number, mark, len(rows))


def _behind(row: str, number: int, mark: str, last: int) -> Iterator[_Note]:
    _, found, comment = row.partition(mark)
    if not found or _SILENCED.match(comment):
        return
    for pattern in _BEHIND:
        if (note := pattern.search(comment)) is not None:
            parts = note.groupdict()
            line = number + int(parts.get("by") or 0) - len(parts.get("up") or "") + bool(parts.get("next"))
            names = tuple(re.split(r"\s*,\s*", parts["names"])) if parts.get("names") else (ANY,)
            if 1 <= line <= last:
                yield _Note(line, names, positive=True)
            return


# --- manifests ---------------------------------------------------------------------------------------------


def _manifest(path: Path, book: _Book) -> Iterator[Fixture]:
    """``file,line,rule`` under a header of these names: an empty line number means "somewhere in it", 0 "nowhere"."""
    listed: dict[tuple[Path, str, tuple[str, ...]], list[int | None]] = {}
    with path.open(encoding="utf-8", errors="replace", newline="") as stream:
        rows = csv.DictReader(stream)
        if not {"file", "line", "rule"} <= set(rows.fieldnames or ()):
            raise UserError("a manifest has the columns file, line and rule", path=path, line=1)
        for row in rows:
            file = path.parent / (row["file"] or "")
            if not file.is_file():
                raise UserError(f"no such file: {row['file']}", path=path, line=rows.line_num)
            language = of_fence(row.get("language") or "") or of_path(file.name)
            if language is None:
                raise UserError(f"in no language we know: {row['file']}", path=path, line=rows.line_num)
            line = (row["line"] or "").strip()
            if line and not line.isdigit():
                raise UserError(f"{line!r} is no line number", path=path, line=rows.line_num)
            meant = book.meant((row["rule"] or "").strip(), language, path=path, line=rows.line_num)
            if meant:
                listed.setdefault((file, language, meant), []).append(int(line) if line else None)
    for (file, language, meant), lines in listed.items():
        known = sorted({line for line in lines if line})
        yield Fixture(
            id=f"{file}:{','.join(meant)}",
            language=language,
            code=file.read_text(encoding="utf-8", errors="replace"),
            rules=meant,
            verdict=bool(known) or None in lines,
            positive_lines=None if None in lines else tuple(known),
            path=str(file),
        )
