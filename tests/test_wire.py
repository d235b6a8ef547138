"""The codecs: a captured body comes back exactly, and what another API cannot take is named."""

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from replay.records import (
    CacheMark,
    Image,
    Message,
    Prefix,
    Reasoning,
    Setup,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    decode,
    encode,
)
from replay.wire import anthropic, anthropic_blocks, openai_chat
from replay.wire.notes import Notes, WireError

# --- the law, over bodies of every shape ---------------------------------------------------------------------

words = st.text(st.characters(codec="utf-8"), max_size=8)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | words,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(words, inner, max_size=2),
    max_leaves=4,
)
objects = st.dictionaries(words, json_values, max_size=2)


def shaped(required, optional=None):
    """A JSON object with the given fields, a cache mark at times, and at times a field nobody knows."""
    extra = {"cache_control": st.just({"type": "ephemeral"}) | st.none(), "novel": json_values}
    return st.fixed_dictionaries(required, optional={**(optional or {}), **extra})


def kind(tag, /, **fields):
    return shaped({"type": st.just(tag), **fields})


text_block = kind("text", text=words)
image_block = kind("image", source=kind("base64", media_type=words, data=words) | kind("url", url=words))
leaf = text_block | image_block | kind("document", source=objects) | objects
result_block = shaped(
    {"type": st.just("tool_result"), "tool_use_id": words},
    {"content": words | st.lists(leaf, max_size=2) | st.none(), "is_error": st.booleans() | st.none()},
)
block = (
    leaf
    | result_block
    | kind("thinking", thinking=words, signature=words)
    | kind("redacted_thinking", data=words)
    | kind("tool_use", id=words, name=words, input=objects | words)
)
anthropic_messages = st.lists(
    shaped(
        {
            "role": st.sampled_from(["user", "assistant", "system"]),
            "content": words | st.lists(block | words, max_size=3),
        }
    ),
    max_size=4,
)
anthropic_bodies = st.fixed_dictionaries(
    {"messages": anthropic_messages},
    optional={
        "model": words | st.none(),
        "system": words | st.none() | st.lists(leaf, max_size=2),
        "tools": st.none()
        | st.lists(shaped({"name": words}, {"input_schema": objects, "description": words}), max_size=2),
        "max_tokens": st.integers(1, 9),
        "cache_control": objects,
    },
)
part = (
    kind("text", text=words)
    | kind("image_url", image_url=shaped({"url": words}))
    | kind("file", file=objects)
    | objects
)
arguments = words | objects.map(json.dumps) | objects.map(lambda value: json.dumps(value, separators=(",", ":")))
call = shaped(
    {"id": words, "type": st.just("function"), "function": shaped({"name": words, "arguments": arguments})}
) | kind("custom", id=words, custom=shaped({"name": words, "input": words}))
chat_content = words | st.none() | st.lists(part | words, max_size=2)
chat_messages = st.lists(
    shaped({"role": st.sampled_from(["system", "developer", "user"]), "content": chat_content})
    | shaped(
        {"role": st.just("assistant")},
        {
            "content": chat_content,
            "tool_calls": st.lists(call, max_size=2) | st.none(),
            "refusal": words | st.none(),
            "reasoning_content": words,
            "function_call": shaped({"name": words, "arguments": arguments}),
        },
    )
    | shaped({"role": st.sampled_from(["tool", "function"]), "content": chat_content}, {"tool_call_id": words}),
    max_size=4,
)
chat_bodies = st.fixed_dictionaries(
    {"messages": chat_messages},
    optional={
        "model": words,
        "tools": st.lists(
            kind("function", function=shaped({"name": words}, {"parameters": objects, "strict": st.booleans()})),
            max_size=2,
        ),
        "max_completion_tokens": st.integers(1, 9),
    },
)


def canonical(value):
    return json.dumps(value, sort_keys=True)


@settings(max_examples=300)
@given(body=anthropic_bodies)
def test_an_anthropic_body_comes_back_exactly(body):
    """Reading and writing a Messages body is the identity and needs no note, through disk as well."""
    prefix = decode(encode(anthropic.read_request(body)), Prefix)
    written, notes = anthropic.write_request(prefix)
    assert canonical(written) == canonical(body)
    assert notes == ()


@settings(max_examples=300)
@given(body=chat_bodies)
def test_a_chat_completions_body_comes_back_exactly(body):
    """Reading and writing a Chat Completions body is the identity and needs no note, through disk as well."""
    prefix = decode(encode(openai_chat.read_request(body)), Prefix)
    written, notes = openai_chat.write_request(prefix)
    assert canonical(written) == canonical(body)
    assert notes == ()


@settings(max_examples=150)
@given(body=anthropic_bodies)
def test_any_anthropic_prefix_can_be_written_for_chat(body):
    """Conversion never fails, and leaves no call without its result nor a result without its call."""
    written, notes = openai_chat.write_request(anthropic.read_request(body))
    assert notes[0] == "converted from anthropic to openai-chat"
    open_calls: list[str] = []
    for message in written["messages"]:
        if message["role"] == "tool":
            assert message["tool_call_id"] == open_calls.pop(0)
        else:
            assert open_calls == []
            open_calls = [item["id"] for item in message.get("tool_calls", ())]
    assert open_calls == []


@settings(max_examples=150)
@given(body=chat_bodies)
def test_any_chat_prefix_can_be_written_for_anthropic(body):
    """Conversion never fails; roles alternate between user and assistant, and results stand first, complete."""
    written, _ = anthropic.write_request(openai_chat.read_request(body))
    open_calls: list[str] = []
    seen: set[str] = set()
    for before, message in zip([None, *written["messages"]], written["messages"], strict=False):
        assert message["role"] in ("user", "assistant")
        assert before is None or before["role"] != message["role"]
        blocks = message["content"] if isinstance(message["content"], list) else []
        answered = [item["tool_use_id"] for item in blocks if item.get("type") == "tool_result"]
        assert answered == open_calls
        open_calls = [item["id"] for item in blocks if item.get("type") == "tool_use"]
        assert seen.isdisjoint(open_calls)
        assert len(set(open_calls)) == len(open_calls)
        seen.update(open_calls)
    assert open_calls == []


# --- what the parts are --------------------------------------------------------------------------------------


def test_anthropic_blocks_become_parts():
    """Thinking, text, calls, results and images are modelled; a block of another kind is carried."""
    body = {
        "model": "claude-x",
        "max_tokens": 5,
        "system": [{"type": "text", "text": "be brief", "cache_control": {"type": "ephemeral"}}],
        "tools": [{"name": "Read", "description": "reads", "input_schema": {"type": "object"}}],
        "messages": [
            {"role": "user", "content": "hi"},
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "hm", "signature": "sig"},
                    {"type": "tool_use", "id": "t1", "name": "Read", "input": {"cache_control": {"mine": 1}}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {
                        "type": "tool_result",
                        "tool_use_id": "t1",
                        "content": [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}],
                    }
                ],
            },
        ],
    }
    prefix = anthropic.read_request(body)
    assert prefix.setup == Setup(
        api="anthropic",
        model="claude-x",
        system=(Text("be brief"),),
        system_form="blocks",
        tools=(Tool("Read", "reads", {"type": "object"}),),
        params={"max_tokens": 5},
    )
    assert prefix.messages == (
        Message("user", (Text("hi"),), form="string"),
        Message(
            "assistant",
            (Reasoning("hm", "sig"), ToolCall("t1", "Read", {"cache_control": {"mine": 1}})),
            origin="model",
        ),
        Message("user", (ToolResult("t1", (Text("a"),), form="blocks"),), origin="tool"),
    )
    assert [mark.path for mark in prefix.cache] == [("system", 0), ("messages", 2, "content", 0, "content", 0)]


def test_the_leading_system_message_is_the_system_prompt():
    """A plain first system message goes to the setup; a developer message stays where it is."""
    plain = openai_chat.read_request(
        {"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}]}
    )
    assert plain.setup.system == (Text("s"),)
    assert [message.role for message in plain.messages] == ["user"]
    named = openai_chat.read_request({"messages": [{"role": "developer", "content": "d"}]})
    assert named.setup.system == ()
    assert [message.role for message in named.messages] == ["developer"]


def test_argument_text_is_kept_where_compact_json_differs():
    """Spaced arguments keep their text, compact ones do not need it, broken ones stay text."""

    def read(raw):
        calls = [{"id": "1", "type": "function", "function": {"name": "f", "arguments": raw}}]
        return openai_chat.read_message({"role": "assistant", "content": None, "tool_calls": calls}).parts[0]

    assert read('{"a":1}') == ToolCall("1", "f", {"a": 1})
    assert read('{"a": 1}') == ToolCall("1", "f", {"a": 1}, raw='{"a": 1}')
    assert read('{"a": ') == ToolCall("1", "f", '{"a": ')
    assert read("[1]") == ToolCall("1", "f", "[1]")


@given(block)
def test_a_part_says_all_of_a_block_where_writing_it_gives_the_block_back(body):
    """Counting keys and writing the block to compare come to the same answer, whatever the block."""
    if isinstance(body, dict):
        part, whole = anthropic_blocks.take_block(body)
        assert whole is (anthropic_blocks.write_block(part, Notes()) == body)


def test_an_edited_message_keeps_its_other_fields():
    """Only the edited text of a message with unknown fields changes."""
    read = anthropic.read_message({"role": "user", "content": [{"type": "text", "text": "a"}], "novel": 1})
    edited = replace(read, parts=(Text("b"),))
    assert anthropic.write_message(edited) == [{"role": "user", "content": [{"type": "text", "text": "b"}], "novel": 1}]


def test_cache_marks_follow_a_system_prompt_that_was_added():
    """A mark on a message stays on that message where an arm gives the body its first system message."""
    user = {"role": "user", "content": [{"type": "text", "text": "u", "cache_control": {"type": "ephemeral"}}]}
    prefix = openai_chat.read_request({"messages": [user]})
    edited = replace(prefix, setup=replace(prefix.setup, system=(Text("s"),)))
    written, notes = openai_chat.write_request(edited)
    assert written["messages"] == [{"role": "system", "content": "s"}, user]
    assert notes == ()


def test_a_cache_mark_without_its_place_is_named():
    """A mark on a block that an edit removed is left out with a note; on bare text it makes the text a block."""
    mark = {"type": "ephemeral"}
    blocks = [{"type": "text", "text": "one"}, {"type": "text", "text": "two", "cache_control": mark}]
    prefix = anthropic.read_request({"system": blocks, "messages": []})
    bare = replace(prefix, setup=replace(prefix.setup, system=(Text("new"),), system_form="string"))
    assert anthropic.write_request(bare) == (
        {"system": "new", "messages": []},
        ("cache mark left out: its place is gone",),
    )
    first = replace(bare, cache=(CacheMark(("system", 0), mark),))
    marked = {"system": [{"type": "text", "text": "new", "cache_control": mark}], "messages": []}
    assert anthropic.write_request(first) == (marked, ())


@pytest.mark.parametrize(
    "message", [{}, {"role": "user"}, {"role": "alien", "content": ""}, {"role": "user", "content": 3}, "text"]
)
def test_what_is_no_message_is_refused(message):
    """A message without role or content is a WireError, not a guess."""
    with pytest.raises(WireError):
        anthropic.read_message(message)


# --- conversion, by hand -------------------------------------------------------------------------------------

ANTHROPIC = {
    "model": "claude-x",
    "max_tokens": 100,
    "temperature": 0.5,
    "thinking": {"type": "enabled", "budget_tokens": 50},
    "system": [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}],
    "tools": [
        {"name": "Read", "description": "reads", "input_schema": {"type": "object"}},
        {"type": "web_search_20250305", "name": "web_search"},
    ],
    "messages": [
        {"role": "user", "content": [{"type": "text", "text": "go"}]},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "hm", "signature": "sig"},
                {"type": "text", "text": "reading"},
                {"type": "tool_use", "id": "toolu_1", "name": "Read", "input": {"path": "a"}},
                {"type": "tool_use", "id": "toolu_2", "name": "Read", "input": {"path": "b"}},
            ],
        },
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "toolu_2",
                    "content": [
                        {"type": "text", "text": "B"},
                        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AA=="}},
                    ],
                },
                {"type": "tool_result", "tool_use_id": "toolu_1", "content": "A", "is_error": True},
                {"type": "text", "text": "next"},
            ],
        },
    ],
}


def test_an_anthropic_prefix_is_written_as_chat_completions():
    """Results are split in the order of the calls, images move to a user message, what has no place is named."""
    body, notes = openai_chat.write_request(anthropic.read_request(ANTHROPIC))
    assert body == {
        "model": "claude-x",
        "max_completion_tokens": 100,
        "temperature": 0.5,
        "tools": [
            {"type": "function", "function": {"name": "Read", "description": "reads", "parameters": {"type": "object"}}}
        ],
        "messages": [
            {"role": "system", "content": [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]},
            {"role": "user", "content": "go"},
            {
                "role": "assistant",
                "content": [{"type": "text", "text": "reading"}],
                "tool_calls": [
                    {"id": "toolu_1", "type": "function", "function": {"name": "Read", "arguments": '{"path":"a"}'}},
                    {"id": "toolu_2", "type": "function", "function": {"name": "Read", "arguments": '{"path":"b"}'}},
                ],
            },
            {"role": "tool", "tool_call_id": "toolu_1", "content": "A"},
            {"role": "tool", "tool_call_id": "toolu_2", "content": [{"type": "text", "text": "B"}]},
            {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}]},
            {"role": "user", "content": [{"type": "text", "text": "next"}]},
        ],
    }
    assert sorted(notes) == sorted(
        [
            "converted from anthropic to openai-chat",
            "parameters left out: thinking",
            "tool that only the other API knows left out",
            "reasoning left out",
            "tool result written as a message of its own (2)",
            "error flag of a tool result left out",
            "image of a tool result moved into a user message",
        ]
    )


def test_a_chat_prefix_is_written_for_anthropic():
    """Results are merged into one user message, bad ids replaced on both sides, leading instructions hoisted."""
    calls = [
        {"id": "call:1", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}},
        {"id": "call_2", "type": "function", "function": {"name": "f", "arguments": "oops"}},
    ]
    chat = {
        "model": "gpt-x",
        "max_completion_tokens": 7,
        "seed": 3,
        "tools": [{"type": "function", "function": {"name": "f"}}],
        "messages": [
            {"role": "system", "content": "sys"},
            {"role": "developer", "content": "dev"},
            {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://x/y.png"}}]},
            {"role": "assistant", "content": "", "tool_calls": calls},
            {"role": "tool", "tool_call_id": "call:1", "content": "A"},
            {"role": "tool", "tool_call_id": "call_2", "content": "B"},
            {"role": "user", "content": "and"},
            {"role": "assistant", "content": None, "tool_calls": [{**calls[1], "id": "lost"}]},
        ],
    }
    body, notes = anthropic.write_request(openai_chat.read_request(chat))
    assert body == {
        "model": "gpt-x",
        "max_tokens": 7,
        "system": [{"type": "text", "text": "sys"}, {"type": "text", "text": "dev"}],
        "tools": [{"name": "f", "input_schema": {"type": "object"}}],
        "messages": [
            {"role": "user", "content": [{"type": "image", "source": {"type": "url", "url": "https://x/y.png"}}]},
            {
                "role": "assistant",
                "content": [
                    {"type": "tool_use", "id": "call_1", "name": "f", "input": {"x": 1}},
                    {"type": "tool_use", "id": "call_2", "name": "f", "input": {"arguments": "oops"}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "call_1", "content": "A"},
                    {"type": "tool_result", "tool_use_id": "call_2", "content": "B"},
                    {"type": "text", "text": "and"},
                ],
            },
        ],
    }
    assert sorted(notes) == sorted(
        [
            "converted from openai-chat to anthropic",
            "parameters left out: seed",
            "empty text left out",
            "tool id replaced",
            "tool call without a result left out",
            "empty message left out",
            "leading system message moved into the system prompt",
            "tool schema given the type `object`",
            "consecutive messages merged into one user message (2)",
            "arguments that are no JSON object put under the key `arguments`",
        ]
    )


def test_repair_leaves_a_sound_prefix_alone():
    """A body the API took is sent as it was, marks and all, where repair is asked for too."""
    user = {"role": "user", "content": [{"type": "text", "text": "u", "cache_control": {"type": "ephemeral"}}]}
    body = {"model": "m", "messages": [user, *ANTHROPIC["messages"][1:]]}
    assert anthropic.write_request(anthropic.read_request(body), repair=True) == (body, ())


def test_repair_puts_right_what_the_api_would_refuse():
    """A call without a result and an id used twice are put right, each with a note; thinking stays."""

    def said(key):
        thought = {"type": "thinking", "thinking": "t", "signature": "s"}
        return {"role": "assistant", "content": [thought, {"type": "tool_use", "id": key, "name": "f", "input": {}}]}

    def heard(key):
        return {"role": "user", "content": [{"type": "tool_result", "tool_use_id": key, "content": "r"}]}

    body = {"messages": [said("x"), heard("x"), said("x"), heard("x"), said("y"), {"role": "user", "content": "stop"}]}
    written, notes = anthropic.write_request(anthropic.read_request(body), repair=True)
    thought = {"role": "assistant", "content": [{"type": "thinking", "thinking": "t", "signature": "s"}]}
    stop = {"role": "user", "content": "stop"}
    assert written["messages"] == [said("x"), heard("x"), said("call_1"), heard("call_1"), thought, stop]
    assert notes == ("tool id replaced", "tool call without a result left out")


def test_responses_are_read_with_their_usage():
    """Id, model, stop reason and tokens are the provider's; OpenAI's cached tokens are no input."""
    told = anthropic.read_response(
        {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "claude-x",
            "content": [{"type": "text", "text": "a"}],
            "stop_reason": "end_turn",
            "usage": {
                "input_tokens": 1,
                "cache_read_input_tokens": 2,
                "cache_creation_input_tokens": 3,
                "output_tokens": 4,
            },
        }
    )
    assert (told.id, told.model, told.stop, told.parts) == ("msg_1", "claude-x", "end_turn", (Text("a"),))
    assert (told.usage.input, told.usage.cache_read, told.usage.cache_write, told.usage.output) == (1, 2, 3, 4)
    said = openai_chat.read_response(
        {
            "id": "c1",
            "model": "gpt-x",
            "choices": [{"finish_reason": "stop", "message": {"role": "assistant", "content": "b"}}],
            "usage": {
                "prompt_tokens": 10,
                "completion_tokens": 5,
                "prompt_tokens_details": {"cached_tokens": 4},
                "completion_tokens_details": {"reasoning_tokens": 2},
            },
        }
    )
    assert (said.id, said.model, said.stop, said.parts) == ("c1", "gpt-x", "stop", (Text("b"),))
    assert (said.usage.input, said.usage.cache_read, said.usage.output, said.usage.reasoning) == (6, 4, 5, 2)


def test_an_image_in_a_data_url_is_read_as_data():
    """The data URL of Chat Completions and the base64 source of Anthropic are one image."""
    block = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
    assert openai_chat.read_message({"role": "user", "content": [block]}).parts == (Image("image/png", "AA=="),)


# --- real bodies ---------------------------------------------------------------------------------------------


def real_bodies(shared: Path):
    for path in sorted((shared / "transcripts/raw_http_vcr_py").glob("*.yaml")):
        loaded = yaml.load(path.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        for interaction in loaded["interactions"]:
            body = interaction["request"].get("parsed_body")
            if isinstance(body, dict) and "messages" in body:
                yield (anthropic if "anthropic" in interaction["request"]["uri"] else openai_chat), body
    for path in sorted((shared / "transcripts/openhands_llm_log").glob("*.json")):
        log = json.loads(path.read_text())
        yield openai_chat, {"messages": log["messages"], **({"tools": log["tools"]} if log.get("tools") else {})}


@pytest.mark.shared
def test_real_bodies_come_back_exactly(shared):
    """Bodies recorded from real clients survive the codec of their API without a note."""
    count = 0
    for codec, body in real_bodies(shared):
        written, notes = codec.write_request(codec.read_request(body))
        assert canonical(written) == canonical(body)
        assert notes == ()
        count += 1
    assert count >= 10


def test_an_answer_at_the_end_of_a_repaired_request_ends_in_no_white_space() -> None:
    """The API refuses to go on after white space; a repaired request leaves it out, with a note, any other keeps it."""
    messages = [{"role": "user", "content": "Go on:"}, {"role": "assistant", "content": "I think \n"}]
    prefix = anthropic.read_request({"model": "m", "max_tokens": 9, "messages": messages})
    body, notes = anthropic.write_request(prefix, repair=True)
    assert body["messages"][1]["content"] == "I think"
    assert notes == ("white space at the end of the last answer left out",)
    assert anthropic.write_request(prefix)[0]["messages"] == messages


@pytest.mark.parametrize("codec", [anthropic, openai_chat], ids=["anthropic", "openai-chat"])
def test_a_wire_that_was_spoiled_by_hand_gives_way_to_the_parts(codec) -> None:
    """A stored transcript may be edited: what its message says counts, whatever lies beside it."""
    message = Message("user", (Text("hello"),), wire={"role": "user", "content": 7})
    assert codec.write_message(message) == codec.write_message(Message("user", (Text("hello"),)))
