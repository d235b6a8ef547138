"""Packs: folders of detectors and pages, loaded into ``Rule`` records."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from replay import packaged
from replay.errors import UserError
from replay.languages import BY_NAME
from replay.records import Rule
from replay.rules import validated
from replay.rules.page import page as read_page
from replay.rules.page import read_yaml, text

ENGINES: dict[str, Literal["treesitter", "semgrep", "predicate"]] = {
    ".scm": "treesitter",
    ".yaml": "semgrep",
    ".predicate.py": "predicate",
}
STEM = re.compile(r"[a-z0-9][a-z0-9-]*")


# --- loading -----------------------------------------------------------------------------------------------


def load(packs: Sequence[Path] = (), *, select: Sequence[str] = ("*",), run_code: bool = False) -> tuple[Rule, ...]:
    """The rules of the built-in packs and of the folders ``packs`` that ``select`` names, ordered by id.

    A predicate of ``packs`` is code that will be run: it is refused but for ``run_code``, which says that the user has
    named these folders himself.

    Raises UserError with path and line for a rule that is incomplete, has unknown fields, or whose query is wrong.
    """
    stems = find(packs)
    known = {rule: path for rule, path in stems.items() if any(fnmatchcase(rule, pattern) for pattern in select)}
    for pattern in select:
        _must_match(pattern, stems)
    own = packaged.folder("rules").resolve()
    for path in known.values():
        if parts(path)[1] == ".predicate.py" and not run_code and not path.resolve().is_relative_to(own):
            raise UserError("a predicate is code that is run: name its folder with --pack", path=path)
    return tuple(read(path, rule, trusted=path.resolve().is_relative_to(own)) for rule, path in sorted(known.items()))


def find(packs: Sequence[Path] = ()) -> dict[str, Path]:
    """Where each rule's detector lies, by rule id: in the built-in packs, then in the folders ``packs``.

    A folder holds packs, or is one. Raises UserError for a missing folder and for two rules with one id.
    """
    found: dict[str, Path] = {}
    builtin = packaged.folder("rules")
    for folder in (builtin, *packs):
        if not folder.is_dir():
            if folder == builtin:
                continue
            raise UserError("no such folder of rules", path=folder)
        before = len(found)
        for rule, path in _detectors(folder):
            other = found.setdefault(rule, path)
            if other.resolve() != path.resolve():
                raise UserError(f"rule {rule} is already at {other}: rename one of them", path=path)
        if folder != builtin and len(found) == before and not any(_detectors(folder)):
            raise UserError("holds no rule: no <id>.scm, <id>.yaml or <id>.predicate.py beside an <id>.md", path=folder)
    return found


def _detectors(folder: Path) -> Iterator[tuple[str, Path]]:
    packs = [folder, *sorted(sub for sub in folder.iterdir() if sub.is_dir() and not sub.name.startswith("."))]
    for pack in packs:
        name = pack.resolve().name
        for path in sorted(pack.iterdir()):
            stem, suffix = parts(path)
            if suffix in ENGINES and not path.name.startswith("."):
                yield f"{name}/{stem}", path
            elif (
                path.suffix == ".md"
                and path.name != "README.md"
                and not any(path.with_name(path.stem + suffix).is_file() for suffix in ENGINES)
            ):
                raise UserError(f"no detector beside it: add {path.stem}.scm or {path.stem}.yaml", path=path)


def parts(path: Path) -> tuple[str, str]:
    """Stem and suffix of a file of a pack: ``no-call`` and ``.scm``, or ``.predicate.py`` for a predicate."""
    for suffix in ENGINES:
        if path.name.endswith(suffix):
            return path.name.removesuffix(suffix), suffix
    return path.stem, path.suffix


def read(path: Path, rule: str, *, trusted: bool = False) -> Rule:
    """The rule ``rule`` whose detector is ``path``. Raises UserError with path and line.

    The query of a ``trusted`` one is not compiled to see whether it is right: that takes 2 s for all built-in packs, and
    our tests do it.
    """
    stem, suffix = parts(path)
    if not STEM.fullmatch(stem):
        raise UserError("a rule's name is lower case letters, digits and dashes", path=path)
    page = path.with_name(f"{stem}.md")
    if not page.is_file():
        raise UserError(f"no page beside it: add {page.name} (see docs/rules.md)", path=path)
    fields, doc = read_page(page)
    detector = text(path)
    engine = ENGINES[suffix]
    languages = tuple(fields["languages"])
    match engine:
        case "treesitter" if not trusted:
            validated.validate(detector, languages, path=path)
        case "semgrep":
            _validate_semgrep(detector, languages, path)
        case "predicate":
            _validate_predicate(detector, path)
    return Rule(
        id=rule,
        engine=engine,
        languages=languages,
        message=fields["message"],
        category=fields["category"],
        detector=detector,
        tags=tuple(fields.get("tags", ())),
        also=tuple(fields.get("also", ())),
        doc=doc,
        hash=fingerprint(engine, languages, detector),
        severity=fields.get("severity", "warning"),
        profile=fields.get("profile", "default"),
        package=fields.get("package", ""),
        versions=fields.get("versions", ""),
    )


def fingerprint(engine: str, languages: Sequence[str], detector: str) -> str:
    """16 hex digits of the SHA-256 of what decides a rule's findings: engine, languages, detector."""
    return hashlib.sha256("\0".join((engine, ",".join(sorted(languages)), detector)).encode()).hexdigest()[:16]


def _validate_semgrep(detector: str, languages: Sequence[str], path: Path) -> None:
    body = read_yaml(detector, path, first=1)
    found = body.get("rules") if isinstance(body, dict) else None
    if not isinstance(found, list) or len(found) != 1 or not isinstance(found[0], dict):
        raise UserError("a semgrep file holds `rules:` with exactly one rule", path=path, line=1)
    line = next((number for number, row in enumerate(detector.splitlines(), 1) if re.match(r"[\s-]*id:", row)), 1)
    if found[0].get("id") != path.stem:
        raise UserError(f"the rule's id must be the file's stem, {path.stem!r}", path=path, line=line)
    named = {str(name).lower() for name in found[0].get("languages") or ()}
    for language in languages:
        known = BY_NAME[language]
        if known.semgrep is None:
            raise UserError(f"semgrep does not read {language}: write a tree-sitter query", path=path, line=1)
        names = {known.semgrep, known.name, *known.fences} | ({"typescript"} if language == "tsx" else set())
        if not named & names:
            raise UserError(f"the page names {language}, `languages:` does not ({known.semgrep})", path=path, line=line)


def _validate_predicate(detector: str, path: Path) -> None:
    try:
        body = ast.parse(detector)
    except SyntaxError as error:
        raise UserError(f"not Python: {error.msg}", path=path, line=error.lineno) from error
    functions = {node.name: node for node in body.body if isinstance(node, ast.FunctionDef)}
    if "introduced" not in functions or len(functions["introduced"].args.args) != 2:
        raise UserError("defines no `introduced(before, after)`", path=path, line=1)


# --- selecting ---------------------------------------------------------------------------------------------


def select(rules: Sequence[Rule], selectors: Sequence[str]) -> tuple[Rule, ...]:
    """The rules whose id matches any of ``selectors`` (ids or globs), in the order of ``rules``.

    Raises UserError for a selector that matches none, with the nearest id.
    """
    for pattern in selectors:
        _must_match(pattern, [rule.id for rule in rules])
    return tuple(rule for rule in rules if any(fnmatchcase(rule.id, pattern) for pattern in selectors))


def of_profile(rules: Sequence[Rule], profile: str, *, named: Sequence[str] = ()) -> tuple[Rule, ...]:
    """The rules of a profile: ``strict`` holds all, ``default`` those that few teams mean to break.

    A rule whose full id is among the selectors ``named`` stays in any: who names it wants it. Raises UserError for a
    glob among them that the profile leaves with no rule.
    """
    kept = tuple(rule for rule in rules if profile == "strict" or rule.profile == "default" or rule.id in named)
    for pattern in named:
        if _matching(rules, pattern) and not _matching(kept, pattern):
            raise UserError(f"{pattern!r} means only rules of the profile strict: choose it with --profile strict")
    return kept


def _matching(rules: Sequence[Rule], pattern: str) -> bool:
    return any(fnmatchcase(rule.id, pattern) for rule in rules)


def _must_match(pattern: str, ids: Iterable[str]) -> None:
    known = list(ids)
    if pattern == "*" or any(fnmatchcase(rule, pattern) for rule in known):
        return
    pack, slash, rest = pattern.partition("/")
    packs = {rule.partition("/")[0] for rule in known}
    if slash and pack not in packs and not set(pack) & set("*?[") and (near := get_close_matches(pack, packs, 1)):
        raise UserError(f"no rule matches {pattern!r}: did you mean {near[0]}/{rest}?")
    close = get_close_matches(pattern, known, 1, 0.5) or [rule for rule in known if rule.partition("/")[2] == pattern]
    hint = f"did you mean {close[0]}?" if close else "see `replay rules list`"
    raise UserError(f"no rule matches {pattern!r}: {hint}")
