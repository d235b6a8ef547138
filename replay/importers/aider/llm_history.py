"""Aider's log of requests: every line of a prompt under its role, every answer after it.

Written by ``aider/io.py`` of https://github.com/Aider-AI/aider. Blocks begin with ``TO LLM <time>`` or ``LLM RESPONSE
<time>``, messages of a prompt with ``-------``; a content line is written ``ROLE text``. The line break that ended a
message is not in the log.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from replay.importers.fault import ImportFault
from replay.importers.lines import REPLACED, Count
from replay.importers.session import Session, digest
from replay.importers.views import Views
from replay.records import Fidelity, Message, Setup, Source, Text, Transcript

_BLOCK = re.compile(r"(TO LLM|LLM RESPONSE) (\d{4}-\d\d-\d\dT[\d:.+Z-]+)\s*")
_LINE = re.compile(r"(SYSTEM|USER|ASSISTANT|TOOL|FUNCTION|DEVELOPER)(?: |$)")
_UNWRITTEN = "NUL bytes left out, as a crash leaves them where a page was never written"
_RULE = "-------"
_ROLES = {"SYSTEM": "system", "USER": "user", "ASSISTANT": "assistant", "DEVELOPER": "developer"}
_GRADE = Fidelity(
    "full",
    recovered=("system prompt", "messages", "request boundaries"),
    missing=("model", "parameters", "line break at the end of a message"),
)


@dataclass
class _Block:
    """A prompt, or an answer; ``messages`` are roles with their lines."""

    kind: str
    time: str
    line: int
    messages: list[tuple[str, list[str]]] = field(default_factory=list)
    end: int = 0


def read(path: Path, name: str) -> Iterator[Transcript]:
    """The one transcript of the log. Raises ImportFault where it holds no answered request."""
    session = Session(Count())
    views = Views(session)
    asked: _Block | None = None
    for block in _blocks(path, session.count):
        if block.kind == "TO LLM":
            session.drop("request without an answer", int(asked is not None))
            asked = block
        elif asked is None:
            session.drop("answer without its request")
        elif not any(line for _, told in block.messages for line in told):
            session.drop("request without an answer")
            asked = None
        else:
            _exchange(asked, block, views)
            asked = None
    session.drop("request without an answer", int(asked is not None))
    if not session.turns:
        raise ImportFault("holds no request with an answer", path=path)
    yield session.transcript(Source(name, path.name, sha256=digest(path), agent="aider"), _GRADE)


def _exchange(asked: _Block, answered: _Block, views: Views) -> None:
    told = [(_ROLES.get(role, "user"), "\n".join(said)) for role, said in asked.messages]
    system: tuple[Text, ...] = ()
    if told and told[0][0] == "system":
        system = (Text(told.pop(0)[1]),)
    views.show(_message(role, text, asked) for role, text in told)
    answer = "\n".join(line for _, said in answered.messages for line in said)
    setup = Setup(api="openai-chat", system=system, tools=())
    views.answer(_message("assistant", answer, answered, time=answered.time), setup)


def _message(role: Any, text: str, block: _Block, time: str | None = None) -> Message:  # noqa: ANN401 - one of six words
    origin: Any = "model" if role == "assistant" else None
    return Message(role, (Text(text),), time=time, origin=origin, form="string", lines=(block.line, block.end))


def _blocks(path: Path, count: Count) -> Iterator[_Block]:
    block: _Block | None = None
    for number, line in text_lines(path, lambda: count):
        if begun := _BLOCK.fullmatch(line):
            if block is not None:
                yield block
            block = _Block(begun[1], begun[2], number, end=number)
        elif block is None:
            if line.strip():
                count.dropped["line before the first request"] += 1
        else:
            _take(line, block)
            if line:
                block.end = number
    if block is not None:
        yield block


def _take(line: str, block: _Block) -> None:
    """One line of ``block``; a line without a role goes on with the message before it."""
    role = _LINE.match(line)
    if line == _RULE and block.kind == "TO LLM":
        block.messages.append(("", []))
    elif role is None:
        if block.messages and line:
            block.messages[-1][1].append(line)
    elif block.messages and block.messages[-1][0] in ("", role[1]):
        block.messages[-1] = role[1], block.messages[-1][1]
        block.messages[-1][1].append(line[role.end() :])
    else:
        block.messages.append((role[1], [line[role.end() :]]))


def text_lines(path: Path, count_of: Callable[[], Count]) -> Iterator[tuple[int, str]]:
    """Line number (1-based) and text of each line, without NUL bytes; a line of nothing else is left out.

    ``count_of`` gives the count in which a line is to be counted.
    """
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            line = raw.rstrip(b"\r\n")
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            count = count_of()
            if b"\0" in line:
                line = line.replace(b"\0", b"")
                count.notes[_UNWRITTEN] = None
                if not line:
                    continue
            count.rows += 1
            try:
                yield number, line.decode()
            except UnicodeDecodeError:
                count.notes[REPLACED] = None
                count.repaired += 1
                yield number, line.decode("utf-8", "replace")
