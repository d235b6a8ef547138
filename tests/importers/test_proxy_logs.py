"""Logs of a proxy: request and response pairs a line, the response a stream."""

import json

from replay import importers
from replay.records import Text

ASK = {"model": "claude-x", "max_tokens": 9, "stream": True, "messages": [{"role": "user", "content": "hi"}]}
MESSAGE = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-x", "content": [], "usage": {}}
EVENTS = [
    {"type": "message_start", "message": MESSAGE},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "hello"}},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
    {"type": "message_stop"},
]
STREAM = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in EVENTS)
URL = "https://api.anthropic.com/v1/messages?beta=true"


def pair(response, body=ASK):
    request = {"timestamp": 1, "method": "POST", "url": URL, "headers": {"authorization": "Bearer token"}, "body": body}
    return {"request": request, "response": response, "logged_at": "2026-01-02T03:04:05Z"}


def log(path, *values):
    path.write_text("".join(json.dumps(value) + "\n" for value in values))
    return path


def test_a_streamed_response_is_the_answer(tmp_path):
    """``body_raw`` holds the stream; its headers, token included, are not kept."""
    path = log(tmp_path / "log.jsonl", pair({"status_code": 200, "headers": {}, "body_raw": STREAM}))
    assert importers.identify(path) == "requests"
    (found,) = importers.read(path)
    answer = found.messages[found.turns[0].message]
    assert (answer.parts, answer.stop, answer.id) == ((Text("hello"),), "end_turn", "msg_1")
    assert answer.time == "2026-01-02T03:04:05Z"
    assert found.fidelity.grade == "exact"
    assert "Bearer" not in repr(found)


def test_a_list_of_decoded_events_is_a_stream_too(tmp_path):
    """Some proxies decode the events before they log them."""
    (found,) = importers.read(log(tmp_path / "log.jsonl", pair({"body": EVENTS})))
    assert found.messages[1].parts == (Text("hello"),)


def test_a_stream_that_holds_an_error_is_counted(tmp_path):
    """An overload told inside the stream is no answer."""
    fault = 'event: error\ndata: {"type": "error", "error": {"type": "overloaded_error"}}\n\n'
    (found,) = importers.read(log(tmp_path / "log.jsonl", pair({"body_raw": fault}), pair({"body_raw": STREAM})))
    assert found.ledger.dropped["response that is an error"] == 1


def test_calls_without_results_are_counted(tmp_path):
    """The last answer's call was never answered in the log."""
    call = {"type": "tool_use", "id": "t1", "name": "Read", "input": {}}
    path = log(tmp_path / "log.jsonl", pair({"body": {**MESSAGE, "content": [call], "stop_reason": "tool_use"}}))
    assert importers.read(path)[0].ledger.unanswered == 1
