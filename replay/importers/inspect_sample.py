"""A sample of an Inspect log as a transcript: its calls of the model, each with the messages it was sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from msgspec.structs import replace

from replay.importers import chat, exchanges
from replay.importers.conversation import Exchange
from replay.importers.lines import Count
from replay.importers.loose import mapping, number, objects, text
from replay.importers.rounds import paired
from replay.importers.session import DAMAGED, Calls, Session
from replay.importers.views import Views, unanswered
from replay.records import (
    JSON,
    Fidelity,
    Image,
    Message,
    Opaque,
    Part,
    Reasoning,
    Setup,
    Source,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Transcript,
    Usage,
)
from replay.wire import openai_parts
from replay.wire.notes import WireError

EXACT = Fidelity("exact", proof="captured request")
FULL = Fidelity("full", recovered=("system prompt", "tool schemas"), inferred=("request body",))
_ATTACHED = re.compile(r"attachment://([0-9a-f]{32})")
_UNSENT = ("extra_headers", "extra_query", "timeout")
_ITEM = TypeVar("_ITEM")


def sample_transcript(sample: dict[str, JSON], count: Count, source: Source, model: str | None) -> Transcript:
    """The transcript of ``sample``: a turn for each call of the model that a scorer did not make.

    Where the sample holds no events, its final messages are told as they stand.
    """
    return _Sample(sample, Session(count), model).transcript(source)


@dataclass
class _Sample:
    sample: dict[str, JSON]
    told: Session
    model: str | None
    lost: set[str] = field(default_factory=set)
    pool: list[Message | None] = field(default_factory=list)
    graded: set[str] = field(default_factory=set)
    odd: bool = False

    def transcript(self, source: Source) -> Transcript:
        held = mapping(self.sample.get("events_data"))
        events = list(self._events(self.sample.get("events"), scored=False))
        messages = self.sample.get("message_pool") or held.get("messages")
        self.pool = [self._message(item) for item in (messages if isinstance(messages, list) else ())]
        self.odd = _is_odd(self.pool)
        requests = self.sample.get("call_pool") or held.get("calls")
        calls = requests if isinstance(requests, list) else []
        views, exact = Views(self.told), 0
        for event in events:
            captured = self._captured(event, calls)
            if captured is not None:
                exact += self._exact(views, captured, event)
            else:
                self._full(views, event)
        final = [read for item in objects(self.sample.get("messages")) if (read := self._message(item)) is not None]
        fidelity = EXACT if exact else FULL
        if not self.told.turns:
            fidelity = self._line(final)
        else:
            self._tail(final)
            if 0 < exact < len(self.told.turns):
                fidelity = FULL
        if fidelity is EXACT:
            self.told.turns[:] = [replace(turn, fidelity=None) for turn in self.told.turns]
        if self.lost:
            self.told.drop("attachment that is not in the file", len(self.lost))
        return unanswered(self.told.transcript(source, fidelity))

    # --- events ------------------------------------------------------------------------------------------------

    def _events(self, events: JSON, *, scored: bool) -> Iterator[dict[str, JSON]]:
        """The calls of the model, without those made while scoring."""
        steps: list[bool] = []
        for event in objects(events):
            kind = event.get("event")
            scoring = event.get("type") in ("scorer", "scorers")
            if kind == "step":
                if event.get("action") == "begin":
                    steps.append(scoring)
                elif steps:
                    steps.pop()
            elif kind == "span_begin":
                if scoring or str(event.get("parent_id")) in self.graded:
                    self.graded.add(str(event.get("id")))
            elif kind == "model":
                if scored or any(steps) or str(event.get("span_id")) in self.graded:
                    self.told.drop("model call of a scorer")
                elif next(objects(mapping(event.get("output")).get("choices")), None) is None:
                    self.told.drop("model call without an answer")
                else:
                    yield event
            if kind in ("tool", "subtask") and event.get("events"):
                yield from self._events(event["events"], scored=scored or any(steps))

    def _captured(self, event: dict[str, JSON], pool: list[JSON]) -> Exchange | None:
        """What was sent to the provider and came back; None where the log does not hold it whole."""
        call = mapping(event.get("call"))
        request = {key: value for key, value in mapping(call.get("request")).items() if key not in _UNSENT}
        if isinstance(call.get("call_refs"), list):
            request[text(call.get("call_key")) or "messages"] = list(_spread(call["call_refs"], pool))
        if not ({"messages", "input"} & request.keys()):
            return None
        before = len(self.lost)
        body, response = self._whole(request), self._whole(call.get("response"))
        if len(self.lost) > before:
            return None
        try:
            return exchanges.read({"request": {"model": self.model, **body}, "response": response}, 1, Count().dropped)
        except WireError:
            return None

    def _exact(self, views: Views, captured: Exchange, event: dict[str, JSON]) -> int:
        answer = captured.answer or self._output(event)
        asked = captured.prefix
        views.show(asked.messages)
        views.answer(replace(answer, time=text(event.get("timestamp"))), asked.setup, EXACT, asked.cache)
        return 1

    def _full(self, views: Views, event: dict[str, JSON]) -> None:
        sent: list[Message | None]
        pooled = not event.get("input") and isinstance(event.get("input_refs"), list)
        if pooled:
            sent = list(_spread(event["input_refs"], self.pool))
        else:
            sent = [self._message(item) for item in objects(event.get("input"))]
        if None in sent:
            self.told.drop("message without a known role or content", sent.count(None))
        known, answer = [item for item in sent if item is not None], self._output(event)
        if not pooled or self.odd:
            *known, answer = paired([*known, answer], Calls(), _ignore)
        system, rest = chat.opening(known)
        views.show(rest)
        params = {key: value for key, value in mapping(event.get("config")).items() if value is not None}
        tools = tuple(self._tool(tool) for tool in objects(event.get("tools")))
        setup = Setup(model=text(event.get("model")) or self.model, tools=tools, params=params)
        views.answer(answer, chat.prompt(setup, system or ()), None)

    # --- the rest ----------------------------------------------------------------------------------------------

    def _line(self, messages: list[Message]) -> Fidelity:
        system, rest = chat.opening(messages)
        calls = any(isinstance(part, ToolCall) for message in messages for part in message.parts)
        setup = chat.prompt(Setup(model=self.model, tools=None if calls else ()), system)
        chat.tell(self.told, paired(rest, Calls(), self.told.drop), setup)
        missing = (*(() if system else ("system prompt",)), *(("tool schemas",) if calls else ()), "requests")
        return Fidelity("partial", recovered=("system prompt",) if system else (), missing=missing)

    def _tail(self, messages: list[Message]) -> None:
        """Keeps what came after the last answer, where that is the one that the messages end with."""
        last = max((at for at, message in enumerate(messages) if message.role == "assistant"), default=None)
        if last is None:
            return
        said = {part.id for part in messages[last].parts if isinstance(part, ToolCall)}
        given = {
            part.id for part in self.told.messages[self.told.turns[-1].message].parts if isinstance(part, ToolCall)
        }
        if said == given:
            for message in list(paired(messages[last:], Calls(), self.told.drop))[1:]:
                self.told.keep(message)

    def _output(self, event: dict[str, JSON]) -> Message:
        output = mapping(event.get("output"))
        choice = next(objects(output.get("choices")), {})
        read = self._message({"role": "assistant", **mapping(choice.get("message"))})
        used = mapping(output.get("usage"))
        usage = Usage(
            input=number(used.get("input_tokens")),
            cache_read=number(used.get("input_tokens_cache_read")),
            cache_write=number(used.get("input_tokens_cache_write")),
            output=number(used.get("output_tokens")),
            reasoning=number(used.get("reasoning_tokens")),
        )
        return replace(
            read or Message("assistant", origin="model"),
            model=text(output.get("model")) or self.model,
            time=text(event.get("timestamp")),
            stop=text(choice.get("stop_reason")),
            usage=usage if used else None,
        )

    def _message(self, item: JSON) -> Message | None:
        """A message as Inspect writes it. Of a result that failed, the model saw the error."""
        item = mapping(self._whole(item))
        content, key = item.get("content"), text(item.get("id"))
        form: Literal["string", "blocks"] = "string" if isinstance(content, str) else "blocks"
        found = [_block(block) for block in content] if isinstance(content, list) else chat.blocks(content)
        parts = tuple(part for part in found if part is not None)
        match item.get("role"):
            case "system" | "user" as role if parts:
                return Message(role, parts, id=key, form=form)
            case "assistant":
                entries = [{**call, "name": call.get("function")} for call in objects(item.get("tool_calls"))]
                calls = tuple(chat.call(entry) for entry in entries)
                model = text(item.get("model"))
                return Message("assistant", (*parts, *calls), id=key, model=model, origin="model", form=form)
            case "tool":
                told = tuple(part for part in parts if isinstance(part, Text | Image | Opaque))
                result = ToolResult(text(item.get("tool_call_id")) or "", told, form=form)
                error = mapping(item.get("error"))
                if isinstance(said := error.get("message"), str):
                    result = ToolResult(result.call, (Text(said),), is_error=True, detail={"error": error})
                return Message("tool", (result,), id=key, origin="tool")
            case _:
                return None

    def _tool(self, tool: dict[str, JSON]) -> Tool:
        tool = mapping(self._whole(tool))
        return Tool(text(tool.get("name")) or "", text(tool.get("description")), mapping(tool.get("parameters")))

    def _whole(self, value: JSON) -> JSON:
        """``value`` with its attachments put back; those that the file does not hold are noted in ``lost``."""
        match value:
            case str() if "attachment://" in value:
                return _ATTACHED.sub(self._attachment, value)
            case list():
                return [self._whole(item) for item in value]
            case dict():
                return {key: self._whole(item) for key, item in value.items()}
            case _:
                return value

    def _attachment(self, match: re.Match[str]) -> str:
        found = mapping(self.sample.get("attachments")).get(match[1])
        if not isinstance(found, str):
            self.lost.add(match[1])
            return match[0]
        return found


def _is_odd(pool: list[Message | None]) -> bool:
    """Whether results in ``pool`` may have to be brought to their calls: of parallel calls, and of ids that recur."""
    ids: set[str] = {""}
    for message in pool:
        calls = [part.id for part in message.parts if isinstance(part, ToolCall)] if message is not None else []
        if len(calls) > 1 or ids & set(calls) or any(DAMAGED in call for call in calls):
            return True
        ids.update(calls)
    return False


def _ignore(why: str) -> None:
    """A request is shown many times; what is dropped from it is counted with the messages of the sample."""


def _spread(refs: list[JSON], pool: list[_ITEM]) -> Iterator[_ITEM]:
    for ref in refs:
        match ref:
            case [int(start), int(stop)] if 0 <= start <= stop <= len(pool):
                yield from pool[start:stop]


def _block(block: JSON) -> Part | None:
    match block:
        case str(said):
            return Text(said)
        case {"type": "reasoning", "reasoning": str(said)}:
            signature = text(block.get("signature"))
            if block.get("redacted") is True:
                return Reasoning(text(block.get("summary")) or "", encrypted=said, id=signature)
            return Reasoning(said, signature=signature)
        case {"type": "image", "image": str(image)}:
            return openai_parts.read_leaf({"type": "image_url", "image_url": {"url": image}})
        case dict():
            return next(chat.blocks([block]), None)
        case _:
            return None
