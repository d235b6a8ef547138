"""Literal replacement in a file, as edit tools do it: what is found, refused, or not told by what is known."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from replay.workspace.effects import Effect, applied, failed, parts, unknown
from replay.workspace.files import Absent, Known, Partial, State, Unknown

_QUOTES = str.maketrans("‘’“”", "''\"\"")


@dataclass(frozen=True, slots=True)
class Replacement:
    """Replace ``old`` by ``new``, once unless ``everywhere``.

    ``swallow`` is Claude Code's habit with an empty ``new``: where ``old`` ends inside a line, the newline after it
    goes too. ``times`` is how often ``old`` must occur, where the call says so. ``tolerant``: where the tool does not
    find ``old`` as it stands, it tries looser ways, which are not followed here.
    """

    old: str
    new: str
    everywhere: bool = False
    swallow: bool = False
    times: int | None = None
    tolerant: bool = False


class Refused(Exception):  # noqa: N818 - an answer of a tool, not an error of ours
    """The real tool would refuse this edit."""


class Untold(Exception):  # noqa: N818 - nor is this one
    """What is known does not tell whether the tool would apply this edit."""


def replaced(text: str, edit: Replacement) -> str:
    """``text`` after the edit. Raises Refused as the tool would, Untold where that hangs on its quote matching."""
    if edit.old == edit.new:
        raise Refused("old and new text are the same")
    count = text.count(edit.old)
    if not count:
        curly = any(chr(quote) in edit.old or chr(quote) in text for quote in _QUOTES)
        if curly and edit.old.translate(_QUOTES) in text.translate(_QUOTES):
            raise Untold("the old text is found only when typographic quotes count as plain ones")
        if edit.tolerant and nearly(text, edit.old):
            raise Untold("the old text is found only if white space or its middle lines count less")
        raise Refused("the old text does not occur in the file")
    if edit.times not in {None, count}:
        raise Refused(f"the old text occurs {count} times, not {edit.times}")
    if count > 1 and not edit.everywhere:
        if edit.tolerant and _squeezed(text).count(_squeezed(edit.old)) > count:
            raise Untold(f"the old text occurs {count} times, and again if white space counts less")
        raise Refused(f"the old text occurs {count} times")
    old = edit.old
    if edit.swallow and not edit.new and not old.endswith("\n") and f"{old}\n" in text:
        old += "\n"
    return text.replace(old, edit.new) if edit.everywhere else text.replace(old, edit.new, 1)


def nearly(text: str, old: str) -> bool:
    """Whether ``old`` may be found in ``text`` by a looser search: other white space, escapes, or its outer lines."""
    if _squeezed(old) in _squeezed(text) or "\\" in old:
        return True
    lines = [line.strip() for line in old.strip().split("\n")]
    found = {line.strip() for line in text.split("\n")}
    return len(lines) > 2 and lines[0] in found and lines[-1] in found


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def edited(path: str, state: State, edits: tuple[Replacement, ...], *, dialect: str) -> tuple[Effect, ...]:
    """The effects of ``edits``, in order and all or none, on a file in ``state``: one, or one for each part edited."""
    match state:
        case Known(text):
            return (_whole(path, state, text, edits, dialect),)
        case Partial():
            return _inside(path, state, edits, dialect)
        case Absent():
            return (failed(path, state, "the file does not exist", dialect=dialect),)
        case Unknown(why):
            return (_untold(path, why, edits, dialect),)


def _untold(path: str, why: str, edits: tuple[Replacement, ...], dialect: str) -> Effect:
    """An edit of a file that is not known well enough; what it replaces is told if the tool finds it as it stands."""
    effect = unknown(path, why, dialect=dialect)
    pieces: list[tuple[str, str]] = []
    for edit in edits:
        if not edit.old or edit.old == edit.new or edit.tolerant:
            return effect
        if any(new and new in edit.old and new != edit.old for _, new in pieces):
            return effect  # it may go over what another has written
        earlier = next((at for at, (_, new) in enumerate(pieces) if edit.old in new), None)
        if earlier is None:
            pieces.append((edit.old, edit.new))
        elif pieces[earlier][1].count(edit.old) > 1 and not edit.everywhere:
            return effect  # the tool refuses it, so this is not what it finds
        else:
            old, new = pieces[earlier]
            pieces[earlier] = old, new.replace(edit.old, edit.new)
    return replace(effect, pieces=tuple(pieces))


def _whole(path: str, state: Known, text: str, edits: tuple[Replacement, ...], dialect: str) -> Effect:
    after = text
    try:
        for edit in edits:
            after = replaced(after, edit)
    except Refused as refusal:
        return failed(path, state, str(refusal), dialect=dialect)
    except Untold as doubt:
        return unknown(path, str(doubt), dialect=dialect)
    return applied(path, text, after, dialect=dialect)


def _inside(path: str, state: Partial, edits: tuple[Replacement, ...], dialect: str) -> tuple[Effect, ...]:
    texts = [segment.text for segment in state.segments]
    try:
        for edit in edits:
            index = _found(texts, edit)
            texts[index] = replaced(texts[index], edit)
    except Refused as refusal:
        return (failed(path, state, str(refusal), dialect=dialect),)
    except Untold as doubt:
        return (_untold(path, str(doubt), edits, dialect),)
    made = parts(path, state, texts, dialect=dialect)
    return made or (failed(path, state, "the edits change nothing", dialect=dialect),)


def _found(texts: list[str], edit: Replacement) -> int:
    """Which of the known parts the edit is in."""
    if edit.old == edit.new:
        raise Refused("old and new text are the same")
    if edit.everywhere:
        raise Untold("only part of the file is known, and the edit replaces everywhere")
    counts = [text.count(edit.old) for text in texts]
    if sum(counts) > 1:
        raise Refused(f"the old text occurs {sum(counts)} times")
    if not sum(counts):
        raise Untold("only part of the file is known, and not where the old text is")
    index = counts.index(1)
    if edit.swallow and not edit.new and texts[index].endswith(edit.old) and not edit.old.endswith("\n"):
        raise Untold("only part of the file is known, and the edit deletes up to its end")
    return index
