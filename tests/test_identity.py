"""What stored tables depend on: no module that makes or judges their rows may be missing from it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import grimp
import pytest

import replay
from replay import rules
from replay.scale import identity

ROOT = Path(replay.__file__).parent
SPEAK = frozenset({"display.py", "errors.py"})
"""Words for people: no row has them."""
AROUND = frozenset({"packaged.py", "prefix.py", "redact", "rules", "spill.py", "store", "workers.py"})
"""What judging uses to find its rules, to share the work and to keep verdicts; a rule's own hash counts beside."""


def parts_below(roots: Sequence[str]) -> set[str]:
    """The files and packages of ours that the modules below ``roots`` are made of or import, however indirectly."""
    graph = grimp.build_graph("replay")
    named = {module for root in roots for module in graph.modules if f"{module}.".startswith(f"{root}.")}
    below = named.union(*(graph.find_upstream_modules(module) for module in named)) - {"replay"}
    return {part(module) for module in below}


def part(module: str) -> str:
    """``replay.records.result`` is in ``records``, ``replay.queries`` is ``queries.py``; ``scale`` counts by module."""
    _, first, *rest = module.split(".")
    if first == "scale":
        return f"scale/{rest[0]}.py" if rest else "scale"
    return first if (ROOT / first).is_dir() else f"{first}.py"


@pytest.mark.parametrize(
    ("roots", "named", "harmless"),
    [
        (("replay.importers", "replay.workspace", "replay.signals", "replay.scale.stages"), identity.READ, SPEAK),
        (("replay.check", "replay.engines"), identity.JUDGE, SPEAK | AROUND),
    ],
    ids=["read", "judge"],
)
def test_a_change_of_any_module_that_rows_depend_on_makes_them_stale(
    roots: Sequence[str], named: Sequence[str], harmless: frozenset[str]
) -> None:
    assert parts_below(roots) - harmless == set(named)
    assert [one for one in named if not (ROOT / one).exists()] == []


def test_every_grammar_that_tells_what_a_command_writes_is_named() -> None:
    """Read off the code, as a grammar is loaded where it is first wanted."""
    files = [file for room in ("workspace", "importers") for file in (ROOT / room).rglob("*.py")]
    used = {name for file in files for name in re.findall(r'grammar\("(\w+)"\)', file.read_text())}
    assert used == set(identity.GRAMMARS)


def test_what_a_predicate_says_is_stale_where_rules_look_at_other_languages() -> None:
    """What one file lost and another one got was moved, and which others are looked at is a matter of all rules."""
    alone = rules.load(select=["javascript/test-removed", "javascript/swallowed-exception"])
    more = identity.rules([*alone, *rules.load(select=["go/swallowed-error"])])
    was = identity.rules(alone)
    engines = {rule.id: rule.engine for rule in alone}
    assert {engines[name] for name in was if was[name] != more[name]} == {"predicate"}
    assert {engines[name] for name in was if was[name] == more[name]} == {"treesitter"}
