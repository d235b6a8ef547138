"""Requests are marked for a provider's prompt cache where something is sent again, within what the provider allows."""

import msgspec
import pytest
from msgspec.structs import replace

from replay.records import Arm, CacheMark, Case, Fidelity, Message, Prefix, Request, Setup, Text, Tool
from replay.sample import plan_draw, plan_draws
from replay.samplers import caching, for_arm

LONG = "many words " * 800  # 8,800 characters: 2,200 tokens at 4 characters each
TOOLS = (Tool("Read", LONG, {"type": "object"}), Tool("Write", "writes", {"type": "object"}))
MARK = {"type": "ephemeral"}


def request(name, *, system=LONG, text="go", model="anthropic/claude-x-1", tools=TOOLS, marks=(), **more):
    """A request of one case under the arm ``name``."""
    api = {"anthropic": "anthropic", "openai": "openai-chat"}[model.partition("/")[0]]
    setup = Setup(api=api, model="m", system=(Text(system),), tools=tools, params={"max_tokens": 50})
    messages = (
        Message("user", (Text(LONG + "first"),), form="string"),
        Message("assistant", (Text("well"),)),
        Message("user", (Text(text),), form="string"),
    )
    case = Case("case@1", "t", 1, (), "s", Fidelity("exact"))
    return Request(case, Arm(name, model, **more), 0, Prefix(setup, messages, marks), Message("assistant"))


def planned(*requests, draws=3, **options):
    """The first draw of each arm, with its body decoded."""
    asked = [(one, for_arm(one.arm)) for one in requests]
    made = list(plan_draws(asked, range(draws), **options))
    return [(draw, msgspec.json.decode(draw.body)) for draw in made if draw.draw == 0]


def marked(body):
    """The places of the marks in an Anthropic body."""
    found = [("tools", i) for i, tool in enumerate(body["tools"]) if "cache_control" in tool]
    if isinstance(body["system"], list):
        found += [("system", i) for i, block in enumerate(body["system"]) if "cache_control" in block]
    for i, message in enumerate(body["messages"]):
        if isinstance(message["content"], list):
            found += [("messages", i) for block in message["content"] if "cache_control" in block]
    return found


def test_a_prefix_that_is_sent_several_times_is_marked_at_its_end():
    """Three draws of one arm: one mark, on the last message, and one share."""
    ((draw, body),) = planned(request("a"))
    assert marked(body) == [("messages", 2)]
    assert body["messages"][2]["content"] == [{"type": "text", "text": "go", "cache_control": MARK}]
    assert len(draw.shares) == 1


def test_one_draw_of_one_arm_is_not_marked():
    """A write costs a quarter more, and nothing would read it."""
    ((draw, body),) = planned(request("a"), draws=1)
    assert marked(body) == []
    assert draw.shares == ()
    assert draw.body == plan_draw(request("a"), for_arm(draw.arm)).body


def test_arms_that_differ_late_share_what_comes_before():
    """An edit in the last message leaves tools, system and the messages before: marks at its last block."""
    (one, first), (two, second) = planned(request("a"), request("b", text="go, carefully"))
    assert marked(first) == marked(second) == [("messages", 1), ("messages", 2)]
    assert one.shares[0] == two.shares[0]
    assert one.shares[1] != two.shares[1]


def test_arms_that_edit_the_system_prompt_share_the_tools():
    """Tools come first in the cache, so they are common to both arms."""
    (one, first), (two, second) = planned(request("a"), request("b", system=LONG + "be kind"))
    assert marked(first) == marked(second) == [("tools", 1), ("messages", 2)]
    assert one.shares[0] == two.shares[0]


def test_with_further_cases_tools_and_system_are_marked_too():
    """Other cases of the same agent begin with them."""
    ((_, body),) = planned(request("a"), early=True)
    assert marked(body) == [("tools", 1), ("system", 0), ("messages", 2)]


def test_another_model_shares_nothing():
    """Caches are by model."""
    (_, first), _ = planned(request("a"), request("b", model="anthropic/claude-y-1"), draws=1)
    assert marked(first) == []


def test_captured_marks_stay_and_no_more_than_four_are_sent():
    """Three captured marks leave room for one: the end."""
    there = tuple(CacheMark(path, MARK) for path in (("tools", 0), ("system", 0), ("messages", 0, "content", 0)))
    (_, body), _ = planned(request("a", marks=there), request("b", marks=there, text="else"), early=True)
    assert marked(body) == [("tools", 0), ("system", 0), ("messages", 0), ("messages", 2)]


def test_a_mark_before_one_that_lives_an_hour_lives_an_hour():
    """The API wants longer lives first: https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching."""
    hour = {"type": "ephemeral", "ttl": "1h"}
    ((_, body),) = planned(request("a", marks=(CacheMark(("messages", 0, "content", 0), hour),)), early=True)
    assert body["tools"][1]["cache_control"] == hour
    assert body["system"][0]["cache_control"] == hour
    assert body["messages"][2]["content"][0]["cache_control"] == MARK


@pytest.mark.parametrize(
    ("model", "tokens"),
    [
        ("claude-sonnet-4-5", 1024),
        ("claude-opus-4-5-20251101", 4096),
        ("claude-haiku-4-5", 4096),
        ("claude-haiku-3-5", 2048),
    ],
)
def test_what_is_too_short_to_be_kept_is_not_marked(model, tokens):
    """The minimum is the model's: https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching."""
    assert caching.least(model) == tokens
    short = request("a", model=f"anthropic/{model}", tools=(Tool("Read"),), system="brief")
    ((draw, body),) = planned(short)
    assert bool(draw.shares) == bool(marked(body)) == (tokens < 2_200)


def test_marks_are_no_part_of_a_key():
    """With and without caching, and with captured marks, the answers are the same ones; a further request's as well."""
    plain = plan_draw(request("a"), for_arm(Arm("a", "anthropic/x")))
    ((ours, _),) = planned(request("a"))
    ((theirs, _),) = planned(request("a", marks=(CacheMark(("tools", 0), MARK),)), cache="never")
    assert ours.body != plain.body != theirs.body
    assert ours.key == plain.key == theirs.key
    assert ours.key_of(ours.body) == plain.key_of(plain.body) == plain.key


def test_draws_share_the_bytes_of_their_body():
    """Ten draws hold one body."""
    made = list(plan_draws([(request("a"), for_arm(Arm("a", "anthropic/x")))], range(10)))
    assert len({id(draw.body) for draw in made}) == 1
    assert len({draw.key for draw in made}) == 10


def test_openai_needs_no_marks_and_gets_a_key_for_its_routing(monkeypatch):
    """Shares are from 1,024 tokens on; ``prompt_cache_key`` goes to OpenAI itself: other servers may refuse it."""
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    model = "openai/gpt-x"
    (one, first), (two, second) = planned(request("a", model=model), request("b", model=model, text="else"))
    assert first["prompt_cache_key"] == second["prompt_cache_key"]
    assert one.shares[0] == two.shares[0]
    assert len(one.shares) == 2
    elsewhere = request("a", model=model, base_url="http://127.0.0.1:1/v1")
    ((draw, body),) = planned(elsewhere)
    assert "prompt_cache_key" not in body
    assert len(draw.shares) == 1


def test_with_never_only_what_was_captured_is_sent():
    """The bytes are those of the request as it is written."""
    ((draw, body),) = planned(request("a"), cache="never", early=True)
    assert marked(body) == []
    assert draw.shares == ()
    assert replace(request("a").arm, name="x").model == draw.arm.model


def test_long_answers_are_streamed():
    """21,333 tokens may take ten minutes, as the SDKs reckon; more than that is streamed."""
    asked = request("a", params={"max_tokens": 21_334})
    assert planned(asked)[0][0].long
    assert not planned(request("a", params={"max_tokens": 21_333}))[0][0].long
