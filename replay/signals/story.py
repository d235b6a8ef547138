"""A transcript as what happened in it, one event after the other: what signals are told from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, Self

from replay.prompts import memory
from replay.records import Change, Message, Record, Text, ToolCall, ToolResult, Transcript
from replay.signals import runs
from replay.spill import Pool
from replay.workspace.dialects import shell
from replay.workspace.effects import Effect, seen_text
from replay.workspace.timeline import Done, play

LONGEST = 20_000
"""Characters of one text that are looked at; what a person types is shorter, what a tool prints need not be."""

_MACHINERY = re.compile(
    r"\s*(?:<(?:system-reminder|command-(?:name|message|args)|local-command|task-notification|bash-(?:input|std\w+)"
    r"|environment_context|user_instructions|environment_details|permissions|turn_aborted|session_context"
    r"|returncode|task_progress)|# AGENTS\.md instructions|Caveat: The messages below|\[Request interrupted"
    r"|This session is being continued|Observation:|OBSERVATION:|EXECUTION RESULT|\[\w+(?: for [^\]]*)?\] Result:)"
)
INTERRUPTED = re.compile(r"\s*(?:\[Request interrupted by user|<turn_aborted>)")
_REJECTED = re.compile(
    r"\s*(?:The user doesn't want to (?:proceed|take this action)"
    r"|(?:Error: )?(?:The )?[Uu]ser (?:rejected|denied|declined)|The tool use was rejected"
    r"|\[Operation Cancelled\]|[Tt]ool (?:use|call|execution) (?:was )?rejected"
    r"|exec command rejected by user|rejected by user|aborted by user|Command rejected)"
)
_TEST_FILE = re.compile(
    r"(?:^|/)(?:tests?|__tests__|specs?|testing)/|(?:^|/)(?:test_[^/]+|conftest)\.py$|_test\.(?:py|go|exs?|cc|cpp)$"
    r"|\.(?:test|spec)\.\w+$|Tests?\.(?:java|cs|kt|swift|php|scala)$|_spec\.rb$"
)


class Asked(Record, frozen=True, tag_field="kind"):
    """A person wrote ``text`` in message ``message``; ``turn`` is the answer it comes after, None before the first."""

    message: int
    turn: int | None
    text: str


class Answered(Record, frozen=True, tag_field="kind"):
    """The model's words at ``turn``; ``last`` where it called no tool, so that a person had the word again."""

    message: int
    turn: int
    text: str
    last: bool


class Remembered(Record, frozen=True, tag_field="kind"):
    """Message ``message`` shows the model ``text`` of a memory file called ``name``."""

    message: int
    name: str
    text: str


class Ran(Record, frozen=True, tag_field="kind"):
    """A command line of ``turn``. ``tests``: it runs tests; ``checks``: tests, a build, a linter or a type checker.

    ``Story.shown`` has what it printed, by ``place``.
    """

    message: int
    turn: int
    line: str
    failed: bool
    tests: bool
    checks: bool
    place: int


class Wrote(Record, frozen=True, tag_field="kind"):
    """A file that ``turn`` changed, or made where it is ``new``; ``Story.change`` has the texts, by ``place``."""

    message: int
    turn: int
    path: str
    new: bool
    place: int

    @property
    def is_test(self) -> bool:
        """Whether its name says that it holds tests."""
        return _TEST_FILE.search(self.path.replace("\\", "/")) is not None


class Handed(Record, frozen=True, tag_field="kind"):
    """Work of ``turn`` that this transcript does not show: a sub-agent, a remote tool."""

    message: int
    turn: int


class Stopped(Record, frozen=True, tag_field="kind"):
    """A person stopped ``turn``: ``rejected`` a call of it, or interrupted it. ``quote`` is how the client says so."""

    message: int
    turn: int
    quote: str
    rejected: bool
    reason: str = ""


Event = Asked | Remembered | Answered | Ran | Wrote | Handed | Stopped
_TELLS = frozenset({"user", "system", "developer"})
_FOLDERS = re.compile(r"[/\\]")
_DELEGATES = frozenset({"Task", "Agent", "task", "spawn_agent", "delegate", "dispatch_agent"})
_REASON = re.compile(r"the user said:\s*(.+)", re.DOTALL)


class Story:
    """A transcript and its events, in order; made once for all signals. Linear in the transcript's length.

    Made of a transcript alone it must be told what calls did: ``hear`` takes each ``Done`` of its playing. Where the
    messages of a long session lie on disk, so do the events.
    """

    def __init__(self, transcript: Transcript) -> None:
        self.transcript = transcript
        self._turns: dict[int, int] = {}
        for number, turn in enumerate(transcript.turns):
            self._turns.setdefault(turn.message, number)
        self._told: Pool[Event] = self._pool(Event)
        self._changes: Pool[Change] = self._pool(Change)
        self._printed: Pool[str] = self._pool(str)
        self._done: dict[int, list[int]] = {}
        self._spoken: set[int] = set()

    @classmethod
    def of(cls, transcript: Transcript) -> Self:
        """The whole story of a transcript, which is played for it."""
        story = cls(transcript)
        for event in play(transcript):
            if isinstance(event, Done):
                story.hear(event)
        return story

    def _pool(self, kind: object) -> Pool[Any]:
        pool: Pool[Any] = Pool(kind)
        if isinstance(self.transcript.messages, Pool) and self.transcript.messages.spilled:
            pool.spill()
        return pool

    def change(self, event: Wrote) -> Change:
        """What was written; of a change ``unknown_file`` the texts are not known."""
        return self._changes[event.place]

    def shown(self, event: Ran) -> str:
        """What a command printed, its middle left out where that is long."""
        return self._printed[event.place]

    def hear(self, event: Done) -> None:
        """What a call did."""
        turn = self._turns.get(event.message)
        if event.call.id.startswith("text:"):
            self._spoken.add(event.message)
        if turn is not None:
            for told in self._heard(event, turn):
                self._done.setdefault(event.message, []).append(len(self._told))
                self._told.append(told)

    def _heard(self, event: Done, turn: int) -> Iterator[Ran | Wrote | Handed]:
        line = shell.command(event.call) if shell.claims(event.call) else None
        words = seen_text(event.result)
        if _REJECTED.match(words):
            return
        if event.call.name in _DELEGATES:
            yield Handed(event.message, turn)
        if line is not None:
            yield self._ran(event, turn, line, words)
        for effect in event.effects:
            if isinstance(effect, Effect) and effect.change is not None and effect.change.status != "failed_edit":
                yield self._wrote(event.message, turn, effect.change)

    def _ran(self, event: Done, turn: int, line: str, words: str) -> Ran:
        tests, checks = runs.kind(line)
        shown = words if len(words) <= LONGEST else f"{words[: LONGEST // 2]}\n{words[-LONGEST // 2 :]}"
        failed = bool(event.result.is_error) or runs.failed(shown, checks=checks)
        self._printed.append(shown)
        return Ran(event.message, turn, line, failed, tests, checks, len(self._printed) - 1)

    def _wrote(self, message: int, turn: int, change: Change) -> Wrote:
        self._changes.append(change)
        new = change.before is None and change.status == "applied"
        return Wrote(message, turn, change.path, new, len(self._changes) - 1)

    def events(self, *kinds: type[Event]) -> Iterator[Event]:
        """What happened of these ``kinds``, in order of message; a call counts where its result came."""
        events, kind_of = self._all
        return (events[place] for place, kind in enumerate(kind_of) if kind in kinds)

    @cached_property
    def _all(self) -> tuple[Sequence[Event], list[type[Event]]]:
        """All that happened, and of what kind each is: so that those on disk which nobody asks for stay there."""
        events: Pool[Event] = self._pool(Event)
        kinds: list[type[Event]] = []
        for event in self._events():
            events.append(event)
            kinds.append(type(event))
        return events, kinds

    def _events(self) -> Iterator[Event]:
        turn: int | None = None
        answers = False  # whether the message behind is the result of a call that was written out in text
        for index, message in enumerate(self.transcript.messages):
            if message.role == "assistant":
                turn = self._turns.get(index, turn)
                if turn is not None:
                    yield from _answer(index, turn, message, calls=index in self._spoken)
                yield from (self._told[place] for place in self._done.get(index, ()))
                answers = index in self._spoken
            else:
                if message.role in _TELLS:
                    yield from _remembered(index, message)
                if message.role == "user":
                    yield from _asked(index, turn, message, asked=not answers)
                    answers = False


def _answer(index: int, turn: int, message: Message, *, calls: bool) -> Iterator[Answered]:
    text = "\n".join(part.text for part in message.parts if isinstance(part, Text))
    if text.strip():
        yield Answered(index, turn, text, last=not (calls or any(isinstance(part, ToolCall) for part in message.parts)))


def _remembered(index: int, message: Message) -> Iterator[Remembered]:
    for part in message.parts:
        if isinstance(part, Text):
            for section in memory.sections(part.text):
                name = _FOLDERS.split(section.path)[-1]
                yield Remembered(index, name, part.text[section.start : section.end])


def _typed(text: str) -> str:
    """What the person wrote in ``text``: Copilot and Cursor put it last, in a tag, behind all that goes with it."""
    for tag in ("userRequest", "user_query"):
        inside = text.rstrip().removesuffix(f"</{tag}>")
        start = inside.rfind(f"<{tag}>")
        if start >= 0 and len(inside) < len(text.rstrip()):
            return inside[start + len(tag) + 2 :].strip()
    return text


def _asked(index: int, turn: int | None, message: Message, *, asked: bool) -> Iterator[Event]:
    for part in message.parts:
        match part:
            case Text(text) if INTERRUPTED.match(text):
                if turn is not None:
                    yield Stopped(index, turn, text.strip()[:200], rejected=False)
            case Text(text) if asked and message.origin in {None, "typed"} and not _MACHINERY.match(text):
                yield Asked(index, turn, _typed(text)[:LONGEST])
            case ToolResult() if turn is not None and _REJECTED.match(words := seen_text(part)):
                reason = _REASON.search(words[:LONGEST])
                yield Stopped(
                    index, turn, words.strip()[:200], rejected=True, reason=reason[1].strip() if reason else ""
                )
