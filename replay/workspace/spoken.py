"""Calls that models write out in their text, where the agent reads them from there: found, and made calls."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from replay.records import JSON, Part, Text, ToolCall, Transcript
from replay.workspace.dialects import aider, artifacts, fenced
from replay.workspace.enclosed import enclosed

MARK = "speech"
"""The mark of files (``Files.marks``) that says how the session's agent reads calls from text."""
BASH, WINDOWED = "bash-block", "swe-agent"
_FORMAT = re.compile(r"edit format of \S+: (\S+)")
_EDIT_FORMATS = {"whole": aider.WHOLE, "udiff": aider.UDIFF, "udiff-simple": aider.UDIFF}
_FUNCTION = re.compile(r"<function=([\w.-]+)>")
_PARAMETER = re.compile(r"<parameter=([\w.-]+)>")
_TAGS = (
    "write_to_file",
    "replace_in_file",
    "read_file",
    "execute_command",
    "apply_diff",
    "insert_content",
    "search_and_replace",
    "search_replace",
    "edit_file",
)
_TAGGED = re.compile(rf"^[ \t]*<({'|'.join(_TAGS)})>", re.MULTILINE)
_CALLED = re.compile(
    rf"<function=|^(?:[ \t]*<(?:{'|'.join(_TAGS)})>|\*\*\* Begin Patch$|<{{5,9}} SEARCH)", re.MULTILINE
)
_FIELD = re.compile(r"\s*<([a-z_]+)>")
_LONG = frozenset({"content", "diff", "args", "old_string", "new_string"})
_PATCH = re.compile(r"^\*\*\* Begin Patch$", re.MULTILINE)
_EDIT = re.compile(r"edit (\d{1,9}:\d{1,9})\n(.*?)\n?end_of_edit", re.DOTALL)
_WINDOWED_CALL = re.compile(
    r"(open|create|goto|scroll_up|scroll_down|search_dir|search_file|find_file|submit|exit_\w+)\b[ \t]*(.*)", re.DOTALL
)
_INSERT = re.compile(r"insert (\d{1,9})\n(.*?)\n?end_of_insert", re.DOTALL)


def speech(transcript: Transcript) -> str:
    """How the session's agent reads calls from text, where the text alone does not tell; "" where it does."""
    if any(isinstance(part, ToolCall) for message in transcript.messages for part in message.parts):
        return ""
    match transcript.source.agent or transcript.source.format:
        case "aider":
            formats = [_FORMAT.search(note) for note in transcript.ledger.notes]
            named = [_EDIT_FORMATS.get(found[1], "") for found in formats if found]
            return named[-1] if named and len(set(named)) == 1 else ""
        case "mini-swe-agent" | "mini_swe":
            return BASH
        case "SWE-agent" | "swe_agent":
            return WINDOWED
    return ""


def calls(parts: Sequence[Part], speech: str) -> list[tuple[int, ToolCall]]:
    """The calls of a message, each with the index of its part: its tool calls, or else those in its text."""
    native = [(number, part) for number, part in enumerate(parts) if isinstance(part, ToolCall)]
    if native:
        return native
    texts = ((number, part.text) for number, part in enumerate(parts) if isinstance(part, Text))
    return [(number, call) for number, text in texts for call in said(text, speech)]


def said(text: str, speech: str) -> Iterator[ToolCall]:
    """The calls written out in ``text``, in order, without ids: of the first way of writing them that it uses."""
    if made := _artifacts(text):
        yield from made
    elif "<function=" in text:
        for function, body in enclosed(text, _FUNCTION, "</function>"):
            listed = enclosed(body, _PARAMETER, "</parameter>")
            yield ToolCall("", function[1], {one[1]: _parameter(one[1], value) for one, value in listed})
    elif _TAGGED.search(text):
        yield from _tagged(text)
    elif "*** Begin Patch" in text:
        for head, patch in enclosed(text, _PATCH, "\n*** End Patch"):
            yield ToolCall("", "apply_patch", f"{head[0]}{patch}\n*** End Patch")
    elif speech == WINDOWED:
        blocks = [body for _, body, _ in fenced.blocks(text)]
        if blocks:
            yield _windowed(blocks[-1])
    elif speech == BASH or "```mswea_bash_command" in text:
        blocks = [body for info, body, _ in fenced.blocks(text) if info in {"bash", "sh", "mswea_bash_command"}]
        if len(blocks) == 1:
            yield ToolCall("", "bash", {"command": blocks[0].strip("\n")})
    else:
        yield from aider.spoken(text, speech)


def _artifacts(text: str) -> list[ToolCall]:
    """The artifacts of a text, none where it makes a call before: what that writes may speak of them."""
    opened = artifacts.OPENED.search(text)
    if opened is None or _CALLED.search(text, 0, opened.start()):
        return []
    return list(artifacts.spoken(text))


def _parameter(name: str, value: str) -> JSON:
    """Numbers and lists as such; the line breaks that set a text off from its tags do not belong to it."""
    plain = value.strip()
    if name in {"insert_line", "view_range", "start", "end"}:
        try:
            return json.loads(plain)
        except (ValueError, RecursionError):
            return plain
    if name in {"command", "path"}:
        return plain
    return value.removeprefix("\n").removesuffix("\n")


def _tagged(text: str) -> Iterator[ToolCall]:
    at = 0
    while opened := _TAGGED.search(text, at):
        closing = f"</{opened[1]}>"
        end = text.find(f"\n{closing}", opened.end())
        end = end + 1 if end >= 0 else text.find(closing, opened.end())
        if end < 0:
            return
        yield ToolCall("", opened[1], _fields(text[opened.end() : end]))
        at = end + len(closing)


def _fields(body: str) -> dict[str, JSON]:
    made: dict[str, JSON] = {}
    at = 0
    while named := _FIELD.match(body, at):
        closing = f"</{named[1]}>"
        long = named[1] in _LONG
        end = body.rfind(closing) if long else body.find(closing, named.end())
        if end < named.end():
            break
        value = body[named.end() : end]
        made[named[1]] = value.removeprefix("\n").removesuffix("\n") if long else value.strip()
        at = end + len(closing)
    return made


def _windowed(block: str) -> ToolCall:
    command = block.strip("\n")
    if edit := _EDIT.match(command):
        return ToolCall("", "edit", {"line_range": edit[1], "replacement_text": edit[2]})
    if insert := _INSERT.match(command):
        return ToolCall("", "insert", {"line": int(insert[1]), "text": insert[2]})
    if other := _WINDOWED_CALL.fullmatch(command.strip()):
        word = other[2].split()[0].strip("\"'") if other[2].split() else ""
        name = {"open": "path", "create": "filename"}.get(other[1])
        return ToolCall("", other[1], {name: word} if name else {})
    return ToolCall("", "bash", {"command": command})
