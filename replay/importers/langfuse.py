"""Langfuse traces, exported as ``{"trace": …, "observations": […]}``, as a trace that holds its observations, or rows.

``input`` and ``output`` of an observation are JSON as text, in the shape of whatever framework was instrumented; what
OpenTelemetry recorded beside them lies in ``metadata.attributes``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from replay.importers import dialogue, lines, loose, peek, spans, traces
from replay.importers.dialogue_parts import result, tool_calls
from replay.importers.traces import Span
from replay.records import JSON, Message, ToolResult, Transcript, Usage

NAME = "langfuse"
_KINDS = {"GENERATION": "model", "TOOL": "tool", "AGENT": "agent"}
_READ = ("input_cached_tokens", "cache_read_input_tokens", "input_cache_read", "input_cached")
_WRITTEN = ("cache_creation_input_tokens", "input_cache_creation", "input_cache_write")
_THOUGHT = ("output_reasoning_tokens", "output_reasoning", "completion_details.reasoning", "reasoning_tokens")


def sniff(head: bytes, name: str) -> bool:
    """Whether one of the first values of ``head`` is an observation of Langfuse, or holds some."""
    if not peek.may_hold(head, b"traceId", b"parentObservationId"):
        return False
    return any(_is_observation(row) for value in peek.rows(head, 5) for _, row in _observations([(1, value)]))


def read(path: Path) -> Iterator[Transcript]:
    """The conversations that the observations in ``path`` tell. Raises ImportFault where they tell none."""
    count = lines.Count()
    told: dict[str, Span] = {}
    for number, row in _observations(lines.concatenated(path, count)):
        if not _is_observation(row):
            count.dropped["row that is no observation"] += 1
            continue
        span = _span(row, number)
        if span.kind == "other":
            count.dropped[f"observation of type {row.get('type')}"] += 1
        told[span.id or f"#{len(told)}"] = span
    yield from traces.transcripts(told.values(), count, path, NAME)


def _observations(values: Iterator[tuple[int, JSON]] | list[tuple[int, JSON]]) -> Iterator[tuple[int, dict[str, JSON]]]:
    for number, value in values:
        for item in value if isinstance(value, list) else [value]:
            row = loose.mapping(item)
            trace = loose.mapping(row.get("trace"))
            listed = row.get("observations", trace.get("observations"))
            if isinstance(listed, list):
                held = trace or row
                whole = {"sessionId": row.get("sessionId", trace.get("sessionId")), "traceId": held.get("id")}
                yield from ((number, {**whole, **one}) for one in loose.objects(loose.unpacked(listed)))
            else:
                yield number, row


def _is_observation(row: dict[str, JSON]) -> bool:
    return (
        isinstance(row.get("type"), str) and "traceId" in row and ("startTime" in row or "parentObservationId" in row)
    )


def _span(row: dict[str, JSON], line: int) -> Span:
    metadata = loose.mapping(loose.unpacked(row.get("metadata")))
    attributes = spans.tree(loose.mapping(metadata.get("attributes")))
    span = Span(
        kind=_KINDS.get(str(row.get("type")), "other"),
        id=loose.text(row.get("id")) or "",
        parent=loose.text(row.get("parentObservationId")),
        trace=loose.text(row.get("traceId")) or "",
        start=loose.moment(row.get("startTime")) or "",
        line=line,
        time=loose.moment(row.get("endTime")) or loose.moment(row.get("startTime")),
        model=loose.text(row.get("model")),
        session=loose.text(row.get("sessionId")),
        version=loose.text(row.get("version")),
        usage=_usage(loose.mapping(row.get("usageDetails") or row.get("usage"))),
        params={
            key: value for key, value in loose.mapping(row.get("modelParameters")).items() if value not in (None, "")
        },
    )
    given, gave = loose.unpacked(row.get("input")), loose.unpacked(row.get("output"))
    if span.kind == "tool":
        inner = loose.mapping(given)
        inner = loose.mapping(inner["input"]) if inner.keys() == {"input"} else inner
        key = spans.at(attributes, "gen_ai.tool.call.id") or spans.at(attributes, "ai.toolCall.id")
        span.call = (loose.text(key) or "", loose.text(row.get("name")) or "", inner)
        span.result = _result(gave)
        return span
    heard = dialogue.messages(given)
    span.system = spans.system(attributes)
    span.heard = heard
    span.said = dialogue.answers(gave)
    span.tools = (
        dialogue.tools(row.get("toolDefinitions"))
        or dialogue.tools(metadata.get("tools"))
        or dialogue.tools(loose.mapping(given).get("tools"))
        or spans.tools(attributes)
    )
    if not span.said and (calls := tuple(tool_calls(_calls(row)))):
        span.said = [Message("assistant", calls, origin="model")]
    span.stop = spans.stop(attributes)
    span.response = loose.text(spans.at(attributes, "gen_ai.response.id"))
    return span


def _result(gave: JSON) -> ToolResult:
    match gave:
        case {"content": list() as blocks, **rest} if not rest:
            return result("", blocks)
        case _:
            return result("", gave)


def _calls(row: dict[str, JSON]) -> list[JSON]:
    """The tool calls of an observation whose output lacks them, with their names, which lie in a list beside them."""
    calls, names = row.get("toolCalls"), row.get("toolCallNames")
    if not isinstance(calls, list):
        return []
    told = [loose.mapping(loose.unpacked(call)) for call in calls]
    named = names if isinstance(names, list) else []
    return [{"name": name, **call, "type": "tool_call"} for call, name in zip(told, named, strict=False)]


def _usage(counts: dict[str, JSON]) -> Usage | None:
    def first(keys: tuple[str, ...]) -> int:
        return next((number for key in keys if (number := loose.number(counts.get(key)))), 0)

    if not counts:
        return None
    return Usage(
        input=first(("input", "promptTokens")),
        cache_read=first(_READ),
        cache_write=first(_WRITTEN),
        output=first(("output", "completionTokens")),
        reasoning=first(_THOUGHT),
    )
