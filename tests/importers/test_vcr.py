"""HTTP recordings: go-vcr and Python dialects, streams, what is no request, and hostile YAML."""

import base64
import gzip
import json
from collections import Counter

import pytest
import yaml

from replay import importers, prefix
from replay.importers import ImportFault, vcr
from replay.records import Text, ToolCall, ToolResult
from replay.wire import anthropic

TOOL = {"name": "view", "description": "Read a file", "input_schema": {"type": "object"}}
ASK = {"role": "user", "content": [{"type": "text", "text": "fix main.go"}]}
CALL = {"type": "tool_use", "id": "toolu_1", "name": "view", "input": {"path": "main.go"}}
RESULT = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "package main"}]}
FIRST = {
    "model": "claude-x",
    "max_tokens": 99,
    "stream": True,
    "system": [{"type": "text", "text": "be kind"}],
    "tools": [TOOL],
    "messages": [ASK],
}
SECOND = {**FIRST, "messages": [ASK, {"role": "assistant", "content": [CALL]}, RESULT]}


def streamed(number, block, *deltas, stop):
    message = {"id": f"msg_{number}", "type": "message", "role": "assistant", "model": "claude-x-1", "content": []}
    events = [
        {"type": "message_start", "message": {**message, "usage": {"input_tokens": 3, "output_tokens": 0}}},
        {"type": "content_block_start", "index": 0, "content_block": block},
        *({"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": stop}, "usage": {"output_tokens": 4}},
        {"type": "message_stop"},
    ]
    return ": OPENROUTER PROCESSING\n\n" + "".join(f"data: {json.dumps(event)}\n\n" for event in events)


READ = streamed(
    1, {**CALL, "input": {}}, {"type": "input_json_delta", "partial_json": '{"path": "main.go"}'}, stop="tool_use"
)
SAID = streamed(2, {"type": "text", "text": ""}, {"type": "text_delta", "text": "done"}, stop="end_turn")


def interaction(body, answer, url="https://api.anthropic.com/v1/messages", method="POST"):
    return {
        "request": {"method": method, "url": url, "headers": {"X-Api-Key": ["secret-key"]}, "body": body},
        "response": {"body": answer, "headers": {"Set-Cookie": ["c"]}, "status": "200 OK", "code": 200},
    }


def cassette(path, *interactions, **top):
    path.write_text(
        "---\n" + yaml.safe_dump({"version": 2, **top, "interactions": list(interactions)}, sort_keys=False)
    )
    return path


@pytest.fixture
def go(tmp_path):
    return cassette(
        tmp_path / "edit.yaml",
        interaction(json.dumps(FIRST), READ),
        interaction("", "<html>", url="https://example.com/page", method="GET"),
        interaction(json.dumps(SECOND), SAID),
    )


def test_a_go_vcr_recording_becomes_one_conversation(go):
    """Bodies are JSON as text, answers streams: two requests are two turns of one transcript, exact as captured."""
    assert importers.identify(go) == "vcr"
    (found,) = importers.read(go)
    assert [message.role for message in found.messages] == ["user", "assistant", "user", "assistant"]
    assert [turn.message for turn in found.turns] == [1, 3]
    bodies = [anthropic.write_request(prefix.prefix(found, turn))[0] for turn in (0, 1)]
    assert bodies == [FIRST, SECOND]
    assert found.messages[1].parts == (ToolCall("toolu_1", "view", {"path": "main.go"}),)
    assert (found.messages[3].parts, found.messages[3].stop) == ((Text("done"),), "end_turn")
    assert found.fidelity.grade == "exact"
    assert found.ledger.rows == 3
    assert found.ledger.unanswered == 0


def test_what_is_no_request_to_a_model_is_counted(go):
    """A page that a tool fetched lies in the recording as well."""
    (found,) = importers.read(go)
    assert found.ledger.dropped == {"interaction that is no request to a model: a GET": 1}


def test_headers_are_never_kept(go):
    """Keys and cookies do not reach the transcript."""
    (found,) = importers.read(go)
    assert "secret-key" not in repr(found)
    assert "Set-Cookie" not in repr(found)


def test_lines_are_those_of_the_interactions(go):
    """A message points to the first line of the interaction it came with."""
    (found,) = importers.read(go)
    text = go.read_text().splitlines()
    assert all(text[message.lines[0] - 1].startswith("- request:") for message in found.messages)


def test_a_cut_recording_gives_its_whole_interactions(go):
    """What follows the break is counted, what came before it is read."""
    text = go.read_text()
    go.write_text(text[: text.rindex("- request:") + 300])
    (found,) = importers.read(go)
    assert len(found.turns) == 1
    assert found.ledger.dropped["rest of the file: cut off or broken YAML"] == 1


def test_a_stream_that_was_cut_off_is_no_answer(tmp_path):
    """Half an answer cannot be judged: it is counted, and so is its request."""
    path = cassette(
        tmp_path / "c.yaml", interaction(json.dumps(FIRST), READ), interaction(json.dumps(SECOND), SAID[:-150])
    )
    (found,) = importers.read(path)
    assert len(found.turns) == 1
    assert found.ledger.dropped == {"streamed response that was cut off": 1, "request without an answer": 1}


ANSWER = {
    "id": "msg_3",
    "type": "message",
    "role": "assistant",
    "model": "m",
    "content": [{"type": "text", "text": "ok"}],
}


@pytest.mark.parametrize(
    ("request_half", "response_half"),
    [
        ({"parsed_body": FIRST}, {"parsed_body": ANSWER}),
        ({"body": json.dumps(FIRST)}, {"body": {"string": json.dumps(ANSWER)}}),
        ({"body": json.dumps(FIRST).encode()}, {"body": {"string": gzip.compress(json.dumps(ANSWER).encode())}}),
        (
            {"body": {"encoding": "UTF-8", "string": json.dumps(FIRST)}},
            {"body": {"encoding": "b", "base64_string": base64.b64encode(json.dumps(ANSWER).encode()).decode()}},
        ),
    ],
    ids=["parsed", "text", "bytes and gzip", "base64"],
)
@pytest.mark.parametrize("name", ["interactions", "http_interactions"])
def test_bodies_of_every_dialect_are_read(tmp_path, request_half, response_half, name):
    """Parsed, as text, as bytes, compressed or in base64: the request is the same."""
    about = {"method": "POST", "uri": "https://api.anthropic.com/v1/messages?beta=true"}
    path = tmp_path / "c.yaml"
    path.write_text(yaml.safe_dump({name: [{"request": {**about, **request_half}, "response": response_half}]}))
    (found,) = importers.read(path)
    assert anthropic.write_request(prefix.prefix(found, 0))[0] == FIRST
    assert found.messages[1].parts == (Text("ok"),)


def test_json_recordings_are_read(tmp_path):
    """Python's recorder writes JSON as well."""
    about = {"method": "POST", "uri": "https://api.anthropic.com/v1/messages", "body": json.dumps(FIRST), "headers": {}}
    path = tmp_path / "c.json"
    path.write_text(
        json.dumps(
            {"version": 1, "interactions": [{"request": about, "response": {"body": {"string": json.dumps(ANSWER)}}}]}
        )
    )
    assert importers.identify(path) == "vcr"
    assert len(importers.read(path)[0].turns) == 1


def test_an_answer_fetched_later_belongs_to_its_request(tmp_path):
    """In background mode the first response is empty; the one fetched by its id is the answer."""
    url = "https://api.openai.com/v1/responses"
    body = {"model": "gpt", "background": True, "input": [{"role": "user", "content": "2+2?"}]}
    queued = {"id": "resp_1", "object": "response", "status": "queued", "error": None, "output": [], "model": "gpt"}
    text = {
        "type": "message",
        "id": "m",
        "role": "assistant",
        "status": "completed",
        "content": [{"type": "output_text", "text": "4"}],
    }
    done = {**queued, "status": "completed", "output": [text]}
    path = cassette(
        tmp_path / "c.yaml",
        interaction(json.dumps(body), json.dumps(queued), url=url),
        interaction("", json.dumps(done), url=f"{url}/resp_1?stream=false", method="GET"),
    )
    (found,) = importers.read(path)
    assert [message.parts for message in found.messages] == [(Text("2+2?"),), (Text("4"),)]
    assert found.messages[1].stop == "completed"


def test_recordings_of_other_apis_alone_are_a_fault(tmp_path):
    """Nothing to replay: one sentence that says what was there."""
    path = cassette(
        tmp_path / "g.yaml",
        interaction('{"file": {}}', "{}", url="https://generativelanguage.googleapis.com/upload/v1beta/files"),
    )
    with pytest.raises(ImportFault, match="of the Google API, but asking no model"):
        importers.read(path)


GOOGLE = "https://generativelanguage.googleapis.com/v1beta/models/gemini-x:"
READ_FILE = {"name": "read", "description": "Read", "parametersJsonSchema": {"type": "object"}}
QUESTION = {
    "contents": [{"role": "user", "parts": [{"text": "compare a and b"}]}],
    "systemInstruction": {"parts": [{"text": "be brief"}]},
    "tools": [{"functionDeclarations": [READ_FILE]}, {"googleSearch": {}}],
    "generationConfig": {"temperature": 0},
}
CALLS = [{"functionCall": {"name": "read", "args": {"path": path}}} for path in ("a", "b")]
CALLS[0]["thoughtSignature"] = "ab+/"
TOKENS = {"promptTokenCount": 9, "cachedContentTokenCount": 4, "candidatesTokenCount": 2, "thoughtsTokenCount": 3}


def candidates(*parts, **more):
    return {"candidates": [{"content": {"role": "model", "parts": list(parts)}, "finishReason": "STOP"}], **more}


def sent_back(*, swapped):
    """The second request: the client gave the calls ids, and writes the signature in the other alphabet."""
    calls = [{**one, "functionCall": {**one["functionCall"], "id": f"own-{n}"}} for n, one in enumerate(CALLS)]
    calls[0]["thoughtSignature"] = "ab-_"
    back = [
        {"functionResponse": {"name": "read", "id": f"own-{n}", "response": {"output": text}}}
        for n, text in enumerate(("A", "B"))
    ]
    turns = [{"role": "model", "parts": calls}, {"role": "user", "parts": back[::-1] if swapped else back}]
    return {**QUESTION, "contents": [*QUESTION["contents"], *turns]}


@pytest.mark.parametrize("swapped", [False, True], ids=["results in order", "results swapped"])
@pytest.mark.parametrize("way", ["object", "list of pieces", "server-sent events"])
def test_requests_of_the_gemini_api_are_told_like_others(tmp_path, way, swapped):
    """One conversation, each message once; calls without ids find their results by the ids the client made up."""
    more = {"usageMetadata": TOKENS, "modelVersion": "gemini-x-1"}
    pieces = [candidates({"text": "the sa"}), candidates({"text": "me"}, **more)]
    answer = {
        "object": json.dumps(candidates({"text": "the same"}, **more)),
        "list of pieces": json.dumps(pieces),
        "server-sent events": "".join(f"data: {json.dumps(piece)}\r\n\r\n" for piece in pieces),
    }[way]
    path = cassette(
        tmp_path / "g.yaml",
        interaction(json.dumps(QUESTION), json.dumps(candidates(*CALLS)), url=f"{GOOGLE}generateContent"),
        interaction(json.dumps(sent_back(swapped=swapped)), answer, url=f"{GOOGLE}streamGenerateContent?alt=sse"),
    )
    (found,) = importers.read(path)
    assert [turn.prefix for turn in found.turns] == [((0, 1),), ((0, 3),)]
    calls = [part for part in found.messages[1].parts if isinstance(part, ToolCall)]
    results = {part.call: part.parts for part in found.messages[2].parts if isinstance(part, ToolResult)}
    assert [results[call.id] for call in calls] == [(Text("A"),), (Text("B"),)]
    assert found.messages[3].parts == (Text("the same"),)
    usage = found.messages[3].usage
    assert (usage.input, usage.cache_read, usage.output, usage.reasoning) == (5, 4, 5, 3)
    setup = found.setups[0]
    assert (setup.model, setup.system) == ("gemini-x", (Text("be brief"),))
    assert [tool.name for tool in setup.tools] == ["read"]
    assert setup.params == {"generationConfig": {"temperature": 0}, "tools": [{"googleSearch": {}}]}
    assert found.fidelity.grade == "full"
    assert found.ledger.unanswered == 0


@pytest.mark.parametrize(
    ("body", "answer", "why"),
    [
        ("{", "{}", "a body that is no JSON"),
        ('{"contents": 3}', "{}", "a body without contents"),
        ('{"contents": [null, {"parts": 3}, {"role": "model"}]}', "{}", "contents that say nothing"),
    ],
)
def test_a_broken_gemini_request_is_counted(tmp_path, body, answer, why):
    """Whatever lies where contents are wanted, the file is refused in a sentence that names it."""
    path = cassette(tmp_path / "g.yaml", interaction(body, answer, url=f"{GOOGLE}generateContent"))
    with pytest.raises(ImportFault, match=why):
        importers.read(path)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ('{"error": {"code": 429}}', "response that is an error"),
        ("[1, 2", "response that is no JSON"),
        ('[null, 7, {"candidates": {"content": []}}]', "response that holds no message"),
    ],
)
def test_a_gemini_response_without_an_answer_is_counted(tmp_path, answer, why):
    """The request stays: a later one may show what was said."""
    path = cassette(tmp_path / "g.yaml", interaction(json.dumps(QUESTION), answer, url=f"{GOOGLE}generateContent"))
    (found,) = importers.read(path)
    assert found.ledger.dropped == {why: 1, "request without an answer": 1}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("interactions:\n- request: " + "[" * 100_000, "nested more than 200 levels deep"),
        (
            "interactions:\n- request:\n    a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
            + "".join(f"    a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)),
            "more than five million values",
        ),
    ],
    ids=["nesting", "aliases"],
)
def test_hostile_yaml_is_refused_at_once(tmp_path, text, why):
    """Neither deep nesting nor aliases that expand without end cost stack or memory."""
    path = tmp_path / "h.yaml"
    path.write_text(text)
    with pytest.raises(ImportFault, match=why):
        list(vcr.read(path))


@pytest.mark.shared
def test_the_collections_recordings_agree_with_a_plain_count(shared):
    """Per file: as many turns as POSTs to the four APIs that came back, as many calls as their bodies hold."""
    for path in sorted((shared / "transcripts/raw_http_vcr_py").glob("*.yaml")):
        listed = yaml.load(path.read_text(), yaml.SafeLoader)["interactions"]
        sent = [
            one
            for one in listed
            if one["request"]["method"] == "POST" and "fileSearchStores" not in one["request"]["uri"]
        ]
        found = importers.read(path)
        recorded = [turn for one in found for turn in one.turns if turn.fidelity is None]
        assert len(recorded) == len(sent), path.name
        parts = Counter(type(part) for one in found for message in one.messages for part in message.parts)
        last = json.dumps(sent[-1]["request"]["parsed_body"])
        results, calls = (
            sum(map(last.count, kinds))
            for kinds in (
                ('"tool_result"', '"function_call_output"', '"functionResponse"'),
                ('"tool_use"', '"type": "function_call"', '"functionCall"'),
            )
        )
        assert parts[ToolResult] == results, path.name
        assert parts[ToolCall] >= calls, path.name
        for one in found:
            for index, turn in enumerate(one.turns):
                body = anthropic.write_request(prefix.prefix(one, index))
                if turn.fidelity is None and one.setups[turn.setup].api == "anthropic":
                    assert body[0] in [request["request"]["parsed_body"] for request in sent], path.name
