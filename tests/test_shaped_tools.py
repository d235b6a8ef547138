"""Tools of agents that people build themselves: what a call says by its name and its arguments."""

import pytest

from replay import workspace
from replay.records import Text, ToolCall, ToolResult
from replay.workspace import Known, dialects, effects
from replay.workspace.effects import Effect
from replay.workspace.files import Files

APP = "/repo/app.py"


def call(name, **arguments):
    """A tool call."""
    return ToolCall("c", name, arguments)


def files(state=None):
    """Files of a session in /repo; ``state`` is that of app.py."""
    return Files({APP: state} if state is not None else {}, cwd="/repo")


@pytest.mark.parametrize(
    ("one", "before", "after"),
    [
        pytest.param(call("save_code", filename=APP, code="b\n"), "a\n", "b\n", id="writes"),
        pytest.param(call("writeFile", path="app.py", text="b\n", reason="why"), "a\n", "b\n", id="and says why"),
        pytest.param(call("search_replace", file_path=APP, search="a", replace="b"), "a\n", "b\n", id="replaces"),
        pytest.param(call("edit_code", file=APP, old="a", new="b", all=True), "a a\n", "b b\n", id="everywhere"),
        pytest.param(call("replace_string", path=APP, old_str="a", new_str=""), "a\n", "\n", id="takes out"),
    ],
)
def test_a_call_that_says_what_it_writes_is_carried_out(one, before, after):
    """By its name, a path, and a text or two."""
    (change,) = workspace.changes((one,), files(Known(before)))
    assert (change.status, change.before, change.after, change.dialect) == ("applied", before, after, "shaped")


@pytest.mark.parametrize(
    "one",
    [
        pytest.param(call("save_code", filename=APP, code="b", branch="main"), id="an argument more"),
        pytest.param(call("create_file_backup", path=APP, content="b"), id="another word in the name"),
        pytest.param(call("mcp__git__save_file", path=APP, code="b"), id="a server"),
        pytest.param(call("save_code", path=APP, filename="b", code="b"), id="two paths"),
        pytest.param(call("edit_code", path=APP, code="b"), id="an edit without an old text"),
        pytest.param(call("edit_code", path=APP, old="", new="b"), id="an empty old text"),
        pytest.param(call("save_code", path=APP, code=["b"]), id="a text that is none"),
    ],
)
def test_a_call_that_may_mean_something_else_is_not(one):
    """Then it may have written the file, and no more is known."""
    assert dialects.of(one).NAME != "shaped"


@pytest.mark.parametrize(
    ("answer", "status", "basis"),
    [
        pytest.param("ok", "applied", "fragment", id="went well"),
        pytest.param("Error: old text not found", "failed_edit", "full", id="failed"),
    ],
)
def test_the_answer_tells_whether_an_edit_of_a_file_not_shown_went_well(answer, status, basis):
    """If so, its old and new text count; if not, nothing was written."""
    one = call("search_replace", file_path=APP, search="a", replace="b")
    made = dialects.of(one).observe(one, ToolResult("c", (Text(answer),)), files())
    (change,) = [effect.change for effect in made if isinstance(effect, Effect) and effect.change is not None]
    assert (change.status, change.basis) == (status, basis)
    if status == "applied":
        assert (change.before, change.after) == ("a", "b")
    effects.after(files(), made)
