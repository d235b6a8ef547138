"""Gemini CLI: session files, their journal, contents of the API, and headless streams."""

import json
from pathlib import Path

import pytest
from imported import only, seen

from replay import importers
from replay.importers import ImportFault, gemini
from replay.records import Image, Message, Opaque, Reasoning, Text, Tool, ToolCall, ToolResult, Usage

HEAD = {"sessionId": "s-1", "projectHash": "h", "startTime": "2026-01-01T00:00:00Z", "directories": ["/home/dev/shop"]}


def user(name, content):
    return {"id": name, "type": "user", "content": content, "timestamp": "2026-01-01T00:00:01Z"}


def said(name, content="", *calls, **more):
    return {"id": name, "type": "gemini", "content": content, "model": "gemini-x", "toolCalls": list(calls), **more}


def call(key, output="ok", name="read_file", **more):
    response = {"functionResponse": {"id": key, "name": name, "response": {"output": output}}}
    return {"id": key, "name": name, "args": {"path": "a.py"}, "result": [response], "status": "success", **more}


@pytest.fixture
def file(tmp_path: Path):
    """Writes values, one a line or a single one, and reads the one transcript in the file."""

    def write(*values):
        path = tmp_path / "session.json"
        lone = len(values) == 1
        path.write_text(json.dumps(values[0], indent=2) if lone else "".join(json.dumps(v) + "\n" for v in values))
        return only(path, "gemini")

    return write


# --- session files -------------------------------------------------------------------------------------------


def test_a_message_with_calls_is_an_answer_and_its_results(file):
    """Thoughts, text and calls are one assistant message; the results in its calls follow as one message."""
    thoughts = [{"subject": "Plan", "description": "read it"}]
    counts = {"input": 100, "output": 8, "cached": 60, "thoughts": 5, "tool": 0, "total": 113}
    shown = {"fileDiff": "-x\n+y", "fileName": "a.py", "originalContent": "x", "newContent": "y"}
    found = file(
        {
            **HEAD,
            "messages": [
                user("u1", [{"text": "go"}, "now"]),
                {"id": "i1", "type": "info", "content": "update available"},
                said(
                    "g1", "reading", call("c1"), call("c2", "y", resultDisplay=shown), thoughts=thoughts, tokens=counts
                ),
                said("g2", "done"),
            ],
        }
    )
    assert [message.role for message in found.messages] == ["user", "assistant", "tool", "assistant"]
    assert found.messages[0].parts == (Text("go"), Text("now"))
    answer = found.messages[1]
    assert answer.parts == (
        Reasoning("Plan\nread it"),
        Text("reading"),
        ToolCall("c1", "read_file", {"path": "a.py"}),
        ToolCall("c2", "read_file", {"path": "a.py"}),
    )
    assert (answer.id, answer.model) == ("g1", "gemini-x")
    assert answer.usage == Usage(input=40, cache_read=60, output=13, reasoning=5)
    assert found.messages[2].parts == (
        ToolResult("c1", (Text("ok"),), detail={"status": "success"}),
        ToolResult("c2", (Text("y"),), detail={"status": "success", "resultDisplay": shown}),
    )
    assert [(turn.message, turn.prefix) for turn in found.turns] == [(1, ((0, 1),)), (3, ((0, 3),))]
    assert found.ledger.dropped == {"message `info` of the client": 1}
    assert found.fidelity.grade == "partial"
    assert {"system prompt", "tool schemas", "thought signatures"} <= set(found.fidelity.missing)
    assert (found.source.session, found.source.cwd, found.source.agent) == ("s-1", "/home/dev/shop", "Gemini CLI")


def test_failed_and_cancelled_calls(file):
    """An ``error`` response is a failed result; a call without any is unanswered."""
    failed = call("c1")
    failed["result"][0]["functionResponse"]["response"] = {"error": "no such file"}
    cancelled = {**call("c2"), "result": None, "status": "cancelled"}
    found = file({**HEAD, "messages": [user("u1", "go"), said("g1", "", failed, cancelled)]})
    assert found.messages[2].parts == (
        ToolResult("c1", (Text("no such file"),), is_error=True, detail={"status": "success"}),
    )
    assert found.ledger.unanswered == 1


def test_a_session_file_that_is_cut_off_is_read_as_far_as_it_goes(tmp_path):
    """Messages before the cut are there, and the ledger tells of the cut."""
    whole = json.dumps({**HEAD, "messages": [user("u1", "go"), said("g1", "hi"), user("u2", "more")]}, indent=2)
    path = tmp_path / "session.json"
    path.write_text(whole[: whole.index("more")])
    (found,) = importers.read(path)
    assert [message.parts for message in found.messages] == [(Text("go"),), (Text("hi"),)]
    assert found.ledger.dropped["truncated value"] == 1


# --- the journal ---------------------------------------------------------------------------------------------


def test_a_later_record_replaces_the_earlier_one_of_its_id(file):
    """A message is written again when its calls are done: it is one message, with the last content, in its place."""
    found = file(
        HEAD,
        user("u1", "go"),
        said("g1"),
        said("g1", "", call("c1")),
        {"$set": {"lastUpdated": "x"}},
        said("g2", "done"),
    )
    assert [message.role for message in found.messages] == ["user", "assistant", "tool", "assistant"]
    assert found.messages[1].lines == (3, 3)
    assert [turn.prefix for turn in found.turns] == [((0, 1),), ((0, 3),)]


def test_a_rewind_takes_back_a_message_and_all_after_it(file):
    """Later prefixes are without what was taken back; the turns before keep what they saw."""
    found = file(
        HEAD,
        user("u1", "go"),
        said("g1", "one"),
        user("u2", "wrong"),
        said("g2", "two"),
        {"$rewindTo": "u2"},
        user("u3", "right"),
        said("g3", "three"),
    )
    assert seen(found, 1) == ["go", "one", "wrong"]
    assert seen(found, 2) == ["go", "one", "right"]
    assert len(found.messages) == 6


def test_a_rewind_to_an_unknown_message_takes_back_all(file):
    """As the client does it."""
    found = file(HEAD, user("u1", "go"), said("g1", "one"), {"$rewindTo": "?"}, user("u2", "new"), said("g2", "two"))
    assert seen(found, 1) == ["new"]


def test_replaced_messages_are_what_the_model_sees_next(file):
    """``$set.messages`` is a new history; messages that are in it unchanged are not stored twice."""
    history = [user("s1", "<summary>"), said("g1", "one")]
    found = file(
        HEAD, user("u1", "go"), said("g1", "one"), {"$set": {"messages": history}}, user("u2", "on"), said("g2", "two")
    )
    assert seen(found, 0) == ["go"]
    assert seen(found, 1) == ["<summary>", "one", "on"]
    assert len(found.messages) == 5


# --- contents ------------------------------------------------------------------------------------------------

CONTENTS = [
    {"role": "user", "parts": [{"text": "<session_context>\nmac\n</session_context>"}]},
    {"role": "user", "parts": [{"text": "go"}, {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}]},
    {
        "role": "model",
        "parts": [
            {"text": "hm", "thought": True},
            {"functionCall": {"name": "read_file", "args": {"path": "a.py"}, "id": "c1"}, "thoughtSignature": "sig"},
            {"functionCall": {"name": "read_file", "args": {"path": "b.py"}, "id": "c2"}},
        ],
    },
    {
        "role": "user",
        "parts": [
            {"functionResponse": {"id": key, "name": "read_file", "response": {"output": key}}} for key in ("c1", "c2")
        ],
    },
    {"role": "model", "parts": [{"text": "done"}, {"executableCode": {"code": "1"}}]},
]


def test_contents_are_messages_as_they_are(file):
    """Thoughts, their signatures, parallel calls and results; the client's preamble is told from what was typed."""
    found = file(CONTENTS)
    assert [(message.role, message.origin) for message in found.messages] == [
        ("user", "client"),
        ("user", "typed"),
        ("assistant", "model"),
        ("tool", "tool"),
        ("assistant", "model"),
    ]
    assert found.messages[1].parts == (Text("go"), Image("image/png", "AAAA"))
    assert found.messages[2].parts == (
        Reasoning("hm"),
        Reasoning(signature="sig"),
        ToolCall("c1", "read_file", {"path": "a.py"}),
        ToolCall("c2", "read_file", {"path": "b.py"}),
    )
    assert found.messages[3].parts == (ToolResult("c1", (Text("c1"),)), ToolResult("c2", (Text("c2"),)))
    assert found.messages[4].parts == (Text("done"), Opaque("gemini", CONTENTS[4]["parts"][1]))
    assert [(turn.message, turn.prefix) for turn in found.turns] == [(2, ((0, 2),)), (4, ((0, 4),))]
    assert found.fidelity.missing == ("system prompt", "tool schemas")


def test_calls_without_ids_are_paired_by_name_and_order(file):
    """The API may give no ids: fresh ones are made and counted."""
    calls = [{"functionCall": {"name": name, "args": {}}} for name in ("a", "b", "a")]
    back = [
        {"functionResponse": {"name": name, "response": {"output": text}}}
        for name, text in (("a", "1"), ("a", "3"), ("b", "2"))
    ]
    found = file(
        [
            {"role": "user", "parts": [{"text": "go"}]},
            {"role": "model", "parts": calls},
            {"role": "user", "parts": back},
        ]
    )
    one, two, three = (part.id for part in found.messages[1].parts)
    assert [(part.call, part.parts[0].text) for part in found.messages[2].parts] == [
        (one, "1"),
        (three, "3"),
        (two, "2"),
    ]
    assert len({one, two, three}) == found.ledger.repaired == 3


def test_a_request_gives_its_system_prompt_and_tools(file):
    """Beside ``contents`` a request may hold both; then nothing is missing."""
    declared = {"name": "read_file", "description": "d", "parametersJsonSchema": {"type": "object"}}
    found = file(
        {
            "model": "models/gemini-x",
            "systemInstruction": {"parts": [{"text": "be brief"}]},
            "tools": [{"functionDeclarations": [declared]}],
            "contents": CONTENTS,
        }
    )
    assert found.setups[0].system == (Text("be brief"),)
    assert found.setups[0].tools == (Tool("read_file", "d", {"type": "object"}),)
    assert (found.setups[0].model, found.fidelity.grade) == ("gemini-x", "full")


def test_a_checkpoint_holds_contents(file):
    """``/chat save`` writes them under ``history``."""
    assert len(file({"history": CONTENTS, "authType": "x"}).turns) == 2


# --- headless streams ----------------------------------------------------------------------------------------


def test_pieces_of_a_stream_are_joined(file):
    """Text comes in pieces; calls and results are paired by id; an answer ends where a result comes."""
    found = file(
        {"type": "init", "session_id": "s-1", "model": "gemini-x", "timestamp": "2026-01-01T00:00:00Z"},
        {"type": "message", "role": "user", "content": "go"},
        {"type": "message", "role": "assistant", "content": "rea", "delta": True},
        {"type": "message", "role": "assistant", "content": "ding", "delta": True},
        {"type": "tool_use", "tool_name": "read_file", "tool_id": "c1", "parameters": {"path": "a.py"}},
        {"type": "tool_use", "tool_name": "read_file", "tool_id": "c2", "parameters": {"path": "b.py"}},
        {"type": "tool_result", "tool_id": "c2", "status": "error", "error": {"type": "X", "message": "no"}},
        {"type": "tool_result", "tool_id": "c1", "status": "success", "output": "x = 1"},
        {"type": "tool_result", "tool_id": "c9", "status": "success", "output": "?"},
        {"type": "message", "role": "assistant", "content": "done", "delta": True},
        {"type": "result", "status": "success", "stats": {}},
    )
    assert found.messages[1].parts == (
        Text("reading"),
        ToolCall("c1", "read_file", {"path": "a.py"}),
        ToolCall("c2", "read_file", {"path": "b.py"}),
    )
    assert found.messages[2].parts == (
        ToolResult("c2", (Text("no"),), is_error=True),
        ToolResult("c1", (Text("x = 1"),)),
    )
    assert [(turn.message, turn.prefix) for turn in found.turns] == [(1, ((0, 1),)), (3, ((0, 3),))]
    assert (found.setups[0].model, found.source.session) == ("gemini-x", "s-1")
    assert found.ledger.dropped == {"result without a call": 1, "row `result`": 1}


# --- bad input and real files --------------------------------------------------------------------------------


def test_odd_shapes_are_counted(file):
    """Unknown rows, messages and parts never stop an import."""
    found = file(
        HEAD, 7, {"x": 1}, user("u1", [3, "go"]), user("u2", None), said(None, "hi", 7), {"$set": {"messages": 3}}
    )
    assert [message.parts for message in found.messages] == [(Text("go"),), (Text("hi"),)]
    assert found.ledger.dropped == {
        "row that is no message, head or change": 2,
        "part of an unknown shape": 1,
        "user message without content": 1,
        "call of an unknown shape": 1,
    }


def test_a_session_without_messages_is_refused(tmp_path):
    """A head alone is no session."""
    path = tmp_path / "session.jsonl"
    path.write_text(json.dumps(HEAD) + "\n")
    with pytest.raises(ImportFault, match="holds no message of a Gemini session"):
        list(gemini.read(path))


@pytest.mark.shared
def test_real_files_agree_with_a_plain_count(shared: Path):
    """Answers, calls, results and thoughts of every file are as many as a walk over the JSON finds."""
    (session,) = (shared / "transcripts/gemini_session_json").iterdir()
    told = json.loads(session.read_text())["messages"]
    answers = [each for each in told if each["type"] == "gemini"]
    calls = [each for answer in answers for each in answer.get("toolCalls", ())]
    (found,) = importers.read(session)
    assert len(found.turns) == len(answers)
    assert _count(found.messages, ToolCall) == _count(found.messages, ToolResult) == len(calls)
    assert _count(found.messages, Reasoning) == sum(len(answer.get("thoughts", ())) for answer in answers)
    (trajectory,) = (shared / "transcripts/gemini_contents").iterdir()
    contents = json.loads(trajectory.read_text())
    parts = [part for content in contents for part in content["parts"]]
    (found,) = importers.read(trajectory)
    assert [len(message.parts) for message in found.messages if message.role != "assistant"] == [
        len(content["parts"]) for content in contents if content["role"] == "user"
    ]
    assert len(found.turns) == sum(content["role"] == "model" for content in contents)
    assert _count(found.messages, ToolCall) == sum("functionCall" in part for part in parts)
    assert _count(found.messages, ToolResult) == sum("functionResponse" in part for part in parts)
    signed = sum("thoughtSignature" in part for part in parts)
    assert _count(found.messages, Reasoning) == sum("thought" in part for part in parts) + signed
    assert found.ledger.repaired == found.ledger.unanswered == 0


def _count(messages: tuple[Message, ...], kind: type) -> int:
    return sum(isinstance(part, kind) for message in messages for part in message.parts)
