"""Predicates over two texts: what an edit took away, where it is told, and whose code is run."""

from pathlib import Path

import pytest

from replay import check, measure, rules
from replay.engines import Source, predicate, testcode, trees
from replay.errors import AnalyserError, UserError
from replay.measure import Fixture
from replay.records import Change, Rule

LOST, WEAK, GONE = rules.load(select=["python/assertion-*", "python/test-removed"])
BEFORE = "def test_a():\n    assert f() == 1\n    assert g() == 2\n\n\ndef test_b():\n    assert h() == 3\n"


def found(before: str | None, after: str, *, path: str = "test_a.py") -> list[tuple[str, int]]:
    """Rules and lines of what the edit introduces."""
    (checked,) = check.introduced([[Change(path, "applied", "t", "python", before, after)]], (LOST, GONE, WEAK))
    assert not checked.unparsed
    return [(finding.rule, finding.line) for finding in checked.findings]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        pytest.param(BEFORE.replace("    assert g() == 2\n", ""), [("python/assertion-removed", 1)], id="removed"),
        pytest.param(
            BEFORE.replace("assert g() == 2", "assert g()"), [("python/assertion-weakened", 3)], id="weakened"
        ),
        pytest.param(BEFORE[: BEFORE.index("\n\ndef test_b")], [("python/test-removed", 6)], id="test gone"),
        pytest.param(BEFORE.replace("test_b", "test_c"), [], id="renamed"),
        pytest.param(BEFORE.replace("== 3", "== 4"), [], id="corrected"),
        pytest.param(BEFORE + "\n\ndef test_c():\n    assert True\n", [], id="added"),
        pytest.param("\n# moved down\n" + BEFORE, [], id="moved down"),
    ],
)
def test_what_an_edit_takes_away_is_found(after: str, expected: list[tuple[str, int]]) -> None:
    """Each kind of loss is told once, a removed test at the line it had."""
    assert found(BEFORE, after) == expected


def test_a_new_file_takes_nothing_away() -> None:
    """Without a text before there is nothing to lose."""
    assert found(None, "def test_a():\n    assert f\n") == []


def test_a_test_moved_to_another_file_is_not_gone() -> None:
    """What stands in another file of the same answer was moved."""
    cut = BEFORE.index("def test_b")
    moved = [
        Change("test_a.py", "applied", "t", "python", BEFORE, BEFORE[:cut]),
        Change("test_b.py", "applied", "t", "python", None, BEFORE[cut:]),
    ]
    both = check.introduced([moved, moved[:1]], (GONE,))
    assert [len(checked.findings) for checked in both] == [0, 1]


def test_edits_that_cancel_take_nothing_away() -> None:
    """A file is judged from its first text to its last."""
    cut = BEFORE.replace("    assert g() == 2\n", "")
    edits = [
        Change("test_a.py", "applied", "t", "python", BEFORE, cut),
        Change("test_a.py", "applied", "t", "python", cut, BEFORE),
    ]
    (checked,) = check.introduced([edits], (LOST,))
    assert checked.findings == ()


def test_a_broken_text_is_unparsed() -> None:
    """A test hidden by a syntax error is not gone; that it stands cannot be told either."""
    broken = BEFORE.replace("def test_b():", "def test_b(:")
    (checked,) = check.introduced([[Change("a.py", "applied", "t", "python", BEFORE, broken)]], (GONE,))
    assert (checked.findings, checked.unparsed) == ((), ("python/test-removed",))


def test_a_predicate_that_raises_is_no_answer() -> None:
    """A rule whose code fails ends the batch."""
    bad = Rule("own/bad", "predicate", ("python",), "m", "c", "def introduced(before, after):\n    return 1 / 0\n")
    with pytest.raises(AnalyserError, match="own/bad failed on a python file: ZeroDivisionError"):
        predicate.match([bad], [Source("python", "x = 1\n")])


def test_a_fixture_may_hold_the_text_before() -> None:
    """`measure` gives both texts to a predicate."""
    after = BEFORE.replace("    assert g() == 2\n", "")
    fixture = Fixture("f", "python", after, ("python/assertion-removed",), True, (1,), before=BEFORE)  # noqa: FBT003
    (row,) = measure.measure([fixture], (LOST,)).rows
    assert (row.tp, row.fp, row.fn) == (1, 0, 0)


PAGE = """---
message: m
category: c
languages: [python]
---
## What it does
a
## Why is this bad?
a
## What is allowed
a
## Instead
a
"""


def own(folder: Path, code: str) -> Path:
    (folder / "mine").mkdir()
    (folder / "mine" / "loss.predicate.py").write_text(code)
    (folder / "mine" / "loss.md").write_text(PAGE)
    return folder


def test_only_named_folders_run_code(tmp_path: Path) -> None:
    """A pack that a file names may hold patterns, not code; loading runs nothing."""
    folder = own(tmp_path, "raise SystemExit\n\n\ndef introduced(before, after):\n    return ()\n")
    with pytest.raises(UserError, match=r"loss\.predicate\.py: a predicate is code that is run: .*--pack"):
        rules.load([folder])
    (rule,) = rules.load([folder], select=["mine/*"], run_code=True)
    assert (rule.id, rule.engine) == ("mine/loss", "predicate")


@pytest.mark.parametrize(
    ("code", "why"),
    [
        pytest.param("def introduced(:\n", r"loss\.predicate\.py:1: not Python", id="syntax"),
        pytest.param("def found(before, after):\n    return ()\n", "defines no `introduced", id="name"),
    ],
)
def test_code_that_is_no_predicate_is_refused(tmp_path: Path, code: str, why: str) -> None:
    """A predicate's file is read before it is run."""
    with pytest.raises(UserError, match=why):
        rules.load([own(tmp_path, code)], select=["mine/*"], run_code=True)


@pytest.mark.parametrize(
    ("family", "text"),
    [
        (testcode.PYTHON, "class A:\n    def test(self):\n        assert f()\n"),
        (testcode.JAVASCRIPT, "it('adds', () => { expect(f()).toBe(1) })"),
        (testcode.JAVASCRIPT, "test.only('adds', () => { expect(f()).toBe(1) })"),
        (testcode.GO, "package a\nfunc FuzzA(t *testing.F) { t.Fatal(1) }\n"),
    ],
)
def test_a_text_with_a_test_has_the_word_of_its_language(family: testcode.Family, text: str) -> None:
    """What is passed over for lack of the word holds no test."""
    language = {testcode.PYTHON: "python", testcode.JAVASCRIPT: "javascript", testcode.GO: "go"}[family]
    tree = trees.parse(language, text.encode())
    assert tree is not None
    (test,) = testcode.tests(tree, family).values()
    assert [one.key for one in test.assertions] != []
