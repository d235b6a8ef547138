"""What an edit can have changed: looking there alone gives the answer that looking everywhere gives."""

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tree_sitter import Node, Tree

from replay import rules
from replay.difference import Span
from replay.engines import predicate, regions, testcode, touched, trees
from replay.records import Rule

RULES = [rule for rule in rules.load() if rule.engine == "predicate"]
FOLDER = Path(__file__).parents[1] / "rules"
ENDINGS = {"go": ".go", "javascript": ".js", "python": ".py", "tsx": ".tsx", "typescript": ".ts"}
EDITS = 30


def parsed(language: str, text: str) -> Tree:
    tree = trees.parse(language, text.encode())
    assert tree is not None
    return tree


def texts(language: str) -> Iterator[str]:
    """The examples of the rules that are predicates, before and after."""
    for rule in RULES:
        for middle in (".before", ""):
            file = FOLDER / f"{rule.id}{middle}{ENDINGS[language]}"
            if file.is_file():
                yield file.read_text()


def changed(text: str, chance: random.Random) -> str:
    """The text with some lines dropped, said twice or moved, a word put in place of another, or a letter typed."""
    lines = text.splitlines(keepends=True)
    start = chance.randrange(len(lines))
    end = start + chance.choice((1, 1, 2, 4, 9))
    piece, words = lines[start:end], re.findall(r"\w+", text)
    match chance.randrange(5):
        case 0:
            del lines[start:end]
        case 1:
            lines[end:end] = piece
        case 2:
            del lines[start:end]
            to = chance.randrange(len(lines) + 1)
            lines[to:to] = piece
        case 3:
            old, new = chance.sample(words, 2)
            return re.sub(rf"\b{old}\b", new, text, count=chance.choice((0, 1)))
        case _:
            place = chance.randrange(len(text))
            return text[:place] + chance.choice("(){}'\"#/*\n =x") + text[place:]
    return "".join(lines)


def answers(mine: list[Rule], before: Tree, after: Tree) -> dict[str, list[tuple[int, int, str]]]:
    return {
        rule.id: sorted(
            (node.start_byte, node.end_byte, node.type)
            for node in predicate.compiled(rule.id, rule.detector)(before, after)
        )
        for rule in mine
    }


@pytest.mark.parametrize("language", sorted(ENDINGS))
def test_what_an_edit_does_not_touch_adds_nothing(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each predicate finds in random edits what it finds where all tests and all of both texts are looked at."""
    chance = random.Random(language)
    mine = [rule for rule in RULES if language in rule.languages]
    pairs = []
    for text in texts(language):
        for _ in range(EDITS):
            edited = changed(text, chance)
            edited = changed(edited, chance) if edited.strip() and chance.random() < 0.3 else edited
            pairs += [(text, edited), (edited, text)]
    short = [answers(mine, parsed(language, before), parsed(language, after)) for before, after in pairs]
    monkeypatch.setattr(
        testcode,
        "edited",
        lambda before, after, family: (testcode.tests(before, family), testcode.tests(after, family)),
    )
    monkeypatch.setattr(
        regions, "touched", lambda before, after: Span(0, before.root_node.end_byte, after.root_node.end_byte)
    )
    plain = [answers(mine, parsed(language, before), parsed(language, after)) for before, after in pairs]
    assert short == plain
    assert any(found for told in plain for found in told.values())


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param("a()\nb(1)\nc()\n", "a()\nb(2)\nc()\n", "b(2)", id="what was edited"),
        pytest.param("f(a)\n\n\n'''\nb()\n'''\n", "f(a)\n\n\n\nb()\n\n", "b()", id="what is read in another way"),
        pytest.param(
            "a()\nif x:\n    pass\nb()\n",
            "a()\nif x:\n    pass\n    b()\n",
            "b()",
            id="what has another block around it",
        ),
    ],
)
def test_what_an_edit_touches_is_told_from_both_trees(before: str, after: str, expected: str) -> None:
    """The call that changed, or that stands elsewhere in the tree, is touched; the one far from it is not."""
    old, new = parsed("python", before), parsed("python", after)
    start, _, end = regions.touched(old, new)
    calls = touched.nodes(new, frozenset({"call"}), start=start, end=end)
    assert [one.text for one in calls] == [expected.encode()]


@pytest.mark.parametrize("language", sorted(ENDINGS))
def test_what_an_edit_does_not_touch_stands_in_both_trees(language: str) -> None:
    """Each node beside the bytes has its like in the other tree, as far from either end and in the same nodes."""
    chance = random.Random(f"{language} nodes")
    beside = 0
    for text in texts(language):
        for _ in range(EDITS):
            old, new = parsed(language, text), parsed(language, changed(text, chance))
            start, old_end, new_end = regions.touched(old, new)
            mine, its = list(outside(old, start, old_end)), list(outside(new, start, new_end))
            assert mine == its
            beside += len(mine)
    assert beside > 1_000


def outside(tree: Tree, start: int, end: int) -> Iterator[tuple[tuple[str, ...], int, int]]:
    """The nodes that neither overlap nor touch the bytes: types from the root on, and how far either end is."""
    stack: list[tuple[tuple[str, ...], Node]] = [((), tree.root_node)]
    while stack:
        above, node = stack.pop()
        kinds = (*above, node.type)
        if node.end_byte < start:
            yield kinds, node.start_byte, node.end_byte
        elif node.start_byte > end:
            yield kinds, node.start_byte - end, node.end_byte - end
        stack += ((kinds, child) for child in node.children)


def test_everything_is_touched_where_a_text_has_syntax_errors() -> None:
    """The parser may mend an error otherwise after an edit far from it."""
    old, new = parsed("python", "def f(:\n    pass\n\n\nx = 1\n"), parsed("python", "def f(:\n    pass\n\n\nx = 2\n")
    assert regions.touched(old, new) == (0, old.root_node.end_byte, new.root_node.end_byte)


def test_nodes_come_in_document_order_and_touching_is_enough() -> None:
    """Outer nodes before those in them; a node that ends where the bytes start is given."""
    tree = parsed("python", "a(b(1))\nc(2)\n")

    def said(found: list[Node]) -> list[bytes]:
        return [node.text or b"" for node in found]

    assert said(touched.nodes(tree, frozenset({"call", "no_such_type"}))) == [b"a(b(1))", b"b(1)", b"c(2)"]
    assert said(touched.nodes(tree, frozenset({"call"}), start=7, end=7)) == [b"a(b(1))"]
    assert said(touched.nodes(tree, frozenset({"call"}), start=8, end=9)) == [b"c(2)"]
    assert touched.nodes(tree, frozenset({"no_such_type"})) == []


def test_what_is_nested_beyond_all_measure_is_passed_over() -> None:
    """Tree-sitter would take hours for calls in calls that are deeper than it can count."""
    tree = parsed("python", "f(" * 70_000 + ")" * 70_000 + "\n")
    assert 30_000 < len(touched.nodes(tree, frozenset({"call"}))) < 70_000


def test_added_nodes_are_the_later_ones_of_a_kind() -> None:
    """Of three calls, where there was one, the first is the old one."""
    tree = parsed("python", "a()\nb()\na()\n")
    first, other, last = touched.nodes(tree, frozenset({"call"}))
    after = [("a", first), ("b", other), ("a", last)]
    assert list(touched.added([("a", first)], after)) == [other, last]
