"""Sampling sends each request once, keeps what was answered, and never takes an error for an answer."""

import asyncio
import gc
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
import warnings
from collections import Counter
from pathlib import Path

import pytest

from replay import sample as sampling
from replay.errors import UserError
from replay.records import Arm, Case, Completion, Fidelity, Message, Prefix, Request, Setup, Text
from replay.sample import Pace, plan_draw, request_key, sample
from replay.samplers import Fault, Outgoing
from replay.store import Cache, Run

BASE = Arm("base", "fake/one")
TERSE = Arm("terse", "fake/one")


class RefusedError(Exception):
    """What the fake service answers instead of a completion."""

    def __init__(self, kind: str, *, retry: bool, after: float | None = None, status: int | None = None) -> None:
        super().__init__(kind)
        self.fault = Fault(kind=kind, message=f"the service says {kind}", status=status, retry=retry, after=after)


RATE = RefusedError("rate_limit", retry=True, status=429)
DOWN = RefusedError("server", retry=True, status=500)
AUTH = RefusedError("auth", retry=False, status=401)
BAD = RefusedError("bad_request", retry=False, status=400)


class Player:
    """A sampler that plays a list: ``script(body, attempt)`` gives the answer, raises what the service would."""

    API = "fake"

    def __init__(self, script=None, *, seconds: float = 0.0, connect=None) -> None:
        self.script = script or (lambda body, attempt: "ok")
        self.seconds = seconds
        self.sent: Counter[str] = Counter()
        self.under_way = self.most = self.connections = 0
        self._connect = connect

    def body(self, request: Request) -> Outgoing:
        """The first message is the whole body."""
        text = request.prefix.messages[0].parts[0].text
        return Outgoing(body={"model": request.arm.model, "text": text}, notes=("a note",), on_policy=True)

    def connect(self, arm, *, timeout, concurrency):
        """Count the connection."""
        self.connections += 1
        return self._connect() if self._connect else "client"

    async def send(self, client, body: bytes, *, headers=None, begun=None, streamed=False) -> bytes:
        """Play the script, counting what is sent and how much at once."""
        name = json.loads(body)["text"]
        self.sent[name] += 1
        attempt = self.sent[name]
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await asyncio.sleep(self.seconds)
            answer = self.script(name, attempt)
        finally:
            self.under_way -= 1
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, bytes) else json.dumps({"text": answer}).encode()

    async def close(self, client) -> None:
        """Count the connection off."""
        self.connections -= 1

    def parse(self, response) -> Completion:
        """A response is its text."""
        return Completion((Text(response["text"]),), "end", response=response)

    def fault(self, error: Exception) -> Fault:
        """Only what this service raises is a fault."""
        if isinstance(error, RefusedError):
            return error.fault
        raise error


def request(text: str, *, arm: Arm = BASE, draw: int = 0, case: str | None = None) -> Request:
    record = Case(case or f"{text}@1", "t", 1, (), "s", Fidelity("exact"))
    return Request(record, arm, draw, Prefix(Setup(), (Message("user", (Text(text),)),)), Message("assistant"))


def draws(player, texts, **options):
    return [plan_draw(request(text, **options), player) for text in texts]


@pytest.fixture
def run(tmp_path):
    with Run.open(tmp_path / "run", create=True) as store:
        yield store


@pytest.fixture
def cache(tmp_path):
    with Cache.open(tmp_path / "cache.sqlite") as store:
        yield store


class Naps:
    """A clock that only notes how long it was asked to wait."""

    def __init__(self, random: float = 0.5) -> None:
        self.waits: list[float] = []
        self.pace = Pace(base=1.0, longest=5.0, sleep=self._sleep, random=lambda: random)

    async def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)


# --- keys --------------------------------------------------------------------------------------------------


def test_the_key_is_the_request_and_nothing_else():
    """API, endpoint, headers, body, draw and replicate change the key; the names of case and arm do not."""
    plain = request_key(BASE, "fake", b"{}", 0)
    assert plain == request_key(TERSE, "fake", b"{}", 0)
    others = {
        request_key(BASE, "other", b"{}", 0),
        request_key(BASE, "fake", b'{"x": 1}', 0),
        request_key(BASE, "fake", b"{}", 1),
        request_key(BASE, "fake", b"{}", 0, headers={"beta": "x"}),
        request_key(Arm("base", "fake/one", replicate=1), "fake", b"{}", 0),
        request_key(Arm("base", "fake/one", base_url="http://localhost:1"), "fake", b"{}", 0),
    }
    assert len(others | {plain}) == 7


def test_another_endpoint_in_the_environment_is_another_key(monkeypatch):
    """Answers of a local stand-in are never taken for the provider's."""
    monkeypatch.delenv("ANTHROPIC_BASE_URL", raising=False)
    real = request_key(BASE, "anthropic", b"{}", 0)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:8900/")
    local = request_key(BASE, "anthropic", b"{}", 0)
    assert local != real
    assert local == request_key(Arm("x", "m", base_url="http://127.0.0.1:8900"), "anthropic", b"{}", 0)


# --- once ----------------------------------------------------------------------------------------------------


def test_every_draw_is_answered_and_stored_with_its_notes(run, cache):
    """Each draw becomes a trial that carries notes, key, policy and time."""
    player = Player()
    tally = sample(draws(player, ["a", "b"]), run=run, cache=cache)
    assert (tally.finished, tally.requests, tally.failed) == (2, 2, 0)
    first, second = run.trials()
    assert (first.case, second.case) == ("a@1", "b@1")
    assert first.completion == Completion((Text("ok"),), "end", response={"text": "ok"})
    assert (first.notes, first.on_policy, first.cached) == (("a note",), True, False)
    assert first.seconds is not None
    assert first.started is not None
    assert player.connections == 0


def test_a_second_run_sends_nothing_and_needs_no_key(run, cache):
    """What the run has is not asked for again; no client is even connected."""
    player = Player()
    sample(draws(player, "abc"), run=run, cache=cache)
    before = list(run.trials())
    again = Player(connect=lambda: pytest.fail("connected"))
    tally = sample(draws(again, "abc"), run=run, cache=cache)
    assert (tally.kept, tally.requests) == (3, 0)
    assert list(run.trials()) == before


def test_another_run_takes_its_answers_from_the_cache(run, cache, tmp_path):
    """The same requests in a new run cost nothing and are marked as cached."""
    sample(draws(Player(), "abc"), run=run, cache=cache)
    again = Player(connect=lambda: pytest.fail("connected"))
    with Run.open(tmp_path / "other", create=True) as other:
        tally = sample(draws(again, "abc"), run=other, cache=cache)
        assert (tally.cached, tally.requests) == (3, 0)
        assert [trial.cached for trial in other.trials()] == [True] * 3
        assert [t.completion for t in other.trials()] == [t.completion for t in run.trials()]


def test_more_draws_send_only_what_is_new(run, cache):
    """Adding a draw and an arm to a finished run sends just those."""
    player = Player()
    sample(draws(player, "ab"), run=run, cache=cache)
    more = [*draws(player, "ab"), *draws(player, "ab", draw=1)]
    tally = sample(more, run=run, cache=cache)
    assert (tally.kept, tally.requests) == (2, 2)
    assert len(list(run.trials())) == 4


def test_equal_draws_of_one_plan_are_sent_once(run, cache):
    """Two arms that ask the same share one request, while it is under way and after."""
    player = Player(seconds=0.02)
    plan = [*draws(player, "ab"), *draws(player, "ab", arm=TERSE), *draws(player, "a", arm=Arm("third", "fake/one"))]
    tally = sample(plan, run=run, cache=cache)
    assert player.sent == {"a": 1, "b": 1}
    assert (tally.requests, tally.finished, tally.cached) == (2, 2, 3)
    assert {(t.case, t.arm): t.cached for t in run.trials()} == {
        ("a@1", "base"): False,
        ("b@1", "base"): False,
        ("a@1", "terse"): True,
        ("b@1", "terse"): True,
        ("a@1", "third"): True,
    }


def test_a_replicate_is_sent_for_itself(run, cache):
    """An A/A arm draws anew although its bytes are the same."""
    player = Player()
    sample([*draws(player, "a"), *draws(player, "a", arm=Arm("again", "fake/one", replicate=1))], run=run, cache=cache)
    assert player.sent == {"a": 2}


def test_no_more_requests_are_under_way_than_allowed(run, cache):
    """Concurrency bounds the requests of a model, is reached, and draws are read no further ahead than needed."""
    player = Player(seconds=0.01)
    ahead = []

    def lazily():
        for number in range(40):
            ahead.append(number - player.sent.total())
            yield plan_draw(request(str(number)), player)

    sample(lazily(), run=run, cache=cache, concurrency=4)
    assert player.most == 4
    assert max(ahead) <= 8


def test_two_models_do_not_share_their_concurrency(run, cache):
    """Each model has its own requests under way."""
    player = Player(seconds=0.02)
    plan = [
        plan_draw(request(f"{model}{n}", arm=Arm(model, f"fake/{model}")), player) for n in range(4) for model in "xy"
    ]
    sample(plan, run=run, cache=cache, concurrency=2)
    assert player.most == 4


# --- errors --------------------------------------------------------------------------------------------------


def test_an_error_is_a_trial_but_never_an_answer(run, cache):
    """What failed is stored as an error, is not cached, and is sent again by the next run."""
    player = Player(lambda name, attempt: BAD if attempt == 1 else "ok")
    tally = sample(draws(player, "a"), run=run, cache=cache)
    assert tally.errors == {"bad_request": 1}
    (trial,) = run.trials()
    assert trial.completion is None
    assert (trial.error.kind, trial.error.status) == ("bad_request", 400)
    assert cache.stats()["answers"] == 0
    tally = sample(draws(player, "a"), run=run, cache=cache)
    assert (tally.finished, tally.failed) == (1, 0)
    assert [trial.error for trial in run.trials()] == [None]


def test_passing_errors_are_retried_with_growing_jittered_waits(run, cache):
    """Five attempts, each wait drawn below a bound that doubles up to the longest."""
    naps = Naps(random=0.5)
    tally = sample(draws(Player(lambda *_: DOWN), "a"), run=run, cache=cache, pace=naps.pace)
    assert tally.requests == 5
    assert tally.errors == {"server": 1}
    assert naps.waits == [0.5, 1.0, 2.0, 2.5]


def test_a_crowded_provider_gets_more_patience(run, cache):
    """A rate limit is met with ten attempts."""
    tally = sample(draws(Player(lambda *_: RATE), "a"), run=run, cache=cache, pace=Naps().pace)
    assert (tally.requests, tally.errors) == (10, {"rate_limit": 1})


def test_a_wait_the_provider_asks_for_is_honoured(run, cache):
    """After a retry-after of 7 seconds the next attempt comes 7 seconds later or a little more."""
    naps = Naps(random=0.5)
    player = Player(lambda name, attempt: RefusedError("rate_limit", retry=True, after=7.0) if attempt == 1 else "ok")
    tally = sample(draws(player, "a"), run=run, cache=cache, pace=naps.pace)
    assert naps.waits == [7.5]
    assert (tally.finished, tally.requests) == (1, 2)


def test_a_wait_longer_than_the_timeout_is_not_waited_for(run, cache):
    """A provider that asks for an hour gets no further request now."""
    player = Player(lambda *_: RefusedError("rate_limit", retry=True, after=3600.0))
    tally = sample(draws(player, "a"), run=run, cache=cache, timeout=60, pace=Naps().pace)
    assert tally.requests == 1
    assert tally.errors == {"rate_limit": 1}


def test_a_permanent_error_is_not_retried(run, cache):
    """A bad request is sent once."""
    player = Player(lambda *_: BAD)
    sample(draws(player, "a"), run=run, cache=cache)
    assert player.sent == {"a": 1}


def test_a_request_that_hangs_ends_as_a_timeout(run, cache):
    """No answer within the timeout is an error of that kind, tried as often as others."""
    player = Player(seconds=30)
    tally = sample(draws(player, "a"), run=run, cache=cache, timeout=0.01, pace=Naps().pace)
    assert (tally.requests, tally.errors) == (5, {"timeout": 1})


@pytest.mark.parametrize(
    "answer", [b"<html>", b'{"txt": 1}', b"[]", b"\xff"], ids=["html", "a field", "a list", "bytes"]
)
def test_a_response_that_cannot_be_read_is_kept_and_tried_twice_more(run, cache, answer):
    """Malformed responses are no answers, but they were paid for: each is kept as received."""
    player = Player(lambda *_: answer)
    tally = sample(draws(player, "a"), run=run, cache=cache, pace=Naps().pace)
    assert (tally.requests, tally.errors) == (3, {"malformed": 1})
    assert [text for _, text in run.refused()] == [answer.decode(errors="replace")] * 3
    assert cache.stats()["answers"] == 0


def test_a_malformed_response_may_be_followed_by_a_good_one(run, cache):
    """One torn body does not cost the draw."""
    player = Player(lambda name, attempt: b'{"text": "to' if attempt == 1 else "ok")
    assert sample(draws(player, "a"), run=run, cache=cache, pace=Naps().pace).finished == 1


def test_an_error_message_loses_its_secrets(run, cache):
    """Providers quote keys in their errors; what is stored does not."""
    key = "sk-" + "proj-" + "aB3dE5gH7jK9mN1pQ2rS4tU6"
    refused = RefusedError("auth", retry=False)
    refused.fault = Fault(kind="auth", message=f"incorrect key {key}", status=401, retry=False, after=None)
    sample(draws(Player(lambda *_: refused), "a"), run=run, cache=cache)
    assert [trial.error.message for trial in run.trials()] == ["incorrect key [REDACTED:openai-key]"]


def test_an_arm_whose_requests_are_all_refused_is_stopped_with_a_sentence(run, cache):
    """Three refused draws stop the arm; the rest is not sent, is no error, and another arm goes on."""
    player = Player(lambda name, attempt: AUTH if name.startswith("x") else "ok")
    plan = [
        plan_draw(request(f"{letter}{n}", arm=Arm(letter, f"fake/{letter}")), player)
        for n in range(20)
        for letter in "xy"
    ]
    tally = sample(plan, run=run, cache=cache, concurrency=1)
    assert tally.errors == {"auth": 3}
    assert tally.not_sent == {"x": 17}
    assert tally.finished == 20
    (sentence,) = tally.stopped
    assert "arm x" in sentence
    assert "auth" in sentence
    assert "17 draws were not sent" in sentence
    assert len(list(run.trials())) == 23


def test_bad_requests_stop_an_arm_only_when_they_come_from_different_cases(run, cache):
    """Ten draws of one case that is too long say nothing about the next case."""
    player = Player(lambda name, attempt: BAD if name == "long" else "ok")
    plan = [plan_draw(request("long", draw=n), player) for n in range(10)]
    plan += [plan_draw(request(name), player) for name in "abc"]
    tally = sample(plan, run=run, cache=cache, concurrency=1)
    assert (tally.finished, tally.stopped) == (3, [])
    tally = sample(draws(Player(lambda *_: BAD), "uvwxyz"), run=run, cache=cache, concurrency=1)
    assert tally.errors == {"bad_request": 3}
    assert len(tally.stopped) == 1


def test_a_server_that_is_down_stops_the_arm(run, cache):
    """When three draws were given up after all their attempts and nothing ever came, the others are not tried."""
    down = RefusedError("connection", retry=True)
    tally = sample(draws(Player(lambda *_: down), "abcdef"), run=run, cache=cache, concurrency=1, pace=Naps().pace)
    assert (tally.errors, tally.requests, tally.not_sent) == ({"connection": 3}, 15, {"base": 3})


def test_an_arm_that_once_succeeded_is_not_stopped(run, cache):
    """Errors after a success are the requests' own."""
    player = Player(lambda name, attempt: "ok" if name == "a" else AUTH)
    assert sample(draws(player, "abcdef"), run=run, cache=cache, concurrency=1).errors == {"auth": 5}


def test_a_missing_key_ends_sampling_after_what_is_under_way(run, cache):
    """A sampler that cannot connect raises its sentence; answers under way are kept."""

    def connect():
        raise UserError("set FAKE_API_KEY")

    slow, keyless = Player(seconds=0.05), Player(connect=connect)
    plan = [*draws(slow, "ab"), *draws(keyless, "c", arm=Arm("other", "fake/two"))]
    with pytest.raises(UserError, match="FAKE_API_KEY"):
        sample(plan, run=run, cache=cache, concurrency=1)
    assert slow.sent == {"a": 1}
    assert [trial.case for trial in run.trials()] == ["a@1"]


def test_a_bug_is_raised_and_loses_no_answer(run, cache):
    """An exception that no sampler knows surfaces; what the others were answered is stored."""
    player = Player(lambda name, attempt: ZeroDivisionError("a bug") if name == "b" else "ok", seconds=0.01)
    with pytest.raises(ZeroDivisionError):
        sample(draws(player, "abc"), run=run, cache=cache)
    assert {trial.case for trial in run.trials()} == {"a@1", "c@1"}


def test_two_samplers_on_one_run_do_not_pay_twice(run, cache):
    """While one samples, another is told that the run is in use and sends nothing."""
    player = Player()
    with run.lock(), Run.open(run.path, create=False) as other, pytest.raises(UserError, match="in use"):
        sample(draws(player, "a"), run=other, cache=cache)
    assert not player.sent


def test_it_works_inside_a_running_event_loop(run, cache):
    """A notebook, whose loop is running, calls it like any function."""

    async def cell():
        return sample(draws(Player(), "ab"), run=run, cache=cache)

    assert asyncio.run(cell()).finished == 2


def test_events_tell_what_happens(run, cache):
    """Every draw is told of once at its end, and retries are told as they come."""
    seen = []
    player = Player(lambda name, attempt: RATE if (name, attempt) == ("b", 1) else BAD if name == "c" else "ok")
    plan = draws(player, "ab")
    sample(plan[:1], run=run, cache=cache)
    sample(
        [*plan, *draws(player, "c"), *draws(player, "a", arm=TERSE)],
        run=run, cache=cache, on_event=seen.append, totals={"base": 3, "terse": 1}, pace=Naps().pace,
    )  # fmt: skip
    assert seen[0] == sampling.Planned({"base": 3, "terse": 1})
    assert Counter(type(event).__name__ for event in seen) == {
        "Planned": 1, "Kept": 1, "Started": 3, "Retrying": 1, "Finished": 2, "Failed": 1,
    }  # fmt: skip


# --- interruptions, in processes of their own ----------------------------------------------------------------

SCRIPT = """
    import importlib.util, sys
    from pathlib import Path
    spec = importlib.util.spec_from_file_location("fakes", {tests!r})
    fakes = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fakes)
    folder = Path({folder!r})

    class Logging(fakes.Player):
        def body(self, request):
            return super().body(request)
        async def send(self, client, body, **options):
            with (folder / "sent").open("ab", buffering=0) as log:
                log.write(body + b"\\n")
            answer = await super().send(client, body)
            with (folder / "answered").open("ab", buffering=0) as log:
                log.write(body + b"\\n")
            return answer

    player = Logging(seconds={seconds})
    plan = [fakes.plan_draw(fakes.request(str(n)), player) for n in range({count})]
    with fakes.Run.open(folder / "run", create=True) as run, fakes.Cache.open(folder / "cache.sqlite") as cache:
        tally = fakes.sample(plan, run=run, cache=cache, concurrency=4, on_event=lambda e: print(e, flush=True)
                             if type(e).__name__ == "Interrupted" else None)
    print("finished", tally.finished, flush=True)
"""


def start(folder: Path, *, count: int = 40, seconds: float = 0.05) -> subprocess.Popen[str]:
    script = SCRIPT.format(tests=__file__, folder=str(folder), count=count, seconds=seconds)
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def lines(folder: Path, name: str) -> list[str]:
    file = folder / name
    return file.read_text().splitlines() if file.exists() else []


def wait_until(condition, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_kill_9_loses_nothing_that_finished_and_repeats_only_what_was_under_way(tmp_path):
    """After two kills in the middle, the third call completes: repeats ≤ requests under way, losses none."""
    for kills, stage in enumerate((10, 25), start=1):
        process = start(tmp_path)
        wait_until(lambda: len(lines(tmp_path, "answered")) >= stage, process)  # noqa: B023
        process.kill()
        process.communicate()
        with Run.open(tmp_path / "run", create=False) as run:
            stored = {trial.case for trial in run.trials()}
        answered = len(lines(tmp_path, "answered"))
        assert answered - 4 * kills <= len(stored) <= answered
    out, err = start(tmp_path).communicate(timeout=60)
    assert "finished" in out, err
    with Run.open(tmp_path / "run", create=False) as run:
        assert len(list(run.trials())) == 40
    sent = Counter(lines(tmp_path, "sent"))
    assert len(sent) == 40
    assert sent.total() - 40 <= 2 * 4


def test_ctrl_c_finishes_what_is_under_way_and_stops(tmp_path):
    """After one SIGINT every request sent is answered and stored, none is sent, and KeyboardInterrupt is raised."""
    process = start(tmp_path, seconds=0.3)
    wait_until(lambda: len(lines(tmp_path, "sent")) >= 6, process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode in (130, -signal.SIGINT)
    assert "KeyboardInterrupt" in err
    assert "Interrupted(under_way=" in out
    assert "finished" not in out
    sent = lines(tmp_path, "sent")
    assert len(sent) < 40
    with Run.open(tmp_path / "run", create=False) as run:
        assert {trial.case for trial in run.trials() if trial.completion} == {
            f"{json.loads(line)['text']}@1" for line in sent
        }


def test_a_second_ctrl_c_stops_at_once(tmp_path):
    """The second SIGINT does not wait for answers; the store stays readable."""
    process = start(tmp_path, seconds=60)
    wait_until(lambda: len(lines(tmp_path, "sent")) >= 4, process)
    process.send_signal(signal.SIGINT)
    assert "Interrupted" in process.stdout.readline()
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert time.monotonic() - began < 60
    assert "KeyboardInterrupt" in err
    with Run.open(tmp_path / "run", create=False) as run:
        assert list(run.trials()) == []


def test_two_ctrl_c_at_once_leave_no_request_unbegun(run, cache):
    """Both come before a request that was just decided on has begun: it is dropped without a warning of Python's."""
    player = Player()

    def planned():
        for draw in draws(player, "a"):
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)
            yield draw

    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        with pytest.raises(KeyboardInterrupt):
            sample(planned(), run=run, cache=cache)
        gc.collect()
    assert [str(one.message) for one in warned] == []
    assert player.sent == {}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs POSIX limits")
def test_a_disk_that_fills_up_ends_in_a_sentence(tmp_path):
    """When nothing can be stored any more, sampling stops with a sentence and what was stored is there."""
    script = SCRIPT.format(tests=__file__, folder=str(tmp_path), count=400, seconds=0.001)
    limited = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))\n" + textwrap.dedent(
        script
    )
    limited = limited.replace("seconds=0.001)", "seconds=0.001, script=lambda *_: 'x' * 5000)")
    done = subprocess.run([sys.executable, "-c", limited], capture_output=True, text=True, timeout=60, check=False)
    assert "UserError" in done.stderr
    assert "what was finished is kept" in done.stderr
    assert len(lines(tmp_path, "sent")) < 200
    with Run.open(tmp_path / "run", create=False) as run:
        assert len(list(run.trials())) >= len(lines(tmp_path, "answered")) - 5
