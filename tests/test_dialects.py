"""What a completion would write, in each way that agents write files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay import workspace
from replay.records import Text, ToolCall, ToolResult
from replay.workspace import Absent, Known, Partial, Segment, Unknown, dialects
from replay.workspace.dialects import fenced
from replay.workspace.files import Files

APP = "/repo/app.py"


def files(**states):
    """Files of a session in /repo; ``app`` is /repo/app.py."""
    return Files({f"/repo/{name}.py": state for name, state in states.items()}, cwd="/repo")


def call(name, **arguments):
    """A tool call."""
    return ToolCall("c", name, arguments)


def edit(old, new, **more):
    """Claude's Edit of /repo/app.py."""
    return call("Edit", file_path=APP, old_string=old, new_string=new, **more)


def written(parts, known):
    """The changes of files that a completion would make: what it runs is left out."""
    return [change for change in workspace.changes(parts, known) if workspace.is_file(change)]


def editor(command, *, tool="str_replace_editor", **more):
    """A call to a text editor tool on /repo/app.py."""
    return call(tool, command=command, path=APP, **more)


PART = Partial((Segment(1, "import os"), Segment(10, "def f():\n    pass")), 40)


@pytest.mark.parametrize(
    ("state", "one", "before", "after"),
    [
        pytest.param(Known("a = 1\n"), edit("1", "2"), "a = 1\n", "a = 2\n", id="an edit of a known file"),
        pytest.param(Known("x x\n"), edit("x", "y", replace_all=True), "x x\n", "y y\n", id="replace all"),
        pytest.param(Known("a\nb\n"), edit("a", ""), "a\nb\n", "b\n", id="an empty new text takes the newline along"),
        pytest.param(Known("a b\n"), edit("a ", ""), "a b\n", "b\n", id="but only where a newline follows"),
        pytest.param(Known("a.b"), edit("a.b", r"\1$&"), "a.b", r"\1$&", id="texts are literal"),
        pytest.param(Absent(), edit("", "a = 1\n"), None, "a = 1\n", id="an empty old text creates a file"),
        pytest.param(Known(""), edit("", "a = 1\n"), "", "a = 1\n", id="an empty old text fills an empty file"),
        pytest.param(None, call("Write", file_path=APP, content="a\n"), None, "a\n", id="a write of a file never seen"),
        pytest.param(
            Known("a\n"), call("Write", file_path=APP, content="b\n"), "a\n", "b\n", id="a write over a known"
        ),
        pytest.param(
            Known("a b\n"),
            call(
                "MultiEdit",
                file_path=APP,
                edits=[{"old_string": "a", "new_string": "b c"}, {"old_string": "c", "new_string": "d"}],
            ),
            "a b\n",
            "b d b\n",
            id="several edits apply in order",
        ),
        pytest.param(
            Known("a\nb\n"), editor("str_replace", old_str="b", new_str="c"), "a\nb\n", "a\nc\n", id="str_replace"
        ),
        pytest.param(
            Known("a\nb\n"), editor("str_replace", old_str="b\n"), "a\nb\n", "a\n", id="str_replace by nothing"
        ),
        pytest.param(Known("a\nb\n"), editor("insert", insert_line=1, new_str="x"), "a\nb\n", "a\nx\nb\n", id="insert"),
        pytest.param(
            Known("a\n"), editor("insert", insert_line=0, insert_text="x\n"), "a\n", "x\na\n", id="insert first"
        ),
        pytest.param(
            Known("a\n"), editor("insert", insert_line=1, new_str="x\ny"), "a\n", "a\nx\ny\n", id="insert last"
        ),
        pytest.param(None, editor("create", file_text="a\n"), None, "a\n", id="create"),
        pytest.param(
            Known("a\n"),
            editor("create", file_text="b\n", tool="str_replace_based_edit_tool"),
            "a\n",
            "b\n",
            id="create over a file, by the tool that allows it",
        ),
        pytest.param(
            Known("a\n"), call("Bash", command="cat > /repo/app.py <<'E'\n$b\nE"), "a\n", "$b\n", id="a here-document"
        ),
        pytest.param(
            Absent(), call("Bash", command='tee /repo/app.py <<"E"\nb\nE\n'), None, "b\n", id="a here-document to tee"
        ),
    ],
)
def test_a_known_file_is_written_as_the_tool_writes_it(state, one, before, after):
    """The change holds the exact text before and after."""
    (change,) = written([one], files(**({} if state is None else {"app": state})))
    assert (change.status, change.basis, change.path, change.language) == ("applied", "full", APP, "python")
    assert (change.before, change.after) == (before, after)


@pytest.mark.parametrize(
    ("state", "one", "status", "why"),
    [
        pytest.param(
            Known("a"), edit("b", "c"), "failed_edit", "the old text does not occur in the file", id="not there"
        ),
        pytest.param(Known("a a"), edit("a", "c"), "failed_edit", "the old text occurs 2 times", id="there twice"),
        pytest.param(Known("a"), edit("a", "a"), "failed_edit", "old and new text are the same", id="nothing to do"),
        pytest.param(Absent(), edit("a", "b"), "failed_edit", "the file does not exist", id="no file"),
        pytest.param(
            Known("a"),
            edit("", "b"),
            "failed_edit",
            "an empty old text creates a file, and this one exists",
            id="exists",
        ),
        pytest.param(
            Known("a"), call("Edit", file_path=APP), "failed_edit", "the call lacks old or new text", id="lacks"
        ),
        pytest.param(
            Known("a"),
            call("MultiEdit", file_path=APP, edits=[]),
            "failed_edit",
            "the call lacks old or new text",
            id="none",
        ),
        pytest.param(
            Known("a b"),
            call(
                "MultiEdit",
                file_path=APP,
                edits=[{"old_string": "a", "new_string": "c"}, {"old_string": "x", "new_string": "y"}],
            ),
            "failed_edit",
            "the old text does not occur in the file",
            id="one of several edits fails and none is made",
        ),
        pytest.param(None, edit("a", "b"), "unknown_file", "never read or written in the transcript", id="never seen"),
        pytest.param(Unknown("lost"), edit("a", "b"), "unknown_file", "lost", id="lost"),
        pytest.param(
            Unknown("lost"), call("Write", file_path=APP, content="b"), "unknown_file", "lost", id="written over lost"
        ),
        pytest.param(
            PART,
            call("Write", file_path=APP, content="b"),
            "unknown_file",
            "only part of the file is known",
            id="over a part",
        ),
        pytest.param(
            PART,
            edit("elsewhere", "b"),
            "unknown_file",
            "only part of the file is known, and not where the old text is",
            id="outside the known part",
        ),
        pytest.param(
            PART,
            edit("pass", "b", replace_all=True),
            "unknown_file",
            "only part of the file is known, and the edit replaces everywhere",
            id="everywhere in a part",
        ),
        pytest.param(
            Known("it’s"),
            edit("it's", "b"),
            "unknown_file",
            "the old text is found only when typographic quotes count as plain ones",
            id="typographic quotes",
        ),
        pytest.param(
            Known("a"),
            editor("create", file_text="b"),
            "failed_edit",
            "the file exists: create does not overwrite",
            id="create",
        ),
        pytest.param(
            Known("a"),
            editor("insert", insert_line=9, new_str="b"),
            "failed_edit",
            "line 9 is not in the file",
            id="line",
        ),
        pytest.param(
            Known("a"), editor("undo_edit"), "unknown_file", "an undo goes back to what is not kept here", id="undo"
        ),
        pytest.param(
            Known("a"),
            editor("str_replace"),
            "failed_edit",
            "str_replace: an unknown command, or an argument is missing",
            id="no old text",
        ),
        pytest.param(
            Known("a"),
            call("Bash", command="date > app.py"),
            "unknown_file",
            "a shell command writes app.py",
            id="a redirect of what is not known",
        ),
    ],
)
def test_what_cannot_be_applied_is_said_and_never_guessed(state, one, status, why):
    """A change the tool would refuse, or that is not known well enough, carries its reason and no text."""
    (change,) = written([one], files(**({} if state is None else {"app": state})))
    assert (change.status, change.why, change.before, change.after) == (status, why, None, None)


def test_an_edit_inside_a_known_part_is_judged_on_that_part():
    """Both texts are the known part, with its line in the file."""
    (change,) = written([edit("pass", "return 1")], files(app=PART))
    assert (change.basis, change.first_line) == ("part", 10)
    assert (change.before, change.after) == ("def f():\n    pass", "def f():\n    return 1")


def test_edits_to_two_known_parts_are_two_changes():
    """The second part's first line counts the lines that the first edit added."""
    two = [edit("import os", "import os\nimport re"), edit("pass", "return 1")]
    first, second = written(two, files(app=PART))
    assert (first.first_line, second.first_line) == (1, 11)
    assert second.after == "def f():\n    return 1"


def test_edits_apply_in_order_and_give_one_change_a_file():
    """The net change goes from the text before the completion to the text after it, with the last call's index."""
    parts = [Text("I will."), edit("1", "2"), call("Read", file_path=APP), edit("2", "3")]
    (change,) = written(parts, files(app=Known("a = 1\n")))
    assert (change.before, change.after, change.call) == ("a = 1\n", "a = 3\n", 3)


def test_a_failed_edit_among_good_ones_is_reported_beside_them():
    """The good edits count, and so does the failure."""
    good, bad = written([edit("1", "2"), edit("x", "y"), edit("2", "3")], files(app=Known("a = 1\n")))
    assert (good.after, good.status, bad.status, bad.call) == ("a = 3\n", "applied", "failed_edit", 1)


def test_a_command_that_may_write_hides_the_file_from_later_edits():
    """Within one completion, too, a file is unknown after a command that may have rewritten it."""
    (change,) = written([call("Bash", command="make fmt"), edit("1", "2")], files(app=Known("a = 1\n")))
    assert change.status == "unknown_file"


def test_a_here_document_at_a_path_never_seen_is_judged_by_itself():
    """All of its text is the completion's own, whatever was there."""
    (change,) = written([call("Bash", command="cat > new.py <<'E'\na = 1\nE\n")], files())
    assert (change.path, change.basis, change.after) == ("/repo/new.py", "fragment", "a = 1\n")


def test_the_files_given_are_not_changed():
    """A completion works on a copy."""
    given_files = files(app=Known("a = 1\n"))
    workspace.changes([edit("1", "2")], given_files)
    assert given_files[APP] == Known("a = 1\n")


# --- notebooks ---------------------------------------------------------------------------------------------


def cell(**more):
    """A NotebookEdit of cell c1."""
    return call("NotebookEdit", notebook_path="/repo/n.ipynb", cell_id="c1", new_source="b = 2", **more)


@pytest.mark.parametrize(
    ("known", "one", "expected"),
    [
        pytest.param(True, cell(), ("applied", "part", "a = 1", "b = 2", "python"), id="a known cell"),
        pytest.param(True, cell(edit_mode="delete"), ("applied", "part", "a = 1", "", "python"), id="a deleted cell"),
        pytest.param(
            False, cell(edit_mode="insert"), ("applied", "fragment", None, "b = 2", "python"), id="a new cell"
        ),
        pytest.param(
            False,
            cell(edit_mode="insert", cell_type="markdown"),
            ("applied", "fragment", None, "b = 2", "markdown"),
            id="prose",
        ),
        pytest.param(False, cell(), ("unknown_file", "full", None, None, "python"), id="a cell never read"),
    ],
)
def test_a_notebook_is_edited_cell_by_cell(known, one, expected):
    """The change holds the cell's source."""
    states = {"/repo/n.ipynb#c1": Known("a = 1")} if known else {}
    (change,) = written([one], Files(states))
    assert (change.status, change.basis, change.before, change.after, change.language) == expected


def test_reading_a_notebook_tells_its_cells():
    """Cells are known by their ids, from the text the model saw."""
    one = call("Read", file_path="/repo/n.ipynb")
    shown = '<cell id="c1">a = 1</cell id="c1">\n<cell id="c2"><cell_type>markdown</cell_type># T</cell id="c2">'
    effects = dialects.of(one).observe(one, ToolResult("c", (Text(shown),)), Files())
    assert [(effect.path, effect.state) for effect in effects] == [
        ("/repo/n.ipynb#c1", Known("a = 1")),
        ("/repo/n.ipynb#c2", Known("# T")),
    ]


# --- results of the text editor tools ----------------------------------------------------------------------

SNIPPET = "The file /repo/app.py has been edited. Here's the result of running `cat -n` on a snippet of /repo/app.py:\n"


@pytest.mark.parametrize(
    ("state", "one", "result", "expected"),
    [
        pytest.param(
            None,
            editor("view"),
            "Here's the result of running `cat -n` on /repo/app.py:\n     1\ta\n     2\t\n",
            Known("a\n"),
            id="a view shows the whole file",
        ),
        pytest.param(
            None,
            editor("view", view_range=[2, 3]),
            "Here's the result of running `cat -n` on /repo/app.py:\n     2\tb\n     3\tc\n",
            Partial((Segment(2, "b\nc"),)),
            id="a view of a range is partial",
        ),
        pytest.param(
            Known("a\nb\n"),
            editor("str_replace", old_str="b", new_str="c"),
            SNIPPET + "     1\ta\n     2\tc\n     3\t\n",
            Known("a\nc\n"),
            id="a replacement that the answer confirms",
        ),
        pytest.param(
            Known("a\nb\n"),
            editor("str_replace", old_str="b", new_str="c"),
            SNIPPET + "     1\tz\n     2\tc\n",
            Partial((Segment(1, "z\nc"),)),
            id="an answer that shows another text counts above the prediction",
        ),
        pytest.param(
            Known("a\n"),
            editor("str_replace", old_str="x", new_str="c"),
            "No replacement was performed, old_str `x` did not appear verbatim in /repo/app.py.",
            Known("a\n"),
            id="a refused replacement changes nothing",
        ),
    ],
)
def test_text_editor_answers_tell_the_file(state, one, result, expected):
    """What the tool answered is what is known afterwards."""
    given_files = files(**({} if state is None else {"app": state}))
    effects = dialects.of(one).observe(one, ToolResult("c", (Text(result),)), given_files)
    assert effects[-1].state == expected


# --- code in prose -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Try:\n```python\na = 1\n```\n", [("(code block 1)", "python", "a = 1\n")], id="a language"),
        pytest.param("```src/a.ts\na\n```", [("src/a.ts", "typescript", "a\n")], id="a path as info"),
        pytest.param(
            '```python title="src/a.py"\na\n```', [("src/a.py", "python", "a\n")], id="a path after the language"
        ),
        pytest.param("```python:src/a.py\na\n```", [("src/a.py", "python", "a\n")], id="a path behind a colon"),
        pytest.param("**src/a.go**\n```\na\n```", [("src/a.go", "go", "a\n")], id="a path in bold before"),
        pytest.param(
            "Now change `src/a.go` to this:\n\n```\na\n```", [("src/a.go", "go", "a\n")], id="a line that leads over"
        ),
        pytest.param("see a.py and b.py:\n```\na\n```", [], id="two paths before tell nothing"),
        pytest.param(
            "```\n# src/a.py\na\n```", [("src/a.py", "python", "# src/a.py\na\n")], id="a path as first comment"
        ),
        pytest.param("```\na\n```", [], id="neither language nor path"),
        pytest.param("```diff\n-a\n+b\n```", [], id="a diff is no code"),
        pytest.param("````python\n```\na\n````", [("(code block 1)", "python", "```\na\n")], id="a longer fence"),
        pytest.param("~~~js\na\n~~~", [("(code block 1)", "javascript", "a\n")], id="tildes"),
        pytest.param("```python\na", [("(code block 1)", "python", "a")], id="an open block"),
        pytest.param("use ```python inline", [], id="no fence at all"),
    ],
)
def test_code_blocks_are_fragments(text, expected):
    """A block that carries a language or a path is code, judged by itself."""
    found = workspace.changes([Text(text)], files())
    assert [(change.path, change.language, change.after) for change in found] == expected
    assert all((change.basis, change.before, change.dialect) == ("fragment", None, "fenced") for change in found)


def test_code_blocks_beside_a_call_that_writes_are_talk():
    """Only where nothing is written by tools does shown code count."""
    talk = Text("```python\nx = 1\n```")
    (change,) = written([talk, edit("1", "2")], files(app=Known("a = 1\n")))
    assert change.dialect == "claude"
    (change,) = written([talk, call("Read", file_path=APP)], files())
    assert change.dialect == "fenced"


def test_hostile_prose_is_read_in_linear_time():
    """Long lines, many fences and unclosed marks cost no more than their length."""
    for piece in ("a/", "`", "```\n", "# ", "a.py ", "```python a.py\n"):
        list(fenced.changes(piece * 50_000))


# --- anything at all ---------------------------------------------------------------------------------------

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)
keys = st.sampled_from(
    [
        "file_path",
        "content",
        "old_string",
        "new_string",
        "replace_all",
        "edits",
        "command",
        "path",
        "file_text",
        "old_str",
        "new_str",
        "insert_line",
        "view_range",
        "notebook_path",
        "cell_id",
        "new_source",
        "edit_mode",
        "offset",
        "limit",
    ]
)
tools = st.sampled_from(
    ["Read", "Write", "Edit", "MultiEdit", "NotebookEdit", "Bash", "PowerShell", "Task", "str_replace_editor", "x"]
)
arguments = st.dictionaries(keys, json_values, max_size=6) | st.text(max_size=5)


@given(
    st.lists(st.builds(ToolCall, st.just("c"), tools, arguments), max_size=4),
    st.text(max_size=30),
    st.one_of(json_values, st.dictionaries(st.sampled_from(["file", "structuredPatch", "originalFile"]), json_values)),
)
def test_no_call_or_result_however_odd_is_an_error(calls, text, detail):
    """Models write anything: a call we cannot make sense of is no reason to stop."""
    known = files(app=Known("a"), part=PART)
    for one in calls:
        dialects.of(one).observe(one, ToolResult("c", (Text(text),), detail=detail), known)
        dialects.of(one).truths(one, ToolResult("c", (Text(text),), detail=detail))
    for change in workspace.changes(calls, known):
        assert change.status == "applied" or change.why


@pytest.mark.parametrize(
    ("name", "arguments", "text", "after"),
    [
        pytest.param("developer__text_editor", {"command": "write", "file_text": "x"}, "a\n", "x\n", id="Goose writes"),
        pytest.param(
            "developer__text_editor",
            {"command": "str_replace", "old_str": "a", "new_str": "x"},
            "a\n",
            "x\n",
            id="Goose replaces",
        ),
        pytest.param("fs_write", {"command": "create", "file_text": "x"}, "a\n", "x\n", id="Amazon Q overwrites"),
        pytest.param("fs_write", {"command": "append", "new_str": "x"}, "a", "a\nx\n", id="Amazon Q appends"),
        pytest.param(
            "fs_write",
            {"command": "insert", "insert_line": 1, "new_str": "x\n"},
            "a\nb\n",
            "a\nx\nb\n",
            id="Amazon Q inserts",
        ),
        pytest.param(
            "fs_write",
            {"command": "insert", "insert_line": 1, "new_str": "x"},
            "a\nb\n",
            None,
            id="half a line is not guessed",
        ),
    ],
)
def test_the_text_editors_of_goose_and_amazon_q(name, arguments, text, after):
    """They have the commands of the family and one more each, and end what they write in a newline."""
    one = ToolCall("c", name, {"path": "/repo/app.py", **arguments})
    (change,) = workspace.changes((one,), Files({"/repo/app.py": Known(text)}, cwd="/repo"))
    assert (change.dialect, change.after) == ("str_replace", after)


GOOSE = "developer__text_editor"


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        pytest.param(GOOSE, {"command": "insert", "insert_line": -1, "new_str": "x"}, id="from behind"),
        pytest.param(GOOSE, {"command": "str_replace", "diff": "@@ -1 +1 @@\n-a\n+b\n"}, id="a diff"),
        pytest.param("str_replace_editor", {"command": "insert", "insert_line": 99, "insert_text": "x"}, id="far"),
        pytest.param("file_editor", {"command": "create", "file_text": "x"}, id="a file that was there"),
    ],
)
def test_a_file_is_not_known_after_an_edit_that_was_not_followed_and_went_well(name, arguments):
    """Neither as it was, nor as the call may have meant it: what Goose takes besides, or what was to be refused."""
    one = ToolCall("c", name, {"path": APP, **arguments})
    before = files(app=Known("a\n"))
    (effect,) = dialects.of(one).observe(one, ToolResult("c", (Text("Done."),)), before)
    assert isinstance(effect.state, Unknown)
    assert effect.change.status == "unknown_file"
    (change,) = workspace.changes((one,), before)
    assert change.status == ("unknown_file" if name == GOOSE else "failed_edit")
