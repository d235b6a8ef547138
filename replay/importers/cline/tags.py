"""Tool calls that a model wrote as XML tags in its text, as Cline and Roo Code asked for before native calls."""

from __future__ import annotations

import re
from collections.abc import Iterator

from replay.records import Text, ToolCall

TOOLS = frozenset(
    [
        "access_mcp_resource",
        "apply_diff",
        "apply_patch",
        "ask_followup_question",
        "attempt_completion",
        "browser_action",
        "codebase_search",
        "condense",
        "edit_file",
        "execute_command",
        "fetch_instructions",
        "generate_image",
        "insert_content",
        "list_code_definition_names",
        "list_files",
        "load_mcp_documentation",
        "new_rule",
        "new_task",
        "plan_mode_respond",
        "read_file",
        "replace_in_file",
        "report_bug",
        "run_slash_command",
        "search_and_replace",
        "search_files",
        "search_replace",
        "summarize_task",
        "switch_mode",
        "update_todo_list",
        "use_mcp_tool",
        "use_skill",
        "use_subagents",
        "web_fetch",
        "web_search",
        "write_to_file",
    ]
)
# These hold text of any kind, tags included: they end at the last closing tag of the call.
_WHOLE = frozenset({"content", "diff", "arguments", "args", "patch", "result", "response", "new_string", "old_string"})
_OPENED = re.compile(rf"^[ \t]*<({'|'.join(sorted(TOOLS))})>", re.MULTILINE)
_NAMED = re.compile(r"\s*<([a-z_]+)>")


def split(text: str) -> Iterator[Text | ToolCall]:
    """``text`` with each call that is written out in it as a call (without id), and what stands between them as text.

    A call that is not closed stays text. Linear in the length of ``text``.
    """
    at = 0
    found: dict[str, int] = {}
    while opened := _OPENED.search(text, at):
        closing = f"</{opened[1]}>"
        end = -1
        if text.startswith("\n", opened.end()):
            # A call over several lines may hold its own closing tag: it ends at the one on a line of its own.
            end = _next(f"\n{closing}", text, opened.end(), found)
            end += int(end >= 0)
        if end < 0:
            end = _next(closing, text, opened.end(), found)
        if end < 0:
            break
        if before := text[at : opened.start()].strip():
            yield Text(before)
        yield ToolCall("", opened[1], _arguments(text[opened.end() : end]))
        at = end + len(closing)
    if rest := text[at:].strip() if at else text:
        yield Text(rest)


def _next(mark: str, text: str, start: int, found: dict[str, int]) -> int:
    """Where ``mark`` comes next. ``found`` remembers, so that text without it is not searched again and again."""
    known = found.get(mark, 0)
    if 0 <= known < start or mark not in found:
        found[mark] = known = text.find(mark, start)
    return known


def _arguments(body: str) -> dict[str, str]:
    told: dict[str, str] = {}
    at = 0
    while named := _NAMED.match(body, at):
        closing = f"</{named[1]}>"
        whole = named[1] in _WHOLE
        end = body.rfind(closing) if whole else body.find(closing, named.end())
        if end < named.end():
            break
        value = body[named.end() : end]
        told[named[1]] = value.removeprefix("\n").removesuffix("\n") if whole else value.strip()
        at = end + len(closing)
    return told
