"""Claims about decisions: what is counted, what is compared, and the verdict in words."""

from __future__ import annotations

import math

import pytest
import synthetic as made

from replay import decide, stats
from replay.decide.words import change, p_value, percent
from replay.errors import UserError
from replay.records import Arm, Result, Score, Trial, decode, encode

counts, repeat, run = made.counts, made.repeat, made.run


@pytest.mark.parametrize("verdict", made.EIGHT)
def test_each_verdict_has_a_run_that_leads_to_it(verdict: str) -> None:
    """The eight made runs lead to the eight verdicts, each with its numbers in a sentence."""
    one = run(made.EIGHT[verdict]).comparisons[0]
    assert one.verdict == verdict
    assert "%" in one.sentence


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("removed", "no violation in 300 judged completions from 60 sources"),
        ("reduced", "fewer in 24 sources, unchanged in 6, more in 1"),
        ("reduced_less_code", "the model also writes less code: 100 % → 40 % of completions"),
        ("reduced_code_unsure", "not shown that the model still writes as much"),
        ("worse", "20 % → 80 %: 60 points more"),
        ("no_change", "no change shown: when code was written: 60 % → 60 %: no difference"),
        ("inconclusive", "cannot tell yet: when code was written: 40 % → 22 %"),
        ("too_few_sources", "from 4 sources, and at least 6 are needed"),
    ],
)
def test_the_sentence_says_it_in_plain_words(verdict: str, words: str) -> None:
    """Each verdict's sentence holds the words and the numbers that follow from the counts by hand."""
    assert words in run(made.EIGHT[verdict]).comparisons[0].sentence


def test_the_numbers_are_those_of_the_statistics() -> None:
    """A comparison carries the paired difference, interval and p-value of the table its counts make."""
    one = run(made.EIGHT["inconclusive"]).comparisons[0]
    rows = [
        [f"s{i}", f"c{i}", arm, violations, 5, 5]
        for i in range(8)
        for arm, violations in (("a", 2), ("b", 0 if i < 5 else 3))
    ]
    found = stats.paired(rows, "a", "b")
    assert (one.difference, one.low, one.high) == pytest.approx((found.difference, found.low, found.high))
    # totals −.4 five times and +.2 three times: |Σ| = 1.4 or more, counted over the 256 signs in fifths
    totals = [2] * 5 + [1] * 3
    hits = sum(abs(sum(t if bits >> i & 1 else -t for i, t in enumerate(totals))) >= 7 for bits in range(256))
    assert one.p == hits / 256
    assert (one.cases, one.clusters) == (8, 8)


def test_recorded_completions_are_refused_as_the_baseline() -> None:
    """The refusal says why: selection, regression to the mean."""
    recorded = Arm(name="baseline", model="recorded")
    with pytest.raises(UserError, match="regression to the mean"):
        run(repeat(6, counts(1, 1), counts(1, 1)), arms=(recorded, made.EDITED))


def test_an_unknown_baseline_names_the_arms() -> None:
    """A typo in the baseline is a sentence with the arms there are."""
    with pytest.raises(UserError, match="baseline, edited"):
        decide.result("n", "r", [], (made.BASE, made.EDITED), [], [], (made.RULE,), "base")


def test_the_recorded_arm_is_shown_but_never_compared() -> None:
    """As another arm, recorded completions have a rate and no comparison, and the reader is told."""
    recorded = Arm(name="past", model="recorded")
    table = [{"baseline": counts(1, 1), "past": counts(1, 0)}] * 6
    found = run(table, arms=(made.BASE, recorded))
    assert found.arms["past"].rules[made.RULE].rate.rate == 1
    assert found.comparisons == ()
    assert any("self-test" in line for line in found.left_out)


def test_only_clean_and_violation_enter_a_rate() -> None:
    """Every other outcome is counted beside it, and the worst-case bounds hold them all."""
    table = repeat(6, counts(1, 1, no_code=1, error=1), counts(0, 4))
    found = run(table).arms["baseline"].rules[made.RULE]
    assert found.rate.rate == 0.5
    assert {name: n for name, n in found.outcomes.items() if n} == {
        "clean": 6,
        "violation": 6,
        "no_code": 6,
        "error": 6,
    }
    assert (found.worst_low, found.worst_high) == (0.25, 0.75)


def test_silence_is_never_a_cure() -> None:
    """An arm that stops writing code has fewer violations among completions, and is not called reduced."""
    quiet = run(repeat(30, counts(3, 2), counts(1, 1, no_code=3))).comparisons[0]
    assert quiet.verdict not in {"reduced", "removed"}
    assert "writes less code" in quiet.sentence
    silent = run(repeat(30, counts(3, 2), counts(no_code=5))).comparisons[0]
    assert (silent.verdict, silent.cases, silent.p) == ("too_few_sources", 0, None)
    assert "nothing to compare" in silent.sentence
    assert "writes less code" in silent.sentence


def test_sources_count_not_cases() -> None:
    """Thirty cases of four sessions are four independent sources."""
    sources = [f"s{i % 4}" for i in range(30)]
    one = run(repeat(30, counts(5, 0), counts(0, 5)), sources=sources).comparisons[0]
    assert (one.verdict, one.cases, one.clusters) == ("too_few_sources", 30, 4)


def test_several_arms_need_more_evidence() -> None:
    """Six sources suffice for one arm (p = 2/64) and not for two (Holm doubles it): then 7 are needed."""
    row = {"baseline": counts(5, 0), "edited": counts(0, 5)}
    one = run([row] * 6).comparisons[0]
    assert one.p == 2 / 64
    assert one.verdict.startswith("reduced")
    both = run(
        [{**row, "other": counts(5, 0)}] * 6, arms=(made.BASE, made.EDITED, Arm("other", "anthropic/n"))
    ).comparisons
    assert both[0].detail["p_adjusted"] == pytest.approx(4 / 64)
    assert both[0].verdict == "too_few_sources"
    assert "at least 7 are needed" in both[0].sentence


def test_an_aa_arm_stands_outside_the_family() -> None:
    """An arm that repeats the baseline's request is labelled, and does not make the others' test harder."""
    aa = Arm("again", "anthropic/m", replicate=1)
    row = {"baseline": counts(5, 0), "edited": counts(0, 5), "again": counts(5, 0)}
    edited, again = run([row] * 6, arms=(made.BASE, made.EDITED, aa)).comparisons
    assert edited.detail["p_adjusted"] == 2 / 64
    assert again.sentence.startswith("A/A arm")


def test_gone_needs_59_sources() -> None:
    """No violation from 58 sources leaves .05^(1/58) above 5 %, from 59 below; fewer sources are only reduced."""
    assert 1 - 0.05 ** (1 / 58) > 0.05 > 1 - 0.05 ** (1 / 59)
    verdicts = [run(repeat(n, counts(4, 1), counts(0, 5))).comparisons[0].verdict for n in (58, 59)]
    assert verdicts == ["reduced", "removed"]


def test_other_rules_are_screened() -> None:
    """A second selector is corrected by Benjamini and Hochberg's method, labelled, and guarded by a margin."""
    table = repeat(30, counts(3, 2), counts(1, 4))
    others = repeat(30, counts(0, 5), counts(0, 5))
    found = run(table, rules=(made.RULE, "*/bare-*"), others=others)
    primary, second = found.comparisons
    assert (primary.detail["family"], second.detail["family"]) == ("primary", "screening")
    assert second.verdict == "no_change"
    assert "nothing to reduce" in second.sentence
    assert "not worse by more than 5 points" in second.sentence


def test_a_case_without_the_second_rule_at_stake_does_not_enter_its_rate() -> None:
    """Only cases that have scores for a selector are in its table."""
    table = repeat(6, counts(1, 1), counts(1, 1))
    others = [*repeat(5, counts(1, 1), counts(1, 1)), {}]
    found = run(table, rules=(made.RULE, "*/bare-*"), others=others)
    assert found.arms["baseline"].rules["*/bare-*"].rate.cases == 5


def test_what_was_left_out_is_told_with_its_reason() -> None:
    """Each arm has a sentence with counts and reasons; cases that cannot be paired and never show are told too."""
    silent = repeat(1, counts(0, 4), counts(no_code=4))
    table = [*repeat(6, counts(1, 1, truncated=2), counts(0, 4)), *silent]
    found = run(table)
    assert "baseline: 12 of 28 trials are not in the rate: 12 truncated (why)" in found.left_out
    assert "edited: 4 of 28 trials are not in the rate: 4 no_code (why)" in found.left_out
    assert any("edited against baseline: 1 case not compared" in line for line in found.left_out)
    assert any("in 1 of 7 cases the habit never showed" in line for line in found.left_out)
    detail = found.comparisons[0].detail
    assert detail["never_reproduced"] == ["case06@3"]
    assert detail["reproduction"]["case00@3"] == 0.5


def test_missing_trials_and_errors_make_a_result_partial() -> None:
    """A run with fewer trials than planned, or with errors, is partial and says how many are missing."""
    table = repeat(6, counts(1, 4), counts(1, 4))
    assert not run(table, draws=5).partial
    short = run(table, draws=6)
    assert short.partial
    assert "edited: 6 of 36 planned trials are missing: not sent or not finished" in short.left_out
    assert run(repeat(6, counts(1, 3, error=1), counts(1, 4))).partial


def test_off_policy_cases_are_split() -> None:
    """Where another model wrote some of the prefixes, the difference is also given for each kind apart."""
    cases = [made.case(i, f"s{i}") for i in range(8)]
    arms = (made.BASE, made.EDITED)
    trials, scores = [], []
    for i, one in enumerate(cases):
        for arm, outcome in (("baseline", "violation"), ("edited", "clean" if i < 6 else "violation")):
            trials.append(Trial(one.id, arm, 0, "k", on_policy=i < 6))
            scores.append(Score(one.id, arm, 0, made.RULE, outcome))
    found = decide.result("n", "r", cases, arms, trials, scores, (made.RULE,), "baseline")
    split = found.comparisons[0].detail["policy"]
    assert (split["on_policy"]["difference"], split["off_policy"]["difference"]) == (-1, 0)
    assert any("in 2 of 8 cases another model wrote the prefix" in line for line in found.left_out)


def test_a_result_survives_the_disk() -> None:
    """No NaN reaches a record, so encoding and decoding is the identity."""
    for name in ("too_few_sources", "reduced"):
        found = run(made.EIGHT[name][:1])
        assert decode(encode(found), Result) == found


def test_guards_hold_refusals_and_silence_to_the_margin() -> None:
    """Refusals and answers without code are shares of completed trials; an increase beyond the margin is worse."""
    quiet = run(repeat(30, counts(2, 3), counts(1, 2, refused=1, no_code=1)))
    by_what = {one.what: one for one in quiet.guards}
    assert (by_what["refused"].arm_rate, by_what["no_code"].difference) == (0.2, 0.2)
    assert {one.status for one in quiet.guards} == {"worse"}
    calm = run(repeat(60, counts(2, 3), counts(1, 4)))
    assert {one.status for one in calm.guards} == {"held"}
    assert "not worse by more than 5 points" in calm.guards[0].sentence
    few = run(repeat(7, counts(2, 3), counts(1, 4)))
    assert {one.status for one in few.guards} == {"not_shown"}
    assert "is possible (margin 5 points)" in few.guards[0].sentence


def test_errors_are_no_refusals() -> None:
    """A trial that ended in an error is not among the completed ones."""
    found = run(repeat(8, counts(2, 2), counts(2, 0, refused=1, error=1)))
    assert next(one for one in found.guards if one.what == "refused").arm_rate == pytest.approx(1 / 3)


@pytest.mark.parametrize("verdict", made.EIGHT)
def test_a_sentence_is_plain(verdict: str) -> None:
    """No code word, no bare fraction, no sign to decode: rates in percent, differences in points fewer or more."""
    sentence = run(made.EIGHT[verdict]).comparisons[0].sentence
    assert "_" not in sentence
    assert "−" not in sentence
    assert "nan" not in sentence.lower()
    assert "points fewer" in sentence or "points more" in sentence or "no difference" in sentence
    assert len(sentence) < 480


def test_a_score_given_twice_is_refused() -> None:
    """Counting one trial twice would make evidence out of nothing."""
    score = Score("case00@3", "baseline", 0, made.RULE, "clean")
    with pytest.raises(ValueError, match="two scores"):
        decide.result("n", "r", [made.case(0, "s")], (made.BASE,), [], [score, score], (made.RULE,), "baseline")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (percent(0.42), "42 %"),
        (percent(0.123), "12 %"),
        (percent(0.004), "0.4 %"),
        (percent(0.999), "99.9 %"),
        (percent(1), "100 %"),
        (percent(math.nan), "–"),
        (change(-0.32), "32 points fewer"),
        (change(0.01), "1 point more"),
        (p_value(0.0001), "p = .0001"),
        (p_value(0.00001), "p < .0001"),
        (p_value(0.03125), "p = .031"),
        (p_value(1), "p = 1"),
    ],
)
def test_numbers_are_written_for_people(words: str, expected: str) -> None:
    """Percent, points and p-values read as in a sentence, and nothing is rounded up to 100 %."""
    assert words == expected
