"""The ways in which agents read and write files: one module each, tried in order."""

from __future__ import annotations

from replay.records import ToolCall
from replay.workspace.dialects import (
    aider,
    apply_patch,
    artifacts,
    canvas,
    claude,
    cline,
    codex_exec,
    copilot,
    crush,
    cursor,
    diffs,
    droid,
    fenced,
    gemini,
    interpreter,
    named,
    notebook,
    opencode,
    openhands,
    others,
    pi,
    roo,
    shaped,
    shell,
    shown_diff,
    str_replace,
    swe_agent,
    vscode,
)
from replay.workspace.effects import Dialect

CALLS: dict[str, Dialect] = {
    shown_diff.NAME: shown_diff,
    notebook.NAME: notebook,
    droid.NAME: droid,  # before Claude Code's, whose names it has
    claude.NAME: claude,
    str_replace.NAME: str_replace,
    shell.NAME: shell,
    cursor.NAME: cursor,  # before those who have tools of the same names
    apply_patch.NAME: apply_patch,
    codex_exec.NAME: codex_exec,
    opencode.NAME: opencode,
    crush.NAME: crush,
    gemini.NAME: gemini,
    pi.NAME: pi,
    copilot.NAME: copilot,
    vscode.NAME: vscode,
    cline.NAME: cline,
    roo.NAME: roo,
    openhands.NAME: openhands,
    swe_agent.NAME: swe_agent,
    interpreter.NAME: interpreter,
    aider.NAME: aider,
    canvas.NAME: canvas,
    artifacts.NAME: artifacts,
    diffs.NAME: diffs,
    named.NAME: named,
    shaped.NAME: shaped,
}
"""Dialects spoken in tool calls; the first that claims a call is asked."""

PROSE = {fenced.NAME: fenced, diffs.NAME: diffs}
"""Dialects spoken in text, heard only where a message writes nothing by tools."""


def of(call: ToolCall) -> Dialect:
    """The dialect of a call; that of tools we know only by name where no other claims it."""
    for dialect in CALLS.values():
        if dialect.claims(call):
            return dialect
    return others
