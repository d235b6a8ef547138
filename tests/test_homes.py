"""Where agents keep their sessions: found without a path, at their own places or where they are told."""

import sys

import pytest
from click.testing import CliRunner

from replay.cli import group
from replay.errors import UserError
from replay.importers.homes import Home, homes, told

ROW = (
    '{"type":"user","uuid":"u1","parentUuid":null,"sessionId":"s","cwd":"/repo","message":{"role":"user","content":"go"}}\n'
    '{"type":"assistant","uuid":"a1","parentUuid":"u1","sessionId":"s","message":{"id":"m","role":"assistant","content":'
    '[{"type":"tool_use","id":"t","name":"Write","input":{"file_path":"/repo/a.py","content":"try:\\n    f()\\n'
    'except:\\n    pass\\n"}}]}}\n'
)


def test_places_of_agents_are_found_each_once(tmp_path):
    """At home, where a variable says, and in the project; a place that is not there is not named."""
    home, here, elsewhere = tmp_path / "home", tmp_path / "project", tmp_path / "codex"
    for folder in (
        home / ".claude/projects",
        elsewhere / "sessions",
        here / ".specstory/history",
        home / ".codex/sessions",
    ):
        folder.mkdir(parents=True)
    (here / ".aider.chat.history.md").touch()
    found = homes({"CODEX_HOME": str(elsewhere)}, home=home, here=here)
    assert [(one.agent, one.path) for one in found] == [
        ("Claude Code", home / ".claude/projects"),
        ("Codex", elsewhere / "sessions"),
        ("SpecStory", here / ".specstory/history"),
        ("aider", here / ".aider.chat.history.md"),
    ]


def test_a_place_that_cannot_be_looked_up_is_none(tmp_path):
    """A name longer than the system takes, as one in a folder that is closed to us, hides no other place."""
    (tmp_path / ".claude/projects").mkdir(parents=True)
    for variable in ("CODEX_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        found = homes({variable: "x" * 5000}, home=tmp_path, here=tmp_path)
        assert [one.agent for one in found] == ["Claude Code"]


@pytest.mark.skipif(sys.platform != "linux", reason="the folder has another name elsewhere")
def test_agents_in_editors_are_found_in_each(tmp_path):
    """Their extension's folder, in every editor of the family."""
    tasks = [
        tmp_path / ".config/Code/User/globalStorage/saoudrizwan.claude-dev/tasks",
        tmp_path / ".config/VSCodium/User/globalStorage/rooveterinaryinc.roo-cline/tasks",
    ]
    for folder in tasks:
        folder.mkdir(parents=True)
    database = tmp_path / ".config/Cursor/User/globalStorage/state.vscdb"
    chats = tmp_path / ".config/Cursor/User/workspaceStorage/0a1b/chatSessions"
    chats.mkdir(parents=True)
    database.parent.mkdir()
    database.touch()
    (tmp_path / ".config/Code/User/globalStorage/state.vscdb").touch()  # no agent's
    found = homes({}, home=tmp_path, here=tmp_path / "none")
    assert [(one.agent, one.path) for one in found] == [
        ("cline", tasks[0]),
        ("Roo Code", tasks[1]),
        ("Cursor", database),
        ("GitHub Copilot", chats),
    ]


def test_of_many_places_of_an_agent_the_first_are_named_and_the_rest_counted(tmp_path):
    """VS Code keeps chats by folder that was open."""
    found = [Home("pi", tmp_path), *(Home("GitHub Copilot", tmp_path / str(number)) for number in range(5))]
    assert told(found) == f"pi ({tmp_path}), GitHub Copilot ({tmp_path}/0, {tmp_path}/1 and 3 more)"


@pytest.fixture
def own(tmp_path, monkeypatch):
    """An empty home and project."""
    for name in ("CLAUDE_CONFIG_DIR", "CODEX_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    home, project = tmp_path / "home", tmp_path / "project"
    home.mkdir()
    project.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(project)
    return home


def test_mine_without_a_path_reads_where_agents_keep_their_sessions(own):
    """And says where, on standard error."""
    place = own / ".claude/projects/p"
    place.mkdir(parents=True)
    (place / "s.jsonl").write_text(ROW)
    done = CliRunner().invoke(group, ["mine", "--rule", "python/bare-except"], catch_exceptions=False)
    assert f"{place / 's.jsonl'}:turn 0: /repo/a.py:3: python/bare-except" in done.stdout
    assert f"reading the sessions of Claude Code ({own / '.claude/projects'})" in done.stderr


def test_mine_without_a_path_where_no_agent_is_says_so(own):
    """It is told what to give."""
    done = CliRunner().invoke(group, ["mine"])
    assert isinstance(done.exception, UserError)
    assert "give the folder of their logs" in str(done.exception)
    assert own.is_dir()
