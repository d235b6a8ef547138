"""Code that is too much for an engine costs its time, is `unparsed`, and spoils nothing beside it."""

import pytest

from replay import check, rules
from replay.engines import Source, match
from replay.records import Change, Checked

LIMIT = 0.5
FAULT = "try:\n    f()\nexcept Exception:\n    pass\n"
BOOK = [rule for rule in rules.load() if rule.id in {"python/swallowed-exception", "javascript/swallowed-exception"}]
MINIFIED = "function a(b){try{return b.c(d=>{e(d)})}catch(f){}}var g=[1,2,3].map(h=>h*2);"


def judged(language: str, text: str) -> tuple[Checked, Checked]:
    """What is said of a new file with ``text``, and of a plain fault judged in the same batch."""
    hostile = Change("hostile", "applied", "t", language, None, text)
    plain = Change("plain.py", "applied", "t", "python", None, FAULT)
    first, second = check.introduced([[hostile], [plain]], BOOK, timeout=LIMIT)
    return first, second


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("javascript", MINIFIED * 40_000),
        ("javascript", "[" * 100_000),
        ("python", "(" * 100_000 + ")" * 100_000),
        ("python", "x = " + "a + " * 500_000 + "a\n"),
        ("javascript", "var s = '" + "a" * 2_000_000 + "';"),
        ("python", "x = 1\0" * 200_000),
    ],
    ids=["minified", "brackets left open", "brackets", "one long line", "one long word", "NUL all over"],
)
def test_what_is_too_much_is_unparsed(language: str, text: str) -> None:
    """No finding, no verdict of clean, and the file beside it is judged as ever."""
    hostile, plain = judged(language, text)
    assert hostile.findings == ()
    assert hostile.unparsed == hostile.covered != ()
    assert [finding.rule for finding in plain.findings] == ["python/swallowed-exception"]


def test_bytes_that_are_no_text_do_not_hide_a_fault() -> None:
    """Invalid UTF-8 is read with replacements, NUL is dropped: the fault beside it is found."""
    for spoiled in (b"x = '\xff\xfe'\n".decode("utf-8", "surrogateescape"), "x = '\0'\n", "# \ufffd\ud800\n"):
        (report,) = match(BOOK, [Source("python", spoiled + FAULT)])
        assert [found.rule for found in report.matches] == ["python/swallowed-exception"]
        assert not report.failed


def test_a_long_word_of_a_text_is_no_reason_not_to_judge_it() -> None:
    """A picture in a source is common; the rules are judged."""
    (report,) = match(BOOK, [Source("python", f"logo = '{'5f' * 100_000}'\n{FAULT}")])
    assert [found.rule for found in report.matches] == ["python/swallowed-exception"]
