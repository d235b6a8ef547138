"""Parts are begun in one order, are done in another, and are told of in the order of the logs."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from tempfile import SpooledTemporaryFile
from typing import NamedTuple, Protocol

from replay.scale.plan import Done, Part
from replay.workers import Failed

EARLY_BYTES = 16 << 20
"""Results held in memory that wait for a part before them; more lie in a temporary file without a name."""


class Runner(Protocol):
    """One way to do the parts: on this machine, or on a cluster."""

    def __call__(self, function: Callable[[Part], Done], parts: Sequence[Part]) -> Iterator[tuple[Part, Done | Failed]]:
        """Each part with what ``function`` makes of it, as they are done. All of these travel by pickle."""
        ...


class Worked(NamedTuple):
    """A part is done, of ``size`` bytes and with so many findings; what is told of it comes when it is its turn."""

    size: int
    findings: int


def in_turn(
    function: Callable[[Part], Done], parts: Sequence[Part], run: Runner, failed: list[tuple[Part, Failed]]
) -> Iterator[Worked | Done]:
    """What becomes of the parts, told in their order; those that fail are added to ``failed``."""
    waiting = iter(parts)
    following = next(waiting, None)
    with SpooledTemporaryFile(max_size=EARLY_BYTES) as file:
        early = _Early(file)
        for part, result in run(function, _outsized_first(parts)) if parts else ():
            if isinstance(result, Done):
                yield Worked(part.size, len(result.found))
            told: Done | Failed | None = result
            if following is None or part.name != following.name:
                early.put(part.name, result)
                continue
            while following is not None and told is not None:
                if isinstance(told, Done):
                    yield told
                else:
                    failed.append((following, told))
                following = next(waiting, None)
                told = early.pop(following.name) if following else None


class _Early:
    """Results by the name of their part."""

    def __init__(self, file: SpooledTemporaryFile[bytes]) -> None:
        self._file = file
        self._places: dict[str, int] = {}
        self._failed: dict[str, Failed] = {}

    def put(self, name: str, result: Done | Failed) -> None:
        if isinstance(result, Failed):
            self._failed[name] = result  # it may hold an error that cannot be pickled
        else:
            self._places[name] = self._file.seek(0, 2)
            pickle.dump(result, self._file, pickle.HIGHEST_PROTOCOL)

    def pop(self, name: str) -> Done | Failed | None:
        if name not in self._places:
            return self._failed.pop(name, None)
        self._file.seek(self._places.pop(name))
        result: Done = pickle.load(self._file)  # noqa: S301 - this process wrote it, to a file without a name
        if not self._places:
            self._file.seek(0)
            self._file.truncate()
        return result


def _outsized_first(parts: Sequence[Part]) -> list[Part]:
    """The parts, those first that at the end would keep one worker busy while the others have nothing to do."""
    ordinary = 2 * sum(part.size for part in parts) / len(parts)
    return sorted(parts, key=lambda part: -part.size if part.size > ordinary else 0)
