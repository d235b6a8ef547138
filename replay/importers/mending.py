"""What is whole of a JSON document that is damaged in the middle: all but the elements of its lists that are broken.

Behind the damage the next element of the same list is found by what the elements before it have in common: so nothing
is taken for an element that is none. A broken element is mended in the same way by itself, or left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

_DECODER = json.JSONDecoder(parse_int=len)  # what numbers say is of no interest here, and may be without end
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|[{}\[\],]|"')
_SPACE = re.compile(r"\s*")
_ELEMENT = {"[": re.compile(r",\s*(?=\{\s*[\"}])"), "{": re.compile(r',\s*(?="(?:[^"\\]|\\.)*+"\s*:\s*\{)')}
_KEY = re.compile(r'"(?:[^"\\]|\\.)*+"\s*:\s*')
_BEGUN = re.compile(r'\s*\{\s*"((?:[^"\\]|\\.)*+)"\s*:')
_ROUNDS, _DEPTH, _EFFORT = 16, 3, 12


@dataclass
class _Open:
    """A list or object that is not closed yet: its bracket, and where its elements begin."""

    bracket: str
    starts: list[int]


@dataclass
class _Mending:
    """The work on one document: characters that may still be gone through, elements lost, the place of the damage."""

    effort: int
    lost: int = 0
    first: int = 0


def mended(text: str) -> tuple[str, int, int] | None:
    """``text`` without what is broken, how many elements went, where it first breaks; None where that does not help.

    The result may end too early, where nothing whole follows. Linear in the length of ``text`` but for a constant.
    """
    work = _Mending(_EFFORT * len(text) + 100_000)
    made = _mend(text, work, 0)
    return None if made is None else (made, work.lost, work.first)


def _mend(text: str, work: _Mending, depth: int) -> str | None:
    helped = False
    for _ in range(_ROUNDS):
        work.effort -= 2 * len(text)
        if work.effort < 0:
            break
        try:
            _DECODER.raw_decode(text)
        except json.JSONDecodeError as error:
            made = _without(text, error.pos, work, depth)
            if made is None:
                break
            if not depth and not helped:
                work.first = error.pos
            text, helped = made, True
        except RecursionError:
            return None
        else:
            return text if helped else None
    return text if helped and not depth else None


def _without(text: str, at: int, work: _Mending, depth: int) -> str | None:
    """``text``, which breaks at ``at``, without the element that is broken; None where no other one follows it."""
    for opened in _opened(text, at)[: 2 * _DEPTH]:
        keys = _alike(text, opened, depth, work)
        if keys and (made := _rest(text, opened, at, keys, work, depth)) is not None:
            return made
    return None


def _opened(text: str, at: int) -> list[_Open]:
    """What is open in ``text`` at ``at``, outermost first."""
    stack: list[_Open] = []
    for token in _TOKEN.finditer(text, 0, at):
        match token[0]:
            case "{" | "[" as bracket:
                stack.append(_Open(bracket, [token.end()]))
            case "}" | "]" if stack:
                stack.pop()
            case "," if stack:
                stack[-1].starts.append(token.end())
            case '"' | "}" | "]" | ",":
                break
    return stack


def _alike(text: str, opened: _Open, depth: int, work: _Mending) -> frozenset[str]:
    """The keys that all elements before the last one have, objects all; of a first element the first key.

    Empty where that tells too little.
    """
    *before, last = opened.starts
    if not before:
        begun = _BEGUN.match(text, last) if opened.bracket == "[" and not depth else None
        return frozenset() if begun is None else frozenset([begun[1]])
    common: frozenset[str] | None = None
    for start in {*before[:4], *before[-4:]}:
        value, _ = _element(text, start, opened.bracket, work)
        if not isinstance(value, dict):
            return frozenset()
        common = frozenset(value) if common is None else common & frozenset(value)
    enough = common is not None and len(common) > 1 and (opened.bracket == "[" or len(before) > 1)
    return common if common is not None and enough else frozenset()


def _past(text: str, at: int) -> int:
    """Where the white space at ``at`` ends."""
    found = _SPACE.match(text, at)
    return at if found is None else found.end()


def _element(text: str, start: int, bracket: str, work: _Mending) -> tuple[object, int]:
    """The element at ``start``, in an object the value behind its key, and where it ends; None where it is broken."""
    at = _past(text, start)
    if bracket == "{":
        key = _KEY.match(text, at)
        if key is None:
            return None, start
        at = key.end()
    try:
        return _DECODER.raw_decode(text, at)
    except json.JSONDecodeError as error:
        # The place of a fault is counted in lines from the beginning, some fifty times as fast as it is read.
        work.effort -= error.pos - at + error.pos // 50
        return None, max(error.pos, start)
    except RecursionError:
        work.effort -= len(text) - at
        return None, start


def _rest(text: str, opened: _Open, at: int, keys: frozenset[str], work: _Mending, depth: int) -> str | None:
    """``text`` with what follows of ``opened`` behind the damage at ``at``; None where none of its elements does."""
    kept: list[str] = []
    lost = 0
    broken = opened.starts[-1]
    at = _behind(text, broken, at)
    while work.effort > 0 and (found := _following(text, opened.bracket, at, keys, work)) is not None:
        comma, start = found
        inner = _inner(text[broken:comma], opened.bracket, keys, work, depth)
        lost += inner is None
        kept += [] if inner is None else [inner]
        end = comma
        for piece, end in _sound(text, start, opened.bracket, keys, work):  # noqa: B007 - the last one counts
            kept.append(piece)
        after = _past(text, end)
        if text[after : after + 1] == {"[": "]", "{": "}"}[opened.bracket]:
            work.lost += lost
            return text[: opened.starts[-1]] + ",".join(kept) + text[after:]
        broken = after + (text[after : after + 1] == ",")
        at = _behind(text, broken, _element(text, broken, opened.bracket, work)[1])
    if not kept:
        return None
    work.lost += lost + 1
    return text[: opened.starts[-1]] + ",".join(kept)


def _behind(text: str, broken: int, at: int) -> int:
    """Where to look for what follows the element at ``broken`` that breaks at ``at``: from the text before that on.

    A text without its end goes on to the beginning of another one, and only then is something wrong.
    """
    end = text.rfind('"', broken, at)
    begin = text.rfind('"', broken, end) if end > broken else -1
    return begin if begin >= 0 else max(at, broken)


def _following(text: str, bracket: str, at: int, keys: frozenset[str], work: _Mending) -> tuple[int, int] | None:
    """The comma before the next whole element behind ``at`` that has all ``keys``, and where that begins."""
    for found in _ELEMENT[bracket].finditer(text, at):
        value, end = _element(text, found.end(), bracket, work)
        if isinstance(value, dict) and keys <= value.keys():
            work.effort -= found.start() - at
            return found.start(), found.end()
        work.effort -= end - found.end()
        if work.effort < 0:
            return None
    work.effort -= len(text) - at
    return None


def _sound(text: str, start: int, bracket: str, keys: frozenset[str], work: _Mending) -> Iterator[tuple[str, int]]:
    """The whole elements from ``start`` on, one behind the other, each with where it ends."""
    while True:
        value, end = _element(text, start, bracket, work)
        if not isinstance(value, dict) or not keys <= value.keys():
            return
        yield text[start:end], end
        comma = _past(text, end)
        if text[comma : comma + 1] != ",":
            return
        start = comma + 1


def _inner(text: str, bracket: str, keys: frozenset[str], work: _Mending, depth: int) -> str | None:
    """A broken element mended by itself; None where that does not help."""
    if depth >= _DEPTH:
        return None
    lost = work.lost
    head = _KEY.match(text, _past(text, 0)) if bracket == "{" else None
    at = 0 if head is None else head.end()
    made = _mend(text[at:].strip(), work, depth + 1)
    value, end = (None, 0) if made is None else _element(made, 0, "[", work)
    if made is None or not isinstance(value, dict) or not keys <= value.keys() or made[end:].strip():
        work.lost = lost
        return None
    return text[:at] + made
