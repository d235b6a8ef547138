"""Completions from OpenAI's Chat Completions API, or any server that speaks it, through the ``openai`` SDK."""

from __future__ import annotations

import os
from functools import partial
from typing import Any, Unpack

from replay.errors import UserError
from replay.records import JSON, Arm, Completion, Request, Text, ToolCall, Usage
from replay.samplers import faults, plan, thinking, transport
from replay.samplers.protocol import Fault, How, MalformedResponse, Outgoing
from replay.wire import openai_chat as wire
from replay.wire.notes import Notes, WireError

API: str = wire.API
_LIMITS = ("max_completion_tokens", "max_tokens")
_STOPS: dict[str | None, Any] = {
    "stop": "end",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "length": "length",
    "content_filter": "content_filter",
}


def body(request: Request) -> Outgoing:
    """The Chat Completions body of ``request``. A token limit is sent only where the arm or the capture gives one.

    The arm's own name for it, ``max_tokens`` or ``max_completion_tokens``, replaces the other; one choice is drawn.
    Raises UserError where the prefix holds thinking that the model would refuse.
    """
    notes = Notes()
    made = plan.write(request, wire, notes)
    if given := [name for name in _LIMITS if name in request.arm.params]:
        for name in set(_LIMITS) - set(given):
            made.pop(name, None)
    if made.pop("n", 1) not in (1, None):
        notes.add("`n` left out: each draw is a request")
    return Outgoing(made, notes.sentences(), thinking.on_policy(request))


def parse(response: JSON) -> Completion:
    """The completion in a response's first choice. Raises MalformedResponse."""
    try:
        message = wire.read_response(response)
    except WireError as error:
        raise MalformedResponse(str(error)) from error
    parts = tuple(part for part in message.parts if not (isinstance(part, Text) and not part.text))
    stop = _STOPS.get(message.stop, "other")
    if stop == "end" and response["choices"][0]["message"].get("refusal"):
        stop = "refusal"
    elif stop == "end" and any(isinstance(part, ToolCall) for part in parts):
        stop = "tool_calls"
    return Completion(parts, stop, model=message.model, usage=message.usage or Usage(), response=response)


def want_key(arm: Arm) -> None:
    """Raise UserError where ``OPENAI_API_KEY`` is not set."""
    if not os.environ.get("OPENAI_API_KEY"):
        raise UserError(
            f"arm {arm.name}: set OPENAI_API_KEY to sample from {arm.model} (any text where the server wants no key)"
        )


def connect(arm: Arm, *, timeout: float, concurrency: int) -> Any:  # noqa: ANN401 - the SDK's client
    """An ``AsyncOpenAI`` that never retries; ``arm.base_url`` goes before ``OPENAI_BASE_URL``.

    Raises what ``want_key`` raises.
    """
    want_key(arm)
    import openai  # takes a second

    make = partial(openai.AsyncOpenAI, base_url=arm.base_url)
    return transport.client(openai, make, timeout=timeout, concurrency=concurrency)


async def send(client: Any, body: bytes, **how: Unpack[How]) -> bytes:  # noqa: ANN401 - the client of an SDK
    """Post ``body`` as it is, or asking for a stream that tells its usage; the response's JSON."""
    import openai

    asking = '"stream_options":{"include_usage":true}'
    return await transport.post(openai, client, "/chat/completions", body, asking=asking, **how)


async def close(client: Any) -> None:  # noqa: ANN401 - the client of an SDK
    """Close the connections."""
    await client.close()


def fault(error: Exception) -> Fault:
    """What an exception of ``send`` means. Raises ``error`` where it is none of the API's or the network's."""
    import openai

    return faults.of(error, openai)
