"""What reading commands (``cat``, ``sed -n``, ``head``, ``nl`` …) show of a file, told from their text and output."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from replay.workspace import numbered
from replay.workspace.files import Known, Segment, State, seen
from replay.workspace.program_names import SILENT
from replay.workspace.script import Simple

Words = Sequence[str | None]


@dataclass(frozen=True, slots=True)
class Look:
    """Lines ``first`` to ``last`` (None: to the end) of the file ``path``; ``counted``: each with its number.

    ``some``: only lines that a search found, each with its number.
    """

    path: str
    first: int = 1
    last: int | None = None
    counted: bool = False
    some: bool = False


@dataclass(frozen=True, slots=True)
class Output:
    """What a command printed. ``begins`` and ``ends``: white space at its beginning and end is as it was printed."""

    text: str
    begins: bool = True
    ends: bool = True


def only(simples: Sequence[Simple]) -> Look | None:
    """The look at one file that a command line is, when nothing else in it prints anything."""
    printing = [simple for simple in simples if not _is_silent(simple)]
    if len(printing) != 1 or not printing[0].sure:
        return None
    return look(printing[0])


def _is_silent(simple: Simple) -> bool:
    return bool(simple.words) and simple.words[0] in SILENT and not simple.pipe


def look(simple: Simple) -> Look | None:
    """What a command shows of one file; None where it shows anything else."""
    if not simple.words or simple.here is not None or simple.computed:
        return None
    if any(not operator.startswith("2") for operator, _ in simple.redirects):
        return None
    found = _source(simple.words)
    for stage in simple.pipe:
        if found is None:
            return None
        found = _through(found, stage)
    return found


def _source(words: Words) -> Look | None:
    name, *rest = words
    options = [word for word in rest if word is not None and word.startswith("-")]
    paths = [word for word in rest if word is not None and not word.startswith("-")]
    if None in rest or name is None:
        return None
    match name.rsplit("/", 1)[-1]:
        case "cat" if len(paths) == 1 and set(options) <= {"-n", "--number"}:
            return Look(paths[0], counted=bool(options))
        case "nl" if _numbers_all(rest):
            return Look(paths[-1], counted=True) if len(paths) == 1 + ("-b" in rest) else None
        case "grep" | "egrep" | "fgrep" | "rg":
            return _search(rest)
        case "sed" | "head" | "tail" if len(paths) >= 1:
            cut = _cut(name.rsplit("/", 1)[-1], rest[:-1])
            path = rest[-1]
            return None if cut is None or path is None or path.startswith("-") else Look(path, *cut)
    return None


def _search(words: Words) -> Look | None:
    """``grep -n`` in one file: a folder would show as lines that begin with a path."""
    operands: list[str] = []
    counted = False
    rest = [word for word in words if word is not None]
    while rest:
        word = rest.pop(0)
        if re.fullmatch(r"-(?:[ABCm]|e|-(?:context|max-count|regexp))", word) and rest:
            value = rest.pop(0)
            operands += [value] if word in {"-e", "--regexp"} else []
        elif re.fullmatch(r"-[EFiwxPaSsHh]*n[EFiwxPaSs]*|--line-number", word) and "H" not in word:
            counted = True
        elif word.startswith("-") and not re.fullmatch(r"-[ABCm]\d+|-[EFiwxPaSs]+|--no-heading|--color=never|--", word):
            return None
        elif not word.startswith("-"):
            operands.append(word)
    return Look(operands[1], some=True) if counted and len(operands) == 2 else None


def _numbers_all(rest: Words) -> bool:
    return "-ba" in rest or ("-b" in rest and rest[list(rest).index("-b") + 1 :][:1] == ["a"])


def _through(found: Look, stage: Words) -> Look | None:
    if not stage or stage[0] is None:
        return None
    name, *rest = stage
    program = (name or "").rsplit("/", 1)[-1]
    if program == "cat" and (not rest or (rest == ["-n"] and found == Look(found.path))):
        return replace(found, counted=found.counted or bool(rest))
    if program == "nl" and _numbers_all(rest) and len(rest) <= 2 and found == Look(found.path):
        return replace(found, counted=True)
    cut = _cut(program, rest)
    if cut is None:
        return None
    if found.some:
        return found
    first, last = cut
    start = found.first + first - 1
    ends = [end for end in (found.last, None if last is None else found.first + last - 1) if end is not None]
    return replace(found, first=start, last=min(ends) if ends else None)


def _cut(program: str, words: Words) -> tuple[int, int | None] | None:
    """First and last line that ``sed -n a,bp``, ``head`` or ``tail -n +a`` let through."""
    joined = " ".join(word if word is not None else "\0" for word in words)
    match program:
        case "sed":
            told = re.fullmatch(r"-n(?: -e)? (\d{1,9})(?:, ?(\d{1,9}|\$))? ?p;?(?: ?\d+q;?)?", joined)
            if told is None:
                return None
            return int(told[1]), int(told[1]) if told[2] is None else None if told[2] == "$" else int(told[2])
        case "head":
            told = re.fullmatch(r"(?:-n ?|-)?(\d{1,9})?", joined)
            if told is None or (joined and told[1] is None) or (told[1] and not joined.startswith("-")):
                return None
            return 1, int(told[1] or 10)
        case "tail":
            told = re.fullmatch(r"-n ?\+(\d{1,9})|\+(\d{1,9})", joined)
            return None if told is None else (int(told[1] or told[2]), None)
    return None


def shown(state: State, looked: Look, output: Output) -> State | None:
    """What is known of the file after ``looked`` printed ``output``; None where that is not certain."""
    if looked.some:
        lines = output.text.removesuffix("\n").split("\n")
        return _found(state, lines if output.ends else lines[:-1])
    if looked.counted:
        segments, rest = numbered.read(output.text)
        within = looked.last is None or not segments or segments[-1].last <= looked.last
        if not segments or segments[0].first != looked.first or rest.strip() or not within:
            return None
        return seen(state, segments, None)
    return _plain(state, looked, output)


_FOUND = re.compile(r"(\d{1,9})[:-](.*)", re.DOTALL)


def _found(state: State, lines: Sequence[str]) -> State | None:
    segments: list[Segment] = []
    for line in lines:
        match = _FOUND.fullmatch(line)
        if match is None:
            if line == "--":
                continue
            return None
        number = int(match[1])
        if number <= (segments[-1].first if segments else 0) or numbered.is_cut(match[2]):
            return None
        segments.append(Segment(number, match[2]))
    return seen(state, segments, None) if segments else None


def _plain(state: State, looked: Look, output: Output) -> State | None:
    text = output.text
    if not text:
        return None
    ended = text.endswith("\n")
    lines = text.removesuffix("\n").split("\n") if output.ends else text.split("\n")
    if any(len(line) >= 100_000 for line in lines):
        return None
    wanted = None if looked.last is None else looked.last - looked.first + 1
    if wanted is not None and len(lines) > wanted:
        return None
    full = wanted is not None and len(lines) == wanted
    if not full and not output.begins:
        return None
    if not output.ends:
        # White space at the end of the last line may be lost.
        lines = lines[:-1]
        return seen(state, (Segment(looked.first, "\n".join(lines)),), None) if lines else None
    if full:
        return seen(state, (Segment(looked.first, "\n".join(lines)),), None)
    if looked.first == 1:
        return Known(text)
    total = looked.first + len(lines) - 1 + ended
    return seen(state, (Segment(looked.first, "\n".join([*lines, *([""] if ended else [])])),), total)
