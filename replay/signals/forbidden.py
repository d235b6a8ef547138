"""The turn does what the agent was told not to: a prohibition of the system prompt or a memory file, word for word.

Only prohibitions that name what they forbid as code (``never use `any` ``) can be held to the letter. Those with a
condition (unless, except, without …) are left alone, and so is what a clause offers instead (``use `x`, not `y` ``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from replay.records import Part, Signal, Text
from replay.signals.story import LONGEST, Ran, Remembered, Story, Wrote

NAME = "forbidden"
MOST = 100
"""Prohibitions of one text that are held to: more are a document, not instructions."""

_NO = r"(?:never|do not|don'?t|must not|mustn'?t|should not|shouldn'?t|may not|avoid|no)"
_RULE = re.compile(
    rf"(?<![\w`]){_NO}\b(?P<act>[^`\n.;:,()\u2013\u2014]{{0,60}})"
    r"(?P<named>`[^`\n]{2,80}`(?:(?:, | or |, or | and |/)`[^`\n]{2,80}`){0,9})",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"\b(?:unless|except|only|without|if|when|while|before|after|until|instead|just|directly|rely|forget|hesitate"
    r"|need to|have to|longer|than|outside|inside|more)\b",
    re.IGNORECASE,
)
_TOUCH = re.compile(
    r"\b(?:edit|modify|touch|change|delete|remove|overwrite|alter|rewrite|write to|commit)\w*\b", re.IGNORECASE
)
_USE = re.compile(
    r"^\s*(?:ever )?(?:(?:use|using|call|calling|run|running|import|importing|add|adding|introduc\w+|execut\w+|writ\w+"
    r"|put\w*|creat\w+|insert\w*|silenc\w+ \w+ with|suppress\w* \w+ with)\b.*)?$",
    re.IGNORECASE,
)


class Ban(NamedTuple):
    """What a text forbids: ``name``, by use or (``touch``) as a path; ``told`` is the line and ``where`` its place."""

    name: str
    touch: bool
    told: str
    where: str


def find(story: Story) -> Iterator[Signal]:
    """One signal a turn and prohibition that it breaks; a prohibition counts from where the agent was told it."""
    bans: dict[tuple[str, bool], Ban] = {}
    for setup in story.transcript.setups:
        text = "\n".join(_texts(setup.system or ()))
        bans |= {(ban.name, ban.touch): ban for ban in prohibitions(text, "system prompt")}
    broken: set[tuple[int, str]] = set()
    for event in story.events(Remembered, Ran, Wrote):
        if isinstance(event, Remembered):
            bans |= {(ban.name, ban.touch): ban for ban in prohibitions(event.text, event.name)}
        if not bans or not isinstance(event, Ran | Wrote):
            continue
        for ban in bans.values():
            quote = _ran(event, ban) if isinstance(event, Ran) else _wrote(event, story, ban)
            if quote is not None and (event.turn, ban.name) not in broken:
                broken.add((event.turn, ban.name))
                why = f"told in the {ban.where} not to: {ban.told}"
                yield Signal(NAME, event.turn, event.message, quote, why, told=ban.told, where=ban.where)


def prohibitions(text: str, place: str) -> Iterator[Ban]:
    """The prohibitions in ``text`` that name code, with their line in it; linear in its length."""
    found = 0
    for number, line in enumerate(text.split("\n"), start=1):
        if "`" not in line or len(line) > 2_000:
            continue
        for rule in _RULE.finditer(line):
            sentence = _sentence(line, rule)
            touch = _TOUCH.search(rule["act"]) is not None
            if _CONDITION.search(sentence) or not (touch or _USE.match(rule["act"])):
                continue
            for name in re.findall(r"`([^`\n]{2,80})`", rule["named"]):
                if found < MOST and _is_name(name, touch=touch):
                    found += 1
                    yield Ban(name, touch, sentence[:300], f"{place}, line {number}")


def _sentence(line: str, rule: re.Match[str]) -> str:
    """The sentence around a prohibition: conditions before and behind it count."""
    start = max(line.rfind(mark, 0, rule.start()) for mark in (". ", "! ", "; "))
    ends = [end for mark in (". ", "! ", "; ") if (end := line.find(mark, rule.end())) >= 0]
    return line[start + 2 if start >= 0 else 0 : min(ends, default=len(line)) + 1].strip()


def _is_name(name: str, *, touch: bool) -> bool:
    """Whether it can be held to the letter: a path to leave alone, or code longer than a mark or two."""
    if re.search(r"[<>…]|\.\.\.|\*\*", name):
        return False
    if touch:
        return "/" in name or re.fullmatch(r"[\w-]+(?:\.[\w-]+)+", name) is not None
    return re.search(r"\w{2}", name) is not None


def _texts(parts: tuple[Part, ...]) -> Iterator[str]:
    return (part.text for part in parts if isinstance(part, Text))


def _ran(event: Ran, ban: Ban) -> str | None:
    if ban.touch:
        return None
    line = " ".join(event.line[:LONGEST].split())
    return _around(line, ban.name) if " " in ban.name or _is_program(line, ban.name) else None


def _is_program(line: str, name: str) -> bool:
    """Whether one word is run as a program, not merely mentioned."""
    return re.search(rf"(?:^|[;&|(]\s*|\bsudo\s+){re.escape(name)}(?=\s|$)", line) is not None


def _wrote(event: Wrote, story: Story, ban: Ban) -> str | None:
    if ban.touch:
        path = event.path.replace("\\", "/")
        wanted = ban.name.removeprefix("./")
        inside = f"/{wanted}" in f"/{path}" if wanted.endswith("/") else f"/{path}".endswith(f"/{wanted}")
        return event.path if inside else None
    change = story.change(event)
    if change.language in {None, "markdown"} or change.after is None or change.path.startswith("<"):
        return None
    pattern = _pattern(ban.name)
    after = list(pattern.finditer(change.after))
    if len(after) <= sum(1 for _ in pattern.finditer(change.before or "")):
        return None
    return _line(change.after, after[-1].start())


def _pattern(name: str) -> re.Pattern[str]:
    begin = r"(?<![\w-])" if re.match(r"\w", name) else ""
    end = r"(?![\w-])" if re.search(r"\w$", name) else ""
    return re.compile(begin + r"\s+".join(map(re.escape, name.split())) + end)


def _around(line: str, name: str) -> str | None:
    found = _pattern(name).search(line)
    return line[max(0, found.start() - 100) : found.end() + 100] if found else None


def _line(text: str, place: int) -> str:
    begin, end = text.rfind("\n", 0, place) + 1, text.find("\n", place)
    return text[begin : end if end >= 0 else len(text)].strip()[:300]
