"""Codex rollouts: items into messages, results by call id, compaction, rollback, interruption, and damage."""

import json
from pathlib import Path

import pytest
from imported import only, seen

from replay import importers, prefix, supply
from replay.importers import ImportFault, codex
from replay.records import Message, Opaque, Reasoning, Text, ToolCall, ToolResult, Usage
from replay.wire import anthropic, openai_responses

PATCH = "*** Begin Patch\n*** Add File: a.py\n+x = 1\n*** End Patch"


def row(kind, **payload):
    return {"timestamp": "2026-01-01T00:00:00Z", "type": kind, "payload": payload}


def item(kind, **fields):
    return row("response_item", type=kind, **fields)


def event(kind, **fields):
    return row("event_msg", type=kind, **fields)


def heard(text, role="user"):
    return item("message", role=role, content=[{"type": "input_text", "text": text}])


def said(text):
    content = [{"type": "output_text", "text": text}]
    return item("message", role="assistant", content=content, metadata={"turn_id": "t"})


def call(key, name="exec_command", arguments='{"cmd":"ls"}'):
    return item("function_call", call_id=key, name=name, arguments=arguments)


def result(key, output="a.py"):
    return item("function_call_output", call_id=key, output=output)


def tokens(total, **last):
    return event("token_count", info={"total_token_usage": {"total_tokens": total}, "last_token_usage": last})


META = row(
    "session_meta", id="s-1", cwd="/home/dev/shop", cli_version="0.142.0", base_instructions={"text": "You are Codex."}
)
TURN = row("turn_context", model="gpt-x", effort="high", summary="auto")
START = [
    META,
    heard("<environment_context>…</environment_context>"),
    TURN,
    heard("go"),
    event("user_message", message="go"),
]


@pytest.fixture
def rollout(tmp_path: Path):
    """Writes rows to a file and reads the one transcript in it."""

    def write(*rows):
        path = tmp_path / "rollout.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return only(path, "codex")

    return write


def test_a_response_and_its_results_are_two_messages(rollout):
    """Items of one response are one message with one turn; the results of parallel calls are grouped after it."""
    found = rollout(
        *START,
        item(
            "reasoning",
            id="rs_1",
            summary=[{"type": "summary_text", "text": "hm"}],
            encrypted_content="xx",
            content=None,
        ),
        event("agent_message", message="looking"),
        said("looking"),
        call("c1"),
        item("custom_tool_call", call_id="c2", name="apply_patch", input=PATCH, status="completed"),
        event("patch_apply_end", call_id="c2", success=True, changes={"/a.py": {"type": "add", "content": "x = 1\n"}}),
        result("c1"),
        item("custom_tool_call_output", call_id="c2", output="Done"),
        tokens(9, input_tokens=100, cached_input_tokens=60, output_tokens=20, reasoning_output_tokens=5),
        said("done"),
        tokens(19, input_tokens=1),
        tokens(19, input_tokens=1),
    )
    assert [message.role for message in found.messages] == ["user", "user", "assistant", "tool", "assistant"]
    assert [message.origin for message in found.messages] == ["client", "typed", "model", "tool", "model"]
    first = found.messages[2]
    assert first.parts == (
        Reasoning("hm", encrypted="xx", id="rs_1"),
        Text("looking"),
        ToolCall("c1", "exec_command", {"cmd": "ls"}),
        ToolCall("c2", "apply_patch", PATCH),
    )
    assert (first.model, first.time, first.lines) == ("gpt-x", "2026-01-01T00:00:00Z", (6, 10))
    assert first.usage == Usage(input=40, cache_read=60, output=20, reasoning=5)
    back = found.messages[3].parts
    assert [(part.call, part.parts) for part in back] == [("c1", (Text("a.py"),)), ("c2", (Text("Done"),))]
    assert back[0].detail is None
    assert back[1].detail["changes"] == {"/a.py": {"type": "add", "content": "x = 1\n"}}
    assert [(turn.message, turn.prefix) for turn in found.turns] == [(2, ((0, 2),)), (4, ((0, 4),))]
    assert found.ledger.dropped == {"event `user_message`": 1, "event `agent_message`": 1, "event `token_count`": 3}
    assert found.ledger.unanswered == 0


def test_the_head_and_the_turn_context_are_the_setup(rollout):
    """System prompt, model and effort are known; tool schemas are not in the file. A changed model is a new setup."""
    found = rollout(*START, said("a"), row("turn_context", model="gpt-y"), heard("more"), said("b"))
    first, second = found.setups
    assert (first.api, first.model, first.tools) == ("openai-responses", "gpt-x", None)
    assert first.system == (Text("You are Codex."),)
    assert first.params == {"reasoning": {"effort": "high", "summary": "auto"}}
    assert (second.model, second.params) == ("gpt-y", {})
    assert [turn.setup for turn in found.turns] == [0, 1]
    assert found.fidelity.grade == "partial"
    assert found.fidelity.recovered == ("system prompt", "context messages")
    assert found.fidelity.missing == ("tool schemas",)
    source = found.source
    assert (source.session, source.version, source.cwd) == ("s-1", "0.142.0", "/home/dev/shop")
    assert (source.format, source.agent, source.parent) == ("codex", "Codex", None)


def test_tools_and_prompt_that_went_out_as_items_are_known_and_sent_once(rollout):
    """For newer models the file holds both as items of the request: nothing is inferred, and nothing is said twice."""
    described = {"type": "custom", "name": "exec", "description": "Runs JavaScript.", "format": {"type": "text"}}
    wait = {"type": "function", "name": "wait", "description": "Waits.", "parameters": {"type": "object"}}
    tools = [{"type": "namespace", "name": "functions", "tools": [described]}, wait]
    items = item("additional_tools", role="developer", tools=tools), heard("You are Codex.", role="developer")
    asked = item("custom_tool_call", call_id="c1", name="exec", input="text(1)")
    answered = item("custom_tool_call_output", call_id="c1", output="1")
    found = rollout(META, *items, TURN, heard("go"), asked, answered, META, heard("more"), said("done"))
    assert found.fidelity.recovered == ("system prompt", "tool schemas", "context messages")
    assert found.fidelity.missing == ()
    assert len(found.setups) == 1
    request = supply.supplied(prefix.prefix(found, 1), found)
    body, notes = openai_responses.write_request(request)
    assert body["input"][:2] == [row["payload"] for row in items]
    assert (body.keys() & {"tools", "instructions"}, notes) == (set(), ())
    other, _ = anthropic.write_request(request)
    assert [(tool["name"], tool["description"]) for tool in other["tools"]] == [
        ("exec", "Runs JavaScript."),
        ("wait", "Waits."),
    ]
    assert json.dumps(other).count("You are Codex.") == 1
    assert "additional_tools" not in json.dumps(other)


def test_a_second_head_changes_the_prompt_and_nothing_else(rollout):
    """``session_meta`` may come again, also of another session: the first names the file, what was said stays."""
    other = row("session_meta", id="s-2", base_instructions={"text": "You are new."})
    found = rollout(*START, said("a"), META, heard("more"), said("b"), other, heard("again"), said("c"))
    assert len(found.turns) == 3
    assert found.turns[2].prefix == ((0, 6),)
    assert [found.setups[turn.setup].system[0].text for turn in found.turns] == ["You are Codex."] * 2 + [
        "You are new."
    ]
    assert found.source.session == "s-1"
    assert found.ledger.dropped["head of another session in the same file"] == 1


def test_a_prefix_is_written_as_the_api_was_sent_it(rollout):
    """The Responses body of a turn holds the items of the file, ids and phase too, without the client's own fields."""
    spoken = item(
        "message", id="msg_1", role="assistant", phase="commentary", content=[{"type": "output_text", "text": "a"}]
    )
    patch = item("custom_tool_call", id="ctc_1", call_id="c1", name="apply_patch", input=PATCH)
    back = item("custom_tool_call_output", call_id="c1", output="Done")
    found = rollout(*START, spoken, patch, event("patch_apply_end", call_id="c1", success=True), back, said("done"))
    body, notes = openai_responses.write_request(prefix.prefix(found, 1))
    assert notes == ()
    assert body == {
        "model": "gpt-x",
        "instructions": "You are Codex.",
        "reasoning": {"effort": "high", "summary": "auto"},
        "input": [row["payload"] for row in (START[1], START[3], spoken, patch, back)],
    }


def test_after_a_compaction_the_model_sees_what_replaced_the_history(rollout):
    """Messages that the replacement repeats are not stored twice; turns before keep what they saw."""
    history = [heard("go")["payload"], {"type": "compaction", "encrypted_content": "sealed"}]
    found = rollout(
        *START,
        said("long work"),
        row("compacted", message="", replacement_history=history),
        heard("more"),
        said("short"),
    )
    assert seen(found, 0) == ["<environment_context>…</environment_context>", "go"]
    assert seen(found, 1) == ["go", "more"]
    sealed = prefix.prefix(found, 1).messages[1]
    assert sealed.parts == (Opaque("openai-responses", history[1]),)
    assert (sealed.role, sealed.origin) == ("user", "client")
    assert len(found.messages) == 6
    assert found.turns[1].fidelity is None


def test_a_compaction_without_its_history_is_inferred(rollout):
    """Older logs hold only the summary: prompts are kept, answers go, and the turns after say that this is inferred."""
    found = rollout(*START, said("work"), row("compacted", message="Summary."), heard("more"), said("short"))
    assert seen(found, 1)[1:] == ["go", "Summary.", "more"]
    assert found.turns[0].fidelity is None
    assert "history kept at a compaction" in prefix.fidelity(found, 1).inferred


def test_rolled_back_turns_are_gone_from_later_prefixes(rollout):
    """The cut is before the n-th last typed prompt; messages of the client do not count, and the past is kept."""
    found = rollout(
        *START,
        said("one"),
        heard("second"),
        said("two"),
        heard("<turn_aborted>stop</turn_aborted>"),
        heard("third"),
        said("three"),
        event("thread_rolled_back", num_turns=2),
        heard("other"),
        said("four"),
    )
    assert seen(found, 2)[1:] == ["go", "one", "second", "two", "<turn_aborted>stop</turn_aborted>", "third"]
    assert seen(found, 3)[1:] == ["go", "one", "other"]


def test_more_turns_rolled_back_than_there_are_leave_the_context(rollout):
    """What stood before the first prompt stays."""
    found = rollout(*START, said("one"), event("thread_rolled_back", num_turns=9), heard("other"), said("two"))
    assert seen(found, 1) == ["<environment_context>…</environment_context>", "other"]


def test_an_interrupted_call_is_counted(rollout):
    """A call without a result is there and counted as unanswered; its answer is marked as interrupted."""
    found = rollout(*START, call("c1"), event("turn_aborted", reason="interrupted"), heard("go on"), said("ok"))
    assert found.ledger.unanswered == 1
    assert found.messages[2].stop == "interrupted"
    assert found.messages[4].stop is None


def test_ids_that_repeat_are_made_unique(rollout):
    """Results of blacked-out or reused ids find their calls by order; the fresh ids are counted."""
    found = rollout(
        *START,
        call("REDACTED"),
        call("REDACTED"),
        result("REDACTED", "one"),
        result("REDACTED", "two"),
        call("c1"),
        result("c1", "three"),
        call("c1"),
        result("c1", "four"),
        said("done"),
    )
    calls = [part.id for message in found.messages for part in message.parts if isinstance(part, ToolCall)]
    back = [part for message in found.messages for part in message.parts if isinstance(part, ToolResult)]
    assert len(set(calls)) == 4
    assert "c1" in calls
    assert not any("REDACTED" in key for key in calls)
    assert [(part.call, part.parts[0].text) for part in back] == list(
        zip(calls, ["one", "two", "three", "four"], strict=True)
    )
    assert found.ledger.repaired == 3


def test_a_result_without_a_call_is_counted(rollout):
    """The client does not send it either."""
    found = rollout(*START, result("c9"), said("ok"))
    assert found.ledger.dropped["result without a call"] == 1
    assert [message.role for message in found.messages] == ["user", "user", "assistant"]


def test_sealed_reasoning_that_was_redacted_is_missing(rollout):
    """Blacked-out encrypted content is not taken for content; the fidelity says what is missing."""
    found = rollout(*START, item("reasoning", id="rs_1", summary=[], encrypted_content="REDACTED"), said("ok"))
    assert found.messages[2].parts == (Reasoning(id="rs_1"), Text("ok"))
    assert found.fidelity.missing == ("tool schemas", "encrypted reasoning")
    assert found.ledger.dropped["encrypted content that was redacted"] == 1


def test_searches_of_the_provider_are_part_of_the_answer(rollout):
    """A web search needs no result; a tool search has one, which is kept as it is in the file."""
    search = item("web_search_call", status="completed", action={"type": "search", "query": "q"})
    lookup = item("tool_search_call", call_id="c1", execution="client", arguments={"query": "pr"})
    tools = item("tool_search_output", call_id="c1", execution="client", tools=[{"type": "function", "name": "f"}])
    found = rollout(*START, search, lookup, tools, said("ok"))
    assert found.messages[2].parts == (
        Opaque("openai-responses", search["payload"]),
        ToolCall("c1", "tool_search", {"query": "pr"}),
    )
    assert found.messages[3].parts == (ToolResult("c1", (Text('{"tools":[{"type":"function","name":"f"}]}'),)),)
    body, _ = openai_responses.write_request(prefix.prefix(found, 1))
    assert body["input"][2:] == [search["payload"], lookup["payload"], tools["payload"]]
    assert found.ledger.unanswered == 0


def test_a_patch_inside_a_script_goes_to_the_open_call(rollout):
    """The newest client runs JavaScript that applies patches: what they did is kept under the script's call."""
    script = item("custom_tool_call", call_id="c1", name="exec", input="await tools.apply_patch('…')")
    done = [event("patch_apply_end", call_id=f"inner-{n}", success=True, changes={}) for n in (1, 2)]
    found = rollout(*START, script, *done, item("custom_tool_call_output", call_id="c1", output="ok"), said("done"))
    assert [each["call_id"] for each in found.messages[3].parts[0].detail] == ["inner-1", "inner-2"]


@pytest.mark.parametrize(("status", "success"), [("completed", True), ("failed", False), ("declined", False)])
def test_a_completed_file_change_tells_what_a_patch_did(rollout, status, success):
    """Codex 0.171 writes `item_completed` where others write `patch_apply_end`: it is kept in the same form."""
    script = item("custom_tool_call", call_id="c1", name="exec", input="await tools.apply_patch('…')")
    changes = {"/a.py": {"type": "add", "content": "x = 1\n"}}
    told = {"type": "FileChange", "id": "exec-1", "changes": changes, "status": status, "stdout": "Success."}
    back = item("custom_tool_call_output", call_id="c1", output="ok")
    found = rollout(*START, script, event("item_completed", item=told), back, said("done"))
    kept = {"type": "patch_apply_end", "success": success, "changes": changes, "call_id": "exec-1"}
    assert found.messages[3].parts[0].detail == kept


def test_what_a_tool_did_is_kept_also_when_told_late(rollout):
    """An event after the result is added to it."""
    late = event("mcp_tool_call_end", call_id="c1", result={"Ok": {}})
    found = rollout(*START, call("c1"), result("c1"), late, said("done"))
    assert found.messages[3].parts[0].detail["result"] == {"Ok": {}}


def test_images_in_results_are_kept(rollout):
    """A result may be a list with pictures."""
    shown = [{"type": "input_text", "text": "see"}, {"type": "input_image", "image_url": "https://x/y.png"}]
    found = rollout(*START, call("c1"), result("c1", shown), said("done"))
    assert found.messages[3].parts[0].form == "blocks"
    assert found.messages[3].parts[0].parts[1].url == "https://x/y.png"


def test_a_sub_agent_names_the_session_that_started_it(rollout):
    """The parent thread is the source's parent."""
    spawned = {"subagent": {"thread_spawn": {"parent_thread_id": "s-0", "depth": 1}}}
    found = rollout(row("session_meta", id="s-1", source=spawned), heard("go"), said("ok"))
    assert found.source.parent == "s-0"
    assert found.fidelity.missing == ("system prompt", "tool schemas")


def test_bad_rows_are_counted(tmp_path):
    """Lines that are no JSON, rows of unknown types and odd shapes never stop an import."""
    path = tmp_path / "rollout.jsonl"
    rows = [META, heard("go"), {"type": "response_item"}, 7, row("novel", x=1), item("ghost_snapshot"), said("ok")]
    odd = [item("message", role="wizard", content=[]), event(None), row("response_item", type=3), row("world_state")]
    text = "".join(json.dumps(row) + "\n" for row in [*rows, *odd]).encode()
    path.write_bytes(text + b"\xff\xfe\n" + b'{"timestamp": "2026')
    (found,) = codex.read(path)
    assert [message.parts for message in found.messages] == [(Text("go"),), (Text("ok"),)]
    assert found.ledger.dropped == {
        "row without type and payload": 2,
        "row of an unknown type": 1,
        "item `ghost_snapshot`, which the model is not sent": 1,
        "item that is none: a message without a known `role`": 1,
        "item that is none: an item whose `type` is no text": 1,
        "event without a type": 1,
        "row `world_state`": 1,
        "truncated line": 2,
    }


def test_a_rollout_without_messages_is_refused(tmp_path):
    """A head alone is no session."""
    path = tmp_path / "rollout.jsonl"
    path.write_text(json.dumps(META) + "\n")
    with pytest.raises(ImportFault, match="holds no message of a Codex session"):
        list(codex.read(path))


@pytest.mark.shared
def test_real_rollouts_agree_with_a_plain_count(shared: Path):
    """Calls, results, prompts and answers of every file are as many as a walk over the lines finds."""
    files = sorted((shared / "transcripts/codex_rollout").glob("*.jsonl"))
    assert files
    for path in files:
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        items = [row["payload"] for row in rows if row["type"] == "response_item"]
        kinds = [each["type"] for each in items]
        (found,) = importers.read(path)
        parts = [part for message in found.messages for part in message.parts]
        calls = kinds.count("function_call") + kinds.count("custom_tool_call") + kinds.count("tool_search_call")
        results = sum(kind.endswith("_output") for kind in kinds)
        totals = [
            json.dumps(row["payload"]["info"]["total_token_usage"])
            for row in rows
            if row["payload"].get("type") == "token_count" and row["payload"]["info"]
        ]
        assert sum(isinstance(part, ToolCall) for part in parts) == calls
        assert sum(isinstance(part, ToolResult) for part in parts) == results
        assert found.ledger.unanswered == calls - results
        assert sum(isinstance(part, Reasoning) for part in parts) == kinds.count("reasoning")
        spoken = [each for each in items if each.get("role") == "assistant"]
        assert sum(len(_texts(message)) for message in found.messages if message.role == "assistant") == len(spoken)
        assert 0 <= len(found.turns) - len(set(totals)) <= 2
        typed = sum(row["payload"].get("type") == "user_message" for row in rows)
        assert sum(message.origin == "typed" for message in found.messages) == typed


def _texts(message: Message) -> list[str]:
    return [part.text for part in message.parts if isinstance(part, Text)]
