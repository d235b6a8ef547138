"""Completions from Anthropic's Messages API, or a server that speaks it, through the ``anthropic`` SDK."""

from __future__ import annotations

import os
from functools import partial
from typing import Any, Unpack

import msgspec

from replay.errors import UserError
from replay.records import JSON, Arm, Completion, Request, Usage
from replay.samplers import faults, plan, thinking, transport
from replay.samplers.protocol import Fault, How, MalformedResponse, Outgoing
from replay.wire import anthropic as wire
from replay.wire import counts
from replay.wire.notes import Notes, WireError

API: str = wire.API
MAX_TOKENS = 8192
COUNTED = ("model", "system", "messages", "tools", "tool_choice", "thinking")  # what the count endpoint takes
IDLE = 90.0  # seconds; a stream of this API has pings
_STOPS: dict[str | None, Any] = {
    "end_turn": "end",
    "stop_sequence": "end",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "refusal",
}


def body(request: Request) -> Outgoing:
    """The Messages body of ``request``; ``max_tokens`` is 8192 beyond a thinking budget where nothing gives it.

    ``betas`` among the parameters go out as the header ``anthropic-beta``, as the SDK sends them. Raises UserError
    where the prefix holds thinking that the model would refuse.
    """
    notes = Notes()
    made: dict[str, Any] = plan.write(request, wire, notes)
    thinking.loosen(made, notes)
    if "max_tokens" not in made:
        budget = (made.get("thinking") or {}).get("budget_tokens", 0)
        made["max_tokens"] = MAX_TOKENS + budget
    betas = made.pop("betas", None)
    headers = {"anthropic-beta": ",".join(betas)} if betas else {}
    return Outgoing(made, notes.sentences(), thinking.on_policy(request), headers)


def parse(response: JSON) -> Completion:
    """The completion in a Messages response. Raises MalformedResponse."""
    try:
        message = wire.read_response(response)
    except WireError as error:
        raise MalformedResponse(str(error)) from error
    return Completion(
        message.parts,
        _STOPS.get(message.stop, "other"),
        model=message.model,
        usage=message.usage or Usage(),
        response=response,
    )


def want_key(arm: Arm) -> None:
    """Raise UserError where neither ``ANTHROPIC_API_KEY`` nor ``ANTHROPIC_AUTH_TOKEN`` is set."""
    if not os.environ.get("ANTHROPIC_API_KEY") and not os.environ.get("ANTHROPIC_AUTH_TOKEN"):
        raise UserError(f"arm {arm.name}: set ANTHROPIC_API_KEY to sample from {arm.model}")


def connect(arm: Arm, *, timeout: float, concurrency: int) -> Any:  # noqa: ANN401 - the SDK's client
    """An ``AsyncAnthropic`` that never retries; ``arm.base_url`` goes before ``ANTHROPIC_BASE_URL``.

    Raises what ``want_key`` raises.
    """
    want_key(arm)
    import anthropic  # takes seconds

    make = partial(anthropic.AsyncAnthropic, base_url=arm.base_url)
    return transport.client(anthropic, make, timeout=timeout, concurrency=concurrency)


async def send(client: Any, body: bytes, **how: Unpack[How]) -> bytes:  # noqa: ANN401 - the client of an SDK
    """Post ``body`` as it is, or asking for a stream; the response's JSON."""
    import anthropic

    return await transport.post(anthropic, client, "/v1/messages", body, idle=IDLE, **how)


async def count(client: Any, body: bytes, *, headers: dict[str, str] | None = None) -> int:  # noqa: ANN401 - the client of an SDK
    """The prompt tokens of ``body`` as the API counts them: https://docs.anthropic.com/en/api/messages-count-tokens."""
    from anthropic import AsyncAPIResponse

    whole = msgspec.json.decode(body)
    asked = msgspec.json.encode({name: whole[name] for name in COUNTED if name in whole})
    options = {"headers": headers} if headers else {}
    path = "/v1/messages/count_tokens"
    response = await client.post(path, content=asked, cast_to=AsyncAPIResponse[Any], options=options)
    return counts.tokens(msgspec.json.decode(await response.read()), "input_tokens")


async def close(client: Any) -> None:  # noqa: ANN401 - the client of an SDK
    """Close the connections."""
    await client.close()


def fault(error: Exception) -> Fault:
    """What an exception of ``send`` means. Raises ``error`` where it is none of the API's or the network's."""
    import anthropic

    return faults.of(error, anthropic)
