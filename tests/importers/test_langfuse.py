"""Langfuse traces: prompts as JSON text in several frameworks' words, wrappers, lost prompts."""

import json
from collections import Counter

import pytest

from replay import importers, prefix
from replay.importers import ImportFault
from replay.records import Text, ToolCall, ToolResult


def observation(key, kind, second, *, parent=None, given=None, gave=None, **more):
    return {
        "id": key,
        "traceId": "trace-1",
        "type": kind,
        "name": more.pop("name", key),
        "parentObservationId": parent,
        "startTime": f"2026-01-01T00:00:{second:02}.000Z",
        "endTime": f"2026-01-01T00:00:{second + 1:02}.000Z",
        "input": json.dumps(given) if given is not None else None,
        "output": json.dumps(gave) if gave is not None else None,
        **more,
    }


def trace(path, *observations):
    path.write_text(json.dumps({"trace": {"id": "trace-1", "sessionId": "s-1"}, "observations": list(observations)}))
    return path


SYSTEM = {"role": "system", "content": "be kind"}
USER = {"role": "user", "content": "weather?"}
CALL = {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city":"Rome"}'}}
CALLED = {"role": "assistant", "content": None, "tool_calls": [CALL]}
RESULT = {"role": "tool", "tool_call_id": "call_1", "content": "sunny"}
SUNNY = {"role": "assistant", "content": "It is sunny."}
TOOLS = [{"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}]


def test_generations_that_repeat_their_prompt_share_its_messages(tmp_path):
    """Two generations of an agent loop: one transcript, two turns, each message once, results paired."""
    path = trace(
        tmp_path / "t.json",
        observation(
            "b",
            "GENERATION",
            3,
            given={"messages": [SYSTEM, USER, CALLED, RESULT], "tools": TOOLS},
            gave=SUNNY,
            model="m-1",
            usageDetails={"input": 9, "output": 2},
        ),
        observation("a", "GENERATION", 1, given={"messages": [SYSTEM, USER], "tools": TOOLS}, gave=CALLED, model="m-1"),
    )
    assert importers.identify(path) == "langfuse"
    (found,) = importers.read(path)
    assert [message.role for message in found.messages] == ["user", "assistant", "tool", "assistant"]
    assert [(turn.message, turn.prefix) for turn in found.turns] == [(1, ((0, 1),)), (3, ((0, 3),))]
    assert found.setups[0].system == (Text("be kind"),)
    assert found.setups[0].tools[0].name == "get_weather"
    assert found.messages[1].parts == (ToolCall("call_1", "get_weather", {"city": "Rome"}),)
    assert found.messages[2].parts == (ToolResult("call_1", (Text("sunny"),)),)
    assert (found.messages[3].usage.input, found.messages[3].model) == (9, "m-1")
    assert found.fidelity.grade == "full"
    assert found.source.session == "s-1"
    assert found.ledger.unanswered == 0


def test_a_wrapper_of_generations_is_not_told_twice(tmp_path):
    """The span around a generation repeats it; it is counted, not kept."""
    path = trace(
        tmp_path / "t.json",
        observation("outer", "GENERATION", 1, given={"prompt": "weather?"}, gave="It is sunny."),
        observation("inner", "GENERATION", 2, parent="outer", given=[USER], gave=SUNNY),
        observation("root", "SPAN", 0),
    )
    (found,) = importers.read(path)
    assert len(found.turns) == 1
    assert found.ledger.dropped == {"span that repeats the generations inside it": 1, "observation of type SPAN": 1}


def test_a_lost_prompt_goes_on_from_what_came_before(tmp_path):
    """The tool ran between the two generations: its output is the result, and the turn says that this is inferred."""
    path = trace(
        tmp_path / "t.json",
        observation(
            "a",
            "GENERATION",
            1,
            given=[USER],
            gave={
                "role": "assistant",
                "content": [{"type": "tool_use", "id": "t1", "name": "mcp__w__get", "input": {"city": "Rome"}}],
            },
        ),
        observation(
            "x",
            "TOOL",
            2,
            name="mcp__w__get",
            given={"input": {"city": "Rome"}},
            gave={"content": [{"type": "text", "text": "sunny"}]},
        ),
        observation("b", "GENERATION", 3, given={"content": "role"}, gave=SUNNY),
    )
    (found,) = importers.read(path)
    assert found.messages[2].parts == (ToolResult("t1", (Text("sunny"),), form="blocks"),)
    assert found.turns[1].prefix == ((0, 3),)
    assert found.turns[1].fidelity.inferred == ("earlier messages of the conversation",)
    assert found.fidelity.missing == ("system prompt", "tool schemas")


def test_a_prompt_that_begins_with_a_result_goes_on(tmp_path):
    """Frameworks whose server keeps the conversation send only what is new."""
    part = {"type": "tool_call", "id": "call_1", "name": "get_weather", "arguments": '{"city":"Rome"}'}
    answer = {"type": "tool_call_response", "id": "call_1", "response": "sunny"}
    path = trace(
        tmp_path / "t.json",
        observation(
            "a",
            "GENERATION",
            1,
            given=[{"role": "user", "parts": [{"type": "text", "content": "weather?"}]}],
            gave=[{"role": "assistant", "parts": [part]}],
        ),
        observation(
            "b",
            "GENERATION",
            3,
            given=[{"role": "tool", "parts": [answer]}],
            gave=[{"role": "assistant", "parts": [{"type": "text", "content": "ok"}]}],
        ),
    )
    (found,) = importers.read(path)
    told = prefix.prefix(found, 1).messages
    assert [message.role for message in told] == ["user", "assistant", "tool"]
    assert told[2].parts == (ToolResult("call_1", (Text("sunny"),)),)


@pytest.mark.parametrize(
    "gave",
    [
        {"choices": [{"message": CALLED, "finish_reason": "tool_calls"}]},
        [{"toolCallId": "call_1", "toolName": "get_weather", "input": '{"city":"Rome"}'}],
        {
            "role": "assistant",
            "content": [
                {"type": "tool-call", "toolCallId": "call_1", "toolName": "get_weather", "args": {"city": "Rome"}}
            ],
        },
        {
            "candidates": [
                {
                    "content": {
                        "role": "model",
                        "parts": [{"functionCall": {"id": "call_1", "name": "get_weather", "args": {"city": "Rome"}}}],
                    }
                }
            ]
        },
        {
            "generations": [
                [
                    {
                        "text": "",
                        "message": {
                            "lc": 1,
                            "id": ["x", "AIMessage"],
                            "kwargs": {
                                "content": "",
                                "tool_calls": [
                                    {
                                        "id": "call_1",
                                        "name": "get_weather",
                                        "args": {"city": "Rome"},
                                        "type": "tool_call",
                                    }
                                ],
                            },
                        },
                    }
                ]
            ]
        },
    ],
    ids=["chat completion", "Vercel calls", "Vercel message", "Gemini", "LangChain"],
)
def test_a_call_is_the_same_in_every_framework(tmp_path, gave):
    """Whatever the framework calls it, the answer is one call with its arguments."""
    (found,) = importers.read(trace(tmp_path / "t.json", observation("a", "GENERATION", 1, given=[USER], gave=gave)))
    (part,) = found.messages[1].parts
    assert (part.id, part.name, part.arguments) == ("call_1", "get_weather", {"city": "Rome"})


def test_rows_of_observations_are_read(tmp_path):
    """An export may be one observation a line."""
    path = tmp_path / "t.jsonl"
    rows = [observation("a", "GENERATION", 1, given=[USER], gave=SUNNY), observation("s", "EVENT", 2)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert importers.identify(path) == "langfuse"
    assert importers.read(path)[0].ledger.dropped == {"observation of type EVENT": 1}


def test_a_trace_without_messages_is_a_fault(tmp_path):
    """Spans of a web server are nothing to replay."""
    with pytest.raises(ImportFault, match="holds no call of a model"):
        importers.read(trace(tmp_path / "t.json", observation("a", "SPAN", 1)))


@pytest.mark.shared
def test_the_collections_traces_agree_with_a_plain_count(shared):
    """Per file: turns are the generations without a generation inside, calls and results those of the tool spans."""
    for path in sorted((shared / "transcripts/langfuse_trace").glob("*.json")):
        rows = json.loads(path.read_text())["observations"]
        generations = [row for row in rows if row["type"] == "GENERATION"]
        around = {row["parentObservationId"] for row in generations}
        found = importers.read(path)
        assert sum(len(one.turns) for one in found) == sum(row["id"] not in around for row in generations), path.name
        parts = Counter(type(part) for one in found for message in one.messages for part in message.parts)
        tools = sum(row["type"] == "TOOL" for row in rows)
        assert (parts[ToolCall], parts[ToolResult]) == (tools, tools), path.name


def test_observations_in_a_trace_need_not_name_it(tmp_path):
    """They stand in it."""
    one = observation("a", "GENERATION", 1, given={"messages": [SYSTEM, USER]}, gave=SUNNY, model="m-1")
    del one["traceId"]
    path = trace(tmp_path / "t.json", one)
    assert importers.identify(path) == "langfuse"
    (found,) = importers.read(path)
    assert [turn.prefix for turn in found.turns] == [((0, 1),)]
