"""Transcripts from traces: generations and tool runs in the order of time, each with what was sent and what came back.

A generation whose input begins with a tool result, or is lost, goes on from the one before it in the same trace; its
turn is marked ``partial``. A span that only wraps generations repeats them and is left out. What the instrumentation
shows is not the request as sent, so that no grade is above ``full``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Literal

from msgspec.structs import replace

from replay.importers import rounds
from replay.importers.fault import ImportFault
from replay.importers.lines import Count
from replay.importers.session import Calls, Session, digest
from replay.importers.views import Views, unanswered
from replay.records import (
    JSON,
    Fidelity,
    Message,
    Part,
    Setup,
    Source,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Transcript,
    Usage,
    encode,
)

LOST = "generation whose prompt is lost"
SILENT = "generation without an answer"
REPEATED = "span that repeats the generations inside it"
_GUESSED = ("earlier messages of the conversation",)


@dataclass
class Span:
    """One step of a trace. ``kind``: ``model`` (a generation), ``tool``, ``agent`` (which wraps both), else ``other``.

    ``heard`` is the prompt, leading system messages included, ``said`` what came back. A tool's ``call`` is the id,
    name and arguments it was called with, its ``result`` what it gave. ``start`` orders the spans of a file. ``sign``,
    where it is not empty, is equal for a generation and what wraps it (``wraps``), if they share no trace.
    """

    kind: str
    id: str
    parent: str | None
    trace: str
    start: str
    line: int
    heard: list[Message] = field(default_factory=list)
    said: list[Message] = field(default_factory=list)
    system: tuple[Part, ...] | None = None
    tools: tuple[Tool, ...] | None = None
    model: str | None = None
    params: dict[str, JSON] = field(default_factory=dict)
    usage: Usage | None = None
    stop: str | None = None
    response: str | None = None
    time: str | None = None
    call: tuple[str, str, JSON] = ("", "", None)
    result: ToolResult | None = None
    session: str | None = None
    agent: str | None = None
    version: str | None = None
    wraps: bool = False
    sign: str = ""


def transcripts(spans: Iterable[Span], count: Count, path: Path, name: str) -> Iterator[Transcript]:
    """The conversations that ``spans`` tell, in the order they begin. Raises ImportFault where they tell none."""
    told = _Told(count, sorted(spans, key=lambda span: (span.start, span.line)))
    found = told.conversations()
    if not found:
        raise ImportFault("holds no call of a model with its messages", path=path)
    checksum = digest(path)
    for index, open_ in enumerate(found):
        session, first = open_.views.session, open_.first
        session.count.repaired = open_.repaired
        if index == 0:
            count.repaired += open_.repaired
            session.count = count
        source = Source(
            name,
            path.name,
            sha256=checksum,
            session=first.session or first.trace or None,
            agent=first.agent,
            version=first.version,
        )
        made = session.transcript(source, Fidelity("full"))
        grades = [_grade(setup) for setup in made.setups]
        worst = max(grades, key=lambda grade: len(grade.missing))
        yield unanswered(replace(made, fidelity=worst))


def _grade(setup: Setup) -> Fidelity:
    known = {"system prompt": setup.system, "tool schemas": setup.tools}
    missing = tuple(thing for thing, value in known.items() if value is None)
    recovered = tuple(thing for thing, value in known.items() if value is not None)
    return Fidelity("partial" if missing else "full", recovered=recovered, missing=missing)


@dataclass
class _Open:
    """A conversation that goes on; ``waiting`` are its calls that have no result so far."""

    views: Views
    first: Span
    system: tuple[Part, ...] | None = None
    waiting: dict[str, ToolCall] = field(default_factory=dict)
    repaired: int = 0

    def note(self, message: Message) -> None:
        """Keeps ``waiting`` up to date."""
        for part in message.parts:
            match part:
                case ToolCall():
                    self.waiting[part.id] = part
                case ToolResult():
                    self.waiting.pop(part.call, None)


@dataclass
class _Told:
    count: Count
    spans: list[Span]
    _found: dict[bytes, _Open] = field(default_factory=dict)
    _latest: dict[str, _Open] = field(default_factory=dict)
    _runs: dict[str, list[Span]] = field(default_factory=dict)

    def conversations(self) -> list[_Open]:
        by_id = {span.id: span for span in self.spans if span.id}
        wanted = self._wanted(by_id)
        for span in self.spans:
            if span.kind == "tool" and span.result is not None:
                self._runs.setdefault(span.trace, []).append(span)
            elif id(span) in wanted:
                self._tell(span, by_id)
        for trace, open_ in self._latest.items():
            if (late := self._collected(trace, open_)) is not None:
                open_.views.session.keep(late)
        return [open_ for open_ in self._found.values() if open_.views.session.turns]

    def _wanted(self, by_id: dict[str, Span]) -> set[int]:
        """The spans to be told: generations that wrap no other; agents where their trace has no generation."""
        generations = [span for span in self.spans if span.kind == "model"]
        wrappers = {above.id for span in generations for above in _above(span, by_id)}
        signs = {span.sign for span in generations if span.sign and not span.wraps}
        kept = [span for span in generations if span.id not in wrappers and not (span.wraps and span.sign in signs)]
        if len(kept) < len(generations):
            self.count.dropped[REPEATED] += len(generations) - len(kept)
        traces = {span.trace for span in kept}
        agents = [span for span in self.spans if span.kind == "agent" and span.said and span.trace not in traces]
        inside = {above.id for span in agents for above in _above(span, by_id)}
        return {id(span) for span in (*kept, *(agent for agent in agents if agent.id not in inside))}

    def _tell(self, span: Span, by_id: dict[str, Span]) -> None:
        if not any(message.role == "assistant" for message in span.said):
            self.count.dropped[SILENT] += 1
            return
        leading = list(takewhile(lambda message: message.role in ("system", "developer"), span.heard))
        heard = span.heard[len(leading) :]
        system = tuple(part for message in leading for part in message.parts) or span.system
        above = list(_above(span, by_id))
        system = system or next((other.system for other in above if other.system), None)
        latest = self._latest.get(span.trace)
        goes_on = not heard or any(isinstance(part, ToolResult) for part in heard[0].parts)
        if not heard and latest is None:
            prompts = (other.heard for other in above if other.heard)
            heard = [message for message in next(prompts, []) if message.role not in ("system", "developer")]
            if not heard:
                self.count.dropped[LOST] += 1
                return
            goes_on = False
        if goes_on and latest is not None:
            self._go_on(latest, span, heard)
            open_, grade = latest, Fidelity("partial", inferred=_GUESSED)
            said = span.said
        else:
            open_, grade = self._opened(span, system, heard), None
            heard, said = self._paired(open_, heard, span)
            open_.views.show(heard)
            open_.waiting.clear()
        setup = self._setup(open_, span, system, above)
        for message in said:
            open_.note(message)
            if message.role == "assistant":
                open_.views.answer(_signed(message, span), setup, grade)
            else:
                open_.views.session.say(_placed(message, span))
        self._latest[span.trace] = open_

    def _opened(self, span: Span, system: tuple[Part, ...] | None, heard: list[Message]) -> _Open:
        first = next((message.parts for message in heard if message.role == "user"), ())
        key = hashlib.sha256(b"\0".join((encode(system or ()), encode(first)))).digest()
        if key not in self._found:
            self._found[key] = _Open(Views(Session(Count())), span)
        return self._found[key]

    def _paired(self, open_: _Open, heard: list[Message], span: Span) -> tuple[list[Message], list[Message]]:
        calls = Calls()
        before = sum(message.role == "assistant" for message in heard)
        told = [_placed(message, span) for message in (*heard, *span.said)]
        paired = list(rounds.paired(told, calls, self._orphan))
        open_.repaired = max(open_.repaired, calls.repaired)
        answers = [index for index, message in enumerate(paired) if message.role == "assistant"]
        at = answers[before]
        return paired[:at], paired[at:]

    def _go_on(self, open_: _Open, span: Span, heard: list[Message]) -> None:
        """What was heard since the last answer: as the generation tells, else what the tools gave meanwhile."""
        late = self._collected(span.trace, open_) if not heard else None
        for message in heard if late is None else [late]:
            parts = tuple(self._answering(open_, part) for part in message.parts)
            role = "tool" if any(isinstance(part, ToolResult) for part in parts) else message.role
            open_.note(message := _placed(replace(message, parts=parts, role=role), span))
            open_.views.session.say(message)

    def _answering(self, open_: _Open, part: Part) -> Part:
        if not isinstance(part, ToolResult) or part.call in open_.waiting or not open_.waiting:
            return part
        open_.repaired += 1
        return replace(part, call=next(iter(open_.waiting)))

    def _collected(self, trace: str, open_: _Open) -> Message | None:
        """One message with the results of those runs of tools that answer a call still waiting."""
        parts: list[Part] = []
        places: list[int] = []
        for run in self._runs.pop(trace, []):
            key, name, given = run.call
            fits = [call for call in open_.waiting.values() if call.name.endswith(name or "\0")]
            same = [call for call in fits if call.arguments == given]
            call = open_.waiting.get(key) or next(iter(same or fits), None)
            if call is not None and run.result is not None:
                parts.append(replace(run.result, call=call.id))
                places.append(run.line)
                del open_.waiting[call.id]
            else:
                self.count.dropped["run of a tool beside the messages"] += 1
        return Message("tool", tuple(parts), origin="tool", lines=(min(places), max(places))) if parts else None

    def _setup(self, open_: _Open, span: Span, system: tuple[Part, ...] | None, above: list[Span]) -> Setup:
        tools = span.tools or next((other.tools for other in above if other.tools), None)
        open_.system = system = system or open_.system
        lone = system is None or (len(system) == 1 and isinstance(system[0], Text))
        form: Literal["string", "blocks"] = "string" if lone else "blocks"
        return Setup(model=span.model, system=system, system_form=form, tools=tools, params=span.params)

    def _orphan(self, why: str) -> None:
        self.count.dropped[why] += 1


def _above(span: Span, by_id: dict[str, Span]) -> Iterator[Span]:
    """The spans around ``span``, the innermost first; a circle is left where it closes."""
    seen = {span.id}
    while span.parent in by_id and span.parent not in seen:
        span = by_id[span.parent]
        seen.add(span.id)
        yield span


def _placed(message: Message, span: Span) -> Message:
    return message if message.lines else replace(message, lines=(span.line, span.line))


def _signed(message: Message, span: Span) -> Message:
    return replace(
        _placed(message, span),
        id=span.response or message.id,
        model=span.model,
        stop=message.stop or span.stop,
        time=span.time,
        usage=span.usage,
        origin="model",
    )
