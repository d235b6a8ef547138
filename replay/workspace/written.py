"""From effects to changes: what a completion would write, one change a file, and what recorded turns did write."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec.structs import replace

from replay.records import Change, Part, Text, ToolCall, Transcript
from replay.workspace import dialects, spoken
from replay.workspace.effects import Effect, Loss, Said, after
from replay.workspace.files import Files
from replay.workspace.timeline import Before, Done, play, unanswered


def changes(parts: Sequence[Part], files: Files) -> tuple[Change, ...]:
    """What a completion would write, given the files before it.

    Its calls apply in order to a copy of the files. Each file gets one change, from its text before the completion to
    its text after it, with the index of the last call that wrote it; edits to separate parts of a file known in part
    stay separate. Calls that fail or cannot be told give their own changes. Only where no call writes, code blocks in
    the text count, as fragments. Calls may be written out in the text, where the session's agent reads them from there.
    """
    made: list[Change] = []
    writes = False
    for number, call in spoken.calls(parts, files.marks.get(spoken.MARK, "")):
        effects = dialects.of(call).apply(call, files)
        writes = writes or not call.id or any(isinstance(effect, Effect | Loss) for effect in effects)
        made += _called(effects, number)
        files = after(files, effects)
    return net(made) if writes else (*prose(parts), *made)


def prose(parts: Sequence[Part]) -> tuple[Change, ...]:
    """The code shown in the text of a message."""
    return tuple(
        replace(change, call=number)
        for number, part in enumerate(parts)
        if isinstance(part, Text)
        for dialect in dialects.PROSE.values()
        for change in dialect.changes(part.text)
    )


def recorded(
    transcript: Transcript, *, hear: Callable[[Done], None] | None = None
) -> Iterator[tuple[int, tuple[Change, ...]]]:
    """Each turn with what it really wrote, told by the results of its calls; turns in order, those without included.

    A failed or denied edit wrote nothing: status ``failed_edit``, with the tool's words. Calls that the transcript
    ends with, unanswered, count as if they had been carried out. Code blocks count where no message calls a tool.
    ``hear`` is told what each call did, so that a transcript need not be played twice.
    """
    messages = transcript.messages
    speech = spoken.speech(transcript)
    chat = not speech and not any(isinstance(part, ToolCall) for message in messages for part in message.parts)
    last = next((index for index in reversed(range(len(messages))) if messages[index].role == "assistant"), -1)
    short = unanswered(transcript)
    made: dict[int, list[Change]] = {}
    answered: Counter[int] = Counter()
    waiting: deque[tuple[int, int]] = deque()  # turns, and how many answers each waits for
    files = Files()

    def closed(turn: int) -> tuple[int, tuple[Change, ...]]:
        index = transcript.turns[turn].message
        parts = messages[index].parts
        if chat and not spoken.calls(parts, speech):
            return turn, prose(parts)
        if index == last and not answered[index]:
            return turn, changes(parts, files) if spoken.calls(parts, speech) else ()
        return turn, net(made.pop(index, ()))

    def expected(turn: int) -> int:
        index = transcript.turns[turn].message
        return len(spoken.calls(messages[index].parts, speech)) - short[index]

    for event in play(transcript):
        if isinstance(event, Before):
            while waiting and answered[transcript.turns[waiting[0][0]].message] >= waiting[0][1]:
                yield closed(waiting.popleft()[0])
            waiting.append((event.turn, expected(event.turn)))
            files = event.files
        else:
            if hear is not None:
                hear(event)
            answered[event.message] += 1
            made.setdefault(event.message, []).extend(_called(event.effects, event.part))
    yield from (closed(turn) for turn, _ in waiting)


def _called(effects: Iterable[object], number: int) -> list[Change]:
    return [
        replace(effect.change, call=number)
        for effect in effects
        if isinstance(effect, Effect | Said) and effect.change is not None
    ]


def is_file(change: Change) -> bool:
    """Whether the change is of a file, or of code shown for one: not a command line, nor a script that was only run."""
    return not change.path.startswith("<")


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
