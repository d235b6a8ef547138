"""A command line as the simple commands it runs one after the other, with what each reads and where its output goes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from tree_sitter import Node

from replay.nodes import text_of
from replay.workspace import commands, plain
from replay.workspace.commands import literal


@dataclass(slots=True)
class Simple:
    """One command. ``words`` are its name and arguments (None: an expansion), none for what is no simple command.

    ``redirects`` are operator and target (None: computed), those of error output left out. ``here`` is the text of its
    here-document, None where there is none or it holds expansions (``computed``). ``pipe`` are the commands that its
    output goes through. ``sure`` says that it runs if all before it went well. ``nodes`` are all that belongs to it in
    the syntax tree, none where words and pipe are all there is.
    """

    words: list[str | None] = field(default_factory=list)
    redirects: list[tuple[str, str | None]] = field(default_factory=list)
    here: str | None = None
    computed: bool = False
    pipe: list[list[str | None]] = field(default_factory=list)
    sure: bool = True
    nodes: list[Node] = field(default_factory=list)


_SILENT = frozenset(
    {"comment", "variable_assignment", "variable_assignments", "declaration_command", "unset_command", "test_command"}
)


@lru_cache(maxsize=8)
def read(command: str) -> tuple[Simple, ...] | None:
    """The simple commands of ``command`` (bash), in order; None where it does not parse or is very long.

    Kept for whoever asks next about the same command: not to be changed.
    """
    lines = plain.read(command)
    if lines is not None:
        return tuple(Simple(first, pipe=rest, sure=sure) for (first, *rest), sure in lines)
    return parsed(command)


def parsed(command: str) -> tuple[Simple, ...] | None:
    """As ``read``, by the grammar alone."""
    root = commands.parsed(command)
    return None if root is None else tuple(_flat(root, sure=True))


def _flat(node: Node, *, sure: bool) -> Iterator[Simple]:
    match node.type:
        case "program":
            for child in node.named_children:
                yield from _flat(child, sure=sure)
        case "list":
            for part, either in _chain(node):
                yield from _flat(part, sure=sure and not either)
        case "redirected_statement":
            yield from _redirected(node, sure=sure)
        case "pipeline":
            yield from _piped(node, sure=sure)
        case "command":
            yield Simple(_words(node), sure=sure, nodes=[node])
        case kind if kind in _SILENT and not _runs(node):
            pass
        case _:
            yield Simple(sure=sure, nodes=[node])


def _chain(node: Node) -> list[tuple[Node, bool]]:
    """The links of ``a && b || c``, each with whether it runs only if what is before it fails."""
    links: list[tuple[Node, bool]] = []
    while node.type == "list":
        left, right = node.named_children[0], node.named_children[-1]
        if left == right:
            break
        links.append((right, any(child.type == "||" for child in node.children)))
        node = left
    return [(node, False), *reversed(links)] if node.type != "list" else [*reversed(links)]


def _runs(node: Node) -> bool:
    stack = list(node.named_children)
    while stack:
        child = stack.pop()
        if child.type in {"command_substitution", "process_substitution"}:
            return True
        stack.extend(child.named_children)
    return False


def _words(node: Node) -> list[str | None]:
    name = node.child_by_field_name("name")
    if name is None:
        return []
    return [literal(child) for child in (name, *node.children_by_field_name("argument"))]


def _piped(node: Node, *, sure: bool) -> Iterator[Simple]:
    """A pipeline: the grammar takes what stands before ``&&`` into its first stage, where that has a redirect."""
    first, *rest = node.named_children
    *before, last = list(_flat(first, sure=sure)) or [Simple(sure=sure, nodes=[first])]
    yield from before
    for child in rest:
        stage = _stage(child)
        last.nodes.append(child)
        last.pipe.append(list(stage[1]) if stage is not None else [None])
        last.redirects += stage[2] if stage is not None else []
    yield last


def _stage(node: Node) -> tuple[Node, list[str | None], list[tuple[str, str | None]]] | None:
    if node.type == "command":
        return node, _words(node), []
    if node.type == "redirected_statement":
        body = node.child_by_field_name("body")
        outer = [child for child in node.named_children if child != body]
        if body is not None and body.type == "command" and all(child.type == "file_redirect" for child in outer):
            return body, _words(body), [one for child in outer for one in _redirect(child)]
    return None


def _redirected(node: Node, *, sure: bool) -> Iterator[Simple]:
    body = node.child_by_field_name("body")
    inner = list(_flat(body, sure=sure)) if body is not None else []
    outer = [child for child in node.named_children if child != body]
    if not inner:
        yield Simple(sure=sure, nodes=[node])
        return
    *before, last = inner
    yield from before
    after: list[Node] = []
    for child in outer:
        last.nodes.append(child)
        if child.type == "file_redirect":
            last.redirects += _redirect(child)
        elif child.type == "heredoc_redirect":
            after += _document(child, last)
        else:
            last.computed = True
    yield last
    for child in after:
        yield from _flat(child, sure=sure)


def _document(node: Node, simple: Simple) -> list[Node]:
    """Takes the here-document of ``simple`` in, and what else the grammar puts inside; the commands that follow it."""
    follow: list[Node] = []
    start = body = None
    operator = node.children[0].type if node.children else ""
    either = any(child.type == "||" for child in node.children)
    for child in node.named_children:
        match child.type:
            case "heredoc_start":
                start = text_of(child)
            case "heredoc_body":
                body = text_of(child)
            case "heredoc_end":
                pass
            case "file_redirect":
                simple.redirects += _redirect(child)
            case "pipeline":
                stages = [_stage(stage) for stage in child.named_children]
                simple.pipe += [list(stage[1]) if stage is not None else [None] for stage in stages]
                simple.redirects += [one for stage in stages if stage is not None for one in stage[2]]
            case _:
                follow.append(child)
    text = body or ""
    quoted = start is not None and start[:1] in {"'", '"', "\\"}
    if start is None or (not quoted and re.search(r"[$`\\]", text)) or either:
        simple.computed = True
    elif operator == "<<-":
        simple.here = re.sub(r"^\t+", "", text, flags=re.MULTILINE)
    else:
        simple.here = text
    return follow


def _redirect(node: Node) -> Iterator[tuple[str, str | None]]:
    """Where a redirect sends standard output; those that only concern error output or descriptors tell nothing."""
    descriptor = node.child_by_field_name("descriptor")
    operator = next((child.type for child in node.children if child.type in _WRITING), None)
    if operator is None:
        return
    for target in node.children_by_field_name("destination"):
        path = literal(target)
        if path in {"/dev/null", "/dev/stderr", "/dev/stdout"} or (operator == ">&" and (path or "").isdigit()):
            if path == "/dev/null" and (descriptor is None or text_of(descriptor) == "1"):
                yield operator, path
            continue
        if descriptor is not None and text_of(descriptor) == "2":
            yield "2>", path
        else:
            yield operator, path


_WRITING = frozenset({">", ">>", ">|", "&>", "&>>", ">&", "<>"})
