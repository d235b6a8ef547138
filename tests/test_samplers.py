"""Samplers: bodies are pure and say what they changed, answers are read whole, the SDKs send bytes as they are."""

import asyncio
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
import pytest
from msgspec.structs import replace

from replay.errors import UserError
from replay.records import (
    Arm,
    CacheMark,
    Case,
    Fidelity,
    Message,
    Opaque,
    Prefix,
    Reasoning,
    Request,
    Setup,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Usage,
)
from replay.samplers import SAMPLERS, MalformedResponse, anthropic, faults, for_arm, openai, recorded, scripted
from replay.wire import anthropic as wire
from replay.wire import openai_chat as chat

SETUP = Setup(
    api="anthropic", model="claude-x-1", system=(Text("sys"),), tools=(Tool("Read"),), params={"max_tokens": 50}
)
USER = Message("user", (Text("go"),), form="string")
CALL = ToolCall("t1", "Read", {"path": "a"})
SAID = Message("assistant", (Reasoning("hm", "sig"), CALL), origin="model")
HEARD = Message("user", (ToolResult("t1", (Text("x"),)),), origin="tool")
CAPTURED = {
    "model": "claude-x-1",
    "max_tokens": 50,
    "system": "sys",
    "tools": [{"name": "Read", "input_schema": {}}],
    "messages": [
        {"role": "user", "content": "go"},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "hm", "signature": "sig"},
                {"type": "tool_use", "id": "t1", "name": "Read", "input": {"path": "a"}},
            ],
        },
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "x"}]},
    ],
}


def request(arm: Arm, prefix: Prefix | None = None, *, draw: int = 0, grade: str = "exact") -> Request:
    prefix = prefix or Prefix(SETUP, (USER, SAID, HEARD))
    case = Case("case@1", "t", 1, ("a/b",), "s", Fidelity(grade))
    return Request(case, arm, draw, prefix, Message("assistant", (Text("rec"),), stop="end_turn", model="claude-x-1"))


SAME = Arm("same", "anthropic/claude-x-1")
OTHER = Arm("other", "anthropic/claude-y-1", reasoning="drop")


# --- bodies --------------------------------------------------------------------------------------------------


def test_a_captured_body_is_sent_as_it_was():
    """The transcript's own model over the same API gets the captured body, thinking verbatim, without a note."""
    out = anthropic.body(request(SAME))
    assert out.body == CAPTURED
    assert (out.notes, out.on_policy, out.headers) == ((), True, {})


def test_the_arm_overrides_model_and_parameters():
    """Parameters of the arm come on top of the captured ones, a null takes one away, streaming is off."""
    setup = replace(SETUP, params={"max_tokens": 50, "temperature": 1, "stream": True, "top_k": 5})
    arm = replace(SAME, model="anthropic/claude-y-1", params={"temperature": 0.2, "top_k": None})
    out = anthropic.body(request(arm, Prefix(setup, (USER,))))
    assert out.body == {
        "model": "claude-y-1",
        "max_tokens": 50,
        "temperature": 0.2,
        "system": "sys",
        "tools": [{"name": "Read", "input_schema": {}}],
        "messages": [{"role": "user", "content": "go"}],
    }
    assert out.on_policy is False


def test_params_cannot_replace_the_prefix():
    """Messages, tools, system and model are not parameters."""
    with pytest.raises(UserError, match="arm same: `params` cannot set `system`"):
        anthropic.body(request(replace(SAME, params={"system": "x"})))


def test_max_tokens_has_a_default_beyond_the_thinking_budget():
    """Anthropic requires a limit: 8192, plus what thinking may use."""
    bare = replace(SETUP, params={})
    assert anthropic.body(request(SAME, Prefix(bare, (USER,)))).body["max_tokens"] == 8192
    arm = replace(SAME, params={"thinking": {"type": "enabled", "budget_tokens": 2000}})
    assert anthropic.body(request(arm, Prefix(bare, (USER,)))).body["max_tokens"] == 10192


def test_betas_go_out_as_a_header():
    """The API wants betas in `anthropic-beta`, not in the body."""
    setup = replace(SETUP, params={"max_tokens": 5, "betas": ["one", "two"]})
    out = anthropic.body(request(SAME, Prefix(setup, (USER,))))
    assert "betas" not in out.body
    assert out.headers == {"anthropic-beta": "one,two"}


def test_foreign_parameters_stay_behind_with_a_note():
    """Only what means the same at the other API is carried over."""
    setup = replace(SETUP, params={"max_tokens": 50, "temperature": 0.5, "thinking": {"type": "adaptive"}})
    out = openai.body(request(Arm("gpt", "openai/gpt-x"), Prefix(setup, (USER,))))
    assert out.body["max_completion_tokens"] == 50
    assert out.body["temperature"] == 0.5
    assert "thinking" not in out.body
    assert out.notes == ("converted from anthropic to openai-chat", "parameters left out: thinking")
    named = openai.body(request(Arm("gpt", "openai/gpt-x", params={"max_tokens": 7}), Prefix(setup, (USER,))))
    assert named.body["max_tokens"] == 7
    assert "max_completion_tokens" not in named.body


# --- thinking ------------------------------------------------------------------------------------------------


def test_thinking_of_another_model_is_refused_before_any_request():
    """Keep is only for the model's own thinking over its own API; the sentence says what to set."""
    for arm, sampler in ((Arm("y", "anthropic/claude-y-1"), anthropic), (Arm("g", "openai/gpt-x"), openai)):
        with pytest.raises(UserError, match=r"case case@1 holds thinking by claude-x-1.*`reasoning: drop`"):
            sampler.body(request(arm))


def test_a_date_suffix_is_the_same_model():
    """claude-x-1-20250101 wrote it, claude-x-1 gets it back."""
    prefix = Prefix(replace(SETUP, model="claude-x-1-20250101"), (USER, SAID, HEARD))
    out = anthropic.body(request(SAME, prefix))
    assert out.body["messages"] == CAPTURED["messages"]
    assert out.on_policy is True


def test_thinking_without_a_signature_is_never_sent():
    """Anthropic knows its thinking by the signature; without one it is left out and noted."""
    bare = replace(SAID, parts=(Reasoning("hm"), CALL))
    out = anthropic.body(request(SAME, Prefix(SETUP, (USER, bare, HEARD))))
    assert [block["type"] for block in out.body["messages"][1]["content"]] == ["tool_use"]
    assert out.notes == ("reasoning without a signature left out",)


def test_thinking_is_dropped_or_told_as_the_arm_says():
    """Drop removes it, as_text writes it in words; both are noted."""
    dropped = anthropic.body(request(OTHER))
    assert dropped.body["messages"][1]["content"] == [CAPTURED["messages"][1]["content"][1]]
    assert dropped.notes == ("reasoning left out, as the arm says",)
    told = anthropic.body(request(replace(OTHER, reasoning="as_text")))
    assert told.body["messages"][1]["content"][0] == {"type": "text", "text": "<thinking>\nhm\n</thinking>"}
    assert told.notes == ("reasoning written as text",)


def test_reasoning_fields_of_chat_servers_follow_the_same_rule():
    """reasoning_content goes back to its own model as it was, and to another only as the arm says."""
    said = {"role": "assistant", "content": "a", "reasoning_content": "r", "novel": 1}
    sent = {
        "model": "deep-1",
        "messages": [{"role": "user", "content": "q"}, said, {"role": "user", "content": "go on"}],
    }
    prefix = chat.read_request(sent)
    assert openai.body(request(Arm("same", "openai/deep-1"), prefix)).body == sent
    with pytest.raises(UserError, match="holds thinking by deep-1"):
        openai.body(request(Arm("other", "openai/gpt-x"), prefix))
    dropped = openai.body(request(Arm("other", "openai/gpt-x", reasoning="drop"), prefix))
    assert dropped.body["messages"][1] == {"role": "assistant", "content": "a", "novel": 1}
    assert dropped.notes == ("reasoning left out, as the arm says",)
    told = openai.body(request(Arm("other", "openai/gpt-x", reasoning="as_text"), prefix))
    texts = [{"type": "text", "text": text} for text in ("<thinking>\nr\n</thinking>", "a")]
    assert told.body["messages"][1] == {"role": "assistant", "content": texts, "novel": 1}


def test_hidden_thinking_cannot_be_told():
    """A thought with a signature only, or an encrypted one, has no words."""
    hidden = replace(SAID, parts=(Reasoning("", "sig"), Reasoning(encrypted="data"), CALL))
    out = anthropic.body(request(replace(OTHER, reasoning="as_text"), Prefix(SETUP, (USER, hidden, HEARD))))
    assert [block["type"] for block in out.body["messages"][1]["content"]] == ["tool_use"]
    assert out.notes == ("hidden reasoning left out (2)",)


def test_dropping_thinking_keeps_the_other_fields_and_moves_cache_marks():
    """Unknown fields of the blocks that stay are sent, and a breakpoint stays on its block."""
    mark = {"type": "ephemeral"}
    sent = json.loads(json.dumps(CAPTURED))
    sent["messages"][1]["content"][1] |= {"caller": {"type": "direct"}, "cache_control": mark}
    out = anthropic.body(request(OTHER, wire.read_request(sent)))
    assert out.body["messages"][1]["content"] == [sent["messages"][1]["content"][1]]
    assert out.notes == ("reasoning left out, as the arm says",)


def test_a_message_of_thinking_alone_goes_with_it():
    """An emptied message is left out, and the marks of later messages follow."""
    lone = Message("assistant", (Reasoning("hm", "sig"),), origin="model")
    cache = (CacheMark(("messages", 2, "content", 0), {"type": "ephemeral"}),)
    block = Message("user", (Text("again"),))
    out = anthropic.body(request(OTHER, Prefix(SETUP, (USER, lone, block), cache)))
    assert out.body["messages"][1]["content"] == [{"type": "text", "text": "again", "cache_control": cache[0].control}]
    assert "empty message left out" in out.notes


def test_extended_thinking_is_switched_off_where_the_api_would_refuse_it():
    """A tool loop whose thinking is gone cannot go on with a thinking budget; dependants go too."""
    params = {
        "max_tokens": 50,
        "thinking": {"type": "enabled", "budget_tokens": 20},
        "context_management": {"edits": [{"type": "clear_thinking_20251015"}]},
    }
    prefix = Prefix(replace(SETUP, params=params), (USER, SAID, HEARD))
    kept = anthropic.body(request(SAME, prefix))
    assert kept.body == CAPTURED | params
    dropped = anthropic.body(request(OTHER, prefix))
    assert not {"thinking", "context_management"} & dropped.body.keys()
    assert dropped.notes[1].startswith("`thinking` switched off")
    fresh = anthropic.body(request(OTHER, Prefix(replace(SETUP, params=params), (USER,))))
    assert "thinking" in fresh.body


def test_the_author_of_a_prefix_may_be_unknown():
    """On-policy is True, False, or None where nobody says who wrote it."""
    unknown = Prefix(replace(SETUP, model=None), (USER, Message("assistant", (Text("a"),)), USER))
    assert anthropic.body(request(SAME, unknown)).on_policy is None
    mixed = (USER, Message("assistant", (Text("a"),), model="claude-y-1"), USER)
    assert anthropic.body(request(SAME, Prefix(SETUP, mixed))).on_policy is False


def test_a_prefix_that_was_not_captured_is_put_right():
    """In a reconstructed prefix a call without its result is not sent; in a captured one nothing is touched."""
    lost = Prefix(SETUP, (USER, Message("assistant", (Text("a"), CALL)), USER))
    repaired = anthropic.body(request(SAME, lost, grade="full"))
    assert repaired.body["messages"][1]["content"] == [{"type": "text", "text": "a"}]
    assert repaired.notes == ("tool call without a result left out",)
    assert len(anthropic.body(request(SAME, lost)).body["messages"][1]["content"]) == 2


def test_missing_tool_definitions_are_named():
    """A prefix with calls and no definitions is sent, and says so."""
    out = anthropic.body(request(SAME, Prefix(replace(SETUP, tools=None), (USER, SAID, HEARD))))
    assert out.notes == ("sent without tool definitions: the transcript does not hold them",)


# --- answers -------------------------------------------------------------------------------------------------


def message(content, stop):
    return {
        "id": "m",
        "type": "message",
        "role": "assistant",
        "model": "claude-x",
        "content": content,
        "stop_reason": stop,
        "usage": {
            "input_tokens": 1,
            "output_tokens": 2,
            "cache_read_input_tokens": 3,
            "cache_creation_input_tokens": 4,
        },
    }


def test_an_anthropic_answer_is_read_whole():
    """Text, thinking, calls and unknown blocks, usage, model and the response itself are kept."""
    strange = {"type": "novelty", "x": 1}
    response = message(
        [
            {"type": "thinking", "thinking": "t", "signature": "s"},
            {"type": "text", "text": "a"},
            {"type": "tool_use", "id": "1", "name": "f", "input": {"x": 1}},
            strange,
        ],
        "tool_use",
    )
    read = anthropic.parse(response)
    assert read.parts == (Reasoning("t", "s"), Text("a"), ToolCall("1", "f", {"x": 1}), Opaque("anthropic", strange))
    assert (read.stop, read.model, read.response) == ("tool_calls", "claude-x", response)
    assert read.usage == Usage(input=1, cache_read=3, cache_write=4, output=2)


@pytest.mark.parametrize(
    ("reason", "stop"),
    [
        ("end_turn", "end"),
        ("stop_sequence", "end"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("refusal", "refusal"),
        ("pause_turn", "other"),
    ],
)
def test_anthropic_stop_reasons(reason, stop):
    """Each documented stop reason has its word."""
    assert anthropic.parse(message([], reason)).stop == stop


def choice(said, reason):
    return {"id": "c", "model": "gpt-x", "choices": [{"index": 0, "finish_reason": reason, "message": said}]}


def test_an_openai_answer_is_read_whole():
    """Content, reasoning and calls are kept; arguments that are no JSON stay the text they are."""
    calls = [
        {"id": str(n), "type": "function", "function": {"name": "f", "arguments": a}} for n, a in ((1, "{}"), (2, "{"))
    ]
    said = {"role": "assistant", "content": "a", "reasoning_content": "r", "tool_calls": calls}
    read = openai.parse(choice(said, "tool_calls"))
    assert read.parts == (Reasoning("r"), Text("a"), ToolCall("1", "f", {}), ToolCall("2", "f", "{"))
    assert (read.stop, read.model, read.usage) == ("tool_calls", "gpt-x", Usage())


@pytest.mark.parametrize(
    ("said", "reason", "stop"),
    [
        ({"content": "a"}, "stop", "end"),
        ({"content": "a"}, "length", "length"),
        ({"content": None}, "content_filter", "content_filter"),
        ({"content": None, "refusal": "no"}, "stop", "refusal"),
        ({"content": "a"}, "novel", "other"),
    ],
)
def test_openai_finish_reasons(said, reason, stop):
    """Each documented finish reason has its word; a refusal is told by its field."""
    assert openai.parse(choice({"role": "assistant", **said}, reason)).stop == stop


@pytest.mark.parametrize(
    "response", [None, [], "x", {}, {"type": "error"}, {"choices": []}, {"content": [1], "role": "assistant"}]
)
def test_an_answer_of_no_known_shape_is_malformed(response):
    """A 200 that is no response is an error, never a completion."""
    for sampler in SAMPLERS.values():
        with pytest.raises(MalformedResponse):
            sampler.parse(response)


# --- recorded, scripted --------------------------------------------------------------------------------------


def played(sampler, asked):
    return sampler.parse(msgspec.json.decode(msgspec.json.encode(sampler.body(asked).body)))


def test_recorded_gives_what_the_transcript_holds():
    """The recorded completion with its parts, stop reason and model."""
    read = played(recorded, request(Arm("rec", "recorded")))
    assert (read.parts, read.stop, read.model) == ((Text("rec"),), "end", "claude-x-1")


SCRIPT = """
version: 1
completions:
  bad: {reasoning: hm, tool_calls: [{name: Write, arguments: {file_path: a.py, content: x}}]}
  good: {text: fine}
  cut: {text: fi, stop: length}
play:
  case@1: {base: [bad, good], kind: [cut]}
"""


def test_scripted_plays_the_draws_in_turn(tmp_path):
    """Draw i is item i, over and over; the body holds the completion, so that a changed script is another request."""
    path = tmp_path / "script.yaml"
    path.write_text(SCRIPT)
    arm = Arm("base", f"scripted/{path}")
    read = [played(scripted, request(arm, draw=draw)) for draw in range(3)]
    assert read[0].parts == (Reasoning("hm"), ToolCall("scripted_1", "Write", {"file_path": "a.py", "content": "x"}))
    assert [one.stop for one in read] == ["tool_calls", "end", "tool_calls"]
    assert (read[0].parts, read[1].parts, read[0].model) == (read[2].parts, (Text("fine"),), "scripted")
    assert played(scripted, request(replace(arm, name="kind"))).stop == "length"
    path.write_text(SCRIPT.replace("fine", "finer"))
    assert played(scripted, request(arm, draw=1)).parts == (Text("finer"),)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (SCRIPT.replace("case@1", "case@2"), "`play` has no case `case@1`"),
        (SCRIPT.replace("base:", "bass:"), "`play` has nothing for arm `base` of case `case@1`"),
        (SCRIPT.replace("[bad, good]", "[worse]"), "`play.case@1.base` names no completion `worse`"),
        (SCRIPT.replace("text: fine", "txt: fine"), r"unknown field `txt` - at `\$\.completions"),
        ("a: [", "not YAML"),
        ("", "not a script"),
    ],
    ids=["no case", "no arm", "no completion", "a typo", "no YAML", "empty"],
)
def test_a_faulty_script_gives_one_sentence(tmp_path, text, sentence):
    """What is missing or misspelt is named, with the file."""
    path = tmp_path / "script.yaml"
    path.write_text(text)
    with pytest.raises(UserError, match=sentence) as caught:
        scripted.body(request(Arm("base", f"scripted/{path}")))
    assert str(caught.value).startswith(str(path))


def test_a_missing_script_gives_one_sentence(tmp_path):
    """The path is named."""
    with pytest.raises(UserError, match=r"nowhere\.yaml: the script cannot be read"):
        scripted.body(request(Arm("base", f"scripted/{tmp_path}/nowhere.yaml")))


def test_an_unknown_provider_gives_one_sentence():
    """A typo in the provider is answered with the nearest name."""
    with pytest.raises(UserError, match="did you mean anthropic/"):
        for_arm(Arm("a", "antropic/claude"))


# --- the real SDKs, a local server ---------------------------------------------------------------------------


class Server(ThreadingHTTPServer):
    """Keeps what it is sent and answers from a list of (status, headers, body)."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen = []
        self.answers = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """Answers every POST with the next answer; says nothing."""

    def do_POST(self):
        """Keep the request, give the answer."""
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.seen.append((self.path, dict(self.headers.items()), body))
        status, headers, answer = self.server.answers.pop(0)
        self.send_response(status)
        for name, value in {"content-type": "application/json", "content-length": str(len(answer)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        """Keep the test's output clean."""


@pytest.fixture
def server():
    one = Server()
    thread = threading.Thread(target=one.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield one
    one.shutdown()
    one.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def keys(monkeypatch):
    for name in ("ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "key-of-anthropic")
    monkeypatch.setenv("OPENAI_API_KEY", "key-of-openai")


def sent(sampler, arm, body, **more):
    async def go():
        client = sampler.connect(arm, timeout=5, concurrency=2)
        try:
            return await sampler.send(client, body, **more)
        finally:
            await sampler.close(client)

    return asyncio.run(go())


def failed(sampler, arm):
    with pytest.raises(Exception) as caught:  # noqa: PT011 - fault() tells which
        sent(sampler, arm, b"{}")
    return sampler.fault(caught.value)


ODD_BODY = '{ "model":"m",\n "é": 1.50, "messages" : [ ] }'.encode()
BOTH = pytest.mark.parametrize(
    ("sampler", "model", "path", "key"),
    [
        (anthropic, "anthropic/m", "/v1/messages", "key-of-anthropic"),
        (openai, "openai/m", "/v1/chat/completions", "key-of-openai"),
    ],
    ids=["anthropic", "openai"],
)


@BOTH
def test_bytes_go_out_and_come_back_as_they_are(server, sampler, model, path, key):
    """The SDK changes neither body nor answer, and takes the key from the environment."""
    answer = b'{"odd" :  "answer \xc3\xa9"}'
    server.answers = [(200, {}, answer)]
    base = server.url + path.removesuffix("/messages" if sampler is anthropic else "/chat/completions")
    arm = Arm("a", model, base_url=base.removesuffix("/v1") if sampler is anthropic else base)
    assert sent(sampler, arm, ODD_BODY, headers={"x-extra": "1"}) == answer
    ((seen_path, headers, body),) = server.seen
    headers = {name.lower(): text for name, text in headers.items()}
    assert (seen_path, body) == (path, ODD_BODY)
    assert key in (headers.get("x-api-key"), headers.get("authorization", "").removeprefix("Bearer "))
    assert headers["content-type"] == "application/json"
    assert headers["x-extra"] == "1"


@BOTH
def test_the_environment_names_the_server(server, monkeypatch, sampler, model, path, key):
    """ANTHROPIC_BASE_URL and OPENAI_BASE_URL are used where the arm names none."""
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
    monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
    server.answers = [(200, {}, b"{}")]
    assert sent(sampler, Arm("a", model), b"{}") == b"{}"
    assert server.seen[0][0] == path


@BOTH
def test_a_missing_key_is_named(monkeypatch, sampler, model, path, key):
    """Without a key nothing is sent; the sentence names the variable."""
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(UserError, match=f"set {sampler.__name__.rpartition('.')[2].upper()}_API_KEY"):
        sampler.connect(Arm("a", model, base_url="http://127.0.0.1:1"), timeout=1, concurrency=1)


ERRORS = [
    (429, {"retry-after": "7"}, {"type": "rate_limit_error"}, "rate_limit", True, 7.0),
    (429, {"retry-after-ms": "250"}, {"code": "rate_limit_exceeded"}, "rate_limit", True, 0.25),
    (429, {}, {"code": "insufficient_quota"}, "quota", False, None),
    (529, {}, {"type": "overloaded_error"}, "overloaded", True, None),
    (500, {}, {"type": "api_error"}, "server", True, None),
    (502, {}, "<html>bad gateway</html>", "server", True, None),
    (401, {}, {"type": "authentication_error"}, "auth", False, None),
    (403, {}, {"type": "permission_error"}, "auth", False, None),
    (404, {}, {"type": "not_found_error"}, "not_found", False, None),
    (400, {}, {"type": "invalid_request_error", "message": "max_tokens: required"}, "bad_request", False, None),
    (400, {}, {"message": "prompt is too long: 300000 tokens > 200000 maximum"}, "context_length", False, None),
    (400, {}, {"code": "context_length_exceeded"}, "context_length", False, None),
    (413, {}, {"type": "request_too_large"}, "too_large", False, None),
    (408, {}, {}, "timeout", True, None),
]


@BOTH
@pytest.mark.parametrize(
    ("status", "headers", "error", "kind", "retry", "after"), ERRORS, ids=[f"{e[0]}-{e[3]}" for e in ERRORS]
)
def test_errors_have_a_kind(server, sampler, model, path, key, status, headers, error, kind, retry, after):
    """Each status the APIs document maps to one kind; none is tried again by the SDK itself."""
    body = error.encode() if isinstance(error, str) else json.dumps({"type": "error", "error": error}).encode()
    server.answers = [(status, headers, body)]
    fault = failed(sampler, Arm("a", model, base_url=server.url))
    assert (fault.kind, fault.status, fault.retry, fault.after) == (kind, status, retry, after)
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("status", "headers", "error", "kind", "retry", "after"), ERRORS, ids=[f"{e[0]}-{e[3]}" for e in ERRORS]
)
def test_an_error_in_a_batch_has_the_kind_that_it_has_alone(status, headers, error, kind, retry, after):
    """A batch gives the same status and JSON in place of an answer, if without headers."""
    fault = faults.told({"type": "error", "error": error}, status)
    assert (fault.kind, fault.status, fault.retry, fault.after) == (kind, status, retry, None)


@BOTH
@pytest.mark.parametrize(
    ("status", "headers", "error", "kind", "retry", "after"), ERRORS, ids=[f"{e[0]}-{e[3]}" for e in ERRORS]
)
def test_later_requests_fail_as_the_first_does(
    server, sampler, model, path, key, status, headers, error, kind, retry, after
):
    """A second request goes out with the head of the first, its own bytes, and the same kinds of errors."""
    body = error.encode() if isinstance(error, str) else json.dumps({"type": "error", "error": error}).encode()
    server.answers = [(200, {}, b"{}"), (status, headers, body)]

    async def go():
        client = sampler.connect(Arm("a", model, base_url=server.url), timeout=5, concurrency=2)
        try:
            await sampler.send(client, b'{"first": 1}')
            await sampler.send(client, ODD_BODY)
        finally:
            await sampler.close(client)

    with pytest.raises(Exception) as caught:  # noqa: PT011 - fault() tells which
        asyncio.run(go())
    fault = sampler.fault(caught.value)
    assert (fault.kind, fault.status, fault.retry, fault.after) == (kind, status, retry, after)
    (_, first, one), (_, second, two) = server.seen
    assert (one, two) == (b'{"first": 1}', ODD_BODY)
    changed = {name for name in first if first[name] != second.get(name)}
    assert changed == {name for name in first if name.lower() == "content-length"}


@BOTH
def test_no_server_is_a_connection_fault(server, sampler, model, path, key):
    """A refused connection may be tried again."""
    server.shutdown()
    server.server_close()
    fault = failed(sampler, Arm("a", model, base_url=server.url))
    assert (fault.kind, fault.status, fault.retry) == ("connection", None, True)


@BOTH
def test_what_is_no_fault_of_the_network_is_raised(sampler, model, path, key):
    """A bug of ours does not become an error of a trial."""
    with pytest.raises(ZeroDivisionError):
        sampler.fault(ZeroDivisionError())
    assert sampler.fault(TimeoutError()).kind == "timeout"
    assert sampler.fault(MalformedResponse("x")).kind == "malformed"


@pytest.mark.shared
def test_the_mock_accepts_a_prefix_through_both_samplers(shared):
    """A server that checks requests as the APIs do takes the captured and the converted body."""
    pytest.importorskip("httptools")
    pytest.importorskip("orjson")
    sys.path.insert(0, str(shared / "tools"))
    try:
        import mockllm
    finally:
        sys.path.pop(0)
    tools = (Tool("Read", "reads", {"type": "object", "properties": {"path": {"type": "string"}}}),)
    prefix = Prefix(replace(SETUP, tools=tools), (USER, SAID, HEARD))
    arms = {anthropic: replace(SAME, reasoning="keep"), openai: Arm("gpt", "openai/gpt-4o", reasoning="drop")}
    with mockllm.MockServer(mockllm.Config()) as mock:
        for sampler, arm in arms.items():
            arm = replace(arm, base_url=mock.url if sampler is anthropic else f"{mock.url}/v1")
            body = msgspec.json.encode(sampler.body(request(arm, prefix)).body)
            read = sampler.parse(msgspec.json.decode(sent(sampler, arm, body)))
            assert read.stop in ("end", "tool_calls")
            assert read.parts
            assert read.usage.output > 0
