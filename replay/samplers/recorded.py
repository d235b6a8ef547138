"""What the transcript's own model said: a self-test of the pipeline, never a baseline."""

from __future__ import annotations

from typing import Any

import msgspec

from replay.records import JSON, Completion, Message, Request, ToolCall, Usage
from replay.samplers.played import close, connect, fault, send, want_key
from replay.samplers.protocol import MalformedResponse, Outgoing

__all__ = ["API", "body", "close", "connect", "fault", "parse", "send", "want_key"]

API: str = "recorded"
_STOPS: dict[str, Any] = {
    "end_turn": "end",
    "stop_sequence": "end",
    "stop": "end",
    "tool_use": "tool_calls",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "max_tokens": "length",
    "length": "length",
    "refusal": "refusal",
    "content_filter": "content_filter",
}


def body(request: Request) -> Outgoing:
    """The recorded completion itself."""
    return Outgoing({"recorded": msgspec.to_builtins(request.recorded)}, on_policy=True)


def parse(response: JSON) -> Completion:
    """The recorded completion; where the source has no stop reason, tool calls or the end stand for it."""
    try:
        message = msgspec.convert(response["recorded"], Message)
    except (msgspec.ValidationError, KeyError, TypeError) as error:
        raise MalformedResponse(f"not a recorded message: {error}") from error
    calls = any(isinstance(part, ToolCall) for part in message.parts)
    stop: Any = _STOPS.get(message.stop, "other") if message.stop else "tool_calls" if calls else "end"
    return Completion(message.parts, stop, message.model, message.usage or Usage(), response)
