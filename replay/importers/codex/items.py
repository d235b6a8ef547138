"""Small readings of a rollout: who made a message, what it cost, what the client recorded of a call."""

from __future__ import annotations

import hashlib
import re
from typing import Literal

from msgspec.structs import replace

from replay.records import JSON, Image, Message, Source, Text, ToolResult, Usage, encode
from replay.wire.counts import tokens

OF_THE_CLIENT = ("internal_chat_message_metadata_passthrough", "metadata")
_CONTEXT = re.compile(
    r"\s*(?:# AGENTS\.md instructions|<[a-z]+(?:_[a-z]+)+[ />]|<(?:INSTRUCTIONS|skill|permissions instructions)>)"
)


def origin(message: Message) -> Literal["typed", "client"]:
    """Whether a person typed ``message`` or the client made it; pictures are taken for a person's."""
    texts = [part.text for part in message.parts if isinstance(part, Text)]
    typed = message.role == "user" and bool(texts) and not _CONTEXT.match(texts[0])
    return "typed" if typed or any(isinstance(part, Image) for part in message.parts) else "client"


def detail(truths: list[JSON]) -> JSON:
    """What the client recorded for one call: an event, a list of several, or None."""
    return truths if len(truths) > 1 else truths[0] if truths else None


def patched(payload: dict[str, JSON]) -> dict[str, JSON] | None:
    """What an ``item_completed`` (Codex 0.171) tells of a patch, in the form of the ``patch_apply_end`` of others."""
    match payload:
        case {
            "type": "item_completed",
            "item": {"type": "FileChange", "changes": dict(changes), "status": str(status)},
        }:
            done = {"type": "patch_apply_end", "success": status == "completed", "changes": changes}
            return {**done, "call_id": payload["item"].get("id")}
    return None


def key(message: Message) -> bytes:
    """Equal for messages that say the same, whatever is known about them."""
    parts = tuple(replace(part, detail=None) if isinstance(part, ToolResult) else part for part in message.parts)
    return hashlib.sha256(message.role.encode() + encode(parts)).digest()


def usage(spent: dict[str, JSON]) -> Usage:
    """The counts of ``last_token_usage``; ``input_tokens`` there counts the cached part."""
    cached = tokens(spent, "cached_input_tokens")
    return Usage(
        input=max(0, tokens(spent, "input_tokens") - cached),
        cache_read=cached,
        output=tokens(spent, "output_tokens"),
        reasoning=tokens(spent, "reasoning_output_tokens"),
    )


def named(source: Source, meta: dict[str, JSON]) -> Source:
    """``source`` with what the head of the session says of it."""
    text = {key: value for key, value in meta.items() if isinstance(value, str)}
    parent = text.get("parent_thread_id", text.get("forked_from_id"))
    match meta.get("source"):
        case {"subagent": {"thread_spawn": {"parent_thread_id": str(spawned)}}}:
            parent = spawned
    return replace(source, session=text.get("id"), parent=parent, version=text.get("cli_version"), cwd=text.get("cwd"))
