"""What a script of Codex's ``exec`` shows of the one command that it runs: its output, where it passes on all of it.

``text((await tools.exec_command({…})).output)`` and the like; a result shown whole is JSON. The words before an answer
are those of recorded sessions of Codex 0.171.
"""

from __future__ import annotations

import re

import msgspec
from tree_sitter import Node

from replay.nodes import text_of
from replay.records import Text, ToolCall, ToolResult

_HEAD = re.compile(r"Script completed\nWall time (\d+(?:\.\d+)?) seconds\nOutput:\n")
_FAILED = re.compile(
    r"^(?:(?:/\S*/)?(?:ba|z|da)?sh|awk|cat|find|git|grep|head|ls|nl|rg|sed|tail|wc)(?:: line \d+|: \d+)?: ",
    re.MULTILINE,
)
_YIELD = 10.0
_PLAIN = "Exit code: 0\nWall time: 0 seconds\nOutput:\n"


def answer(root: Node, inner: ToolCall, result: ToolResult) -> ToolResult | None:
    """The result of ``inner``, the only call of the script ``root``, as Codex gives it to a call that is made directly.

    None where the script shows something else or more than it, or the command failed.
    """
    match result.parts:
        case (Text(head), Text(printed)) if (ended := _HEAD.fullmatch(head)) and not result.is_error:
            soon = float(ended[1]) < _patience(inner)
        case _:
            return None
    match _form(root):
        case "output" if soon and not _FAILED.search(printed):  # whether it ended, and went well, is not told
            return ToolResult(inner.id, (Text(_PLAIN + printed),))
        case "whole":
            try:
                told = msgspec.json.decode(printed)
            except (msgspec.MsgspecError, RecursionError):
                return None
            match told:
                case {"exit_code": 0, "output": str(printed)}:
                    return ToolResult(inner.id, (Text(_PLAIN + printed),))
    return None


def _patience(inner: ToolCall) -> float:
    """The seconds after which Codex answers while the command still runs."""
    given = inner.arguments.get("yield_time_ms") if isinstance(inner.arguments, dict) else None
    return given / 1000 if isinstance(given, int) else _YIELD


def _form(root: Node) -> str | None:
    """What the script shows of its one call: ``output``, the ``whole`` result; None for another or none."""
    body = [node for node in root.named_children if node.type != "comment"]
    name: str | None = None
    if len(body) == 2 and body[0].type in {"lexical_declaration", "variable_declaration"}:
        declared = [node for node in body[0].named_children if node.type == "variable_declarator"]
        left = declared[0].child_by_field_name("name") if len(declared) == 1 else None
        if left is None or not _is_call(declared[0].child_by_field_name("value")):
            return None
        name, body = text_of(left), body[1:]
    if len(body) != 1 or body[0].type != "expression_statement":
        return None
    shown = _argument(body[0].named_children[0], "text")
    if shown is None:
        return None
    if shown.type == "member_expression":
        source, field = shown.child_by_field_name("object"), shown.child_by_field_name("property")
        plain = field is not None and text_of(field) == "output"
        return "output" if plain and _is_result(source, name) else None
    return "whole" if _is_result(_argument(shown, "JSON.stringify") or shown, name) else None


def _is_result(node: Node | None, name: str | None) -> bool:
    while node is not None and node.type == "parenthesized_expression":
        node = node.named_children[0]
    if node is None:
        return False
    return text_of(node) == name if name is not None else _is_call(node)


def _is_call(node: Node | None) -> bool:
    return (
        node is not None
        and node.type == "await_expression"
        and node.named_children[0].type == "call_expression"
        and text_of(node.named_children[0]).startswith("tools.")
    )


def _argument(node: Node, function: str) -> Node | None:
    """The only argument of a call of ``function``; None where ``node`` is none."""
    if node.type != "call_expression":
        return None
    called, given = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if called is None or given is None or text_of(called) != function or len(given.named_children) != 1:
        return None
    return given.named_children[0]
