"""Raw request bodies of the Anthropic, Chat Completions and Responses APIs, as a proxy or a client logs them.

One JSON value a line, a list of them, or a single one: a bare body, or ``{"request": body, "response"?: body}`` with
optional ``url``, ``model`` and ``time``, or a row of LiteLLM's logs; a request of the form ``{"url": …, "headers": …,
"body": …}`` is unwrapped and its headers are dropped. The requests of one conversation become one transcript: messages
that they share lie in it once, and its turns are the requests, each with its recorded answer or, without one, what a
later request shows the model to have said. Fidelity is exact, of LiteLLM's rows what they hold.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from replay.importers import conversation, exchanges, lines, litellm_rows, views
from replay.importers.fault import ImportFault
from replay.importers.session import digest
from replay.records import Ledger, Source, Transcript
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


def sniff(head: bytes, name: str) -> bool:
    """Whether the first object in ``head``, cut off or not, is a request body or holds one."""
    text = head.decode("utf-8", "replace")
    keys = _keys(text, 0)
    if "request" not in keys:
        inner = _keys(text, keys["kwargs"]) if "kwargs" in keys else {}
        return _is_body(keys) or _is_logged(keys) or _is_logged(inner) or _is_body(inner)
    inner = _keys(text, keys["request"])
    return "messages" in inner or "body" in inner or _is_body(inner)


def read(path: Path) -> Iterator[Transcript]:
    """The conversations in ``path``, in the order they begin.

    Raises ImportFault where no line holds a request. Lines that do not are counted in the first transcript's ledger.
    """
    count = lines.Count()
    found: dict[bytes, conversation.Conversation] = {}
    for number, value in lines.values(path, count):
        reader = litellm_rows.exchange if litellm_rows.is_row(value) else exchanges.read
        try:
            exchange = reader(value, number, count.dropped)
        except WireError as error:
            count.dropped[f"line that is no request: {error}"] += 1
            continue
        key = conversation.key(exchange.prefix)
        found.setdefault(key, conversation.Conversation()).add(exchange)
    if not found:
        raise ImportFault("holds no request body of the Anthropic, Chat Completions or Responses API", path=path)
    ledger = count.ledger()
    for told in found.values():
        yield views.unanswered(told.transcript(Source(NAME, path.name, sha256=digest(path)), ledger))
        ledger = Ledger()


# --- sniffing ----------------------------------------------------------------------------------------------


def _is_body(keys: dict[str, int]) -> bool:
    if {"model", "input"} <= keys.keys():
        return keys.keys() <= _RESPONSES | {_CUT}
    return ("model" in keys and bool(keys.keys() & _PARAMETERS)) or keys.keys() == {"messages", _CUT}


def _is_logged(keys: dict[str, int]) -> bool:
    """Whether these are the keys of a call as LiteLLM logs it."""
    return "standard_logging_object" in keys or ("messages" in keys and bool(keys.keys() & litellm_rows.KEYS))


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
