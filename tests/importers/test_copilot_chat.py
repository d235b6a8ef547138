"""Copilot Chat of VS Code: rounds and results, what the chat showed, sub-agents, compaction, hostile files."""

import contextlib
import json

import pytest

from replay import importers, prefix, workspace
from replay.errors import UserError
from replay.importers import ImportFault
from replay.records import Image, Opaque, Reasoning, Text, ToolCall, ToolResult

PATH = "/w/shop/pay.py"
SHOWN = {"kind": "toolInvocationSerialized", "isComplete": True}
URI = {"$mid": 1, "fsPath": PATH, "path": PATH, "scheme": "file"}


def node(*texts):
    """A result as a tree of texts; one that begins with ``|`` begins a line."""
    children = [{"type": 2, "text": text.removeprefix("|"), "lineBreakBefore": text.startswith("|")} for text in texts]
    return {"$mid": 20, "content": [{"$mid": 23, "value": {"node": {"type": 1, "ctor": 2, "children": children}}}]}


def plain(text):
    """A result as text."""
    return {"$mid": 20, "content": [{"$mid": 21, "value": text}]}


def call(key, name, **arguments):
    return {"id": key, "name": name, "arguments": json.dumps(arguments, separators=(",", ":"))}


def round_(text, *calls, **more):
    return {"id": f"r-{text}", "response": text, "toolCalls": list(calls), "toolInputRetry": 0, **more}


def request(text, *rounds, results=None, response=(), **more):
    """One request with its answer; ``more`` are further metadata."""
    metadata = {"agentId": "github.copilot.editsAgent", "sessionId": "s-1", **more}
    if rounds:
        metadata |= {"toolCallRounds": list(rounds), "toolCallResults": results or {}}
    return {
        "requestId": f"request-{text}",
        "message": {"text": text, "parts": [{"text": text, "kind": "text"}]},
        "variableData": {"variables": []},
        "response": list(response),
        "result": {"timings": {}, "metadata": metadata},
        "agent": {
            "extensionId": {"value": "GitHub.copilot-chat"},
            "extensionVersion": "0.31.5",
            "id": "github.copilot.editsAgent",
        },
        "timestamp": 1759845101282,
        "modelId": "copilot/claude-sonnet-4",
    }


def chat(*requests, **more):
    return {
        "version": 3,
        "responderUsername": "GitHub Copilot",
        "sessionId": "s-1",
        "creationDate": 1759845000000,
        "requests": list(requests),
        **more,
    }


@pytest.fixture
def read(tmp_path):
    """Writes a chat to a file and reads the transcripts in it."""

    def write(value):
        path = tmp_path / "chat.json"
        path.write_text(json.dumps(value))
        assert importers.identify(path) == "copilot_chat"
        return importers.read(path)

    return write


def seen(found, turn):
    """The texts of the prefix of a turn."""
    return [
        part.text for message in prefix.prefix(found, turn).messages for part in message.parts if isinstance(part, Text)
    ]


def test_the_folder_of_a_workspace_is_found_in_one_pass(read):
    """Spaces at its end are none of it, however many there are within."""
    folder = "/w/a" + " " * 100_000 + "b"
    world = [{"type": 1, "text": f"I am working in a workspace with the following folders:\n- {folder} \t\nFiles."}]
    (found,) = read(chat(request("hi", round_("Done."), renderedGlobalContext=world)))
    assert found.source.cwd == folder


def test_rounds_are_answers_and_what_came_back_follows_them(read):
    """The message as it was sent, thoughts, parallel calls in order; the Markdown of the chat is not told again."""
    sent = [{"type": 1, "text": "<userRequest>\nfix it\n</userRequest>"}, {"type": 3, "cacheType": "ephemeral"}]
    world = [{"type": 1, "text": "I am working in a workspace with the following folders:\n- /w/shop \nIt has files."}]
    first = round_(
        "Let me look.",
        call("c1__vscode-1", "read_file", filePath=PATH),
        call("c2__vscode-2", "grep_search", query="pay"),
        thinking={"id": "t", "text": ["hm", "m"], "encrypted": "sealed"},
        timestamp=1759845102000,
    )
    (found,) = read(
        chat(
            request(
                "fix it",
                first,
                round_("Done."),
                results={"c2__vscode-2": node("1 match", "|pay.py"), "c1__vscode-1": plain("x = 1")},
                response=[{"value": "Let me look."}, {"value": "Done."}],
                renderedUserMessage=sent,
                renderedGlobalContext=world,
            )
        )
    )
    assert [(message.role, message.origin) for message in found.messages] == [
        ("user", "client"),
        ("user", "typed"),
        ("assistant", "model"),
        ("tool", "tool"),
        ("assistant", "model"),
    ]
    assert found.messages[1].parts == (Text("<userRequest>\nfix it\n</userRequest>"),)
    assert found.messages[2].parts == (
        Reasoning("hmm", signature="sealed"),
        Text("Let me look."),
        ToolCall("c1__vscode-1", "read_file", {"filePath": PATH}),
        ToolCall("c2__vscode-2", "grep_search", {"query": "pay"}),
    )
    assert found.messages[3].parts == (
        ToolResult("c1__vscode-1", (Text("x = 1"),)),
        ToolResult("c2__vscode-2", (Text("1 match\npay.py"),)),
    )
    assert found.messages[2].time == "2025-10-07T13:51:42Z"
    assert found.messages[4].parts == (Text("Done."),)
    assert [(turn.message, turn.prefix) for turn in found.turns] == [(2, ((0, 2),)), (4, ((0, 4),))]
    assert found.setups[0].model == "claude-sonnet-4"
    source = found.source
    assert (source.agent, source.version, source.session, source.cwd) == ("GitHub Copilot", "0.31.5", "s-1", "/w/shop")
    assert found.fidelity.grade == "partial"
    assert found.fidelity.missing == ("system prompt", "tool schemas")
    assert found.ledger.unanswered == 0


def test_without_the_message_as_sent_what_was_typed_is_told_and_the_grade_says_so(read):
    """Attachments stay as they are, but for the bytes of images."""
    asked = request("look", round_("I see."))
    asked["variableData"]["variables"] = [
        {"kind": "file", "id": "f", "name": "file:pay.py", "value": URI},
        {"kind": "image", "id": "i", "name": "shot.png", "value": {"0": 137}},
    ]
    (found,) = read(chat(asked))
    assert found.messages[0].parts == (
        Text("look"),
        Opaque("vscode", {"kind": "file", "name": "file:pay.py", "value": URI}),
        Opaque("vscode", {"kind": "image", "name": "shot.png"}),
    )
    assert "words around the prompt" in found.fidelity.missing


def test_images_in_what_was_sent_and_what_came_back(read):
    """A data URL is taken apart; a result's bytes are an image, its record for programs is not shown."""
    sent = [
        {"type": 0, "imageUrl": {"url": "data:image/png;base64,AAAA"}},
        {"type": 0, "imageUrl": {"url": "https://x"}},
    ]
    content = [
        {"value": "shot"},
        {"mimeType": "image/png", "data": {"$base64": "BBBB"}},
        {"mimeType": "application/vnd.code.tool.output", "data": "{}"},
    ]
    made = request("go", round_("a", call("c1", "screenshot_page")), round_("b"), renderedUserMessage=sent)
    made["result"]["metadata"]["toolCallResults"] = {"c1": {"content": content}}
    (found,) = read(chat(made))
    assert found.messages[0].parts == (Image("image/png", "AAAA"), Image(url="https://x"))
    assert found.messages[2].parts == (ToolResult("c1", (Text("shot"), Image("image/png", "BBBB"))),)


def test_an_answer_that_was_stopped_keeps_what_the_chat_showed_of_its_end(read):
    """Behind the last call stands text that no round holds; what a round said, and empty fences, are not told twice."""
    stopped = request(
        "go",
        round_("First.", call("c1", "list_dir", path="/w")),
        results={"c1": plain("pay.py")},
        response=[
            {"value": "First."},
            {**SHOWN, "toolId": "copilot_listDirectory", "toolCallId": "u"},
            {"value": "Now I"},
            {"value": " will"},
        ],
    )
    quiet = request(
        "again",
        round_("Second.", call("c2", "list_dir", path="/w")),
        results={"c2": plain("pay.py")},
        response=[{"kind": "codeblockUri", "uri": URI, "isEdit": True}, {"value": "\n```\n"}],
    )
    (found,) = read(chat(stopped, quiet))
    answers = [found.messages[turn.message].parts for turn in found.turns]
    assert answers[1] == (Text("Now I will"),)
    assert len(answers) == 3


def test_a_limit_of_calls_is_no_new_question(read):
    """Consent to go on is not sent to the model; the last call's result stands with the next request."""
    first = request("go", round_("a", call("c1", "list_dir", path="/w")), maxToolCallsExceeded=True)
    second = request("Continue", round_("b"), results={"c1": plain("pay.py")}) | {"confirmation": "Continue"}
    (found,) = read(chat(first, second))
    assert [message.role for message in found.messages] == ["user", "assistant", "tool", "assistant"]
    assert found.ledger.dropped == {"consent to go on, which the model does not see": 1}


@pytest.mark.parametrize("newer", [False, True])
def test_after_a_summary_the_model_sees_the_workspace_the_summary_and_what_came_later(read, newer):
    """A summary belongs to the last round it stands for; it may be kept with a later request."""
    world = [{"type": 1, "text": "world"}]
    summary = {"toolCallRoundId": "r-one", "text": "so far"}
    first = request("q1", round_("one"), renderedGlobalContext=world)
    second = request("q2", round_("two"), **({"summaries": [summary]} if newer else {"summary": summary}))
    (found,) = read(chat(first, second))
    assert seen(found, 0) == ["world", "q1"]
    assert seen(found, 1) == ["world", "<conversation-summary>\nso far\n</conversation-summary>", "q2"]
    assert found.turns[0].fidelity is not None
    assert "words around the summary" not in found.turns[0].fidelity.missing
    assert "words around the summary" in found.fidelity.missing


def test_without_rounds_what_the_chat_showed_is_told_in_order(read):
    """Texts in pieces, links by name, commands with their output; the grade falls where arguments are not shown."""
    terminal = {
        "kind": "terminal",
        "commandLine": {"original": "pytest -q"},
        "terminalCommandOutput": {"text": "2 passed"},
    }
    parts = [
        {"kind": "mcpServersStarting", "didStartServerIds": []},
        {"kind": "thinking", "value": "hm"},
        {"value": "I look at "},
        {"kind": "inlineReference", "inlineReference": URI},
        {"kind": "markdownContent", "content": {"value": " first."}},
        {
            **SHOWN,
            "toolId": "run_in_terminal",
            "toolCallId": "u1",
            "toolSpecificData": terminal,
        },
        {"kind": "thinking", "value": ["green", "!"]},
        {"value": "Fine."},
    ]
    (found,) = read(chat(request("test it", response=parts)))
    assert [message.parts for message in found.messages[1:]] == [
        (
            Reasoning("hm"),
            Text("I look at `pay.py` first."),
            ToolCall("u1", "run_in_terminal", {"command": "pytest -q"}),
        ),
        (ToolResult("u1", (Text("2 passed"),)),),
        (Reasoning("green!"), Text("Fine.")),
    ]
    assert found.fidelity.grade == "partial"
    blind = {**SHOWN, "toolId": "copilot_readFile", "toolCallId": "u2", "isComplete": True}
    (found,) = read(chat(request("test it", round_("sure")), request("read it", response=[blind, {"value": "Read."}])))
    assert found.messages[3].parts == (ToolCall("u2", "read_file", {}),)
    assert (found.turns[0].fidelity.grade, found.fidelity.grade) == ("partial", "text")
    assert found.ledger.unanswered == 1


def test_arguments_and_results_of_other_tools_are_told_where_the_chat_shows_them(read):
    """MCP tools keep their input as JSON text and their output in pieces, and whether it failed."""
    details = {"input": '{"q": 1}', "output": [{"type": "embed", "isText": True, "value": "no"}], "isError": True}
    raw = {"kind": "input", "rawInput": {"path": "x"}}
    parts = [
        {**SHOWN, "toolId": "mcp_ask", "toolCallId": "u1", "resultDetails": details},
        {**SHOWN, "toolId": "other", "toolCallId": "u2", "toolSpecificData": raw},
    ]
    (found,) = read(chat(request("ask", response=parts)))
    assert found.messages[1].parts == (ToolCall("u1", "mcp_ask", {"q": 1}), ToolCall("u2", "other", {"path": "x"}))
    assert found.messages[2].parts == (ToolResult("u1", (Text("no"),), is_error=True),)


def test_sub_agents_are_transcripts_of_their_own(read):
    """Their calls are not of the main thread, whose rounds do not hold them either."""
    started = {"kind": "subagent", "agentName": "Explore", "prompt": "find it", "result": "found", "modelName": "gpt-x"}
    parts = [
        {**SHOWN, "toolId": "runSubagent", "toolCallId": "u1", "toolSpecificData": started},
        {
            **SHOWN,
            "toolId": "run_in_terminal",
            "toolCallId": "u2",
            "subAgentInvocationId": "u1",
            "toolSpecificData": {"kind": "terminal", "command": "ls"},
        },
    ]
    rounds = (round_("a", call("c1", "runSubagent", prompt="find it")), round_("b"))
    main, side = read(chat(request("go", *rounds, results={"c1": plain("found")}, response=parts)))
    assert "u2" not in str(main.messages[:])
    assert [message.parts for message in side.messages] == [
        (Text("find it"),),
        (ToolCall("u2", "run_in_terminal", {"command": "ls"}),),
        (Text("found"),),
    ]
    assert (side.source.session, side.source.parent, side.source.agent) == ("s-1/u1", "s-1", "GitHub Copilot (Explore)")
    assert side.fidelity.grade == "text"


def test_another_participant_answers_under_its_own_name(read):
    """The chat is Copilot's, who answers in it is not always."""
    made = request("hi", response=[{"value": "hello"}])
    made["agent"] = {"extensionId": {"value": "acme.helper"}, "name": "helper", "fullName": "Acme Helper"}
    (found,) = read(chat(made))
    assert found.source.agent == "Acme Helper"


@pytest.mark.parametrize("wrap", [lambda made: made, lambda made: {"kind": 0, "v": made}], ids=["chat", "log"])
def test_a_chat_of_one_long_line_is_known_by_its_beginning(tmp_path, wrap):
    """Three megabytes, of which two are looked at; a log of Claude Code that is cut off begins alike."""
    long = request("go", round_("a", call("c1", "t"), type="x"), results={"c1": plain("x" * 3_000_000)})
    path = tmp_path / "chat"
    path.write_text(json.dumps(wrap(chat(long))))
    assert importers.identify(path) == "copilot_chat"
    (found,) = importers.read(path)
    assert len(found.turns) == 1


@pytest.mark.parametrize(
    "value",
    [
        {"requests": []},
        {"requests": [{"method": "GET", "url": "/"}]},
        {"kind": 0, "v": {"requests": []}},
        {"responderUsername": "GitHub Copilot"},
        [{"requests": []}],
    ],
)
def test_other_files_with_requests_are_not_taken(tmp_path, value):
    """A chat has a name of who answers, or requests in VS Code's shape."""
    path = tmp_path / "other.json"
    path.write_text(json.dumps(value))
    assert importers.identify(path) != "copilot_chat"


def test_a_chat_in_which_nobody_answered_is_refused(tmp_path):
    """VS Code keeps an empty chat for each window."""
    path = tmp_path / "chat.json"
    path.write_text(json.dumps(chat()))
    with pytest.raises(ImportFault, match="holds nothing that the model said"):
        importers.read(path)


def test_a_chat_that_is_cut_off_is_read_as_far_as_it_goes(tmp_path):
    """The first request is whole, the second is not."""
    text = json.dumps(chat(request("one", round_("first")), request("two", round_("second"))))
    path = tmp_path / "chat.json"
    path.write_text(text[: text.index('"second"')])
    (found,) = importers.read(path)
    assert found.messages[1].parts == (Text("first"),)


WRONG = [None, 7, "x", [], {}, [None], [[]], {"value": None}, {"node": {"children": [[1], None, {"text": 3}]}}]


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
@pytest.mark.parametrize(
    "place", ["requests", "message", "response", "result", "metadata", "rounds", "calls", "results", "agent", "data"]
)
def test_values_of_a_wrong_type_end_in_a_transcript_or_a_fault(tmp_path, place, wrong):
    """Whatever stands in a place of the file: no other exception."""
    part = {**SHOWN, "toolId": "t", "toolSpecificData": {"kind": "subagent"}}
    asked = request("go", round_("a", call("c1", "t")), results={"c1": plain("x")}, response=[part])
    bare = request("go", response=[part, {"kind": "textEditGroup", "uri": URI, "edits": [[{}]]}, {"value": "ok"}])
    for one in (asked, bare):
        metadata = one["result"]["metadata"]
        match place:
            case "message" | "response" | "result" | "agent":
                one[place] = wrong
            case "metadata":
                one["result"]["metadata"] = wrong
            case "rounds":
                metadata["toolCallRounds"] = wrong
            case "calls":
                metadata["toolCallRounds"] = [{"id": wrong, "response": "a", "toolCalls": wrong, "thinking": wrong}]
            case "results":
                metadata["toolCallResults"] = {"c1": {"content": [{"value": wrong}, wrong]}}
            case "data":
                one["response"] = [{**part, key: wrong} for key in ("toolSpecificData", "resultDetails", "toolCallId")]
                one["response"] += [{"kind": "textEditGroup", "uri": wrong, "edits": wrong}]
    path = tmp_path / "chat.json"
    path.write_text(json.dumps(chat(asked, bare) | ({"requests": wrong} if place == "requests" else {})))
    with contextlib.suppress(UserError):
        for one in importers.read(path):
            assert all(turn < len(one.turns) for turn, _ in workspace.recorded(one))


@pytest.fixture
def log(tmp_path):
    """Writes rows, or lines as they are, to a log and reads the one transcript in it."""

    def write(*rows):
        path = tmp_path / "s-1.jsonl"
        path.write_bytes(b"".join(row if isinstance(row, bytes) else json.dumps(row).encode() + b"\n" for row in rows))
        assert importers.identify(path) == "copilot_chat"
        (found,) = importers.read(path)
        return found

    return write


def changed(kind, way, *value, **more):
    return {"kind": kind, "k": way, **({"v": value[0]} if value else {}), **more}


def answers(found):
    """The text of each answer."""
    return [part.text for turn in found.turns for part in found.messages[turn.message].parts if isinstance(part, Text)]


def test_a_log_of_changes_is_the_chat_after_the_last_of_them(log):
    """Set, append, cut off and append, set one behind the end, take away: by VS Code's rules, worked out by hand."""
    first, second, third = (request(text, response=[{"value": text}]) for text in ("one", "two", "three"))
    found = log(
        {"kind": 0, "v": chat(first)},
        changed(2, ["requests"], [second, third]),
        changed(2, ["requests", 0, "response"], [{"value": " more"}]),
        changed(1, ["requests", 1, "response", 0], {"value": "set"}),
        changed(2, ["requests", 1, "response"], [{"value": " and cut"}], i=1),
        changed(2, ["requests", 1, "response"], [{"value": " off"}], i=1),
        changed(2, ["requests"], i=2),
        changed(1, ["requests", 2], request("four", response=[{"value": "four"}])),
        changed(3, ["requests", 2, "modelId"]),
        changed(1, ["requests", 0, "modelId"], "copilot/other"),
    )
    assert answers(found) == ["one more", "set off", "four"]
    assert [found.messages[turn.message].model for turn in found.turns] == ["other", "claude-sonnet-4", None]
    assert found.ledger.dropped == {}


def test_a_list_that_is_not_there_yet_is_begun(log):
    """VS Code writes no empty lists."""
    asked = request("one")
    del asked["response"]
    found = log({"kind": 0, "v": chat(asked)}, changed(2, ["requests", 0, "response"], [{"value": "now"}]))
    assert answers(found) == ["now"]


def test_a_later_state_stands_for_all_before_it(log):
    """A log that is written anew begins with the state again."""
    old, new = (request(text, response=[{"value": text}]) for text in ("old", "new"))
    assert answers(log({"kind": 0, "v": chat(old)}, {"kind": 0, "v": chat(new)})) == ["new"]


@pytest.mark.parametrize(
    "line", [b'{"kind":1,"k":["requests",0,"mod\n', b'{"kind":1,"k":["requests",9,"modelId"],"v":"x"}\n', b"[7]\n"]
)
def test_a_change_that_is_lost_in_the_middle_lowers_the_grade(log, line):
    """What it changed is not known, and what came later may miss it."""
    asked = request("one", response=[{"value": "first"}])
    found = log({"kind": 0, "v": chat(asked)}, line, changed(2, ["requests", 0, "response"], [{"value": " more"}]))
    assert answers(found) == ["first more"]
    assert "what the damage in the file took" in found.fidelity.missing


def test_a_last_line_that_is_cut_off_is_no_damage(log):
    """The client was writing."""
    asked = request("one", response=[{"value": "first"}])
    found = log({"kind": 0, "v": chat(asked)}, b'{"kind":2,"k":["requ')
    assert answers(found) == ["first"]
    assert "what the damage in the file took" not in found.fidelity.missing
    assert found.ledger.dropped == {"truncated line": 1}


def test_pages_of_nul_that_a_crash_left_are_passed_over(log):
    """Between two lines."""
    asked = request("one", response=[{"value": "first"}])
    rest = json.dumps(changed(2, ["requests", 0, "response"], [{"value": " more"}])).encode()
    assert answers(log({"kind": 0, "v": chat(asked)}, b"\0" * 512 + rest)) == ["first more"]


def test_a_log_of_one_line_that_is_cut_off_is_read_as_far_as_it_goes(log):
    """The state itself is not whole."""
    line = json.dumps({"kind": 0, "v": chat(request("one", round_("first")), request("two", round_("second")))})
    assert answers(log(line[: line.index('"second"')].encode())) == ["first"]


def test_a_log_without_its_beginning_says_so(tmp_path):
    """Nothing tells what the chat was before."""
    path = tmp_path / "s.jsonl"
    path.write_text(json.dumps(changed(2, ["requests"], [request("one", round_("first"))])) + "\n")
    with pytest.raises(ImportFault, match="begins in the middle of a log"):
        importers.read(path)


@pytest.mark.parametrize("way", [None, [], "requests", [None], [{}], ["requests", -1], ["requests", "0"], ["a"] * 40])
@pytest.mark.parametrize("kind", [1, 2, 3, 4, True, None, "1"])
def test_changes_of_any_shape_leave_the_chat_standing(log, kind, way):
    """None of them changes anything that was there."""
    asked = request("one", response=[{"value": "first"}])
    assert answers(log({"kind": 0, "v": chat(asked)}, changed(kind, way, [{}], i="x"))) == ["first"]


def test_a_deep_tree_is_read_without_recursion(read):
    """Three hundred levels, which is more than a result has and less than the decoder takes."""
    tree = {"type": 2, "text": "deep"}
    for _ in range(300):
        tree = {"type": 1, "children": [tree]}
    (found,) = read(
        chat(
            request(
                "go",
                round_("a", call("c1", "list_dir", path="/")),
                round_("b"),
                results={"c1": {"content": [{"value": {"node": tree}}]}},
            )
        )
    )
    assert found.messages[2].parts == (ToolResult("c1", (Text("deep"),)),)
