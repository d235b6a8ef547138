"""Thoughts as Copilot Chat keeps them: their text, and what seals them."""

from __future__ import annotations

from collections.abc import Iterator

from replay.importers import loose
from replay.records import JSON, Reasoning


def thought(value: JSON, model: str | None) -> Iterator[Reasoning]:
    """The thought in ``value`` where there is one: of Claude the seal is a signature, else the thought, encrypted."""
    told = loose.mapping(value)
    text, sealed = told.get("text"), loose.text(told.get("encrypted"))
    lines = text if isinstance(text, list) else [text]
    joined = "".join(line for line in lines if isinstance(line, str))
    if joined and sealed and "claude" in (model or ""):
        yield Reasoning(joined, signature=sealed)
    elif joined or sealed:
        yield Reasoning(joined, encrypted=sealed, id=loose.text(told.get("id")) if sealed else None)
