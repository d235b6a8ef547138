"""What Factory Droid's edit tools do to files, and what its answers show of them."""

import json

import pytest

from replay import workspace
from replay.records import Fidelity, Message, Setup, Source, Text, ToolCall, ToolResult, Transcript, Turn
from replay.workspace import Absent, Known, Partial, Segment, dialects
from replay.workspace.dialects import droid
from replay.workspace.effects import after
from replay.workspace.files import NEVER_SEEN, Files

APP = "/repo/app.py"


def files(state=None, *, marks=None):
    """Files of a session in /repo that knows app.py, or nothing."""
    return Files({} if state is None else {APP: state}, cwd="/repo", marks=marks)


def call(name, **arguments):
    """A tool call."""
    return ToolCall("c", name, arguments)


def edit(old, new, **more):
    """An edit of app.py."""
    return call("Edit", file_path=APP, old_str=old, new_str=new, **more)


def patch(*lines):
    """A patch of app.py."""
    return call("ApplyPatch", input="\n".join(["*** Begin Patch", "*** Update File: app.py", *lines, "*** End Patch"]))


@pytest.mark.parametrize(
    ("state", "one", "made"),
    [
        pytest.param(Absent(), call("Create", file_path=APP, content="a"), "a\n", id="a new file ends in a newline"),
        pytest.param(
            Known("b\n"), call("Create", file_path=APP, content="a\n"), "a\n", id="one that exists is written"
        ),
        pytest.param(Known("a\nb\n"), edit("b", "c"), "a\nc\n", id="an edit"),
        pytest.param(Known("a a\n"), edit("a", "b", change_all=True), "b b\n", id="everywhere"),
        pytest.param(Known("a\nb\n"), edit("b\n", "c"), "a\nc\n", id="the newline at the end stays"),
        pytest.param(Known("a"), edit("a", "b\n"), "b", id="and none comes"),
        pytest.param(Known(""), edit("", "a\n"), "a", id="into an empty file"),
        pytest.param(
            Known("a\n"),
            call(
                "MultiEdit",
                file_path=APP,
                changes=[{"old_str": "a", "new_str": "b"}, {"old_str": "b", "new_str": "c"}],
            ),
            "c\n",
            id="several in turn",
        ),
        pytest.param(Known("a\nb\nc\n"), patch("@@", " a", "-b", "+B", " c"), "a\nB\nc\n", id="a patch"),
        pytest.param(Known("x\na\ny\na\n"), patch("@@ y", "-a", "+b"), "x\na\ny\nb\n", id="behind a context"),
        pytest.param(Known("a\nb\n"), patch("@@ nowhere", "-b", "+c"), "a\nc\n", id="a context that is not there"),
        pytest.param(Known("a\nb\n"), patch("@@ a", "+x"), "a\nx\nb\n", id="lines go where the search has come to"),
        pytest.param(Known("b"), patch("@@", "-b", "+c"), "c", id="a patch leaves the end as it was"),
    ],
)
def test_droid_writes(state, one, made):
    """As its client does."""
    (change,) = workspace.changes((one,), files(state))
    assert (change.status, change.dialect, change.after) == ("applied", "droid", made)


@pytest.mark.parametrize(
    ("state", "one", "status"),
    [
        pytest.param(Known("a a\n"), edit("a", "b"), "failed_edit", id="twice there"),
        pytest.param(Known("a\n"), edit("b", "c"), "failed_edit", id="not there"),
        pytest.param(Absent(), patch("@@", "-a", "+b"), "failed_edit", id="no such file"),
        pytest.param(Known("  a\n"), patch("@@", "-a", "+b"), "unknown_file", id="lines that are only like it"),
        pytest.param(None, edit("a", "b"), "unknown_file", id="a file that was not seen"),
    ],
)
def test_what_droid_does_not_write(state, one, status):
    """It refuses what is not there, or not once; what it finds by likeness is not guessed."""
    (change,) = workspace.changes((one,), files(state))
    assert change.status == status


def test_claude_codes_calls_of_the_same_names_are_its_own():
    """The arguments tell them apart."""
    assert dialects.of(call("Edit", file_path=APP, old_string="a", new_string="b")).NAME == "claude"
    assert dialects.of(call("MultiEdit", file_path=APP, edits=[])).NAME == "claude"


def test_a_patch_of_droid_may_fail_for_some_of_its_files():
    """Its answer lists them, each with an error or a diff."""
    lines = [
        "*** Begin Patch",
        "*** Update File: app.py",
        "@@",
        "-a",
        "+b",
        "*** Add File: lib.py",
        "+x",
        "*** End Patch",
    ]
    one = call("ApplyPatch", input="\n".join(lines))
    told = [
        {"file_path": APP, "display_operation": "update", "error": "Failed to apply patch: Invalid context"},
        {"file_path": "/repo/lib.py", "display_operation": "create", "content": "x"},
    ]
    answer = ToolResult("c", (Text(json.dumps({"success": True, "files": told})),))
    first, second = (effect.change for effect in droid.observe(one, answer, files(Known("a\n"))))
    assert (first.path, first.status, second.path, second.after) == (APP, "failed_edit", "/repo/lib.py", "x\n")


@pytest.mark.parametrize("named", [APP, "/repo/new.py"])
@pytest.mark.parametrize("before", [Known("a\n"), Absent()])
def test_a_file_that_a_failed_patch_was_to_move_stays(named, before):
    """By whichever of its names the answer tells of it, and it failed once."""
    lines = ["*** Begin Patch", "*** Update File: app.py", "*** Move to: new.py", "@@", "-a", "+b", "*** End Patch"]
    one = call("ApplyPatch", input="\n".join(lines))
    told = {"success": False, "files": [{"file_path": named, "error": "Failed to apply patch: Invalid context"}]}
    made = droid.observe(one, ToolResult("c", (Text(json.dumps(told)),)), files(before))
    (change,) = (effect.change for effect in made)
    assert (change.path, change.status) == (APP, "failed_edit")
    left = after(files(before), made)
    assert (left[APP], left["/repo/new.py"]) == (before, NEVER_SEEN)


def test_an_edit_that_droid_refused_changed_nothing():
    """It says so in words."""
    words = "Error: Found 2 occurrences of the specified text, but change_all is false."
    (effect,) = droid.observe(edit("a", "b"), ToolResult("c", (Text(words),)), files(Known("a a\n")))
    assert (effect.change.status, effect.state) == ("failed_edit", Known("a a\n"))


@pytest.mark.parametrize(
    ("given", "words", "state"),
    [
        pytest.param({}, "a\nb\n", Known("a\nb\n"), id="a whole file"),
        pytest.param(
            {"offset": 2, "limit": 1},
            "b\n\n<system-reminder>[Showing lines 2-2 of 4 total lines]</system-reminder>",
            Partial((Segment(2, "b"),), 4),
            id="some lines",
        ),
        pytest.param(
            {},
            "a\nbb\n\n<system-reminder>[Showing lines 1-2 of 4 total lines, truncated to 60k characters]"
            "</system-reminder>",
            Partial((Segment(1, "a"),), 4),
            id="lines up to one that may be cut",
        ),
        pytest.param(
            {}, "a ***\n\n<system-reminder>Some `*` characters in this …</system-reminder>", None, id="masked"
        ),
        pytest.param({}, "Failed to read file", None, id="an error"),
    ],
)
def test_what_droid_reads_has_no_line_numbers(given, words, state):
    """So its lines are taken as they are, where the session says that the agent is Droid."""
    one = call("Read", file_path=APP, **given)
    answer = ToolResult("c", (Text(words),))
    known = files(marks={droid.MARK: droid.AGENT})
    assert after(known, dialects.of(one).observe(one, answer, known))[APP] == (known[APP] if state is None else state)
    assert after(files(), dialects.of(one).observe(one, answer, files()))[APP] == files()[APP]


def test_a_session_of_droid_is_followed_from_its_reads():
    """An edit of a file that was read is known whole."""
    messages = (
        Message("user", (Text("go"),)),
        Message("assistant", (ToolCall("1", "Read", {"file_path": APP}),)),
        Message("tool", (ToolResult("1", (Text("a\n"),)),)),
        Message("assistant", (ToolCall("2", "Edit", {"file_path": APP, "old_str": "a", "new_str": "b"}),)),
        Message("tool", (ToolResult("2", (Text('{"success":true}'),)),)),
    )
    source = Source("pi", "log", agent="Factory Droid", cwd="/repo")
    turns = (Turn(1, ((0, 1),)), Turn(3, ((0, 3),)))
    told = Transcript("0", source, (Setup(),), messages, turns, Fidelity("partial"))
    (change,) = dict(workspace.recorded(told))[1]
    assert (change.before, change.after) == ("a\n", "b\n")
