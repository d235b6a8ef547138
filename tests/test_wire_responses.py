"""The Responses codec: a captured body comes back exactly, and other APIs' prefixes are converted in the open."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from replay import importers
from replay import prefix as prefixes
from replay.records import Image, Message, Opaque, Prefix, Reasoning, Setup, Text, Tool, ToolCall, ToolResult, Usage
from replay.wire import anthropic, openai_chat
from replay.wire import openai_responses as responses
from replay.wire.notes import WireError

# --- the law, over bodies of every shape ---------------------------------------------------------------------

words = st.text(st.characters(codec="utf-8"), max_size=8)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | words,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(words, inner, max_size=2),
    max_leaves=4,
)
objects = st.dictionaries(words, json_values, max_size=2)


def shaped(tag, required=None, optional=None):
    """An item with the given fields, at times with an id, a status, or a field nobody knows."""
    extra = {"id": words, "status": st.just("completed"), "novel": json_values}
    head = {} if tag is None else {"type": st.just(tag)}
    return st.fixed_dictionaries({**head, **(required or {})}, optional={**extra, **(optional or {})})


leaf = (
    shaped("input_text", {"text": words})
    | shaped("output_text", {"text": words}, {"annotations": st.just([])})
    | shaped("input_image", {"image_url": words | st.just("data:image/png;base64,AAAA")}, {"detail": words})
    | shaped("input_file", {"file_id": words})
    | objects
)
roles = st.sampled_from(["user", "assistant", "system", "developer"])
call_ids = st.sampled_from(["call_1", "call_2", ""])
item = (
    shaped(None, {"role": roles, "content": words | st.lists(leaf | words, max_size=2)})
    | shaped("message", {"role": roles, "content": words | st.lists(leaf, max_size=2)}, {"phase": words})
    | shaped("reasoning", {"summary": st.lists(shaped("summary_text", {"text": words}), max_size=2)})
    | shaped("reasoning", {"summary": st.just([]), "encrypted_content": words | st.none()})
    | shaped("function_call", {"call_id": call_ids, "name": words, "arguments": words | st.just('{"a":1}')})
    | shaped("function_call_output", {"call_id": call_ids, "output": words | st.lists(leaf, max_size=2) | objects})
    | shaped("custom_tool_call", {"call_id": call_ids, "name": words, "input": words})
    | shaped("custom_tool_call_output", {"call_id": call_ids, "output": words | st.lists(leaf, max_size=2)})
    | shaped("local_shell_call", {"call_id": call_ids | st.none(), "action": objects})
    | shaped("web_search_call", {"action": objects})
    | shaped("tool_search_output", {"call_id": call_ids, "tools": st.lists(objects, max_size=1)})
    | shaped("compaction", {"encrypted_content": words})
)
tool = (
    shaped("function", {"name": words, "parameters": objects}, {"strict": st.booleans(), "description": words})
    | shaped("custom", {"name": words}, {"format": objects})
    | shaped("web_search")
)
bodies = st.fixed_dictionaries(
    {"input": words | st.lists(item, max_size=6)},
    optional={
        "model": words | st.none(),
        "instructions": words | st.none(),
        "tools": st.none() | st.lists(tool, max_size=2),
        "max_output_tokens": st.integers(1, 9),
        "reasoning": objects,
    },
)
slow = settings(max_examples=150, suppress_health_check=list(HealthCheck))


@slow
@given(bodies)
def test_a_responses_body_comes_back_exactly(body):
    """write_request(read_request(body)) is (body, ()): nothing lost, merged or noted."""
    assert responses.write_request(responses.read_request(body)) == (body, ())


@slow
@given(bodies, st.booleans())
def test_any_responses_prefix_can_be_written_for_other_apis(body, repair):
    """Conversion never fails, and a repaired prefix of the own API is read again."""
    prefix = responses.read_request(body)
    for codec in (anthropic, openai_chat):
        written, notes = codec.write_request(prefix, repair=repair)
        assert codec.read_request(written).setup.api == codec.API
        assert f"converted from openai-responses to {codec.API}" in notes
    again, _ = responses.write_request(prefix, repair=True)
    assert responses.read_request(again)


# --- items and parts -----------------------------------------------------------------------------------------

PATCH = "*** Begin Patch\n*** End Patch"
BODY = {
    "model": "gpt-x",
    "instructions": "be brief",
    "max_output_tokens": 7,
    "tools": [
        {"type": "function", "name": "run", "parameters": {"type": "object"}, "strict": False},
        {"type": "custom", "name": "apply_patch", "description": "edits", "format": {"type": "text"}},
    ],
    "input": [
        {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "rules"}]},
        {"role": "user", "content": "go"},
        {
            "type": "reasoning",
            "id": "rs_1",
            "summary": [{"type": "summary_text", "text": "hm"}],
            "encrypted_content": "xx",
        },
        {
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "phase": "commentary",
            "content": [{"type": "output_text", "text": "reading"}],
        },
        {"type": "function_call", "call_id": "c1", "name": "run", "arguments": '{"cmd":"ls"}'},
        {"type": "custom_tool_call", "call_id": "c2", "name": "apply_patch", "input": PATCH},
        {"type": "function_call_output", "call_id": "c1", "output": "a.py"},
        {"type": "custom_tool_call_output", "call_id": "c2", "output": "Done"},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "done"}]},
        {
            "type": "message",
            "role": "user",
            "content": [
                {"type": "input_text", "text": "look"},
                {"type": "input_image", "image_url": "data:image/png;base64,AAAA"},
            ],
        },
    ],
}


def test_items_become_messages_and_parts():
    """What the model made in a row is one message, results in a row another; only ids and phases need the wire."""
    prefix = responses.read_request(BODY)
    assert prefix.setup.system == (Text("be brief"),)
    assert prefix.setup.params == {"max_output_tokens": 7}
    assert prefix.setup.tools[0] == Tool("run", schema={"type": "object"})
    assert prefix.setup.tools[1].wire == BODY["tools"][1]
    assert [(m.role, m.form, m.origin) for m in prefix.messages] == [
        ("developer", "blocks", None),
        ("user", "string", None),
        ("assistant", "blocks", "model"),
        ("tool", "blocks", "tool"),
        ("assistant", "blocks", "model"),
        ("user", "blocks", None),
    ]
    assert prefix.messages[2].parts == (
        Reasoning("hm", encrypted="xx", id="rs_1"),
        Text("reading"),
        ToolCall("c1", "run", {"cmd": "ls"}),
        ToolCall("c2", "apply_patch", PATCH),
    )
    assert prefix.messages[3].parts == (ToolResult("c1", (Text("a.py"),)), ToolResult("c2", (Text("Done"),)))
    assert prefix.messages[5].parts == (Text("look"), Image("image/png", "AAAA"))
    assert [m.wire is None for m in prefix.messages] == [True, True, False, True, True, True]


def test_bare_text_is_a_user_message():
    """``input`` as text is one typed message and is written as text again, also after an edit."""
    prefix = responses.read_request({"model": "gpt-x", "input": "go"})
    assert prefix.messages[0].parts == (Text("go"),)
    edited = replace(prefix, messages=(replace(prefix.messages[0], parts=(Text("stop"),)),))
    assert responses.write_request(edited) == ({"model": "gpt-x", "input": "stop"}, ())


def test_an_edited_text_keeps_the_ids_around_it():
    """Only the item whose text was edited is written anew, and its id and phase stay."""
    prefix = responses.read_request(BODY)
    said = prefix.messages[2]
    parts = (said.parts[0], Text("looking"), *said.parts[2:])
    edited = replace(prefix, messages=(*prefix.messages[:2], replace(said, parts=parts), *prefix.messages[3:]))
    written, notes = responses.write_request(edited)
    assert notes == ()
    assert written["input"][3] == {**BODY["input"][3], "content": [{"type": "output_text", "text": "looking"}]}
    assert written["input"][:3] == BODY["input"][:3]
    assert written["input"][4:] == BODY["input"][4:]


def test_arguments_that_do_not_parse_stay_a_function_call():
    """A function call with broken JSON is not mistaken for a call of a free-text tool."""
    call = {"type": "function_call", "call_id": "c1", "name": "run", "arguments": "{broken"}
    message = responses.read_message(call)
    assert message.parts == (ToolCall("c1", "run", "{broken", "{broken"),)
    assert responses.write_message(message) == [call]


def test_calls_of_the_api_s_own_tools_are_calls():
    """A local shell call is a call by its action; a web search, answered by the provider, stays opaque."""
    shell = {"type": "local_shell_call", "call_id": "c1", "action": {"type": "exec", "command": ["ls"]}, "status": "x"}
    search = {"type": "web_search_call", "status": "completed", "action": {"type": "search", "query": "q"}}
    (message,) = responses.read_items([shell, search])
    assert message.parts == (ToolCall("c1", "local_shell", shell["action"]), Opaque("openai-responses", search))
    assert responses.write_message(message) == [shell, search]


def test_a_compaction_stands_by_itself():
    """An item of a kind we do not know is not taken for part of an answer."""
    sealed = {"type": "compaction", "encrypted_content": "xx"}
    said = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "go on"}]}
    messages = responses.read_items([sealed, said])
    assert [m.role for m in messages] == ["user", "assistant"]


@pytest.mark.parametrize(
    "body",
    [{}, {"input": None}, {"input": ["go"]}, {"input": [{"role": "wizard", "content": "x"}]}, {"input": [{"type": 3}]}],
    ids=["no input", "null input", "text in the list", "unknown role", "type that is no text"],
)
def test_what_is_no_request_is_refused(body):
    """JSON without a readable input raises WireError."""
    with pytest.raises(WireError):
        responses.read_request(body)


# --- responses -----------------------------------------------------------------------------------------------


def test_a_response_is_read_with_its_usage():
    """Cached tokens are taken off the input; reasoning tokens are part of the output."""
    usage = {
        "input_tokens": 100,
        "input_tokens_details": {"cached_tokens": 60},
        "output_tokens": 20,
        "output_tokens_details": {"reasoning_tokens": 15},
    }
    answer = responses.read_response(
        {"object": "response", "id": "resp_1", "model": "gpt-x-1", "status": "completed", "output": BODY["input"][2:6]}
        | {"usage": usage, "incomplete_details": None}
    )
    assert (answer.id, answer.model, answer.stop) == ("resp_1", "gpt-x-1", "completed")
    assert answer.usage == Usage(input=40, cache_read=60, output=20, reasoning=15)
    assert answer.parts == responses.read_request(BODY).messages[2].parts


def test_an_incomplete_response_says_why():
    """The reason of an incomplete response is its stop reason."""
    body = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}, "output": []}
    assert responses.read_response(body).stop == "max_output_tokens"


@pytest.mark.parametrize("body", [{}, {"output": "x"}, {"output": [{}]}, {"output": [], "status": "failed"}], ids=str)
def test_what_is_no_response_is_refused(body):
    """JSON without output items, and a failed response, raise WireError."""
    with pytest.raises(WireError):
        responses.read_response(body)


def test_a_log_of_responses_requests_becomes_a_transcript(tmp_path):
    """Requests and answers of this API are one conversation; what the server keeps makes its turn partial."""
    first = {"model": "gpt-x", "instructions": "be brief", "input": [{"role": "user", "content": "go"}]}
    said = {"type": "message", "id": "m1", "role": "assistant", "content": [{"type": "output_text", "text": "hi"}]}
    second = {**first, "input": [*first["input"], said, {"role": "user", "content": "more"}]}
    third = {**first, "previous_response_id": "r2"}
    answer = {"object": "response", "id": "r1", "status": "completed", "output": [said]}
    path = tmp_path / "log.jsonl"
    rows = [
        {"request": first, "response": answer},
        {"request": second, "response": {**answer, "id": "r2", "output": [{**said, "id": "m2"}]}},
        {"request": third, "response": {**answer, "id": "r3", "output": [{**said, "id": "m3"}]}},
        {"request": {"model": "e", "input": "x"}, "response": {}},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert importers.identify(path) == "requests"
    (found,) = importers.read(path)
    turns = [prefixes.prefix(found, turn) for turn in range(3)]
    assert [responses.write_request(turn)[0] for turn in turns] == [first, second, third]
    assert [prefixes.fidelity(found, turn).grade for turn in range(3)] == ["exact", "exact", "partial"]
    assert found.ledger.dropped == {"line that is no request: an `input` that is not for the Responses API": 1}


# --- conversion ----------------------------------------------------------------------------------------------


def test_a_responses_prefix_is_written_for_anthropic():
    """Instructions become the system prompt, a free-text tool gets one argument, reasoning is left out by name."""
    body, notes = anthropic.write_request(responses.read_request(BODY))
    assert body == {
        "model": "gpt-x",
        "max_tokens": 7,
        "system": [{"type": "text", "text": "be brief"}, {"type": "text", "text": "rules"}],
        "tools": [
            {"name": "run", "input_schema": {"type": "object"}},
            {
                "name": "apply_patch",
                "description": "edits",
                "input_schema": {
                    "type": "object",
                    "properties": {"input": {"type": "string"}},
                    "required": ["input"],
                },
            },
        ],
        "messages": [
            {"role": "user", "content": "go"},
            {
                "role": "assistant",
                "content": [
                    {"type": "text", "text": "reading"},
                    {"type": "tool_use", "id": "c1", "name": "run", "input": {"cmd": "ls"}},
                    {"type": "tool_use", "id": "c2", "name": "apply_patch", "input": {"input": PATCH}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "c1", "content": "a.py"},
                    {"type": "tool_result", "tool_use_id": "c2", "content": "Done"},
                ],
            },
            {"role": "assistant", "content": "done"},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "look"},
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}},
                ],
            },
        ],
    }
    assert set(notes) == {
        "converted from openai-responses to anthropic",
        "reasoning left out",
        "free-text tool given the one argument `input`",
        "leading system message moved into the system prompt",
    }


def test_a_chat_prefix_is_written_for_responses():
    """The system prompt becomes instructions; calls and results become items; tools are flat and not strict."""
    chat = {
        "model": "m",
        "max_completion_tokens": 5,
        "tools": [{"type": "function", "function": {"name": "run", "parameters": {"type": "object"}}}],
        "messages": [
            {"role": "system", "content": "be brief"},
            {"role": "user", "content": "go"},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {"id": "c1", "type": "function", "function": {"name": "run", "arguments": '{"cmd": "ls"}'}},
                    {"id": "c2", "type": "function", "function": {"name": "run", "arguments": "{broken"}},
                ],
            },
            {"role": "tool", "tool_call_id": "c1", "content": "a.py"},
            {"role": "tool", "tool_call_id": "c2", "content": "no"},
            {"role": "assistant", "content": "done"},
        ],
    }
    body, notes = responses.write_request(openai_chat.read_request(chat))
    assert body == {
        "model": "m",
        "max_output_tokens": 5,
        "instructions": "be brief",
        "tools": [{"type": "function", "name": "run", "parameters": {"type": "object"}, "strict": False}],
        "input": [
            {"role": "user", "content": "go"},
            {"type": "function_call", "call_id": "c1", "name": "run", "arguments": '{"cmd": "ls"}'},
            {"type": "function_call", "call_id": "c2", "name": "run", "arguments": "{broken"},
            {"type": "function_call_output", "call_id": "c1", "output": "a.py"},
            {"type": "function_call_output", "call_id": "c2", "output": "no"},
            {"role": "assistant", "content": "done"},
        ],
    }
    assert set(notes) == {
        "converted from openai-chat to openai-responses",
        "tool result written as an item of its own (2)",
    }


def test_an_anthropic_prefix_is_written_for_responses():
    """Several system blocks are joined, and that is said."""
    body, notes = responses.write_request(
        anthropic.read_request(
            {
                "model": "m",
                "max_tokens": 5,
                "system": [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}],
                "messages": [
                    {"role": "user", "content": "go"},
                    {
                        "role": "assistant",
                        "content": [{"type": "tool_use", "id": "t1", "name": "run", "input": {"a": 1}}],
                    },
                    {
                        "role": "user",
                        "content": [
                            {"type": "tool_result", "tool_use_id": "t1", "content": "x", "is_error": True},
                            {"type": "text", "text": "hurry"},
                        ],
                    },
                ],
            }
        )
    )
    assert body["instructions"] == "one\n\ntwo"
    assert body["input"] == [
        {"role": "user", "content": "go"},
        {"type": "function_call", "call_id": "t1", "name": "run", "arguments": '{"a":1}'},
        {"type": "function_call_output", "call_id": "t1", "output": "x"},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hurry"}]},
    ]
    assert "system prompt joined from several blocks" in notes
    assert "error flag of a tool result left out" in notes


def test_repair_puts_right_what_the_api_would_refuse():
    """A call without a result goes, and with it reasoning that is empty or has nothing after it."""
    prefix = Prefix(
        Setup(api="openai-responses", model="m", system=(), tools=()),
        (
            Message("user", (Text("go"),), form="string"),
            Message("assistant", (Reasoning(id="rs_1"), Text("a"), Reasoning("hm"), ToolCall("c1", "run", {}))),
            Message("user", (Text("well?"),), form="string"),
        ),
    )
    body, notes = responses.write_request(prefix, repair=True)
    assert body["input"] == [
        {"role": "user", "content": "go"},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "a"}]},
        {"role": "user", "content": "well?"},
    ]
    assert notes == ("tool call without a result left out", "reasoning that cannot be sent back left out (2)")


def test_an_item_with_a_nameless_field_is_read_as_what_it_is():
    """A result that has an object under the empty key is a result."""
    item = {"type": "function_call_output", "call_id": "c1", "output": "x", "": {}}
    (message,) = responses.read_items([item])
    (part,) = message.parts
    assert (type(part), part.call, part.parts) == (ToolResult, "c1", (Text("x"),))
    assert responses.read_items([{"type": "novel_call", "call_id": "c1", "": {}}])
