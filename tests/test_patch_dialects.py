"""What patches do to files: Codex's patch language, and unified diffs."""

import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay import workspace
from replay.records import Text, ToolCall, ToolResult
from replay.workspace import Absent, Known, Partial, Segment, Unknown, dialects, unified, v4a
from replay.workspace.files import Files
from replay.workspace.replacing import Refused, Untold
from replay.workspace.sheet import Sheet

APP = "/repo/app.py"
PART = Partial((Segment(1, "import os"), Segment(10, "def f():\n    pass")), 40)


def files(**states):
    """Files of a session in /repo; ``app`` is /repo/app.py."""
    return Files({f"/repo/{name}.py": state for name, state in states.items()}, cwd="/repo")


def patch(*lines, name="apply_patch"):
    """A call with a patch of /repo/app.py between its marks."""
    return ToolCall("c", name, "\n".join(["*** Begin Patch", *lines, "*** End Patch"]))


def update(*lines):
    """A patch that updates app.py."""
    return patch("*** Update File: app.py", *lines)


def written(parts, known):
    """The changes of files, without what is only run."""
    return [change for change in workspace.changes(parts, known) if workspace.is_file(change)]


# --- Codex's patches ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "lines", "after"),
    [
        pytest.param("a\nb\nc\n", ["@@", " a", "-b", "+B", " c"], "a\nB\nc\n", id="lines with context"),
        pytest.param("a\nb\n", [" a", "-b", "+B"], "a\nB\n", id="the first chunk needs no @@"),
        pytest.param("a\nb\n", ["@@", "-a", "-b"], "", id="all lines go"),
        pytest.param(
            "x = 1\nclass B:\n    x = 1\n",
            ["@@ class B:", "-    x = 1", "+    x = 2"],
            "x = 1\nclass B:\n    x = 2\n",
            id="behind its context line",
        ),
        pytest.param("x\ny\nx\n", ["@@", "-x", "+1", "@@", "-x", "+2"], "1\ny\n2\n", id="chunks apply in order"),
        pytest.param("x\nx\n", ["@@", "-x", "+1"], "1\nx\n", id="the first of several matches"),
        pytest.param("a\nb\n", ["@@", "+c"], "a\nb\nc\n", id="an addition without context goes to the end"),
        pytest.param(
            "a  \nb\n",
            ["@@", " a", "-b", "+c"],
            "a\nc\n",
            id="white space at the ends of lines does not count, and the patch's lines are written",
        ),
        pytest.param("    a\n", ["@@", "-a", "+b"], "b\n", id="nor does indentation"),
        pytest.param("  a\na\n", ["@@", "-a", "+b"], "  a\nb\n", id="but an exact match goes before a loose one"),
        pytest.param("a\nx\na\n", ["@@", "-a", "+b", "*** End of File"], "a\nx\nb\n", id="at the end of the file"),
        pytest.param(
            "a\nb\n", ["@@", " a", "-b", "+c", " "], "a\nc\n", id="an empty last line of context may be missing"
        ),
        pytest.param("a\n\nb\n", ["@@", " a", "", "-b", "+c"], "a\n\nc\n", id="a line without mark is an empty one"),
        pytest.param("a", ["@@", "-a", "+b"], "b\n", id="the file ends in a newline afterwards"),
    ],
)
def test_a_patch_is_applied_as_codex_applies_it(before, lines, after):
    """The change holds the exact text before and after."""
    (change,) = written([update(*lines)], files(app=Known(before)))
    assert (change.status, change.path, change.before, change.after) == ("applied", APP, before, after)


@pytest.mark.parametrize(
    ("before", "lines", "why"),
    [
        pytest.param("a\n", ["@@", "-b", "+c"], "the lines that the patch expects do not occur", id="lines absent"),
        pytest.param("a\n", ["@@ def f():", "-a", "+c"], "the context 'def f():' does not occur", id="context absent"),
        pytest.param(
            "a\nb\n",
            ["@@", "-b", "+c", "@@", "-a", "+d"],
            "the lines that the patch expects do not occur",
            id="chunks out of order",
        ),
        pytest.param("a\n", ["@@"], "a chunk of the patch holds no lines", id="an empty chunk"),
        pytest.param("a\n", [], "the patch says nothing of what to change in app.py", id="no chunk"),
        pytest.param(
            "b\na\n",
            ["@@", "-b", "+c", "*** End of File"],
            "the lines that the patch expects do not occur",
            id="not at the end of the file",
        ),
    ],
)
def test_a_patch_that_does_not_fit_is_a_failed_edit(before, lines, why):
    """The tool refuses, and says so."""
    (change,) = written([update(*lines)], files(app=Known(before)))
    assert (change.status, change.why, change.after) == ("failed_edit", why, None)


def test_a_patch_adds_deletes_and_moves():
    """A new file has no text before; a deleted one none after; a moved one is told at its new place."""
    call = patch(
        "*** Add File: new.py",
        "+a = 1",
        "*** Delete File: old.py",
        "*** Update File: app.py",
        "*** Move to: lib/app.py",
        "@@",
        "-x",
        "+y",
    )
    added, gone, moved = written([call], files(app=Known("x\n"), old=Known("o\n")))
    assert (added.path, added.before, added.after) == ("/repo/new.py", None, "a = 1\n")
    assert (gone.path, gone.before, gone.after) == ("/repo/old.py", "o\n", None)
    assert (moved.path, moved.before, moved.after) == ("/repo/lib/app.py", "x\n", "y\n")


def test_one_part_that_does_not_fit_fails_the_whole_patch():
    """The tool checks all of a patch before it writes anything."""
    call = patch("*** Add File: new.py", "+a = 1", "*** Update File: app.py", "@@", "-gone", "+b")
    assert {change.status for change in written([call], files(app=Known("a\n")))} == {"failed_edit"}


@pytest.mark.parametrize(
    ("state", "lines", "why"),
    [
        pytest.param(
            PART, ["@@", "-x", "+y"], "only part of the file is known, and not where the patch applies", id="not seen"
        ),
        pytest.param(PART, ["@@", "+y"], "only part of the file is known, and lines are added at its end", id="no end"),
        pytest.param(
            Known("a — b\n"),
            ["@@", "-a - b", "+c"],
            "the lines are found only when typographic characters count as plain ones",
            id="dashes",
        ),
        pytest.param(
            Known("a\n\n"),
            ["@@", "+b"],
            "lines are added at the end, where versions of the tool differ on a blank last line",
            id="blank end",
        ),
        pytest.param(None, ["@@", "-x", "+y"], "never read or written in the transcript", id="never seen"),
    ],
)
def test_what_is_not_told_of_a_patch_is_unknown(state, lines, why):
    """No guess is made."""
    (change,) = written([update(*lines)], files(**({} if state is None else {"app": state})))
    assert (change.status, change.why) == ("unknown_file", why)


def test_a_patch_inside_a_known_part_is_judged_on_it():
    """Both texts are the known part, with its line in the file."""
    (change,) = written([update("@@ def f():", "-    pass", "+    return 1")], files(app=PART))
    assert (change.basis, change.first_line) == ("part", 10)
    assert (change.before, change.after) == ("def f():\n    pass", "def f():\n    return 1")


BODY = "*** Begin Patch\n*** Update File: app.py\n@@\n-a\n+b\n*** End Patch\n"


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(ToolCall("c", "apply_patch", {"input": BODY}), id="as an argument"),
        pytest.param(ToolCall("c", "apply_patch", {"patchText": BODY}), id="as opencode's argument"),
        pytest.param(ToolCall("c", "apply_patch", f"<<'EOF'\n{BODY}EOF\n"), id="wrapped in a here-document"),
        pytest.param(
            ToolCall("c", "exec_command", {"cmd": f"cd /repo && apply_patch <<'EOF'\n{BODY}EOF"}), id="in a shell"
        ),
        pytest.param(
            ToolCall("c", "shell", {"command": ["bash", "-lc", f"apply_patch <<'PATCH'\n{BODY}PATCH\n"]}),
            id="in a shell given as words",
        ),
        pytest.param(ToolCall("c", "shell", {"command": ["apply_patch", BODY]}), id="as a program's argument"),
        pytest.param(
            ToolCall("c", "exec", f"const p = `{BODY}`;\nconst r = await tools.apply_patch(p);\ntext(r);"),
            id="in a script that calls tools",
        ),
        pytest.param(
            ToolCall("c", "exec", f"await tools.exec_command({{cmd: {f'apply_patch <<X{chr(10)}{BODY}X'!r}}})"),
            id="in a shell that a script calls",
        ),
    ],
)
def test_a_patch_is_found_wherever_it_is_handed_over(call):
    """The same patch gives the same change."""
    (change,) = written([call], files(app=Known("a\n")))
    assert (change.path, change.dialect, change.before, change.after) == (APP, "apply_patch", "a\n", "b\n")


def test_a_patch_in_the_text_of_an_answer_is_applied():
    """Models without tools write the patch into their text."""
    (change,) = workspace.changes([Text(f"Here:\n\n{BODY}\nDone.")], files(app=Known("a\n")))
    assert (change.path, change.after) == (APP, "b\n")


def test_a_script_that_computes_what_it_patches_may_write_anything():
    """Only plain arguments are read; the rest is not guessed."""
    call = ToolCall("c", "exec", "await tools.apply_patch(make(files))")
    edit = ToolCall("d", "apply_patch", {"input": BODY})
    (change,) = written([call, edit], files(app=Known("a\n")))
    assert (change.status, change.why) == ("unknown_file", "a script calls tools with what it computes")


def test_opencode_writes_a_final_blank_line_once():
    """Its reader drops the newline behind the last line, and its writer adds one only where none is left."""
    text = "*** Begin Patch\n*** Add File: new.py\n+a\n+\n*** End Patch"
    (theirs,) = written([ToolCall("c", "apply_patch", {"patchText": text})], files())
    (codex,) = written([ToolCall("c", "apply_patch", text)], files())
    assert (theirs.after, codex.after) == ("a\n", "a\n\n")


def test_what_codex_recorded_of_a_patch_is_its_truth():
    """``patch_apply_end`` tells each file's change, and a patch that failed has none."""
    detail = {
        "success": True,
        "changes": {
            "/repo/app.py": {"type": "update", "unified_diff": "@@ -1 +1 @@\n-a\n+b\n", "move_path": None},
            "/repo/new.py": {"type": "add", "content": "n\n"},
            "/repo/old.py": {"type": "delete", "content": "o\n"},
        },
    }
    call = ToolCall("c", "apply_patch", BODY)
    update, add, delete = dialects.of(call).truths(call, ToolResult("c", (), detail=detail))
    assert (update.path, update.told, update.hunks[0].old, update.hunks[0].new) == (APP, "hunks", ("a",), ("b",))
    assert (add.after, delete.before, delete.gone) == ("n\n", "o\n", True)
    assert dialects.of(call).truths(call, ToolResult("c", (), detail={**detail, "success": False})) == ()


LINES = st.lists(st.sampled_from(["a", "b", " c", "", "\t", "--", "++", "@@", "-- x", "*** y"]), max_size=12)
DISTINCT = st.lists(st.integers(0, 40).map(str), max_size=25, unique=True)


def as_patch(old, new):
    """A patch by hand from the groups of a difference: each with its three lines of context."""
    lines = []
    for group in difflib.SequenceMatcher(a=old, b=new, autojunk=False).get_grouped_opcodes(3):
        lines.append("@@")
        for tag, a, b, c, d in group:
            lines += [f" {line}" for line in old[a:b] if tag == "equal"]
            lines += [f"-{line}" for line in old[a:b] if tag in {"delete", "replace"}]
            lines += [f"+{line}" for line in new[c:d] if tag in {"insert", "replace"}]
    return lines


@given(DISTINCT.filter(bool), DISTINCT.filter(bool))
def test_a_patch_made_of_a_difference_gives_the_second_text(old, new):
    """Where lines are not repeated, applying the difference of two texts to the first gives the second."""
    lines = as_patch(old, new)
    if not lines:
        return
    text = "\n".join(["*** Begin Patch", "*** Update File: f", *lines, "*** End Patch"])
    (section,) = v4a.read(text)
    before, after = "\n".join(old) + "\n", "\n".join(new) + "\n"
    assert v4a.changed(Sheet(Known(before)), section.chunks) == [after]


@given(st.text(alphabet="*+-@ ab\n", max_size=200))
def test_no_patch_however_odd_is_an_error(text):
    """A patch that the tool would not read is refused."""
    for loose in (True, False):
        try:
            sections = v4a.read(f"*** Begin Patch\n{text}\n*** End Patch", loose=loose)
        except Refused:
            continue
        assert sections


# --- unified diffs -----------------------------------------------------------------------------------------


def diff(old, new, **options):
    """A unified diff of app.py as ``diff -u`` writes it, with its word on a final newline that is missing."""
    lines = difflib.unified_diff(
        old.splitlines(keepends=True), new.splitlines(keepends=True), "a/app.py", "b/app.py", **options
    )
    missing = "\n\\ No newline at end of file\n"
    return "".join(line if line.endswith("\n") else line + missing for line in lines)


def joined(lines, *, ended):
    """A text of lines, with or without a final newline."""
    return "\n".join(lines) + ("\n" if ended and lines else "")


@given(LINES, LINES, st.booleans(), st.booleans(), st.integers(0, 4))
def test_a_diff_of_two_texts_gives_the_second(old, new, ended, ends, context):
    """Applying the difference of any two texts to the first gives the second, whatever the context and last newline."""
    before, after = joined(old, ended=ended), joined(new, ended=ends)
    pieces = unified.read(diff(before, after, n=context))
    if before == after:
        assert pieces == []
        return
    (piece,) = pieces
    assert unified.changed(Sheet(Known(before)), piece.hunks) == [after]


@pytest.mark.parametrize(
    ("before", "text", "after"),
    [
        pytest.param(
            "a\nb\n", "--- a/app.py\n+++ b/app.py\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n", "a\nc\n", id="a plain diff"
        ),
        pytest.param(
            "0\na\nb\n",
            "--- a/app.py\n+++ b/app.py\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n",
            "0\na\nc\n",
            id="a hunk whose lines stand elsewhere",
        ),
        pytest.param("a\nb\n", "--- app.py\n+++ app.py\n@@ @@\n-b\n+c\n", "a\nc\n", id="a hunk without numbers"),
        pytest.param(
            "a\nb\n",
            "--- a/app.py\t2024-01-01\n+++ b/app.py\t2024-01-02\n@@ -9,7 +9,9 @@ def f():\n a\n-b\n+c\n",
            "a\nc\n",
            id="times in the head and made-up numbers",
        ),
        pytest.param(
            "x\ny\nx\n",
            "--- a/app.py\n+++ b/app.py\n@@ -3 +3 @@\n-x\n+z\n",
            "x\ny\nz\n",
            id="of two places the one that the number says",
        ),
    ],
)
def test_a_diff_given_to_a_tool_is_applied(before, text, after):
    """The change holds the exact text before and after."""
    (change,) = written([ToolCall("c", "apply_diff", {"diff": text})], files(app=Known(before)))
    assert (change.status, change.path, change.before, change.after) == ("applied", APP, before, after)


@pytest.mark.parametrize(
    ("state", "text", "status", "why"),
    [
        pytest.param(
            Known("a\n"), "@@ -1 +1 @@\n-b\n+c\n", "failed_edit", "the context of the patch does not occur", id="absent"
        ),
        pytest.param(
            Known("x\ny\n"),
            "@@ -1,2 +1,2 @@\n a\n-x\n+c\n",
            "unknown_file",
            "the patch applies only if some of its context is passed over",
            id="fuzz",
        ),
        pytest.param(
            Known("x\ny\nx\n"), "@@ @@\n-x\n+z\n", "unknown_file", "the lines of the patch occur 2 times", id="twice"
        ),
        pytest.param(Absent(), "@@ -1 +1 @@\n-b\n+c\n", "failed_edit", "the file does not exist", id="no file"),
        pytest.param(
            PART,
            "@@ -5 +5 @@\n-b\n+c\n",
            "unknown_file",
            "only part of the file is known, and not where the patch applies",
            id="not seen",
        ),
    ],
)
def test_a_diff_that_does_not_fit_is_said_and_never_guessed(state, text, status, why):
    """What the tool would refuse has failed; what it may do by fuzz is unknown."""
    call = ToolCall("c", "patch", {"patch": f"--- a/app.py\n+++ b/app.py\n{text}"})
    (change,) = written([call], files(app=state))
    assert (change.status, change.why) == (status, why)


def test_git_diffs_make_delete_and_rename_files():
    """The headers of a git diff say what becomes of a file."""
    text = (
        "diff --git a/new.py b/new.py\nnew file mode 100644\n--- /dev/null\n+++ b/new.py\n@@ -0,0 +1,2 @@\n+a\n+b\n"
        "diff --git a/old.py b/old.py\ndeleted file mode 100644\n--- a/old.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-o\n"
        "diff --git a/app.py b/lib.py\nsimilarity index 90%\nrename from app.py\nrename to lib.py\n"
        "--- a/app.py\n+++ b/lib.py\n@@ -1 +1 @@\n-x\n+y\n"
    )
    call = ToolCall("c", "Bash", {"command": f"cd /repo && git apply <<'EOF'\n{text}EOF"})
    new, old, moved = written([call], files(app=Known("x\n"), old=Known("o\n")))
    assert (new.path, new.before, new.after) == ("/repo/new.py", None, "a\nb\n")
    assert (old.path, old.before, old.after) == ("/repo/old.py", "o\n", None)
    assert (moved.path, moved.before, moved.after) == ("/repo/lib.py", "x\n", "y\n")


@pytest.mark.parametrize(
    "hunks",
    ["@@ -1,2 +1,3 @@\n context\n+new\n more\n", "@@ -5,0 +7,1 @@\n+new\n", "@@ -1 +1 @@\n-\n+a\n@@ -1 +1 @@\n-\n+b\n"],
    ids=["context", "a line far down", "one line twice"],
)
def test_a_diff_that_makes_a_file_of_lines_that_are_there_has_failed(hunks):
    """A file that is not there has no lines: git apply says that the patch is corrupt or does not apply."""
    call = ToolCall("c", "patch", {"patch": f"--- /dev/null\n+++ b/app.py\n{hunks}"})
    (change,) = written([call], files())
    assert (change.status, change.why) == ("failed_edit", "the diff makes a file, and expects lines in it")


def test_the_program_patch_drops_folders():
    """``patch -p1`` takes one folder off, which ``a/`` is."""
    text = "--- a/app.py\n+++ b/app.py\n@@ -1 +1 @@\n-x\n+y\n"
    call = ToolCall("c", "exec_command", {"cmd": f"patch -p1 <<'EOF'\n{text}EOF", "workdir": "/repo"})
    (change,) = written([call], files(app=Known("x\n")))
    assert (change.path, change.after) == (APP, "y\n")


def test_a_diff_shown_in_prose_is_a_fragment():
    """Its old lines are the text before, its new ones the text after, so that a fault it only shows is not new."""
    (change,) = workspace.changes(
        [Text("So:\n```diff\n--- a/app.py\n+++ b/app.py\n@@ -3,2 +3,2 @@\n a\n-b\n+c\n```")], files()
    )
    assert (change.path, change.basis, change.language) == ("app.py", "fragment", "python")
    assert (change.before, change.after) == ("a\nb", "a\nc")


@given(st.text(alphabet="@+-, 012ab/\n\\", max_size=120))
def test_no_diff_however_odd_is_an_error(text):
    """Whatever is handed over as a diff is read, and applied or not."""
    for piece in unified.read(f"--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n{text}"):
        for state in (Known("a\nb\n"), PART):
            try:
                unified.changed(Sheet(state), piece.hunks)
            except (Refused, Untold):
                continue


def test_a_patch_of_very_many_parts_is_applied_or_given_up():
    """What would take too long to compare is unknown, and nothing takes forever."""
    lines = [line for _ in range(4000) for line in ("@@", " x", "-x", "+y")]
    (long,) = written([update(*lines)], files(app=Known("x\n" * 20_000)))
    assert long.after == "x\ny\n" * 4000 + "x\n" * 12_000
    far = "".join(f"@@ -{n} +{n} @@\n-x\n+y\n" for n in range(30_000, 40_000))
    call = ToolCall("c", "patch", {"patch": f"--- a/app.py\n+++ b/app.py\n{far}"})
    (change,) = written([call], files(app=Known("x\n" * 20_000)))
    assert (change.status, change.why) == ("unknown_file", "the patch and the file are too large to compare")


def test_an_unknown_file_stays_unknown_under_a_diff():
    """The reason is the one for which the file is unknown."""
    call = ToolCall("c", "patch", {"patch": "--- a/app.py\n+++ b/app.py\n@@ -1 +1 @@\n-b\n+c\n"})
    (change,) = written([call], files(app=Unknown("a formatter ran")))
    assert (change.status, change.why) == ("unknown_file", "a formatter ran")
