"""What the edit tools of other agents do to files, and what their answers show of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay import workspace
from replay.records import Change, Text, ToolCall, ToolResult
from replay.workspace import Absent, Known, Partial, Segment, Unknown, dialects, effects, truths
from replay.workspace.dialects import aider as aider_dialect
from replay.workspace.effects import Effect, Hunk, Truth
from replay.workspace.files import Files

APP = "/repo/app.py"
PART = Partial((Segment(1, "import os"), Segment(10, "def f():\n    pass")), 40)


def files(*, marks=None, **states):
    """Files of a session in /repo; ``app`` is /repo/app.py."""
    return Files({f"/repo/{name}.py": state for name, state in states.items()}, cwd="/repo", marks=marks)


def call(name, **arguments):
    """A tool call."""
    return ToolCall("c", name, arguments)


def written(parts, known):
    """The changes of files, without what is only run."""
    return [change for change in workspace.changes(parts, known) if workspace.is_file(change)]


def after(one, result, known, *, path=APP, **more):
    """The state of a file after a call was answered."""
    answer = ToolResult("c", (Text(result),), **more)
    return effects.after(known, dialects.of(one).observe(one, answer, known))[path]


def opencode(old, new, **more):
    """An edit of app.py by opencode."""
    return call("edit", filePath="app.py", oldString=old, newString=new, **more)


def gemini(old, new, **more):
    """Gemini CLI's edit of app.py."""
    return call("replace", file_path="app.py", old_string=old, new_string=new, **more)


def pi(old, new):
    """An edit of app.py by pi."""
    return call("edit", path="app.py", oldText=old, newText=new)


def copilot(old, new):
    """Copilot CLI's edit of app.py."""
    return call("edit", path=APP, old_str=old, new_str=new)


def cline(*lines):
    """Cline's edit of app.py by blocks."""
    return call("replace_in_file", path="app.py", diff="\n".join(lines))


def lines_of(first, last, text):
    """SWE-agent's edit of the lines of the open file."""
    return call("edit", line_range=f"{first}:{last}", replacement_text=text)


OPEN = {"open": APP}
S, M, R = "------- SEARCH", "=======", "+++++++ REPLACE"


@pytest.mark.parametrize(
    ("state", "one", "before", "after"),
    [
        pytest.param(Known("a\nb\n"), opencode("b", "c"), "a\nb\n", "a\nc\n", id="opencode edits"),
        pytest.param(Known("a a\n"), opencode("a", "b", replaceAll=True), "a a\n", "b b\n", id="opencode replaces all"),
        pytest.param(None, opencode("", "a\n"), None, "a\n", id="opencode creates by an empty old text"),
        pytest.param(None, call("write", filePath=APP, content="a\n"), None, "a\n", id="opencode writes a new file"),
        pytest.param(Known("a\n"), call("write", filePath=APP, content="b\n"), "a\n", "b\n", id="opencode overwrites"),
        pytest.param(Known("a\n"), gemini("a", "b"), "a\n", "b\n", id="Gemini replaces"),
        pytest.param(
            Known("a a\n"), gemini("a", "b", expected_replacements=2), "a a\n", "b b\n", id="as often as expected"
        ),
        pytest.param(Known("a a\n"), gemini("a", "b", allow_multiple=True), "a a\n", "b b\n", id="or wherever it is"),
        pytest.param(None, gemini("", "a\n"), None, "a\n", id="Gemini creates by an empty old text"),
        pytest.param(Absent(), call("write_file", file_path=APP, content="a\n"), None, "a\n", id="Gemini writes"),
        pytest.param(Known("a\n"), pi("a", "b"), "a\n", "b\n", id="pi edits"),
        pytest.param(
            Known("a b\n"),
            call("edit", path=APP, edits=[{"oldText": "a", "newText": "b"}, {"oldText": "b b", "newText": "c"}]),
            "a b\n",
            "c\n",
            id="pi edits several places in order",
        ),
        pytest.param(Known("a\n"), call("write", path=APP, content="b\n"), "a\n", "b\n", id="pi writes"),
        pytest.param(Known("a\n"), copilot("a", "b"), "a\n", "b\n", id="Copilot edits"),
        pytest.param(None, call("create", path=APP, file_text="a\n"), None, "a\n", id="Copilot creates"),
        pytest.param(
            Known("a\n"),
            call("replace_string_in_file", filePath=APP, oldString="a", newString="b"),
            "a\n",
            "b\n",
            id="Copilot in the editor",
        ),
        pytest.param(Known("a\nb\n"), cline(S, "b", M, "c", R), "a\nb\n", "a\nc\n", id="Cline replaces a block"),
        pytest.param(
            Known("x\nx\n"),
            cline(S, "x", M, "1", R, S, "x", M, "2", R),
            "x\nx\n",
            "1\n2\n",
            id="Cline seeks behind the block before",
        ),
        pytest.param(
            Known("a  \nb\n"),
            cline(S, "a", M, "c", R),
            "a  \nb\n",
            "c\nb\n",
            id="Cline passes over white space around lines",
        ),
        pytest.param(
            Known("    a\nb\n"),
            cline(S, "a", M, "c", R),
            "    a\nb\n",
            "    c\nb\n",
            id="but finds the end of a line first",
        ),
        pytest.param(Known("a\n"), cline(S, M, "b", R), "a\n", "b\n", id="an empty search is the whole file"),
        pytest.param(
            Known("a\nb\n"),
            cline("<<<<<<< SEARCH", "b", M, ">>>>>>> REPLACE"),
            "a\nb\n",
            "a\n",
            id="Cline's older marks, and a deletion",
        ),
        pytest.param(
            Known("a\n"), call("write_to_file", path="app.py", content="b\n"), "a\n", "b\n", id="Cline writes"
        ),
        pytest.param(
            Known("a\n"), call("editor", path=APP, old_text="a", new_text="b"), "a\n", "b\n", id="Cline's SDK"
        ),
        pytest.param(None, call("editor", path=APP, new_text="b\n"), None, "b\n", id="Cline's SDK creates"),
        pytest.param(Known("a\nb\nc\n"), lines_of(2, 3, "x\ny"), "a\nb\nc\n", "a\nx\ny\n", id="SWE-agent edits lines"),
        pytest.param(Known("a\nb\n"), lines_of(1, 1, ""), "a\nb\n", "b\n", id="SWE-agent deletes a line"),
        pytest.param(
            Known("a\nb\n"), call("edit", search="b", replace="c"), "a\nb\n", "a\nc\n", id="SWE-agent replaces"
        ),
        pytest.param(Known("a\nb\n"), call("insert", text="x", line=1), "a\nb\n", "a\nx\nb\n", id="SWE-agent inserts"),
        pytest.param(Known("\n"), call("insert", text="x\ny"), "\n", "\nx\ny", id="SWE-agent inserts at the end"),
        pytest.param(
            None, call("create", filename="app.py"), None, "\n", id="SWE-agent creates a file of one empty line"
        ),
        pytest.param(
            None, call("edit_file", path=APP, content="a\n"), None, "a\n", id="OpenHands makes a file of a draft"
        ),
        pytest.param(
            Known("a\n"),
            call("file_editor", command="str_replace", path=APP, old_str="a", new_str="b"),
            "a\n",
            "b\n",
            id="OpenHands V1 replaces",
        ),
    ],
)
def test_a_known_file_is_edited_as_the_tool_edits_it(state, one, before, after):
    """The change holds the exact text before and after."""
    known = files(marks=OPEN, **({} if state is None else {"app": state}))
    (change,) = written([one], known)
    assert (change.status, change.path, change.before, change.after) == ("applied", APP, before, after)
    assert change.basis == "full" or state is None


@pytest.mark.parametrize(
    ("state", "one", "status", "why"),
    [
        pytest.param(
            Known("a"),
            opencode("b", "c"),
            "failed_edit",
            "the old text does not occur in the file",
            id="opencode absent",
        ),
        pytest.param(
            Known("a a"), opencode("a", "c"), "failed_edit", "the old text occurs 2 times", id="opencode twice"
        ),
        pytest.param(
            Known("  a\n  b"),
            opencode("a\nb", "c"),
            "unknown_file",
            "the old text is found only if white space or its middle lines count less",
            id="opencode loosely",
        ),
        pytest.param(
            Unknown("made"),
            call("write", filePath=APP, content="b"),
            "unknown_file",
            "made",
            id="opencode over unknown",
        ),
        pytest.param(Known("a a"), gemini("a", "b"), "failed_edit", "the old text occurs 2 times", id="Gemini twice"),
        pytest.param(
            Known("a a"),
            gemini("a", "b", expected_replacements=3),
            "failed_edit",
            "the old text occurs 2 times, not 3",
            id="Gemini not as often as expected",
        ),
        pytest.param(
            Known("a"),
            gemini("", "b"),
            "failed_edit",
            "an empty old text creates a file, and this one exists",
            id="exists",
        ),
        pytest.param(
            Known("a"), pi("b", "c"), "failed_edit", "the old text does not occur in the file", id="pi absent"
        ),
        pytest.param(
            Known("a"),
            pi("a", "$$b"),
            "unknown_file",
            "versions of the tool read $$ and $& in the new text in their own way",
            id="pi's marks",
        ),
        pytest.param(
            Known("a"),
            call("create", path=APP, file_text="b"),
            "failed_edit",
            "the file exists: create does not overwrite",
            id="Copilot over a file",
        ),
        pytest.param(
            Known("a\n"),
            cline(S, "b", M, "c", R),
            "failed_edit",
            "the text that a block searches for does not occur in the file",
            id="Cline absent",
        ),
        pytest.param(
            Known("b\na\n"),
            cline(S, "a", M, "1", R, S, "b", M, "2", R),
            "unknown_file",
            "the block is found only out of order, or by its first and last lines",
            id="Cline out of order",
        ),
        pytest.param(
            Known("a\n"), cline(S, "a"), "failed_edit", "the diff holds no complete block", id="Cline incomplete"
        ),
        pytest.param(
            Known("a\n"), lines_of(2, 9, "x"), "unknown_file", "the range goes beyond the end of the file", id="beyond"
        ),
        pytest.param(
            Known("a = 1\n"),
            lines_of(1, 1, "a = ("),
            "unknown_file",
            "the tool refuses edits that bring a syntax error",
            id="SWE-agent checks Python",
        ),
        pytest.param(
            Known("a a\n"),
            call("edit", search="a", replace="b"),
            "unknown_file",
            "the search text occurs 2 times, and what the window shows is not known",
            id="SWE-agent twice",
        ),
        pytest.param(
            Known("a"),
            call("edit_file", path=APP, content="...\nb", start=1, end=2),
            "unknown_file",
            "a second model merges the draft into the file",
            id="OpenHands drafts",
        ),
        pytest.param(
            PART,
            opencode("x", "y"),
            "unknown_file",
            "only part of the file is known, and not where the old text is",
            id="elsewhere",
        ),
        pytest.param(
            PART,
            lines_of(20, 21, "x"),
            "unknown_file",
            "only part of the file is known, and not all of the range",
            id="lines elsewhere",
        ),
    ],
)
def test_what_the_tool_would_refuse_or_is_not_told_is_said(state, one, status, why):
    """A change that fails, or is not known well enough, carries its reason and no text."""
    (change,) = written([one], files(marks=OPEN, app=state))
    assert (change.status, change.why, change.after) == (status, why, None)


@pytest.mark.parametrize(
    "one",
    [
        pytest.param(opencode("pass", "return 1"), id="opencode"),
        pytest.param(gemini("    pass", "    return 1"), id="Gemini"),
        pytest.param(pi("pass", "return 1"), id="pi"),
        pytest.param(lines_of(11, 11, "    return 1"), id="SWE-agent"),
    ],
)
def test_an_edit_inside_a_known_part_is_judged_on_that_part(one):
    """Both texts are the known part, with its line in the file."""
    (change,) = written([one], files(marks=OPEN, app=PART))
    assert (change.basis, change.first_line) == ("part", 10)
    assert (change.before, change.after) == ("def f():\n    pass", "def f():\n    return 1")


def test_a_tool_that_overwrites_what_it_has_not_read_is_judged_by_its_own_text():
    """Whether the file was there, and what it held, is not known."""
    (change,) = written([call("write_file", file_path=APP, content="a\n")], files())
    assert (change.basis, change.before, change.after) == ("fragment", None, "a\n")


# --- what answers show -------------------------------------------------------------------------------------


def held(*texts, first=1, lines=None):
    """A file known in one part."""
    return Partial((Segment(first, "\n".join(texts)),), lines)


READ = call("read", filePath=APP)
VIEW = call("view", path=APP)
GET = call("read_file", file_path=APP)
CAT = call("read", path=APP)


@pytest.mark.parametrize(
    ("one", "result", "state"),
    [
        pytest.param(
            READ,
            "<path>/repo/app.py</path>\n<type>file</type>\n<content>1: a\n2: \n3: b\n\n(End of file - total 3 lines)\n"
            "</content>",
            held("a", "", "b"),
            id="opencode's read: a last newline is not shown",
        ),
        pytest.param(
            READ,
            "<file>\n00011| a\n00012| b\n\n(File has more lines. Use 'offset' …)\n</file>",
            held("a", "b", first=11),
            id="opencode's older read, from line 11",
        ),
        pytest.param(VIEW, "1. a\n2. \n3. b\n4. ", Known("a\n\nb\n"), id="Copilot's view shows the empty last line"),
        pytest.param(GET, "a\nb\n", Known("a\nb\n"), id="Gemini's read shows the file as it is"),
        pytest.param(
            call("read_file", file_path=APP, start_line=5),
            "\nIMPORTANT: The file content has been truncated.\nStatus: Showing lines 5-6 of 9 total lines.\n"
            "Action: …\n\n"
            "--- FILE CONTENT (truncated) ---\na\nb",
            held("a", "b", first=5, lines=9),
            id="Gemini's read of some lines",
        ),
        pytest.param(CAT, "a\nb\n", Known("a\nb\n"), id="pi's read shows the file as it is"),
        pytest.param(
            call("read", path=APP, offset=7),
            "a\nb\n\n... (20 more lines not shown. Use offset=9 to continue reading)",
            held("a", "b", first=7),
            id="pi's read of some lines",
        ),
        pytest.param(
            call("open", path="app.py"),
            "[File: /repo/app.py (30 lines total)]\r\n(9 more lines above)\r\n10:a\r\n11:b\r\n(19 more lines below)\r\n"
            "(Open file: /repo/app.py)\n(Current directory: /repo)\nbash-$",
            held("a", "b", first=10),
            id="SWE-agent's window",
        ),
        pytest.param(
            call("read_file", path="app.py"),
            "[read_file for 'app.py'] Result:\na\nb\n",
            held("a", "b"),
            id="Cline's read is trimmed",
        ),
        pytest.param(
            READ,
            "Error: File not found: /repo/app.py",
            Unknown("never read or written in the transcript"),
            id="no file",
        ),
    ],
)
def test_reading_tools_show_lines(one, result, state):
    """What is read is known as far as the tool shows it."""
    assert after(one, result, files()) == state


def test_the_answer_of_an_editor_that_formats_counts_above_the_call():
    """Cline shows the file as it was saved; where it differs from the call, the change is not told."""
    one = call("write_to_file", path="app.py", content="a=1\n")
    detail = {"path": "app.py", "final_file_content": "a = 1\n"}
    assert after(one, "saved", files(app=Known("")), detail=detail) == held("a = 1")


def test_a_window_that_shows_another_text_makes_the_edit_unknown():
    """What SWE-agent shows after an edit is what the file holds."""
    one = lines_of(1, 1, "b")
    answer = ToolResult("c", (Text("[File: /repo/app.py (2 lines total)]\n1:x\n2:c\n"),))
    (effect,) = [
        effect
        for effect in dialects.of(one).observe(one, answer, files(marks=OPEN, app=Known("a\nc\n")))
        if isinstance(effect, Effect)
    ]
    assert (effect.change.status, effect.change.why) == ("unknown_file", "the window shows another text")
    assert effect.state == held("x", "c")


@pytest.mark.parametrize(
    ("one", "detail", "told", "before", "after"),
    [
        pytest.param(
            opencode("a", "b"),
            {"metadata": {"filediff": {"before": "a\n", "after": "b\n"}}},
            "file",
            "a\n",
            "b\n",
            id="opencode keeps both texts",
        ),
        pytest.param(
            call("str_replace_editor", command="create", path=APP, file_text="a"),
            {"prev_exist": False, "old_content": None, "new_content": "a"},
            "file",
            None,
            "a",
            id="OpenHands made a file",
        ),
        pytest.param(
            call("str_replace_editor", command="str_replace", path=APP, old_str="a", new_str="b"),
            {"prev_exist": True, "old_content": "xa", "new_content": "xb"},
            "file",
            "xa",
            "xb",
            id="OpenHands keeps both",
        ),
        pytest.param(
            call("edit_file", path=APP, content="b", start=1, end=1),
            {"prev_exist": True, "old_content": "a\n", "new_content": "b\n"},
            "file",
            "a\n",
            "b\n",
            id="a draft merged",
        ),
        pytest.param(
            gemini("a", "b"),
            {"resultDisplay": {"originalContent": "a", "newContent": "b"}},
            "file",
            "a",
            "b",
            id="Gemini's display",
        ),
        pytest.param(
            call("write_to_file", path=APP, content="a"),
            {"final_file_content": "a\n"},
            "after",
            None,
            "a\n",
            id="Cline shows the file",
        ),
    ],
)
def test_what_clients_recorded_of_an_edit_is_its_truth(one, detail, told, before, after):
    """The texts before and after, as far as the client keeps them."""
    (truth,) = dialects.of(one).truths(one, ToolResult("c", (Text("done"),), detail=detail))
    assert (truth.told, truth.before, truth.after) == (told, before, after)


@pytest.mark.parametrize(
    ("one", "detail", "hunk"),
    [
        pytest.param(
            call("str_replace_editor", command="insert", path=APP, insert_line=2, new_str="x"),
            {"old_content": None, "new_content": "x", "diff": "--- f\n+++ f\n@@ -2,0 +3 @@\n+x"},
            Hunk(3, (), 3, ("x",)),
            id="OpenHands' difference without context",
        ),
        pytest.param(
            copilot("a", "b"),
            {"success": True, "result": {"detailedContent": "\n--- a/f\n+++ b/f\n@@ -4 +4 @@\n-a\n+b\n"}},
            Hunk(4, ("a",), 4, ("b",)),
            id="Copilot's difference",
        ),
        pytest.param(
            pi("a", "b"),
            {"diff": "     ...\n 3 x\n-4 a\n+4 b"},
            Hunk(0, ("x", "a"), 0, ("x", "b")),
            id="pi's numbers are not taken for places",
        ),
    ],
)
def test_recorded_differences_are_truth_too(one, detail, hunk):
    """Their lines, and where they stand."""
    (truth,) = dialects.of(one).truths(one, ToolResult("c", (Text("done"),), detail=detail))
    assert truth.hunks == (hunk,)


def test_an_edit_that_the_tool_made_after_all_is_what_the_client_recorded():
    """A loose search found what we do not follow: the recorded texts are the change."""
    one = opencode("a\nb", "c")
    detail = {"metadata": {"filediff": {"before": "  a\n  b\n", "after": "c\n"}}}
    answer = ToolResult("c", (Text("done"),), detail=detail)
    (effect,) = dialects.of(one).observe(one, answer, files(app=Known("  a\n  b\n")))
    assert (effect.change.status, effect.change.before, effect.change.after) == ("applied", "  a\n  b\n", "c\n")


def test_lines_written_at_a_place_not_known_stay_known_without_their_numbers():
    """Later edits of such lines are judged as fragments."""
    one = pi("gone", "new\nlines")
    answer = ToolResult("c", (Text("done"),), detail={"diff": "-9 gone\n+9 new\n+10 lines"})
    known = files(app=Partial((Segment(20, "def f():\n    pass"),)))
    now = after(one, "done", known, detail={"diff": "-9 gone\n+9 new\n+10 lines"})
    assert now == Partial((Segment(20, "def f():\n    pass"),), None, adrift=True)
    (change,) = written([pi("pass", "return")], files(app=now))
    assert (change.basis, change.before, change.after) == ("fragment", "def f():\n    pass", "def f():\n    return")
    assert answer.detail is not None


# --- calls written out in text -----------------------------------------------------------------------------


def aider(path="app.py", old="b\n", new="c\n"):
    """A block as aider asks for them."""
    return f"I change it:\n\n{path}\n```python\n<<<<<<< SEARCH\n{old}=======\n{new}>>>>>>> REPLACE\n```\n"


@pytest.mark.parametrize(
    ("text", "state", "before", "after"),
    [
        pytest.param(aider(), Known("a\nb\n"), "a\nb\n", "a\nc\n", id="aider's block"),
        pytest.param(aider(old="", new="a\n"), Absent(), None, "a\n", id="an empty search makes a file"),
        pytest.param(
            aider() + aider(path="", old="a\n", new="x\n"),
            Known("a\nb\n"),
            "a\nb\n",
            "x\nc\n",
            id="a block without path is in the file of the one before",
        ),
        pytest.param(
            "<write_to_file>\n<path>app.py</path>\n<content>\na\n</content>\n</write_to_file>",
            Known(""),
            "",
            "a",
            id="Cline's tags",
        ),
        pytest.param(
            f"<replace_in_file>\n<path>app.py</path>\n<diff>\n{S}\nb\n{M}\nc\n{R}\n</diff>\n</replace_in_file>",
            Known("a\nb\n"),
            "a\nb\n",
            "a\nc\n",
            id="Cline's blocks in tags",
        ),
        pytest.param(
            "<function=str_replace_editor>\n<parameter=command>str_replace</parameter>\n<parameter=path>/repo/app.py</parameter>\n"
            "<parameter=old_str>b</parameter>\n<parameter=new_str>c</parameter>\n</function>",
            Known("a\nb\n"),
            "a\nb\n",
            "a\nc\n",
            id="functions as tags",
        ),
        pytest.param(
            "THOUGHT: now\n```mswea_bash_command\nsed -i 's/b/c/' /repo/app.py\n```",
            Known("a\nb\n"),
            "a\nb\n",
            "a\nc\n",
            id="mini-swe-agent's command",
        ),
    ],
)
def test_calls_written_out_in_text_are_carried_out(text, state, before, after):
    """They mark themselves as calls, so nothing else need be known of the agent."""
    (change,) = written([Text(text)], files(app=state))
    assert (change.status, change.path, change.before, change.after) == ("applied", APP, before, after)


@pytest.mark.parametrize(
    ("text", "speech", "after"),
    [
        pytest.param("```bash\nsed -i 's/b/c/' app.py\n```", "bash-block", "a\nc\n", id="a block that the agent runs"),
        pytest.param(
            "DISCUSSION\nx\n```\nedit 2:2\nc\nend_of_edit\n```", "swe-agent", "a\nc\n", id="SWE-agent's command"
        ),
        pytest.param("app.py\n```python\nx\n```", "aider-whole", "x\n", id="aider's whole files"),
        pytest.param(
            "```diff\n--- app.py\n+++ app.py\n@@ ... @@\n-b\n+c\n```", "aider-udiff", "a\nc\n", id="aider's diffs"
        ),
    ],
)
def test_blocks_are_calls_where_the_agent_takes_them_for_such(text, speech, after):
    """The same block is an example in a chat, and a command in a session of such an agent."""
    (change,) = written([Text(text)], files(marks={**OPEN, "speech": speech}, app=Known("a\nb\n")))
    assert (change.status, change.path, change.after) == ("applied", APP, after)
    talk = written([Text(text)], files(marks=OPEN, app=Known("a\nb\n")))
    assert all(change.basis == "fragment" for change in talk)


@pytest.mark.parametrize(
    ("state", "text", "status", "why"),
    [
        pytest.param(
            Known("a\n"), aider(), "failed_edit", "the lines that the block searches for do not occur", id="absent"
        ),
        pytest.param(
            Known("  b\n"), aider(), "unknown_file", "the block is found only by aider's looser ways", id="indented"
        ),
        pytest.param(Absent(), aider(), "failed_edit", "the file does not exist", id="no file"),
        pytest.param(
            PART,
            aider(),
            "unknown_file",
            "only part of the file is known, and not where the block applies",
            id="elsewhere",
        ),
    ],
)
def test_blocks_of_aider_that_do_not_fit_are_said(state, text, status, why):
    """Never a guess."""
    (change,) = written([Text(text)], files(app=state))
    assert (change.status, change.why) == (status, why)


LONG = Partial((Segment(1, "x\n" * 4000),))
REPEATED = "x\n" * 1000 + "y"


@pytest.mark.parametrize(
    "piece",
    [
        cline(S, REPEATED, M, "z", R),
        Text(f"app.py\n```\n<<<<<<< SEARCH\n{REPEATED}\n=======\nz\n>>>>>>> REPLACE\n```\n"),
    ],
    ids=["Cline", "aider"],
)
def test_what_takes_too_long_to_compare_in_a_part_is_unknown(piece):
    """1000 equal lines sought at 3000 places of the known part: three million comparisons are not made."""
    (change,) = written([piece], files(app=LONG))
    assert (change.status, change.why) == ("unknown_file", "the patch and the file are too large to compare")


def test_what_takes_too_long_to_compare_with_a_record_is_judged_by_the_record():
    """A recorded difference without line numbers in a file known in part: its own lines are what is judged."""
    hunk = Hunk(0, tuple(REPEATED.split("\n")), 0, ("z",))
    (effect,) = truths.as_told(APP, LONG, Truth(APP, "hunks", hunks=(hunk,)), dialect="pi")
    assert (effect.change.basis, effect.change.before, effect.change.after) == ("fragment", REPEATED, "z")


def test_a_block_of_a_file_not_shown_is_judged_by_its_own_two_texts():
    """The chat history of aider holds no files."""
    (change,) = written([Text(aider())], files())
    assert (change.path, change.basis, change.before, change.after) == (APP, "fragment", "b\n", "c\n")


def test_files_that_aider_shows_are_known():
    """Each is a path and a block; the longer fence of a file that holds fences is minded."""
    text = "I have *added these files to the chat* for you.\n\napp.py\n````\na\n```\nb\n````\n\nlib.py\n````\nc\n````\n"
    told = {effect.path: effect.state for effect in aider_dialect.told(text, files())}
    assert told == {APP: held("a", "```", "b"), "/repo/lib.py": held("c")}


@pytest.mark.parametrize("speech", ["", "bash-block", "swe-agent", "aider-whole", "aider-udiff"])
@pytest.mark.parametrize(
    "piece",
    [
        "<function=a>",
        "<parameter=a>",
        "```\n",
        "*** Begin Patch\n",
        "<<<<<<< SEARCH\n",
        "<write_to_file>\n",
        "```diff\n@@\n",
    ],
)
def test_hostile_text_is_read_in_linear_time(piece, speech):
    """Marks that are opened and never closed cost no more than their length."""
    workspace.changes([Text(piece * 20_000)], files(marks={"speech": speech}))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
KEYS = [
    "path",
    "filePath",
    "file_path",
    "oldString",
    "newString",
    "old_string",
    "new_string",
    "oldText",
    "newText",
    "edits",
    "content",
    "diff",
    "patch",
    "patchText",
    "command",
    "cmd",
    "search",
    "replace",
    "line_range",
    "text",
    "code",
    "old_str",
    "filename",
    "offset",
    "old_text",
    "new_text",
    "replacements",
    "chars",
]
TOOLS = [
    "edit",
    "write",
    "read",
    "apply_patch",
    "replace",
    "write_file",
    "read_file",
    "create",
    "view",
    "open",
    "insert",
    "exec",
    "editor",
    "write_to_file",
    "replace_in_file",
    "edit_file",
    "bash",
    "shell",
    "exec_command",
    "python",
    "aider",
    "multi_replace_string_in_file",
    "goto",
    "patch",
]


@given(
    st.sampled_from(TOOLS),
    st.text(max_size=30) | st.dictionaries(st.sampled_from(KEYS), json_values, max_size=6),
    st.text(max_size=40),
    json_values,
)
def test_no_call_or_result_however_odd_is_an_error(name, arguments, text, detail):
    """Models write anything: a call we cannot make sense of is no reason to stop."""
    one = ToolCall("c", name, arguments)
    known = files(marks=OPEN, app=Known("a"), part=PART)
    workspace.changes([one], known)
    result = ToolResult("c", (Text(text),), detail=detail)
    dialects.of(one).observe(one, result, known)
    dialects.of(one).truths(one, result)


@given(
    st.text(alphabet="<>=/ SEARCHREPLACE\n`abc*:_", max_size=200),
    st.sampled_from(["", "bash-block", "swe-agent", "aider-whole"]),
)
def test_no_text_however_odd_is_an_error(text, speech):
    """Whatever a model writes is read for calls, and for code shown."""
    workspace.changes([Text(text)], files(marks={"speech": speech}))


# --- the canvas of ChatGPT ---------------------------------------------------------------------------------


def document(name, kind, content):
    """A new document."""
    return ToolCall("c", "canmore.create_textdoc", {"name": name, "type": kind, "content": content})


def canvas(*updates):
    """An update of the document that is open."""
    return call("canmore.update_textdoc", updates=[{"pattern": old, "replacement": new} for old, new in updates])


def test_a_canvas_document_is_a_file_with_the_suffix_of_its_language():
    """It is made whole; of the kinds that are no code, a document is Markdown."""
    made = dialects.of(MADE).apply(MADE, Files({}))
    assert made[0].change == Change("inv.py", "applied", "canvas", "python", after="x = 1\ny = 2\n")
    text = document("plan", "document", "# Plan")
    assert dialects.of(text).apply(text, Files({}))[0].path == "plan.md"


def test_a_canvas_component_is_code():
    """``code/react`` names no language, and may hold types."""
    page = document("timer", "code/react", "export default () => <p />")
    change = dialects.of(page).apply(page, Files({}))[0].change
    assert (change.path, change.language) == ("timer.tsx", "tsx")


MADE = document("inv", "code/python", "x = 1\ny = 2\n")
KNOWN = Known("x = 1\ny = 2\n")


@pytest.mark.parametrize(
    ("updates", "after", "state"),
    [
        pytest.param([(".*", "z = 3\n")], ["z = 3\n"], Known("z = 3\n"), id="all of it is replaced"),
        pytest.param([(r"x = 1", "x = 3")], ["x = 3\ny = 2\n"], Known("x = 3\ny = 2\n"), id="literal text"),
        pytest.param(
            [("x = 1", "f(1)"), (r"f\(1\)", "g(1)")],
            ["g(1)\ny = 2\n"],
            Known("g(1)\ny = 2\n"),
            id="in turn",
        ),
        pytest.param([(r"(x+)+$", "z = 3")], ["z = 3"], None, id="an expression is not run"),
        pytest.param([(r"x = 1", r"\g<0>")], [r"\g<0>"], None, id="nor is a group put in"),
        pytest.param([("= ", "== ")], ["== "], None, id="a text that occurs twice"),
    ],
)
def test_an_update_of_a_canvas_document(updates, after, state):
    """Followed where it says what is replaced by what; of others, what they put in is judged by itself."""
    files = effects.after(Files({}), dialects.of(MADE).apply(MADE, Files({})))
    one = canvas(*updates)
    made = dialects.of(one).observe(one, ToolResult("c", (Text("Successfully updated text document"),)), files)
    assert [effect.change.after for effect in made] == after
    assert [effect.change.basis for effect in made] == ["full" if state else "fragment"]
    assert effects.after(files, made)["inv.py"] == (state or Unknown("only what was written is known"))


def test_a_canvas_update_that_failed_changes_nothing():
    """The tool tells so in its words."""
    files = effects.after(Files({}), dialects.of(MADE).apply(MADE, Files({})))
    one = canvas(("x = 1", "x = 3"))
    (made,) = dialects.of(one).observe(one, ToolResult("c", (Text("Failed with error. No match."),)), files)
    assert (made.change.status, made.change.path, made.state) == ("failed_edit", "inv.py", KNOWN)


def test_a_canvas_document_that_was_not_made_is_not_the_one_that_is_open():
    """The failure is that of the new document."""
    files = effects.after(Files({}), dialects.of(MADE).apply(MADE, Files({})))
    new = document("other", "code/python", "z = 1\n")
    (made,) = dialects.of(new).observe(new, ToolResult("c", (Text("Failed with error."),)), files)
    assert (made.change.status, made.change.path) == ("failed_edit", "other.py")


# --- Crush -------------------------------------------------------------------------------------------------


def crush(*edits, tool="edit"):
    """Crush's edit of app.py, or several."""
    told = [{"old_string": old, "new_string": new} for old, new in edits]
    return call(tool, file_path=APP, **({"edits": told} if tool == "multiedit" else told[0]))


@pytest.mark.parametrize(
    ("state", "one", "before", "after"),
    [
        pytest.param(Known("a\n"), crush(("a", "b")), "a\n", "b\n", id="an edit"),
        pytest.param(Known("a\nb\n"), crush(("a", "")), "a\nb\n", "\nb\n", id="the newline stays"),
        pytest.param(None, crush(("", "a\n")), None, "a\n", id="an empty old text creates a file"),
        pytest.param(None, call("write", file_path=APP, content="a\n"), None, "a\n", id="a new file"),
        pytest.param(
            Known("a\n"), call("write", file_path=APP, content="b\n"), "a\n", "b\n", id="a file that was read"
        ),
        pytest.param(
            Known("a\nb\n"),
            crush(("a", "1"), ("c", "2"), ("b", "3"), tool="multiedit"),
            "a\nb\n",
            "1\n3\n",
            id="edits that do not fit are left out",
        ),
        pytest.param(PART, crush(("import os", "import re")), "import os", "import re", id="a part of the file"),
    ],
)
def test_crush_writes_files(state, one, before, after):
    """Texts are literal, and what is not there is not replaced."""
    known = files() if state is None else files(app=state)
    (change,) = written((one,), known)
    assert (change.path, change.dialect, change.status) == (APP, "crush", "applied")
    assert (change.before, change.after) == (before, after)


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (crush(("z", "b")), "old_string not found in file. Make sure it matches exactly, including whitespace"),
        (crush(("a", "b")), "you must read the file before editing it. Use the View tool first"),
        (crush(("a", "b"), tool="multiedit"), "no changes made - all 1 edit(s) failed"),
        (call("write", file_path=APP, content="b"), f"File {APP} has been modified since it was last read.\nLast …"),
    ],
)
def test_crush_refuses_in_words(one, words):
    """Chat Completions has no error flag: the words tell."""
    known = files(app=Known("a\n"))
    (effect,) = dialects.of(one).observe(one, ToolResult("c", (Text(words),)), known)
    assert (effect.change.status, effect.state) == ("failed_edit", Known("a\n"))


def test_crush_shows_a_file_in_numbered_lines():
    """Indentation follows the bar at once; a longer file is known in part."""
    one = call("view", file_path=APP, offset=9)
    shown = "<file>\n    10|def f():\n    11|\tpass\n\n(File has more lines. Use 'offset' …)\n</file>\n"
    assert after(one, shown, files()) == Partial((Segment(10, "def f():\n\tpass"),), None)
    assert after(one, "File not found: /repo/app.py", files(app=Known("a"))) == Known("a")


def test_what_crush_did_to_a_file_that_is_not_known_is_not_guessed():
    """It says how many of the edits failed, and not which."""
    one = crush(("import os", "import re"), ("x", "y"), tool="multiedit")
    words = f"<result>\nApplied 1 of 2 edits to file: {APP} (1 edit(s) failed)\n</result>\n"
    (effect,) = dialects.of(one).observe(one, ToolResult("c", (Text(words),)), files(app=PART))
    assert effect.change.status == "unknown_file"


def test_a_new_file_of_crush_is_not_known_where_its_next_edit_is_in_doubt():
    """Whether typographic quotes count as plain ones is not known, for a file just made either."""
    one = crush(("", "x = “a”\n"), ('"a"', '"b"'), tool="multiedit")
    (effect,) = dialects.of(one).apply(one, files())
    assert (effect.change.status, effect.change.after) == ("unknown_file", None)
