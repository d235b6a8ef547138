"""Precision and recall: what counts as found, missed, wrong and unparsed, by tables counted by hand."""

import json
from pathlib import Path
from textwrap import dedent

import pytest
from commands import Command

from replay import measure, rules
from replay.errors import UserError
from replay.measure import Fixture
from replay.records import Rule

EMPTY = Rule(
    "py/empty",
    "treesitter",
    ("python",),
    "m",
    "c",
    '((except_clause (block) @body) @match (#only? @body "pass_statement"))',
)
PASS = Rule("py/pass", "treesitter", ("python",), "m", "c", "(pass_statement) @match")
BARE = Rule("py/bare", "treesitter", ("python",), "m", "c", '(except_clause . "except" . ":") @match')
CATCH = Rule(
    "js/empty",
    "treesitter",
    ("javascript", "typescript"),
    "m",
    "c",
    "((catch_clause body: (statement_block) @body) @match (#only? @body))",
)
RULES = (EMPTY, PASS, BARE, CATCH)
ONE = "try:\n    a()\nexcept E:\n    pass\n"
TWO = "try:\n    a()\nexcept E:\n    pass\nexcept F:\n    pass\n"
CLEAN = "try:\n    a()\nexcept E:\n    raise\n"
BROKEN = "def f(:\n    try\n"


def fixture(code: str, lines: tuple[int, ...] | None, *rules: str, verdict: bool | None = None, **more) -> Fixture:
    """A fixture about ``py/empty`` in Python; the verdict follows from the lines."""
    told = bool(lines) if verdict is None else verdict
    return Fixture("f", more.get("language", "python"), code, rules or ("py/empty",), told, lines)


COUNTED = [
    pytest.param(fixture(ONE, (3,)), {"py/empty": (1, 0, 0)}, id="a match that starts on the line finds it"),
    pytest.param(fixture(ONE, (4,)), {"py/empty": (1, 0, 0)}, id="a match that spans the line finds it"),
    pytest.param(fixture(ONE, (1,)), {"py/empty": (1, 0, 0)}, id="the line of its try statement is near enough"),
    pytest.param(
        fixture("x\n" + ONE, (1,)), {"py/empty": (0, 1, 1)}, id="a line outside is missed and the match wrong"
    ),
    pytest.param(fixture(TWO, (3,)), {"py/empty": (1, 1, 0)}, id="a second match beside the line is wrong"),
    pytest.param(fixture(TWO, (1,)), {"py/empty": (1, 1, 0)}, id="a try line stands for one match"),
    pytest.param(fixture(TWO, (3, 5)), {"py/empty": (2, 0, 0)}, id="each line counts"),
    pytest.param(fixture(CLEAN, ()), {"py/empty": (0, 0, 0)}, id="nothing announced and nothing found"),
    pytest.param(fixture(CLEAN, (3,)), {"py/empty": (0, 0, 1)}, id="announced and not found"),
    pytest.param(fixture(ONE, ()), {"py/empty": (0, 1, 0)}, id="found and not announced"),
    pytest.param(fixture(TWO, None, verdict=True), {"py/empty": (1, 0, 0)}, id="a verdict counts once a file"),
    pytest.param(fixture(TWO, None, verdict=False), {"py/empty": (0, 1, 0)}, id="a wrong verdict counts once a file"),
    pytest.param(fixture(CLEAN, None, verdict=True), {"py/empty": (0, 0, 1)}, id="a verdict can be missed"),
    pytest.param(
        fixture(ONE, (3,), "py/empty", "py/bare"),
        {"py/empty": (1, 0, 0), "py/bare": (0, 0, 0)},
        id="what one rule finds the other has not missed",
    ),
    pytest.param(
        fixture(CLEAN, (3,), "py/empty", "py/bare"),
        {"py/empty": (0, 0, 1), "py/bare": (0, 0, 1)},
        id="what none finds each has missed",
    ),
    pytest.param(fixture(ONE, (3,), "py/*"), {"py/empty": (1, 0, 0), "py/pass": (1, 0, 0)}, id="a glob names rules"),
    pytest.param(
        fixture("try { a() } catch (e) {}", (1,), "js/empty", "py/empty", language="typescript"),
        {"js/empty": (1, 0, 0)},
        id="a rule of another language is not asked",
    ),
]


@pytest.mark.parametrize(("one", "expected"), COUNTED)
def test_what_counts(one: Fixture, expected: dict[str, tuple[int, int, int]]) -> None:
    """True positives, false positives and false negatives of one fixture, counted by hand."""
    rows = {row.rule: row for row in measure.measure([one], RULES).rows}
    assert {rule: (rows[rule].tp, rows[rule].fp, rows[rule].fn) for rule in expected} == expected
    assert all(row.unparsed == 0 and row.fixtures == 1 for row in rows.values())


def test_a_match_inside_the_handler_may_stand_for_its_line() -> None:
    """The `pass` of a handler is near the announced `except` line, and each line stands for one match."""
    (row,) = measure.measure([fixture(ONE, (3,), "py/pass")], RULES).rows
    assert (row.tp, row.fp, row.fn) == (1, 0, 0)
    nested = "try:\n    a()\nexcept E:\n    if x:\n        pass\n    else:\n        pass\n"
    (row,) = measure.measure([fixture(nested, (3,), "py/pass")], RULES).rows
    assert (row.tp, row.fp, row.fn) == (1, 1, 0)


def test_alone_each_rule_must_find_each_line() -> None:
    """With `alone`, what another rule found is missed all the same."""
    rows = {
        row.rule: row for row in measure.measure([fixture(ONE, (3,), "py/empty", "py/bare")], RULES, alone=True).rows
    }
    assert (rows["py/bare"].tp, rows["py/bare"].fn) == (0, 1)


@pytest.mark.parametrize(
    ("one", "unparsed"),
    [
        pytest.param(fixture(BROKEN, (2,)), 1, id="what was missed lies in a syntax error"),
        pytest.param(fixture(BROKEN, None, verdict=True), 1, id="any error where only the verdict is known"),
        pytest.param(fixture(BROKEN, None, verdict=False), 1, id="a broken file is not clean"),
        pytest.param(fixture(ONE + "\n\n\n\nx = = 1\n", (3,)), 0, id="an error elsewhere, the line found"),
        pytest.param(fixture(CLEAN + "\n\n\n\nx = = 1\n", (3,)), 0, id="an error elsewhere, the line missed"),
    ],
)
def test_an_unparsed_fixture_is_counted_apart(one: Fixture, unparsed: int) -> None:
    """Where the engine could not read what it should have found, the fixture is in no other number."""
    (row,) = measure.measure([one], RULES).rows
    assert (row.unparsed, row.fixtures) == (unparsed, 1 - unparsed)
    if unparsed:
        assert (row.tp, row.fp, row.fn, row.precision, row.recall) == (0, 0, 0, None, None)


def test_shares_and_their_intervals() -> None:
    """8 of 10 found, 2 of 10 matches wrong: 0.8 each; Wilson's 95 % interval of 8 in 10 is 0.490 to 0.943."""
    several = [fixture(ONE, (3,))] * 8 + [fixture(CLEAN, (3,))] * 2 + [fixture(ONE, ())] * 2
    (row,) = measure.measure(several, RULES).rows
    assert (row.tp, row.fp, row.fn, row.support, row.fixtures) == (8, 2, 2, 10, 12)
    assert (row.precision, row.recall) == (0.8, 0.8)
    for name in ("precision", "recall"):
        assert row.low[name] == pytest.approx(0.490, abs=5e-4)
        assert row.high[name] == pytest.approx(0.943, abs=5e-4)


def test_rows_are_by_rule_and_language() -> None:
    """One rule has a row for each of its languages."""
    code = "try { a() } catch (e) {}"
    pair = [fixture(code, (1,), "js/empty", language=name) for name in ("javascript", "typescript")]
    assert [(row.rule, row.language, row.tp) for row in measure.measure(pair, RULES).rows] == [
        ("js/empty", "javascript", 1),
        ("js/empty", "typescript", 1),
    ]


# --- annotations -------------------------------------------------------------------------------------------

SHARED = "try:\n    a()\nexcept E:{}\n    pass\n"
STYLES = [
    pytest.param("py", "# ruleid: empty\nx()\n# ok: empty\ny()\n", {}, (2,), id="ruleid"),
    pytest.param("py", "# ok: empty\ny()\n", {}, (), id="ok alone"),
    pytest.param("py", SHARED.format("  # [broad]"), {"broad": "py/empty"}, (3,), id="pylint"),
    pytest.param("py", "# +2: [broad]\n\nx()\n", {"broad": "py/empty"}, (3,), id="pylint offset"),
    pytest.param("py", SHARED.format("  # [a, empty]"), {}, (3,), id="one of two names"),
    pytest.param("py", SHARED.format("  # S110"), {"S110": "py/empty"}, (3,), id="ruff"),
    pytest.param("py", SHARED.format("  # error"), {}, (3,), id="nameless"),
    pytest.param("py", SHARED.format("  # Noncompliant {{why}}"), {}, (3,), id="sonar"),
    pytest.param("py", "# Noncompliant@+1\nx()\n", {}, (2,), id="sonar offset"),
    pytest.param("js", "try {}\ncatch (e) {} // expect-error\n", {}, (2,), id="expect-error"),
    pytest.param("js", "try {}\ncatch (e) {}\n//~^ ERROR why\n", {}, (2,), id="rustc"),
    pytest.param("js", "// BUG: Diagnostic contains: empty\ncatch_()\n", {}, (2,), id="error prone"),
    pytest.param("js", 'f() // want "empty"\n', {}, (1,), id="go vet"),
]


@pytest.mark.parametrize(("suffix", "text", "names", "lines"), STYLES)
def test_annotations_are_read(
    tmp_path: Path, suffix: str, text: str, names: dict[str, str], lines: tuple[int, ...]
) -> None:
    """Each common style of annotation gives the lines it announces."""
    (tmp_path / f"code.{suffix}").write_text(text)
    rules = [EMPTY] if suffix == "py" else [CATCH]
    found = measure.find([tmp_path], rules, names=names, anything=True)
    assert [(one.positive_lines, one.verdict, one.rules) for one in found.fixtures] == [
        (lines, bool(lines), (rules[0].id,))
    ]


def test_what_other_linters_call_a_rule_is_known(tmp_path: Path) -> None:
    """A page names them: pylint's word and flake8's code mean our rule without further ado."""
    path = tmp_path / "theirs.py"
    path.write_text(
        "try:\n    a()\nexcept Exception:  # [broad-exception-caught]\n    b()\n"
        "try:\n    a()\nexcept Exception:  # S110\n    pass\n"
    )
    found = measure.find([path], rules.load(select=["python/*"]))
    lines = {one.rules: one.positive_lines for one in found.fixtures}
    assert lines == {("python/broad-except",): (3,), ("python/swallowed-exception",): (7,)}
    assert not found.unknown


def test_what_names_no_rule_is_told(tmp_path: Path) -> None:
    """Unknown names are counted, silent files named, comments that silence a tool are no annotation."""
    (tmp_path / "a.py").write_text("x()  # [other-rule]\ny()  # noqa: S110\n")
    (tmp_path / "b.py").write_text("x()\n")
    found = measure.find([tmp_path], RULES)
    assert (found.fixtures, dict(found.unknown)) == ((), {"other-rule": 1})
    assert [path.name for path in found.silent] == ["a.py", "b.py"]


def test_a_nameless_annotation_needs_a_rule(tmp_path: Path) -> None:
    """Without a choice of rules, nobody knows what is expected."""
    (tmp_path / "a.py").write_text("\nx()  # error\n")
    with pytest.raises(UserError, match=r"a\.py:2: .*--rule"):
        measure.find([tmp_path], RULES)


def test_a_manifest_is_file_line_and_rule(tmp_path: Path) -> None:
    """Lines of one file and rule are one fixture; no number means anywhere, 0 nowhere; a folder's manifest rules it."""
    for name in ("one.py", "two.py", "clean.py", "unlisted.py"):
        (tmp_path / name).write_text(ONE)
    (tmp_path / "m.csv").write_text(
        "file,line,rule\none.py,3,py/empty\none.py,4,py/empty\ntwo.py,,empty\nclean.py,0,empty\n"
    )
    found = measure.find([tmp_path], RULES)
    assert [(Path(one.path or "").name, one.positive_lines, one.verdict) for one in found.fixtures] == [
        ("one.py", (3, 4), True),
        ("two.py", None, True),
        ("clean.py", (), False),
    ]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        pytest.param({"positive_lines": [9], "verdict": True}, r":1: fixture f: line 9 is not in", id="line"),
        pytest.param({"positive_lines": [], "verdict": True}, r"contradict", id="verdict"),
        pytest.param({"language": "cobol", "verdict": False}, r"unknown language 'cobol'", id="language"),
        pytest.param({"rules": [], "verdict": False}, r"names no rule", id="rules"),
        pytest.param({}, r":1: no fixture: .*verdict", id="incomplete"),
    ],
)
def test_a_bad_fixture_is_refused(tmp_path: Path, line: dict, why: str) -> None:
    """A fixture that cannot be true is a fault with path and line."""
    path = tmp_path / "f.jsonl"
    path.write_text(json.dumps({"id": "f", "language": "python", "code": "x", "rules": ["py/empty"]} | line) + "\n")
    with pytest.raises(UserError, match=why):
        list(measure.read(path))


# --- the command -------------------------------------------------------------------------------------------


def test_the_command_keeps_its_contract(replay: Command, tmp_path: Path) -> None:
    """`rules measure FIXTURES.jsonl --rules … --json` answers a line per rule and language."""
    rows = [
        {"code": ONE, "positive_lines": [3], "verdict": True, "source": "elsewhere"},
        {"code": CLEAN, "positive_lines": None, "verdict": False},
        {"code": BROKEN, "positive_lines": None, "verdict": True},
    ]
    common = {"language": "py", "rules": ["python/swallowed-exception"], "path": "a.py"}
    path = tmp_path / "fixtures.jsonl"
    path.write_text("".join(json.dumps({"id": str(n), **common, **row}) + "\n" for n, row in enumerate(rows)))
    code, out, err = replay(
        "rules", "measure", path, "--rules", "python/swallowed-exception,python/bare-except", "--json"
    )
    assert (code, err) == (0, "")
    (row,) = [json.loads(line) for line in out.splitlines()]
    assert row["low"].pop("precision") == row["low"].pop("recall") == pytest.approx(0.2065, abs=1e-4)  # 1 of 1
    counts = {"tp": 1, "fp": 0, "fn": 0, "precision": 1.0, "recall": 1.0, "support": 1, "fixtures": 2, "unparsed": 1}
    named = {"rule": "python/swallowed-exception", "language": "python"}
    assert row == {**named, **counts, "low": {}, "high": {"precision": 1.0, "recall": 1.0}}


def test_an_unknown_rule_is_refused(replay: Command, tmp_path: Path) -> None:
    """A fixture that names no rule of ours ends the command with a sentence."""
    path = tmp_path / "f.jsonl"
    one = {"id": "7", "language": "python", "code": "x", "rules": ["python/nope"], "verdict": False}
    path.write_text(json.dumps(one))
    code, _, err = replay("rules", "measure", path)
    assert code == 2
    assert "fixture 7: no rule matches 'python/nope'" in err


def test_misses_name_file_and_line(replay: Command, tmp_path: Path) -> None:
    """`--misses` names what counts against a rule."""
    path = tmp_path / "a.py"
    path.write_text(
        dedent("""\
        # ruleid: bare-except
        x = 1
        try:
            a()
        except:
            raise
    """)
    )
    code, out, _ = replay("rules", "measure", path, "--misses")
    assert code == 0
    assert f"{path}:python/bare-except:2: python/bare-except: announced, not found" in out
