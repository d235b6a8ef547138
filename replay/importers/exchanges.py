"""A recorded request, with its response where there is one, as it lies in a log: bare, wrapped, streamed or not."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator
from types import ModuleType

import msgspec

from replay.importers.conversation import Exchange
from replay.records import JSON, Api, Message, Prefix
from replay.wire import anthropic, openai_chat, openai_responses, sse
from replay.wire.notes import WireError

CUT = "streamed response that was cut off"
LARGEST = 256 * 1024 * 1024
_CODECS: dict[Api, ModuleType] = {
    "anthropic": anthropic,
    "openai-chat": openai_chat,
    "openai-responses": openai_responses,
}
_ERROR = "response that is an error"
_EMPTY = "response that holds no message"
_GZIP = b"\x1f\x8b"


def read(value: JSON, line: int, dropped: Counter[str]) -> Exchange:
    """The exchange that ``value`` records: a body, or an object with ``request``, ``response``, ``url``, ``time``.

    A response that gives no answer is counted in ``dropped``. Raises ``WireError`` where no request is to be found.
    """
    if not isinstance(value, dict):
        raise WireError("not an object")
    request, response, url = value, None, value.get("url")
    if isinstance(value.get("request"), dict):
        request, response = value["request"], value.get("response")
        url = url or request.get("url")
        if "messages" not in request and "body" in request:
            request = _body(request["body"])
        if isinstance(response, dict) and ("body" in response or "body_raw" in response):
            response = response["body"] if response.get("body") is not None else response.get("body_raw")
        if "model" not in request and isinstance(value.get("model"), str):
            request = {**request, "model": value["model"]}
    elif "model" not in request:
        raise WireError("neither `request` nor `model`")
    response, api, lost = _response(response)
    codec = _CODECS[api] if api is not None else _codec(request, response, url if isinstance(url, str) else "")
    read: Prefix = codec.read_request(request)
    answer, why = _answer(codec, response)
    lost = lost or why
    dropped.update([] if lost is None else [lost])
    times = (value.get(key) for key in ("time", "timestamp", "logged_at"))
    time = next((time for time in times if isinstance(time, str)), None)
    return Exchange(line, read, answer, time)


def plain(body: JSON) -> JSON:
    """``body`` as text where it is bytes, inflated where they are a gzip stream; other values as they are.

    Raises ``WireError`` for a stream that is broken or inflates to more than ``LARGEST`` bytes.
    """
    if not isinstance(body, bytes):
        return body
    if body.startswith(_GZIP):
        inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        try:
            body = inflater.decompress(body, LARGEST)
        except zlib.error as error:
            raise WireError("a compressed body that is broken") from error
        if inflater.unconsumed_tail:
            raise WireError("a compressed body larger than 256 MiB")
    return body.decode("utf-8", "replace")


def _response(response: JSON) -> tuple[JSON, Api | None, str | None]:
    """The response unstreamed, the API that a stream is of, and why there is no response where a stream gives none."""
    response = plain(response)
    try:
        if isinstance(response, str) and sse.looks_streamed(response):
            told = sse.assemble(response)
        elif isinstance(response, list) and response and all(isinstance(event, dict) for event in response):
            told = sse.fold(response)
        elif isinstance(response, str) and response.lstrip().startswith("{"):
            return _body(response), None, None
        else:
            return response, None, None
    except WireError as error:
        return None, None, _ERROR if str(error).startswith(sse.FAULT) else _EMPTY
    return (told.body, told.api, None) if told.whole else (None, told.api, CUT)


def _body(body: JSON) -> dict[str, JSON]:
    body = plain(body)
    if isinstance(body, str):
        try:
            body = msgspec.json.decode(body)
        except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
            raise WireError("a body that is no JSON") from error
    if not isinstance(body, dict):
        raise WireError("a body that is no object")
    return body


def _answer(codec: ModuleType, response: JSON) -> tuple[Message | None, str | None]:
    match response:
        case None:
            return None, None
        case str():
            return None, "response that is no JSON"
        case {"error": dict() | str()} | {"type": "error"}:
            return None, _ERROR
        case _:
            try:
                return codec.read_response(response), None
            except WireError:
                return None, _EMPTY


def _codec(body: dict[str, JSON], response: JSON, url: str) -> ModuleType:
    """The codec of the API that ``body`` speaks, by the strongest sign there is."""
    if "/chat/completions" in url or (isinstance(response, dict) and "choices" in response):
        return openai_chat
    if url.partition("?")[0].endswith("/messages") or (
        isinstance(response, dict) and response.get("type") == "message"
    ):
        return anthropic
    if "input" in body and "messages" not in body:
        if isinstance(response, dict) and "output" not in response and "error" not in response:
            raise WireError("an `input` that is not for the Responses API")
        return openai_responses
    if any(_speaks_chat(item) for item in _objects(body, "messages", "tools")) or body.keys() & {
        "max_completion_tokens",
        "response_format",
        "frequency_penalty",
        "presence_penalty",
        "seed",
        "reasoning_effort",
        "stream_options",
        "n",
    }:
        return openai_chat
    if any(_speaks_anthropic(item) for item in _objects(body, "messages", "tools")) or body.keys() & {
        "system",
        "stop_sequences",
        "top_k",
        "thinking",
        "anthropic_version",
        "context_management",
    }:
        return anthropic
    return anthropic if "claude" in str(body.get("model")) and "max_tokens" in body else openai_chat


def _objects(body: dict[str, JSON], *keys: str) -> Iterator[dict[str, JSON]]:
    for key in keys:
        found = body.get(key)
        yield from (item for item in (found if isinstance(found, list) else ()) if isinstance(item, dict))


def _speaks_chat(item: dict[str, JSON]) -> bool:
    return item.get("role") in ("tool", "function", "system", "developer") or "tool_calls" in item or "function" in item


def _speaks_anthropic(item: dict[str, JSON]) -> bool:
    blocks = ("tool_use", "tool_result", "thinking", "redacted_thinking", "image", "document")
    return "input_schema" in item or any(block.get("type") in blocks for block in _objects(item, "content"))
