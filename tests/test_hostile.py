"""Files that fuzzing found to be too much: each is a claim about what must not go wrong again."""

import contextlib
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from replay import importers, library, redact, workspace
from replay.errors import UserError
from replay.importers import native
from replay.prefix import identify
from replay.records import (
    Fidelity,
    Message,
    Prefix,
    Reasoning,
    Setup,
    Source,
    Text,
    ToolCall,
    ToolResult,
    Transcript,
    Turn,
    encode,
)
from replay.wire import anthropic, openai_chat, openai_responses

Log = Callable[..., Path]
KEY = "sk-ant-api03-" + "aB3dE5gH7jK9mN1pQ4rS6tU8"


def told(*messages: Message) -> Transcript:
    """A transcript of ``messages`` whose answers are its turns."""
    spoke = [index for index, message in enumerate(messages) if message.role == "assistant"]
    turns = tuple(Turn(index, ((0, index),)) for index in spoke)
    return Transcript("", Source("test", "t"), (Setup(),), messages, turns, Fidelity("partial"))


def nested(depth: int, core: object) -> Any:
    """``core`` inside ``depth`` lists."""
    for _ in range(depth):
        core = [core]
    return core


@pytest.mark.parametrize("number", ["9" * 5000, "-" + "9" * 400, "1e400"])
def test_a_number_beyond_all_bounds_is_no_reason_to_stop(tmp_path: Path, number: str) -> None:
    """A file with such a number is read, or refused in a sentence; no format's sniffing stumbles over it."""
    for name, text in (
        ("a.json", f'{{"n": {number}, "messages": []}}'),
        ("b.jsonl", f'{{"n": {number}}}\n[{number}]\n'),
    ):
        (tmp_path / name).write_text(text)
        with contextlib.suppress(UserError):
            importers.read(tmp_path / name)


def test_a_secret_below_four_hundred_brackets_is_taken_out() -> None:
    """A value too deep to be walked is searched as text; without a secret it stays what it was."""
    found = redact.transcript(told(Message("assistant", (ToolCall("c", "Write", {"deep": nested(400, KEY)}),))))
    assert KEY.encode() not in encode(found)
    assert found.ledger.redacted == 1
    clean = told(Message("assistant", (ToolCall("c", "Write", {"deep": nested(400, "a word")}),)))
    assert redact.transcript(clean) is clean


def test_deep_values_are_kept_or_refused_in_a_sentence(claude_log: Log, tmp_path: Path) -> None:
    """An input of any depth neither stops an import nor leaves half a file."""
    for depth in (100, 300, 480, 900, 990, 3000, 100_000):
        log = claude_log(("Write", {"file_path": "/a.py", "content": "DEEP"}, "ok"), name=f"{depth}.jsonl")
        log.write_text(log.read_text().replace('"DEEP"', "[" * depth + "1" + "]" * depth))
        entry = library.Library(tmp_path / f"kept{depth}").bring(log)
        assert entry.error or entry.messages
        assert all(list(native.read(file)) for file in (tmp_path / f"kept{depth}").iterdir())


@pytest.mark.parametrize(
    ("call", "result"),
    [
        (ToolCall("c", "str_replace_editor", {"command": "view", "path": "/a.py"}), f"{'9' * 5000}\tx = 1"),
        (ToolCall("c", "Read", {"file_path": "/a.py"}), f"{'9' * 5000}→x = 1"),
    ],
    ids=["viewed", "read"],
)
def test_a_line_number_of_five_thousand_digits_is_no_line_number(call: ToolCall, result: str) -> None:
    """Numbered text is read only as far as its numbers are numbers of lines."""
    made = told(Message("assistant", (call,)), Message("tool", (ToolResult("c", (Text(result),)),)))
    assert list(workspace.recorded(made)) == [(0, ())]


def test_a_parameter_of_nested_brackets_stays_text() -> None:
    """A line number written as 10,000 brackets in a call told in prose does not stop the walk."""
    text = (
        "<function=str_replace_editor>\n<parameter=command>insert</parameter>\n<parameter=path>/a.py</parameter>\n"
        f"<parameter=insert_line>{'[' * 10_000}</parameter>\n<parameter=new_str>x</parameter>\n</function>"
    )
    list(workspace.recorded(told(Message("user", (Text("go"),)), Message("assistant", (Text(text),)))))


def test_a_span_whose_time_is_beyond_all_calendars_has_none(tmp_path: Path) -> None:
    """Times of 400 digits in an OpenTelemetry span are no times."""
    attributes = {"gen_ai.input.messages": json.dumps([{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}])}
    attributes["gen_ai.output.messages"] = json.dumps(
        [{"role": "assistant", "parts": [{"type": "text", "content": "Hello"}]}]
    )
    for time in (10**400, [10**400, 0]):
        span = {"traceId": "t1", "spanId": "s1", "name": "chat", "startTime": time, "start_time": time}
        (tmp_path / "spans.jsonl").write_text(json.dumps(span | {"attributes": attributes}) + "\n")
        for one in importers.FORMATS["otel"].read(tmp_path / "spans.jsonl"):
            assert all(message.time is None for message in one.messages)


def test_the_id_of_a_transcript_is_that_of_its_three_parts() -> None:
    """The hash is taken record by record, and is the one of the whole lists."""
    made = told(Message("user", (Text("go"),)), Message("assistant", (Text("ok"),)))
    whole = encode(made.setups) + encode(made.messages) + encode(made.turns)
    assert identify(made) == hashlib.sha256(whole).hexdigest()[:16]
    assert identify(told()) == hashlib.sha256(b"".join((encode((Setup(),)), b"[]", b"[]"))).hexdigest()[:16]


@pytest.mark.parametrize("codec", [anthropic, openai_chat, openai_responses], ids=lambda codec: codec.API)
def test_reasoning_where_no_model_spoke_is_left_out_of_a_request(codec: ModuleType) -> None:
    """A system prompt or a prompt with a thought in it is sent without the thought, and a note says so."""
    thought = Reasoning("hm")
    setup = Setup(system=(Text("Be kind."), thought))
    messages = (Message("user", (Text("go"), thought)),)
    body, notes = codec.write_request(Prefix(setup, messages), repair=True)
    assert "hm" not in json.dumps(body)
    assert "Be kind." in json.dumps(body)
    assert sum("left out" in note for note in notes) >= 2


@pytest.mark.parametrize("kind", ["progress", "attachment"])
def test_bytes_that_are_no_text_are_repaired_wherever_they_stand(claude_log: Log, tmp_path: Path, kind: str) -> None:
    """A part of a row that is read later than the row is held to UTF-8 with it, and may be nested as it likes."""
    log = claude_log()
    odd = b'{"type":"%s","uuid":"x","parentUuid":"u-0","%s":{"type":"file","content":"a\xffb","deep":%s}}\n'
    for deep in (b"1", b"[" * 980 + b"]" * 980):
        with log.open("ab") as file:
            file.write(odd % (kind.encode(), b"data" if kind == "progress" else b"attachment", deep))
    entry = library.Library(tmp_path / "kept").bring(log)
    assert entry.error is None
    assert entry.repaired == 1
