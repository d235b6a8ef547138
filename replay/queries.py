"""The text of tree-sitter queries: compiled for a grammar, checked with line numbers, read for its predicates."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from tree_sitter import Query, QueryError

from replay.errors import UserError
from replay.grammars import grammar
from replay.predicates import OURS, named

BUILT_IN = frozenset(
    {"eq?", "not-eq?", "any-eq?", "any-not-eq?", "match?", "not-match?", "any-match?", "any-not-match?"}
    | {"any-of?", "not-any-of?"}
)
_TOKEN = re.compile(r';[^\n]*|"(?:\\.|[^"\\])*"|[()\[\]]|[^\s()\[\]";]+')
_PLACE = re.compile(r" (?:in pattern )?at row (\d+)(?:, column \d+)?")


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
        found = named(name)
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
