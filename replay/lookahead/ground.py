"""What the look-ahead of a draw can be answered from: the files before the turn, and how the session's tools answer."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from replay.lookahead import looking, persons
from replay.lookahead.replies import Reply
from replay.records import ToolCall, ToolResult, Transcript
from replay.workspace import spoken
from replay.workspace.effects import Effect, Loss, seen_text
from replay.workspace.files import Files
from replay.workspace.timeline import Done

KEPT = 12
_LENGTH = re.compile(r"\((?:Showing lines \d+-\d+ of (\d{1,9})\b|End of file - total (\d{1,9}) lines)")
Example = tuple[ToolCall, ToolResult]


@dataclass(frozen=True, slots=True)
class Ground:
    """What is known before a turn.

    ``seen`` are the answers of calls that would be answered the same again, by ``name_of``; ``read`` names by path the
    last call that read a file which has not changed since. ``examples`` are results by tool, latest last; ``lengths``
    the number of lines that a tool said a file has. ``agent``, ``version`` and ``format`` are those of the source.
    """

    files: Files
    seen: Mapping[str, Reply] = field(default_factory=dict)
    read: Mapping[str, str] = field(default_factory=dict)
    examples: Mapping[str, Sequence[Example]] = field(default_factory=dict)
    lengths: Mapping[str, int] = field(default_factory=dict)
    agent: str = ""
    version: str = ""
    format: str = ""
    speech: str = ""

    def shown(self, tool: str) -> Iterator[Example]:
        """What the session's own calls of ``tool`` were answered, latest first."""
        return reversed(self.examples.get(tool, ()))

    def reading(self, calls: Mapping[str, ToolCall]) -> Ground:
        """The same once ``calls``, by the path of the file that each read, were answered."""
        names = {path: looking.name_of(call, self.files) for path, call in calls.items()}
        return replace(self, read={**self.read, **names})


class Watch:
    """Follows a session call by call."""

    def __init__(self, transcript: Transcript) -> None:
        self._source = transcript.source
        self._speech = spoken.speech(transcript)
        self._ordered = list(persons.spoke(transcript.messages, self._speech))
        self.bounds = frozenset(self._ordered)
        self._last = 0
        self.seen: dict[str, Reply] = {}
        self.read: dict[str, str] = {}
        self.examples: dict[str, deque[Example]] = defaultdict(lambda: deque(maxlen=KEPT))
        self.lengths: dict[str, int] = {}

    def reach(self, message: int) -> None:
        """Go on to ``message``: where a person spoke in between, anything may have happened."""
        at = bisect_left(self._ordered, self._last)
        if at < len(self._ordered) and self._ordered[at] < message:
            self.seen.clear()
        self._last = max(self._last, message)

    def see(self, event: Done) -> None:
        """A call and its result."""
        self.reach(event.message)
        call, result = event.call, event.result
        self.examples[call.name].append((call, result))
        if looking.is_quiet(call, event.files):
            if looking.looks(call):
                if looking.is_whole(result):
                    self.seen[looking.name_of(call, event.files)] = Reply(seen_text(result), result.is_error)
                for effect in event.effects:
                    if isinstance(effect, Effect):
                        self.read[effect.path] = looking.name_of(call, event.files)
                        self._measure(effect.path, seen_text(result))
            return
        self.seen.clear()
        for effect in event.effects:
            if isinstance(effect, Effect) and effect.change is not None:
                self.lengths.pop(effect.path, None)
                self.read.pop(effect.path, None)
            elif isinstance(effect, Loss):
                self.read.clear()

    def _measure(self, path: str, text: str) -> None:
        told = _LENGTH.search(text)
        if told is not None:
            self.lengths[path] = int(told[1] or told[2])

    def ground(self, files: Files) -> Ground:
        """What is known now. Its parts are shared: ask again after the next call."""
        agent = self._source.agent or self._source.format
        return Ground(
            files,
            self.seen,
            self.read,
            self.examples,
            self.lengths,
            agent,
            self._source.version or "",
            self._source.format,
            self._speech,
        )
