"""pi sessions: lines and trees of entries, compaction, branches, and what the model saw of each."""

import json
from pathlib import Path

import pytest

from replay import importers, prefix
from replay.importers import ImportFault, pi
from replay.records import Image, Reasoning, Text, ToolCall, ToolResult, Usage

HEADER = {"type": "session", "id": "s-1", "timestamp": "2026-01-01T00:00:00Z", "cwd": "/home/dev", "version": 3}


def entry(message, **more):
    return {"type": "message", "timestamp": "2026-01-01T00:00:01Z", "message": message, **more}


def user(text, **more):
    return entry({"role": "user", "content": text}, **more)


def said(*content, model="claude-x", api="anthropic-messages", stop="stop", **more):
    usage = {"input": 3, "output": 9, "cacheRead": 2, "cacheWrite": 1}
    message = {"role": "assistant", "content": list(content), "api": api, "model": model, "usage": usage}
    return entry({**message, "stopReason": stop}, **more)


def text(value):
    return {"type": "text", "text": value}


def call(key, name="read", **arguments):
    return {"type": "toolCall", "id": key, "name": name, "arguments": arguments}


def result(key, value, **more):
    return entry({"role": "toolResult", "toolCallId": key, "toolName": "read", "content": [text(value)], **more})


def log(path: Path, *rows) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def only(path: Path):
    assert importers.identify(path) == "pi"
    (told,) = importers.read(path)
    return told


def texts(told, turn):
    return [
        part.text for message in prefix.prefix(told, turn).messages for part in message.parts if hasattr(part, "text")
    ]


def test_parallel_results_are_one_message_in_the_order_of_the_calls(tmp_path):
    """The structured details of a result are kept, its error flag too."""
    told = only(
        log(
            tmp_path / "s.jsonl",
            HEADER,
            user("go"),
            said(text("looking"), call("a", path="x"), call("b", path="y"), stop="toolUse"),
            result("b", "2", details={"diff": "+1"}, isError=False),
            result("a", "1", isError=True),
            said(text("done")),
        )
    )
    assert told.messages[1].parts == (
        Text("looking"),
        ToolCall("a", "read", {"path": "x"}),
        ToolCall("b", "read", {"path": "y"}),
    )
    assert told.messages[2].parts == (
        ToolResult("a", (Text("1"),), is_error=True, form="blocks"),
        ToolResult("b", (Text("2"),), is_error=False, form="blocks", detail={"diff": "+1"}),
    )
    assert told.messages[2].lines == (4, 5)
    assert [turn.prefix for turn in told.turns] == [((0, 1),), ((0, 3),)]
    answer = prefix.completion(told, 0)
    assert (answer.model, answer.stop) == ("claude-x", "toolUse")
    assert answer.usage == Usage(input=3, cache_read=2, cache_write=1, output=9)
    assert told.setups[0].api == "anthropic"
    assert told.messages[0].origin == "typed"
    assert (told.source.session, told.source.cwd, told.source.version) == ("s-1", "/home/dev", "3")
    assert told.fidelity.missing == ("system prompt", "tool schemas")


def test_thoughts_keep_their_signatures(tmp_path):
    """Of the Responses API the whole reasoning item stands in the signature."""
    item = json.dumps({"type": "reasoning", "id": "rs_1", "encrypted_content": "gAAA"})
    thought = {"type": "thinking", "thinking": "hm", "thinkingSignature": "sig"}
    hidden = {"type": "thinking", "thinking": "so", "thinkingSignature": item}
    told = only(
        log(
            tmp_path / "s.jsonl",
            HEADER,
            user([text("go"), {"type": "image", "data": "AAAA", "mimeType": "image/png"}]),
            said(thought, text("a")),
            said(hidden, text("b"), model="gpt-x", api="openai-responses"),
        )
    )
    assert told.messages[0].parts == (Text("go"), Image("image/png", "AAAA"))
    assert told.messages[1].parts[0] == Reasoning("hm", signature="sig")
    assert told.messages[2].parts[0] == Reasoning("so", encrypted="gAAA", id="rs_1")
    assert [setup.api for setup in told.setups] == ["anthropic", "openai-responses"]


def test_after_a_compaction_the_model_sees_the_summary_and_what_was_kept(tmp_path):
    """Entries before the first kept one are gone from the prefix, not from the pool."""
    told = only(
        log(
            tmp_path / "s.jsonl",
            HEADER,
            user("one", id="1", parentId=None),
            said(text("two"), id="2", parentId="1"),
            user("three", id="3", parentId="2"),
            said(text("four"), id="4", parentId="3"),
            {"type": "compaction", "id": "5", "parentId": "4", "summary": "SUM", "firstKeptEntryId": "3"},
            user("six", id="6", parentId="5"),
            said(text("seven"), id="7", parentId="6"),
        )
    )
    assert [texts(told, turn) for turn in range(3)] == [
        ["one"],
        ["one", "two", "three"],
        ["SUM", "three", "four", "six"],
    ]
    assert len(told.messages) == 7
    assert "wording around the summary" in told.fidelity.missing


def test_branches_are_turns_of_their_own(tmp_path):
    """Going back to an earlier entry and on from there leaves the other branch out of the prefix."""
    told = only(
        log(
            tmp_path / "s.jsonl",
            HEADER,
            user("one", id="1", parentId=None),
            said(text("two"), id="2", parentId="1"),
            user("left", id="3", parentId="2"),
            said(text("left answer"), id="4", parentId="3"),
            user("right", id="5", parentId="2"),
            said(text("right answer"), id="6", parentId="5"),
        )
    )
    assert [texts(told, turn) for turn in range(3)] == [["one"], ["one", "two", "left"], ["one", "two", "right"]]
    assert [prefix.completion(told, turn).parts[0].text for turn in range(3)] == ["two", "left answer", "right answer"]
    assert len(told.messages) == 6


def test_machinery_is_counted(tmp_path):
    """Settings, labels and answers that never came are no messages; shell commands of the user are."""
    shell = {"role": "bashExecution", "command": "ls", "output": "a.py", "exitCode": 0}
    told = only(
        log(
            tmp_path / "s.jsonl",
            HEADER,
            user("go"),
            {"type": "model_change", "provider": "anthropic", "modelId": "x"},
            said(stop="aborted"),
            {"type": "label", "targetId": "1", "label": "here"},
            entry(shell),
            entry({**shell, "excludeFromContext": True}),
            3,
            said(text("done")),
        )
    )
    assert told.ledger.dropped == {
        "entry: model_change": 1,
        "answer without content: aborted": 1,
        "entry: label": 1,
        "shell command kept from the model": 1,
        "row that is no object": 1,
    }
    assert texts(told, 0) == ["go", "ls\na.py"]


def test_a_call_without_a_result_is_counted(tmp_path):
    """An aborted call is unanswered; a file without messages is refused."""
    told = only(log(tmp_path / "s.jsonl", HEADER, user("go"), said(call("a"), stop="aborted"), user("again")))
    assert told.ledger.unanswered == 1
    with pytest.raises(ImportFault, match="no message"):
        importers.read(log(tmp_path / "t.jsonl", HEADER))


@pytest.mark.shared
def test_shared_sessions_agree_with_a_plain_walk(shared):
    """Answers with content are turns, calls and results are all there, in one line."""
    (path,) = (shared / "transcripts" / "pi_session").iterdir()
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    spoken = [row["message"] for row in rows if row["type"] == "message"]
    (told,) = pi.read(path)
    answers = [message for message in spoken if message["role"] == "assistant" and message["content"]]
    assert len(told.turns) == len(answers)
    calls = [block["id"] for message in answers for block in message["content"] if block["type"] == "toolCall"]
    assert [p.id for m in told.messages for p in m.parts if isinstance(p, ToolCall)] == calls
    results = sorted(message["toolCallId"] for message in spoken if message["role"] == "toolResult")
    assert sorted(p.call for m in told.messages for p in m.parts if isinstance(p, ToolResult)) == results
    assert told.ledger.unanswered == len(set(calls) - set(results))
    last = told.turns[-1]
    assert last.prefix == ((0, last.message),)
    details = sum("details" in message for message in spoken)
    assert sum(isinstance(p, ToolResult) and p.detail is not None for m in told.messages for p in m.parts) == details


def test_a_session_of_factory_droid_names_its_agent(tmp_path):
    """Its rows are as pi's, but for the header; results are blocks of Anthropic's in a user message."""
    use = {"type": "tool_use", "id": "t1", "name": "Read", "input": {"file_path": "/home/dev/a.py"}}
    back = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "x = 1"}]}
    start = {"type": "session_start", "id": "d-1", "title": "go", "owner": "dev", "cwd": "/home/dev"}
    told = only(log(tmp_path / "droid.jsonl", start, user("go"), said(use), entry(back), said(text("done"))))
    assert (told.source.agent, told.source.session, told.source.cwd) == ("Factory Droid", "d-1", "/home/dev")
    assert prefix.prefix(told, 1).messages[2].parts == (ToolResult("t1", (Text("x = 1"),), form="string"),)
    assert told.ledger.dropped == {}


def test_a_row_whose_type_is_no_text_is_left_out(tmp_path):
    """A list in its place is one row less, no error."""
    whole = only(log(tmp_path / "s.jsonl", HEADER, user("go"), said(text("done"))))
    odd = only(log(tmp_path / "t.jsonl", HEADER, user("go"), {"type": ["x"]}, said(text("done"))))
    assert [message.parts for message in odd.messages] == [message.parts for message in whole.messages]
