"""The engines: what they find, and that what they cannot judge is told."""

import stat
import sys
import time
from pathlib import Path

import pytest

from replay import engines, rules
from replay.engines import Report, Source, semgrep, treesitter
from replay.errors import AnalyserError
from replay.records import Rule

SWALLOW = '((except_clause (block) @body) @match (#only? @body "pass_statement" "ellipsis"))'
CALL = '((call function: (identifier) @name) @match (#eq? @name "bad"))'
UTCNOW = "datetime.datetime.utcnow()"


def rule(name: str, detector: str, *languages: str, engine: str = "treesitter") -> Rule:
    return Rule(f"p/{name}", engine, languages or ("python",), "m", "c", detector)  # type: ignore[arg-type]


def sem(name: str, pattern: str, language: str = "python") -> Rule:
    detector = (
        f"rules:\n- id: {name}\n  languages: [{language}]\n  severity: WARNING\n  message: m\n  pattern: {pattern}\n"
    )
    return rule(name, detector, language, engine="semgrep")


def one(text: str, *chosen: Rule, language: str = "python", timeout: float = 10.0) -> Report:
    (report,) = engines.match(chosen, [Source(language, text)], timeout=timeout)
    return report


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Installs a program as semgrep: its body is Python that sees the command line as `sys.argv`."""

    def install(body: str) -> Path:
        path = tmp_path / "fake-semgrep"
        path.write_text(f"#!{sys.executable}\nimport glob, json, os, sys, time\n{body}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("REPLAY_SEMGREP", str(path))
        return path

    return install


# --- matches -----------------------------------------------------------------------------------------------


def test_a_match_knows_its_place_text_key_and_scope() -> None:
    """Lines are 1-based, bytes count UTF-8, the key has no comments, the scope names class and function."""
    text = '# é\nclass A:\n    def f(self):\n        "é"\n        bad( 1,\n  2)  # why\n'
    (found,) = one(text, rule("call", CALL)).matches
    assert (found.line, found.end_line) == (5, 6)
    assert found.text == "bad( 1,\n  2)"
    assert text.encode()[found.start_byte : found.end_byte].decode() == found.text
    assert (found.key, found.scope) == ("bad ( 1 , 2 )", "A.f")


def test_both_engines_give_the_same_place_the_same_names() -> None:
    """A call found by a query and by a semgrep pattern has the same lines, bytes, text, key and scope."""
    text = "def f():\n    x = 'ü'; bad(  # why\n        1)\n"
    first, second = one(text, rule("call", CALL), sem("call-too", "bad(...)")).matches
    assert first._replace(rule="") == second._replace(rule="")
    assert first.key == "bad ( 1 )"


@pytest.mark.parametrize(
    ("language", "text", "query", "scope"),
    [
        ("javascript", "class A { m() { const f = () => { bad() } } }", "(call_expression) @match", "A.m.f"),
        ("typescript", "namespace N { function f() { bad() } }", "(call_expression) @match", "N.f"),
        ("go", "package p\nfunc (s *S) Run() { bad() }", "(call_expression) @match", "Run"),
        ("java", "class A { void run() { bad(); } }", "(method_invocation) @match", "A.run"),
        ("ruby", "module M\n class A\n  def run\n   bad(1)\n  end\n end\nend", "(argument_list) @match", "M.A.run"),
        ("rust", "impl A { fn run() { bad(); } }", "(call_expression) @match", "A.run"),
        ("c", "int *run(int x) { bad(); }", "(call_expression) @match", "run"),
        ("python", "x = f(a=lambda: bad())", CALL, ""),
    ],
)
def test_a_scope_is_the_functions_and_classes_around(language: str, text: str, query: str, scope: str) -> None:
    """Each language's functions, methods and classes name the scope; variables and arguments do not."""
    (found,) = one(text, rule("call", query, language), language=language).matches
    assert found.scope == scope


def test_white_space_comments_and_line_ends_leave_the_key_alone() -> None:
    """Reindenting, folding and commenting a match keep its key; another token changes it."""
    variants = ["bad(1, 2)", "bad(1,\n      2)", "bad(  # why\n    1,\r\n    # more\n    2)"]
    assert {one(text, rule("call", CALL)).matches[0].key for text in variants} == {"bad ( 1 , 2 )"}
    assert one("bad(1, 3)", rule("call", CALL)).matches[0].key == "bad ( 1 , 3 )"


def test_a_key_keeps_what_stands_in_strings() -> None:
    """Two calls that differ only inside a string, a template or an escape have different keys."""
    for language, query, texts in (
        ("python", CALL, ["bad('a')", "bad('b')", "bad('\\n')", "bad(f'{a}b')", "bad(f'{a}c')"]),
        ("javascript", "(call_expression) @match", ["bad(`a`)", "bad(`b`)", "bad(`${a} b`)", "bad(/x/)", "bad(/y/)"]),
        ("ruby", "(call) @match", ["bad('a')", "bad(:a)", 'bad("#{a} b")', "bad(%w[a b])", "bad(%w[a c])"]),
    ):
        keys = [one(text, rule("call", query, language), language=language).matches[0].key for text in texts]
        assert len(set(keys)) == len(texts)


def test_a_match_that_is_a_comment_is_its_own_key() -> None:
    """A rule about comments compares their text."""
    found = one("x = 1  # type:   ignore\n", rule("c", '((comment) @match (#match? @match "type:"))')).matches
    assert [match.key for match in found] == ["# type: ignore"]


def test_patterns_that_name_one_node_make_one_match() -> None:
    """Two patterns of a rule on the same node, and a text given twice, are one match each."""
    both = rule("call", f"{CALL}\n(call) @match")
    reports = engines.match([both], [Source("python", "bad()\n"), Source("python", "bad()\n")])
    assert [len(report.matches) for report in reports] == [1, 1]


def test_rules_run_on_their_own_languages_only() -> None:
    """A report on a language without rules is empty, and order is kept."""
    sources = [Source("go", "package p"), Source("python", "bad()"), Source("ruby", "bad()")]
    assert [len(report.matches) for report in engines.match([rule("call", CALL)], sources)] == [0, 1, 0]


@pytest.mark.parametrize(
    ("predicate", "texts"),
    [
        (
            '#only? @b "pass_statement" "ellipsis"',
            {"pass": 1, "...": 1, "pass  # c\n  # d": 1, "pass; f()": 0, "f()": 0},
        ),
        ('#not-only? @b "pass_statement"', {"pass": 0, "f()": 1}),
        ("#only? @b", {"pass": 0}),
        ('#contains? @b "raise_statement"', {"if x: raise": 1, "f('raise')": 0}),
        ('#not-contains? @b "raise_statement"', {"raise": 0, "f()": 1}),
        ('#has-ancestor? @b "function_definition"', {"pass": 0}),
        ('#has-parent? @b "except_clause"', {"pass": 1}),
        ('#uses? @b "log"', {"log()": 1, "x.log()": 1, "logs()": 0, "'log'": 0, "pass  # log": 0}),
        ('#not-uses? @b "log"', {"log()": 0, "'log'": 1}),
        ("#has-comment? @b", {"pass": 0, "pass  # why": 1, "f()\n  # why\n  g()": 1, "pass\n# after": 0}),
    ],
)
def test_our_predicates_mean_what_the_page_says(predicate: str, texts: dict[str, int]) -> None:
    """Each predicate of docs/rules.md holds and fails on bodies written for it."""
    query = rule("q", f"((except_clause (block) @b) @match ({predicate}))")
    found = {body: len(one(f"try:\n  f()\nexcept E:\n  {body}\n", query).matches) for body in texts}
    assert found == texts


# --- what cannot be judged ---------------------------------------------------------------------------------


def test_syntax_errors_are_told_as_byte_ranges() -> None:
    """A broken line is an error range; a token the parser had to invent is one too; the rest is still matched."""
    broken = one("bad()\nx = (1 +\n", rule("call", CALL))
    assert len(broken.errors) == 1
    assert one("bad()\n", rule("call", CALL)).errors == ()
    missing = one(
        "function f() { bad()\n", rule("call", "(call_expression) @match", "javascript"), language="javascript"
    )
    assert len(missing.errors) == 1
    assert len(missing.matches) == 1


def test_nul_and_lone_surrogates_hide_nothing() -> None:
    """What stands behind a NUL or an undecodable byte is seen, by predicates as well."""
    assert len(one('x = "\0"\nbad()\ny = "\udc80"\nbad()\n', rule("call", CALL), sem("too", "bad()")).matches) == 4


def test_a_query_too_wide_for_a_file_is_not_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file on which a query exceeds the match limit counts as not judged by it; other rules are judged."""
    monkeypatch.setattr(treesitter, "MATCH_LIMIT", 64)
    wide = rule("wide", "(module (expression_statement) @match (expression_statement) @other)")
    text = "f()\n" * (treesitter.MATCH_LIMIT + 100) + "bad()\n"
    report = one(text, wide, rule("call", CALL))
    assert report.failed.keys() == {"p/wide"}
    assert [found.rule for found in report.matches] == ["p/call"]


def test_a_text_that_takes_too_long_fails_and_the_next_is_read_right() -> None:
    """A parse over its time fails all rules on that text; the parser is fit for the next text."""
    long = one("f(1, 2)\n" * 200_000, rule("call", CALL), timeout=0.01)
    short = one("bad()\n", rule("call", CALL))
    assert long.failed == {"p/call": "not parsed within 0.01 s"}
    assert len(short.matches) == 1


def test_versions_name_what_findings_depend_on() -> None:
    """tree-sitter, the grammars with their ABI, and semgrep where a rule needs it."""
    assert engines.versions([rule("call", CALL)]).keys() == {"tree-sitter", "grammar python"}
    assert engines.versions([sem("s", "f()")]).keys() == {"tree-sitter", "grammar python", "semgrep"}


# --- semgrep -----------------------------------------------------------------------------------------------


def test_semgrep_sees_through_import_aliases_and_not_into_strings() -> None:
    """An API is found by its real name; comments and strings are not code."""
    text = f"from datetime import datetime as dt\ndt.utcnow()\n# {UTCNOW}\ns = '{UTCNOW}'\n"
    assert [found.line for found in one(text, sem("utc", UTCNOW)).matches] == [2]


def test_nosem_and_size_and_names_hide_nothing_from_semgrep() -> None:
    """A `nosem` comment and a file over 1 MB are searched like all else."""
    filler = "x = 1  # " + "x" * 1_100_000 + "\n"
    (small, large) = engines.match(
        [sem("c", "bad()")], [Source("python", "bad()  # nosem\n"), Source("python", filler + "bad()")]
    )
    assert (len(small.matches), len(large.matches)) == (1, 1)


def test_no_process_without_a_semgrep_rule_or_a_source_for_it(fake) -> None:
    """A broken semgrep does not matter where there is nothing for it to do."""
    fake("sys.exit(9)")
    assert len(one("bad()", rule("call", CALL)).matches) == 1
    assert engines.match([sem("s", "bad()")], [Source("go", "package p")])[0].matches == ()
    with pytest.raises(AnalyserError, match="ended with 9"):
        one("bad()", sem("s", "bad()"))


def test_one_process_for_a_batch(fake, tmp_path: Path) -> None:
    """Fifty texts and three rules are one process; equal texts are one file."""
    log = tmp_path / "calls"
    fake(
        f"open({str(log)!r}, 'a').write('call\\n')\n"
        "files = glob.glob('files/**/*.*', recursive=True)\n"
        f"open({str(log)!r}, 'a').write(f'{{len(files)}} files\\n')\n"
        "print(json.dumps({'results': [], 'errors': [], 'paths': {'scanned': files}}))"
    )
    engines.match([sem(f"s{n}", "bad()") for n in range(3)], [Source("python", f"x{n // 2}") for n in range(50)])
    assert log.read_text() == "call\n25 files\n"


def test_a_missing_semgrep_says_how_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither a wrong REPLAY_SEMGREP nor an absent semgrep passes for a clean result."""
    monkeypatch.setenv("REPLAY_SEMGREP", str(tmp_path / "nowhere"))
    with pytest.raises(AnalyserError, match="REPLAY_SEMGREP names"):
        one("bad()", sem("s", "bad()"))
    monkeypatch.delenv("REPLAY_SEMGREP")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AnalyserError, match="pip install semgrep"):
        one("bad()", sem("s", "bad()"))


def test_a_refused_rule_is_named() -> None:
    """A pattern that semgrep cannot parse ends the batch and names the rule."""
    with pytest.raises(AnalyserError, match=r"rule p/broken is refused: .*[Ii]nvalid pattern"):
        one("bad()", sem("fine", "bad()"), sem("broken", "'f(:'"))


NOTHING = "{'results': [], 'errors': [], 'paths': {'scanned': files}}"
LOUD = [
    pytest.param("print('no json')", "no result: no json", id="no JSON"),
    pytest.param("print('{}')", "no result", id="JSON of another shape"),
    pytest.param("os.kill(os.getpid(), 11)", "ended with -11", id="a crash"),
    pytest.param("print(json.dumps(NOTHING)); sys.stderr.write('oh no'); sys.exit(2)", "2: oh no", id="rc 2"),
    pytest.param(
        "print(json.dumps(NOTHING | {'errors': [{'level': 'error', 'message': 'engine gone'}]}))",
        "engine gone",
        id="an error about no file",
    ),
]


@pytest.mark.parametrize(("body", "message"), LOUD)
def test_a_failing_semgrep_ends_the_batch(fake, body: str, message: str) -> None:
    """Whatever way semgrep fails as a whole, there is an AnalyserError with what it said."""
    fake("files = glob.glob('files/**/*.*', recursive=True)\n" + body.replace("NOTHING", NOTHING))
    with pytest.raises(AnalyserError, match=message):
        one("bad()", sem("s", "bad()"))


@pytest.mark.parametrize(
    ("output", "why"),
    [
        pytest.param("{'paths': {'scanned': []}}", "skipped", id="not scanned"),
        pytest.param(
            "{'errors': [{'code': 2, 'level': 'warn', 'type': 'Timeout', 'rule_id': 'r0', 'path': files[0]}]}",
            "timeout",
            id="a timeout",
        ),
        pytest.param(
            "{'errors': [{'code': 2, 'level': 'warn', 'type': 'Out of memory', 'path': files[0]}]}",
            "memory",
            id="memory",
        ),
    ],
)
def test_a_file_that_semgrep_passes_over_is_not_clean(fake, output: str, why: str) -> None:
    """Exit code 0 with a file not scanned, or given up, fails the rule on that file."""
    fake(f"files = glob.glob('files/**/*.*', recursive=True)\nprint(json.dumps({NOTHING} | {output}))")
    report = one("bad()", sem("s", "bad()"))
    assert why in report.failed["p/s"]


def test_semgrep_over_the_batch_time_is_killed(fake) -> None:
    """The whole batch has a time limit, and nothing is left running after it."""
    fake("time.sleep(60)")
    started = time.monotonic()
    with pytest.raises(AnalyserError, match="not done after 1 s"):
        semgrep.match([sem("s", "bad()")], [Source("python", "bad()")], batch_timeout=1.0)
    assert time.monotonic() - started < 60


def test_what_semgrep_cannot_parse_is_told_for_its_rules() -> None:
    """Its own partial parse is noted on the rule, with the byte range."""
    report = one("bad ((((((( float )\n def ] class", sem("s", "bad(...)"))
    assert report.errors_of("p/s")


def test_semgrep_works_where_home_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """A read-only or missing home folder does not matter."""
    monkeypatch.setenv("HOME", "/nonexistent")
    assert len(one("bad()", sem("s", "bad()")).matches) == 1


def test_both_modes_of_semgrep_find_the_same_in_our_examples() -> None:
    """The fast mode and the plain one agree on every example of every semgrep rule of ours."""
    chosen = [rule for rule in rules.load() if rule.engine == "semgrep"]
    stems = rules.find()
    sources = [Source(e.language, e.text) for rule in chosen for e in rules.examples(stems[rule.id])]
    fast = semgrep.match(chosen, sources)
    plain = semgrep.match(chosen, sources, mode=())
    assert sum(len(report.matches) for report in fast) >= 2 * len(chosen)
    assert [report.matches for report in fast] == [report.matches for report in plain]


def test_two_processes_of_semgrep_say_what_one_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each source keeps its report when the sources are dealt out, by size, to several processes."""
    sources = [Source("python", f"{'x = 1; ' * (number % 3)}bad({number})") for number in range(9)]
    alone = semgrep.match([sem("s", "bad(...)")], sources)
    monkeypatch.setattr(semgrep, "_WORTH", 4)
    assert semgrep.match([sem("s", "bad(...)")], sources, jobs=3) == alone
    assert [report.matches[0].text for report in alone] == [f"bad({number})" for number in range(9)]


def test_nothing_is_left_in_the_temporary_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Sources of others are removed after the batch."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    one("bad()", sem("s", "bad()"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        pytest.param("javascript", "[" * 100_000, id="brackets that nothing closes"),
        pytest.param("python", "[" * 100_000 + "]" * 100_000, id="brackets within each other"),
        pytest.param("javascript", "a=1;" * 2_500_000, id="10 MB on one line"),
        pytest.param("bash", "echo " + "a " * 100_000, id="a command of 100,000 words"),
    ],
)
def test_a_pathological_file_costs_its_time_and_is_not_judged(language: str, text: str) -> None:
    """All our rules over it end within about the limit, and each says that it could not judge."""
    mine = [rule for rule in rules.load() if rule.engine == "treesitter" and language in rule.languages]
    treesitter.match(mine, [Source(language, "")])
    start = time.monotonic()
    (report,) = treesitter.match(mine, [Source(language, text)], timeout=1)
    assert time.monotonic() - start < 30
    assert report.failed.keys() == {rule.id for rule in mine}
    assert not report.matches


def test_many_matches_in_one_block_are_all_found() -> None:
    """Eight thousand handlers in one block are found within the time of a file, each in its function."""
    query = (
        '((except_clause (block) @b) @match (#only? @b "pass_statement")'
        ' (#not-has-comment? @match) (#has-parent? @match "try_statement"))'
    )
    one = Rule("py/empty", "treesitter", ("python",), "m", "c", query)

    text = "def f():\n" + "    try:\n        a()\n    except E:\n        pass\n" * 8_000
    (report,) = treesitter.match([one], [Source("python", text)], timeout=60)
    assert len(report.matches) == 8_000
    assert {match.scope for match in report.matches} == {"f"}


def test_a_scope_that_fills_a_match_is_not_around_it() -> None:
    """A block that holds nothing but a function stands in what is around the block."""
    one = Rule("py/block", "treesitter", ("python",), "m", "c", "(block) @match")
    (report,) = treesitter.match([one], [Source("python", "class A:\n    def f():\n        pass\n")])
    assert [match.scope for match in report.matches] == ["A", "A.f"]
