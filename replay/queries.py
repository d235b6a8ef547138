"""Tree-sitter queries: the grammar of a language, compiling with line numbers, and predicates of our own."""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import math
import re
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Literal, NamedTuple

from tree_sitter import Language, Node, Query, QueryError

from replay.errors import AnalyserError, UserError
from replay.languages import BY_NAME

BUNDLE = "tree-sitter-languages"
BUILT_IN = frozenset(
    {"eq?", "not-eq?", "any-eq?", "any-not-eq?", "match?", "not-match?", "any-match?", "any-not-match?"}
    | {"any-of?", "not-any-of?"}
)
_TOKEN = re.compile(r';[^\n]*|"(?:\\.|[^"\\])*"|[()\[\]]|[^\s()\[\]";]+')
_PLACE = re.compile(r" (?:in pattern )?at row (\d+)(?:, column \d+)?")
_NAME = re.compile(r"identifier|name|constant|variable|word|alias|atom")

Arguments = list[tuple[str, Literal["capture", "string"]]]
Captures = dict[str, list[Node]]


# --- grammars ----------------------------------------------------------------------------------------------


@cache
def grammar(language: str) -> Language:
    """The tree-sitter grammar of one of our languages: from its own wheel, else from the bundle of old grammars.

    Raises AnalyserError where neither is installed.
    """
    module, _, function = BY_NAME[language].grammar.partition(":")
    try:
        return Language(getattr(importlib.import_module(module), function or "language")())
    except ImportError as error:
        if (bundled := _bundled(module)) is not None:
            return bundled
        wheel = module.replace("_", "-")
        raise AnalyserError(
            f"no grammar for {language}: install it with `pip install {wheel}`, or with `pip install "
            f"'transcript-replay[more-languages]'` on Python 3.12 or older"
        ) from error


def _bundled(symbol: str) -> Language | None:
    """A grammar from the wheel ``tree-sitter-languages`` 1.10.2, None where the wheel or the language is not there.

    Its own loader fails with every tree-sitter from 0.22 on, but its library holds plain grammars (ABI 13 and 14),
    which tree-sitter takes as a capsule.
    """
    found = importlib.util.find_spec(BUNDLE.replace("-", "_"))
    if found is None or found.origin is None:
        return None
    try:
        make = ctypes.CDLL(str(Path(found.origin).with_name("languages.so")))[symbol]
    except (OSError, AttributeError):
        return None
    make.restype = ctypes.c_void_p
    capsule = ctypes.pythonapi.PyCapsule_New
    capsule.restype, capsule.argtypes = ctypes.py_object, (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
    return Language(capsule(make(), b"tree_sitter.Language", None))


@cache
def grammar_version(language: str) -> str:
    """Version of the wheel and ABI of the grammar: ``0.25.0 abi 15``. Queries are not portable between versions."""
    wheel = BY_NAME[language].grammar.partition(":")[0].replace("_", "-")
    abi = grammar(language).abi_version
    try:
        return f"{metadata.version(wheel)} abi {abi}"
    except metadata.PackageNotFoundError:
        return f"{BUNDLE} {metadata.version(BUNDLE)} abi {abi}"


# --- predicates --------------------------------------------------------------------------------------------


def is_comment(node: Node) -> bool:
    """Whether the node is a comment, in any grammar (``comment``, ``line_comment``, ``block_comment`` …)."""
    return "comment" in node.type


def text_of(node: Node | None) -> str:
    """What stands in the text at a node; nothing where there is none."""
    return "" if node is None else (node.text or b"").decode("utf-8", "replace")


def descendants(node: Node) -> Iterator[Node]:
    """All nodes below ``node`` in document order, itself excluded."""
    stack = node.children[::-1]
    while stack:
        found = stack.pop()
        yield found
        stack.extend(found.children[::-1])


def ancestors(node: Node) -> Iterator[Node]:
    """The parents of ``node``, innermost first."""
    parent = node.parent
    while parent is not None:
        yield parent
        parent = parent.parent


class OutOfTime(Exception):  # noqa: N818 - an answer, not an error
    """The predicates of a query took longer than they may."""


class Kin:
    """The relations of one tree's nodes, each looked up once, and the time that predicates may take.

    Tree-sitter finds a node's parent and siblings by going down from the root through all their elder siblings, so that
    asking for those of every node in a long list is quadratic.
    """

    def __init__(self, deadline: float = math.inf) -> None:
        self._deadline = deadline
        self._parents: dict[int, tuple[Node | None, int]] = {}
        self._kinds: dict[int, frozenset[str]] = {}
        self._below: dict[int, frozenset[str]] = {}
        self._names: dict[int, frozenset[bytes]] = {}

    def _place(self, node: Node) -> tuple[Node | None, int]:
        if node.id not in self._parents:
            if time.monotonic() > self._deadline:
                raise OutOfTime
            parent = node.parent
            if parent is None:
                self._parents[node.id] = None, 0
            else:
                self._parents |= {child.id: (parent, place) for place, child in enumerate(parent.children)}
        return self._parents[node.id]

    def parent(self, node: Node) -> Node | None:
        """The parent of ``node``, None for the root."""
        return self._place(node)[0]

    def ancestors(self, node: Node) -> Iterator[Node]:
        """The parents of ``node``, innermost first."""
        above = self.parent(node)
        while above is not None:
            yield above
            above = self.parent(above)

    def next_sibling(self, node: Node) -> Node | None:
        """What follows ``node`` under the same parent."""
        parent, place = self._place(node)
        return parent.children[place + 1] if parent is not None and place + 1 < parent.child_count else None

    def children_types(self, node: Node) -> frozenset[str]:
        """The types of the children of ``node``."""
        if node.id not in self._kinds:
            self._kinds[node.id] = frozenset(child.type for child in node.children)
        return self._kinds[node.id]

    def types_below(self, node: Node) -> frozenset[str]:
        """The types of all nodes below ``node``."""
        if node.id not in self._below:
            self._check()
            self._below[node.id] = frozenset(below.type for below in descendants(node))
        return self._below[node.id]

    def names_below(self, node: Node) -> frozenset[bytes]:
        """The names below ``node``, outside comments and plain strings."""
        if node.id not in self._names:
            self._check()
            self._names[node.id] = frozenset(
                below.text or b""
                for below in descendants(node)
                if not below.child_count and _NAME.search(below.type) is not None
            )
        return self._names[node.id]

    def _check(self) -> None:
        if time.monotonic() > self._deadline:
            raise OutOfTime


def _only(_: Kin, nodes: list[Node], types: Sequence[str]) -> bool:
    children = (child for node in nodes for child in node.named_children if not is_comment(child))
    return all(child.type in types or _expression(child).type in types for child in children)


def _expression(node: Node) -> Node:
    if node.type != "expression_statement":
        return node
    inner = [child for child in node.named_children if not is_comment(child)]
    return inner[0] if len(inner) == 1 else node


def _has_parent(kin: Kin, nodes: list[Node], types: Sequence[str]) -> bool:
    return any(parent.type in types for node in nodes if (parent := kin.parent(node)) is not None)


def _has_ancestor(kin: Kin, nodes: list[Node], types: Sequence[str]) -> bool:
    return any(above.type in types for node in nodes for above in kin.ancestors(node))


def _has_sibling(kin: Kin, nodes: list[Node], types: Sequence[str]) -> bool:
    parents = (parent for node in nodes if (parent := kin.parent(node)) is not None)
    return any(not kin.children_types(parent).isdisjoint(types) for parent in parents)


def _contains(kin: Kin, nodes: list[Node], types: Sequence[str]) -> bool:
    return any(not kin.types_below(node).isdisjoint(types) for node in nodes)


def _uses(kin: Kin, nodes: list[Node], names: Sequence[str]) -> bool:
    return any(not kin.names_below(node).isdisjoint(name.encode() for name in names) for node in nodes)


def _has_comment(kin: Kin, nodes: list[Node], _: Sequence[str]) -> bool:
    return any("comment" in kind for node in nodes for kind in kin.types_below(node)) or any(
        _comment_behind(kin, node) for node in nodes
    )


def _comment_behind(kin: Kin, node: Node) -> bool:
    last: Node | None = node
    while last is not None and (follower := kin.next_sibling(last)) is None:
        last = kin.parent(last)
    return (
        last is not None
        and follower is not None
        and is_comment(follower)
        and (follower.start_point.row == node.end_point.row)
    )


class _Predicate(NamedTuple):
    test: Callable[[Kin, list[Node], Sequence[str]], bool]
    arguments: Literal["types", "names", "none"]
    least: int


OURS: dict[str, _Predicate] = {
    "only?": _Predicate(_only, "types", 0),
    "has-parent?": _Predicate(_has_parent, "types", 1),
    "has-sibling?": _Predicate(_has_sibling, "types", 1),
    "has-ancestor?": _Predicate(_has_ancestor, "types", 1),
    "contains?": _Predicate(_contains, "types", 1),
    "uses?": _Predicate(_uses, "names", 1),
    "has-comment?": _Predicate(_has_comment, "none", 0),
}


def _ours(name: str) -> tuple[_Predicate, bool] | None:
    if name in OURS:
        return OURS[name], True
    bare = name.removeprefix("not-")
    return (OURS[bare], False) if bare in OURS else None


class Judge:
    """What ``QueryCursor.matches`` calls for each predicate that tree-sitter does not know, for one tree."""

    def __init__(self, kin: Kin) -> None:
        self._kin = kin

    def __call__(self, predicate: str, args: Arguments, pattern_index: int, captures: Captures) -> bool:
        """Whether the predicate holds. Raises OutOfTime, and UserError for an unknown one."""
        del pattern_index
        holds = _holds(self._kin, predicate, args, captures)
        # py-tree-sitter 0.26 never lets go of what it hands over here, and each node holds its whole tree.
        for nodes in captures.values():
            nodes.clear()
        captures.clear()
        return holds


def _holds(kin: Kin, predicate: str, args: Arguments, captures: Captures) -> bool:
    found = _ours(predicate)
    if found is None:
        raise UserError(f"unknown predicate #{predicate}")
    ours, positive = found
    values: list[str] = []
    for value, kind in args[1:]:
        if kind == "string":
            values.append(value)
        else:
            values += [text_of(node) for node in captures.get(value, [])]
    return ours.test(kin, captures.get(args[0][0], []), values) is positive


# --- compiling ---------------------------------------------------------------------------------------------


@cache
def compiled(language: str, text: str) -> Query:
    """The query for the grammar of ``language``. Raises ``tree_sitter.QueryError``."""
    return Query(grammar(language), text)


def validate(text: str, languages: Sequence[str], *, path: object) -> None:
    """Check a rule's query: it compiles for every language, each pattern captures ``@match``, each predicate is known.

    Raises UserError with ``path`` and line.
    """
    _validate_predicates(text, languages, path=path)
    for language in languages:
        try:
            query = compiled(language, text)
        except QueryError as error:
            place = _PLACE.search(str(error))
            line = int(place[1]) + 1 if place else text.count("\n", 0, len(text.rstrip())) + 1
            what = f"{str(error)[: place.start()]}{str(error)[place.end() :]}" if place else str(error)
            raise UserError(
                f"the query does not compile for {language}: {what[:1].lower()}{what[1:]}", path=path, line=line
            ) from error
        if not query.pattern_count:
            raise UserError("the query holds no pattern", path=path, line=1)
        data = text.encode()
        for pattern in range(query.pattern_count):
            start, end = query.start_byte_for_pattern(pattern), query.end_byte_for_pattern(pattern)
            if "@match" not in _TOKEN.findall(data[start:end].decode()):
                line = data[:start].count(b"\n") + 1
                raise UserError(
                    "this pattern captures no @match: name the node that is the finding", path=path, line=line
                )


def _validate_predicates(text: str, languages: Sequence[str], *, path: object) -> None:
    for line, name, arguments in predicates(text):
        strings = [argument[1:-1] for argument in arguments if argument.startswith('"')]
        if name in BUILT_IN:
            if name == "not-any-of?" and len(strings) > 1:
                raise UserError(
                    "#not-any-of? with two or more strings is always true: write several #not-eq?", path=path, line=line
                )
            continue
        found = _ours(name)
        if found is None:
            known = " ".join(f"#{known}" for known in sorted(BUILT_IN | OURS.keys()))
            raise UserError(f"unknown predicate #{name}: known are {known}, ours also with not-", path=path, line=line)
        predicate, _ = found
        if not arguments or not arguments[0].startswith("@"):
            raise UserError(f"#{name} wants a capture as its first argument", path=path, line=line)
        if len(arguments) - 1 < predicate.least or (predicate.arguments == "none" and len(arguments) > 1):
            raise UserError(
                f"#{name} wants {'no' if predicate.arguments == 'none' else 'at least one'} argument after the capture",
                path=path,
                line=line,
            )
        if predicate.arguments == "types":
            for kind in strings:
                if not any(_is_type(language, kind) for language in languages):
                    raise UserError(
                        f"no grammar of {', '.join(languages)} has the node type {kind!r}", path=path, line=line
                    )


def _is_type(language: str, kind: str) -> bool:
    found = grammar(language)
    return any(found.id_for_node_kind(kind, named) is not None for named in (True, False))


def predicates(text: str) -> Iterator[tuple[int, str, list[str]]]:
    """Each predicate in a query's text: 1-based line, name without ``#``, arguments as written."""
    tokens = [(match.start(), match[0]) for match in _TOKEN.finditer(text) if match[0][0] != ";"]
    for index, (start, token) in enumerate(tokens):
        if token.startswith("#") and index and tokens[index - 1][1] == "(":
            arguments: list[str] = []
            for _, argument in tokens[index + 1 :]:
                if argument == ")":
                    break
                arguments.append(argument)
            yield text.count("\n", 0, start) + 1, token[1:], arguments
