"""What predicates ask of test code: its tests, the assertions in each, and what an edit took from them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from tree_sitter import Node, Tree

from replay import queries
from replay.engines import treesitter


class Family(NamedTuple):
    """How a language writes tests: patterns over names, and the node types that matter.

    ``word`` stands in every text that holds a test.
    ``test`` matches a test's name, or the function that is called with one. ``assertion`` matches what is called to
    assert, ``weak`` an assertion that any wrong value but an empty one passes. ``loops`` are node types.
    """

    tests: frozenset[str]
    test: re.Pattern[str]
    assertion: re.Pattern[str]
    weak: re.Pattern[str]
    loops: frozenset[str]
    repeats: re.Pattern[str]
    word: re.Pattern[bytes]


PYTHON = Family(
    frozenset({"function_definition"}),
    re.compile(r"test"),
    re.compile(r"assert\b|(?:[\w.]+\.)?(?:assert\w+|fail|raises|warns)\s*\("),
    re.compile(
        r"assert (?!.* (?:==|!=|<=?|>=|in|is) (?!not None\b))(?!.* > (?!0\b))"
        r"|self \. assert(?:IsNotNone|IsInstance) "
        r"|self \. assertTrue (?!.*(?: (?:==|!=|<=?|>=|in|is) |\b(?:any|all) \())"
    ),
    frozenset({"for_statement", "while_statement", "for_in_clause"}),
    re.compile(r"parametrize|subTest|@given"),
    re.compile(rb"test"),
)
JAVASCRIPT = Family(
    frozenset({"call_expression"}),
    re.compile(r"(?:it|test)(?:\.\w+)*$"),
    re.compile(r"(?:expect|assert)\b"),
    re.compile(
        r".*\. (?:toBeTruthy|toBeDefined|toBeFalsy) \(|.*\. not \. toBe(?:Null|Undefined) \("
        r"|assert(?: \. ok)? \((?![^,]*===?)"
    ),
    frozenset({"for_statement", "for_in_statement", "while_statement"}),
    re.compile(r"\.each\b|forEach\b"),
    re.compile(rb"\b(?:it|test)\b"),
)
GO = Family(
    frozenset({"function_declaration"}),
    re.compile(r"(?:Test|Fuzz)(?![a-z])"),
    re.compile(r"(?:t|b|tb)\.(?:Error|Fatal|Fail)\w*\s*\(|(?:assert|require)\.\w+\s*\("),
    re.compile(r"(?:assert|require) \. (?:NotNil|NotEmpty|True) \("),
    frozenset({"for_statement"}),
    re.compile(r"(?!)"),
    re.compile(rb"Test|Fuzz"),
)


_NAME = re.compile(r"[A-Za-z_]\w*")
_ASSERTING = re.compile(
    r"(?:assert|expect|to[A-Z]|require)\w*|self|cls|isinstance|not|in|is|and|or|len|await|None|True|False|null|undefined"
)


class Assertion(NamedTuple):
    """One assertion and its tokens."""

    node: Node
    key: str


class Test(NamedTuple):
    """One test, by its name under its scope; ``loops`` counts loops and parametrisations in it."""

    name: str
    node: Node
    label: Node
    assertions: tuple[Assertion, ...]
    loops: int
    body: str


def lost_assertions(before: Tree | None, after: Tree, family: Family) -> Iterator[Node]:
    """The name of each test that stands in both texts and asserts less, unless the assertions moved or now loop."""
    if before is None:
        return
    old, new = tests(before, family), tests(after, family)
    if old.keys().isdisjoint(new):
        return
    kept = Counter(one.key for one in _assertions(after.root_node, family))
    if kept.total() >= sum(1 for _ in _assertions(before.root_node, family)):
        return
    for name in old.keys() & new.keys():
        was, now = old[name], new[name]
        gone = [one for one in was.assertions if one.key not in kept]
        if gone and len(now.assertions) < len(was.assertions) and now.loops <= was.loops:
            yield now.label


def lost_tests(before: Tree | None, after: Tree, family: Family) -> Iterator[Node]:
    """Tests of the text before that are gone: as many as there are fewer, none if others took their cases over."""
    if before is None:
        return
    old, new = tests(before, family), tests(after, family)
    bodies = {one.body for one in new.values()}
    gone = [one for name, one in old.items() if name not in new and one.body not in bodies]
    if sum(one.loops for one in new.values()) <= sum(one.loops for one in old.values()):
        yield from (one.node for one in gone[: max(0, len(old) - len(new))])


def weakened_assertions(before: Tree | None, after: Tree, family: Family) -> Iterator[Node]:
    """Assertions of a test that ask less than the ones they replaced: fewer strict ones, and a weak one is new.

    The weak one must speak of something that a lost strict one spoke of: elsewhere it is an assertion more.
    """
    if before is None:
        return
    old, new = tests(before, family), tests(after, family)
    for name in old.keys() & new.keys():
        was, now = old[name].assertions, new[name].assertions
        fewer = sum(not _weak(one, family) for one in was) - sum(not _weak(one, family) for one in now)
        known, still = Counter(one.key for one in was), Counter(one.key for one in now)
        lost = {word for one in was if not _weak(one, family) and not still[one.key] for word in _subjects(one)}
        weak = [one for one in now if _weak(one, family) and not known[one.key]]
        fresh = [one.node for one in weak if not lost.isdisjoint(_subjects(one))]
        if len(now) >= len(was):
            yield from fresh[: max(0, fewer)]


@lru_cache(maxsize=4)
def tests(tree: Tree, family: Family) -> dict[str, Test]:
    """The tests of a file by scope and name; of two with one name the later one, as the runners take it.

    Kept for the next rule that asks about the two texts of an edit: not to be changed.
    """
    found: dict[str, Test] = {}
    if not family.word.search(tree.root_node.text or b""):
        return found
    names = treesitter.Scopes(tree)
    for node in queries.descendants(tree.root_node):
        if node.type in family.tests and (label := _label(node, family)) is not None:
            name = f"{names.of(node)}.{_text(label)}"
            text = (node.parent if node.parent and node.parent.type == "decorated_definition" else node).text or b""
            loops = sum(below.type in family.loops for below in queries.descendants(node))
            loops += len(family.repeats.findall(text.decode("utf-8", "replace")))
            body = node.child_by_field_name("body") or node.child_by_field_name("arguments") or node
            words = _key(body).replace(_text(label), "", 1)
            found[name] = Test(name, node, label, tuple(_assertions(node, family)), loops, words)
    return found


def _label(node: Node, family: Family) -> Node | None:
    if node.type == "call_expression":
        function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if function is None or arguments is None or not family.test.match(_text(function)):
            return None
        first = arguments.named_children[0] if arguments.named_children else None
        return first if first is not None and "string" in first.type else None
    name = node.child_by_field_name("name")
    return name if name is not None and family.test.match(_text(name)) else None


def _assertions(node: Node, family: Family) -> Iterator[Assertion]:
    stack = [node]
    while stack:
        current = stack.pop()
        if current.type in {"assert_statement", "call", "call_expression"} and family.assertion.match(_text(current)):
            yield Assertion(current, _key(current))
        else:
            stack.extend(current.children[::-1])


def _weak(assertion: Assertion, family: Family) -> bool:
    return family.weak.match(assertion.key) is not None


def _subjects(assertion: Assertion) -> set[str]:
    """The names that an assertion speaks of, without those that only assert."""
    return {word for word in _NAME.findall(assertion.key) if not _ASSERTING.fullmatch(word)}


def _key(node: Node) -> str:
    data = node.text or b""
    return " ".join(word for word in _words(node) if word) or data.decode("utf-8", "replace")


def _words(node: Node) -> Iterator[str]:
    for below in queries.descendants(node):
        if not below.child_count and not queries.is_comment(below):
            yield _text(below)


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")
