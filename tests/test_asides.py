"""What Claude Code notes beside the messages reaches the transcript."""

import json

import pytest
from msgspec.structs import replace

from replay import redact
from replay.importers import claude_code, native
from replay.records import Aside

SYSTEM = {
    "type": "system",
    "content": "\x1b[1mPostToolUse:Edit\x1b[22m [ruff format] completed successfully: 1 file reformatted",
    "toolUseID": "toolu_01",
}
PROGRESS = {
    "type": "progress",
    "toolUseID": "toolu_01",
    "data": {"type": "hook_progress", "hookEvent": "PostToolUse", "hookName": "PostToolUse:Edit", "command": "fmt.sh"},
}
ATTACHED = {
    "type": "attachment",
    "attachment": {
        "type": "hook_success",
        "hookEvent": "PostToolUse",
        "toolUseID": "toolu_01",
        "command": "fmt.sh",
        "stdout": "ok\n",
        "stderr": "",
    },
}
EDITED = {"type": "attachment", "attachment": {"type": "edited_text_file", "filename": "/a.py", "snippet": "1\tx"}}
CALLBACK = {**PROGRESS, "data": {**PROGRESS["data"], "command": "callback"}}
STRANGER = {**PROGRESS, "toolUseID": "toolu_99"}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param(
            SYSTEM, [Aside(2, "hook", "ruff format", "1 file reformatted", call="toolu_01")], id="a system row"
        ),
        pytest.param(PROGRESS, [Aside(2, "hook", "fmt.sh", call="toolu_01")], id="a progress row"),
        pytest.param(ATTACHED, [Aside(2, "hook", "fmt.sh", "ok\n", call="toolu_01")], id="an attachment"),
        pytest.param(EDITED, [Aside(2, "edited", "1\tx", path="/a.py")], id="a file that somebody else changed"),
        pytest.param(CALLBACK, [], id="the client's own hook changes no file"),
        pytest.param(STRANGER, [], id="a hook after another session's call"),
    ],
)
def test_hooks_and_edits_by_others_become_asides(row, expected, claude_log, tmp_path):
    """Each layout gives an aside after the message it follows, which survives our own format."""
    log = claude_log(("Edit", {"file_path": "/a.py", "old_string": "1", "new_string": "2"}, "updated"))
    common = {"sessionId": "s-1", "uuid": "x-1", "parentUuid": "u-1", "timestamp": "2026-01-01T00:01:00Z"}
    with log.open("a", encoding="utf-8") as file:
        file.write(json.dumps(common | row) + "\n")
    (made,) = claude_code.read(log)
    assert list(made.asides) == expected
    native.write(made, tmp_path / "own.jsonl")
    (again,) = native.read(tmp_path / "own.jsonl")
    assert again.asides == made.asides


def test_secrets_in_asides_are_redacted(claude_log):
    """What a hook printed is searched for secrets like anything else."""
    (made,) = claude_code.read(claude_log(("Bash", {"command": "ls"}, "a.py")))
    key = "ghp_" + "a1B2" * 9
    clean = redact.transcript(replace(made, asides=(Aside(2, "hook", "fmt", f"token {key}"),)))
    assert key not in clean.asides[0].output
