"""The reconstruction held against the truth that transcripts carry themselves."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from replay.records import Change, Transcript
from replay.workspace import dialects
from replay.workspace.effects import Effect, Truth
from replay.workspace.timeline import Done, play
from replay.workspace.truths import Verdict, is_damaged, judged


@dataclass(frozen=True, slots=True)
class Verified:
    """One file of a successful recorded edit that carries truth: what was predicted of it, and how that compares."""

    done: Done
    truth: Truth
    predicted: tuple[Change, ...]
    verdict: Verdict


def verify(transcript: Transcript) -> dict[str, Counter[str]]:
    """Per dialect, how many files of successful recorded edits that carry truth were predicted how.

    Each edit is predicted from what came before it only. ``exact``: the whole text before and after is the true one;
    ``partial``: all that was predicted is true, of a part of the file or where the truth is only a patch's lines;
    ``unknown``: nothing was predicted; ``wrong``: anything else.
    """
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for verified in each(transcript):
        counts[dialects.of(verified.done.call).NAME][verified.verdict] += 1
    return dict(counts)


def each(transcript: Transcript) -> Iterator[Verified]:
    """Every successful recorded edit that carries truth, in order; a record redacted since is none to differ from."""
    for event in play(transcript):
        if not isinstance(event, Done):
            continue
        dialect = dialects.of(event.call)
        told = dialect.truths(event.call, event.result)
        if not told:
            continue
        effects = dialect.apply(event.call, event.files)
        for truth in told:
            name = event.files.name(truth.path)
            changes = (effect.change for effect in effects if isinstance(effect, Effect) and effect.path == name)
            predicted = tuple(change for change in changes if change is not None)
            verdict = judged(predicted, truth)
            if verdict != "wrong" or not is_damaged(truth):
                yield Verified(event, truth, predicted, verdict)
