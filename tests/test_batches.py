"""Batches: each request is handed over once, whatever breaks, and everything that was paid for is kept."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from batchserver import Provider, provider

from replay import samplers
from replay.cli import main
from replay.records import Arm, Case, Fidelity, Message, Prefix, Request, Setup, Text
from replay.sample import Batched, Draw, Ledger, Pace, Tally, batching, entrusting, plan_draws, sample
from replay.store import Cache, Run

MODELS = ("anthropic/claude-sonnet-4-5", "openai/gpt-4.1", "openai-responses/gpt-4.1")
BATCHED = MODELS[:2]


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """Both providers at one address, and no time lost in waiting."""
    monkeypatch.setattr(batching, "QUIET", 0.05)
    monkeypatch.setattr(entrusting, "POLLS", (0.01, 0.05))
    with provider() as kept:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", kept.url)
        monkeypatch.setenv("OPENAI_BASE_URL", f"{kept.url}/v1")
        monkeypatch.setenv("ANTHROPIC_API_KEY", "k")
        monkeypatch.setenv("OPENAI_API_KEY", "k")
        yield kept


def _draws(model: str, count: int = 6) -> list[Draw]:
    arm = Arm("base", model)
    prefix = Prefix(Setup(), (Message("user", (Text("write it"),)),))
    case = Case("c@1", "t", 1, (), "s", Fidelity("exact"))
    request = Request(case, arm, 0, prefix, Message("assistant"))
    return list(plan_draws([(request, samplers.for_arm(arm))], range(count), cache="never"))


def _sample(folder: Path, draws: list[Draw], said: list[str] | None = None) -> Tally:
    def on_event(event: object) -> None:
        if isinstance(event, Batched) and said is not None:
            said.append(event.sentence)

    pace = Pace(base=0.01, longest=0.02)
    with Run.open(folder / "run", create=True) as run, Cache.open(folder / "cache.sqlite") as cache:
        return sample(draws, run=run, cache=cache, batch=True, on_event=on_event, pace=pace)


def _states(folder: Path) -> Counter[str]:
    with Ledger.beside(folder / "cache.sqlite") as ledger:
        return Counter(one.state for one in ledger.all_batches())


@pytest.mark.parametrize("model", BATCHED)
def test_all_draws_go_in_one_batch_and_come_back(service: Provider, tmp_path: Path, model: str) -> None:
    """Custom ids are request keys, bodies go out as they are, each answer finds its draw, and trials say so."""
    draws = _draws(model)
    said: list[str] = []
    tally = _sample(tmp_path, draws, said)
    assert (tally.finished, tally.failed, tally.requests) == (6, 0, 6)
    assert [set(ids) for ids in service.batches.values()] == [{draw.key for draw in draws}]
    body = service.bodies[draws[0].key]
    assert (body if model.startswith("anthropic") else body["body"]) == json.loads(draws[0].body)
    with Run.open(tmp_path / "run", create=False) as run:
        for draw, trial in zip(draws, run.trials(), strict=True):
            assert trial.completion is not None
            assert trial.completion.parts == (Text(draw.key),)
            assert trial.batch
    assert said == ["6 requests handed over as batch batch_0"]
    assert _states(tmp_path) == {"collected": 1}


def test_the_openai_batch_names_its_endpoint(service: Provider, tmp_path: Path) -> None:
    """A line of the file has method, url and body (the documented request format)."""
    draws = _draws("openai/gpt-4.1", 1)
    _sample(tmp_path, draws)
    row = service.bodies[draws[0].key]
    assert (row["method"], row["url"]) == ("POST", "/v1/chat/completions")
    assert len(service.metadata["batch_0"]["replay"]) == 16


@pytest.mark.parametrize("model", BATCHED)
def test_a_second_call_sends_nothing(service: Provider, tmp_path: Path, model: str) -> None:
    """What the run has is kept."""
    _sample(tmp_path, _draws(model))
    assert _sample(tmp_path, _draws(model)).kept == 6
    assert len(service.batches) == 1


@pytest.mark.parametrize("model", BATCHED)
def test_what_expired_or_failed_is_asked_for_again(service: Provider, tmp_path: Path, model: str) -> None:
    """Only that, in a further batch; what was answered is not paid for twice."""
    draws = _draws(model)
    service.outcomes = {draws[1].key: ["expired"], draws[4].key: ["errored", "expired"]}
    tally = _sample(tmp_path, draws)
    assert (tally.finished, tally.failed) == (6, 0)
    assert sorted(map(len, service.batches.values())) == [1, 2, 6]
    assert Counter(service.answered) == dict.fromkeys((draw.key for draw in draws), 1)


@pytest.mark.parametrize("model", BATCHED)
def test_a_batch_whose_id_never_came_is_looked_for(service: Provider, tmp_path: Path, model: str) -> None:
    """The connection breaks when the batch has been made: it is found, not handed over again."""
    service.mute = 1
    tally = _sample(tmp_path, _draws(model))
    assert tally.finished == 6
    assert len(service.batches) == 1


@pytest.mark.parametrize("model", BATCHED)
def test_a_killed_call_is_collected_by_the_next(service: Provider, tmp_path: Path, model: str) -> None:
    """The ledger is as a kill between handing over and answer leaves it, with the id and without."""
    draws = _draws(model)
    tag = "0123456789abcdef"
    with Ledger.beside(tmp_path / "cache.sqlite") as ledger:
        ledger.intend(tag, draws[0].sampler.API, batching.endpoint(draws[0].arm, draws[0].sampler.API), model,
                      [draw.key for draw in draws])  # fmt: skip
    service.take([draw.key for draw in draws])
    service.metadata["batch_0"] = {"replay": tag}
    assert _sample(tmp_path, draws).finished == 6
    assert len(service.batches) == 1


@pytest.mark.parametrize("model", BATCHED)
def test_a_batch_that_never_arrived_is_handed_over(service: Provider, tmp_path: Path, model: str) -> None:
    """The kill came before: nothing at the provider fits, so it is sent."""
    draws = _draws(model)
    with Ledger.beside(tmp_path / "cache.sqlite") as ledger:
        ledger.intend("0123456789abcdef", draws[0].sampler.API, batching.endpoint(draws[0].arm, draws[0].sampler.API),
                      model, [draw.key for draw in draws])  # fmt: skip
    assert _sample(tmp_path, draws).finished == 6
    assert _states(tmp_path) == {"lost": 1, "collected": 1}


def test_a_strangers_batch_of_the_same_size_is_not_taken_for_ours(service: Provider, tmp_path: Path) -> None:
    """Anthropic keeps no name: custom ids in the results tell, and ours is handed over then."""
    draws = _draws(MODELS[0])
    with Ledger.beside(tmp_path / "cache.sqlite") as ledger:
        ledger.intend("0123456789abcdef", "anthropic", batching.endpoint(draws[0].arm, "anthropic"), MODELS[0],
                      [draw.key for draw in draws])  # fmt: skip
    service.take([f"{number:064}" for number in range(6)])
    assert _sample(tmp_path, draws).finished == 6
    assert set(service.batches["batch_1"]) == {draw.key for draw in draws}


def test_while_nobody_can_be_asked_nothing_is_handed_over_again(service: Provider, tmp_path: Path) -> None:
    """A provider that does not answer when it is asked for a batch of before ends the draws in errors."""
    draws = _draws(MODELS[0])
    with Ledger.beside(tmp_path / "cache.sqlite") as ledger:
        ledger.intend("0123456789abcdef", "anthropic", batching.endpoint(draws[0].arm, "anthropic"), MODELS[0],
                      [draw.key for draw in draws])  # fmt: skip
    service.down = True
    tally = _sample(tmp_path, draws)
    assert tally.finished == 0
    assert tally.errors
    assert service.batches == {}
    assert _states(tmp_path) == {"open": 1}


def test_all_that_a_batch_brought_is_kept_even_if_nobody_asks(service: Provider, tmp_path: Path) -> None:
    """Four of six draws are asked for again after a kill: the other two answers are in the cache as well."""
    draws = _draws(MODELS[0])
    with Ledger.beside(tmp_path / "cache.sqlite") as ledger:
        ledger.intend("0123456789abcdef", "anthropic", batching.endpoint(draws[0].arm, "anthropic"), MODELS[0],
                      [draw.key for draw in draws])  # fmt: skip
    service.take([draw.key for draw in draws])
    assert _sample(tmp_path, draws[:4]).finished == 4
    with Cache.open(tmp_path / "cache.sqlite") as cache:
        assert all(cache.get(draw.key) for draw in draws)


def test_limits_part_a_run_into_batches(service: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At most so many requests and bytes in one."""
    monkeypatch.setattr(samplers.BATCHES["anthropic"][0], "MOST_REQUESTS", 4)
    draws = _draws(MODELS[0], 10)
    assert _sample(tmp_path, draws).finished == 10
    assert sorted(len(ids) for ids in service.batches.values()) == [2, 4, 4]


def test_ctrl_c_leaves_the_batch_with_the_provider(service: Provider, tmp_path: Path) -> None:
    """The call ends at once, says how many are under way, and the next one collects them."""
    service.ended = False
    draws = _draws(MODELS[0])
    said: list[str] = []

    def interrupt() -> None:
        while not service.batches:
            time.sleep(0.01)
        time.sleep(0.1)
        signal.raise_signal(signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        _sample(tmp_path, draws, said)
    assert said[-1].startswith("6 requests are under way in batches: the same command collects them")
    service.ended = True
    assert _sample(tmp_path, draws).finished == 6
    assert len(service.batches) == 1


def test_a_given_up_batch_is_asked_for_again_by_the_next_call(service: Provider, tmp_path: Path) -> None:
    """`replay batches --cancel` after a Ctrl-C; what it had not done goes into a new batch."""
    draws = _draws(MODELS[0], 2)
    with Ledger.beside(tmp_path / "cache.sqlite") as ledger:
        ledger.intend("0123456789abcdef", "anthropic", batching.endpoint(draws[0].arm, "anthropic"), MODELS[0],
                      [draw.key for draw in draws])  # fmt: skip
        ledger.arrived("0123456789abcdef", service.take([draw.key for draw in draws]))
    service.canceled.add("batch_0")
    assert _sample(tmp_path, draws).finished == 2
    assert set(service.batches["batch_1"]) == {draw.key for draw in draws}


def test_samplers_without_batches_are_asked_as_ever(service: Provider, tmp_path: Path) -> None:
    """A scripted arm beside a real one costs nothing and needs no batch."""
    assert "scripted" not in samplers.BATCHES
    assert set(samplers.BATCHES) == {samplers.SAMPLERS[model.partition("/")[0]].API for model in MODELS}


# --- the command ---


def _cli(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        main(list(words))
    out, err = capsys.readouterr()
    return int(stop.value.code or 0), out, err


def test_batches_are_listed_and_canceled(
    service: Provider, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the provider's id; an unknown one is a sentence with those there are."""
    monkeypatch.setenv("REPLAY_HOME", str(tmp_path))
    assert _cli(capsys, "batches")[1] == "no batch is under way\n"
    with Ledger.beside(tmp_path / "cache.sqlite") as ledger:
        ledger.intend("0123456789abcdef", "anthropic", service.url, MODELS[0], ["0" * 64])
        ledger.arrived("0123456789abcdef", service.take(["0" * 64]))
    code, out, _ = _cli(capsys, "batches", "--json")
    (row,) = json.loads(out)
    assert (code, row["id"], row["keys"], row["state"]) == (0, "batch_0", 1, "open")
    code, _, err = _cli(capsys, "batches", "--cancel", "batch_7")
    assert (code, "there are batch_0" in err) == (2, True)
    code, _, err = _cli(capsys, "batches", "--cancel", "all")
    assert (code, service.canceled) == (0, {"batch_0"})


_KILLED = """
import os, sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
import test_batches as t
from replay.sample import batching, entrusting
batching.QUIET, entrusting.POLLS = 0.05, (0.02, 0.05)
t._sample(Path(sys.argv[1]), t._draws(os.environ["MODEL"], 12))
print("done")
"""


def test_kills_at_any_moment_lose_and_repeat_nothing(
    service: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kill -9 at four moments, from before the first batch to collecting it: each request is paid for once."""
    model = MODELS[0]
    monkeypatch.setenv("MODEL", model)
    command = [sys.executable, "-c", _KILLED, str(tmp_path), str(Path(__file__).parent)]
    began = time.monotonic()
    assert "done" in subprocess.run([*command[:-2], str(tmp_path / "dry"), command[-1]], capture_output=True, text=True,
                                    check=True).stdout  # fmt: skip
    whole = time.monotonic() - began
    service.answered.clear()
    (tmp_path / "wet").mkdir()
    command[3] = str(tmp_path / "wet")
    for moment in range(4):
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        time.sleep(whole * (0.4 + 0.16 * moment))
        child.kill()
        child.communicate()
    assert "done" in subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert Counter(service.answered) == dict.fromkeys((draw.key for draw in _draws(model, 12)), 1)
