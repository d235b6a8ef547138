"""Cline and Roo Code: the API history of a task, and the session files of Cline's SDK.

Written by https://github.com/cline/cline. Beside a task's ``api_conversation_history.json`` lie companions that
mirror it for the interface; they are known and refused by name, as are recordings of responses without requests.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from replay.importers import document, peek
from replay.importers.cline import history, sdk
from replay.importers.fault import ImportFault
from replay.importers.lines import Count
from replay.importers.loose import mapping, objects
from replay.importers.session import Session, digest
from replay.records import JSON, Source, Transcript

NAME = "cline"


def sniff(head: bytes, name: str) -> bool:
    """Whether the file is one of Cline's, a transcript or a companion of one."""
    values = peek.values(head, 1)
    return bool(values) and _kind(values[0]) is not None


def read(path: Path) -> Iterator[Transcript]:
    """The one task or session in ``path``.

    Raises ImportFault for a companion file and for a recording of responses, with what they hold.
    """
    session = Session(Count())
    value = document.load(path, session.count, mend=True)
    source = Source(NAME, path.name, sha256=digest(path), agent="cline")
    match _kind(value):
        case "history":
            made = history.read(value, path, session, source)
        case "sdk":
            made = sdk.read(mapping(value), session, source)
        case "ui":
            raise ImportFault(
                f"mirrors a task for the interface ({len(value)} messages): import api_conversation_history.json",
                path=path,
            )
        case "metadata":
            files = len(list(objects(mapping(value).get("files_in_context"))))
            raise ImportFault(
                f"describes a task ({files} files in context): import api_conversation_history.json", path=path
            )
        case "recording":
            raise ImportFault(
                f"holds {len(value)} recorded responses and no request: there is nothing to replay", path=path
            )
        case _:
            raise ImportFault("is no history that Cline or Roo Code wrote", path=path)
    if not made.messages:
        raise ImportFault("holds no message", path=path)
    yield made


def _kind(value: JSON) -> str | None:
    rows = list(objects(value))[:20]
    if isinstance(value, dict):
        if {"sessionId", "messages"} <= value.keys() and {"version", "agent", "updated_at"} & value.keys():
            return "sdk"
        return "metadata" if "files_in_context" in value else None
    if rows and all({"scope", "method", "status"} <= row.keys() for row in rows):
        return "recording"
    if any(isinstance(row.get("ts"), int) and row.get("type") in ("say", "ask") for row in rows):
        return "ui"
    return "history" if any(history.is_row(row) for row in rows) else None
