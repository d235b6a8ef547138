"""Answers from the workspace held against the ones that were recorded."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from replay.lookahead import tools
from replay.lookahead.ground import Watch
from replay.lookahead.replies import Acts, Reply
from replay.records import Transcript
from replay.workspace.effects import seen_text
from replay.workspace.timeline import Done, play

Verdict = Literal["exact", "unknown", "wrong"]
_CHANCE = re.compile(
    r"^Chunk ID: [^\n]*\n|^(Wall time: )[^\n]*$|(?<=<shellId: )\d+|(?<=\"duration_seconds\":)[\d.]+", re.MULTILINE
)
"""What no reading of files can tell: ids and times that differ from run to run."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A recorded call that only reads, what we would have answered (None: not known, ``why``), and how it compares."""

    done: Done
    family: str
    told: Reply | None
    why: str
    verdict: Verdict


def verify(transcript: Transcript) -> dict[str, Counter[str]]:
    """Per tool, how many recorded calls that only read would have been answered how, from what came before them.

    ``exact``: word for word, but for ids and times that differ from run to run; ``unknown``: not answered; ``wrong``.
    """
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for compared in each(transcript):
        counts[compared.done.call.name][compared.verdict] += 1
    return dict(counts)


def each(transcript: Transcript) -> Iterator[Compared]:
    """Every recorded call that only reads, in order."""
    watch = Watch(transcript)
    for event in play(transcript, doubts=watch.bounds):
        if not isinstance(event, Done):
            continue
        watch.reach(event.message)
        ground = watch.ground(event.files)
        answer = tools.answer(event.call, ground)
        if not isinstance(answer, Acts):
            family = tools.family(event.call, ground)
            if isinstance(answer, Reply):
                yield Compared(event, family, answer, "", _judged(answer.text, seen_text(event.result)))
            else:
                yield Compared(event, family, None, answer.why, "unknown")
        watch.see(event)


def _judged(told: str, recorded: str) -> Verdict:
    return "exact" if _plain(told) == _plain(recorded) else "wrong"


def _plain(text: str) -> str:
    head, body = text[:400], text[400:]
    return _CHANCE.sub(r"\1", head) + body
