"""Parts that are done out of order: told of in theirs, whatever becomes of them, and not all held in memory."""

import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from replay.scale.index import Manifest
from replay.scale.order import EARLY_BYTES, Worked, in_turn
from replay.scale.plan import Done, Found, Part
from replay.scale.sources import Log
from replay.workers import Failed

MANIFEST = Manifest("p", 1, "r", {}, ())


def part(number: int, size: int = 1) -> Part:
    """A part of one log."""
    return Part(f"p{number}", (Log(f"{number}.jsonl", size, ""),))


def done(part: Part, findings: int = 1, words: str = "") -> Done:
    """Its result."""
    found = (Found(part.name, "t", "s\udcff", turn, "r", "p", 1, f"{turn}{words}") for turn in range(findings))
    return Done(MANIFEST, tuple(found))


Run = Callable[[Callable[[Part], Done], Sequence[Part]], Iterator[tuple[Part, Done | Failed]]]


def shuffled(seed: int, broken: frozenset[str]) -> Run:
    """Does parts in any order; those named in ``broken`` fail with an error that cannot be pickled."""

    def run(function: Callable[[Part], Done], parts: Sequence[Part]) -> Iterator[tuple[Part, Done | Failed]]:
        for one in Random(seed).sample(parts, len(parts)):
            error = ValueError(lambda: None)
            yield one, Failed("raised", one.name, error) if one.name in broken else function(one)

    return run


@given(st.integers(0, 12), st.sets(st.integers(0, 11)), st.integers())
def test_parts_are_told_of_in_their_order_in_whatever_order_they_are_done(count: int, bad: set[int], seed: int) -> None:
    """And so are those that failed; that a part is done is told at once."""
    parts = [part(number) for number in range(count)]
    broken = frozenset(f"p{number}" for number in bad)
    failed: list[tuple[Part, Failed]] = []
    events = list(in_turn(done, parts, shuffled(seed, broken), failed))
    good = [one for one in parts if one.name not in broken]
    assert [event for event in events if isinstance(event, Done)] == [done(one) for one in good]
    assert [event for event in events if isinstance(event, Worked)] == [Worked(1, 1)] * len(good)
    assert [(one.name, why.why) for one, why in failed] == [(p.name, p.name) for p in parts if p.name in broken]


def test_results_that_wait_for_the_first_part_are_not_all_in_memory() -> None:
    """60 results of 2 MB each are done before the first."""
    parts = [part(number) for number in range(61)]
    words = "x" * 2_000

    def run(function: Callable[[Part], Done], parts: Sequence[Part]) -> Iterator[tuple[Part, Done | Failed]]:
        for one in (*parts[1:], parts[0]):
            yield one, function(one)

    tracemalloc.start()
    try:
        events = in_turn(lambda one: done(one, 1_000, words), parts, run, [])
        told = [(event.found[0].log, len(event.found)) for event in events if isinstance(event, Done)]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert told == [(one.name, 1_000) for one in parts]
    assert peak < 2 * EARLY_BYTES + 20e6 < 60 * 2e6
