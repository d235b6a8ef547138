"""Messages and responses as LiteLLM writes them down: Chat Completions, with the reasoning of other APIs beside it.

Format: https://docs.litellm.ai/docs/reasoning_content (``thinking_blocks`` and ``reasoning_content`` of a message).
"""

from __future__ import annotations

from collections.abc import Iterator

from replay.importers.loose import mapping, moment, objects, text
from replay.records import JSON, Message, Part, Reasoning, Text, ToolCall
from replay.wire.openai_chat import read_usage
from replay.wire.openai_parts import read_call, read_leaf


def response(body: JSON) -> Message | None:
    """The assistant message of a response's first choice, its time that of the server; None where there is none."""
    choice = next(objects(mapping(body).get("choices")), {})
    said = choice.get("message")
    if not isinstance(said, dict):
        return None
    return Message(
        "assistant",
        tuple(parts(said)),
        id=text(body.get("id")),
        model=text(body.get("model")),
        time=moment(body.get("created")),
        stop=text(choice.get("finish_reason")),
        usage=read_usage(body.get("usage")),
        origin="model",
        form="string" if isinstance(said.get("content"), str | None) else "blocks",
    )


def parts(message: dict[str, JSON]) -> Iterator[Part]:
    """The parts of an assistant message: reasoning, then text, then calls."""
    yield from thoughts(message)
    yield from content(message.get("content"))
    yield from calls(message.get("tool_calls"))


def thoughts(holder: dict[str, JSON]) -> Iterator[Reasoning]:
    """The reasoning of a message, signed where the provider signed it."""
    blocks = list(objects(holder.get("thinking_blocks")))
    for block in blocks:
        if (data := text(block.get("data"))) is not None:
            yield Reasoning(encrypted=data)
        else:
            yield Reasoning(text(block.get("thinking")) or "", signature=text(block.get("signature")))
    if not blocks and (told := text(holder.get("reasoning_content"))) is not None:
        yield Reasoning(told)


def content(value: JSON) -> Iterator[Part]:
    """The parts of a ``content``: text as a string or in blocks, images, and blocks we do not model."""
    if (told := text(value)) is not None:
        yield Text(told)
    for block in objects(value):
        part = read_leaf(block)
        if part != Text(""):
            yield part


def calls(value: JSON) -> Iterator[ToolCall]:
    """The calls in a list of ``tool_calls``, also without an id or with arguments that are already decoded."""
    for call in objects(value):
        function = mapping(call.get("function")) or call
        key, name, arguments = text(call.get("id")) or "", text(function.get("name")) or "", function.get("arguments")
        if isinstance(arguments, dict):
            yield ToolCall(key, name, arguments)
        else:
            told = arguments if isinstance(arguments, str) else ""
            made = read_call({"id": key, "function": {"name": name, "arguments": told}})
            yield made if isinstance(made, ToolCall) else ToolCall(key, name, told)
