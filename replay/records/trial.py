"""What came of a draw: the request, its completion or error, and the verdict on it."""

from __future__ import annotations

from typing import Literal, get_args

from replay import display
from replay.records.base import JSON, Record
from replay.records.experiment import Arm, Case
from replay.records.finding import Finding
from replay.records.transcript import Message, Part, Prefix, Usage

Outcome = Literal[
    "clean", "violation", "no_code", "unparsed", "truncated", "refused", "unknown_file", "failed_edit", "error"
]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
JUDGED: frozenset[Outcome] = frozenset({"clean", "violation"})


class Completion(Record, frozen=True):
    """What a model answered: ``parts``, the provider's stop reason and the whole response as received."""

    parts: tuple[Part, ...]
    stop: Literal["end", "tool_calls", "length", "refusal", "content_filter", "other"]
    model: str | None = None
    usage: Usage = Usage()
    response: JSON = None


class TrialError(Record, frozen=True):
    """The error that came instead of a completion. ``kind`` is a short stable word (``rate_limit``, ``timeout``, …)."""

    kind: str
    message: str
    status: int | None = None


class Halt(Record, frozen=True):
    """Why a draw that may look ahead went no further though its last turn called tools.

    ``unknown``: it asked for what the workspace does not know; ``command``: for more than reading; ``limit``: it was
    still reading when its turns were used up.
    """

    kind: Literal["unknown", "command", "limit"]
    why: str


class Exchange(Record, frozen=True):
    """A turn of a draw that only read, and the messages that answered it. ``key`` is that of its own request."""

    completion: Completion
    answers: tuple[Message, ...]
    key: str = ""
    cached: bool = False


class Trial(Record, frozen=True):
    """One completion of a case under an arm, or the error that came instead.

    ``key`` is the hash of the request (see ``sample.request_key``). ``notes`` say what had to be converted or left out
    to send the prefix. ``cached`` is True where an earlier draw with the same key was used. ``seconds`` is wall time.
    Of a draw that looks ahead, ``completion`` is the last turn, ``earlier`` are those before it, and ``halt`` says why
    there are no more.
    ``batch`` is True where a batch endpoint answered, at its price.
    """

    case: str
    arm: str
    draw: int
    key: str
    completion: Completion | None = None
    error: TrialError | None = None
    notes: tuple[str, ...] = ()
    cached: bool = False
    on_policy: bool | None = None
    started: str | None = None
    seconds: float | None = None
    earlier: tuple[Exchange, ...] = ()
    halt: Halt | None = None
    batch: bool = False

    @property
    def turns(self) -> tuple[Completion, ...]:
        """The completions of all turns, in order; none where an error came instead."""
        return () if self.completion is None else (*(one.completion for one in self.earlier), self.completion)

    @property
    def usage(self) -> Usage | None:
        """The tokens of all turns; None where an error came instead."""
        if not self.turns:
            return None
        return Usage(*(sum(getattr(turn.usage, name) for turn in self.turns) for name in Usage.__struct_fields__))

    @property
    def parts(self) -> tuple[Part, ...]:
        """What the model wrote, all turns in order."""
        return tuple(part for turn in self.turns for part in turn.parts)

    def _repr_html_(self) -> str:
        """What was answered, or the error."""
        return display.record(self, title=f"{self.case}, {self.arm}, draw {self.draw}")


class Request(Record, frozen=True):
    """What a sampler turns into a body: draw number ``draw`` of ``case`` under ``arm``.

    ``prefix`` has the arm's edits applied. ``recorded`` is the completion the transcript holds at the critical turn.
    ``earlier`` are the draw's own turns behind the prefix, where it looks ahead.
    """

    case: Case
    arm: Arm
    draw: int
    prefix: Prefix
    recorded: Message
    earlier: tuple[Exchange, ...] = ()


class Score(Record, frozen=True):
    """The verdict on one trial for one rule selector (a rule id, or a glob such as ``*/swallowed-*``)."""

    case: str
    arm: str
    draw: int
    rule: str
    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    partial: bool = False
    why: str | None = None


class Label(Record, frozen=True):
    """What a person says of one finding: ``right``, ``wrong``, or None where they took it back.

    ``key`` are the first 16 characters of the trial's key, so that a label stays with its completion. ``when`` is an
    ISO 8601 time in UTC, ``who`` a name or nothing.
    """

    case: str
    arm: str
    draw: int
    key: str
    rule: str
    path: str
    line: int
    end_line: int
    label: Literal["right", "wrong"] | None
    who: str = ""
    when: str = ""
