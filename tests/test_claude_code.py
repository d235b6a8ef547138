"""Claude Code session logs: what is put together, what is left out and counted, and what hashes prove."""

import hashlib
import json
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from replay import prefix
from replay.importers import claude_code
from replay.importers.fault import ImportFault
from replay.records import Reasoning, Text, ToolCall, ToolResult, Transcript, Usage, encode_in_order
from replay.wire import anthropic

DATA = Path(__file__).parent / "data" / "claude_code"


def one(path: Path) -> Transcript:
    transcripts = list(claude_code.read(path))
    assert len(transcripts) == 1
    return transcripts[0]


def texts(transcript: Transcript, turn: int) -> list[str]:
    """What was sent before ``turn``, one word a message."""
    said = []
    for message in prefix.prefix(transcript, turn).messages:
        match message.parts[0]:
            case Text(text=text):
                said.append(text)
            case ToolCall(id=call):
                said.append(f"call {call}")
            case ToolResult(call=call, parts=parts):
                said.append(f"result {call}: {''.join(part.text for part in parts)}")
    return said


def log(tmp_path: Path, *rows: dict, name: str = "s.jsonl") -> Path:
    path = tmp_path / name
    path.write_text("".join(json.dumps({"sessionId": "s"} | row) + "\n" for row in rows), encoding="utf-8")
    return path


def said(uuid: str, parent: str | None, content: object, **more: object) -> dict:
    return {"type": "user", "uuid": uuid, "parentUuid": parent, "message": {"role": "user", "content": content}} | more


def answered(uuid: str, parent: str | None, *blocks: dict, **more: object) -> dict:
    message = {"id": f"msg_{uuid}", "role": "assistant", "model": "m", "content": list(blocks)}
    return {"type": "assistant", "uuid": uuid, "parentUuid": parent, "message": message} | more


def text(words: str) -> dict:
    return {"type": "text", "text": words}


def call(name: str) -> dict:
    return {"type": "tool_use", "id": name, "name": "Bash", "input": {"command": "ls"}}


def result(name: str, content: object) -> dict:
    return {"type": "tool_result", "tool_use_id": name, "content": content}


# --- older logs --------------------------------------------------------------------------------------------


def test_rows_of_one_message_id_are_one_response() -> None:
    """Blocks come in file order, usage and stop reason from the last row, results in between break nothing."""
    transcript = one(DATA / "parallel.jsonl")
    answer = prefix.completion(transcript, 0)
    assert [type(part) for part in answer.parts] == [Reasoning, ToolCall, ToolCall]
    assert answer.parts[0] == Reasoning("two reads", signature="sig1")
    assert answer.usage == Usage(input=7, cache_read=5, output=30)
    assert (answer.stop, answer.model, answer.time) == ("tool_use", "claude-x", "2026-01-01T10:00:01Z")
    assert (answer.lines, answer.origin) == ((3, 7), "model")


def test_results_of_parallel_calls_are_one_user_message_after_the_calls() -> None:
    """Each result is attached by its id wherever its row hangs, with the client's record of it beside it."""
    sent = prefix.prefix(one(DATA / "parallel.jsonl"), 1).messages
    assert [message.role for message in sent] == ["user", "assistant", "user"]
    first, second = sent[2].parts
    assert first == ToolResult(
        "t1",
        (Text("     1→a = 1"),),
        detail={"type": "text", "file": {"filePath": "/home/dev/shop/a.py", "content": "a = 1"}},
    )
    assert second == ToolResult("t2", (Text("gone"),), is_error=True, detail="Error: gone")
    assert (sent[2].origin, sent[2].lines, sent[0].origin) == ("tool", (6, 8), "typed")


def test_what_is_left_out_is_counted_by_reason() -> None:
    """Progress, snapshots, summaries, synthetic answers and attachments without text are in the ledger."""
    transcript = one(DATA / "parallel.jsonl")
    assert transcript.ledger.rows == 12
    assert transcript.ledger.dropped == {
        "attachment without its text: task_reminder": 1,
        "file-history-snapshot": 1,
        "progress": 1,
        "summary": 1,
        "synthetic answer": 1,
    }


def test_an_older_log_is_partial_and_says_what_is_missing() -> None:
    """System prompt, tools and parameters are never there; attachment text only from its attachment on."""
    transcript = one(DATA / "parallel.jsonl")
    base = ("system prompt", "tool schemas", "sampling parameters")
    assert prefix.fidelity(transcript, 0).missing == base
    assert prefix.fidelity(transcript, 1).missing == (*base, "attachment text")
    assert transcript.fidelity.grade == "partial"
    assert transcript.setups[0].system is None
    assert transcript.setups[0].tools is None


def test_the_source_names_session_version_folder_and_hash() -> None:
    """What the rows say of themselves is kept, the version as of the last row."""
    path = DATA / "parallel.jsonl"
    source = one(path).source
    assert (source.format, source.name, source.session, source.parent) == ("claude_code", path.name, "s-par", None)
    assert (source.agent, source.version, source.cwd) == ("Claude Code", "2.1.8", "/home/dev/shop")
    assert source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_every_branch_of_a_rewound_prompt_has_its_turns_with_their_own_prefix() -> None:
    """A branch's prefix goes back along its own parents, over what other branches said in between."""
    transcript = one(DATA / "branches.jsonl")
    assert [prefix.completion(transcript, turn).id for turn in range(4)] == ["msg_1", "msg_2", "msg_3", "msg_4"]
    assert texts(transcript, 1) == ["Start.", "Ready.", "Do it the first way."]
    assert texts(transcript, 2) == ["Start.", "Ready.", "Do it the second way."]
    assert texts(transcript, 3) == ["Start.", "Ready.", "Do it the first way.", "First way.", "Back to the first."]
    assert transcript.ledger.notes == ("edited or rewound prompts: 1 (each branch has its own prefix)",)


def test_after_a_compaction_the_prefix_starts_at_the_summary() -> None:
    """The summary was sent although its row is marked as for the eye only; other rows so marked were not."""
    transcript = one(DATA / "compacted.jsonl")
    assert texts(transcript, 3) == ["What was said so far, in short.", "Go on."]
    assert transcript.ledger.dropped == {"user row never sent": 1}
    assert prefix.prefix(transcript, 3).messages[0].origin == "client"


def test_after_a_microcompaction_the_removed_results_are_empty_and_the_grade_says_so() -> None:
    """Turns before it still have the result; the placeholder's text is not known and not made up."""
    transcript = one(DATA / "compacted.jsonl")
    assert texts(transcript, 1) == ["Read it.", "call t1", "result t1: long text"]
    assert texts(transcript, 2) == ["Read it.", "call t1", "result t1: ", "call t2", "result t2: a b"]
    assert "text of removed results" in prefix.fidelity(transcript, 2).missing
    assert "text of removed results" not in prefix.fidelity(transcript, 1).missing


def test_a_call_without_a_result_is_kept_counted_and_named(tmp_path: Path) -> None:
    """Nothing is invented for an interrupted call; turns that carry it say that a result is missing."""
    path = log(
        tmp_path,
        said("u1", None, "Go."),
        answered("a1", "u1", call("t1")),
        said("u2", "a1", [text("[Request interrupted by user]")]),
        answered("a2", "u2", text("Stopped.")),
    )
    transcript = one(path)
    assert texts(transcript, 1) == ["Go.", "call t1", "[Request interrupted by user]"]
    assert transcript.ledger.unanswered == 1
    assert "result of an interrupted call" not in prefix.fidelity(transcript, 0).missing
    assert "result of an interrupted call" in prefix.fidelity(transcript, 1).missing


@pytest.mark.parametrize(
    "content",
    [
        "<command-name>/clear</command-name>",
        "<local-command-stdout>done</local-command-stdout>",
        [text("[Request interrupted by user]")],
    ],
    ids=["a command", "its output", "an interruption"],
)
def test_text_of_the_client_is_kept_as_sent(tmp_path: Path, content: object) -> None:
    """Machinery stays in the prefix, marked as made by the client."""
    message = prefix.prefix(one(log(tmp_path, said("u", None, content), answered("a", "u", text("x")))), 0).messages[0]
    assert message.origin == "client"
    assert anthropic.write_message(message) == [{"role": "user", "content": content}]


def test_an_answer_that_is_a_string_is_a_text_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The API gives blocks, but tools that write such logs put a bare string; an empty one is no answer."""
    string, empty = answered("a", "u"), answered("c", "v")
    string["message"]["content"], empty["message"]["content"] = "done", ""
    path = log(
        tmp_path,
        said("u", None, "go"),
        string,
        answered("b", "a", call("t1")) | {"message": string["message"] | {"content": [call("t1")]}},
        said("v", "b", [result("t1", "a.py")]),
        empty,
        answered("d", "v", text("bye")),
    )
    held = one(path)
    assert prefix.completion(held, 0).parts == (Text("done"), ToolCall("t1", "Bash", {"command": "ls"}))
    assert texts(held, 1) == ["go", "done", "result t1: a.py"]
    assert held.ledger.dropped == {"answer without content": 1}
    monkeypatch.setenv("REPLAY_SPILL_MB", "0")
    assert one(path).id == held.id


def test_a_result_without_its_call_is_left_out_and_counted(tmp_path: Path) -> None:
    """A log cut at its head: no API would take the result, and the turns say that something came before."""
    path = log(
        tmp_path,
        said("r0", "cut-away", [result("t0", "x")]),
        said("u1", "r0", "Go."),
        answered("a1", "u1", text("ok")),
    )
    transcript = one(path)
    assert texts(transcript, 0) == ["Go."]
    assert transcript.ledger.dropped == {"result without its call": 1}
    assert "earlier messages" in prefix.fidelity(transcript, 0).missing


def test_reused_tool_ids_find_the_result_under_their_own_call(tmp_path: Path) -> None:
    """Some gateways count their ids from one in every request."""
    path = log(
        tmp_path,
        said("u1", None, "Go."),
        answered("a1", "u1", call("t")),
        said("r1", "a1", [result("t", "first")]),
        answered("a2", "r1", call("t")),
        said("r2", "a2", [result("t", "second")]),
        answered("a3", "r2", text("ok")),
    )
    assert texts(one(path), 2) == ["Go.", "call t", "result t: first", "call t", "result t: second"]


# --- sub-agents --------------------------------------------------------------------------------------------


def test_an_agent_file_is_a_transcript_of_its_own_with_its_parent(tmp_path: Path) -> None:
    """Its session is the agent's id, its parent the session that started it."""
    side = {"isSidechain": True, "agentId": "abc123"}
    path = log(tmp_path, said("u", None, "Look.", **side), answered("a", "u", text("ok"), **side), name="agent-x.jsonl")
    source = one(path).source
    assert (source.session, source.parent) == ("abc123", "s")


def test_inline_sidechains_are_kept_apart(tmp_path: Path) -> None:
    """Rows of a sub-agent inside the session's file never enter the session's prefix."""
    path = log(
        tmp_path,
        said("u1", None, "Go."),
        answered("a1", "u1", call("t1")),
        said("x1", None, "Sub task.", isSidechain=True),
        answered("x2", "x1", text("sub answer"), isSidechain=True),
        said("r1", "a1", [result("t1", "done")]),
        answered("a2", "r1", text("ok")),
    )
    main, sub = claude_code.read(path)
    assert texts(main, 1) == ["Go.", "call t1", "result t1: done"]
    assert len(main.turns) == 2
    assert texts(sub, 0) == ["Sub task."]
    assert (sub.source.parent, sub.source.session) == ("s", "x1")


def test_what_a_session_streams_of_a_sub_agent_becomes_a_transcript(tmp_path: Path) -> None:
    """Progress rows of a sub-agent are read where its own file is not beside the session's."""

    def heard(uuid: str, message: dict) -> dict:
        inner = {key: message[key] for key in ("type", "message")}
        data = {"type": "agent_progress", "agentId": "ag1", "message": inner}
        return {"type": "progress", "uuid": uuid, "parentUuid": "a1", "data": data}

    rows = [
        said("u1", None, "Go."),
        answered("a1", "u1", call("t1")),
        heard("p1", said("", None, [text("Sub task.")])),
        heard("p2", answered("s1", None, call("t9"))),
        heard("p3", said("", None, [result("t9", "seen")])),
        heard("p4", answered("s2", None, text("ok"))),
        said("r1", "a1", [result("t1", "done")]),
        answered("a2", "r1", text("ok")),
    ]
    main, sub = claude_code.read(log(tmp_path, *rows))
    assert len(main.turns) == 2
    assert texts(sub, 1) == ["Sub task.", "call t9", "result t9: seen"]
    log(tmp_path, said("x", None, "Sub task."), name="agent-ag1.jsonl")
    (again,) = claude_code.read(log(tmp_path, *rows))
    assert again.ledger.dropped == {"sub-agent's message that its own file holds": 4}


# --- newer logs: captured requests -------------------------------------------------------------------------


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(value: object) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()


SHAPE = {
    "system": [text("You are an agent. ✓")],
    "tools": [{"name": "Bash", "description": "Runs.", "input_schema": {"type": "object"}}],
}
PARAMS = {"model": "m", "max_tokens": 9, "betas": ["b-1"], "thinking": {"type": "adaptive"}}
EPHEMERAL = {"type": "ephemeral"}
FIRST = {"role": "user", "content": [text("<system-reminder>Rules</system-reminder>"), text("Go – now.")]}
NOTE = {"role": "system", "content": [text("The same note.")]}
CALLS = {"role": "assistant", "content": [text("Two."), call("t1"), call("t2")]}
RESULTS = {"role": "user", "content": [result("t2", "second"), result("t1", "first")]}
LATER = {"role": "user", "content": [text("And more.")]}
DONE = {"role": "assistant", "content": [text("Done.")]}


def request(name: str, base: str | None, keep: int, whole: list[dict], **more: object) -> dict:
    """A log row of a request; its last block carries a cache mark, and so does the system prompt."""
    last = len(whole) - 1
    spot = len(whole[-1]["content"]) - 1
    sent = json.loads(json.dumps({**PARAMS, **SHAPE, "messages": whole}))
    sent["system"][0]["cache_control"] = EPHEMERAL
    sent["messages"][last]["content"][spot]["cache_control"] = EPHEMERAL
    marks = [["system", 0], ["messages", last, "content", spot]]
    return {
        "type": "api-request",
        "id": name,
        "querySource": "sdk",
        "shapeHash": digest(SHAPE),
        "params": PARAMS,
        "base": base,
        "keep": keep,
        "tail": [digest(message) for message in whole[keep:]],
        "cacheControl": [{"path": path, "value": EPHEMERAL} for path in marks],
        "requestDigest": digest(sent),
    } | more


def blob(message: dict) -> dict:
    return {"type": "api-request-blob", "hash": digest(message), "message": message}


def captured() -> list[dict]:
    """A session of two prompts: parallel calls answered in another order, one note said twice."""
    return [
        said("u1", None, "Go – now."),
        {"type": "api-request-shape", "shapeHash": digest(SHAPE), "shape": SHAPE},
        blob(FIRST),
        blob(NOTE),
        request("q1", None, 0, [FIRST, NOTE]),
        answered("x", "u1", *CALLS["content"][:2], requestRef="q1"),
        answered("x", "x", call("t2"), requestRef="q1") | {"uuid": "x2"},
        said("r2", "x2", [RESULTS["content"][0]], toolUseResult={"stdout": "second"}),
        said("r1", "x", [RESULTS["content"][1]]),
        request("q2", "q1", 2, [FIRST, NOTE, CALLS, RESULTS, NOTE]),
        answered("y", "r2", *DONE["content"], requestRef="q2"),
        said("u2", "y", "And more."),
        request("q3", "q2", 5, [FIRST, NOTE, CALLS, RESULTS, NOTE, DONE, LATER]),
        answered("z", "u2", text("Again."), requestRef="q3"),
    ]


def body(messages: list[dict]) -> dict:
    """The body that went out: a lone text block without a mark goes as a bare string."""
    sent = json.loads(json.dumps({**PARAMS, **SHAPE, "messages": messages}))
    sent["system"][0]["cache_control"] = EPHEMERAL
    sent["messages"][-1]["content"][-1]["cache_control"] = EPHEMERAL
    for message in sent["messages"][:-1]:
        if message["role"] != "assistant" and [*message["content"][0]] == ["type", "text"]:
            message["content"] = message["content"][0]["text"] if len(message["content"]) == 1 else message["content"]
    return sent


def test_a_captured_request_is_rebuilt_to_the_letter_and_graded_exact(tmp_path: Path) -> None:
    """System prompt, tools, parameters, every message and every cache mark are those that went out."""
    transcript = one(log(tmp_path, *captured()))
    whole = [FIRST, NOTE, CALLS, RESULTS, NOTE, DONE, LATER]
    for turn, count in enumerate([2, 5, 7]):
        written, notes = anthropic.write_request(prefix.prefix(transcript, turn))
        assert written == body(whole[:count])
        assert notes == ()
    assert transcript.fidelity.grade == "exact"
    assert [turn.request for turn in transcript.turns] == ["q1", "q2", "q3"]
    assert {turn.fidelity for turn in transcript.turns} == {None}


def test_each_message_of_a_captured_request_carries_its_proof(tmp_path: Path) -> None:
    """All but the last answer, which no request has sent back yet, are verified; results keep their detail."""
    transcript = one(log(tmp_path, *captured()))
    sent = prefix.prefix(transcript, 2).messages
    assert {message.proof for message in sent} == {"verified"}
    assert prefix.completion(transcript, 2).proof is None
    assert sent[3].parts[0] == ToolResult("t2", (Text("second"),), detail={"stdout": "second"})
    assert [message.origin for message in sent] == ["typed", "client", "model", "tool", "client", "model", "typed"]


def test_a_note_sent_again_and_again_does_not_cut_the_prefix_to_pieces(tmp_path: Path) -> None:
    """The prefix of a session without a break is one range."""
    assert {len(turn.prefix) for turn in one(log(tmp_path, *captured())).turns} == {1}


def test_a_message_that_its_hash_denies_lowers_the_grade(tmp_path: Path) -> None:
    """A changed result is still sent, as the likeliest text, but marked, and the turns after it are partial."""
    rows = captured()
    rows[7]["message"]["content"][0] = result("t2", "REDACTED")
    transcript = one(log(tmp_path, *rows))
    assert prefix.fidelity(transcript, 0).grade == "exact"
    assert prefix.fidelity(transcript, 1).grade == "partial"
    assert prefix.fidelity(transcript, 1).proof == "1 of 5 messages do not match their recorded hashes"
    assert prefix.prefix(transcript, 1).messages[3].proof == "mismatch"
    assert transcript.fidelity.grade == "partial"


def test_a_blob_that_is_not_what_its_hash_says_is_a_mismatch(tmp_path: Path) -> None:
    """A hash beside a message proves nothing until it is computed."""
    rows = captured()
    rows[3]["message"] = {"role": "system", "content": [text("Another note.")]}
    transcript = one(log(tmp_path, *rows))
    assert prefix.prefix(transcript, 0).messages[1].proof == "mismatch"
    assert {prefix.fidelity(transcript, turn).grade for turn in range(3)} == {"partial"}


def test_a_digest_that_does_not_hold_lowers_the_grade_to_full(tmp_path: Path) -> None:
    """Where all messages are proved but not the request as a whole, the case says so."""
    rows = captured()
    rows[4]["params"] = PARAMS | {"max_tokens": 10}
    fidelity = prefix.fidelity(one(log(tmp_path, *rows)), 0)
    assert fidelity.grade == "full"
    assert fidelity.proof == "every message matches its recorded hash, the whole request not its digest"


def test_requests_of_another_kind_are_not_the_conversation(tmp_path: Path) -> None:
    """Titles, summaries and probes are counted; an answer to one is no turn."""
    rows = captured()
    aside = request("q9", None, 0, [FIRST], querySource="generate_session_title")
    answer = answered("title", "z", text("A title"), requestRef="q9")
    transcript = one(log(tmp_path, *rows, aside, answer))
    assert len(transcript.turns) == 3
    dropped = {"answer to a side request": 1, "request of another kind: generate_session_title": 1}
    assert transcript.ledger.dropped == dropped


def test_a_request_that_was_refused_is_counted_and_can_be_built_on(tmp_path: Path) -> None:
    """The client tries again with a request that is coded against the refused one."""
    rows = captured()
    rows.insert(5, request("q1b", "q1", 1, [FIRST, NOTE]))
    for row in rows[6:8]:
        row["requestRef"] = "q1b"
    transcript = one(log(tmp_path, *rows))
    assert transcript.ledger.dropped == {"request without an answer": 1}
    assert transcript.fidelity.grade == "exact"


def test_turns_of_an_older_client_in_a_newer_log_are_partial(tmp_path: Path) -> None:
    """A session begun before the client logged requests: only the later turns are proved."""
    rows = captured()
    older = [said("o1", None, "Before."), answered("o2", "o1", text("Then."))]
    rows[0]["parentUuid"] = "o2"
    transcript = one(log(tmp_path, *older, *rows))
    assert [prefix.fidelity(transcript, turn).grade for turn in range(4)] == ["partial", "exact", "exact", "exact"]
    assert texts(transcript, 0) == ["Before."]
    assert transcript.fidelity.proof == "3 of 4 requests are proved by the recorded hashes"


def test_what_follows_the_last_request_is_still_there(tmp_path: Path) -> None:
    """The results of the last calls are in the pool, although no request has sent them."""
    transcript = one(log(tmp_path, *captured()[:9]))
    results = [part.call for message in transcript.messages for part in message.parts if isinstance(part, ToolResult)]
    assert results == ["t2", "t1"]


# --- long sessions -----------------------------------------------------------------------------------------

names = st.sampled_from(["a", "b", "c"])
odd = st.sampled_from([None, 1, 1.0, "", [], {}, "t1"])
blocks = st.one_of(
    st.builds(text, names),
    st.builds(call, names),
    st.builds(result, names, names | odd),
    st.fixed_dictionaries(
        {"type": st.sampled_from(["tool_use", "tool_result", "thinking", "image"])}, optional={"id": odd}
    ),
    odd,
)
fields = {
    "message": st.fixed_dictionaries(
        {},
        optional={
            "id": names | odd,
            "model": st.sampled_from(["m", "n", "<synthetic>"]) | odd,
            "content": names | st.lists(blocks, max_size=4) | odd,
            "usage": odd | st.just({"input_tokens": 3}),
            "stop_reason": odd,
        },
    ),
    "uuid": st.sampled_from(["1", "2", "3", "4", "5"]),
    "parentUuid": st.sampled_from(["1", "2", "3", "9", None]),
    "requestRef": names,
    "isMeta": st.booleans(),
    "isSidechain": st.booleans(),
    "isVisibleInTranscriptOnly": st.booleans(),
    "isApiErrorMessage": st.booleans(),
    "subtype": st.sampled_from(["compact_boundary", "microcompact_boundary", "notice"]),
    "microcompactMetadata": st.just({"compactedToolIds": ["a", 1]}),
    "toolUseResult": odd,
    "attachment": st.fixed_dictionaries({"type": names}, optional={"content": names | odd}),
    "rendered": st.lists(st.fixed_dictionaries({"content": names | st.lists(blocks, max_size=2)}) | odd, max_size=2),
    "timestamp": names,
}
lines = st.fixed_dictionaries(
    {"type": st.sampled_from(["assistant", "assistant", "user", "user", "attachment", "system", "progress"])},
    optional=fields,
)


@given(st.lists(lines, min_size=1, max_size=12))
def test_what_is_not_held_is_told_alike(rows: list[dict]) -> None:
    """A session whose rows are read again when they are needed gives the same transcripts, whatever its rows are."""

    def told(limit: str) -> list[Transcript]:
        with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
            patch.setenv("REPLAY_SPILL_MB", limit)
            return list(claude_code.read(log(Path(folder), *rows)))

    held, spilled = told("32"), told("0")
    assert [encode_in_order(replace(made, messages=tuple(made.messages))) for made in spilled] == [
        encode_in_order(made) for made in held
    ]


@pytest.mark.parametrize("limit", ["32", "0"], ids=["held", "not held"])
def test_a_call_that_stands_in_two_rows_of_an_answer_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    """A client that wrote a block again, with the row after it, made no second call: one is unanswered."""
    monkeypatch.setenv("REPLAY_SPILL_MB", limit)
    again = answered("a2", "a", call("t1"), text("more"))
    again["message"]["id"] = "msg_a"
    transcript = one(log(tmp_path, said("u", None, "Go."), answered("a", "u", call("t1")), again))
    assert [type(part) for part in prefix.completion(transcript, 0).parts] == [ToolCall, Text]
    assert transcript.ledger.unanswered == 1


# --- bad input ---------------------------------------------------------------------------------------------


def test_an_empty_file_is_a_fault_in_one_sentence(tmp_path: Path) -> None:
    """The message names the file."""
    path = tmp_path / "s.jsonl"
    path.write_bytes(b"\n")
    with pytest.raises(ImportFault, match=r"s\.jsonl: the file is empty"):
        list(claude_code.read(path))


def test_a_file_of_other_lines_is_a_fault(tmp_path: Path) -> None:
    """Not one row: that is no session log."""
    path = tmp_path / "s.jsonl"
    path.write_bytes(b"hello\nworld\n")
    with pytest.raises(ImportFault, match="no line of the file is a row"):
        list(claude_code.read(path))


def test_lines_that_cannot_be_read_are_counted_and_the_rest_is_kept(tmp_path: Path) -> None:
    """A broken line, a row of another shape and a line cut off at the end are three different things."""
    path = log(tmp_path, said("u", None, "Go."), answered("a", "u", text("ok")))
    lines = path.read_bytes().splitlines(keepends=True)
    bad = [b"{broken}\n", b'{"type": 7}\n', lines[0], lines[1], b'{"type":"user","mess']
    path.write_bytes(b"".join(bad))
    transcript = one(path)
    assert len(transcript.turns) == 1
    assert transcript.ledger.rows == 5
    assert transcript.ledger.dropped == {
        "line cut off at the end of the file": 1,
        "line that is no JSON": 1,
        "row of an unknown shape": 1,
    }


def test_bytes_that_are_no_text_are_repaired_and_counted(tmp_path: Path) -> None:
    """Half a surrogate pair, as a client leaves it when it cuts text, cannot be kept in UTF-8."""
    path = log(tmp_path, said("u", None, "Go."), answered("a", "u", text("cut \ud83d")))
    transcript = one(path)
    assert prefix.completion(transcript, 0).parts == (Text("cut �"),)
    assert transcript.ledger.repaired == 1


def test_rows_that_name_each_other_as_parents_end_the_walk(tmp_path: Path) -> None:
    """A circle in a damaged file is no endless loop."""
    path = log(tmp_path, said("u", "a", "Go."), answered("a", "u", text("ok")))
    assert len(one(path).turns) == 1


@pytest.mark.parametrize(
    ("head", "known"),
    [
        (b'{"type":"summary","summary":"x","leafUuid":"y"}\n', True),
        (b'{"type":"user","uuid":"u","parentUuid":null,"sessionId":"s","message":{}}\n', True),
        (b'{"type":"user","parentUuid":null,"sessionId":"s","message":{"content":"a very long li', True),
        (b'{"timestamp":"t","type":"session_meta","payload":{"id":"x"}}\n', False),
        (b'{"type":"session","id":"x","cwd":"/"}\n', False),
        (b'{"request":{"model":"m","messages":[]}}\n', False),
        (b"# a page\n", False),
        (b"", False),
    ],
    ids=["a summary row", "a prompt", "one huge line", "codex", "pi", "a request", "markdown", "nothing"],
)
def test_a_log_is_known_by_its_rows(head: bytes, *, known: bool) -> None:
    """The name of a file tells nothing, its first lines do."""
    assert claude_code.sniff(head, "full.jsonl") is known


# --- the real collection -----------------------------------------------------------------------------------


@pytest.mark.shared
def test_no_response_and_no_result_of_the_collection_is_lost(shared: Path) -> None:
    """Counted apart: one turn for each message id, and every call with a result has it right after it."""
    for path in sorted((shared / "transcripts" / "claude_code_jsonl").glob("*.jsonl")):
        ids, results = set(), Counter()
        for line in path.read_bytes().splitlines():
            row = json.loads(line)
            content = row.get("message", {}).get("content")
            if row["type"] == "assistant" and row["message"]["model"] != "<synthetic>":
                ids.add(row["message"]["id"])
            if row["type"] == "user" and isinstance(content, list):
                results.update(block["tool_use_id"] for block in content if block["type"] == "tool_result")
        main = next(iter(claude_code.read(path)))
        assert [len(ids), ids] == [len(main.turns), {main.messages[turn.message].id for turn in main.turns}], path.name
        for turn in range(len(main.turns)):
            asked: list[str] = []
            for message in prefix.prefix(main, turn).messages:
                answers = [part.call for part in message.parts if isinstance(part, ToolResult)]
                assert set(answers) <= set(asked), path.name
                assert set(answers) or not results.keys() & set(asked), path.name
                asked = [part.id for part in message.parts if isinstance(part, ToolCall)]
