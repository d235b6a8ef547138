"""The lines of a headless Gemini CLI run: pieces of text are joined, calls and results paired by ``tool_id``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from replay.importers.gemini import parts
from replay.importers.session import Session
from replay.records import JSON, Fidelity, Message, Part, Setup, Source, Text, ToolResult

_GRADE = Fidelity(
    "partial",
    inferred=("request boundaries",),
    missing=("system prompt", "tool schemas", "context messages", "thoughts"),
)


def read(values: Iterator[tuple[int, JSON]], session: Session, source: Source) -> tuple[Source, Fidelity]:
    """Tells ``session`` what was said; an answer ends where a result or a prompt comes."""
    run = _Run(session)
    for line, value in values:
        match value:
            case {"type": "init"}:
                run.flush()
                name, model = value.get("session_id"), value.get("model")
                source = replace(source, session=name if isinstance(name, str) else source.session)
                run.setup = Setup(model=model if isinstance(model, str) else None)
            case {"type": "message", "role": "user", "content": content}:
                run.flush()
                if told := tuple(parts.read(content, session)):
                    session.say(Message("user", told, origin="typed", **run.facts(line, value)))
            case {"type": "message", "content": str(text)}:
                run.said(line, value, text)
            case {"type": "tool_use"}:
                call = parts.called(value.get("tool_name"), value.get("parameters"), value.get("tool_id"), session)
                run.open(line, value)
                run.told.append(call)
            case {"type": "tool_result"}:
                run.result(value)
            case {"type": str(kind)}:
                session.drop(f"row `{kind[:40]}`")
            case _:
                session.drop("row of an unknown shape")
    run.flush()
    return source, _GRADE


@dataclass
class _Run:
    session: Session
    setup: Setup = field(default_factory=Setup)
    told: list[Part] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    back: list[ToolResult] = field(default_factory=list)
    began: dict[str, Any] = field(default_factory=dict)

    def facts(self, line: int, value: dict[str, Any]) -> dict[str, Any]:
        time = value.get("timestamp")
        return {"lines": (line, line), "time": time if isinstance(time, str) else None}

    def open(self, line: int, value: dict[str, Any]) -> None:
        self._return()
        if self.pieces:
            self.told.append(Text("".join(self.pieces)))
            self.pieces = []
        if not self.began:
            self.began = self.facts(line, value)

    def said(self, line: int, value: dict[str, Any], text: str) -> None:
        self._return()
        if not self.began:
            self.began = self.facts(line, value)
        self.pieces.append(text)

    def result(self, value: dict[str, Any]) -> None:
        self._answer()
        call = self.session.calls.result(value.get("tool_id"))
        if call is None:
            self.session.drop("result without a call")
            return
        failed = value.get("error")
        match failed, value.get("output"):
            case {"message": str(text)}, _:
                self.back.append(ToolResult(call, (Text(text),), is_error=True))
            case _, str(text):
                error = True if value.get("status") == "error" else None
                self.back.append(ToolResult(call, (Text(text),), error))
            case _:
                self.back.append(ToolResult(call, is_error=True if value.get("status") == "error" else None))

    def flush(self) -> None:
        self._answer()
        self._return()

    def _answer(self) -> None:
        if self.pieces:
            self.told.append(Text("".join(self.pieces)))
        if self.told:
            answer = Message("assistant", tuple(self.told), model=self.setup.model, origin="model", **self.began)
            self.session.answer(answer, self.setup)
        self.told, self.pieces, self.began = [], [], {}

    def _return(self) -> None:
        if self.back:
            self.session.say(Message("tool", tuple(self.back), origin="tool"))
            self.back = []
