"""Ranges of versions: Python's, npm's, Ruby's and Cargo's ways to write them, as intervals that can be intersected."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

Key = tuple[tuple[int, ...], int]
"""A version as a value to compare: its numbers without trailing zeros; 0 for a pre-release, else 1."""

_CLAUSE = re.compile(r"(===|==|!=|~=|~>|>=|<=|=>|=<|=|>|<|\^|~)?\s*v?(\d[\w.+*-]*|[*xX]\b)")
_HYPHEN = re.compile(r"(\d[\w.]*)\s+-\s+(\d[\w.]*)")
_PRE = re.compile(r"[-._]?(?:a|b|c|rc|alpha|beta|pre|preview|dev|canary|next)[-._]?\d*", re.IGNORECASE)


class Range(NamedTuple):
    """Versions from ``low`` to ``high``, each with whether it is itself one; None is no bound."""

    low: Key | None = None
    low_in: bool = True
    high: Key | None = None
    high_in: bool = False


def key(text: str) -> Key:
    """The version ``text`` as a value to compare; epochs, local parts and build tags are passed over."""
    release = re.match(r"\d+(?:\.\d+)*", text)
    numbers = [int(part) for part in release[0].split(".")] if release else [0]
    pre = bool(release and _PRE.match(text, release.end()) and "post" not in text)
    while len(numbers) > 1 and not numbers[-1]:
        numbers.pop()
    return tuple(numbers), 0 if pre else 1


@lru_cache(maxsize=4096)
def parse(text: str) -> tuple[Range, ...]:
    """The ranges that ``text`` allows, any of which will do. What cannot be read allows everything.

    PEP 440 specifiers (packaging.python.org/en/latest/specifications/version-specifiers), npm's ranges
    (github.com/npm/node-semver#ranges), RubyGems' and Cargo's. ``!=`` is passed over: it takes out a single version. A
    bare version is that version, a bare ``2.x`` or ``2.*`` all that begin so.
    """
    ranges = []
    for either in re.split(r"\s*\|\|?\s*", text.strip()):
        whole = Range()
        for clause in _clauses(either):
            whole = _both(whole, clause) or Range(key("0"), False, key("0"), False)  # noqa: FBT003 - the empty range
        ranges.append(whole)
    return tuple(ranges)


def unread(text: str) -> str:
    """What of ``text`` is no range of versions: "" where all of it was understood."""
    left = _HYPHEN.sub("", text)
    return re.sub(r"[\s,|]+", " ", _CLAUSE.sub("", left)).strip()


def _clauses(text: str) -> list[Range]:
    if hyphen := _HYPHEN.fullmatch(text.strip()):
        return [Range(low=key(hyphen[1])), _upto(hyphen[2])]
    return [_clause(operator or "==", version) for operator, version in _CLAUSE.findall(text)]


def _upto(version: str) -> Range:
    whole = version.count(".") >= 2
    return Range(high=key(version) if whole else _next(version, version.count(".")), high_in=whole)


def _clause(operator: str, version: str) -> Range:
    wild = re.split(r"\.?[*xX]", version)[0] if re.search(r"(?:^|\.)[*xX]", version) else None
    if operator == "!=" or wild == "":
        return Range()
    bare = wild if wild is not None else version
    numbers = [int(part) for part in re.findall(r"\d+", re.split(r"[^\d.]", bare)[0])] or [0]
    last = len(numbers) - 1
    match operator:
        case ">=" | "=>":
            return Range(low=key(bare))
        case ">":
            return Range(low=key(bare), low_in=False)
        case "<=" | "=<":
            return Range(high=key(bare), high_in=True)
        case "<":
            # npm and PEP 440 both leave the pre-releases of an excluded bound out
            return Range(high=(key(bare)[0], 0))
        case "~=" | "~>":
            return Range(low=key(bare), high=_next(bare, max(0, last - 1)))
        case "~":
            return Range(low=key(bare), high=_next(bare, min(1, last)))
        case "^":
            first = next((place for place, number in enumerate(numbers) if number), last)
            return Range(low=key(bare), high=_next(bare, first))
        case _ if wild is not None:
            return Range(low=(key(bare)[0], 0), high=_next(bare, last))
        case _:
            return Range(low=key(bare), high=key(bare), high_in=True)


def _next(version: str, place: int) -> Key:
    """The first version whose number at ``place`` is one higher, its pre-releases left out as well."""
    numbers = [int(part) for part in re.findall(r"\d+", re.split(r"[^\d.]", version)[0])] or [0]
    return (*numbers[:place], numbers[place] + 1), 0


def meets(one: Sequence[Range], other: Sequence[Range]) -> bool:
    """Whether some version is in both."""
    return any(_both(left, right) is not None for left in one for right in other)


def _both(one: Range, other: Range) -> Range | None:
    low, low_in = max(((r.low or ((-1,), 0)), not r.low_in) for r in (one, other))
    high, high_in = min(((r.high or ((10**9,), 0)), r.high_in) for r in (one, other))
    low_in = not low_in
    if low > high or (low == high and not (low_in and high_in)):
        return None
    return Range(None if low == ((-1,), 0) else low, low_in, None if high == ((10**9,), 0) else high, high_in)
