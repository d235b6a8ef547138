"""Requests that hold their whole message list each: the pool keeps a message once, however many requests show it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import chain
from operator import is_

import msgspec
from msgspec.structs import replace

from replay.importers.session import Session
from replay.records import CacheMark, Fidelity, Message, Setup, Text, ToolCall, ToolResult, Transcript

_Place = tuple[bytes, int]
_ENCODER = msgspec.json.Encoder(order="deterministic")


@dataclass
class Views:
    """A session told as requests. A message is known by what it says and by how often the request said it before.

    An answer that a later request repeats is kept once, in the words of that request. Digests are remembered for the
    messages of the last request and the answers since, which callers show again as the same objects.
    """

    session: Session
    _places: dict[_Place, int] = field(default_factory=dict)
    _answers: dict[_Place, int] = field(default_factory=dict)
    _digests: dict[int, tuple[Message, bytes, bytes]] = field(default_factory=dict)
    _shown: Counter[bytes] = field(default_factory=Counter)
    _last: list[Message] = field(default_factory=list)
    _ranges: tuple[tuple[int, int], ...] = ()
    _said: list[bytes] = field(default_factory=list)

    def show(self, messages: Iterable[Message]) -> None:
        """The model sees ``messages`` and nothing else; only what they add to those shown last is looked at."""
        messages = list(messages)
        known = len(self._last)
        if known and len(messages) >= known and all(map(is_, messages, self._last)):
            self._shown.subtract(self._said)
            self.session.view.restore(self._ranges)
        else:
            known = 0
            self._shown = Counter()
            self.session.view.reset(())
        for message in messages[known:]:
            self.session.view.append(self._index(message))
        self._last, self._ranges, self._said = messages, self.session.view.ranges(), []
        self._digests = {id(one): self._digests[id(one)] for one in messages if id(one) in self._digests}

    def answer(
        self, message: Message, setup: Setup, fidelity: Fidelity | None = None, cache: tuple[CacheMark, ...] = ()
    ) -> int:
        """The index of ``message``, the answer to what is shown."""
        said, place = self._place(message)
        self._said += said[0], place[0]
        index = self.session.answer(message, setup, fidelity)
        self._answers.setdefault(said, index)
        self._digests[id(message)] = message, said[0], place[0]
        if cache:
            self.session.turns[-1] = replace(self.session.turns[-1], cache=cache)
        return index

    def follow(self, messages: Iterable[Message], setup: Callable[[Message], Setup | None]) -> None:
        """``messages`` one after the other: an answer for which ``setup`` gives one is a turn, all else is shown."""
        self._shown, self._last = Counter(), []
        self.session.view.reset(())
        for message in messages:
            under = setup(message) if message.role == "assistant" else None
            if under is not None:
                self.answer(message, under)
            else:
                self.session.view.append(self._index(message))
        self._digests = {}

    def _index(self, message: Message) -> int:
        said, place = self._place(message)
        if place in self._places:
            return self._places[place]
        if message.role == "assistant" and said in self._answers:
            index = self._answers.pop(said)
            told = self.session.messages[index]
            kept = {name: getattr(told, name) for name in ("id", "model", "time", "stop", "usage", "lines")}
            message = self.session.messages[index] = replace(message, **kept)
        else:
            index = self.session.keep(message)
        self._places[place] = index
        self._digests[id(message)] = message, said[0], place[0]
        return index

    def _place(self, message: Message) -> tuple[_Place, _Place]:
        """What the message says, and how it says it; each with how often that was shown so far."""
        known = self._digests.get(id(message))
        digests = known[1:] if known is not None else _digests(message)
        self._shown.update(digests)
        return (digests[0], self._shown[digests[0]]), (digests[1], self._shown[digests[1]])


def unanswered(transcript: Transcript) -> Transcript:
    """``transcript`` with the calls of its pool that no result answers counted in the ledger."""
    calls: set[str] = set()
    answered: set[str] = set()
    for part in chain.from_iterable(message.parts for message in transcript.messages):
        match part:
            case ToolCall(id=call):
                calls.add(call)
            case ToolResult(call=call):
                answered.add(call)
    return replace(transcript, ledger=replace(transcript.ledger, unanswered=len(calls - answered)))


def _digests(message: Message) -> tuple[bytes, bytes]:
    """Of what a message says, and of that with its form; equal for no message of another role.

    A client that repeats an answer may write its arguments with other spaces, and ``""`` where there was no text.
    """
    whole = [message.role, message.form, message.wire, message.parts]
    told = [
        replace(part, raw=None) if isinstance(part, ToolCall) else part for part in message.parts if part != Text("")
    ]
    return hashlib.sha256(_ENCODER.encode([message.role, told])).digest(), hashlib.sha256(
        _ENCODER.encode(whole)
    ).digest()
