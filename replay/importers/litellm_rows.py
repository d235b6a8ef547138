"""Rows of LiteLLM's logs: the messages of a call, what came back and the parameters side by side.

Written to S3, GCS and other stores as its standard payload (https://docs.litellm.ai/docs/proxy/logging_spec), by
callbacks as ``kwargs`` with ``response_obj``, by the proxy as rows of its spend log.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec.structs import replace

from replay.importers import exchanges, litellm
from replay.importers.conversation import Exchange
from replay.importers.loose import mapping, moment, objects, text, unpacked
from replay.records import JSON, Api, Fidelity, ToolCall
from replay.wire.notes import WireError

SIGNS = frozenset({"call_type", "litellm_call_id", "model_parameters", "response_obj", "standard_logging_object"})
"""Keys that only these rows have."""
KEYS = SIGNS | {"response"}
_ANSWERS = ("response", "response_obj")
_PARAMETERS = ("model_parameters", "modelParameters", "optional_params")
_BESIDE = (
    "system",
    "tools",
    "tool_choice",
    "max_tokens",
    "max_completion_tokens",
    "temperature",
    "top_p",
    "stop",
    "seed",
)
_CLIENT = frozenset({"api_base", "api_key", "base_url", "extra_headers", "headers"})  # of LiteLLM itself, with secrets
_OURS = _CLIENT | {"messages", "input", "model"}
_APIS: dict[str, Api] = {
    "completion": "openai-chat",
    "acompletion": "openai-chat",
    "anthropic_messages": "anthropic",
    "responses": "openai-responses",
    "aresponses": "openai-responses",
}
_PATHS: dict[Api, str] = {"openai-chat": "/chat/completions", "anthropic": "/v1/messages"}
_REDACTED, _SHORTENED = "redacted-by-litellm", b"litellm_truncated"
_MAPPED = Fidelity("full", recovered=("messages",), inferred=("tool schemas", "parameters"))
_TOOLS = "tool schemas"
_TOOLLESS = Fidelity("partial", recovered=("messages",), inferred=("parameters",), missing=(_TOOLS,))
_BARE = Fidelity("partial", recovered=("messages",), missing=(_TOOLS, "parameters"))
_CUT = Fidelity("partial", recovered=("messages",), missing=("the middle of long texts, which LiteLLM cut out",))


def is_row(value: JSON) -> bool:
    """Whether ``value`` is such a row."""
    row = mapping(value)
    if isinstance(row.get("request"), dict):
        return False
    told = row.get("messages") is not None and any(key in row for key in _ANSWERS)
    return told or bool(row.keys() & SIGNS)


def exchange(row: dict[str, JSON], line: int, dropped: Counter[str]) -> Exchange:
    """The exchange that ``row`` records. A response that gives no answer is counted in ``dropped``.

    Its grade is that of what was logged: the body that came to the proxy, or the messages with the parameters as
    LiteLLM put them for the provider, or the messages alone. Where there are calls and no tools, those are not known.
    Raises ``WireError`` where no request is to be found.
    """
    views = [row, mapping(row.get("kwargs"))]
    views = [*(mapping(view.get("standard_logging_object")) for view in views), *views]
    kind = text(_first(views, "call_type"))
    if kind is not None and kind not in _APIS and _sent(views) is None:
        raise WireError("a call that is no conversation")
    response = _whole(unpacked(next((found for key in _ANSWERS if (found := _first(views, key))), None)))
    api = _APIS.get(kind or "") or _spoken(mapping(response))
    body, grade = _request(views, api)
    if "system" in body and kind not in _APIS and not _has_system(body):
        api = "anthropic"  # no other has it beside the messages; LiteLLM puts any answer as a chat completion
    if grade is not None and api != "anthropic":
        _as_chat(body)
    if _is_redacted(body.get("messages", body.get("input"))):
        raise WireError("its messages were redacted by LiteLLM")
    if (model := text(_first(views, "model")) or text(mapping(response).get("model"))) is not None:
        body.setdefault("model", model)
    given: dict[str, JSON] = {"request": body, "url": "" if api is None else _PATHS.get(api)}
    given["time"] = next((time for key in ("endTime", "end_time") if (time := moment(_first(views, key)))), None)
    failed = _first(views, "status") == "failure" or text(_first(views, "error_str")) is not None
    if not failed and f'"{_REDACTED}"'.encode() in msgspec.json.encode(response):
        dropped["response that was redacted by LiteLLM"] += 1
        response = None
    converted = api not in (None, "openai-chat") and "choices" in mapping(response)
    given["response"] = {"error": "failed"} if failed else None if converted else response
    read = exchanges.read(given, line, dropped)
    if converted and not failed:
        read = dataclasses.replace(read, answer=litellm.response(response))
    if grade == _MAPPED and not body.keys() & {"tools", "functions"} and _has_calls(read):
        grade = _TOOLLESS
    unknown = grade.missing if grade is not None else ()
    if _SHORTENED in msgspec.json.encode([body, response]):
        grade = replace(_CUT, missing=(*unknown, *_CUT.missing))
    if _TOOLS in unknown:
        bare = replace(read.prefix, setup=replace(read.prefix.setup, tools=None))
        read = dataclasses.replace(read, prefix=bare)
    return dataclasses.replace(read, fidelity=grade)


def _has_calls(read: Exchange) -> bool:
    said = [*read.prefix.messages, *([read.answer] if read.answer is not None else [])]
    return any(isinstance(part, ToolCall) for message in said for part in message.parts)


def _spoken(response: dict[str, JSON]) -> Api | None:
    """The API that a response is of."""
    match response:
        case {"choices": _}:
            return "openai-chat"
        case {"type": "message"}:
            return "anthropic"
        case {"object": "response"}:
            return "openai-responses"
        case _:
            return None


def _first(views: list[dict[str, JSON]], key: str) -> JSON:
    """What the first of ``views`` that has anything under ``key`` has there."""
    return next((found for view in views if (found := view.get(key)) not in (None, "", {}, [], "{}", "[]")), None)


def _request(views: list[dict[str, JSON]], api: Api | None) -> tuple[dict[str, JSON], Fidelity | None]:
    """The body of the request, and its grade where it is not as it was sent."""
    if (sent := _sent(views)) is not None:
        body = {key: value for key, value in sent.items() if not key.startswith("litellm_") and key not in _CLIENT}
        if body.get("metadata") is not None and not mapping(body["metadata"]).keys() <= {"user_id"}:
            del body["metadata"]  # the proxy's own notes on who asked, headers included
        return body, None
    told = unpacked(_first(views, "messages"))
    told = mapping(told).get("messages", told) if isinstance(told, dict) else told
    given = next((found for key in _PARAMETERS if (found := unpacked(_first(views, key))) is not None), None)
    given = given or {key: found for key in _BESIDE if (found := _first(views, key)) is not None} or None
    body = {key: value for key, value in mapping(given).items() if key not in _OURS}
    body["input" if api == "openai-responses" else "messages"] = told
    return body, _MAPPED if given is not None else _BARE


def _sent(views: list[dict[str, JSON]]) -> dict[str, JSON] | None:
    """The body that came to the proxy, where the row holds it."""
    for view in (*views, *(mapping(view.get("litellm_params")) for view in views)):
        found = mapping(unpacked(view.get("proxy_server_request")))
        found = mapping(unpacked(found.get("body"))) or found
        if isinstance(found.get("messages"), list) or ("model" in found and found.get("input")):
            return found
    return None


def _has_system(body: dict[str, JSON]) -> bool:
    return any(item.get("role") in ("system", "developer") for item in objects(body.get("messages")))


def _as_chat(body: dict[str, JSON]) -> None:
    """Put back what LiteLLM put in Anthropic's form for the provider: tools, and the prompt that the messages hold."""
    if tools := list(objects(body.get("tools"))):
        body["tools"] = list(_functions(tools))
    if _has_system(body):
        body.pop("system", None)


def _functions(tools: list[dict[str, JSON]]) -> Iterator[JSON]:
    """Tools as Chat Completions has them, also those that were put in Anthropic's form for the provider."""
    for tool in tools:
        if "input_schema" in tool:
            told: dict[str, Any] = {key: tool[key] for key in ("name", "description") if key in tool}
            yield {"type": "function", "function": {**told, "parameters": tool["input_schema"]}}
        else:
            yield tool


def _whole(response: JSON) -> JSON:
    """``response`` as a body where it is only the text or the message in one."""
    match response:
        case str() if response.strip() and not response.lstrip().startswith(("{", "[", "data:", "event:")):
            return {"choices": [{"message": {"role": "assistant", "content": response}}]}
        case {"content": str(), "role": "assistant"} | {"role": "assistant", "tool_calls": list()}:
            return {"choices": [{"message": response}]}
        case _:
            return response or None


def _is_redacted(messages: JSON) -> bool:
    return any(item.get("content") == _REDACTED for item in objects(messages))
