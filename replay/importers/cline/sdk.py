"""Session files of Cline's SDK: messages of the Anthropic shape with results by id, and the system prompt."""

from __future__ import annotations

import re
from typing import Any, Literal

from msgspec.structs import replace

from replay.importers.cline import blocks
from replay.importers.cline.history import usage
from replay.importers.loose import mapping, moment, objects, text
from replay.importers.session import Session
from replay.records import JSON, Fidelity, Message, Part, Setup, Source, Text, ToolCall, ToolResult, Transcript

_CWD = re.compile(r"^\W*(?:\d+\. )?Working Directory: (.+)$", re.MULTILINE)


def read(value: dict[str, JSON], session: Session, source: Source) -> Transcript:
    """The transcript of a session; its results are one message after each answer."""
    prompt = text(value.get("system_prompt"))
    setup = Setup(system=None if prompt is None else (Text(prompt),))
    held: list[ToolResult] = []
    time: str | None = None
    order: dict[str, int] = {}

    def settle() -> None:
        if held:
            results = tuple(sorted(held, key=lambda result: order.get(result.call, len(order))))
            session.say(Message("user", results, time=time, origin="tool", lines=(1, 1)))
            held.clear()

    for row in objects(value.get("messages")):
        parts = list(blocks.parts(row.get("content")))
        if row.get("role") == "assistant" and parts:
            settle()
            info = mapping(row.get("modelInfo"))
            model = text(info.get("id"))
            api: Any = "anthropic" if info.get("provider") == "anthropic" else None
            if (model, api) != (setup.model, setup.api) and info:
                setup = replace(setup, model=model, api=api)
            named = tuple(
                replace(part, id=session.calls.call(part.id)) if isinstance(part, ToolCall) else part for part in parts
            )
            order = {part.id: place for place, part in enumerate(named) if isinstance(part, ToolCall)}
            session.answer(_message("assistant", row, named, model), setup)
            continue
        rest = []
        for part in parts:
            if not isinstance(part, ToolResult):
                rest.append(part)
            elif (call := session.calls.result(part.call)) is not None:
                held.append(replace(part, call=call))
                time = moment(row.get("ts")) or time
            else:
                session.drop("result without its call")
        if rest:
            settle()
            session.say(_message("user", row, tuple(rest), None))
        elif not parts:
            session.drop("message without content")
    settle()
    found = _CWD.search(prompt or "")
    source = replace(source, session=text(value.get("sessionId")), cwd=found[1].strip() if found else None)
    return session.transcript(source, _grade(value, prompt))


def _grade(value: dict[str, JSON], prompt: str | None) -> Fidelity:
    attached = any(
        block.get("type") == "file" for row in objects(value.get("messages")) for block in objects(row.get("content"))
    )
    return Fidelity(
        "partial",
        recovered=("system prompt", "model") if prompt else ("model",),
        inferred=("text of attached files",) if attached else (),
        missing=(*(() if prompt else ("system prompt",)), "tool schemas", "parameters"),
    )


def _message(
    role: Literal["user", "assistant"], row: dict[str, JSON], parts: tuple[Part, ...], model: str | None
) -> Message:
    summary = mapping(row.get("metadata")).get("kind") == "compaction_summary"
    origin: Any = "model" if role == "assistant" else "client" if summary else "typed"
    return Message(
        role,
        parts,
        id=text(row.get("id")),
        model=model,
        time=moment(row.get("ts")),
        usage=usage(row.get("metrics")) if role == "assistant" else None,
        origin=origin,
        lines=(1, 1),
    )
