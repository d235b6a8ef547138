"""A transcript played message by message: what its calls and results tell of the files, in the order they happened."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from replay.records import Aside, Message, Text, ToolCall, ToolResult, Transcript
from replay.workspace import dialects, notices, spoken
from replay.workspace.dialects import aider, droid
from replay.workspace.effects import Effect, Effects, Loss, after, is_applied, seen_text
from replay.workspace.files import NEVER_SEEN, Files

_SPOKEN = "not seen since a person last spoke, who may have changed it"
_CONTINUED = "This session is being continued from a previous conversation"


@dataclass(frozen=True, slots=True)
class Before:
    """The moment before turn ``turn``."""

    turn: int
    files: Files


@dataclass(frozen=True, slots=True)
class Done:
    """A call whose result came: part ``part`` of message ``message``. ``files`` are as the call found them.

    A call that was written out in text is answered by the message behind it.
    """

    message: int
    part: int
    call: ToolCall
    result: ToolResult
    files: Files
    effects: Effects


def play(transcript: Transcript, *, doubts: Container[int] = ()) -> Iterator[Before | Done]:
    """Everything that happens to the files, in order. Linear in the transcript's length.

    A call without a result may or may not have run: what it would write is unknown from the next answer on. At the
    messages whose indices are ``doubts``, all that is known of files is given up.
    """
    return _Player(transcript).play(doubts)


def unanswered(transcript: Transcript) -> Counter[int]:
    """By index of the message, how many of its calls ``play`` yields no result for: interrupted ones and copies."""
    seen = _Seen(transcript)
    waiting: dict[str, int] = {}
    short: Counter[int] = Counter()
    for index, message in enumerate(transcript.messages):
        for number, part in enumerate(message.parts):
            match part:
                case ToolCall() if seen.is_new(part, index, number):
                    if part.id in waiting:
                        short[waiting[part.id]] += 1
                    waiting[part.id] = index
                case ToolCall():
                    short[index] += 1
                case ToolResult():
                    waiting.pop(part.call, None)
    short.update(waiting.values())
    return short


class _Seen:
    """Which calls were made already: a branch repeats them, and a few logs give two calls one id."""

    def __init__(self, transcript: Transcript) -> None:
        self._messages = transcript.messages
        self._answers = frozenset(turn.message for turn in transcript.turns)
        self._places: dict[str, tuple[int, int]] = {}

    def is_new(self, call: ToolCall, index: int, number: int) -> bool:
        """Whether ``call``, part ``number`` of message ``index``, is another one than was last made under its id.

        A client may repeat an answer in words of its own: Claude Code adds the defaults of what the model left out.
        """
        if (place := self._places.get(call.id)) is not None:
            made = self._messages[place[0]].parts[place[1]]
            repeats = place[0] in self._answers and index not in self._answers
            if made == call or (repeats and isinstance(made, ToolCall) and made.name == call.name):
                return False
        self._places[call.id] = index, number
        return True


class _Player:
    def __init__(self, transcript: Transcript) -> None:
        self._messages = transcript.messages
        self._turns = iter(sorted((turn.message, number) for number, turn in enumerate(transcript.turns)))
        self._turn = next(self._turns, None)
        self._hooks: dict[str, list[Aside]] = defaultdict(list)
        self._asides: dict[int, list[Aside]] = defaultdict(list)
        for aside in transcript.asides:
            if aside.kind == "hook" and aside.call is not None:
                self._hooks[aside.call].append(aside)
            else:
                self._asides[aside.after].append(aside)
        self._files = Files(cwd=transcript.source.cwd)
        if _is_cut(transcript):
            self._files = self._files.doubted()
        self._speech = spoken.speech(transcript)
        if self._speech:
            self._files = self._files.marked(spoken.MARK, self._speech)
        if transcript.source.agent == droid.AGENT:
            self._files = self._files.marked(droid.MARK, droid.AGENT)
        self._said: list[str] = []
        self._waiting: dict[str, tuple[int, int, ToolCall]] = {}
        self._fresh: dict[str, ToolCall] = {}
        self._seen = _Seen(transcript)

    def play(self, doubts: Container[int]) -> Iterator[Before | Done]:
        for index, message in enumerate(self._messages):
            if index in doubts:
                self._files = self._files.forget(_SPOKEN)
            if message.role == "assistant":
                self._miss_results()
            while self._turn is not None and self._turn[0] == index:
                yield Before(self._turn[1], self._files)
                self._turn = next(self._turns, None)
            yield from self._message(index, message)
            for aside in self._asides.get(index, ()):
                if aside.path is not None:
                    self._do((notices.changed(aside.path, aside.text, self._files),))

    def _message(self, index: int, message: Message) -> Iterator[Done]:
        if message.role == "assistant":
            self._hear(index, message)
        elif self._said:
            yield from self._answer(message)
        for number, part in enumerate(message.parts):
            match part:
                case ToolCall() if self._seen.is_new(part, index, number):
                    self._fresh[part.id] = part
                    self._waiting[part.id] = (index, number, part)
                case ToolResult() if part.call in self._waiting:
                    yield self._answered(part)
                    self._listen(seen_text(part))
                case Text() if message.role != "assistant":
                    self._listen(part.text)

    def _hear(self, index: int, message: Message) -> None:
        """Calls that the message writes out in its text wait for the message behind it."""
        for place, (number, call) in enumerate(spoken.calls(message.parts, self._speech)):
            if not call.id:
                named = replace(call, id=f"text:{index}:{place}")
                self._fresh[named.id] = named
                self._waiting[named.id] = (index, number, named)
                self._said.append(named.id)

    def _answer(self, message: Message) -> Iterator[Done]:
        """What is said behind calls written out in text: the result of the last one, for all that is known."""
        texts = tuple(part for part in message.parts if isinstance(part, Text))
        waiting, self._said = self._said, []
        for name in waiting:
            if name in self._waiting:
                last = name == waiting[-1] or self._waiting[name][2].name == aider.NAME
                yield self._answered(ToolResult(name, texts if last else ()))

    def _answered(self, result: ToolResult) -> Done:
        index, number, call = self._waiting.pop(result.call)
        self._fresh.pop(result.call, None)
        effects = dialects.of(call).observe(call, result, self._files)
        done = Done(index, number, call, result, self._files, effects)
        edits = (effect for effect in effects if isinstance(effect, Effect) and is_applied(effect))
        if any(_is_unseen_edit(effect, self._files) for effect in edits):
            self._files = self._files.doubted()
        self._do(effects)
        for aside in self._hooks.get(result.call, ()):
            self._do(notices.hook(aside, effects))
        return done

    def _miss_results(self) -> None:
        for call in self._fresh.values():
            for effect in dialects.of(call).apply(call, self._files):
                match effect:
                    case Effect(path):
                        self._do((Loss("a call without a result may have written it", (path,)),))
                    case Loss():
                        self._do((effect,))
        self._fresh.clear()

    def _listen(self, text: str) -> None:
        for effects in notices.told(text, self._files):
            self._do(effects)

    def _do(self, effects: Effects) -> None:
        self._files = after(self._files, effects)


def _is_cut(transcript: Transcript) -> bool:
    """Whether the transcript begins after the session did: rows are missing, or a summary stands for them."""
    if any("earlier messages" in (turn.fidelity or transcript.fidelity).missing for turn in transcript.turns):
        return True
    first = next(
        (part.text for message in transcript.messages[:1] for part in message.parts if isinstance(part, Text)), ""
    )
    return first.startswith(_CONTINUED)


def _is_unseen_edit(effect: Effect, files: Files) -> bool:
    """Whether a file was edited that had been there though the transcript had not shown it."""
    change = effect.change
    return change is not None and change.before is not None and files[change.path] is NEVER_SEEN
