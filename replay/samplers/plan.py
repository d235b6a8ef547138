"""The steps to a body that both APIs share: thinking settled, prefix written, the arm's parameters on top."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Literal

from msgspec.structs import replace

from replay.errors import UserError
from replay.records import JSON, Api, Message, Request, ToolCall
from replay.samplers import thinking
from replay.wire import refused
from replay.wire.notes import Notes

PREFIX_KEYS = ("model", "system", "messages", "tools")


def said(request: Request, api: Api) -> Iterator[Message]:
    """The draw's own turns behind the prefix, each with the answers to its calls; their thinking is the arm's own."""
    form: Literal["string", "blocks"] = "string" if api == "openai-chat" else "blocks"
    for turn in request.earlier:
        model = turn.completion.model or request.arm.model.partition("/")[2]
        yield Message("assistant", turn.completion.parts, model=model, origin="model", form=form)
        yield from turn.answers


def write(request: Request, codec: ModuleType, notes: Notes) -> dict[str, JSON]:
    """The body of ``request`` before what is peculiar to an API.

    The captured parameters stand where the prefix was captured from the same API; ``arm.params`` come on top, and a
    null there takes a parameter away. Streaming is always off: the answer is read whole. Where the prefix is not
    exactly what was sent, what the API would refuse is put right.
    """
    arm = request.arm
    if taken := [key for key in PREFIX_KEYS if key in arm.params]:
        raise UserError(f"arm {arm.name}: `params` cannot set `{taken[0]}`: use `model` or `edits`")
    prefix = thinking.settled(request, codec.API, notes)
    prefix = replace(prefix, setup=replace(prefix.setup, model=arm.model.partition("/")[2]))
    prefix = replace(prefix, messages=(*prefix.messages, *said(request, codec.API)))
    body: dict[str, JSON]
    body, wire_notes = codec.write_request(prefix, repair=request.case.fidelity.grade != "exact")
    for note in wire_notes:
        notes.add(note)
    if prefix.setup.tools is None and any(isinstance(p, ToolCall) for m in prefix.messages for p in m.parts):
        notes.add("sent without tool definitions: the transcript does not hold them")
    body.update(arm.params)
    for key in [key for key, value in arm.params.items() if value is None]:
        del body[key]
    body.pop("stream", None)
    body.pop("stream_options", None)
    if (why := refused.why(body, codec.API)) is not None:
        raise UserError(f"arm {arm.name}: the API would refuse the request of case {request.case.id}: {why}")
    return body
