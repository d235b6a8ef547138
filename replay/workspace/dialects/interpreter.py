"""Tools that run code in an interpreter (``python``, ``execute_ipython_cell`` …): the code is checked, never run."""

from __future__ import annotations

from replay.records import ToolCall, ToolResult
from replay.workspace import calls, program_names
from replay.workspace.effects import Effects, Loss, Truth, said
from replay.workspace.files import Files

NAME = "interpreter"
_TOOLS = {
    "python": "python",
    "python_exec": "python",
    "ipython": "python",
    "execute_ipython_cell": "python",
    "run_ipython": "python",
    "run_python": "python",
    "execute_python": "python",
    "code_interpreter": "python",
    "mcp__ide__executeCode": "python",
}
PLACE = "<stdin>"


def claims(call: ToolCall) -> bool:
    """Whether the call hands code to an interpreter."""
    return call.name in _TOOLS and calls.text(call, "code") is not None


def apply(call: ToolCall, files: Files) -> Effects:  # noqa: ARG001 - the protocol's signature
    """The code itself; if it may write, any file may be written."""
    code = calls.text(call, "code") or ""
    shown = said(PLACE, _TOOLS[call.name], code, dialect=NAME)
    if program_names.INLINE.search(code):
        return (shown, Loss("code in an interpreter may have written it"))
    return (shown,)


def observe(call: ToolCall, result: ToolResult, files: Files) -> Effects:  # noqa: ARG001 - the protocol's signature
    """The same: whatever came of it, the code was run."""
    return apply(call, files)


def truths(call: ToolCall, result: ToolResult) -> tuple[Truth, ...]:  # noqa: ARG001 - the protocol's signature
    """None."""
    return ()
