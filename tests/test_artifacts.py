"""What Claude.ai's artifacts hold: made and changed by a tool, or written out as markup in a text."""

import pytest

from replay import workspace
from replay.records import Change, Fidelity, Message, Setup, Source, Text, ToolCall, ToolResult, Transcript, Turn
from replay.workspace import dialects, effects
from replay.workspace.files import Files, Known

CODE = "application/vnd.ant.code"


def call(command, **arguments):
    """A call of the tool for the document ``calc``."""
    return ToolCall("c", "artifacts", {"command": command, "id": "calc", **arguments})


def create(content="x = 1\n", kind=CODE, language="python"):
    """A document that is made."""
    return call("create", type=kind, language=language, title="A calculator", content=content)


def told(*parts):
    """The changes that one message makes."""
    return workspace.changes(parts, Files())


@pytest.mark.parametrize(
    ("kind", "language", "path", "known"),
    [
        pytest.param(CODE, "python", "calc.py", "python", id="by its language"),
        pytest.param(CODE, "jsx", "calc.js", "javascript", id="by another word for it"),
        pytest.param("application/vnd.ant.react", None, "calc.tsx", "tsx", id="a component"),
        pytest.param("text/html", None, "calc.html", "html", id="a page"),
        pytest.param("application/vnd.ant.mermaid", None, "calc.mmd", None, id="a diagram is no code"),
        pytest.param(CODE, "klingon", "calc", None, id="a language that is not known"),
    ],
)
def test_an_artifact_is_a_file_with_the_suffix_of_its_language(kind, language, path, known):
    """So its code is judged by the rules of that language."""
    assert told(create(kind=kind, language=language)) == (Change(path, "applied", "artifacts", known, after="x = 1\n"),)


def test_an_artifact_is_updated_and_rewritten_under_its_id():
    """Neither call needs to say again what it is."""
    made = told(create(), call("update", old_str="1", new_str="2"), call("rewrite", content="y = 3\n"))
    assert [(change.path, change.before, change.after) for change in made] == [("calc.py", None, "y = 3\n")]
    first = told(create(), call("update", old_str="1", new_str="2"))
    assert first[0].after == "x = 2\n"


def test_an_update_must_find_its_text_once():
    """As the tool asks for it."""
    *_, change = told(create("x = 1 + 1\n"), call("update", old_str="1", new_str="2"))
    assert change.status == "failed_edit"


def test_an_update_of_an_artifact_that_was_not_shown_is_judged_by_itself():
    """Where the call says what it is; else its language is not known."""
    (change,) = told(call("update", old_str="a", new_str="b = 1", type=CODE, language="python"))
    assert (change.path, change.basis, change.after, change.language) == ("calc.py", "fragment", "b = 1", "python")


def test_what_the_tool_answers_tells_whether_it_did():
    """``OK``, or an error; the document stays as it was."""
    files = effects.after(Files(), dialects.of(create()).apply(create(), Files()))
    one = call("update", old_str="1", new_str="2")
    (good, *_) = dialects.of(one).observe(one, ToolResult("c", (Text("OK"),)), files)
    (bad,) = dialects.of(one).observe(one, ToolResult("c", (Text("Error: the artifact is too long"),)), files)
    assert (good.change.status, good.state) == ("applied", Known("x = 2\n"))
    assert (bad.change.status, bad.state) == ("failed_edit", Known("x = 1\n"))


def markup(content, name="calc"):
    """A document as it is written out in a text."""
    told = f'identifier="{name}" type="{CODE}" language="python" title="A > B"'
    return f"Here:\n\n<antArtifact {told}>\n{content}</antArtifact>\n"


def test_artifacts_written_out_in_texts_are_followed_from_message_to_message():
    """The same identifier is the same document, and what a person says in between answers no tool."""
    messages = (
        Message("user", (Text("go"),)),
        Message("assistant", (Text(markup("x = 1\n") + "and ```python\nz = 0\n```"),)),
        Message("user", (Text("Error: it does not work"),)),
        Message("assistant", (Text(markup("x = 2\n") + markup("y = 1\n", "more")),)),
    )
    turns = (Turn(1, ((0, 1),)), Turn(3, ((0, 3),)))
    source = Source("claude_ai", "conversations.json", agent="Claude.ai")
    transcript = Transcript("0", source, (Setup(),), messages, turns, Fidelity("partial"))
    made = dict(workspace.recorded(transcript))
    assert made[0] == (Change("calc.py", "applied", "artifacts", "python", after="x = 1\n"),)
    assert made[1] == (
        Change("calc.py", "applied", "artifacts", "python", before="x = 1\n", after="x = 2\n"),
        Change("more.py", "applied", "artifacts", "python", after="y = 1\n"),
    )


def test_markup_that_is_cut_off_is_no_artifact():
    """What is missing of it is not known."""
    assert told(Text(markup("x = 1\n").removesuffix("</antArtifact>\n"))) == ()


WRITTEN = """P = '''
<antArtifact identifier="a" type="application/vnd.ant.code" language="python">
x = 1
</antArtifact>
'''"""
CALLS = {
    "cline": f"<write_to_file>\n<path>p.py</path>\n<content>\n{WRITTEN}\n</content>\n</write_to_file>",
    "openhands": "<function=str_replace_editor>\n<parameter=command>create</parameter>\n"
    f"<parameter=path>p.py</parameter>\n<parameter=file_text>\n{WRITTEN}\n</parameter>\n</function>",
    "aider": f"p.py\n```python\n<<<<<<< SEARCH\n=======\n{WRITTEN}\n>>>>>>> REPLACE\n```",
    "patch": "*** Begin Patch\n*** Add File: p.py\n+" + WRITTEN.replace("\n", "\n+") + "\n*** End Patch",
}


@pytest.mark.parametrize("begun", ["", "I write what <antArtifact> tags look like.\n\n"])
@pytest.mark.parametrize("form", CALLS)
def test_a_call_that_writes_of_artifacts_is_that_call(form, begun):
    """The markup is in the text of a file that another way of writing calls makes, or is only spoken of."""
    (made,) = told(Text(begun + CALLS[form]))
    assert made.path == "p.py"
    assert made.after.rstrip() == WRITTEN
