"""Edits of which a log shows the hunks only, with the path beside them."""

import pytest

from replay import workspace
from replay.records import Text, ToolCall, ToolResult
from replay.workspace import Absent, Known, Partial, Segment, Unknown, dialects
from replay.workspace.dialects import shown_diff
from replay.workspace.files import NEVER_SEEN, Files

APP = "/repo/app.py"
DIFF = "@@ -2,3 +2,3 @@\n b\n-c\n+X\n d\n"


def edit(diff=DIFF, **more):
    """A call that shows ``diff``."""
    return ToolCall("c", "edit_file", {"file_path": "app.py", "diff": diff, **more})


def done(call, result, state):
    """What a call did to app.py in ``state``: its changes."""
    effects = dialects.of(call).observe(call, result, Files({APP: state}, cwd="/repo"))
    return [
        (effect.change.status, effect.change.basis, effect.change.before, effect.change.after) for effect in effects
    ]


@pytest.mark.parametrize(
    ("arguments", "whose"),
    [
        pytest.param({"file_path": "a.py", "diff": DIFF}, True, id="hunks beside a path"),
        pytest.param({"file_path": "a.py", "diff": "@@\n-c\n+X\n"}, True, id="hunks without numbers"),
        pytest.param({"diff": DIFF}, False, id="no path"),
        pytest.param({"file_path": "a.py", "diff": "--- a/a.py\n+++ b/a.py\n" + DIFF}, False, id="a diff with names"),
        pytest.param(
            {"file_path": "a.py", "diff": "<<<<<<< SEARCH\nc\n=======\nX\n>>>>>>> REPLACE"}, False, id="blocks"
        ),
    ],
)
def test_hunks_beside_a_path_are_claimed(arguments, whose):
    """Diffs that name their files, and other things that are called diffs, belong to others."""
    assert (dialects.of(ToolCall("c", "edit_file", arguments)) is shown_diff) is whose


def test_hunks_are_applied_to_a_known_file():
    """As ``patch`` does it."""
    state = Known("a\nb\nc\nd\n")
    (change,) = workspace.changes((edit(),), Files({APP: state}, cwd="/repo"))
    assert (change.status, change.after) == ("applied", "a\nb\nX\nd\n")
    assert done(edit(), ToolResult("c", (), detail={"diff": DIFF}), state) == [
        ("applied", "full", state.text, "a\nb\nX\nd\n")
    ]


def test_hunks_that_do_not_fit_are_a_failed_edit():
    """A completion that calls so is judged as ``patch`` would."""
    (change,) = workspace.changes((edit(),), Files({APP: Known("q\n")}, cwd="/repo"))
    assert change.status == "failed_edit"


@pytest.mark.parametrize(
    "state", [NEVER_SEEN, Unknown("lost"), Partial((Segment(40, "z"),))], ids=["never", "lost", "part"]
)
def test_recorded_hunks_tell_of_a_file_that_is_not_known(state):
    """Their lines stand where the numbers say; without the record nothing is told of a completion."""
    shown = ToolResult("c", (), detail={"diff": DIFF})
    assert done(edit(), shown, state) == [("applied", "part", "b\nc\nd", "b\nX\nd")]
    (change,) = workspace.changes((edit(),), Files({APP: state}, cwd="/repo"))
    assert change.status == "unknown_file"


@pytest.mark.parametrize(
    "head", ["@@ -1,1 +1,3 @@\n-", "@@ -0,0 +1,3 @@"], ids=["an empty line gone", "nothing before"]
)
@pytest.mark.parametrize("state", [NEVER_SEEN, Absent()], ids=["never", "absent"])
def test_a_file_that_was_made_is_known_whole(head, state):
    """Cursor compares with an empty text, which has one line; an edit of more shows the lines around it."""
    diff = f"{head}\n+a\n+b\n+\n"
    shown = ToolResult("c", (), detail={"diff": diff})
    assert done(edit(diff), shown, state) == [("applied", "full", None, "a\nb\n")]


def test_an_empty_line_among_others_is_not_the_whole_file():
    """The line behind it stands in the hunk."""
    diff = "@@ -1,2 +1,2 @@\n-\n+a\n b\n"
    shown = ToolResult("c", (), detail={"diff": diff})
    assert done(edit(diff), shown, NEVER_SEEN) == [("applied", "part", "\nb", "a\nb")]


def test_hunks_without_numbers_are_fragments():
    """The old lines became the new ones, wherever that was."""
    diff = "@@\n b\n-c\n+X\n"
    shown = ToolResult("c", (), detail={"diff": diff})
    assert done(edit(diff), shown, NEVER_SEEN) == [("applied", "fragment", "b\nc", "b\nX")]
    added = "@@\n+X\n"
    shown = ToolResult("c", (), detail={"diff": added})
    assert done(edit(added), shown, NEVER_SEEN) == [("applied", "fragment", "", "X")]


@pytest.mark.parametrize("words", ["Cancelled", "Error calling tool.", "Tool call timed out after 5000ms"])
def test_a_tool_that_failed_wrote_nothing(words):
    """Whatever diff stands in the call."""
    assert done(edit(), ToolResult("c", (Text(words),)), Known("a\nb\nc\nd\n"))[0][0] == "failed_edit"
