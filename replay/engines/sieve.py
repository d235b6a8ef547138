"""Which rules of a language can match a text, and where: told from its words, before any query is run.

What is left of the rules by the vocabulary of the text is searched for in it, and a query is run only on the nodes
around the places found.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence, Set
from itertools import accumulate
from typing import NamedTuple

from tree_sitter import Query, QueryError

from replay import grammars, queries
from replay.engines import needs
from replay.engines.needs import Clause, Literal
from replay.engines.protocol import Ranges
from replay.engines.vocabulary import Vocabulary
from replay.errors import AnalyserError
from replay.records import Rule

_REMEMBERED_SETS = 4_000
_RARE = 3
_DENSE = 150


class _Clause(NamedTuple):
    """A clause by the numbers of its literals, and their bits."""

    literals: tuple[int, ...]
    bits: int


class Bundle:
    """Rules of one language whose queries are run as one."""

    def __init__(self, language: str, rules: Sequence[Rule]) -> None:
        self.rules = tuple(rules)
        self._language = language
        self._starts: list[int] = []
        self._query: Query | None = None

    @property
    def query(self) -> Query:
        """Their queries as one, compiled when it is first wanted."""
        if self._query is None:
            try:
                self._query = queries.compiled(self._language, "\n".join(rule.detector for rule in self.rules))
            except QueryError as error:
                raise self._refused(error) from error
            sizes = (len(rule.detector.encode()) + 1 for rule in self.rules)
            self._starts = list(accumulate(sizes, initial=0))[:-1]
        return self._query

    def _refused(self, error: QueryError) -> AnalyserError:
        """What to say of a query that was right for another version of the grammar."""
        for rule in self.rules:
            try:
                queries.compiled(self._language, rule.detector)
            except QueryError as alone:
                error, name = alone, rule.id
                break
        else:
            name = ", ".join(rule.id for rule in self.rules)
        version = grammars.grammar_version(self._language)
        return AnalyserError(
            f"{name}: the query does not compile for the installed grammar of {self._language} ({version}): {error}; "
            "install the versions of the grammars that transcript-replay names"
        )

    def rule_of(self, pattern: int) -> Rule:
        """The rule that a pattern of the query belongs to."""
        return self.rules[bisect_right(self._starts, self.query.start_byte_for_pattern(pattern)) - 1]

    def alone(self) -> Iterator[Bundle]:
        """Each rule by itself."""
        return (Bundle(self._language, [rule]) for rule in self.rules)


class Sieve:
    """The rules of one language; ``sound`` for trees in which the parser invented no word, where more is certain."""

    def __init__(self, language: str, rules: Sequence[Rule], *, sound: bool) -> None:
        needed = [(rule, each) for rule in rules for each in needs.of_query(rule.detector, language, sound=sound)]
        self._literals = sorted({one for _, clauses in needed for clause in clauses for one in clause})
        numbers = {literal: number for number, literal in enumerate(self._literals)}
        self._words = Vocabulary(self._literals)
        self._bundles = [Bundle(language, mine) for mine in _bundles(language, rules)]
        self._numbers = frozenset(range(len(self._bundles)))
        self._patterns = [
            (
                next(number for number, one in enumerate(self._bundles) if rule in one.rules),
                tuple(_numbered(clause, numbers) for clause in sorted(clauses, key=_commonness)),
            )
            for rule, clauses in needed
        ]
        self._known: dict[int, list[tuple[int, list[tuple[_Clause, ...]]]]] = {}
        self._rooted: dict[str | None, list[tuple[int, tuple[_Clause, ...]]]] = defaultdict(list)
        roots = (kinds for rule in dict.fromkeys(rules) for kinds in needs.roots_of_query(rule.detector))
        for pattern, kinds in zip(self._patterns, roots, strict=True):
            for kind in [None] if kinds is None else kinds:
                self._rooted[kind].append(pattern)

    def words(self, data: bytes, start: int = 0, end: int | None = None) -> int:
        """The bits of all literals that may stand in a part of ``data``, words at its ends taken whole."""
        return self._words.of_part(data, start, len(data) if end is None else end)

    def places_near(
        self, data: bytes, start: int, end: int, around: Sequence[tuple[str, int, int]], words: int, inside: int
    ) -> Iterator[tuple[Bundle, int, Ranges]]:
        """What ``places`` gives, for matches that meet ``start:end``, where whole nodes stand.

        ``around`` are types and places of the nodes around these, from the root on; ``words`` the bits of the text,
        ``inside`` those of ``start:end``. The number given is that of the innermost of the nodes at or below which all
        these matches begin.
        """
        begun: dict[int, int] = {}
        inner: int | None = None
        for depth, kind in ((0, None), *((depth, kind) for depth, (kind, _, _) in enumerate(around))):
            for bundle, clauses in self._rooted.get(kind, ()):
                if bundle in begun or not all(bits & words for _, bits in clauses):
                    continue
                if depth:
                    inner = self._words.of(data[slice(*around[1][1:])]) if inner is None else inner
                    if not all(bits & inner for _, bits in clauses):
                        continue
                begun[bundle] = depth
        # a node without bytes, which meets no range that it begins or ends, is met as well
        for bundle, depth in begun.items():
            yield self._bundles[bundle], depth, ((max(0, start - 1), end + 1),)
        for bundle, ranges in self._places(data[start:end], inside, self._numbers - begun.keys()):
            wider = tuple((max(0, start + low - 1), start + high + 1) for low, high in ranges)
            yield self._bundles[bundle], len(around) - 1, wider

    def places(
        self, data: bytes, *, only: Set[str] | None = None, words: int | None = None
    ) -> Iterator[tuple[Bundle, Ranges]]:
        """Rules of which one can match, with byte ranges one of which any match of them meets.

        Of the rules named in ``only`` where that is given; ``words`` are the bits of the text where they are known.
        """
        wanted = {n for n in self._numbers if only is None or any(rule.id in only for rule in self._bundles[n].rules)}
        mask = self._words.of(data) if words is None else words
        return ((self._bundles[bundle], ranges) for bundle, ranges in self._places(data, mask, wanted))

    def _places(self, data: bytes, mask: int, wanted: Set[int]) -> Iterator[tuple[int, Ranges]]:
        if mask < 0:
            yield from ((bundle, ((0, len(data)),)) for bundle in sorted(wanted))
            return
        candidates = self._known.get(mask)
        if candidates is None:
            if len(self._known) >= _REMEMBERED_SETS:
                self._known.clear()
            candidates = self._known[mask] = self._candidates(mask)
        if not candidates:
            return
        text = _Text(data, self._literals)
        # coming down from the root takes as long as going through about as many bytes
        close = 150 + len(data) // 15
        for bundle, patterns in candidates:
            if bundle in wanted and (spans := text.spans(patterns)):
                yield bundle, _merged(sorted(spans), close)

    def _candidates(self, mask: int) -> list[tuple[int, list[tuple[_Clause, ...]]]]:
        """The bundles whose words may stand in a text with these bits, their clauses narrowed to these words."""
        found: dict[int, dict[tuple[_Clause, ...], None]] = {}
        for bundle, clauses in self._patterns:
            if all(bits & mask for _, bits in clauses):
                left = tuple(_Clause(tuple(n for n in literals if mask >> n & 1), bits) for literals, bits in clauses)
                found.setdefault(bundle, {})[left] = None
        return [(bundle, list(patterns)) for bundle, patterns in found.items()]


def _bundles(language: str, rules: Sequence[Rule]) -> list[list[Rule]]:
    """Rules whose patterns mostly need the same word (``except``, ``assert``): one walk through a tree does for all.

    They are the same for trees of any kind, as it takes up to 0.1 s to compile the query of a bundle.
    """
    wanted: dict[Rule, Counter[Clause]] = defaultdict(Counter)
    for rule in rules:
        for clauses in needs.of_query(rule.detector, language, sound=True):
            wanted[rule][min(clauses, key=_commonness, default=frozenset())] += 1
    together: dict[Clause, list[Rule]] = defaultdict(list)
    for rule, counts in wanted.items():
        together[counts.most_common(1)[0][0]].append(rule)
    return list(together.values())


def _numbered(clause: Clause, numbers: dict[Literal, int]) -> _Clause:
    literals = tuple(sorted(numbers[one] for one in clause))
    return _Clause(literals, sum(1 << one for one in literals))


def _commonness(clause: Clause) -> tuple[int, int]:
    return -min(len(one.text) for one in clause), len(clause)


class _Text:
    """Where literals stand in one text, each looked for once."""

    def __init__(self, data: bytes, literals: Sequence[Literal]) -> None:
        self._data = data
        self._lower: bytes | None = None
        self._literals = literals
        self._counts: dict[int, int] = {}

    def spans(self, patterns: Sequence[Sequence[_Clause]]) -> list[tuple[int, int]]:
        """Where any of the patterns can match: around a rare one of its clauses, else anywhere."""
        chosen: set[int] = set()
        for clauses in patterns:
            best = self._rarest(clauses)
            if best is None:
                return [(0, len(self._data))]
            chosen.update(best)
        if sum(self._counts[number] for number in chosen) * _DENSE > len(self._data):
            return [(0, len(self._data))]
        return [span for number in chosen for span in self._find(number)]

    def _rarest(self, clauses: Sequence[_Clause]) -> tuple[int, ...] | None:
        """The literals of a clause that holds in few places, none where one holds nowhere; None without clauses."""
        best: tuple[int, ...] | None = None
        least = len(self._data) + 1
        for literals, _ in clauses:
            count = 0
            for number in literals:
                if (known := self._counts.get(number)) is None:
                    known = self._counts[number] = self._where(number).count(self._literals[number].text)
                count += known
            if not count:
                return ()
            if count < least:
                best, least = literals, count
            if least <= _RARE:
                break
        return best

    def _find(self, number: int) -> Iterator[tuple[int, int]]:
        where, text = self._where(number), self._literals[number].text
        place = where.find(text)
        while place >= 0:
            yield place, place + len(text)
            place = where.find(text, place + len(text))

    def _where(self, number: int) -> bytes:
        if self._literals[number].how != "caseless":
            return self._data
        if self._lower is None:
            self._lower = self._data.lower()
        return self._lower


def _merged(spans: list[tuple[int, int]], close: int) -> Ranges:
    """The spans in order; those less than ``close`` bytes apart as one."""
    found: list[tuple[int, int]] = []
    for start, end in spans:
        if found and start - found[-1][1] < close:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return tuple(found)
