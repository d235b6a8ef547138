"""Session files of the Gemini CLI, whole or as a journal: records of messages, and what the model saw at each.

What the journal's operations do is as in the client's ``chatRecordingService``: a rewind to an unknown message takes
back all of them. A message taken back stays in the pool, and so do the turns that saw it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from replay.importers.gemini import parts
from replay.importers.session import Session, View
from replay.records import JSON, Fidelity, Message, Part, Reasoning, Setup, Source, ToolResult, Turn

_GRADE = Fidelity(
    "partial",
    inferred=("request boundaries",),
    missing=("system prompt", "tool schemas", "context messages", "thought signatures"),
)
_MESSAGES = ("user", "gemini")


def read(values: Iterator[tuple[int, JSON]], session: Session, source: Source) -> tuple[Source, Fidelity]:
    """Tells ``session`` the records as they were when the file was written, each with what was before it."""
    log = _Log(session)
    for line, value in values:
        log.apply(line, value)
    log.tell()
    text = {key: value for key, value in log.meta.items() if isinstance(value, str)}
    directories = log.meta.get("directories")
    cwd = directories[0] if isinstance(directories, list) and directories and isinstance(directories[0], str) else None
    if log.meta.get("kind") == "subagent":
        session.count.notes["a sub-agent's session"] = None
    return replace(source, session=text.get("sessionId"), cwd=cwd), _GRADE


@dataclass
class _Record:
    """A message as last written, with its first line and the records before it when it was new."""

    value: dict[str, Any]
    line: int
    before: tuple[tuple[int, int], ...]


@dataclass
class _Log:
    session: Session
    meta: dict[str, JSON] = field(default_factory=dict)
    records: list[_Record] = field(default_factory=list)
    seen: View = field(default_factory=View)
    at: dict[str, int] = field(default_factory=dict)

    def apply(self, line: int, value: JSON) -> None:
        match value:
            case {"$rewindTo": target}:
                self._rewind(target)
            case {"$set": dict(fields)}:
                self._set(line, fields)
            case {"type": str()}:
                self._write(line, value)
            case {"sessionId": str()}:
                self._set(line, value)
            case _:
                self.session.drop("row that is no message, head or change")

    def _set(self, line: int, fields: dict[str, Any]) -> None:
        self.meta.update((key, value) for key, value in fields.items() if key != "messages")
        messages = fields.get("messages")
        if not isinstance(messages, list):
            return
        replaced = bool(self.at)
        known, self.at = self.at, {}
        self.seen.reset(())
        for message in messages:
            name = message.get("id") if isinstance(message, dict) else None
            index = known.get(name) if isinstance(name, str) else None
            if index is not None and self.records[index].value == message:
                self.at[str(name)] = index
                self.seen.append(index)
            elif isinstance(message, dict) and isinstance(message.get("type"), str):
                self._write(line, message)
            else:
                self.session.drop("message of an unknown shape")
        if replaced:
            self.session.count.notes[
                "the messages were replaced as a whole: later prefixes begin with the new ones"
            ] = None

    def _write(self, line: int, value: dict[str, Any]) -> None:
        if value["type"] not in _MESSAGES:
            self.session.drop(f"message `{value['type'][:40]}` of the client")
            return
        name = value.get("id")
        index = self.at.get(name) if isinstance(name, str) else None
        if index is not None:
            self.records[index].value = value
            return
        if isinstance(name, str):
            self.at[name] = len(self.records)
        self.records.append(_Record(value, line, self.seen.ranges()))
        self.seen.append(len(self.records) - 1)

    def _rewind(self, target: JSON) -> None:
        seen = list(self.seen)
        index = self.at.get(target) if isinstance(target, str) else None
        kept = seen[: seen.index(index)] if index is not None else []
        self.seen.reset(kept)
        left = set(kept)
        self.at = {name: place for name, place in self.at.items() if place in left}
        self.session.count.notes["messages were taken back: later prefixes are without them"] = None

    def tell(self) -> None:
        """The messages of every record, in the order they began, and the turns over them."""
        starts: list[int] = []
        answers: list[tuple[int, _Record, Setup]] = []
        for record in self.records:
            starts.append(len(self.session.messages))
            if record.value["type"] == "user":
                self._user(record)
            elif (setup := self._gemini(record)) is not None:
                answers.append((starts[-1], record, setup))
        starts.append(len(self.session.messages))
        for index, record, setup in answers:
            prefix = View()
            for start, stop in record.before:
                prefix.extend(starts[start], starts[stop])
            self.session.turn(Turn(index, prefix.ranges()), setup)

    def _user(self, record: _Record) -> None:
        told = tuple(parts.read(record.value.get("content"), self.session))
        if not told:
            self.session.drop("user message without content")
            return
        results = all(isinstance(part, ToolResult) for part in told)
        message = Message("tool" if results else "user", told, origin="tool" if results else "typed")
        self.session.keep(replace(message, **_facts(record)))

    def _gemini(self, record: _Record) -> Setup | None:
        value = record.value
        told: list[Part] = [*_thoughts(value.get("thoughts")), *parts.read(value.get("content"), self.session)]
        back: list[Part] = []
        calls = value.get("toolCalls")
        for call in calls if isinstance(calls, list) else ():
            if not isinstance(call, dict):
                self.session.drop("call of an unknown shape")
                continue
            made = parts.called(call.get("name"), call.get("args"), call.get("id"), self.session)
            told.append(made)
            back.extend(self._result(call, made.id))
        if not told:
            self.session.drop("answer without content")
            return None
        model = value.get("model")
        name = model if isinstance(model, str) else None
        answer = Message("assistant", tuple(told), model=name, origin="model", usage=parts.usage(value.get("tokens")))
        self.session.keep(replace(answer, **_facts(record)))
        if back:
            self.session.keep(Message("tool", tuple(back), origin="tool", lines=(record.line, record.line)))
        return Setup(model=name)

    def _result(self, call: dict[str, Any], known: str) -> Iterator[ToolResult]:
        detail = {key: call[key] for key in ("status", "resultDisplay", "timestamp") if call.get(key)}
        given = call.get("result")
        items = given if isinstance(given, list) else [given] if isinstance(given, dict) else []
        answers = [item for item in items if isinstance(item, dict)]
        found = next(
            (item["functionResponse"] for item in answers if isinstance(item.get("functionResponse"), dict)), None
        )
        if found is None:
            if answers:
                self.session.drop("result without a response")
            return
        made = parts.result(found, known, detail or None)
        more = [parts.leaf(item) for item in answers if "functionResponse" not in item]
        self.session.calls.close(known)
        yield replace(made, parts=(*made.parts, *more), form="blocks") if more else made


def _thoughts(thoughts: JSON) -> Iterator[Reasoning]:
    for thought in thoughts if isinstance(thoughts, list) else ():
        if isinstance(thought, dict):
            told = (thought.get("subject"), thought.get("description"))
            yield Reasoning("\n".join(text for text in told if isinstance(text, str) and text))


def _facts(record: _Record) -> dict[str, Any]:
    name, time = record.value.get("id"), record.value.get("timestamp")
    return {
        "id": name if isinstance(name, str) else None,
        "time": time if isinstance(time, str) else None,
        "lines": (record.line, record.line),
    }
