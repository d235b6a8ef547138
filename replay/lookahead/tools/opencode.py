"""opencode's ``read``: lines as ``12: text`` between tags, and how many the file has.

Source: https://github.com/sst/opencode ``packages/opencode/src/tool/read.ts`` and recorded sessions of 1.2.
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
from replay.workspace.files import Known

_LINES, _CHARACTERS = 2000, 40_000
_SHOWN = re.compile(r"<path>[^\n]*</path>\n<type>file</type>\n<content>(\n?)1?\d*: ")


def claims(call: ToolCall, ground: Ground) -> bool:  # noqa: ARG001 - the families' signature
    """Whether the call reads a file in opencode's way."""
    return call.name == "read" and calls.text(call, "filePath") is not None


def answer(call: ToolCall, ground: Ground) -> Answer:
    """The lines asked for, as the session's other answers show them."""
    return asked.of_file(call, ground, _read, "filePath")


def _read(path: str, call: ToolCall, ground: Ground) -> Reply:
    example = next((found for _, one in ground.shown("read") if (found := _SHOWN.match(seen_text(one)))), None)
    if example is None:
        raise Hidden(asked.NO_EXAMPLE)
    given = calls.arguments(call)
    first, limit = asked.count(given, "offset", 1), asked.count(given, "limit", _LINES)
    name = ground.files.name(path)
    state = ground.files[name]
    lines = of_state(state)
    total = len(lines.known()) if isinstance(state, Known) else ground.lengths.get(name)
    if total is None:
        raise Hidden("how many lines the file has is not known")
    last = min(first + limit - 1, total)
    shown = lines.cut(first, last).known()
    if any(len(line) >= _LINES for line in shown) or sum(len(line) + 8 for line in shown) > _CHARACTERS:
        raise Hidden(asked.TOO_MUCH)
    body = "\n".join(f"{number}: {line}" for number, line in enumerate(shown, first))
    more = f"(Showing lines {first}-{last} of {total}. Use offset={last + 1} to continue.)"
    end = more if last < total else f"(End of file - total {total} lines)"
    return Reply(f"<path>{name}</path>\n<type>file</type>\n<content>{example[1]}{body}\n\n{end}\n</content>")
