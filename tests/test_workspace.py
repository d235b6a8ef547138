"""The files before a turn, rebuilt from what a transcript shows of them."""

import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from replay import importers, workspace
from replay.errors import UserError
from replay.records import (
    Aside,
    Fidelity,
    Message,
    Setup,
    Source,
    Text,
    ToolCall,
    ToolResult,
    Transcript,
    Turn,
)
from replay.workspace import Absent, Known, Partial, Segment, Unknown, commands, numbered, paths
from replay.workspace.files import NEVER_SEEN, Files, seen

PATH = "/repo/app.py"
NOW = "The file /repo/app.py has been updated."


def step(name, arguments, result, *, detail=None, is_error=None):
    """One call and its result."""
    return name, arguments, result, detail, is_error


def read(text, *, path=PATH, first=1, total=None, **arguments):
    """A Read of lines from ``first`` on, with the client's record where ``total`` lines are told."""
    lines = text.split("\n")
    shown = "\n".join(f"{number:6}→{line}" for number, line in enumerate(lines, first))
    detail = None
    if total is not None:
        file = {"filePath": path, "content": text, "startLine": first, "numLines": len(lines), "totalLines": total}
        detail = {"type": "text", "file": file}
    return step("Read", {"file_path": path, **arguments}, shown, detail=detail)


def edit(old, new, *, path=PATH, result=NOW, everywhere=False, **options):
    """An Edit."""
    arguments = {"file_path": path, "old_string": old, "new_string": new}
    return step("Edit", arguments | ({"replace_all": True} if everywhere else {}), result, **options)


def write(text, *, path=PATH, **options):
    """A Write."""
    return step("Write", {"file_path": path, "content": text}, "File created successfully at: " + path, **options)


def bash(command, *, result="", **options):
    """A Bash command."""
    return step("Bash", {"command": command}, result, **options)


def session(*steps, asides=(), said=None, cwd="/repo"):
    """A transcript of one call a turn, ended by a turn that calls nothing; ``said`` texts come before that turn."""
    messages = [Message("user", (Text("please"),), origin="typed")]
    turns = []
    for number, one in enumerate(steps):
        turns.append(Turn(len(messages), ((0, len(messages)),)))
        if one is None:
            messages.append(Message("assistant", (ToolCall(f"c{number}", "Edit", {"file_path": PATH}),)))
            continue
        name, arguments, result, detail, is_error = one
        messages.append(Message("assistant", (ToolCall(f"c{number}", name, arguments),)))
        answer = ToolResult(f"c{number}", (Text(result),), is_error=is_error, detail=detail)
        messages.append(Message("user", (answer,), origin="tool"))
    if said is not None:
        messages.append(Message("user", (Text(said),), origin="client"))
    turns.append(Turn(len(messages), ((0, len(messages)),)))
    messages.append(Message("assistant", (Text("done"),)))
    return Transcript(
        "0" * 16,
        Source("test", "made by hand", cwd=cwd),
        (Setup(),),
        tuple(messages),
        tuple(turns),
        Fidelity("partial"),
        asides=tuple(asides),
    )


def at_end(*steps, path=PATH, **options):
    """The state of ``path`` after ``steps``."""
    made = session(*steps, **options)
    return workspace.before(made, len(made.turns) - 1)[path]


PATCHED = [
    {
        "oldStart": 1,
        "oldLines": 2,
        "newStart": 1,
        "newLines": 2,
        "lines": ["-a = 1", "+a = 2", " "],
    }
]


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        pytest.param((), NEVER_SEEN, id="a file nobody named was never seen"),
        pytest.param((read("a = 1\n", total=2),), Known("a = 1\n"), id="a whole read tells the final newline"),
        pytest.param((read("a = 1", total=1),), Known("a = 1"), id="a whole read tells that there is no final newline"),
        pytest.param((read("a = 1\n"),), Known("a = 1\n"), id="numbered text without the client's record is enough"),
        pytest.param(
            (read("b\nc", first=2, total=4, offset=2, limit=2),),
            Partial((Segment(2, "b\nc"),), 4),
            id="a read with offset and limit is partial",
        ),
        pytest.param(
            (read("b\nc", first=2, offset=2, limit=2),),
            Partial((Segment(2, "b\nc"),)),
            id="a full window without the client's record does not tell the end",
        ),
        pytest.param(
            (read("b\n", first=2, offset=2, limit=9),),
            Partial((Segment(2, "b\n"),), 3),
            id="a window that is not filled tells the end",
        ),
        pytest.param(
            (read("a\nb", total=4, limit=2), read("c\n", first=3, total=4, offset=3)),
            Known("a\nb\nc\n"),
            id="partial reads that meet make the whole file",
        ),
        pytest.param(
            (read("a\nb", total=5, limit=2), read("d\n", first=4, total=5, offset=4)),
            Partial((Segment(1, "a\nb"), Segment(4, "d\n")), 5),
            id="partial reads that do not meet stay apart",
        ),
        pytest.param(
            (read("a\nb", total=4, limit=2), read("B\nc", first=2, total=4, offset=2, limit=2)),
            Partial((Segment(2, "B\nc"),), 4),
            id="a read that contradicts an older one replaces it",
        ),
        pytest.param(
            (step("Read", {"file_path": PATH}, f"     1→{'x' * 2000}\n     2→b"),),
            Partial((Segment(2, "b"),), 2),
            id="a line of 2000 characters may have been cut and is not known",
        ),
        pytest.param(
            (
                step(
                    "Read", {"file_path": PATH}, "     1→a\n     2→\n\n<system-reminder>\n     3→b\n</system-reminder>"
                ),
            ),
            Known("a\n"),
            id="a reminder behind the lines is no line",
        ),
        pytest.param(
            (step("Read", {"file_path": PATH}, "1\ta\n2\t\tb\n3\t"),),
            Known("a\n\tb\n"),
            id="tabs may follow the numbers",
        ),
        pytest.param(
            (
                step(
                    "Read", {"file_path": PATH}, "<tool_use_error>File does not exist.</tool_use_error>", is_error=True
                ),
            ),
            Absent(),
            id="a failed read tells that there is no file",
        ),
        pytest.param((write("a = 1\n"),), Known("a = 1\n"), id="a written file is known"),
        pytest.param(
            (write("a = 1\n", detail={"type": "create", "content": "a = 1  # kept\n", "structuredPatch": []}),),
            Known("a = 1  # kept\n"),
            id="what the client says it wrote counts",
        ),
        pytest.param((write("a = 1\nb = 2\n"), edit("2", "3")), Known("a = 1\nb = 3\n"), id="an edit is applied"),
        pytest.param(
            (write("a = 1\n"), edit("1", "2", result="Found 2 matches", is_error=True)),
            Known("a = 1\n"),
            id="a failed edit changes nothing",
        ),
        pytest.param(
            (write("a = 1\n"), edit("1", "2", result="The user doesn't want to proceed with this tool use.")),
            Known("a = 1\n"),
            id="a denied edit changes nothing",
        ),
        pytest.param(
            (edit("1", "2", detail={"originalFile": "a = 1\n", "structuredPatch": PATCHED}),),
            Known("a = 2\n"),
            id="the client's copy makes a never read file known after its edit",
        ),
        pytest.param(
            (edit("1", "2", detail={"originalFile": "a = 1\n", "structuredPatch": PATCHED, "userModified": True}),),
            Unknown("the user changed the edit"),
            id="an edit that the user changed is not known",
        ),
        pytest.param(
            (
                write("a = 1\n"),
                edit("1", "2", result="<tool_use_error>File has been modified since read", is_error=True),
            ),
            Unknown("changed outside the session"),
            id="a refusal for a changed file makes it unknown",
        ),
        pytest.param(
            (write("a = 1\n"), edit("1", "2", result="<tool_use_error>String to replace not found in file.")),
            Unknown("the tool did not find what should be there"),
            id="a refusal that contradicts what is known makes it unknown",
        ),
        pytest.param(
            (read("a\nb\nc", total=9, limit=3), edit("b", "b\nb2")),
            Partial((Segment(1, "a\nb\nb2\nc"),), 10),
            id="an edit inside a known part moves the file's end",
        ),
        pytest.param(
            (write("a\n"), bash("git status && go test ./...")), Known("a\n"), id="reading and testing keep it"
        ),
        pytest.param(
            (write("a\n"), bash("cat > /repo/app.py <<'EOF'\nb = 1\nEOF")),
            Known("b = 1\n"),
            id="a quoted here-document writes a known text",
        ),
        pytest.param(
            (write("a\n"), bash("sed -i s/a/b/ other.py && black lib/")),
            Known("a\n"),
            id="writing other files keeps it",
        ),
        pytest.param(
            (write("a\n"), bash("x", result="Permission to use Bash with command x has been denied.")),
            Known("a\n"),
            id="a command that was not allowed did nothing",
        ),
        pytest.param(
            (read("a\n", total=2), bash("make fmt"), read("b\n", total=2)),
            Known("b\n"),
            id="a read after a command counts",
        ),
        pytest.param(
            (
                read("a\n", total=2),
                bash("make fmt"),
                step("Read", {"file_path": PATH}, "File unchanged since last read."),
            ),
            Known("a\n"),
            id="the client's word that a file is unchanged brings it back",
        ),
        pytest.param(
            (write("a = 1\n"), bash("make fmt"), edit("1", "2")),
            Known("a = 2\n"),
            id="an edit that succeeds proves that the command had not changed the file",
        ),
    ],
)
def test_a_files_state_follows_from_what_the_transcript_shows(steps, state):
    """Each kind of call leaves the file in the state that its result tells."""
    found = at_end(*steps)
    assert (found.why if isinstance(found, Unknown) else found) == (state.why if isinstance(state, Unknown) else state)


@pytest.mark.parametrize(
    ("one", "why"),
    [
        pytest.param(bash("make fmt"), "`make fmt` may write any file", id="a formatter that names nothing"),
        pytest.param(bash("black ."), "a shell command wrote it", id="a formatter of the whole folder"),
        pytest.param(bash("sed -i '/x/,/y/s/a/b/' app.py"), "a shell command writes app.py", id="an edit in place"),
        pytest.param(bash("date > app.py"), "a shell command writes app.py", id="a redirect"),
        pytest.param(bash("git checkout -- app.py"), "a shell command wrote it", id="a checkout of the file"),
        pytest.param(bash("for f in *.py; do mv $f $f.bak; done"), "`mv … …` may write any file", id="an expansion"),
        pytest.param(bash("if then ((("), "a shell command that does not parse", id="no shell at all"),
        pytest.param(step("Task", {"prompt": "fix it"}, "done"), "a sub-agent may have written it", id="a sub-agent"),
        pytest.param(
            step("mcp__disk__write_file", {"path": "/repo/app.py"}, "ok"),
            "the tool mcp__disk__write_file may have written it",
            id="an unknown tool that writes",
        ),
        pytest.param(
            step("PowerShell", {"command": "Set-Content app.py x"}, ""),
            "a PowerShell command that may write any file",
            id="PowerShell that writes",
        ),
    ],
)
def test_what_may_have_written_a_file_makes_it_unknown(one, why):
    """After such a call the file is unknown, for a stated reason, until it is read again."""
    found = at_end(write("a = 1\n"), one)
    assert isinstance(found, Unknown)
    assert found.why == why


def test_a_call_without_a_result_makes_its_file_unknown():
    """An interrupted edit may or may not have happened."""
    made = session(write("a = 1\n"), None)
    assert isinstance(workspace.before(made, 2)[PATH], Unknown)


def test_a_note_of_the_client_makes_a_file_known_as_far_as_it_shows_it():
    """A file changed by a linter is known only in the lines that the note numbers."""
    note = (
        "<system-reminder>\nNote: /repo/app.py was modified, either by the user or by a linter. Do not revert it. "
        "Here are the relevant changes (shown with line numbers):\n     3→c = 3\n     4→d = 4\n</system-reminder>"
    )
    assert at_end(write("a = 1\n"), said=note) == Partial((Segment(3, "c = 3\nd = 4"),))


def test_a_command_the_user_typed_counts():
    """What the user ran in the prompt may have written as any other command."""
    assert isinstance(at_end(write("a\n"), said="<bash-input>git stash pop</bash-input>"), Unknown)


@pytest.mark.parametrize(
    ("aside", "known"),
    [
        pytest.param(
            Aside(2, "hook", "ruff format", "1 file reformatted", call="c0"), False, id="a formatter that did"
        ),
        pytest.param(Aside(2, "hook", "ruff format", "", call="c0"), False, id="a formatter that tells nothing"),
        pytest.param(
            Aside(2, "hook", "ruff format", "3 files left unchanged", call="c0"),
            True,
            id="a formatter that changed nothing",
        ),
        pytest.param(Aside(2, "hook", "echo done", "done", call="c0"), True, id="a hook that writes nothing"),
        pytest.param(Aside(2, "edited", path=PATH), False, id="somebody else"),
    ],
)
def test_hooks_and_others_change_files_behind_the_model(aside, known):
    """A hook after an edit, or somebody else, makes the file unknown unless it tells that nothing changed."""
    assert (at_end(write("a = 1\n"), asides=(aside,)) == Known("a = 1\n")) is known


def test_the_critical_turn_reveals_the_file_it_edits():
    """What the client recorded of a turn's own first edit is a fact about the files before that turn."""
    made = session(edit("1", "2", detail={"originalFile": "a = 1\n", "structuredPatch": PATCHED}))
    assert workspace.before(made, 0)[PATH] == Known("a = 1\n")
    assert workspace.before(made, 0, reveal=False)[PATH] is NEVER_SEEN
    assert dict(workspace.walk(made))[0][PATH] is NEVER_SEEN


def test_a_turn_that_is_not_there_is_an_error():
    """Asking for the files before a turn that the transcript does not have raises IndexError."""
    with pytest.raises(IndexError):
        workspace.before(session(), 1)


def test_a_view_of_files_does_not_change():
    """Files seen at one turn stay as they were when later turns write."""
    views = dict(workspace.walk(session(write("a\n"), write("b\n", path="/repo/b.py"))))
    assert [len(views[turn]) for turn in (0, 1, 2)] == [0, 1, 2]
    assert views[1][PATH] == Known("a\n")


def test_walking_names_every_turn_once():
    """Every turn is yielded, in order."""
    made = session(write("a\n"), bash("ls"), edit("a", "b"))
    assert [turn for turn, _ in workspace.walk(made)] == [0, 1, 2, 3]
    assert [turn for turn, _ in workspace.recorded(made)] == [0, 1, 2, 3]


# --- parts -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "cwd", "expected"),
    [
        ("src/a.py", "/repo", "/repo/src/a.py"),
        ("/repo/./src//../a.py", None, "/repo/a.py"),
        ("../a.py", "/repo/src", "/repo/a.py"),
        ("a.py", None, "a.py"),
        ("D:/x/src/../a.py", None, "D:\\x\\a.py"),
        ("src\\a.py", "D:\\x", "D:\\x\\src\\a.py"),
        ("", "/repo", "/repo/"),
    ],
)
def test_paths_are_normalised_as_text(path, cwd, expected):
    """Paths are made absolute and plain without looking at a disk."""
    assert paths.normal(path, cwd) == expected.removesuffix("/") or paths.normal(path, cwd) == expected


@pytest.mark.parametrize(
    ("path", "pattern", "named"),
    [
        pytest.param("/repo/src/a.py", "a.py", True, id="a name at any depth"),
        pytest.param("/repo/src/a.py", "src", True, id="a folder above"),
        pytest.param("/repo/src/a.py", "rc/a.py", False, id="whole names only"),
        pytest.param("/repo/src/a.py", "*.py", True, id="a glob"),
        pytest.param("/repo/src/a.py", "../src/a.py", True, id="a path from elsewhere"),
        pytest.param("/repo/app/[id]/a.py", "app/[id]/a.py", True, id="brackets that are no glob"),
        pytest.param("D:\\x\\a.py", "/d/x/a.py", True, id="a drive as Git's shell writes it"),
        pytest.param("/repo/src/a.py", ".", True, id="the folder at hand"),
        pytest.param("/repo/src/a.py", "b.py", False, id="another file"),
        pytest.param("src/a.py", "/repo/src/a.py", True, id="a relative file and a whole path"),
    ],
)
def test_a_command_names_a_file(path, pattern, named):
    """A word of a command line names a file if it may mean it from some folder."""
    assert paths.is_named(path, pattern) is named


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        pytest.param("ls -la && cat a.py | grep x > /dev/null 2>&1", None, id="reading"),
        pytest.param("git diff HEAD~1 -- a.py; git log --oneline", None, id="git that reads"),
        pytest.param("cd src && uv run pytest -q 2>&1 | tail -5", None, id="tests"),
        pytest.param("npm test -- -u", "ALL", id="tests that update snapshots"),
        pytest.param("npm run lint:fix", "ALL", id="a task whose name says it fixes"),
        pytest.param("npm run build", None, id="a task that builds"),
        pytest.param("find . -name '*.py' -exec grep -l x {} +", None, id="find that runs a reader"),
        pytest.param("find . -name '*.pyc' -delete", "ALL", id="find that deletes"),
        pytest.param("prettier --write src/a.ts", ["src/a.ts"], id="a formatter with a file"),
        pytest.param("prettier --check src/a.ts", None, id="a formatter that checks"),
        pytest.param("ruff check --fix a.py", ["a.py"], id="a fixer with a file"),
        pytest.param("gofmt -l .", None, id="gofmt that lists"),
        pytest.param("gofmt -w a.go", ["a.go"], id="gofmt that writes"),
        pytest.param("sed -n 1,5p a.py", None, id="sed that prints"),
        pytest.param("sed -i 's/a/b/' a.py", ["a.py"], id="sed in place"),
        pytest.param("echo hi | tee -a log.txt", ["log.txt"], id="tee"),
        pytest.param("echo hi >> notes.md", ["notes.md"], id="an appending redirect"),
        pytest.param('echo hi > "$OUT"', "ALL", id="a redirect to a variable"),
        pytest.param("cp a.py b.py", ["b.py"], id="a copy writes its target only"),
        pytest.param("mv a.py b.py", ["a.py", "b.py"], id="a move writes both"),
        pytest.param("git checkout -b topic", None, id="a new branch"),
        pytest.param("git checkout main", "ALL", id="another branch"),
        pytest.param("python -c 'print(1)'", None, id="a script that prints"),
        pytest.param('python -c \'open("a", "w").write("x")\'', ["a"], id="a script that writes"),
        pytest.param("python tool.py", "ALL", id="a program of the project"),
        pytest.param("./run.sh", "ALL", id="a script of the project"),
        pytest.param("bash -c 'rm -f a.py'", ["a.py"], id="a shell within the shell"),
        pytest.param("$TOOL a.py", "ALL", id="a program that is not named"),
        pytest.param("echo $(rm a.py)", ["a.py"], id="a command substituted"),
        pytest.param("timeout 60 sudo FOO=1 ls", None, id="wrappers"),
        pytest.param("xargs rm", "ALL", id="names from elsewhere"),
    ],
)
def test_a_command_line_tells_what_it_may_write(command, expected):
    """None: no file that an agent edits; a list: those it names; ALL: any."""
    found = commands.touched(command)
    assert ("ALL" if found.all else found.paths or None) == expected


def test_long_command_lines_are_read_in_linear_time():
    """A hostile command line costs no more than its length."""
    for piece in ("open(", "print ", "`", "$(", "<cell ", "> "):
        commands.touched("python -c '" + piece * 20_000 + "'")
        commands.touched("awk '" + piece * 20_000 + "'")


@given(st.lists(st.text(alphabet=st.characters(exclude_characters="\n\r", codec="utf-8"), max_size=20), min_size=1))
def test_numbered_lines_are_read_back(lines):
    """Numbering lines and reading them back gives the lines."""
    shown = "\n".join(f"{number:6}→{line}" for number, line in enumerate(lines, 1))
    assert numbered.read(shown + "\n\n<system-reminder>x</system-reminder>")[0] == (Segment(1, "\n".join(lines)),)


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=8), st.data())
def test_looks_at_a_file_never_tell_a_wrong_line(lines, data):
    """However a file is looked at in parts, what is known of it is true."""
    state = NEVER_SEEN
    for _ in range(data.draw(st.integers(1, 5))):
        first = data.draw(st.integers(1, len(lines)))
        last = data.draw(st.integers(first, len(lines)))
        told = data.draw(st.sampled_from([None, len(lines)]))
        state = seen(state, [Segment(first, "\n".join(lines[first - 1 : last]))], told)
    segments = (Segment(1, state.text),) if isinstance(state, Known) else state.segments
    for segment in segments:
        assert segment.text.split("\n") == lines[segment.first - 1 : segment.last]


# --- the model of the tool ---------------------------------------------------------------------------------


class Disk:
    """A plain model of the real tools over a dictionary, with the results they would give."""

    def __init__(self):
        self.files = {}
        self.seen = set()

    def write(self, path, text):
        """Refuses an existing file that was not read."""
        if path in self.files and path not in self.seen:
            return "<tool_use_error>File has not been read yet.", True
        self.files[path] = text
        self.seen.add(path)
        return "File created successfully at: " + path, None

    def edit(self, path, old, new, everywhere):
        """Refuses what is not there, or there twice."""
        text = self.files.get(path)
        if text is None:
            return "<tool_use_error>File does not exist.", True
        if old == new:
            return "<tool_use_error>No changes to make.", True
        pieces = text.split(old)
        if len(pieces) == 1:
            return "<tool_use_error>String to replace not found in file.", True
        if len(pieces) > 2 and not everywhere:
            return "<tool_use_error>Found matches of the string to replace.", True
        if new == "" and not old.endswith("\n") and old + "\n" in text:
            pieces = text.split(old + "\n")
            old = old + "\n"
        self.files[path] = new.join(pieces) if everywhere else pieces[0] + new + old.join(pieces[1:])
        return NOW, None

    def read(self, path):
        """Numbers the lines."""
        if path not in self.files:
            return "<tool_use_error>File does not exist.", True
        self.seen.add(path)
        if not self.files[path]:
            return "<system-reminder>Warning: the file exists but the contents are empty.</system-reminder>", None
        return "\n".join(f"{n:6}→{line}" for n, line in enumerate(self.files[path].split("\n"), 1)), None


texts = st.text(alphabet="ab\n", max_size=8)
operations = st.one_of(
    st.tuples(st.just("Write"), st.sampled_from("xy"), texts),
    st.tuples(st.just("Edit"), st.sampled_from("xy"), st.text("ab\n", min_size=1, max_size=2), texts, st.booleans()),
    st.tuples(st.just("Read"), st.sampled_from("xy")),
)


@settings(max_examples=300)
@given(st.lists(operations, max_size=12))
def test_a_run_of_writes_and_edits_leaves_the_files_of_the_real_tool(made):
    """Whatever is written, edited and read, known files have the text that a model of the tool gives them."""
    disk = Disk()
    steps = []
    for kind, name, *rest in made:
        path = f"/repo/{name}"
        if kind == "Write":
            result, is_error = disk.write(path, rest[0])
            arguments = {"file_path": path, "content": rest[0]}
        elif kind == "Edit":
            result, is_error = disk.edit(path, *rest)
            arguments = {"file_path": path, "old_string": rest[0], "new_string": rest[1], "replace_all": rest[2]}
        else:
            result, is_error = disk.read(path)
            arguments = {"file_path": path}
        steps.append(step(kind, arguments, result, is_error=is_error))
    transcript = session(*steps)
    files = workspace.before(transcript, len(transcript.turns) - 1)
    for path, text in disk.files.items():
        assert files[path] == Known(text)
    after = {}
    for _, changes in workspace.recorded(transcript):
        for change in changes:
            if change.status == "applied":
                assert change.before == after.get(change.path)
                after[change.path] = change.after
    assert after == disk.files


# --- truth -------------------------------------------------------------------------------------------------


def truth(before, lines, *, start=1):
    """The client's record of an edit: the file before, and a patch of one hunk."""
    old = sum(not line.startswith("+") for line in lines)
    new = sum(not line.startswith("-") for line in lines)
    hunk = {"oldStart": start, "oldLines": old, "newStart": start, "newLines": new, "lines": lines}
    return {"originalFile": before, "structuredPatch": [hunk]}


@pytest.mark.parametrize(
    ("steps", "verdict"),
    [
        pytest.param(
            (read("a = 1\n", total=2), edit("1", "2", detail=truth("a = 1\n", ["-a = 1", "+a = 2"]))),
            "exact",
            id="a file that was read is rebuilt",
        ),
        pytest.param(
            (read("a = 1", total=3, limit=1), edit("1", "2", detail=truth("a = 1\nb\n", ["-a = 1", "+a = 2", " b"]))),
            "partial",
            id="a part that was read is rebuilt",
        ),
        pytest.param(
            (edit("1", "2", detail=truth("a = 1\n", ["-a = 1", "+a = 2"])),),
            "unknown",
            id="a file never read is unknown",
        ),
        pytest.param(
            (read("a = 1\n", total=2), edit("1", "2", detail=truth("a = 1\nb\n", ["-a = 1", "+a = 2"]))),
            "wrong",
            id="another text than the true one is wrong",
        ),
        pytest.param(
            (read("a = 1\n", total=2), edit("1", "2", detail=truth("a = 1\n", ["-a = 1", "+a = 3"]))),
            "wrong",
            id="another edit than the true one is wrong",
        ),
        pytest.param(
            (read("b\n", total=2), edit("1", "2", detail=truth("a = 1\n", ["-a = 1", "+a = 2"]))),
            "wrong",
            id="a refusal of what went well is wrong",
        ),
        pytest.param(
            (read("\ta\n", total=2), edit("a", "b", detail=truth("\ta\n", ["-  a", "+  b"]))),
            "exact",
            id="leading tabs that the patch shows as spaces are no difference",
        ),
        pytest.param(
            (read("a = 1\n", total=2), edit("1", "2", detail=truth(None, ["-a = 1", "+a = 2"]))),
            "partial",
            id="where only the patch is recorded, agreement with it is partial",
        ),
        pytest.param(
            (write("a\n", detail={"type": "create", "content": "a\n", "structuredPatch": []}),),
            "exact",
            id="a new file is predicted to be new",
        ),
        pytest.param(
            (edit("1", "2", result="<tool_use_error>String to replace not found", is_error=True),),
            None,
            id="a failed edit carries no truth",
        ),
    ],
)
def test_the_reconstruction_is_held_against_the_truth(steps, verdict):
    """The last edit is judged by what the client recorded of it, predicted from what came before it only."""
    found = workspace.verify(session(*steps)).get("claude", Counter())
    assert found == (Counter() if verdict is None else Counter({verdict: 1}))


@pytest.mark.shared
def test_nothing_is_rebuilt_wrongly_in_real_sessions(shared: Path):
    """Over the real sessions of all agents no edit is predicted wrongly; of Claude Code's, nine in ten are known."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for path in importers.find([shared / "transcripts"]):
        if importers.identify(path) is None:
            continue
        try:
            transcripts = importers.read(path)
        except UserError:
            continue
        for transcript in transcripts:
            for found in workspace.verify(transcript).values():
                counts[transcript.source.format] += found
    assert {name: found["wrong"] for name, found in counts.items() if found["wrong"]} == {}
    assert {"claude_code", "codex", "opencode", "openhands_output"} <= counts.keys()
    claude = counts["claude_code"]
    assert claude["exact"] + claude["partial"] >= 0.9 * claude.total()


def test_a_long_transcript_is_walked_in_linear_time():
    """Ten times the turns cost about ten times the steps."""

    def steps(turns):
        made = session(*(write(f"{n}\n", path=f"/repo/{n % 50}.py") for n in range(turns)))
        count = 0

        def tick(*_):
            nonlocal count
            count += 1

        sys.setprofile(tick)
        try:
            for _ in workspace.recorded(made):
                pass
        finally:
            sys.setprofile(None)
        return count

    assert steps(1000) < 13 * steps(100)


@pytest.mark.parametrize(
    ("made", "status"),
    [
        pytest.param(session(bash("ls")), "applied", id="shown from its start"),
        pytest.param(
            session(edit("1", "2", path="/repo/b.py", detail={"originalFile": "1", "structuredPatch": []})),
            "unknown_file",
            id="where an edit went well that no look came before",
        ),
        pytest.param(
            replace(session(bash("ls")), fidelity=Fidelity("partial", missing=("earlier messages",))),
            "unknown_file",
            id="whose beginning is missing",
        ),
    ],
)
def test_a_file_never_seen_is_new_only_in_a_session_that_is_shown_whole(made, status):
    """A tool that refuses to overwrite unread files tells nothing where the agent may have read unseen."""
    one = ToolCall("c", "Write", {"file_path": PATH, "content": "a\n"})
    (change,) = workspace.changes([one], workspace.before(made, len(made.turns) - 1))
    assert change.status == status


def test_files_are_taken_by_relative_paths():
    """A relative path means a file in the session's folder."""
    assert Files({"/repo/a.py": Known("x")}, cwd="/repo")["a.py"] == Known("x")


@pytest.mark.parametrize("changed", [{"replace_all": False}, {}], ids=["with a default added", "as it was"])
def test_an_answer_that_the_client_repeats_in_its_own_words_is_made_once(changed):
    """Claude Code sends an Edit back with the defaults of what the model left out: the edit is still that answer's."""
    plain = session(read("a\nb"), edit("a", "A"))
    *past, answer, result, end = plain.messages
    (call,) = answer.parts
    echo = Message("assistant", (replace(call, arguments=call.arguments | changed),))
    last = Turn(6, ((0, 3), (4, 6)))
    told = replace(plain, messages=(*past, answer, echo, result, end), turns=(*plain.turns[:2], last))
    assert list(workspace.recorded(told)) == list(workspace.recorded(plain))
    assert workspace.before(told, 2)[PATH] == Known("A\nb")
