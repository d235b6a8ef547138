"""The sieve before the queries: it spares work and changes no finding."""

import random
import re
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tree_sitter import QueryCursor

from replay import predicates, queries, rules
from replay.engines import Source, cleaned, needs, trees, treesitter
from replay.engines.sieve import Sieve
from replay.nodes import descendants
from replay.records import Rule

SEED = 4
INSERTED = ("except", "catch", "any", "_", "1if ", "\u017f", "\u212a", "#", "//", "(", ")", "{", "}", "\n", '"', "\\n")


def queried() -> list[Rule]:
    """All our rules that are queries."""
    return [rule for rule in rules.load() if rule.engine == "treesitter"]


def texts() -> list[Source]:
    """The examples of all rules, in every language that a rule covers."""
    found = {
        Source(example.language, example.text): None
        for detector in rules.find().values()
        for example in rules.examples(detector)
    }
    return list(found)


def mutated(text: str, rng: random.Random) -> str:
    """The text with a few places cut, repeated, put in or in another case."""
    for _ in range(rng.randint(1, 6)):
        place = rng.randrange(len(text) + 1)
        end = place + rng.randint(1, 9)
        change = rng.choice(
            (
                text[place:end] * 2,
                text[place:end].swapcase(),
                rng.choice(INSERTED) + text[place:end],
                "",
            )
        )
        text = text[:place] + change + text[end:]
    return text


def plainly(book: list[Rule], source: Source) -> set[tuple[str, int, int]]:
    """Rule and place of every match, found by running each rule's query over the whole tree."""
    tree = trees.parse(source.language, cleaned(source.text))
    assert tree is not None
    found = set()
    for rule in book:
        if source.language in rule.languages:
            cursor = QueryCursor(queries.compiled(source.language, rule.detector))
            for _, captures in cursor.matches(tree.root_node, predicates.Judge(predicates.Kin())):
                found |= {(rule.id, node.start_byte, node.end_byte) for node in captures.get("match", ())}
    return found


def sieved(book: list[Rule], sources: list[Source]) -> list[set[tuple[str, int, int]]]:
    """The same by the engine."""
    reports = treesitter.match(book, sources, timeout=60)
    assert not any(report.failed for report in reports)
    return [{(one.rule, one.start_byte, one.end_byte) for one in report.matches} for report in reports]


def test_the_engine_finds_what_each_query_alone_finds() -> None:
    """On every example and on mutations of it, in all of which words stand in odd places and trees have errors."""
    book = queried()
    rng = random.Random(SEED)
    sources = texts()
    sources += [Source(language, mutated(text, rng)) for language, text in sources for _ in range(2)]
    wrong = [
        (source, found ^ plain)
        for source, found in zip(sources, sieved(book, sources), strict=True)
        if found != (plain := plainly(book, source))
    ]
    assert len(sources) > 300
    assert not wrong


def test_node_types_stand_for_their_keywords() -> None:
    """In every example, every node of a listed type holds one of the words listed for it."""
    seen = set()
    for language, text in texts():
        tree = trees.parse(language, cleaned(text))
        assert tree is not None
        for node in descendants(tree.root_node):
            if words := needs.KEYWORDS.get(language, {}).get(node.type) if node.is_named else None:
                seen.add((language, node.type))
                said = (node.text or b"").decode()
                assert any(re.search(rf"\b{word}\b" if word.isalpha() else re.escape(word), said) for word in words), (
                    node.type,
                    said,
                )
    assert len(seen) > 30


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('((identifier) @match (#eq? @match "print"))', [{("print", "whole")}]),
        ('((string) @match (#eq? @match "print"))', [{("print", "part")}]),
        ('((identifier) @match (#any-of? @match "ab" "cd"))', [{("ab", "whole"), ("cd", "whole")}]),
        ('((identifier) @match (#not-eq? @match "print"))', []),
        ("(call function: (identifier)? @name) @match", []),
        ('((call function: (identifier)? @name) @match (#eq? @name "print"))', []),
        ('((call (identifier)* @name) @match (#eq? @name "print"))', []),
        ('((call (identifier)+ @name) @match (#eq? @name "print"))', [{("print", "whole")}]),
        ('([(call function: (identifier) @name) (attribute)] @match (#eq? @name "print"))', []),
        (
            '([(call function: (identifier) @name) (attribute attribute: (identifier) @name)] @match (#eq? @name "p"))',
            [{("p", "whole")}],
        ),
        ("((identifier) @a (identifier) @match (#eq? @a @match))", []),
        ("(except_clause) @match", [{("except", "whole")}]),
        ("[(except_clause) (finally_clause)] @match", [{("except", "whole"), ("finally", "whole")}]),
        ("[(except_clause) (call)] @match", []),
        ('((call) @match (#contains? @match "try_statement"))', [{("try", "whole")}]),
        ('((call) @match (#has-ancestor? @match "try_statement"))', []),
        ('((call) @match (#uses? @match "warn" "log"))', [{("warn", "part"), ("log", "part")}]),
        ('(comparison_operator operators: "not in") @match', []),
        ('(boolean_operator operator: "or") @match', [{("or", "part")}]),
        ('; a "comment" (#eq? @match "no")\n((identifier) @match (#eq? @match "yes"))', [{("yes", "whole")}]),
        ('((string) @match (#eq? @match "\\"a\\\\nb"))', [{('"a\\nb', "part")}]),
    ],
)
def test_needs_are_read_off_a_query(query: str, expected: list[set[tuple[str, str]]]) -> None:
    """Only what every match must have: nothing of optional parts, of one branch of several, or of what is negated."""
    (found,) = needs.of_query(query, "python", sound=True)
    assert [{(one.text.decode(), one.how) for one in clause} for clause in found] == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("^foo$", [{("foo", "part")}]),
        ("foo.*bar", [{("foo", "part")}, {("bar", "part")}]),
        ("(foo|bar)baz", [{("foo", "part"), ("bar", "part")}, {("baz", "part")}]),
        ("(foo)?", []),
        ("(foo)+", [{("foo", "part")}]),
        ("gh[ps]_x", [{("ghp_x", "part"), ("ghs_x", "part")}]),
        ("[^a]bc", [{("bc", "part")}]),
        ("(?i)Later", [{("later", "caseless")}]),
        ("(?i:Later) Now", [{("later", "caseless")}, {(" Now", "part")}]),
        ("a(?!bcd)", []),
        (r"\w+", []),
        ("foo|", []),
    ],
)
def test_needs_are_read_off_a_regular_expression(expression: str, expected: list[set[tuple[str, str]]]) -> None:
    """Only literals that stand in whatever the expression is found in."""
    quoted = expression.replace("\\", "\\\\")
    (found,) = needs.of_query(f'((string) @match (#match? @match "{quoted}"))', "python", sound=True)
    assert [{(one.text.decode(), one.how) for one in clause} for clause in found] == expected


def expressions() -> Iterator[str]:
    """The regular expressions of all our rules."""
    for rule in queried():
        for _, name, arguments in queries.predicates(rule.detector):
            if name == "match?" and len(arguments) == 2:
                yield re.sub(r"\\(.)", r"\1", arguments[1][1:-1], flags=re.DOTALL)


EXPRESSIONS = sorted(set(expressions()))


def holds(clause: needs.Clause, text: bytes) -> bool:
    """Whether one of the clause's literals stands in the text."""
    return any(literal.text in (text.lower() if literal.how == "caseless" else text) for literal in clause)


@settings(max_examples=400, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(EXPRESSIONS).flatmap(lambda one: st.tuples(st.just(one), st.from_regex(one))))
def test_what_an_expression_finds_has_what_it_needs(drawn: tuple[str, str]) -> None:
    """Any text that a rule's expression is found in holds a literal of each clause read off it."""
    expression, text = drawn
    quoted = expression.replace("\\", "\\\\").replace('"', '\\"')
    (clauses,) = needs.of_query(f'((string) @match (#match? @match "{quoted}"))', "python", sound=True)
    if not any(letter in text for letter in "\u0130\u0131\u017f\u212a"):  # a text with these passes any sieve
        assert all(holds(clause, text.encode("utf-8", "replace")) for clause in clauses)


def rule(query: str, language: str = "python") -> Rule:
    """A rule of our own making."""
    return Rule("t/x", "treesitter", (language,), "m", "c", query)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ('((comment) @match (#match? @match "(?i)skip"))', "# \u017f\u212aIP"),
        ('((comment) @match (#match? @match "(?i)skip"))', "# SKIP"),
        ('((identifier) @match (#eq? @match "elsewhere"))', "x = 1if y else elsewhere"),
        ("(if_statement) @match", "if x:\n    pass\n"),
        ('((comment) @match (#match? @match "→"))', "# a → b"),
        ('((comment) @match (#match? @match "later"))', "# " + "x" * 5_000 + "later"),
        ('((string_content) @match (#eq? @match "ignore"))', "f('\\nignore', 'ignore')"),
    ],
    ids=[
        "letters folded",
        "another case",
        "a number before a keyword",
        "nothing needed",
        "no word",
        "a long word",
        "in a string",
    ],
)
def test_odd_texts_pass_the_sieve(query: str, text: str) -> None:
    """Each of these matches, though its words are not plain to see."""
    (report,) = treesitter.match([rule(query)], [Source("python", text)])
    assert len(report.matches) == 1


@pytest.mark.parametrize("language", ["javascript", "python", "typescript"])
def test_rules_are_run_together_alike_whatever_the_tree(language: str) -> None:
    """A query is compiled once for sound trees and others: a text with a letter that folds to ASCII asks for all."""
    book = [one for one in queried() if language in one.languages]
    sound, other = (
        {bundle.rules for bundle, _ in Sieve(language, book, sound=sound).places("\u017f".encode())}
        for sound in (True, False)
    )
    assert sound == other
    assert {one.id for rules in sound for one in rules} == {one.id for one in book}


def test_a_text_without_the_words_of_a_rule_is_not_looked_at() -> None:
    """The sieve names the rules that can match, no others, and where."""
    sieve = Sieve("python", [rule('((identifier) @match (#eq? @match "breakpoint"))')], sound=True)
    assert list(sieve.places(b"breakpoints = mybreakpoint")) == []
    above = b"x = 1\n" * 100
    ((bundle, ranges),) = sieve.places(above + b"breakpoint()\n" + above)
    assert [one.id for one in bundle.rules] == ["t/x"]
    assert ranges == ((600, 610),)
