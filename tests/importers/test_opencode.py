"""opencode exports and storage dumps: calls with results, pruned results, summaries, sub-agents, redacted ids."""

import json
from pathlib import Path

import pytest
from imported import only, seen

from replay import importers, prefix
from replay.importers import ImportFault, opencode
from replay.records import Image, Message, Opaque, Reasoning, Text, ToolCall, ToolResult, Usage

CLEARED = "[Old tool result content cleared]"
TOKENS = {"input": 10, "output": 5, "reasoning": 2, "cache": {"read": 3, "write": 1}}
INFO = {"id": "ses_1", "projectID": "p", "directory": "/home/dev/shop", "version": "1.2.20", "title": "t", "time": {}}


def user(number, *parts, **info):
    head = {"id": f"msg_{number}", "role": "user", "sessionID": "ses_1", "time": {"created": number * 1000}, **info}
    return {"info": head, "parts": list(parts)}


def assistant(number, *parts, **info):
    head = {
        "id": f"msg_{number}",
        "role": "assistant",
        "sessionID": "ses_1",
        "modelID": "gpt-x",
        "providerID": "opencode",
        "time": {"created": number * 1000},
        "tokens": TOKENS,
        "finish": "stop",
        **info,
    }
    return {"info": head, "parts": [{"type": "step-start"}, *parts]}


def text(words, **more):
    return {"type": "text", "text": words, **more}


def tool(key, output="ok", name="read", time=None, **more):
    state = {"status": "completed", "input": {"filePath": "a.py"}, "output": output, "title": "a", "metadata": {}}
    return {"type": "tool", "callID": key, "tool": name, "state": {**state, "time": time or {}, **more}}


def finish(reason="tool-calls"):
    return {"type": "step-finish", "reason": reason, "tokens": TOKENS}


@pytest.fixture
def export(tmp_path: Path):
    """Writes an export and reads the one transcript in it."""

    def write(*messages, **info):
        path = tmp_path / "session.json"
        path.write_text(json.dumps({"info": {**INFO, **info}, "messages": list(messages)}, indent=2))
        return only(path, "opencode")

    return write


def test_a_step_is_a_turn_and_its_results_follow(export):
    """One answer with reasoning, text and two calls; their results are one message, with the client's record aside."""
    thought = {
        "type": "reasoning",
        "text": "hm",
        "metadata": {"openai": {"itemId": "rs_1", "reasoningEncryptedContent": "xx"}},
    }
    diff = {"filediff": {"file": "a.py", "before": "x = 1\n", "after": "x = 2\n"}, "output": "done"}
    found = export(
        user(1, text("go")),
        assistant(2, thought, text("reading"), tool("c1"), tool("c2", "done", "edit", metadata=diff), finish()),
        assistant(3, text("done"), finish("stop")),
    )
    assert [message.role for message in found.messages] == ["user", "assistant", "tool", "assistant"]
    said = found.messages[1]
    assert said.parts == (
        Reasoning("hm", encrypted="xx", id="rs_1"),
        Text("reading"),
        ToolCall("c1", "read", {"filePath": "a.py"}),
        ToolCall("c2", "edit", {"filePath": "a.py"}),
    )
    assert (said.id, said.model, said.stop, said.time) == ("msg_2", "gpt-x", "tool-calls", "1970-01-01T00:00:02.000Z")
    assert said.usage == Usage(input=10, cache_read=3, cache_write=1, output=5, reasoning=2)
    assert [(part.call, part.parts) for part in found.messages[2].parts] == [
        ("c1", (Text("ok"),)),
        ("c2", (Text("done"),)),
    ]
    detail = found.messages[2].parts[1].detail
    assert detail == {"status": "completed", "title": "a", "time": {}, "metadata": {"filediff": diff["filediff"]}}
    assert [(turn.message, turn.prefix) for turn in found.turns] == [(1, ((0, 1),)), (3, ((0, 3),))]
    assert found.setups[0].api == "openai-responses"
    assert (found.setups[0].system, found.setups[0].tools) == (None, None)
    assert found.fidelity.missing == ("system prompt", "tool schemas")
    source = found.source
    assert (source.session, source.version, source.cwd) == ("ses_1", "1.2.20", "/home/dev/shop")


def test_a_pruned_result_is_whole_until_it_is_pruned(export):
    """Turns begun before the moment saw the output, later ones the words in its place; the call stays paired."""
    found = export(
        user(1, text("go")),
        assistant(2, tool("c1", "long", time={"compacted": 4500}), tool("c2", "short"), finish()),
        assistant(4, tool("c3", "more"), finish()),
        assistant(5, text("done"), finish("stop")),
    )
    assert seen(found, 1) == ["go", "long", "short"]
    assert seen(found, 2) == ["go", CLEARED, "short", "more"]
    results = [
        part for message in prefix.prefix(found, 2).messages for part in message.parts if isinstance(part, ToolResult)
    ]
    assert [part.call for part in results] == ["c1", "c2", "c3"]


def test_a_summary_replaces_what_was_before_it(export):
    """After a compaction the model sees the client's question and the summary; before, everything."""
    found = export(
        user(1, text("go")),
        assistant(2, text("work"), finish("stop")),
        user(3, {"type": "compaction", "auto": True}),
        assistant(4, text("summary"), finish("stop"), summary=True),
        user(5, text("more")),
        assistant(6, text("done"), finish("stop")),
    )
    assert seen(found, 2) == ["What did we do so far?", "summary", "more"]
    assert "compaction prompt" in prefix.fidelity(found, 1).missing
    assert found.messages[2].origin == "client"


def test_a_failed_summary_replaces_nothing(export):
    """An answer that ended in an error is not sent again, and the history stays."""
    failed = {"name": "APIError", "data": {}}
    found = export(
        user(1, text("go")),
        user(3, {"type": "compaction"}),
        assistant(4, text("summ"), summary=True, error=failed),
        user(5, text("more")),
        assistant(6, text("done"), finish("stop")),
    )
    assert seen(found, 1) == ["go", "What did we do so far?", "more"]


def test_redacted_ids_pair_a_call_with_its_own_result(export):
    """A call and its result are one part, so a blacked-out id never mixes them; the fresh ids are counted."""
    parts = [tool("REDACTED", "one"), tool("REDACTED", "two"), tool("c1", "three"), tool("c1", "four")]
    found = export(user(1, text("go")), assistant(2, *parts, finish()))
    calls = [part.id for part in found.messages[1].parts]
    assert len(set(calls)) == 4
    assert [(part.call, part.parts[0].text) for part in found.messages[2].parts] == list(
        zip(calls, ["one", "two", "three", "four"], strict=True)
    )
    assert found.ledger.repaired == 3


def test_failed_and_unfinished_calls(export):
    """An error is a result with its flag; a call still running has none and is counted."""
    running = {
        "type": "tool",
        "callID": "c2",
        "tool": "bash",
        "state": {"status": "running", "input": {"command": "ls"}},
    }
    found = export(user(1, text("go")), assistant(2, tool("c1", status="error", error="no"), running))
    assert found.messages[2].parts == (
        ToolResult("c1", (Text("no"),), is_error=True, detail=found.messages[2].parts[0].detail),
    )
    assert found.messages[2].parts[0].detail["error"] == "no"
    assert found.ledger.unanswered == 1


def test_a_command_s_sub_agent_call_is_the_client_s(export):
    """The client writes the call of a subtask itself: it is sent, but no turn."""
    task = assistant(3, tool("T1", "report", "task"), tokens={"input": 0, "output": 0})
    task["parts"].pop(0)
    found = export(user(2, {"type": "subtask", "prompt": "p"}), task, assistant(4, text("done"), finish("stop")))
    assert [message.origin for message in found.messages] == ["client", "client", "tool", "model"]
    assert [turn.message for turn in found.turns] == [3]
    assert seen(found, 0) == ["The following tool was executed by the user", "report"]


def test_steps_in_one_message_are_turns_of_their_own(export):
    """Older versions kept several responses in one message."""
    found = export(
        user(1, text("go")), assistant(2, tool("c1"), finish(), {"type": "step-start"}, text("done"), finish("stop"))
    )
    assert [(turn.message, turn.prefix) for turn in found.turns] == [(1, ((0, 1),)), (3, ((0, 3),))]
    assert [found.messages[turn.message].stop for turn in found.turns] == ["tool-calls", "stop"]


def test_what_a_prompt_holds_beside_its_text(export):
    """Pictures are kept, files the client sends as text are not sent twice, ignored text is not sent."""
    picture = {"type": "file", "mime": "image/png", "url": "data:image/png;base64,AAAA"}
    paper = {"type": "file", "mime": "application/pdf", "url": "file:///a.pdf"}
    plain = {"type": "file", "mime": "text/plain", "url": "file:///a.py"}
    found = export(
        user(1, text("see"), text("no", ignored=True), picture, paper, plain, text("Called Read", synthetic=True)),
        assistant(2, text("ok"), {"type": "patch", "hash": "h", "files": []}),
    )
    assert found.messages[0].parts == (
        Text("see"),
        Image("image/png", "AAAA"),
        Opaque("opencode", paper),
        Text("Called Read"),
    )
    assert found.ledger.dropped == {
        "part `text` of a user message": 1,
        "file part that the client sent as text": 1,
        "part `patch` of an answer": 1,
    }


def test_a_sub_agent_s_session_names_its_parent(export):
    """A known parent is kept; one that was blacked out is not taken for an id, and a note says so."""
    found = export(user(1, text("go")), assistant(2, text("ok")), parentID="ses_0")
    assert found.source.parent == "ses_0"
    blind = export(user(1, text("go")), assistant(2, text("ok")), parentID="REDACTED")
    assert blind.source.parent is None
    assert any("redacted" in note for note in blind.ledger.notes)


def test_thoughts_in_pieces_are_one(export):
    """Pieces of reasoning with one item id are one thought."""

    def piece(words):
        return {"type": "reasoning", "text": words, "metadata": {"openai": {"itemId": "rs_1"}}}

    found = export(user(1, text("go")), assistant(2, piece("a"), piece("b"), text("ok")))
    assert found.messages[1].parts == (Reasoning("a\n\nb", id="rs_1"), Text("ok"))


def test_a_storage_dump_is_joined(tmp_path):
    """Sessions, messages and parts, pretty-printed one after the other, become a transcript for each session."""
    child = {**INFO, "id": "ses_2", "parentID": "ses_1"}
    told = [(user(1, text("go")), "ses_1"), (assistant(2, text("hi")), "ses_1")]
    told += [(user(3, text("look")), "ses_2"), (assistant(4, tool("c1")), "ses_2")]
    values = [{"id": "p", "worktree": "/", "vcs": "git"}, INFO, child, [{"file": "a", "before": "", "after": ""}]]
    parts = []
    for message, session in told:
        values.append({**message["info"], "sessionID": session})
        for number, part in enumerate(message["parts"]):
            name = message["info"]["id"]
            parts.append({**part, "id": f"prt_{name}_{number}", "messageID": name, "sessionID": session})
    orphan = {**text("lost"), "id": "prt_9", "messageID": "msg_9", "sessionID": "ses_1"}
    path = tmp_path / "dump.jsonl"
    path.write_text(
        "\n".join(json.dumps(value, indent=2) for value in [*values, *reversed(parts), orphan]) + '\n{\n  "cut'
    )
    assert importers.identify(path) == "opencode"
    first, second = importers.read(path)
    assert [message.parts for message in first.messages] == [(Text("go"),), (Text("hi"),)]
    assert (second.source.session, second.source.parent) == ("ses_2", "ses_1")
    assert [message.role for message in second.messages] == ["user", "assistant", "tool"]
    assert first.ledger.dropped == {
        "value that is no session, message or part": 3,
        "part without its message": 1,
        "truncated value": 1,
    }
    assert second.ledger.dropped == {}


def test_an_export_that_is_cut_off_is_read_as_far_as_it_goes(tmp_path):
    """The messages before the cut are there, and the ledger tells of the cut."""
    whole = json.dumps(
        {"info": INFO, "messages": [user(1, text("go")), assistant(2, text("hi")), user(3, text("more"))]}
    )
    path = tmp_path / "cut.json"
    path.write_text(whole[: whole.index("more")])
    (found,) = importers.read(path)
    assert [message.parts for message in found.messages] == [(Text("go"),), (Text("hi"),)]
    assert found.ledger.dropped["truncated value"] == 1
    assert found.ledger.notes == ("the file is cut off: its last value is read as far as it goes",)


def test_odd_shapes_are_counted(export):
    """Parts and messages of unknown shapes never stop an import."""
    found = export(
        7,
        {"info": {"role": "wizard"}},
        user(1),
        user(2, text("go"), {"type": None}, text(None)),
        assistant(3, {"type": "tool", "tool": "x", "state": None}, text("hi"), tokens=None, modelID=None, time=None),
        assistant(4, error={"name": "APIError"}),
    )
    assert [message.parts for message in found.messages] == [(Text("go"),), (Text("hi"),)]
    assert found.ledger.dropped == {
        "message of an unknown shape": 1,
        "message of an unknown role": 1,
        "user message without content": 1,
        "part of an unknown shape": 1,
        "part `text` of a user message": 1,
        "part `tool` of an answer": 1,
        "answer that failed": 1,
    }


def test_a_session_without_messages_is_refused(tmp_path):
    """An export of an empty session holds nothing to replay."""
    path = tmp_path / "empty.json"
    path.write_text(json.dumps({"info": INFO, "messages": []}))
    with pytest.raises(ImportFault, match="holds no message of an opencode session"):
        list(opencode.read(path))


@pytest.mark.shared
def test_real_exports_agree_with_a_plain_count(shared: Path):
    """Steps, calls, results, texts and pruned results of every file are as many as a walk over the JSON finds."""
    files = sorted((shared / "transcripts/opencode_export").iterdir())
    assert files
    for path in files:
        messages = json.loads(path.read_text())["messages"]
        walked = [(each["info"]["role"], part) for each in messages for part in each["parts"]]
        tools = [part for _, part in walked if part["type"] == "tool"]
        (found,) = importers.read(path)
        calls = [part.id for message in found.messages for part in message.parts if isinstance(part, ToolCall)]
        results = [part for message in found.messages for part in message.parts if isinstance(part, ToolResult)]
        assert len(found.turns) == sum(part["type"] == "step-start" for _, part in walked)
        assert len(calls) == len(set(calls)) == len(tools)
        whole = {part.call: part.parts[0].text for part in results if part.parts[0].text != CLEARED}
        assert [whole[call] for call in calls] == [part["state"]["output"] for part in tools]
        pruned = {part.call for part in results if part.parts[0].text == CLEARED}
        assert len(pruned) == sum("compacted" in part["state"]["time"] for part in tools)
        ids = [part["callID"] for part in tools]
        assert found.ledger.repaired == ids.count("REDACTED") + sum(
            ids.count(key) - 1 for key in set(ids) - {"REDACTED"}
        )
        assert _texts(found.messages, "assistant") == sum(r == "assistant" and p["type"] == "text" for r, p in walked)
        prompts = sum(r == "user" and p["type"] in ("text", "subtask") for r, p in walked)
        assert _texts(found.messages, "user") == prompts


def _texts(messages: tuple[Message, ...], role: str) -> int:
    return sum(isinstance(part, Text) for message in messages if message.role == role for part in message.parts)
