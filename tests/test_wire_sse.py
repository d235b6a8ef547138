"""Streams of the three APIs, put together: what comes out is what the API sends unstreamed."""

import json

import pytest

from replay.wire import anthropic, openai_chat, openai_responses, sse
from replay.wire.notes import WireError


def stream(*events, end="\n\n"):
    return "".join(f"event: {event.get('type', 'message')}\ndata: {json.dumps(event)}{end}" for event in events)


def chunks(*deltas, stop="stop", **last):
    choices = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    told = [{"id": "c1", "model": "m", "object": "chat.completion.chunk", "choices": [one]} for one in choices]
    told.append({"id": "c1", "choices": [{"index": 0, "delta": {}, "finish_reason": stop}], **last})
    return "".join(f"data: {json.dumps(one)}\n\n" for one in told) + "data: [DONE]\n\n"


MESSAGE = [
    {
        "type": "message_start",
        "message": {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "claude-x",
            "content": [],
            "stop_reason": None,
            "usage": {"input_tokens": 7, "output_tokens": 1},
        },
    },
    {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": "", "signature": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "hm"}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "m"}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "sig"}},
    {"type": "content_block_stop", "index": 0},
    {"type": "ping"},
    {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "Ünd "}},
    {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "so"}},
    {"type": "content_block_stop", "index": 1},
    {
        "type": "content_block_start",
        "index": 2,
        "content_block": {"type": "tool_use", "id": "t1", "name": "Read", "input": {}},
    },
    {"type": "content_block_delta", "index": 2, "delta": {"type": "input_json_delta", "partial_json": ""}},
    {"type": "content_block_delta", "index": 2, "delta": {"type": "input_json_delta", "partial_json": '{"path": "a'}},
    {"type": "content_block_delta", "index": 2, "delta": {"type": "input_json_delta", "partial_json": '.py"}'}},
    {"type": "content_block_stop", "index": 2},
    {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 20}},
    {"type": "message_stop"},
]


def test_a_messages_stream_becomes_the_unstreamed_response():
    """Thinking, text and a call come out as blocks, with stop reason and both halves of the usage."""
    told = sse.assemble(stream(*MESSAGE))
    assert told == (
        {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "claude-x",
            "content": [
                {"type": "thinking", "thinking": "hmm", "signature": "sig"},
                {"type": "text", "text": "Ünd so"},
                {"type": "tool_use", "id": "t1", "name": "Read", "input": {"path": "a.py"}},
            ],
            "stop_reason": "tool_use",
            "usage": {"input_tokens": 7, "output_tokens": 20},
        },
        "anthropic",
        True,
    )
    assert anthropic.read_response(told.body).usage.output == 20


def test_a_call_without_arguments_has_an_empty_object():
    """A call whose only piece is empty keeps the empty object of its start."""
    start = {
        "type": "content_block_start",
        "index": 0,
        "content_block": {"type": "tool_use", "id": "t", "name": "n", "input": {}},
    }
    piece = {"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": ""}}
    told = sse.assemble(stream(MESSAGE[0], start, piece, MESSAGE[-1]))
    assert told.body["content"] == [{"type": "tool_use", "id": "t", "name": "n", "input": {}}]


@pytest.mark.parametrize("end", ["\n\n", "\r\n\r\n", "\n"], ids=["blank line", "carriage returns", "no blank line"])
def test_line_ends_of_all_kinds_are_read(end):
    """Events are told apart whatever ends their lines, even where a log dropped the blank ones."""
    assert sse.assemble(stream(*MESSAGE, end=end)).body["content"][1]["text"] == "Ünd so"


def test_a_stream_cut_inside_an_event_says_so_and_keeps_what_came():
    """The rest of a half-written event is not taken for a whole one."""
    text = stream(*MESSAGE[:10])
    told = sse.assemble(text[: text.rindex("so") + 1].encode())
    assert not told.whole
    assert told.body["content"][1] == {"type": "text", "text": "Ünd "}
    assert told.body["stop_reason"] is None


def test_arguments_that_never_end_stay_text():
    """A call that was cut off keeps its argument text; nothing is made up to close it."""
    told = sse.assemble(stream(*MESSAGE[:14]))
    assert not told.whole
    assert told.body["content"][2]["input"] == '{"path": "a'


def test_unknown_events_and_deltas_do_no_harm():
    """A delta of a new kind is kept in its block; an event of a new kind is passed over."""
    odd = [
        {"type": "content_block_delta", "index": 1, "delta": {"type": "new_delta", "note": "a"}},
        {"type": "content_block_delta", "index": 1, "delta": {"type": "new_delta", "note": "b"}},
        {"type": "content_block_delta", "index": 99, "delta": {"type": "text_delta", "text": "lost"}},
        {"type": "something_new", "data": 1},
    ]
    told = sse.assemble(stream(*MESSAGE[:10], *odd, *MESSAGE[10:]))
    assert told.body["content"][1] == {"type": "text", "text": "Ünd so", "note": "ab"}


def test_a_chat_stream_becomes_the_unstreamed_completion():
    """Comments of a router are passed over; reasoning, text, two calls in pieces and the usage come out whole."""
    call = {"index": 0, "id": "k1", "type": "function", "function": {"name": "edit", "arguments": ""}}
    other = {"index": 1, "id": "k2", "type": "function", "function": {"name": "view", "arguments": "{}"}}
    text = ": OPENROUTER PROCESSING\n\n" + chunks(
        {"role": "assistant", "content": "", "reasoning_content": "th"},
        {"reasoning_content": "ink"},
        {"content": "He"},
        {"content": "llo"},
        {"tool_calls": [call]},
        {"tool_calls": [{"index": 0, "function": {"arguments": '{"a":'}}, other]},
        {"tool_calls": [{"index": 0, "function": {"arguments": " 1}"}}]},
        stop="tool_calls",
        usage={"prompt_tokens": 5, "completion_tokens": 9},
    )
    told = sse.assemble(text)
    assert told.whole
    assert told.api == "openai-chat"
    assert told.body["choices"] == [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": "Hello",
                "reasoning_content": "think",
                "tool_calls": [
                    {"id": "k1", "type": "function", "function": {"name": "edit", "arguments": '{"a": 1}'}},
                    {"id": "k2", "type": "function", "function": {"name": "view", "arguments": "{}"}},
                ],
            },
            "finish_reason": "tool_calls",
        }
    ]
    assert (told.body["id"], told.body["model"]) == ("c1", "m")
    assert openai_chat.read_response(told.body).usage.output == 9


def test_calls_without_an_index_are_told_apart_by_id():
    """Servers that leave the index out: a piece without an id belongs to the call before it."""
    first = {"id": "a", "function": {"name": "f", "arguments": "{"}}
    more = {"function": {"arguments": "}"}}
    second = {"id": "b", "function": {"name": "f", "arguments": "{}"}}
    told = sse.assemble(chunks({"tool_calls": [first]}, {"tool_calls": [more]}, {"tool_calls": [second]}))
    calls = told.body["choices"][0]["message"]["tool_calls"]
    assert [(call["id"], call["function"]["arguments"]) for call in calls] == [("a", "{}"), ("b", "{}")]


def test_a_chat_stream_without_its_end_is_cut():
    """No finish reason and no [DONE]: the completion is not whole."""
    text = chunks({"content": "Hel"})
    assert sse.assemble(text[: text.index("\n\n") + 2]) == (
        {
            "id": "c1",
            "model": "m",
            "object": "chat.completion",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hel"}, "finish_reason": None}],
        },
        "openai-chat",
        False,
    )


ITEM = {
    "type": "function_call",
    "id": "fc_1",
    "call_id": "k1",
    "name": "edit",
    "arguments": "",
    "status": "in_progress",
}
DONE = {**ITEM, "arguments": '{"a":1}', "status": "completed"}


def responses(*last):
    return stream(
        {
            "type": "response.created",
            "response": {"id": "resp_1", "model": "gpt", "status": "in_progress", "output": []},
        },
        {"type": "response.output_item.added", "output_index": 0, "item": ITEM},
        {"type": "response.function_call_arguments.delta", "output_index": 0, "item_id": "fc_1", "delta": '{"a":'},
        *last,
    )


def test_a_responses_stream_gives_its_last_response():
    """The last event holds the whole response, which is what comes out."""
    final = {"id": "resp_1", "model": "gpt", "status": "completed", "output": [DONE]}
    told = sse.assemble(responses({"type": "response.completed", "response": final}))
    assert told == ({"object": "response", **final}, "openai-responses", True)


def test_a_last_response_without_output_takes_it_from_the_items():
    """Servers that keep nothing send an empty last response; the items that were done are its output."""
    final = {"id": "resp_1", "model": "gpt", "status": "completed", "output": []}
    told = sse.assemble(
        responses(
            {"type": "response.output_item.done", "output_index": 0, "item": DONE},
            {"type": "response.completed", "response": final},
        )
    )
    assert told.whole
    assert told.body["output"] == [DONE]
    assert openai_responses.read_response(told.body).parts[0].arguments == {"a": 1}


def test_a_responses_stream_that_is_cut_has_the_pieces():
    """An item that was not done has the arguments that came."""
    told = sse.assemble(responses())
    assert not told.whole
    assert told.body["output"] == [{**ITEM, "arguments": '{"a":'}]


@pytest.mark.parametrize(
    "text",
    [
        "",
        ": comment\n\n",
        "data: [DONE]\n\n",
        'data: {"type": "ping"}\n\n',
        'data: {"candidates": []}\n\n',
        "data: not json\n\n",
        'data: {"choices": []}\n\n',
    ],
)
def test_a_stream_without_a_response_is_an_error(text):
    """Empty, of another API, or not JSON: an error that a log reader can count."""
    with pytest.raises(WireError, match="a stream without a response"):
        sse.assemble(text)


def test_an_error_in_a_stream_is_an_error():
    """The API reports an overload inside the stream; what came before is no answer."""
    fault = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    with pytest.raises(WireError, match="overloaded_error"):
        sse.assemble(stream(*MESSAGE[:5], fault))


@pytest.mark.parametrize(
    ("text", "streamed"),
    [
        ("event: message_start\ndata: {}\n\n", True),
        ("data: {}\n\n", True),
        ("\n: OPENROUTER PROCESSING\n\ndata: {}", True),
        ('{"data": 1}', False),
        ("Paris\ndata: x", False),
        ("", False),
    ],
)
def test_a_stream_is_known_by_its_first_line(text, streamed):
    """Other text is not taken for a stream, whatever later lines look like."""
    assert sse.looks_streamed(text) is streamed
