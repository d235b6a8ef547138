"""Edits that went well in files not shown: what was replaced by what is known, but not where."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay import workspace
from replay.records import Text, ToolCall, ToolResult
from replay.workspace import Known, Partial, Segment, dialects, effects
from replay.workspace.effects import Effect
from replay.workspace.files import Files

APP = "/repo/app.py"
NOW = "The file /repo/app.py has been updated successfully."
SNIPPET = "The file /repo/app.py has been edited. Here's the result of running `cat -n` on a snippet of /repo/app.py:\n"


def claude(old, new, **more):
    """Claude Code's edit of app.py."""
    return ToolCall("c", "Edit", {"file_path": APP, "old_string": old, "new_string": new, **more})


def editor(old, new):
    """The text editor's edit of app.py."""
    return ToolCall("c", "str_replace_editor", {"command": "str_replace", "path": APP, "old_str": old, "new_str": new})


def crush(old, new):
    """Crush's edit of app.py."""
    return ToolCall("c", "edit", {"file_path": APP, "old_string": old, "new_string": new})


def gemini(old, new):
    """An edit of app.py by Gemini CLI, which also takes a text that is only nearly there."""
    return ToolCall("c", "replace", {"file_path": APP, "old_string": old, "new_string": new})


def done(call, answer, *, state=None, detail=None):
    """The changes of a call that was answered, and the state of app.py after it."""
    known = Files({APP: state} if state is not None else {}, cwd="/repo")
    made = dialects.of(call).observe(call, ToolResult("c", (Text(answer),), detail=detail), known)
    told = [effect.change for effect in made if isinstance(effect, Effect) and effect.change is not None]
    return told, effects.after(known, made)[APP]


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        pytest.param(claude("a = 1", "b = 2"), NOW, id="Claude Code"),
        pytest.param(editor("a = 1", "b = 2"), "The file /repo/app.py has been edited.", id="the text editor"),
        pytest.param(crush("a = 1", "b = 2"), "Content replaced in file: /repo/app.py", id="Crush"),
    ],
)
def test_an_edit_that_went_well_in_a_file_not_shown_is_judged_by_its_own_two_texts(call, answer):
    """The tool replaces only what it finds: so the old text was there, and the new one is now."""
    (change,), state = done(call, answer)
    assert (change.status, change.basis, change.before, change.after) == ("applied", "fragment", "a = 1", "b = 2")
    assert state == Partial((Segment(1, "b = 2"),), None, adrift=True)


def test_so_is_one_outside_the_part_that_is_shown():
    """Whether the old text began in the part shown is not known, so that part is not known any more either."""
    (change,), state = done(claude("x", "y"), NOW, state=Partial((Segment(1, "a\nb"),), 40))
    assert (change.basis, change.before, change.after) == ("fragment", "x", "y")
    assert state == Partial((Segment(1, "y"),), None, adrift=True)


def test_edits_of_one_call_that_change_each_other_are_one_piece():
    """The second edit of what the first wrote: ``a`` became ``c``, and ``d`` became ``e`` elsewhere."""
    edits = [{"old_string": old, "new_string": new} for old, new in (("a", "b"), ("d", "e"), ("b", "c"))]
    made, _ = done(ToolCall("c", "MultiEdit", {"file_path": APP, "edits": edits}), NOW)
    assert [(change.before, change.after) for change in made] == [("a", "c"), ("d", "e")]


@pytest.mark.parametrize(
    "second",
    [
        pytest.param(("x = b()\ny", "c"), id="goes over what the first wrote"),
        pytest.param(("b", "c"), id="finds its text twice in what the first wrote"),
    ],
)
def test_an_edit_that_is_not_of_one_piece_with_another_is_not_known(second):
    """What the first wrote is not there any more, or the tool would have refused the second."""
    first = ("a", "b()" if "x" in second[0] else "b b")
    edits = [{"old_string": old, "new_string": new} for old, new in (first, second)]
    (change,), _ = done(ToolCall("c", "MultiEdit", {"file_path": APP, "edits": edits}), NOW)
    assert change.status == "unknown_file"


def test_nothing_stands_for_certain_where_several_pieces_may_touch():
    """``ab`` became ``Xb``, and ``bc`` may be what was ``b`` of it and ``c`` behind."""
    edits = [{"old_string": old, "new_string": new} for old, new in (("ab", "Xb"), ("bc", "Y"))]
    made, state = done(ToolCall("c", "MultiEdit", {"file_path": APP, "edits": edits}), NOW)
    assert [change.basis for change in made] == ["fragment", "fragment"]
    assert not isinstance(state, Known | Partial)


def test_the_lines_that_the_answer_shows_are_known_with_their_numbers():
    """The answer of the editor shows where the edit is."""
    (change,), state = done(editor("x", "y"), f"{SNIPPET}     7\ty\n     8\tz\n")
    assert (change.basis, change.before, change.after) == ("fragment", "x", "y")
    assert state == Partial((Segment(7, "y\nz"),))


@pytest.mark.parametrize(
    ("call", "answer", "detail"),
    [
        pytest.param(gemini("a", "b"), "Successfully modified file: /repo/app.py (1 replacements).", None, id="loose"),
        pytest.param(claude("a", "b"), NOW, {"userModified": True}, id="the user changed the edit"),
    ],
)
def test_an_edit_that_may_have_been_another_is_not_known(call, answer, detail):
    """A tool that also takes what is nearly there, or a user who changed the edit, may have replaced another text."""
    (change,), _ = done(call, answer, detail=detail)
    assert change.status == "unknown_file"


@pytest.mark.parametrize("call", [claude("a", "b"), editor("a", "b"), crush("a", "b")])
def test_a_completion_is_not_known_to_find_its_text(call):
    """Nobody carried the call out, so whether the old text is there is not known."""
    (change,) = workspace.changes((call,), Files({}, cwd="/repo"))
    assert change.status == "unknown_file"


@settings(max_examples=300)
@given(st.text("ab\n", min_size=6, max_size=24), st.data())
def test_what_is_told_of_a_hidden_file_is_true(hidden, data):
    """However edits overlap: each old text told is in the file before its edit, each new one after it."""
    known = Files({}, cwd="/repo")
    for _ in range(data.draw(st.integers(1, 6))):
        begin = data.draw(st.integers(0, len(hidden) - 1))
        old = hidden[begin : data.draw(st.integers(begin + 1, len(hidden)))]
        new = data.draw(st.text("abc\n", min_size=1, max_size=6))
        if old == new or sum(hidden.startswith(old, at) for at in range(len(hidden))) != 1:
            continue  # str.count would take a text that overlaps itself for one
        call = claude(old, new)
        made = dialects.of(call).observe(call, ToolResult("c", (Text(NOW),)), known)
        known = effects.after(known, made)
        after = hidden.replace(old, new)
        for effect in made:
            if isinstance(effect, Effect) and effect.change is not None and effect.change.status == "applied":
                assert effect.change.before in hidden
                assert effect.change.after in after
        hidden = after
        match known[APP]:
            case Known(text):
                assert text == hidden
            case Partial(segments):
                assert all(segment.text in hidden for segment in segments)
        if not hidden:
            return
