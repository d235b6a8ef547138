"""The reconstruction held against the truth that transcripts carry themselves."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from replay.records import Change, Transcript
from replay.workspace import dialects, patches
from replay.workspace.effects import Effect, Truth
from replay.workspace.timeline import Done, play

Verdict = Literal["exact", "partial", "unknown", "wrong"]


@dataclass(frozen=True, slots=True)
class Verified:
    """One successful recorded edit that carries truth: what was predicted of it, and how that compares."""

    done: Done
    truth: Truth
    predicted: tuple[Change, ...]
    verdict: Verdict


def verify(transcript: Transcript) -> dict[str, Counter[str]]:
    """Per dialect, how many successful recorded edits that carry truth were predicted how.

    Each edit is predicted from what came before it only. ``exact``: the whole text before and after is the true one;
    ``partial``: all that was predicted is true, of a part of the file or where the truth is only a patch's lines;
    ``unknown``: nothing was predicted; ``wrong``: anything else.
    """
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for verified in each(transcript):
        counts[dialects.of(verified.done.call).NAME][verified.verdict] += 1
    return dict(counts)


def each(transcript: Transcript) -> Iterator[Verified]:
    """Every successful recorded edit that carries truth, in order."""
    for event in play(transcript):
        if not isinstance(event, Done):
            continue
        dialect = dialects.of(event.call)
        truth = dialect.truth(event.call, event.result)
        if truth is None:
            continue
        name = event.files.name(truth.path)
        effects = dialect.apply(event.call, event.files)
        changes = (effect.change for effect in effects if isinstance(effect, Effect) and effect.path == name)
        predicted = tuple(change for change in changes if change is not None)
        yield Verified(event, truth, predicted, judged(predicted, truth))


def judged(changes: Sequence[Change], truth: Truth) -> Verdict:
    """How the predicted changes of one edit compare with the truth: one of the file, or some of parts of it."""
    if not changes or any(change.status == "unknown_file" for change in changes):
        return "unknown"
    predicted = changes[0]
    if predicted.status == "failed_edit" or predicted.after is None:
        return "wrong"
    before, after = predicted.before or "", predicted.after
    if predicted.basis == "part":
        return "partial" if _parts(changes, truth) else "wrong"
    if truth.told == "hunks":
        return "partial" if patches.agree(before, after, truth.hunks) else "wrong"
    told = truth.after is None or truth.after == after
    same = predicted.before == truth.before and told and _patched(before, after, truth)
    return "exact" if same else "wrong"


def _patched(before: str, after: str, truth: Truth) -> bool:
    """Whether the patch turns ``before`` into ``after``: its lines stand where it says, and nothing else moved."""
    if not truth.hunks:
        return truth.before is None or truth.after is not None or before == after
    grown = sum(len(hunk.new) - len(hunk.old) for hunk in truth.hunks)
    return patches.agree(before, after, truth.hunks) and after.count("\n") - before.count("\n") == grown


def _parts(changes: Sequence[Change], truth: Truth) -> bool:
    moved = 0
    for change in changes:
        old, new = (change.before or "").split("\n"), (change.after or "").split("\n")
        first, start = change.first_line - moved, change.first_line
        if truth.before is not None and truth.before.split("\n")[first - 1 :][: len(old)] != old:
            return False
        for hunk in truth.hunks:
            if not _agrees(old, first, hunk.old_start, hunk.old) or not _agrees(new, start, hunk.new_start, hunk.new):
                return False
        moved += len(new) - len(old)
    return True


def _agrees(lines: list[str], first: int, start: int, told: tuple[str, ...]) -> bool:
    """Whether the told lines that fall into the known ones agree with them."""
    low, high = max(first, start), min(first + len(lines), start + len(told))
    return low >= high or patches.stands(lines[low - first :], 1, told[low - start : high - start])
