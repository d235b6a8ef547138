"""Progress counts every draw once, in plain lines or in bars."""

import io

from rich.console import Console

from replay.progress import watch
from replay.records import Arm, Completion, Experiment, Trial, TrialError, Usage
from replay.sample import Draw, Failed, Finished, Interrupted, Kept, Planned, Retrying, Skipped, Started, Stopped
from replay.samplers import scripted

BASE, TERSE = Arm("base", "fake/one"), Arm("terse [x]", "fake/one")
EXPERIMENT = Experiment("e", (), (BASE, TERSE), "base", ("*",))


def draw(number: int, arm: Arm = BASE) -> Draw:
    return Draw("a@1", arm, number, "k", b"{}", {}, (), None, scripted)


def trial(number: int, *, arm: Arm = BASE, cached: bool = False, error: TrialError | None = None) -> Trial:
    completion = None if error else Completion((), "end")
    return Trial("a@1", arm.name, number, "k", completion, error, cached=cached)


EVENTS = [
    Planned({"base": 6, "terse [x]": 1}),
    Kept(draw(0)),
    Finished(trial(1, cached=True)),
    Started(draw(2), 1),
    Retrying(draw(2), "rate_limit", 1, 0.5),
    Started(draw(2), 2),
    Finished(trial(2)),
    Started(draw(3), 1),
    Failed(trial(3, error=TrialError("timeout", "no answer"))),
    Skipped(draw(4)),
    Started(draw(5), 1),
]


class Clock:
    """A clock moved by hand."""

    now = 0.0

    def __call__(self) -> float:
        """The time, in seconds."""
        return self.now


def shown(events, *, seconds: float = 0.0, terminal: bool = False, cost=None) -> str:
    stream, clock = io.StringIO(), Clock()
    console = Console(file=stream, force_terminal=terminal, width=160, _environ={"TERM": "xterm"})
    with watch(EXPERIMENT, cost=cost, console=console, clock=clock) as on_event:
        for event in events:
            clock.now += seconds
            on_event(event)
        clock.now += 10 - len(events) * seconds
    return stream.getvalue()


def test_without_a_terminal_the_end_is_a_plain_line_for_each_arm():
    """Every draw is counted once: 4 of 6 ended, 2 of them cached; what is not sent will not end, so no time is left."""
    first, second = shown(EVENTS).splitlines()
    assert first == "base: 4 of 6 draws: 2 cached, 1 under way, 1 retried, 1 failed, 1 not sent, 0.1/s"
    assert second == "terse [x]: 0 of 1 draws"


def test_plain_lines_are_some_seconds_apart():
    """A minute of events gives a line every five seconds, not one an event."""
    lines = shown([Kept(draw(n)) for n in range(60)], seconds=1.0).splitlines()
    assert lines[:3] == ["base: 5 draws: 5 cached", "terse [x]: 0 draws", "base: 10 draws: 10 cached"]
    assert len(lines) == 12 + 1


def test_nothing_done_is_said_once():
    """Where sampling began there is one line for each arm."""
    assert shown([Planned({"base": 3})]) == "base: 0 of 3 draws\nterse [x]: 0 draws\n"


def test_where_sampling_never_began_nothing_is_said():
    """The error that kept it from beginning stands by itself."""
    assert shown([]) == ""


def test_a_stop_and_an_interruption_are_said_at_once():
    """The sentences come as they happen."""
    first, second, *_ = shown([Stopped("base", "arm base: stopped [auth]"), Interrupted(3)]).splitlines()
    assert first == "arm base: stopped [auth]"
    assert second == "stopping: 3 requests under way will finish; Ctrl-C again stops at once"


def test_what_is_not_sent_is_not_under_way():
    """A request that a second Ctrl-C cancels is counted once."""
    line, _ = shown([Planned({"base": 1}), Started(draw(0), 1), Skipped(draw(0))]).splitlines()
    assert line == "base: 0 of 1 draws: 1 not sent"


def test_one_request_that_will_finish_is_told_in_the_singular():
    """`1 requests` would be a slip of the pen."""
    first, *_ = shown([Interrupted(1)]).splitlines()
    assert first == "stopping: 1 request under way will finish; Ctrl-C again stops at once"


def test_on_a_terminal_each_arm_has_a_bar():
    """Both arms are named, with their counts; names are not taken for markup."""
    last = shown(EVENTS, terminal=True)
    assert "terse [x]" in last
    assert "4/6" in last
    assert "0/1" in last
    assert "1 failed" in last


def test_tokens_cost_rate_and_time_left_are_told():
    """Two answers of 1,500 tokens in and 40 out at 2 cents each in 10 s; 8 draws are left at 0.2 a second: 40 s."""
    usage = Usage(input=500, cache_read=600, cache_write=400, output=40)
    answers = [Finished(Trial("a@1", "base", n, "k", Completion((), "end", usage=usage))) for n in range(2)]
    line, _ = shown([Planned({"base": 10}), *answers], cost=lambda trial: 0.02).splitlines()
    assert line == "base: 2 of 10 draws: 3k tokens in, 80 out, $0.04, 0.2/s, 40 s left"
    assert "$" not in shown([Planned({"base": 10}), *answers], cost=lambda trial: None)


def test_what_came_from_the_cache_cost_nothing_and_has_no_rate():
    """Cached answers are told as such."""
    told = [Finished(trial(n, cached=True)) for n in range(2)]
    lines = shown([Planned({"base": 2}), *told], cost=lambda one: 1.0).splitlines()
    assert lines[0] == "base: 2 of 2 draws: 2 cached"
