"""What an edit introduces, held against the packs' own examples: edits away from the faults, and each fault put in."""

import random
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import pytest

from replay import check, rules
from replay.engines import cleaned, treesitter
from replay.records import Change, Rule
from replay.rules import Example

CLEAN = {
    "bash": "total() {\n  echo 1\n}",
    "csharp": "class Untouched { int Total() { return 1; } }",
    "go": "func untouched() int { return 1 }",
    "java": "class Untouched { int total() { return 1; } }",
    "kotlin": "fun untouched(): Int { return 1 }",
    "php": "function untouched() { return 1; }",
    "python": "def untouched():\n    return 1\n",
    "ruby": "def untouched\n  1\nend",
    "rust": "fn untouched() -> i32 { 1 }",
}
SCRIPT = "function untouched() {\n  return 1;\n}"
SEED = 5


class Piece(NamedTuple):
    """A top-level statement: its first and last line, 0-based."""

    first: int
    last: int


def pieces(example: Example) -> list[Piece]:
    """The top-level statements of an example that share no line with another one, in order."""
    tree = treesitter.parse(example.language, cleaned(example.text))
    assert tree is not None
    found: list[Piece] = []
    for node in tree.root_node.children:
        last = max(node.start_point.row, node.end_point.row - (node.end_point.column == 0))
        if found and node.start_point.row <= found[-1].last:
            found[-1] = Piece(found[-1].first, max(last, found[-1].last))
        else:
            found.append(Piece(node.start_point.row, last))
    return found


def patterns() -> list[tuple[Rule, Example]]:
    """Every rule of ours that looks at one text, with each of its examples."""
    stems = rules.find()
    return [
        (rule, example)
        for rule in rules.load()
        if rule.engine != "predicate"
        for example in rules.examples(stems[rule.id])
        if example.language in rule.languages
    ]


def change(example: Example, before: list[str] | None, after: list[str]) -> Change:
    """An edit of the example's file."""
    old = None if before is None else "\n".join(before)
    return Change(example.path.name, "applied", "t", example.language, old, "\n".join(after))


def away(example: Example) -> Iterator[list[str]]:
    """The example with clean code put in at its ends and at a few places between its statements."""
    lines = example.text.split("\n")
    clean = CLEAN.get(example.language, SCRIPT).split("\n")
    places = [piece.first for piece in pieces(example)[1:]] + [len(lines)]
    # a comment, a doc string or `<?php` at the top must stay there
    for place in sorted({*random.Random(SEED).sample(places, min(3, len(places))), len(lines)}):
        yield [*lines[:place], *clean, *lines[place:]]


def test_edits_away_from_the_faults_introduce_nothing() -> None:
    """For every example of every rule: clean code before, between and behind the faults brings no finding."""
    work = [
        (rule, example, change(example, example.text.split("\n"), after))
        for rule, example in patterns()
        for after in away(example)
    ]
    verdicts = check.introduced([[edit] for *_, edit in work], list({rule.id: rule for rule, *_ in work}.values()))
    wrong = [
        (str(example.path), finding.rule, finding.line)
        for (_, example, _), checked in zip(work, verdicts, strict=True)
        for finding in checked.findings
    ]
    assert len(work) > 100
    assert not wrong


def test_removing_faults_introduces_nothing() -> None:
    """For every example: whatever statement is taken out, no finding comes in."""
    work = []
    for _, example in patterns():
        lines = example.text.split("\n")
        for piece in random.Random(SEED).sample(pieces(example), min(3, len(pieces(example)))):
            work.append((example, change(example, lines, lines[: piece.first] + lines[piece.last + 1 :])))  # noqa: PERF401
    verdicts = check.introduced(
        [[edit] for _, edit in work], [rule for rule in rules.load() if rule.engine == "treesitter"]
    )
    wrong = [
        (str(example.path), finding.rule, finding.line)
        for (example, _), checked in zip(work, verdicts, strict=True)
        for finding in checked.findings
    ]
    assert not wrong


def test_each_fault_put_into_its_file_is_found_there() -> None:
    """For every announced line of every example: putting its statement in brings that rule's findings, no others of it.

    The rest of the file stands before the edit, its own faults among it.
    """
    work: list[tuple[Rule, Example, Change, tuple[int, ...]]] = []
    for rule, example in patterns():
        lines = example.text.split("\n")
        for piece in pieces(example):
            announced = tuple(line for line in example.bad if piece.first < line <= piece.last + 1)
            if announced:
                before = lines[: piece.first] + lines[piece.last + 1 :]
                work.append((rule, example, change(example, before, lines), announced))
    verdicts = check.introduced([[edit] for _, _, edit, _ in work], list({rule.id: rule for rule, *_ in work}.values()))
    wrong = []
    for (rule, example, _, announced), checked in zip(work, verdicts, strict=True):
        found = tuple(sorted({finding.line for finding in checked.findings if finding.rule == rule.id}))
        # a class or import put back may be what makes later lines faults, for the engine that follows names
        ours = found if rule.engine == "treesitter" else tuple(line for line in found if line in announced)
        if ours != announced or not set(found) <= set(example.bad):
            wrong.append((str(example.path), rule.id, announced, found))
    assert len(work) > 100
    assert not wrong


@pytest.mark.parametrize("example", [pytest.param(one, id=one.path.name) for _, one in patterns() if one.bad][:1])
def test_the_examples_are_cut_into_statements(example: Example) -> None:
    """The pieces are in order and apart, so that the tests above cut where they say."""
    found = pieces(example)
    assert all(left.last < right.first for left, right in pairwise(found))
