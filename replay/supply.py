"""What a request needs and a transcript does not hold, inferred from what it does hold and marked so."""

from __future__ import annotations

from collections import defaultdict

from msgspec.structs import replace

from replay.records import JSON, Fidelity, Prefix, Tool, ToolCall, Transcript

TOOLS = "tool schemas"
_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}


def supplied(prefix: Prefix, transcript: Transcript) -> Prefix:
    """``prefix`` with tool definitions inferred from the transcript's calls where the source holds none.

    Without definitions a model cannot call the tools that the prefix is full of, and every trial would be no_code.
    """
    if prefix.setup.tools is not None:
        return prefix
    return replace(prefix, setup=replace(prefix.setup, tools=infer_tools(transcript) or None))


def fidelity(grade: Fidelity, transcript: Transcript) -> Fidelity:
    """``grade`` with the tool schemas moved from missing to inferred where ``supplied`` would infer them."""
    if TOOLS not in grade.missing or not infer_tools(transcript):
        return grade
    missing = tuple(thing for thing in grade.missing if thing != TOOLS)
    return replace(grade, missing=missing, inferred=(*grade.inferred, TOOLS))


def infer_tools(transcript: Transcript) -> tuple[Tool, ...]:
    """A definition of each tool the transcript's model called, in order of first use.

    A property has the union of the JSON types seen, and is required if every call had it. Calls whose arguments are
    free text are left out: no JSON schema describes them.
    """
    calls: dict[str, list[dict[str, JSON]]] = defaultdict(list)
    for message in transcript.messages:
        for part in message.parts:
            if isinstance(part, ToolCall) and isinstance(part.arguments, dict):
                calls[part.name].append(part.arguments)
    return tuple(
        Tool(name, f"Inferred from {len(seen)} recorded calls.", _schema(seen)) for name, seen in calls.items()
    )


def _schema(seen: list[dict[str, JSON]]) -> dict[str, JSON]:
    types: dict[str, dict[str, None]] = defaultdict(dict)
    for arguments in seen:
        for name, value in arguments.items():
            types[name][_TYPES.get(type(value), "null")] = None
    return {
        "type": "object",
        "properties": {name: _property(list(kinds)) for name, kinds in types.items()},
        "required": [name for name in types if all(name in arguments for arguments in seen)],
    }


def _property(kinds: list[str]) -> dict[str, JSON]:
    body: dict[str, JSON] = {"type": kinds[0] if len(kinds) == 1 else kinds}
    if "array" in kinds:
        body["items"] = {}
    return body
