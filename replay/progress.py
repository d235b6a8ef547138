"""How far sampling is: a bar for each arm on a terminal, a plain line now and then elsewhere, always on stderr."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from replay.records import Experiment, Trial
from replay.sample import (
    Batched,
    Event,
    Failed,
    Finished,
    Interrupted,
    Kept,
    Planned,
    Retrying,
    Skipped,
    Started,
    Stopped,
)
from replay.words import plural

SECONDS_BETWEEN_LINES = 5.0
RECENT = 60.0  # seconds over which the rate is taken
Cost = Callable[[Trial], float | None]


@dataclass
class Counts:
    """One arm so far. ``done`` counts every draw that came to an end, answered or failed; ``running`` those under way.

    ``read`` and ``written`` are tokens of the answers sent for, ``usd`` what they cost (None where that is not known),
    ``answered`` the times at which the last of them came.
    """

    total: int | None = None
    done: int = 0
    cached: int = 0
    sent: int = 0
    failed: int = 0
    skipped: int = 0
    retries: int = 0
    running: set[tuple[str, int]] = field(default_factory=set)
    read: int = 0
    written: int = 0
    usd: float | None = 0.0
    answered: deque[float] = field(default_factory=deque)


@contextmanager
def watch(
    experiment: Experiment,
    *,
    cost: Cost | None = None,
    console: Console | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Callable[[Event], None]]:
    """The ``on_event`` for ``sample`` that shows progress while the block lasts. ``NO_COLOR`` is honoured (by rich).

    ``cost`` gives what the answer of a trial cost in US dollars.
    """
    console = console or Console(stderr=True)
    arms = [arm.name for arm in experiment.arms]
    if console.is_terminal and not console.is_dumb_terminal:
        with _bars(console) as progress:
            yield _Bars(progress, arms, clock, cost)
    else:
        lines = _Lines(console, arms, clock, cost)
        try:
            yield lines
        finally:
            lines.close()


class _View:
    """Counts events by arm; what is shown is up to the two views."""

    def __init__(self, arms: list[str], clock: Callable[[], float], cost: Cost | None) -> None:
        self.counts = {name: Counts() for name in arms}
        self.clock = clock
        self.cost = cost
        self.began = clock()

    def __call__(self, event: Event) -> None:
        match event:
            case Planned(draws):
                for name, total in draws.items():
                    self._of(name).total = total
                    self.show(name)
            case Stopped(_, sentence) | Batched(sentence):
                self.say(sentence)
            case Interrupted(under_way):
                self.say(f"stopping: {plural(under_way, 'request')} under way will finish; Ctrl-C again stops at once")
            case Kept(draw) | Skipped(draw) | Started(draw, _) | Retrying(draw, _, _, _):
                self._count(event, self._of(draw.arm.name), (draw.case, draw.draw))
                self.show(draw.arm.name)
            case Finished(trial) | Failed(trial):
                self._count(event, self._of(trial.arm), (trial.case, trial.draw))
                self.show(trial.arm)

    def _of(self, arm: str) -> Counts:
        return self.counts.setdefault(arm, Counts())

    def _count(self, event: Event, counts: Counts, place: tuple[str, int]) -> None:
        match event:
            case Started():
                counts.running.add(place)
                return
            case Retrying():
                counts.retries += 1
                return
            case Kept():
                counts.cached += 1
            case Finished(trial):
                counts.cached += trial.cached
                if not trial.cached:
                    self._paid(counts, trial)
            case Failed():
                counts.failed += 1
            case Skipped():
                counts.skipped += 1
                counts.running.discard(place)
                return
        counts.done += 1
        counts.running.discard(place)

    def _paid(self, counts: Counts, trial: Trial) -> None:
        counts.sent += 1
        counts.answered.append(self.clock())
        if trial.completion is not None:
            usage = trial.completion.usage
            counts.read += usage.input + usage.cache_read + usage.cache_write
            counts.written += usage.output
        paid = self.cost(trial) if self.cost else None
        counts.usd = None if counts.usd is None or paid is None else counts.usd + paid

    def rate(self, answered: deque[float]) -> float:
        """Answers a second in the last minute."""
        now = self.clock()
        while answered and answered[0] < now - RECENT:
            answered.popleft()
        return len(answered) / max(min(RECENT, now - self.began), 1e-3)

    def show(self, arm: str) -> None:
        """Show that ``arm`` has changed."""
        raise NotImplementedError

    def say(self, sentence: str) -> None:
        """Show a sentence that stays."""
        raise NotImplementedError


def _words(counts: Counts, rate: float) -> str:
    """The counts that are not zero, as words; where any was sent for, tokens, cost, answers a second and time left."""
    named = (
        (counts.cached, "cached"),
        (len(counts.running), "under way"),
        (counts.retries, "retried"),
        (counts.failed, "failed"),
        (counts.skipped, "not sent"),
    )
    words = [f"{count} {name}" for count, name in named if count]
    if counts.read or counts.written:
        words.append(f"{_short(counts.read)} tokens in, {_short(counts.written)} out")
    if counts.sent and counts.usd:
        words.append(f"${counts.usd:.2f}" if counts.usd >= 0.01 else "less than 1 cent")
    if counts.sent:
        words.append(f"{rate:.1f}/s")
    if counts.sent and rate and not counts.skipped and counts.total is not None and counts.total > counts.done:
        words.append(f"{_time((counts.total - counts.done) / rate)} left")
    return ", ".join(words)


def _short(count: int) -> str:
    """A count in three digits: 950, 12.3k, 4.56M."""
    for size, unit in ((1_000_000, "M"), (1_000, "k")):
        if count >= size:
            return f"{count / size:.3g}{unit}" if count < 999.5 * size else f"{count / size:.0f}{unit}"
    return str(count)


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _bars(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[words]}", markup=False),
        console=console,
    )


class _Bars(_View):
    """A bar for each arm."""

    def __init__(self, progress: Progress, arms: list[str], clock: Callable[[], float], cost: Cost | None) -> None:
        super().__init__(arms, clock, cost)
        self.progress = progress
        self.tasks: dict[str, TaskID] = {}

    def show(self, arm: str) -> None:
        counts = self.counts[arm]
        if arm not in self.tasks:
            self.tasks[arm] = self.progress.add_task(arm, total=None, words="")
        words = _words(counts, self.rate(counts.answered))
        self.progress.update(self.tasks[arm], total=counts.total, completed=counts.done, words=words)

    def say(self, sentence: str) -> None:
        self.progress.console.print(sentence, markup=False, highlight=False)


class _Lines(_View):
    """A line for each arm that has come on, at most every few seconds, and at the end."""

    def __init__(self, console: Console, arms: list[str], clock: Callable[[], float], cost: Cost | None) -> None:
        super().__init__(arms, clock, cost)
        self.console = console
        self.last = self.began
        self.shown = dict.fromkeys(arms, (-1, 0))  # draws done and not sent when an arm's last line was printed

    def show(self, arm: str) -> None:  # noqa: ARG002 - it is time for all arms at once
        if self.clock() - self.last >= SECONDS_BETWEEN_LINES:
            self.lines()

    def lines(self) -> None:
        """Print where each arm stands that has come on since its last line."""
        self.last = self.clock()
        for name, one in self.counts.items():
            if self.shown.get(name) == (one.done, one.skipped):
                continue
            self.shown[name] = (one.done, one.skipped)
            of = f" of {one.total}" if one.total is not None else ""
            words = _words(one, self.rate(one.answered))
            self.say(f"{name}: {one.done}{of} draws" + (f": {words}" if words else ""))

    def close(self) -> None:
        """The last lines, without those that would repeat the one before; none where sampling never began."""
        if any(one != Counts() for one in self.counts.values()):
            self.lines()

    def say(self, sentence: str) -> None:
        self.console.print(sentence, markup=False, highlight=False, soft_wrap=True)
