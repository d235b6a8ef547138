"""Annotated examples: the code beside a rule that says on which lines it must match."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from replay.errors import UserError
from replay.languages import BY_NAME, of_path
from replay.rules.packs import ENGINES, parts
from replay.rules.page import text

_ANNOTATION = re.compile(r"\W*\b(ruleid|ok):\s*([\w, -]+?)\s*(?:\*/\}?|-->)?\s*")


class Example(NamedTuple):
    """An annotated example: 1-based lines where a match must start (``bad``) and must not (``good``).

    ``before`` is the example of the text before the edit, if the rule compares two: its lines are of what went away.
    """

    path: Path
    language: str
    text: str
    bad: tuple[int, ...]
    good: tuple[int, ...]
    before: Example | None = None


def examples(stem: Path) -> list[Example]:
    """The annotated examples beside the detector ``stem`` (``rules/python/bare-except`` with or without suffix).

    Raises UserError for an example without annotations, or one that stands above no line.
    """
    stem = stem.with_name(parts(stem)[0]) if parts(stem)[1] in ENGINES else stem
    found = []
    for path in sorted(stem.parent.glob(f"{stem.name}.*")):
        language = of_path(path.name)
        if path.stem == stem.name and path.suffix not in ENGINES and path.suffix != ".md" and language is not None:
            old = path.with_name(f"{path.stem}.before{path.suffix}")
            before = _example(old, language, stem.name) if old.is_file() else None
            found.append(_example(path, language, stem.name, before))
    return found


def _example(path: Path, language: str, stem: str, before: Example | None = None) -> Example:
    lines: dict[str, list[int]] = {"ruleid": [], "ok": []}
    content = text(path)
    waiting: list[tuple[int, str]] = []
    for number, row in enumerate(content.split("\n"), 1):
        note = _ANNOTATION.fullmatch(row)
        if note and row.strip().startswith((BY_NAME[language].comment, "/*", "<!--", "{/*")):
            if stem in re.split(r"[\s,]+", note[2]):
                waiting.append((number, note[1]))
            continue
        for start, kind in waiting:
            if not row.strip():
                raise UserError(f"`{kind}:` stands above an empty line", path=path, line=start)
            lines[kind].append(number)
        waiting = []
    if waiting:
        raise UserError(f"`{waiting[0][1]}:` stands above no line", path=path, line=waiting[0][0])
    if not lines["ruleid"] and not lines["ok"] and not before and path.stem == stem:
        raise UserError(f"no line is annotated with `ruleid: {stem}` or `ok: {stem}`", path=path, line=1)
    return Example(path, language, content, tuple(lines["ruleid"]), tuple(lines["ok"]), before)
