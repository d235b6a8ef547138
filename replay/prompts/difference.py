"""What a prompt edit changed, as a unified diff that a person reads in a report."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from itertools import zip_longest

from replay.records import Message, Part, Prefix, Text, encode


def diff(before: Prefix, after: Prefix) -> str:
    """A unified diff of the system prompt and of each message that differs, "" where nothing does.

    Messages are numbered from 0 as in the request; every line ends in a newline. The same prefixes give the same text.
    """
    lines: list[str] = []
    if before.setup.system != after.setup.system:
        known = (
            "" if before.setup.system else f" ({'not in the transcript' if before.setup.system is None else 'none'})"
        )
        lines += _unified(before.setup.system or (), after.setup.system or (), "system prompt", known)
    for index, (old, new) in enumerate(zip_longest(before.messages, after.messages)):
        if old is not new and old != new:
            name = f"message {index} ({(new or old).role})"
            lines += _unified(_parts(old), _parts(new), name, "")
    return "".join(f"{line}\n" for line in lines)


def _parts(message: Message | None) -> tuple[Part, ...]:
    return message.parts if message else ()


def _unified(old: tuple[Part, ...], new: tuple[Part, ...], name: str, known: str) -> Iterator[str]:
    return difflib.unified_diff(_lines(old), _lines(new), f"{name}, before{known}", f"{name}, after", lineterm="")


def _lines(parts: tuple[Part, ...]) -> list[str]:
    lines: list[str] = []
    for part in parts:
        match part:
            case Text(text=text):
                lines += text.splitlines()
            case _:
                lines.append(encode(part).decode())
    return lines
