"""Aider's chat for people: what was typed, what was answered and what the console said, told apart by their marks.

Written by ``aider/io.py`` of https://github.com/Aider-AI/aider: a typed line is ``#### text`` and a console line ``>
text``, both ended by two spaces, which is what sets them apart from the same marks inside an answer. A console text
of several lines has the mark at its first line and the two spaces at its last. Neither system prompt nor files are in
it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from msgspec.structs import replace

from replay.importers import ledgers
from replay.importers.aider import stripped
from replay.importers.aider.llm_history import text_lines
from replay.importers.aider.stripped import CONSOLE, END, STARTED, TYPED
from replay.importers.fault import ImportFault
from replay.importers.lines import Count
from replay.importers.session import Session, digest
from replay.records import Fidelity, Message, Setup, Source, Text, Transcript

_MODEL = re.compile(r"> (?:Main model|Models?): (\S+?)⚡? (?:with|using) (?:♾️ )?(\S+) edit format")
_COMMAND = re.compile(r"(?:/([a-z][a-z-]*)|!)(?:\s+|$)")
_ASKING = frozenset({"ask", "code", "architect", "context", "help"})
_FENCE = "```"
_GRADE = Fidelity(
    "text",
    recovered=("text of prompts and answers",),
    missing=("system prompt", "repository map", "file contents", "what aider sent by itself", "parameters"),
)
Kind = Literal["typed", "console", "answer", "start"]


@dataclass
class _Block:
    """Lines of one kind, with the source lines of the first and the last."""

    kind: Kind
    line: int
    told: list[str] = field(default_factory=list)
    fences: int = 0

    def add(self, line: str) -> None:
        self.told.append(line)
        self.fences += line.startswith(_FENCE)


def read(path: Path, name: str) -> Iterator[Transcript]:
    """One transcript a session in which the model answers, in file order.

    What the others held is in the ledger of the session that follows, or of the last one.

    Raises ImportFault where no session holds an answer.
    """
    source = Source(name, path.name, sha256=digest(path), agent="aider")
    chat = _Chat(Session(Count()), bare=not stripped.has_marks(path))
    last: Transcript | None = None
    for block in _blocks(path, chat):
        if block.kind != "start":
            chat.add(block)
            continue
        if chat.session.turns:
            if last is not None:
                yield last
            last = chat.transcript(source)
            chat.session = Session(Count())
        else:
            chat.session = Session(chat.session.count)
        chat.begin(block.told[0])
    if chat.session.turns:
        if last is not None:
            yield last
        last = chat.transcript(source)
        chat.session = Session(Count())
    if last is None:
        raise ImportFault("holds no chat in which a model answers", path=path)
    yield ledgers.added(last, chat.session.count)


@dataclass
class _Chat:
    """The session that is being read."""

    session: Session
    started: str | None = None
    bare: bool = False
    _asked: bool = True
    _setup: Setup = field(default_factory=lambda: Setup(api="openai-chat", tools=()))

    def begin(self, started: str) -> None:
        """A session starts. Where marks are gone (``bare``), what stands before its first typed line is no answer."""
        self.started = started
        self._asked = not self.bare
        self._setup = Setup(api="openai-chat", tools=())

    def add(self, block: _Block) -> None:
        """One more block; console lines tell the model and are left out."""
        match block.kind:
            case "console":
                for line in block.told:
                    self._model(line)
                self.session.drop("console line", len(block.told))
            case "typed":
                self._asked = True
                told = "\n".join(line.removeprefix(TYPED).removeprefix(" ")[: -len(END)] for line in block.told)
                command = _COMMAND.match(told)
                if command is not None:
                    told = told[command.end() :] if command[1] in _ASKING else ""
                if told.strip():
                    self.session.say(self._message("user", told, block))
                else:
                    self.session.drop("command to aider")
            case _:
                told = "\n".join(block.told).strip("\n")
                if told.strip() and not self._asked:
                    self.session.drop("line before the first prompt", sum(bool(line.strip()) for line in block.told))
                elif told.strip():
                    self.session.answer(self._message("assistant", told, block), self._setup)

    def transcript(self, source: Source) -> Transcript:
        """What the session makes."""
        return self.session.transcript(replace(source, session=self.started), _GRADE)

    def _model(self, line: str) -> None:
        if (found := _MODEL.match(line)) is not None:
            self._setup = replace(self._setup, model=found[1])
            self.session.count.notes[f"edit format of {found[1]}: {found[2]}"] = None

    def _message(self, role: Literal["user", "assistant"], told: str, block: _Block) -> Message:
        typed = role == "user"
        return Message(
            role,
            (Text(told),),
            model=None if typed else self._setup.model,
            origin="typed" if typed else "model",
            form="string",
            lines=(block.line, block.line + len(block.told) - 1),
        )


def _blocks(path: Path, chat: _Chat) -> Iterator[_Block]:
    """The blocks of the file in order; lines are counted in the session that is being read."""
    block: _Block | None = None
    held: list[str] = []
    for number, line in _ended(path, chat):
        kind = _kind(line)
        if held and kind is None and not line.endswith(END):
            held.append(line)
            continue
        if held and kind is None:
            if block is not None:
                yield block
            yield _Block("console", number - len(held), [*held, line])
            block, held = None, []
            continue
        if held:
            block = _continued(block, held, number - len(held))
            held = []
        in_fence = block is not None and block.kind == "answer" and block.fences % 2 == 1
        if kind is None and line.startswith(CONSOLE + " ") and not in_fence:
            held = [line]
        elif kind is None and (line or (block is not None and block.kind == "answer")):
            if block is not None and block.kind != "answer":
                yield block
                block = None
            block = _continued(block, [line], number)
        else:
            if block is not None and block.kind != kind:
                yield block
                block = None
            if kind == "start":
                yield _Block("start", number, [line.split(" at ", 1)[1].strip()])
            elif kind is not None:
                block = _extended(block, kind, line, number)
    if held:
        block = _continued(block, held, number - len(held) + 1)
    if block is not None:
        yield block


def _ended(path: Path, chat: _Chat) -> Iterator[tuple[int, str]]:
    """The numbered lines of the file, aider's own ended by two spaces also where an editor took them all away."""
    told = text_lines(path, lambda: chat.session.count)
    if not stripped.is_stripped(path):
        yield from told
        return
    nobody = Count()
    for number, line in stripped.marked(told, stripped.edges(text_lines(path, lambda: nobody))):
        chat.session.count.notes[stripped.NOTE] = None
        yield number, line


def _continued(block: _Block | None, told: list[str], line: int) -> _Block:
    if block is None or block.kind != "answer":
        block = _Block("answer", line)
    for one in told:
        block.add(one)
    return block


def _extended(block: _Block | None, kind: Kind, line: str, number: int) -> _Block:
    block = _Block(kind, number) if block is None else block
    block.add(line)
    return block


def _kind(line: str) -> Kind | None:
    """What the marks of a line make it; None for a line that could be part of an answer."""
    if line.endswith(END) and (line.startswith(TYPED + " ") or line == TYPED + END):
        return "typed"
    if line.endswith(END) and line.startswith(CONSOLE):
        return "console"
    return "start" if STARTED.fullmatch(line) else None
