"""Message lists of data sets and vendors: every shape, tools in the text or beside it, and what is not theirs."""

import json
from pathlib import Path

import pytest

from replay import importers, prefix
from replay.importers import ImportFault, messages
from replay.records import Fidelity, Text, Tool, ToolCall, ToolResult

SYSTEM = {"role": "system", "content": "You may call <function=bash>."}
ASK = {"role": "user", "content": "fix it"}
SAID = {"role": "assistant", "content": "<function=bash>ls</function>"}
BACK = {"role": "user", "content": "OBSERVATION: a.py"}


def call(key, name="bash", arguments='{"cmd":"ls"}'):
    return {"id": key, "type": "function", "function": {"name": name, "arguments": arguments}}


def lines(path: Path, *rows) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def only(path: Path):
    assert importers.identify(path) == "messages"
    (told,) = importers.read(path)
    return told


def test_each_row_is_a_session(tmp_path):
    """A fine-tuning file: text calls, so nothing is missing; the row's id is the session's."""
    row = {"messages": [SYSTEM, ASK, SAID, BACK, SAID], "instance_id": "shop-1"}
    path = lines(tmp_path / "ft.jsonl", row, {**row, "instance_id": "shop-2"})
    assert importers.identify(path) == "messages"
    first, second = importers.read(path)
    assert (first.source.session, second.source.session) == ("shop-1", "shop-2")
    assert first.id == second.id
    assert first.setups[0].system == (Text(SYSTEM["content"]),)
    assert [(turn.message, turn.prefix) for turn in first.turns] == [(1, ((0, 1),)), (3, ((0, 3),))]
    assert first.fidelity == Fidelity("full", recovered=("system prompt",))


def test_structured_calls_need_their_schemas(tmp_path):
    """Tools of the row, as objects or as JSON text, are the setup's; without them the grade is partial."""
    talk = [
        SYSTEM,
        ASK,
        {"role": "assistant", "content": None, "tool_calls": [call("c1"), call("c2")]},
        {"role": "tool", "tool_call_id": "c2", "content": "b"},
        {"role": "tool", "tool_call_id": "c1", "content": "a"},
    ]
    schema = {"type": "object"}
    tools = json.dumps([{"type": "function", "function": {"name": "bash", "description": "d", "parameters": schema}}])
    with_tools, without = importers.read(
        lines(tmp_path / "a.jsonl", {"messages": talk, "tools": tools, "id": 7}, {"messages": talk, "id": 8})
    )
    assert with_tools.setups[0].tools == (Tool("bash", "d", schema),)
    assert (with_tools.fidelity.grade, without.fidelity.grade) == ("full", "partial")
    assert without.fidelity.missing == ("tool schemas",)
    assert with_tools.messages[2].parts == (
        ToolResult("c1", (Text("a"),)),
        ToolResult("c2", (Text("b"),)),
    )
    assert with_tools.source.session == "7"


def test_anthropic_blocks_are_read_too(tmp_path):
    """Calls and results as content blocks: the result becomes a message of its own, text after it stays."""
    use = {"type": "tool_use", "id": "t1", "name": "Read", "input": {"path": "a.py"}}
    result = {"type": "tool_result", "tool_use_id": "t1", "content": "x = 1", "is_error": False}
    told = only(
        lines(
            tmp_path / "a.jsonl",
            {
                "messages": [
                    ASK,
                    {"role": "assistant", "content": [{"type": "text", "text": "reading"}, use]},
                    {"role": "user", "content": [result, {"type": "text", "text": "and now?"}]},
                ],
                "source": "x",
            },
        )
    )
    assert [message.role for message in told.messages] == ["user", "assistant", "tool", "user"]
    assert told.messages[1].parts == (Text("reading"), ToolCall("t1", "Read", {"path": "a.py"}))
    assert told.messages[2].parts == (ToolResult("t1", (Text("x = 1"),), is_error=False),)
    assert told.messages[3].parts == (Text("and now?"),)
    assert told.fidelity.missing == ("system prompt", "tool schemas")


def test_share_gpt_is_text_throughout(tmp_path):
    """Calls stand in the text, so what a tool says is the next thing the model is told."""
    talk = [
        {"from": "system", "value": "<tools>[]</tools>"},
        {"from": "human", "value": "go"},
        {"from": "gpt", "value": "<tool_call>{}</tool_call>"},
        {"from": "tool", "value": "<tool_response>ok</tool_response>"},
        {"from": "gpt", "value": "done"},
    ]
    told = only(lines(tmp_path / "a.jsonl", {"conversations": talk, "model": "hermes", "completed": True}))
    assert [message.role for message in told.messages] == ["user", "assistant", "user", "assistant"]
    assert told.messages[2].origin == "tool"
    assert told.fidelity.grade == "full"
    assert prefix.completion(told, 0).model == "hermes"


def test_share_gpt_function_calls_are_calls(tmp_path):
    """``function_call`` and ``observation`` have no ids: results follow their calls, and the ids are counted."""
    talk = [
        {"from": "human", "value": "go"},
        {"from": "function_call", "value": '{"name": "ls", "arguments": {"path": "."}}'},
        {"from": "observation", "value": "a.py"},
    ]
    told = only(lines(tmp_path / "a.jsonl", {"conversations": talk, "system": "be brief"}))
    (asked,) = told.messages[1].parts
    assert (asked.name, asked.arguments) == ("ls", {"path": "."})
    assert told.messages[2].parts[0].call == asked.id
    assert told.ledger.repaired == 1
    assert told.setups[0].system == (Text("be brief"),)


def test_a_vendors_doubled_calls_are_told_once(tmp_path):
    """``trajectory.json``: calls stand in the content and beside it; prompt and times come from the metadata."""
    value = {
        "messages": [
            {
                "role": "user",
                "content": [{"type": "text", "text": "go"}],
                "_metadata": {"timestamp": "2026-01-01T00:00:00Z"},
            },
            {
                "role": "assistant",
                "content": [
                    {"type": "text", "text": "looking"},
                    {"type": "tool_call", "tool_call_id": "c1", "tool_name": "bash", "arguments": {"cmd": "ls"}},
                ],
                "tool_calls": [call("c1")],
            },
            {
                "role": "tool",
                "tool_call_id": "c1",
                "content": [{"type": "tool_output", "tool_call_id": "c1", "output": "a.py"}],
            },
        ],
        "meta": {"session_meta": {"id": "s-1", "cwd": "/home/dev", "base_instructions": {"text": "You are Codex."}}},
    }
    path = tmp_path / "trajectory.json"
    path.write_text(json.dumps(value, indent=2))
    told = only(path)
    assert told.setups[0].system == (Text("You are Codex."),)
    assert told.messages[1].parts == (Text("looking"), ToolCall("c1", "bash", {"cmd": "ls"}))
    assert told.messages[2].parts == (ToolResult("c1", (Text("a.py"),)),)
    assert told.messages[0].time == "2026-01-01T00:00:00Z"
    assert (told.source.session, told.source.cwd) == ("s-1", "/home/dev")


@pytest.mark.parametrize("form", ["list", "pretty", "lines"])
def test_bare_messages_are_one_session(tmp_path, form):
    """A list on one line, a list over many, or one message a line."""
    talk = [SYSTEM, ASK, SAID, BACK]
    path = tmp_path / "a.json"
    text = {"list": json.dumps(talk), "pretty": json.dumps(talk, indent=1), "lines": "\n".join(map(json.dumps, talk))}
    path.write_text(text[form])
    told = only(path)
    assert [message.role for message in told.messages] == ["user", "assistant", "user"]
    assert told.setups[0].system is not None


def test_a_list_a_line_is_a_session_a_line(tmp_path):
    """Lists of messages on several lines stay apart."""
    first, second = importers.read(lines(tmp_path / "a.jsonl", [ASK, SAID], [ASK, SAID, BACK]))
    assert (len(first.messages), len(second.messages)) == (2, 3)


def test_a_long_first_row_is_looked_at_whole(tmp_path):
    """What lies beyond the first 64 KiB of a line tells a data set from a request."""
    long = {"role": "user", "content": "x" * 100_000}
    row = {"messages": [long, SAID]}
    assert importers.identify(lines(tmp_path / "a.jsonl", {**row, "instance_id": "i"})) == "messages"
    assert importers.identify(lines(tmp_path / "b.jsonl", {**row, "model": "m", "tools": []})) == "requests"


def test_a_long_request_body_is_read_as_one(tmp_path):
    """Where the model stands too far down to be seen, the body still is a request, and exact."""
    path = tmp_path / "body.json"
    long = {"role": "user", "content": "x" * 100_000}
    path.write_text(json.dumps({"messages": [long, SAID, BACK], "model": "m", "temperature": 0.5}, indent=1))
    (told,) = importers.read(path)
    assert told.source.format == "requests"
    assert told.setups[0].params == {"temperature": 0.5}


def test_what_cannot_be_read_is_counted_where_it_stands(tmp_path):
    """Bad lines after a session are in its ledger, those after the last one too; unknown roles are counted."""
    path = lines(tmp_path / "a.jsonl", {"messages": [ASK, {"role": "narrator", "content": "x"}, SAID], "id": "a"})
    path.write_text(path.read_text() + "{broken}\n" + json.dumps({"messages": [ASK, SAID], "id": "b"}) + "\n[3]\n")
    first, second = importers.read(path)
    assert first.ledger.dropped == {"message without a known role or content": 1, "line that is no JSON": 1}
    assert second.ledger.dropped == {"row without messages": 1}
    with pytest.raises(ImportFault, match="no list of messages"):
        list(messages.read(lines(tmp_path / "b.jsonl", {"messages": []}, {"messages": None})))


@pytest.mark.shared
def test_shared_rows_agree_with_a_plain_walk(shared):
    """The fine-tuning file: every row, every message, every text."""
    (path,) = (shared / "transcripts" / "messages_jsonl").iterdir()
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    told = list(messages.read(path))
    assert [transcript.source.session for transcript in told] == [row["instance_id"] for row in rows]
    for row, transcript in zip(rows, told, strict=True):
        texts = [part.text for message in transcript.messages for part in message.parts]
        assert texts == [message["content"] for message in row["messages"] if message["role"] != "system"]
        assert len(transcript.turns) == sum(message["role"] == "assistant" for message in row["messages"])
        assert transcript.fidelity.grade == "full"
