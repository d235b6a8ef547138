"""Several draws in one request: billed once for the prompt, and each kept as a draw of its own."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import msgspec
import pytest
from chatserver import CACHED, PROMPT, Chat, answered, chat

from replay import samplers
from replay.experiment import spending
from replay.records import Arm, Case, Experiment, Fidelity, Message, Prefix, Price, Request, Setup, Text, Trial, Usage
from replay.sample import Budget, Draw, Followed, Gate, Pace, Tally, plan_draws, sample
from replay.samplers import choices
from replay.store import Cache, Run

OFFICIAL = "https://api.openai.com/v1"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Chat]:
    """Chat Completions at a base URL of their own."""
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    with chat() as kept:
        yield kept


def _arm(server: Chat, *, choices: int | None = 8, **params: object) -> Arm:
    return Arm("base", "openai/gpt-x", base_url=server.url, params={"max_tokens": 100, **params}, choices=choices)


def _draws(arm: Arm, count: int = 10, case: str = "c") -> list[Draw]:
    prefix = Prefix(Setup(), (Message("user", (Text(f"write {case}"),)),))
    request = Request(Case(f"{case}@1", "t", 1, (), "s", Fidelity("exact")), arm, 0, prefix, Message("assistant"))
    return list(plan_draws([(request, samplers.for_arm(arm))], range(count)))


def _sample(folder: Path, draws: list[Draw], gate: Gate | None = None, **options: bool) -> Tally:
    with Run.open(folder / "run", create=True) as run, Cache.open(folder / "cache.sqlite") as cache:
        return sample(draws, run=run, cache=cache, pace=Pace(base=0.01, longest=0.02), gate=gate, **options)


def _trials(folder: Path) -> list[Trial]:
    with Run.open(folder / "run", create=False) as run:
        return list(run.trials())


def _billed(folder: Path) -> Usage:
    usages = [trial.completion.usage for trial in _trials(folder) if trial.completion and not trial.cached]
    return Usage(*(sum(getattr(one, name) for one in usages) for name in Usage.__struct_fields__))


def test_ten_draws_are_two_requests_and_two_prompts(server: Chat, tmp_path: Path) -> None:
    """Eight and two choices; the usage of the draws adds up to what the server billed."""
    tally = _sample(tmp_path, _draws(_arm(server)))
    assert (tally.finished, tally.requests, tally.failed) == (10, 2, 0)
    assert sorted(server.numbers) == [2, 8]
    assert _billed(tmp_path) == Usage(2 * (PROMPT - CACHED), 2 * CACHED, 0, 100, 30)
    trials = _trials(tmp_path)
    assert [trial.completion.usage.input > 0 for trial in trials if trial.completion] == [
        True,
        *[False] * 7,
        True,
        False,
    ]
    assert all(choices.NOTE in trial.notes for trial in trials)


def test_each_draw_has_its_own_key_answer_and_choice(server: Chat, tmp_path: Path) -> None:
    """The keys are those of single requests; each stored response has one choice and says which."""
    draws = _draws(_arm(server), 3)
    assert [one.key for one in draws] == [one.key for one in _draws(_arm(server, choices=1), 3)]
    _sample(tmp_path, draws)
    texts = [trial.completion.parts for trial in _trials(tmp_path) if trial.completion]
    assert texts == [(Text("word " * count),) for count in (1, 2, 3)]
    with Cache.open(tmp_path / "cache.sqlite") as cache:
        kept = [json.loads(answer.response) for draw in draws if (answer := cache.get(draw.key))]
    assert [[one["index"] for one in body["choices"]] for body in kept] == [[0], [1], [2]]
    assert [body["usage"]["replay"] for body in kept] == [{"choice": at, "of": 3} for at in range(3)]


def test_another_run_is_answered_from_the_cache_and_says_the_same(server: Chat, tmp_path: Path) -> None:
    """Nothing is sent; completions and notes are those of the first run."""
    _sample(tmp_path, _draws(_arm(server)))
    first = _trials(tmp_path)
    (tmp_path / "run").rename(tmp_path / "old")
    tally = _sample(tmp_path, _draws(_arm(server)))
    assert (tally.cached, tally.requests) == (10, 0)
    assert [(one.completion, one.notes) for one in _trials(tmp_path)] == [(one.completion, one.notes) for one in first]


def test_only_missing_draws_are_asked_for(server: Chat, tmp_path: Path) -> None:
    """What a killed run has answered stays: the next asks for as many choices as are missing."""
    arm = _arm(server)
    _sample(tmp_path, _draws(arm, 3))
    (tmp_path / "run").rename(tmp_path / "old")
    tally = _sample(tmp_path, _draws(arm, 6))
    assert (server.numbers, tally.cached, tally.finished) == ([3, 3], 3, 3)


@pytest.mark.parametrize(
    ("gives", "numbers", "given"),
    [
        pytest.param(lambda _: 1, [8, *[1] * 19], 20, id="n is ignored"),
        pytest.param(lambda wanted: min(wanted, 5), [8, *[1] * 15], 20, id="fewer come"),
        pytest.param(lambda wanted: 400 if wanted > 1 else 1, [8, *[1] * 20], 20, id="n is refused"),
    ],
)
def test_a_server_that_does_not_know_n_is_asked_singly(server, tmp_path, gives, numbers, given) -> None:
    """What is missing is asked for again, one by one, and ``n`` is not used at that server any more."""
    server.gives = gives
    arm = _arm(server)
    with Run.open(tmp_path / "run", create=True) as run, Cache.open(tmp_path / "cache.sqlite") as cache:
        draws = [*_draws(arm), *_draws(arm, case="d")]
        tally = sample(draws, run=run, cache=cache, pace=Pace(base=0.01), concurrency=1)
    assert (tally.finished, tally.failed) == (20, 0)
    assert sum(server.given) == given
    assert Counter(server.numbers) == Counter(numbers)


def test_what_concerns_no_choice_fails_all_of_them(server: Chat, tmp_path: Path) -> None:
    """A wrong key is a wrong key for one choice at a time too: one request, and a draw each that failed."""
    server.gives = lambda _: 401
    tally = _sample(tmp_path, _draws(_arm(server), 4))
    assert (tally.requests, dict(tally.errors)) == (1, {"auth": 4})
    assert {trial.error.kind for trial in _trials(tmp_path) if trial.error} == {"auth"}


def test_an_overloaded_server_is_asked_again_for_all(server: Chat, tmp_path: Path) -> None:
    """A 500 is tried again as it was."""
    answers = iter([500, 4])
    server.gives = lambda _: next(answers)
    tally = _sample(tmp_path, _draws(_arm(server), 4))
    assert (tally.finished, tally.requests, server.numbers) == (4, 2, [4, 4])


def _most(arm: Arm, body: bytes = b'{"max_tokens":100}', api: str = "openai-chat", endpoint: str = "") -> int:
    return choices.most(arm, api, endpoint, body)


def test_n_is_used_only_where_it_means_the_same() -> None:
    """OpenAI's own Chat Completions, or where the arm says so; with no seed, and within bounds of the answer."""
    plain, told = Arm("a", "openai/m"), Arm("a", "openai/m", choices=4)
    assert [_most(plain), _most(plain, endpoint=OFFICIAL), _most(plain, endpoint="http://x/v1")] == [8, 8, 1]
    assert [_most(told), _most(told, endpoint="http://x/v1"), _most(Arm("a", "openai/m", choices=1))] == [4, 4, 1]
    assert [_most(told, api="anthropic"), _most(told, api="openai-responses")] == [1, 1]
    assert [_most(plain, b'{"seed":1}'), _most(plain, b"{}")] == [1, 8]
    assert [_most(plain, b'{"max_completion_tokens":%d}' % limit) for limit in (16_000, 32_000, 200_000)] == [8, 4, 1]


def test_a_draw_that_looks_ahead_goes_alone(server: Chat, tmp_path: Path) -> None:
    """Its further turns differ from those of the others."""
    draws = [dataclasses.replace(one, follow=lambda _: Followed()) for one in _draws(_arm(server), 4)]
    _sample(tmp_path, draws)
    assert server.numbers == [1] * 4


def _budget(**limits: float) -> Budget:
    listed = spending.prices.load().of([Arm("base", "openai/gpt-4.1")])["base"]
    assert isinstance(listed, Price)
    return Budget({"base": listed}, **limits)


def test_a_request_for_several_counts_once_and_sets_aside_each_answer(server: Chat, tmp_path: Path) -> None:
    """One request of the limit, with so many answers set aside; what it did cost is of the whole answer."""
    budget = _budget(max_requests=2, max_usd=1.0)
    (draw,) = islice(_draws(_arm(server)), 1)
    one = budget.reserve(draw, draw.body)
    eight = budget.reserve(draw, choices.asking(draw.body, 8))
    assert one is not None
    assert eight is not None
    per_token = 8e-6  # gpt-4.1: $8 for a million tokens of output
    assert eight.most - one.most == pytest.approx(7 * 100 * per_token, abs=len(b',"n":8') * 2e-6)
    fresh = _budget(max_requests=2)
    assert _sample(tmp_path, _draws(_arm(server)), fresh).finished == 10
    assert fresh.spent.requests == 2


def test_where_all_are_too_dear_single_ones_go_on(server: Chat, tmp_path: Path) -> None:
    """A limit that one answer fits into, and eight do not, is used up one by one."""
    (draw,) = islice(_draws(_arm(server)), 1)
    one = _budget(max_usd=1.0).reserve(draw, draw.body)
    assert one is not None
    tally = _sample(tmp_path, _draws(_arm(server), 8), _budget(max_usd=one.most * 3))
    assert set(server.numbers) == {1}
    assert tally.finished >= 2


def test_a_run_that_goes_on_counts_requests_and_not_choices(server: Chat, tmp_path: Path) -> None:
    """From the trials alone, as after a kill: ten draws were two requests."""
    _sample(tmp_path, _draws(_arm(server)))
    experiment = Experiment("e", ("c",), (_arm(server),), "base", ("*",))
    with Run.open(tmp_path / "run", create=False) as run:
        assert spending.budget(run, experiment, spending.prices.load()).spent.requests == 2


def test_the_parts_add_up_to_the_whole() -> None:
    """Whatever does not divide goes to the largest remainders: 35 tokens over lengths 1 : 2 : 4 are 5, 10, 20."""
    parts = [json.loads(one) for one in choices.split(json.dumps(answered(7)).encode(), 7)]
    for name, total in (("prompt_tokens", PROMPT), ("completion_tokens", 70), ("total_tokens", PROMPT + 70)):
        assert sum(part["usage"][name] for part in parts) == total
    details = [part["usage"].get("completion_tokens_details", {}).get("reasoning_tokens", 0) for part in parts]
    assert sum(details) == 21
    assert choices._shares(35, [1, 2, 4]) == [5, 10, 20]
    assert choices._shares(10, [1, 1, 1]) == [4, 3, 3]
    assert choices._shares(None, [1, 2]) == [0, 0]
    assert choices._shares(7, [0, 0]) == [1, 1]


def test_a_response_with_one_choice_is_left_as_it_is() -> None:
    """Its usage is its own."""
    raw = msgspec.json.encode(answered(1))
    assert choices.split(raw, 8) == [raw]
    assert choices.split(msgspec.json.encode({**answered(1), "choices": [None]}), 8) == []
