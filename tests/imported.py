"""What tests of importers look at: the one transcript in a file, and what the model had been sent before a turn."""

from pathlib import Path

from replay import importers, prefix
from replay.records import Text, Transcript


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
