"""The patch language of Codex's ``apply_patch`` (V4A), read and applied to texts as the real tool does.

Source: https://github.com/openai/codex ``codex-rs/apply-patch`` (parser, seek_sequence, compute_replacements) and its
port in https://github.com/sst/opencode ``packages/opencode/src/patch``, which differs in small ways (``loose``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from replay.workspace.files import Partial
from replay.workspace.replacing import Refused, Untold
from replay.workspace.sheet import Place, Same, Sheet

_BEGIN, _END, _EOF = "*** Begin Patch", "*** End Patch", "*** End of File"
_WRAPPED = re.compile(r"(?:cat\s+)?<<-?\s*(['\"]?)(\w+)\1\s*\n(.*?)\n?\2\s*", re.DOTALL)
_LEVELS: tuple[Same, ...] = (str, str.rstrip, str.strip)
_PLAIN = str.maketrans(
    dict.fromkeys("‐‑‒–—―−", "-")
    | dict.fromkeys("‘’‚‛", "'")
    | dict.fromkeys("“”„‟", '"')
    | dict.fromkeys("\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " ")
)


@dataclass(frozen=True, slots=True)
class Add:
    """A file is written, whether or not it exists."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Delete:
    """A file goes away."""

    path: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """``old`` lines become ``new`` ones, behind a line that reads ``context`` if given; ``last``: at the file's end."""

    context: str | None
    old: tuple[str, ...]
    new: tuple[str, ...]
    last: bool = False


@dataclass(frozen=True, slots=True)
class Update:
    """A file is changed by ``chunks``, in order, and moved to ``move`` if given."""

    path: str
    move: str | None
    chunks: tuple[Chunk, ...]


Section = Add | Delete | Update


def read(text: str, *, loose: bool = False) -> tuple[Section, ...]:
    """The sections of a patch. ``loose`` reads as opencode does. Raises Refused where the tool would not read it."""
    lines = text.strip().split("\n")
    wrapped = _WRAPPED.fullmatch(text.strip())
    if wrapped is not None:
        lines = wrapped[3].strip().split("\n")
    marks = [line.strip() for line in lines]
    if loose:
        if _BEGIN not in marks or _END not in marks or marks.index(_BEGIN) >= marks.index(_END):
            raise Refused("the patch lacks its Begin or End line")
        lines = lines[marks.index(_BEGIN) : marks.index(_END) + 1]
    elif marks[0] != _BEGIN or marks[-1] != _END:
        raise Refused("the patch lacks its Begin or End line")
    made = tuple(_sections(lines[1:-1], loose=loose))
    if not made:
        raise Refused("the patch changes no file")
    return made


def _sections(lines: Sequence[str], *, loose: bool) -> Iterator[Section]:
    at = 0
    while at < len(lines):
        head = lines[at].strip()
        at += 1
        verb, _, path = head.partition(":")
        path = path.strip()
        if verb == "*** Add File" and path:
            text, at = _added(lines, at, loose=loose)
            yield Add(path, text)
        elif verb == "*** Delete File" and path:
            yield Delete(path)
        elif verb == "*** Update File" and path:
            move = None
            if at < len(lines) and lines[at].startswith("*** Move to:"):
                move = lines[at].partition(":")[2].strip()
                at += 1
            chunks, at = _chunks(lines, at, loose=loose)
            if not chunks and not (move and loose):
                raise Refused(f"the patch says nothing of what to change in {path}")
            yield Update(path, move, tuple(chunks))
        elif not loose and head and not head.startswith("*** Environment"):
            raise Refused(f"{head[:60]}: not the head of a section of a patch")


def _added(lines: Sequence[str], at: int, *, loose: bool) -> tuple[str, int]:
    body: list[str] = []
    while at < len(lines) and (lines[at].startswith("+") or (loose and not lines[at].startswith("***"))):
        if lines[at].startswith("+"):
            body.append(lines[at][1:] + "\n")
        at += 1
    text = "".join(body)
    if loose and text:
        # opencode drops the newline behind the last line, and adds one again where none is left.
        text = text[:-1] if text.endswith("\n\n") or text == "\n" else text
    return text, at


def _chunks(lines: Sequence[str], at: int, *, loose: bool) -> tuple[list[Chunk], int]:
    chunks: list[Chunk] = []
    while at < len(lines) and not lines[at].startswith("***"):
        if not lines[at].strip():
            at += 1
            continue
        opened = lines[at].startswith("@@")
        if not opened and (chunks or loose):
            if not loose:
                raise Refused(f"{lines[at][:60]}: a chunk begins with @@")
            at += 1
            continue
        context = lines[at][2:].strip() if loose else lines[at][3:]
        at += opened
        chunk, at = _chunk(lines, at, (context or None) if opened else None, loose=loose)
        chunks.append(chunk)
    return chunks, at


def _chunk(lines: Sequence[str], at: int, context: str | None, *, loose: bool) -> tuple[Chunk, int]:
    old: list[str] = []
    new: list[str] = []
    start = at
    while at < len(lines):
        line = lines[at]
        if line == _EOF and not loose:
            return Chunk(context, tuple(old), tuple(new), last=True), at + 1
        match line[:1]:
            case "":
                if not loose:
                    old.append("")
                    new.append("")
            case " ":
                old.append(line[1:])
                new.append(line[1:])
            case "-":
                old.append(line[1:])
            case "+":
                new.append(line[1:])
            case _ if line.startswith(("@@", "***")) or not loose:
                break
        at += 1
    if at == start and not loose:
        raise Refused("a chunk of the patch holds no lines")
    return Chunk(context, tuple(old), tuple(new)), at


# --- applying ----------------------------------------------------------------------------------------------


def changed(sheet: Sheet, chunks: Sequence[Chunk]) -> list[str]:
    """The runs of ``sheet`` after ``chunks``. Raises Refused as the tool would, Untold where it cannot be told.

    Lines are compared exactly, then without trailing white space, then without any around them; the first match
    behind the chunk before counts. A file known in part is judged on its known lines, which must match exactly.
    """
    return _whole(sheet, chunks) if sheet.whole else _part(sheet, chunks)


def _whole(sheet: Sheet, chunks: Sequence[Chunk]) -> list[str]:
    lines = sheet.runs[0]
    if lines[-1] == "":
        lines.pop()
    at = 0
    for chunk in chunks:
        if chunk.context is not None:
            found = _sought(sheet, (chunk.context,), at, last=False)
            if found is None:
                raise Refused(f"the context {chunk.context[:60]!r} does not occur")
            at = found + 1
        if not chunk.old:
            if lines and lines[-1] == "":
                raise Untold("lines are added at the end, where versions of the tool differ on a blank last line")
            sheet.replace(Place(0, len(lines)), 0, chunk.new)
            continue
        old, new = chunk.old, chunk.new
        found = _sought(sheet, old, at, last=chunk.last)
        if found is None and old[-1] == "":
            old, new = old[:-1], new[:-1] if new[-1:] == ("",) else new
            found = _sought(sheet, old, at, last=chunk.last) if old else at
        if found is None:
            raise Refused("the lines that the patch expects do not occur")
        sheet.replace(Place(0, found), len(old), new)
        at = found + len(old)
    (text,) = sheet.texts()
    if text.endswith("\n") or (not text and any(chunk.new for chunk in chunks)):
        raise Untold("the file would end in a blank line, where versions of the tool differ")
    return [text + "\n" if text else text]


def _sought(sheet: Sheet, pattern: Sequence[str], at: int, *, last: bool) -> int | None:
    """Where ``pattern`` stands first from line ``at`` on, or at the very end, in the strictest way it does."""
    start = max(len(sheet.runs[0]) - len(pattern), 0) if last else at
    for same in _LEVELS:
        found = sheet.first(pattern, same, start=Place(0, start))
        if found is not None:
            return found.index
    if sheet.first(pattern, _plain, start=Place(0, start)):
        raise Untold("the lines are found only when typographic characters count as plain ones")
    return None


def _plain(line: str) -> str:
    return line.strip().translate(_PLAIN)


def _part(sheet: Sheet, chunks: Sequence[Chunk]) -> list[str]:
    at: Place | None = None
    for chunk in chunks:
        if chunk.context is not None:
            behind = sheet.first((chunk.context,), start=at)
            at = Place(behind.run, behind.index + 1) if behind is not None else at
        if not chunk.old:
            end = sheet.end()
            if end is None:
                raise Untold("only part of the file is known, and lines are added at its end")
            sheet.replace(end, 0, chunk.new)
            continue
        place = _known(sheet, chunk.old, at)
        sheet.replace(place, len(chunk.old), chunk.new)
        at = Place(place.run, place.index + len(chunk.old))
    assert isinstance(sheet.state, Partial)
    return sheet.texts()


def _known(sheet: Sheet, old: Sequence[str], at: Place | None) -> Place:
    places = sheet.found(old, start=at)
    if not places:
        raise Untold("only part of the file is known, and not where the patch applies")
    if len(places) > 1 and (at is None or places[0].run != at.run):
        raise Untold(f"only part of the file is known, and the lines occur {len(places)} times in it")
    return places[0]
