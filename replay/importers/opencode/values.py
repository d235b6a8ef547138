"""Small readings of opencode's values: times, token counts, pictures, and what stands beside a result."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from replay.records import JSON, Image, Text, ToolResult, Usage
from replay.wire.counts import tokens

CLEARED = "[Old tool result content cleared]"


def provided(part: dict[str, Any]) -> dict[str, str]:
    """What the provider said of a part, whatever name it goes by."""
    metadata = part.get("metadata")
    held = metadata.values() if isinstance(metadata, dict) else ()
    facts = (item for holder in held if isinstance(holder, dict) for item in holder.items())
    return {key: value for key, value in facts if isinstance(value, str)}


def record(state: dict[str, Any]) -> JSON:
    """The client's record of a call without what is in the call and the result already."""
    kept = {key: value for key, value in state.items() if key not in ("input", "output", "attachments", "raw")}
    metadata = kept.get("metadata")
    if isinstance(metadata, dict) and "output" in metadata and metadata["output"] == state.get("output"):
        kept["metadata"] = {key: value for key, value in metadata.items() if key != "output"}
    return kept


def cleared(result: ToolResult) -> ToolResult:
    """``result`` after the client pruned it."""
    return replace(result, parts=(Text(CLEARED),), form="string", detail=None)


def picture(mime: str, url: str) -> Image:
    """An image by its URL, which may hold the data."""
    head, found, data = url.partition(";base64,")
    return Image(mime, data) if found and head.startswith("data:") else Image(mime, url=url)


def spent(counts: JSON) -> Usage | None:
    """The token counts of a step or an answer; ``input`` is without the cached part."""
    if not isinstance(counts, dict):
        return None
    cache = counts.get("cache")
    return Usage(
        input=tokens(counts, "input"),
        cache_read=tokens(cache, "read"),
        cache_write=tokens(cache, "write"),
        output=tokens(counts, "output"),
        reasoning=tokens(counts, "reasoning"),
    )


def created(info: dict[str, JSON]) -> float:
    """When the message was begun, in milliseconds since 1970; 0 where it does not say."""
    match info.get("time"):
        case {"created": int(created) | float(created)}:
            return created
        case _:
            return 0


def moment(milliseconds: float) -> str | None:
    """The time as ISO 8601 in UTC; None for 0 and for what is no time."""
    try:
        moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z") if milliseconds else None
