"""The text editor's ``view`` (``str_replace_editor`` and its kin): lines as ``cat -n`` numbers them."""

from __future__ import annotations

import re

from replay.lookahead.ground import Ground
from replay.lookahead.replies import Answer, Reply
from replay.lookahead.stretch import Hidden, of_state
from replay.lookahead.tools import asked
from replay.records import ToolCall
from replay.workspace import calls
from replay.workspace.dialects import str_replace
from replay.workspace.effects import seen_text
from replay.workspace.files import Absent

_CHARACTERS = 16_000
_RANGES_BY_LINE = frozenset({"openhands", "OpenHands", "openhands_output"})
"""Agents that show no empty line behind the last newline in a range."""
_HEAD = "Here's the result of running `cat -n` on {path}:\n"
_SHOWN = re.compile(
    r"(?P<frame>OBSERVATION:\n)?Here's the result of running `cat -n` on [^\n]*:\r?\n(?P<lines>.*)", re.DOTALL
)


def claims(call: ToolCall, ground: Ground) -> bool:  # noqa: ARG001 - the families' signature
    """Whether the call views a file in a text editor of this family."""
    return str_replace.claims(call) and calls.text(call, "command") == "view"


def answer(call: ToolCall, ground: Ground) -> Answer:
    """The lines asked for, framed as the session's other answers are."""
    return asked.of_file(call, ground, _viewed, "path")


def _viewed(path: str, call: ToolCall, ground: Ground) -> Reply:
    example = next((found for text in _views(call.name, ground) if (found := _SHOWN.match(text))), None)
    if isinstance(ground.files[path], Absent):
        raise Hidden("how the tool tells that a file does not exist")
    if not path.startswith("/"):
        raise Hidden("a path that the tool may refuse")
    lines = of_state(ground.files[path])
    if calls.arguments(call).get("view_range") is None or ground.agent not in _RANGES_BY_LINE:
        lines = lines.split()
    first, last = asked.view_range(call)
    if last is not None and not first <= last <= (last if lines.open else len(lines.lines)):
        raise Hidden(asked.REFUSED)
    shown = lines.cut(first, last).known()
    if sum(len(line) + 8 for line in shown) > _CHARACTERS:
        raise Hidden(asked.TOO_MUCH)
    if any("\t" in line for line in shown) and (example is None or not re.search(r"\t.*\t", example["lines"])):
        raise Hidden("whether the tool shows tabs as they are")
    body = "\n".join(f"{number:6}\t{line}" for number, line in enumerate(shown, first))
    if example is None:
        return Reply(_HEAD.format(path=path) + body + "\n")
    text = _HEAD.format(path=path) + (body.rstrip() if example["frame"] else body + "\n")
    return Reply((example["frame"] or "") + (text.replace("\n", "\r\n") if "\r\n" in example["lines"] else text))


def _views(tool: str, ground: Ground) -> list[str]:
    return [seen_text(result) for call, result in ground.shown(tool) if calls.text(call, "command") == "view"]
