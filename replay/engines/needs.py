"""What a text must hold for a tree-sitter query to match it: words read off the query, looked up before it is run.

A pattern that compares a node with ``asyncio`` cannot match a text without that word. Most texts lack the words of most
rules, and running a rule's query costs a third of parsing. What is read here are necessary conditions only: where a
query's text says nothing certain, the rule is run.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from typing import Literal as OneOf

# how `re` itself reads an expression; it has no public name and no types
regex, sre = importlib.import_module("re._parser"), importlib.import_module("re._constants")

Keywords = Mapping[str, tuple[str, ...]]
How = OneOf["part", "whole", "caseless"]


class Literal(NamedTuple):
    """Bytes that must stand in the text: as they are, as a whole run of word characters, or in any case."""

    text: bytes
    how: How = "part"


Clause = frozenset[Literal]
"""Literals of which one must stand in the text."""

_WORD = re.compile(rb"[A-Za-z0-9_]+")
_CASELESS = re.compile(rb"[\x00-\x7f]{3,}")
_IDENTIFIER = re.compile(r"identifier$|^(predefined_type|command_name|word)$")
_MOST_RUNS = 16
_TOKEN = re.compile(r';[^\n]*|"(?:\\.|[^"\\])*"|[()\[\]]|[^\s()\[\]";]+', re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}
_CLOSED_BY = {"(": ")", "[": "]"}
_OPERATORS = frozenset({"||", "&&", "==", "!=", "=>"})
_MOST_WORDS = 80

_C_COMMENT = ("//", "/*")
_TRIES: dict[str, tuple[str, ...]] = {
    "catch_clause": ("catch",),
    "finally_clause": ("finally",),
    "try_statement": ("try",),
}
_SCRIPT: dict[str, tuple[str, ...]] = _TRIES | {
    "arrow_function": ("=>",),
    "as_expression": ("as",),
    "comment": _C_COMMENT,
    "debugger_statement": ("debugger",),
    "false": ("false",),
    "new_expression": ("new",),
    "null": ("null",),
    "true": ("true",),
}
KEYWORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "bash": {"comment": ("#",)},
    "csharp": _TRIES | {"comment": _C_COMMENT},
    "go": {"comment": _C_COMMENT, "if_statement": ("if",), "nil": ("nil",), "defer_statement": ("defer",)},
    "java": _TRIES | {"line_comment": ("//",), "block_comment": ("/*",)},
    "javascript": _SCRIPT,
    "kotlin": {"catch_block": ("catch",), "finally_block": ("finally",), "try_expression": ("try",)},
    "python": {
        "assert_statement": ("assert",),
        "class_definition": ("class",),
        "comment": ("#",),
        "decorator": ("@",),
        "except_clause": ("except",),
        "false": ("False",),
        "finally_clause": ("finally",),
        "function_definition": ("def",),
        "import_from_statement": ("import",),
        "import_statement": ("import",),
        "none": ("None",),
        "true": ("True",),
        "try_statement": ("try",),
    },
    "ruby": {"comment": ("#", "=begin"), "ensure": ("ensure",), "rescue": ("rescue",)},
    "rust": {"attribute_item": ("#",), "inner_attribute_item": ("#",), "let_declaration": ("let",)},
    "tsx": _SCRIPT,
    "typescript": _SCRIPT,
}
"""Node types and what stands in each of them, in a tree for which the parser had to invent no word."""


class _Form(NamedTuple):
    """A node of a query: ``(``, ``[`` or a leaf, its parts, the captures behind it, and its quantifier."""

    kind: str
    parts: list[Any]
    captures: list[str]
    quantifier: str = ""

    @property
    def optional(self) -> bool:
        return self.quantifier in {"?", "*"}


@lru_cache(maxsize=4096)
def of_query(text: str, language: str, *, sound: bool) -> tuple[tuple[Clause, ...], ...]:
    """For each pattern of a query the clauses that must all hold in a text it matches.

    ``sound``: in a tree without invented words, where node types stand for keywords.
    """
    keywords = KEYWORDS.get(language, {}) if sound else {}
    return tuple(_pattern(form, keywords) for form in _read(text))


@lru_cache(maxsize=4096)
def roots_of_query(text: str) -> tuple[frozenset[str] | None, ...]:
    """For each pattern of a query the types that the one node all of its match lies in may have.

    None for a pattern that does not tell, or has several such nodes.
    """
    return tuple(_roots(form) for form in _read(text))


# --- reading a query ---------------------------------------------------------------------------------------


def _read(text: str) -> Iterator[_Form]:
    tokens = [token for token in _TOKEN.findall(text) if token[0] != ";"]
    forms, end = _forms(tokens, 0, "")
    assert end == len(tokens)
    yield from forms


def _forms(tokens: Sequence[str], place: int, close: str) -> tuple[list[_Form], int]:
    found: list[_Form] = []
    while place < len(tokens) and tokens[place] != close:
        word = tokens[place]
        place += 1
        match word:
            case "(" | "[":
                parts, place = _forms(tokens, place, _CLOSED_BY[word])
                place += 1
                found.append(_Form(word, parts, []))
            case "?" | "*" | "+":
                found[-1] = found[-1]._replace(quantifier=word)
            case _ if word.startswith("@") and not found[0].kind.startswith("#"):
                found[-1].captures.append(word)
            case _:
                found.append(_Form(word, [], []))
    return found, place


def _predicates(form: _Form) -> Iterator[_Form]:
    if form.parts and form.parts[0].kind.startswith("#"):
        yield form
    else:
        for part in form.parts:
            yield from _predicates(part)


def _always(form: _Form) -> frozenset[str]:
    """The captures that every match of the form fills."""
    if form.optional:
        return frozenset()
    inner = [_always(part) for part in form.parts]
    if form.kind == "[":
        common = frozenset.intersection(*inner) if inner else frozenset()
    else:
        common = frozenset().union(*inner)
    return common | frozenset(form.captures)


def _roots(form: _Form) -> frozenset[str] | None:
    if form.quantifier or form.kind == "_":
        return None
    if not form.parts:
        return frozenset({form.kind})
    if form.kind == "[":
        inner = [_roots(part) for part in form.parts]
        return frozenset().union(*(roots for roots in inner if roots is not None)) if None not in inner else None
    first = form.parts[0]
    if not first.parts:
        return _roots(first)
    return _roots(first) if all(part.parts and part.parts[0].kind.startswith("#") for part in form.parts[1:]) else None


# --- what must hold ----------------------------------------------------------------------------------------


def _pattern(form: _Form, keywords: Keywords) -> tuple[Clause, ...]:
    clauses = list(_structure(form, keywords))
    filled = _always(form)
    for predicate in _predicates(form):
        name, *arguments = (part.kind for part in predicate.parts)
        if arguments and arguments[0] in filled:
            whole = all(_IDENTIFIER.search(kind) for kind in _kinds(form, arguments[0]))
            clauses += _predicate(name, arguments[1:], keywords, whole=whole)
    return tuple(dict.fromkeys(clause for clause in clauses if len(clause) <= _MOST_WORDS))


def _structure(form: _Form, keywords: Keywords) -> list[Clause]:
    if form.optional or (form.parts and form.parts[0].kind.startswith("#")):
        return []
    if form.kind.startswith('"'):
        # other tokens may go by names that are not what stands there: `"` for `%q(`, `not in` with two spaces
        text = _unquoted(form.kind)
        return _all(text) if keywords and (text in _OPERATORS or text.isalpha()) else []
    inner = [_structure(part, keywords) for part in form.parts]
    if form.kind == "[":
        return _either(inner)
    clauses = [clause for found in inner for clause in found]
    if form.kind == "(" and form.parts and form.parts[0].kind in keywords:
        clauses += _any(keywords[form.parts[0].kind])
    return clauses


def _kinds(form: _Form, capture: str) -> Iterator[str]:
    """The node types that a capture may have; ``_`` for one that the query does not tell."""
    if capture in form.captures:
        branches = form.parts if form.kind == "[" else [form]
        yield from (one.parts[0].kind if one.kind == "(" and one.parts else "_" for one in branches)
    for part in form.parts:
        yield from _kinds(part, capture)


def _predicate(name: str, arguments: Sequence[str], keywords: Keywords, *, whole: bool) -> list[Clause]:
    if any(not argument.startswith('"') for argument in arguments) or not arguments:
        return []
    values = [_unquoted(argument) for argument in arguments]
    match name:
        case "#eq?":
            return _all(values[0], whole=whole)
        case "#any-of?":
            return _either([_all(value, whole=whole) for value in values])
        case "#uses?":
            return _either([_all(value) for value in values])
        case "#match?":
            return _expression(values[0])
        case "#contains?":
            return _either([_any(keywords.get(value, ())) for value in values])
    return []


def _unquoted(token: str) -> str:
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), token[1:-1], flags=re.DOTALL)


def _all(text: str, *, whole: bool = False, caseless: bool = False) -> list[Clause]:
    """What stands in the source as it is."""
    data = text.encode()
    if whole and _WORD.fullmatch(data):
        return [frozenset({Literal(data, "whole")})]
    if caseless:
        return [frozenset({Literal(part, "caseless")}) for part in _CASELESS.findall(data.lower())]
    return [frozenset({Literal(data)})] if len(data) > 1 or (data and not _WORD.fullmatch(data)) else []


def _any(texts: Sequence[str]) -> list[Clause]:
    return [frozenset(Literal(text.encode(), "whole" if text.isalpha() else "part") for text in texts)] if texts else []


def _either(branches: Iterable[list[Clause]]) -> list[Clause]:
    """One clause for what any of the branches needs; none where a branch needs nothing."""
    union: frozenset[Literal] = frozenset()
    for clauses in branches:
        if not clauses:
            return []
        union |= min(clauses, key=lambda clause: (-min(len(one.text) for one in clause), len(clause)))
    return [union] if union else []


def _expression(text: str) -> list[Clause]:
    """What a text must hold for a regular expression to be found in it."""
    parsed = regex.parse(text)
    return _sequence(parsed, caseless=bool(parsed.state.flags & re.IGNORECASE))


def _sequence(items: Iterable[tuple[Any, Any]], *, caseless: bool) -> list[Clause]:
    clauses: list[Clause] = []
    runs = [""]

    def end() -> None:
        if all(runs):
            clauses.extend(_either([_all(run, caseless=caseless) for run in runs]))
        runs[:] = [""]

    for kind, value in items:
        if kind is sre.LITERAL:
            runs[:] = [run + chr(value) for run in runs]
            continue
        if kind is sre.IN and len(runs) * len(value) <= _MOST_RUNS and all(one is sre.LITERAL for one, _ in value):
            runs[:] = [run + chr(char) for run in runs for _, char in value]
            continue
        end()
        if kind is sre.SUBPATTERN:
            clauses += _sequence(value[3], caseless=caseless or bool(value[1] & re.IGNORECASE))
        elif kind in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT) and value[0]:
            clauses += _sequence(value[2], caseless=caseless)
        elif kind is sre.ATOMIC_GROUP:
            clauses += _sequence(value, caseless=caseless)
        elif kind is sre.BRANCH:
            clauses += _either([_sequence(branch, caseless=caseless) for branch in value[1]])
    end()
    return clauses
