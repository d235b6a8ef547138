"""A conversation told by events: results wait for the end of their round, and condensation hides what came before."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import dataclass, field

from msgspec.structs import replace

from replay.importers.session import Session
from replay.records import Message, Setup, ToolCall, ToolResult


@dataclass
class Thread:
    """A session in rounds: an answer, the results of its calls as one message, then what else was said.

    Every message is known by the ``keys`` of the events that it was made of.
    """

    session: Session
    _results: dict[str, tuple[ToolResult, Hashable, str | None]] = field(default_factory=dict)
    _order: list[str] = field(default_factory=list)
    _said: list[tuple[Message, Hashable]] = field(default_factory=list)
    _keys: dict[int, list[Hashable]] = field(default_factory=dict)
    _answer: int | None = None
    _owner: dict[int, int] = field(default_factory=dict)

    def hear(self, message: Message, key: Hashable) -> None:
        """Something was said that is no result: it comes after the results of the round."""
        self._said.append((message, key))

    def result(self, result: ToolResult, key: Hashable, time: str | None) -> None:
        """The result of a call; ``result.call`` is the id that the session gave it."""
        self._results[result.call] = result, key, time

    def answer(self, message: Message, setup: Setup, calls: Collection[str], key: Hashable) -> None:
        """The model answered all that came before. ``calls`` are the ids of its calls."""
        self.flush()
        self._order = list(calls)
        self._answer = self.session.answer(message, setup)
        self._keys[self._answer] = [key]

    def also(self, key: Hashable, call: ToolCall | None = None) -> None:
        """One more event belongs to the last answer; ``call`` is a call of it that was not told yet."""
        if self._answer is None:
            return
        self._keys[self._answer].append(key)
        if call is not None:
            message = self.session.messages[self._answer]
            self.session.messages[self._answer] = replace(message, parts=(*message.parts, call))
            self._order.append(call.id)

    def flush(self) -> None:
        """The round is over: its results, in the order of the calls, and what else was said come into view."""
        late = [call for call in self._results if call not in set(self._order)]
        told = [self._results[call] for call in (*self._order, *late) if call in self._results]
        if told:
            times = [time for _, _, time in told if time]
            results = tuple(result for result, _, _ in told)
            index = self.session.say(Message("tool", results, time=max(times, default=None), origin="tool"))
            self._keys[index] = [key for _, key, _ in told]
            if self._answer is not None:
                self._owner[index] = self._answer
        for message, key in self._said:
            self._keys[self.session.say(message)] = [key]
        self._results.clear()
        self._said.clear()
        self._order = []

    def condense(self, forgotten: Collection[Hashable], summary: Message | None, offset: int, key: Hashable) -> None:
        """The model no longer sees the events ``forgotten``; ``summary`` stands after the first ``offset`` events.

        A response goes when all its events go, and its results with it.
        """
        self.flush()
        hidden = {
            index
            for index in self.session.view
            if index not in self._owner and all(known in forgotten for known in self._keys.get(index, [None]))
        }
        kept = [index for index in self.session.view if self._owner.get(index, index) not in hidden]
        if summary is not None:
            at = seen = 0
            for index in kept:
                if seen >= offset:
                    break
                seen += len(self._keys.get(index, ()))
                at += 1
            while at < len(kept) and kept[at] in self._owner:
                at += 1
            placed = self.session.keep(summary)
            self._keys[placed] = [key]
            kept.insert(at, placed)
        self.session.view.reset(kept)
