"""Tools without a dialect: those known to write nothing, sub-agents, and tools we know only by name."""

from __future__ import annotations

import re

from replay.records import ToolCall, ToolResult
from replay.workspace.effects import Effects, Loss, Truth, seen_text
from replay.workspace.files import Files

NAME = "other"
AGENTS = frozenset({"Task", "Agent", "task", "Workflow"})
INERT = frozenset(
    [
        "Read",
        "Grep",
        "Glob",
        "LS",
        "NotebookRead",
        "TodoWrite",
        "TodoRead",
        "TaskCreate",
        "TaskUpdate",
        "TaskGet",
        "TaskList",
        "TaskOutput",
        "TaskStop",
        "ToolSearch",
        "WebFetch",
        "WebSearch",
        "Skill",
        "SlashCommand",
        "ExitPlanMode",
        "EnterPlanMode",
        "AskUserQuestion",
        "BashOutput",
        "KillShell",
        "KillBash",
        "AgentOutputTool",
        "SendMessage",
        "ListMcpResourcesTool",
        "ReadMcpResourceTool",
        "LSP",
        "Monitor",
        "StructuredOutput",
        "think",
        "finish",
        "submit",
    ]
)
_WRITES = re.compile(
    r"write|edit|create|delete|remove|move|rename|replace|patch|insert|exec|run|apply|format|refactor|save|upload|"
    r"checkout|commit|merge|append|update|modify|shell|terminal|command|git",
    re.IGNORECASE,
)
_READING_AGENTS = frozenset({"Explore", "Plan", "claude-code-guide", "statusline-setup"})
_PATHS = ("path", "file_path", "filePath", "filename", "target_file", "file", "notebook_path", "relative_path")


def claims(call: ToolCall) -> bool:  # noqa: ARG001 - the protocol's signature
    """Every call that no other dialect claims."""
    return True


def apply(call: ToolCall, files: Files) -> Effects:  # noqa: ARG001 - the protocol's signature
    """What the tool may write, by its name and the paths it is given."""
    if call.name in INERT or (call.name in AGENTS and _agent(call) in _READING_AGENTS - {"statusline-setup"}):
        return ()
    if call.name in AGENTS:
        return (Loss("a sub-agent may have written it"),)
    if not _WRITES.search(call.name.rsplit("__", 1)[-1]):
        return ()
    arguments = call.arguments if isinstance(call.arguments, dict) else {}
    named = tuple(value for key in _PATHS if isinstance(value := arguments.get(key), str) and value)
    return (Loss(f"the tool {call.name} may have written it", named or None),)


def observe(call: ToolCall, result: ToolResult, files: Files) -> Effects:
    """The same, unless the call was refused or the client counted no edits."""
    if seen_text(result).startswith(("<tool_use_error>", "The user doesn't want to ")):
        return ()
    match result.detail:
        case {"toolStats": {"editFileCount": 0, "bashCount": 0}}:
            return ()
        case {"worktreePath": str()}:
            return ()
    return apply(call, files)


def truth(call: ToolCall, result: ToolResult) -> Truth | None:  # noqa: ARG001 - the protocol's signature
    """None."""
    return None


def _agent(call: ToolCall) -> object:
    return call.arguments.get("subagent_type") if isinstance(call.arguments, dict) else None
