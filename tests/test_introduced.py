"""What an edit introduces, held against the packs' own examples: edits away from the faults, and each fault put in."""

import random
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import pytest

from replay import check, rules
from replay.engines import cleaned, trees
from replay.nodes import descendants
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
    tree = trees.parse(example.language, cleaned(example.text))
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


# --- a fault put into a clean file -------------------------------------------------------------------------

HOSTS = {
    "bash": "#!/bin/bash\nfirst() {\n  echo 1\n}\n\n<0>\n\nsecond() {\n  <2>\n  echo 2\n}\n",
    "csharp": "class First {\n    int One() { return 1; }\n}\n\n<0>\n"
    "\nclass Second {\n    int Two() { return 2; }\n}\n",
    "go": "package main\n\nfunc first(value int) int {\n\treturn value + 1\n}\n\n<0>\n"
    "\nfunc second() int {\n\treturn 2\n}\n",
    "java": "class First {\n    int one() { return 1; }\n}\n\n<0>\n\nclass Second {\n    int two() { return 2; }\n}\n",
    "kotlin": "fun first(value: Int): Int {\n    return value + 1\n}\n\n<0>\n\nfun second(): Int {\n    return 2\n}\n",
    "php": "<?php\nfunction first($value) {\n  return $value + 1;\n}\n\n<0>\n"
    "\nfunction second() {\n  <2>\n  return 2;\n}\n",
    "python": "import os\n\n\ndef first(value):\n    return value + 1\n\n\n<0>\n\n\n"
    "class Other:\n    def method(self):\n"
    "        <8>\n        return 2\n",
    "ruby": "def first(value)\n  value + 1\nend\n\n<0>\n\nclass Other\n  def method\n    <4>\n    2\n  end\nend\n",
    "rust": "fn first(value: i32) -> i32 {\n    value + 1\n}\n\n<0>\n\nfn second() -> i32 {\n    2\n}\n",
    "swift": "func first(value: Int) -> Int {\n    return value + 1\n}\n\n<0>\n"
    "\nfunc second() -> Int {\n    return 2\n}\n",
}
SCRIPT_HOST = (
    "export function first(value) {\n  return value + 1;\n}\n\n<0>\n\nclass Other {\n  method() {\n    <4>\n"
    "    return 2;\n  }\n}\n"
)
HEADS = {"php": "<?php\n", "go": "package main\n"}
"""What a file of the language begins with."""


def hosted(language: str, block: list[str]) -> Iterator[tuple[str, str]]:
    """A clean file and the same with the block in it: between its functions, and inside one, indented."""
    host = HOSTS.get(language, SCRIPT_HOST)
    for place in re.finditer(r"[ ]*<(\d)>", host):
        indent = " " * int(place[1])
        # a test or a check of its own is none inside another function, and a string's lines must stay
        if not indent or not re.search(r"\b(def|function|class)\b|=>|[`\"']{3}|`|<<", "\n".join(block)):
            body = "\n".join(f"{indent}{row}" if row.strip() else row for row in block)
            clean = re.sub(r"[ ]*<\d>\n", "", host)
            yield clean, re.sub(r"[ ]*<\d>\n", "", host[: place.start()] + body + host[place.end() :])


def faults() -> Iterator[tuple[Rule, Example, list[str]]]:
    """Each distinct statement of an example in which a query must find something."""
    seen = set()
    for rule, example in patterns():
        lines = example.text.split("\n")
        for piece in pieces(example) if rule.engine == "treesitter" else ():
            block = lines[piece.first : piece.last + 1]
            key = (rule.id, example.language, *block)
            if key not in seen and any(piece.first < line <= piece.last + 1 for line in example.bad):
                seen.add(key)
                yield rule, example, block


def test_a_fault_put_into_a_clean_file_introduces_what_it_is_alone() -> None:
    """Of all queries, the announced rule and those that the fault alone breaks as well, as often, and no other one.

    Taking it out again introduces nothing.
    """
    book = [rule for rule in rules.load() if rule.engine == "treesitter"]
    work = []
    for rule, example, block in faults():
        alone = change(example, None, [HEADS.get(example.language, ""), *block, ""])
        for clean, after in hosted(example.language, block):
            put = change(example, clean.split("\n"), after.split("\n"))
            work.append((rule, example, block, alone, put, change(example, after.split("\n"), clean.split("\n"))))
    verdicts = [check.introduced([[one[place]] for one in work], book) for place in (3, 4, 5)]
    wrong, elsewhere = [], set()
    for (rule, example, block, *_), alone, put, out in zip(work, *verdicts, strict=True):
        expected, found = (Counter(finding.rule for finding in one.findings) for one in (alone, put))
        if not expected[rule.id]:
            elsewhere.add(rule.id)
        if expected != found or put.unparsed or out.findings:
            wrong.append((str(example.path), block[-1], expected, found, put.unparsed, out.findings))
    assert len(work) > 500
    assert not wrong
    assert elsewhere <= {"javascript/next-app-router"}  # a fault only in files of the app router, as its page says


# --- the same code elsewhere -------------------------------------------------------------------------------

WRAPPED = {
    **dict.fromkeys(("javascript", "typescript", "tsx", "bash"), ("{", "}")),
    "csharp": ("namespace Wrapped {", "}"),
    "python": ("if True:", ""),
    "ruby": ("begin", "end"),
    "rust": ("mod wrapped {", "}"),
}


def rearranged(example: Example) -> Iterator[tuple[str, list[str]]]:
    """The example with its statements in another order, in a block of their own, and its functions renamed."""
    lines = example.text.split("\n")
    stops = [piece.last + 1 for piece in pieces(example)]
    parts = [lines[start:stop] for start, stop in pairwise(stops)]
    random.Random(SEED).shuffle(parts)
    yield "moved", [*lines[: stops[0]], *(row for part in parts for row in part), *lines[stops[-1] :]]
    if example.language in WRAPPED and not re.search(r"[`\"']{3}|`|<<", example.text):
        head, foot = WRAPPED[example.language]
        yield "reindented", [head, *(f"    {row}" if row.strip() else row for row in lines), foot]
    data = cleaned(example.text)
    tree = trees.parse(example.language, data)
    assert tree is not None
    names = {
        name.end_byte
        for node in descendants(tree.root_node)
        if re.search(r"function|method", node.type) and not re.search(r"call|invocation", node.type)
        if (name := node.child_by_field_name("name")) is not None and "identifier" in name.type
    }
    for end in sorted(names, reverse=True):
        data = data[:end] + b"_renamed" + data[end:]
    yield "renamed", data.decode().split("\n")


def test_moved_reindented_and_renamed_around_code_is_not_new() -> None:
    """For every example of every query, with all queries at once."""
    book = [rule for rule in rules.load() if rule.engine == "treesitter"]
    stems = {example.path: example for rule, example in patterns() if rule.engine == "treesitter"}
    work = [
        (example, how, change(example, example.text.split("\n"), after))
        for example in stems.values()
        for how, after in rearranged(example)
    ]
    verdicts = check.introduced([[edit] for *_, edit in work], book)
    wrong = [
        (str(example.path), how, checked.findings, checked.unparsed)
        for (example, how, _), checked in zip(work, verdicts, strict=True)
        if checked.findings or checked.unparsed
    ]
    assert len(work) > 300
    assert not wrong


def test_a_fault_pasted_behind_itself_is_new_once_more() -> None:
    """For every announced statement of every example: its rule's findings are as many as the statement has alone."""
    work = []
    for rule, example in patterns():
        lines = example.text.split("\n")
        for piece in pieces(example) if rule.engine == "treesitter" else ():
            own = sum(piece.first < line <= piece.last + 1 for line in set(example.bad))
            if own:
                stop = piece.last + 1
                after = lines[:stop] + lines[piece.first : stop] + lines[stop:]
                work.append((rule, example, piece, own, change(example, lines, after)))
    verdicts = check.introduced([[edit] for *_, edit in work], list({rule.id: rule for rule, *_ in work}.values()))
    wrong = [
        (str(example.path), piece, own, checked.findings)
        for (rule, example, piece, own, _), checked in zip(work, verdicts, strict=True)
        if len({(one.line, one.text) for one in checked.findings if one.rule == rule.id}) < own
    ]
    assert len(work) > 300
    assert not wrong
