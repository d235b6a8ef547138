"""JUnit and SARIF: what a CI system and a code viewer read of a run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
import staged
from msgspec.structs import replace

from replay import config, experiment, report
from replay.records import Finding, Result, Score
from replay.store import Cache, Run

SOURCES = 8


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight sources: the baseline is clean, the edit makes 3 of 4 draws violate, in one source it writes no code."""
    root = tmp_path_factory.mktemp("ci")

    def plays(index: int) -> dict[str, list[str]]:
        edited = ["words"] * 4 if index == 7 else staged.play(3, 4)
        return {"baseline": staged.play(0, 4), "edited": edited}

    folder = staged.write(root / "set", SOURCES, plays)
    with Cache.open(root / "cache.sqlite") as cache:
        experiment.run(experiment.plan(config.load(folder)), root / "run", cache=cache)
    return root / "run"


@pytest.fixture
def run(place: Path) -> Iterator[Run]:
    """The run, open."""
    with Run.open(place, create=False) as store:
        yield store


# --- JUnit ---


def _suites(text: str) -> dict[str, Xml.Element]:
    root = Xml.fromstring(text)
    assert root.tag == "testsuites"
    return {suite.attrib["name"]: suite for suite in root}


def test_an_arm_that_is_worse_is_the_only_failure(run: Run) -> None:
    """The verdict fails; 21 violations in single cases do not, and a case without code is skipped."""
    suites = _suites(report.render("junit", run, run.meta("result", Result)))
    assert list(suites) == ["verdicts", "baseline", "edited"]
    failures = [test for suite in suites.values() for test in suite if test.find("failure") is not None]
    assert [test.attrib["name"] for test in failures if "*/swallowed-*" in test.attrib["name"]] == [
        "edited against baseline: */swallowed-*"
    ]
    assert {test.attrib["classname"] for test in failures} == {"verdicts"}
    assert suites["edited"].attrib == {"name": "edited", "tests": "8", "failures": "0", "errors": "0", "skipped": "1"}
    skipped = [test.attrib["name"] for test in suites["edited"] if test.find("skipped") is not None]
    assert skipped == ["case07@0"]
    first = next(iter(suites["edited"]))
    assert first.findtext("system-out") == "4 draws: 1 clean, 3 violation"


def test_the_counts_of_the_root_are_those_of_its_suites(run: Run) -> None:
    """Readers that look at the root alone see the same numbers."""
    root = Xml.fromstring(report.render("junit", run, run.meta("result", Result)))
    for kind in ("tests", "failures", "errors", "skipped"):
        assert int(root.attrib[kind]) == sum(int(suite.attrib[kind]) for suite in root)


def test_what_xml_cannot_hold_is_replaced(run: Run) -> None:
    """A control character of a hostile name would make the document unreadable; markup stays text."""
    hostile = replace(run.meta("result", Result), name="a\x00\x1b]]><x> & \ud83d")
    root = Xml.fromstring(report.render("junit", run, hostile).encode("utf-8"))
    assert root.attrib["name"] == "a\ufffd\ufffd]]><x> & \ufffd"


# --- SARIF ---


@pytest.fixture
def log(run: Run) -> dict[str, Any]:
    """The one run of the SARIF log."""
    whole = json.loads(report.render("sarif", run, run.meta("result", Result)))
    assert whole["version"] == "2.1.0"
    (only,) = whole["runs"]
    return only


def test_each_introduced_finding_is_a_result_on_the_file_it_is_in(log: dict[str, Any]) -> None:
    """7 sources × 3 draws; `except` is line 3 of what was written, and the artifact holds that text."""
    assert len(log["results"]) == 21
    artifacts = {one["location"]["uri"]: one for one in log["artifacts"]}
    for result in log["results"]:
        (location,) = (one["physicalLocation"] for one in result["locations"])
        lines = artifacts[location["artifactLocation"]["uri"]]["contents"]["text"].splitlines()
        assert location["region"]["startLine"] == 3
        assert lines[2] == "except Exception:"
        assert result["properties"]["arm"] == "edited"


def test_results_point_at_the_descriptor_of_their_rule(log: dict[str, Any]) -> None:
    """§3.27.6: ``ruleIndex`` is the index of the descriptor whose ``id`` is ``ruleId``."""
    rules = log["tool"]["driver"]["rules"]
    assert {rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in log["results"]} == {True}
    assert all(one["shortDescription"]["text"] for one in rules)


def test_equal_findings_have_equal_fingerprints_whatever_the_line(log: dict[str, Any]) -> None:
    """The same code in the same place of the same file is one problem to a viewer that tracks them."""
    assert len({one["partialFingerprints"]["introduced/v1"] for one in log["results"]}) == 1


def test_a_path_of_a_transcript_never_leaves_its_draw(run: Run) -> None:
    """Absolute paths, ``..`` and URL marks become parts of a relative URI."""
    scores = run.meta("scores", tuple[Score, ...])
    evil = Finding("python/swallowed-exception", "/../..\\etc/pa%2Fss#?<x>", 3, 4, "except: pass")
    run.put_meta("scores", [replace(scores[0], outcome="violation", findings=(evil,))])
    try:
        log = json.loads(report.render("sarif", run, run.meta("result", Result)))
    finally:
        run.put_meta("scores", scores)
    (one,) = log["runs"][0]["artifacts"]
    assert one == {
        "location": {"uri": f"{scores[0].case.replace('@', '%40')}/{scores[0].arm}/0/etc/pa%252Fss%23%3F%3Cx%3E"}
    }
