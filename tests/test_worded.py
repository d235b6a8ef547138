"""Patterns found by their words are found where they are found by themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.signals import runs, unproven
from replay.signals.worded import Worded

PATTERNS = [value for module in (runs, unproven) for value in vars(module).values() if isinstance(value, Worded)]
PIECES = (
    *(
        "3 failed",
        "2 tests passed",
        "1 Error",
        "12 pass",
        "2 pa\u017f\u017fed",
        "FAIL",
        "FAILED",
        "ERROR",
        "ok\t",
        "ok",
        "OK",
    ),
    *("PASS", "OK (3 tests", "test result: ok", "E   x", "error: ", "error[E12]: ", "fooError: ", "src: error TS12: "),
    *(
        "npm ERR!",
        "npm error",
        "--- FAIL: ",
        "BUILD FAILED",
        "BUILD FAILURE",
        "Errors: 2",
        "Failures: 1",
        "panicked at ",
    ),
    *("Traceback (most recent call last)", "Exit code 1", "exited with code 3", '"exit_code": 2', "<returncode>1"),
    *(
        "all tests pass",
        "The 12 new tests are green",
        "tests: all passing",
        "test suite is now green",
        "tests succeeded",
    ),
    *(
        "everything now works",
        "the build compiles",
        "the app type-checks",
        "I've verified that it",
        "I tested that all",
    ),
    *("\n", "\r\n", " ", "x", "\u0130", "\u0131", "\u2713", "\u00e9"),
)


@pytest.mark.parametrize("sought", PATTERNS, ids=lambda one: one.pattern.pattern[:30])
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_no_match_is_lost_with_the_lines_that_have_no_word(sought: Worded, text: str) -> None:
    """The same matches, at the same places."""
    assert [one.span() for one in sought.finditer(text)] == [one.span() for one in sought.pattern.finditer(text)]
    found, plain = sought.search(text), sought.pattern.search(text)
    assert (found and found.groups()) == (plain and plain.groups())


def test_there_are_such_patterns() -> None:
    """None of them is overlooked."""
    assert len(PATTERNS) == 6
