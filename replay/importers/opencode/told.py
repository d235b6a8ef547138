"""An opencode session told message by message: what was said, and what the model saw of it later."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any

from msgspec.structs import replace

from replay.importers.opencode.values import cleared, created, moment, picture, provided, record, spent
from replay.importers.session import DAMAGED, Session
from replay.records import (
    JSON,
    Api,
    Fidelity,
    Image,
    Message,
    Opaque,
    Part,
    Reasoning,
    Setup,
    Source,
    Text,
    ToolCall,
    ToolResult,
    Transcript,
    Usage,
)

_SAID = {"subtask": "The following tool was executed by the user", "compaction": "What did we do so far?"}
_UNSENT = ("text/plain", "application/x-directory")
_GRADE = Fidelity("partial", inferred=("text of client prompts",), missing=("system prompt", "tool schemas"))


@dataclass
class _Step:
    """What one response said and got back."""

    said: list[Part] = field(default_factory=list)
    back: list[ToolResult] = field(default_factory=list)
    pruned: list[tuple[float, str]] = field(default_factory=list)
    usage: Usage | None = None
    stop: str | None = None
    began: bool = False


@dataclass
class Told:
    """A session so far. ``pruned`` are results and when they are pruned, ``place`` where each lies in the pool."""

    session: Session
    info: dict[str, JSON]
    version: str | None = None
    setup: Setup = field(default_factory=Setup)
    apis: dict[str, Api] = field(default_factory=dict)
    starts: dict[str, int] = field(default_factory=dict)
    compaction: tuple[int, dict[str, JSON]] | None = None
    pruned: list[tuple[float, str]] = field(default_factory=list)
    place: dict[str, int] = field(default_factory=dict)
    sealed: bool = False

    def message(self, info: dict[str, JSON], parts: list[JSON]) -> None:
        """One more message with its parts."""
        told = [part for part in parts if isinstance(part, dict) and isinstance(part.get("type"), str)]
        self.session.drop("part of an unknown shape", len(parts) - len(told))
        self.starts[str(info.get("id"))] = len(self.session.messages)
        match info.get("role"):
            case "user":
                self._user(info, told)
            case "assistant":
                self._assistant(info, told)
            case _:
                self.session.drop("message of an unknown role")

    # --- what the user said ----------------------------------------------------------------------------------

    def _user(self, info: dict[str, JSON], parts: list[dict[str, Any]]) -> None:
        told: list[Part] = []
        typed = False
        for part in parts:
            match part:
                case {"type": "text", "text": str(text)} if part.get("ignored") is not True:
                    told.append(Text(text))
                    typed = typed or part.get("synthetic") is not True
                case {"type": "file"}:
                    told.extend(self._file(part))
                case {"type": "subtask" | "compaction" as kind}:
                    told.append(Text(_SAID[kind]))
                    if kind == "compaction":
                        self.compaction = (len(self.session.messages), part)
                case _:
                    self.session.drop(f"part `{part['type'][:40]}` of a user message")
        if (summary := info.get("summary")) and isinstance(summary, dict) and summary.get("diffs"):
            self.session.drop("file diffs of a prompt")
        if info.get("system"):
            self.session.drop("system text of a prompt: the rest of the system prompt is not in the file")
        if told:
            began = moment(created(info))
            self.session.say(Message("user", tuple(told), origin="typed" if typed else "client", time=began))
        else:
            self.session.drop("user message without content")

    def _file(self, part: dict[str, Any]) -> Iterator[Part]:
        mime, url = part.get("mime"), part.get("url")
        if mime in _UNSENT:
            self.session.drop("file part that the client sent as text")
        elif isinstance(mime, str) and mime.startswith("image/") and isinstance(url, str):
            yield picture(mime, url)
        else:
            yield Opaque("opencode", part)

    # --- what the model said ---------------------------------------------------------------------------------

    def _assistant(self, info: dict[str, JSON], parts: list[dict[str, Any]]) -> None:
        self._prune(created(info))
        steps = list(self._steps(info, parts))
        model = info.get("modelID")
        name = model if isinstance(model, str) else None
        self.setup = Setup(api=self._api(parts), model=name)
        before = self.session.view.ranges()
        spoke = None
        for step in steps:
            if step.said:
                spoke = self._say(info, step)
        failed = info.get("error")
        if spoke is None:
            self.session.drop("answer that failed" if failed else "answer without content")
        elif isinstance(failed, dict) and failed.get("name") != "MessageAbortedError":
            self.session.view.restore(before)
            self.session.count.notes["an answer that failed is left out of later prefixes, as the client does"] = None
        elif info.get("summary") is True:
            self._summarised(spoke)

    def _steps(self, info: dict[str, JSON], parts: list[dict[str, Any]]) -> Iterator[_Step]:
        step = _Step()
        for part in parts:
            match part:
                case {"type": "step-start"}:
                    if step.said:
                        yield step
                    step = _Step(began=True)
                case {"type": "step-finish"}:
                    reason = part.get("reason")
                    step.stop = reason if isinstance(reason, str) else None
                    step.usage = spent(part.get("tokens"))
                case {"type": "text", "text": str(text)}:
                    step.said.append(Text(text))
                case {"type": "reasoning", "text": str(text)}:
                    self._reason(step, part, text)
                case {"type": "tool", "tool": str(name), "state": dict(state)}:
                    self._tool(step, part, name, state)
                case _:
                    self.session.drop(f"part `{part['type'][:40]}` of an answer")
        step.usage = step.usage or spent(info.get("tokens"))
        if step.stop is None and isinstance(finish := info.get("finish"), str):
            step.stop = finish
        yield step

    def _reason(self, step: _Step, part: dict[str, Any], text: str) -> None:
        facts = provided(part)
        sealed = facts.get("reasoningEncryptedContent") or facts.get("redactedData")
        if sealed and DAMAGED in sealed:
            self.session.drop("encrypted reasoning that was redacted")
            self.sealed, sealed = True, None
        thought = Reasoning(text, signature=facts.get("signature"), encrypted=sealed, id=facts.get("itemId"))
        match step.said[-1:]:
            case [Reasoning(id=str(key)) as before] if key == thought.id:
                joined = "\n\n".join(filter(None, (before.text, text)))
                step.said[-1] = replace(before, text=joined, encrypted=before.encrypted or thought.encrypted)
            case _:
                step.said.append(thought)

    def _tool(self, step: _Step, part: dict[str, Any], name: str, state: dict[str, Any]) -> None:
        call = self.session.calls.call(part.get("callID"))
        arguments = state.get("input")
        raw = state.get("raw")
        if not isinstance(arguments, dict):
            arguments = raw if isinstance(raw, str) else {}
        step.said.append(ToolCall(call, name, arguments))
        match state:
            case {"status": "completed", "output": str(output)}:
                attached = state.get("attachments")
                files = [file for file in (attached if isinstance(attached, list) else []) if isinstance(file, dict)]
                shown = [item for file in files for item in self._file(file) if isinstance(item, Image | Opaque)]
                result = ToolResult(call, (Text(output), *shown), form="blocks" if shown else "string")
            case {"status": "error", "error": str(error)}:
                result = ToolResult(call, (Text(error),), is_error=True)
            case _:
                return
        self.session.calls.close(call)
        step.back.append(replace(result, detail=record(state)))
        time = state.get("time")
        if isinstance(time, dict) and isinstance(pruned := time.get("compacted"), int | float):
            step.pruned.append((pruned, call))

    def _say(self, info: dict[str, JSON], step: _Step) -> int:
        time = moment(created(info))
        if not step.began and _is_clients(info, step):
            index = self.session.say(Message("assistant", tuple(step.said), origin="client", time=time))
        else:
            name = info.get("id")
            answer = Message(
                "assistant",
                tuple(step.said),
                id=name if isinstance(name, str) and DAMAGED not in name else None,
                model=self.setup.model,
                time=time,
                stop=step.stop,
                usage=step.usage,
                origin="model",
            )
            grade = replace(_GRADE, missing=(*_GRADE.missing, "compaction prompt"))
            index = self.session.answer(answer, self.setup, grade if info.get("summary") is True else None)
        if step.back:
            back = self.session.say(Message("tool", tuple(step.back), origin="tool"))
            self.place.update((result.call, back) for result in step.back)
        for event in step.pruned:
            heappush(self.pruned, event)
        return index

    def _api(self, parts: list[dict[str, Any]]) -> Api | None:
        """The API that the model's thoughts show it spoke, now or earlier in the session."""
        key = str(self.info.get("id"))
        for part in parts:
            facts = provided(part) if part.get("type") == "reasoning" else {}
            if facts.get("itemId"):
                self.apis[key] = "openai-responses"
            elif facts.get("signature") or facts.get("redactedData"):
                self.apis[key] = "anthropic"
        return self.apis.get(key)

    # --- what it sees of it later ----------------------------------------------------------------------------

    def _prune(self, now: float) -> None:
        """Before an answer begun at ``now``: the results pruned until then are words in their place."""
        calls: dict[int, set[str]] = {}
        while self.pruned and self.pruned[0][0] <= now:
            _, call = heappop(self.pruned)
            calls.setdefault(self.place[call], set()).add(call)
        if not calls:
            return
        copies = {}
        for index, gone in calls.items():
            message = self.session.messages[index]
            parts = tuple(
                cleared(part) if isinstance(part, ToolResult) and part.call in gone else part for part in message.parts
            )
            copies[index] = self.session.keep(replace(message, parts=parts))
            self.place.update((part.call, copies[index]) for part in parts if isinstance(part, ToolResult))
        self.session.view.reset([copies.get(index, index) for index in self.session.view])
        note = "results pruned later are in the pool twice: whole, and as the words that stood for them"
        self.session.count.notes[note] = None

    def _summarised(self, summary: int) -> None:
        """After a summary the model sees the question for it, the summary, and what was kept of the end."""
        kept: list[int] = []
        if self.compaction is not None:
            asked, part = self.compaction
            tail = self.starts.get(str(part.get("tail_start_id")), asked)
            kept = [asked, summary, *(index for index in self.session.view if tail <= index < asked)]
        self.session.view.reset(kept or [summary])
        self.compaction = None
        self.session.count.notes["the history was summarised: later prefixes begin with the summary"] = None

    def transcript(self, source: Source) -> Transcript:
        """The session as one transcript, with what its info says added to ``source``."""
        text = {key: value for key, value in self.info.items() if isinstance(value, str)}
        parent = text.get("parentID")
        if parent is not None and DAMAGED in parent:
            parent = None
            self.session.count.notes["a sub-agent's session: the id of the one that started it was redacted"] = None
        if self.info.get("revert"):
            self.session.count.notes["the last messages had been reverted when the session was saved"] = None
        source = replace(
            source, session=text.get("id"), parent=parent, version=text.get("version"), cwd=text.get("directory")
        )
        missing = (*_GRADE.missing, *(("encrypted reasoning",) if self.sealed else ()))
        return self.session.transcript(source, replace(_GRADE, missing=missing))


def _is_clients(info: dict[str, JSON], step: _Step) -> bool:
    """Whether the client wrote this answer itself, for a command: a call that cost no tokens."""
    tokens = step.usage or spent(info.get("tokens"))
    return tokens in (None, Usage()) and any(isinstance(part, ToolCall) for part in step.said)
