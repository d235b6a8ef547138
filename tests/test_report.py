"""Claims about reports: the contract of the JSON, plain text for people, Markdown that nothing can break."""

from __future__ import annotations

import json
import re

import pytest
import synthetic as made
from markdown_it import MarkdownIt
from msgspec import structs

from replay import report
from replay.records import Arm, Prepend, Result
from replay.report import quantities

HOSTILE = "x|`</details><script>alert(1)</script> @team #12 [a](https://e.example) www.e.example *b* ~~c~~ $d$"
RENDERED = ("script", "a", "em", "strong", "s", "img")


@pytest.fixture
def plain() -> Result:
    """A run with two arms, a second rule and something left out."""
    return made.run(
        made.repeat(12, made.counts(3, 1, no_code=1), made.counts(0, 4, error=1)),
        rules=(made.RULE, "*/bare-*"),
        others=made.repeat(12, made.counts(1, 4), made.counts(1, 4)),
        edits={"edited": "--- system\n+++ system\n@@ -1 +1,2 @@\n+Handle errors.\n You are an agent.\n"},
        usage={"baseline": {"requests": 60, "input": 1234}},
        fidelity={"grades": {"exact": 12}},
    )


@pytest.fixture
def hostile() -> Result:
    """A run whose arm, reasons and diff try to break out of the page."""
    arm = Arm(HOSTILE, "anthropic/m", edits=(Prepend(text="x"),))
    table = [{"baseline": made.counts(1, 1), HOSTILE: made.counts(0, 2)}] * 7
    return made.run(table, arms=(made.BASE, arm), edits={HOSTILE: "+````\n+</details>\r# heading\n+\x1b[2Jx\u202e"})


def test_json_keeps_its_contract(plain: Result) -> None:
    """The object has the documented keys; an arm's own numbers are the primary rule's."""
    value = json.loads(report.FORMATS["json"].render(plain))
    assert value == json.loads(json.dumps(report.json.value(plain)))
    assert {"arms", "comparisons", "fidelity", "usage"} <= value.keys()
    arm = value["arms"]["baseline"]
    assert {"trials", "outcomes", "rate", "low", "high", "rules"} <= arm.keys()
    assert arm["rate"] == arm["rules"][made.RULE]["rate"] == 0.75
    assert arm["rules"]["*/bare-*"]["rate"] == pytest.approx(0.2)
    assert arm["outcomes"]["no_code"] == 12
    assert arm["usage"] == {"requests": 60, "input": 1234}
    one = value["comparisons"][0]
    keys = {"baseline", "arm", "rule", "difference", "low", "high", "p", "verdict", "cases", "clusters", "sentence"}
    assert keys <= one.keys()
    assert (one["baseline"], one["arm"], one["difference"]) == ("baseline", "edited", -0.75)


def test_undefined_is_null_in_json() -> None:
    """One source has no interval: null, not 0 and not NaN."""
    found = made.run(made.repeat(1, made.counts(1, 1), made.counts(no_code=2)))
    value = json.loads(report.FORMATS["json"].render(found), parse_constant=pytest.fail)
    assert value["arms"]["baseline"]["low"] is None
    assert value["arms"]["edited"]["rate"] is None
    assert (value["comparisons"][0]["difference"], value["comparisons"][0]["p"]) == (None, None)


@pytest.mark.parametrize("table", [made.repeat(2, made.counts(no_code=2), made.counts(error=2)), []])
def test_the_next_command_names_a_case_where_nothing_was_judged(table: list[dict[str, dict[str, int]]]) -> None:
    """What is said to be typed next can be typed: the first case sampled, or nothing of cases where there is none."""
    last = report.FORMATS["text"].render(made.run(table)).splitlines()[-1]
    assert last == f"next: replay {'show case00@3 --run' if table else 'report'} run1"


def test_a_change_larger_than_1_is_not_offered_as_visible() -> None:
    """Three sources that differ by 1, 0 and 0 show no change at all: (4.30 + 1.06) × 1/3 is above 1."""
    unlike = [*made.repeat(1, made.counts(4), made.counts(0, 4)), *made.repeat(2, made.counts(0, 4), made.counts(0, 4))]
    few, many = made.run(unlike), made.run(made.repeat(20, made.counts(2, 2), made.counts(1, 3)))
    assert few.comparisons[0].detail["visible"] > 1
    assert re.search(r"visible +no change, however large", quantities.render(few, few.comparisons))
    assert re.search(r"visible +changes above 0\.\d{4} ", quantities.render(many, many.comparisons))


@pytest.mark.parametrize("width", [80, 100, 160])
def test_text_fits_its_width(plain: Result, width: int) -> None:
    """No line is wider than asked, numbers are not folded, and the last line is the next command."""
    lines = report.FORMATS["text"].render(plain, width=width, color=False).splitlines()
    assert max(map(len, lines)) <= width
    assert any(re.search(r"^baseline +60 +12 +36 .*75 % \[\d+, \d+\]", line) for line in lines)
    assert lines[-1] == "next: replay show case00@3 --run run1"


def test_text_says_what_counts(plain: Result) -> None:
    """The diff, what was left out and why, and the verdict's sentence are all there, the verdict last."""
    text = " ".join(report.FORMATS["text"].render(plain, width=100, color=False).split())
    for words in (
        "+Handle errors.",
        "baseline: 12 of 60 trials are not in the rate: 12 no_code (why)",
        "edited against baseline: reduced",
        "partial: some trials are missing or ended in errors",
    ):
        assert words in text
    assert text.index("left out, and why") < text.index("edited against baseline: reduced")


def test_a_note_is_one_line_however_often_it_holds_and_for_all_arms_alike() -> None:
    """Counts that differ from prefix to prefix become the largest of them; arms of which the same is true share it."""
    found = made.run(made.repeat(3, made.counts(1, 1), made.counts(0, 2)))
    notes = {"reasoning left out": 2, "reasoning left out (4)": 3, "reasoning left out (1200)": 1}
    arms = {name: structs.replace(arm, notes=notes) for name, arm in found.arms.items()}
    arms["edited"] = structs.replace(arms["edited"], notes={**notes, "tools left out (a, b)": 1})
    told = report.FORMATS["text"].render(structs.replace(found, arms=arms), width=120)
    told = told.partition("to send the prefixes\n")[2].partition("\n\n")[0]
    assert [line.strip() for line in told.splitlines()] == [
        "baseline, edited: reasoning left out (in 6 of 6 trials, up to 1,200 times each)",
        "edited: tools left out (a, b) (in 1 of 6 trials)",
    ]


def test_a_pipe_gets_no_escape_codes(plain: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a terminal nothing is coloured; on one it is, unless NO_COLOR says no."""
    assert "\x1b" not in report.FORMATS["text"].render(plain)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b" in report.FORMATS["text"].render(plain)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in report.FORMATS["text"].render(plain)


def test_a_name_cannot_drive_the_terminal(hostile: Result) -> None:
    """Control and direction characters of a diff never reach the terminal."""
    text = report.FORMATS["text"].render(hostile, width=100, color=False)
    assert not set(text) & set("\x1b\x07\u202e\r")


def test_markdown_has_the_verdict_first_and_the_diff_folded(plain: Result) -> None:
    """A pull-request comment opens with the verdict; the prompt diff is in a fold."""
    text = report.FORMATS["markdown"].render(plain)
    assert text.splitlines()[2].startswith("**edited** against baseline")
    fold = text[text.index("<summary>What edited changes in the prompt</summary>") :]
    assert "```diff\n--- system\n" in fold[: fold.index("</details>")]


def test_markdown_cannot_be_broken_out_of(hostile: Result) -> None:
    """A CommonMark parser finds no link, no emphasis of theirs and no HTML beyond our folds in a hostile report."""
    text = report.FORMATS["markdown"].render(hostile)
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    html = [token.content for token in tokens if token.type == "html_block"]
    inline = [child for token in tokens for child in token.children or []]
    assert "<script" not in "".join(html)
    assert {line for block in html for line in block.splitlines() if not line.startswith("<summary>")} <= {
        "<details>",
        "</details>",
    }
    assert sum("<details>" in block for block in html) == sum("</details>" in block for block in html)
    assert not [child for child in inline if child.type in {"html_inline", "link_open", "em_open", "s_open", "image"}]
    assert [token.tag for token in tokens if token.type == "heading_open"] == ["h3"]
    shown = "".join(child.content for child in inline)
    assert "</details><script>alert(1)</script>" in shown
    rows = [token for token in tokens if token.type == "tr_open"]
    cells = [token for token in tokens if token.type in {"td_open", "th_open"}]
    assert (len(rows), len(cells)) == (3 + 2, 3 * 5 + 2 * 8)


def test_markdown_makes_no_mention_link_or_address(hostile: Result) -> None:
    """Outside code, an at sign, an issue number and a web address are defused."""
    text = re.sub(r"(?ms)^(`{3,}).*?^\1$", "", report.FORMATS["markdown"].render(hostile))
    assert "@team" not in text
    assert "#12" not in text
    assert "https://" not in text
    assert "www.e" not in text


def test_a_long_diff_is_cut(plain: Result) -> None:
    """All diffs together stay below what a comment may hold, and the cut is told."""
    found = made.run(made.EIGHT["worse"], edits={"edited": "+x\n" * 50_000})
    text = report.FORMATS["markdown"].render(found)
    assert len(text) < 30_000
    assert "… cut: 130000 more characters" in text


@pytest.mark.parametrize("verdict", made.EIGHT)
def test_every_verdict_renders_in_every_format(verdict: str) -> None:
    """Each of the eight runs gives a report that holds its sentence."""
    found = made.run(made.EIGHT[verdict])
    for module in report.FORMATS.values():
        text = module.render(found)
        assert text.endswith("\n")
        assert found.comparisons[0].sentence.split(":")[0] in " ".join(text.split())
