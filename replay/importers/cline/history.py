"""A task's API history: messages of the Anthropic shape whose tool results are texts, paired again with their calls."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from replay.importers.cline import blocks, tags, truncation
from replay.importers.loose import mapping, moment, number, objects, text
from replay.importers.session import Session
from replay.records import (
    JSON,
    Fidelity,
    Image,
    Message,
    Part,
    Setup,
    Source,
    Text,
    ToolCall,
    ToolResult,
    Transcript,
    Usage,
)

RESULTS, TAGS = "results paired by order", "tool calls from XML tags"
_HEADER = re.compile(r"\[([A-Za-z_][\w-]*)(?=[\s\]])")
_RESULT = "] Result:"
_SIGNS = ("<task>", "<environment_details>", "<user_message>", "<feedback>")
_FAILED = re.compile(
    r"\s*(?:The tool execution failed|The user denied this operation|Error |Tool \[|Skipping tool|<error>"
    r"|Missing value for required parameter|\[ERROR\]|The user rejected)"
)
_FINAL = re.compile(r'<final_file_content path="([^"\n]*)">\n(.*)\n</final_file_content>', re.DOTALL)
_CWD = re.compile(r"# Current (?:Working|Workspace) Directory \(([^()\n]+)\) Files")


def is_row(row: dict[str, JSON]) -> bool:
    """Whether ``row`` is a message that only Cline or Roo Code would write."""
    if row.get("role") not in ("user", "assistant") or not isinstance(row.get("content"), str | list):
        return False
    if isinstance(mapping(row.get("modelInfo")).get("modelId"), str):
        return True
    told = [block.text for block in blocks.parts(row["content"]) if isinstance(block, Text)]
    return row["role"] == "user" and any(
        one.lstrip().startswith(_SIGNS[:1]) or _SIGNS[1] in one or (_RESULT in one and _HEADER.match(one))
        for one in told
    )


def read(rows: JSON, path: Path, session: Session, source: Source) -> Transcript:
    """The transcript of a history. A task's ``ui_messages.json`` beside it tells what was cut from the context."""
    task = _Task(session, source)
    cuts = truncation.read(path.with_name("ui_messages.json"))
    for index, row in enumerate(rows):
        task.add(mapping(row), cuts.get(index))
    return task.transcript(cut=bool(cuts))


@dataclass
class _Task:
    session: Session
    source: Source
    _setup: Setup = field(default_factory=Setup)
    _waiting: deque[ToolCall] = field(default_factory=deque)
    _places: list[int | None] = field(default_factory=list)
    _gone: tuple[int, int] | None = None
    _inferred: dict[str, None] = field(default_factory=dict)

    def add(self, row: dict[str, JSON], cut: tuple[int, int] | None) -> None:
        """The next row; ``cut`` are the rows (first and last) that were no longer sent with the request it answers."""
        place: int | None = None
        if row.get("role") == "assistant":
            place = self._answer(row, cut)
        elif row.get("role") == "user":
            place = self._hear(row)
        else:
            self.session.drop("value that is no message")
        self._places.append(place)

    def transcript(self, *, cut: bool) -> Transcript:
        """What the rows make."""
        grade = Fidelity(
            "partial",
            recovered=("model",) if self._setup.model else (),
            inferred=tuple(self._inferred),
            missing=("system prompt", "tool schemas", "parameters", *(("text of the notice of a cut",) if cut else ())),
        )
        return self.session.transcript(self.source, grade)

    def _answer(self, row: dict[str, JSON], cut: tuple[int, int] | None) -> int | None:
        told: list[Part] = []
        native = any(block.get("type") == "tool_use" for block in objects(row.get("content")))
        for part in blocks.parts(row.get("content")):
            found = tags.split(part.text) if isinstance(part, Text) and not native else (part,)
            told.extend(found)
        if not told:
            self.session.drop("answer without content")
            return None
        self._inferred.update({TAGS: None} if not native and _calls(told) else {})
        named = [replace(part, id=self._id(part)) if isinstance(part, ToolCall) else part for part in told]
        self._waiting = deque(_calls(named))
        info = mapping(row.get("modelInfo"))
        model = text(info.get("modelId")) or text(info.get("id"))
        api: Any = "anthropic" if "anthropic" in (info.get("providerId"), info.get("provider")) else None
        if (model, api) != (self._setup.model, self._setup.api) and info:
            self._setup = Setup(api=api, model=model)
        if cut is not None:
            self._cut(cut)
        message = Message(
            "assistant",
            tuple(named),
            model=model,
            time=moment(row.get("ts")),
            usage=usage(row.get("metrics")),
            origin="model",
            form="string" if isinstance(row.get("content"), str) and not _calls(named) else "blocks",
            lines=(1, 1),
        )
        return self.session.answer(message, self._setup)

    def _id(self, call: ToolCall) -> str:
        """A call written in text never had an id: a fresh one repairs nothing."""
        new = self.session.calls.call(call.id)
        self.session.calls.repaired -= int(not call.id)
        return new

    def _cut(self, cut: tuple[int, int]) -> None:
        if cut != self._gone:
            gone = {place for place in self._places[cut[0] : cut[1] + 1] if place is not None}
            self.session.view.reset([index for index in self.session.view if index not in gone])
            self._gone = cut

    def _hear(self, row: dict[str, JSON]) -> int | None:
        parts = list(self._paired(list(blocks.parts(row.get("content")))))
        if not parts:
            self.session.drop("message without content")
            return None
        if self.source.cwd is None:
            for part in parts:
                if isinstance(part, Text) and (found := _CWD.search(part.text)):
                    self.source = replace(self.source, cwd=found[1])
        only = all(isinstance(part, ToolResult) for part in parts)
        message = Message(
            "user",
            tuple(parts),
            time=moment(row.get("ts")),
            origin="tool" if only else None,
            form="string" if isinstance(row.get("content"), str) and not only else "blocks",
            lines=(1, 1),
        )
        return self.session.say(message)

    def _paired(self, parts: list[Part]) -> Iterator[Part]:
        """``parts`` with the texts that are results as results, the blocks that belong to one drawn into it."""
        current: ToolResult | None = None
        for part in parts:
            if isinstance(part, ToolResult):
                found = self.session.calls.result(part.call)
                if found is None:
                    self.session.drop("result without its call")
                    continue
                self._waiting = deque(call for call in self._waiting if call.id != found)
                if current is not None:
                    yield current
                current = None
                yield replace(part, call=found, detail=part.detail or _final(part))
                continue
            call = self._answered(part)
            if call is not None and isinstance(part, Text):
                if current is not None:
                    yield current
                self.session.calls.close(call.id)
                self._inferred[RESULTS] = None
                current = _result(call, part.text)
            elif current is not None and _goes_on(current, part):
                current = replace(current, parts=(*current.parts, part), form="blocks")
                current = replace(current, is_error=_failed(current), detail=_final(current))
            else:
                if current is not None:
                    yield current
                current = None
                yield part
        if current is not None:
            yield current

    def _answered(self, part: Part) -> ToolCall | None:
        """The call whose result the text ``part`` begins: the first that waits and has the name the text gives."""
        if not isinstance(part, Text) or not self._waiting:
            return None
        named = _HEADER.match(part.text)
        if named is None or _RESULT not in part.text:
            return None
        found = next((call for call in self._waiting if call.name == named[1]), None)
        if found is None and named[1] in tags.TOOLS:
            found = self._waiting[0]
        if found is not None:
            self._waiting.remove(found)
        return found


def usage(value: JSON) -> Usage | None:
    """The tokens of a response; ``input`` without what was cached, whichever way Cline counted it."""
    told = blocks.counts(value)
    if not told:
        return None
    read_, write = number(told.get("cacheReadTokens")), number(told.get("cacheWriteTokens"))
    if "prompt" in told or "completion" in told:
        return Usage(number(told.get("prompt")), number(told.get("cached")), 0, number(told.get("completion")))
    asked = number(told.get("inputTokens"))
    fresh = asked - read_ - write if asked >= read_ + write else asked
    return Usage(fresh, read_, write, number(told.get("outputTokens")))


def _calls(parts: list[Part]) -> list[ToolCall]:
    return [part for part in parts if isinstance(part, ToolCall)]


def _result(call: ToolCall, told: str) -> ToolResult:
    result = ToolResult(call.id, (Text(told),))
    return replace(result, is_error=_failed(result), detail=_final(result))


def _goes_on(result: ToolResult, part: Part) -> bool:
    """Whether ``part`` belongs to ``result``: an image, or the text after a header that stands alone (before 2025)."""
    match result.parts, part:
        case (Text(header),), Text(told):
            return header.rstrip().endswith(_RESULT) and not told.lstrip().startswith(("<environment_details>", "["))
    return isinstance(part, Image)


def _told(result: ToolResult) -> str:
    whole = "\n".join(part.text for part in result.parts if isinstance(part, Text))
    return whole.partition(_RESULT)[2] if _HEADER.match(whole) else whole


def _failed(result: ToolResult) -> bool | None:
    return True if _FAILED.match(_told(result)) else None


def _final(result: ToolResult) -> JSON:
    """The file as it was after an edit, where the result shows it."""
    found = _FINAL.search(_told(result))
    return {"path": found[1], "final_file_content": found[2]} if found else None
