"""The page of a rule: its front matter, checked field by field, and its four headings."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from replay import versions
from replay.errors import UserError
from replay.languages import BY_NAME
from replay.records import PROFILES

HEADINGS = ("What it does", "Why is this bad?", "What is allowed", "Instead")
SEVERITIES = ("error", "warning", "note")
"""What a finding means: it fails or does harm; it hides a fault; it is untidy (see docs/rules.md)."""
# libyaml reads the pages of all packs in a sixth of the time
_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
_FIELDS = frozenset(
    {"message", "category", "languages", "severity", "profile", "tags", "also", "package", "versions"}
)


def text(path: Path) -> str:
    """A file of a pack. Raises UserError where it is not UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UserError(f"not UTF-8 at byte {error.start}", path=path) from error


def page(path: Path) -> tuple[dict[str, Any], str]:
    """The front matter of a rule's page and the text below it. Raises UserError with path and line."""
    lines = text(path).splitlines()
    if not lines or lines[0].strip() != "---" or "---" not in lines[1:]:
        raise UserError("begins without front matter between two lines `---`", path=path, line=1)
    end = lines.index("---", 1)
    fields = read_yaml("\n".join(lines[1:end]), path, first=2)
    if not isinstance(fields, dict):
        raise UserError("the front matter is no mapping", path=path, line=2)

    def line(name: str) -> int:
        return next((number for number, row in enumerate(lines, 1) if row.startswith(f"{name}:")), 1)

    for name in fields.keys() - _FIELDS:
        close = get_close_matches(str(name), _FIELDS, 1)
        hint = f": did you mean {close[0]}?" if close else f": known are {', '.join(sorted(_FIELDS))}"
        raise UserError(f"unknown field {name!r}{hint}", path=path, line=line(name))
    for name in ("message", "category"):
        if not isinstance(fields.get(name), str) or not fields[name].strip():
            raise UserError(f"{name} must be a text", path=path, line=line(name))
    for name in ("languages", "tags", "also"):
        value = fields.get(name, None if name == "languages" else [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise UserError(f"{name} must be a list of names", path=path, line=line(name))
    if not fields["languages"]:
        raise UserError("languages is empty", path=path, line=line("languages"))
    for language in fields["languages"]:
        _one_of("language", language, BY_NAME, path, line("languages"))
    _one_of("severity", fields.get("severity", "warning"), SEVERITIES, path, line("severity"))
    _one_of("profile", fields.get("profile", "default"), PROFILES, path, line("profile"))
    for name, other in (("package", "versions"), ("versions", "package")):
        if name in fields and (not isinstance(fields[name], str) or other not in fields):
            raise UserError(
                "package and versions are two texts: one without the other says nothing", path=path, line=line(name)
            )
    if left := versions.unread(fields.get("versions", "")):
        raise UserError(
            f'versions: {left!r} is no range of versions: write such as ">=2.0"', path=path, line=line("versions")
        )
    _headings(lines, end, path)
    return fields, "\n".join(lines[end + 1 :]).strip()


def _one_of(what: str, name: object, known: Collection[str], path: Path, line: int) -> None:
    if name not in known:
        close = get_close_matches(str(name), known, 1)
        hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}"
        raise UserError(f"unknown {what} {name!r}: {hint}", path=path, line=line)


def _headings(lines: list[str], end: int, path: Path) -> None:
    found: list[tuple[int, str]] = []
    fenced = False
    for number, row in enumerate(lines[end + 1 :], end + 2):
        fenced ^= row.startswith("```")
        if row.startswith("## ") and not fenced:
            found.append((number, row[3:].strip()))
    if [heading for _, heading in found] != list(HEADINGS):
        wanted = ", ".join(f"`## {heading}`" for heading in HEADINGS)
        raise UserError(
            f"the headings must be {wanted}, in this order", path=path, line=found[0][0] if found else end + 1
        )
    stops = [number for number, _ in found[1:]] + [len(lines) + 1]
    for (number, heading), stop in zip(found, stops, strict=True):
        if not "".join(lines[number : stop - 1]).strip():
            raise UserError(f"nothing stands under `## {heading}`", path=path, line=number)


def read_yaml(body: str, path: Path, *, first: int) -> object:
    """A YAML text that begins at line ``first`` of ``path``. Raises UserError with path and line."""
    try:
        return yaml.load(body, Loader=_LOADER)  # noqa: S506 - both are safe loaders
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or "not YAML"
        raise UserError(f"not YAML: {what}", path=path, line=first + (mark.line if mark else 0)) from error
