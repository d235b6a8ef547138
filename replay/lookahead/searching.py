"""Searches in files that are known: ``grep``, ``rg`` and agents' search tools, line by line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from replay.lookahead import patterns
from replay.lookahead.stretch import Hidden


@dataclass(frozen=True, slots=True)
class Search:
    """Lines that match ``pattern`` (or, ``inverted``, do not), with context lines around them.

    ``numbered``: each with its number; ``named``: each with its file (None: where there are several files); ``most``:
    no more than that many of one file; ``shows`` the lines, only their ``count``, or the ``files`` that have any.
    """

    pattern: re.Pattern[str]
    paths: tuple[str, ...] = ()
    numbered: bool = False
    named: bool | None = None
    inverted: bool = False
    before: int = 0
    after: int = 0
    most: int | None = None
    shows: str = "lines"
    recursive: bool = False
    quiet: bool = False


_VALUED = {"-A": "after", "-B": "before", "-C": "both", "-m": "most", "-e": "pattern"}
_LONG = {
    "--line-number": "n",
    "--ignore-case": "i",
    "--invert-match": "v",
    "--count": "c",
    "--fixed-strings": "F",
    "--extended-regexp": "E",
    "--no-heading": "",
    "--color=never": "",
    "--with-filename": "H",
    "--no-filename": "h",
    "--files-with-matches": "l",
    "--recursive": "r",
    "--word-regexp": "w",
}


def command(name: str, rest: Sequence[str]) -> Search | None:
    """The search that a command line of ``grep`` or ``rg`` asks for; None where it is not followed here."""
    flags: set[str] = set()
    values: dict[str, str] = {}
    operands: list[str] = []
    words = iter(rest)
    for word in words:
        if word == "--":
            operands += words
        elif word in _LONG:
            flags |= set(_LONG[word])
        elif told := re.fullmatch(r"(-[ABCm])(\d{1,6})", word):
            values[_VALUED[told[1]]] = told[2]
        elif told := re.fullmatch(r"-([a-zA-Z]*)([ABCme])", word):
            flags |= set(told[1])
            if _VALUED["-" + told[2]] in values:
                return None
            values[_VALUED["-" + told[2]]] = next(words, "")
        elif re.fullmatch(r"-[a-zA-Z]+", word):
            flags |= set(word[1:])
        elif word.startswith("-") and len(word) > 1:
            return None
        else:
            operands.append(word)
    if "pattern" not in values and operands:
        values["pattern"] = operands.pop(0)
    return _made(name, flags, values, operands)


def _made(name: str, flags: set[str], values: dict[str, str], operands: list[str]) -> Search | None:
    rust = name == "rg"
    if flags - set("niEFvcHhlrRwqS" if not rust else "niFvcHIlwqN") or "pattern" not in values:
        return None
    counts = {key: value for key, value in values.items() if key != "pattern"}
    if not all(value.isascii() and value.isdigit() for value in counts.values()):
        return None
    extended = name == "egrep" or "E" in flags
    dialect: patterns.Dialect = "rust" if rust else "extended" if extended else "basic"
    pattern = matcher(
        values["pattern"], dialect, fixed=name == "fgrep" or "F" in flags, ignore_case="i" in flags, word="w" in flags
    )
    if pattern is None or flags & set("SRI"):
        return None
    both = int(counts.get("both", 0))
    return Search(
        pattern,
        tuple(operands),
        numbered="n" in flags,
        named=True if "H" in flags else False if "h" in flags else None,
        inverted="v" in flags,
        before=int(counts.get("before", both)),
        after=int(counts.get("after", both)),
        most=int(counts["most"]) if "most" in counts else None,
        shows="count" if "c" in flags else "files" if "l" in flags else "lines",
        recursive="r" in flags,
        quiet="q" in flags,
    )


def matcher(
    pattern: str, dialect: patterns.Dialect, *, fixed: bool, ignore_case: bool, word: bool = False
) -> re.Pattern[str] | None:
    """A pattern to search lines with; None where it is not followed here."""
    if fixed:
        made: re.Pattern[str] | None = re.compile(re.escape(pattern), re.IGNORECASE if ignore_case else 0)
    else:
        made = patterns.compiled(pattern, dialect, ignore_case=ignore_case)
    return None if made is None or word else made


def hits(search: Search, lines: tuple[str, ...]) -> list[int]:
    """The 1-based numbers of the lines found. Raises Hidden where looking for them might take too long."""
    if not patterns.is_cheap(search.pattern, lines):
        raise Hidden("a pattern that may take long to search for")
    found = [number for number, line in enumerate(lines, 1) if (search.pattern.search(line) is None) == search.inverted]
    return found if search.most is None else found[: search.most]


def printed(search: Search, lines: tuple[str, ...], path: str | None, *, go_on: bool) -> Iterator[str]:
    """What is shown of one file; ``path`` stands before each line, ``go_on``: another file's lines came before."""
    found = hits(search, lines)
    named = "" if path is None else path
    if search.shows == "count":
        yield f"{named}:{len(found)}" if named else str(len(found))
        return
    if search.shows == "files":
        raise Hidden("a search for files")
    around = search.before or search.after
    last = 0
    ends = len(lines)
    wanted = set(found)
    for number in found:
        if number <= last:
            continue
        first = max(number - search.before, last + 1)
        if around and (last or go_on) and first > last + 1:
            yield "--"
        stop = number + search.after
        at = first
        while at <= min(stop, ends):
            if at in wanted:
                stop = max(stop, at + search.after)
            mark = ":" if at in wanted else "-"
            yield _line(at, lines[at - 1], mark, named, search)
            last = at
            at += 1


def _line(number: int, text: str, mark: str, path: str, search: Search) -> str:
    return (f"{path}{mark}" if path else "") + (f"{number}{mark}" if search.numbered else "") + text
