"""Reports kept by text and rule: the same answers, and only what is new is judged."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from replay import check, engines, rules, workers
from replay.engines import Report, Source, kept
from replay.errors import UserError
from replay.records import Change, Rule

CALL = '((call function: (identifier) @name) @match (#eq? @name "{}"))'
SECRET = "AKIA" + "Q7ZP3M2KD8WX5RTB"


def rule(name: str, called: str = "") -> Rule:
    """A rule against calls of ``called``."""
    return Rule(f"t/{name}", "treesitter", ("python",), "m", "c", CALL.format(called or name))


def judged(
    file: Path, book: Sequence[Rule], texts: Sequence[str], failed: str = ""
) -> list[tuple[list[str], list[str]]]:
    """The rules and texts that a judge is asked for, call by call, when these are judged by way of ``file``."""
    asked = []

    def judge(lacking: Sequence[Rule], places: Sequence[int]) -> list[Report]:
        asked.append(([one.id for one in lacking], [texts[place] for place in places]))
        return [Report(failed={failed: "no time"} if failed else {}) for _ in places]

    with kept.Kept.open(file) as store:
        store.through([kept.of_source(Source("python", text)) for text in texts], book, judge)
    return asked


def many(file: Path, number: int) -> int:
    """One of several processes that judge by way of one file; how many findings there are."""
    sources = [Source("python", f"a({number % 2}, {one})") for one in range(200)]
    return sum(len(report.matches) for report in engines.match([rule("a")], sources, cache=file))


def test_a_text_is_judged_once(tmp_path: Path) -> None:
    """Asked again, nothing is judged; of new texts only those, and each of several equal ones once."""
    file = tmp_path / "home" / "checks.sqlite"
    a = rule("a")
    assert judged(file, [a], ["x", "y", "x"]) == [(["t/a"], ["x", "y"])]
    assert judged(file, [a], ["x", "y", "x"]) == []
    assert judged(file, [a], ["x", "z"]) == [(["t/a"], ["z"])]


def test_a_changed_rule_is_run_alone(tmp_path: Path) -> None:
    """The other rules' reports stay; the old detector's are not taken for the new one's."""
    file = tmp_path / "checks.sqlite"
    assert judged(file, [rule("a"), rule("b")], ["x"]) == [(["t/a", "t/b"], ["x"])]
    assert judged(file, [rule("a"), rule("b", "other")], ["x"]) == [(["t/b"], ["x"])]
    assert judged(file, [rule("a"), rule("b"), rule("c")], ["x"]) == [(["t/c"], ["x"])]


def test_a_rule_that_goes_by_another_name_is_the_same_rule(tmp_path: Path) -> None:
    """What decides is the detector; the report names the rule as it is called now."""
    file = tmp_path / "checks.sqlite"
    source = Source("python", "a()")
    engines.match([rule("a")], [source], cache=file)
    (report,) = engines.match([rule("new", "a")], [source], cache=file)
    assert [match.rule for match in report.matches] == ["t/new"]


def test_an_edit_that_brought_syntax_errors_is_judged_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same two texts always say so: the rule counts as failed again, and its code is not run."""
    file = tmp_path / "checks.sqlite"
    code = "def introduced(before, after):\n    yield after.root_node\n"
    book = [Rule("t/p", "predicate", ("python",), "m", "c", code)]
    pairs = [(Source("python", "a()"), Source("python", "a(")), (None, Source("python", "b("))]
    pairs.append((None, Source("python", "b()")))
    first = engines.compare(book, pairs, cache=file)
    assert [list(report.failed) for report in first] == [["t/p"], ["t/p"], []]
    monkeypatch.setattr("replay.engines.predicate.compare", lambda *_, **__: pytest.fail("judged again"))
    assert engines.compare(book, pairs, cache=file) == first


def test_what_failed_is_judged_again(tmp_path: Path) -> None:
    """A rule that ran out of time is never kept as clean; the others are."""
    file = tmp_path / "checks.sqlite"
    book = [rule("a"), rule("b")]
    judged(file, book, ["x"], failed="t/b")
    assert judged(file, book, ["x"]) == [(["t/b"], ["x"])]


def test_an_edit_is_kept_apart_from_its_texts(tmp_path: Path) -> None:
    """Before and after together name it, and which is which."""
    one, other = Source("python", "x"), Source("python", "y")
    named = {
        kept.of_source(other),
        kept.of_edit(one, other),
        kept.of_edit(other, one),
        kept.of_edit(None, other),
        kept.of_edit(Source("python", ""), other),
        kept.of_edit(Source("python", "xy"), Source("python", "")),
    }
    assert len(named) == 6


def test_findings_are_the_same_with_and_without(tmp_path: Path) -> None:
    """Every rule of ours on all its examples, as new files: judged anew, kept, and read back."""
    stems = rules.find()
    book = [one for one in rules.load() if one.engine != "semgrep"]
    edits = [
        [Change(example.path.name, "applied", "t", example.language, before, example.text)]
        for one in book
        for example in rules.examples(stems[one.id])
        for before in (None, example.before.text if example.before else "")
    ]
    file = tmp_path / "checks.sqlite"
    plain = check.introduced(edits, book)
    assert sum(len(one.findings) for one in plain) > 500
    assert check.introduced(edits, book, cache=file) == plain
    assert check.introduced(edits, book, cache=file) == plain
    half = book[::2]
    assert check.introduced(edits, half, cache=file) == check.introduced(edits, half)


def test_a_secret_is_not_written(tmp_path: Path) -> None:
    """A rule whose match shows a key is judged again each time; the file does not hold the key."""
    file = tmp_path / "checks.sqlite"
    (book,) = (one for one in rules.load() if one.id == "secrets/vendor-key")
    source = Source("python", f'key = "{SECRET}"\n')
    reports = [engines.match([book], [source], cache=file) for _ in range(2)]
    assert [len(one.matches) for (one,) in reports] == [1, 1]
    written = b"".join(part.read_bytes() for part in tmp_path.iterdir())
    assert SECRET.encode() not in written


def test_several_processes_share_a_file(tmp_path: Path) -> None:
    """All at once, each gets what it would have got alone."""
    file = tmp_path / "checks.sqlite"
    found = workers.run(partial(many, file), range(4), jobs=4, seconds=120.0)
    assert [result for _, result in found] == [200] * 4


def test_a_file_that_is_none_of_ours_is_refused(tmp_path: Path) -> None:
    """In a sentence that names it; nothing is written to it."""
    file = tmp_path / "checks.sqlite"
    file.write_text("something else, long enough to be no header of SQLite" * 10)
    before = file.read_bytes()
    with pytest.raises(UserError, match="not a store of replay"):
        engines.match([rule("a")], [Source("python", "a()")], cache=file)
    assert file.read_bytes() == before


def test_the_file_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Above its bound it loses the texts that were not asked for the longest; they are judged again."""
    file = tmp_path / "checks.sqlite"
    monkeypatch.setattr(kept, "MOST_BYTES", 40_000)
    for start in range(0, 3_000, 100):
        judged(file, [rule("a")], [f"x{number}" for number in range(start, start + 100)])
    assert file.stat().st_size < 200_000
    assert judged(file, [rule("a")], ["x0"]) == [(["t/a"], ["x0"])]
