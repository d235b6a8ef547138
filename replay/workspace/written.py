"""From effects to changes: what a completion would write, one change a file, and what recorded turns did write."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from replay.records import Change, Part, Text, ToolCall, Transcript
from replay.workspace import dialects
from replay.workspace.effects import Effect, after
from replay.workspace.files import Files
from replay.workspace.timeline import Before, play


def changes(parts: Sequence[Part], files: Files) -> tuple[Change, ...]:
    """What a completion would write, given the files before it.

    Its calls apply in order to a copy of the files. Each file gets one change, from its text before the completion to
    its text after it, with the index of the last call that wrote it; edits to separate parts of a file known in part
    stay separate. Calls that fail or cannot be told give their own changes. Only where no call writes, code blocks in
    the text count, as fragments.
    """
    made: list[Change] = []
    writes = False
    for number, part in enumerate(parts):
        if not isinstance(part, ToolCall):
            continue
        effects = dialects.of(part).apply(part, files)
        writes = writes or bool(effects)
        made += _called(effects, number)
        files = after(files, effects)
    return net(made) if writes else prose(parts)


def prose(parts: Sequence[Part]) -> tuple[Change, ...]:
    """The code shown in the text of a message."""
    return tuple(
        replace(change, call=number)
        for number, part in enumerate(parts)
        if isinstance(part, Text)
        for dialect in dialects.PROSE.values()
        for change in dialect.changes(part.text)
    )


def recorded(transcript: Transcript) -> Iterator[tuple[int, tuple[Change, ...]]]:
    """Each turn with what it really wrote, told by the results of its calls; turns in order, those without included.

    A failed or denied edit wrote nothing: status ``failed_edit``, with the tool's words. Calls that the transcript
    ends with, unanswered, count as if they had been carried out. Code blocks count where no message calls a tool.
    """
    messages = transcript.messages
    chat = not any(isinstance(part, ToolCall) for message in messages for part in message.parts)
    last = max((index for index, message in enumerate(messages) if message.role == "assistant"), default=-1)
    made: dict[int, list[Change]] = {}
    answered: Counter[int] = Counter()
    waiting: deque[int] = deque()
    files = Files()

    def closed(turn: int) -> tuple[int, tuple[Change, ...]]:
        index = transcript.turns[turn].message
        parts = messages[index].parts
        if chat:
            return turn, prose(parts)
        if index == last and not answered[index]:
            return turn, changes(parts, files) if any(isinstance(part, ToolCall) for part in parts) else ()
        return turn, net(made.pop(index, ()))

    for event in play(transcript):
        if isinstance(event, Before):
            while waiting and _complete(transcript, waiting[0], answered):
                yield closed(waiting.popleft())
            waiting.append(event.turn)
            files = event.files
        else:
            answered[event.message] += 1
            made.setdefault(event.message, []).extend(_called(event.effects, event.part))
    yield from map(closed, waiting)


def _complete(transcript: Transcript, turn: int, answered: Counter[int]) -> bool:
    index = transcript.turns[turn].message
    calls = sum(isinstance(part, ToolCall) for part in transcript.messages[index].parts)
    return answered[index] >= calls


def _called(effects: Iterable[object], number: int) -> list[Change]:
    return [
        replace(effect.change, call=number)
        for effect in effects
        if isinstance(effect, Effect) and effect.change is not None
    ]


def net(made: Iterable[Change]) -> tuple[Change, ...]:
    """The changes with those that continue each other joined: one whose ``before`` is another's ``after``."""
    kept: list[Change] = []
    latest: dict[str, int] = {}
    for change in made:
        if change.status != "applied":
            kept.append(change)
            continue
        at = latest.get(change.path)
        if at is not None and _continues(kept[at], change):
            first = kept[at]
            kept[at] = replace(change, before=first.before, dialect=change.dialect)
            continue
        latest[change.path] = len(kept)
        kept.append(change)
    return tuple(kept)


def _continues(first: Change, then: Change) -> bool:
    return first.basis == then.basis and first.after == then.before and first.first_line == then.first_line
