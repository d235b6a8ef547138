"""Trees of edited texts: those of the texts alone, and each parsed once."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

import mutations
import pytest
from tree_sitter import Node, Parser, Tree

from replay import grammars
from replay.engines import cleaned, trees

SEED = 7
EDITS = 60


def shape(tree: Tree) -> Iterator[tuple[object, ...]]:
    """All that a query or a predicate can see of a tree, node by node."""
    cursor = tree.walk()
    while True:
        node = cursor.node
        assert isinstance(node, Node)
        yield cursor.depth, cursor.field_name, node.type, node.range, node.is_named, node.is_extra, node.is_missing
        if cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return


EXAMPLES = mutations.examples()


@pytest.mark.parametrize("language", EXAMPLES)
def test_tree_of_an_edited_text_is_that_of_the_text(language: str) -> None:
    """Node for node, whatever was parsed before, over chains of edits that break tokens and characters."""
    chance = random.Random(SEED)
    alone = Parser(grammars.grammar(language))
    readable: Counter[bool] = Counter()
    for _ in range(EDITS // 3):
        text = chance.choice(EXAMPLES[language])
        for _ in range(3):
            before, text = text, mutations.mutated(text, chance)
            old = trees.parse(language, cleaned(before))
            new = trees.parse(language, cleaned(text), like=cleaned(before))
            assert old is not None
            assert new is not None
            readable[old.root_node.has_error or new.root_node.has_error] += 1
            assert list(shape(new)) == list(shape(alone.parse(cleaned(text))))
    assert readable[False] > EDITS // 10


def test_an_edit_of_a_large_text_leads_to_its_tree() -> None:
    """One that is parsed in pieces, under a time limit."""
    before = b"".join(b"def f%d():\n    return [%d, '\xc3\xa9']\n" % (number, number) for number in range(4_000))
    after = before.replace(b"[2000, '\xc3\xa9']", b"{2000: '\xc3\xa8'}")
    assert trees.parse("python", before) is not None
    new = trees.parse("python", after, like=before)
    assert new is not None
    assert list(shape(new)) == list(shape(Parser(grammars.grammar("python")).parse(after)))


def test_a_text_that_begins_as_another_did_leads_to_its_tree() -> None:
    """Nobody says that it is an edit of that one."""
    before = b"".join(b"x%d = [%d]\n" % (number, number) for number in range(1_000))
    after = before.replace(b"[700]", b"{700:\n  1}\n")
    assert trees.parse("python", before) is not None
    new = trees.parse("python", after)
    assert new is not None
    assert list(shape(new)) == list(shape(Parser(grammars.grammar("python")).parse(after)))


def test_a_text_is_parsed_once_in_each_language() -> None:
    """The tree is the same one when it is asked for again, not that of another language."""
    first = trees.parse("python", b"once = 1")
    assert trees.parse("python", b"once = 1") is first
    other = trees.parse("ruby", b"once = 1")
    assert other is not None
    assert other.root_node.type == "program"


def test_a_tree_is_let_go_after_enough_others() -> None:
    """What is kept has a bound, in trees and in bytes of their texts."""
    first = trees.parse("json", b"[1]")
    for number in range(1_000):
        trees.parse("json", b"[%d]" % number)
    assert trees.parse("json", b"[1]") is not first
    first = trees.parse("json", b"[1]")
    for letter in b"abcd":
        trees.parse("json", b'"%s"' % (bytes([letter]) * 500_000))
    assert trees.parse("json", b"[1]") is not first
