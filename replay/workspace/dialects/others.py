"""Tools without a dialect: those known to write nothing, sub-agents, and tools we know only by name."""

from __future__ import annotations

import re

from replay.records import ToolCall, ToolResult
from replay.workspace.effects import Effects, Loss, Truth, seen_text
from replay.workspace.files import Files

NAME = "other"
AGENTS = frozenset({"Task", "Agent", "task", "task_v2", "Workflow"})
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
        "read",
        "glob",
        "grep",
        "list",
        "ls",
        "find",
        "view",
        "lsp",
        "webfetch",
        "websearch",
        "todowrite",
        "todoread",
        "question",
        "skill",
        "read_file",
        "read_many_files",
        "list_directory",
        "list_files",
        "list_code_definition_names",
        "search_files",
        "grep_search",
        "file_search",
        "semantic_search",
        "codebase_search",
        "search_file_content",
        "google_web_search",
        "web_fetch",
        "web_search",
        "fetch_instructions",
        "ask_followup_question",
        "ask_user",
        "attempt_completion",
        "plan_mode_respond",
        "update_plan",
        "update_topic",
        "update_todo_list",
        "write_todos",
        "view_image",
        "get_goal",
        "create_goal",
        "update_goal",
        "request_user_input",
        "tool_search",
        "read_bash",
        "stop_bash",
        "list_bash",
        "report_intent",
        "task_tracker",
        "find_file",
        "search_file",
        "search_dir",
        "list_dir",
        "list_dir_v2",
        "glob_file_search",
        "ripgrep_raw_search",
        "todo_write",
        "todo_read",
        "read_lints",
        "fetch_rules",
        "create_plan",
        "create_diagram",
        "ask_question",
        "switch_mode",
        "await",
        "filemap",
    ]
)
_WRITES = re.compile(
    r"write|edit|create|delete|remove|move|rename|replace|patch|insert|exec|run|apply|format|refactor|save|upload|"
    r"checkout|commit|merge|append|update|modify|shell|terminal|command|git|bash|process",
    re.IGNORECASE,
)
_READS = re.compile(r"(?:get|list|read|search|fetch|find|query|view|describe|show)(?:_|-|[A-Z]|$)")
_ALTERS = re.compile(r"(?:find|search|read)(?:[\w-]*[_-](?:replace|edit|write)|[\w-]*(?:Replace|Edit|Write))(?![a-z])")
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
    name = call.name.rsplit("__", 1)[-1].lstrip("_")
    reads = _READS.match(name) is not None and _ALTERS.match(name) is None
    if not _WRITES.search(name) or reads or _polls(call):
        return ()
    arguments = call.arguments if isinstance(call.arguments, dict) else {}
    named = tuple(value for key in _PATHS if isinstance(value := arguments.get(key), str) and value)
    return (Loss(f"the tool {call.name} may have written it", named or None),)


def _polls(call: ToolCall) -> bool:
    """Whether the call only asks a running command how far it is (Codex, Copilot)."""
    typed = call.arguments.get("chars", call.arguments.get("input")) if isinstance(call.arguments, dict) else None
    return call.name in {"write_stdin", "write_bash"} and isinstance(typed, str) and not typed.strip("\x03\x04\r\n ")


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


def truths(call: ToolCall, result: ToolResult) -> tuple[Truth, ...]:  # noqa: ARG001 - the protocol's signature
    """None."""
    return ()


def _agent(call: ToolCall) -> object:
    return call.arguments.get("subagent_type") if isinstance(call.arguments, dict) else None
