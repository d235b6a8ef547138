"""Judging a run's trials: which rules a case is judged by."""

from replay import rules
from replay.experiment.judging import scored
from replay.records import Case, Completion, Fidelity, Message, Setup, Source, Text, ToolCall, Transcript, Trial, Turn

SWALLOW = "try:\n    f()\nexcept Exception:\n    pass\n"
LOG = Transcript(
    "t",
    Source("native", "a"),
    (Setup(),),
    (Message("user", (Text("hi"),)), Message("assistant", (Text("ok"),))),
    (Turn(1, ((0, 1),)),),
    Fidelity("full"),
)


def outcomes(case_rules: tuple[str, ...], selectors: tuple[str, ...]) -> list[tuple[str, str]]:
    case = Case("a@0", "t", 0, case_rules, "s", Fidelity("full"))
    call = ToolCall("1", "Write", {"file_path": "/a.py", "content": SWALLOW})
    trial = Trial("a@0", "b", 0, "k", Completion((call,), "tool_calls"))
    packs = rules.load()
    chosen = rules.select(packs, selectors)
    return [(one.rule, one.outcome) for one in scored([trial], [case], {"t": LOG}, chosen, selectors, packs)]


def test_a_case_is_judged_by_the_rules_it_has_at_stake() -> None:
    """A swallowed exception in a case about type ignores is no violation of `python/*`, but clean of type ignores."""
    assert outcomes(("python/type-ignore",), ("python/*",)) == [("python/*", "clean")]
    assert outcomes(("python/swallowed-exception",), ("python/*",)) == [("python/*", "violation")]


def test_a_language_of_another_case_is_no_code() -> None:
    """Python written in a case about Go holds no code that its rule could judge."""
    assert outcomes(("go/swallowed-error",), ("*/swallowed-*",)) == [("*/swallowed-*", "no_code")]


def test_a_selector_without_a_rule_at_stake_gives_no_score() -> None:
    """A case is not scored for a habit it was not cut for."""
    assert outcomes(("python/type-ignore",), ("python/type-ignore", "go/*")) == [("python/type-ignore", "clean")]
