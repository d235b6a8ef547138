"""Edits of code made at random: lines and tokens that go, come again, move or are broken."""

from __future__ import annotations

import random
import re

from replay import rules

TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
ODD = ("é", "→", "日本", "x", "0", '"', "'", "`", "#", "//", "/*", "*/", "(", ")", "{", "}", "\n", "    ", "\r\n", "\\")
"""What begins, ends or breaks tokens; some are of several bytes, and begin with the same one as others."""


def mutated(text: str, chance: random.Random) -> str:
    """The text with one edit made to it, which may leave it as it was."""
    lines, tokens = text.split("\n"), TOKEN.findall(text)
    parts, sign = (lines, "\n") if chance.random() < 0.5 or not tokens else (tokens, "")
    place = chance.randrange(len(parts))
    stop = place + chance.choice((1, 1, 1, 2, 5))
    match chance.randrange(5):
        case 0:
            del parts[place:stop]
        case 1:
            parts[place:place] = parts[place:stop]
        case 2:
            source = chance.randrange(len(parts))
            parts[place:place] = parts[source : source + stop - place]
        case 3:
            parts[place] = chance.choice(parts)
        case _:
            parts[place] = chance.choice(ODD) + parts[place]
    return sign.join(parts)


def examples() -> dict[str, list[str]]:
    """The texts of the examples of all packs' rules, by language."""
    found: dict[str, list[str]] = {}
    for stem in rules.find().values():
        for example in rules.examples(stem):
            found.setdefault(example.language, []).append(example.text)
    return {language: list(dict.fromkeys(texts)) for language, texts in sorted(found.items())}
