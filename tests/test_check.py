"""What a change introduces: only that, wherever it stands, and never by line number."""

import time
from collections.abc import Sequence
from textwrap import dedent, indent
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay import check
from replay.engines import Source, treesitter
from replay.errors import AnalyserError
from replay.records import Change, Checked, Rule
from replay.rules import packs

PYTHON = Rule(
    "py/swallowed",
    "treesitter",
    ("python",),
    "m",
    "c",
    '((except_clause (block) @body) @match (#only? @body "pass_statement" "ellipsis"))',
)
JAVASCRIPT = Rule(
    "js/swallowed",
    "treesitter",
    ("javascript", "typescript"),
    "m",
    "c",
    "((catch_clause body: (statement_block) @body) @match (#only? @body))",
)
SEMGREP = Rule(
    "py/utcnow",
    "semgrep",
    ("python",),
    "m",
    "c",
    "rules: [{id: utcnow, languages: [python], severity: WARNING, message: m, pattern: datetime.datetime.utcnow()}]",
)
RULES = (PYTHON, JAVASCRIPT)


class Dialect(NamedTuple):
    """How the cases below are written in one language."""

    language: str
    path: str
    function: str
    fault: str
    handled: str
    note: str
    comment: str
    string: str

    def define(self, name: str, body: str) -> str:
        """A function of that name and body."""
        return self.function.format(name=name, body=indent(body, "    "))


BOTH = [
    pytest.param(
        Dialect(
            "python",
            "a.py",
            "def {name}(x):\n{body}\n",
            "try:\n    load(x)\nexcept OSError:\n    pass",
            "try:\n    load(x)\nexcept OSError:\n    log(x)",
            "# a note\n",
            "# try: load()\n# except OSError: pass\n",
            's = """\ntry:\n    load()\nexcept OSError:\n    pass\n"""\n',
        ),
        id="python",
    ),
    pytest.param(
        Dialect(
            "typescript",
            "a.ts",
            "function {name}(x) {{\n{body}\n}}\n",
            "try {\n    load(x);\n} catch (e) {\n}",
            "try {\n    load(x);\n} catch (e) {\n    log(e);\n}",
            "// a note\n",
            "// try { load(); } catch (e) {}\n",
            "const s = `try { load(); } catch (e) {}`;\n",
        ),
        id="typescript",
    ),
]
languages = pytest.mark.parametrize("d", BOTH)


def change(before: str | None, after: str | None, *, path: str = "a.py", **fields) -> Change:
    language = {"py": "python", "ts": "typescript", "js": "javascript", "md": "markdown"}[path.rpartition(".")[2]]
    return Change(path, "applied", "write", **({"language": language, "before": before, "after": after} | fields))


def judge(*changes: Change, rules: Sequence[Rule] = RULES) -> Checked:
    (checked,) = check.introduced([changes], rules)
    return checked


def lines(checked: Checked) -> list[int]:
    return [finding.line for finding in checked.findings]


# --- what is new -------------------------------------------------------------------------------------------


@languages
def test_all_of_a_new_file_is_new(d: Dialect) -> None:
    """A file that did not exist has every finding introduced, with its lines, text and scope."""
    checked = judge(change(None, d.note + d.define("f", d.fault), path=d.path))
    (finding,) = checked.findings
    assert (finding.path, finding.scope) == (d.path, "f")
    assert (finding.line, finding.end_line) == ({"python": 5, "typescript": 5}[d.language], 6)
    assert finding.text.startswith(("except OSError", "catch (e)"))
    assert (checked.unparsed, checked.partial) == ((), False)


@languages
def test_an_untouched_old_fault_is_not_new(d: Dialect) -> None:
    """An edit above, below or beside a fault introduces nothing."""
    old = d.define("f", d.fault)
    for new in (d.note * 9 + old, old + d.note, d.define("g", d.handled) + old):
        assert judge(change(old, new, path=d.path)).findings == ()


@languages
def test_a_moved_fault_is_not_new(d: Dialect) -> None:
    """Functions that change places take their faults along."""
    f, g = d.define("f", d.fault), d.define("g", d.handled)
    assert judge(change(f + g, g + f, path=d.path)).findings == ()


@languages
def test_a_reindented_fault_is_not_new(d: Dialect) -> None:
    """A fault wrapped into one more block is the old one."""
    head = {"python": "if x:\n{}", "typescript": "if (x) {{\n{}\n}}"}[d.language]
    old, new = d.define("f", d.fault), d.define("f", head.format(indent(d.fault, "    ")))
    assert judge(change(old, new, path=d.path)).findings == ()


@languages
def test_code_renamed_around_a_fault_does_not_make_it_new(d: Dialect) -> None:
    """Another name of the function, and other statements in the `try`, leave the handler the old one."""
    old, new = d.define("f", d.fault), d.define("renamed", d.fault.replace("load(x)", "fetch(x, 2)"))
    assert judge(change(old, new, path=d.path)).findings == ()


@languages
def test_a_comment_in_a_fault_does_not_make_it_new(d: Dialect) -> None:
    """A comment added to an empty handler changes nothing."""
    old = d.define("f", d.fault)
    new = old.replace("pass", "pass  # fine") if d.language == "python" else old.replace("(e) {", "(e) { // fine")
    assert old != new
    assert judge(change(old, new, path=d.path)).findings == ()


@languages
def test_a_repeated_fault_is_new_each_time(d: Dialect) -> None:
    """One there and two pasted is two new ones, at the pasted places."""
    f = d.define("f", d.fault)
    size = f.count("\n")
    checked = judge(change(f, f + d.define("g", d.fault) + d.define("h", d.fault), path=d.path))
    assert [finding.scope for finding in checked.findings] == ["g", "h"]
    first = 4
    assert lines(checked) == [first + size, first + 2 * size]


@languages
def test_a_fault_pasted_above_the_old_one_is_the_new_one(d: Dialect) -> None:
    """Which of two equal faults is new is told by function, then by changed lines, not by order."""
    f = d.define("f", d.fault)
    assert [one.scope for one in judge(change(f, d.define("g", d.fault) + f, path=d.path)).findings] == ["g"]
    twice = d.define("f", d.fault + "\n" + d.note + d.fault)
    assert lines(judge(change(f, twice, path=d.path))) == [9]
    above = d.define("f", d.fault + "\n" + "\n".join(("", d.handled, d.fault)))
    below = d.define("f", d.handled + "\n" + d.fault)
    (found,) = judge(change(below, above, path=d.path)).findings
    assert found.line == 4


@languages
def test_a_scope_that_gained_nothing_holds_no_new_fault(d: Dialect) -> None:
    """Where the diff of lines would blame the old function for its copy, the names tell them apart."""
    old = d.define("f", d.note + d.fault)
    new = d.define("f", d.handled + "\n" + d.fault) + d.define("g", d.note + d.fault)
    assert [one.scope for one in judge(change(old, new, path=d.path)).findings] == ["g"]


@languages
def test_a_new_fault_beside_a_renamed_function_is_the_new_one(d: Dialect) -> None:
    """Two functions gained a fault, one of them by its new name only: the changed lines tell which."""
    f, rest = d.define("f", d.handled), d.define("h", d.fault)
    new = d.define("f", d.fault) + d.define("renamed", d.fault)
    assert [one.scope for one in judge(change(f + rest, new, path=d.path)).findings] == ["f"]


@languages
def test_a_removed_fault_is_no_finding(d: Dialect) -> None:
    """A handler that learns to log leaves nothing to report."""
    old, new = d.define("f", d.fault), d.define("f", d.handled)
    assert judge(change(old, new, path=d.path)).findings == ()


@languages
def test_a_handler_emptied_later_is_new(d: Dialect) -> None:
    """The handler was there, the fault was not."""
    checked = judge(change(d.define("f", d.handled), d.define("f", d.fault), path=d.path))
    assert lines(checked) == [4]


@languages
def test_comments_and_strings_that_hold_the_fault_are_clean(d: Dialect) -> None:
    """Text is not code."""
    checked = judge(change(d.note, d.note + d.comment + d.string, path=d.path))
    assert (checked.findings, checked.unparsed, checked.covered != ()) == ((), (), True)


@languages
def test_one_removed_and_one_added_is_none_introduced(d: Dialect) -> None:
    """The count decides: as many faults after as before, equal in text, are the old ones."""
    old = d.define("f", d.fault) + d.define("g", d.handled)
    new = d.define("f", d.handled) + d.define("g", d.fault)
    assert judge(change(old, new, path=d.path)).findings == ()


def test_findings_of_semgrep_are_set_off_alike() -> None:
    """A call under another import alias is another text; the same call moved is not."""
    old = "import datetime\n\ndef f():\n    return datetime.datetime.utcnow()\n"
    moved = "import datetime\n\n\nclass A:\n    def f(self):\n        return datetime.datetime.utcnow( )\n"
    more = old + "\n\nlater = datetime.datetime.utcnow()\n"
    assert judge(change(old, moved), rules=[SEMGREP]).findings == ()
    assert lines(judge(change(old, more), rules=[SEMGREP])) == [7]


# --- several changes ---------------------------------------------------------------------------------------

FAULT = "def f():\n    try:\n        load()\n    except OSError:\n        pass\n"
HANDLED = FAULT.replace("pass", "raise")


def test_edits_of_one_file_are_judged_from_first_to_last() -> None:
    """A fault written and taken back in one answer is none; lines are those of the last text."""
    assert judge(change("x = 1\n", FAULT), change(FAULT, HANDLED)).findings == ()
    checked = judge(change("x = 1\n", FAULT), change(FAULT, "# top\n" + FAULT))
    assert lines(checked) == [5]


def test_parts_of_one_file_share_one_count() -> None:
    """A fault that leaves one part of a file and arrives in another has moved."""
    parts = [
        change(FAULT, HANDLED, basis="part", first_line=10),
        change(HANDLED, FAULT, basis="part", first_line=90),
    ]
    assert judge(*parts).findings == ()
    assert lines(judge(parts[1])) == [93]


def test_a_fault_moved_to_another_file_is_not_new_in_the_same_function() -> None:
    """Moved code may cross files within one answer; a like fault in another function is new."""
    leaves = change(FAULT, "x = 1\n", path="a.py")
    assert judge(leaves, change(None, FAULT, path="b.py")).findings == ()
    assert judge(change(FAULT, None, path="a.py"), change(None, FAULT, path="b.py")).findings == ()
    other = judge(leaves, change(None, FAULT.replace("def f", "def g"), path="b.py"))
    assert [(finding.path, finding.scope) for finding in other.findings] == [("b.py", "g")]


def test_answers_are_judged_apart() -> None:
    """What one completion removes does not excuse another."""
    first, second, third = check.introduced([[change(FAULT, HANDLED)], [change(None, FAULT)], []], RULES)
    assert (len(first.findings), len(second.findings), third) == (0, 1, Checked())


def test_only_applied_changes_in_a_language_with_rules_count() -> None:
    """Failed edits, unknown files and prose are neither findings nor covered."""
    skipped = [
        change(None, FAULT, path="a.md"),
        Change("a.py", "failed_edit", "edit", "python", None, FAULT),
        Change("a.py", "unknown_file", "edit", "python"),
    ]
    assert judge(*skipped) == Checked()


def test_covered_names_the_rules_of_the_languages_written() -> None:
    """A rule is covered where a text in its language was written; a deleted file covers none."""
    assert judge(change(None, "x = 1\n")).covered == ("py/swallowed",)
    assert judge(change(None, "x = 1\n"), change(None, "x = 1\n", path="b.ts")).covered == (
        "py/swallowed",
        "js/swallowed",
    )
    assert judge(change("x = 1\n", None)).covered == ()


# --- syntax errors -----------------------------------------------------------------------------------------


def test_a_text_that_the_change_broke_is_unparsed() -> None:
    """A syntax error brought by the change makes a rule without a finding unparsed, never clean."""
    for before in (None, "x = 1\n"):
        checked = judge(change(before, "x = 1\ndef f(:\n    try\n"))
        assert (checked.findings, checked.unparsed, checked.partial) == ((), ("py/swallowed",), True)


def test_a_finding_stands_beside_a_syntax_error() -> None:
    """What is found is found: the rule is not unparsed, the text is partly read."""
    checked = judge(change("", FAULT + "\n\ndef g(:\n"))
    assert (lines(checked), checked.unparsed, checked.partial) == ([4], (), True)


def test_an_old_syntax_error_elsewhere_is_partial() -> None:
    """An error that was there, away from the change, leaves the answer judged."""
    broken = "def g(:\n" + "x = 1\n" * 9
    checked = judge(change(broken, broken + "y = 2\n"))
    assert (checked.unparsed, checked.partial) == ((), True)


def test_a_part_cut_through_a_statement_is_partial() -> None:
    """A known part that begins within a bracket was broken before the edit too."""
    for before in ("    1,\n    2,\n]\nvalue = 1\n", "value = f(1,\n    2,\n"):
        checked = judge(change(before, before.replace("2,", "2, 3,"), basis="part", first_line=7))
        assert (checked.unparsed, checked.partial) == ((), True)


def test_a_fault_that_a_syntax_error_hid_is_not_new() -> None:
    """Mending an error brings no fault: the handler stood there, on a line the change left alone."""
    broken = "x = (1,\n\n" + FAULT
    assert judge(change(broken, "x = (1,)\n\n" + FAULT)).findings == ()


def test_a_handler_emptied_in_a_broken_file_is_new() -> None:
    """Lines taken away change the ones around the gap, also where an old error might have hidden the fault."""
    broken = "def g(:\n\n" + FAULT
    assert lines(judge(change(broken.replace("pass", "log()\n        pass"), broken))) == [6]


def test_a_fragment_is_judged_as_it_stands() -> None:
    """A block of code in prose, in any indentation, is new throughout."""
    assert lines(judge(change(None, indent(FAULT, "    "), basis="fragment"))) == [4]
    assert judge(change(None, "foo(\n  ...\n", basis="fragment")).unparsed == ("py/swallowed",)
    twice = [change(None, FAULT, basis="fragment", path="a.py", call=number) for number in (0, 1)]
    assert len(judge(*twice).findings) == 2


def test_a_rule_that_failed_is_unparsed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A match limit or time limit on either text is not a clean result."""
    wide = Rule("py/wide", "treesitter", ("python",), "m", "c", "(module (pass_statement) @match (pass_statement) @b)")
    monkeypatch.setattr(treesitter, "MATCH_LIMIT", 64)
    many = "pass\n" * 200
    for before, after in ((None, many), (many, "x = 1\n")):
        assert judge(change(before, after), rules=[wide, PYTHON]).unparsed == ("py/wide",)
    with pytest.raises(AnalyserError, match=r"big\.py: py/wide could not be judged"):
        check.lint([Source("python", many)], [wide], names=["big.py"])


def test_a_large_rewrite_is_judged_in_time() -> None:
    """A comparison of twenty thousand repeating lines is not quadratic."""
    before = "a = 1\nb = 1\n" * 10_000 + FAULT
    after = FAULT.replace("def f", "def g") + "b = 1\nb = 1\na = 1\n" * 7_000 + "c = 1\n" + FAULT
    started = time.monotonic()
    assert [finding.scope for finding in judge(change(before, after)).findings] == ["g"]
    assert time.monotonic() - started < 60


def test_lint_reports_all_findings_of_whole_texts() -> None:
    """Plain linting has no before: one tuple of findings for each source, in order."""
    first, second = check.lint([Source("python", FAULT), Source("python", HANDLED)], RULES, names=["a.py", "b.py"])
    assert [(one.path, one.line, one.end_line, one.scope) for one in first] == [("a.py", 4, 5, "f")]
    assert second == ()


# --- any edit elsewhere ------------------------------------------------------------------------------------

FUNCTIONS = st.lists(st.booleans(), min_size=1, max_size=6)


@settings(max_examples=60)
@given(data=st.data(), d=st.sampled_from([param.values[0] for param in BOTH]), faulty=FUNCTIONS)
def test_edits_elsewhere_introduce_nothing(data: st.DataObject, d: Dialect, faulty: list[bool]) -> None:
    """Deleting, inserting, renaming and reordering clean functions and comments around faults introduces nothing."""
    old = [d.define(f"f{number}", d.fault if bad else d.handled) for number, bad in enumerate(faulty)]
    kept = [text for text, bad in zip(old, faulty, strict=True) if bad or data.draw(st.booleans())]
    extra = data.draw(st.lists(st.sampled_from([d.note, d.define("extra", d.handled), d.comment, d.string, "\n\n"])))
    new = data.draw(st.permutations(kept + extra))
    checked = judge(change("".join(old), "".join(new), path=d.path))
    assert (checked.findings, checked.unparsed, checked.partial) == ((), (), False)


@settings(max_examples=40)
@given(data=st.data(), d=st.sampled_from([param.values[0] for param in BOTH]), faulty=FUNCTIONS)
def test_each_fault_added_anywhere_is_found(data: st.DataObject, d: Dialect, faulty: list[bool]) -> None:
    """However the old functions are shuffled, added faulty functions are the findings, no more and no fewer."""
    old = [d.define(f"f{number}", d.fault if bad else d.handled) for number, bad in enumerate(faulty)]
    added = [f"g{number}" for number in range(data.draw(st.integers(0, 3)))]
    new = data.draw(st.permutations(old + [d.define(name, d.fault) for name in added]))
    checked = judge(change("".join(old), "".join(new), path=d.path))
    assert sorted(finding.scope for finding in checked.findings) == added


def test_the_dialects_above_are_what_they_claim() -> None:
    """The texts of these tests hold exactly the faults they are named for."""
    for d in (param.values[0] for param in BOTH):
        texts = [d.define("f", d.fault), d.define("f", d.handled), d.comment, d.string, d.note, dedent(d.fault)]
        found = check.lint([Source(d.language, text) for text in texts], RULES)
        assert [len(one) for one in found] == [1, 0, 0, 0, 0, 1]


def test_a_key_capture_leaves_out_what_is_not_the_fault():
    """A Go call whose error is dropped since long does not become new when its arguments change; another one does."""
    before = 'package p\n\nfunc f() {\n\t_ = client.Enqueue(event{name: "a"})\n}\n'
    edited = 'package p\n\nfunc f() {\n\t_ = client.Enqueue(event{name: "b"})\n}\n'
    added = 'package p\n\nfunc f() {\n\t_ = client.Enqueue(event{name: "b"})\n\t_ = client.Enqueue(event{})\n}\n'
    rules = packs.load(select=["go/swallowed-error"])
    changes = [[Change("a.go", "applied", "test", "go", before, after)] for after in (edited, added)]
    quiet, loud = check.introduced(changes, rules)
    assert quiet.findings == ()
    assert len(loud.findings) == 1
