"""Rows of LiteLLM's logs: messages and what came back side by side."""

import json

import pytest

from replay import importers, prefix
from replay.importers.fault import ImportFault
from replay.records import Text, ToolCall

ASKED = [{"role": "system", "content": "Be short."}, {"role": "user", "content": "hi"}]
CALL = {"id": "c1", "type": "function", "function": {"name": "read", "arguments": '{"path": "a.py"}'}}
SAID = {"role": "assistant", "content": "hello", "tool_calls": [CALL], "function_call": None}
RESPONSE = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "model": "gpt-x",
    "choices": [{"finish_reason": "tool_calls", "index": 0, "message": SAID}],
    "usage": {"prompt_tokens": 10, "completion_tokens": 2},
}
SCHEMA = {"type": "object", "properties": {"path": {"type": "string"}}}
TOOL = {"type": "function", "function": {"name": "read", "parameters": SCHEMA}}
STANDARD = {
    "id": "chatcmpl-1",
    "trace_id": "t",
    "call_type": "acompletion",
    "status": "success",
    "startTime": 1767322980.0,
    "endTime": 1767323045.0,
    "model": "gpt-x",
    "metadata": {"user_api_key_hash": None},
    "messages": ASKED,
    "response": RESPONSE,
    "error_str": None,
    "model_parameters": {"max_tokens": 9, "stream": False, "tools": [TOOL]},
}
PARTS = (Text("hello"), ToolCall("c1", "read", {"path": "a.py"}, raw='{"path": "a.py"}'))


def log(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert importers.identify(path) == "requests"
    return path


def only(path):
    (found,) = importers.read(path)
    return found


ROWS = {
    "standard payload": STANDARD,
    "payload in a callback's row": {"standard_logging_object": STANDARD},
    "payload in kwargs": {"kwargs": {"standard_logging_object": STANDARD}, "response_obj": RESPONSE},
    "kwargs with the response beside": {
        "kwargs": {"model": "gpt-x", "messages": ASKED, "optional_params": STANDARD["model_parameters"]},
        "response_obj": RESPONSE,
    },
    "row of the spend log, values as text": {
        "request_id": "chatcmpl-1",
        "call_type": "acompletion",
        "model": "gpt-x",
        "messages": json.dumps(ASKED),
        "response": json.dumps(RESPONSE),
        "model_parameters": json.dumps(STANDARD["model_parameters"]),
    },
    "messages, response, parameters": {
        "messages": ASKED,
        "response": RESPONSE,
        "max_tokens": 9,
        "tools": [TOOL],
    },
    "response_obj beside the messages": {
        "model": "gpt-x",
        "messages": ASKED,
        "response_obj": RESPONSE,
        "modelParameters": STANDARD["model_parameters"],
    },
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_the_response_beside_the_messages_is_the_answer(tmp_path, row):
    """Text, calls, id and finish reason come from the response; prompt, tools and limit from beside it."""
    found = only(log(tmp_path / "log.jsonl", row))
    (turn,) = found.turns
    answer = found.messages[turn.message]
    assert (answer.parts, answer.id, answer.stop) == (PARTS, "chatcmpl-1", "tool_calls")
    asked = prefix.prefix(found, 0)
    assert (asked.setup.system, asked.setup.model) == ((Text("Be short."),), "gpt-x")
    assert [tool.name for tool in asked.setup.tools] == ["read"]
    assert asked.setup.params["max_tokens"] == 9
    assert "response" not in asked.setup.params
    assert [message.parts for message in asked.messages] == [(Text("hi"),)]
    assert found.fidelity.grade == "full"
    assert found.ledger.dropped == {}


def test_the_time_is_that_of_the_end(tmp_path):
    """Unix seconds become ISO 8601: 1767323045 is 2026-01-02T03:04:05Z."""
    found = only(log(tmp_path / "log.jsonl", STANDARD))
    assert found.messages[found.turns[0].message].time == "2026-01-02T03:04:05Z"


def test_one_pretty_printed_payload_a_file_is_read(tmp_path):
    """So GCS and S3 keep them."""
    path = tmp_path / "log.json"
    path.write_text(json.dumps(STANDARD, indent=2))
    assert importers.identify(path) == "requests"
    assert only(path).messages[-1].parts == PARTS


def test_calls_of_one_conversation_are_one_transcript(tmp_path):
    """The answer that the next request repeats is the recorded one, once."""
    later = [*ASKED, {key: SAID[key] for key in ("role", "content", "tool_calls")}]
    later.append({"role": "tool", "tool_call_id": "c1", "content": "x = 1"})
    done = {**RESPONSE, "id": "chatcmpl-2", "choices": [{"message": {"role": "assistant", "content": "done"}}]}
    found = only(log(tmp_path / "log.jsonl", STANDARD, {**STANDARD, "messages": later, "response": done}))
    assert len(found.turns) == 2
    assert len(found.messages) == 4
    assert found.messages[found.turns[1].message].parts == (Text("done"),)


def test_a_call_of_the_messages_api_keeps_its_form(tmp_path):
    """Also where LiteLLM logs the response as a chat completion."""
    tool = {"name": "read", "input_schema": SCHEMA}
    own = {
        "call_type": "anthropic_messages",
        "messages": ASKED[1:],
        "model_parameters": {"max_tokens": 9, "tools": [tool]},
    }
    found = only(log(tmp_path / "log.jsonl", {**STANDARD, **own}))
    assert (found.setups[0].api, found.setups[0].tools[0].name) == ("anthropic", "read")
    answer = found.messages[found.turns[0].message]
    assert [type(part) for part in answer.parts] == [Text, ToolCall]
    assert answer.wire is None
    message = {"id": "msg_1", "type": "message", "role": "assistant", "content": [{"type": "text", "text": "hello"}]}
    found = only(log(tmp_path / "other.jsonl", {**STANDARD, **own, "response": message}))
    assert found.messages[found.turns[0].message].parts == (Text("hello"),)


def test_tools_in_the_form_of_the_provider_are_put_back(tmp_path):
    """The parameters are logged as LiteLLM mapped them; the messages are still those of Chat Completions."""
    row = {**STANDARD, "model_parameters": {"tools": [{"name": "read", "input_schema": SCHEMA}]}}
    (tool,) = only(log(tmp_path / "log.jsonl", row)).setups[0].tools
    assert (tool.name, tool.schema, tool.wire) == ("read", SCHEMA, None)


def test_a_call_of_the_responses_api_has_its_input_in_messages(tmp_path):
    """So the standard payload puts it, whatever the API."""
    output = [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "hello"}]}]
    response = {"id": "resp_1", "object": "response", "status": "completed", "output": output}
    own = {"call_type": "aresponses", "messages": [{"role": "user", "content": "hi"}], "response": response}
    found = only(log(tmp_path / "log.jsonl", {**STANDARD, **own, "model_parameters": {"temperature": 0}}))
    assert found.setups[0].api == "openai-responses"
    assert found.messages[found.turns[0].message].parts == (Text("hello"),)


def test_the_body_that_came_to_the_proxy_is_the_request(tmp_path):
    """It is exact, without what the proxy added; where LiteLLM cut long texts the grade says so."""
    body = {"model": "gpt-x", "messages": ASKED, "tools": [TOOL], "metadata": {"headers": {"x": "y"}}}
    row = {"call_type": "acompletion", "messages": "{}", "model": "gpt-x", "response": json.dumps(RESPONSE)}
    row["proxy_server_request"] = json.dumps(body)
    found = only(log(tmp_path / "log.jsonl", row))
    assert (found.fidelity.grade, found.turns[0].fidelity) == ("exact", None)
    assert found.setups[0].params == {}
    body["messages"] = [{"role": "user", "content": "a... (litellm_truncated 12982 chars) ...z"}]
    found = only(log(tmp_path / "cut.jsonl", {**row, "proxy_server_request": json.dumps(body)}))
    assert found.fidelity.grade == "partial"
    assert "which LiteLLM cut out" in found.fidelity.missing[0]


def test_messages_without_parameters_are_partial(tmp_path):
    """Nothing says which tools were offered."""
    found = only(log(tmp_path / "log.jsonl", {"messages": ASKED, "response": "hello"}))
    assert (found.fidelity.grade, found.setups[0].tools) == ("partial", None)
    assert found.messages[found.turns[0].message].parts == (Text("hello"),)


def test_a_failed_call_gives_no_answer(tmp_path):
    """Its request is counted with the reason."""
    row = {**STANDARD, "status": "failure", "response": {}, "error_str": "RateLimitError"}
    found = only(log(tmp_path / "log.jsonl", row, STANDARD))
    assert len(found.turns) == 1
    assert found.ledger.dropped == {"response that is an error": 1, "request without an answer": 1}


def test_what_holds_no_conversation_is_counted(tmp_path):
    """Embeddings, and calls whose texts LiteLLM was told not to log."""
    redacted = {**STANDARD, "messages": [{"role": "user", "content": "redacted-by-litellm"}]}
    path = log(tmp_path / "log.jsonl", STANDARD, {**STANDARD, "call_type": "aembedding"}, redacted)
    assert only(path).ledger.dropped == {
        "line that is no request: a call that is no conversation": 1,
        "line that is no request: its messages were redacted by LiteLLM": 1,
    }
    with pytest.raises(ImportFault, match="holds no request body"):
        list(importers.read(log(tmp_path / "none.jsonl", redacted)))


@pytest.mark.parametrize(
    "told",
    [
        "redacted-by-litellm",
        {"choices": [{"message": {"content": "redacted-by-litellm", "role": "assistant"}}]},
        {"text": "redacted-by-litellm"},
    ],
)
def test_a_redacted_answer_is_none(tmp_path, told):
    """LiteLLM puts its own words for the model's; where they are alone redacted, the request has no answer."""
    found = only(log(tmp_path / "log.jsonl", {**STANDARD, "response": told}, STANDARD))
    assert len(found.turns) == 1
    assert found.ledger.dropped["response that was redacted by LiteLLM"] == 1


@pytest.mark.parametrize("key", ["model_parameters", "beside"])
def test_calls_without_tools_say_that_tools_are_not_known(tmp_path, key):
    """The model called one: so it was offered some. A row without calls had none."""
    told = {"temperature": 0} if key == "beside" else {key: {"temperature": 0}}
    found = only(log(tmp_path / "log.jsonl", {"messages": ASKED, "response": RESPONSE, **told}))
    assert (found.fidelity.grade, found.fidelity.missing, found.setups[0].tools) == ("partial", ("tool schemas",), None)
    found = only(log(tmp_path / "log.jsonl", {"messages": ASKED, "response": "hello", **told}))
    assert (found.fidelity.grade, found.setups[0].tools) == ("full", ())


def test_an_answer_that_was_cut_lowers_the_grade(tmp_path):
    """What lacks is named along with what the row lacks anyway."""
    cut = "a... (litellm_truncated skipped 12982 chars) ...z"
    found = only(log(tmp_path / "log.jsonl", {"messages": ASKED, "response": cut}))
    assert found.fidelity.grade == "partial"
    assert found.fidelity.missing[:2] == ("tool schemas", "parameters")
    assert "which LiteLLM cut out" in found.fidelity.missing[2]


def test_where_no_request_is_exact_neither_is_the_transcript(tmp_path):
    """Of a row with parameters and one without, the lower grade counts; each turn has its own."""
    answer = {"role": "assistant", "content": "hello"}
    first = {**STANDARD, "response": {**RESPONSE, "choices": [{"message": answer}]}}
    second = {"model": "gpt-x", "messages": [*ASKED, answer, {"role": "user", "content": "more"}], "response": "bye"}
    found = only(log(tmp_path / "log.jsonl", first, second))
    assert found.fidelity.grade == "partial"
    assert [(turn.fidelity or found.fidelity).grade for turn in found.turns] == ["full", "partial"]


def test_keys_of_a_client_are_not_kept(tmp_path):
    """A client of the proxy may send its provider's key and address in the body: no parameters of the request."""
    secret = {"api_key": "not-to-be-kept", "api_base": "https://gateway.example", "extra_headers": {"x": "y"}}
    body = {"model": "gpt-x", "messages": ASKED, "tools": [TOOL], **secret}
    found = only(log(tmp_path / "log.jsonl", {**STANDARD, "proxy_server_request": {"body": body}}))
    assert (found.fidelity.grade, found.setups[0].params) == ("exact", {})


def test_a_system_prompt_beside_the_messages_is_one(tmp_path):
    """So the Messages API has it; beside a system message it is that one in the form of the provider."""
    tool = {"name": "read", "input_schema": SCHEMA}
    row = {"messages": ASKED[1:], "system": "Be short.", "tools": [tool], "response": RESPONSE}
    found = only(log(tmp_path / "log.jsonl", row))
    assert (found.setups[0].api, found.setups[0].system) == ("anthropic", (Text("Be short."),))
    assert [one.name for one in found.setups[0].tools] == ["read"]
    told = {"system": [{"type": "text", "text": "Be short."}], "tools": [tool]}
    found = only(log(tmp_path / "log.jsonl", {"messages": ASKED, "optional_params": told, "response": RESPONSE}))
    assert (found.setups[0].api, found.setups[0].system) == ("openai-chat", (Text("Be short."),))
    assert found.setups[0].params == {}


@pytest.mark.parametrize("odd", [[], ["x"], {"a": 1}, 7, True, None], ids=repr)
@pytest.mark.parametrize("key", list(STANDARD))
def test_no_field_however_odd_is_an_error(tmp_path, key, odd):
    """A row is read, or counted, whatever stands in one of its fields."""
    path = tmp_path / "log.jsonl"
    path.write_text(f"{json.dumps(STANDARD)}\n{json.dumps({**STANDARD, key: odd})}\n")
    assert importers.read(path)


def test_a_response_beyond_what_is_sniffed_at_is_found(tmp_path):
    """Messages longer than 64 KiB come first; the response after them tells whose row it is."""
    long = [ASKED[0], {"role": "user", "content": "x" * 100_000}]
    path = tmp_path / "log.json"
    path.write_text(json.dumps({"messages": long, "model": "gpt-x", "response": RESPONSE}, indent=1))
    assert only(path).messages[-1].parts == PARTS
