"""Importing OpenHands: V0 events and evaluation output, logs of single calls, V1 events."""

import json
from collections import Counter

import pytest

from replay import importers, prefix
from replay.importers import ImportFault
from replay.records import Image, Reasoning, Text, ToolCall, ToolResult
from replay.wire import openai_chat


def write(path, *values):
    path.write_text("".join(json.dumps(value) + "\n" for value in values), encoding="utf-8")
    return path


def only(path, name):
    assert importers.identify(path) == name
    (found,) = importers.read(path)
    return found


def parts(told, kind):
    return [part for message in told.messages for part in message.parts if isinstance(part, kind)]


# --- V0 ------------------------------------------------------------------------------------------------------

RUN = {
    "type": "function",
    "function": {"name": "execute_bash", "description": "Run.", "parameters": {"type": "object"}},
}


def event(number, source="agent", **more):
    return {"id": number, "timestamp": f"2025-01-20T20:29:{number:02}.0", "source": source, "message": "", **more}


def action(number, kind, source="agent", metadata=None, **args):
    extra = {} if metadata is None else {"tool_call_metadata": metadata}
    return event(number, source, action=kind, args=args, **extra)


def observation(number, kind, content="", cause=None, metadata=None, **extras):
    extra = {} if metadata is None else {"tool_call_metadata": metadata}
    cause = {} if cause is None else {"cause": cause}
    return event(number, observation=kind, content=content, extras=extras, **cause, **extra)


def called(key, response, *calls, content=None):
    """Metadata of a call ``key`` of a response with ``calls`` (id, name, arguments)."""
    tools = [
        {"id": one, "type": "function", "index": 1, "function": {"name": name, "arguments": json.dumps(given)}}
        for one, name, given in calls
    ]
    body = {
        "id": response,
        "created": 1737433775,
        "model": "claude-x",
        "choices": [{"finish_reason": "tool_calls", "message": {"content": content, "tool_calls": tools}}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 3},
    }
    return {"function_name": calls[0][1], "tool_call_id": key, "model_response": body, "total_calls_in_response": 1}


def test_actions_of_one_response_are_one_answer_and_its_results_one_message(tmp_path):
    """Two calls of a response, answered in the other order with a word of the user between; an edit keeps its texts."""
    both = (
        ("t1", "execute_bash", {"command": "ls"}),
        ("t2", "str_replace_editor", {"command": "create", "path": "/w/a.py", "file_text": "x"}),
    )
    frame = {"prefix": "", "suffix": "\n[exit 0]", "exit_code": 0, "working_dir": "/w"}
    path = write(
        tmp_path / "t.json",
        [
            action(0, "system", content="You are an agent.", tools=[RUN], openhands_version="0.35.0"),
            action(1, "message", "user", content="make a.py", image_urls=["data:image/png;base64,AAAA"]),
            action(2, "recall", "user", query=""),
            action(3, "run", metadata=called("t1", "r1", *both, content="I look."), command="ls", thought="I look."),
            action(4, "edit", metadata=called("t2", "r1", *both, content="I look."), path="/w/a.py"),
            observation(
                5,
                "edit",
                "diff",
                cause=4,
                old_content=None,
                new_content="x",
                formatted_output_and_error="File created successfully at: /w/a.py",
            ),
            action(6, "message", "user", content="and tests"),
            observation(7, "run", "a", cause=3, command="ls", hidden=False),
            event(8, "environment", observation="agent_state_changed", content="", extras={}),
            action(9, "message", content="done"),
        ],
    )
    value = json.loads(path.read_text())
    value[7]["extras"]["metadata"] = frame
    told = only(write(path, value), "openhands_events")
    assert [message.role for message in told.messages] == ["user", "assistant", "tool", "user", "assistant"]
    assert told.messages[0].parts == (Text("make a.py"), Image("image/png", "AAAA"))
    assert told.messages[1].parts[0] == Text("I look.")
    assert [part.arguments for part in parts(told, ToolCall)] == [both[0][2], both[1][2]]
    listed, created = told.messages[2].parts
    assert (listed.call, listed.parts) == ("t1", (Text("a\n[exit 0]"),))
    assert (created.call, created.parts) == ("t2", (Text("File created successfully at: /w/a.py"),))
    assert (created.detail["old_content"], created.detail["new_content"]) == (None, "x")
    assert told.messages[3].parts == (Text("and tests"),)
    assert [turn.prefix for turn in told.turns] == [((0, 1),), ((0, 4),)]
    setup = told.setups[told.turns[0].setup]
    assert (setup.system, setup.model) == ((Text("You are an agent."),), "claude-x")
    assert [tool.name for tool in setup.tools] == ["execute_bash"]
    assert (told.source.version, told.source.cwd) == ("0.35.0", "/w")
    assert told.fidelity.grade == "full"
    assert told.ledger.dropped == {"event: recall": 1, "event: agent_state_changed": 1}
    assert told.messages[1].usage.output == 3


def test_ids_that_a_gateway_counts_are_told_apart_by_cause(tmp_path):
    """Two responses use the id t1: the second call gets a fresh id, each result is at its own call."""
    run = [("t1", "execute_bash", {"command": "ls"})]
    path = write(
        tmp_path / "t.json",
        [
            action(1, "message", "user", content="go"),
            action(2, "run", metadata=called("t1", "r1", *run), command="ls"),
            observation(3, "run", "one", cause=2),
            action(4, "run", metadata=called("t1", "r2", *run), command="ls"),
            observation(5, "run", "two", cause=4),
            observation(6, "run", "again", cause=4),
            action(7, "run", metadata=called("t1", "r3", *run), command="ls"),
        ],
    )
    told = only(path, "openhands_events")
    calls, results = parts(told, ToolCall), parts(told, ToolResult)
    assert [call.id for call in calls] == ["t1", "call_1", "call_2"]
    assert [(result.call, result.parts[0].text) for result in results] == [("t1", "one"), ("call_1", "two")]
    assert (told.ledger.repaired, told.ledger.unanswered) == (2, 1)
    assert told.ledger.dropped == {"result without its call": 1}
    assert told.fidelity.grade == "partial"
    assert {"system prompt", "tool schemas"} <= set(told.fidelity.missing)


def test_condensed_events_are_gone_from_later_prefixes(tmp_path):
    """Events 2 to 5 are forgotten and told by a summary after the system prompt and the first message."""
    path = write(
        tmp_path / "t.jsonl",
        action(0, "system", content="You are an agent.", tools=[RUN]),
        action(1, "message", "user", content="go"),
        action(2, "run", metadata=called("t1", "r1", ("t1", "execute_bash", {"command": "ls"})), command="ls"),
        observation(3, "run", "one", cause=2),
        action(4, "run", metadata=called("t2", "r2", ("t2", "execute_bash", {"command": "pwd"})), command="pwd"),
        observation(5, "run", "two", cause=4),
        action(6, "message", "user", content="more"),
        action(
            7,
            "condensation",
            forgotten_events_start_id=2,
            forgotten_events_end_id=5,
            summary="looked",
            summary_offset=2,
        ),
        action(8, "message", content="done"),
    )
    told = only(path, "openhands_events")
    seen = prefix.prefix(told, 2).messages
    assert [(message.role, message.parts[0].text) for message in seen] == [
        ("user", "go"),
        ("user", "looked"),
        ("user", "more"),
    ]
    assert prefix.completion(told, 2).parts == (Text("done"),)
    assert len(prefix.prefix(told, 1).messages) == 3


def test_flat_actions_of_2024_are_read_with_their_pairs(tmp_path):
    """Arguments beside the action, entries as pairs: calls by the names of the agent's tools, results by order."""
    row = {
        "issue": {"owner": "o", "repo": "viewer", "number": 5},
        "instruction": "fix it",
        "git_patch": "",
        "history": [
            {"content": "fix it", "wait_for_response": False, "action": "message"},
            [
                {"command": "touch L", "thought": "I create it.", "keep_prompt": True, "action": "run"},
                {"content": "ok", "command_id": -1, "command": "touch L", "exit_code": 0, "observation": "run"},
            ],
            {"code": "write('L')", "thought": "", "action": "run_ipython", "kernel_init_code": "import x"},
            {"content": "written", "code": "write('L')", "observation": "run_ipython"},
            {"outputs": {}, "thought": "Done.", "action": "finish"},
        ],
    }
    told = only(write(tmp_path / "output.jsonl", row), "openhands_output")
    assert [message.role for message in told.messages] == [
        "user",
        "assistant",
        "tool",
        "assistant",
        "tool",
        "assistant",
    ]
    assert told.messages[1].parts[0] == Text("I create it.")
    assert [(call.name, call.arguments) for call in parts(told, ToolCall)] == [
        ("execute_bash", {"command": "touch L"}),
        ("execute_ipython_cell", {"code": "write('L')"}),
        ("finish", {"outputs": {}}),
    ]
    assert [result.parts[0].text for result in parts(told, ToolResult)] == ["ok", "written"]
    assert "tool calls from actions" in told.fidelity.inferred
    assert (told.source.session, told.ledger.unanswered) == ("viewer#5", 1)
    assert told.ledger.repaired == 0


def test_an_instance_without_history_is_counted_and_the_others_are_read(tmp_path):
    """Three instances, one broken line: two transcripts; settings and model come from the metadata."""
    good = {
        "instance_id": "a",
        "instruction": "i",
        "metadata": {"llm_config": {"model": "m", "temperature": 0.5, "top_p": None}},
        "history": [action(1, "message", "user", content="go"), action(2, "message", content="done")],
    }
    path = write(tmp_path / "output.jsonl", good, {"instance_id": "b", "instruction": "i", "history": None})
    path.write_text(path.read_text() + "{broken}\n" + json.dumps({**good, "instance_id": "c"}) + "\n")
    first, second = importers.read(path)
    assert (first.source.session, second.source.session) == ("a", "c")
    assert second.ledger.dropped == {"instance without a history": 1, "line that is no JSON": 1}
    assert first.setups[0].params == {"temperature": 0.5}
    assert first.setups[0].model == "m"


def test_an_instance_that_is_cut_off_is_read_as_far_as_it_goes(tmp_path):
    """The only line ends inside its third event: the first two are there, the rest and the cut are counted."""
    history = [action(1, "message", "user", content="go"), action(2, "message", content="done"), action(3, "finish")]
    whole = json.dumps({"instance_id": "a", "instruction": "i", "history": history})
    path = tmp_path / "output.jsonl"
    path.write_text(whole[:-40])
    told = only(path, "openhands_output")
    assert [message.role for message in told.messages] == ["user", "assistant"]
    assert told.ledger.dropped == {"truncated value": 1, "value that is no event": 1}


def test_values_that_are_no_events_never_crash(tmp_path):
    """Nulls and wrong types are counted; a trajectory in which nobody speaks is refused."""
    odd = [
        None,
        7,
        {"action": None},
        {"observation": 5},
        event(3, action="run", args=None),
        observation(4, "run", cause=9),
    ]
    odd[4]["tool_call_metadata"] = {"model_response": "x", "tool_call_id": 7}
    told = only(write(tmp_path / "t.json", [action(1, "message", "user", content="go"), *odd]), "openhands_events")
    assert len(told.turns) == 1
    assert sum(told.ledger.dropped.values()) == 5
    with pytest.raises(ImportFault, match="no message"):
        importers.read(write(tmp_path / "u.json", [observation(1, "null")]))


# --- logs of calls --------------------------------------------------------------------------------------------

SYSTEM = {"role": "system", "content": [{"type": "text", "text": "You are an agent."}]}
ASKED = {"role": "user", "content": [{"type": "text", "text": "go"}]}


def answer(message):
    return {
        "id": "c1",
        "model": "proxy/claude-x",
        "created": 1757015025,
        "choices": [{"finish_reason": "stop", "message": {"role": "assistant", **message}}],
        "usage": {"prompt_tokens": 12, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 2}},
    }


def test_a_logged_call_is_one_turn_and_its_request_comes_back(tmp_path):
    """The body that is written from the transcript has the captured messages, tools and parameters."""
    thought = [{"type": "thinking", "thinking": "hm", "signature": "sig"}]
    row = {
        "messages": [SYSTEM, ASKED],
        "tools": [RUN],
        "kwargs": {"temperature": 0.0, "tools": [RUN], "extra_body": {"metadata": {"host": "x"}}},
        "context_window": 1000,
        "response": answer({"content": "done", "thinking_blocks": thought, "reasoning_content": "hm"}),
        "timestamp": 1757015025.5,
    }
    told = only(write(tmp_path / "log.json", row), "openhands_log")
    body, notes = openai_chat.write_request(prefix.prefix(told, 0))
    assert notes == ()
    assert body == {
        "model": "proxy/claude-x",
        "temperature": 0.0,
        "tools": [RUN],
        "messages": [SYSTEM, ASKED],
    }
    said = prefix.completion(told, 0)
    assert said.parts == (Reasoning("hm", signature="sig"), Text("done"))
    assert (said.usage.input, said.usage.cache_read, said.usage.output) == (10, 2, 5)
    assert said.time == "2025-09-04T19:43:45.500000Z"
    assert told.fidelity.grade == "exact"


def test_a_call_spoken_in_text_is_read_in_its_tool_calls(tmp_path):
    """Where the log has both, the calls are found and the grade says that the request was another text."""
    call = {"id": "t1", "type": "function", "function": {"name": "execute_bash", "arguments": '{"command":"ls"}'}}
    row = {
        "messages": [{"role": "system", "content": "Call with <function=…>."}, {"role": "user", "content": "go"}],
        "raw_messages": [SYSTEM, ASKED],
        "tools": [RUN],
        "kwargs": {"stop": ["</function"]},
        "response": answer({"content": "I look.", "tool_calls": [call]}),
        "raw_response": answer({"content": "I look.\n<function=execute_bash>"}),
    }
    told = only(write(tmp_path / "log.json", row), "openhands_log")
    assert parts(told, ToolCall) == [ToolCall("t1", "execute_bash", {"command": "ls"})]
    assert told.setups[0].params == {}
    assert (told.fidelity.grade, told.fidelity.inferred) == ("full", ("tool calls from text",))


@pytest.mark.parametrize(
    "row",
    [
        {"messages": [ASKED], "kwargs": {}, "response": None},
        {"messages": [7], "kwargs": {}, "response": answer({"content": "x"})},
        {"messages": [ASKED], "kwargs": {}, "response": answer({"content": None})},
    ],
    ids=["without an answer", "without a request", "with an empty answer"],
)
def test_a_log_that_holds_no_whole_call_is_refused(tmp_path, row):
    """One sentence, no traceback."""
    with pytest.raises(ImportFault, match="holds"):
        importers.read(write(tmp_path / "log.json", row))


# --- V1 ------------------------------------------------------------------------------------------------------


def v1(number, kind, source="agent", **more):
    return {"id": f"e{number}", "timestamp": f"2026-06-16T05:39:{number:02}", "source": source, "kind": kind, **more}


def block(told):
    return {"cache_prompt": False, "type": "text", "text": told}


def act(number, key, response, *, thought=(), **more):
    return v1(
        number,
        "ActionEvent",
        thought=[block(told) for told in thought],
        tool_name="terminal",
        tool_call_id=key,
        tool_call={"id": key, "name": "terminal", "arguments": '{"command": "ls"}'},
        llm_response_id=response,
        action={"kind": "TerminalAction", "command": "ls"},
        **more,
    )


def observed(number, key, cause, told, **more):
    seen = {"content": [block(told)], "is_error": False, "metadata": {"working_dir": "/w"}, "kind": "X"} | more
    return v1(
        number,
        "ObservationEvent",
        "environment",
        tool_call_id=key,
        tool_name="terminal",
        action_id=cause,
        observation=seen,
    )


def test_v1_events_become_the_messages_the_model_saw(tmp_path):
    """Parallel calls told one after another with results between are one answer; blocks lose the SDK's own marks."""
    schema = {"type": "object", "properties": {}}
    path = write(
        tmp_path / "events.jsonl",
        v1(
            0,
            "SystemPromptEvent",
            system_prompt=block("You are an agent."),
            dynamic_context=block("Host: x"),
            tools=[{"name": "terminal", "description": "Run.", "input_schema": schema}],
        ),
        v1(
            1,
            "MessageEvent",
            "user",
            llm_message={"role": "user", "content": [block("go"), {"type": "image", "image_urls": ["http://x/y.png"]}]},
            extended_content=[block("a skill")],
        ),
        v1(
            2, "ConversationStateUpdateEvent", key="stats", value={"usage_to_metrics": {"default": {"model_name": "m"}}}
        ),
        act(
            3,
            "t1",
            "r1",
            thought=["I look."],
            thinking_blocks=[{"type": "thinking", "thinking": "hm", "signature": "sig"}],
            reasoning_content="hm",
        ),
        observed(4, "t1", "e3", "one", is_error=True),
        act(5, "t2", "r1"),
        v1(6, "AgentErrorEvent", tool_call_id="t2", tool_name="terminal", error="no such tool"),
        v1(7, "MessageEvent", llm_message={"role": "assistant", "content": [block("done")]}, llm_response_id="r2"),
    )
    told = only(path, "openhands_v1")
    assert [message.role for message in told.messages] == ["user", "assistant", "tool", "assistant"]
    assert told.messages[0].parts == (Text("go"), Image(url="http://x/y.png"), Text("a skill"))
    assert told.messages[1].parts == (
        Reasoning("hm", signature="sig"),
        Text("I look."),
        ToolCall("t1", "terminal", {"command": "ls"}, raw='{"command": "ls"}'),
        ToolCall("t2", "terminal", {"command": "ls"}, raw='{"command": "ls"}'),
    )
    first, second = told.messages[2].parts
    assert (first.call, first.parts, first.is_error) == ("t1", (Text("one"),), True)
    assert (second.call, second.parts, second.is_error) == ("t2", (Text("no such tool"),), True)
    assert told.setups[0].system == (Text("You are an agent."), Text("Host: x"))
    assert [tool.schema for tool in told.setups[0].tools] == [schema]
    assert (told.setups[0].model, told.source.cwd, told.fidelity.grade) == ("m", "/w", "full")
    assert [turn.prefix for turn in told.turns] == [((0, 1),), ((0, 3),)]
    assert told.ledger.dropped == {"event: ConversationStateUpdateEvent": 1}


def test_v1_condensation_hides_responses_with_their_results(tmp_path):
    """The forgotten response and its result go, the summary comes after the first message."""
    path = write(
        tmp_path / "events.jsonl",
        v1(1, "MessageEvent", "user", llm_message={"role": "user", "content": [block("go")]}),
        act(2, "t1", "r1"),
        observed(3, "t1", "e2", "one"),
        act(4, "t2", "r2"),
        observed(5, "t2", "e4", "two"),
        v1(6, "Condensation", "environment", forgotten_event_ids=["e2", "e3"], summary="looked", summary_offset=1),
        v1(7, "UnheardOfEvent", "environment"),
        act(8, "t3", "r3"),
    )
    told = only(path, "openhands_v1")
    seen = prefix.prefix(told, 2).messages
    assert [message.role for message in seen] == ["user", "user", "assistant", "tool"]
    assert seen[1].parts == (Text("looked"),)
    assert seen[2].parts[0].id == "t2"
    assert told.ledger.unanswered == 1
    assert told.ledger.dropped == {"event: UnheardOfEvent": 1}
    assert {"system prompt", "tool schemas"} <= set(told.fidelity.missing)


# --- the collection -------------------------------------------------------------------------------------------


def walk(history):
    """Responses, calls and answered calls of a V0 history, counted from its events alone."""
    responses = {e["tool_call_metadata"]["model_response"]["id"] for e in history if e.get("tool_call_metadata")}
    plain = sum(e.get("action") == "message" and e["source"] == "agent" for e in history)
    calls = [e for e in history if e.get("action") and e.get("tool_call_metadata")]
    caused = {e["cause"] for e in history if e.get("observation") and "cause" in e}
    edits = sum(e["action"] == "edit" for e in calls)
    return len(responses) + plain, len(calls), sum(e["id"] in caused for e in calls), edits


@pytest.mark.shared
def test_the_shared_v0_histories_agree_with_a_count_of_their_events(shared):
    """Turns, calls, results and edits of all five histories, counted by walking the JSON."""
    found = []
    for folder in ("openhands_events", "openhands_output_jsonl"):
        for path in sorted((shared / "transcripts" / folder).iterdir()):
            text = path.read_text(encoding="utf-8")
            rows = (
                [json.loads(line)["history"] for line in text.splitlines()] if "jsonl" in folder else [json.loads(text)]
            )
            told = importers.read(path)
            assert len(told) == len(rows)
            found += zip(told, rows, strict=True)
    assert len(found) == 5
    for told, row in found:
        calls, results = parts(told, ToolCall), parts(told, ToolResult)
        answered = {result.call for result in results}
        edits = sum(isinstance(r.detail, dict) and r.detail["observation"] == "edit" for r in results)
        assert (len(told.turns), len(calls), len(results), edits) == walk(row)
        assert told.ledger.unanswered == sum(call.id not in answered for call in calls)
        for message in told.messages:
            assert all(isinstance(part, ToolResult) for part in message.parts) == (message.role == "tool")


@pytest.mark.shared
def test_the_shared_logs_agree_with_a_count_of_their_json(shared):
    """One turn a file; calls and results of the request and its answer, counted by walking the JSON."""
    paths = sorted((shared / "transcripts/openhands_llm_log").iterdir())
    assert len(paths) == 5
    sessions = Counter()
    for path in paths:
        row = json.loads(path.read_text(encoding="utf-8"))
        said = [*row.get("raw_messages", row["messages"]), row["response"]["choices"][0]["message"]]
        (told,) = importers.read(path)
        assert len(told.turns) == 1
        assert len(told.messages) == len(said) - 1
        assert len(parts(told, ToolCall)) == sum(len(message.get("tool_calls") or ()) for message in said)
        assert len(parts(told, ToolResult)) == sum(message["role"] == "tool" for message in said)
        body, _ = openai_chat.write_request(prefix.prefix(told, 0))
        assert body["messages"] == said[:-1]
        sessions[told.source.session] += 1
    assert sorted(sessions.values()) == [1, 4]


@pytest.mark.shared
def test_the_shared_v1_events_agree_with_a_count_of_their_kinds(shared):
    """An action is a call, a result is one whose action is in the file."""
    (path,) = (shared / "transcripts/openhands_v1_events").iterdir()
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    actions = {row["id"]: row for row in rows if row["kind"] == "ActionEvent"}
    answered = [row for row in rows if row["kind"] == "ObservationEvent" and row["action_id"] in actions]
    (told,) = importers.read(path)
    assert len(told.turns) == len({row["llm_response_id"] for row in actions.values()})
    assert len(parts(told, ToolCall)) == len(actions)
    assert len(parts(told, ToolResult)) == len(answered)
