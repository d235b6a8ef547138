"""Copilot CLI events: the prompt as sent, answers with calls, results in order, sub-agents, compaction, rewinds."""

import json
from pathlib import Path

import pytest

from replay import importers, prefix
from replay.importers import ImportFault, copilot
from replay.records import Image, Message, Opaque, Reasoning, Text, ToolCall, ToolResult, Usage


class Events:
    """Rows with ids ``e1``, ``e2`` … chained by ``parentId``."""

    def __init__(self):
        self.rows = []

    def add(self, kind, **data):
        """One more row; its id."""
        last = self.rows[-1]["id"] if self.rows else None
        name = f"e{len(self.rows) + 1}"
        self.rows.append(
            {"type": kind, "data": data, "id": name, "timestamp": "2026-01-01T00:00:00Z", "parentId": last}
        )
        return name

    def user(self, text, **more):
        """What was typed, and as it was sent."""
        return self.add("user.message", content=text, transformedContent=f"<now/>{text}", **more)

    def said(self, content, *requests, **more):
        """An answer with its calls."""
        return self.add(
            "assistant.message", messageId="m", model="gpt-x", content=content, toolRequests=list(requests), **more
        )

    def done(self, key, content="ok", **more):
        """The result of a call."""
        result = {"content": content, "detailedContent": f"full {content}"}
        return self.add("tool.execution_complete", toolCallId=key, success=True, result=result, **more)


def request(key, name="bash", arguments=None):
    return {"toolCallId": key, "name": name, "arguments": arguments or {"command": "ls"}, "type": "function"}


@pytest.fixture
def events():
    """The start of a session: head, model, system prompt."""
    log = Events()
    log.add(
        "session.start", sessionId="s-1", copilotVersion="1.0", selectedModel="gpt-x", context={"cwd": "/home/dev/shop"}
    )
    log.add("session.model_change", newModel="gpt-x", reasoningEffort="medium")
    log.add("system.message", role="system", content="You are Copilot.")
    return log


@pytest.fixture
def read(tmp_path: Path):
    """Writes events to a file and reads the transcripts in it."""

    def write(log):
        path = tmp_path / "events.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in log.rows))
        assert importers.identify(path) == "copilot"
        return importers.read(path)

    return write


def seen(found, turn):
    """The texts of the prefix of a turn."""
    return [
        part.text for message in prefix.prefix(found, turn).messages for part in message.parts if isinstance(part, Text)
    ]


def test_an_answer_and_its_results(events, read):
    """Text as it was sent, reasoning, parallel calls; results stand in the order of the calls, the rest is detail."""
    events.user("go", attachments=[{"mimeType": "image/png", "data": "AAAA"}, {"type": "file", "path": "/a"}])
    calls = [request("c1"), request("c2", "apply_patch", "*** Begin Patch")]
    events.said("looking", *calls, reasoningText="hm", reasoningOpaque="xx", outputTokens=7)
    events.add("tool.execution_start", toolCallId="c1", toolName="bash")
    events.done("c2", "patched", toolTelemetry={"metrics": {}})
    events.add("tool.execution_complete", toolCallId="c1", success=False, error={"message": "denied", "code": "x"})
    events.said("done")
    (found,) = read(events)
    assert [(message.role, message.origin) for message in found.messages] == [
        ("user", "typed"),
        ("assistant", "model"),
        ("tool", "tool"),
        ("assistant", "model"),
    ]
    assert found.messages[0].parts == (
        Text("<now/>go"),
        Image("image/png", "AAAA"),
        Opaque("copilot", {"type": "file", "path": "/a"}),
    )
    assert found.messages[1].parts == (
        Reasoning("hm", encrypted="xx"),
        Text("looking"),
        ToolCall("c1", "bash", {"command": "ls"}),
        ToolCall("c2", "apply_patch", "*** Begin Patch"),
    )
    assert found.messages[1].usage == Usage(output=7)
    first, second = found.messages[2].parts
    assert first == ToolResult(
        "c1", (Text("denied"),), is_error=True, detail={"success": False, "error": {"message": "denied", "code": "x"}}
    )
    assert second.parts == (Text("patched"),)
    assert second.detail == {
        "success": True,
        "toolTelemetry": {"metrics": {}},
        "result": {"detailedContent": "full patched"},
    }
    assert [(turn.message, turn.prefix) for turn in found.turns] == [(1, ((0, 1),)), (3, ((0, 3),))]
    (setup,) = found.setups
    assert (setup.model, setup.system, setup.tools) == ("gpt-x", (Text("You are Copilot."),), None)
    assert setup.params == {"reasoning_effort": "medium"}
    assert (found.fidelity.recovered, found.fidelity.missing) == (("system prompt",), ("tool schemas",))
    assert found.ledger.dropped == {"event `tool.execution_start`": 1}
    source = found.source
    assert (source.session, source.version, source.cwd) == ("s-1", "1.0", "/home/dev/shop")
    assert found.id == prefix.identify(found)


def test_what_the_editor_keeps_for_hooks_is_its_agents_and_lacks_the_results(read):
    """VS Code names itself; a call that went well tells nothing of what came back."""
    events = Events()
    events.add("session.start", sessionId="s-2", producer="copilot-agent", copilotVersion="0.51", vscodeVersion="1.123")
    events.add("user.message", content="go", attachments=[])
    events.said("", request("c1", "read_file", {"filePath": "/w/a.py"}))
    events.add("tool.execution_complete", toolCallId="c1", success=True)
    events.said("done")
    (found,) = read(events)
    assert (found.source.agent, found.source.version) == ("GitHub Copilot", "0.51")
    assert found.messages[2].parts == (ToolResult("c1", detail={"success": True}),)
    assert (found.fidelity.grade, found.fidelity.missing) == ("text", ("system prompt", "tool schemas", "tool results"))


def test_notifications_are_the_client_s(events, read):
    """A system notification is sent to the model as text of the client."""
    events.user("go")
    events.said("a")
    events.add("system.notification", content="<system_notification>done</system_notification>")
    events.said("b")
    (found,) = read(events)
    assert found.messages[2].origin == "client"
    assert seen(found, 1) == ["<now/>go", "a", "<system_notification>done</system_notification>"]


def test_an_empty_answer_is_a_turn(events, read):
    """A response whose only content was opaque and blacked out is a response all the same."""
    events.user("go")
    events.said("", reasoningOpaque="REDACTED/x")
    (found,) = read(events)
    assert found.messages[1].parts == ()
    assert len(found.turns) == 1
    assert found.ledger.dropped == {"opaque reasoning that was redacted": 1}


def test_a_sub_agent_is_a_transcript_of_its_own(events, read):
    """Events with a parent call are another conversation: its parent is the session, its name is kept."""
    events.user("go")
    events.said("", request("t1", "task", {"prompt": "look"}))
    events.add("subagent.started", toolCallId="t1", agentName="explore")
    events.user("look", parentToolCallId="t1")
    events.said("", request("c1"), parentToolCallId="t1")
    events.done("c1", parentToolCallId="t1")
    events.said("found", parentToolCallId="t1")
    events.done("t1", "found")
    events.said("done")
    main, agent = read(events)
    assert seen(main, 1) == ["<now/>go"]
    assert [message.role for message in main.messages] == ["user", "assistant", "tool", "assistant"]
    assert [message.role for message in agent.messages] == ["user", "assistant", "tool", "assistant"]
    assert (agent.source.parent, agent.source.session) == ("s-1", "s-1/t1")
    assert agent.source.agent == "GitHub Copilot CLI (explore)"
    assert "system prompt" in agent.fidelity.missing


def test_a_compaction_leaves_the_summary(events, read):
    """Later prefixes begin with the summary; the words the client puts around it are not in the file."""
    events.user("go")
    events.said("work")
    events.add("session.compaction_complete", success=True, summaryContent="Summary.")
    events.user("more")
    events.said("done")
    (found,) = read(events)
    assert seen(found, 0) == ["<now/>go"]
    assert seen(found, 1) == ["Summary.", "<now/>more"]
    assert found.turns[0].fidelity is None
    assert "words around the summary" in prefix.fidelity(found, 1).missing


def test_a_rewind_takes_back_an_event_and_all_after_it(events, read):
    """The turns before keep what they saw."""
    events.user("go")
    events.said("one")
    wrong = events.user("wrong")
    events.said("two")
    events.add("session.snapshot_rewind", upToEventId=wrong, eventsRemoved=2)
    events.user("right")
    events.said("three")
    (found,) = read(events)
    assert seen(found, 1) == ["<now/>go", "one", "<now/>wrong"]
    assert seen(found, 2) == ["<now/>go", "one", "<now/>right"]


def test_ids_that_repeat_are_made_unique(events, read):
    """Results of blacked-out ids find their calls by order; an open call is counted."""
    events.user("go")
    events.said("", request("REDACTED"), request("REDACTED"), request("c1"))
    events.done("REDACTED", "one")
    events.done("REDACTED", "two")
    events.done("c7", "three")
    (found,) = read(events)
    calls = [part.id for part in found.messages[1].parts]
    assert len(set(calls)) == 3
    assert [(part.call, part.parts[0].text) for part in found.messages[2].parts] == [
        (calls[0], "one"),
        (calls[1], "two"),
    ]
    assert (found.ledger.repaired, found.ledger.unanswered) == (2, 1)
    assert found.ledger.dropped == {"result without a call": 1}


def test_odd_rows_are_counted(events, read):
    """Rows and fields of unknown shapes never stop an import."""
    events.user("go")
    events.rows.append(7)
    events.rows.append({"type": "assistant.message", "data": None, "id": "x", "timestamp": None})
    events.rows.append({**events.rows[3], "type": "hook.start", "data": {}})
    events.rows.append({**events.rows[3], "data": {"content": None}})
    events.rows.append({**events.rows[3], "type": "assistant.message", "data": {"content": "hi", "toolRequests": [3]}})
    (found,) = read(events)
    assert [message.parts for message in found.messages] == [(Text("<now/>go"),), (Text("hi"),)]
    assert found.ledger.dropped == {
        "row that is no event": 2,
        "event `hook.start`": 1,
        "user message without content": 1,
        "call of an unknown shape": 1,
    }


def test_a_log_without_messages_is_refused(events, tmp_path):
    """A head alone is no session."""
    path = tmp_path / "events.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in events.rows))
    with pytest.raises(ImportFault, match="holds no message of a Copilot session"):
        list(copilot.read(path))


@pytest.mark.shared
def test_real_events_agree_with_a_plain_count(shared: Path):
    """Answers, calls, results and prompts of every file are as many as a walk over the lines finds."""
    files = sorted((shared / "transcripts/copilot_cli_events").iterdir())
    assert files
    for path in files:
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        data = [(row["type"], row["data"]) for row in rows]
        answers = [each for kind, each in data if kind == "assistant.message"]
        (found,) = importers.read(path)
        assert len(found.turns) == len(answers)
        requests = [each["toolCallId"] for answer in answers for each in answer.get("toolRequests") or ()]
        calls = [part.id for message in found.messages for part in message.parts if isinstance(part, ToolCall)]
        assert calls == requests
        results = {part.call: part.parts[0].text for part in _results(found.messages)}
        assert results == {
            each["toolCallId"]: each["result"]["content"] if each["success"] else each["error"]["message"]
            for kind, each in data
            if kind == "tool.execution_complete"
        }
        typed = [message.parts[0].text for message in found.messages if message.origin == "typed"]
        assert typed == [each["transformedContent"] for kind, each in data if kind == "user.message"]
        assert [(t.text,) for t in found.setups[0].system] == [
            (e["content"],) for k, e in data if k == "system.message"
        ]


def _results(messages: tuple[Message, ...]) -> list[ToolResult]:
    return [part for message in messages for part in message.parts if isinstance(part, ToolResult)]
