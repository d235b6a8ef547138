"""The ways in which agents read and write files: one module each, tried in order."""

from __future__ import annotations

from replay.records import ToolCall
from replay.workspace.dialects import claude, fenced, notebook, others, shell, str_replace
from replay.workspace.effects import Dialect

CALLS: dict[str, Dialect] = {
    notebook.NAME: notebook,
    claude.NAME: claude,
    str_replace.NAME: str_replace,
    shell.NAME: shell,
}
"""Dialects spoken in tool calls; the first that claims a call is asked."""

PROSE = {fenced.NAME: fenced}
"""Dialects spoken in text, heard only where a message writes nothing by tools."""


def of(call: ToolCall) -> Dialect:
    """The dialect of a call; that of tools we know only by name where no other claims it."""
    return next((dialect for dialect in CALLS.values() if dialect.claims(call)), others)
