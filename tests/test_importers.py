"""Importing: the registry, request logs, our own format, and bad input."""

import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from replay import importers, prefix
from replay.errors import UserError
from replay.importers import ImportFault, native
from replay.records import (
    Fidelity,
    Ledger,
    Message,
    Reasoning,
    Setup,
    Source,
    Text,
    ToolCall,
    ToolResult,
    Transcript,
    Turn,
)
from replay.wire import anthropic, openai_chat

# --- requests ------------------------------------------------------------------------------------------------


def user(text):
    return {"role": "user", "content": text}


def said(text, key=None):
    call = [] if key is None else [{"type": "tool_use", "id": key, "name": "Read", "input": {"path": "a.py"}}]
    return {"role": "assistant", "content": [{"type": "text", "text": text}, *call]}


def result(key, text):
    return {"role": "user", "content": [{"type": "tool_result", "tool_use_id": key, "content": text}]}


def body(*messages, **more):
    return {"model": "claude-x", "max_tokens": 9, "system": "be brief", "messages": list(messages), **more}


def response(message, number):
    usage = {"input_tokens": number, "output_tokens": 1}
    return {
        "id": f"msg_{number}",
        "type": "message",
        "model": "claude-x-1",
        "stop_reason": "end_turn",
        "usage": usage,
        **message,
    }


def log(path: Path, *values) -> Path:
    path.write_text("".join(json.dumps(value) + "\n" for value in values))
    return path


FIRST = body(user("go"))
SECOND = body(user("go"), said("reading", "t1"), result("t1", "x = 1"))
THIRD = body(*SECOND["messages"], said("done"), user("thanks"))


def requests_of(transcript):
    return [anthropic.write_request(prefix.prefix(transcript, turn))[0] for turn in range(len(transcript.turns))]


def test_the_requests_of_a_conversation_become_one_transcript(tmp_path):
    """Each turn's prefix is the captured body; messages that requests share lie in the pool once."""
    path = log(
        tmp_path / "log.jsonl",
        {"request": FIRST, "response": response(said("reading", "t1"), 1), "time": "2026-01-01T00:00:00Z"},
        {"request": SECOND, "response": response(said("done"), 2)},
        {"request": THIRD, "response": response(said("bye"), 3)},
    )
    assert importers.identify(path) == "requests"
    (found,) = importers.read(path)
    assert requests_of(found) == [FIRST, SECOND, THIRD]
    assert [turn.prefix for turn in found.turns] == [((0, 1),), ((0, 3),), ((0, 5),)]
    assert len(found.messages) == 6
    assert len(found.setups) == 1
    first = prefix.completion(found, 0)
    assert (first.id, first.model, first.stop, first.time) == (
        "msg_1",
        "claude-x-1",
        "end_turn",
        "2026-01-01T00:00:00Z",
    )
    assert first.parts == (Text("reading"), ToolCall("t1", "Read", {"path": "a.py"}))
    assert first.usage.input == 1
    assert prefix.completion(found, 2).parts == (Text("bye"),)
    assert found.fidelity == Fidelity("exact", proof="captured request")
    assert found.ledger == Ledger(rows=3)
    assert found.id == prefix.identify(found)
    assert (found.source.format, found.source.name) == ("requests", "log.jsonl")


def test_a_missing_response_is_taken_from_the_next_request(tmp_path):
    """Bare bodies: what a later request repeats is the answer; the last request, unanswered, is counted."""
    (found,) = importers.read(log(tmp_path / "log.jsonl", FIRST, SECOND, THIRD))
    assert requests_of(found) == [FIRST, SECOND]
    assert [prefix.completion(found, turn).parts[0] for turn in (0, 1)] == [Text("reading"), Text("done")]
    assert found.ledger.dropped == {"request without an answer": 1}


def test_a_single_body_gives_its_earlier_turns(tmp_path):
    """One body that repeats a conversation gives the turns in it, marked as inferred."""
    path = tmp_path / "body.json"
    path.write_text(json.dumps(THIRD, indent=2))
    (found,) = importers.read(path)
    assert requests_of(found) == [FIRST, SECOND]
    assert {prefix.fidelity(found, turn).grade for turn in (0, 1)} == {"full"}


def test_an_edited_prompt_branches(tmp_path):
    """Two requests that go on differently from one message are two turns of one transcript."""
    other = body(*SECOND["messages"], said("done"), user("no, again"))
    path = log(
        tmp_path / "log.jsonl",
        {"request": THIRD, "response": response(said("bye"), 1)},
        {"request": other, "response": response(said("again"), 2)},
    )
    (found,) = importers.read(path)
    exact = [turn for turn in range(len(found.turns)) if found.turns[turn].fidelity is None]
    assert [anthropic.write_request(prefix.prefix(found, turn))[0] for turn in exact] == [THIRD, other]
    assert found.turns[exact[1]].prefix == ((0, 4), (6, 7))


def test_an_answer_that_the_client_altered_stays_apart(tmp_path):
    """The completion is what the model said, the prefix what the client sent back; no turn is counted twice."""
    thought = {"type": "thinking", "thinking": "hm", "signature": "s"}
    full = {"role": "assistant", "content": [thought, *said("reading", "t1")["content"]]}
    path = log(
        tmp_path / "log.jsonl",
        {"request": FIRST, "response": response(full, 1)},
        {"request": SECOND, "response": response(said("done"), 2)},
    )
    (found,) = importers.read(path)
    assert requests_of(found) == [FIRST, SECOND]
    assert prefix.completion(found, 0).parts[0] == Reasoning("hm", "s")


def test_side_calls_are_transcripts_of_their_own(tmp_path):
    """Another system prompt or a 1-token probe is not part of the conversation."""
    title = {**body(user("go")), "system": "write a title"}
    probe = {**body(user("go")), "max_tokens": 1}
    lines = [{"request": item, "response": response(said("x"), 1)} for item in (FIRST, title, probe)]
    found = importers.read(log(tmp_path / "log.jsonl", *lines))
    assert [requests_of(transcript) for transcript in found] == [[FIRST], [title], [probe]]


def test_a_billing_header_that_changes_does_not_part_a_conversation(tmp_path):
    """Claude Code's first system block differs from request to request."""

    def sent(request, number):
        header = {"type": "text", "text": f"x-anthropic-billing-header: cch={number};"}
        return {**request, "system": [header, {"type": "text", "text": "be brief"}]}

    bodies = [sent(FIRST, 1), sent(SECOND, 2), sent(THIRD, 3)]
    (found,) = importers.read(log(tmp_path / "log.jsonl", *bodies))
    assert requests_of(found) == bodies[:2]


def test_cache_marks_do_not_part_a_conversation(tmp_path):
    """A breakpoint that moves on with each request leaves the shared messages shared, and each request exact."""

    def marked(request):
        *before, last = request["messages"]
        blocks = last["content"] if isinstance(last["content"], list) else [{"type": "text", "text": last["content"]}]
        blocks = [*blocks[:-1], {**blocks[-1], "cache_control": {"type": "ephemeral"}}]
        return {**request, "messages": [*before, {**last, "content": blocks}]}

    first = body({"role": "user", "content": [{"type": "text", "text": "go"}]})
    second = body(*first["messages"], said("reading", "t1"), result("t1", "x"))
    third = body(*second["messages"], said("done"), user("thanks"))
    (found,) = importers.read(log(tmp_path / "log.jsonl", marked(first), marked(second), third))
    assert requests_of(found) == [marked(first), marked(second)]
    assert len(found.messages) == 5


def test_chat_completions_are_recognised(tmp_path):
    """Tool messages, choices or a url tell the API; the body comes back as it was."""
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    request = {
        "model": "gpt-x",
        "messages": [
            {"role": "system", "content": "s"},
            user("go"),
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c1", "content": "r"},
        ],
    }
    answer = {"id": "x", "choices": [{"finish_reason": "stop", "message": {"role": "assistant", "content": "ok"}}]}
    (found,) = importers.read(log(tmp_path / "log.jsonl", {"request": request, "response": answer}))
    last = len(found.turns) - 1
    assert openai_chat.write_request(prefix.prefix(found, last)) == (request, ())
    assert prefix.completion(found, last).parts == (Text("ok"),)
    plain = {
        "url": "https://x/v1/chat/completions",
        "request": {"model": "claude-x", "max_tokens": 5, "messages": [user("a")]},
    }
    (by_url,) = importers.read(log(tmp_path / "url.jsonl", plain))
    assert by_url.setups[0].api == "openai-chat"


def test_http_wrappers_are_unwrapped_and_headers_dropped(tmp_path):
    """A traffic log's request and response bodies are read; nothing of the headers is kept."""
    pair = {
        "request": {"url": "https://x/v1/messages", "headers": {"x-api-key": "sk-secret"}, "body": FIRST},
        "response": {"status_code": 200, "headers": {}, "body": response(said("ok"), 1)},
    }
    path = log(tmp_path / "trace.jsonl", pair)
    assert importers.identify(path) == "requests"
    (found,) = importers.read(path)
    assert requests_of(found) == [FIRST]
    assert "sk-secret" not in repr(found)


def test_a_list_of_bodies_is_read(tmp_path):
    """One JSON list is as good as lines."""
    path = tmp_path / "log.json"
    path.write_text(json.dumps([FIRST, SECOND], indent=1))
    (found,) = importers.read(path)
    assert requests_of(found) == [FIRST]


def test_an_error_response_is_no_answer(tmp_path):
    """A recorded API error is counted and makes no turn."""
    failed = {"request": FIRST, "response": {"type": "error", "error": {"type": "overloaded_error"}}}
    (found,) = importers.read(log(tmp_path / "log.jsonl", failed))
    assert found.turns == ()
    assert found.ledger.dropped == {"response that is an error": 1, "request without an answer": 1}


def test_the_session_of_claude_code_is_found(tmp_path):
    """The session id in the metadata names the session, so that its transcripts are one cluster."""
    session = "11111111-2222-3333-4444-555555555555"
    meta = {"user_id": f"user_abc_account__session_{session}"}
    path = log(tmp_path / "log.jsonl", {"request": {**FIRST, "metadata": meta}, "response": response(said("x"), 1)})
    (found,) = importers.read(path)
    assert found.source.session == session


# --- native --------------------------------------------------------------------------------------------------

TRANSCRIPT = Transcript(
    id="",
    source=Source("claude_code", "a.jsonl", session="s"),
    setups=(Setup(api="anthropic", model="m", system=(Text("s"),), tools=()),),
    messages=(
        Message("user", (Text("hi\u2028 é"),), origin="typed"),
        Message("assistant", (Reasoning("t", "sig"), ToolCall("1", "Write", {"file_path": "a"})), origin="model"),
        Message("user", (ToolResult("1", (Text("ok"),), detail={"originalFile": None}),), origin="tool"),
    ),
    turns=(Turn(1, ((0, 1),)),),
    fidelity=Fidelity("partial", missing=("system prompt",)),
)
TRANSCRIPT = Transcript(
    **{name: getattr(TRANSCRIPT, name) for name in TRANSCRIPT.__struct_fields__ if name != "id"},
    id=prefix.identify(TRANSCRIPT),
)


def test_a_native_file_gives_its_transcript_back(tmp_path):
    """Writing and reading is the identity, and leaves no other file behind."""
    path = tmp_path / "case" / "a.jsonl"
    native.write(TRANSCRIPT, path)
    assert importers.identify(path) == "native"
    assert importers.read(path) == [TRANSCRIPT]
    assert [file.name for file in path.parent.iterdir()] == ["a.jsonl"]
    assert len(path.read_text().split("\n")) == 5


def test_a_cut_off_native_file_is_refused(tmp_path):
    """A missing message is a fault, not a shorter transcript."""
    path = tmp_path / "a.jsonl"
    native.write(TRANSCRIPT, path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]))
    with pytest.raises(ImportFault, match="2 messages where the header promises 3"):
        importers.read(path)
    path.write_bytes(b"".join(lines[:-1]) + lines[-1][:20])
    with pytest.raises(ImportFault, match=r"a\.jsonl:4: not a transcript record"):
        importers.read(path)


def test_a_bad_field_in_a_native_file_is_named(tmp_path):
    """An unknown role is refused with line and path to the field."""
    path = tmp_path / "a.jsonl"
    native.write(TRANSCRIPT, path)
    path.write_text(path.read_text().replace('"role":"assistant"', '"role":"robot"'))
    with pytest.raises(ImportFault, match=r"a\.jsonl:3: .*robot.*\$\.role"):
        importers.read(path)


def test_a_turn_outside_the_transcript_is_refused(tmp_path):
    """A header whose turns point past the messages is a fault."""
    path = tmp_path / "a.jsonl"
    native.write(TRANSCRIPT, path)
    path.write_text(path.read_text().replace('"message":1', '"message":7'))
    with pytest.raises(ImportFault, match="turn 0 points outside"):
        importers.read(path)


def test_a_native_file_edited_by_hand_gets_its_new_id(tmp_path):
    """The id is that of the content; the ledger says that the header said otherwise."""
    path = tmp_path / "a.jsonl"
    native.write(TRANSCRIPT, path)
    path.write_text(path.read_text().replace("hi", "ho"))
    (found,) = importers.read(path)
    assert found.id == prefix.identify(found) != TRANSCRIPT.id
    assert "edited by hand" in found.ledger.notes[0]


# --- bad input -----------------------------------------------------------------------------------------------


def test_a_truncated_last_line_is_counted(tmp_path):
    """What is whole is read; the torn line is named in the ledger."""
    path = log(tmp_path / "log.jsonl", FIRST, SECOND)
    path.write_text(path.read_text() + json.dumps(THIRD)[:100])
    (found,) = importers.read(path)
    assert requests_of(found) == [FIRST]
    assert found.ledger.dropped == {"truncated line": 1, "request without an answer": 1}


def test_bad_lines_are_counted_by_reason(tmp_path):
    """Lines that are no JSON, no object or no request do not stop the import."""
    path = tmp_path / "log.jsonl"
    bad = ['{"a": }', "3", '{"other": 1}', '{"model": "m", "messages": 5}', "[" * 5000]
    path.write_text("\n".join([json.dumps(FIRST), *bad, json.dumps(SECOND)]))
    (found,) = importers.read(path)
    assert requests_of(found) == [FIRST]
    assert found.ledger.dropped == {
        "line that is no JSON": 1,
        "truncated line": 1,
        "line that is no request: not an object": 1,
        "line that is no request: neither `request` nor `model`": 1,
        "line that is no request: `messages` is not a list": 1,
        "request without an answer": 1,
    }


def test_broken_text_is_replaced_and_noted(tmp_path):
    """Bytes that are not UTF-8 and lone surrogates become U+FFFD; the ledger says so."""
    path = tmp_path / "log.jsonl"
    latin = json.dumps(body(user("caf@"))).encode().replace(b"@", b"\xe9")
    lone = json.dumps(body(user("x"))).encode().replace(b'"x"', b'"\\ud83d!"')
    path.write_bytes(latin + b"\n" + lone + b"\n")
    found = importers.read(path)
    assert [transcript.messages[0].parts[0].text for transcript in found] == ["caf\ufffd", "\ufffd!"]
    assert found[0].ledger.repaired == 2
    assert "U+FFFD" in found[0].ledger.notes[0]


def test_a_line_of_60_mb_is_read(tmp_path):
    """One huge record is no reason to fail."""
    path = log(tmp_path / "log.jsonl", body(user("go"), said("r", "t1"), result("t1", "x" * 60_000_000)))
    (found,) = importers.read(path)
    assert len(found.messages[2].parts[0].parts[0].text) == 60_000_000


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "the file is empty"),
        (b"\n \n", "the file is empty"),
        (b"\x00\x01\x02\xff" * 10, "the file is binary"),
        ("é".encode("utf-16") * 9, "UTF-16: save it as UTF-8"),
        (gzip.compress(b"{}"), "compressed: unpack it with gunzip"),
        (b"SQLite format 3\x00\x10\x00", "a database: only Cursor's and opencode's are read"),
        (b"\x00" * 4096, "the file is binary"),
        (b"# notes\nnothing here\n", "not in a transcript format that replay reads"),
        (b'{"some": "json"}\n', "not in a transcript format that replay reads"),
        (b"[" * 100_000, "not in a transcript format that replay reads"),
        (b'{"model": "m", "messages": [{"role": "user"', "holds no request body"),
    ],
    ids=[
        "empty",
        "blank",
        "binary",
        "UTF-16",
        "gzip",
        "a database",
        "a page never written",
        "prose",
        "other JSON",
        "deep nesting",
        "one torn line",
    ],
)
def test_a_file_without_a_transcript_gives_one_sentence(tmp_path, content, sentence):
    """Each kind of unreadable file is a UserError that names the file."""
    path = tmp_path / "odd.jsonl"
    path.write_bytes(content)
    with pytest.raises(UserError, match=sentence) as caught:
        importers.read(path)
    assert str(caught.value).startswith(f"{path}: ")


@pytest.mark.parametrize("gap", [b"\0" * 4096 + b"\n", b"\0" * 4096], ids=["as a line", "before a row"])
def test_pages_that_a_crash_left_unwritten_are_passed_over(tmp_path, gap):
    """File systems show them as NUL bytes; rows before and behind are read, in whatever format."""
    request = json.dumps({"model": "m", "messages": [{"role": "user", "content": "go"}], "max_tokens": 9}).encode()
    answer = json.dumps({"id": "1", "type": "message", "role": "assistant", "content": [{"type": "text", "text": "a"}]})
    line = b'{"request": ' + request + b', "response": ' + answer.encode() + b"}\n"
    (tmp_path / "requests.jsonl").write_bytes(line + gap + line.replace(b"go", b"on") + gap)
    assert [len(one.turns) for one in importers.read(tmp_path / "requests.jsonl")] == [1, 1]
    rows = [
        {
            "type": "user",
            "uuid": "u",
            "parentUuid": None,
            "sessionId": "s",
            "message": {"role": "user", "content": "go"},
        },
        {"type": "assistant", "uuid": "a", "parentUuid": "u", "sessionId": "s", "message": json.loads(answer)},
    ]
    (tmp_path / "session.jsonl").write_bytes(gap.join(json.dumps(row).encode() + b"\n" for row in rows) + gap)
    sample = {"id": "1", "epoch": 1, "messages": [user("go"), {"role": "assistant", "content": "a"}]}
    inspected = json.dumps({"version": 2, "eval": {"task": "t"}, "samples": [sample]}).encode()
    (tmp_path / "inspect.json").write_bytes(inspected + gap)
    assert importers.identify(tmp_path / "inspect.json") == "inspect"
    (session,) = importers.read(tmp_path / "session.jsonl")
    assert (session.source.format, len(session.turns)) == ("claude_code", 1)


def test_a_file_is_identified_and_read_at_once(tmp_path):
    """Who needs the format as well is told both, and a file of no format is refused as by reading it."""
    path = tmp_path / "t.jsonl"
    native.write(TRANSCRIPT, path)
    assert importers.identify_and_read(path) == ("native", importers.read(path))
    path.write_text("hello\n")
    with pytest.raises(UserError, match="not in a transcript format"):
        importers.identify_and_read(path)


def test_a_missing_path_gives_one_sentence(tmp_path):
    """A path that does not exist is the user's fault, named."""
    with pytest.raises(UserError, match="no such file or folder"):
        list(importers.find([tmp_path / "nowhere"]))
    with pytest.raises(UserError, match="cannot be read"):
        importers.identify(tmp_path / "nowhere")


def test_folders_are_walked_in_order_and_links_do_not_lead_out(tmp_path):
    """Sorted, each once, images and databases passed over, hidden folders kept, links out of the folder skipped."""
    outside = tmp_path / "outside"
    root = tmp_path / "root"
    for folder in (outside, root / "b", root / ".a"):
        folder.mkdir(parents=True)
    for file in (outside / "secret.jsonl", root / "z.jsonl", root / "b" / "y.json", root / ".a" / "x", root / "p.png"):
        file.write_text("x")
    for name in ("agent.db", "agent.db-wal", "agent.sqlite-shm"):
        (root / name).write_text("x")
    (root / "out.jsonl").symlink_to(outside / "secret.jsonl")
    (root / "outfolder").symlink_to(outside)
    (root / "loop").symlink_to(root)
    (root / "circle").symlink_to(root / "circle")
    (root / "again.jsonl").symlink_to(root / "z.jsonl")
    found = [str(path.relative_to(root)) for path in importers.find([root, root / "z.jsonl"])]
    assert found == ["again.jsonl", ".a/x", "b/y.json"]
    assert list(importers.find([root / "p.png"])) == [root / "p.png"]


def test_git_repositories_are_left_out_as_a_whole(tmp_path):
    """A bare one, a `.git` and what is below them give no file, each is told once; a file named HEAD alone does."""
    for folder in (tmp_path / "shop" / ".git", tmp_path / "snapshot" / "a1"):
        for name in ("objects/2b", "refs", "hooks"):
            (folder / name).mkdir(parents=True)
        (folder / "HEAD").write_text("ref: refs/heads/main\n")
        (folder / "objects" / "2b" / "003f").write_bytes(b"x\1")
        (folder / "hooks" / "update.sample").write_text("exit 0\n")
    (tmp_path / "HEAD").write_text("x")
    (tmp_path / "shop" / "log.jsonl").write_text("x")
    passed = set()
    found = [str(path.relative_to(tmp_path)) for path in importers.find([tmp_path], repositories=passed)]
    assert found == ["HEAD", "shop/log.jsonl"]
    assert passed == {str(tmp_path / "shop" / ".git"), str(tmp_path / "snapshot" / "a1")}


def test_other_formats_are_not_taken_for_requests(tmp_path):
    """Message lists without a model, and agents' own logs, are nobody's request."""
    for content in (
        {"messages": [user("x")], "instance_id": "i"},
        {"type": "user", "message": user("x")},
        {"info": {}},
    ):
        path = log(tmp_path / "other.jsonl", content)
        assert importers.identify(path) != "requests"


@pytest.mark.shared
def test_every_shared_file_is_read_or_refused_in_a_sentence(shared):
    """No file of the collection, known format or not, ends in anything but transcripts or a UserError."""
    refused = {}
    for path in importers.find([shared / "transcripts"]):
        if path.parent.name == "claude_code_jsonl":
            continue
        try:
            importers.read(path)
        except UserError as error:
            refused[path] = str(error)
    assert [sentence for path, sentence in refused.items() if not sentence.startswith(f"{path}:")] == []


MODULE = """
from replay.records import Fidelity, Message, Setup, Source, Text, Transcript, Turn

def sniff(head, name):
    return head.startswith(b"shouted:")

def read(path):
    messages = (Message("user", (Text("HELLO"),)), Message("assistant", (Text(path.read_text()[8:]),)))
    yield Transcript("", Source("shouted", path.name), (Setup(),), messages, (Turn(1, ((0, 1),)),), Fidelity("text"))
"""


def installed(folder: Path, name: str, target: str) -> None:
    """A package in ``folder`` that names ``target`` as an importer."""
    (folder / "shouting.py").write_text(MODULE)
    (folder / "shouting-1.dist-info").mkdir()
    (folder / "shouting-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: shouting\nVersion: 1\n")
    (folder / "shouting-1.dist-info" / "entry_points.txt").write_text(f"[replay.importers]\n{name} = {target}\n")


@pytest.fixture
def fresh_formats() -> Iterator[None]:
    """The formats are looked up anew, before and after."""
    importers.outside.cache_clear()
    importers.formats.cache_clear()
    yield
    importers.outside.cache_clear()
    importers.formats.cache_clear()
    sys.modules.pop("shouting", None)


@pytest.mark.usefixtures("fresh_formats")
def test_an_installed_package_adds_a_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry point of the group `replay.importers` is a format like any other."""
    installed(tmp_path, "shouted", "shouting")
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "a.txt").write_text("shouted:HI")
    assert importers.identify(tmp_path / "a.txt") == "shouted"
    assert importers.read(tmp_path / "a.txt")[0].messages[1].parts == (Text("HI"),)


@pytest.mark.usefixtures("fresh_formats")
@pytest.mark.parametrize(
    ("name", "target", "why"),
    [
        ("codex", "shouting", "takes the name of another one"),
        ("shouted", "no_such_module", "cannot be loaded"),
        ("shouted", "shouting:nothing", "cannot be loaded"),
        ("shouted", "shouting:sniff", "is no importer"),
    ],
    ids=["a name of ours", "no module", "no attribute", "no importer"],
)
def test_an_outside_format_that_is_none_is_named(
    name: str, target: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is wrong with an entry point is said in a sentence with its name."""
    installed(tmp_path, name, target)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "a.txt").write_text("shouted:HI")
    with pytest.raises(UserError, match=f"{name}.*{why}"):
        importers.identify(tmp_path / "a.txt")
