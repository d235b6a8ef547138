"""Patterns of ``grep`` and ``rg`` as Python's: the plain ones only, so that they mean the same and cannot run away."""

from __future__ import annotations

import re
from typing import Literal

Dialect = Literal["basic", "extended", "rust"]
_LONGEST = 400
_MOST_REPEATS = 3
_MOST_STEPS = 200_000_000
_TOKEN = re.compile(
    r"""
    (?P<escaped>\\.)
  | (?P<set>\[\^?\]?(?:[^\]\[\\]|\\[\]\[\\^-])*\])
  | (?P<bounds>\{\d{1,3}(?:,\d{0,3})?\})
  | (?P<repeat>[*+?])
  | (?P<group>[()])
  | (?P<or>\|)
  | (?P<anchor>[\^$])
  | (?P<any>\.)
  | (?P<brace>[{}])
  | (?P<plain>[^\\\[])
    """,
    re.VERBOSE | re.DOTALL,
)
_CLASSES = frozenset("bBwWsS")
_BASIC_SPECIALS = {"|": "|", "(": "(", ")": ")", "+": "+", "?": "?"}


def compiled(pattern: str, dialect: Dialect, *, ignore_case: bool = False) -> re.Pattern[str] | None:
    """``pattern`` as a Python one that finds the same lines; None where that is not certain, or might take long."""
    if len(pattern) > _LONGEST or "\n" in pattern:
        return None
    made: list[str] = []
    repeats = at = 0
    while at < len(pattern):
        token = _TOKEN.match(pattern, at)
        if token is None:
            return None
        piece = _piece(token, dialect, made)
        if piece is None:
            return None
        if piece in {"*", "+", "?"}:
            repeats += piece != "?"
            if not made or made[-1] in {"*", "+", "?", "(", "|", ")"}:
                return None
        made.append(piece)
        at = token.end()
    if repeats > _MOST_REPEATS:
        return None
    try:
        return re.compile("".join(made), re.IGNORECASE if ignore_case else 0)
    except re.error:
        return None


def _piece(token: re.Match[str], dialect: Dialect, made: list[str]) -> str | None:
    text = token[0]
    basic = dialect == "basic"
    match token.lastgroup:
        case "escaped":
            return _escaped(text[1], dialect)
        case "set":
            inner = text[1:-1]
            # In grep a backslash is no escape inside brackets; named classes and set arithmetic are not followed.
            odd = "[" in inner or "&&" in inner or "--" in inner or "~~" in inner or "||" in inner
            if odd or ("\\" in inner and dialect != "rust") or inner in {"", "^"}:
                return None
            return text
        case "repeat" if basic and text != "*":
            return re.escape(text)
        case "repeat" if basic and (not made or made[-1] in {"(", "|", "^"}):
            return re.escape(text)
        case "group" | "or" if basic:
            return re.escape(text)
        case "bounds" if basic:
            return re.escape(text)
        case "bounds" | "brace":
            return re.escape(text) if text == "}" else None
        case "group" if text == "(" and token.string[token.end() : token.end() + 1] == "?":
            return None
        case "anchor":
            inside = basic and not _anchors(token, made)
            return re.escape(text) if inside else text if text == "^" else r"\Z"
        case "plain":
            return re.escape(text)
    return text


def _anchors(token: re.Match[str], made: list[str]) -> bool:
    """Whether ``^`` or ``$`` stands where basic patterns take it for an anchor."""
    if token[0] == "^":
        return not made or made[-1] in {"(", "|"}
    rest = token.string[token.end() :]
    return not rest or rest.startswith(("\\)", "\\|"))


def _escaped(char: str, dialect: Dialect) -> str | None:
    if dialect == "basic" and char in _BASIC_SPECIALS:
        return _BASIC_SPECIALS[char]
    if char in _CLASSES:
        return "\\" + char
    if dialect == "rust" and char in "dDt":
        return "\\" + char
    if char.isalnum() or char in "<>`'\n{}" or (dialect == "rust" and not char.isascii()):
        return re.escape(char) if char in "{}" and dialect != "basic" else None
    return re.escape(char)


def is_cheap(pattern: re.Pattern[str], lines: tuple[str, ...]) -> bool:
    """Whether searching ``lines`` takes a bounded number of steps, however the pattern fails."""
    repeats = len(re.findall(r"(?<!\\)[*+]", pattern.pattern))
    return sum((len(line) + 1) ** min(1 + repeats, 4) for line in lines) <= _MOST_STEPS or repeats == 0
