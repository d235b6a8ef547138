"""Completions from OpenAI's Responses API, or a server that speaks it, through the ``openai`` SDK."""

from __future__ import annotations

from typing import Any, Unpack

from replay.records import JSON, Completion, Request, ToolCall, Usage
from replay.samplers import plan, thinking, transport
from replay.samplers.openai import close, connect, fault, want_key
from replay.samplers.protocol import How, MalformedResponse, Outgoing
from replay.wire import openai_responses as wire
from replay.wire.notes import Notes, WireError

__all__ = ["API", "body", "close", "connect", "fault", "parse", "send", "want_key"]

API: str = wire.API
_STOPS: dict[str | None, Any] = {
    "completed": "end",
    "max_output_tokens": "length",
    "content_filter": "content_filter",
}


def body(request: Request) -> Outgoing:
    """The Responses body of ``request``. Answers are read at once, so ``background`` is left out.

    Where the prefix does not say, nothing is kept by the server (``store`` false) and reasoning comes back encrypted.
    Raises UserError where the prefix holds thinking that the model would refuse.
    """
    notes = Notes()
    made = plan.write(request, wire, notes)
    if made.pop("background", None):
        notes.add("`background` left out: the answer is awaited")
    made.setdefault("store", False)
    return Outgoing(made, notes.sentences(), thinking.on_policy(request))


def parse(response: JSON) -> Completion:
    """The completion in a response. Raises MalformedResponse for one that failed, or that is none."""
    try:
        message = wire.read_response(response)
    except WireError as error:
        raise MalformedResponse(str(error)) from error
    stop = _STOPS.get(message.stop, "other")
    contents = [item.get("content") for item in response["output"] if item.get("type") == "message"]
    said = [block for content in contents if isinstance(content, list) for block in content if isinstance(block, dict)]
    if stop == "end" and any(block.get("type") == "refusal" for block in said):
        stop = "refusal"
    elif stop == "end" and any(isinstance(part, ToolCall) for part in message.parts):
        stop = "tool_calls"
    return Completion(message.parts, stop, model=message.model, usage=message.usage or Usage(), response=response)


async def send(client: Any, body: bytes, **how: Unpack[How]) -> bytes:  # noqa: ANN401 - the client of an SDK
    """Post ``body`` as it is, or asking for a stream; the response's JSON."""
    import openai as sdk

    return await transport.post(sdk, client, "/responses", body, **how)
