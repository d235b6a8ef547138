"""Python predicates over the trees before and after an edit, for habits that no pattern of one text can say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

from tree_sitter import Node, Tree

from replay.engines import trees, treesitter
from replay.engines.protocol import BROUGHT, FAULTY, NOT_PARSED, Match, Report, Source, cleaned, crash
from replay.engines.scopes import Scopes
from replay.records import Rule

Predicate = Callable[[Tree | None, Tree], Iterator[Node]]


def match(rules: Sequence[Rule], sources: Sequence[Source], *, timeout: float = 10.0) -> list[Report]:
    """One report for each source, taken for a new file. See ``compare``."""
    return compare(rules, [(None, source) for source in sources], timeout=timeout)


def compare(
    rules: Sequence[Rule], pairs: Sequence[tuple[Source | None, Source]], *, timeout: float = 10.0
) -> list[Report]:
    """One report for each pair (text before or None, text after): what the edit between the two introduced.

    A match that stands in the text before is ``removed``, its place the one it had. A pair fails where one text is not
    parsed within ``timeout`` seconds, or where the edit brought syntax errors. Runs the rules' code, which is trusted
    when it is loaded. Raises AnalyserError where that code raises.
    """
    return [
        _report([rule for rule in rules if after.language in rule.languages], before, after, timeout)
        for before, after in pairs
    ]


def _report(rules: Sequence[Rule], before: Source | None, after: Source, timeout: float) -> Report:
    report = Report()
    if not rules:
        return report
    data = cleaned(before.text) if before else None
    old = trees.parse(before.language, data, timeout=timeout) if before and data is not None else None
    new = trees.parse(after.language, cleaned(after.text), like=data, timeout=timeout)
    if new is None or (before and old is None):
        report.failed = dict.fromkeys((rule.id for rule in rules), f"{NOT_PARSED} {timeout:g} s")
    elif _errors(new) > (_errors(old) if old else 0):
        report.failed = dict.fromkeys((rule.id for rule in rules), BROUGHT if before else FAULTY)
    else:
        report.matches = tuple(found for rule in rules for found in _matches(rule, old, before, new, after))
    return report


def _errors(tree: Tree) -> int:
    return sum(1 for _ in treesitter.error_ranges(tree.root_node))


def _matches(rule: Rule, old: Tree | None, before: Source | None, new: Tree, after: Source) -> Iterator[Match]:
    try:
        nodes = list(compiled(rule.id, rule.detector)(old, new))
    except Exception as error:  # whatever a rule's code raises is that rule's fault, and must be told as such
        raise crash("predicate", f"{rule.id} failed on a {after.language} file: {error!r}") from error
    scopes = {True: old and Scopes(old), False: Scopes(new)}
    for node in nodes:
        removed = old is not None and _root(node) == old.root_node
        text = before.text if removed and before else after.text
        within = scopes[removed]
        found = treesitter.as_match(rule.id, node, (), cleaned(text), within.of(node) if within else "")
        yield found._replace(removed=removed)


def _root(node: Node) -> Node:
    while node.parent is not None:
        node = node.parent
    return node


@cache
def compiled(rule: str, detector: str) -> Predicate:
    """The function ``introduced`` of a rule's code. Raises whatever that code raises, KeyError where it has none."""
    names: dict[str, Any] = {"__name__": f"replay-rule-{rule}"}
    exec(compile(detector, f"{rule}.predicate.py", "exec"), names)  # noqa: S102 - from a pack the user named
    found: Predicate = names["introduced"]
    return found


def versions(rules: Sequence[Rule]) -> dict[str, str]:
    """Versions of the grammars whose trees the rules read."""
    return treesitter.versions(rules)
