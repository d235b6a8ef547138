"""What predicates ask of test code: its tests, the assertions in each, and what an edit took from them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import NamedTuple

from tree_sitter import Node, Tree

from replay.engines import regions, touched
from replay.engines.scopes import Scopes, scope_kinds
from replay.nodes import descendants, is_comment, text_of


class Family(NamedTuple):
    """How a language writes tests: patterns over names, and the node types that matter.

    ``test`` matches a test's name, or the function that is called with one. ``assertion`` matches what is called to
    assert, ``weak`` an assertion that any wrong value but an empty one passes. ``loops`` are node types. One of
    ``words`` is found in every text that holds a test; each begins with letters, for which `re` looks fastest.
    """

    tests: frozenset[str]
    test: re.Pattern[str]
    assertion: re.Pattern[str]
    weak: re.Pattern[str]
    loops: frozenset[str]
    repeats: re.Pattern[str]
    words: tuple[re.Pattern[bytes], ...]


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
    (re.compile(rb"test"),),
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
    (re.compile(rb"it\b(?<!\wit)"), re.compile(rb"test\b(?<!\wtest)")),
)
GO = Family(
    frozenset({"function_declaration"}),
    re.compile(r"(?:Test|Fuzz)(?![a-z])"),
    re.compile(r"(?:t|b|tb)\.(?:Error|Fatal|Fail)\w*\s*\(|(?:assert|require)\.\w+\s*\("),
    re.compile(r"(?:assert|require) \. (?:NotNil|NotEmpty|True) \("),
    frozenset({"for_statement"}),
    re.compile(r"(?!)"),
    (re.compile(rb"Test"), re.compile(rb"Fuzz")),
)


_DECORATED = "decorated_definition"
_CALLS = frozenset({"assert_statement", "call", "call_expression"})
_NAME = re.compile(r"[A-Za-z_]\w*")
_ASSERTING = re.compile(
    r"(?:assert|expect|to[A-Z]|require)\w*|self|cls|isinstance|not|in|is|and|or|len|await|None|True|False|null|undefined"
)


class Assertion(NamedTuple):
    """One assertion and its tokens."""

    node: Node
    key: str


class Test:
    """One test, by its name under its scope; what it holds is worked out when it is asked for."""

    def __init__(self, name: str, node: Node, label: Node, tree: Tree, family: Family) -> None:
        self.name = name
        self.node = node
        self.label = label
        self._tree = tree
        self._family = family

    @cached_property
    def whole(self) -> Node:
        """The test with its decorators."""
        parent = self.node.parent
        return parent if parent is not None and parent.type == _DECORATED else self.node

    @cached_property
    def text(self) -> str:
        """All of the test, decorators too."""
        return text_of(self.whole)

    @cached_property
    def assertions(self) -> tuple[Assertion, ...]:
        """The assertions in it, outermost ones."""
        return tuple(_assertions(self._tree, self.node, self._family))

    @cached_property
    def loops(self) -> int:
        """How many loops and parametrisations there are in it."""
        loops = touched.nodes(self._tree, self._family.loops, below=self.node)
        return len(loops) + len(self._family.repeats.findall(self.text))

    @cached_property
    def calls(self) -> list[tuple[Node, str]]:
        """The calls in it, and what each calls."""
        calls = touched.nodes(self._tree, _CALLS, below=self.node)
        called = ((one, one.child_by_field_name("function")) for one in calls if one.id != self.node.id)
        return [(one, text_of(function)) for one, function in called if function is not None]

    @cached_property
    def body(self) -> str:
        """The tokens of its body, without its name."""
        body = self.node.child_by_field_name("body") or self.node.child_by_field_name("arguments") or self.node
        return _key(body).replace(text_of(self.label), "", 1)


def lost_assertions(before: Tree | None, after: Tree, family: Family) -> Iterator[Node]:
    """The name of each test that stands in both texts and asserts less, unless the assertions moved or now loop."""
    old, new = edited(before, after, family)
    fewer = [
        (old[name], new[name])
        for name in old.keys() & new.keys()
        if len(new[name].assertions) < len(old[name].assertions) and new[name].loops <= old[name].loops
    ]
    if before is None or not fewer:
        return
    kept = Counter(one.key for one in _assertions(after, after.root_node, family))
    if kept.total() < sum(1 for _ in _assertions(before, before.root_node, family)):
        yield from (now.label for was, now in fewer if any(one.key not in kept for one in was.assertions))


def lost_tests(before: Tree | None, after: Tree, family: Family) -> Iterator[Node]:
    """Tests of the text before that are gone: as many as there are fewer, none if others took their cases over."""
    old, new = edited(before, after, family)
    fewer = len(old) - len(new)
    if fewer > 0 and sum(one.loops for one in new.values()) <= sum(one.loops for one in old.values()):
        bodies = {one.body for one in tests(after, family).values()}
        gone = [one for name, one in old.items() if name not in new and one.body not in bodies]
        yield from (one.node for one in gone[:fewer])


def weakened_assertions(before: Tree | None, after: Tree, family: Family) -> Iterator[Node]:
    """Assertions of a test that ask less than the ones they replaced: fewer strict ones, and a weak one is new.

    The weak one must speak of something that a lost strict one spoke of: elsewhere it is an assertion more.
    """
    old, new = edited(before, after, family)
    for name in old.keys() & new.keys():
        was, now = old[name].assertions, new[name].assertions
        fewer = sum(not _weak(one, family) for one in was) - sum(not _weak(one, family) for one in now)
        if fewer <= 0 or len(now) < len(was):
            continue
        known, still = Counter(one.key for one in was), Counter(one.key for one in now)
        lost = {word for one in was if not _weak(one, family) and not still[one.key] for word in _subjects(one)}
        weak = [one for one in now if _weak(one, family) and not known[one.key]]
        yield from [one.node for one in weak if not lost.isdisjoint(_subjects(one))][:fewer]


@lru_cache(maxsize=4)
def edited(before: Tree | None, after: Tree, family: Family) -> tuple[dict[str, Test], dict[str, Test]]:
    """The tests of both texts by scope and name, without such as stand in both and are the same; not to be changed.

    No test that is left out has the name of one that is given. Kept for the next rule that asks about the edit.
    """
    if before is None:
        return {}, tests(after, family)
    if not (_has_word(before, family) or _has_word(after, family)):
        return {}, {}
    old, new = _touched(before, after, family) or (tests(before, family), tests(after, family))
    same = {name for name in old.keys() & new.keys() if _same(old[name], new[name])}
    return (
        {name: one for name, one in old.items() if name not in same},
        {name: one for name, one in new.items() if name not in same},
    )


def _same(one: Test, other: Test) -> bool:
    """Whether two tests say the same: a text without syntax errors is read in one way."""
    return one.text == other.text and not (one.whole.has_error or other.whole.has_error)


def _touched(before: Tree, after: Tree, family: Family) -> tuple[dict[str, Test], dict[str, Test]] | None:
    """The tests that an edit touches; None where another test may have a new name, or the name of one of these.

    The other tests keep their names where the functions and classes around the edit are the same ones as before. A
    name is its test's alone if its last part occurs nowhere else.
    """
    start, old_end, new_end = regions.touched(before, after)
    old, old_scopes = _tests(before, family, start, old_end)
    new, new_scopes = _tests(after, family, start, new_end)
    if old_scopes.beyond(start, old_end) != new_scopes.beyond(start, new_end):
        return None
    was, now = (Counter(one.label.text or b"" for one in found) for found in (old, new))
    for tree, labels in ((before, was), (after, now)):
        whole = touched.text(tree)
        if any(whole.count(label) != labels[label] for label in was.keys() | now.keys()):
            return None
    return {one.name: one for one in old}, {one.name: one for one in new}


@lru_cache(maxsize=4)
def tests(tree: Tree, family: Family) -> dict[str, Test]:
    """The tests of a file by scope and name; of two with one name the later one, as the runners take it.

    Kept for the next rule that asks about the text: not to be changed.
    """
    if not _has_word(tree, family):
        return {}
    return {one.name: one for one in _tests(tree, family)[0]}


@lru_cache(maxsize=4)
def _has_word(tree: Tree, family: Family) -> bool:
    return any(word.search(touched.text(tree)) for word in family.words)


def _tests(tree: Tree, family: Family, start: int = 0, end: int | None = None) -> tuple[list[Test], Scopes]:
    """The tests that overlap or touch the bytes, in document order, and the functions and classes that do."""
    kinds = scope_kinds(tree.language)
    nodes = touched.nodes(tree, kinds | family.tests | {_DECORATED}, start=start, end=end)
    scopes = Scopes(tree, [node for node in nodes if node.type in kinds])
    found: dict[int, Test] = {}
    for node in nodes:
        test = node.child_by_field_name("definition") if node.type == _DECORATED else node
        if test is not None and test.type in family.tests and (label := _label(test, family)) is not None:
            found.setdefault(test.id, Test(f"{scopes.of(test)}.{text_of(label)}", test, label, tree, family))
    return list(found.values()), scopes


def _label(node: Node, family: Family) -> Node | None:
    if node.type == "call_expression":
        function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if function is None or arguments is None or not family.test.match(text_of(function)):
            return None
        first = arguments.named_children[0] if arguments.named_children else None
        return first if first is not None and "string" in first.type else None
    name = node.child_by_field_name("name")
    return name if name is not None and family.test.match(text_of(name)) else None


def _assertions(tree: Tree, node: Node, family: Family) -> Iterator[Assertion]:
    end = node.start_byte
    for one in touched.nodes(tree, _CALLS, below=node):
        if one.start_byte >= end and family.assertion.match(text_of(one)):
            end = one.end_byte
            yield Assertion(one, _key(one))


def _weak(assertion: Assertion, family: Family) -> bool:
    return family.weak.match(assertion.key) is not None


def _subjects(assertion: Assertion) -> set[str]:
    """The names that an assertion speaks of, without those that only assert."""
    return {word for word in _NAME.findall(assertion.key) if not _ASSERTING.fullmatch(word)}


def _key(node: Node) -> str:
    data = node.text or b""
    return " ".join(word for word in _words(node) if word) or data.decode("utf-8", "replace")


def _words(node: Node) -> Iterator[str]:
    for below in descendants(node):
        if not below.child_count and not is_comment(below):
            yield text_of(below)
