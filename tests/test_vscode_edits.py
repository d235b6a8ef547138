"""What VS Code's tools show and edit: reads in fences, edits by ranges, cells of notebooks."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay import importers, workspace
from replay.records import Text, ToolCall, ToolResult
from replay.workspace import Absent, Known, Partial, Segment, Unknown, dialects
from replay.workspace.effects import after
from replay.workspace.files import NEVER_SEEN, Files

APP = "/repo/app.py"


def state_after(name, arguments, shown="", state=NEVER_SEEN):
    """The state of app.py once the call was answered by ``shown``."""
    files = Files({APP: state}, cwd="/repo") if state is not NEVER_SEEN else Files({}, cwd="/repo")
    call = ToolCall("c", name, arguments)
    return after(files, dialects.of(call).observe(call, ToolResult("c", (Text(shown),)), files))[APP]


def head(first, last, total):
    return f"File: `{APP}`. Lines {first} to {last} ({total} lines total): \n"


@pytest.mark.parametrize(
    ("asked", "shown", "state"),
    [
        pytest.param({"startLine": 1, "endLine": 9}, "```python\na\nb\n\n```", Known("a\nb\n"), id="the whole file"),
        pytest.param({}, "````md\n```x\n```\n````", Known("```x\n```"), id="a longer fence"),
        pytest.param(
            {"startLine": 2, "endLine": 3},
            head(2, 3, 9) + "```python\nb\nc\n```",
            Partial((Segment(2, "b\nc"),), 9),
            id="some lines",
        ),
        pytest.param(
            {"startLine": 8, "endLine": 50},
            "```python\nh\ni\n```",
            Partial((Segment(8, "h\ni"),), 9),
            id="up to the end, without a head",
        ),
        pytest.param(
            {"startLine": 3, "endLine": 2},
            head(2, 3, 9) + "```\nb\nc\n```",
            Partial((Segment(2, "b\nc"),), 9),
            id="the other way round",
        ),
        pytest.param(
            {},
            head(1, 2, 9) + "```\na\nb\n[File content truncated at line 2. Use read_file with offset/limit …]\n\n```",
            Partial((Segment(1, "a\nb"),), 9),
            id="cut off, as it says",
        ),
        pytest.param({"offset": 4, "limit": 9}, "d\ne\n", Partial((Segment(4, "d\ne\n"),), 6), id="newer: no fence"),
        pytest.param(
            {"offset": 4, "limit": 1}, "d\ne", Partial((Segment(4, "d\ne"),), None), id="newer: may go on behind it"
        ),
        pytest.param({}, f"(The file `{APP}` exists, but is empty)", Known(""), id="empty"),
        pytest.param({"startLine": 40, "endLine": 50}, "```\nz\n```", NEVER_SEEN, id="maybe the last line instead"),
        pytest.param({"startLine": 1, "endLine": 2}, "```\na\nb\nc\n```", NEVER_SEEN, id="more than was asked for"),
        pytest.param({}, head(2, 3, 9) + "```\nb\n```", NEVER_SEEN, id="fewer lines than it says"),
        pytest.param({}, "ERROR while calling tool: cannot open", NEVER_SEEN, id="an error"),
        pytest.param(
            {}, "a\n[One or more long lines were truncated at 2000 characters]\n", NEVER_SEEN, id="lines cut off"
        ),
    ],
)
def test_what_a_read_shows(asked, shown, state):
    """By the rules of the tool: a file is shown without a head up to its end; what is not certain is not known."""
    assert state_after("read_file", {"filePath": APP, **asked}, shown) == state


def test_a_notebook_is_not_what_a_read_of_it_shows():
    """Its cells are shown, and its file is JSON."""
    call = ToolCall("c", "read_file", {"filePath": "/repo/a.ipynb"})
    assert dialects.of(call).observe(call, ToolResult("c", (Text("```xml\nx\n```"),)), Files({}, cwd="/repo")) == ()


def edit(text, *place):
    names = ("startLineNumber", "startColumn", "endLineNumber", "endColumn")
    return {"text": text, "range": dict(zip(names, place, strict=True))}


def edited(*groups, state, **more):
    """The changes of app.py by groups of edits."""
    call = ToolCall("c", "textEditGroup", {"path": APP, "edits": list(groups), **more})
    known = {} if state is NEVER_SEEN else {APP: state}
    return workspace.changes((call,), Files(known, cwd="/repo"))


@pytest.mark.parametrize(
    ("groups", "text"),
    [
        pytest.param([[edit("X", 2, 1, 2, 2)]], "a\nX\nc\n", id="a word"),
        pytest.param([[edit("X\n", 2, 1, 2, 1)]], "a\nX\nb\nc\n", id="a line put in"),
        pytest.param([[edit("", 2, 1, 3, 1)]], "a\nc\n", id="a line taken out"),
        pytest.param([[edit("Z", 3, 1, 3, 2), edit("XX\nYY", 1, 1, 1, 2)]], "XX\nYY\nb\nZ\n", id="at once"),
        pytest.param([[edit("XX\nYY\n", 1, 1, 1, 1)], [edit("Z", 3, 1, 3, 2)], []], "XX\nYY\nZ\nb\nc\n", id="in turn"),
        pytest.param([[edit("all", 1, 1, 2147483647, 1)]], "all", id="beyond the end"),
        pytest.param([[edit("X", 1, 99, 1, 99)]], "aX\nb\nc\n", id="beyond the line"),
        pytest.param([[edit("X\r\n", 2, 1, 3, 1)]], "a\nX\nc\n", id="line ends are folded"),
        pytest.param([[edit("X", 2, 2, 2, 1)]], "a\nX\nc\n", id="backwards"),
    ],
)
def test_edits_by_ranges(groups, text):
    """In a file of the lines a, b, c: worked out by hand."""
    (change,) = edited(*groups, state=Known("a\nb\nc\n"))
    assert (change.status, change.before, change.after) == ("applied", "a\nb\nc\n", text)


def test_columns_count_utf16_units():
    """A character beyond the first 65,536 is two of them."""
    (change,) = edited([edit("X", 1, 4, 1, 5)], state=Known("😀ab\n"))
    assert change.after == "😀aX\n"


@given(st.text(alphabet="ab\n", max_size=12), st.integers(0, 12), st.integers(0, 12), st.text("xy\n", max_size=4))
def test_a_range_is_a_slice(text, one, other, new):
    """Whatever offsets a range is written from, it replaces the text between them."""
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    places = [(text[:at].count("\n") + 1, at - text[:at].rfind("\n")) for at in (start, end)]
    (change,) = edited([edit(new, *places[0], *places[1])], state=Known(text))
    assert change.after == text[:start] + new + text[end:]


def test_edits_that_overlap_are_not_told():
    """The editor refuses them, and what it did then is not in the chat."""
    (change,) = edited([edit("X", 1, 1, 2, 1), edit("Y", 1, 1, 2, 2)], state=Known("a\nb\n"))
    assert change.status == "unknown_file"


def test_more_edits_than_anyone_makes_are_not_told():
    """A thousand groups in a file of a megabyte."""
    (change,) = edited(*[[edit("x", 1, 1, 1, 1)]] * 1000, state=Known("a" * (1 << 20)))
    assert (change.status, change.why) == ("unknown_file", "the edits are too many for a file of this length")


def test_edits_of_a_file_that_is_not_known():
    """What is put in is judged by itself; what replaces other text is not told, nor what became of the file."""
    (change,) = edited([edit("x = 1\n", 1, 1, 1, 1)], state=NEVER_SEEN)
    assert (change.status, change.basis, change.after) == ("applied", "fragment", "x = 1\n")
    (change,) = edited([edit("x = 1\n", 1, 1, 2, 1)], state=NEVER_SEEN)
    assert change.status == "unknown_file"
    assert isinstance(state_after("textEditGroup", {"path": APP, "edits": [[edit("x", 1, 1, 1, 1)]]}), Unknown)


@pytest.mark.parametrize(("state", "more"), [(Absent(), {}), (NEVER_SEEN, {"new": True})])
def test_the_first_edit_of_a_new_file_is_its_text(state, more):
    """A file that is not there, or that a call made."""
    (change,) = edited([edit("x = 1\n", 1, 1, 1, 1)], state=state, **more)
    assert (change.status, change.basis, change.before, change.after) == ("applied", "full", None, "x = 1\n")


@pytest.mark.parametrize("wrong", [None, 7, [], [[]], [[None]], [[{"text": "x"}]], [[edit(3, 1, 1, 1, 1)]]])
def test_an_edit_of_another_shape_is_none(wrong):
    """No text, or no range."""
    (change,) = workspace.changes((ToolCall("c", "textEditGroup", {"path": APP, "edits": wrong}),), Files({}))
    assert change.status == "failed_edit"


def test_a_file_may_be_made_where_an_empty_one_is():
    """VS Code's tool refuses only a file with text."""
    call = ToolCall("c", "create_file", {"filePath": APP, "content": "x\n"})
    (change,) = workspace.changes((call,), Files({APP: Known("")}))
    assert change.after == "x\n"
    (change,) = workspace.changes((call,), Files({APP: Known("y")}))
    assert change.status == "failed_edit"


@pytest.mark.parametrize(
    "words", ["ERROR while calling tool: no", "String replacement failed: Could not find matching text to replace."]
)
def test_a_replacement_that_failed_wrote_nothing(words):
    """The file stays, or is not what we took it for."""
    arguments = {"filePath": APP, "oldString": "a", "newString": "b"}
    assert state_after("replace_string_in_file", arguments, words, Known("a\n")) != Known("b\n")


def test_cells_of_a_notebook():
    """A cell put in is judged by itself; one that was not read before is not told."""
    path = "/repo/a.ipynb"
    code = {"filePath": path, "language": "python", "cellId": "top"}
    calls = [
        ToolCall("c", "edit_notebook_file", {**code, "editType": "insert", "newCode": ["import os", "x = 1"]}),
        ToolCall("d", "edit_notebook_file", {**code, "editType": "edit", "newCode": "x = 2"}),
    ]
    first, second = (workspace.changes((call,), Files({}))[0] for call in calls)
    assert (first.status, first.basis, first.after) == ("applied", "fragment", "import os\nx = 1")
    assert second.status == "unknown_file"


def test_a_chat_without_rounds_gives_its_edits(tmp_path):
    """A file made and edited, as the chat shows it: two whole texts, and no call that may have written anything."""
    uri = {"$mid": 1, "fsPath": APP, "path": APP, "scheme": "file"}
    shown = {"kind": "toolInvocationSerialized", "toolId": "copilot_createFile", "toolCallId": "u"}
    parts = [
        {"value": "I make it."},
        {**shown, "invocationMessage": {"value": "Creating", "uris": {f"file://{APP}": uri}}},
        {"value": "\n```\n"},
        {"kind": "codeblockUri", "uri": uri, "isEdit": True},
        {"kind": "textEditGroup", "uri": uri, "edits": [[edit("x = 1\n", 1, 1, 1, 1)], []], "done": True},
        {"value": "\n```\n"},
        {"value": "And mend it."},
        {"kind": "textEditGroup", "uri": uri, "edits": [[edit("2", 1, 5, 1, 6)]], "done": True},
    ]
    path = tmp_path / "chat.json"
    asked = {"requestId": "q", "message": {"text": "go"}, "response": parts}
    path.write_text(json.dumps({"responderUsername": "GitHub Copilot", "requests": [asked]}))
    (found,) = importers.read(path)
    texts = [part.text for message in found.messages for part in message.parts if isinstance(part, Text)]
    assert texts == ["go", "I make it.", "And mend it."]
    written = [change for _, changes in workspace.recorded(found) for change in changes]
    assert [(change.status, change.before, change.after) for change in written] == [
        ("applied", None, "x = 1\n"),
        ("applied", "x = 1\n", "x = 2\n"),
    ]


def test_edits_count_beside_rounds_only_where_no_round_calls_for_one(tmp_path):
    """An answer in the edit mode has its code in the text, and what became of it as ranges."""
    uri = {"fsPath": APP, "path": APP}
    group = {"kind": "textEditGroup", "uri": uri, "edits": [[edit("x = 1\n", 1, 1, 1, 1)]]}
    call = {"id": "c1", "name": "create_file", "arguments": json.dumps({"filePath": APP, "content": "y = 1\n"})}
    for calls, text in (([], "x = 1\n"), ([call], "y = 1\n")):
        rounds = [{"id": "r", "response": "So.", "toolCalls": calls}]
        gave = {"c1": {"content": [{"value": f"The following files were successfully edited:\n{APP}\n"}]}}
        about = {"metadata": {"toolCallRounds": rounds, "toolCallResults": gave}}
        asked = {"requestId": "q", "message": {"text": "go"}, "response": [group], "result": about}
        path = tmp_path / "chat.json"
        path.write_text(json.dumps({"responderUsername": "GitHub Copilot", "requests": [asked]}))
        (found,) = importers.read(path)
        assert [change.after for _, changes in workspace.recorded(found) for change in changes] == [text]
