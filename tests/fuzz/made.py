"""Good files of formats that no collection may have, made up."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

import cursor_rows

_PATH = "/w/shop/pay.py"
_URI = {"$mid": 1, "fsPath": _PATH, "path": _PATH, "scheme": "file"}


def _result(text: str) -> dict[str, Any]:
    tree = {"type": 1, "ctor": 2, "children": [{"type": 2, "text": text, "lineBreakBefore": False}]}
    return {"$mid": 20, "content": [{"$mid": 23, "value": {"node": tree}}]}


def _round(number: int, text: str, *calls: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    made = [
        {"id": f"call_{number}_{at}__vscode-1", "name": name, "arguments": json.dumps(arguments)}
        for at, (name, arguments) in enumerate(calls)
    ]
    thinking = {"id": "t", "text": ["so"], "encrypted": "AAAA"}
    return {"id": f"round-{number}", "response": text, "toolCalls": made, "toolInputRetry": 0, "thinking": thinking}


def _edit(text: str, *place: int) -> dict[str, Any]:
    names = ("startLineNumber", "startColumn", "endLineNumber", "endColumn")
    group = [{"text": text, "range": dict(zip(names, place, strict=True))}]
    return {"kind": "textEditGroup", "uri": _URI, "edits": [group, []], "done": True}


def chat() -> dict[str, Any]:
    """A chat of VS Code: an answer with rounds and a summary, one without, a sub-agent."""
    rounds = [
        _round(1, "I read.", ("read_file", {"filePath": _PATH, "startLine": 1, "endLine": 9})),
        _round(
            2,
            "I edit.",
            ("replace_string_in_file", {"filePath": _PATH, "oldString": "x = 1", "newString": "x = 2"}),
            ("run_in_terminal", {"command": "pytest -q", "isBackground": False}),
            ("runSubagent", {"prompt": "look"}),
        ),
        _round(3, "Done."),
    ]
    gave = {
        "call_1_0__vscode-1": _result("```python\nx = 1\n\n```"),
        "call_2_0__vscode-1": _result(f"The following files were successfully edited:\n{_PATH}\n"),
        "call_2_1__vscode-1": {"content": [{"$mid": 21, "value": "1 passed"}]},
        "call_2_2__vscode-1": _result("found"),
    }
    agent = {"kind": "subagent", "prompt": "look", "agentName": "Explore", "result": "found"}
    line = {"kind": "terminal", "commandLine": {"original": "ls"}, "terminalCommandOutput": {"text": "pay.py"}}
    shown: list[dict[str, Any]] = [
        {"kind": "toolInvocationSerialized", "toolId": "runSubagent", "toolCallId": "u1", "toolSpecificData": agent},
        {
            "kind": "toolInvocationSerialized",
            "toolId": "run_in_terminal",
            "toolCallId": "u2",
            "subAgentInvocationId": "u1",
            "toolSpecificData": line,
        },
    ]
    bare: list[dict[str, Any]] = [
        {"kind": "thinking", "value": "hm"},
        {"value": "See "},
        {"kind": "inlineReference", "inlineReference": _URI},
        {"kind": "toolInvocationSerialized", "toolId": "copilot_readFile", "toolCallId": "u3"},
        {"value": "\n```\n"},
        {"kind": "codeblockUri", "uri": _URI, "isEdit": True},
        _edit("x = 3", 1, 1, 1, 6),
        {"value": "\n```\n"},
        {"value": "So it is."},
    ]
    sent = [{"type": 1, "text": "<userRequest>\nfix it\n</userRequest>"}, {"type": 3, "cacheType": "ephemeral"}]
    world = [{"type": 1, "text": "I am working in a workspace with the following folders:\n- /w/shop\n"}]
    about = {
        "renderedUserMessage": sent,
        "renderedGlobalContext": world,
        "toolCallRounds": rounds,
        "toolCallResults": gave,
        "summary": {"toolCallRoundId": "round-1", "text": "so far"},
    }
    asked: list[dict[str, Any]] = [
        {"requestId": "q1", "message": {"text": "fix it"}, "response": shown, "result": {"metadata": about}},
        {"requestId": "q2", "message": {"text": "again"}, "response": bare, "result": {}},
    ]
    for one in asked:
        one |= {"timestamp": 1759845101282, "modelId": "copilot/gpt-5", "variableData": {"variables": []}}
    return {"version": 3, "responderUsername": "GitHub Copilot", "sessionId": "s", "requests": asked}


def database() -> bytes:
    """Cursor's storage: edits, told by chunks and by files, a read, a command, a fork, an older conversation."""
    chunk = {"diffString": "  a\n- b\n+ X\n  ", "oldStart": 1, "oldLines": 3, "newStart": 1, "newLines": 3}
    done = {"status": "completed", "modelCallId": "m3"}
    calls = [
        {"name": "search_replace", "rawArgs": {"file_path": _PATH, "old_string": "b", "new_string": "X"}},
        {"name": "write", "rawArgs": {"file_path": _PATH, "contents": "a\nX\n"}},
        {"name": "edit_file", "rawArgs": {"target_file": "pay.py", "code_edit": "X", "instructions": "do"}},
        {"name": "run_terminal_cmd", "rawArgs": {"command": "cat pay.py > b.py", "is_background": False}},
        {"name": "delete_file", "rawArgs": {"target_file": _PATH}},
    ]
    results: list[dict[str, Any]] = [{"diff": {"chunks": [chunk]}, "isApplied": True} for _ in range(3)]
    results += [{"output": "a", "exitCodeV2": 0, "notInterrupted": True}, {"fileDeletedSuccessfully": True}]
    former = [
        {
            **done,
            "toolCallId": f"t{at}",
            "name": call["name"],
            "rawArgs": json.dumps(call["rawArgs"]),
            "result": json.dumps(result),
        }
        for at, (call, result) in enumerate(zip(calls, results, strict=True))
    ]
    bubbles = [cursor_rows.ASKED, *map(cursor_rows.tool, former)]
    older = {"conversation": [cursor_rows.ASKED, {"type": 2, "text": "Done."}], "subComposerIds": ["c1"]}
    tab = {"tabId": "t", "bubbles": [{"type": "user", "text": "hi"}, {"type": "ai", "rawText": "Hello."}]}
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(cursor_rows.SCHEMA)
        cursor_rows.fill(db, cursor_rows.whole(workspaceIdentifier={"id": "w", "uri": {"fsPath": "/w/shop"}}))
        cursor_rows.fill(db, cursor_rows.conversation("c2", *bubbles, forkedFromComposerId="c1"))
        cursor_rows.fill(db, {"composerData:c3": json.dumps(older)})
        chats = {"workbench.panel.aichat.view.aichat.chatdata": json.dumps({"tabs": [tab]})}
        cursor_rows.fill(db, chats, "ItemTable")
        return db.serialize()


def prompts() -> dict[str, Any]:
    """A log of two prompts, the second of which shows what was answered to the first."""
    tools = [{"type": "function", "function": {"name": "read_file", "parameters": {"type": "object"}}}]
    called = {"id": "c1", "type": "function", "function": {"name": "read_file", "arguments": '{"filePath":"/w/a.py"}'}}
    thought = {"type": 2, "value": {"type": "thinking", "thinking": {"id": "t", "text": "hm"}}}
    first = [
        {"role": 0, "content": [{"type": 1, "text": "You are Copilot."}]},
        {"role": 1, "content": [{"type": 1, "text": "go"}, {"type": 3, "cacheType": "ephemeral"}]},
    ]
    second = [
        *first,
        {"role": 2, "content": [thought, {"type": 1, "text": "I look."}], "toolCalls": [called]},
        {"role": 3, "content": [{"type": 1, "text": "x = 1"}], "toolCallId": "c1"},
    ]
    logs: list[dict[str, Any]] = [
        {
            "id": str(number),
            "kind": "request",
            "metadata": {"model": "gpt-5", "startTime": "2026-01-01T00:00:00Z", "tools": tools},
            "requestMessages": {"messages": messages},
            "response": {"type": "success", "message": ["I look."]},
        }
        for number, messages in enumerate((first, second))
    ]
    logs.append({"id": "c2", "kind": "toolCall", "tool": "read_file", "args": '{"filePath":"/w/b.py"}'})
    told = [{"prompt": "go", "promptId": "p", "logCount": len(logs), "logs": logs}]
    return {"exportedAt": "2026-01-01T00:00:00Z", "totalPrompts": 1, "prompts": told}


def files() -> dict[str, bytes]:
    """The files by name."""
    whole = chat()
    first, second = whole["requests"]
    begun = {**first, "response": [], "result": None}
    shown = second.pop("response")
    rows = [
        {"kind": 0, "v": {**whole, "requests": [begun]}},
        {"kind": 2, "k": ["requests", 0, "response"], "v": first["response"]},
        {"kind": 2, "k": ["requests", 0, "response"], "v": first["response"][1:], "i": 1},
        {"kind": 1, "k": ["requests", 0, "result"], "v": first["result"]},
        {"kind": 2, "k": ["requests"], "v": [second]},
        {"kind": 2, "k": ["requests", 1, "response"], "v": shown},
        {"kind": 3, "k": ["requests", 1, "variableData"]},
    ]
    return {
        "state.vscdb": database(),
        "copilot.chatreplay.json": json.dumps(prompts()).encode(),
        "copilot-chat.json": json.dumps(chat()).encode(),
        "copilot-chat.jsonl": b"".join(json.dumps(row).encode() + b"\n" for row in rows),
    }
