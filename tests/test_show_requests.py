"""`replay show FILE` prints requests as rebuilt; what a transcript lacks comes from files or captures, marked so."""

import json

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from replay import importers, prefix, supply
from replay.cli import group
from replay.cli import requests as printing
from replay.errors import UserError
from replay.importers import native, requests
from replay.prefix import identify
from replay.records import (
    Fidelity,
    Message,
    Setup,
    Source,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Transcript,
    Turn,
    Usage,
)
from replay.wire import refused

BODY = {
    "model": "claude-x",
    "max_tokens": 50,
    "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
    "tools": [{"name": "Read", "description": "Reads.", "input_schema": {"type": "object"}}],
    "messages": [{"role": "user", "content": "go"}],
    "stream": True,
}
ANSWER = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-x", "stop_reason": "end_turn"} | {
    "content": [{"type": "text", "text": "Done."}],
    "usage": {"input_tokens": 3, "cache_read_input_tokens": 4, "output_tokens": 1},
}


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("REPLAY_HOME", str(tmp_path / "home"))


def run(*words):
    result = CliRunner().invoke(group, [str(word) for word in words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def captured(tmp_path):
    """A file with one recorded exchange."""
    path = tmp_path / "log.jsonl"
    path.write_text(json.dumps({"request": BODY, "response": ANSWER}))
    return path


@pytest.fixture
def bare(tmp_path):
    """A transcript of Agent 1.2 that holds neither system prompt nor tools."""
    call, result = ToolCall("t1", "Read", {"path": "a"}), ToolResult("t1", (Text("x"),))
    said = (Message("user", (Text("go"),)), Message("assistant", (call,)), Message("user", (result,)))
    messages = (*said, Message("assistant", (Text("ok"),), usage=Usage(input=100)))
    turns = (Turn(1, ((0, 1),)), Turn(3, ((0, 3),)))
    grade = Fidelity("partial", missing=("system prompt", "tool schemas"))
    source = Source("native", "bare", agent="Agent", version="1.2")
    made = Transcript("", source, (Setup(api="anthropic", model="m"),), messages, turns, grade)
    path = tmp_path / "bare.jsonl"
    native.write(Transcript(identify(made), *(getattr(made, f) for f in made.__struct_fields__[1:])), path)
    return path


def test_a_captured_request_is_printed_as_it_was_sent(captured):
    """The body, and nothing else on standard output."""
    assert json.loads(run("show", captured, "--turn", 0, "--request")) == BODY


def test_the_order_of_keys_survives_the_file(tmp_path):
    """A model reads arguments and schemas in the order they were sent: a transcript that was written keeps it."""
    call = {"type": "function_call", "call_id": "c", "name": "n", "arguments": '{"z":1,"a":2}'}
    schema = {"type": "object", "properties": {"z": {"type": "string"}, "a": {"type": "string"}}}
    tools = [{"type": "function", "name": "n", "parameters": schema, "strict": False}]
    items = [{"role": "user", "content": "go"}, call, {"type": "function_call_output", "call_id": "c", "output": "x"}]
    body = {"model": "m", "input": items, "tools": tools}
    said = [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "ok"}]}]
    log, kept = tmp_path / "log.jsonl", tmp_path / "kept.jsonl"
    log.write_text(json.dumps({"request": body, "response": {"object": "response", "output": said}}))
    native.write(max(requests.read(log), key=lambda transcript: len(transcript.turns)), kept)
    turn = len(next(native.read(kept)).turns) - 1
    rebuilt = json.loads(run("show", kept, "--turn", turn, "--request"))
    assert rebuilt["input"] == items
    assert list(rebuilt["tools"][0]["parameters"]["properties"]) == ["z", "a"]


def test_another_api_gets_the_same_request_in_its_own_form(captured):
    """System prompt, prompt and tools are where Chat Completions and Responses have them."""
    chat = json.loads(run("show", captured, "--turn", 0, "--request", "--api", "openai-chat"))
    assert [message["role"] for message in chat["messages"]] == ["system", "user"]
    assert chat["tools"][0]["function"]["name"] == "Read"
    responses = json.loads(run("show", captured, "--turn", 0, "--request", "--api", "openai-responses"))
    assert responses["instructions"] == "Be brief."
    assert responses["tools"][0]["name"] == "Read"


def test_recorded_tokens_stand_beside_an_estimate(captured):
    """7 tokens were counted (3 new, 4 cached); the rebuilt request is said to be an estimate, with the gap."""
    text = run("show", captured)
    assert "  turn 0: exact" in text
    assert "input tokens: 7 recorded" in text
    assert "estimate: characters / 4" in text


def test_what_the_user_supplies_is_sent_and_marked(bare, tmp_path):
    """Text and definitions from files stand in the body; the fidelity names both as supplied, the grade stays."""
    system, tools = tmp_path / "system.txt", tmp_path / "tools.json"
    system.write_text("You help.")
    tools.write_text(json.dumps([{"type": "function", "function": {"name": "Read", "parameters": {"type": "object"}}}]))
    given = ("--system", system, "--tools", tools)
    body = json.loads(run("show", bare, "--turn", 1, "--request", *given))
    assert body["system"] == "You help."
    assert body["tools"] == [{"name": "Read", "input_schema": {"type": "object"}}]
    text = run("show", bare, *given)
    assert "turn 1: partial; supplied: system prompt (from system.txt and tools.json), tool schemas" in text
    assert "missing" not in text


def test_without_help_the_tools_are_inferred_and_the_prompt_is_missing(bare):
    """Nothing is made up in silence."""
    assert "partial; inferred: tool schemas; missing: system prompt" in run("show", bare)


def test_a_capture_of_the_same_agent_and_version_supplies_its_prompt(bare, tmp_path):
    """`prompts add` keeps prompt and tools without the billing header; another version gets none of it."""
    system = (Text("x-anthropic-billing-header: cc"), Text("Captured prompt."))
    tools = (Tool("Read", "Reads.", {"type": "object"}),)
    messages = (Message("user", (Text("hi"),)), Message("assistant", (Text("yo"),)))
    for version in ("1.2", "9.9"):
        source = Source("capture", "log", agent="Agent", version=version)
        setups = (Setup(api="anthropic", model="m", system=system, system_form="blocks", tools=tools),)
        made = Transcript("", source, setups, messages, (Turn(1, ((0, 1),)),), Fidelity("exact"))
        native.write(made, tmp_path / f"captured-{version}.jsonl")
    (tmp_path / "copy.jsonl").write_bytes((tmp_path / "captured-1.2.jsonl").read_bytes())
    run("prompts", "add", tmp_path / "captured-9.9.jsonl")
    assert "missing: system prompt" in run("show", bare)
    twice = run("prompts", "add", tmp_path / "captured-1.2.jsonl", tmp_path / "copy.jsonl")
    assert twice == "Agent 1.2: 16 characters of system prompt, 1 tool\n"
    assert run("prompts", "list").splitlines() == [
        "Agent 1.2: 16 characters of system prompt, 1 tool",
        "Agent 9.9: 16 characters of system prompt, 1 tool",
    ]
    body = json.loads(run("show", bare, "--turn", 1, "--request"))
    assert body["system"] == [{"type": "text", "text": "Captured prompt."}]
    assert body["tools"][0]["description"] == "Reads."
    assert "supplied: system prompt (from a capture of Agent 1.2)" in run("show", bare)


def test_what_a_transcript_holds_is_not_replaced(captured):
    """A prompt of one's own does not take the place of the captured one."""
    system = captured.with_name("own.txt")
    system.write_text("Other.")
    assert json.loads(run("show", captured, "--turn", 0, "--request", "--system", system)) == BODY


def test_filling_changes_the_id_and_nothing_else(bare):
    """Messages are the same; the id is that of the new content."""
    (transcript,) = native.read(bare)
    filled = supply.fill(transcript, supply.Given("here", system=(Text("s"),)))
    assert filled.messages == transcript.messages
    assert filled.id == identify(filled) != transcript.id
    assert prefix.fidelity(filled, 0).missing == ("tool schemas",)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--turn", "7", "--request"), "has turn 0 only"),
        (("--run", "r"), "--run, --arm and --experiment are for a case"),
        (("--request",), "--request needs --turn N"),
        (("--turn", "0", "--request", "baseline"), "a transcript file has no arm 'baseline'"),
    ],
)
def test_a_wrong_question_gets_a_sentence(captured, words, sentence):
    """What is wrong is said, with what there is."""
    result = CliRunner().invoke(group, ["show", str(captured), *words])
    assert sentence in str(result.exception)


@pytest.mark.parametrize(
    ("body", "api", "word"),
    [
        ({"messages": []}, "anthropic", "no message"),
        ({"input": ""}, "openai-responses", "no message"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "anthropic", "first message"),
        ({"messages": [{"role": "user", "content": "x"}], "max_tokens": -1}, "anthropic", "`max_tokens` is -1"),
        ({"messages": ["x"], "tools": [{"function": {"name": "a.b"}}]}, "openai-chat", "tool name 'a.b'"),
        ({"input": ["x"], "tools": [{"type": "function", "name": "a b"}]}, "openai-responses", "tool name 'a b'"),
    ],
)
def test_what_no_api_takes_is_refused_before_it_is_sent(body, api, word):
    """An empty list, an Anthropic request that begins with an answer, and a limit below 1 have a sentence each."""
    assert word in refused.why(body, api)


def test_a_chat_may_begin_with_an_answer():
    """Only Anthropic asks for a user's message first."""
    assert refused.why({"messages": [{"role": "assistant", "content": "x"}]}, "openai-chat") is None


@pytest.fixture
def chats(tmp_path):
    """A file of two chats of aider: one question and answer, then two."""
    file = tmp_path / ".aider.chat.history.md"
    turn = "\n#### {0}\n\n{1}\n"
    swallow = "```python\ntry:\n    work()\nexcept Exception:\n    pass\n```"
    file.write_text(
        "\n# aider chat started at 2026-01-01 10:00:00\n"
        + turn.format("go", swallow)
        + "\n# aider chat started at 2026-01-01 11:00:00\n"
        + turn.format("hello", "Hi.")
        + turn.format("bye", "Bye.")
    )
    return file


def test_a_file_of_several_transcripts_is_shown_whole_and_by_turn(chats):
    """Each with its id, whose beginning chooses it; a turn that was mined is shown with what it introduced."""
    first, second = importers.read(chats)
    text = run("show", chats)
    assert f"transcript {first.id} of session 2026-01-01 10:00:00: 1 turn\n  turn 0: text" in text
    assert f"transcript {second.id} of session 2026-01-01 11:00:00: 2 turns\n  turns 0 to 1: text" in text
    told = [json.loads(line) for line in run("show", chats, "--json").splitlines()]
    assert [(one["transcript"], one["turn"]) for one in told] == [(first.id, 0), (second.id, 0), (second.id, 1)]
    shown = run("show", chats, "--turn", 0, "--transcript", first.id[:8])
    assert shown.startswith(f"transcript {first.id}, one of 2 in the file\nturn 0 of 1: ")
    assert (
        "=== what it introduced ===\n(code block 1):3: python/broad-except" in shown or "swallowed-exception" in shown
    )
    assert "Hi." in run("show", chats, "--turn", 0), "the longest, if none is named"
    by_session = run("show", chats, "--turn", 1, "--transcript", "2026-01-01 11:00:00")
    assert "=== recorded completion ===\n\n--- assistant\nBye." in by_session
    assert by_session.endswith("=== what it introduced ===\nnothing\n")


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [("zz", "no transcript 'zz' in it: it has "), ("", "'' means 2 transcripts: give more of one of ")],
)
def test_a_transcript_that_is_not_there_or_not_the_only_one_is_said(chats, wanted, sentence):
    """With the ids that are."""
    done = CliRunner().invoke(group, ["show", str(chats), "--turn", "0", "--transcript", wanted])
    assert isinstance(done.exception, UserError)
    ids = ", ".join(one.id for one in importers.read(chats))
    assert f"{sentence}{ids}" in str(done.exception)


def test_a_session_of_several_transcripts_is_told_with_their_ids(chats):
    """Their ids tell them apart, where the session does not."""
    read = [replace(one, source=replace(one.source, session="s-1")) for one in importers.read(chats)]
    with pytest.raises(UserError, match=f"'s-1' means 2 transcripts.*{read[0].id}, {read[1].id}"):
        printing.chosen(read, "s-1", chats)


def test_a_turn_that_is_not_there_is_said_with_those_that_are(chats):
    """Of the transcript that was chosen, by default or by its id; one may have none."""
    first, second = importers.read(chats)
    for one, there in ((first, "turn 0 only"), (second, "turns 0 to 1"), (replace(first, turns=()), "none")):
        with pytest.raises(UserError, match=f"no turn 7: transcript {one.id} has {there}"):
            printing.print_turn(one, 7)


def test_the_completion_of_an_arm_is_one_of_a_run():
    """An arm without a run is no question, rather than one that goes unheard."""
    done = CliRunner().invoke(group, ["show", "case@0", "--arm", "edited"])
    assert isinstance(done.exception, UserError)
    assert "--arm needs --run RUN" in str(done.exception)
