"""Calls that only read, answered from the files a transcript shows: like the real tools, or not at all."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from replay import importers, lookahead, workspace
from replay.lookahead import patterns, reading, tools, verify
from replay.lookahead.readers import only_reads
from replay.lookahead.replies import Acts, Reply, Untold
from replay.lookahead.stretch import Hidden, of_state
from replay.records import (
    Completion,
    Fidelity,
    Halt,
    Message,
    Setup,
    Source,
    Text,
    ToolCall,
    ToolResult,
    Transcript,
    Turn,
)
from replay.workspace.files import Absent, Files, Known, Partial, Segment

TEXT = 'import os\n\n\ndef price(x):\n    # the price, (net)\n    return x * 1.19\n\n\nprint(price(2))\nprint("done")\n'
OTHER = "one\ntwo without an end"


# --- command lines against the real programs ---------------------------------------------------------------

LINES = [
    "cat app.py",
    "cat app.py other.txt",
    "cat -n app.py",
    "nl -ba app.py",
    "nl -ba app.py | sed -n '2,4p'",
    "head app.py",
    "head -n 3 app.py",
    "head -3 app.py",
    "head -n3 other.txt",
    "tail -n 2 app.py",
    "tail -2 other.txt",
    "tail -n +4 app.py",
    "tail -n 0 app.py",
    "sed -n '2,5p' app.py",
    "sed -n 4p app.py",
    "sed -n '2,3p;6,7p' app.py",
    "sed -n '9,$p' app.py",
    "sed -n '8,99p' app.py",
    "sed -n '50,99p' app.py",
    "sed -n -e '1,2p' app.py",
    "sed -n '$p' app.py",
    "cat app.py | head -4 | tail -2",
    "wc -l < /dev/null; cat other.txt",
    "cat app.py | wc -l",
    "wc -l app.py",
    "wc -l other.txt",
    "grep -n price app.py",
    "grep -n 'def ' app.py",
    "grep price app.py | head -1",
    "grep -c price app.py",
    "grep -n -A1 def app.py",
    "grep -n -B 1 -A 1 price app.py",
    "grep -n -C1 print app.py",
    "grep -nE 'import|print' app.py",
    "grep -n 'import\\|print' app.py",
    "grep -nv price app.py",
    "grep -in PRICE app.py",
    "grep -nF '(net)' app.py",
    "grep -n '(net)' app.py",
    "grep -n 'x \\* 1\\.1[0-9]$' app.py",
    "grep -n '^$' app.py",
    "grep -Hn def app.py",
    "grep -n e app.py other.txt",
    "grep -h e app.py other.txt",
    "grep -n -m 1 price app.py",
    "grep -n nothing app.py",
    "egrep -n 'p(r|q)i' app.py",
    "fgrep -n 1.19 app.py",
    "cat app.py 2>/dev/null && echo '---' && cat other.txt",
    "cat app.py || echo missing",
    "echo one two; echo '=== app.py ==='; sed -n 1p app.py",
    "printf '%s\\n' a && cat other.txt",
    "cd sub && cat inner.txt && cd .. && head -1 app.py",
    "cat ./app.py",
    "cat sub/../other.txt",
    "cat empty.txt; cat app.py",
    "true",
    "pwd | wc -l",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("tree")
    (place / "app.py").write_text(TEXT)
    (place / "other.txt").write_text(OTHER)
    (place / "empty.txt").write_text("")
    (place / "sub").mkdir()
    (place / "sub" / "inner.txt").write_text("inner\n")
    return place


def files_of(folder: Path) -> Files:
    states = {str(one): Known(one.read_text()) for one in folder.rglob("*") if one.is_file()}
    return Files(states, cwd=str(folder))


@pytest.mark.parametrize("line", LINES)
def test_a_command_prints_what_the_real_programs_print(line, folder):
    """Output and exit code are those of the programs on this machine, byte for byte; nothing of ours ran them."""
    real = subprocess.run(
        ["bash", "-c", line], cwd=folder, capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin"}
    )
    try:
        ours = reading.printed(line, reading.machine(files_of(folder), str(folder)))
    except Hidden:
        assert "<" in line, f"{line} is not followed"
        return
    assert (ours.out.text(), ours.code) == (real.stdout, real.returncode)


PATTERNS = [
    "a",
    "a.c",
    "a*b",
    "^ab",
    "b$",
    "[ab]c",
    "[^a]b",
    "a\\.c",
    "a+b",
    "(ab)",
    "a|c",
    "a\\|c",
    "ab?c",
    "x{2}",
    "\\bab",
]
WORDS = ["abc", "a.c", "aab", "ab", "xx", "x{2}", "(ab)", "a|c", "a+b", "", "cab", "ab?c", "zz ab", "^ab"]


@pytest.mark.parametrize("dialect", ["basic", "extended"])
@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_finds_what_grep_finds(pattern, dialect):
    """Where a pattern is followed at all, it picks the lines that this machine's grep picks."""
    option = "-E" if dialect == "extended" else "-G"
    done = subprocess.run(
        ["grep", option, "--", pattern], input="\n".join(WORDS), capture_output=True, text=True, check=False
    )
    made = patterns.compiled(pattern, dialect)
    if made is not None:
        assert [word for word in WORDS if made.search(word)] == done.stdout.splitlines()


@pytest.mark.skipif(shutil.which("grep") is None, reason="no grep here")
@settings(max_examples=40)
@given(pattern=st.text("ab.*[]^$\\|()+?{}", max_size=7))
def test_any_pattern_is_refused_or_means_what_grep_means(pattern):
    """Random patterns: ours never picks another line than grep does."""
    made = patterns.compiled(pattern, "extended")
    if made is None or not pattern:
        return
    done = subprocess.run(
        ["grep", "-E", "--", pattern], input="\n".join(WORDS), capture_output=True, text=True, check=False
    )
    if done.returncode < 2:
        assert [word for word in WORDS if made.search(word)] == done.stdout.splitlines()


@pytest.mark.parametrize(
    "line",
    [
        "python app.py",
        "pytest -q",
        "cat app.py > copy.py",
        "sed -i 's/a/b/' app.py",
        "rm app.py",
        "git commit -m x",
        "git checkout main",
        "find . -delete",
        "cat app.py | sh",
        "cat app.py | xargs rm",
        "$(cat app.py)",
        "npm install",
        "curl example.org",
        "echo hi | tee app.py",
        "git branch -D main",
    ],
)
def test_what_does_more_than_read_is_not_answered(line):
    """A command that writes, runs a program or reaches out is no reading command."""
    assert not only_reads(line)
    with pytest.raises(reading.Ran):
        reading.printed(line, reading.machine(Files(), "/repo"))


PARTLY = Partial((Segment(1, "a\nb\nc"), Segment(8, "h\ni")), None)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("sed -n '1,3p' f", "a\nb\nc\n"),
        ("head -2 f", "a\nb\n"),
        ("nl -ba f | sed -n '8,9p'", "     8\th\n     9\ti\n"),
        ("sed -n '2,8p' f", None),
        ("cat f", None),
        ("tail -2 f", None),
        ("sed -n '8,10p' f", None),
        ("grep -n a f", None),
        ("cat g", None),
        ("cat *.py", None),
        ("cat ~/f", None),
        ("cat $FILE", None),
        ("ls", None),
        ("git status", None),
        ("rg a", None),
        ("grep -rn a .", None),
    ],
)
def test_a_file_known_in_part_answers_for_that_part_only(line, text):
    """Lines that are known are shown; whatever needs another line, the end, a folder or a name is refused."""
    machine = reading.machine(Files({"/repo/f": PARTLY}, cwd="/repo"), "/repo")
    if text is None:
        with pytest.raises(Hidden):
            reading.printed(line, machine).out.text()
    else:
        assert reading.printed(line, machine).out.text() == text


# --- the tools of agents -----------------------------------------------------------------------------------


def call(tool, arguments=None, **more):
    return ToolCall("c9", tool, (arguments or {}) | more)


def session(*steps, agent="claude_code", version="2.1.40", cwd="/repo", end="done"):
    """A transcript whose steps are (tool, arguments, result) or a text typed by the user; its last turn is text."""
    messages = [Message("user", (Text("please"),), origin="typed")]
    turns = []
    for number, one in enumerate(steps):
        if isinstance(one, str):
            messages.append(Message("user", (Text(one),), origin="typed"))
            continue
        tool, arguments, result = one
        turns.append(Turn(len(messages), ((0, len(messages)),)))
        messages.append(Message("assistant", (ToolCall(f"c{number}", tool, arguments),)))
        messages.append(Message("user", (ToolResult(f"c{number}", (Text(result),)),), origin="tool"))
    turns.append(Turn(len(messages), ((0, len(messages)),)))
    messages.append(Message("assistant", (Text(end),)))
    source = Source(agent, "made by hand", version=version, cwd=cwd)
    return Transcript("0" * 16, source, (Setup(),), tuple(messages), tuple(turns), Fidelity("partial"))


def arrowed(text, first=1):
    return "\n".join(f"{number:6}→{line}" for number, line in enumerate(text.split("\n"), first))


def read(path, text, **arguments):
    return ("Read", {"file_path": path, **arguments}, arrowed(text))


REMINDER = "\n\n<system-reminder>\nWhenever you read a file, you should consider it.\n</system-reminder>\n"


def answered(one, transcript, turn=-1):
    return tools.answer(one, lookahead.ground(transcript, turn % len(transcript.turns)))


def test_claude_codes_read_is_answered_in_the_words_of_the_sessions_other_reads():
    """Numbers, arrow and reminder are those of the answers before; the range is the one asked for."""
    steps = (read("/repo/a.py", "one\ntwo\nthree\n"), ("Read", {"file_path": "/repo/b.py"}, arrowed("b\n") + REMINDER))
    told = answered(call("Read", file_path="/repo/a.py", offset=2, limit=2), session(*steps))
    assert told == Reply("     2→two\n     3→three" + REMINDER)
    whole = answered(call("Read", file_path="/repo/b.py"), session(*steps))
    assert whole == Reply("     1→b\n     2→" + REMINDER)


def test_from_2_1_86_on_read_numbers_compactly_and_does_not_repeat_itself():
    """The changelog of that version: a tab for the arrow, and a sentence for the same Read of an unchanged file."""
    steps = (("Read", {"file_path": "/repo/a.py"}, "1\tone\n2\t"),)
    done = session(*steps, version="2.1.217")
    assert answered(call("Read", file_path="/repo/a.py", limit=1), done) == Reply("1\tone")
    again = answered(call("Read", file_path="/repo/a.py"), done)
    assert isinstance(again, Reply)
    assert "unchanged since your last Read" in again.text
    edited = session(
        *steps,
        ("Edit", {"file_path": "/repo/a.py", "old_string": "one", "new_string": "two"}, "The file has been updated."),
        version="2.1.217",
    )
    assert answered(call("Read", file_path="/repo/a.py"), edited) == Reply("1\ttwo\n2\t")


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (call("Read", file_path="/repo/never.py"), "never read"),
        (call("Read", file_path="/repo/a.py", offset=9), "behind the end"),
        (call("Read", file_path="/repo/shot.png"), "not shown as text"),
        (call("Read", file_path="/repo/a.py", limit=-1), "refuse"),
        (call("Grep", pattern="x"), "not all known"),
        (call("Grep", pattern="(a+)+$", path="/repo/a.py", output_mode="content"), "not followed"),
        (call("Glob", pattern="*.py"), "not known"),
        (call("Bash", command="ls -la"), "ls"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.name,
)
def test_what_is_not_known_is_said_to_be_unknown(one, why):
    """Each refusal names its reason."""
    told = answered(one, session(read("/repo/a.py", "one\ntwo\n")))
    assert isinstance(told, Untold)
    assert why in told.why


def test_grep_in_a_known_file_is_answered_as_ripgrep_would():
    """Lines with numbers, no file name for a single file; nothing found is a sentence."""
    done = session(read("/repo/a.py", "one\ntwo\nthree\n"))
    given = {"path": "/repo/a.py", "output_mode": "content", "-n": True}
    assert answered(call("Grep", given, pattern="t.o"), done) == Reply("2:two")
    assert answered(call("Grep", {**given, "-A": 1}, pattern="two"), done) == Reply("2:two\n3-three")
    assert answered(call("Grep", given, pattern="four"), done) == Reply("No matches found")


def test_a_search_through_folders_is_repeated_while_nothing_was_done():
    """The same call has the same answer, until a command runs, a file is written or a person speaks."""
    look = ("Grep", {"pattern": "x"}, "Found 1 file\na.py")
    done = session(look, read("/repo/a.py", "x\n"))
    assert answered(call("Grep", pattern="x"), done) == Reply("Found 1 file\na.py")
    for between in (
        ("Bash", {"command": "make"}, "ok"),
        ("Write", {"file_path": "/repo/b", "content": "x"}, "created"),
        "hm",
    ):
        assert isinstance(answered(call("Grep", pattern="x"), session(look, between)), Untold)


def test_a_file_seen_before_a_person_spoke_may_have_changed():
    """What was read before a typed message is not shown as what the file holds now."""
    told = answered(call("Read", file_path="/repo/a.py"), session(read("/repo/a.py", "one\n"), "i changed it"))
    assert isinstance(told, Untold)
    assert "person" in told.why


def test_what_is_shown_later_was_so_before_unless_something_happened_in_between():
    """A later Read tells of the turn before it; not behind a command, a change of that file, or a person's words."""
    first, later = read("/repo/a.py", "one\n"), read("/repo/b.py", "bee\n")
    ask = call("Read", file_path="/repo/b.py")
    assert answered(ask, session(first, later), turn=0) == Reply(arrowed("bee\n"))
    write = ("Write", {"file_path": "/repo/b.py", "content": "bee\n"}, "File created successfully at: /repo/b.py")
    for between in (("Bash", {"command": "./generate"}, ""), write, "now look"):
        assert isinstance(answered(ask, session(first, between, later), turn=0), Untold)
    quiet = session(first, ("Bash", {"command": "cat a.py"}, "one"), later)
    assert answered(ask, quiet, turn=0) == Reply(arrowed("bee\n"))


def test_a_file_that_is_not_there_is_answered_as_an_error():
    """A file known to be absent gives the tool's own error."""
    missing = ("Read", {"file_path": "/repo/x.py"}, "<tool_use_error>File does not exist.</tool_use_error>")
    done = session(missing)
    told = answered(call("Read", file_path="/repo/x.py", limit=5), done)
    assert isinstance(told, Reply | Untold)
    gone = session(read("/repo/x.py", "x\n"), ("Bash", {"command": "rm x.py"}, ""), missing)
    assert answered(call("Read", file_path="/repo/x.py"), gone) == Reply(
        "<tool_use_error>File does not exist.</tool_use_error>"
    )


CODEX = "Chunk ID: aa11bb\nWall time: 0.0000 seconds\nProcess exited with code 0\nOriginal token count: {}\nOutput:\n"
FRAMES = {
    "codex": (
        (
            "exec_command",
            {"cmd": "pwd"},
            CODEX.format(2) + "/repo\n",
        ),
        (
            "exec_command",
            {"cmd": "cat f"},
            CODEX.format(1) + "x\ny\n",
        ),
        call("exec_command", cmd="head -1 f"),
        CODEX.format(1).partition("\n")[2] + "x\n",
    ),
    "mini_swe": (
        ("bash", {"command": "pwd"}, "<returncode>0</returncode>\n<output>\n/repo\n</output>"),
        ("bash", {"command": "cat f && echo end"}, "<returncode>0</returncode>\n<output>\nx\ny\nend\n</output>"),
        call("bash", command="pwd && pwd"),
        "<returncode>0</returncode>\n<output>\n/repo\n/repo\n</output>",
    ),
    "openhands": (
        ("execute_bash", {"command": "pwd"}, "/repo\n[The command completed with exit code 0.]"),
        (
            "str_replace_editor",
            {"command": "view", "path": "/repo/f"},
            "Here's the result of running `cat -n` on /repo/f:\n     1\tx\n     2\ty\n     3\t\n",
        ),
        call("execute_bash", command="grep -n y f"),
        "2:y\n[The command completed with exit code 0.]",
    ),
    "pi": (
        ("bash", {"command": "pwd"}, "/repo\n"),
        ("read", {"path": "f"}, "x\ny\n"),
        call("bash", command="grep zzz f"),
        "Command exited with code 1",
    ),
    "claude_code": (
        ("Bash", {"command": "pwd"}, "/repo"),
        read("/repo/f", "x\ny\n"),
        call("Bash", command="cat f; echo"),
        "x\ny",
    ),
}


@pytest.mark.parametrize("agent", FRAMES)
def test_command_output_is_framed_as_the_agent_frames_it(agent):
    """The frame is that of the session's other answers, its numbers those of the output shown."""
    *steps, asked, text = FRAMES[agent]
    told = answered(asked, session(*steps, agent=agent))
    assert isinstance(told, Reply), told
    assert told.text.endswith(text)


OPENCODE = "<path>/repo/f</path>\n<type>file</type>\n<content>"
READS = {
    "opencode": (
        (
            "read",
            {"filePath": "/repo/f", "limit": 3},
            OPENCODE + "1: a\n2: b\n3: c\n\n(Showing lines 1-3 of 9. Use offset=4 to continue.)\n</content>",
        ),
        call("read", filePath="/repo/f", offset=2, limit=1),
        OPENCODE + "2: b\n\n(Showing lines 2-2 of 9. Use offset=3 to continue.)\n</content>",
    ),
    "pi": (
        ("read", {"path": "f"}, "a\nb\nc\n"),
        call("read", path="f", offset=2),
        "b\nc\n",
    ),
    "gemini": (
        ("read_file", {"file_path": "f"}, "a\nb\nc\n"),
        call("read_file", file_path="./f"),
        "a\nb\nc\n",
    ),
    "copilot": (
        ("view", {"path": "/repo/f"}, "1. a\n2. b\n3. "),
        call("view", path="/repo/f", view_range=[2, 2]),
        "2. b",
    ),
    "swe_agent": (
        (
            "str_replace_editor",
            {"command": "view", "path": "/repo/f"},
            "OBSERVATION:\nHere's the result of running `cat -n` on /repo/f:\r\n     1\ta\r\n     2\tb\r\n     3\t",
        ),
        call("str_replace_editor", command="view", path="/repo/f", view_range=[1, 2]),
        "OBSERVATION:\nHere's the result of running `cat -n` on /repo/f:\r\n     1\ta\r\n     2\tb",
    ),
    "cline": (
        ("read_file", {"path": "/repo/g"}, "[read_file for '/repo/g'] Result:\ng"),
        call("read_file", path="/repo/g"),
        "[read_file for '/repo/g'] Result:\ng",
    ),
}


@pytest.mark.parametrize("agent", READS)
def test_reading_tools_are_answered_in_the_agents_own_form(agent):
    """Each family's form, from what its own answer in the session shows."""
    step, asked, text = READS[agent]
    told = answered(asked, session(step, agent=agent))
    assert isinstance(told, Reply), told
    assert told.text == text


# --- a turn ------------------------------------------------------------------------------------------------


def completion(*calls, text=None, stop="tool_calls"):
    said = [] if text is None else [Text(text)]
    return Completion((*said, *calls), stop)


def test_a_turn_that_only_reads_is_answered_call_by_call():
    """One message of results, in the order of the calls and under their ids."""
    known = lookahead.ground(session(read("/repo/a.py", "one\ntwo\n")), 1)
    asked = [replace(call("Read", file_path="/repo/a.py", limit=number), id=f"t{number}") for number in (1, 2)]
    told = lookahead.turn(completion(*asked), known)
    assert isinstance(told, lookahead.Answered)
    (message,) = told.messages
    assert [(part.call, part.parts) for part in message.parts] == [
        ("t1", (Text("     1→one"),)),
        ("t2", (Text("     1→one\n     2→two"),)),
    ]


def test_a_turn_ends_the_draw_when_it_writes_or_calls_nothing():
    """A written file, a script fed to an interpreter, mere words, a refusal or a cut: nothing follows."""
    known = lookahead.ground(session(read("/repo/a.py", "one\n")), 1)
    look = call("Read", file_path="/repo/a.py")
    write = call("Write", file_path="/repo/b.py", content="x = 1\n")
    script = call("Bash", command="python3 - <<'E'\nprint(1)\nE")
    assert lookahead.turn(completion(write), known) is None
    assert lookahead.turn(completion(look, write), known) is None
    assert lookahead.turn(completion(script), known) is None
    assert lookahead.turn(completion(text="done", stop="end"), known) is None
    for stop in ("refusal", "length", "content_filter"):
        assert lookahead.turn(completion(look, stop=stop), known) is None


def test_a_turn_that_cannot_be_answered_says_why():
    """Unknown files and commands that do more than read are two reasons."""
    known = lookahead.ground(session(read("/repo/a.py", "one\n")), 1)
    unknown = lookahead.turn(completion(call("Read", file_path="/repo/z.py")), known)
    assert isinstance(unknown, Halt)
    assert (unknown.kind, "/repo/z.py" in unknown.why) == ("unknown", True)
    command = lookahead.turn(completion(call("Bash", command="pytest -q")), known)
    assert command == Halt("command", "the model asked to run pytest -q")
    other = lookahead.turn(completion(call("WebFetch", url="https://example.org")), known)
    assert other == Halt("command", "the model asked to call WebFetch")


def test_calls_written_out_in_text_are_answered_in_text():
    """An agent that reads commands from code blocks puts their output into a user's message."""
    messages = (
        Message("user", (Text("please"),)),
        Message("assistant", (Text("```bash\ncat f\n```"),)),
        Message("user", (Text("<returncode>0</returncode>\n<output>\na\nb\n</output>"),)),
        Message("assistant", (Text("```bash\nls\n```"),)),
    )
    turns = (Turn(1, ((0, 1),)), Turn(3, ((0, 3),)))
    source = Source("mini_swe", "made by hand", agent="mini-swe-agent", cwd="/repo")
    done = Transcript("0" * 16, source, (Setup(),), messages, turns, Fidelity("partial"))
    told = lookahead.turn(completion(text="```bash\ncat f\n```", stop="end"), lookahead.ground(done, 1))
    assert isinstance(told, lookahead.Answered)
    assert told.messages == (
        Message("user", (Text("<returncode>0</returncode>\n<output>\na\nb\n</output>"),), origin="tool", form="string"),
    )


@given(
    tool=st.sampled_from(["Read", "Grep", "Bash", "read", "view", "read_file", "str_replace_editor"]), data=st.data()
)
def test_no_arguments_of_a_model_break_the_answering(tool, data):
    """Whatever a model writes into a call, there is an answer or a reason."""
    keys = st.sampled_from(
        ["file_path", "path", "filePath", "command", "offset", "limit", "view_range", "pattern", "-n", "-A", "end_line"]
    )
    scalars = st.one_of(
        st.none(), st.booleans(), st.integers(), st.text(max_size=12), st.just("/repo/a.py"), st.just("view")
    )
    values = st.one_of(scalars, st.lists(scalars, max_size=3))
    arguments = data.draw(st.one_of(st.dictionaries(keys, values, max_size=5), st.text(max_size=20)))
    known = lookahead.ground(session(read("/repo/a.py", "one\ntwo\n")), 1)
    told = lookahead.turn(completion(ToolCall("c", tool, arguments)), known)
    assert told is None or isinstance(told, Halt | lookahead.Answered)


def test_lines_that_are_not_certain_are_never_shown():
    """A file that lines came to or went from at an unknown place, or that is gone, has no lines to show."""
    for state in (Partial((Segment(1, "a"),), None, adrift=True), Absent(), workspace.Unknown("why")):
        with pytest.raises(Hidden):
            of_state(state)


def test_acts_are_told_apart_from_looks():
    """A tool nobody knows is no look."""
    assert answered(call("mcp__browser__click"), session()) == Acts("call mcp__browser__click")


# --- against recorded answers ------------------------------------------------------------------------------


def test_our_own_transcripts_are_never_answered_wrongly():
    """Every call of the example's transcripts that only reads: answered as recorded, or not at all."""
    for file in (Path(__file__).parent.parent / "transcripts").rglob("*.jsonl"):
        for transcript in importers.read(file):
            assert not [one for one in verify.each(transcript) if one.verdict == "wrong"]


def test_in_every_example_one_turn_of_look_ahead_makes_code_of_no_code():
    """Each example reads in its first turn and edits in its second: one is answered, the other ends the draw."""
    files = sorted((Path(__file__).parent.parent / "transcripts").rglob("*.jsonl"))
    assert files
    for file in files:
        (transcript,) = importers.read(file)
        first, second = (transcript.messages[turn.message].parts for turn in transcript.turns[:2])
        known = lookahead.ground(transcript, 0)
        assert not lookahead.writes(first, known.files)
        told = lookahead.turn(Completion(first, "tool_calls"), known)
        assert isinstance(told, lookahead.Answered), file
        assert lookahead.turn(Completion(second, "tool_calls"), told.ground) is None
        assert lookahead.writes(second, told.ground.files)


@pytest.mark.shared
def test_shared_transcripts_are_never_answered_wrongly(shared):
    """Over all formats, no answer differs from the recorded one, and more than a hundred are the same."""
    exact = 0
    for file in importers.find([shared / "transcripts"]):
        try:
            transcripts = importers.read(file)
        except Exception:  # noqa: BLE001 - other tests are about what cannot be read
            continue
        for transcript in transcripts:
            for one in verify.each(transcript):
                assert one.verdict != "wrong", (file, one.done.call, one.told)
                exact += one.verdict == "exact"
    assert exact > 100
