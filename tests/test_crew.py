"""Judging on several cores: the same reports in the same order, whatever one text does to the process."""

import json
from pathlib import Path

import pytest
import staged

from replay import engines, rules, workers
from replay.cli import main
from replay.engines import NOT_PARSED, Source
from replay.engines.crew import _BATCH
from replay.records import Rule

PREDICATE = """
import os, time

def introduced(before, after):
    text = after.root_node.text
    if b"hang" in text:
        while True:
            time.sleep(1)
    if b"die" in text:
        os._exit(3)
    yield after.root_node
"""


def test_the_reports_do_not_depend_on_the_number_of_processes() -> None:
    """All Python rules on their examples, in several batches."""
    book = [rule for rule in rules.load(select=["python/*"]) if rule.engine != "semgrep"]
    texts = [one.text for stem in rules.find().values() for one in rules.examples(stem) if one.language == "python"]
    sources = [Source("python", f"{text}\n# {number}\n") for number in range(4) for text in texts]
    assert sum(len(source.text) for source in sources) > 2 * _BATCH / 4
    queried = [rule for rule in book if rule.engine == "treesitter"]
    alone = engines.match(queried, sources)
    assert engines.match(queried, sources, jobs=2) == alone
    assert any(report.matches for report in alone)
    predicates = [rule for rule in book if rule.engine == "predicate"]
    pairs = [(None, source) for source in sources]
    assert engines.compare(predicates, pairs, jobs=2) == engines.compare(predicates, pairs)


def test_a_text_that_hangs_or_kills_costs_its_own_verdict(tmp_path: Path) -> None:
    """It is not judged, which is said and not kept; those of its batch are, in their order."""
    book = [Rule("t/p", "predicate", ("python",), "m", "c", PREDICATE)]
    sources = [Source("python", text) for text in ("a", "hang", "b", "die", "c")]
    file = tmp_path / "checks.sqlite"
    reports = engines.compare(book, [(None, one) for one in sources], timeout=0.2, jobs=2, cache=file)
    assert [[match.text for match in report.matches] for report in reports] == [["a"], [], ["b"], [], ["c"]]
    assert [report.failed for report in reports[::2]] == [{}, {}, {}]
    assert reports[1].failed == {"t/p": f"{NOT_PARSED} 0.2 s"}
    assert "exit code 3" in reports[3].failed["t/p"]


def test_queries_judge_an_edit_at_which_a_predicate_dies() -> None:
    """A predicate's fault is its own."""
    book = [
        Rule("t/p", "predicate", ("python",), "m", "c", PREDICATE),
        Rule("t/q", "treesitter", ("python",), "m", "c", "(identifier) @match"),
    ]
    pairs = [(Source("python", "a"), Source("python", text)) for text in ("b", "die", "hang", "a")]
    reports = engines.compare(book, pairs, timeout=0.2, jobs=2)
    told = [[match.text for match in report.matches if match.rule == "t/q"] for report in reports]
    assert told == [["a", "b"], ["a", "die"], ["a", "hang"], []]
    assert [list(report.failed) for report in reports] == [[], ["t/p"], ["t/p"], []]


def test_a_run_is_judged_by_as_many_processes_as_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--jobs 1` is the command alone, `--jobs 2` has two workers; they say the same, as does judging again."""
    folder = staged.write(tmp_path / "set", 3, lambda _: {"baseline": ["bad"], "edited": ["good"]}, draws=1)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REPLAY_NO_CACHE", "1")
    crews: list[int] = []
    run = workers.run

    def watched(*args: object, jobs: int, **options: object) -> object:
        crews.append(jobs)
        return run(*args, jobs=jobs, **options)

    monkeypatch.setattr(workers, "run", watched)
    told: list[object] = []
    sizes: list[set[int]] = []
    for more in (["--jobs", "1"], ["--jobs", "2"], ["--jobs", "2", "--rescore"]):
        crews.clear()
        with pytest.raises(SystemExit):
            main(["run", str(folder), "--json", *more])
        told.append(json.loads(capsys.readouterr().out)["comparisons"])
        sizes.append(set(crews))
    assert sizes == [set(), {2}, {2}]
    assert told[0] == told[1] == told[2]
    assert told[0][0]["difference"] == -1.0
