"""Codex's ``exec``: a script in JavaScript that calls the other tools (``tools.apply_patch(…)``), read, never run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from tree_sitter import Node, Parser

from replay.grammars import grammar
from replay.nodes import text_of
from replay.records import JSON, ToolCall, ToolResult
from replay.workspace import effects as happened
from replay.workspace.dialects import apply_patch, codex_shown, shell
from replay.workspace.effects import Effects, Loss, Mark, Said, Truth, seen_text
from replay.workspace.files import Files
from replay.workspace.truths import refused, settled

NAME = "codex_exec"
_LONGEST = 500_000
_WRITES = frozenset({"apply_patch", "exec_command", "shell", "write_stdin", "shell_command"})


def claims(call: ToolCall) -> bool:
    """Whether the call is a script that calls tools."""
    return call.name == "exec" and isinstance(call.arguments, str) and "tools." in call.arguments


def apply(call: ToolCall, files: Files) -> Effects:
    """What the tools would do that the script calls, in the order in which they stand in it.

    A call whose arguments are computed may write anything, and so may one that only happens sometimes.
    """
    script = call.arguments if isinstance(call.arguments, str) else ""
    made: list[happened.Effect | Loss | Said | Mark] = []
    for inner in called(script):
        if inner is None:
            effects: Effects = (Loss("a script calls tools with what it computes"),)
        elif apply_patch.claims(inner):
            effects = apply_patch.apply(inner, files)
        elif shell.claims(inner):
            effects = shell.apply(inner, files)
        else:
            continue
        made += effects
        files = happened.after(files, effects)
    return made


def called(script: str) -> Iterator[ToolCall | None]:
    """The calls of ``tools.…`` in a script whose arguments are plain; None for one that may write what it computes."""
    if len(script) > _LONGEST:
        yield None
        return
    root = _parser().parse(script.encode(errors="replace")).root_node
    constants: dict[str, JSON] = {}
    for node in _walk(root):
        if node.type == "variable_declarator":
            left, right = node.child_by_field_name("name"), node.child_by_field_name("value")
            plain = _value(right, constants) if right is not None else None
            if left is not None and plain is not None:
                constants[text_of(left)] = plain
        if node.type != "call_expression":
            continue
        function, given = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        name = _tool(function)
        if name is None or given is None:
            continue
        first = given.named_children[0] if given.named_children else None
        value = _value(first, constants) if first is not None else {}
        if isinstance(value, str | dict) and not _is_conditional(node):
            yield ToolCall("", name, value)
        elif name in _WRITES:
            yield None


def _tool(function: Node | None) -> str | None:
    if function is None or function.type != "member_expression":
        return None
    source, name = function.child_by_field_name("object"), function.child_by_field_name("property")
    return text_of(name) if source is not None and name is not None and text_of(source) == "tools" else None


def _is_conditional(node: Node) -> bool:
    """Whether the call stands in a branch, a loop or a function that may run never or often."""
    outer = node.parent
    while outer is not None:
        if outer.type in {"if_statement", "for_statement", "for_in_statement", "while_statement", "ternary_expression"}:
            return True
        outer = outer.parent
    return False


def _walk(root: Node) -> Iterator[Node]:
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(node.named_children))


_DEEPEST = 40


def _value(node: Node, constants: dict[str, JSON], depth: int = 0) -> JSON:
    """The value of a literal, or of a name that stands for one; None where it is computed, or nested too deeply."""
    if depth > _DEEPEST:
        return None
    match node.type:
        case "string":
            return "".join(_piece(child) for child in node.named_children)
        case "template_string":
            if any(child.type == "template_substitution" for child in node.named_children):
                return None
            return "".join(_piece(child) for child in node.named_children)
        case "call_expression":
            function, given = node.child_by_field_name("function"), node.child_by_field_name("arguments")
            raw = function is not None and text_of(function) == "String.raw"
            plain = given is not None and given.type == "template_string" and "${" not in text_of(given)
            return text_of(given)[1:-1] if raw and plain and given is not None else None
        case "array":
            values = [_value(child, constants, depth + 1) for child in node.named_children]
            return None if None in values else values
        case "object":
            return _object(node, constants, depth + 1)
        case "number":
            return int(text_of(node)) if re.fullmatch(r"\d{1,9}", text_of(node)) else None
        case "true" | "false":
            return node.type == "true"
        case "identifier" | "shorthand_property_identifier":
            return constants.get(text_of(node))
        case "parenthesized_expression":
            return _value(node.named_children[0], constants, depth + 1)
    return None


def _object(node: Node, constants: dict[str, JSON], depth: int) -> JSON:
    made: dict[str, JSON] = {}
    for child in node.named_children:
        if child.type == "shorthand_property_identifier":
            made[text_of(child)] = _value(child, constants)
            continue
        key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
        if key is None or value is None:
            return None
        name = "".join(map(_piece, key.named_children)) if key.type == "string" else text_of(key)
        made[name] = _value(value, constants, depth)
    # Numbers and flags that are computed say nothing of what is written; the command and the folder do.
    telling = {"cmd", "command", "workdir", "cwd", "input", "patch"}
    return None if any(made[name] is None for name in telling & made.keys()) else made


_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}


def _piece(node: Node) -> str:
    text = text_of(node)
    if node.type != "escape_sequence":
        return text
    body = text[1:]
    if body[:1] in {"u", "x"}:
        digits = body[1:].strip("{}")
        code = int(digits, 16) if re.fullmatch(r"[0-9a-fA-F]{1,6}", digits) else 0xFFFD
        return chr(code) if code < 0xD800 or 0xDFFF < code <= 0x10FFFF else "\ufffd"
    return _ESCAPES.get(body, body)


@cache
def _parser() -> Parser:
    return Parser(grammar("javascript"))


def observe(call: ToolCall, result: ToolResult, files: Files) -> Effects:
    """What the script did, by the client's record of its patches."""
    predicted = apply(call, files)
    text = seen_text(result)
    if result.is_error or text.startswith("Script failed"):
        changed = [effect for effect in predicted if isinstance(effect, happened.Effect)]
        return [*refused(changed, files, text, dialect=NAME), *(one for one in predicted if isinstance(one, Said))]
    return [*settled(predicted, truths(call, result), files, dialect=apply_patch.NAME), *_looked(call, result, files)]


def _looked(call: ToolCall, result: ToolResult, files: Files) -> Effects:
    """What the only command of a script showed of files."""
    script = call.arguments if isinstance(call.arguments, str) else ""
    match list(called(script)):
        case [ToolCall() as inner] if shell.claims(inner):
            answer = codex_shown.answer(_parser().parse(script.encode(errors="replace")).root_node, inner, result)
            return () if answer is None else shell.looked(inner, answer, files)
    return ()


def truths(call: ToolCall, result: ToolResult) -> tuple[Truth, ...]:
    """What Codex recorded of the patches that the script applied."""
    return apply_patch.truths(call, result)
