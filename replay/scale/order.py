"""Parts in the order in which they are begun, and those that failed set aside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from replay.errors import FULL
from replay.scale.plan import Done, Part
from replay.workers import Failed


class Runner(Protocol):
    """One way to do the parts: on this machine, or on a cluster."""

    def __call__(self, function: Callable[[Part], Done], parts: Sequence[Part]) -> Iterator[tuple[Part, Done | Failed]]:
        """Each part with what ``function`` makes of it, as they are done. All of these travel by pickle."""
        ...


def tried(
    function: Callable[[Part], Done], parts: Sequence[Part], run: Runner, failed: list[tuple[Part, Failed]]
) -> Iterator[Done]:
    """The parts as they are done; those that fail are added to ``failed``, in the order of ``parts``.

    Raises OSError where there is no room for more: that is no fault of the logs.
    """
    wrong: dict[str, Failed] = {}
    for part, result in run(function, _outsized_first(parts)) if parts else ():
        if isinstance(result, Done):
            yield result
        elif isinstance(result.error, OSError) and result.error.errno in FULL:
            raise result.error
        else:
            wrong[part.name] = result
    failed += ((part, wrong[part.name]) for part in parts if part.name in wrong)


def _outsized_first(parts: Sequence[Part]) -> list[Part]:
    """The parts, those first that at the end would keep one worker busy while the others have nothing to do."""
    ordinary = 2 * sum(part.size for part in parts) / len(parts)
    return sorted(parts, key=lambda part: -part.size if part.size > ordinary else 0)
