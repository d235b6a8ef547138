"""Command lines of plain words, read without the grammar: what most command lines are, in a tenth of the time.

Words are of letters, digits and a few signs, or quoted without anything that a shell puts in their place. They stand in
commands joined by ``|``, ``&&``, ``||``, ``;`` and line breaks; error output may go to ``&1`` or ``/dev/null`` behind
the last word. All else is left to the grammar, and so is what it reads in its own way: keywords, assignments,
declarations.
"""

from __future__ import annotations

import re

from replay.workspace.program_names import KEYWORDS

Words = list[str | None]
Pipeline = tuple[list[Words], bool]
"""The commands that pass their output on, each as its words, and whether they run if all before them went well."""

LONGEST = 1_000
_BARE = r"[A-Za-z0-9_./@%+:,=*?~-]+"
_RAW = r"'[^'\n]*'"
_QUOTED = r"\"(?:[^\"$`\\\n]|\\[^\n])*\""
_TOKEN = re.compile(
    rf"[ \t]*(?:(?P<bare>{_BARE})|(?P<raw>{_RAW})|(?P<quoted>{_QUOTED})|"
    rf"(?P<joint>\|\|?|&&|;|\n[ \t\n]*)|(?P<quiet>2>(?:&1|/dev/null)))(?=[ \t;|&\n]|\Z)"
)
_MIXED = re.compile(rf"[ \t]*(?P<head>{_BARE})(?:(?P<raw>{_RAW})|(?P<quoted>{_QUOTED}))(?=[ \t;|&\n]|\Z)")
_NAME = re.compile(r"[A-Za-z./][A-Za-z0-9_./+-]*")
_ESCAPED = re.compile(r"\\([\"$`\\])")


def read(line: str) -> list[Pipeline] | None:
    """The pipelines of ``line`` in order; None where it holds more than plain words."""
    if len(line) > LONGEST:
        return None
    made: list[Pipeline] = []
    words: Words = []
    pipe = [words]
    sure, closed, at, end = True, False, 0, len(line)
    while at < end:
        token = _TOKEN.match(line, at) or _MIXED.match(line, at)
        if token is None:
            return None
        at = token.end()
        kind = token.lastgroup
        if kind == "joint":
            if not words:
                return None
            words, closed, joint = [], False, token[kind]
            if joint == "|":
                pipe.append(words)
                continue
            made.append((pipe, sure))
            sure, pipe = joint != "||", [words]
        elif kind == "quiet":
            if not words:
                return None
            closed = True
        else:
            word = _word(token)
            # The grammar takes a dash before a redirect for a part of it.
            if closed or word == "-" or not (words or (kind == "bare" and _is_name(word))):
                return None
            words.append(word)
    made.append((pipe, sure))
    # Long pipelines among others are read by the grammar now one way, now another.
    doubtful = not words or (len(made) > 1 and max(len(commands) for commands, _ in made) > 2)
    return None if doubtful else made


def _word(token: re.Match[str]) -> str:
    if token.lastgroup == "bare":
        return token["bare"]
    word = token[token.lastgroup or 0][1:-1]
    if token.lastgroup == "quoted" and "\\" in word:
        word = _ESCAPED.sub(r"\1", word)
    return token["head"] + word if token.re is _MIXED else word


def _is_name(word: str) -> bool:
    return _NAME.fullmatch(word) is not None and word not in KEYWORDS
