"""What clients recorded of an edit, held against what was predicted of it, and turned into what it did."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from replay.records import Change
from replay.workspace import patches, unified
from replay.workspace.effects import (
    Effect,
    Effects,
    Hunk,
    Loss,
    Mark,
    Said,
    Truth,
    applied,
    deleted,
    failed,
    found,
    fragment,
    is_applied,
    reason,
    unknown,
)
from replay.workspace.files import Files, Known, Partial, Segment, State, Unknown, lost, seen
from replay.workspace.replacing import Refused, Untold
from replay.workspace.sheet import Sheet

Verdict = Literal["exact", "partial", "unknown", "wrong"]


def judged(changes: Sequence[Change], truth: Truth) -> Verdict:
    """How the predicted changes of one file compare with the truth: one of the file, or some of parts of it."""
    if not changes or any(change.status == "unknown_file" for change in changes):
        return "unknown"
    predicted = changes[0]
    if predicted.status == "failed_edit" or truth.gone != (predicted.after is None):
        return "wrong"
    if predicted.basis == "part":
        return "partial" if _parts(changes, truth) else "wrong"
    before, after = predicted.before or "", predicted.after or ""
    if truth.gone and predicted.before is None and truth.before is not None:
        return "partial"
    if predicted.basis == "fragment":
        told = truth.after is None or after in truth.after
        return "partial" if told and (len(changes) > 1 or _within(before, after, truth.hunks)) else "wrong"
    if truth.told == "hunks":
        return "partial" if patches.agree(before, after, truth.hunks) else "wrong"
    told = truth.after is None or truth.after == after
    if truth.trimmed and truth.after is not None:
        told = truth.after.rstrip() == after.rstrip()
    if truth.told == "after":
        return "partial" if told else "wrong"
    same = predicted.before == truth.before and told and _patched(before, after, truth)
    return "exact" if same else "wrong"


def is_damaged(truth: Truth) -> bool:
    """Whether what was recorded has been redacted since, so that its lines are not those of the file."""
    lines = (line for hunk in truth.hunks for line in (*hunk.old, *hunk.new))
    return any("REDACTED" in text for text in (truth.before or "", truth.after or "", *lines))


def _patched(before: str, after: str, truth: Truth) -> bool:
    """Whether the patch turns ``before`` into ``after``: its lines stand where it says, and nothing else moved."""
    if not truth.hunks:
        return truth.gone or truth.before is None or truth.after is not None or before == after
    grown = sum(len(hunk.new) - len(hunk.old) for hunk in truth.hunks)
    return patches.agree(before, after, truth.hunks) and after.count("\n") - before.count("\n") == grown


def _parts(changes: Sequence[Change], truth: Truth) -> bool:
    moved = 0
    for change in changes:
        old, new = (change.before or "").split("\n"), (change.after or "").split("\n")
        first, start = change.first_line - moved, change.first_line
        if truth.before is not None and truth.before.split("\n")[first - 1 :][: len(old)] != old:
            return False
        if truth.after is not None and truth.after.split("\n")[start - 1 :][: len(new)] != new:
            return False
        numbered = (hunk for hunk in truth.hunks if hunk.old_start)
        for hunk in numbered:
            if not _agrees(old, first, hunk.old_start, hunk.old) or not _agrees(new, start, hunk.new_start, hunk.new):
                return False
        moved += len(new) - len(old)
    return True


def _within(before: str, after: str, hunks: Sequence[Hunk]) -> bool:
    """Whether the lines that the hunks change are lines of the two texts."""
    for hunk in hunks:
        pairs = list(zip(hunk.old, hunk.new, strict=False))
        head = next((at for at, (old, new) in enumerate(pairs) if old != new), len(pairs))
        rest = list(zip(reversed(hunk.old[head:]), reversed(hunk.new[head:]), strict=False))
        tail = next((at for at, (old, new) in enumerate(rest) if old != new), len(rest))
        gone = "\n".join(hunk.old[head : len(hunk.old) - tail])
        come = "\n".join(hunk.new[head : len(hunk.new) - tail])
        if gone not in before or come not in after:
            return False
    return True


def _agrees(lines: list[str], first: int, start: int, told: tuple[str, ...]) -> bool:
    """Whether the told lines that fall into the known ones agree with them."""
    low, high = max(first, start), min(first + len(lines), start + len(told))
    return low >= high or patches.stands(lines[low - first :], 1, told[low - start : high - start])


# --- what an edit did --------------------------------------------------------------------------------------


def settled(predicted: Effects, told: Iterable[Truth], files: Files, *, dialect: str) -> Effects:
    """What a call that went well did: as predicted where the client's record agrees, else as it says.

    Without a record, a change that was predicted to fail is unknown: the tool found what we do not know of. Of an edit
    whose place is not known, the old and the new text count as they stand in the call.
    """
    records = {files.name(truth.path): truth for truth in told}
    made: list[Effect | Loss | Said | Mark] = []
    done: set[str] = set()
    for effect in predicted:
        change = effect.change if isinstance(effect, Effect) else None
        if not isinstance(effect, Effect) or change is None:
            made.append(effect)
            continue
        truth = records.get(effect.path)
        if truth is None:
            made += _believed(effect, dialect)
        elif effect.path not in done:
            done.add(effect.path)
            same = [other for other in predicted if isinstance(other, Effect) and other.path == effect.path]
            changes = [other.change for other in same if other.change is not None]
            good = judged(changes, truth) in {"exact", "partial"}
            kept = good or is_damaged(truth)
            made += same if kept else as_told(effect.path, files[effect.path], truth, dialect=dialect)
    for path, truth in records.items():
        if path not in done and path not in {effect.path for effect in made if isinstance(effect, Effect)}:
            made += as_told(path, files[path], truth, dialect=dialect)
    return made


def _believed(effect: Effect, dialect: str) -> tuple[Effect, ...]:
    if effect.change is not None and effect.change.status == "failed_edit":
        return (unknown(effect.path, "the tool found what is not known to be there", dialect=dialect),)
    return found(effect, dialect=dialect) if effect.pieces else (effect,)


def as_told(path: str, state: State, truth: Truth, *, dialect: str) -> Sequence[Effect]:
    """The change of one file by the client's record alone, as far as it tells."""
    if truth.gone:
        return (deleted(path, truth.before, dialect=dialect),)
    if truth.told == "file" and truth.after is not None:
        return (applied(path, truth.before, truth.after, dialect=dialect),)
    if truth.told == "after" and truth.after is not None:
        if truth.trimmed:
            shown = seen(state, (Segment(1, truth.after.rstrip()),), None)
            return (unknown(path, "written otherwise than the call says", dialect=dialect, state=shown),)
        if isinstance(state, Known):
            return (applied(path, state.text, truth.after, dialect=dialect),)
        return (unknown(path, reason(state), dialect=dialect, state=Known(truth.after)),)
    if truth.told == "file" and truth.before is not None:
        base: State = Known(truth.before)
    else:
        base = _shown(state, truth.hunks)
    sheet = Sheet(base if isinstance(base, Known | Partial) else Partial(()))
    doubt = "the client's record adds lines where the file is not known"
    try:
        for hunk in truth.hunks:
            found = sheet.found(hunk.old) if not hunk.old_start and hunk.old else []
            place = sheet.at(hunk.old_start) if hunk.old_start else found[0] if len(found) == 1 else None
            if place is None:
                break
            sheet.replace(place, len(hunk.old), hunk.new)
        else:
            return sheet.effects(path, sheet.texts(), dialect=dialect)
    except (Refused, Untold) as why:
        doubt = str(why)
    # What is known of the file stays known, and so do the lines that were written, but not where they stand.
    left: State = Partial(base.segments, None, adrift=True) if isinstance(base, Partial) else _adrift(truth, doubt)
    return tuple(
        fragment(path, "\n".join(hunk.new), before="\n".join(hunk.old), dialect=dialect, state=left)
        for hunk in truth.hunks
    )


def _adrift(truth: Truth, doubt: str) -> State:
    segments: list[Segment] = []
    first = 1
    for hunk in truth.hunks:
        if hunk.new:
            segments.append(Segment(first, "\n".join(hunk.new)))
            first = segments[-1].last + 2
    return Partial(tuple(segments), None, adrift=True) if segments else Unknown(doubt)


def _shown(state: State, hunks: Sequence[Hunk]) -> State:
    """What is known of a file before an edit, once its hunks are."""
    shown = [Segment(hunk.old_start, "\n".join(hunk.old)) for hunk in hunks if hunk.old and hunk.old_start]
    if not shown:
        return state
    return seen(state, shown, None)


def refused(predicted: Effects, files: Files, why: str, *, dialect: str, missed: bool = False) -> Effects:
    """What a call did that the tool refused: nothing. ``missed``: it did not find what the call expects to be there.

    Then what we know of the file is wrong where we had predicted that it is there.
    """
    words = " ".join(why.split())[:160] or "the tool refused"
    made: list[Effect] = []
    for effect in predicted:
        if not isinstance(effect, Effect) or effect.change is None:
            continue
        state = files[effect.path]
        if missed and is_applied(effect):
            state = lost(state, "the tool did not find what should be there", keep=False)
        made.append(failed(effect.path, state, words, dialect=dialect))
    return made


def of_diff(path: str, text: object) -> tuple[Truth, ...]:
    """The truth that a recorded unified diff of one file tells; none where it tells no lines."""
    hunks = unified.hunks(text) if isinstance(text, str) else ()
    return (Truth(path, "hunks", hunks=hunks),) if hunks else ()
