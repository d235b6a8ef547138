"""OpenTelemetry spans: containers (OTLP, SDK dumps), conventions (OpenInference, gen_ai, Vercel AI SDK)."""

import json

import pytest

from replay import importers
from replay.importers import ImportFault, otel
from replay.records import Reasoning, Text, ToolCall, ToolResult, Usage

OPENINFERENCE = {
    "openinference.span.kind": "LLM",
    "llm.model_name": "m-1",
    "llm.input_messages.0.message.role": "system",
    "llm.input_messages.0.message.content": "be kind",
    "llm.input_messages.1.message.role": "user",
    "llm.input_messages.1.message.contents.0.message_content.type": "text",
    "llm.input_messages.1.message.contents.0.message_content.text": "fix it",
    "llm.input_messages.2.message.role": "assistant",
    "llm.input_messages.2.message.tool_calls.0.tool_call.id": "k1",
    "llm.input_messages.2.message.tool_calls.0.tool_call.function.name": "edit",
    "llm.input_messages.2.message.tool_calls.0.tool_call.function.arguments": '{"a":1}',
    "llm.input_messages.3.message.role": "tool",
    "llm.input_messages.3.message.tool_call_id": "k1",
    "llm.input_messages.3.message.content": "ok",
    "llm.output_messages.0.message.role": "assistant",
    "llm.output_messages.0.message.content": "done",
    "llm.tools.0.tool.json_schema": '{"type":"function","function":{"name":"edit","parameters":{"type":"object"}}}',
    "llm.invocation_parameters": '{"temperature": 0.5, "model": "m-1"}',
    "llm.token_count.prompt": 10,
    "llm.token_count.completion": 3,
    "llm.token_count.prompt_details.cache_read": 4,
}
GENAI = {
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": "m-1",
    "gen_ai.request.temperature": 0.5,
    "gen_ai.system_instructions": json.dumps([{"type": "text", "content": "be kind"}]),
    "gen_ai.input.messages": json.dumps(
        [
            {"role": "user", "parts": [{"type": "text", "content": "fix it"}]},
            {"role": "assistant", "parts": [{"type": "tool_call", "id": "k1", "name": "edit", "arguments": {"a": 1}}]},
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "k1", "result": "ok"}]},
        ]
    ),
    "gen_ai.output.messages": json.dumps(
        [{"role": "assistant", "parts": [{"type": "text", "content": "done"}], "finish_reason": "stop"}]
    ),
    "gen_ai.tool.definitions": json.dumps([{"type": "function", "name": "edit", "parameters": {"type": "object"}}]),
    "gen_ai.usage.input_tokens": 10,
    "gen_ai.usage.output_tokens": 3,
    "gen_ai.usage.cache_read.input_tokens": 4,
}
OLDER = {
    "gen_ai.request.model": "m-1",
    "gen_ai.request.temperature": 0.5,
    "gen_ai.prompt.0.role": "system",
    "gen_ai.prompt.0.content": "be kind",
    "gen_ai.prompt.1.role": "user",
    "gen_ai.prompt.1.content": "fix it",
    "gen_ai.prompt.2.role": "assistant",
    "gen_ai.prompt.2.tool_calls.0.id": "k1",
    "gen_ai.prompt.2.tool_calls.0.name": "edit",
    "gen_ai.prompt.2.tool_calls.0.arguments": '{"a":1}',
    "gen_ai.prompt.3.role": "tool",
    "gen_ai.prompt.3.tool_call_id": "k1",
    "gen_ai.prompt.3.content": "ok",
    "gen_ai.completion.0.role": "assistant",
    "gen_ai.completion.0.content": "done",
    "llm.request.functions.0.name": "edit",
    "llm.request.functions.0.parameters": '{"type":"object"}',
    "gen_ai.usage.prompt_tokens": 10,
    "gen_ai.usage.completion_tokens": 3,
    "gen_ai.usage.cache_read_input_tokens": 4,
}
VERCEL = {
    "ai.operationId": "ai.streamText.doStream",
    "ai.model.id": "m-1",
    "gen_ai.request.temperature": 0.5,
    "ai.prompt.messages": json.dumps(
        [
            {"role": "system", "content": "be kind"},
            {"role": "user", "content": [{"type": "text", "text": "fix it"}]},
            {
                "role": "assistant",
                "content": [{"type": "tool-call", "toolCallId": "k1", "toolName": "edit", "input": {"a": 1}}],
            },
            {
                "role": "tool",
                "content": [
                    {
                        "type": "tool-result",
                        "toolCallId": "k1",
                        "toolName": "edit",
                        "output": {"type": "text", "value": "ok"},
                    }
                ],
            },
        ]
    ),
    "ai.prompt.tools": ['{"type":"function","name":"edit","inputSchema":{"type":"object"}}'],
    "ai.response.text": "done",
    "ai.usage.inputTokens": 10,
    "ai.usage.outputTokens": 3,
    "ai.usage.cachedInputTokens": 4,
}
CONVENTIONS = {"OpenInference": OPENINFERENCE, "gen_ai": GENAI, "older gen_ai": OLDER, "Vercel": VERCEL}


def span(attributes, number=1, **more):
    return {
        "name": "x",
        "spanContext": {"traceId": "tr", "spanId": f"s{number}"},
        "startTime": [1_770_000_000 + number, 0],
        "endTime": [1_770_000_001 + number, 0],
        "attributes": attributes,
        **more,
    }


def dump(path, *spans):
    path.write_text(json.dumps(list(spans)))
    return path


@pytest.mark.parametrize("attributes", CONVENTIONS.values(), ids=CONVENTIONS.keys())
def test_every_convention_tells_the_same(tmp_path, attributes):
    """Prompt, tools, call, result, answer, parameters and usage are the same in all four conventions."""
    path = dump(tmp_path / "s.json", span(attributes))
    assert importers.identify(path) == "otel"
    (found,) = importers.read(path)
    (turn,) = found.turns
    setup = found.setups[turn.setup]
    assert setup.system == (Text("be kind"),)
    assert [(tool.name, tool.schema) for tool in setup.tools] == [("edit", {"type": "object"})]
    assert (setup.model, setup.params) == ("m-1", {"temperature": 0.5})
    assert [(message.role, message.parts) for message in found.messages] == [
        ("user", (Text("fix it"),)),
        ("assistant", (ToolCall("k1", "edit", {"a": 1}),)),
        ("tool", (ToolResult("k1", (Text("ok"),)),)),
        ("assistant", (Text("done"),)),
    ]
    assert found.messages[3].usage == Usage(input=6, cache_read=4, output=3)
    assert found.messages[3].time == "2026-02-02T02:40:02Z"
    assert found.fidelity.grade == "full"


def otlp(attributes):
    def packed(value):
        match value:
            case str():
                return {"stringValue": value}
            case int():
                return {"intValue": str(value)}
            case float():
                return {"doubleValue": value}
            case list():
                return {"arrayValue": {"values": [packed(item) for item in value]}}

    one = {
        "traceId": "tr",
        "spanId": "s1",
        "name": "x",
        "startTimeUnixNano": "1770000001000000000",
        "endTimeUnixNano": "1770000002000000000",
        "attributes": [{"key": key, "value": packed(value)} for key, value in attributes.items()],
    }
    about = {"attributes": [{"key": "service.name", "value": {"stringValue": "agent"}}]}
    return {"resourceSpans": [{"resource": about, "scopeSpans": [{"scope": {}, "spans": [one]}]}]}


@pytest.mark.parametrize("attributes", CONVENTIONS.values(), ids=CONVENTIONS.keys())
def test_otlp_is_read_as_the_sdk_dump_is(tmp_path, attributes):
    """The collector's file, attributes as a list of typed values, tells the same messages."""
    path = tmp_path / "otlp.jsonl"
    path.write_text(json.dumps(otlp(attributes)) + "\n")
    assert importers.identify(path) == "otel"
    (found,) = importers.read(path)
    (other,) = importers.read(dump(tmp_path / "s.json", span(attributes)))
    assert (found.id, found.source.agent) == (other.id, "agent")


def test_phoenix_rows_with_nested_attributes_are_read(tmp_path):
    """Attributes may be nested, and the ids lie in columns."""
    nested = {
        "openinference": {"span": {"kind": "LLM"}},
        "llm": {
            "input_messages": [{"message": {"role": "user", "content": "fix it"}}],
            "output_messages": [{"message": {"role": "assistant", "content": "done"}}],
        },
    }
    row = {
        "context.span_id": "s1",
        "context.trace_id": "tr",
        "start_time": "2026-01-01T00:00:00Z",
        "attributes": nested,
    }
    path = tmp_path / "p.jsonl"
    path.write_text(json.dumps(row) + "\n")
    (found,) = importers.read(path)
    assert [message.parts for message in found.messages] == [(Text("fix it"),), (Text("done"),)]


def test_events_tell_messages_too(tmp_path):
    """Older instrumentations write each message as an event of the span."""
    events = [
        {"name": "gen_ai.user.message", "attributes": {"content": "fix it"}},
        {"name": "gen_ai.choice", "attributes": {"message": '{"content": "done"}', "finish_reason": "stop"}},
    ]
    (found,) = importers.read(dump(tmp_path / "s.json", span({"gen_ai.operation.name": "chat"}, events=events)))
    assert [message.parts for message in found.messages] == [(Text("fix it"),), (Text("done"),)]


def test_an_outer_span_counts_only_without_its_inner_one(tmp_path):
    """The SDK's outer span repeats the inner one, in another trace even; alone it is what there is."""
    outer = {
        "ai.operationId": "ai.generateText",
        "ai.prompt": '{"system": "be kind", "prompt": "fix it"}',
        "ai.response.text": "done",
    }
    inner = {
        "ai.operationId": "ai.generateText.doGenerate",
        "ai.prompt.messages": '[{"role":"user","content":"fix it"}]',
        "ai.response.text": "done",
        "ai.response.reasoning": "hm",
    }
    apart = {"traceId": "other", "spanId": "s9"}
    (both,) = importers.read(dump(tmp_path / "a.json", span(outer), span(inner, 2, spanContext=apart)))
    assert both.messages[1].parts == (Reasoning("hm"), Text("done"))
    assert both.ledger.dropped == {"span that repeats the generations inside it": 1}
    (alone,) = importers.read(dump(tmp_path / "b.json", span(outer)))
    assert (alone.setups[0].system, alone.messages[0].parts) == ((Text("be kind"),), (Text("fix it"),))


def test_spans_of_other_things_are_counted(tmp_path):
    """Embeddings and web requests are dropped by count; a file of nothing else is a fault."""
    web = span({"http.method": "GET"}, 2)
    (found,) = importers.read(dump(tmp_path / "a.json", span(VERCEL), web))
    assert found.ledger.dropped == {"span that is no call of a model, tool or agent": 1}
    with pytest.raises(ImportFault, match="holds no call of a model"):
        list(otel.read(dump(tmp_path / "b.json", web)))


@pytest.mark.shared
def test_the_collections_spans_agree_with_a_plain_count(shared):
    """Per file: as many turns as answers told apart, each with the text of its span."""
    for path in sorted((shared / "transcripts/otel_spans").glob("*.json")):
        attributes = [row["attributes"] for row in json.loads(path.read_text())]
        answers = {one.get("ai.response.text", one.get("ai.response.object")) for one in attributes} - {None}
        found = importers.read(path)
        said = [one.messages[turn.message].parts[0].text for one in found for turn in one.turns]
        assert sorted(said) == sorted(answers), path.name
