"""Draws that look ahead: what they cost, keep and come to, in whole runs with a scripted model."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from msgspec.structs import replace

from replay import config, experiment
from replay.experiment.ahead import Ahead
from replay.records import Completion, Exchange, Halt, Message, Reasoning, Score, Text, ToolCall, ToolResult
from replay.sample import sample
from replay.sample.budget import Budget
from replay.samplers import anthropic, openai, openai_responses
from replay.store import Cache, Run

CODE = "def pay(card):\n    charge(card)\n"
SEEN = "     1→def pay(card):\n     2→    charge(card)\n     3→"


def edit(new):
    return {
        "name": "Edit",
        "arguments": {"file_path": "/repo/pay.py", "old_string": "    charge(card)", "new_string": new},
    }


def read(path="/repo/pay.py", **options):
    return {"name": "Read", "arguments": {"file_path": path, **options}}


COMPLETIONS = {
    "bad": {"tool_calls": [edit("    try:\n        charge(card)\n    except Exception:\n        pass")]},
    "good": {"tool_calls": [edit("    charge(card, retry=True)")]},
    "look": {"tool_calls": [read(limit=2)], "then": [{"seen": "charge(card)", "say": "bad"}, {"say": "good"}]},
    "look_twice": {"tool_calls": [read(offset=2)], "then": [{"say": "look"}]},
    "look_on": {"text": "Hm.", "tool_calls": [read(limit=1)], "then": [{"say": "look_on"}]},
    "lost": {"tool_calls": [read("/repo/card.py")], "then": [{"say": "good"}]},
    "tests": {"tool_calls": [{"name": "Bash", "arguments": {"command": "pytest -q"}}]},
    "mixed": {"tool_calls": [read(limit=1), edit("    charge(card, retry=True)")], "then": [{"say": "bad"}]},
    "talk": {"text": "I would rather not."},
}
PLAY = ["look", "look_twice", "look_on", "lost", "tests", "mixed", "talk", "good"]
EXPECTED = {
    0: {"no_code": 6, "clean": 2},
    1: {"violation": 1, "clean": 2, "unknown_file": 1, "no_code": 4},
    3: {"violation": 2, "clean": 2, "unknown_file": 1, "no_code": 3},
}
"""By hand: `look` needs one more turn, `look_twice` two; `look_on` never ends, `lost` asks for an unseen file."""


def write(folder: Path, most: int, play=PLAY) -> Path:
    """An experiment of one case whose session has read the file, with as many draws as there are plays."""
    folder.mkdir(parents=True, exist_ok=True)
    call = {"type": "tool_use", "id": "toolu_0", "name": "Read", "input": {"file_path": "/repo/pay.py"}}
    request = {
        "model": "m",
        "max_tokens": 100,
        "system": "You write code.",
        "messages": [
            {"role": "user", "content": "Make pay.py robust."},
            {"role": "assistant", "content": [call]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_0", "content": SEEN}]},
        ],
    }
    bad = {
        "type": "tool_use",
        "id": "toolu_1",
        "name": "Edit",
        "input": COMPLETIONS["bad"]["tool_calls"][0]["arguments"],
    }
    response = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [bad],
        "stop_reason": "tool_use",
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }
    (folder / "pay.jsonl").write_text(json.dumps({"request": request, "response": response}) + "\n")
    (folder / "pay.toml").write_text('source = "s"\n[[case]]\nturn = 1\nrules = ["*/swallowed-*"]\n')
    script = {"version": 1, "completions": COMPLETIONS, "play": {"pay@1": {"baseline": play}}}
    (folder / "plays.yaml").write_text(json.dumps(script))
    (folder / "replay.yaml").write_text(
        f'version: 1\nrules: ["*/swallowed-*"]\ndraws: {len(play)}\nlookahead: {most}\n'
        "arms:\n  baseline: {model: scripted/plays.yaml}\n"
    )
    return folder


def go(folder: Path, run: Path, **changes):
    """The result, the tally and the trials of a run; the cache lies beside it."""
    loaded = replace(config.load(folder), **changes)
    with Cache.open(run.parent / "cache.sqlite") as cache:
        result, tally = experiment.run(experiment.plan(loaded), run, cache=cache)
    with Run.open(run, create=False) as store:
        return result, tally, list(store.trials()), store.meta("scores", tuple[Score, ...])


def played(trials, name):
    return trials[PLAY.index(name)]


@pytest.mark.parametrize("most", EXPECTED)
def test_outcomes_by_how_far_a_draw_may_look(tmp_path, most):
    """No code becomes code where the model only wanted to read first; what is unknown or never ends is told apart."""
    _, _, _, scores = go(write(tmp_path / "set", most), tmp_path / "run")
    assert Counter(score.outcome for score in scores) == EXPECTED[most]


def test_a_trial_keeps_every_turn_and_why_there_are_no_more(tmp_path):
    """Each earlier completion with the answers it got, and what the last one would have needed."""
    _, _, trials, scores = go(write(tmp_path / "set", 3), tmp_path / "run")
    (turn,) = played(trials, "look").earlier
    assert turn.completion.parts == (ToolCall("scripted_1", "Read", {"file_path": "/repo/pay.py", "limit": 2}),)
    assert turn.answers == (
        Message(
            "tool",
            (ToolResult("scripted_1", (Text("     1→def pay(card):\n     2→    charge(card)"),)),),
            origin="tool",
        ),
    )
    assert [len(trial.earlier) for trial in trials] == [1, 2, 3, 0, 0, 0, 0, 0]
    assert played(trials, "look_on").halt.kind == "limit"
    assert played(trials, "tests").halt == Halt("command", "the model asked to run pytest -q")
    assert played(trials, "lost").halt.kind == "unknown"
    assert played(trials, "mixed").halt is None
    why = {score.draw: score.why for score in scores}
    assert "pytest -q" in why[PLAY.index("tests")]
    assert "/repo/card.py" in why[PLAY.index("lost")]
    assert "3 turns" in why[PLAY.index("look_on")]


def test_every_turn_is_counted(tmp_path):
    """Eight draws, and one, two and three further requests of those that go on."""
    result, tally, _, _ = go(write(tmp_path / "set", 3), tmp_path / "run")
    assert tally.requests == 8 + 1 + 2 + 3
    assert result.usage["baseline"]["requests"] == 14
    assert tally.finished == 8


def test_a_run_that_looks_ahead_shares_first_answers_but_no_trial_with_one_that_does_not(tmp_path):
    """Keys of draws differ, keys of first requests do not: only what comes behind them is sent again."""
    go(write(tmp_path / "set", 0), tmp_path / "run")
    _, tally, _, _ = go(tmp_path / "set", tmp_path / "run", lookahead=3)
    assert (tally.kept, tally.requests) == (0, 1 + 2 + 3)
    _, again, _, _ = go(tmp_path / "set", tmp_path / "other", lookahead=1)
    assert again.requests == 0
    plans = [experiment.plan(replace(config.load(tmp_path / "set"), lookahead=most)) for most in (0, 1, 3)]
    draws = [next(plan.draws()) for plan in plans]
    assert len({draw.key for draw in draws}) == 3
    assert {draw.request for draw in draws} == {draws[0].key}


def test_what_was_recorded_is_played_as_it_is(tmp_path):
    """The recorded arm says what the transcript says, and looks at nothing."""
    folder = write(tmp_path / "set", 3)
    text = (folder / "replay.yaml").read_text()
    (folder / "replay.yaml").write_text(text + "  told: {model: recorded}\n")
    plan = experiment.plan(config.load(folder))
    assert [draw.follow for draw in plan.draws(arms=[arm for arm in plan.experiment.arms if arm.name == "told"])] == [
        None
    ] * len(PLAY)


CRASH = """
import os, sys
from pathlib import Path
from replay import config, experiment
from replay.samplers import scripted
from replay.store import Cache
sent, real = [], scripted.send
async def send(client, body, **options):
    sent.append(body)
    if len(sent) == 2:
        os._exit(9)
    return await real(client, body, **options)
scripted.send = send
with Cache.open(Path(sys.argv[2]) / "cache.sqlite") as cache:
    experiment.run(experiment.plan(config.load(Path(sys.argv[1]))), Path(sys.argv[2]) / "run", cache=cache)
"""


def test_a_process_that_dies_between_two_turns_has_paid_for_the_first_only_once(tmp_path):
    """The first answer is on the disk before the second request goes out; the next call sends only that one."""
    folder = write(tmp_path / "set", 3, ["look"])
    done = subprocess.run([sys.executable, "-c", CRASH, str(folder), str(tmp_path)], check=False)
    assert done.returncode == 9
    _, tally, trials, scores = go(folder, tmp_path / "run")
    assert tally.requests == 1
    (turn,) = trials[0].earlier
    assert turn.cached
    assert [score.outcome for score in scores] == ["violation"]


def test_a_budget_counts_each_turn(tmp_path):
    """Two requests are allowed: the draw that needs three is not finished, and what was answered is not lost."""
    loaded = config.load(write(tmp_path / "set", 3, ["look_twice"]))
    plan = experiment.plan(loaded)
    budget = Budget({}, max_requests=2)
    with Cache.open(tmp_path / "cache.sqlite") as cache, Run.open(tmp_path / "first", create=True) as store:
        tally = sample(plan.draws(), run=store, cache=cache, gate=budget)
        assert (tally.requests, list(store.trials())) == (2, [])
    assert "2" in budget.sentence
    _, tally, _, scores = go(tmp_path / "set", tmp_path / "run")
    assert tally.requests == 1
    assert [score.outcome for score in scores] == ["violation"]


# --- what the APIs are sent --------------------------------------------------------------------------------


def follow_up(tmp_path, model, sampler):
    """The body of the request behind a turn that read."""
    folder = write(tmp_path / "set", 1, ["look"])
    plan = experiment.plan(config.load(folder))
    (case,) = plan.cases.cases
    (arm,) = plan.experiment.arms
    request = replace(plan.request(case, arm, 0), arm=replace(arm, model=model))
    parts = (Text("Let me see."), ToolCall("call_9", "Read", {"file_path": "/repo/pay.py", "limit": 1}))
    draw = next(plan.draws())
    follow = Ahead(request, sampler, 1, draw.follow._ground)
    followed = follow([Completion(parts, "tool_calls", model="m")])
    return json.loads(followed.body), sampler.body(request).body


def test_anthropic_is_sent_the_turn_and_its_results(tmp_path):
    """The first request's messages, then the assistant's own blocks and the results as a user's."""
    body, first = follow_up(tmp_path, "anthropic/m", anthropic)
    assert body["messages"][:-2] == first["messages"]
    assert body["messages"][-2:] == [
        {
            "role": "assistant",
            "content": [
                {"type": "text", "text": "Let me see."},
                {
                    "type": "tool_use",
                    "id": "call_9",
                    "name": "Read",
                    "input": {"file_path": "/repo/pay.py", "limit": 1},
                },
            ],
        },
        {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": "call_9", "content": "     1→def pay(card):"}],
        },
    ]
    assert {key: value for key, value in body.items() if key != "messages"} == {
        key: value for key, value in first.items() if key != "messages"
    }


def test_openai_is_sent_the_turn_and_its_results(tmp_path):
    """Chat Completions: an assistant message with its calls, and a tool message for each result."""
    body, first = follow_up(tmp_path, "openai/m", openai)
    assert body["messages"][:-2] == first["messages"]
    said, told = body["messages"][-2:]
    assert (said["role"], said["content"], said["tool_calls"][0]["id"]) == ("assistant", "Let me see.", "call_9")
    assert told == {"role": "tool", "tool_call_id": "call_9", "content": "     1→def pay(card):"}


def test_the_responses_api_is_sent_the_turn_and_its_results(tmp_path):
    """Responses: the call and its output as items behind those of the first request."""
    body, first = follow_up(tmp_path, "openai-responses/m", openai_responses)
    assert body["input"][: len(first["input"])] == first["input"]
    assert body["input"][-1] == {"type": "function_call_output", "call_id": "call_9", "output": "     1→def pay(card):"}
    assert body["input"][-2]["call_id"] == "call_9"


def test_a_turn_goes_back_with_its_thinking_whatever_becomes_of_the_recorded_one(tmp_path):
    """`reasoning: drop` is about the prefix: the arm's own thinking goes with its calls, as the API asks."""
    folder = write(tmp_path / "set", 1, ["look"])
    plan = experiment.plan(config.load(folder))
    (arm,) = plan.experiment.arms
    request = plan.request(plan.cases.cases[0], replace(arm, model="anthropic/m", reasoning="drop"), 0)
    thought = Reasoning("hm", signature="sig")
    said = Completion((thought, ToolCall("c", "Read", {})), "tool_calls", model="m")
    answer = Message("tool", (ToolResult("c", (Text("x"),)),), origin="tool")
    body = anthropic.body(replace(request, earlier=(Exchange(said, (answer,)),))).body
    assert body["messages"][-2]["content"][0] == {"type": "thinking", "thinking": "hm", "signature": "sig"}
