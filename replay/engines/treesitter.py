"""Tree-sitter queries over a batch of sources: each text parsed once, all queries of a language as one."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence, Set
from functools import cached_property, lru_cache

from tree_sitter import Node, QueryCursor, Tree

from replay import grammars, predicates, queries
from replay.engines.protocol import NOT_PARSED, Match, Ranges, Report, Source, cleaned
from replay.engines.scopes import Scopes
from replay.engines.sieve import Bundle, Sieve
from replay.engines.trees import parse
from replay.engines.vocabulary import longest_word
from replay.nodes import is_comment
from replay.records import Rule

MATCH_LIMIT = 1_000
"""Most unfinished matches a query may hold at once; beyond it the file counts as not judged by the rule."""

MAX_DEPTH = 5_000
"""Deepest nesting that is judged: a query takes time with the square of it, and cannot be stopped."""

MAX_WIDTH = 2_000
"""Most children of one node beside statements: a pattern over a node and one of its children reads both for each."""

MAX_WORD = 1_000_000
"""Longest word of a text that is judged: a rule's regular expression may take time with the square of it."""

_SAMPLES = 64
_STATEMENTS = re.compile(
    r"block|body|program|module|source|unit$|statement_list|statements|^list$|array|object|dictionary|comment"
)
_NODE = re.compile(r"\(([a-zA-Z_]\w*)")


def match(rules: Sequence[Rule], sources: Sequence[Source], *, timeout: float = 10.0) -> list[Report]:
    """One report for each source; ``timeout`` is seconds a source. Raises AnalyserError where a grammar is missing.

    A source that exceeds the time, or a query that exceeds ``MATCH_LIMIT``, is named in ``failed``.
    """
    known: dict[Source, Report] = {}
    judges: dict[str, Judge] = {}
    for source in sources:
        if source not in known:
            judge = judges.get(source.language)
            if judge is None:
                mine = tuple(rule for rule in rules if source.language in rule.languages)
                judge = judges[source.language] = judge_of(source.language, mine)
            known[source] = judged(judge, source.text, timeout)
    return [known[source] for source in sources]


class Judge:
    """The rules of one language, and what tells which of them can match a text."""

    def __init__(self, language: str, rules: tuple[Rule, ...]) -> None:
        self.language = language
        self.rules = rules
        self._sieves: dict[bool, Sieve] = {}

    @cached_property
    def siblings(self) -> frozenset[str]:
        """The node types that the rules ask of siblings."""
        found = (one for rule in self.rules for one in queries.predicates(rule.detector))
        return frozenset(kind.strip('"') for _, name, given in found if name.endswith("has-sibling?") for kind in given)

    @cached_property
    def anywhere(self) -> frozenset[str]:
        """The rules that see what a tree does not show: a supertype is a node that only queries know of."""
        grammar = grammars.grammar(self.language)
        hidden = {grammar.node_kind_for_id(number) for number in grammar.supertypes}
        return frozenset(rule.id for rule in self.rules if not hidden.isdisjoint(_NODE.findall(rule.detector)))

    def sieve(self, root: Node) -> Sieve:
        """The one for a text with this tree."""
        sound = not (root.has_error and _invented(root))
        if sound not in self._sieves:
            self._sieves[sound] = Sieve(self.language, self.rules, sound=sound)
        return self._sieves[sound]

    def failed(self, why: str) -> dict[str, str]:
        """None of them could be judged."""
        return dict.fromkeys((rule.id for rule in self.rules), why)


@lru_cache(maxsize=128)
def judge_of(language: str, rules: tuple[Rule, ...]) -> Judge:
    """The judge of these rules, which has read their queries once for all batches of texts."""
    return Judge(language, rules)


def _invented(root: Node) -> bool:
    """Whether the parser put words into the tree that are not in the text."""
    stack = [root]
    while stack:
        for child in stack.pop().children:
            if child.is_missing:
                return True
            if child.has_error:
                stack.append(child)
    return False


def judged(
    judge: Judge, text: str, timeout: float, *, only: Set[str] | None = None, words: int | None = None
) -> Report:
    """What the rules say of one text; those named in ``only`` where that is given.

    ``words`` are the bits that the sieve has of the text, where they are known.
    """
    deadline = time.monotonic() + timeout
    data = cleaned(text)
    if len(data) > MAX_WORD and longest_word(data) > MAX_WORD:
        return Report(failed=judge.failed(f"{NOT_PARSED} any time: a word of more than {MAX_WORD:,} letters"))
    tree = parse(judge.language, data, timeout=timeout)
    if tree is None:
        return Report(failed=judge.failed(f"{NOT_PARSED} {timeout:g} s"))
    root = tree.root_node
    errors = tuple(error_ranges(root)) if root.has_error else ()
    if not judge.rules:
        return Report(errors=errors)
    if (refusal := unwieldy(tree)) is not None:
        return Report(failed=judge.failed(refusal))
    report = Report(errors=errors)
    seen: dict[tuple[str, int, int], Match] = {}
    scopes = Scopes(tree)
    for rule, node, keys in _found(judge, root, data, only, words, deadline, report.failed):
        place = (rule.id, node.start_byte, node.end_byte)
        if place not in seen:
            if time.monotonic() > deadline:
                report.failed = judge.failed(f"not judged within {timeout:g} s")
                break
            seen[place] = as_match(rule.id, node, keys, data, scopes.of(node))
    report.matches = tuple(sorted(seen.values(), key=lambda one: (one.start_byte, one.end_byte, one.rule)))
    return report


@lru_cache(maxsize=4)
def unwieldy(tree: Tree) -> str | None:
    """Why no query may be run on the tree, as none can be stopped: it is too deep, or a node of it too wide.

    Told from nodes spread evenly over it: most nodes of such a tree lie in its depth or width.
    """
    count = tree.root_node.descendant_count
    if count < min(MAX_DEPTH, MAX_WIDTH):
        return None
    cursor = tree.walk()
    for number in range(_SAMPLES):
        cursor.goto_descendant(count * number // _SAMPLES)
        if cursor.depth > MAX_DEPTH:
            return f"nested more than {MAX_DEPTH:,} levels deep"
        if cursor.goto_parent() and cursor.node is not None and cursor.node.child_count > MAX_WIDTH:
            wide = cursor.node
            if wide.is_error or (wide.parent is not None and not _STATEMENTS.search(wide.type)):
                return f"more than {MAX_WIDTH:,} parts in one {wide.type}"
    return None


def error_ranges(root: Node) -> Iterator[tuple[int, int]]:
    """Byte ranges of ERROR nodes, outermost ones, and of tokens the parser had to invent (empty ranges)."""
    stack = [root] if root.has_error else []
    while stack:
        node = stack.pop()
        if node.is_error or node.is_missing:
            yield node.start_byte, node.end_byte
        else:
            stack.extend(child for child in node.children[::-1] if child.has_error)


# --- queries -----------------------------------------------------------------------------------------------


def _found(
    judge: Judge,
    root: Node,
    data: bytes,
    only: Set[str] | None,
    words: int | None,
    deadline: float,
    failed: dict[str, str],
) -> Iterator[tuple[Rule, Node, list[Node]]]:
    kin = predicates.Kin(deadline)
    for bundle, ranges in judge.sieve(root).places(data, only=only, words=words):
        wanted = {rule.id for rule in bundle.rules if only is None or rule.id in only}
        if (found := run(bundle, root, ranges, kin)) is not None:
            yield from (one for one in found if one[0].id in wanted)
            continue
        for rule in bundle.alone():
            (name,) = (one.id for one in rule.rules)
            if name not in wanted:
                continue
            if time.monotonic() > deadline:
                failed[name] = "the time for this file ran out"
            elif (alone := run(rule, root, ranges, kin)) is None:
                failed[name] = f"more than {MATCH_LIMIT} unfinished matches, or out of time: too wide for this file"
            else:
                yield from alone


def run(bundle: Bundle, root: Node, ranges: Ranges, kin: predicates.Kin) -> list[tuple[Rule, Node, list[Node]]] | None:
    """Each match at or below ``root`` that meets one of ``ranges``, and what names it.

    None where match limit or time was exceeded.
    """
    judge = predicates.Judge(kin)
    found: list[tuple[Rule, Node, list[Node]]] = []
    for span in ranges:
        cursor = QueryCursor(bundle.query, match_limit=MATCH_LIMIT)
        cursor.set_byte_range(*span)
        # A progress_callback here ends in a segmentation fault (py-tree-sitter 0.26).
        try:
            matches = cursor.matches(root, judge)
        except predicates.OutOfTime:
            return None
        if cursor.did_exceed_match_limit:
            return None
        for pattern, captures in matches:
            rule = bundle.rule_of(pattern)
            found += ((rule, node, captures.get("key", [])) for node in captures.get("match", []))
    return found


# --- what a match is ---------------------------------------------------------------------------------------


def as_match(rule: str, node: Node, keys: Sequence[Node], data: bytes, within: str) -> Match:
    """The match of ``rule`` at ``node`` of ``data``, in the scope ``within``; named by ``keys``, else by itself."""
    start, end = node.start_byte, node.end_byte
    named = sorted(keys, key=lambda one: one.start_byte)
    text = data[start:end].decode("utf-8", "replace")
    return Match(
        rule=rule,
        line=node.start_point.row + 1,
        end_line=max(node.start_point.row, node.end_point.row - (node.end_point.column == 0)) + 1,
        start_byte=start,
        end_byte=end,
        text=text,
        key=" ".join(key(one, data, one.start_byte, one.end_byte) for one in named or [node]),
        scope=within,
    )


def key(node: Node, data: bytes, start: int, end: int) -> str:
    """The tokens of ``node`` within ``start:end``, comments dropped, one space between them.

    Text that the grammar gives no node (the inside of some strings) is kept. A match that is all comment is its own
    text, white space folded.
    """
    parts: list[bytes] = []
    position = start
    stack = [node]
    while stack:
        current = stack.pop()
        first, last = current.start_byte, current.end_byte
        if last <= start or first >= end:
            continue
        comment = is_comment(current)
        if comment or not current.child_count:
            parts.append(data[position:first])
            if not comment:
                parts.append(data[max(start, first) : min(end, last)])
            position = max(position, min(end, last))
        else:
            stack.extend(current.children[::-1])
    parts.append(data[position:end])
    words = b" ".join(parts).decode("utf-8", "replace").split()
    return " ".join(words) or _text(data, start, end)


def _text(data: bytes, start: int, end: int) -> str:
    return " ".join(data[start:end].decode("utf-8", "replace").split()) if start < end else ""


def versions(rules: Sequence[Rule]) -> dict[str, str]:
    """Version and ABI of the grammar of every language of ``rules``, by language."""
    languages = sorted({language for rule in rules for language in rule.languages})
    return {f"grammar {language}": grammars.grammar_version(language) for language in languages}


def locate(tree: Tree, scopes: Scopes, data: bytes, start: int, end: int) -> tuple[str, str]:
    """Key and scope of a byte range that another engine found."""
    node = tree.root_node.descendant_for_byte_range(start, max(start, end - 1)) or tree.root_node
    return key(node, data, start, end), scopes.of(node)
