"""SWE-agent trajectories (``.traj``): the text protocol of 2024 and the function calls of 1.x.

Format: https://swe-agent.com/latest/usage/trajectories/. ``history`` is the conversation as it stood at the end. What
a step was sent stands in its ``query`` or, in 1.0, in the ``messages`` of the step before, which were taken after it.
Older files have neither; there a history processor may have shortened results in a way that nobody wrote down.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

from replay.importers import chat, document, peek, session
from replay.importers.fault import ImportFault
from replay.importers.lines import Count
from replay.importers.loose import mapping, objects, text, unpacked
from replay.importers.rounds import paired
from replay.importers.session import Calls, Session
from replay.importers.views import Views, unanswered
from replay.records import JSON, Fidelity, Grade, Message, Setup, Source, Text, ToolCall, ToolResult, Transcript

NAME = "swe_agent"
PROCESSED = "cuts by history processors"
RETRIED = "the failed attempt before and what was said of it"
_STEP = {"action", "observation", "response", "thought"}
_HARMLESS = ("cache_control", "default")


def sniff(head: bytes, name: str) -> bool:
    """Whether ``head`` begins an object with steps, or with a history and an ``info``."""
    for value in peek.values(head, 1):
        match value:
            case {"trajectory": [dict(step), *_]}:
                return len(_STEP & step.keys()) > 1
            case {"trajectory": [], "history": _} | {"history": [{"role": _, "agent": _}, *_]}:
                return True
    return False


def read(path: Path) -> Iterator[Transcript]:
    """The one transcript in ``path``. Raises ImportFault where it holds neither a history nor a step with messages."""
    count = Count()
    whole = mapping(document.load(path, count, mend=True))
    info, config = mapping(whole.get("info")), mapping(unpacked(whole.get("replay_config")))
    run = _Run(Session(count), list(objects(whole.get("trajectory"))), list(objects(whole.get("history"))))
    agent = mapping(config.get("agent"))
    if any(_sent(step) is not None for step in run.steps):
        made = run.views(agent)
    else:
        made = run.line(agent) if run.history else run.steps_only()
    if not made.messages:
        raise ImportFault("holds no message of a SWE-agent trajectory", path=path)
    problem = mapping(config.get("problem_statement"))
    source = Source(
        NAME,
        path.name,
        sha256=session.digest(path),
        session=text(problem.get("id")) or text(whole.get("environment")),
        agent="SWE-agent",
        version=text(info.get("swe_agent_version")),
    )
    yield replace(made, source=source)


def _sent(step: dict[str, JSON]) -> JSON:
    found = (step[key] for key in ("query", "messages") if isinstance(step.get(key), list) and step[key])
    return next(found, None)


@dataclass
class _Run:
    """One file: its steps, and the history as it stood at the end."""

    told: Session
    steps: list[dict[str, JSON]]
    history: list[dict[str, JSON]]
    details: dict[str, JSON] = field(default_factory=dict)

    def __post_init__(self) -> None:
        said = [item for item in self.history if item.get("role") == "assistant" and item.get("is_demo") is not True]
        at = 0
        for step in self.steps:
            if at < len(said) and _says(said[at], step):
                for entry in objects(said[at].get("tool_calls")):
                    self._describe(text(entry.get("id")), step)
                at += 1

    def _describe(self, call: str | None, step: dict[str, JSON]) -> None:
        state = mapping(unpacked(step.get("state")))
        if call is not None and state:
            self.details[call] = {"state": state}

    # --- files without requests --------------------------------------------------------------------------------

    def line(self, agent: dict[str, JSON]) -> Transcript:
        """The history as one line of messages."""
        messages = self._read(self.history)
        system, rest = chat.opening(messages)
        setup = chat.prompt(_setup(agent, messages), system)
        chat.tell(self.told, paired(rest, self.told.calls, self.told.drop), setup)
        processors = [item.get("type") for item in objects(agent.get("history_processors"))]
        kept = bool(agent) and all(kind in _HARMLESS for kind in processors)
        fidelity = _fidelity(setup, () if kept else (PROCESSED,))
        return self.told.transcript(Source(NAME, ""), fidelity)

    def steps_only(self) -> Transcript:
        """The steps of a file whose history is gone: what was said and seen, without the prompt."""
        for step in self.steps:
            if (answer := _made(step)) is not None:
                self.told.answer(answer, Setup("openai-chat"))
            if (seen := text(step.get("observation"))) is not None:
                self.told.say(Message("user", (Text(seen),), origin="tool", form="string"))
        return self.told.transcript(Source(NAME, ""), Fidelity("text", missing=("history",)))

    # --- files with requests -----------------------------------------------------------------------------------

    def views(self, agent: dict[str, JSON]) -> Transcript:
        """The steps as requests, each with the messages it was sent."""
        views, calls, repaired = Views(self.told), Calls(), 0
        setup = _setup(agent, self._read(self.history, count=False))
        missing: tuple[str, ...] = ()
        for request, answer, lost in self._requests():
            if answer is None:
                self.told.drop("step without an answer")
                continue
            calls = Calls()
            *shown, said = paired([*request, answer], calls, _ignore)
            system, rest = chat.opening(shown)
            now = chat.prompt(setup, system)
            views.show(rest)
            partial = _fidelity(now, lost) if lost or system is None else None
            views.answer(said, now, partial)
            repaired = max(repaired, calls.repaired)
            missing = _fidelity(now, ()).missing
        final = self._read(self.history or [item for step in self.steps[-1:] for item in objects(_sent(step))])
        calls = Calls()
        _, rest = chat.opening(list(paired(final, calls, self.told.drop)))
        views.show(rest)
        self.told.calls.repaired = max(repaired, calls.repaired)
        grade: Grade = "partial" if missing else "full"
        return unanswered(
            self.told.transcript(Source(NAME, ""), Fidelity(grade, recovered=("system prompt",), missing=missing))
        )

    def _requests(self) -> Iterator[tuple[list[Message], Message | None, tuple[str, ...]]]:
        """For each step what it was sent, its answer, and what of the former is not known."""
        after: list[Message] | None = None
        failed = False
        for number, step in enumerate(self.steps):
            query = step.get("query")
            if isinstance(query, list) and query:
                request = self._read(objects(query), count=False)
                yield request, self._answer(step, number, len(request), "query"), ()
                continue
            state = self._read(objects(step.get("messages")), count=False)
            last = max((at for at, message in enumerate(state) if _is_answer(message)), default=-1)
            taken_after = last >= 0 and _text(state[last]) == (step.get("response") or "")
            if not state:
                yield after or [], None, ()
            elif not taken_after:
                yield state, self._answer(step, number, len(state), "messages"), (RETRIED,) if failed else ()
            else:
                yield after if after is not None else state[:last], state[last], (RETRIED,) if failed else ()
                after = state
            failed = bool(state) and not taken_after

    def _answer(self, step: dict[str, JSON], number: int, length: int, key: str) -> Message | None:
        """The answer to what ``key`` holds: as that of the next step repeats it, or as the history does, or as text."""
        following = self.steps[number + 1].get(key) if number + 1 < len(self.steps) else None
        later = following[length : length + 1] if isinstance(following, list) else []
        ended = self.history[-2:] if number + 1 == len(self.steps) else []
        found = next((item for item in objects([*later, *ended]) if _says(item, step)), None)
        read = self._read([found], count=False) if found is not None else []
        return read[0] if read else _made(step)

    def _read(self, items: object, *, count: bool = True) -> list[Message]:
        messages: list[Message] = []
        for item in items if isinstance(items, list | Iterator) else ():
            message = chat.read(item)
            if message is None:
                if count:
                    self.told.drop("message without a known role or content")
                continue
            if item.get("is_demo") is True:
                message = replace(message, origin="client")
            parts = tuple(
                replace(part, detail=self.details.get(part.call)) if isinstance(part, ToolResult) else part
                for part in message.parts
            )
            messages.append(replace(message, parts=parts))
        return messages


def _ignore(why: str) -> None:
    """What is dropped from a request is counted once, with the history."""


def _made(step: dict[str, JSON]) -> Message | None:
    response = text(step.get("response"))
    return None if response is None else Message("assistant", (Text(response),), origin="model", form="string")


def _says(item: dict[str, JSON], step: dict[str, JSON]) -> bool:
    if item.get("role") != "assistant":
        return False
    content = item.get("content")
    said = content if isinstance(content, str) else _text(chat.read(item))
    return said == (step.get("response") or "") or (
        bool(item.get("tool_calls")) and item.get("action") == step.get("action")
    )


def _text(message: Message | None) -> str:
    return "" if message is None else "".join(part.text for part in message.parts if isinstance(part, Text))


def _is_answer(message: Message) -> bool:
    return message.role == "assistant" and message.origin == "model"


def _setup(agent: dict[str, JSON], messages: list[Message]) -> Setup:
    """Model and settings by the run's own configuration. In the text protocol the tools stand in the prompt."""
    model = mapping(agent.get("model"))
    params = {key: model[key] for key in ("temperature", "top_p") if isinstance(model.get(key), int | float)}
    kind = mapping(mapping(agent.get("tools")).get("parse_function")).get("type")
    calls = any(isinstance(part, ToolCall) for message in messages for part in message.parts)
    tools = None if calls or kind == "function_calling" else ()
    return Setup("openai-chat", text(model.get("name")), tools=tools, params=params)


def _fidelity(setup: Setup, lost: tuple[str, ...]) -> Fidelity:
    needed = (("system prompt", setup.system), ("tool schemas", setup.tools))
    missing = tuple(name for name, value in needed if value is None)
    recovered = ("system prompt",) if setup.system else ()
    inferred = ("request boundaries",) if PROCESSED in lost else ()
    grade: Grade = "partial" if missing or RETRIED in lost else "full"
    return Fidelity(grade, recovered=recovered, inferred=inferred, missing=(*missing, *lost))
