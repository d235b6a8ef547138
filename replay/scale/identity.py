"""What results depend on beside the logs: the code that reads them, the rules, and the engines that run these."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import metadata
from pathlib import Path

import replay
from replay import importers
from replay.engines import treesitter
from replay.grammars import grammar_version
from replay.records import Rule

READ = (
    "columns.py",
    "difference.py",
    "grammars.py",
    "importers",
    "languages.py",
    "modules.py",
    "nodes.py",
    "prefix.py",
    "prompts",
    "records",
    "redact",
    "scale/stages.py",
    "signals",
    "spill.py",
    "tables.py",
    "versions",
    "wire",
    "workspace",
)
"""The code that makes rows of logs."""

JUDGE = (
    "check",
    "difference.py",
    "engines",
    "grammars.py",
    "languages.py",
    "nodes.py",
    "predicates.py",
    "queries.py",
    "records",
    "versions",
)
"""The code that judges a change by a rule."""

GRAMMARS = ("bash", "javascript", "python")
"""The languages of commands and scripts, which tell what becomes of files."""


@cache
def reader(signals: tuple[str, ...]) -> str:
    """16 hex digits that change with the code which makes rows of logs, installed importers and signals included."""
    formats = [
        f"{point.name}={point.value}={point.dist.version if point.dist else ''}" for point in importers.outside()
    ]
    grammars = map(grammar_version, GRAMMARS)
    return _digest(_source(READ), *grammars, *sorted(formats), *importers.FORMATS, *signals)


def rules(chosen: Sequence[Rule]) -> dict[str, str]:
    """16 hex digits for each rule that change with it, with its engine, or with the code that judges."""
    code = _source(JUDGE)
    semgrep = f"{_installed('semgrep')} {os.environ.get('REPLAY_SEMGREP', '')}"
    # What a predicate says was lost may have moved to another file: to one that is looked at for any of the rules.
    languages = sorted({language for rule in chosen for language in rule.languages})
    return {
        rule.id: _digest(
            code, rule.hash, rule.engine, _engine(rule, semgrep), *(languages if rule.engine == "predicate" else ())
        )
        for rule in chosen
    }


def _engine(rule: Rule, semgrep: str) -> str:
    """Versions of what runs the rule."""
    return semgrep if rule.engine == "semgrep" else repr(sorted(treesitter.versions([rule]).items()))


def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


@cache
def _source(parts: Iterable[str]) -> str:
    """A digest of the named modules and packages of ours."""
    root = Path(replay.__file__).parent
    digest = hashlib.sha256()
    for part in parts:
        place = root / part
        for file in sorted(place.rglob("*.py")) if place.is_dir() else (place,):
            digest.update(f"{file.relative_to(root)}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
