"""A chat told request by request: what the person asked, the rounds of the answer, and what its tools gave back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from msgspec.structs import replace

from replay.importers import loose
from replay.importers.copilot_chat import results, shown
from replay.importers.copilot_chat.thoughts import thought
from replay.importers.session import Session
from replay.records import (
    JSON,
    Fidelity,
    Message,
    Opaque,
    Part,
    Setup,
    Source,
    Text,
    ToolCall,
    ToolResult,
    Transcript,
)
from replay.wire import openai_parts

_EDITS = re.compile(r"edit|replace|patch|create|insert|write|subagent", re.IGNORECASE)
_COMPACTED = "the history was compacted: later prefixes begin with the summary"
_ARGUMENTS = "tool arguments"
_RESULTS = "tool results"
_KINDS = ("kind", "name", "value", "modelDescription")


@dataclass
class Telling:
    """A chat as far as it is told. ``context`` is the message about the workspace that stays before all others."""

    session: Session
    key: str | None = None
    cwd: str | None = None
    context: int | None = None
    missing: set[str] = field(default_factory=set)
    inferred: set[str] = field(default_factory=set)

    def chat(self, requests: list[dict[str, JSON]]) -> None:
        """All of it."""
        every = [_metadata(request) for request in requests]
        summaries = dict(_summaries(every))
        self.session.count.rows = len(requests)
        going_on = False
        for number, (request, about) in enumerate(zip(requests, every, strict=True)):
            self.key = self.key or loose.text(about.get("sessionId"))
            if going_on and request.get("confirmation") is not None:
                self.session.drop("consent to go on, which the model does not see")
            else:
                self._asked(request, about)
            rounds = list(loose.objects(about.get("toolCallRounds")))
            # Where a limit of calls ended the answer, what the last of them gave stands with the next request.
            following = every[number + 1] if number + 1 < len(every) else {}
            gave = loose.mapping(following.get("toolCallResults")) | loose.mapping(about.get("toolCallResults"))
            if any(_is_told(one) for one in rounds):
                self._rounds(request, about, rounds, gave, summaries)
            else:
                self._shown(request, about)
            going_on = about.get("maxToolCallsExceeded") is True

    # --- what was asked --------------------------------------------------------------------------------------

    def _asked(self, request: dict[str, JSON], about: dict[str, JSON]) -> None:
        time = loose.moment(request.get("timestamp"))
        if about.get("renderedGlobalContext") is not None and self.context is None:
            parts = tuple(results.rendered(about["renderedGlobalContext"]))
            self.cwd = self.cwd or results.folder(parts)
            if parts and not self.session.messages:
                self.context = self.session.say(Message("user", parts, origin="client", time=time))
        told: tuple[Part, ...] = tuple(results.rendered(about.get("renderedUserMessage")))
        if told:
            self.cwd = self.cwd or results.folder(told)
        else:
            self.missing.add("words around the prompt")
            typed = _typed(request.get("message"))
            told = (*((Text(typed),) if typed else ()), *_attached(request.get("variableData")))
        if told:
            key = loose.text(request.get("requestId"))
            self.session.say(Message("user", told, id=key, origin="typed", time=time))
        else:
            self.session.drop("request without words")

    # --- what the model said ---------------------------------------------------------------------------------

    def _rounds(
        self,
        request: dict[str, JSON],
        about: dict[str, JSON],
        rounds: list[dict[str, JSON]],
        gave: dict[str, JSON],
        summaries: dict[str, str],
    ) -> None:
        parts = shown.main(request.get("response"))
        names = [str(call.get("name")) for one in rounds for call in loose.objects(one.get("toolCalls"))]
        edits = [] if any(_EDITS.search(name) for name in names) else list(shown.edits(parts))
        new = shown.created(parts)
        for number, one in enumerate(rounds):
            said: list[Part] = [*thought(one.get("thinking"), self._model(request, about, one))]
            if (text := loose.text(one.get("response"))) and text.strip():
                said.append(Text(text))
            answered: list[ToolResult] = []
            for call in loose.objects(one.get("toolCalls")):
                made = self._call(call, said)
                if (parts_of := results.result(gave.get(str(call.get("id"))))) is not None:
                    self.session.calls.close(made)
                    answered.append(ToolResult(made, parts_of))
            if number == len(rounds) - 1:
                answered += [shown.edit(edit, new, said, self.session) for edit in edits]
            self._say(said, answered, self._model(request, about, one), _time(one, request))
            if (summary := summaries.get(str(one.get("id")))) is not None:
                self._compacted(summary)
        if any(True for _ in loose.objects(rounds[-1].get("toolCalls"))):
            last = shown.tail(parts)
            if last and last not in {str(one.get("response")).strip() for one in rounds}:
                self._say([Text(last)], [], self._model(request, about, {}), _time({}, request))

    def _shown(self, request: dict[str, JSON], about: dict[str, JSON]) -> None:
        """The answer as the chat showed it, where its rounds are not kept."""
        for said, answered in shown.read(shown.main(request.get("response")), self.session):
            calls = [part for part in said if isinstance(part, ToolCall)]
            self.missing.update(_ARGUMENTS for call in calls if not call.arguments)
            self.missing.update(_RESULTS for _ in calls[len(answered) :])
            self._say(said, answered, self._model(request, about, {}), _time({}, request))

    def _call(self, call: dict[str, JSON], said: list[Part]) -> str:
        """The id under which ``call`` is known, once it is said."""
        name = loose.text(call.get("name")) or ""
        made = self.session.calls.call(call.get("id"), tool=name)
        given = call.get("arguments")
        if isinstance(given, dict):
            said.append(ToolCall(made, name, given))
        else:
            raw = given if isinstance(given, str) else "{}"
            said.append(openai_parts.read_call({"id": made, "function": {"name": name, "arguments": raw or "{}"}}))
        return made

    def _say(self, said: list[Part], answered: list[ToolResult], model: str | None, time: str | None) -> None:
        if not said:
            self.session.drop("answer without content")
            return
        answer = Message("assistant", tuple(said), model=model, time=time, origin="model")
        self.session.answer(answer, Setup(model=model), self._grade())
        if answered:
            self.inferred.add("text of results")
            self.session.say(Message("tool", tuple(answered), origin="tool", time=time))

    def _compacted(self, summary: str) -> None:
        self.session.view.reset(() if self.context is None else (self.context,))
        told = f"<conversation-summary>\n{summary}\n</conversation-summary>"
        self.session.say(Message("user", (Text(told),), origin="client"))
        self.missing.add("words around the summary")
        self.session.count.notes[_COMPACTED] = None

    def _model(self, request: dict[str, JSON], about: dict[str, JSON], one: dict[str, JSON]) -> str | None:
        told = (one.get("modelId"), about.get("resolvedModel"), request.get("modelId"))
        found = next((name for name in told if isinstance(name, str) and name), None)
        return found.removeprefix("copilot/") if found else None

    def transcript(self, source: Source) -> Transcript:
        """All of it; a turn has the grade of what was known up to it."""
        last = self._grade()
        turns = self.session.turns
        turns[:] = [replace(turn, fidelity=None) if turn.fidelity == last else turn for turn in turns]
        return self.session.transcript(source, last)

    def _grade(self) -> Fidelity:
        missing = ("system prompt", "tool schemas", *sorted(self.missing))
        if {_ARGUMENTS, _RESULTS} & self.missing:
            return Fidelity("text", missing=missing)
        return Fidelity("partial", inferred=tuple(sorted(self.inferred)), missing=missing)


def _metadata(request: dict[str, JSON]) -> dict[str, JSON]:
    return loose.mapping(loose.mapping(request.get("result")).get("metadata"))


def _is_told(one: dict[str, JSON]) -> bool:
    """Whether a round says anything."""
    text = loose.text(one.get("response"))
    return bool(text and text.strip()) or any(True for _ in loose.objects(one.get("toolCalls")))


def _summaries(every: list[dict[str, JSON]]) -> Iterator[tuple[str, str]]:
    """The summaries that stand for all up to a round, by its id."""
    for about in every:
        for one in loose.objects(about.get("toolCallRounds")):
            if (text := loose.text(one.get("summary"))) and isinstance(key := one.get("id"), str):
                yield key, text
        listed = about.get("summaries")
        for one in (loose.mapping(about.get("summary")), *loose.objects(listed)):
            match one:
                case {"toolCallRoundId": str(key), "text": str(text)} if text:
                    yield key, text


def _typed(message: JSON) -> str | None:
    return loose.text(message) or loose.text(loose.mapping(message).get("text"))


def _attached(data: JSON) -> Iterator[Opaque]:
    for variable in loose.objects(loose.mapping(data).get("variables")):
        kept = {key: variable[key] for key in _KINDS if key in variable}
        if variable.get("kind") == "image":
            kept.pop("value", None)
        yield Opaque(results.API, kept)


def _time(one: dict[str, JSON], request: dict[str, JSON]) -> str | None:
    return loose.moment(one.get("timestamp")) or loose.moment(request.get("timestamp"))
