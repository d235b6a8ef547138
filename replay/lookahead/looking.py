"""Which calls only look, and which of them are the same look."""

from __future__ import annotations

import json

from replay.lookahead.readers import only_reads
from replay.records import Text, ToolCall, ToolResult
from replay.workspace import dialects
from replay.workspace.dialects import shell
from replay.workspace.effects import Effect, Loss
from replay.workspace.files import Files

LOOKS = frozenset(
    [
        "Read",
        "Grep",
        "Glob",
        "LS",
        "NotebookRead",
        "read",
        "grep",
        "glob",
        "list",
        "ls",
        "find",
        "view",
        "read_file",
        "read_many_files",
        "list_directory",
        "list_files",
        "list_code_definition_names",
        "search_files",
        "grep_search",
        "file_search",
        "search_file_content",
        "open",
        "goto",
        "scroll_up",
        "scroll_down",
        "find_file",
        "search_file",
        "search_dir",
        "str_replace_editor",
        "str_replace_based_edit_tool",
        "file_editor",
        "text_editor",
    ]
)
"""Tools that look at files: the same look again shows the same while nothing else was done."""
_ASIDE = frozenset(
    [
        "description",
        "security_risk",
        "timeout",
        "timeout_ms",
        "yield_time_ms",
        "max_output_tokens",
        "explanation",
        "title",
        "thought",
        "login",
        "justification",
        "sandbox_permissions",
        "is_input",
        "run_in_background",
    ]
)

_CLEARED = ("[Old tool result content cleared]", "Old environment output: (")


def looks(call: ToolCall) -> bool:
    """Whether the call looks at files or folders, and does nothing else."""
    return call.name in LOOKS or (shell.claims(call) and call.name != shell.POWERSHELL)


def is_whole(result: ToolResult) -> bool:
    """Whether a result holds all that the tool answered, as text: agents clear old ones later."""
    texts = [part.text for part in result.parts if isinstance(part, Text)]
    return len(texts) == len(result.parts) and not any(text.startswith(_CLEARED) for text in texts)


def is_quiet(call: ToolCall, files: Files) -> bool:
    """Whether the call changes nothing that a later look could show."""
    if shell.claims(call):
        return call.name != shell.POWERSHELL and only_reads(shell.command(call) or "")
    return not any(isinstance(effect, Effect | Loss) for effect in dialects.of(call).apply(call, files))


def name_of(call: ToolCall, files: Files) -> str:
    """What makes two calls the same look: the tool, its arguments but for remarks, and the folder of a command."""
    if shell.claims(call):
        return json.dumps([call.name, shell.command(call), shell.folder(call, files)])
    given = call.arguments
    if isinstance(given, dict):
        given = {key: value for key, value in given.items() if key not in _ASIDE and value is not None}
    return json.dumps([call.name, given], sort_keys=True, default=str)
