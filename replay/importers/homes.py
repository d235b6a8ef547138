"""Where agents keep their sessions on a machine: looked through where no path is given."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple


class Home(NamedTuple):
    """A file or folder that is there, in which ``agent`` keeps sessions."""

    agent: str
    path: Path


MANY = 2
_EDITORS = ("Code", "Code - Insiders", "VSCodium", "Cursor", "Windsurf")
_EXTENSIONS = (
    ("cline", "saoudrizwan.claude-dev"),
    ("Roo Code", "rooveterinaryinc.roo-cline"),
    ("Kilo Code", "kilocode.kilo-code"),
)


def homes(environment: Mapping[str, str], *, home: Path, here: Path) -> list[Home]:
    """Those that are there, each once: below ``home`` or where variables say, and in the project ``here``.

    The variables are those by which the agents themselves are told another place.
    """
    found: dict[Path, Home] = {}
    for agent, path in _places(environment, home, here):
        if os.path.exists(path):  # noqa: PTH110 - it is not there, either, where we may not look
            found.setdefault(path, Home(agent, path))
    return list(found.values())


def told(found: Iterable[Home]) -> str:
    """The agents, each with its places; of many places, how many and the first."""
    by_agent: dict[str, list[Path]] = {}
    for one in found:
        by_agent.setdefault(one.agent, []).append(one.path)
    words = []
    for agent, paths in by_agent.items():
        most = MANY if len(paths) > MANY + 1 else len(paths)
        rest = f" and {len(paths) - most} more" if most < len(paths) else ""
        words.append(f"{agent} ({', '.join(map(str, paths[:most]))}{rest})")
    return ", ".join(words)


def _places(environment: Mapping[str, str], home: Path, here: Path) -> Iterator[tuple[str, Path]]:
    def told(variable: str, otherwise: Path) -> Path:
        return Path(environment[variable]) if environment.get(variable) else otherwise

    config, data = told("XDG_CONFIG_HOME", home / ".config"), told("XDG_DATA_HOME", home / ".local/share")
    yield "Claude Code", told("CLAUDE_CONFIG_DIR", home / ".claude") / "projects"
    yield "Claude Code", config / "claude/projects"
    yield "Codex", told("CODEX_HOME", home / ".codex") / "sessions"
    yield "opencode", data / "opencode/opencode.db"
    yield "Gemini CLI", home / ".gemini/tmp"
    yield "GitHub Copilot CLI", home / ".copilot/session-state"
    yield "pi", home / ".pi/agent/sessions"
    yield "Factory Droid", home / ".factory/sessions"
    for user in _user_folders(environment, home, config):
        for agent, extension in _EXTENSIONS:
            yield agent, user / "globalStorage" / extension / "tasks"
        if user.parent.name == "Cursor":
            yield "Cursor", user / "globalStorage/state.vscdb"
        yield "GitHub Copilot", user / "globalStorage/emptyWindowChatSessions"
        for folder in sorted(user.glob("workspaceStorage/*/chatSessions")):
            yield "GitHub Copilot", folder
    yield "SpecStory", here / ".specstory/history"
    yield "aider", here / ".aider.chat.history.md"
    yield "aider", here / ".aider.llm.history"


def _user_folders(environment: Mapping[str, str], home: Path, config: Path) -> Iterator[Path]:
    """Where editors of the family of VS Code keep what belongs to their user."""
    if sys.platform == "darwin":
        base = home / "Library/Application Support"
    elif sys.platform == "win32":
        base = Path(environment.get("APPDATA") or home / "AppData/Roaming")
    else:
        base = config
    for editor in _EDITORS:
        if os.access(base / editor / "User", os.R_OK | os.X_OK):
            yield base / editor / "User"
