"""A Codex rollout told row by row: items into messages, and what compaction and rollback leave of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from replay.importers.codex import items
from replay.importers.session import DAMAGED, Session
from replay.records import JSON, Fidelity, Message, Part, Setup, Source, Text, ToolResult, Transcript
from replay.wire import openai_items, openai_responses
from replay.wire.notes import WireError

_TRUTH = ("patch_apply_end", "mcp_tool_call_end")
_HIDDEN = {"reasoning": "encrypted reasoning", "compaction": "compacted history"}
_GUESSED = "history kept at a compaction"


@dataclass
class _Open:
    """Items of one side that are still coming in, with the lines and the time of the first and last."""

    items: list[dict[str, JSON]] = field(default_factory=list)
    first: int = 0
    last: int = 0
    time: str | None = None

    def add(self, item: dict[str, JSON], line: int, time: str | None) -> None:
        if not self.items:
            self.first, self.time = line, time
        self.items.append(item)
        self.last = line

    def facts(self) -> dict[str, Any]:
        return {"lines": (self.first, self.last), "time": self.time}


@dataclass
class Rollout:
    """A session so far. ``said`` are items of an answer still coming in, ``back`` results of its calls.

    ``repeated`` is a system prompt that went out as a message.
    """

    session: Session
    meta: dict[str, JSON] = field(default_factory=dict)
    setup: Setup = field(default_factory=lambda: Setup(api="openai-responses"))
    repeated: tuple[Part, ...] | None = None
    fidelity: Fidelity | None = None
    missing: set[str] = field(default_factory=set)
    said: _Open = field(default_factory=_Open)
    back: _Open = field(default_factory=_Open)
    custom: set[str] = field(default_factory=set)
    ids: dict[str, str] = field(default_factory=dict)
    truths: dict[str, list[JSON]] = field(default_factory=dict)
    results: dict[str, tuple[int, int]] = field(default_factory=dict)
    known: dict[bytes, int] = field(default_factory=dict)
    tokens: JSON = None
    spoke: int | None = None

    def row(self, line: int, kind: str, payload: dict[str, JSON], time: str | None) -> None:
        """One more row."""
        match kind:
            case "response_item":
                self._item(line, payload, time)
            case "event_msg":
                self._event(payload)
            case "turn_context":
                self._context(payload)
            case "session_meta":
                self._meta(payload)
            case "compacted":
                self._compact(line, payload, time)
            case "world_state":
                self.session.drop("row `world_state`")
            case _:
                self.session.drop("row of an unknown type")

    def flush(self) -> None:
        """What is still coming in is whole."""
        self._flush_said()
        self._flush_back()

    # --- items -----------------------------------------------------------------------------------------------

    def _item(self, line: int, item: dict[str, JSON], time: str | None) -> None:
        if item.get("type") == "ghost_snapshot":
            self.session.drop("item `ghost_snapshot`, which the model is not sent")
            return
        try:
            side = openai_items.side(item)
        except WireError as error:
            self.session.drop(f"item that is none: {error}")
            return
        item = self._sent(item)
        match side:
            case "assistant":
                self._flush_back()
                self.said.add(self._called(item), line, time)
            case "tool":
                self._flush_said()
                if (answered := self._answered(item)) is None:
                    self.session.drop("result without a call")
                else:
                    self.back.add(answered, line, time)
            case _:
                self.flush()
                self._heard(item, (line, line), time)

    def _sent(self, item: dict[str, JSON]) -> dict[str, JSON]:
        """``item`` as the API was sent it, without what the client wrote beside it or the store blacked out."""
        kept = {key: value for key, value in item.items() if value is not None and key not in items.OF_THE_CLIENT}
        if kept.keys() < item.keys():
            self.session.count.notes["turn ids that the client keeps on items taken off"] = None
        sealed = kept.get("encrypted_content")
        if isinstance(sealed, str) and DAMAGED in sealed:
            del kept["encrypted_content"]
            self.session.drop("encrypted content that was redacted")
        if kept.get("type") in ("reasoning", "compaction") and "encrypted_content" not in kept:
            self.missing.add(_HIDDEN[kept["type"]])
        return kept

    def _called(self, item: dict[str, JSON]) -> dict[str, JSON]:
        if not openai_items.is_call(item):
            return item
        old = item.get("call_id")
        new = self.session.calls.call(old)
        if isinstance(old, str):
            self.ids[old] = new
        if item.get("type") == "custom_tool_call":
            self.custom.add(new)
        return item if new == old else {**item, "call_id": new}

    def _answered(self, item: dict[str, JSON]) -> dict[str, JSON] | None:
        new = self.session.calls.result(item.get("call_id"))
        match item.get("output"):
            case {"content": str(text)}:
                item = {**item, "output": text}
        return None if new is None else {**item, "call_id": new}

    def _heard(self, item: dict[str, JSON], at: tuple[int, int], time: str | None) -> None:
        message = openai_responses.gather([item])
        if message.role == "developer" and message.parts == self.setup.system:
            # For newer models the base instructions go out as this message, and `instructions` is empty.
            self.repeated, self.setup = self.setup.system, replace(self.setup, system=())
        if any(openai_items.added_tools(part) is not None for part in message.parts):
            self.setup = replace(self.setup, tools=())
        self._known(self.session.say(replace(message, origin=items.origin(message), lines=at, time=time)))

    def _flush_said(self) -> None:
        if not self.said.items:
            return
        message = openai_responses.gather(self.said.items, self.custom, role="assistant")
        message = replace(message, model=self.setup.model, **self.said.facts())
        self.said = _Open()
        self.spoke = self.session.answer(message, self.setup, self.fidelity)
        self._known(self.spoke)

    def _flush_back(self) -> None:
        if not self.back.items:
            return
        message = openai_responses.gather(self.back.items, self.custom)
        index = len(self.session.messages)
        parts = []
        for place, part in enumerate(message.parts):
            if isinstance(part, ToolResult):
                self.results[part.call] = (index, place)
                part = replace(part, detail=items.detail(self.truths.pop(part.call, [])))
            parts.append(part)
        self.session.say(replace(message, parts=tuple(parts), **self.back.facts()))
        self.back = _Open()
        self._known(index)

    def _known(self, index: int) -> None:
        self.known[items.key(self.session.messages[index])] = index

    # --- what is around them ---------------------------------------------------------------------------------

    def _meta(self, payload: dict[str, JSON]) -> None:
        if not self.meta:
            self.meta = payload
        elif payload.get("id") != self.meta.get("id"):
            self.session.drop("head of another session in the same file")
        match payload.get("base_instructions"):
            case {"text": str(text)} | str(text):
                if (Text(text),) not in (self.setup.system, self.repeated):
                    self._flush_said()
                    self.setup = replace(self.setup, system=(Text(text),))
        if payload.get("dynamic_tools"):
            self.session.drop("definitions of dynamic tools: those of the built-in tools are not in the file")

    def _context(self, payload: dict[str, JSON]) -> None:
        named = payload.get("model")
        model = named if isinstance(named, str) else self.setup.model
        given = {"effort": payload.get("effort"), "summary": payload.get("summary")}
        reasoning = {key: value for key, value in given.items() if isinstance(value, str)}
        params: dict[str, JSON] = {"reasoning": reasoning} if reasoning else {}
        if (model, params) != (self.setup.model, self.setup.params):
            self._flush_said()
            self.setup = replace(self.setup, model=model, params=params)

    def _event(self, payload: dict[str, JSON]) -> None:
        match payload:
            case {"type": "token_count", "info": {"last_token_usage": dict(last)} as info}:
                self.session.drop("event `token_count`")
                if info.get("total_token_usage") != self.tokens:
                    self.tokens = info.get("total_token_usage")
                    self._flush_said()
                    self._spent(last)
            case {"type": "thread_rolled_back", "num_turns": int(turns)} if turns > 0:
                self.flush()
                self._roll_back(turns)
            case {"type": "turn_aborted"}:
                self._flush_said()
                self._abort()
            case {"type": str(kind)} if kind in _TRUTH:
                self._truth(payload)
            case _ if (patch := items.patched(payload)) is not None:
                self._truth(patch)
            case {"type": str(kind)}:
                self.session.drop(f"event `{kind[:40]}`")
            case _:
                self.session.drop("event without a type")

    def _abort(self) -> None:
        if self.spoke is not None and self.session.messages[self.spoke].usage is None:
            self.session.messages[self.spoke] = replace(self.session.messages[self.spoke], stop="interrupted")

    def _spent(self, tokens: dict[str, JSON]) -> None:
        if self.spoke is not None and self.session.messages[self.spoke].usage is None:
            spoke = self.session.messages[self.spoke]
            self.session.messages[self.spoke] = replace(spoke, usage=items.usage(tokens))

    def _truth(self, payload: dict[str, JSON]) -> None:
        """Keeps what the client says it did under the call it did it for: its own, or the only one that is open."""
        old = payload.get("call_id")
        call = self.ids.get(old) if isinstance(old, str) else None
        if call is None and len(waiting := self.session.calls.waiting()) == 1:
            call = waiting[0]
        if call is None:
            self.session.drop("what a tool did, without its call")
        elif call in self.results:
            index, place = self.results[call]
            message = self.session.messages[index]
            part = message.parts[place]
            if isinstance(part, ToolResult):
                before = part.detail if isinstance(part.detail, list) else [part.detail] if part.detail else []
                parts = (*message.parts[:place], replace(part, detail=items.detail([*before, payload])))
                self.session.messages[index] = replace(message, parts=(*parts, *message.parts[place + 1 :]))
        else:
            self.truths.setdefault(call, []).append(payload)

    def _roll_back(self, turns: int) -> None:
        seen = list(self.session.view)
        prompts = [at for at, index in enumerate(seen) if self.session.messages[index].origin == "typed"]
        if prompts:
            self.session.view.reset(seen[: prompts[max(0, len(prompts) - turns)]])
        self.session.count.notes["turns were rolled back: later prefixes are without them"] = None

    def _compact(self, line: int, payload: dict[str, JSON], time: str | None) -> None:
        self.flush()
        history = payload.get("replacement_history")
        if isinstance(history, list):
            self.session.view.reset(list(self._replaced(history, line, time)))
            self.session.count.notes["the history was compacted: later prefixes begin with what replaced it"] = None
            return
        kept = [i for i in self.session.view if self.session.messages[i].role not in ("assistant", "tool")]
        self.session.view.reset(kept)
        if isinstance(text := payload.get("message"), str) and text:
            self.session.say(Message("user", (Text(text),), origin="client", lines=(line, line), time=time))
        self.session.count.notes["a compaction without its replacement history: what was kept is inferred"] = None
        self.fidelity = replace(self._grade(), inferred=(*self._grade().inferred, _GUESSED))

    def _replaced(self, history: list[JSON], line: int, time: str | None) -> Iterator[int]:
        kept = [self._sent(item) for item in history if isinstance(item, dict)]
        try:
            messages = openai_responses.read_items(kept)
        except WireError as error:
            self.session.drop(f"item that is none: {error}", len(kept))
            return
        self.session.drop("item that is none: not an object", len(history) - len(kept))
        for message in messages:
            known = self.known.get(items.key(message))
            if known is None:
                origin = message.origin or "client"
                known = self.session.keep(replace(message, origin=origin, lines=(line, line), time=time))
                self._known(known)
            yield known

    # --- the whole -------------------------------------------------------------------------------------------

    def _grade(self) -> Fidelity:
        held = {"system prompt": self.setup.system is not None, "tool schemas": self.setup.tools is not None}
        recovered = (*(name for name, there in held.items() if there), "context messages")
        missing = (*(name for name, there in held.items() if not there), *sorted(self.missing))
        return Fidelity("partial", recovered, (), ("request boundaries", "parameters"), missing)

    def transcript(self, source: Source) -> Transcript:
        """The session as one transcript, with what its head says added to ``source``."""
        for call in self.truths:
            self.session.drop("what a tool did, without its result", len(self.truths[call]))
        return self.session.transcript(items.named(source, self.meta), self._grade())
