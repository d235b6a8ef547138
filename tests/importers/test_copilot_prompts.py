"""Copilot's log of prompts: whole requests, what they show to have been answered, and answers from the log itself."""

import json

import pytest

from replay import importers, prefix
from replay.importers import ImportFault
from replay.records import Reasoning, Text, Tool, ToolCall, ToolResult

TOOLS = [{"type": "function", "function": {"name": "read_file", "description": "d", "parameters": {"type": "object"}}}]
SYSTEM, USER, ASSISTANT, TOOL = range(4)


def text(words):
    return {"type": 1, "text": words}


def message(role, *parts, **more):
    return {"role": role, "content": list(parts), **more}


def call(key):
    return {"type": "function", "id": key, "function": {"name": "read_file", "arguments": '{"filePath":"/w/a.py"}'}}


def request(*messages, said="", tools=TOOLS, **more):
    about = {"model": "gpt-x", "startTime": "2026-01-01T00:00:00Z", "requestOptions": {"temperature": 0}}
    about |= {"usage": {"prompt_tokens": 10, "completion_tokens": 2}} | ({} if tools is None else {"tools": tools})
    response = {"type": "success", "message": [said]}
    return {
        "id": "r",
        "kind": "request",
        "name": "panel/editAgent",
        "metadata": about,
        "requestMessages": {"messages": list(messages)},
        "response": response,
        **more,
    }


def called(key, tool="read_file", args='{"filePath":"/w/b.py"}'):
    return {"id": key, "kind": "toolCall", "tool": tool, "args": args, "response": ["b"]}


def log(*logs, **more):
    prompts = [{"prompt": "go", "promptId": "p", "hasSeen": False, "logCount": len(logs), "logs": list(logs)}]
    return {"exportedAt": "2026-01-01T00:00:00Z", "totalPrompts": 1, "prompts": prompts, **more}


GO = "I am working in a workspace with the following folders:\n- /w/shop \n\ngo"
FIRST = (
    message(SYSTEM, text("You are Copilot."), {"type": 3, "cacheType": "ephemeral"}),
    message(USER, text(GO), {"type": 3, "cacheType": "ephemeral"}),
)
THOUGHT = {"type": 2, "value": {"type": "thinking", "thinking": {"id": "t", "text": "hm", "encrypted": "x"}}}
MARK = {"type": 2, "value": {"type": "stateful_marker", "value": {"modelId": "gpt-x", "marker": "m"}}}
SECOND = (
    FIRST[0],
    message(USER, text(GO)),
    message(ASSISTANT, MARK, THOUGHT, text("I look."), toolCalls=[call("c1")]),
    message(TOOL, text("x = 1"), toolCallId="c1"),
)


@pytest.fixture
def read(tmp_path):
    def write(value):
        path = tmp_path / "copilot.chatreplay.json"
        path.write_text(json.dumps(value))
        assert importers.identify(path) == "copilot_chat"
        return importers.read(path)

    return write


def test_requests_are_whole_and_a_later_one_shows_what_was_answered(read):
    """System prompt, tools and messages; marks of caches and servers are none of them."""
    (found,) = read(log(request(*FIRST, said="I look."), called("c1"), request(*SECOND, said="Done.")))
    answers = [found.messages[turn.message].parts for turn in found.turns]
    assert answers == [
        (
            Reasoning("hm", encrypted="x", id="t"),
            Text("I look."),
            ToolCall("c1", "read_file", {"filePath": "/w/a.py"}),
        ),
        (Text("Done."),),
    ]
    seen = prefix.prefix(found, 1)
    assert seen.setup.system == (Text("You are Copilot."),)
    assert seen.setup.tools == (Tool("read_file", "d", {"type": "object"}),)
    assert (seen.setup.model, seen.setup.params, seen.setup.api) == ("gpt-x", {"temperature": 0}, None)
    assert [one.role for one in seen.messages] == ["user", "assistant", "tool"]
    assert seen.messages[2].parts == (ToolResult("c1", (Text("x = 1"),)),)
    assert found.messages[found.turns[1].message].usage.output == 2
    assert found.fidelity.grade == "full"
    assert (found.source.agent, found.source.cwd) == ("GitHub Copilot", "/w/shop")


def test_a_last_answer_has_the_calls_that_were_carried_out_after_it(read):
    """A title that is asked for in between is a conversation of its own, and calls nothing."""
    title = request(message(SYSTEM, text("Name it.")), message(USER, text("go")), said="A title", tools=None)
    main, other = read(log(request(*FIRST, said="I look."), title, called("c9")))
    (turn,) = main.turns
    assert main.messages[turn.message].parts == (
        Text("I look."),
        ToolCall("c9", "read_file", {"filePath": "/w/b.py"}),
    )
    assert other.messages[other.turns[0].message].parts == (Text("A title"),)
    assert other.fidelity.missing == ("tool schemas",)


def test_one_prompt_alone_and_roles_by_name(read):
    """As the view exports a single prompt."""
    messages = [message("system", text("S")), message("user", text("go"))]
    (found,) = read(log(request(*messages, said="ok"))["prompts"][0])
    assert prefix.prefix(found, 0).setup.system == (Text("S"),)


def test_a_request_that_failed_has_no_answer(read):
    """It is counted."""
    failed = request(*FIRST, said="half", response={"type": "failed", "message": ["half"]})
    (found,) = read(log(failed))
    assert found.turns == ()
    assert found.ledger.dropped == {"request without an answer": 1}


def test_a_log_without_requests_is_refused(tmp_path):
    """Calls alone tell no prompt."""
    path = tmp_path / "x.chatreplay.json"
    path.write_text(json.dumps(log(called("c1"))))
    with pytest.raises(ImportFault, match="holds no request with its messages"):
        importers.read(path)


@pytest.mark.parametrize("value", [{"prompts": []}, {"prompts": [{"logs": []}]}, {"logs": []}, {"logs": [{"id": 1}]}])
def test_other_files_with_logs_are_not_taken(tmp_path, value):
    """A log of prompts says that it is one."""
    path = tmp_path / "x.json"
    path.write_text(json.dumps(value))
    assert importers.identify(path) != "copilot_chat"


@pytest.mark.parametrize("wrong", [None, 7, "x", [], {}, [None], [[]], {"value": {"type": "thinking"}}], ids=repr)
@pytest.mark.parametrize("place", ["metadata", "requestMessages", "response", "content", "role", "toolCalls", "args"])
def test_values_of_a_wrong_type_end_in_a_transcript_or_a_fault(tmp_path, place, wrong):
    """Whatever stands in a place of the file: no other exception."""
    one, done = request(*SECOND, said="ok"), called("c1")
    if place == "args":
        done["args"] = wrong
    elif place in one:
        one[place] = wrong
    else:
        one["requestMessages"]["messages"][2] = {**SECOND[2], place: wrong}
    path = tmp_path / "x.chatreplay.json"
    path.write_text(json.dumps(log(one, done)))
    try:
        found = importers.read(path)
    except ImportFault:
        return
    for told in found:
        for turn in range(len(told.turns)):
            assert prefix.prefix(told, turn).setup.model in {"gpt-x", None}
