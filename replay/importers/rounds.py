"""Results brought to the calls they answer: one message of results after each answer, under ids that are unique."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from msgspec.structs import replace

from replay.importers.session import Calls
from replay.records import Message, Part, ToolCall, ToolResult

ORPHAN = "result without its call"


def paired(messages: Iterable[Message], calls: Calls, drop: Callable[[str], None]) -> Iterator[Message]:
    """``messages`` with the results of an answer in one ``tool`` message right after it, in the order of its calls.

    ``calls`` gives the ids and keeps count of repaired and unanswered ones. A result that no call waits for goes to
    ``drop``. What depends on a message is decided by those before it, so that equal beginnings give equal beginnings.
    """
    here = _Round()
    for message in messages:
        if message.role == "assistant":
            yield from here.close()
            said, order = _renamed(message, calls)
            yield said
            here = _Round(order)
        else:
            here.hear(message, calls, drop)
            if not here.order and not here.results:
                yield from here.close()
    yield from here.close()


@dataclass
class _Round:
    """What is said between two answers: results, and messages to come after them."""

    order: dict[str, int] = field(default_factory=dict)
    results: list[tuple[int, ToolResult]] = field(default_factory=list)
    heard: list[Message] = field(default_factory=list)
    sources: list[Message] = field(default_factory=list)

    def hear(self, message: Message, calls: Calls, drop: Callable[[str], None]) -> None:
        rest: list[Part] = []
        found = False
        for part in message.parts:
            if not isinstance(part, ToolResult):
                rest.append(part)
                continue
            found = True
            call = calls.result(part.call)
            if call is None:
                drop(ORPHAN)
                continue
            self.results.append((self.order.get(call, len(self.order)), replace(part, call=call)))
            if not self.sources or self.sources[-1] is not message:
                self.sources.append(message)
        if not found:
            self.heard.append(message)
        elif rest:
            self.heard.append(replace(message, role="user", parts=tuple(rest), wire=None))

    def close(self) -> Iterator[Message]:
        if self.results:
            parts = tuple(part for _, part in sorted(self.results, key=lambda item: item[0]))
            one = self.sources[0]
            if len(self.sources) == 1 and one.parts == parts:
                yield replace(one, role="tool", origin="tool") if one.role != "tool" else one
            else:
                places = [source.lines for source in self.sources if source.lines is not None]
                spread = (min(places)[0], max(place[1] for place in places)) if places else None
                times = [source.time for source in self.sources if source.time is not None]
                yield Message("tool", parts, origin="tool", time=times[-1] if times else None, lines=spread)
        yield from self.heard
        self.results, self.heard, self.sources = [], [], []


def _renamed(message: Message, calls: Calls) -> tuple[Message, dict[str, int]]:
    order: dict[str, int] = {}
    parts: list[Part] = []
    for part in message.parts:
        if isinstance(part, ToolCall):
            new = calls.call(part.id)
            order[new] = len(order)
            parts.append(part if new == part.id else replace(part, id=new))
        else:
            parts.append(part)
    told = tuple(parts)
    return (message if told == message.parts else replace(message, parts=told)), order
