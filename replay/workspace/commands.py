"""What a shell command may write, told from its text: parsed with tree-sitter, never run.

The answer errs towards writing. Commands that read, and those that build, test or start a program, count as writing no
file that an agent edits; formatters, code generators, checkouts, redirects and all commands not known here count as
writing what they name, or everything where they name nothing.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache

from tree_sitter import Node, Parser

from replay.grammars import grammar
from replay.nodes import text_of
from replay.workspace import programs


@dataclass(slots=True)
class Touched:
    """What a command line may write: ``all`` says why it may be anything; ``paths`` are paths and globs as written.

    ``authored`` are those of ``paths`` whose text the command line itself gives or edits (redirects, ``sed -i``);
    ``documents`` are whole files written from a quoted here-document by a command that stands alone.
    """

    all: str | None = None
    paths: list[str] = field(default_factory=list)
    authored: list[str] = field(default_factory=list)
    documents: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.all or self.paths or self.documents)


LONGEST = 200_000
_AT_ONCE = 8_000
_PATIENCE = 2.0  # seconds; 200,000 characters of shell take a tenth of one
Scripts = Callable[[str], str | None]
_QUIET = frozenset({"/dev/null", "/dev/stderr", "/dev/stdout", "/dev/tty"})


@cache
def _parser() -> Parser:
    return Parser(grammar("bash"))


def parsed(command: str) -> Node | None:
    """The syntax tree of ``command`` (bash); None where it has errors, is very long, or takes too long to parse."""
    if len(command) > LONGEST:
        return None
    data = command.encode(errors="replace")
    if len(data) <= _AT_ONCE:
        root = _parser().parse(data).root_node
        return None if root.has_error else root
    deadline = time.monotonic() + _PATIENCE
    try:
        # What is no shell at all costs the parser time that grows with the square of its length.
        tree = _parser().parse(
            lambda offset, _: data[offset : offset + _AT_ONCE],
            progress_callback=lambda _offset, _error: time.monotonic() > deadline,
        )
    except ValueError:
        _parser().reset()
        return None
    return None if tree is None or tree.root_node.has_error else tree.root_node


def unread(command: str) -> str:
    """Why ``command``, which ``parsed`` does not read, may write anything."""
    return "a shell command too long to read" if len(command) > LONGEST else "a shell command that does not parse"


def touched(command: str, *, depth: int = 0) -> Touched:
    """What ``command`` (bash) may write. A command that does not parse, or is very long, may write anything."""
    found = Touched()
    if depth > 3:
        found.all = "a shell command that runs others in it too deeply"
        return found
    root = parsed(command)
    if root is None:
        found.all = unread(command)
        return found
    document = _document(root)
    if document is not None:
        found.documents[document[0]] = document[1]
        return found
    return touched_by([root], depth=depth)


def touched_by(nodes: Sequence[Node], *, depth: int = 0, scripts: Scripts | None = None) -> Touched:
    """What the commands in ``nodes`` may write. ``scripts`` gives the text of a script by its path, where known."""
    found = Touched()
    stack = list(nodes)
    while stack:
        node = stack.pop()
        match node.type:
            case "file_redirect":
                _redirect(node, found)
            case "command":
                _command(node, found, depth, scripts)
        stack += [child for child in node.children if child.child_count]
    return found


def touched_by_words(pipeline: Sequence[programs.Words], *, scripts: Scripts | None = None) -> Touched:
    """As ``touched_by``, of commands that are words only (``plain``)."""
    found = Touched()
    for words in reversed(pipeline):
        _program(words, None, found, 0, scripts)
    return found


# --- nodes -------------------------------------------------------------------------------------------------


def _redirect(node: Node, found: Touched) -> None:
    operators = {child.type for child in node.children}
    if not operators & {">", ">>", ">|", "&>", "&>>", ">&", "<>"}:
        return
    for target in node.children_by_field_name("destination"):
        if (">&" in operators and text_of(target).isdigit()) or text_of(target) in {*_QUIET, "-"}:
            continue
        path = literal(target)
        if path is None and _is_temporary(target):
            continue
        if path is None:
            found.all = found.all or f"a redirect to {text_of(target)[:40]}"
        elif path not in _QUIET:
            found.paths.append(path)
            found.authored += [] if is_glob(path) else [path]


def _is_temporary(target: Node) -> bool:
    """Whether a redirect goes to a variable that the same command line fills from ``mktemp``."""
    name = re.fullmatch(r"\"?\$\{?(\w+)\}?\"?", text_of(target))
    root = target
    while root.parent is not None:
        root = root.parent
    return name is not None and re.search(rf"\b{name[1]}=\"?\$\(mktemp\b", text_of(root)) is not None


def _command(node: Node, found: Touched, depth: int, scripts: Scripts | None = None) -> None:
    name = node.child_by_field_name("name")
    if name is None:
        return
    words = [literal(child) for child in (name, *node.children_by_field_name("argument"))]
    _program(words, _feed(node), found, depth, scripts)


def _program(words: programs.Words, feed: str | None, found: Touched, depth: int, scripts: Scripts | None) -> None:
    inner, script = programs.unwrapped(words)
    if script is not None:
        nested = touched(script, depth=depth + 1)
        found.all = found.all or nested.all
        found.paths += nested.paths
        found.authored += nested.authored
        found.paths += nested.documents
        return
    verdict = programs.writes(inner, feed=feed, scripts=scripts)
    if verdict is None:
        return
    if verdict:
        found.paths += verdict
        if programs.authors(inner):
            found.authored += [path for path in verdict if not is_glob(path)]
    else:
        shown = " ".join(word or "…" for word in inner[:3])
        found.all = found.all or f"`{shown[:60]}` may write any file"


def _feed(node: Node) -> str | None:
    """The here-document or here-string a command reads, if it has one."""
    outer = node.parent
    if outer is None or outer.type != "redirected_statement":
        return None
    for child in outer.children:
        for body in (child, *child.children):
            if body.type in {"heredoc_body", "herestring_redirect"}:
                return text_of(body)
    return None


def _document(root: Node) -> tuple[str, str] | None:
    """Path and text where the whole command is ``cat > path <<'END'`` (or ``tee path``) with a quoted delimiter."""
    statements = [child for child in root.named_children if child.type != "comment"]
    if len(statements) != 1 or statements[0].type != "redirected_statement":
        return None
    body, bodies, targets = None, 0, []
    command: Node | None = None
    stack = list(statements[0].named_children)
    for node in stack:
        match node.type:
            case "command":
                command = node
            case "file_redirect":
                if node.children[0].type != ">" or node.child_by_field_name("descriptor") is not None:
                    return None
                targets += [literal(target) for target in node.children_by_field_name("destination")]
            case "heredoc_redirect":
                bodies += 1
                start = next((child for child in node.children if child.type == "heredoc_start"), None)
                quoted = start is not None and text_of(start)[:1] in {"'", '"', "\\"}
                if not quoted or node.children[0].type != "<<":
                    return None
                body = next((text_of(child) for child in node.children if child.type == "heredoc_body"), "")
                stack.extend(
                    child
                    for child in node.named_children
                    if child.type not in {"heredoc_start", "heredoc_body", "heredoc_end"}
                )
            case _:
                return None
    if command is None or bodies != 1 or body is None:
        return None
    words = [literal(child) for child in command.named_children if child.type != "command_name"]
    program = text_of(command.named_children[0])
    if program == "tee" and not targets and len(words) == 1:
        targets = words
    elif program != "cat" or words:
        return None
    if len(targets) != 1 or targets[0] is None or targets[0] in _QUIET or is_glob(targets[0]):
        return None
    return targets[0], body


def literal(node: Node) -> str | None:
    """The word a node stands for, None where it holds an expansion."""
    match node.type:
        case "command_name":
            return literal(node.named_children[0]) if node.named_children else text_of(node)
        case "word" | "number":
            word = text_of(node)
            return re.sub(r"\\(.)", r"\1", word) if "\\" in word else word
        case "raw_string":
            return text_of(node)[1:-1]
        case "string":
            inner = [child for child in node.named_children if child.type != "string_content"]
            return None if inner else re.sub(r"\\([\"$`\\])", r"\1", text_of(node)[1:-1])
        case "concatenation":
            parts = [literal(child) for child in node.named_children]
            plain = sum(child.end_byte - child.start_byte for child in node.children)
            whole = plain == node.end_byte - node.start_byte and len(node.children) == len(parts)
            return "".join(part for part in parts if part is not None) if whole and None not in parts else None
    return None


def is_glob(path: str) -> bool:
    """Whether a word of a command line stands for other paths."""
    return re.search(r"[*?\[{]", path) is not None
