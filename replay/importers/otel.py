"""OpenTelemetry spans as JSON: OTLP (``resourceSpans``), the console exporters of the SDKs, Phoenix and SDK dumps.

One value, a list, or one a line. Which attributes hold messages is told in ``spans``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from replay.importers import lines, loose, peek, spans, traces
from replay.importers.agents import named
from replay.importers.traces import Span
from replay.records import JSON, Transcript

NAME = "otel"
_IDS = ("spanId", "span_id", "context.span_id", "id")
_TRACES = ("traceId", "trace_id", "context.trace_id")
_PARENTS = ("parentSpanId", "parent_span_id", "parent_id", "parentId")
_STARTS = ("startTimeUnixNano", "start_time_unix_nano", "startTime", "start_time", "timestamp")
_ENDS = ("endTimeUnixNano", "end_time_unix_nano", "endTime", "end_time")


_WORDS = (b"attributes", b"resourceSpans", b"resource_spans")


def sniff(head: bytes, name: str) -> bool:
    """Whether one of the first values of ``head`` is a span, or holds spans."""
    if not peek.may_hold(head, *_WORDS):
        return False
    rows = peek.rows(head, 5)
    if any("resourceSpans" in row or "resource_spans" in row for row in rows):
        return True
    return any(_is_span(row) for row in rows)


def read(path: Path) -> Iterator[Transcript]:
    """The conversations that the spans in ``path`` tell. Raises ImportFault where they tell none."""
    count = lines.Count()
    told: list[Span] = []
    for number, row, about in _spans(lines.concatenated(path, count)):
        if not _is_span(row):
            count.dropped["row that is no span"] += 1
            continue
        span = _span(row, about, number)
        if span.kind == "other":
            count.dropped["span that is no call of a model, tool or agent"] += 1
        told.append(span)
    yield from traces.transcripts(told, count, path, NAME)


def _spans(values: Iterable[tuple[int, JSON]]) -> Iterator[tuple[int, dict[str, JSON], dict[str, JSON]]]:
    """Each span with its line and the attributes of the resource it comes from."""
    for number, value in values:
        for item in value if isinstance(value, list) else [value]:
            row = loose.mapping(item)
            batches = row.get("resourceSpans", row.get("resource_spans"))
            if not isinstance(batches, list):
                listed = row.get("spans")
                for span in loose.objects(listed) if isinstance(listed, list) else [row]:
                    yield number, span, {}
                continue
            for batch in loose.objects(batches):
                about = _attributes(loose.mapping(batch.get("resource")).get("attributes"))
                scopes = ("scopeSpans", "scope_spans", "instrumentationLibrarySpans")
                for scope in (one for key in scopes for one in loose.objects(batch.get(key))):
                    for span in loose.objects(scope.get("spans")):
                        yield number, span, about


def _is_span(row: dict[str, JSON]) -> bool:
    context = row.get("spanContext", row.get("context"))
    named = isinstance(context, dict) or any(key in row for key in _IDS[:3])
    return named and ("attributes" in row or any(key.startswith("attributes.") for key in row))


def _span(row: dict[str, JSON], about: dict[str, JSON], line: int) -> Span:
    context = {**loose.mapping(row.get("context")), **loose.mapping(row.get("spanContext"))}
    outer = loose.mapping(row.get("parentSpanContext"))
    resource = {**_attributes(loose.mapping(row.get("resource")).get("attributes")), **about}
    given = _attributes(row.get("attributes"))
    given.update({key.removeprefix("attributes."): row[key] for key in row if key.startswith("attributes.")})
    span = Span(
        kind="other",
        id=_first(row, context, keys=_IDS) or "",
        parent=_first(row, keys=_PARENTS) or _first(outer, keys=_IDS),
        trace=_first(row, context, keys=_TRACES) or "",
        start=_time(row, _STARTS) or "",
        line=line,
        time=_time(row, _ENDS) or _time(row, _STARTS),
        agent=named(resource.get("service.name")),
        version=loose.text(resource.get("service.version")),
    )
    events = [
        {**event, "attributes": _attributes(event.get("attributes"))} for event in loose.objects(row.get("events"))
    ]
    spans.fill(span, spans.tree(given), events)
    return span


def _first(*rows: dict[str, JSON], keys: Iterable[str]) -> str | None:
    wanted = list(keys)
    return next((text for row in rows for key in wanted if (text := loose.text(row.get(key)))), None)


def _time(row: dict[str, JSON], keys: tuple[str, ...]) -> str | None:
    """The time as ISO 8601: nanoseconds, ``[seconds, nanoseconds]``, Unix seconds or text."""
    value = next((row[key] for key in keys if row.get(key) is not None), None)
    match value:
        case [int(seconds), int(nanoseconds)] if max(abs(seconds), abs(nanoseconds)) < 1e15:
            return loose.moment(seconds + nanoseconds / 1e9)
        case str() if value.isdecimal() and len(value) < 25:
            return loose.moment(int(value) / 1e9)
        case int() if 1e15 < value < 1e25:
            return loose.moment(value / 1e9)
        case _:
            return loose.moment(value)


def _attributes(value: JSON) -> dict[str, JSON]:
    """Attributes by name: an object, JSON as text, or OTLP's list of ``{"key", "value": {"stringValue": …}}``."""
    value = loose.unpacked(value)
    if isinstance(value, dict):
        return value
    return {str(item["key"]): _value(item.get("value")) for item in loose.objects(value) if "key" in item}


def _value(value: JSON) -> JSON:
    match value:
        case {"arrayValue": inner} | {"array_value": inner}:
            return [_value(item) for item in loose.objects(loose.mapping(inner).get("values"))]
        case {"kvlistValue": inner} | {"kvlist_value": inner}:
            return _attributes(loose.mapping(inner).get("values"))
        case {"intValue": str(text)} | {"int_value": str(text)} if text.lstrip("-").isdecimal() and len(text) < 25:
            return int(text)
        case dict() if len(value) == 1:
            return next(iter(value.values()))
        case _:
            return value
