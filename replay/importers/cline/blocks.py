"""Content blocks as Cline keeps them: those of the Anthropic API with further fields, and those of its own."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from replay.importers.loose import mapping, objects, text, unpacked
from replay.records import JSON, Image, Opaque, Part, Reasoning, Text, ToolCall, ToolResult
from replay.wire.anthropic_blocks import read_leaf

_KNOWN = {"text": ("type", "text"), "image": ("type", "source")}


def parts(content: JSON) -> Iterator[Part]:
    """The parts of a message's ``content``: a string or blocks. Fields for the client's own use are left out."""
    if (told := text(content)) is not None:
        yield Text(told)
    blocks = list(objects(content))
    thought = any(block.get("type") == "thinking" for block in blocks)
    for block in blocks:
        if not thought:
            yield from _gateway(block)
        yield from _part(block)


def _part(block: dict[str, JSON]) -> Iterator[Part]:
    match block.get("type"):
        case "thinking":
            yield Reasoning(text(block.get("thinking")) or "", signature=text(block.get("signature")))
        case "redacted_thinking" if (data := text(block.get("data"))) is not None:
            yield Reasoning(encrypted=data)
        case "tool_use":
            told = unpacked(block.get("input"))
            arguments = told if isinstance(told, dict | str) else {}
            yield ToolCall(text(block.get("id")) or "", text(block.get("name")) or "", arguments)
        case "tool_result":
            yield _result(block)
        case "file" if (told := text(block.get("content"))) is not None:
            yield Text(f'<file_content path="{block.get("path")}">\n{told}\n</file_content>')
        case "text" if not block.get("text"):
            return
        case _:
            yield leaf(block)


def leaf(block: dict[str, JSON]) -> Text | Image | Opaque:
    """A block of text or an image without further fields; any other as it stands."""
    known = _KNOWN.get(str(block.get("type")))
    return read_leaf({name: block[name] for name in known if name in block} if known else block)


def _result(block: dict[str, JSON]) -> ToolResult:
    """A result; one that is data, not blocks, is written as the JSON that it is."""
    call, content = text(block.get("tool_use_id")) or "", block.get("content")
    failed = block.get("is_error")
    error = failed if isinstance(failed, bool) else None
    if isinstance(content, str):
        data = unpacked(content)
        return ToolResult(call, (Text(content),), error, detail=data if isinstance(data, dict) else None)
    items = list(objects(content))
    if items and all(isinstance(item.get("type"), str) for item in items):
        return ToolResult(call, tuple(leaf(item) for item in items), error, "blocks")
    if content in (None, []):
        return ToolResult(call, (), error)
    return ToolResult(call, (Text(msgspec.json.encode(content).decode()),), error, detail=content)


def _gateway(block: dict[str, JSON]) -> Iterator[Reasoning]:
    """Reasoning that a gateway handed on beside a block."""
    for detail in objects(block.get("reasoning_details")):
        told = text(detail.get("text")) or text(detail.get("summary")) or ""
        encrypted, signature = text(detail.get("data")), text(detail.get("signature"))
        if told or encrypted:
            yield Reasoning(told, signature=signature, encrypted=encrypted, id=text(detail.get("id")))


def counts(value: JSON) -> dict[str, JSON]:
    """The numbers that Cline keeps of a response, where it keeps any."""
    metrics = mapping(value)
    return mapping(metrics.get("tokens")) or metrics
