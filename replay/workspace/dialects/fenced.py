"""Fenced code blocks in prose: what a model that writes no files shows as code."""

from __future__ import annotations

import re
from collections.abc import Iterator

from replay import languages
from replay.records import Change

NAME = "fenced"
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})[ \t]*([^`\n]*)$", re.MULTILINE)
_PATH = re.compile(
    r"(?<![\w/.\\:-])((?:[A-Za-z]:[\\/]|~?/|\.{0,2}/)?[\w@.+()\[\]-]+(?:[\\/][\w@.+()\[\]-]+)*\.\w{1,8})(?![\w/])"
)
_FILLER = re.compile(r"\b(?:in|file|filename|path|create|update|edit|add|new|and|to|the)\b|[\W\d_]+", re.IGNORECASE)
_COMMENT = re.compile(r"\s*(?:#|//|--|<!--|/\*|;|%)\s*(?:file(?:name)?\s*:\s*)?(\S+?)\s*(?:-->|\*/)?\s*")


def changes(text: str) -> Iterator[Change]:
    """The code blocks of ``text`` that carry a language or a path, as fragments in order.

    The path is taken from the info string, a line just before that names nothing else, or a first comment line that is
    a path; without one it is ``(code block N)``. An open block at the end of the text counts.
    """
    for number, (info, body, before) in enumerate(blocks(text), 1):
        word = info.replace(":", " ").split()[0] if info.replace(":", " ").split() else ""
        language = languages.of_fence(word.strip("{}.").split("=")[0])
        path = _in_info(info) or _in_line(before) or _in_comment(body)
        if path is not None:
            language = languages.of_path(path, body) or language
        if language is None or not body.strip():
            continue
        yield Change(path or f"(code block {number})", "applied", NAME, language, after=body, basis="fragment")


def blocks(text: str) -> Iterator[tuple[str, str, str]]:
    """Each fenced block: info string, body with its final newline, and the last line of prose before it."""
    position = 0
    while opening := _FENCE.search(text, position):
        mark = opening[1]
        closing = re.compile(rf"^ {{0,3}}{re.escape(mark[0])}{{{len(mark)},}}[ \t]*$", re.MULTILINE)
        start = min(opening.end() + 1, len(text))
        end = closing.search(text, start)
        stop = len(text) if end is None else end.start()
        prose = text[position : opening.start()].rstrip()
        yield opening[2].strip(), text[start:stop], prose[prose.rfind("\n") + 1 :]
        position = len(text) if end is None else end.end()


def _in_info(info: str) -> str | None:
    if len(info) > 200:
        return None
    for match in _PATH.finditer(re.sub(r"^\w+:", " ", info)):
        if languages.of_path(match[1]):
            return match[1]
    return None


def _in_line(line: str) -> str | None:
    """The path in a line that names one code file and either says nothing else or leads over with a colon."""
    if len(line) > 200:
        return None
    found = [match[1] for match in _PATH.finditer(line) if languages.of_path(match[1])]
    if len(set(found)) != 1:
        return None
    leads = line.rstrip("*_ ").endswith(":") or not _FILLER.sub("", line.replace(found[0], ""))
    return found[0] if leads else None


def _in_comment(body: str) -> str | None:
    line = body.split("\n", 1)[0]
    match = _COMMENT.fullmatch(line) if len(line) <= 200 else None
    found = _PATH.fullmatch(match[1]) if match else None
    return found[1] if found and languages.of_path(found[1]) else None
