"""``sed`` scripts that are plain enough to follow: substitutions and deletions of lines, read and applied to texts.

Only what means the same in GNU and BSD sed is followed: basic or extended expressions of literal text, classes,
repetition, anchors and groups; line numbers, ``$`` and one expression as addresses; flags ``g``, ``I`` and a number.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass


class TooHard(Exception):  # noqa: N818 - an answer, not an error
    """The script does more than is followed here."""


@dataclass(frozen=True, slots=True)
class Command:
    """``s`` (``find``, ``put``, ``times``: 0 for all) or ``d``, on lines ``first`` to ``last`` or those ``matching``.

    ``last`` -1 is the last line; without address, all lines.
    """

    verb: str
    first: int | None = None
    last: int | None = None
    matching: re.Pattern[str] | None = None
    find: re.Pattern[str] | None = None
    put: tuple[str | int, ...] = ()
    times: int = 1

    @property
    def everywhere(self) -> bool:
        """Whether the command needs no line number."""
        return self.first is None


@dataclass(frozen=True, slots=True)
class InPlace:
    """``sed -i``: ``commands`` on each of ``paths``."""

    commands: tuple[Command, ...]
    paths: tuple[str, ...]


def in_place(words: Sequence[str | None]) -> InPlace | None:
    """What ``sed`` with these arguments (without its name) does to files in place; None where that is not followed."""
    scripts: list[str] = []
    paths: list[str] = []
    extended = edits = False
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word is None:
            return None
        if word in {"-E", "-r", "--regexp-extended"}:
            extended = True
        elif word in {"-i", "--in-place", "-i.bak", "-i.orig"} or (word == "-ie"):
            edits = True
            if word == "-i" and rest and rest[0] == "":
                rest.pop(0)
        elif word in {"-Ei", "-ri", "-iE", "-ir"}:
            if word in {"-iE", "-ir"}:
                return None
            extended = edits = True
        elif word in {"-e", "--expression"}:
            script = rest.pop(0) if rest else None
            if script is None:
                return None
            scripts.append(script)
        elif word.startswith("-"):
            return None
        elif not scripts and not paths:
            scripts.append(word)
        else:
            paths.append(word)
    if not edits or not scripts or not paths:
        return None
    try:
        commands = tuple(command for script in scripts for command in _read(script, extended=extended))
    except (TooHard, re.error):
        return None
    return InPlace(commands, tuple(paths)) if commands else None


def applied(
    lines: Sequence[str], commands: Sequence[Command], *, first: int = 1, total: int | None = None
) -> list[str]:
    """``lines`` (from 1-based line ``first`` on, of ``total``) after ``commands``. Raises TooHard where not told."""
    made: list[str] = []
    for number, line in enumerate(lines, first):
        kept: str | None = line
        for command in commands:
            if kept is None:
                break
            if _applies(command, number, kept, total):
                kept = None if command.verb == "d" else _substituted(command, kept)
        if kept is not None:
            made += kept.split("\n")
    return made


def _applies(command: Command, number: int, line: str, total: int | None) -> bool:
    if command.matching is not None:
        return command.matching.search(line) is not None
    if command.first is None:
        return True
    if -1 in {command.first, command.last} and total is None:
        raise TooHard("the last line is not known")
    first = total if command.first == -1 else command.first
    last = total if command.last == -1 else first if command.last is None else command.last
    return first is not None and last is not None and (first <= number <= last or number == first)


def _substituted(command: Command, line: str) -> str:
    assert command.find is not None
    count = 0

    def put(match: re.Match[str]) -> str:
        nonlocal count
        count += 1
        if command.times and count != command.times:
            return match[0]
        return "".join(piece if isinstance(piece, str) else (match[piece] or "") for piece in command.put)

    return command.find.sub(put, line)


# --- reading -----------------------------------------------------------------------------------------------

_ADDRESS = re.compile(r"\s*(?:(\d{1,9}|\$)(?:,(\d{1,9}|\$))?)?")


def _read(script: str, *, extended: bool) -> list[Command]:
    made: list[Command] = []
    at = 0
    while at < len(script):
        if script[at] in " \t;\n":
            at += 1
            continue
        matching = None
        address = _ADDRESS.match(script, at)
        assert address is not None
        at = address.end()
        first, last = (_line(address[1]), _line(address[2]))
        if first is None and script[at : at + 1] == "/":
            pattern, at = _until(script, at + 1, "/")
            matching = re.compile(_expression(pattern, extended=extended))
        verb = script[at : at + 1]
        at += 1
        if verb == "d":
            made.append(Command("d", first, last, matching))
        elif verb == "s":
            command, at = _substitution(script, at, extended=extended)
            made.append(Command("s", first, last, matching, *command))
        else:
            raise TooHard(verb)
        rest = re.compile(r"[ \t]*(?:$|[;\n])").match(script, at)
        if rest is None:
            raise TooHard(script[at:])
        at = rest.end()
    return made


def _line(word: str | None) -> int | None:
    return None if word is None else -1 if word == "$" else int(word)


def _substitution(
    script: str, at: int, *, extended: bool
) -> tuple[tuple[re.Pattern[str], tuple[str | int, ...], int], int]:
    mark = script[at : at + 1]
    if not mark or mark in "\n\\":
        raise TooHard("the mark of a substitution")
    pattern, at = _until(script, at + 1, mark)
    put, at = _until(script, at, mark, keep=True)
    flags = re.compile(r"[gI]*[0-9]{0,9}[gI]*").match(script, at)
    told = flags[0] if flags else ""
    digits = "".join(re.findall(r"\d", told))
    if digits and "g" in told:
        raise TooHard("flags")
    times = 0 if "g" in told else int(digits or 1)
    find = re.compile(_expression(pattern, extended=extended), re.IGNORECASE if "I" in told else 0)
    if not times and find.match("") and find.pattern not in {"^", r"\Z"}:
        raise TooHard("an expression that matches nothing, everywhere")
    return (find, _replacement(put, find.groups), times), at + len(told)


def _until(script: str, at: int, mark: str, *, keep: bool = False) -> tuple[str, int]:
    """The text up to ``mark``, an escaped one being itself; and where what follows begins."""
    made = ""
    while at < len(script):
        char = script[at]
        if char == "\\" and at + 1 < len(script):
            following = script[at + 1]
            made += following if following == mark and (not keep or mark not in "&0123456789") else char + following
            at += 2
            continue
        if char == mark:
            return made, at + 1
        if char == "[" and not keep and (end := _class_end(script, at)) is not None and mark in script[at:end]:
            raise TooHard("a mark inside a class")
        made += char
        at += 1
    raise TooHard("no end")


def _class_end(text: str, at: int) -> int | None:
    """Where the class that opens at ``at`` ends; None where it does not."""
    start = at + 1 + (text[at + 1 : at + 2] == "^")
    end = text.find("]", start + 1)
    return None if end < 0 else end + 1


def _expression(pattern: str, *, extended: bool) -> str:
    """A Python expression for a POSIX one."""
    made = ""
    at = 0
    while at < len(pattern):
        char, following = pattern[at], pattern[at + 1 : at + 2]
        if char == "\\":
            made += _escaped(following, extended=extended)
            at += 2
            continue
        if char == "[":
            end = _class_end(pattern, at)
            if end is None or "[" in pattern[at + 1 : end] or "\\" in pattern[at:end]:
                raise TooHard("a class")
            made += pattern[at:end].replace("&&", "&\\&").replace("||", "|\\|").replace("~~", "~\\~")
            at = end
            continue
        if char == "^":
            made += "^" if at == 0 or (extended and pattern[at - 1] in "(|") else _refuse("^")
        elif char == "$":
            made += r"\Z" if at == len(pattern) - 1 or (extended and following in {")", "|"}) else r"\$"
        elif char == "*":
            made += r"\*" if not made or made == "^" else "*"
        elif char == ".":
            made += "."
        elif extended and char == "|":
            raise TooHard("alternatives: the longest counts in sed, the first here")
        elif extended and char in "()+?{}":
            made += char
        else:
            made += re.escape(char)
        at += 1
    if re.search(r"[*+?]{2}", re.sub(r"\\.", "", made)):
        raise TooHard("repeated repetition")
    return made


def _refuse(what: str) -> str:
    raise TooHard(what)


def _escaped(char: str, *, extended: bool) -> str:
    if not extended and char in "(){}+?":
        return char
    if not extended and char == "|":
        raise TooHard("alternatives: the longest counts in sed, the first here")
    if char in "(){}+?|.*[]^$/\\&\"'-#:,;!=<>@%~` ":
        return _refuse(char) if char in "<>`'" else re.escape(char)
    match char:
        case "s" | "S" | "w" | "W" | "b":
            return "\\" + char
        case "t" | "n":
            return {"t": "\t", "n": "\n"}[char]
    raise TooHard(char)


def _replacement(put: str, groups: int) -> tuple[str | int, ...]:
    made: list[str | int] = []
    at = 0
    while at < len(put):
        char, following = put[at], put[at + 1 : at + 2]
        if char == "&":
            made.append(0)
        elif char == "\\" and following.isdigit():
            if not 0 < int(following) <= groups:
                raise TooHard("a group that is not there")
            made.append(int(following))
            at += 1
        elif char == "\\" and following in {"n", "t"}:
            made.append({"n": "\n", "t": "\t"}[following])
            at += 1
        elif char == "\\" and following in set("\\/&.*[]$^-#|,:;!@%\"'()+?{}= \n"):
            made.append(following)
            at += 1
        elif char == "\\":
            raise TooHard(char + following)
        else:
            made.append(char)
        at += 1
    return tuple(made)
