"""The result as JUnit XML, for the test view of a CI system.

There is no standard; what is written is what Jenkins, GitLab and GitHub actions read: ``testsuites``, ``testsuite``,
``testcase`` with ``failure``, ``error`` or ``skipped``. A failure is an arm that is worse than the baseline, or a guard
that shows it to be. A case fails nothing by itself: its draws are too few to tell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as Xml

from replay.records import JUDGED, Result, Score
from replay.store import Run
from replay.words import plural

VERDICTS = "verdicts"


def render(run: Run, result: Result) -> str:
    """The XML document, ending in a newline: a suite of verdicts, then one an arm with its cases."""
    scores = run.meta("scores", tuple[Score, ...]) if run.get_meta("scores") else ()
    suites = [_suite(VERDICTS, _verdicts(result)), *(_suite(arm, _cases(arm, scores)) for arm in result.arms)]
    root = Xml.Element("testsuites", {"name": _text(result.name), **_totals(suites)})
    root.extend(suites)
    Xml.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{Xml.tostring(root, encoding="unicode")}\n'


def _suite(name: str, tests: Iterator[Xml.Element]) -> Xml.Element:
    found = list(tests)
    counts = {
        kind: str(sum(test.find(tag) is not None for test in found))
        for kind, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))
    }
    suite = Xml.Element("testsuite", {"name": _text(name), "tests": str(len(found)), **counts})
    suite.extend(found)
    return suite


def _totals(suites: Sequence[Xml.Element]) -> dict[str, str]:
    return {
        kind: str(sum(int(suite.get(kind, "0")) for suite in suites))
        for kind in ("tests", "failures", "errors", "skipped")
    }


def _verdicts(result: Result) -> Iterator[Xml.Element]:
    for one in result.comparisons:
        test = _test(VERDICTS, f"{one.arm} against {one.baseline}: {one.rule}", one.sentence)
        if one.verdict == "worse":
            _say(test, "failure", one.sentence, type="worse")
        yield test
    for guard in result.guards:
        test = _test(VERDICTS, f"{guard.arm} against {guard.baseline}: {guard.what} must not get worse", guard.sentence)
        if guard.status == "worse":
            _say(test, "failure", guard.sentence, type="guard")
        yield test


def _cases(arm: str, scores: Sequence[Score]) -> Iterator[Xml.Element]:
    counts: dict[tuple[str, str], Counter[str]] = {}
    for score in scores:
        if score.arm == arm:
            counts.setdefault((score.rule, score.case), Counter())[score.outcome] += 1
    for (rule, case), outcomes in sorted(counts.items()):
        told = ", ".join(f"{number} {outcome}" for outcome, number in sorted(outcomes.items()))
        test = _test(f"{arm}.{rule}", case, f"{plural(outcomes.total(), 'draw')}: {told}")
        if outcomes["error"] == outcomes.total():
            _say(test, "error", f"every draw ended in an error: {told}", type="error")
        elif not any(outcomes[one] for one in JUDGED):
            _say(test, "skipped", f"nothing could be judged: {told}")
        yield test


def _test(group: str, name: str, output: str) -> Xml.Element:
    test = Xml.Element("testcase", {"classname": _text(group), "name": _text(name)})
    Xml.SubElement(test, "system-out").text = _text(output)
    return test


def _say(test: Xml.Element, tag: str, message: str, **attributes: str) -> None:
    test.insert(0, Xml.Element(tag, {"message": _text(message), **attributes}))


def _text(words: str) -> str:
    """Words that XML 1.0 can hold (its production 2, Char): what it cannot becomes U+FFFD."""
    return "".join(char if char.isprintable() or char in "\n\t" else "\ufffd" for char in words)
