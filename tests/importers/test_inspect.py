"""Inspect logs: zip and JSON, captured requests, pools, attachments, scorers, and hostile archives."""

import io
import json
import re
import zipfile
from pathlib import Path

import pytest

from replay import importers, prefix
from replay.importers import ImportFault, cut_zip, inspect, lines
from replay.records import Fidelity, Text, Tool, ToolCall, ToolResult, Usage
from replay.wire import openai_chat

HASH = "0123456789abcdef0123456789abcdef"
HEADER = {
    "version": 2,
    "status": "success",
    "eval": {
        "task": "ctf",
        "model": "openai/gpt-x",
        "packages": {"inspect_ai": "0.3.1"},
        "run_id": "r",
        "task_id": "t",
    },
}
SYSTEM = {"role": "system", "content": "be brief", "id": "m0"}
ASK = {"role": "user", "content": f"attachment://{HASH}", "source": "input", "id": "m1"}
CALLED = {
    "role": "assistant",
    "content": "looking",
    "id": "m2",
    "source": "generate",
    "tool_calls": [{"id": "c1", "function": "bash", "arguments": {"cmd": "ls"}, "type": "function"}],
}
RESULT = {"role": "tool", "content": "a.py", "tool_call_id": "c1", "function": "bash", "id": "m3"}
DONE = {"role": "assistant", "content": "done", "id": "m4", "source": "generate"}
TOOLS = [{"name": "bash", "description": "runs", "parameters": {"type": "object", "properties": {}}}]


def output(message, stop="stop"):
    usage = {"input_tokens": 10, "output_tokens": 2, "input_tokens_cache_read": 4}
    return {"model": "gpt-x-1", "choices": [{"message": message, "stop_reason": stop}], "usage": usage}


def model(messages, answer, **more):
    return {
        "event": "model",
        "timestamp": "2026-01-01T00:00:00Z",
        "model": "openai/gpt-x",
        "input": messages,
        "tools": TOOLS,
        "config": {"temperature": 0.5, "seed": None},
        "output": output(answer),
        **more,
    }


def sample(*events, messages=(), **more):
    return {
        "id": 1,
        "epoch": 1,
        "uuid": "u-1",
        "messages": list(messages),
        "events": list(events),
        "attachments": {HASH: "find the flag"},
        **more,
    }


def save(path: Path, *samples) -> Path:
    path.write_text(json.dumps({**HEADER, "samples": list(samples)}))
    return path


def pack(path: Path, *samples, method=zipfile.ZIP_DEFLATED) -> Path:
    with inspect.zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("_journal/start.json", json.dumps({"version": 2, "eval": HEADER["eval"]}))
        for number, item in enumerate(samples):
            archive.writestr(f"samples/{number}_epoch_1.json", json.dumps(item))
        archive.writestr("header.json", json.dumps(HEADER))
    return path


def only(path: Path):
    assert importers.identify(path) == "inspect"
    (told,) = importers.read(path)
    return told


RUN = sample(
    model([SYSTEM, ASK], CALLED),
    model([SYSTEM, ASK, CALLED, RESULT], DONE),
    messages=[SYSTEM, ASK, CALLED, RESULT, DONE],
)


def test_each_model_call_is_a_turn_with_its_tools(tmp_path):
    """Messages, tools and settings are those of the call; attachments are put back."""
    told = only(save(tmp_path / "log.json", RUN))
    assert [turn.prefix for turn in told.turns] == [((0, 1),), ((0, 3),)]
    assert [message.parts for message in told.messages] == [
        (Text("find the flag"),),
        (Text("looking"), ToolCall("c1", "bash", {"cmd": "ls"})),
        (ToolResult("c1", (Text("a.py"),)),),
        (Text("done"),),
    ]
    (setup,) = told.setups
    assert setup.system == (Text("be brief"),)
    assert setup.tools == (Tool("bash", "runs", {"type": "object", "properties": {}}),)
    assert (setup.model, setup.params) == ("openai/gpt-x", {"temperature": 0.5})
    answer = prefix.completion(told, 0)
    assert (answer.model, answer.stop) == ("gpt-x-1", "stop")
    assert answer.usage == Usage(input=10, cache_read=4, output=2)
    assert told.fidelity == Fidelity("full", recovered=("system prompt", "tool schemas"), inferred=("request body",))
    assert (told.source.session, told.source.agent, told.source.version) == ("u-1", "ctf", "0.3.1")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, 93], ids=["stored", "deflate", "zstd"])
def test_an_eval_file_may_be_packed_in_any_of_three_ways(tmp_path, method):
    """Also by Zstandard (method 93), which the zip reader of Python 3.11 does not know."""
    first, second = importers.read(pack(tmp_path / "log.eval", RUN, {**RUN, "uuid": "u-2"}, method=method))
    assert (first.source.session, second.source.session) == ("u-1", "u-2")
    assert first.id == second.id
    assert len(first.turns) == 2
    assert importers.identify(tmp_path / "log.eval") == "inspect"


def test_a_captured_request_is_exact(tmp_path):
    """The provider's own body comes back byte for byte but for the headers, with the answer of its response."""
    body = {
        "messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": f"attachment://{HASH}"}],
        "tools": [{"type": "function", "function": {"name": "bash", "parameters": {"type": "object"}}}],
        "tool_choice": "auto",
        "model": "gpt-x",
    }
    message = {"role": "assistant", "content": "done", "refusal": None}
    response = {"id": "x", "model": "gpt-x-1", "choices": [{"message": message, "finish_reason": "stop"}]}
    call = {"request": {**body, "extra_headers": {"x-irid": "secret"}}, "response": response}
    told = only(save(tmp_path / "log.json", sample(model([SYSTEM, ASK], DONE, call=call))))
    wanted = json.loads(json.dumps(body).replace(f"attachment://{HASH}", "find the flag"))
    assert openai_chat.write_request(prefix.prefix(told, 0)) == (wanted, ())
    assert told.fidelity == Fidelity("exact", proof="captured request")
    assert told.turns[0].fidelity is None
    assert (prefix.completion(told, 0).id, prefix.completion(told, 0).stop) == ("x", "stop")
    assert "secret" not in repr(told)


def test_pools_are_resolved(tmp_path):
    """A deduplicated log names its messages by ranges of a pool, those of the captured request too."""
    asked = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}]
    pool = [{"role": "user", "content": "x"}, SYSTEM, ASK]
    plain = model([], DONE, input_refs=[[1, 3]])
    call = {"request": {"model": "gpt-x"}, "response": None, "call_refs": [[0, 1], [2, 3]], "call_key": "messages"}
    captured = model([], DONE, input_refs=[[0, 1]], call=call)
    told = only(save(tmp_path / "log.json", sample(plain, captured, message_pool=pool, call_pool=asked)))
    first, second = (prefix.prefix(told, turn) for turn in (0, 1))
    assert first.setup.system == (Text("be brief"),)
    assert [message.parts for message in first.messages] == [(Text("find the flag"),)]
    assert [message.parts for message in second.messages] == [(Text("a"),), (Text("c"),)]
    assert [prefix.fidelity(told, turn).grade for turn in (0, 1)] == ["full", "exact"]


def test_calls_of_scorers_and_failed_calls_are_left_out(tmp_path):
    """A grader's prompt is not the conversation, whether the log has spans or steps; both are counted."""
    graded = model([ASK], DONE, span_id="inner")
    steps = [
        {"event": "step", "action": "begin", "type": "scorer", "name": "graded"},
        model([ASK], DONE),
        {"event": "step", "action": "end", "type": "scorer", "name": "graded"},
    ]
    spans = [
        {"event": "span_begin", "id": "outer", "type": "scorers"},
        {"event": "span_begin", "id": "inner", "type": "scorer", "parent_id": "outer"},
        graded,
    ]
    failed = {**model([ASK], DONE), "output": {"choices": []}}
    told = only(save(tmp_path / "log.json", sample(model([SYSTEM, ASK], DONE), failed, *steps, *spans)))
    assert len(told.turns) == 1
    assert told.ledger.dropped == {"model call of a scorer": 2, "model call without an answer": 1}


def test_of_a_failed_result_the_model_saw_the_error(tmp_path):
    """The error message takes the place of the content; its type is the detail."""
    error = {"type": "timeout", "message": "Command timed out."}
    failed = {**RESULT, "content": "", "error": error}
    told = only(save(tmp_path / "log.json", sample(model([ASK], CALLED), model([ASK, CALLED, failed], DONE))))
    assert told.messages[2].parts == (
        ToolResult("c1", (Text("Command timed out."),), is_error=True, detail={"error": error}),
    )


def test_results_after_the_last_call_are_kept(tmp_path):
    """What the final messages hold beyond the last answer is in the pool, and the call is answered."""
    told = only(save(tmp_path / "log.json", sample(model([ASK], CALLED), messages=[ASK, CALLED, RESULT])))
    assert [message.role for message in told.messages] == ["user", "assistant", "tool"]
    assert told.ledger.unanswered == 0


def test_a_sample_without_events_is_told_by_its_messages(tmp_path):
    """Then the requests are not known: partial, and the tool schemas are missing."""
    told = only(save(tmp_path / "log.json", sample(messages=[SYSTEM, ASK, CALLED, RESULT, DONE])))
    assert len(told.turns) == 2
    assert told.fidelity == Fidelity("partial", recovered=("system prompt",), missing=("tool schemas", "requests"))


def test_a_missing_attachment_is_counted(tmp_path):
    """The mark stays where the text was, and the captured request is not called exact."""
    lost = {**ASK, "content": "attachment://" + "f" * 32}
    call = {"request": {"model": "m", "messages": [lost]}, "response": None}
    told = only(save(tmp_path / "log.json", sample(model([lost], DONE, call=call))))
    assert told.fidelity.grade == "full"
    assert told.ledger.dropped == {"attachment that is not in the file": 1}


def test_broken_and_oversized_members_are_counted(tmp_path, monkeypatch):
    """One that is no JSON and one that unpacks to far more are left out, wherever they stand; the other is read."""
    path = tmp_path / "log.eval"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("samples/0_epoch_1.json", json.dumps(RUN))
        archive.writestr("samples/1_epoch_1.json", "{")
        archive.writestr("samples/2_epoch_1.json", "[" + "1," * 20_000_000 + "1]")
    (told,) = importers.read(path)
    assert told.ledger.dropped == {
        "sample that is no JSON": 1,
        "sample of more than 256 MiB, or packed more than 500 times": 1,
    }
    monkeypatch.setattr(inspect, "LARGEST", 10)
    with pytest.raises(ImportFault, match="no sample"):
        importers.read(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, 93], ids=["stored", "deflate", "zstd"])
def test_a_log_without_its_directory_is_read_sample_by_sample(tmp_path, method):
    """The list of a zip's members stands at its end: a run that was broken off has none, but all finished samples."""
    whole = importers.read(pack(tmp_path / "log.eval", RUN, {**RUN, "uuid": "u-2"}, method=method))
    data = (tmp_path / "log.eval").read_bytes()
    cut = tmp_path / "cut.eval"
    cut.write_bytes(data[: data.index(b"PK\x01\x02")])
    found = importers.read(cut)
    assert [one.id for one in found] == [one.id for one in whole]
    assert [note for one in found for note in one.ledger.notes] == [
        "the log is a zip without its directory: its samples are read as far as they go"
    ]


def test_a_sample_that_is_cut_off_is_read_as_far_as_it_goes(tmp_path):
    """Its events up to the last whole one; without one it is counted."""
    path = pack(tmp_path / "log.eval", {**RUN, "error": "x" * 500}, method=zipfile.ZIP_STORED)
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"x" * 500) + 100])
    (found,) = importers.read(path)
    assert len(found.turns) == 2
    assert lines.CUT in found.ledger.notes


def test_members_of_unknown_length_are_found_by_unpacking_them(tmp_path):
    """A zip written to a pipe tells the sizes behind each member."""

    class Pipe(io.RawIOBase):
        data = b""

        def writable(self):
            return True

        def write(self, piece):
            self.data += bytes(piece)
            return len(piece)

    pipe = Pipe()
    names = ("samples/1_epoch_1.json", "notes.txt", "samples/2_epoch_1.json")
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, name * 9)
    path = tmp_path / "cut.zip"
    path.write_bytes(pipe.data[: pipe.data.index(b"PK\x01\x02")])
    found = list(cut_zip.members(path, lambda name: name.startswith("samples/"), largest=1000))
    assert found == [cut_zip.Member(name, name.encode() * 9, whole=True) for name in names[::2]]


def test_a_member_that_unpacks_without_end_has_no_data(tmp_path):
    """No more is unpacked than may be held."""
    path = tmp_path / "cut.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("samples/1.json", "x" * 5000)
    assert [one.data for one in cut_zip.members(path, str.isascii, largest=100)] == [None]


def test_a_zip_without_a_whole_member_holds_no_sample(tmp_path):
    """What is no log is not taken for one."""
    path = tmp_path / "log.eval"
    path.write_bytes(pack(tmp_path / "whole.eval", RUN).read_bytes()[:40])
    with pytest.raises(ImportFault, match="holds no sample"):
        list(inspect.read(path))
    other = tmp_path / "other.zip.txt"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("notes.txt", "\0")
    assert importers.identify(other) is None


def _samples(path: Path):
    if path.suffix == ".json":
        return json.loads(path.read_text())["samples"]
    with zipfile.ZipFile(path) as archive:
        return [json.loads(archive.read(name)) for name in archive.namelist() if name.startswith("samples/")]


def _filled(text: str, attachments: dict[str, str]) -> str:
    return re.sub(r"attachment://([0-9a-f]{32})", lambda found: json.dumps(attachments[found[1]])[1:-1], text)


@pytest.mark.shared
def test_every_captured_request_of_the_shared_files_comes_back(shared):
    """The bodies in the files, filled by text replacement, equal those rendered from the turns, all of them."""
    checked = 0
    for folder in ("inspect_eval", "inspect_json"):
        for path in sorted((shared / "transcripts" / folder).iterdir()):
            for item, told in zip(_samples(path), inspect.read(path), strict=True):
                calls = [event["call"]["request"] for event in item["events"] if event["event"] == "model"]
                bodies = [json.loads(_filled(json.dumps(call), item["attachments"])) for call in calls]
                assert told.fidelity.grade == "exact"
                for turn in range(len(told.turns)):
                    bodies[turn].pop("extra_headers", None)
                    assert openai_chat.write_request(prefix.prefix(told, turn)) == (bodies[turn], ())
                    checked += 1
                graded = told.ledger.dropped.get("model call of a scorer", 0)
                assert len(told.turns) + graded == len(bodies)
    assert checked == 295
