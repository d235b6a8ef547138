"""pi's ``read``: the text itself, with a remark behind it where lines are left.

Source: https://github.com/badlogic/pi-mono ``packages/coding-agent/src/core/tools/read.ts`` and recorded sessions.
"""

from __future__ import annotations

import re

from replay.lookahead.ground import Ground
from replay.lookahead.replies import Answer, Reply
from replay.lookahead.stretch import Hidden, of_state
from replay.lookahead.tools import asked
from replay.records import ToolCall
from replay.workspace import calls
from replay.workspace.effects import seen_text

_LINES, _CHARACTERS = 2000, 40_000
_OLD = re.compile(r"\n\n\.\.\. \(\d+ more lines not shown\. Use offset=\d+ to continue reading\)\Z")
_NEW = re.compile(r"\n\n\[\d+ more lines in file\. Use offset=\d+ to continue\.?\]\Z")


def claims(call: ToolCall, ground: Ground) -> bool:
    """Whether the call reads a file in pi's way."""
    return call.name == "read" and calls.text(call, "path") is not None and ground.agent == "pi"


def answer(call: ToolCall, ground: Ground) -> Answer:
    """The lines asked for, with the remark of the session's other answers."""
    return asked.of_file(call, ground, _read, "path")


def _read(path: str, call: ToolCall, ground: Ground) -> Reply:
    given = calls.arguments(call)
    first = asked.count(given, "offset", 1)
    limit = None if given.get("limit") is None else asked.count(given, "limit", _LINES)
    lines = of_state(ground.files[path]).split()
    if lines.open:
        raise Hidden("how many lines the file has is not known")
    total = len(lines.lines)
    last = total if limit is None else min(first + limit - 1, total)
    shown = lines.cut(first, last).known()
    text = "\n".join(shown)
    if first > total or len(shown) > _LINES or len(text) > _CHARACTERS or any(len(line) >= _LINES for line in shown):
        raise Hidden(asked.TOO_MUCH)
    if last == total:
        return Reply(text, is_error=False)
    return Reply(text + _remark(total - last, last + 1, ground), is_error=False)


def _remark(left: int, following: int, ground: Ground) -> str:
    for _, result in ground.shown("read"):
        text = seen_text(result)
        if _OLD.search(text):
            return f"\n\n... ({left} more lines not shown. Use offset={following} to continue reading)"
        if _NEW.search(text):
            return f"\n\n[{left} more lines in file. Use offset={following} to continue.]"
    raise Hidden("no answer of this tool in the session shows how it tells of lines left")
