"""Importing Cline and Roo Code: results paired again, calls written as tags, cuts, SDK sessions, companions."""

import json

import pytest

from replay import importers, prefix
from replay.importers import ImportFault, cline
from replay.records import Image, Reasoning, Text, ToolCall, ToolResult, Usage

TASK = {"type": "text", "text": "<task>\nadd a flag\n</task>"}
PLACE = "<environment_details>\n# Current Working Directory (/home/dev/shop) Files\na.py\n</environment_details>"
HERE = {"type": "text", "text": PLACE}


def text(told):
    return {"type": "text", "text": told}


def use(key, name, **given):
    return {"type": "tool_use", "id": key, "name": name, "input": given}


def user(*blocks):
    return {"role": "user", "content": list(blocks)}


def said(*blocks, **more):
    return {"role": "assistant", "content": list(blocks), **more}


def write(path, value):
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def only(path):
    assert importers.identify(path) == "cline"
    (found,) = importers.read(path)
    return found


def test_results_that_are_texts_are_paired_with_their_calls_by_name_and_order(tmp_path):
    """Two reads and an edit in one answer: each text finds its call, also where results come in another order."""
    thought = {"type": "thinking", "thinking": "look first", "signature": "sig", "summary": []}
    info = {"modelInfo": {"modelId": "claude-x", "providerId": "anthropic"}, "ts": 1769064473871}
    edit = "[write_to_file for 'c.py'] Result:\nsaved\n"
    edit += '<final_file_content path="c.py">\nx = 1\n</final_file_content>\n'
    path = write(
        tmp_path / "api_conversation_history.json",
        [
            user(TASK, HERE),
            said(
                thought,
                text("I read."),
                use("t1", "read_file", path="a.py"),
                use("t2", "read_file", path="b.py"),
                use("t3", "write_to_file", path="c.py", content="x = 1\n"),
                metrics={"tokens": {"prompt": 10, "completion": 8, "cached": 90}},
                **info,
            ),
            user(
                text(edit),
                text("[read_file for 'a.py'] Result:\na = 1"),
                text("[read_file for 'b.py'] Result:\nThe tool execution failed with the following error: none"),
                HERE,
            ),
            said(text("done"), **info),
        ],
    )
    told = only(path)
    assert [message.role for message in told.messages] == ["user", "assistant", "user", "assistant"]
    answer, results = told.messages[1], told.messages[2]
    assert answer.parts[0] == Reasoning("look first", signature="sig")
    assert (answer.model, answer.usage, answer.time) == ("claude-x", Usage(10, 90, 0, 8), "2026-01-22T06:47:53.871000Z")
    assert [part.call for part in results.parts[:3]] == ["t3", "t1", "t2"]
    assert [part.is_error for part in results.parts[:3]] == [None, None, True]
    assert results.parts[0].detail == {"path": "c.py", "final_file_content": "x = 1"}
    assert results.parts[1].parts == (Text("[read_file for 'a.py'] Result:\na = 1"),)
    assert results.parts[3] == Text(PLACE)
    assert [turn.prefix for turn in told.turns] == [((0, 1),), ((0, 3),)]
    assert told.setups[0].api == "anthropic"
    assert told.setups[0].system is None
    assert told.source.cwd == "/home/dev/shop"
    assert told.fidelity.grade == "partial"
    assert "results paired by order" in told.fidelity.inferred
    assert (told.ledger.unanswered, told.ledger.repaired) == (0, 0)


def test_a_header_alone_takes_the_text_or_image_after_it(tmp_path):
    """Before 2025 the header and what it announces are two blocks; an image of a result is a third."""
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}
    path = write(
        tmp_path / "h.json",
        [
            user(TASK),
            said(use("t1", "browser_action", action="launch")),
            user(text("[browser_action for 'launch'] Result:"), text("opened"), image, HERE),
        ],
    )
    result, place = only(path).messages[2].parts
    assert result == ToolResult(
        "t1",
        (Text("[browser_action for 'launch'] Result:"), Text("opened"), Image("image/png", "AAAA")),
        form="blocks",
    )
    assert place == Text(PLACE)


def test_calls_written_as_tags_become_calls(tmp_path):
    """XML mode: text, then a call; file content keeps its tags and line breaks, its result is the text after it."""
    body = "<html>\n<content>x</content>\n</html>"
    tag = f"<write_to_file>\n<path>web/i.html</path>\n<content>\n{body}\n</content>\n</write_to_file>"
    path = write(
        tmp_path / "h.json",
        [
            {"role": "user", "content": "<task>\nmake a page\n</task>"},
            said(text(f"I write it.\n\n{tag}")),
            user(text("[write_to_file for 'web/i.html'] Result:\nsaved")),
            said(text("<read_file>\n<path>a.py</path>")),
        ],
    )
    told = only(path)
    assert told.messages[1].parts == (
        Text("I write it."),
        ToolCall("call_1", "write_to_file", {"path": "web/i.html", "content": body}),
    )
    assert told.messages[2].parts[0].call == "call_1"
    assert told.messages[3].parts == (Text("<read_file>\n<path>a.py</path>"),)
    assert "tool calls from XML tags" in told.fidelity.inferred
    assert told.ledger.repaired == 0


def test_a_call_on_one_line_ends_where_it_closes(tmp_path):
    """The call after it, over several lines, is not drawn into it, and holds its own closing tag as content."""
    first = "<read_file><path>a.py</path></read_file>"
    second = "<write_to_file>\n<path>b.md</path>\n<content>\nuse </write_to_file> to end\n</content>\n</write_to_file>"
    told = only(write(tmp_path / "h.json", [user(TASK), said(text(f"{first}\nand\n{second}\nso"))]))
    assert told.messages[1].parts == (
        ToolCall("call_1", "read_file", {"path": "a.py"}),
        Text("and"),
        ToolCall("call_2", "write_to_file", {"path": "b.md", "content": "use </write_to_file> to end"}),
        Text("so"),
    )


def test_damaged_and_reused_ids_are_made_unique_and_counted(tmp_path):
    """Two calls are called REDACTED and one id is used twice: three fresh ids, results at their calls, all counted."""
    back = [{"type": "tool_result", "tool_use_id": "REDACTED", "content": told} for told in ("one", "two")]
    path = write(
        tmp_path / "h.json",
        [
            user(TASK),
            said(use("REDACTED", "read_file", path="a"), use("REDACTED", "read_file", path="b")),
            user(*back),
            said(use("t1", "read_file", path="c")),
            user(text("[read_file for 'c'] Result:\nc")),
            said(use("t1", "read_file", path="d")),
        ],
    )
    told = only(path)
    calls = [part.id for message in told.messages for part in message.parts if isinstance(part, ToolCall)]
    assert len(set(calls)) == 4
    assert "REDACTED" not in calls
    assert [part.call for part in told.messages[2].parts] == calls[:2]
    assert (told.ledger.repaired, told.ledger.unanswered) == (3, 1)


def test_what_was_cut_from_the_context_is_no_longer_in_the_prefix(tmp_path):
    """The interface's messages say that rows 2 to 3 were not sent with the request that row 5 answers, nor later."""
    rows = [user(TASK)]
    for number in range(1, 4):
        rows += [said(text(f"answer {number}")), user(text(f"more {number}"), HERE)]
    path = write(tmp_path / "api_conversation_history.json", [*rows, said(text("last"))])
    write(
        tmp_path / "ui_messages.json",
        [
            {"ts": 1, "type": "say", "say": "text", "conversationHistoryIndex": 0},
            {
                "ts": 2,
                "type": "say",
                "say": "text",
                "conversationHistoryIndex": 4,
                "conversationHistoryDeletedRange": [2, 3],
            },
        ],
    )
    told = only(path)
    assert [turn.prefix for turn in told.turns] == [
        ((0, 1),),
        ((0, 3),),
        ((0, 2), (4, 5)),
        ((0, 2), (4, 7)),
    ]
    assert told.turns[2].message == 5


def test_an_sdk_session_has_its_prompt_and_one_message_of_results_an_answer(tmp_path):
    """Results told one a row come together in the order of the calls; data in a result is its JSON and its detail."""
    read = {"query": "a.py:1-1", "result": "1 | x", "success": True}
    rows = [
        {"id": "m1", "role": "user", "content": [text("fix @a.py"), {"type": "file", "path": "a.py", "content": "x"}]},
        {
            "id": "m2",
            "role": "assistant",
            "content": [use("t1", "read_files", files=[]), use("t2", "editor", path="a.py")],
            "ts": 1783377632926,
            "modelInfo": {"id": "claude-x", "provider": "cline"},
            "metrics": {"inputTokens": 100, "outputTokens": 7, "cacheReadTokens": 90, "cacheWriteTokens": 0},
        },
        {"id": "m3", **user({"type": "tool_result", "tool_use_id": "t2", "content": '{"success":true}'})},
        {"id": "m4", **user({"type": "tool_result", "tool_use_id": "t1", "content": [read], "is_error": False})},
        {"id": "m5", **said(text("fixed"))},
    ]
    prompt = "You are Cline.\n4. Working Directory: /home/dev/shop\n"
    path = write(
        tmp_path / "s.json",
        {"version": 1, "agent": "lead", "sessionId": "s-1", "messages": rows, "system_prompt": prompt},
    )
    told = only(path)
    assert [message.role for message in told.messages] == ["user", "assistant", "user", "assistant"]
    assert told.messages[0].parts[1] == Text('<file_content path="a.py">\nx\n</file_content>')
    first, second = told.messages[2].parts
    assert (first.call, first.detail, first.is_error) == ("t1", [read], False)
    assert first.parts == (Text('[{"query":"a.py:1-1","result":"1 | x","success":true}]'),)
    assert (second.call, second.detail) == ("t2", {"success": True})
    assert told.messages[1].usage == Usage(10, 90, 0, 7)
    assert told.setups[0].system == (Text(prompt),)
    assert (told.source.session, told.source.cwd) == ("s-1", "/home/dev/shop")
    assert prefix.prefix(told, 1).setup.model == "claude-x"


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ([{"ts": 1, "type": "say", "say": "text"}], r"\(1 messages\): import api_conversation_history"),
        ({"files_in_context": [{"path": "a"}, {"path": "b"}]}, r"\(2 files in context\)"),
        ([{"scope": "https://x", "method": "POST", "status": 200, "response": ""}], "holds 1 recorded responses"),
    ],
    ids=["messages for the interface", "metadata of a task", "responses without requests"],
)
def test_companions_are_known_and_refused_with_what_they_hold(tmp_path, value, sentence):
    """A companion of a history is no transcript: one sentence says what it is and what to import."""
    path = write(tmp_path / "x.json", value)
    assert importers.identify(path) == "cline"
    with pytest.raises(ImportFault, match=sentence):
        importers.read(path)


def test_a_history_that_is_cut_off_is_read_as_far_as_it_goes(tmp_path):
    """A copy that ends inside the third message keeps the first two, and the ledger says so."""
    whole = json.dumps([user(TASK, HERE), said(text("one")), user(text("two"))])
    path = tmp_path / "h.json"
    path.write_text(whole[: whole.index("two")], encoding="utf-8")
    told = only(path)
    assert [message.role for message in told.messages] == ["user", "assistant"]
    assert told.ledger.dropped


def test_rows_of_wrong_types_never_crash(tmp_path):
    """Null and numbers where messages, content and ids should be are counted, not raised."""
    odd = [None, 7, {"role": "assistant", "content": None}, {"role": "user", "content": [None, {"type": "text"}]}]
    odd += [said({"type": "tool_use", "id": None, "name": None, "input": None}), user({"type": "tool_result"})]
    path = write(tmp_path / "h.json", [user(TASK, HERE), *odd])
    told = only(path)
    assert len(told.turns) == 1
    assert sum(told.ledger.dropped.values()) == 4


@pytest.mark.shared
def test_the_recordings_of_the_collection_are_known_and_refused(shared):
    """All seven are claimed by this format and by no guess at another one, with the number of their responses."""
    files = sorted((shared / "transcripts/cline_cli_http_recording").iterdir())
    assert len(files) == 7
    for path in files:
        assert importers.identify(path) == cline.NAME
        with pytest.raises(ImportFault, match=f"holds {len(json.loads(path.read_text()))} recorded responses"):
            importers.read(path)
