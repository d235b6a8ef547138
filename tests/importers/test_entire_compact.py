"""Entire's compact transcripts: results inside their calls, quirks of version 1, and what they leave out."""

import json
from pathlib import Path

import pytest

from replay import importers, prefix
from replay.importers import ImportFault, entire_compact
from replay.records import Image, Text, ToolCall, ToolResult, Usage

COMPACTED = "This session is being continued from a previous conversation that ran out of context. Summary: …"


def row(kind, content, **more):
    base = {"v": 1, "agent": "claude-code", "cli_version": "0.8.42", "type": kind, "ts": "2026-01-01T00:00:00Z"}
    return {**base, "content": content, **more}


def user(text):
    return row("user", [{"id": "u", "text": text}])


def said(*content, key="m1", **more):
    return row("assistant", list(content), id=key, **more)


def call(key, output=None, status="success", **more):
    block = {"type": "tool_use", "id": key, "name": "Read", "input": {"file_path": "a.py"}}
    return block if output is None else {**block, "result": {"output": output, "status": status, **more}}


def log(path: Path, *rows) -> Path:
    path.write_text("".join(json.dumps(item) + "\n" for item in rows))
    return path


def only(path: Path):
    assert importers.identify(path) == "entire_compact"
    (told,) = importers.read(path)
    return told


def test_results_are_taken_out_of_their_calls(tmp_path):
    """One answer, then its results in one message; what Entire knows of them beside the output is the detail."""
    told = only(
        log(
            tmp_path / "t.jsonl",
            user("go"),
            said(
                {"type": "text", "text": "reading"},
                call("a", "x = 1", file={"filePath": "a.py", "numLines": 1}),
                call("b", "no such file", status="error"),
                input_tokens=5,
                output_tokens=7,
            ),
            said({"type": "text", "text": "done"}, key="m2"),
        )
    )
    asked = (
        Text("reading"),
        ToolCall("a", "Read", {"file_path": "a.py"}),
        ToolCall("b", "Read", {"file_path": "a.py"}),
    )
    assert told.messages[1].parts == asked
    assert told.messages[2].parts == (
        ToolResult(
            "a",
            (Text("x = 1"),),
            is_error=False,
            detail={"status": "success", "file": {"filePath": "a.py", "numLines": 1}},
        ),
        ToolResult("b", (Text("no such file"),), is_error=True, detail={"status": "error"}),
    )
    assert [turn.prefix for turn in told.turns] == [((0, 1),), ((0, 3),)]
    assert prefix.completion(told, 0).usage == Usage(input=5, output=7)
    # the version in the log is that of Entire
    assert (told.source.agent, told.source.version) == ("Claude Code", None)
    assert told.fidelity.grade == "partial"
    assert told.fidelity.missing == ("system prompt", "tool schemas", "reasoning", "attachment text")


def test_a_compaction_begins_anew(tmp_path):
    """After the summary of Claude Code the model no longer sees what came before."""
    first = {"type": "text", "text": "one"}
    told = only(log(tmp_path / "t.jsonl", user("go"), said(first), user(COMPACTED), said(first, key="m2")))
    assert told.turns[1].prefix == ((2, 3),)


def test_the_quirks_of_version_1_are_read(tmp_path):
    """Content may be text or null, pieces of one answer may stand in several rows, images pass through."""
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}
    told = only(
        log(
            tmp_path / "t.jsonl",
            row("user", [{"text": "go"}, image]),
            row("assistant", "hello", id="m1"),
            said(call("a", "1"), key="m2"),
            said(call("b", "2"), key="m2"),
            row("assistant", None, id="m3"),
            row("summary", "x"),
        )
    )
    assert told.messages[0].parts == (Text("go"), Image("image/png", "AAAA"))
    assert told.messages[1].parts == (Text("hello"),)
    assert [part.id for part in told.messages[2].parts] == ["a", "b"]
    assert [part.call for part in told.messages[3].parts] == ["a", "b"]
    assert told.ledger.dropped == {
        "row without content": 1,
        "row that is neither of the user nor of the assistant": 1,
    }


def test_redacted_ids_are_made_unique(tmp_path):
    """A result stands in its call, so it is the right one whatever the ids say."""
    told = only(log(tmp_path / "t.jsonl", user("go"), said(call("REDACTED"), call("REDACTED", "second"))))
    first, second = told.messages[1].parts
    assert first.id != second.id
    assert [(part.call, part.parts) for part in told.messages[2].parts] == [(second.id, (Text("second"),))]
    assert (told.ledger.repaired, told.ledger.unanswered) == (2, 1)


def test_a_file_without_rows_is_refused(tmp_path):
    """Rows of other types alone are nothing to tell."""
    with pytest.raises(ImportFault, match="no row"):
        list(entire_compact.read(log(tmp_path / "t.jsonl", row("note", []))))


@pytest.mark.shared
def test_shared_transcripts_agree_with_a_plain_walk(shared):
    """Every row an answer or a prompt, every call with its result, in the order of the file."""
    (path,) = (shared / "transcripts" / "entire_compact").iterdir()
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    (told,) = entire_compact.read(path)
    assert len(told.turns) == sum(item["type"] == "assistant" for item in rows)
    blocks = [block for item in rows if item["type"] == "assistant" for block in item["content"]]
    uses = [block for block in blocks if block["type"] == "tool_use"]
    calls = [part for message in told.messages for part in message.parts if isinstance(part, ToolCall)]
    results = [part for message in told.messages for part in message.parts if isinstance(part, ToolResult)]
    assert [call.arguments for call in calls] == [block["input"] for block in uses]
    assert [result.parts[0].text if result.parts else "" for result in results] == [
        block["result"]["output"] for block in uses if "result" in block
    ]
    assert told.ledger.dropped == {}
    assert told.ledger.unanswered == sum("result" not in block for block in uses)
