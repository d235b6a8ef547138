"""What queries say of an edit: the same as from its two texts as a whole, though only what changed is looked at."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise
from pathlib import Path

import mutations
import pytest

from replay import check, engines, rules
from replay.engines import Report, Source, treesitter
from replay.engines.edits import Edits
from replay.records import Change, Rule

SEED = 11
CHAINS = 16
EXAMPLES = mutations.examples()


def plainly(book: list[Rule], before: Source, after: Source) -> Report:
    """The report on an edit, from all matches of both texts."""
    was, now = treesitter.match(book, [before, after])
    signs = [Counter((one.rule, one.key, one.scope) for one in report.matches) for report in (was, now)]
    told = {rule for rule, _, _ in signs[0] | signs[1] if _of(signs[0], rule) != _of(signs[1], rule)}
    gone = tuple(one._replace(removed=True) for one in was.matches if one.rule in told)
    come = tuple(one for one in now.matches if one.rule in told)
    return Report(gone + come, now.errors, failed=was.failed | now.failed, errors_before=was.errors)


def _of(signs: Counter[tuple[str, str, str]], rule: str) -> dict[tuple[str, str, str], int]:
    return {sign: count for sign, count in signs.items() if sign[0] == rule}


def chains(language: str) -> list[list[str]]:
    """Texts that each come of the one before by one edit, from one or two examples put together."""
    chance = random.Random(SEED)
    found = []
    for _ in range(CHAINS):
        texts = ["\n".join(chance.choices(EXAMPLES[language], k=chance.choice((1, 2))))]
        for _ in range(chance.choice((1, 2, 4))):
            texts.append(mutations.mutated(texts[-1], chance))
        found.append(texts)
    return found


@pytest.mark.parametrize("language", EXAMPLES)
def test_an_edit_is_judged_as_its_two_texts_are(language: str) -> None:
    """All packs' queries, on edits of all packs' examples that leave the text readable or do not."""
    book = [rule for rule in rules.load() if rule.engine == "treesitter" and language in rule.languages]
    told: Counter[bool] = Counter()
    edits = Edits(book, timeout=60)
    for texts in chains(language):
        for before, after in pairwise(texts):
            pair = Source(language, before), Source(language, after)
            report = edits.report(*pair)
            assert report == plainly(book, *pair)
            told[bool(report.matches)] += 1
    assert told[True] > 2
    assert told[False] > 2


def test_an_edit_introduces_what_it_does_beside_another_change_of_the_file() -> None:
    """Then the texts are judged as a whole; the change beside it changes nothing."""
    book = [rule for rule in rules.load() if rule.engine != "semgrep"]
    turns = [
        [
            Change("a", "applied", "d", language, before, after),
            Change("a", "applied", "d", language, "", "", "fragment"),
        ]
        for language in EXAMPLES
        for texts in chains(language)
        for before, after in pairwise(texts)
    ]
    alone = check.introduced([[edit] for edit, _ in turns], book, timeout=60)
    assert alone == check.introduced(turns, book, timeout=60)
    assert sum(bool(checked.findings) for checked in alone) > len(turns) // 20


def rule(query: str, name: str = "x") -> Rule:
    """A Python rule of one query."""
    return Rule(f"t/{name}", "treesitter", ("python",), "m", "c", query)


FUNCTION = "def first():\n    go()\n\n\ndef f():\n    one()\n    two(a, b)\n    three()\n\n\ndef last():\n    go()\n"
TRY = "try:\n    one()\nexcept E:\n    pass\n"
CASES = [
    pytest.param(
        "(function_definition name: (identifier) @match body: (block (expression_statement (call arguments:"
        " (argument_list . (integer) @key)))))",
        "def f():\n    one()\n    two()\n    three()\n    g(1, 2)\n",
        ("g(1", "g(3"),
        2,
        id="what names a match changed, elsewhere than it stands",
    ),
    pytest.param(
        '((call) @match (#eq? @match "one()"))',
        FUNCTION,
        ("def f(", "def g("),
        2,
        id="the name of its function changed",
    ),
    pytest.param(
        '((call) @match (#eq? @match "one()"))', FUNCTION, ("two(a, b)", "two(b)"), 0, id="another statement changed"
    ),
    pytest.param(
        '((except_clause) @match (#not-has-sibling? @match "else_clause"))',
        TRY + "go()\n",
        ("go()", "else:\n    one()\ngo()"),
        1,
        id="a sibling came that the rule asks for",
    ),
    pytest.param(
        '((expression_statement) @match (#has-sibling? @match "import_statement"))',
        "one()\ntwo()\n",
        ("two", "import x\ntwo"),
        2,
        id="a sibling came at the top of the file",
    ),
    pytest.param(
        "((call) @match (#has-comment? @match))",
        "one()\n\ntwo()\nthree()\n",
        ("one()\n", "one()  # so\n"),
        1,
        id="a comment came behind",
    ),
    pytest.param(
        "((call) @match (#has-comment? @match))",
        "one() # so\ntwo()\nthree()\n",
        ("one() #", "one()\n#"),
        1,
        id="white space parted it from its comment",
    ),
    pytest.param(
        '((call) @match (#has-ancestor? @match "for_statement"))',
        "if a:\n    one()\n    two()\n    three()\n",
        ("if a", "for a in b"),
        3,
        id="what stands around it became another thing",
    ),
    pytest.param(
        "(module (expression_statement (call) @match) (if_statement))",
        "one()\ntwo()\nthree()\nfour()\nif a: pass\n",
        ("if a: pass", "a"),
        4,
        id="it matches with another node far behind it",
    ),
    pytest.param(
        "(module (expression_statement) . (expression_statement (call) @match))",
        "one()\ntwo()\nthree()\nfour()\n",
        ("one()\n", "x = 1\n"),
        0,
        id="the node before it became another of its type",
    ),
    pytest.param(
        "((expression_statement) . (import_statement) . (expression_statement) @match)",
        "one()\nimport x\ntwo()\nimport y\nthree()\n",
        ("import y\n", ""),
        3,
        id="a rule of several nodes side by side lost one",
    ),
    pytest.param("(expression) @match", "a\nb\n", ("b\n", "b\nc\n"), 5, id="a supertype, which no node shows"),
    pytest.param("(call) @match", "# one\n", ("# one", ""), 0, id="nothing is left of the text"),
]


@pytest.mark.parametrize(("query", "before", "edit", "count"), CASES)
def test_what_an_edit_tells_of_one_rule(query: str, before: str, edit: tuple[str, str], count: int) -> None:
    """All matches of the rule before and after it where these differ, none where they do not."""
    pair = Source("python", before), Source("python", before.replace(*edit, 1))
    report = Edits([rule(query)], timeout=60).report(*pair)
    assert report == plainly([rule(query)], *pair)
    assert len(report.matches) == count


def test_the_reports_on_edits_do_not_depend_on_cache_order_or_processes(tmp_path: Path) -> None:
    """Queries and predicates at once, on chains of edits in any order."""
    book = [one for one in rules.load(select=["python/*"]) if one.engine != "semgrep"]
    pairs = [
        (Source("python", before), Source("python", after))
        for texts in chains("python")
        for before, after in pairwise(texts)
    ]
    first = engines.compare(book, pairs)
    assert engines.compare(book, pairs[::-1])[::-1] == first
    assert engines.compare(book, pairs * 12, jobs=2) == first * 12
    kept = [engines.compare(book, pairs, cache=tmp_path / "checks.sqlite") for _ in range(2)]
    assert kept[0] == kept[1]
    for one, other in zip(kept[0], first, strict=True):
        assert sorted(one.matches) == sorted(other.matches)
        assert (one.errors, one.errors_before, one.failed) == (other.errors, other.errors_before, other.failed)


def test_syntax_errors_that_are_known_are_kept_with_a_text(tmp_path: Path) -> None:
    """Who asks for the text without knowing them is told."""
    file = tmp_path / "checks.sqlite"
    source = Source("python", "f(")
    book = rules.load(select=["python/cast-any", "python/datetime-utcnow"])
    scanned = [one for one in book if one.engine == "semgrep"]
    errors = engines.match(book, [source])[0].errors
    assert errors
    assert engines.match(scanned, [source], errors={source: errors}, cache=file)[0].errors == errors
    assert engines.match(scanned, [source], cache=file)[0].errors == errors
