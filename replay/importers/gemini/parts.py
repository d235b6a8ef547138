"""Parts of the Gemini API (``text``, ``functionCall``, ``functionResponse`` …) to records.

Format: https://ai.google.dev/api/caching#Part. A part that is not modelled is ``Opaque``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from replay.importers.session import DAMAGED, Session
from replay.records import JSON, Image, Opaque, Part, Reasoning, Text, ToolCall, ToolResult, Usage
from replay.wire.counts import tokens

API = "gemini"


def read(value: JSON, session: Session) -> Iterator[Part]:
    """The parts of a ``content``: text, one part, or a list of either. Calls get their ids from ``session``."""
    match value:
        case None | "":
            return
        case str(text):
            yield Text(text)
        case list(items):
            for item in items:
                yield from read(item, session)
        case dict():
            yield from _part(value, session)
        case _:
            session.drop("part of an unknown shape")


def result(part: dict[str, Any], call: str, detail: JSON = None) -> ToolResult:
    """The result in a ``functionResponse`` for the call known as ``call``.

    The client puts what a tool printed under ``output`` and a failure under ``error``; anything else is JSON.
    """
    response = part.get("response")
    inner = part.get("parts")
    shown = [leaf(item) for item in inner if isinstance(item, dict)] if isinstance(inner, list) else []
    match response:
        case {"output": str(text)}:
            told, error = text, None
        case {"error": str(text)}:
            told, error = text, True
        case str(text):
            told, error = text, None
        case _:
            told, error = msgspec.json.encode(response).decode(), None
    return ToolResult(call, (Text(told), *shown), error, "blocks" if shown else "string", detail)


def leaf(part: dict[str, Any]) -> Text | Image | Opaque:
    """A part that is neither call nor result nor thought."""
    match part:
        case {"text": str(text)}:
            return Text(text)
        case {"inlineData": {"mimeType": str(mime), "data": str(data)}} if mime.startswith("image/"):
            return Image(mime, data)
        case {"fileData": {"mimeType": str(mime), "fileUri": str(uri)}} if mime.startswith("image/"):
            return Image(mime, url=uri)
        case _:
            return Opaque(API, part)


def usage(counts: JSON) -> Usage | None:
    """The token counts of a message: the prompt counts its cached part, and the answer does not count its thoughts."""
    if not isinstance(counts, dict):
        return None
    cached, thoughts = tokens(counts, "cached"), tokens(counts, "thoughts")
    return Usage(
        input=max(0, tokens(counts, "input") - cached),
        cache_read=cached,
        output=tokens(counts, "output") + thoughts,
        reasoning=thoughts,
    )


def called(name: object, arguments: JSON, old: object, session: Session) -> ToolCall:
    """A call of the tool ``name``, under a fresh id where the source gives none."""
    known = arguments if isinstance(arguments, dict) else {} if arguments is None else _text(arguments)
    tool = name if isinstance(name, str) else ""
    return ToolCall(session.calls.call(old, tool=tool), tool, known)


def _text(value: JSON) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _part(part: dict[str, Any], session: Session) -> Iterator[Part]:
    mark = part.get("thoughtSignature")
    sign = mark if isinstance(mark, str) and DAMAGED not in mark else None
    match part:
        case {"thought": True, "text": str(text)}:
            yield Reasoning(text, signature=sign)
            return
        case {"functionResponse": dict(answer)}:
            known = session.calls.result(answer.get("id"), tool=str(answer.get("name")))
            if known is None:
                session.count.notes["a result without a call in the file is kept as it is"] = None
            yield result(answer, known or str(answer.get("id")))
            return
    if sign is not None:
        yield Reasoning(signature=sign)
    match part:
        case {"functionCall": dict(call)}:
            yield called(call.get("name"), call.get("args"), call.get("id"), session)
        case _:
            yield leaf(part)
