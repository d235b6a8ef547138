"""mini-swe-agent: three generations of the file, and what the model saw of each."""

import json
from pathlib import Path

import pytest

from replay import importers, prefix
from replay.importers import ImportFault, mini_swe
from replay.records import Fidelity, Reasoning, Text, ToolCall, ToolResult, Usage
from replay.wire import openai_chat

PROMPT = {"role": "system", "content": "Your response must contain exactly ONE bash code block."}
TASK = {"role": "user", "content": "Fix it."}
ASKED = {"role": "assistant", "content": "THOUGHT: look\n\n```bash\nls\n```"}
OUTPUT = {"role": "user", "content": "<returncode>0</returncode>\n<output>\na.py\n</output>"}


def only(path: Path):
    assert importers.identify(path) == "mini_swe"
    (told,) = importers.read(path)
    return told


def save(path: Path, value) -> Path:
    path.write_text(json.dumps(value, indent=2))
    return path


def whole(*messages, form="mini-swe-agent-1", **info):
    model = {"model_name": "acme/coder", "model_kwargs": {"temperature": 0.0}}
    info = {"mini_version": "1.15.0", "config": {"model": model, "environment": {"cwd": "/testbed"}}, **info}
    return {"info": info, "messages": list(messages), "trajectory_format": form, "instance_id": "shop-1"}


def test_a_bare_list_is_a_complete_text_session(tmp_path):
    """Before 1.0 the file is the messages: the system prompt moves to the setup, each answer is a turn."""
    told = only(save(tmp_path / "a.traj.json", [PROMPT, TASK, ASKED, OUTPUT, ASKED]))
    assert told.setups[0].system == (Text(PROMPT["content"]),)
    assert told.setups[0].tools == ()
    assert [message.role for message in told.messages] == ["user", "assistant", "user", "assistant"]
    assert [(turn.message, turn.prefix) for turn in told.turns] == [(1, ((0, 1),)), (3, ((0, 3),))]
    assert told.fidelity == Fidelity("full", recovered=("system prompt",))
    body, notes = openai_chat.write_request(prefix.prefix(told, 1))
    assert (body["messages"], notes) == ([PROMPT, TASK, ASKED, OUTPUT], ())


def test_the_raw_response_tells_model_usage_and_thinking(tmp_path):
    """Since 1.0 the answer carries its response; the thinking is kept, and was not sent again."""
    message = {"role": "assistant", "content": ASKED["content"], "reasoning": "hm"}
    usage = {
        "prompt_tokens": 100,
        "completion_tokens": 7,
        "prompt_tokens_details": {"cached_tokens": 60},
        "completion_tokens_details": {"reasoning_tokens": 3},
    }
    response = {
        "id": "gen-1",
        "model": "acme/coder-2",
        "created": 1763509911,
        "choices": [{"finish_reason": "stop", "message": message}],
        "usage": usage,
    }
    told = only(save(tmp_path / "a.json", whole(PROMPT, TASK, {**ASKED, "extra": {"response": response}}, OUTPUT)))
    answer = prefix.completion(told, 0)
    assert answer.parts == (Reasoning("hm"), Text(ASKED["content"]))
    assert (answer.id, answer.model, answer.stop) == ("gen-1", "acme/coder-2", "stop")
    assert answer.time == "2025-11-18T23:51:51Z"
    assert answer.usage == Usage(input=40, cache_read=60, output=7, reasoning=3)
    assert (told.setups[0].model, told.setups[0].params) == ("acme/coder", {"temperature": 0.0})
    source = told.source
    assert (source.session, source.agent, source.version, source.cwd) == (
        "shop-1",
        "mini-swe-agent",
        "1.15.0",
        "/testbed",
    )


def test_tool_calls_of_version_2_are_paired(tmp_path):
    """Parallel results stand in one message, in the order of their calls; the schemas are not in the file."""
    calls = [
        {"id": key, "type": "function", "function": {"name": "bash", "arguments": json.dumps({"command": command})}}
        for key, command in (("c1", "ls"), ("c2", "pwd"))
    ]
    told = only(
        save(
            tmp_path / "a.json",
            whole(
                {"role": "system", "content": "Help."},
                TASK,
                {"role": "assistant", "content": None, "tool_calls": calls, "extra": {"timestamp": 1763509911}},
                {"role": "tool", "tool_call_id": "c2", "content": "/testbed", "extra": {"returncode": 0}},
                {"role": "tool", "tool_call_id": "c1", "content": "a.py", "extra": {"returncode": 0}},
                {"role": "exit", "content": "", "extra": {"exit_status": "Submitted"}},
                form="mini-swe-agent-1.1",
            ),
        )
    )
    assert told.messages[1].parts == (
        ToolCall("c1", "bash", {"command": "ls"}, '{"command": "ls"}'),
        ToolCall("c2", "bash", {"command": "pwd"}, '{"command": "pwd"}'),
    )
    assert told.messages[2].parts == (
        ToolResult("c1", (Text("a.py"),), detail={"returncode": 0}),
        ToolResult("c2", (Text("/testbed"),), detail={"returncode": 0}),
    )
    assert told.fidelity == Fidelity("partial", recovered=("system prompt",), missing=("tool schemas",))
    assert told.ledger.dropped == {"exit message, which the model did not see": 1}


def test_answers_of_the_responses_api_are_read(tmp_path):
    """Version 2 keeps the response object as the message, and results as items."""
    response = {
        "object": "response",
        "model": "gpt-x",
        "status": "completed",
        "output": [
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "looking"}]},
            {"type": "function_call", "call_id": "c1", "name": "bash", "arguments": '{"command":"ls"}'},
        ],
        "usage": {"input_tokens": 10, "output_tokens": 4},
    }
    output = {"type": "function_call_output", "call_id": "c1", "output": "a.py", "extra": {"returncode": 0}}
    told = only(save(tmp_path / "a.json", whole(PROMPT, TASK, response, output, form="mini-swe-agent-1.1")))
    assert told.setups[0].api == "openai-responses"
    assert told.messages[1].parts == (Text("looking"), ToolCall("c1", "bash", {"command": "ls"}))
    assert told.messages[1].usage == Usage(input=10, output=4)
    assert told.messages[2].parts == (ToolResult("c1", (Text("a.py"),), detail={"returncode": 0}),)
    assert told.ledger.unanswered == 0


def test_a_rejected_answer_is_counted(tmp_path):
    """What the agent could not parse is not in the messages of version 2; the ledger says so."""
    feedback = {
        "role": "user",
        "content": "exactly ONE action, please",
        "extra": {"interrupt_type": "FormatError", "response": {"choices": []}},
    }
    told = only(save(tmp_path / "a.json", whole(PROMPT, TASK, feedback, ASKED, form="mini-swe-agent-1.1")))
    assert told.ledger.dropped == {"answer that the agent could not parse and did not keep": 1}
    assert [message.role for message in told.messages] == ["user", "user", "assistant"]


def test_a_file_that_is_cut_off_is_read_as_far_as_it_goes(tmp_path):
    """The end lies inside the last message: those before it are told, and the ledger tells of the cut."""
    text = json.dumps(whole(PROMPT, TASK, ASKED, OUTPUT, ASKED))
    path = tmp_path / "cut.json"
    path.write_text(text[: text.rindex("THOUGHT")])
    told = only(path)
    assert [message.role for message in told.messages][:3] == ["user", "assistant", "user"]
    assert told.ledger.dropped["truncated value"] == 1


@pytest.mark.parametrize("messages", [[], None, [None, 3, {"role": None}]], ids=["none", "null", "junk"])
def test_a_trajectory_without_messages_is_refused(tmp_path, messages):
    """Nothing usable is a fault of the file, in one sentence."""
    path = save(tmp_path / "a.json", {"trajectory_format": "mini-swe-agent-1", "messages": messages})
    with pytest.raises(ImportFault, match="no message"):
        importers.read(path)


@pytest.mark.shared
def test_shared_files_agree_with_a_plain_walk(shared):
    """Messages, turns and thoughts of every file, counted straight off the JSON."""
    paths = sorted((shared / "transcripts" / "mini_swe_traj").iterdir())
    assert len(paths) == 20
    for path in paths:
        value = json.loads(path.read_text())
        items = value if isinstance(value, list) else value["messages"]
        (told,) = mini_swe.read(path)
        roles = [item["role"] for item in items]
        assert len(told.messages) == len(items) - roles.count("system")
        assert len(told.turns) == roles.count("assistant")
        sent = [item["content"] for item in items if item["role"] != "system"]
        assert ["".join(p.text for p in m.parts if isinstance(p, Text)) for m in told.messages] == sent
        said = [item["extra"]["response"]["choices"][0]["message"] for item in items if "extra" in item]
        thinking = sum(bool(message.get("reasoning")) for message in said)
        thoughts = sum(isinstance(p, Reasoning) and bool(p.text) for m in told.messages for p in m.parts)
        assert thoughts == thinking
        assert told.fidelity.grade == "full"
        assert told.ledger.dropped == {}
