"""Records in a notebook: readable HTML in which nothing of a transcript is markup."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from replay.display import CUT, HINT
from replay.records import Comparison, Completion, Exchange, Reasoning, Text, ToolCall, Trial, TrialError

HOSTILE = "</pre><script>alert(1)</script><img src=x onerror=alert(1)>\x1b[31m\u202e\"'&"


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.words += data


def _read(text: str) -> _Tags:
    parser = _Tags()
    parser.feed(text)
    parser.close()
    return parser


@pytest.mark.parametrize(
    "completion",
    [
        pytest.param(Completion((Text(HOSTILE),), "end", response={HOSTILE: HOSTILE}), id="text and response"),
        pytest.param(Completion((Reasoning(HOSTILE),), "end", model=HOSTILE), id="thinking and model"),
        pytest.param(Completion((ToolCall("1", HOSTILE, {HOSTILE: [HOSTILE]}),), "end"), id="a tool call"),
        pytest.param(Completion((ToolCall("1", "x", f"{HOSTILE}\n" * 9),), "end"), id="free text of several lines"),
    ],
)
def test_nothing_a_model_wrote_is_markup(completion: Completion) -> None:
    """A browser's view of it: our own tags and attributes only, and the text as it was."""
    seen = _read(Trial(HOSTILE, HOSTILE, 0, "k", completion)._repr_html_())
    assert seen.tags <= {"div", "strong", "table", "tbody", "tr", "th", "td", "pre", "details", "summary", "p"}
    assert seen.attributes <= {"style", "scope", "open"}
    assert "<script>alert(1)</script>" in seen.words
    assert not set("\x1b\u202e") & set(seen.words)


def test_code_in_a_call_keeps_its_lines_and_each_turn_says_what_it_called() -> None:
    """The new text as lines, not as JSON with backslashes; the tool's name where its call is folded."""
    edit = ToolCall("2", "Edit", {"new_string": "try:\n    pay()\nfinally:\n    close()"})
    look = Exchange(Completion((ToolCall("1", "Read", {"path": "/a.py"}),), "tool_calls"), ())
    seen = _read(Trial("c", "a", 0, "k", Completion((edit,), "tool_calls"), earlier=(look,))._repr_html_())
    assert "try:\n    pay()\nfinally:" in seen.words
    assert "ToolCall: Edit" in seen.words
    assert "ToolCall: Read" in seen.words


def test_a_long_text_is_cut_and_says_so() -> None:
    """4,000 characters are shown of 5,000, and the first few in the line that folds them."""
    seen = _read(Trial("c", "a", 0, "k", Completion((Text("x" * (CUT + 1_000)),), "end"))._repr_html_())
    assert "cut: 1,000 more characters" in seen.words
    assert seen.words.count("x") < CUT + HINT + 10


def test_an_error_shows_in_place_of_a_completion() -> None:
    """Its kind and what it said."""
    seen = _read(Trial("c", "a", 3, "k", error=TrialError("timeout", "no answer within 600 s"))._repr_html_())
    assert "c, a, draw 3" in seen.words
    assert "no answer within 600 s" in seen.words


def test_a_comparison_draws_its_interval() -> None:
    """−0.5 lies at 105 of 400 (0 at 200, 1 at 390); the words beside the picture say the same."""
    one = Comparison("base", "arm", "r", -0.5, -0.7, -0.2, 0.01, 8, 8, "reduced", "fewer")
    html = one._repr_html_()
    assert 'cx="105.0"' in html
    assert "M67.0 14H162.0" in html
    assert "difference -0.500, interval -0.700 to -0.200" in html


def test_an_undefined_difference_has_no_picture() -> None:
    """No case was judged under both arms."""
    html = Comparison("base", "arm", "r", None, None, None, None, 0, 0, "inconclusive", "nothing")._repr_html_()
    assert "<svg" not in html
    assert "inconclusive" in html
