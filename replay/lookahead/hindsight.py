"""What a transcript shows after a turn of files and folders that were the same at the turn."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from replay.lookahead import looking, persons
from replay.lookahead.ground import KEPT, Example, Ground, Watch
from replay.lookahead.replies import Reply
from replay.records import Transcript
from replay.workspace import dialects, spoken
from replay.workspace.effects import Effect, Loss, seen_text
from replay.workspace.files import NEVER_SEEN, SEEN_ELSEWHERE, Absent, Files, Known, Partial, State
from replay.workspace.timeline import Before, Done, play


def ground(transcript: Transcript, turn: int) -> Ground:
    """What is known before ``turn`` (0-based). Raises IndexError where there is no such turn.

    That is what the transcript had shown by then, but not before a person last spoke, who may have changed anything;
    and what it shows later of files and folders that nothing can have changed in between: what they held is a fact.
    """
    watch = Watch(transcript)
    index = transcript.turns[turn].message
    events = play(transcript, doubts=watch.bounds)
    files: Files | None = None
    for event in events:
        match event:
            case Before(number, known) if number == turn:
                files = known
                break
            case Done():
                watch.see(event)
    if files is None:
        raise IndexError(f"the transcript has no turn {turn}")
    watch.reach(index)
    found = watch.ground(files)
    later = Hindsight(transcript, index, files)
    for event in events:
        if isinstance(event, Done):
            later.see(event)
    return later.added(found)


class Hindsight:
    """What is shown after a turn, of files and folders that were the same at the turn."""

    def __init__(self, transcript: Transcript, message: int, files: Files) -> None:
        spoke = persons.spoke(transcript.messages, spoken.speech(transcript))
        told = (aside.after for aside in transcript.asides)
        later = [index for index in spoke if index > message] + [index for index in told if index >= message]
        self._end = min(later, default=len(transcript.messages))
        self._files = files
        self._states: dict[str, State] = {}
        self._seen: dict[str, Reply] = {}
        self._examples: dict[str, list[Example]] = defaultdict(list)
        self._acted = self._lost = False

    def see(self, event: Done) -> None:
        """A call after the turn, and its result."""
        call = event.call
        if len(self._examples[call.name]) < KEPT:
            self._examples[call.name].append((call, event.result))
        if self._lost or event.message > self._end:
            return
        for truth in dialects.of(call).truths(call, event.result):
            if truth.told == "file":
                before: State = Absent() if truth.before is None else Known(truth.before)
                self._learn(event.files.name(truth.path), before, event.files)
        for effect in event.effects:
            match effect:
                case Loss(named=None):
                    self._lost = True
                    return
                case Loss():
                    self._acted = True
                case Effect(path, state, None):
                    self._learn(path, state, event.files)
        if not looking.is_quiet(call, event.files):
            self._acted = True
        elif looking.looks(call) and not self._acted and looking.is_whole(event.result):
            reply = Reply(seen_text(event.result), event.result.is_error)
            self._seen.setdefault(looking.name_of(call, event.files), reply)

    def _learn(self, path: str, state: State, files: Files) -> None:
        """``state`` was so at the turn as well, if what was known of the file then is still all that is known."""
        held, now = self._states.get(path, self._files[path]), files[path]
        same = held is now or (_is_unseen(held) and _is_unseen(now))
        if same and isinstance(state, Known | Partial | Absent):
            self._states[path] = state

    def added(self, found: Ground) -> Ground:
        """``found`` with what came to be known."""
        examples = {tool: tuple(listed) for tool, listed in self._examples.items() if tool not in found.examples}
        return replace(
            found,
            files=found.files.put(self._states),
            seen={**self._seen, **found.seen},
            read=dict(found.read),
            examples={**examples, **{tool: tuple(listed) for tool, listed in found.examples.items()}},
            lengths=dict(found.lengths),
        )


def _is_unseen(state: State) -> bool:
    return state is NEVER_SEEN or state is SEEN_ELSEWHERE
