"""Contents of the Gemini API, ``[{role, parts}]``: bare, the ``history`` of a checkpoint, or those of a request."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal

from replay.importers.gemini import parts
from replay.importers.session import Session
from replay.records import JSON, Fidelity, Message, Reasoning, Setup, Source, Text, Tool, ToolResult

_SCHEMAS = ("parametersJsonSchema", "parameters_json_schema", "parameters")
_CONTEXT = re.compile(r"\s*(?:<[a-z]+_[a-z_]+>|This is the Gemini CLI\.)")


def read(values: Iterator[tuple[int, JSON]], session: Session, source: Source) -> tuple[Source, Fidelity]:
    """Tells ``session`` the contents; the system prompt and tools where they stand beside them."""
    told = Setup()
    for _, value in values:
        match value:
            case {"contents": list(items)} | {"history": list(items)}:
                told = setup(value)
            case list(items):
                pass
            case _:
                items = [value]
        for item in items:
            _content(item, told, session)
    missing = ["system prompt"] if told.system is None else []
    missing += ["tool schemas"] if told.tools is None else []
    recovered = tuple(name for name in ("system prompt", "tool schemas") if name not in missing)
    return source, Fidelity("partial" if missing else "full", (*recovered, "context messages"), missing=tuple(missing))


def _content(item: JSON, setup: Setup, session: Session) -> None:
    if not isinstance(item, dict) or item.get("role") not in ("user", "model", "function"):
        session.drop("content of an unknown shape")
        return
    told = tuple(parts.read(item.get("parts"), session))
    if not told:
        session.drop("content without parts")
    elif item["role"] == "model":
        session.answer(Message("assistant", told, model=setup.model, origin="model"), setup)
    else:
        session.say(Message("tool" if _only_results(told) else "user", told, origin=_origin(told)))


def _only_results(told: tuple[Any, ...]) -> bool:
    return all(isinstance(part, ToolResult) for part in told)


def _origin(told: tuple[Any, ...]) -> Literal["tool", "client", "typed"] | None:
    if _only_results(told):
        return "tool"
    if any(isinstance(part, ToolResult | Reasoning) for part in told):
        return None
    first = told[0]
    return "client" if isinstance(first, Text) and _CONTEXT.match(first.text) else "typed"


def setup(body: dict[str, Any]) -> Setup:
    """Model, system prompt and declared functions of a request."""
    system = body.get("systemInstruction", body.get("system_instruction"))
    told: tuple[Text, ...] | None = None
    match system:
        case str(text) | {"parts": [{"text": str(text)}]} | {"text": str(text)}:
            told = (Text(text),)
        case {"parts": list(items)}:
            told = tuple(
                Text(item["text"]) for item in items if isinstance(item, dict) and isinstance(item.get("text"), str)
            )
    model = body.get("model")
    return Setup(
        model=model.removeprefix("models/") if isinstance(model, str) else None,
        system=told,
        tools=tuple(_tools(body["tools"])) if isinstance(body.get("tools"), list) else None,
    )


def _tools(groups: list[JSON]) -> Iterator[Tool]:
    for group in groups:
        named = group if isinstance(group, dict) else {}
        declared = named.get("functionDeclarations", named.get("function_declarations", ()))
        for item in declared if isinstance(declared, list) else ():
            if isinstance(item, dict) and isinstance(name := item.get("name"), str):
                told = item.get("description")
                schema = next((item[key] for key in _SCHEMAS if key in item), None)
                yield Tool(name, told if isinstance(told, str) else None, schema if isinstance(schema, dict) else {})
