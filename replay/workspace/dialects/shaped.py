"""Tools that nobody listed, of agents that people build themselves: known by what their call says of itself.

A tool that is named for writing a file and given a path and a text writes it; one that is named for editing and given a
path, an old text and a new one replaces it, where it stands in the file once. A call with an argument or a word in its
name that may mean anything else is not claimed, nor is one behind the name of a server, which may write elsewhere.
"""

from __future__ import annotations

import re
from typing import Any

from replay.records import ToolCall, ToolResult
from replay.workspace import calls
from replay.workspace.effects import Effects, Truth
from replay.workspace.files import Files
from replay.workspace.replacing import Replacement, edited

NAME = "shaped"
PATHS = ("path", "file_path", "filePath", "filepath", "file", "filename", "file_name", "target_file")
TEXTS = ("content", "contents", "text", "code", "file_text", "file_content", "new_content", "full_content")
PAIRS = (
    ("old_string", "new_string"),
    ("old_str", "new_str"),
    ("old_text", "new_text"),
    ("oldString", "newString"),
    ("oldText", "newText"),
    ("old_code", "new_code"),
    ("old_content", "new_content"),
    ("old", "new"),
    ("search", "replace"),
    ("find", "replace"),
    ("search_text", "replace_text"),
    ("original", "replacement"),
)
ALL = ("replace_all", "replaceAll", "all", "global")
TALK = frozenset({"description", "explanation", "reason", "instructions", "thought"})
"""Arguments that say why, and change nothing."""

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_WRITING = frozenset({"write", "create", "save", "overwrite"})
_EDITING = frozenset({"edit", "replace", "update", "modify", "patch", "change"})
_FILES = frozenset({"file", "code"})
_AROUND = frozenset(
    [
        "a",
        "an",
        "the",
        "and",
        "or",
        "in",
        "to",
        "new",
        "str",
        "string",
        "text",
        "content",
        "search",
        "find",
        "tool",
        "local",
    ]
)


def claims(call: ToolCall) -> bool:
    """Whether the call says by its name and all of its arguments what it writes."""
    return _told(call) is not None


def _told(call: ToolCall) -> tuple[str, str | Replacement] | None:
    """The path and the text that is written, or what is replaced by what."""
    given = {key: value for key, value in calls.arguments(call).items() if key not in TALK}
    words = {word.lower() for word in _WORD.findall(call.name)}
    paths = [key for key in PATHS if key in given]
    if len(paths) != 1 or "__" in call.name or not words <= _WRITING | _EDITING | _FILES | _AROUND:
        return None
    path = given.pop(paths[0])
    everywhere = next((given.pop(key) for key in ALL if key in given), False)
    if not isinstance(path, str) or not path or everywhere not in (True, False):
        return None
    if words & _EDITING and (pair := _pair(given)) is not None:
        return path, Replacement(*pair, bool(everywhere))
    if words & _WRITING and (words & _FILES or words <= _WRITING) and not everywhere and len(given) == 1:
        ((key, text),) = given.items()
        return (path, text) if key in TEXTS and isinstance(text, str) else None
    return None


def _pair(given: dict[str, Any]) -> tuple[str, str] | None:
    for old, new in PAIRS:
        if given.keys() == {old, new} and isinstance(given[old], str) and isinstance(given[new], str) and given[old]:
            return given[old], given[new]
    return None


def apply(call: ToolCall, files: Files) -> Effects:
    """What such a tool does."""
    told = _told(call)
    assert told is not None, call
    path = files.name(told[0])
    if isinstance(told[1], Replacement):
        return edited(path, files[path], (told[1],), dialect=NAME)
    return (calls.overwritten(path, files[path], told[1], dialect=NAME),)


def observe(call: ToolCall, result: ToolResult, files: Files) -> Effects:
    """The same, unless the answer is an error or begins as one."""
    return calls.observed(apply(call, files), (), result, files, dialect=NAME, failure=calls.FAILURE)


def truths(call: ToolCall, result: ToolResult) -> tuple[Truth, ...]:  # noqa: ARG001 - the protocol's signature
    """None: what these tools record beyond what the model sees is not known."""
    return ()
