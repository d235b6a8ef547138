"""Chat exports: ChatGPT's tree of messages, Claude.ai's list, Cursor's two text forms."""

import json
from collections import Counter

import pytest

from replay import importers, prefix
from replay.importers import ImportFault
from replay.records import Reasoning, Text, ToolCall, ToolResult

# --- ChatGPT -----------------------------------------------------------------------------------------------


def node(key, parent, role, *parts, recipient="all", content=None, **metadata):
    message = {
        "id": key,
        "author": {"role": role, "name": None},
        "create_time": 1_770_000_000.0,
        "content": content or {"content_type": "text", "parts": list(parts)},
        "recipient": recipient,
        "metadata": metadata,
    }
    return {"id": key, "message": message, "parent": parent, "children": []}


def export(path, *nodes, leaf=None):
    mapping = {"root": {"id": "root", "message": None, "parent": None, "children": []}}
    mapping |= {one["id"]: one for one in nodes}
    talk = {
        "title": "t",
        "create_time": 1.0,
        "mapping": mapping,
        "current_node": leaf or nodes[-1]["id"],
        "conversation_id": "c-1",
    }
    path.write_text(json.dumps([talk]))
    return path


def test_the_current_branch_is_read(tmp_path):
    """A regenerated answer on another branch is counted; hidden, empty system messages are too."""
    path = export(
        tmp_path / "conversations.json",
        node("s", "root", "system", ""),
        node("u", "s", "user", "write it"),
        node("old", "u", "assistant", "first try"),
        node("a", "u", "assistant", "```python\nx = 1\n```", model_slug="gpt-5"),
    )
    assert importers.identify(path) == "chatgpt"
    (found,) = importers.read(path)
    assert [(message.role, message.parts[0].text) for message in found.messages] == [
        ("user", "write it"),
        ("assistant", "```python\nx = 1\n```"),
    ]
    assert found.ledger.dropped == {
        "message on another branch": 1,
        "root without a message": 1,
        "empty or hidden message": 1,
    }
    assert (found.messages[1].model, found.messages[0].time) == ("gpt-5", "2026-02-02T02:40:00Z")
    assert (found.source.session, found.fidelity.grade) == ("c-1", "partial")


def test_canvas_edits_are_calls_with_results(tmp_path):
    """A message to a tool is a call, its JSON the arguments; what the tool says is the result."""
    path = export(
        tmp_path / "conversations.json",
        node("u", "root", "user", "write it"),
        node(
            "th",
            "u",
            "assistant",
            content={"content_type": "thoughts", "thoughts": [{"summary": "s", "content": "hm"}]},
        ),
        node(
            "c",
            "th",
            "assistant",
            '{"name": "inv", "type": "code/python", "content": "x = 1"}',
            recipient="canmore.create_textdoc",
        ),
        node("r", "c", "tool", "created"),
        node("recap", "r", "assistant", content={"content_type": "reasoning_recap", "content": "Thought for 2s"}),
        node("a", "recap", "assistant", "there you are"),
    )
    (found,) = importers.read(path)
    assert [message.parts for message in found.messages] == [
        (Text("write it"),),
        (
            Reasoning("hm"),
            ToolCall("c", "canmore.create_textdoc", {"name": "inv", "type": "code/python", "content": "x = 1"}),
        ),
        (ToolResult("c", (Text("created"),)),),
        (Text("there you are"),),
    ]
    assert [turn.prefix for turn in found.turns] == [((0, 1),), ((0, 3),)]
    assert found.ledger.unanswered == 0


def test_a_circle_of_parents_ends(tmp_path):
    """A damaged tree is walked once."""
    nodes = [node("u", "a", "user", "x"), node("a", "u", "assistant", "y")]
    (found,) = importers.read(export(tmp_path / "conversations.json", *nodes))
    assert [message.role for message in found.messages] == ["user", "assistant"]


@pytest.mark.shared
def test_the_collections_chats_agree_with_a_plain_count(shared):
    """All conversations: texts along the current branch, canvas calls and their results, counted by another walk."""
    (path,) = (shared / "transcripts/chatgpt_export").glob("*.json")
    found = importers.read(path)
    talks = json.loads(path.read_text())
    assert len(found) == len(talks)
    for one, talk in zip(found, talks, strict=True):
        roles, here = Counter(), talk["current_node"]
        while here:
            message, here = talk["mapping"][here]["message"], talk["mapping"][here]["parent"]
            if message and any(part.strip() for part in message["content"].get("parts", [])):
                roles[message["author"]["role"], message["recipient"] == "all"] += 1
        parts = Counter(type(part) for message in one.messages for part in message.parts)
        assert parts[ToolCall] == roles["assistant", False]
        assert parts[ToolResult] == roles["tool", True]
        assert parts[Text] == roles["assistant", True] + roles["user", True] + roles["system", True]


# --- Claude.ai ---------------------------------------------------------------------------------------------


def test_a_claude_ai_chat_is_read(tmp_path):
    """Blocks as in the API; what follows a result is an answer of its own; extracted attachments are read."""
    use = {
        "type": "tool_use",
        "name": "artifacts",
        "input": {"command": "create", "content": "x = 1"},
        "start_timestamp": None,
    }
    gave = {"type": "tool_result", "name": "artifacts", "content": [{"type": "text", "text": "OK"}], "is_error": False}
    say = {"type": "text", "text": "Here.", "citations": [], "start_timestamp": "2026-01-01T00:00:00Z"}
    attached = [{"file_name": "a.py", "extracted_content": "y = 2"}]
    talk = {
        "uuid": "c-1",
        "name": "n",
        "chat_messages": [
            {
                "uuid": "m1",
                "sender": "human",
                "text": "write",
                "content": [{"type": "text", "text": "write"}],
                "attachments": attached,
                "created_at": "2026-01-01T00:00:00Z",
            },
            {
                "uuid": "m2",
                "sender": "assistant",
                "text": "",
                "content": [{"type": "thinking", "thinking": "hm"}, use, gave, say],
            },
            {"uuid": "m3", "sender": "human", "text": "thanks", "content": []},
        ],
    }
    path = tmp_path / "conversations.json"
    path.write_text(json.dumps([talk]))
    assert importers.identify(path) == "claude_ai"
    (found,) = importers.read(path)
    call = found.messages[1].parts[1]
    assert [message.parts for message in found.messages] == [
        (Text("a.py:\ny = 2"), Text("write")),
        (Reasoning("hm"), ToolCall(call.id, "artifacts", {"command": "create", "content": "x = 1"})),
        (ToolResult(call.id, (Text("OK"),), is_error=False, form="blocks"),),
        (Text("Here."),),
        (Text("thanks"),),
    ]
    assert len(found.turns) == 2
    assert found.ledger.repaired == 1


# --- Cursor ------------------------------------------------------------------------------------------------


def test_a_cursor_transcript_is_read_for_mining(tmp_path):
    """Rows of a role and texts: every row of the assistant is an answer, the grade says text only."""
    rows = [
        {"role": "user", "message": {"content": [{"type": "text", "text": "<user_query>\nfix\n</user_query>"}]}},
        {"role": "assistant", "message": {"content": [{"type": "text", "text": "Reading."}]}},
        {
            "role": "assistant",
            "message": {
                "content": [
                    {"type": "text", "text": "Done."},
                    {"type": "tool_use", "name": "Shell", "input": {"command": "ls"}},
                ]
            },
        },
        {"role": "assistant", "message": {"content": []}},
    ]
    path = tmp_path / "0a1b.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows) + '{"role": "assis')
    assert importers.identify(path) == "cursor"
    (found,) = importers.read(path)
    assert [message.role for message in found.messages] == ["user", "assistant", "assistant"]
    assert [message.lines for message in found.messages] == [(1, 1), (2, 2), (3, 3)]
    assert [message.parts[0].text for message in prefix.prefix(found, 1).messages][1] == "Reading."
    assert found.messages[2].parts[1].name == "Shell"
    assert (found.ledger.repaired, found.ledger.unanswered) == (1, 1)
    assert found.ledger.dropped == {"row without content": 1, "truncated line": 1}
    assert (found.fidelity.grade, found.source.session) == ("text", "0a1b")


MARKDOWN = """# Fix the parser
_Exported on 5/16/2025 at 11:02:03 GMT+2 from Cursor (0.50.5)_

---

**User**

Fix it. I wrote

**User**

in a comment.

---

**Cursor**

Here:

```python
x = 1
```

---

A rule, and more.

---

**User**

Thanks
"""


def test_a_cursor_chat_as_markdown_is_read(tmp_path):
    """Blocks begin after a rule; the same words elsewhere, and rules by themselves, are content."""
    path = tmp_path / "cursor_chat.md"
    path.write_text(MARKDOWN)
    assert importers.identify(path) == "cursor"
    (found,) = importers.read(path)
    assert [(message.role, message.parts[0].text) for message in found.messages] == [
        ("user", "Fix it. I wrote\n\n**User**\n\nin a comment."),
        ("assistant", "Here:\n\n```python\nx = 1\n```\n\n---\n\nA rule, and more."),
        ("user", "Thanks"),
    ]
    assert found.messages[1].lines[0] == 14
    assert (found.source.version, found.fidelity.grade) == ("0.50.5", "text")


def test_windows_line_ends_do_not_hide_the_blocks(tmp_path):
    """An export saved with carriage returns is the same chat."""
    path = tmp_path / "cursor_chat.md"
    path.write_bytes(MARKDOWN.replace("\n", "\r\n").encode())
    assert [message.role for message in importers.read(path)[0].messages] == ["user", "assistant", "user"]


def test_an_export_without_an_answer_is_a_fault(tmp_path):
    """One sentence names the file."""
    path = tmp_path / "cursor_chat.md"
    path.write_text(MARKDOWN[: MARKDOWN.index("**Cursor**")])
    with pytest.raises(ImportFault, match=r"cursor_chat\.md: holds nothing that the model said"):
        importers.read(path)


def test_an_export_without_blocks_is_a_fault(tmp_path):
    """A head and nothing after it."""
    path = tmp_path / "cursor_chat.md"
    path.write_text(MARKDOWN[: MARKDOWN.index("---")])
    with pytest.raises(ImportFault, match="holds nothing that the model said"):
        importers.read(path)


def test_a_stray_row_does_not_hide_a_cursor_transcript(tmp_path):
    """What is no row of it is counted; the first row says what the file is."""
    path = tmp_path / "c.jsonl"
    rows = [{"role": role, "message": {"content": [{"type": "text", "text": role}]}} for role in ("user", "assistant")]
    path.write_text("".join(json.dumps(row) + "\n" for row in [*rows, {"role": "x"}, {"role": "user", "message": 7}]))
    assert importers.identify(path) == "cursor"
    (found,) = importers.read(path)
    assert (len(found.messages), found.ledger.dropped) == (2, {"row without content": 2})


def test_what_is_no_message_of_a_claude_ai_export_is_counted(tmp_path):
    """Nothing is left out in silence."""
    path = tmp_path / "c.json"
    rows = [{"sender": "human", "text": "q"}, None, {"sender": "assistant", "text": "a"}, 7]
    path.write_text(json.dumps([{"uuid": "u", "chat_messages": rows}]))
    (found,) = importers.read(path)
    assert (len(found.messages), found.ledger.dropped) == (2, {"message that is no object": 2})
