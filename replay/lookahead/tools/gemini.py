"""Gemini CLI's ``read_file``: the text itself, with a notice in front where only a range is shown."""

from __future__ import annotations

import re

from replay.lookahead.ground import Ground
from replay.lookahead.replies import Answer, Reply
from replay.lookahead.stretch import Hidden, of_state
from replay.lookahead.tools import asked
from replay.records import ToolCall
from replay.workspace import calls
from replay.workspace.effects import seen_text
from replay.workspace.files import Partial, State

_LINES = 2000
_NOTICE = re.compile(
    r"(\nIMPORTANT: The file content has been truncated\.\nStatus: Showing lines )\d+-\d+( of )\d+"
    r"( total lines\.\n.*?use start_line: )\d+(\.\n+--- FILE CONTENT \(truncated\) ---\n)",
    re.DOTALL,
)


def claims(call: ToolCall, ground: Ground) -> bool:  # noqa: ARG001 - the families' signature
    """Whether the call reads a file in Gemini CLI's way."""
    return call.name == "read_file" and calls.text(call, "file_path", "absolute_path") is not None


def answer(call: ToolCall, ground: Ground) -> Answer:
    """The text asked for, with the notice of the session's other answers."""
    return asked.of_file(call, ground, _read, "file_path", "absolute_path")


def _read(path: str, call: ToolCall, ground: Ground) -> Reply:
    given = calls.arguments(call)
    state = ground.files[path]
    lines = of_state(state).split()
    total = _total(state, len(lines.lines), is_open=lines.open)
    if {"offset", "limit"} & given.keys():
        raise Hidden("a range as older versions count it")
    if not {"start_line", "end_line"} & given.keys():
        text = of_state(state).text()
        if total > _LINES or any(len(line) >= _LINES for line in lines.known()):
            raise Hidden(asked.TOO_MUCH)
        return Reply(text)
    first, last = asked.count(given, "start_line", 1), asked.count(given, "end_line", total)
    if first > last:
        raise Hidden(asked.REFUSED)
    last = min(last, total, first + _LINES - 1)
    notice = next((found for _, one in ground.shown("read_file") if (found := _NOTICE.match(seen_text(one)))), None)
    if notice is None or (first == 1 and last == total):
        raise Hidden("no answer of this tool in the session shows how it shows a range")
    shown = lines.cut(first, last).known()
    if any(len(line) >= _LINES for line in shown):
        raise Hidden(asked.TOO_MUCH)
    told = f"{notice[1]}{first}-{last}{notice[2]}{total}{notice[3]}{last + 1}{notice[4]}"
    return Reply(told + "\n".join(shown))


def _total(state: State, count: int, *, is_open: bool) -> int:
    if isinstance(state, Partial) and state.lines is not None:
        return state.lines
    if is_open:
        raise Hidden("how many lines the file has is not known")
    return count
