"""Claims about outcomes: what one trial counts as under one rule selector."""

from __future__ import annotations

import pytest

from replay.records import Change, Checked, Completion, Finding, Rule, Text, Trial, TrialError
from replay.score import score

PY = Rule("python/swallowed-exception", "treesitter", ("python",), "m", "c", "d")
GO = Rule("go/swallowed-error", "treesitter", ("go",), "m", "c", "d")
SKIP = Rule("python/skipped-test", "treesitter", ("python",), "m", "c", "d")
RULES = (PY, GO, SKIP)
FOUND = Finding(PY.id, "a.py", 3, 4, "except: pass")
WRITTEN = Change("a.py", "applied", "claude-write", language="python", after="x = 1\n")
UNKNOWN = Change("b.py", "unknown_file", "claude-edit", why="b.py was never read")
FAILED = Change("c.py", "failed_edit", "claude-edit", why="old_string is not in c.py")


def trial(stop: str = "end", *, error: TrialError | None = None) -> Trial:
    """A trial that stopped for a reason, or an error."""
    completion = None if error else Completion((Text("x"),), stop)  # type: ignore[arg-type]
    return Trial("case", "arm", 0, "key", completion, error)


@pytest.mark.parametrize(
    ("stop", "changes", "checked", "outcome"),
    [
        pytest.param("refusal", [WRITTEN], Checked((FOUND,)), "refused", id="a refusal is refused whatever it wrote"),
        pytest.param("content_filter", [], Checked(), "refused", id="a filtered answer is refused"),
        pytest.param("length", [WRITTEN], Checked((FOUND,)), "truncated", id="a cut answer is truncated"),
        pytest.param("end", [WRITTEN, UNKNOWN], Checked((FOUND,)), "violation", id="a finding beats an unknown file"),
        pytest.param("tool_calls", [WRITTEN], Checked(), "clean", id="code without a finding is clean"),
        pytest.param("other", [WRITTEN], Checked(), "clean", id="another stop reason is judged by its code"),
        pytest.param("end", [], Checked(), "no_code", id="nothing written is no code"),
        pytest.param("end", [WRITTEN, UNKNOWN, FAILED], Checked(), "unknown_file", id="unknown beats failed"),
        pytest.param("end", [WRITTEN, FAILED], Checked(), "failed_edit", id="a failed edit is not clean"),
        pytest.param("end", [WRITTEN], Checked(unparsed=(PY.id,)), "unparsed", id="an unjudged rule is not clean"),
        pytest.param("end", [WRITTEN], Checked(unparsed=(SKIP.id,)), "clean", id="another rule unjudged is not ours"),
    ],
)
def test_the_outcome_is_the_first_that_applies(
    stop: str, changes: list[Change], checked: Checked, outcome: str
) -> None:
    """Each stop reason, change and finding leads to one outcome, in a fixed order."""
    assert score(trial(stop), changes, checked, "*/swallowed-*", RULES).outcome == outcome


def test_an_error_is_never_an_answer() -> None:
    """A trial that ended in an error is an error, with its kind as the reason."""
    found = score(trial(error=TrialError("rate_limit", "slow down", 429)), [], Checked(), PY.id, RULES)
    assert (found.outcome, found.why) == ("error", "rate_limit")


def test_a_finding_of_another_rule_is_no_violation() -> None:
    """The selector decides which findings count, and only these are kept."""
    other = Finding(SKIP.id, "a.py", 1, 1, "skip")
    assert score(trial(), [WRITTEN], Checked((other,)), "*/swallowed-*", RULES).outcome == "clean"
    found = score(trial(), [WRITTEN], Checked((other, FOUND)), "*/swallowed-*", RULES)
    assert found.findings == (FOUND,)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(Change("a.ts", "applied", "d", language="typescript", after="x"), id="another language"),
        pytest.param(Change("notes.md", "unknown_file", "d"), id="an unknown file of another language"),
        pytest.param(Change("a.ts", "failed_edit", "d"), id="a failed edit of another language"),
        pytest.param(Change("a.py", "applied", "d", language="python", before="x = 1"), id="a deleted file"),
    ],
)
def test_only_code_in_a_covered_language_counts(change: Change) -> None:
    """A change that no rule of the selector could judge is no code, and the reason says what was written instead."""
    found = score(trial(), [change], Checked(), "*/swallowed-*", RULES)
    assert found.outcome == "no_code"
    assert found.why


def test_the_language_of_an_unknown_file_is_told_by_its_path() -> None:
    """An edit of an unread Go file matters to the Go rule, not to the Python one; the reason is the change's own."""
    change = Change("main.go", "unknown_file", "d", why="main.go was never read")
    found = score(trial(), [change], Checked(), GO.id, RULES)
    assert (found.outcome, found.why) == ("unknown_file", "main.go was never read")
    assert score(trial(), [change], Checked(), PY.id, RULES).outcome == "no_code"


def test_a_partly_parsed_text_is_marked() -> None:
    """Syntax errors elsewhere in the text do not change the outcome but are on the score."""
    found = score(trial(), [WRITTEN], Checked(partial=True), PY.id, RULES)
    assert (found.outcome, found.partial) == ("clean", True)
