"""Raw request bodies of the Anthropic, Chat Completions and Responses APIs, as a proxy or a client logs them.

One JSON value a line, a list of them, or a single one: a bare body, or ``{"request": body, "response"?: body}`` with
optional ``url``, ``model`` and ``time``; a request of the form ``{"url": …, "headers": …, "body": …}`` is unwrapped and
its headers are dropped. The requests of one conversation become one transcript: messages that they share lie in it
once, and its turns are the requests, each with its recorded answer or, without one, what a later request shows the
model to have said. Fidelity is exact.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import msgspec

from replay.importers import conversation, lines
from replay.importers.conversation import Exchange
from replay.importers.fault import ImportFault
from replay.records import JSON, Ledger, Message, Prefix, Source, Transcript
from replay.wire import anthropic, openai_chat, openai_responses
from replay.wire.notes import WireError

NAME = "requests"
_KEY = re.compile(r'\s*,?\s*("(?:[^"\\]|\\.)*")\s*:\s*')
_OPEN = re.compile(r"[\s\ufeff\[]*\{")
_CUT = "\0cut"
_PARAMETERS = {"system", "tools", "max_tokens", "max_completion_tokens", "temperature", "stream", "messages"}
_RESPONSES = {"background", "conversation", "include", "input", "instructions", "max_output_tokens"} | {
    *(
        "max_tool_calls",
        "metadata",
        "model",
        "parallel_tool_calls",
        "previous_response_id",
        "prompt",
        "prompt_cache_key",
    ),
    *("prompt_cache_retention", "reasoning", "safety_identifier", "service_tier", "store", "stream", "stream_options"),
    *("temperature", "text", "tool_choice", "tools", "top_logprobs", "top_p", "truncation", "user"),
}


def sniff(head: bytes, name: str) -> bool:  # noqa: ARG001 - the protocol of importers gives the name too
    """Whether the first object in ``head``, cut off or not, is a request body or holds one."""
    text = head.decode("utf-8", "replace")
    keys = _keys(text, 0)
    if "request" not in keys:
        return _is_body(keys)
    inner = _keys(text, keys["request"])
    return "messages" in inner or "body" in inner or _is_body(inner)


def read(path: Path) -> Iterator[Transcript]:
    """The conversations in ``path``, in the order they begin.

    Raises ImportFault where no line holds a request. Lines that do not are counted in the first transcript's ledger.
    """
    count = lines.Count()
    found: dict[bytes, conversation.Conversation] = {}
    for number, value in lines.values(path, count):
        try:
            exchange = _exchange(value, number, count.dropped)
        except WireError as error:
            count.dropped[f"line that is no request: {error}"] += 1
            continue
        key = conversation.key(exchange.prefix)
        found.setdefault(key, conversation.Conversation()).add(exchange)
    if not found:
        raise ImportFault("holds no request body of the Anthropic, Chat Completions or Responses API", path=path)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    ledger = count.ledger()
    for told in found.values():
        yield told.transcript(Source(NAME, path.name, sha256=digest), ledger)
        ledger = Ledger()


# --- one request -------------------------------------------------------------------------------------------


def _exchange(value: JSON, line: int, dropped: Counter[str]) -> Exchange:
    if not isinstance(value, dict):
        raise WireError("not an object")
    request, response, url = value, None, value.get("url")
    if isinstance(value.get("request"), dict):
        request, response = value["request"], value.get("response")
        url = url or request.get("url")
        if "messages" not in request and "body" in request:
            request = _body(request["body"])
        if isinstance(response, dict) and ("body" in response or "body_raw" in response):
            response = response.get("body", response.get("body_raw"))
        if "model" not in request and isinstance(value.get("model"), str):
            request = {**request, "model": value["model"]}
    elif "model" not in request:
        raise WireError("neither `request` nor `model`")
    response = _body(response) if isinstance(response, str) and response.lstrip().startswith("{") else response
    codec = _codec(request, response, url if isinstance(url, str) else "")
    read: Prefix = codec.read_request(request)
    answer, lost = _answer(codec, response)
    dropped.update([] if lost is None else [lost])
    times = (value.get(key) for key in ("time", "timestamp", "logged_at"))
    time = next((time for time in times if isinstance(time, str)), None)
    return Exchange(line, read, answer, time)


def _body(body: JSON) -> dict[str, JSON]:
    if isinstance(body, str):
        try:
            body = msgspec.json.decode(body)
        except (msgspec.MsgspecError, RecursionError) as error:
            raise WireError("a body that is no JSON") from error
    if not isinstance(body, dict):
        raise WireError("a body that is no object")
    return body


def _answer(codec: ModuleType, response: JSON) -> tuple[Message | None, str | None]:
    match response:
        case None:
            return None, None
        case str():
            return None, "response that is no JSON (streamed)"
        case {"error": _} | {"type": "error"}:
            return None, "response that is an error"
        case _:
            try:
                return codec.read_response(response), None
            except WireError:
                return None, "response that holds no message"


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


# --- sniffing ----------------------------------------------------------------------------------------------


def _is_body(keys: dict[str, int]) -> bool:
    if {"model", "input"} <= keys.keys():
        return keys.keys() <= _RESPONSES | {_CUT}
    return ("model" in keys and bool(keys.keys() & _PARAMETERS)) or keys.keys() == {"messages", _CUT}


def _keys(text: str, start: int) -> dict[str, int]:
    """The keys of the object at ``start`` with the places of their values, as far as the text goes.

    The key ``_CUT`` is added where a value is cut off.
    """
    keys: dict[str, int] = {}
    opened = _OPEN.match(text, start)
    at = opened.end() if opened else len(text)
    decoder = json.JSONDecoder()
    while found := _KEY.match(text, at):
        keys[found[1][1:-1]] = found.end()
        try:
            _, at = decoder.raw_decode(text, found.end())
        except (ValueError, RecursionError):
            keys[_CUT] = found.end()
            break
    return keys
