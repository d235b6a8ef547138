"""opencode's ``read``: lines as ``12: text`` between tags, and how many the file has.

Source: https://github.com/sst/opencode ``packages/opencode/src/tool/read.ts`` and recorded sessions of 1.2.
"""

from __future__ import annotations

import re

from replay.lookahead.ground import Ground
from replay.lookahead.replies import Answer, Reply, Untold
from replay.lookahead.stretch import Hidden, of_state
from replay.lookahead.tools import repeated
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
    before = repeated.answer(call, ground)
    if isinstance(before, Reply):
        return before
    path = calls.text(call, "filePath") or ""
    try:
        return _read(path, call, ground)
    except Hidden as why:
        return Untold(f"{path}: {why}")


def _read(path: str, call: ToolCall, ground: Ground) -> Reply:
    example = next((found for _, one in ground.shown("read") if (found := _SHOWN.match(seen_text(one)))), None)
    if example is None:
        raise Hidden("no answer of this tool in the session shows how it answers")
    given = calls.arguments(call)
    first, limit = given.get("offset", 1), given.get("limit", _LINES)
    if not isinstance(first, int) or not isinstance(limit, int) or first < 1 or limit < 1:
        raise Hidden("a range that the tool may refuse")
    name = ground.files.name(path)
    state = ground.files[name]
    lines = of_state(state)
    total = len(lines.known()) if isinstance(state, Known) else ground.lengths.get(name)
    if total is None:
        raise Hidden("how many lines the file has is not known")
    last = min(first + limit - 1, total)
    shown = lines.cut(first, last).known()
    if any(len(line) >= _LINES for line in shown) or sum(len(line) + 8 for line in shown) > _CHARACTERS:
        raise Hidden("more text than the tool shows at once")
    body = "\n".join(f"{number}: {line}" for number, line in enumerate(shown, first))
    more = f"(Showing lines {first}-{last} of {total}. Use offset={last + 1} to continue.)"
    end = more if last < total else f"(End of file - total {total} lines)"
    return Reply(f"<path>{name}</path>\n<type>file</type>\n<content>{example[1]}{body}\n\n{end}\n</content>")
