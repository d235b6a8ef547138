"""Databases as Cursor keeps its conversations in them, made for tests."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

SCHEMA = """
CREATE TABLE ItemTable (key TEXT UNIQUE ON CONFLICT REPLACE, value BLOB);
CREATE TABLE cursorDiskKV (key TEXT UNIQUE ON CONFLICT REPLACE, value BLOB);
"""
ASKED = {"type": 1, "text": "double it", "createdAt": "2025-10-01T10:00:00.000Z"}
READ = {
    "tool": 40,
    "name": "read_file",
    "toolCallId": "toolu_1",
    "modelCallId": "m1",
    "status": "completed",
    "rawArgs": '{"target_file": "app.py"}',
    "params": '{"targetFile": "app.py", "effectiveUri": "file:///home/dev/shop/app.py"}',
    "result": '{"contents": "x = 1\\n", "totalLinesInFile": 2}',
}
EDIT = {
    "tool": 38,
    "name": "edit_file_v2",
    "toolCallId": "toolu_2\nfc_2",
    "modelCallId": "m2",
    "status": "completed",
    "rawArgs": "",
    "params": '{"relativeWorkspacePath": "/home/dev/shop/app.py", "noCodeblock": true}',
    "result": '{"beforeContentId": "composer.content.aa", "afterContentId": "composer.content.bb"}',
}


def tool(former):
    return {"type": 2, "text": "", "capabilityType": 15, "toolFormerData": former}


def conversation(name, *bubbles, **head):
    """The rows of a conversation: its own, and one for each of its messages."""
    rows = {f"bubbleId:{name}:b{at}": json.dumps({"_v": 3, **bubble}) for at, bubble in enumerate(bubbles)}
    headers = [{"bubbleId": f"b{at}", "type": bubble["type"]} for at, bubble in enumerate(bubbles)]
    told = {"_v": 10, "composerId": name, "createdAt": 1759312800000, "fullConversationHeadersOnly": headers, **head}
    return {f"composerData:{name}": json.dumps(told), **rows}


def whole(name="c1", **head):
    """A conversation in which a file is read and edited."""
    bubbles = (
        ASKED,
        {"type": 2, "thinking": {"text": "look first", "signature": "s"}, "modelInfo": {"modelName": "claude-4"}},
        {"type": 2, "text": "I look.", "createdAt": "2025-10-01T10:00:01.000Z"},
        tool(READ),
        tool(EDIT),
        {"type": 2, "text": "Done.", "tokenCount": {"inputTokens": 900, "outputTokens": 20}},
    )
    contents = {"composer.content.aa": "x = 1\n", "composer.content.bb": "x = 2\n"}
    return {**conversation(name, *bubbles, **head), **contents}


def fill(db, rows, table="cursorDiskKV"):
    db.executemany(f"INSERT INTO {table} VALUES (?, ?)", rows.items())
    db.commit()


def made(path: Path, *rows, items=None, schema=SCHEMA):
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as db:
        db.executescript(schema)
        for some in rows:
            fill(db, some)
        fill(db, items or {}, "ItemTable")
    return path
