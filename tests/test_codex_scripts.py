"""What a script of Codex's `exec` showed of a file; the answers are shaped as Codex 0.171 gave them."""

import json

import pytest

from replay.records import Text, ToolCall, ToolResult
from replay.workspace import Known, dialects
from replay.workspace.effects import Effect
from replay.workspace.files import Files

FILE = "def f():\n    return 1\n"
RUN = 'await tools.exec_command({cmd: "cat app.py"})'
WHOLE = json.dumps({"chunk_id": "11859f", "wall_time_seconds": 0.006, "exit_code": 0, "output": FILE})


def shown(script, *printed, seconds="0.1", status="completed"):
    """The text of /repo/app.py as known after a script that printed these pieces; None where it is not known."""
    head = f"Script {status}\nWall time {seconds} seconds\nOutput:\n"
    call = ToolCall("c", "exec", script)
    effects = dialects.of(call).observe(
        call, ToolResult("c", tuple(map(Text, (head, *printed)))), Files({}, cwd="/repo")
    )
    states = [effect.state for effect in effects if isinstance(effect, Effect) and effect.path == "/repo/app.py"]
    return next((state.text for state in states if isinstance(state, Known)), None)


@pytest.mark.parametrize(
    ("script", "printed"),
    [
        pytest.param(f"text(({RUN}).output);", FILE, id="the output at once"),
        pytest.param(f"const r = {RUN};\ntext(r.output);", FILE, id="the output by a name"),
        pytest.param(f'// @exec: {{"max_output_tokens": 900}}\ntext(({RUN}).output)', FILE, id="behind a pragma"),
        pytest.param(f"const r = {RUN}; text(r);", WHOLE, id="the whole result"),
        pytest.param(f"text(JSON.stringify({RUN}));", WHOLE, id="the whole result as JSON"),
    ],
)
def test_a_script_that_passes_on_what_its_command_printed_shows_the_file(script, printed):
    """A `cat` in a script is a reading as good as one called directly."""
    assert shown(script, printed) == FILE


@pytest.mark.parametrize(
    ("script", "printed", "more"),
    [
        pytest.param(f"text(({RUN}).output);", "cat: app.py: No such file or directory\n", {}, id="it failed"),
        pytest.param(
            f"text({RUN});", WHOLE.replace('"exit_code": 0', '"exit_code": 1'), {}, id="it says that it failed"
        ),
        pytest.param(f"text({RUN});", WHOLE.replace('"exit_code": 0, ', ""), {}, id="it still runs"),
        pytest.param(f"text(({RUN}).output);", FILE, {"seconds": "10.0"}, id="it may still run"),
        pytest.param(f"text(({RUN}).output);", FILE, {"status": "failed"}, id="the script failed"),
        pytest.param(f"text(({RUN}).output.trim());", FILE, {}, id="something is done to it"),
        pytest.param(f"text('x' + ({RUN}).output);", FILE, {}, id="something is put before it"),
        pytest.param(f"const r = {RUN}; text(s.output);", FILE, {}, id="another thing is shown"),
        pytest.param(f"text(({RUN}).output); text(({RUN}).output);", FILE, {}, id="two commands"),
        pytest.param(
            f"text(({RUN}).output);",
            "Warning: truncated output (original token count: 9)\n\n" + FILE,
            {},
            id="a part of it",
        ),
        pytest.param(f"if (x) text(({RUN}).output);", FILE, {}, id="only sometimes"),
    ],
)
def test_a_script_that_shows_less_or_more_shows_no_file(script, printed, more):
    """Nothing is known of the file where the answer may not be the whole output of a command that went well."""
    assert shown(script, printed, **more) is None


def test_an_answer_of_several_pieces_shows_no_file():
    """What else was printed stands beside the output."""
    assert shown(f"text(({RUN}).output);", FILE, "more") is None
