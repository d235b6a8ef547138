"""What is sent when: as much as a provider takes, and a prefix's first draw before the others."""

import math
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from replay.sample.claims import Claims
from replay.sample.limits import START, Throttle
from replay.sample.order import LIFE, Order
from replay.samplers import Fault, Quota, quotas

CROWDED = Fault("rate_limit", "slow down", 429, retry=True)


def round_of(throttle, *, answers=0, refusals=0, fault=CROWDED):
    """So many requests go out at once and come back."""
    for _ in range(answers + refusals):
        throttle.sent()
    for _ in range(answers):
        throttle.begun(0.0, ())
        throttle.answered(0)
    for _ in range(refusals):
        throttle.failed(0.0, fault)


# --- how many ------------------------------------------------------------------------------------------------


def test_concurrency_starts_modest_and_doubles_up_to_the_option():
    """8, then 16, 32 … requests, and never more than was allowed."""
    throttle = Throttle(50)
    seen = [int(throttle.limit)]
    for _ in range(4):
        round_of(throttle, answers=int(throttle.limit))
        seen.append(int(throttle.limit))
    assert seen == [START, 16, 32, 50, 50]
    assert int(Throttle(3).limit) == 3


def test_a_round_of_refusals_halves_it_and_a_stray_one_costs_little():
    """All of 16 refused: 8. One of 20, over and over: no less than 10 of 16 stay."""
    throttle = Throttle(16)
    round_of(throttle, answers=8)
    assert throttle.limit == 16
    round_of(throttle, refusals=8)
    assert throttle.limit == 8
    throttle = Throttle(16)
    round_of(throttle, answers=8)
    for _ in range(50):
        round_of(throttle, answers=19, refusals=1)
        assert throttle.limit >= 10


def test_it_never_falls_below_one_and_grows_again():
    """A provider that refuses everything is asked one by one; when it is back, more go again."""
    throttle = Throttle(100)
    for _ in range(50):
        round_of(throttle, refusals=1)
    assert throttle.limit == 1
    for _ in range(40):
        round_of(throttle, answers=int(throttle.limit))
    assert throttle.limit > 20


def test_an_error_of_the_request_is_no_reason_to_slow_down():
    """A bad request says nothing about the load."""
    throttle = Throttle(100)
    round_of(throttle, refusals=8, fault=Fault("bad_request", "no", 400))
    assert throttle.limit == START
    assert throttle.under_way == 0


def test_nobody_goes_while_all_places_are_taken():
    """The next waits for one under way to end, however long."""
    throttle = Throttle(2)
    throttle.sent()
    assert throttle.delay(0.0) == 0
    throttle.sent()
    assert throttle.delay(0.0) == math.inf
    throttle.gave_up()
    assert throttle.delay(0.0) == 0


def test_the_number_settles_at_what_is_taken():
    """A server takes 20 at once: who is one too many takes its place along; a round later one more is tried."""
    throttle = Throttle(64)
    for _ in range(30):
        going = int(throttle.limit)
        round_of(throttle, answers=min(going, 20), refusals=max(0, going - 20))
    seen = []
    for _ in range(10):
        going = int(throttle.limit)
        seen.append(going)
        round_of(throttle, answers=min(going, 20), refusals=max(0, going - 20))
    assert set(seen) <= {20, 21}


# --- when ----------------------------------------------------------------------------------------------------


def test_where_nothing_else_is_taken_all_wait_as_long_as_the_provider_says():
    """A refusal with nothing else under way holds everybody for its retry-after; one among many does not."""
    alone = Throttle(10)
    alone.sent()
    alone.failed(100.0, Fault("rate_limit", "", 429, retry=True, after=7.0))
    assert alone.delay(100.0) == 7.0
    assert alone.delay(107.0) == 0
    among = Throttle(10)
    for _ in range(5):
        among.sent()
    among.failed(100.0, Fault("rate_limit", "", 429, retry=True, after=7.0))
    assert among.delay(100.0) == 0


def test_requests_that_the_headers_say_are_left_are_sent_and_no_more():
    """2 left of 60, all back in 58 s, so one comes back each second: two go at once, the third a second later."""
    throttle = Throttle(50)
    throttle.sent()
    throttle.begun(0.0, [Quota("requests", 2, 60, 58.0)])
    throttle.answered(0)
    for _ in range(2):
        assert throttle.delay(0.0) == 0
        throttle.sent()
    assert throttle.delay(0.0) == pytest.approx(1.0)
    assert throttle.delay(1.0) == pytest.approx(0.0)


def test_tokens_that_the_headers_say_are_left_are_not_overdrawn():
    """Requests cost 1,000 tokens; 500 are left of 10,000, which come back at 100 a second: 5 seconds."""
    throttle = Throttle(50)
    throttle.sent()
    throttle.answered(1000)
    throttle.sent()
    throttle.begun(0.0, [Quota("tokens", 500, 10_000, 95.0)])
    assert throttle.delay(0.0) == pytest.approx(5.0)


def test_what_headers_said_long_ago_is_no_longer_believed():
    """After a minute without news nobody waits for it."""
    throttle = Throttle(50)
    throttle.begun(0.0, [Quota("requests", 0, 1, 50.0)])
    assert throttle.delay(1.0) > 0
    assert throttle.delay(61.0) == 0


def test_rate_limit_headers_of_both_providers_are_read():
    """The names and forms are those of their documentation; what is odd is left out."""
    soon = (datetime.now(UTC) + timedelta(seconds=30)).isoformat().replace("+00:00", "Z")
    (one, two) = quotas.read(
        {
            "anthropic-ratelimit-requests-limit": "50",
            "anthropic-ratelimit-requests-remaining": "49",
            "anthropic-ratelimit-requests-reset": soon,
            "anthropic-ratelimit-tokens-remaining": "40000",
            "anthropic-ratelimit-input-tokens-remaining": "many",
        }
    )
    assert (one.what, one.remaining, one.limit) == ("requests", 49, 50)
    assert one.reset == pytest.approx(30, abs=2)
    assert two == Quota("tokens", 40000)
    openai = {"x-ratelimit-limit-requests": "60", "x-ratelimit-remaining-requests": "59"}
    for text, seconds in (("1s", 1), ("6m0s", 360), ("120ms", 0.12), ("1h2m3s", 3723), ("soon", None)):
        assert quotas.read({**openai, "x-ratelimit-reset-requests": text}) == (Quota("requests", 59, 60, seconds),)
    assert quotas.read({}) == ()


# --- which first ---------------------------------------------------------------------------------------------


def test_the_first_draw_of_a_prefix_goes_alone_until_its_answer_begins():
    """Two draws share `p`, a third does not: the lead and the third go, the follower when the lead's answer begins."""
    order = Order()
    order.put(0, "lead", ("p",))
    order.put(1, "follower", ("p",))
    order.put(2, "other", ("q",))
    assert [order.take(0.0), order.take(0.0), order.take(0.0)] == [("lead", True), ("other", True), None]
    order.begun(0, 1.0)
    assert order.take(1.0) == ("follower", False)


def test_arms_of_a_case_read_the_early_part_that_the_first_has_written():
    """Two arms share `s`; the second arm's lead waits for it, and leads in what is its own."""
    order = Order()
    order.put(0, "a0", ("s", "a"))
    order.put(1, "b0", ("s", "b"))
    order.put(2, "b1", ("s", "b"))
    assert order.take(0.0) == ("a0", True)
    assert order.take(0.0) is None
    order.begun(0, 0.0)
    assert order.take(0.0) == ("b0", True)
    assert order.take(0.0) is None
    order.begun(1, 0.0)
    assert order.take(0.0) == ("b1", False)


def test_a_lead_that_fails_is_followed_by_another():
    """Nobody waits for ever."""
    order = Order()
    for number in range(3):
        order.put(number, f"d{number}", ("p",))
    assert order.take(0.0) == ("d0", True)
    order.ended(0)
    assert order.take(0.0) == ("d1", True)
    assert order.take(0.0) is None


def test_an_entry_that_has_died_is_written_again_by_one():
    """After its life the next draw leads once more; each use makes it live on."""
    order = Order()
    order.put(0, "d0", ("p",))
    order.take(0.0)
    order.begun(0, 0.0)
    order.put(1, "d1", ("p",))
    assert order.take(LIFE - 1) == ("d1", False)
    order.begun(1, LIFE - 1)
    order.put(2, "d2", ("p",))
    order.put(3, "d3", ("p",))
    assert order.take(2 * LIFE - 2) == ("d2", False)
    order.put(4, "d4", ("p",))
    assert order.take(3 * LIFE) == ("d3", True)
    assert order.take(3 * LIFE) is None


# --- once, over all processes ----------------------------------------------------------------------------------

KEY, OTHER = "ab" * 32, "cd" * 32
TAKE = "import sys; from pathlib import Path; from replay.sample.claims import Claims; import os"


def test_a_key_is_claimed_by_one_process_at_a_time(tmp_path):
    """Another process cannot take it, whatever else it takes, until it is released or its holder dies."""
    claims = Claims(tmp_path / "cache.sqlite")
    assert claims.take(KEY)

    def elsewhere(key, then=""):
        script = f"{TAKE}\nprint(Claims(Path({str(tmp_path / 'cache.sqlite')!r})).take({key!r})){then}"
        return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False).stdout

    assert elsewhere(KEY) == "False\n"
    assert elsewhere(OTHER, "; sys.stdout.flush(); os.kill(os.getpid(), 9)") == "True\n"
    assert claims.take(OTHER)
    claims.release(KEY)
    assert elsewhere(KEY) == "True\n"
    claims.close()


def test_two_rooms_of_one_process_exclude_each_other_too(tmp_path):
    """And when one of them closes, what the other holds is still held."""
    first, second = Claims(tmp_path / "c"), Claims(tmp_path / "c")
    assert first.take(KEY)
    assert not second.take(KEY)
    assert second.take(OTHER)
    second.close()
    third = Claims(tmp_path / "c")
    assert not third.take(KEY)
    assert third.take(OTHER)
    for one in (first, third):
        one.close()
