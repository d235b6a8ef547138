"""The patches that Claude Code records beside an edit (``structuredPatch``), held against texts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from replay.workspace.effects import Hunk
from replay.workspace.files import Partial, Segment


def hunks(listed: Iterable[Any]) -> tuple[Hunk, ...]:
    """The hunks of a ``structuredPatch``; entries of another shape are left out."""
    found: list[Hunk] = []
    for entry in listed:
        match entry:
            case {"oldStart": int(old_start), "newStart": int(new_start), "lines": list(lines)}:
                told = [line for line in lines if isinstance(line, str) and not line.startswith("\\")]
                old = tuple(line[1:] for line in told if not line.startswith("+"))
                new = tuple(line[1:] for line in told if not line.startswith("-"))
                found.append(Hunk(old_start, old, new_start, new))
    return tuple(found)


def agree(before: str, after: str, told: Iterable[Hunk]) -> bool:
    """Whether the lines that the hunks tell stand where they say, in ``before`` and in ``after``.

    Where one does not say (its start is 0), they must stand there in order.
    """
    listed = tuple(told)
    if any(not hunk.old_start for hunk in listed):
        old, new = before.split("\n"), after.split("\n")
        return _occur(old, (hunk.old for hunk in listed)) and _occur(new, (hunk.new for hunk in listed))
    return _stand(before, ((hunk.old_start, hunk.old) for hunk in listed)) and _stand(
        after, ((hunk.new_start, hunk.new) for hunk in listed)
    )


def _stand(text: str, told: Iterable[tuple[int, tuple[str, ...]]]) -> bool:
    """Whether all runs of lines stand in ``text`` where they say: looked up, and only compared line by line if not."""
    line, at = 1, 0
    for start, run in told:
        joined = "\n".join(run)
        found = text.find(joined, at) if run and joined.count("\n") == len(run) - 1 else -1
        if found >= 0:
            first, end = line + text.count("\n", at, found), found + len(joined)
            whole = (not found or text[found - 1] == "\n") and (end == len(text) or text[end] == "\n")
            if whole and first == max(start, 1):
                line, at = first, found
                continue
        begin = _begin(text, max(start, 1))
        if run and (begin is None or not stands(text[begin:].split("\n", len(run))[: len(run)], 1, run)):
            return False
    return True


def _begin(text: str, line: int) -> int | None:
    """Where the 1-based ``line`` of ``text`` begins; None where it has fewer. Nothing is split."""
    at = min(line * 32, len(text))  # a guess
    ahead = line - 1 - text.count("\n", 0, at)
    if ahead <= 0:
        for _ in range(1 - ahead):
            at = text.rfind("\n", 0, at)
        return at + 1
    for _ in range(ahead):
        at = text.find("\n", at) + 1
        if not at:
            return None
    return at


def _occur(lines: list[str], told: Iterable[tuple[str, ...]]) -> bool:
    """Whether runs of lines whose places are not told stand in ``lines``, in order."""
    at = 0
    for run in told:
        found = next((place for place in range(at, len(lines)) if tuple(lines[place : place + len(run)]) == run), None)
        if found is None:
            return False
        at = found + len(run)
    return True


def around(known: Partial, told: Iterable[Hunk]) -> Partial:
    """What is still known of a file after an edit that only its hunks tell of: the lines outside them, moved."""
    segments = list(known.segments)
    moved = 0
    for hunk in sorted(told, key=lambda hunk: hunk.new_start):
        low, high = hunk.new_start, hunk.new_start + len(hunk.old)
        shift = len(hunk.new) - len(hunk.old)
        kept: list[Segment] = []
        for segment in segments:
            lines = segment.text.split("\n")
            if head := lines[: max(low - segment.first, 0)]:
                kept.append(Segment(segment.first, "\n".join(head)))
            first = max(segment.first, high)
            if tail := lines[first - segment.first :]:
                kept.append(Segment(first + shift, "\n".join(tail)))
        segments, moved = kept, moved + shift
    return Partial(tuple(segments), None if known.lines is None else known.lines + moved)


def stands(lines: list[str], start: int, told: tuple[str, ...]) -> bool:
    """Whether the ``told`` lines are those from 1-based line ``start`` on.

    The client shows leading tabs as spaces (a tab as two, in what was seen), so indentation by tabs is not compared.
    """
    found = lines[max(start, 1) - 1 :][: len(told)] if told else []
    return len(found) == len(told) and all(
        line == shown or ("\t" in line and (line.replace("\t", "  ") == shown or line.split() == shown.split()))
        for line, shown in zip(found, told, strict=True)
    )
