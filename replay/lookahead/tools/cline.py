"""Cline's ``read_file``: the text behind a heading that names the file."""

from __future__ import annotations

import re

from replay.lookahead.ground import Ground
from replay.lookahead.replies import Answer, Reply
from replay.lookahead.stretch import Hidden, of_state
from replay.lookahead.tools import asked
from replay.records import ToolCall
from replay.workspace import calls
from replay.workspace.effects import seen_text

_CHARACTERS = 50_000
_HEAD = re.compile(r"\[read_file for '[^\n]*'\] Result:\n")
_NUMBERED = re.compile(r"[ ]*1 \| ")


def claims(call: ToolCall, ground: Ground) -> bool:  # noqa: ARG001 - the families' signature
    """Whether the call reads a file in Cline's way."""
    return call.name == "read_file" and calls.text(call, "path") is not None


def answer(call: ToolCall, ground: Ground) -> Answer:
    """The whole file, as the session's other answers show it."""
    return asked.of_file(call, ground, _read, "path")


def _read(path: str, call: ToolCall, ground: Ground) -> Reply:
    if {"start_line", "end_line"} & calls.arguments(call).keys():
        raise Hidden("a range of lines")
    shown = [seen_text(result) for _, result in ground.shown("read_file")]
    example = next((text for text in shown if text and not text.startswith("Error")), None)
    if example is None:
        raise Hidden(asked.NO_EXAMPLE)
    head = _HEAD.match(example)
    if _NUMBERED.match(example[head.end() if head else 0 :]):
        raise Hidden("lines that the tool numbers")
    text = of_state(ground.files[path]).text()
    if len(text) > _CHARACTERS:
        raise Hidden(asked.TOO_MUCH)
    return Reply(f"[read_file for '{path}'] Result:\n{text}" if head else text)
