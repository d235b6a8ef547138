"""The requests of one conversation as one transcript: a tree of messages, each kept once, and turns as paths in it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from msgspec.structs import replace

from replay import prefix
from replay.records import Fidelity, Ledger, Message, Prefix, Setup, Source, Text, Transcript, Turn, encode

_SESSION = re.compile(r"session_(?:id\W+)?([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})")
_BILLING = "x-anthropic-billing-header"
_KEPT = Fidelity("partial", missing=("earlier items kept by the server",))
_SERVER_SIDE = {"previous_response_id", "conversation"}
_EXACT = Fidelity("exact", proof="captured request")
_GRADES = ("exact", "full", "partial", "text")
_UNSEEN = Fidelity("full", inferred=("request boundaries", "parameters"))


@dataclass(frozen=True)
class Exchange:
    """A request as read, with its source line, and the answer where one was recorded.

    ``fidelity`` is that of the request where it is not just as it was sent.
    """

    line: int
    prefix: Prefix
    answer: Message | None = None
    time: str | None = None
    fidelity: Fidelity | None = None


def key(request: Prefix, session: str | None = None) -> bytes:
    """Equal for the requests of one conversation: API, system prompt and first user message; 1-token probes apart.

    Claude Code's billing header, a system block that differs from request to request, does not count. A known
    ``session`` stands for the first message, which a compaction replaces.
    """
    setup = request.setup
    probe = setup.params.get("max_tokens", setup.params.get("max_completion_tokens")) == 1
    system = [part for part in setup.system or () if not (isinstance(part, Text) and part.text.startswith(_BILLING))]
    first = next((message.parts for message in request.messages if message.role == "user"), ())
    begun = encode(first) if session is None else session.encode()
    return hashlib.sha256(b"\0".join((f"{setup.api} {probe}".encode(), encode(system), begun))).digest()


@dataclass
class _Node:
    """A message in its place: the nodes above it are what came before. ``index`` is its place in the pool."""

    message: Message
    children: dict[bytes, _Node] = field(default_factory=dict)
    index: int = -1


@dataclass
class Conversation:
    """Requests of one conversation; their messages branch where a prompt was edited or the past was compacted.

    Memory: what differs. A log of growing requests repeats each message in all that follow.
    """

    _root: _Node = field(default_factory=lambda: _Node(Message("system")))
    _asked: list[tuple[list[_Node], int, Exchange]] = field(default_factory=list)
    _setups: dict[bytes, tuple[int, Setup]] = field(default_factory=dict)

    def add(self, exchange: Exchange) -> None:
        """One more request; what it shares with earlier ones is kept once."""
        here, path = self._root, []
        for message in exchange.prefix.messages:
            digest = hashlib.sha256(encode(message)).digest()
            if digest not in here.children:
                here.children[digest] = _Node(replace(message, lines=(exchange.line, exchange.line)))
            here = here.children[digest]
            path.append(here)
        asked = exchange.prefix.setup
        number, setup = self._setups.setdefault(encode(asked), (len(self._setups), asked))
        kept = dataclasses.replace(exchange, prefix=Prefix(setup, (), exchange.prefix.cache))
        self._asked.append((path, number, kept))

    def transcript(self, source: Source, ledger: Ledger, *, complete: bool = False) -> Transcript:
        """All of it as one transcript, its turns the requests in the order they were made.

        A request that is there twice, or whose answer nobody recorded, is counted in the ledger and makes no turn. What
        the model said earlier, in answer to requests that were not recorded, makes turns of fidelity ``full``; none
        where all requests are known to be there (``complete``). The grade is exact, the lowest that a request has where
        none is.
        """
        pool: list[_Node] = []
        turns: dict[tuple[int, int], Turn] = {}
        unseen: set[tuple[int, int]] = set()
        grades = [exchange.fidelity for _, _, exchange in self._asked]
        known = [grade for grade in grades if grade is not None]
        exact = len(known) < len(grades) or not known
        grade = _EXACT if exact else max(known, key=lambda one: (_GRADES.index(one.grade), len(one.missing)))
        lost = {"request without an answer": 0, "request repeated": 0}
        asked = {id(path[-1]) for path, _, _ in self._asked if path}
        for path, setup, exchange in self._asked:
            _place(path, pool)
            if not complete:
                told = dict(_unseen(path, setup, asked, turns, exchange.fidelity))
                unseen.update(told)
                turns.update(told)
            answer = _answer(path[-1] if path else self._root, exchange)
            if answer is None:
                lost["request without an answer"] += 1
                continue
            _place([answer], pool)
            at = (path[-1].index if path else -1, answer.index)
            if at in turns and at not in unseen:
                lost["request repeated"] += 1
            else:
                unseen.discard(at)
                turns[at] = _turn(path, answer, setup, exchange)
        sets = tuple(setup for _, setup in self._setups.values())
        kept = {index for index, setup in enumerate(sets) if setup.params.keys() & _SERVER_SIDE}
        own = (replace(turn, fidelity=None) if turn.fidelity == grade else turn for turn in turns.values())
        final = (replace(turn, fidelity=_KEPT) if turn.setup in kept else turn for turn in own)
        session = _SESSION.search(json.dumps([setup.params.get("metadata") for setup in sets]))
        made = Transcript(
            id="",
            source=replace(source, session=session[1] if session else source.session),
            setups=sets,
            messages=tuple(node.message for node in pool),
            turns=tuple(sorted(final, key=lambda turn: turn.message)),
            fidelity=grade,
            ledger=replace(ledger, dropped={**ledger.dropped, **{why: n for why, n in lost.items() if n}}),
        )
        return replace(made, id=prefix.identify(made))


def _answer(last: _Node, exchange: Exchange) -> _Node | None:
    """The answer's node: the one that a later request repeats, with what the response tells of it, or a new one."""
    said = [node for node in last.children.values() if node.message.role == "assistant"]
    answer = exchange.answer
    if answer is None:
        return said[0] if said else None
    facts = {"id": answer.id, "model": answer.model, "stop": answer.stop, "usage": answer.usage, "time": exchange.time}
    for node in said:
        if node.message.parts == answer.parts and node.message.id in (None, answer.id):
            node.message = replace(node.message, **facts)
            return node
    node = _Node(replace(answer, lines=(exchange.line, exchange.line), time=exchange.time))
    last.children[hashlib.sha256(encode(node.message)).digest()] = node
    return node


def _place(path: list[_Node], pool: list[_Node]) -> None:
    for node in path:
        if node.index < 0:
            node.index = len(pool)
            pool.append(node)


def _ranges(path: list[_Node]) -> Iterator[list[tuple[int, int]]]:
    """The ranges of the pool that hold the first 1, 2, … nodes of ``path``; one list, extended from step to step."""
    ranges: list[tuple[int, int]] = []
    for node in path:
        if ranges and ranges[-1][1] == node.index:
            ranges[-1] = (ranges[-1][0], node.index + 1)
        else:
            ranges.append((node.index, node.index + 1))
        yield ranges


def _unseen(
    path: list[_Node],
    setup: int,
    asked: set[int],
    turns: dict[tuple[int, int], Turn],
    known: Fidelity | None,
) -> Iterator[tuple[tuple[int, int], Turn]]:
    grade = _UNSEEN
    if known is not None and known.grade == "partial":
        grade = replace(known, inferred=(*known.inferred, *_UNSEEN.inferred))
    for before, node, ranges in zip(path, path[1:], _ranges(path), strict=False):
        at = (before.index, node.index)
        spoke = node.message.role == "assistant" and before.message.role != "assistant"
        if spoke and id(before) not in asked and at not in turns:
            yield at, Turn(node.index, tuple(ranges), setup, request=node.message.id, fidelity=grade)


def _turn(path: list[_Node], answer: _Node, setup: int, asked: Exchange) -> Turn:
    ranges: list[tuple[int, int]] = []
    for ranges in _ranges(path):  # noqa: B007 - the last step holds them all
        pass
    return Turn(
        answer.index,
        tuple(ranges),
        setup,
        cache=asked.prefix.cache,
        request=answer.message.id,
        fidelity=asked.fidelity,
    )
