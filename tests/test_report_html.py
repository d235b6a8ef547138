"""The data of the one-file report: bounded, without secrets, and diffs that patch(1) takes."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import zlib
from pathlib import Path

import made_runs
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from replay import report
from replay.cli import group
from replay.records import OUTCOMES
from replay.report.html import diffs
from replay.report.html.strings import LONGEST, Strings

KEY = "sk-ant-api03-" + "aB3" * 31 + "-" + "cD4eF5gH6iJ"


def pieces(text: str) -> dict[str, object]:
    """The data of a page by name, unpacked as a browser would."""
    found = re.findall(r'<script type="application/(json|octet-stream)" data-piece="([^"]+)">([^<]*)</script>', text)
    return {
        name: json.loads(body if kind == "json" else zlib.decompress(base64.b64decode(body)))
        for kind, name, body in found
    }


def test_a_page_has_every_trial_once_with_its_outcome(tmp_path):
    """The columns of the overview count what the result counts, and each case's piece holds all its trials."""
    store, result = made_runs.run(tmp_path / "run", cases=3, draws=5)
    data = pieces(report.render("html", store, result))
    index = data["index"]
    assert len(index["columns"]["trials"]["case"]) == 3 * 5 * 2
    told = index["columns"]["outcomes"]["python/swallowed-exception"]
    for outcome in OUTCOMES:
        counted = sum(arm.rules["python/swallowed-exception"].outcomes[outcome] for arm in result.arms.values())
        assert told.count(OUTCOMES.index(outcome)) == counted
    assert [len(data[f"case/{number}"]["trials"]) for number in range(3)] == [10, 10, 10]
    assert {f"transcript/{case['transcript']}" for case in index["cases"]} <= set(data)


def test_a_secret_that_got_into_a_run_is_not_in_its_page(tmp_path):
    """Text, reasoning, notes, the prompt, the experiment's name: an API key in any of them is taken out."""
    store, result = made_runs.run(tmp_path / "run", cases=2, draws=1, noise=f"key {KEY} end")
    stored = b"".join(path.read_bytes() for path in (tmp_path / "run").iterdir())
    assert KEY.encode() in stored  # made without the redaction of imports
    told = json.dumps(pieces(report.render("html", store, result)))
    assert KEY not in told
    assert "[REDACTED:" in told


def test_a_huge_text_is_cut_and_says_by_how_much():
    """Beginning and end are kept, and the number of characters left out between them."""
    strings = Strings()
    text = "a" * LONGEST + "b" * 500 + "c" * 3_000
    place = strings.put(text)
    head, cut, tail = strings.table()[place]
    assert len(head) + cut + len(tail) == len(text)
    assert head == text[: len(head)]
    assert tail == text[-len(tail) :]
    assert strings.put(text) == place


def test_once_the_budget_is_spent_only_the_beginning_of_a_text_is_kept():
    """So a session of any length gives a piece of bounded size."""
    strings = Strings(budget=1_000)
    first, second = strings.put("x" * 1_000), strings.put("y" * 1_000)
    assert strings.table()[first] == "x" * 1_000
    assert strings.table()[second] == ["y" * Strings.BRIEF, 1_000 - Strings.BRIEF, ""]


LINES = st.lists(st.sampled_from(["a", "b", "", "    pass", "@@ x", "-- y", "++ z"]), max_size=30)


@settings(max_examples=60)
@given(before=LINES, after=LINES)
def test_patch_makes_the_text_after_from_the_one_before(tmp_path_factory, before, after):
    """patch(1) takes the hunks for a unified diff and gives exactly the new text."""
    folder = tmp_path_factory.mktemp("patch")
    old, new = ("".join(f"{line}\n" for line in lines) for lines in (before, after))
    (folder / "file").write_text(old)
    text = diffs.unified(old, new)
    if text:
        given_ = f"--- file\n+++ file\n{text}\n"
        subprocess.run(["patch", "-s", "file"], cwd=folder, input=given_.encode(), check=True)
    left = (folder / "file").read_text() if (folder / "file").exists() else ""
    assert left == new


def test_a_line_with_a_finding_is_shown_even_where_nothing_changed():
    """Line 50 of 100 equal lines is there with three lines around it, numbered as the file is."""
    text = "".join(f"line {number}\n" for number in range(101, 201))
    shown = diffs.unified(text, text, first_line=101, keep=[150]).split("\n")
    assert shown == ["@@ -147,7 +147,7 @@", *(f" line {number}" for number in range(147, 154))]


def test_a_diff_of_a_huge_rewrite_is_bounded_and_says_so():
    """100,000 lines against 100,000 others: at most the limit, then how many more there are."""
    old, new = ("".join(f"{name} {number}\n" for number in range(100_000)) for name in ("old", "new"))
    lines = diffs.unified(old, new).split("\n")
    assert len(lines) <= diffs.MOST_LINES + 2
    assert lines[-1] == f"\\ … {200_000 - diffs.MOST_LINES:,} more lines"


def test_a_minified_line_is_clipped():
    """A line of a million characters says how many are not shown."""
    (_, line) = diffs.unified(None, "x" * 1_000_000 + "\n").split("\n")
    assert line.endswith(f"… {1_000_001 - diffs.LONGEST_LINE:,} more characters")


@pytest.fixture
def kept(tmp_path, monkeypatch) -> Path:
    """A judged run called `made` in the home."""
    monkeypatch.setenv("REPLAY_HOME", str(tmp_path / "home"))
    made_runs.run(tmp_path / "home/runs/made", cases=2, draws=1)[0].close()
    return tmp_path


def test_the_format_is_the_one_that_the_file_is_named_for(kept):
    """`-o x.html` writes a page and `-o x.json` JSON; a name that tells nothing is refused with the ones that do."""
    for name, begins in (("x.html", "<!doctype html>"), ("x.json", '{"name"'), ("x.md", "### made")):
        done = CliRunner().invoke(group, ["report", "made", "-o", str(kept / name)])
        assert done.exit_code == 0, done.output
        assert (kept / name).read_text().startswith(begins)
    refused = CliRunner().invoke(group, ["report", "made", "-o", str(kept / "x.doc")])
    assert ".html" in str(refused.exception)


def test_a_run_writes_the_report_it_was_asked_for(tmp_path, monkeypatch):
    """`--report` after the verdict; a name that tells no format is refused before anything is sampled."""
    monkeypatch.setenv("REPLAY_HOME", str(tmp_path / "home"))
    refused = CliRunner().invoke(group, ["run", "swallowed-exceptions", "--report", str(tmp_path / "x.doc")])
    assert "which format?" in str(refused.exception)
    assert not (tmp_path / "home").exists()
    done = CliRunner().invoke(group, ["run", "swallowed-exceptions", "--report", str(tmp_path / "x.html")])
    assert done.exit_code == 0, done.output
    assert len(pieces((tmp_path / "x.html").read_text())["index"]["columns"]["trials"]["case"]) == 140


def test_our_scripts_never_turn_text_into_markup():
    """No name of a sink that parses HTML or code occurs in the page's scripts."""
    scripts = Path(report.__file__).parent / "html" / "assets"
    sinks = (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
        "srcdoc",
        "DOMParser",
    )
    texts = {path.name: path.read_text(encoding="utf-8") for path in scripts.glob("*.js")}
    assert len(texts) > 10
    assert [(name, sink) for name, text in texts.items() for sink in sinks if sink in text] == []
