"""What the plain edit tools of many agents do, told by the names of the tool and of its arguments."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay import workspace
from replay.records import Text, ToolCall, ToolResult
from replay.workspace import Absent, Known, Partial, Segment, Unknown, dialects
from replay.workspace.dialects import named, others
from replay.workspace.effects import Loss
from replay.workspace.files import Files

APP = "/repo/app.py"
OLD, NEW = "a\nb\nc\n", "a\nX\nc\n"


def call(name, arguments):
    """A tool call."""
    return ToolCall("c", name, arguments)


def told(name, arguments, state):
    """The change that a call makes to app.py in ``state``."""
    (change,) = workspace.changes((call(name, arguments),), Files({APP: state}, cwd="/repo"))
    return change


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        pytest.param("edit_file", {"path": APP, "old_str": "b", "new_str": "X"}, id="Amp"),
        pytest.param("edit_file", {"path": APP, "edits": [{"oldText": "b", "newText": "X"}]}, id="file system server"),
        pytest.param(
            "mcp__filesystem__edit_file",
            {"path": APP, "edits": [{"oldText": "b", "newText": "X"}]},
            id="behind its name",
        ),
        pytest.param("edit_file", {"path": APP, "edits": [{"old_text": "b", "new_text": "X"}]}, id="Zed"),
        pytest.param("developer__edit", {"path": APP, "before": "b", "after": "X"}, id="Goose"),
        pytest.param("str_replace", {"path": APP, "old_str": "b", "new_str": "X", "description": "d"}, id="Claude.ai"),
        pytest.param("strReplace", {"path": "app.py", "oldStr": "b", "newStr": "X"}, id="Kiro"),
        pytest.param("StrReplace", {"path": APP, "old_string": "b", "new_string": "X"}, id="Cursor"),
        pytest.param("StrReplaceFile", {"path": APP, "edit": {"old": "b", "new": "X"}}, id="Kimi"),
        pytest.param("StrReplaceFile", {"path": APP, "edit": [{"old": "b", "new": "X"}]}, id="Kimi, a list"),
        pytest.param(
            "single_find_and_replace", {"filepath": "app.py", "old_string": "b", "new_string": "X"}, id="Continue"
        ),
        pytest.param(
            "multi_edit",
            {
                "filepath": "app.py",
                "edits": [{"old_string": "b", "new_string": "Y"}, {"old_string": "Y", "new_string": "X"}],
            },
            id="Continue, several in turn",
        ),
        pytest.param(
            "multi_edit", {"file_path": APP, "edits": [{"old_string": "b", "new_string": "X"}]}, id="Windsurf"
        ),
        pytest.param(
            "search_replace", {"file_path": APP, "replacements": [{"original_text": "b", "new_text": "X"}]}, id="Qoder"
        ),
        pytest.param(
            "update_file", {"file_path": APP, "replace_blocks": [{"old_str": "b", "new_str": "X"}]}, id="Trae"
        ),
        pytest.param(
            "replace_file_content",
            {"TargetFile": APP, "StartLine": 1, "EndLine": 3, "TargetContent": "b", "ReplacementContent": "X"},
            id="Antigravity",
        ),
        pytest.param(
            "multi_replace_file_content",
            {"TargetFile": APP, "ReplacementChunks": [{"TargetContent": "b", "ReplacementContent": "X"}]},
            id="Antigravity, several",
        ),
        pytest.param(
            "str-replace-editor",
            {
                "command": "str_replace",
                "path": "app.py",
                "old_str_1": "b",
                "new_str_1": "X",
                "old_str_start_line_number_1": 2,
            },
            id="Augment, by number",
        ),
        pytest.param(
            "str-replace-editor",
            {"command": "str_replace", "path": "app.py", "str_replace_entries": [{"old_str": "b", "new_str": "X"}]},
            id="Augment, a list",
        ),
        pytest.param("fsWrite", {"path": "app.py", "text": NEW}, id="Kiro writes"),
        pytest.param("write", {"file_path": APP, "contents": NEW}, id="Cursor writes"),
        pytest.param("Write", {"path": APP, "contents": NEW}, id="a newer Cursor writes"),
        pytest.param("write_file", {"path": APP, "content": NEW}, id="the file system server writes"),
        pytest.param("WriteFile", {"path": APP, "content": NEW}, id="Kimi writes"),
        pytest.param("developer__write", {"path": APP, "content": NEW}, id="Goose writes"),
        pytest.param("create_text_file", {"relative_path": "app.py", "content": NEW}, id="Serena writes"),
    ],
)
def test_an_edit_is_known_by_its_names(name, arguments):
    """Each as its agent calls it."""
    change = told(name, arguments, Known(OLD))
    assert (change.path, change.status, change.before, change.after) == (APP, "applied", OLD, NEW)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        pytest.param("create_file", {"path": APP, "content": OLD}, id="Amp"),
        pytest.param("create_file", {"path": APP, "contents": OLD}, id="Zed"),
        pytest.param("create_file", {"path": APP, "file_text": OLD, "description": "d"}, id="Claude.ai"),
        pytest.param("create_file", {"file_path": APP, "file_content": "a\nb\nc"}, id="Qoder ends it in a newline"),
        pytest.param("save-file", {"path": "app.py", "file_content": "a\nb\nc"}, id="and so does Augment"),
        pytest.param("create_new_file", {"filepath": "app.py", "contents": OLD}, id="Continue"),
        pytest.param("write_to_file", {"TargetFile": APP, "CodeContent": OLD}, id="Windsurf"),
        pytest.param("write_to_file", {"file_path": APP, "content": OLD, "rewrite": False}, id="Trae"),
        pytest.param("edit_file", {"path": APP, "old_str": "", "new_str": OLD}, id="an empty old text"),
    ],
)
def test_a_new_file_is_known_by_its_names(name, arguments):
    """Each as its agent calls it."""
    change = told(name, arguments, Absent())
    assert (change.path, change.status, change.before, change.after) == (APP, "applied", None, OLD)


MAKERS = [
    ("create_file", {"file_path": APP, "file_content": NEW}),
    ("save-file", {"path": APP, "file_content": NEW}),
    ("create_new_file", {"filepath": APP, "contents": NEW}),
    ("write_to_file", {"TargetFile": APP, "CodeContent": NEW}),
]


@pytest.mark.parametrize(("name", "arguments"), MAKERS)
@pytest.mark.parametrize("state", [Known(OLD), Partial((Segment(2, "b"),), 4)])
def test_a_tool_that_makes_files_refuses_one_that_exists(name, arguments, state):
    """As its description says; where it went well all the same, the file had gone, and holds what was written."""
    assert told(name, arguments, state).status == "failed_edit"
    one = call(name, arguments)
    (effect,) = dialects.of(one).observe(one, ToolResult("c", (Text("Done."),)), Files({APP: state}, cwd="/repo"))
    assert effect.state == Known(NEW)


def test_a_tool_that_is_told_to_overwrite_does():
    """Antigravity's, by an argument."""
    arguments = {"TargetFile": APP, "CodeContent": NEW, "Overwrite": True}
    assert told("write_to_file", arguments, Known(OLD)).after == NEW


@pytest.mark.parametrize(
    ("name", "arguments", "state", "status", "after"),
    [
        pytest.param("fsAppend", {"path": APP, "text": "b"}, Known("a"), "applied", "a\nb", id="on a line of its own"),
        pytest.param(
            "WriteFile", {"path": APP, "content": "b", "mode": "append"}, Known("a"), "applied", "ab", id="or as it is"
        ),
        pytest.param(
            "write_file", {"path": APP, "content": "b", "mode": "a"}, Known("a"), "applied", "ab", id="opened to append"
        ),
        pytest.param(
            "write_file",
            {"path": APP, "content": "b", "append": True},
            Known("a"),
            "applied",
            "ab",
            id="and told so",
        ),
        pytest.param(
            "StrReplaceFile",
            {"path": APP, "edit": {"old": "a", "new": "b"}},
            Known("a a"),
            "applied",
            "b a",
            id="the first of several",
        ),
        pytest.param(
            "strReplace", {"path": APP, "oldStr": "a", "newStr": "b"}, Known("a a"), "failed_edit", None, id="or none"
        ),
        pytest.param(
            "replace_file_content",
            {"TargetFile": APP, "StartLine": 2, "TargetContent": "a", "ReplacementContent": "b"},
            Known("a\na\n"),
            "unknown_file",
            None,
            id="which of several is said by a line",
        ),
        pytest.param(
            "StrReplace",
            {"path": APP, "old_string": "a  b", "new_string": "c"},
            Known("a b\n"),
            "unknown_file",
            None,
            id="found in looser ways only",
        ),
        pytest.param("delete_file", {"target_file": APP}, Known("a"), "applied", None, id="gone"),
        pytest.param(
            "fsAppend", {"path": APP, "text": "b"}, Partial((Segment(1, "a"),), 9), "unknown_file", None, id="no end"
        ),
    ],
)
def test_what_these_tools_do_beyond_that(name, arguments, state, status, after):
    """As far as what their agents say of them tells."""
    change = told(name, arguments, state)
    assert (change.status, change.after) == (status, after)


def test_an_edit_that_was_refused_changed_nothing():
    """By the words that such tools begin an error with."""
    one = call("strReplace", {"path": APP, "oldStr": "b", "newStr": "X"})
    files = Files({APP: Known(OLD)}, cwd="/repo")
    for words in ("Error: old text not unique", "No replacements were made.", "File does not exist"):
        (effect,) = dialects.of(one).observe(one, ToolResult("c", (Text(words),)), files)
        assert effect.change.status == "failed_edit"
    (effect,) = dialects.of(one).observe(one, ToolResult("c", (Text("Replaced text in app.py"),)), files)
    assert effect.state == Known(NEW)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        pytest.param("mcp__github__write_file", {"path": "app.py", "content": "x"}, id="a file somewhere else"),
        pytest.param("edit_file", {"path": APP, "edits": [{"oldText": "b"}]}, id="a text is missing"),
        pytest.param("edit_file", {"path": APP, "edits": [], "dryRun": True}, id="only tried"),
    ],
)
def test_other_calls_are_not_taken_for_these(name, arguments):
    """What is not known to be of the table stays a tool that may have written the file."""
    assert dialects.of(call(name, arguments)) is others


@pytest.mark.parametrize("name", ["mcp__billing__get_credits", "list_rewrites", "get_edit_history", "search_edits"])
def test_a_tool_that_reads_of_edits_or_has_the_letters_in_another_word_writes_nothing(name):
    """Only what finds, searches or reads, and then replaces, edits or writes."""
    assert others.apply(call(name, {}), Files()) == ()


@pytest.mark.parametrize(
    "name", ["bash_tool", "launch-process", "find_replace_file", "search_and_replace_text", "findReplace"]
)
def test_a_tool_that_may_write_is_not_taken_for_one_that_reads(name):
    """Whatever word its name begins with."""
    assert others.apply(call(name, {}), Files()) == (Loss(f"the tool {name} may have written it"),)


NAMES = [
    *sorted(named.TOOLS),
    *("apply_diff", "insert_content", "search_and_replace", "edit_file"),  # Roo Code
    *("Create", "Edit", "MultiEdit", "ApplyPatch", "artifacts"),
]
PATHS = ["path", "file_path", "filepath", "TargetFile", "relative_path", "target_file", "file_paths", "id", "args"]
KEYS = [
    *("command", "content", "contents", "text", "file_text", "file_content", "CodeContent", "input", "diff", "line"),
    *(
        "old_str",
        "new_str",
        "old_string",
        "new_string",
        "oldStr",
        "newStr",
        "old_str_1",
        "new_str_1",
        "search",
        "replace",
    ),
    *("edits", "edit", "changes", "operations", "str_replace_entries", "ReplacementChunks", "start_line", "end_line"),
    *("mode", "use_regex", "ignore_case", "expected_replacements", "change_all", "replace_all", "type", "language"),
]
words = st.sampled_from(["a", "b\n", "", "*", "1", "create", "update", "str_replace", "append", "true", "$&", "a\nb"])
leaves = st.none() | st.booleans() | st.integers(-2, 3) | words
values = st.recursive(leaves, lambda x: st.lists(x, max_size=2) | st.dictionaries(st.sampled_from(KEYS), x, max_size=3))


@given(
    st.sampled_from(NAMES),
    st.dictionaries(st.sampled_from(PATHS), st.just("app.py") | values, max_size=3),
    st.dictionaries(st.sampled_from(KEYS), values, max_size=6),
    st.sampled_from(["", "Error: no", "OK", '{"files":[{"file_path":"app.py"}]}', '{"files":1}', "{"]),
    st.sampled_from([Known("a\nb\n"), Known(""), Absent(), Partial((Segment(1, "a\nb"),), 9), None]),
)
def test_no_call_however_odd_is_an_error(name, paths, more, words, state):
    """Models write anything: a call that makes no sense is no reason to stop."""
    one = call(name, paths | more)
    files = Files({} if state is None else {APP: state}, cwd="/repo")
    workspace.changes([one], files)
    result = ToolResult("c", (Text(words),))
    dialects.of(one).observe(one, result, files)
    dialects.of(one).truths(one, result)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        pytest.param("Execute", {"command": "echo x > sub/a.py"}, id="Factory Droid"),
        pytest.param("bash_tool", {"command": "echo x > sub/a.py", "description": "d"}, id="Claude.ai"),
        pytest.param("developer__shell", {"command": "echo x > sub/a.py"}, id="Goose"),
        pytest.param("executeBash", {"command": "echo x > sub/a.py"}, id="Kiro"),
        pytest.param("launch-process", {"command": "echo x > a.py", "cwd": "/repo/sub", "wait": True}, id="Augment"),
        pytest.param("run_command", {"CommandLine": "echo x > a.py", "Cwd": "/repo/sub"}, id="Windsurf"),
    ],
)
def test_a_shell_by_any_name_is_one(name, arguments):
    """What its command line writes is told, in the folder that the call names."""
    made = workspace.changes((call(name, arguments),), Files(cwd="/repo"))
    assert [(change.path, change.after) for change in made if workspace.is_file(change)] == [("/repo/sub/a.py", "x\n")]


@pytest.mark.parametrize(
    ("draft", "whole"),
    [
        ("# ... existing code ...\nX\n", False),
        ("X\n// ...Rest of the file\n", False),
        ("X\n# the rest of it is as it was...\nY\n", False),
        ("a = existing\nb = [...]\n", True),
        ("f(...)  # existing\n", True),
        ("existing " * 20_000, True),
    ],
)
def test_a_draft_says_in_one_line_that_it_leaves_something_out(draft, whole):
    """Words for what is there with dots before or behind them; the dots alone are code, and so are the words."""
    assert (told("edit_file", {"target_file": APP, "code_edit": draft}, Absent()).status == "applied") == whole


@pytest.mark.parametrize(
    ("name", "path", "draft"),
    [
        pytest.param("edit_file", "target_file", "code_edit", id="Cursor and Kilo Code"),
        pytest.param("edit_file_fast_apply", "file_path", "code_edit", id="Trae"),
        pytest.param("insert_edit_into_file", "filePath", "code", id="Copilot"),
        pytest.param("edit_existing_file", "filepath", "changes", id="Continue"),
    ],
)
def test_a_draft_that_a_second_model_merges_is_not_guessed(name, path, draft):
    """A new file is the draft, unless it leaves something out."""
    assert told(name, {path: APP, draft: "X\n"}, Absent()).after == "X\n"
    assert told(name, {path: APP, draft: "# ... existing code ...\nX\n"}, Absent()).status == "unknown_file"
    assert told(name, {path: APP, draft: "X\n"}, Known(OLD)).status == "unknown_file"
    one = call(name, {path: APP, draft: "X\n"})
    (effect,) = dialects.of(one).apply(one, Files(cwd="/repo"))
    assert (effect.change.basis, effect.change.after) == ("fragment", "X\n")
    assert isinstance(effect.state, Unknown)
