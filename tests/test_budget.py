"""A budget is never passed: not by concurrency, not by retries, not by what was billed without an answer."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.errors import UserError
from replay.records import Arm, Case, Fidelity, Listed, LongRates, Message, Prefix, Price, Request, Setup, Text, Usage
from replay.sample import plan_draw
from replay.sample.bounds import DOCUMENT, IMAGE, MOST_OUTPUT, most_input, most_output
from replay.sample.budget import UNBILLED, Budget, Spent, refuse_unpriced
from replay.samplers import Fault, for_arm

LONG = LongRates(above=3_000, input=6, output=22.5, cache_read=0.6, cache_write=7.5, cache_write_1h=12)
RATES = Listed(input=3, output=15, cache_read=0.3, cache_write=3.75, cache_write_1h=6, batch=0.5, long=LONG)
PRICE = Price("anthropic/m", "anthropic/m", RATES, "2026-11-01", "here")


def draw(number=0, *, text="question", max_tokens=1000):
    arm = Arm("a", "anthropic/m", params={"max_tokens": max_tokens})
    prefix = Prefix(Setup(api="anthropic", model="m"), (Message("user", (Text(text),), form="string"),))
    case = Case("c@1", "t", 1, (), "s", Fidelity("exact"))
    return plan_draw(Request(case, arm, number, prefix, Message("assistant")), for_arm(arm))


def real_cost(usage):
    """What the provider bills: by hand, not by the code under test."""
    prompt = usage.input + usage.cache_read + usage.cache_write
    rates = LONG if prompt > LONG.above else RATES
    fresh = usage.input * rates.input + usage.cache_read * rates.cache_read + usage.cache_write * rates.cache_write
    return (fresh + usage.output * rates.output) / 1e6


@given(st.data())
def test_what_is_billed_never_passes_the_limit(data):
    """Any interleaving of requests and any usage within the bounds of a body; a broken-off request may be billed."""
    limit = data.draw(st.floats(0.0001, 0.2))
    most_requests = data.draw(st.none() | st.integers(1, 12))
    budget = Budget({"a": PRICE}, max_usd=limit, max_requests=most_requests)
    under_way, billed, sent = [], 0.0, 0
    for number in range(data.draw(st.integers(1, 25))):
        if under_way and data.draw(st.booleans()):
            one, ticket = under_way.pop(data.draw(st.integers(0, len(under_way) - 1)))
            prompt, output = most_input(one.body), most_output(one.body)
            parts = sorted(data.draw(st.integers(0, prompt)) for _ in range(3))
            usage = Usage(parts[0], parts[1] - parts[0], parts[2] - parts[1], data.draw(st.integers(0, output)))
            match data.draw(st.sampled_from(["answer", "refused", "broken", "abandoned"])):
                case "answer":
                    billed += real_cost(usage)
                    budget.settle(ticket, usage=usage, fault=None)
                case "refused":
                    kind = data.draw(st.sampled_from(sorted(UNBILLED)))
                    budget.settle(ticket, usage=None, fault=Fault(kind, "no"))
                case "broken":
                    billed += real_cost(usage)
                    kind = data.draw(st.sampled_from(["timeout", "connection", "malformed", "cut", "stalled"]))
                    budget.settle(ticket, usage=None, fault=Fault(kind, "no"))
                case "abandoned":
                    billed += real_cost(usage)
                    budget.settle(ticket, usage=None, fault=None)
            continue
        size = data.draw(st.integers(0, 4_000))
        one = draw(number, text="x" * size, max_tokens=data.draw(st.integers(1, 2_000)))
        if (ticket := budget.reserve(one, one.body)) is not None:
            under_way.append((one, ticket))
            sent += 1
    # all that is under way may be answered at its most
    billed += sum(
        real_cost(Usage(cache_write=most_input(one.body), output=most_output(one.body))) for one, _ in under_way
    )
    assert billed <= limit * (1 + 1e-9)
    assert most_requests is None or sent <= most_requests
    assert budget.spent.requests == sent


def test_a_discount_is_not_counted_on_but_given_back():
    """A request that reads its prompt from the cache costs little; what was set aside beyond that is free again."""
    one = draw(text="x" * 1_000)
    most = (most_input(one.body) * 3.75 + 1_000 * 15) / 1e6
    budget = Budget({"a": PRICE}, max_usd=most * 1.5)
    ticket = budget.reserve(one, one.body)
    assert ticket.most == pytest.approx(most)
    assert budget.reserve(one, one.body) is None
    budget.settle(ticket, usage=Usage(cache_read=300, output=10), fault=None)
    assert budget.spent.usd == pytest.approx((300 * 0.3 + 10 * 15) / 1e6)
    assert budget.reserve(one, one.body) is not None


def test_a_run_that_goes_on_begins_with_what_it_has_spent():
    """Two commands on one run have one budget, and the sentence says what to do."""
    one = draw()
    for budget, option in (
        (Budget({"a": PRICE}, max_usd=1, spent=Spent(0.999, 7)), "--max-usd"),
        (Budget({"a": PRICE}, max_requests=7, spent=Spent(0.5, 7)), "--max-requests"),
    ):
        assert budget.reserve(one, one.body) is None
        assert "has sent 7 requests" in budget.sentence
        assert f"A higher {option}" in budget.sentence


def test_a_request_without_an_answer_counts_at_its_most_and_is_told():
    """After a timeout nobody knows what was billed."""
    one = draw()
    budget = Budget({"a": PRICE}, max_usd=1)
    ticket = budget.reserve(one, one.body)
    budget.settle(ticket, usage=None, fault=Fault("timeout", "slow"))
    assert budget.spent == Spent(ticket.most, 1, ticket.most)


def test_a_limit_in_dollars_needs_a_price():
    """No price, no promise: the model is named before anything is sent."""
    arms = [Arm("a", "anthropic/m"), Arm("b", "openai/house")]
    with pytest.raises(UserError, match=r"no price for openai/house.*--max-requests"):
        refuse_unpriced(arms, {"a": PRICE, "b": None})
    refuse_unpriced(arms[:1], {"a": PRICE})


def test_text_has_no_more_tokens_than_bytes_and_media_count_by_themselves():
    """A megabyte of base64 is one image; a document by reference may fill the context."""
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "A" * 1_000_000}}
    file = {"type": "document", "source": {"type": "url", "url": "https://example.org/a.pdf"}}
    held = {"type": "document", "source": {"type": "base64", "data": "A" * 50_000}}
    for content, least, most in (
        ("é" * 1_000, 2_000, 4_000),
        ([image], IMAGE, IMAGE + 2_000),
        ([{"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 9_999}}], IMAGE, IMAGE + 2_000),
        ([file], DOCUMENT, DOCUMENT + 2_000),
        ([held], 50_000, 53_000),
        ([{"type": "text", "text": 'not an "image" but "image'}], 20, 2_000),
    ):
        body = json.dumps({"messages": [{"role": "user", "content": content}]}, ensure_ascii=False).encode()
        assert least <= most_input(body) <= most


def test_a_tool_parameter_that_is_called_type_is_text_beside_an_image():
    """In its schema ``type`` names a property, whose value is a schema of its own."""
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "A" * 1_000_000}}
    schema = {"type": "object", "properties": {"type": {"type": "string", "enum": ["image", "file"]}}}
    tools = [{"name": "find", "input_schema": schema}]
    body = json.dumps({"tools": tools, "messages": [{"role": "user", "content": [image]}]}).encode()
    assert IMAGE + len(json.dumps(tools)) / 2 < most_input(body) < IMAGE + 2_000


@pytest.mark.parametrize(
    ("fields", "tokens"),
    [
        ({"max_tokens": 5}, 5),
        ({"max_completion_tokens": 7, "max_tokens": 5}, 7),
        ({"max_output_tokens": 9}, 9),
        ({"max_tokens": 5, "n": 3}, 15),
        ({}, MOST_OUTPUT),
    ],
)
def test_an_answer_is_bounded_by_what_the_body_allows(fields, tokens):
    """Each API's own name for the limit counts; without one, the longest answer of any listed model."""
    assert most_output(json.dumps({"messages": [], **fields}).encode()) == tokens
