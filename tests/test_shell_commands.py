"""What shell commands write and show, told from their text and output."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay import workspace
from replay.records import Text, ToolCall, ToolResult
from replay.workspace import Absent, Known, Partial, Segment, dialects, effects, inline, looks, script, sed
from replay.workspace.files import Files

APP = "/repo/app.py"


def files(*, cwd="/repo", marks=None, **states):
    """Files of a session in /repo; ``app`` is /repo/app.py."""
    return Files({f"/repo/{name}.py": state for name, state in states.items()}, cwd=cwd, marks=marks)


def run(command, *, tool="exec_command", **more):
    """A call that runs a command line."""
    return ToolCall("c", tool, {"cmd": command, **more})


def written(parts, known):
    """The changes of files, without what is only run."""
    return [change for change in workspace.changes(parts, known) if workspace.is_file(change)]


def ran(parts, known):
    """The code that is only run, without the command line itself."""
    made = workspace.changes(parts, known)
    return [change for change in made if not workspace.is_file(change) and change.path != "<command>"]


@pytest.mark.parametrize(
    ("command", "after"),
    [
        pytest.param("cat > app.py <<'EOF'\nb\nEOF", "b\n", id="a here-document"),
        pytest.param("cat <<'EOF' > app.py\nb\nEOF", "b\n", id="the redirect behind it"),
        pytest.param("cat <<'EOF' | tee app.py\nb\nEOF", "b\n", id="through tee"),
        pytest.param("tee app.py > /dev/null <<'EOF'\nb\nEOF", "b\n", id="tee in silence"),
        pytest.param("cat <<'EOF' | tee -a app.py\nb\nEOF", "a = 1\nb\n", id="appended by tee"),
        pytest.param("cat >> app.py <<'EOF'\nb\nEOF", "a = 1\nb\n", id="appended"),
        pytest.param("cat > app.py <<EOF\nplain\nEOF", "plain\n", id="no quotes, and nothing to expand"),
        pytest.param("cat <<-'EOF' > app.py\n\tb\n\tEOF", "b\n", id="indented by tabs"),
        pytest.param("cd /repo && cat > app.py <<'EOF'\nb\nEOF\npython app.py", "b\n", id="behind a cd, before a run"),
        pytest.param("cd /repo/lib && cat > ../app.py <<'EOF'\nb\nEOF", "b\n", id="a path relative to the cd"),
        pytest.param(
            "mkdir -p x; cat > app.py <<'E'\n1\nE\ncat >> app.py <<'E'\n2\nE", "1\n2\n", id="one after the other"
        ),
        pytest.param("echo 'b = 2' >> app.py", "a = 1\nb = 2\n", id="echo"),
        pytest.param("echo -n b > app.py", "b", id="echo without newline"),
        pytest.param("printf 'b\\nc\\n' > app.py", "b\nc\n", id="printf"),
        pytest.param("sed -i 's/1/2/' app.py", "a = 2\n", id="a substitution"),
        pytest.param("sed -i.bak -e 's/a/b/' -e 's/1/3/' app.py", "b = 3\n", id="two expressions"),
        pytest.param("sed -i '' 's/1/2/' app.py", "a = 2\n", id="as on a Mac"),
        pytest.param("sed -i '1s|a|b|; 1d' app.py", "", id="by line, and a deletion"),
        pytest.param("sed -i 's/1/2/' app.py && sed -i 's/2/3/' app.py", "a = 3\n", id="in turn"),
    ],
)
def test_what_a_command_line_gives_is_written(command, after):
    """The text that the command itself holds is the file's text."""
    (change,) = written([run(command)], files(app=Known("a = 1\n")))
    assert (change.status, change.path, change.before, change.after) == ("applied", APP, "a = 1\n", after)


@pytest.mark.parametrize(
    ("command", "why"),
    [
        pytest.param("cat > app.py <<EOF\n$HOME\nEOF", "a shell command writes app.py", id="an expansion in the text"),
        pytest.param(
            "true || cat > app.py <<'EOF'\nb\nEOF", "a shell command writes app.py", id="only if another fails"
        ),
        pytest.param("for i in 1 2; do echo $i > app.py; done", "a shell command writes app.py", id="in a loop"),
        pytest.param(
            "cd $X && echo b > app.py", "a relative path in a shell whose folder is not known", id="a folder not known"
        ),
        pytest.param("sed -i 's/a\\|b/c/' app.py", "a shell command writes app.py", id="alternatives"),
        pytest.param("sed -i '/a/,/b/d' app.py", "a shell command writes app.py", id="a range between matches"),
        pytest.param("sed -i '1i x' app.py", "a shell command writes app.py", id="an insertion"),
    ],
)
def test_what_a_command_line_does_not_tell_is_unknown(command, why):
    """A change is reported, without text."""
    (change,) = written([run(command)], files(app=Known("a = 1\n")))
    assert (change.status, change.path, change.why) == ("unknown_file", APP, why)


def test_a_file_that_a_command_removes_is_gone():
    """Its text before is known, and there is none after."""
    (change,) = written([run("rm -f app.py")], files(app=Known("a\n")))
    assert (change.path, change.before, change.after) == (APP, "a\n", None)


def test_a_substitution_in_known_parts_is_judged_on_them():
    """Each part that differs is a change, with its line in the file."""
    state = Partial((Segment(1, "a = 1\nb"), Segment(9, "a = 1")), 20)
    first, second = written([run("sed -i 's/a = 1/a = 2/' app.py")], files(app=state))
    assert (first.first_line, first.after, second.first_line, second.after) == (1, "a = 2\nb", 9, "a = 2")


@pytest.mark.parametrize(
    ("tool", "more", "marks", "path"),
    [
        pytest.param("exec_command", {"workdir": "/other"}, {}, "/other/new.py", id="where the call says"),
        pytest.param("bash", {}, {}, "/repo/new.py", id="where the session is"),
        pytest.param("execute_bash", {}, {"folder": "/there"}, "/there/new.py", id="where the shell was left"),
    ],
)
def test_relative_paths_are_taken_against_the_shells_folder(tool, more, marks, path):
    """Tools differ in whether their shell goes on from call to call."""
    one = ToolCall("c", tool, {"command": "echo x = 1 > new.py", **more})
    (change,) = written([one], files(marks=marks))
    assert change.path == path


def test_a_shell_that_goes_on_stays_where_it_was_sent():
    """The second call runs where the first one went."""
    parts = [ToolCall(str(n), "Bash", {"command": c}) for n, c in enumerate(["cd lib", "echo x = 1 > new.py"])]
    (change,) = written(parts, files())
    assert change.path == "/repo/lib/new.py"


# --- code that is only run ---------------------------------------------------------------------------------


def test_a_command_line_is_bash_that_becomes_no_file():
    """It is checked as bash, and is no change of a file."""
    (change,) = workspace.changes([run("ls -la")], files())
    assert (change.path, change.language, change.basis, change.dialect) == ("<command>", "bash", "fragment", "shell")
    assert (change.after, workspace.is_file(change)) == ("ls -la", False)


@pytest.mark.parametrize(
    ("command", "language", "path", "text"),
    [
        pytest.param("python - <<'EOF'\nprint(1)\nEOF", "python", "<stdin>", "print(1)\n", id="python reads a script"),
        pytest.param(
            "cd x && uv run python3 <<'EOF' | head\nprint(1)\nEOF", "python", "<stdin>", "print(1)\n", id="in a pipe"
        ),
        pytest.param("node - <<'EOF'\nf()\nEOF", "javascript", "<stdin>", "f()\n", id="node reads a script"),
        pytest.param(
            "python -c 'import a\nprint(a)'", "python", "<string>", "import a\nprint(a)", id="a program as an argument"
        ),
    ],
)
def test_a_script_that_is_only_run_is_code_too(command, language, path, text):
    """It is checked in its own language."""
    (change,) = ran([run(command)], files())
    assert (change.path, change.language, change.after, change.basis) == (path, language, text, "fragment")


def test_one_line_that_looks_something_up_is_no_program():
    """``python -c`` with one line counts as bash only."""
    assert ran([run("python -c 'print(1)'")], files()) == []


def test_code_for_an_interpreter_tool_is_code():
    """``python`` as a tool runs what it is given."""
    (change,) = workspace.changes([ToolCall("c", "python", {"code": "x = 1"})], files())
    assert (change.path, change.language, workspace.is_file(change)) == ("<stdin>", "python", False)


def test_code_blocks_count_beside_a_command_that_writes_nothing():
    """Looking around is no writing."""
    made = workspace.changes([Text("```python\nx = 1\n```"), run("ls")], files())
    assert [change.language for change in made] == ["python", "bash"]


def test_a_command_that_was_refused_did_not_run():
    """It is no code of the session."""
    one = ToolCall("c", "Bash", {"command": "ls"})
    answer = ToolResult("c", (Text("The user doesn't want to proceed with this tool use."),), is_error=True)
    assert dialects.of(one).observe(one, answer, files()) == ()


def test_a_file_written_before_a_command_failed_is_written():
    """A script and its failing run: the script is there."""
    one = ToolCall("c", "Bash", {"command": "cat > t.py <<'E'\nx\nE\npython t.py"})
    answer = ToolResult("c", (Text("Traceback …"),), is_error=True)
    after = effects.after(files(), dialects.of(one).observe(one, answer, files()))
    assert after["/repo/t.py"] == Known("x\n")


# --- what commands show ------------------------------------------------------------------------------------


def frame(text):
    """Codex's frame around output."""
    return f"Chunk ID: 1\nWall time: 0.1 seconds\nProcess exited with code 0\nOriginal token count: 9\nOutput:\n{text}"


def held(*lines, first=1, total=None):
    """A file known in one part."""
    return Partial((Segment(first, "\n".join(lines)),), total)


@pytest.mark.parametrize(
    ("command", "output", "state"),
    [
        pytest.param("cat app.py", "a\nb\n", Known("a\nb\n"), id="cat"),
        pytest.param("cat app.py", "a\nb", Known("a\nb"), id="cat of a file without a last newline"),
        pytest.param("cd /repo && cat app.py", "a\n", Known("a\n"), id="behind a cd"),
        pytest.param("cat -n app.py", "     1\ta\n     2\tb\n", held("a", "b"), id="cat -n"),
        pytest.param("nl -ba app.py | sed -n '5,6p'", "     5\ta\n     6\t\n", held("a", "", first=5), id="nl and sed"),
        pytest.param("sed -n '5,6p' app.py", "a\nb\n", held("a", "b", first=5), id="sed -n"),
        pytest.param("sed -n '5,9p' app.py", "a\nb\n", held("a", "b", "", first=5, total=7), id="sed beyond the end"),
        pytest.param("sed -n '1,9p' app.py", "a\nb\n", Known("a\nb\n"), id="sed over all of it"),
        pytest.param("head -n 2 app.py", "a\nb\n", held("a", "b"), id="head"),
        pytest.param("head -50 app.py", "a\nb\n", Known("a\nb\n"), id="head of a short file"),
        pytest.param("cat app.py | head -2", "a\nb\n", held("a", "b"), id="cat and head"),
        pytest.param("tail -n +3 app.py", "a\n", held("a", "", first=3, total=4), id="tail from a line on"),
        pytest.param("sed -n '5p' app.py", "a\n", held("a", first=5), id="one line"),
        pytest.param(
            "grep -n x app.py", "3:x = 1\n9:x = 2\n", Partial((Segment(3, "x = 1"), Segment(9, "x = 2"))), id="grep"
        ),
        pytest.param("rg -n -A1 x app.py", "3:x\n4-y\n", held("x", "y", first=3), id="rg with context"),
        pytest.param("cat app.py; ls", "a\nb\n", None, id="something else prints too"),
        pytest.param("cat app.py lib.py", "a\nb\n", None, id="two files"),
        pytest.param("cat app.py | sort", "a\nb\n", None, id="through a program that changes it"),
        pytest.param("cat app.py > x", "", None, id="not shown at all"),
        pytest.param("sed -n '5,6p' app.py", "a\nb\nc\n", None, id="more lines than asked for"),
        pytest.param("nl -ba app.py | sed -n '5,6p'", "     4\ta\n", None, id="other lines than asked for"),
    ],
)
def test_reading_commands_show_lines(command, output, state):
    """What is shown is known, with its place in the file; anything less certain is not."""
    one, answer = run(command), ToolResult("c", (Text(frame(output)),))
    found = effects.after(files(), dialects.of(one).observe(one, answer, files()))
    assert dict(found).get(APP) == state


@pytest.mark.parametrize(
    ("tool", "text", "more", "state"),
    [
        pytest.param("Bash", "a\nb\nc", {}, None, id="Claude Code trims both ends, so the first line is not certain"),
        pytest.param(
            "bash", "a\nb\n<shellId: 1 completed with exit code 0>", {}, held("a"), id="Copilot trims the end"
        ),
        pytest.param(
            "bash", "<returncode>0</returncode>\n<output>\na\nb\n</output>", {}, held("a"), id="mini-swe-agent"
        ),
        pytest.param(
            "bash", "<returncode>1</returncode>\n<output>\na\n</output>", {}, None, id="a command that failed"
        ),
        pytest.param(
            "execute_bash", "a\nb\n[The command completed with exit code 0.]", {}, None, id="OpenHands trims both ends"
        ),
        pytest.param("exec_command", frame("Warning: truncated output\na\n"), {}, None, id="output that was cut"),
        pytest.param("bash", "a\nb\n", {"is_error": False}, Known("a\nb\n"), id="pi passes on what was printed"),
    ],
)
def test_an_answer_is_read_as_its_agent_writes_it(tool, text, more, state):
    """Agents trim, cut and frame what was printed; only what is certain counts."""
    one = ToolCall("c", tool, {"command": "cat app.py"})
    found = effects.after(files(), dialects.of(one).observe(one, ToolResult("c", (Text(text),), **more), files()))
    assert dict(found).get(APP) == state


def test_numbered_lines_are_certain_though_the_answer_is_trimmed():
    """Their numbers tell which lines they are."""
    one = ToolCall("c", "Bash", {"command": "cat -n app.py"})
    found = effects.after(files(), dialects.of(one).observe(one, ToolResult("c", (Text("1\ta\n     2\tb"),)), files()))
    assert found[APP] == held("a", "b")


@given(
    st.lists(st.sampled_from(["a", "", "\tb", "1\tx", "# c"]), min_size=1, max_size=12),
    st.integers(1, 14),
    st.integers(0, 6),
)
def test_a_look_never_tells_a_wrong_line(lines, first, more):
    """Whatever part of a file ``sed -n`` prints, what is concluded stands in the file."""
    text = "\n".join(lines) + "\n"
    shown = "".join(f"{line}\n" for line in lines[first - 1 : first + more])
    found = looks.shown(workspace.Unknown("x"), looks.Look("f", first, first + more), looks.Output(shown))
    match found:
        case Known(whole):
            assert whole == text
        case Partial(segments, total):
            assert total in {None, len(lines) + 1}
            for segment in segments:
                assert text.split("\n")[segment.first - 1 : segment.last] == segment.text.split("\n")
        case None:
            assert not shown or first > len(lines)


# --- sed ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "before", "after"),
    [
        pytest.param(["-i", "s/a/b/"], "a a", "b a", id="the first on a line"),
        pytest.param(["-i", "s/a/b/g"], "a a", "b b", id="all"),
        pytest.param(["-i", "s/a/b/2"], "a a", "a b", id="the second"),
        pytest.param(["-i", "s/A/b/I"], "a", "b", id="any case"),
        pytest.param(["-i", r"s/\(x\)-\(y\)/\2-\1/"], "x-y", "y-x", id="groups in basic expressions"),
        pytest.param(["-i", "-E", r"s/(x)+/[&]/"], "xx", "[xx]", id="groups in extended ones, and the match"),
        pytest.param(["-i", "s/(x)/y/"], "(x)", "y", id="parentheses are plain in basic expressions"),
        pytest.param(["-i", "s/a.c/d/"], "abc", "d", id="any character"),
        pytest.param(["-i", r"s/a\.c/d/"], "abc", "abc", id="a dot as such"),
        pytest.param(["-i", "s/^/# /"], "a", "# a", id="at the beginning"),
        pytest.param(["-i", "s/$/;/"], "a", "a;", id="at the end"),
        pytest.param(["-i", "s|/a/b|/c|"], "/a/b", "/c", id="another mark"),
        pytest.param(["-i", r"s/\/a/\/b/"], "/a", "/b", id="the mark as such"),
        pytest.param(["-i", "s/[0-9][0-9]*/N/"], "a12", "aN", id="a class"),
        pytest.param(["-i", r"s/a/x\ny/"], "a", "x\ny", id="a newline put in"),
        pytest.param(["-i", "2d"], "a\nb\nc", "a\nc", id="a line goes"),
        pytest.param(["-i", "2,3d"], "a\nb\nc", "a", id="lines go"),
        pytest.param(["-i", "$d"], "a\nb", "a", id="the last line goes"),
        pytest.param(["-i", "/b/d"], "a\nb\nab", "a", id="lines that match go"),
        pytest.param(["-i", "/b/s/a/x/"], "a\nab", "a\nxb", id="only on lines that match"),
        pytest.param(["-i", "s/a+b/c/"], "a+b", "c", id="a plus is plain in basic expressions"),
    ],
)
def test_sed_does_what_sed_does(arguments, before, after):
    r"""Expected values by the POSIX description of sed, and GNU's of ``I``, ``\n`` and ``-i``."""
    edit = sed.in_place([*arguments, "f"])
    lines = before.split("\n")
    assert "\n".join(sed.applied(lines, edit.commands, total=len(lines))) == after


@pytest.mark.parametrize(
    "script",
    [
        "s/a/b/e",
        "s/a/b/w x",
        "y/a/b/",
        "a x",
        "s/[[:alpha:]]/x/",
        "s/a*/x/g",
        r"s/\(a/b/",
        "b end",
        "s/a/\\U&/",
        "$!N",
        "s/a/b",
    ],
)
def test_sed_that_does_more_is_not_followed(script):
    """Whatever is not surely the same is left alone."""
    assert sed.in_place(["-i", script, "f"]) is None


@given(st.text(alphabet="s/abd$^.*[]()\\|;1,2gI&n +", max_size=20))
def test_no_sed_script_however_odd_is_an_error(text):
    """A script is followed or not."""
    edit = sed.in_place(["-i", text, "f"])
    if edit is not None:
        with contextlib.suppress(sed.TooHard):
            sed.applied(["a", "b"], edit.commands, total=2)


@given(st.text(alphabet="cat<>'EOF\n|&;()$ x.py-", max_size=60))
def test_no_command_however_odd_is_an_error(command):
    """A command line is read, or may do anything."""
    script.read(command)
    workspace.changes([run(command)], files(app=Known("a")))


def test_absent_files_are_made_by_commands():
    """A file known not to exist has no text before."""
    (change,) = written([run("cat > app.py <<'E'\na\nE")], files(app=Absent()))
    assert (change.before, change.after, change.basis) == (None, "a\n", "full")


# --- scripts and tasks -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        pytest.param("print(open('a.txt').read())", None, id="it only reads"),
        pytest.param("with open('a.py', 'w') as f:\n    f.write(x)", ["a.py"], id="it opens a file to write"),
        pytest.param("p = 'a.py'\nopen(p, \"w\").write(x)", ["a.py"], id="by a name"),
        pytest.param("p = Path('a.py')\np.write_text(p.read_text().replace('a', 'b'))", ["a.py"], id="as a path"),
        pytest.param("fs.writeFileSync('a.js', x)", ["a.js"], id="in JavaScript"),
        pytest.param("for p in paths:\n    open(p, 'w').write(x)", [], id="names that it computes"),
        pytest.param("open('a.py', 'w').write(x)\nos.remove('b.py')", [], id="and does something else"),
    ],
)
def test_a_script_tells_the_files_it_writes(text, paths):
    """None for none; nothing named where it may be any."""
    assert inline.writes(text) == paths


def test_a_script_that_was_written_is_known_when_it_is_run():
    """Running it leaves alone what it does not write, and its file is an unknown change."""
    make = run("cat > fix.py <<'E'\nopen('app.py', 'w').write('x')\nE")
    known = files(app=Known("a\n"), lib=Known("b\n"))
    made = written([make, run("python fix.py")], known)
    assert [(change.path, change.status) for change in made] == [("/repo/fix.py", "applied"), (APP, "unknown_file")]
    for one in (make, run("python fix.py")):
        known = effects.after(known, dialects.of(one).apply(one, known))
    assert (known["/repo/lib.py"], isinstance(known[APP], workspace.Unknown)) == (Known("b\n"), True)


def test_a_task_whose_command_was_printed_is_known():
    """``npm run check`` may format; that it does not is told by the command that npm prints before it runs it."""
    one = run("cd lib && npm run check 2>&1 | tail -5")
    silent = effects.after(files(app=Known("a\n")), dialects.of(one).observe(one, ToolResult("c", ()), files()))
    assert isinstance(silent[APP], workspace.Unknown)
    echo = ToolResult("c", (Text(frame("\n> lib@1.0.0 check\n> tsc --noEmit\n\nfine\n")),))
    known = effects.after(files(app=Known("a\n")), dialects.of(one).observe(one, echo, files(app=Known("a\n"))))
    assert known[APP] == Known("a\n")
    assert effects.after(known, dialects.of(one).apply(one, known))[APP] == Known("a\n")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        pytest.param("a && b || c", [["a"], ["b"], ["c"]], id="one after the other"),
        pytest.param("cd x && a 2>&1 | b", [["cd", "x"], ["a"]], id="a pipe behind a redirect"),
        pytest.param("a <<'E' && b\nt\nE\nc", [["a"], ["b"], ["c"]], id="what follows a here-document on its line"),
    ],
)
def test_a_command_line_is_taken_apart(command, words):
    """Each simple command once, in order."""
    assert [simple.words for simple in script.read(command)] == words


def test_a_temporary_file_is_no_file_of_the_project():
    """A variable that ``mktemp`` fills names nothing that was there."""
    one = run('tmp=$(mktemp) && date > "$tmp"')
    assert effects.after(files(app=Known("a\n")), dialects.of(one).apply(one, files()))[APP] == Known("a\n")
