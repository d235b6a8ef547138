"""Cursor's storage: conversations as its databases hold them, also while they are written, damaged or another's."""

import contextlib
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from cursor_rows import ASKED, EDIT, READ, SCHEMA, conversation, fill, made, tool, whole
from imported import PAGE, damaged

from replay import importers, spill
from replay.errors import UserError
from replay.importers import sqlite
from replay.importers.cursor import database
from replay.library import Library
from replay.records import Reasoning, Text, ToolCall, ToolResult, Usage
from replay.scale import sources


@pytest.fixture
def path(tmp_path: Path):
    return tmp_path / "User" / "globalStorage" / "state.vscdb"


def only(path, *rows):
    """The only transcript of a database of ``rows``."""
    (one,) = importers.read(made(path, *rows))
    return one


# --- a conversation ------------------------------------------------------------------------------------------


def test_a_conversation_is_told_in_the_order_of_its_headers(path):
    """Thoughts, texts and calls up to a result are one answer; the results come after it, each by its call."""
    one = only(path, whole())
    assert importers.identify(path) == "cursor"
    parts = [(message.role, message.parts) for message in one.messages]
    record = {"status": "completed", "result": {"totalLinesInFile": 2}, "params": json.loads(READ["params"])}
    ids = json.loads(EDIT["result"])
    kept = {"status": "completed", "result": ids, "before": "x = 1\n", "after": "x = 2\n"}
    assert parts == [
        ("user", (Text("double it"),)),
        (
            "assistant",
            (
                Reasoning("look first", signature="s"),
                Text("I look."),
                ToolCall("toolu_1", "read_file", {"target_file": "app.py"}),
            ),
        ),
        ("tool", (ToolResult("toolu_1", (Text("x = 1\n"),), detail=record),)),
        ("assistant", (ToolCall("toolu_2", "edit_file_v2", json.loads(EDIT["params"])),)),
        ("tool", (ToolResult("toolu_2", (Text(EDIT["result"]),), detail=kept),)),
        ("assistant", (Text("Done."),)),
    ]
    assert [turn.message for turn in one.turns] == [1, 3, 5]
    assert one.messages[0].time == ASKED["createdAt"]
    assert {message.model for message in one.messages if message.role == "assistant"} == {"claude-4"}
    assert one.messages[5].usage == Usage(input=900, output=20)
    assert (one.source.session, one.source.agent) == ("c1", "Cursor")
    assert one.fidelity.grade == "partial"
    assert one.fidelity.missing == ("system prompt", "tool schemas", "attachment text")
    assert one.fidelity.inferred == ("request boundaries", "tool arguments", "tool results")
    assert one.ledger.dropped == {}


def test_calls_of_one_answer_share_the_id_of_the_models_call(path):
    """Two calls with one `modelCallId` were made at once; without it each is an answer of its own."""
    calls = [
        tool({**READ, "toolCallId": f"t{at}", "modelCallId": group}) for at, group in enumerate(("m", "m", "", ""))
    ]
    one = only(path, conversation("c1", ASKED, *calls))
    assert [len(message.parts) for message in one.messages if message.role == "assistant"] == [2, 1, 1]


@pytest.mark.parametrize(
    ("changed", "text", "error", "facts"),
    [
        ({"userDecision": "rejected"}, "x = 1\n", True, {"rejected": True}),
        ({"status": "cancelled", "result": None}, None, True, {"rejected": True}),
        (
            {"status": "error", "result": "", "error": '{"modelVisibleErrorMessage": "no such file"}'},
            "no such file",
            True,
            {},
        ),
        (
            {"name": "run_terminal_cmd", "status": "cancelled", "result": '{"output": "1"}'},
            "1",
            True,
            {"interrupted": True},
        ),
        ({"name": "run_terminal_cmd", "result": '{"output": "", "rejected": true}'}, "", True, {"rejected": True}),
        ({"result": '{"diff": {"chunks": []}, "resultForModel": "edited"}'}, "edited", None, {}),
        ({"result": '{"directories": []}'}, '{"directories": []}', None, {}),
        ({"result": {"contents": "x"}, "rawArgs": {"target_file": "app.py"}}, "x", None, {}),
    ],
    ids=["rejected", "cancelled", "error", "stopped", "not run", "as the model saw it", "the record", "no strings"],
)
def test_what_became_of_a_call_is_kept(path, changed, text, error, facts):
    """A refused call failed and its record says so; the text is the model's own where it is told."""
    one = only(path, conversation("c1", ASKED, tool({**READ, **changed})))
    (result,) = one.messages[2].parts
    assert [part.text for part in result.parts] == ([] if text is None else [text])
    assert result.is_error is error
    assert {key: result.detail.get(key) for key in ("rejected", "interrupted") if key in result.detail} == facts


def test_a_call_that_waits_is_unanswered(path):
    """A tool that was running when the database was read has no result."""
    one = only(path, conversation("c1", ASKED, tool({**READ, "status": "loading", "result": None})))
    assert one.ledger.unanswered == 1


def test_free_text_arguments_stay_as_the_model_wrote_them(path):
    """A patch is no JSON; arguments that were cut off are not either."""
    one = only(path, conversation("c1", ASKED, tool({**READ, "name": "apply_patch", "rawArgs": "*** Begin Patch"})))
    assert one.messages[1].parts[0].arguments == "*** Begin Patch"


def test_older_conversations_hold_their_messages(path):
    """Before 2025 they stood in the row of the conversation, in order."""
    rows = {"composerData:c0": json.dumps({"conversation": [ASKED, {"type": 2, "text": "Done.", "bubbleId": "b"}]})}
    one = only(path, rows)
    assert [message.role for message in one.messages] == ["user", "assistant"]


def test_who_speaks_may_stand_in_the_headers_alone(path):
    """A message without its type has that of the list it stands in."""
    rows = conversation("c1", ASKED, {"type": 2, "text": "Done."})
    rows["bubbleId:c1:b1"] = json.dumps({"text": "Done."})
    assert [message.role for message in only(path, rows).messages] == ["user", "assistant"]


def test_rich_text_is_read_where_there_is_no_other(path):
    """Lexical's JSON: a line for each paragraph."""
    paragraphs = [{"type": "paragraph", "children": [{"type": "text", "text": word}]} for word in ("one", "two")]
    rich = json.dumps({"root": {"type": "root", "children": paragraphs}})
    one = only(path, conversation("c1", {"type": 1, "text": "", "richText": rich}))
    assert one.messages[0].parts == (Text("one\ntwo"),)


def test_the_model_that_cursor_chose_is_not_told(path):
    """A conversation names the model of its messages; `default` stands for one that Cursor picks."""
    rows = [
        conversation(name, {"type": 2, "text": "a"}, modelConfig={"modelName": name}) for name in ("default", "gpt-5")
    ]
    assert [one.messages[0].model for one in importers.read(made(path, *rows))] == [None, "gpt-5"]


def test_a_summary_makes_later_prefixes_uncertain(path):
    """The marker of `/summarize` says that what came before was replaced by a text that is not in the file."""
    one = only(path, conversation("c1", ASKED, {"type": 2, "text": "", "capabilityType": 22}, {"type": 2, "text": "a"}))
    assert "summary of earlier messages" in one.fidelity.missing
    assert one.ledger.notes


@pytest.mark.parametrize(
    "head",
    [
        {"forkedFromComposerId": "c0"},
        {"subagentInfo": {"parentComposerId": "c0"}},
    ],
    ids=["a fork", "a sub-agent"],
)
def test_where_a_conversation_comes_from_is_known(path, head):
    """A fork and a sub-agent's conversation name the one they come from."""
    assert only(path, whole(**head)).source.parent == "c0"


def test_a_conversation_names_those_of_its_sub_agents(path):
    """The list stands in the conversation that started them; conversations come in the order they began."""
    rows = whole("c2", subagentComposerIds=["c1"], createdAt=1), whole("c1", createdAt=2)
    assert [(one.source.session, one.source.parent) for one in importers.read(made(path, *rows))] == [
        ("c2", None),
        ("c1", "c2"),
    ]


# --- the folder ----------------------------------------------------------------------------------------------


def workspace(path, name, folder, **items):
    """The storage of a workspace beside the global database ``path``."""
    place = path.parents[1] / "workspaceStorage" / name
    rows = {key: json.dumps(value) for key, value in items.items()}
    file = made(place / "state.vscdb", items=rows)
    (place / "workspace.json").write_text(json.dumps({"folder": folder}))
    return file


@pytest.mark.parametrize(
    ("identifier", "cwd"),
    [
        ({"id": "w9", "uri": {"fsPath": "/home/dev/shop", "external": "file:///x"}}, "/home/dev/shop"),
        ({"id": "w9", "uri": {"external": "file:///c%3A/dev/my%20shop"}}, "c:\\dev\\my shop"),
        ({"id": "w1"}, "/srv/one"),
        ({"id": "../w1"}, "/srv/two"),
        (None, "/srv/two"),
    ],
    ids=["its path", "its URI", "its workspace", "no name of a workspace", "listed by a workspace"],
)
def test_the_folder_is_that_of_the_workspace(path, identifier, cwd):
    """The conversation tells it, or the database of a workspace that lists it, where that lies beside its own."""
    workspace(path, "w1", "file:///srv/one")
    workspace(
        path,
        "w2",
        "vscode-remote://ssh-remote%2Bhost/srv/two",
        **{"composer.composerData": {"allComposers": [{"composerId": "c1"}]}},
    )
    assert only(path, whole(workspaceIdentifier=identifier)).source.cwd == cwd


CHAT_KEY = "workbench.panel.aichat.view.aichat.chatdata"
CHATS = {
    "tabs": [
        {
            "tabId": "t1",
            "bubbles": [{"type": "user", "text": "hi"}, {"type": "ai", "rawText": "Hello.", "modelType": "gpt-4"}],
        }
    ]
}


def test_the_chats_of_2024_are_read(path):
    """They stand in the database of the workspace, under one key."""
    file = workspace(path, "w1", "file:///srv/one")
    with closing(sqlite3.connect(file)) as db:
        fill(db, {CHAT_KEY: json.dumps(CHATS)}, "ItemTable")
    (one,) = importers.read(file)
    assert [message.parts for message in one.messages] == [(Text("hi"),), (Text("Hello."),)]
    assert (one.source.session, one.source.cwd, one.messages[1].model) == ("t1", "/srv/one", "gpt-4")


# --- a database that is written, damaged or another's --------------------------------------------------------


def test_what_is_only_in_the_write_ahead_log_is_read_and_nothing_is_changed(path):
    """What Cursor has just written is in `state.vscdb-wal`; the file itself need hold no table yet."""
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript(SCHEMA)
        fill(db, whole())
        before = path.read_bytes(), next(sources.find([str(path)]))
        (one,) = importers.read(path)
        fill(db, whole("c2"))
        assert path.read_bytes() == before[0]
        assert next(sources.find([str(path)])) != before[1]
        assert len(importers.read(path)) == 2
        alone = shutil.copy(path, path.parents[2] / "state.vscdb")
    assert importers.read(path)[0].id == one.id
    with pytest.raises(UserError, match=r"its `-wal` file has to lie beside it"):
        importers.read(Path(alone))


def test_reading_leaves_no_file_beside_it(path):
    """A database that is not open elsewhere is read as it lies."""
    made(path, whole())
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
    importers.read(path)
    assert [file.name for file in path.parent.iterdir()] == ["state.vscdb"]


def test_other_databases_are_not_taken(tmp_path):
    """A database without Cursor's table and its name is another's."""
    assert (
        importers.identify(
            made(tmp_path / "notes.db", schema="CREATE TABLE ItemTable (key TEXT UNIQUE, value)", items={})
        )
        is None
    )
    made(tmp_path / "copy.db", whole())
    assert importers.identify(tmp_path / "copy.db") == "cursor"


@pytest.mark.parametrize(
    ("schema", "sentence"),
    [
        ("CREATE TABLE notes (id); CREATE TABLE ItemTable2 (key, value)", "no Cursor's"),
        ("CREATE TABLE cursorDiskKV (id TEXT UNIQUE)", "no Cursor's"),
        ("CREATE TABLE rows (key TEXT UNIQUE, value); CREATE VIEW cursorDiskKV AS SELECT * FROM rows", "no Cursor's"),
        ("CREATE TABLE cursorDiskKV (key TEXT, value BLOB)", "lost its indexes"),
        (SCHEMA, "keeps no conversation"),
    ],
    ids=["other tables", "other columns", "a view, which can run without end", "no index", "nothing in it"],
)
def test_a_database_without_a_conversation_is_told(path, schema, sentence):
    """What has the name and no conversation of Cursor is told in a sentence."""
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as db:
        db.executescript(schema)
    with pytest.raises(UserError, match=sentence):
        importers.read(path)


def test_rows_of_odd_shapes_are_counted(path):
    """Rows that are no JSON, are missing, listed twice, or left over lose no more than themselves."""
    rows = whole()
    head = json.loads(rows["composerData:c1"])
    head["fullConversationHeadersOnly"] += [{"bubbleId": "b0"}, {"bubbleId": 7}, 9, {"bubbleId": "gone"}, "odd"]
    odd = {
        "type": [1],
        "text": {},
        "toolFormerData": 3,
        "createdAt": {},
        "modelInfo": "x",
        "tokenCount": [],
        "thinking": 1,
    }
    rows |= {
        "composerData:c1": json.dumps(head),
        "bubbleId:c1:odd": json.dumps(odd),
        "bubbleId:c1:b2": b"\xff\xfe\x00",
        "bubbleId:c1:left": "{}",
        "composerData:c2": "null",
        "composerData:": "[" * 50_000,
    }
    one = only(path, rows)
    assert one.ledger.dropped == {
        "conversation that is no JSON": 2,
        "message that is no JSON": 1,
        "message that is no part of the conversation any more": 1,
        "message listed twice": 1,
        "message listed without an id": 2,
        "message that is not in the file": 1,
        "message of an unknown kind": 1,
    }
    assert [turn.message for turn in one.turns] == [1, 3, 5]


def test_messages_of_odd_shapes_are_counted(path):
    """Whatever stands where a message has its fields, the conversation is read."""
    odd = [
        {
            "type": kind,
            "text": value,
            "richText": value,
            "thinking": value,
            "allThinkingBlocks": [value],
            "toolFormerData": {
                "name": "x",
                "rawArgs": value,
                "params": value,
                "result": value,
                "status": value,
                "toolCallId": value,
                "modelCallId": value,
                "error": value,
                "userDecision": value,
            },
            "createdAt": value,
            "context": value,
            "modelInfo": value,
            "tokenCount": value,
        }
        for kind in (1, 2)
        for value in (7, -1.5e300, True, [], {}, [[]], {"text": {}}, "{", "[1]", None)
    ]
    one = only(path, conversation("c1", ASKED, *odd))
    assert len(one.turns) == 10


def test_huge_values_are_left_out(path, monkeypatch):
    """A message or a file beyond the limits is counted, and the rest is read."""
    monkeypatch.setattr(sqlite, "LARGEST", 100_000)
    monkeypatch.setattr(database, "CONTENT", 1000)
    rows = whole() | {
        "bubbleId:c1:b2": json.dumps({"type": 2, "text": "x" * 200_000}),
        "composer.content.aa": "x" * 2000,
    }
    one = only(path, rows)
    assert one.ledger.dropped == {"message larger than 256 MiB": 1, "file of an edit that is too large": 1}
    assert "before" not in one.messages[4].parts[0].detail


def test_damaged_pages_end_in_a_sentence_or_a_count(path):
    """Whichever page was overwritten, the rest is read and the loss counted, or the file is refused."""
    made(path, *(whole(f"c{number:03}") for number in range(30)))
    pages = path.stat().st_size / PAGE
    tried = [found for found in damaged(path) if found]
    read = [found for found in tried if not isinstance(found, str)]
    assert read
    assert len(tried) == pages


def test_a_damaged_schema_that_is_no_text_ends_in_a_sentence(path):
    """SQLite quotes what it cannot read; found by fuzzing."""
    made(path, whole())
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE ItemTable", b"CREATE \xe1\xe1\xe1\xe1\xe1 ItemTable"))
    with pytest.raises(UserError, match="damaged"):
        importers.read(path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_cut_off_database_is_refused_or_read_in_part(path, share):
    """Cut anywhere, the file ends in a sentence or in what is left of it."""
    made(path, *(whole(f"c{number:03}") for number in range(30)))
    pages = path.read_bytes()
    path.write_bytes(pages[: int(len(pages) * share)])
    with contextlib.suppress(UserError):
        assert len(importers.read(path)) <= 30


def test_a_folder_of_the_editor_gives_its_databases_and_what_extensions_keep(path):
    """Settings, local history, backups and databases without a conversation are passed over, Cline's tasks are not."""
    made(path, whole())
    workspace(path, "w1", "file:///srv/one")
    chats = workspace(path, "w2", "file:///srv/two", **{CHAT_KEY: CHATS})
    user = path.parents[1]
    task = path.parent / "saoudrizwan.claude-dev" / "tasks" / "1" / "api_conversation_history.json"
    for other in (
        user / "settings.json",
        user / "History" / "1" / "a.py",
        path.parent / "storage.json",
        path.parent / "state.vscdb.backup",
        path.parent / "anysphere.cursor-mcp" / "log.json",
        task,
    ):
        other.parent.mkdir(parents=True, exist_ok=True)
        other.write_text("{}")
    assert set(importers.find([user])) == {path, chats, task}
    assert list(importers.find([user / "settings.json"])) == [user / "settings.json"]


def test_what_somebody_put_beside_a_database_is_looked_at(tmp_path):
    """Only the editor's own folders have files of no concern."""
    files = {made(tmp_path / "logs" / "state.vscdb", whole()), tmp_path / "logs" / "session.jsonl"}
    (tmp_path / "logs" / "session.jsonl").write_text("{}")
    assert set(importers.find([tmp_path])) == files


def test_many_conversations_are_held_in_one_file(path, monkeypatch):
    """Beyond the limit for the whole database their messages lie in a file that they share, and read the same."""
    made(path, *(whole(f"c{number:03}") for number in range(20)))
    held = [list(one.messages) for one in importers.read(path)]
    monkeypatch.setenv(spill.VARIABLE, "0.005")
    opened = []
    heap = spill.Heap
    monkeypatch.setattr(spill, "Heap", lambda: opened.append(1) or heap())
    spilled = importers.read(path)
    assert [list(one.messages) for one in spilled] == held
    assert isinstance(spilled[-1].messages, spill.Pool)
    assert len(opened) == 1


def test_a_grown_conversation_takes_the_place_of_its_shorter_self(path, tmp_path):
    """Importing the database again adds what came since."""
    rows = whole()
    head = json.loads(rows["composerData:c1"])
    short = head | {"fullConversationHeadersOnly": head["fullConversationHeadersOnly"][:4]}
    made(path, rows | {"composerData:c1": json.dumps(short)})
    library = Library(tmp_path / "kept")
    statuses = [library.bring(path).status]
    with closing(sqlite3.connect(path)) as db:
        fill(db, {"composerData:c1": json.dumps(head)})
    statuses += [library.bring(path).status, library.bring(path).status]
    assert statuses == ["new", "grown", "unchanged"]


def test_logins_are_not_read(path):
    """Keys beside the conversations are of no concern, nor are the keys that a conversation is encrypted with."""
    one = only(path, whole(blobEncryptionKey="SECRET"), {"cursorAuth/accessToken": "SECRET", "secret://x": "SECRET"})
    assert "SECRET" not in repr(one)
