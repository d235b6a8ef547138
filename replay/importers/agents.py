"""One name for each agent, however a log spells it: rates, prompts and ways to call tools go by the name."""

from __future__ import annotations

import re

from replay.records import JSON

_SPELLINGS = {
    "Claude Code": ("claude-cli",),
    "Codex": ("codex", "codex-cli", "codex-cli-rs", "openai-codex"),
    "Cursor": ("cursor", "cursor-agent", "cursor-cli", "cursor-ide"),
    "Factory Droid": ("droid", "droid-cli", "factory-ai-droid", "factoryai-droid"),
    "Gemini CLI": ("gemini",),
    "GitHub Copilot": (
        "copilot-chat",
        "copilotide",
        "copilotide-insiders",
        "github-copilot-chat",
        "vs-code-copilot-ide",
        "vscode",
        "vscode-copilot-chat",
    ),
    "GitHub Copilot CLI": ("copilot-cli",),
    "SWE-agent": ("sweagent",),
    "aider": (),
    "cline": ("cline-cli",),
    "mini-swe-agent": ("mini-swe",),
    "opencode": ("open-code",),
    "openhands": (),
    "pi": (),
}


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "-", name.casefold()).strip("-")


_NAMES = {_plain(spelling): name for name, others in _SPELLINGS.items() for spelling in (name, *others)}


def named(told: JSON) -> str | None:
    """The name of the agent that a log calls ``told``: as it stands where it is none that we know of."""
    if not isinstance(told, str) or not told:
        return None
    return _NAMES.get(_plain(told), told)
