"""What a transcript does not hold is inferred from what it does hold, and says so."""

from replay import supply
from replay.records import Fidelity, Message, Prefix, Setup, Source, Text, Tool, ToolCall, Transcript


def transcript(*calls: ToolCall) -> Transcript:
    message = Message("assistant", calls)
    return Transcript("t", Source("claude_code", "a.jsonl"), (Setup(),), (message,), (), Fidelity("partial"))


def test_a_schema_is_the_union_of_what_was_seen() -> None:
    """Two calls of one tool: a property of both is required, one of a single call is not, types unite."""
    log = transcript(
        ToolCall("1", "Read", {"file_path": "a.py", "limit": 5}),
        ToolCall("2", "Read", {"file_path": "b.py", "limit": "all"}),
        ToolCall("3", "Read", {"file_path": "c.py"}),
    )
    (tool,) = supply.infer_tools(log)
    assert tool.name == "Read"
    assert tool.schema == {
        "type": "object",
        "properties": {"file_path": {"type": "string"}, "limit": {"type": ["integer", "string"]}},
        "required": ["file_path"],
    }


def test_tools_of_the_source_are_left_alone() -> None:
    """A prefix that has tool definitions, or is known to have none, gets no others."""
    log = transcript(ToolCall("1", "Read", {"file_path": "a.py"}))
    for tools in ((), (Tool("Grep"),)):
        given = Prefix(Setup(tools=tools), (Message("user", (Text("hi"),)),))
        assert supply.supplied(given, log) == given


def test_what_was_inferred_is_no_longer_missing() -> None:
    """The fidelity of a case names the tool schemas as inferred where they were."""
    grade = Fidelity("partial", missing=("system prompt", "tool schemas"))
    log = transcript(ToolCall("1", "Read", {"file_path": "a.py"}))
    assert supply.fidelity(grade, log) == Fidelity("partial", inferred=("tool schemas",), missing=("system prompt",))
    assert supply.fidelity(grade, transcript()) == grade


def test_free_text_arguments_have_no_schema() -> None:
    """A tool that takes free text, such as a patch, is not given a made-up object schema."""
    assert supply.infer_tools(transcript(ToolCall("1", "apply_patch", "*** Begin Patch"))) == ()
