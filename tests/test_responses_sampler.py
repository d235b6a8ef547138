"""The Responses sampler sends what was captured, and `last` keeps the thinking of the turn in progress only."""

import asyncio
import json

import pytest
from upstream import answer, upstream

from replay.errors import UserError
from replay.records import Arm, Case, Fidelity, Message, Prefix, Reasoning, Request, Setup, Text, ToolCall, ToolResult
from replay.samplers import MalformedResponse, anthropic, for_arm, openai_responses
from replay.wire import openai_responses as wire

CASE = Case("c@1", "t", 1, (), "s", Fidelity("exact"))
CAPTURED = {
    "model": "gpt-x",
    "instructions": "Be brief.",
    "input": [
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "go"}]},
        {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "blob"},
        {"type": "function_call", "call_id": "c1", "name": "shell", "arguments": '{"cmd": "ls"}'},
        {"type": "function_call_output", "call_id": "c1", "output": "a.py"},
    ],
    "tools": [{"type": "function", "name": "shell", "parameters": {"type": "object"}, "strict": False}],
    "include": ["reasoning.encrypted_content"],
    "store": False,
}


def request(arm, prefix):
    return Request(CASE, arm, 0, prefix, Message("assistant"))


def test_a_captured_body_is_sent_as_it_was():
    """Items, encrypted reasoning and parameters go out unchanged; only the stream is off."""
    prefix = wire.read_request({**CAPTURED, "stream": True})
    made = openai_responses.body(request(Arm("a", "openai-responses/gpt-x"), prefix))
    assert made.body == CAPTURED
    assert made.on_policy is True


def test_encrypted_reasoning_of_another_model_is_refused_before_any_request():
    """The sentence names the arm, the model and what to set."""
    with pytest.raises(UserError, match=r"arm a: .* thinking by gpt-x, which openai-responses/gpt-y would refuse"):
        openai_responses.body(request(Arm("a", "openai-responses/gpt-y"), wire.read_request(CAPTURED)))


def test_the_server_keeps_nothing_where_the_prefix_does_not_say():
    """A prefix of another API is sent with `store` false."""
    prefix = Prefix(Setup(api="anthropic", params={"max_tokens": 5}), (Message("user", (Text("go"),)),))
    made = openai_responses.body(request(Arm("a", "openai-responses/gpt-x"), prefix))
    assert made.body["store"] is False
    assert made.body["max_output_tokens"] == 5


@pytest.mark.parametrize(
    ("output", "more", "stop"),
    [
        ([{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "x"}]}], {}, "end"),
        ([{"type": "message", "role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]}], {}, "refusal"),
        ([{"type": "function_call", "call_id": "c", "name": "n", "arguments": "{}"}], {}, "tool_calls"),
        ([], {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}, "length"),
        ([], {"status": "incomplete", "incomplete_details": {"reason": "content_filter"}}, "content_filter"),
    ],
)
def test_why_it_stopped(output, more, stop):
    """Status, reason and what was said tell the stop reason."""
    said = {"object": "response", "id": "r", "status": "completed", "model": "m", "output": output} | more
    assert openai_responses.parse(said).stop == stop


def test_a_failed_response_is_no_completion():
    """`failed` is an error of the trial."""
    with pytest.raises(MalformedResponse):
        openai_responses.parse({"object": "response", "status": "failed", "output": []})


def test_bytes_go_out_and_come_back_as_they_are(monkeypatch):
    """The SDK posts the body to /v1/responses as it is and changes nothing of the answer."""
    monkeypatch.setenv("OPENAI_API_KEY", "key")
    odd = b'{ "output" : [ ] }'

    async def play(writer, body):
        writer.write(answer(odd))

    async def run():
        async with upstream(play) as server:
            arm = Arm("a", "openai-responses/m", base_url=f"http://127.0.0.1:{server.port}/v1")
            client = for_arm(arm).connect(arm, timeout=5, concurrency=1)
            got = await for_arm(arm).send(client, b'{"model":  "m"}')
            await for_arm(arm).close(client)
            return got, server

    got, server = asyncio.run(run())
    assert got == odd
    assert server.bodies == [b'{"model":  "m"}']
    assert server.heads[0].startswith(b"POST /v1/responses HTTP/1.1\r\n")


def thought(text, call):
    return Message("assistant", (Reasoning(text, f"sig-{text}"), ToolCall(call, "Read", {})), origin="model")


def heard(call):
    return Message("user", (ToolResult(call, (Text("x"),)),), origin="tool")


def test_last_keeps_the_thinking_since_the_last_prompt():
    """Earlier thinking goes, with a note; that of every step since the last prompt stays, signed as it was."""
    prompts = [Message("user", (Text(text),), form="string") for text in ("one", "two")]
    said = (
        prompts[0],
        thought("a", "t1"),
        heard("t1"),
        prompts[1],
        thought("b", "t2"),
        heard("t2"),
        thought("c", "t3"),
    )
    prefix = Prefix(Setup(api="anthropic", model="m", params={"max_tokens": 9}), (*said, heard("t3")))
    made = anthropic.body(request(Arm("a", "anthropic/m", reasoning="last"), prefix))
    kept = [
        b["thinking"] for m in made.body["messages"] for b in m["content"] if isinstance(b, dict) and "thinking" in b
    ]
    assert kept == ["b", "c"]
    assert made.notes[0] == "reasoning before the last turn left out"


def test_last_refuses_only_what_it_keeps():
    """Another model's thinking in earlier turns is dropped, not a reason to refuse."""
    prompt = Message("user", (Text("one"),), form="string")
    earlier = Message("assistant", (Reasoning("a", "sig"), Text("said")), model="other")
    prefix = Prefix(
        Setup(api="anthropic", model="m", params={"max_tokens": 9}),
        (prompt, earlier, prompt, thought("b", "t1"), heard("t1")),
    )
    made = anthropic.body(request(Arm("a", "anthropic/m", reasoning="last"), prefix)).body
    assert json.dumps(made).count('"thinking"') == 2  # a type and a key: one block
