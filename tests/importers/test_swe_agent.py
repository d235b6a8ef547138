"""SWE-agent: the text protocol, function calls, and what each step was sent."""

import json
from pathlib import Path

import pytest

from replay import importers, prefix
from replay.importers import ImportFault, swe_agent
from replay.records import Fidelity, Text, ToolCall, ToolResult
from replay.wire import openai_chat

SYSTEM = {"role": "system", "content": "SETTING: …", "agent": "main", "message_type": "system_prompt"}
DEMO = {"role": "user", "content": "Here is a demonstration", "agent": "main", "is_demo": True}
ISSUE = {"role": "user", "content": "fix it", "agent": "main"}


def step(response, action, observation="", **more):
    return {"action": action, "observation": observation, "response": response, "thought": response, **more}


def said(text, action):
    return {"role": "assistant", "content": text, "thought": text, "action": action, "agent": "main"}


def called(text, action, key):
    call = {"id": key, "type": "function", "function": {"name": "bash", "arguments": json.dumps({"command": action})}}
    return {**said(text, action), "tool_calls": [call], "message_type": "action"}


def seen(text):
    return {"role": "user", "content": text, "agent": "main"}


def answered(key, text):
    return {"role": "tool", "content": [{"type": "text", "text": text}], "agent": "main", "tool_call_ids": [key]}


CONFIG = {
    "agent": {
        "model": {"name": "claude-x", "temperature": 0.0, "top_p": None},
        "tools": {"parse_function": {"type": "function_calling"}},
    },
    "problem_statement": {"id": "shop-1"},
}


def save(path: Path, steps, history, **more) -> Path:
    path.write_text(json.dumps({"environment": "main", "trajectory": steps, "history": history, "info": {}, **more}))
    return path


def only(path: Path):
    assert importers.identify(path) == "swe_agent"
    (told,) = importers.read(path)
    return told


def contents(told, turn):
    return [
        "".join(part.text for part in message.parts if isinstance(part, Text))
        or "".join(part.parts[0].text for part in message.parts if isinstance(part, ToolResult))
        for message in prefix.prefix(told, turn).messages
    ]


def test_the_text_protocol_needs_no_tools(tmp_path):
    """Old files: the prompt holds the tools, a demonstration is no turn, and processors may have cut."""
    history = [SYSTEM, DEMO, ISSUE, said("look", "ls"), seen("a.py"), said("done", "submit")]
    told = only(save(tmp_path / "a.traj", [step("look", "ls", "a.py"), step("done", "submit")], history))
    assert told.setups[0].system == (Text("SETTING: …"),)
    assert told.setups[0].tools == ()
    assert [contents(told, turn) for turn in (0, 1)] == [
        ["Here is a demonstration", "fix it"],
        ["Here is a demonstration", "fix it", "look", "a.py"],
    ]
    assert told.fidelity == Fidelity(
        "full",
        recovered=("system prompt",),
        inferred=("request boundaries",),
        missing=("cuts by history processors",),
    )


def test_demonstrations_in_the_history_are_no_turns(tmp_path):
    """An answer that is part of a demonstration is in the prefix, but nobody gave it."""
    demo = {**said("shown", "ls"), "is_demo": True}
    told = only(save(tmp_path / "a.traj", [step("look", "ls")], [SYSTEM, demo, ISSUE, said("look", "ls")]))
    assert len(told.turns) == 1
    assert contents(told, 0) == ["shown", "fix it"]
    assert told.messages[0].origin == "client"


def test_function_calls_are_paired_and_keep_their_state(tmp_path):
    """1.x: the call id stands in a list; the state after the step is the detail of its result."""
    history = [SYSTEM, ISSUE, called("look", "ls", "c1"), answered("c1", "OBSERVATION: a.py")]
    steps = [step("look", "ls", "a.py", state={"open_file": "a.py"})]
    told = only(save(tmp_path / "a.traj", steps, history, replay_config=json.dumps(CONFIG)))
    assert told.messages[1].parts == (Text("look"), ToolCall("c1", "bash", {"command": "ls"}, '{"command": "ls"}'))
    result = ToolResult("c1", (Text("OBSERVATION: a.py"),), form="blocks", detail={"state": {"open_file": "a.py"}})
    assert told.messages[2].parts == (result,)
    assert (told.setups[0].model, told.setups[0].params) == ("claude-x", {"temperature": 0.0})
    assert told.fidelity == Fidelity("partial", recovered=("system prompt",), missing=("tool schemas",))
    assert told.source.session == "shop-1"


def test_a_step_saw_the_messages_taken_after_the_step_before(tmp_path):
    """1.0: ``messages`` holds the state after the step; the first step saw it up to its own answer."""
    before = [SYSTEM, ISSUE, called("look", "ls", "c1"), answered("c1", "a long listing")]
    cut = [*before[:3], answered("c1", "Old output omitted")]
    after = [*cut, called("read", "cat a.py", "c2"), answered("c2", "x = 1")]
    history = [*before, *after[4:], called("done", "submit", "c3")]
    steps = [
        step("look", "ls", messages=before),
        step("read", "cat a.py", messages=after),
        step("done", "submit", messages=[*after, history[-1]]),
    ]
    told = only(save(tmp_path / "a.traj", steps, history))
    assert [contents(told, turn) for turn in range(3)] == [
        ["fix it"],
        ["fix it", "look", "a long listing"],
        ["fix it", "look", "Old output omitted", "read", "x = 1"],
    ]
    assert [prefix.completion(told, turn).parts[0] for turn in range(3)] == [Text("look"), Text("read"), Text("done")]
    assert len(told.messages) == 7
    assert told.ledger.unanswered == 1


def test_a_query_is_the_request(tmp_path):
    """Newer 1.x: ``query`` holds what the step was sent, also where the attempt failed and was repeated."""
    retry = [SYSTEM, ISSUE, {"role": "assistant", "content": "oops"}, seen("no call found")]
    history = [SYSTEM, ISSUE, called("look", "ls", "c1"), answered("c1", "a.py")]
    steps = [step("oops", "", query=[SYSTEM, ISSUE]), step("look", "ls", "a.py", query=retry)]
    told = only(save(tmp_path / "a.traj", steps, history))
    assert [contents(told, turn) for turn in range(2)] == [["fix it"], ["fix it", "oops", "no call found"]]
    assert prefix.completion(told, 0).parts == (Text("oops"),)
    assert prefix.completion(told, 1).parts[1].id == "c1"
    assert told.ledger.unanswered == 0
    system, *rest = openai_chat.write_request(prefix.prefix(told, 1))[0]["messages"]
    assert system == {"role": "system", "content": "SETTING: …"}
    assert [message["role"] for message in rest] == ["user", "assistant", "user"]


def test_a_failed_attempt_before_1_0_messages_is_told(tmp_path):
    """Where the state does not hold the failed attempt, the repeated one misses it, and says so."""
    before = [SYSTEM, ISSUE]
    after = [*before, called("look", "ls", "c1"), answered("c1", "a.py")]
    steps = [step("oops", "", messages=before), step("look", "ls", messages=after)]
    told = only(save(tmp_path / "a.traj", steps, after))
    assert [contents(told, turn) for turn in range(2)] == [["fix it"], ["fix it"]]
    assert prefix.fidelity(told, 0).missing == ("tool schemas",)
    assert prefix.fidelity(told, 1).missing == ("tool schemas", "the failed attempt before and what was said of it")


def test_reused_call_ids_are_made_unique(tmp_path):
    """An id that a later call uses again is replaced, with its result, and counted."""
    history = [
        SYSTEM,
        ISSUE,
        called("look", "ls", "c1"),
        answered("c1", "a.py"),
        called("again", "ls", "c1"),
        answered("c1", "b.py"),
    ]
    told = only(save(tmp_path / "a.traj", [step("look", "ls"), step("again", "ls")], history))
    first, second = (part for message in told.messages for part in message.parts if isinstance(part, ToolCall))
    results = [part for message in told.messages for part in message.parts if isinstance(part, ToolResult)]
    assert first.id == "c1"
    assert second.id != "c1"
    assert [(part.call, part.parts[0].text) for part in results] == [("c1", "a.py"), (second.id, "b.py")]
    assert told.ledger.repaired == 1


def test_an_aborted_run_is_read_as_far_as_it_went(tmp_path):
    """A step without an answer is counted; a run without any message is refused."""
    steps = [step("look", "ls", query=[SYSTEM, ISSUE]), step("", "", "Exit due to cost limit", query=[SYSTEM, ISSUE])]
    told = only(
        save(tmp_path / "a.traj", steps, [SYSTEM, ISSUE, said("look", "ls")], info={"exit_status": "exit_cost"})
    )
    assert len(told.turns) == 1
    assert told.ledger.dropped == {"step without an answer": 1}
    with pytest.raises(ImportFault, match="no message"):
        importers.read(save(tmp_path / "b.traj", [], []))


def test_a_file_cut_off_before_its_history_is_told_by_its_steps(tmp_path):
    """What was said and seen is left for mining; the grade is text."""
    path = save(tmp_path / "a.traj", [step("look", "ls", "a.py"), step("done", "submit")], [SYSTEM, ISSUE])
    whole = path.read_text()
    path.write_text(whole[: whole.index('"history"')])
    told = only(path)
    assert [message.parts for message in told.messages] == [(Text("look"),), (Text("a.py"),), (Text("done"),)]
    assert told.fidelity == Fidelity("text", missing=("history",))
    assert told.ledger.dropped == {"truncated value": 1}


@pytest.mark.shared
def test_shared_files_agree_with_a_plain_walk(shared):
    """Turns are the steps, calls and results those of the history, and no prefix holds a later answer."""
    paths = sorted((shared / "transcripts" / "swe_agent_traj").iterdir())
    assert len(paths) == 10
    for path in paths:
        value = json.loads(path.read_text())
        (told,) = swe_agent.read(path)
        assert len(told.turns) == len(value["trajectory"])
        given = [prefix.completion(told, turn) for turn in range(len(told.turns))]
        answers = ["".join(part.text for part in message.parts if isinstance(part, Text)) for message in given]
        assert answers == [item["content"] for item in value["history"] if item["role"] == "assistant"]
        calls = sum(len(item.get("tool_calls") or []) for item in value["history"])
        assert sum(isinstance(p, ToolCall) for m in told.messages for p in m.parts) == calls
        if "messages" not in value["trajectory"][0]:
            results = sum(item["role"] == "tool" for item in value["history"])
            assert sum(isinstance(p, ToolResult) for m in told.messages for p in m.parts) == results
        for k, turn in enumerate(value["trajectory"][1:], 1):
            previous = value["trajectory"][k - 1].get("messages")
            if previous is not None:
                assert len(prefix.prefix(told, k).messages) == len(previous) - 1
                assert turn["response"] not in contents(told, k)[-1:]
        assert told.ledger.unanswered == 0


def test_messages_may_be_the_prompt_of_a_step(tmp_path):
    """Where they were not taken after the step, its answer is what the next ones repeat, calls included."""
    history = [SYSTEM, ISSUE, called("look", "ls", "c1"), answered("c1", "a.py"), called("done", "submit", "c2")]
    steps = [
        step("look", "ls", "a.py", messages=history[:2]),
        step("done", "submit", messages=history[:4]),
    ]
    told = only(save(tmp_path / "a.traj", steps, [*history, answered("c2", "")]))
    assert [part.id for turn in (0, 1) for part in prefix.completion(told, turn).parts[1:]] == ["c1", "c2"]
    assert contents(told, 1) == ["fix it", "look", "a.py"]
