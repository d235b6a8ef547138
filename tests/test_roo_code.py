"""What Roo Code's edit tools do to files, and what their answers show of them."""

import pytest

from replay import workspace
from replay.records import Text, ToolCall, ToolResult
from replay.workspace import Absent, Known, Partial, Segment, dialects
from replay.workspace.files import Files

APP = "/repo/app.py"
PART = Partial((Segment(1, "import os"), Segment(10, "def f():\n    pass")), 40)


def files(**states):
    """Files of a session in /repo; ``app`` is /repo/app.py."""
    return Files({f"/repo/{name}.py": state for name, state in states.items()}, cwd="/repo")


def call(name, **arguments):
    """A tool call."""
    return ToolCall("c", name, arguments)


def written(parts, known):
    """The changes of files, without what is only run."""
    return [change for change in workspace.changes(parts, known) if workspace.is_file(change)]


def insert(line, content):
    """Roo Code's insertion in app.py."""
    return call("insert_content", path="app.py", line=line, content=content)


def operate(*pairs):
    """Roo Code's list of searches in app.py."""
    return call("search_and_replace", path="app.py", operations=[{"search": s, "replace": r} for s, r in pairs])


def roo(*blocks):
    """Roo Code's edit of app.py: blocks of the line they stand at, old and new text."""
    told = [
        f"<<<<<<< SEARCH\n:start_line:{n}\n-------\n{old}\n=======\n{new}\n>>>>>>> REPLACE" for n, old, new in blocks
    ]
    return call("apply_diff", path="app.py", diff="\n".join(told))


@pytest.mark.parametrize(
    ("text", "blocks", "after"),
    [
        pytest.param("a\nb\n", [(1, "a", "A")], "A\nb\n", id="at its line"),
        pytest.param("a\nb\n", [(9, "b", "B\nC")], "a\nB\nC\n", id="at the only place"),
        pytest.param("a\na\n", [(2, "a", "A")], "a\nA\n", id="the line decides between two"),
        pytest.param(
            "a\nb\na\n", [(1, "a", "x\ny"), (3, "a", "z")], "x\ny\nb\nz\n", id="lines are those of the file before"
        ),
        pytest.param("a\na\n", [(7, "a", "A")], None, id="two places and neither is meant"),
        pytest.param("a\nb\n", [(1, "  a", "A")], None, id="found by likeness only"),
    ],
)
def test_a_diff_of_roo_code(text, blocks, after):
    """Followed where the lines stand as they are; where Roo would look for what is like them it is not guessed."""
    (change,) = written((roo(*blocks),), files(app=Known(text)))
    assert (change.status, change.after) == (("applied", after) if after else ("unknown_file", None))


def test_roo_code_says_that_a_diff_does_not_fit():
    """In its words; the file stays as it was."""
    one = roo((1, "a", "A"))
    words = "[apply_diff for 'app.py'] Result:\n<error_details>\nNo sufficiently similar match found"
    (effect,) = dialects.of(one).observe(one, ToolResult("c", (Text(words),)), files(app=Known("b\n")))
    assert effect.change.status == "failed_edit"


@pytest.mark.parametrize(
    ("blocks", "after"),
    [
        pytest.param([(7, "pass", "return")], "x = 10\nx = 1\npass\nreturn", id="the line decides between two"),
        pytest.param([(9, "x = 1", "x = 2")], "x = 10\nx = 2\npass\npass", id="a line is not part of another"),
        pytest.param([(4, "x = 10", "")], "x = 1\npass\npass", id="deleted lines leave no blank one"),
        pytest.param([(20, "pass", "return")], None, id="two places and neither is meant"),
    ],
)
def test_a_diff_of_roo_code_in_a_part_of_a_file(blocks, after):
    """Lines are found by their numbers, and whole, as in a file that is known."""
    part = Partial((Segment(4, "x = 10\nx = 1\npass\npass"),), None)
    (change,) = written((roo(*blocks),), files(app=part))
    assert (change.status, change.after) == (("applied", after) if after else ("unknown_file", None))


@pytest.mark.parametrize("block", [(1, "", "x"), (1, "a", "a")], ids=["nothing is sought", "nothing changes"])
def test_roo_code_leaves_out_blocks_that_do_nothing(block):
    """It refuses them and makes the others."""
    (alone,) = written((roo(block),), files(app=Known("a\nb\n")))
    assert alone.status == "failed_edit"
    (change,) = written((roo(block, (2, "b", "B")),), files(app=Known("a\nb\n")))
    assert (change.status, change.after) == ("applied", "a\nB\n")


@pytest.mark.parametrize(
    ("text", "sought", "new", "after"),
    [
        pytest.param("<<<<<<< HEAD\n=======\n", "\\<<<<<<< HEAD\n\\=======", "b", "b\n", id="marks that are sought"),
        pytest.param("a\n", "a", "\\>>>>>>> x\n\\:start_line:1", ">>>>>>> x\n:start_line:1\n", id="marks that are put"),
        pytest.param("a\n", "a", "\\t", "\\t\n", id="a backslash before anything else stays"),
        pytest.param("T\n====\n", "T\n====", "U\n====", "U\n====\n", id="a shorter underline is no mark"),
        pytest.param("  a\n", "  a", "  b  \n    c\nd", "  b\n    c\nd\n", id="white space at the end is lost"),
        pytest.param("a\n", "a", "\n\nb\n\nc", "b\n\nc\n", id="blank lines at the beginning are lost"),
    ],
)
def test_marks_and_white_space_in_a_diff_of_roo_code(text, sought, new, after):
    """As its pattern and its setting in of new lines have it (multi-search-replace.ts)."""
    (change,) = written((roo((1, sought, new)),), files(app=Known(text)))
    assert (change.status, change.after) == ("applied", after)


def test_roo_code_refuses_a_diff_with_a_mark_out_of_turn():
    """All of it: the model must put a backslash before a mark that it means as text."""
    (change,) = written((roo((1, "a", "x\n=======\ny")),), files(app=Known("a\n")))
    assert change.status == "failed_edit"


def test_a_diff_of_roo_code_over_several_files():
    """Each file has its path and contents, each of these a line of its own."""
    block = "<content>\n<<<<<<< SEARCH\na\n=======\nA\n>>>>>>> REPLACE\n</content>"
    told = [
        f"<file>\n<path>{name}.py</path>\n<diff>\n{block}\n<start_line>{line}</start_line>\n</diff>\n</file>"
        for name, line in (("app", 2), ("lib", 1))
    ]
    said = "<apply_diff>\n<args>\n" + "\n".join(told) + "\n</args>\n</apply_diff>"
    one, two = written((Text(said),), files(app=Known("a\na\n"), lib=Known("a\n")))
    assert (one.path, one.after, two.path, two.after) == (APP, "a\nA\n", "/repo/lib.py", "A\n")


def swap(search, replace, **more):
    """Roo Code's search with a replacement in app.py."""
    return call("search_and_replace", path="app.py", search=search, replace=replace, **more)


@pytest.mark.parametrize(
    ("state", "one", "after"),
    [
        pytest.param(Known("a\nb\n"), insert(2, "x\ny"), "a\nx\ny\nb\n", id="before a line"),
        pytest.param(Known("a"), insert("0", "x"), "a\nx", id="line 0 is behind the last"),
        pytest.param(Known("a\n"), insert(0, "x"), "a\n\nx", id="which is empty behind a final newline"),
        pytest.param(Known("a\n"), insert(9, "x"), "a\n\nx", id="and so is a line beyond the end"),
        pytest.param(Absent(), insert(1, "x\n"), "x\n", id="a new file"),
        pytest.param(Known("a a\n"), swap("a", "b"), "b b\n", id="everywhere"),
        pytest.param(Known("a\na\na\n"), swap("a", "b", start_line="2", end_line="2"), "a\nb\na\n", id="in a line"),
        pytest.param(Known("a\na\na\n"), swap("a", "b", start_line=2), "a\nb\nb\n", id="from a line on"),
        pytest.param(Known("Ab\n"), swap("aB", "c", ignore_case="true"), "c\n", id="whatever its case"),
        pytest.param(Known("f(x)\n"), swap(r"f\(x\)", "g", use_regex="true"), "g\n", id="an expression that is a text"),
        pytest.param(Known("f(x)\n"), swap("f(x)", "$1"), "$1\n", id="the number of no group"),
        pytest.param(Known("a\nb\n"), operate(("a", "b\nc"), ("c", "d")), "b\nd\nb\n", id="several in turn"),
        pytest.param(
            Known("a\n"), call("search_replace", file_path=APP, old_string="a", new_string="b"), "b\n", id="one place"
        ),
        pytest.param(
            Absent(), call("edit_file", file_path=APP, old_string="", new_string="b\n"), "b\n", id="made by an edit"
        ),
        pytest.param(
            Known("a a\n"),
            call("edit_file", file_path=APP, old_string="a", new_string="b", expected_replacements="2"),
            "b b\n",
            id="as often as expected",
        ),
    ],
)
def test_roo_code_inserts_and_replaces(state, one, after):
    """As its tools do it: line 0 is behind the last line, be it an empty one; a search is literal, and everywhere."""
    (change,) = written((one,), files(app=state))
    assert (change.status, change.dialect, change.after) == ("applied", "roo", after)


@pytest.mark.parametrize(
    ("state", "one", "status"),
    [
        pytest.param(Known("a\n"), swap("a+", "b", use_regex="true"), "unknown_file", id="an expression"),
        pytest.param(Known("a\n"), swap("a", "[$&]"), "unknown_file", id="a sign for what was found"),
        pytest.param(PART, swap("import", "x"), "unknown_file", id="everywhere in a file known in part"),
        pytest.param(Known("a\n"), swap("b", "c"), "failed_edit", id="not there"),
        pytest.param(
            Known("a a\n"),
            operate(("a", "b")),
            "unknown_file",
            id="twice there, which was everywhere once and is refused now",
        ),
        pytest.param(Absent(), insert(2, "x"), "failed_edit", id="no such file"),
        pytest.param(PART, insert(0, "x"), "unknown_file", id="where it ends"),
    ],
)
def test_what_roo_code_would_do_is_not_guessed(state, one, status):
    """Neither what an expression finds, nor what lies outside the lines that are known."""
    (change,) = written((one,), files(app=state))
    assert change.status == status


def test_roo_code_inserts_and_replaces_in_the_lines_that_are_known():
    """By their numbers."""
    one, two = (
        insert(11, "    x"),
        swap("pass", "y", start_line=11, end_line=11),
    )
    for edit, after in ((one, "def f():\n    x\n    pass"), (two, "def f():\n    y")):
        (change,) = written((edit,), files(app=PART))
        assert (change.status, change.basis, change.first_line, change.after) == ("applied", "part", 10, after)


def test_calls_of_roo_code_written_as_tags():
    """Where the agent reads them from the text of the model."""
    told = "<search_and_replace>\n<path>app.py</path>\n<search>a</search>\n<replace>b</replace>\n</search_and_replace>"
    (change,) = written((Text(told),), files(app=Known("a\n")))
    assert (change.status, change.after) == ("applied", "b\n")


@pytest.mark.parametrize(
    ("words", "status"),
    [
        pytest.param('{"status":"error","message":"The tool execution failed"}', "failed_edit", id="an error"),
        pytest.param("[x for 'app.py'] Result:\n\nNo changes needed for 'app.py'", "failed_edit", id="nothing to do"),
        pytest.param('{"path":"app.py","user_edits":"@@"}', "unknown_file", id="changed by a person"),
        pytest.param("<file_write_result>\n<path>app.py</path>", "applied", id="done"),
    ],
)
def test_what_roo_code_answers_tells_what_it_did(words, status):
    """It has no flag for an error; a person may change an edit before it is saved."""
    one = swap("a", "b")
    (effect,) = dialects.of(one).observe(one, ToolResult("c", (Text(words),)), files(app=Known("a\n")))
    assert effect.change.status == status


@pytest.mark.parametrize("odd", ["<path> " * 50_000, "<path>a</path><diff>" + "<content> " * 50_000 + "</diff>"])
def test_arguments_whose_elements_are_not_closed_change_nothing(odd):
    """However often one is opened."""
    one = ToolCall("c", "apply_diff", {"args": f"<file>{odd}</file>"})
    assert list(dialects.of(one).apply(one, Files(cwd="/repo"))) == []
