"""A fixture: code, the rules at stake, and where they must match; read from JSON lines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from replay.errors import UserError
from replay.languages import BY_NAME, of_fence


class Fixture(msgspec.Struct, frozen=True):
    """One text and what is true of it.

    ``rules`` are ids of ours or globs over them, alternatives to each other: one of them must find each line.
    ``positive_lines`` are 1-based; None means that only ``verdict`` is known: whether there is anything to find.
    ``before`` is the text before the edit, for rules that compare two texts. Fields of other names are passed over.
    """

    id: str
    language: str
    code: str
    rules: tuple[str, ...]
    verdict: bool
    positive_lines: tuple[int, ...] | None = None
    path: str | None = None
    before: str | None = None


def read(path: Path) -> Iterator[Fixture]:
    """The fixtures of a file of JSON lines, empty lines passed over.

    A language may be given by any of its fence words (``js``). Raises UserError with path and line for what is no
    fixture, an unknown language, and lines that contradict the verdict or the text.
    """
    decoder = msgspec.json.Decoder(Fixture)
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                try:
                    fixture = decoder.decode(line)
                except (msgspec.DecodeError, UnicodeDecodeError) as error:
                    raise UserError(f"no fixture: {error}", path=path, line=number) from error
                if why := _fault(fixture):
                    raise UserError(f"fixture {fixture.id}: {why}", path=path, line=number)
                yield msgspec.structs.replace(fixture, language=of_fence(fixture.language) or fixture.language)
    except OSError as error:
        raise UserError(f"cannot be read ({error.strerror})", path=path) from error


def _fault(fixture: Fixture) -> str | None:
    if (of_fence(fixture.language) or fixture.language) not in BY_NAME:
        return f"unknown language {fixture.language!r}: known are {', '.join(BY_NAME)}"
    if not fixture.rules:
        return "names no rule"
    if fixture.positive_lines is None:
        return None
    if bool(fixture.positive_lines) is not fixture.verdict:
        return "positive_lines and verdict contradict each other: null means that the lines are not known"
    last = fixture.code.count("\n") + 1
    beyond = [line for line in fixture.positive_lines if not 1 <= line <= last]
    return f"line {beyond[0]} is not in its {last} lines of code" if beyond else None
