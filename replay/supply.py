"""What a request needs and a transcript does not hold: supplied from elsewhere, or inferred, and marked so."""

from __future__ import annotations

from collections import defaultdict
from typing import Literal

from msgspec.structs import replace

from replay.prefix import identify
from replay.records import (
    JSON,
    Fidelity,
    Image,
    Message,
    Part,
    Prefix,
    Reasoning,
    Record,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Transcript,
    encode,
)

SYSTEM = "system prompt"
TOOLS = "tool schemas"
CHARACTERS = 4  # a token, as a rule of thumb for English and code: an estimate, never a count
IMAGE = 1_500  # tokens of an image, roughly
_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}


class Given(Record, frozen=True):
    """What is supplied in place of what a transcript lacks; None where nothing is. ``origin`` says where it is from."""

    origin: str
    system: tuple[Part, ...] | None = None
    tools: tuple[Tool, ...] | None = None
    system_form: Literal["string", "blocks"] = "string"


def fill(transcript: Transcript, given: Given) -> Transcript:
    """``transcript`` with ``given`` where its setups hold no system prompt or no tools; itself where they hold both.

    What was missing is then named as supplied, with its origin, by the fidelity of every turn that it serves. The grade
    stays: what was supplied was not seen. The id is that of the new content.
    """
    filled = tuple(
        replace(
            setup,
            system=given.system if setup.system is None else setup.system,
            system_form=given.system_form if setup.system is None else setup.system_form,
            tools=given.tools if setup.tools is None else setup.tools,
        )
        for setup in transcript.setups
    )
    if filled == transcript.setups:
        return transcript

    def graded(grade: Fidelity, index: int) -> Fidelity:
        before, after = transcript.setups[index], filled[index]
        named = [SYSTEM] if before.system is None and after.system is not None else []
        named += [TOOLS] if before.tools is None and after.tools is not None else []
        told = tuple(f"{name} ({given.origin})" for name in named)
        missing = tuple(thing for thing in grade.missing if thing not in named)
        return replace(grade, supplied=(*grade.supplied, *told), missing=missing)

    turns = tuple(
        replace(turn, fidelity=graded(turn.fidelity or transcript.fidelity, turn.setup)) for turn in transcript.turns
    )
    new = replace(transcript, setups=filled, turns=turns)
    return replace(new, id=identify(new))


def recorded_input(answer: Message) -> int | None:
    """The tokens of the request that ``answer`` answers, as the provider counted them; None where it did not."""
    usage = answer.usage
    total = usage.input + usage.cache_read + usage.cache_write if usage is not None else 0
    return total or None


def estimated_input(prefix: Prefix) -> int:
    """The tokens of ``prefix`` by a rule of thumb: its characters / 4, and 1,500 for an image. No count."""
    tools = sum(len(encode(tool.wire or tool)) for tool in prefix.setup.tools or ())
    said = [*(prefix.setup.system or ()), *(part for message in prefix.messages for part in message.parts)]
    return tools // CHARACTERS + sum(map(_tokens, said))


def estimated_output(answer: Message) -> int:
    """The tokens of ``answer`` by the same rule of thumb."""
    return sum(map(_tokens, answer.parts))


def _tokens(part: Part) -> int:
    match part:
        case Text(text=text) | Reasoning(text=text):
            return len(text) // CHARACTERS
        case ToolCall(name=name, arguments=arguments):
            told = arguments if isinstance(arguments, str) else encode(arguments)
            return (len(name) + len(told)) // CHARACTERS
        case ToolResult(parts=parts):
            return sum(map(_tokens, parts))
        case Image():
            return IMAGE
        case _:
            return len(encode(part)) // CHARACTERS


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
