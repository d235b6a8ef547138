"""What the attributes of an OpenTelemetry span say of a generation, by three conventions.

OpenInference (``llm.input_messages.0.message.role`` …): https://github.com/Arize-ai/openinference, ``spec``. The gen_ai
conventions (``gen_ai.input.messages``; older ``gen_ai.prompt.0.role``): https://opentelemetry.io/docs/specs/semconv/gen-ai.
The Vercel AI SDK (``ai.prompt.messages``, ``ai.response.text``): https://ai-sdk.dev/docs/ai-sdk-core/telemetry.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from replay.importers import dialogue, loose
from replay.importers.dialogue_parts import result, tool_calls
from replay.importers.traces import Span
from replay.records import JSON, Message, Part, Reasoning, Text, Tool, Usage

_DEEPEST = 60
_OUTER = ("ai.generateText", "ai.streamText", "ai.generateObject", "ai.streamObject")
_INNER = ("doGenerate", "doStream")
_CHAT = ("chat", "text_completion", "generate_content", "completion")
_PARAMS = (
    "temperature",
    "top_p",
    "top_k",
    "max_tokens",
    "frequency_penalty",
    "presence_penalty",
    "seed",
    "stop_sequences",
)


def tree(attributes: dict[str, JSON]) -> dict[str, JSON]:
    """``attributes`` with dotted names as nested objects, numbered ones as lists.

    A value at a name that has others under it lies under ``""``.
    """
    root: dict[str, Any] = {}
    for name, value in attributes.items():
        here = root
        *above, last = name.split(".")[:_DEEPEST]
        for step in above:
            below = here.get(step)
            if not isinstance(below, dict):
                below = here[step] = {} if below is None else {"": below}
            here = below
        if isinstance(here.get(last), dict) and isinstance(value, dict):
            here[last].update(value)
        elif isinstance(here.get(last), dict):
            here[last][""] = value
        else:
            here[last] = value
    return {key: _listed(value) for key, value in root.items()}


def at(attributes: dict[str, JSON], name: str) -> JSON:
    """The value under the dotted ``name``; None where there is none."""
    here: JSON = attributes
    for step in name.split("."):
        here = here.get(step) if isinstance(here, dict) else None
    return here.get("", here) if isinstance(here, dict) and "" in here else here


def system(attributes: dict[str, JSON]) -> tuple[Part, ...] | None:
    """The system prompt where an attribute has it by itself."""
    return dialogue.system(at(attributes, "gen_ai.system_instructions"))


def tools(attributes: dict[str, JSON]) -> tuple[Tool, ...] | None:
    """The tool definitions, None where there are none."""
    for name in (
        "gen_ai.tool.definitions",
        "ai.prompt.tools",
        "llm.tools",
        "gen_ai.request.tools",
        "llm.request.functions",
    ):
        if found := dialogue.tools(at(attributes, name)):
            return found
    given = loose.mapping(loose.unpacked(at(attributes, "llm.invocation_parameters")))
    return dialogue.tools(given.get("tools"))


def stop(attributes: dict[str, JSON]) -> str | None:
    """Why the generation ended."""
    reasons = loose.unpacked(at(attributes, "gen_ai.response.finish_reasons"))
    told = reasons[0] if isinstance(reasons, list) and reasons else reasons
    return loose.text(told) or loose.text(at(attributes, "ai.response.finishReason"))


def fill(span: Span, attributes: dict[str, JSON], events: list[dict[str, JSON]]) -> None:
    """Writes into ``span`` what ``attributes`` and ``events`` tell: its kind, messages, tools, model, parameters."""
    operation = loose.text(at(attributes, "ai.operationId")) or ""
    span.kind = _kind(attributes, operation)
    if span.kind == "tool":
        _tool(span, attributes)
        return
    span.heard, span.said = _messages(attributes, events)
    span.kind = "model" if span.kind == "other" and span.said and _speaks(attributes) else span.kind
    span.wraps = operation in _OUTER
    span.sign = loose.text(_answer_of(attributes)) or "" if operation else ""
    span.system, span.tools, span.stop = system(attributes), tools(attributes), stop(attributes)
    names = ("gen_ai.response.model", "ai.response.model", "llm.model_name", "gen_ai.request.model", "ai.model.id")
    span.model = next((model for name in names if (model := loose.text(at(attributes, name)))), None)
    ids = ("gen_ai.response.id", "ai.response.id")
    span.response = next((key for name in ids if (key := loose.text(at(attributes, name)))), None)
    span.params = _params(attributes)
    span.usage = _usage(attributes)
    talks = ("session.id", "gen_ai.conversation.id", "ai.telemetry.metadata.sessionId")
    span.session = next((key for name in talks if (key := loose.text(at(attributes, name)))), None)


# --- kinds -------------------------------------------------------------------------------------------------


def _kind(attributes: dict[str, JSON], operation: str) -> str:
    kind = loose.text(at(attributes, "openinference.span.kind")) or ""
    acts = loose.text(at(attributes, "gen_ai.operation.name")) or ""
    if kind.upper() == "TOOL" or acts == "execute_tool" or operation == "ai.toolCall":
        return "tool"
    if kind.upper() == "LLM" or acts in _CHAT or operation.endswith(_INNER) or operation in _OUTER:
        return "model"
    return "agent" if kind.upper() == "AGENT" or acts == "invoke_agent" else "other"


def _speaks(attributes: dict[str, JSON]) -> bool:
    return any(
        at(attributes, name)
        for name in ("gen_ai.prompt", "gen_ai.completion", "gen_ai.output.messages", "llm.output_messages")
    )


def _tool(span: Span, attributes: dict[str, JSON]) -> None:
    ids = ("gen_ai.tool.call.id", "ai.toolCall.id", "tool_call.id", "tool.id")
    names = ("gen_ai.tool.name", "ai.toolCall.name", "tool.name")
    given = ("gen_ai.tool.call.arguments", "ai.toolCall.args", "input.value", "tool.parameters")
    gave = ("gen_ai.tool.call.result", "ai.toolCall.result", "output.value")

    def first(wanted: tuple[str, ...]) -> JSON:
        return next((value for name in wanted if (value := at(attributes, name)) is not None), None)

    span.call = (loose.text(first(ids)) or "", loose.text(first(names)) or "", loose.unpacked(first(given)))
    told = first(gave)
    span.result = None if told is None else result("", loose.unpacked(told) if isinstance(told, str) else told)


# --- messages ----------------------------------------------------------------------------------------------


def _messages(attributes: dict[str, JSON], events: list[dict[str, JSON]]) -> tuple[list[Message], list[Message]]:
    prompts = ("llm.input_messages", "ai.prompt.messages", "gen_ai.input.messages", "gen_ai.prompt", "ai.prompt")
    outputs = ("llm.output_messages", "gen_ai.output.messages", "gen_ai.completion")
    heard = next((told for name in prompts if (told := dialogue.messages(at(attributes, name)))), [])
    said = next((told for name in outputs if (told := dialogue.answers(at(attributes, name)))), [])
    said = said or _vercel(attributes)
    if not said:
        listed = [loose.mapping(item) for item in _events(attributes, events)]
        heard = heard or [message for item in listed if item["heard"] for message in dialogue.messages(item["told"])]
        said = [message for item in listed if not item["heard"] for message in dialogue.answers(item["told"])]
    if not said and _speaks_openinference(attributes):
        heard = heard or dialogue.messages(at(attributes, "input.value"))
        said = dialogue.answers(at(attributes, "output.value"))
    return heard, said


def _speaks_openinference(attributes: dict[str, JSON]) -> bool:
    return str(at(attributes, "openinference.span.kind")).upper() in ("LLM", "AGENT")


def _vercel(attributes: dict[str, JSON]) -> list[Message]:
    parts: list[Part] = []
    if thought := loose.text(at(attributes, "ai.response.reasoning")):
        parts.append(Reasoning(thought))
    if text := loose.text(at(attributes, "ai.response.text")) or loose.text(at(attributes, "ai.response.object")):
        parts.append(Text(text))
    parts.extend(tool_calls(loose.unpacked(at(attributes, "ai.response.toolCalls"))))
    return [Message("assistant", tuple(parts), origin="model")] if parts else []


def _answer_of(attributes: dict[str, JSON]) -> JSON:
    names = ("ai.response.text", "ai.response.object", "ai.response.toolCalls")
    return "\0".join(str(at(attributes, name)) for name in names)


def _events(attributes: dict[str, JSON], events: list[dict[str, JSON]]) -> Iterator[dict[str, JSON]]:
    """The messages told by events (``gen_ai.user.message``, ``gen_ai.choice`` …), of the span or in its attribute."""
    packed = loose.unpacked(at(attributes, "events"))
    for event in (*loose.objects(packed), *events):
        inner = loose.mapping(event.get("attributes"))
        name = str(event.get("event.name", event.get("name")))
        body = loose.mapping(loose.unpacked(event.get("body"))) or inner or event
        for key, is_prompt in (
            ("gen_ai.input.messages", True),
            ("gen_ai.output.messages", False),
            ("gen_ai.prompt", True),
        ):
            if key in inner:
                yield {"heard": is_prompt, "told": inner[key]}
        if "gen_ai.completion" in inner:
            yield {"heard": False, "told": inner["gen_ai.completion"]}
        elif name == "gen_ai.choice":
            told = loose.unpacked(body.get("message", body))
            yield {"heard": False, "told": {"role": "assistant", **told} if isinstance(told, dict) else told}
        elif name.startswith("gen_ai.") and name.endswith(".message"):
            yield {"heard": True, "told": [{"role": name.split(".")[1], "id": None, **body}]}


# --- numbers -----------------------------------------------------------------------------------------------


def _params(attributes: dict[str, JSON]) -> dict[str, JSON]:
    told = loose.mapping(loose.unpacked(at(attributes, "llm.invocation_parameters")))
    kept = {key: value for key, value in told.items() if key not in ("tools", "messages", "model", "system", "input")}
    for name in _PARAMS:
        if (value := at(attributes, f"gen_ai.request.{name}")) is not None:
            kept[name] = value
    return kept


def _usage(attributes: dict[str, JSON]) -> Usage | None:
    def first(*names: str) -> int:
        return next((count for name in names if (count := _count(at(attributes, name)))), 0)

    read = first(
        "gen_ai.usage.cache_read.input_tokens",
        "gen_ai.usage.cache_read_input_tokens",
        "ai.usage.cachedInputTokens",
        "llm.token_count.prompt_details.cache_read",
    )
    written = first(
        "gen_ai.usage.cache_creation.input_tokens",
        "gen_ai.usage.cache_creation_input_tokens",
        "llm.token_count.prompt_details.cache_write",
    )
    given = first(
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.prompt_tokens",
        "ai.usage.inputTokens",
        "ai.usage.promptTokens",
        "llm.token_count.prompt",
    )
    gave = first(
        "gen_ai.usage.output_tokens",
        "gen_ai.usage.completion_tokens",
        "ai.usage.outputTokens",
        "ai.usage.completionTokens",
        "llm.token_count.completion",
    )
    thought = first(
        "gen_ai.usage.reasoning_tokens", "ai.usage.reasoningTokens", "llm.token_count.completion_details.reasoning"
    )
    if not given and not gave:
        return None
    return Usage(
        input=max(0, given - read - written), cache_read=read, cache_write=written, output=gave, reasoning=thought
    )


def _count(value: JSON) -> int:
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 16 else loose.number(value)


def _listed(value: JSON) -> JSON:
    """``value`` with every object whose keys are all numbers as a list in their order."""
    if not isinstance(value, dict):
        return value
    inner = {key: _listed(item) for key, item in value.items()}
    if inner and all(key.isdecimal() and len(key) < 10 for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner
