"""What Cursor's tools did, by what its database keeps of them."""

import json

import pytest
from cursor_rows import ASKED, READ, conversation, made, tool, whole

from replay import importers, workspace
from replay.records import Text, ToolCall, ToolResult
from replay.workspace import Absent, Known, Partial, Segment, dialects, effects
from replay.workspace.dialects import cursor
from replay.workspace.files import NEVER_SEEN, Files

APP = "/repo/app.py"
OLD, NEW = "a\nb\nc\n", "a\nX\nc\n"
CHUNK = {"diffString": "  a\n- b\n+ X\n  c\n  ", "oldStart": 1, "newStart": 1, "oldLines": 4, "newLines": 4}
RESULT = {"diff": {"chunks": [CHUNK], "editor": "EDITOR_AI"}, "isApplied": True}


def did(name, arguments, state, *, text="", error=None, **detail):
    """What a call did to app.py in ``state``, and the state after it."""
    call = ToolCall("c", name, {"file_path": APP, **arguments})
    assert dialects.of(call) is cursor
    view = Files({} if state is NEVER_SEEN else {APP: state}, cwd="/repo")
    result = ToolResult("c", (Text(text),), is_error=error, detail={"status": "completed", **detail})
    made_by_it = cursor.observe(call, result, view)
    return [effect.change for effect in made_by_it if effect.change], effects.after(view, made_by_it)[APP]


TEXTS = {"old_string": "b", "new_string": "X"}
DRAFT = {"target_file": APP, "code_edit": "# ... existing code ...\nX\n# ... existing code ..."}


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("search_replace", TEXTS),
        ("search_replace", {}),
        ("search_replace", {"old_string": "B", "new_string": "$&"}),
        ("edit_file", DRAFT),
        ("edit_file", {"target_file": APP}),
        ("reapply", {"target_file": APP}),
        ("write", {"contents": NEW}),
        ("edit_file_v2", {"relativeWorkspacePath": APP}),
    ],
    ids=[
        "as told",
        "without texts",
        "with other texts",
        "a draft",
        "no draft",
        "a draft again",
        "a file",
        "nothing told",
    ],
)
def test_the_chunks_of_the_record_tell_what_an_edit_did(name, arguments):
    """Line b became X, whatever the call says of it: by hand, of a known file."""
    (change,), state = did(name, arguments, Known(OLD), result=RESULT)
    assert (change.status, change.before, change.after) == ("applied", OLD, NEW)
    assert state == Known(NEW)


def test_chunks_of_a_file_that_was_not_seen_are_judged_as_parts_of_it():
    """The chunk shows its lines before and after, and where they stand."""
    (change,), state = did("search_replace", TEXTS, NEVER_SEEN, result=RESULT)
    assert (change.basis, change.before, change.after, change.first_line) == ("part", OLD, NEW, 1)
    assert state == Partial((Segment(1, NEW),))


def test_a_file_that_was_written_is_known_with_what_it_was_before():
    """The text that the call wrote, with the chunks undone, is the file before."""
    (change,), state = did("write", {"contents": NEW}, NEVER_SEEN, result=RESULT)
    assert (change.basis, change.before, change.after) == ("full", OLD, NEW)
    assert state == Known(NEW)


@pytest.mark.parametrize("chunk", ["- \n+ x\n+ ", "+ x\n+ "], ids=["an empty line before", "nothing before"])
def test_a_chunk_of_new_lines_alone_is_a_new_file(chunk):
    """Without a line around them there was nothing in the file."""
    told = {"diffString": chunk, "oldStart": 1, "newStart": 1}
    (change,), state = did("edit_file", DRAFT, NEVER_SEEN, result={"diff": {"chunks": [told]}})
    assert (change.basis, change.before, change.after) == ("full", None, "x\n")
    assert state == Known("x\n")


def test_lines_without_a_space_behind_their_signs_are_read_too():
    """A text at once behind a sign tells that there is no space."""
    plain = {**CHUNK, "diffString": " a\n-b\n+X\n c\n "}
    (change,), _ = did("search_replace", TEXTS, Known(OLD), result={"diff": {"chunks": [plain]}})
    assert change.after == NEW


@pytest.mark.parametrize(
    "chunk",
    [
        {**CHUNK, "oldLines": 9},
        {**CHUNK, "oldStart": "1"},
        {**CHUNK, "oldStart": -1},
        {**CHUNK, "newStart": 10**12},
        {**CHUNK, "diffString": "?"},
        {**CHUNK, "diffString": None},
        [],
    ],
)
def test_a_chunk_that_is_none_tells_nothing(chunk):
    """Then the edit did what its call says."""
    (change,), _ = did("search_replace", TEXTS, Known("b\n"), result={"diff": {"chunks": [chunk]}})
    assert (change.before, change.after) == ("b\n", "X\n")


@pytest.mark.parametrize(
    "state", [NEVER_SEEN, Known(OLD), Known("other\n")], ids=["not seen", "known", "known wrongly"]
)
def test_the_file_before_and_after_is_the_truth(state):
    """Newer tools keep both; line ends are those that agents see."""
    record = {"beforeContentId": "composer.content.1", "afterContentId": "composer.content.2"}
    facts = {"result": record, "before": OLD.replace("\n", "\r\n"), "after": NEW}
    (change,), after = did("edit_file_v2", {}, state, **facts)
    assert (change.status, change.before, change.after) == ("applied", OLD, NEW)
    assert after == Known(NEW)


@pytest.mark.parametrize(
    ("state", "record", "status", "before"),
    [
        (NEVER_SEEN, {"afterContentId": "composer.content.2"}, "applied", None),
        (Known(OLD), {"afterContentId": "composer.content.2"}, "applied", OLD),
        (NEVER_SEEN, {"beforeContentId": "composer.content.1"}, "unknown_file", None),
    ],
    ids=["a new file", "a file that is known", "what was before is lost"],
)
def test_a_file_without_one_before_is_new(state, record, status, before):
    """Of a file that the edit made only the text after it is kept."""
    (change,), after = did("edit_file_v2", {}, state, result=record, after=NEW)
    assert (change.status, change.before) == (status, before)
    assert after == Known(NEW)


def test_what_was_streamed_is_judged_by_itself():
    """Of some versions only the new text is kept, and not where it went."""
    (change,), _ = did("edit_file_v2", {"streamingContent": "x = 1"}, NEVER_SEEN)
    assert (change.basis, change.after) == ("fragment", "x = 1")


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("search_replace", TEXTS),
        ("search_replace", {}),
        ("edit_file", DRAFT),
        ("edit_file_v2", {}),
        ("write", {"contents": "x"}),
    ],
)
def test_an_edit_that_was_refused_wrote_nothing(name, arguments):
    """Rejected by the user, cancelled or failed: the file stays, whatever the record shows of the draft."""
    (change,), state = did(name, arguments, Known(OLD), error=True, rejected=True, result=RESULT, after="x")
    assert change.status == "failed_edit"
    assert state == Known(OLD)


@pytest.mark.parametrize(("record", "state"), [({}, Absent()), ({"fileDeletedSuccessfully": True}, Absent())])
def test_a_deleted_file_is_gone(record, state):
    """By the path that the call or the client names."""
    for name in ("target_file", "relativeWorkspacePath"):
        (change,), after = did("delete_file", {name: APP}, Known(OLD), result=record)
        assert (change.before, change.after, after) == (OLD, None, state)


def test_a_file_that_was_not_there_is_not_deleted():
    """The record says so."""
    (change,), after = did("delete_file", {"target_file": APP}, NEVER_SEEN, result={"fileNonExistent": True})
    assert (change.status, after) == ("failed_edit", Absent())


def test_a_patch_of_one_file_is_settled_by_its_chunks():
    """``apply_patch`` takes the file and a patch in Codex's language."""
    patch = f"*** Begin Patch\n*** Update File: {APP}\n@@\n-b\n+X\n*** End Patch"
    for facts in ({}, {"result": RESULT}):
        (change,), _ = did("apply_patch", {"patch": patch}, Known(OLD), **facts)
        assert (change.before, change.after) == (OLD, NEW)


# --- reads ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "arguments", "record", "state"),
    [
        (OLD, {}, {"totalLinesInFile": 4}, Known(OLD)),
        (OLD, {}, {"totalLinesInFile": 3}, Known(OLD)),
        (OLD, {}, {"numCharactersInRequestedRange": 6}, Known(OLD)),
        ("a\r\nb", {}, {"totalLinesInFile": 2}, Known("a\nb")),
        ("a\nb\n", {}, {"totalLinesInFile": 9}, Partial((Segment(1, "a\nb"),))),
        ("a\nb", {}, {"numCharactersInRequestedRange": 9, "totalLinesInFile": 2}, Partial((Segment(1, "a"),))),
        ("b\nc", {"offset": 2, "limit": 2}, {"totalLinesInFile": 4}, Partial((Segment(2, "b\nc"),))),
        ("b\nc", {}, {"startLineOneIndexed": 2, "endLineOneIndexedInclusive": 3}, Partial((Segment(2, "b\nc"),))),
        ("     2|b\n     3|c", {"offset": 2}, {}, Partial((Segment(2, "b\nc"),))),
        (OLD, {"limit": 3}, {}, Partial((Segment(1, "a\nb\nc"),))),
        (OLD, {"offset": -3}, {"totalLinesInFile": 4}, None),
        (OLD, {"offset": "x"}, {}, None),
    ],
)
def test_a_read_shows_the_file_or_lines_of_it(text, arguments, record, state):
    """All of it where its lines are as many as the file has, else the lines from the first on."""
    for name in ("read_file", "read_file_v2"):
        changes, after = did(name, {"target_file": APP, **arguments}, NEVER_SEEN, text=text, params={}, result=record)
        assert changes == []
        assert after == (NEVER_SEEN if state is None else state)


def test_a_read_that_failed_or_is_not_from_the_database_shows_nothing():
    """In a request the text has words of Cursor's server around it."""
    assert did("read_file", {"target_file": APP}, NEVER_SEEN, text=OLD, error=True, params={})[1] is NEVER_SEEN
    assert did("read_file", {"target_file": APP}, NEVER_SEEN, text=OLD)[1] is NEVER_SEEN


# --- from the database to the changes ------------------------------------------------------------------------


def recorded(tmp_path, *rows):
    (one,) = importers.read(made(tmp_path / "state.vscdb", *rows))
    return one, [change for _, changes in workspace.recorded(one) for change in changes]


def test_an_edit_reaches_the_workspace(tmp_path):
    """A file that was read by its relative path and written by its absolute one is the same file."""
    one, (change,) = recorded(tmp_path, whole())
    assert one.source.cwd == "/home/dev/shop"
    assert (change.path, change.before, change.after) == ("/home/dev/shop/app.py", "x = 1\n", "x = 2\n")


def test_commands_are_followed_unless_they_were_refused(tmp_path):
    """A command line is code, and what its text writes is a change; one that the user did not allow did nothing."""
    shell = {"name": "run_terminal_command_v2", "status": "completed", "result": '{"output": ""}'}
    run = [
        tool({**shell, "toolCallId": str(at), "rawArgs": json.dumps({"command": f"echo x > {at}.py"}), **more})
        for at, more in enumerate(({}, {"userDecision": "rejected"}, {"status": "cancelled", "result": None}))
    ]
    _, changes = recorded(tmp_path, conversation("c1", ASKED, *run))
    assert [change.path for change in changes if change.path != "<command>"] == ["0.py"]


def test_tools_that_only_look_lose_nothing(tmp_path):
    """After a list of things to do the file is still known."""
    looks = [
        tool({"name": name, "toolCallId": name, "status": "completed", "rawArgs": "{}", "result": "{}"})
        for name in ("todo_write", "list_dir", "ripgrep_raw_search", "glob_file_search", "read_lints", "create_plan")
    ]
    edit = {
        "name": "search_replace",
        "toolCallId": "e",
        "status": "completed",
        "result": "{}",
        "rawArgs": json.dumps({"file_path": "app.py", "old_string": "1", "new_string": "2"}),
    }
    _, (change,) = recorded(tmp_path, conversation("c1", ASKED, tool(READ), *looks, tool(edit)))
    assert (change.before, change.after) == ("x = 1\n", "x = 2\n")
