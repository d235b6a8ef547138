"""A streamed response (server-sent events) put together into the response that the same API sends unstreamed.

Format of the stream: https://html.spec.whatwg.org/multipage/server-sent-events.html; of the events: the streaming
pages of the Anthropic Messages, OpenAI Chat Completions and OpenAI Responses references. Nothing here does any I/O.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from replay.records import JSON, Api
from replay.wire import sse_anthropic, sse_chat, sse_responses
from replay.wire.notes import WireError

FAULT = "a streamed error"
_LINE = re.compile(r"\r\n|\n|\r")
_FIELD = re.compile(r"^\ufeff?(?:event|data|id|retry)?:", re.MULTILINE)
_CUT: dict[str, JSON] = {"type": "replay.cut"}
_DONE: dict[str, JSON] = {"type": "replay.done"}


class Streamed(NamedTuple):
    """A response put together: its ``body``, the API that sent it, and whether the stream reached its end.

    The body of a stream that was cut off holds what had come: text as far as it goes, arguments that do not parse as
    the text they are, no stop reason.
    """

    body: dict[str, JSON]
    api: Api
    whole: bool


def looks_streamed(text: str) -> bool:
    """Whether ``text`` is an event stream: its first line that is not empty is a field or a comment of one."""
    return _FIELD.match(text.lstrip("\r\n \t")) is not None


def events(stream: bytes | str) -> Iterator[dict[str, JSON]]:
    """The JSON objects that the events of ``stream`` carry, in order.

    Comments and events without data are passed over. ``[DONE]`` comes as ``{"type": "replay.done"}``, data that is no
    JSON object (the end of a stream that was cut off) as ``{"type": "replay.cut"}``.
    """
    text = stream.decode("utf-8", "replace") if isinstance(stream, bytes) else stream
    data: list[str] = []
    for line in (*_LINE.split(text.removeprefix("\ufeff")), ""):
        if not line.strip():
            yield from _dispatch(data)
            data = []
        elif line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))


def assemble(stream: bytes | str) -> Streamed:
    """The response that ``stream`` tells. Raises ``WireError`` where it is of no known API, empty, or an error."""
    return fold(events(stream))


def fold(told: Iterable[dict[str, JSON]]) -> Streamed:
    """The response that the events ``told``, already decoded, come to. Raises ``WireError`` as ``assemble`` does."""
    state: Any = None
    api: Api | None = None
    whole, done = True, False
    for event in told:
        if event in (_CUT, _DONE):
            whole, done = whole and event != _CUT, done or event == _DONE
            continue
        if (fault := _fault(event)) is not None:
            raise WireError(f"{FAULT}: {fault}")
        if api is None and (api := _api(event)) is not None:
            state = _ASSEMBLERS[api]()
        if state is not None:
            state.take(event)
    if api is None or (body := state.body()) is None:
        raise WireError("a stream without a response")
    return Streamed(body, api, whole and (done or state.ended))


_ASSEMBLERS: dict[Api, type] = {
    "anthropic": sse_anthropic.Assembly,
    "openai-chat": sse_chat.Assembly,
    "openai-responses": sse_responses.Assembly,
}


def _dispatch(data: list[str]) -> Iterator[dict[str, JSON]]:
    """The event whose data lines are ``data``; lines that are events of their own where the blank ones are missing."""
    whole = "\n".join(data).strip()
    if not whole:
        return
    value = _DONE if whole == "[DONE]" else _decode(whole)
    if isinstance(value, dict):
        yield value
    elif len(data) == 1:
        yield _CUT
    else:
        for line in data:
            yield from _dispatch([line])


def _decode(text: str) -> JSON:
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return None


def _api(event: dict[str, JSON]) -> Api | None:
    kind = event.get("type")
    if isinstance(kind, str):
        if kind.startswith("response."):
            return "openai-responses"
        if kind == "message_start":
            return "anthropic"
    return "openai-chat" if isinstance(event.get("choices"), list) else None


def _fault(event: dict[str, JSON]) -> str | None:
    match event:
        case {"type": "error", "error": {"type": str(kind)}} | {"error": {"type": str(kind)}}:
            return kind
        case {"type": "error"} | {"error": {"message": _}}:
            return "unknown"
        case _:
            return None
