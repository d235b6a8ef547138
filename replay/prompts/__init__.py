"""Prompt edits are data: each is applied to a prefix, and one whose anchor is not there is an error, never a no-op.

What "the system prompt" means: ``Setup.system``; where the API carries it among the messages, the first ``system`` or
``developer`` message before the model's first answer. Where the transcript does not hold one (old Claude Code logs),
``append``, ``prepend`` and ``replace`` alike make their text the whole system prompt; ``diff`` shows that.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from msgspec.structs import replace

from replay.errors import UserError
from replay.prompts import memory
from replay.prompts.difference import diff
from replay.records import (
    Append,
    CacheMark,
    Memory,
    Message,
    Part,
    Prefix,
    Prepend,
    PromptEdit,
    Replace,
    Substitute,
    Text,
)

__all__ = ["apply", "diff"]

_MACHINERY = ("<system-reminder>", "# AGENTS.md instructions", "<user_instructions>", "<environment_context>")
_HEADER = "x-anthropic-billing-header:"  # Claude Code's first system block: read by the provider, not by the model
_HINT_LINES, _HINT_WIDTH = 2_000, 200  # difflib compares a pair in about 0.1 ms: a hint must not take minutes


class Place(NamedTuple):
    """The characters ``[start:end]`` of text part ``part`` of message ``message`` (-1: of ``Setup.system``)."""

    message: int
    part: int
    start: int
    end: int


def apply(prefix: Prefix, edits: Sequence[PromptEdit], *, case: str) -> Prefix:
    """``prefix`` with ``edits`` made in order, each on the result of the one before.

    Messages that no edit touches are the same objects. An edited message loses its ``proof``; cache marks follow
    their block. Raises UserError naming ``case`` and the edit where an anchor is missing, ambiguous or found a
    different number of times than stated.
    """
    for number, edit in enumerate(edits, start=1):
        where = f"case {case}: edit {number}"
        match edit:
            case Append(text=text):
                prefix = _append(prefix, text)
            case Prepend(text=text):
                prefix = _prepend(prefix, text)
            case Replace(text=text):
                prefix = _with_system(prefix, (Text(text),))
            case Substitute():
                prefix = _substitute(prefix, edit, where)
            case Memory():
                prefix = _remember(prefix, edit, where)
    return prefix


# --- the system prompt as a whole --------------------------------------------------------------------------


def _append(prefix: Prefix, text: str) -> Prefix:
    match _system(prefix):
        case (*before, Text(text=old)):
            return _with_system(prefix, (*before, Text(f"{old}\n\n{text}" if old else text)))
        case parts:
            return _with_system(prefix, (*parts, Text(text)))


def _prepend(prefix: Prefix, text: str) -> Prefix:
    match _system(prefix):
        case (Text(text=header) as first, Text(text=old), *after) if header.startswith(_HEADER):
            return _with_system(prefix, (first, Text(f"{text}\n\n{old}"), *after))
        case (Text(text=old), *after):
            return _with_system(prefix, (Text(f"{text}\n\n{old}" if old else text), *after))
        case parts:
            return _with_system(prefix, (Text(text), *parts), shift=1)


def _system(prefix: Prefix) -> tuple[Part, ...]:
    index = _system_message(prefix)
    return (prefix.setup.system or ()) if index < 0 else prefix.messages[index].parts


def _system_message(prefix: Prefix) -> int:
    """The index of the message that is the system prompt; -1 where ``Setup.system`` is, or would be."""
    if prefix.setup.system or prefix.setup.api == "anthropic":
        return -1
    for index, message in enumerate(prefix.messages):
        match message.role:
            case "system" | "developer":
                return index
            case "assistant":
                return -1
    return -1


def _with_system(prefix: Prefix, parts: tuple[Part, ...], *, shift: int = 0) -> Prefix:
    """The prefix with ``parts`` as its system prompt; the old ones stand ``shift`` places further back than before."""
    index = _system_message(prefix)
    base = ("system",) if index < 0 else ("messages", index, "content")
    edited = _with_parts(prefix, {index: parts})
    return replace(edited, cache=tuple(_moved(prefix.cache, base, shift, len(parts) - 1)))


def _moved(cache: Iterable[CacheMark], base: tuple[str | int, ...], shift: int, last: int) -> Iterator[CacheMark]:
    """The marks, those below ``base`` moved; where several would fall on part ``last``, only the latest stays."""
    depth = len(base)
    seen: dict[tuple[str | int, ...], CacheMark] = {}
    for mark in cache:
        path = mark.path
        match path[depth : depth + 1]:
            case (int(part),) if path[:depth] == base:
                path = (*base, min(part + shift, last), *path[depth + 1 :])
        seen[path] = mark if path == mark.path else replace(mark, path=path)
    yield from seen.values()


def _with_parts(prefix: Prefix, changed: Mapping[int, tuple[Part, ...]]) -> Prefix:
    """The prefix with the parts of some messages (-1: the system prompt) replaced."""
    setup, messages = prefix.setup, list(prefix.messages)
    for index, parts in changed.items():
        if index < 0:
            setup = replace(setup, system=parts, system_form=_form(parts, setup.system_form))
        else:
            messages[index] = _edited(messages[index], parts)
    return replace(prefix, setup=setup, messages=tuple(messages))


def _edited(message: Message, parts: tuple[Part, ...]) -> Message:
    """The message saying ``parts``: no longer proved. Its ``wire`` stays only for fields that the parts cannot say."""
    wire = message.wire if message.wire and set(message.wire) - {"role", "content"} else None
    return replace(message, parts=parts, form=_form(parts, message.form), wire=wire, proof=None)


def _form(parts: Sequence[Part], form: Literal["string", "blocks"]) -> Literal["string", "blocks"]:
    match parts:
        case (Text(),):
            return form
        case _:
            return "blocks"


# --- literal text ------------------------------------------------------------------------------------------


def _substitute(prefix: Prefix, edit: Substitute, where: str) -> Prefix:
    where = f"{where} (substitute {_short(edit.find)} in {edit.where})"
    if not edit.find:
        raise UserError(f"{where}: nothing to find: give the text that is there now")
    places = list(_places(prefix, edit.where))
    texts = [_text(prefix, place)[place.start : place.end] for place in places]
    found = sum(text.count(edit.find) for text in texts)
    if found != edit.times:
        raise UserError(f"{where}: found {_times(found)}, not {_times(edit.times)}; {_hint(texts, edit, found)}")
    news = [(place, text.replace(edit.find, edit.text)) for place, text in zip(places, texts, strict=True)]
    return _put(prefix, [(place, new) for (place, new), old in zip(news, texts, strict=True) if new != old])


def _places(prefix: Prefix, where: str) -> Iterator[Place]:
    """The stretches of text that ``where`` names, none overlapping, in the order they are sent."""
    spans: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    if where in ("system", "anywhere"):
        index = _system_message(prefix)
        for part, text in _texts(_system(prefix)):
            spans[index, part].append((0, len(text)))
    if where in ("memory", "anywhere"):
        for place, _ in _memories(prefix):
            spans[place.message, place.part].append((place.start, place.end))
    if where in ("first_user", "anywhere") and (first := _first_user(prefix)) is not None:
        for part, text in _texts(prefix.messages[first].parts):
            spans[first, part].append((0, len(text)))
    for (message, part), ranges in sorted(spans.items()):
        end = 0
        for start, stop in sorted(ranges, key=lambda span: (span[0], -span[1])):
            if stop > end:
                yield Place(message, part, max(start, end), stop)
                end = stop


def _first_user(prefix: Prefix) -> int | None:
    """The first user message that says more than what its client puts before the user's words."""
    for index, message in enumerate(prefix.messages):
        if message.role == "user" and any(
            not text.lstrip().startswith(_MACHINERY) for _, text in _texts(message.parts)
        ):
            return index
    return None


def _texts(parts: Iterable[Part]) -> Iterator[tuple[int, str]]:
    for index, part in enumerate(parts):
        match part:
            case Text(text=text):
                yield index, text


def _text(prefix: Prefix, place: Place) -> str:
    parts = (prefix.setup.system or ()) if place.message < 0 else prefix.messages[place.message].parts
    match parts[place.part]:
        case Text(text=text):
            return text
        case other:
            raise TypeError(f"a place in a {type(other).__name__}")


def _put(prefix: Prefix, news: Iterable[tuple[Place, str]]) -> Prefix:
    """The prefix with each place holding its new text."""
    changed: dict[int, list[Part]] = {}
    for place, new in sorted(news, reverse=True):  # from the back, so that the positions before stay right
        old = (prefix.setup.system or ()) if place.message < 0 else prefix.messages[place.message].parts
        parts = changed.setdefault(place.message, list(old))
        match parts[place.part]:
            case Text(text=text):
                parts[place.part] = Text(text[: place.start] + new + text[place.end :])
    return _with_parts(prefix, {index: tuple(parts) for index, parts in changed.items()}) if changed else prefix


def _hint(texts: Sequence[str], edit: Substitute, found: int) -> str:
    if found:
        return "make it longer until it is unique, or say how often with `times`"
    if not any(texts):
        return f"this prefix holds no {edit.where.replace('_', ' ')} text"
    wanted = next((line for line in edit.find.splitlines() if line and not any(line in text for text in texts)), "")
    lines = [line.strip()[:_HINT_WIDTH] for text in texts for line in text.splitlines()][:_HINT_LINES]
    near = difflib.get_close_matches(wanted.strip()[:_HINT_WIDTH], lines, n=1, cutoff=0.3)
    return f"closest line: {near[0]!r}" if near else "no line comes close"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _short(text: str) -> str:
    return repr(text if len(text) <= 80 else f"{text[:79]}…")


# --- CLAUDE.md, AGENTS.md ----------------------------------------------------------------------------------


def _memories(prefix: Prefix) -> Iterator[tuple[Place, str]]:
    """Every stretch that shows a memory file, with the path; not in tool results, which are no instructions."""
    for index, message in enumerate(prefix.messages):
        if message.role != "assistant":
            for part, text in _texts(message.parts):
                for section in memory.sections(text):
                    yield Place(index, part, section.start, section.end), section.path


def _remember(prefix: Prefix, edit: Memory, where: str) -> Prefix:
    found = list(_memories(prefix))
    paths = sorted({path for _, path in found})
    meant = [path for path in paths if edit.path is None or _is_end(edit.path, path)]
    if len(meant) != 1:
        there = ", ".join(paths) or "none"
        what = "no CLAUDE.md or AGENTS.md" if edit.path is None else f"no {edit.path}"
        why = "say which with `path`" if meant else "the edit has nothing to replace"
        raise UserError(
            f"{where} (memory): {'several files' if meant else what} in this prefix (found: {there}): {why}"
        )
    return _put(prefix, [(place, edit.text) for place, path in found if path == meant[0]])


def _is_end(end: str, path: str) -> bool:
    path, end = path.replace("\\", "/"), end.replace("\\", "/").removeprefix("./")
    return path == end or path.endswith(f"/{end.lstrip('/')}")
