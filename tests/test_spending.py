"""What a run's trials used and cost, by arm, against sums done by hand."""

import pytest

from replay import prices
from replay.experiment.spending import spent
from replay.records import Completion, Listed, Price, Text, Trial, TrialError, Usage
from replay.report import content

RATES = Listed(input=2, output=10, cache_read=0.2, cache_write=2.5, cache_write_1h=4, batch=0.5)
KNOWN = {"a": Price("anthropic/m", "anthropic/m", RATES, "2026-11-01", "the price page"), "b": None}


def answered(arm, draw, usage, *, cached=False, response=None):
    done = Completion((Text("ok"),), "end", usage=usage, response=response)
    return Trial("c@1", arm, draw, f"{arm}{draw}", done, cached=cached)


def test_what_was_sent_for_is_counted_and_priced_and_what_was_cached_is_saved():
    """One write and one read of a 40,000-token prefix, one answer from the cache, one error, two models."""
    write = Usage(input=1_000, cache_write=40_000, output=500)
    read = Usage(input=1_000, cache_read=40_000, output=300)
    trials = [
        answered("a", 0, write),
        answered("a", 1, read),
        answered("a", 2, read, cached=True),
        Trial("c@1", "a", 3, "a3", error=TrialError("timeout", "slow")),
        answered("b", 0, read),
    ]
    found = spent(trials, KNOWN)
    # write: 1k·2 + 40k·2.5 + 500·10 = 107,000; read: 1k·2 + 40k·0.2 + 300·10 = 13,000 millionths
    assert found["a"] == {
        "requests": 3,
        "cached": 1,
        "errors": {"timeout": 1},
        "stops": {"end": 3},
        "input": 2_000,
        "cache_write": 40_000,
        "cache_read": 40_000,
        "output": 800,
        "usd": pytest.approx(0.120),
        # the same without a cache: 41k·2 + 500·10 + 41k·2 + 300·10 = 172,000 millionths
        "saved": {"prompt_cache": pytest.approx(0.052), "answers": pytest.approx(0.013)},
    }
    assert (found["b"]["usd"], found["b"]["input"]) == (None, 1_000)
    assert found["b"]["saved"] == {"prompt_cache": None, "answers": 0.0}


def test_one_answer_without_a_price_leaves_the_sum_unknown():
    """A sum that leaves something out would be too small, so it is none."""
    told = {"service_tier": "priority"}
    trials = [answered("a", 0, Usage(input=10)), answered("a", 1, Usage(input=10), response=told)]
    assert spent(trials, KNOWN)["a"]["usd"] is None


def test_the_tier_and_the_hour_of_an_answer_are_priced():
    """A batch answer costs half, tokens kept for an hour their own rate: (1M·4 + 1M·2.5)/2."""
    usage = Usage(cache_write=2_000_000)
    told = {"usage": {"service_tier": "batch", "cache_creation": {"ephemeral_1h_input_tokens": 1_000_000}}}
    assert spent([answered("a", 0, usage, response=told)], KNOWN)["a"]["usd"] == pytest.approx(3.25)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "$0.00"), (0.1, "$0.10"), (1234.567, "$1,234.57"), (0.0523, "$0.052"), (0.00012345, "$0.00012")],
)
def test_small_amounts_keep_two_digits(value, text):
    """A tenth of a cent is not shown as nothing."""
    assert content.dollars(value) == text


def test_the_price_list_that_ships_is_the_one_that_is_used():
    """The defaults of a run name the list and its date."""
    found = prices.load().price("openai/gpt-5-mini-2025-08-07")
    assert found.as_of == "2026-11-06"
