"""Near-duplicates among many texts: found exactly, without comparing each pair.

Texts are sets of shingles: runs of three words or signs. Two are alike where the Jaccard similarity of their sets
(shared shingles by all shingles; Broder 1997, "On the resemblance and containment of documents") reaches a threshold.
Pairs are found by prefix filtering (Bayardo, Ma and Srikant 2007, "Scaling up all pairs similarity search"), which
misses none: two sets that are alike share one of their rarest shingles.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence

Shingles = frozenset[int]

RUN = 3
_TOKEN = re.compile(r"\w+|[^\w\s]")


def shingles(text: str) -> Shingles:
    """The runs of three words or signs of ``text`` as 64-bit hashes, never none: a shorter text is one run."""
    tokens = _TOKEN.findall(text.encode("utf-8", "replace").decode())
    runs = {" ".join(tokens[at : at + RUN]) for at in range(max(1, len(tokens) - RUN + 1))}
    return frozenset(int.from_bytes(hashlib.blake2b(run.encode(), digest_size=8).digest(), "big") for run in runs)


def jaccard(one: Shingles, other: Shingles) -> float:
    """Shared shingles by all shingles, 0 to 1."""
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared)


def leaders(texts: Sequence[tuple[Shingles, ...]], least: float) -> list[int]:
    """For each item the index of the first leader that it is like in every one of its texts, or its own.

    Items come in the order of preference: one that is like no leader before it becomes a leader. So each is at least
    ``least`` similar to its leader, not only to another that is. ``least`` is above 0.
    """
    frequency = Counter(shingle for item in texts for shingle in item[-1])
    having: defaultdict[int, list[int]] = defaultdict(list)
    led: list[int] = []
    for number, item in enumerate(texts):
        rarest = sorted(item[-1], key=lambda shingle: (frequency[shingle], shingle))
        telling = rarest[: len(rarest) - math.ceil(least * len(rarest)) + 1]
        near = sorted({leader for shingle in telling for leader in having[shingle]})
        leader = next((one for one in near if _alike(texts[one], item, least)), number)
        led.append(leader)
        if leader == number:
            for shingle in telling:
                having[shingle].append(number)
    return led


def _alike(one: tuple[Shingles, ...], other: tuple[Shingles, ...], least: float) -> bool:
    return all(jaccard(mine, its) >= least for mine, its in zip(one, other, strict=True))
