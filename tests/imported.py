"""What tests of importers look at: the one transcript in a file, and what the model had been sent before a turn."""

from collections.abc import Iterator
from pathlib import Path

from replay import importers, prefix
from replay.errors import UserError
from replay.records import Text, Transcript

PAGE = 4096


def only(path: Path, kind: str) -> Transcript:
    """The one transcript in a file that is recognised as of format ``kind``; its id is that of its content."""
    assert importers.identify(path) == kind
    (found,) = importers.read(path)
    assert found.id == prefix.identify(found)
    return found


def seen(found: Transcript, turn: int) -> list[str]:
    """The texts of the prefix of a turn, results included."""
    texts: list[str] = []
    for message in prefix.prefix(found, turn).messages:
        for part in message.parts:
            inner = [part] if isinstance(part, Text) else getattr(part, "parts", ())
            texts.extend(one.text for one in inner)
    return texts


def damaged(path: Path) -> Iterator[list[Transcript] | str]:
    """What is read of a database with each of its pages overwritten in turn, or the sentence by which it is refused."""
    pages = path.read_bytes()
    for at in range(0, len(pages), PAGE):
        path.write_bytes(pages[:at] + b"\xa5" * PAGE + pages[at + PAGE :])
        try:
            found: list[Transcript] | str = list(importers.read(path))
        except UserError as fault:
            found = fault.what
        yield found
