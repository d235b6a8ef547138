"""Tasks on several cores: in order, and each fault told of the task that has it."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from replay.errors import AnalyserError, UserError
from replay.workers import AHEAD, Failed, cores, run

LONG = 120.0


def blocked(_: object) -> bool:
    """Whether Ctrl-C is held back from this process."""
    return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def untwist() -> object:
    """What a ``Twisted`` is read with."""
    raise ValueError("not today")


class Twisted:
    """An object that can be sent, but not read."""

    def __reduce__(self) -> tuple[Callable[[], object], tuple[()]]:
        return untwist, ()


def act(item: object) -> object:
    """What the tests' tasks do."""
    match item:
        case ("exit", int(code)):
            os._exit(code)
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "hang":
            signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals) - {signal.SIGALRM})
            while True:
                time.sleep(3600)
        case "raise":
            raise UserError("not like this", path="a.py", line=3)
        case "odd":
            return lambda: None
        case "twisted":
            return Twisted()
        case ("environment", str(name)):
            return os.environ.get(name)
        case "process":
            return os.getpid()
        case "slowly":
            time.sleep(0.5)
            return os.getpid()
        case "parent":
            return os.getppid()
    return item


def add(more: int, item: int) -> int:
    """A task with an argument beside its item."""
    return item + more


def len_of(size: int) -> str:
    """A text of some length."""
    return "x" * size


def late(item: int) -> int:
    """Takes longer than a worker's start."""
    time.sleep(1.0)
    return item


def slow_first(item: int) -> int:
    """The first tasks take longest."""
    time.sleep(1.0 if item == 0 else 0)
    return item


def stuck(folder: Path, item: int) -> int:
    """Says which process it is, then hangs."""
    (folder / str(item)).write_text(str(os.getpid()))
    time.sleep(3600)
    return item


def gone(process: int) -> bool:
    """Whether a process has ended, soon."""
    for _ in range(200):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


@pytest.fixture(autouse=True, params=["forked", "of a server"])
def origin(request: pytest.FixtureRequest) -> Iterator[str]:
    """Whatever holds of workers holds where another thread, which may hold locks, forbids a plain fork."""
    if request.param == "forked":
        yield request.param
        return
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    yield request.param
    done.set()
    thread.join()


def test_results_come_in_the_order_of_the_items() -> None:
    """Whichever worker is done first."""
    assert list(run(slow_first, range(40), jobs=2, seconds=LONG)) == [(number, number) for number in range(40)]


def test_results_come_as_they_are_done_where_order_is_no_matter() -> None:
    """The first takes longest: all others are told of before it."""
    found = [number for number, _ in run(slow_first, range(4), jobs=2, seconds=LONG, in_order=False)]
    assert sorted(found) == [0, 1, 2, 3]
    assert found[-1] == 0


def test_no_items_are_no_work() -> None:
    """An empty iterable ends at once."""
    assert list(run(act, [], jobs=2, seconds=LONG)) == []


def test_a_worker_too_many_does_no_harm() -> None:
    """Where items are fewer than jobs, a worker may start for which there is no task; the slow others still answer."""
    assert [done for _, done in run(slow_first, range(2), jobs=4, seconds=LONG)] == [0, 1]
    assert [done for _, done in run(late, range(2), jobs=3, seconds=LONG)] == [0, 1]


def test_a_task_may_be_a_partial() -> None:
    """What all tasks share is bound once."""
    assert [result for _, result in run(partial(add, 10), [1, 2], jobs=1, seconds=LONG)] == [11, 12]


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize(
    ("poison", "kind", "why"),
    [
        (("exit", 3), "crashed", "its process ended with exit code 3"),
        ("killed", "crashed", "its process ended by SIGKILL"),
        ("raise", "raised", "UserError"),
        ("odd", "raised", "cannot be sent back"),
        ("twisted", "raised", "cannot be read: ValueError"),
    ],
    ids=["it exits", "it is killed", "it raises", "its result does not travel", "its result does not arrive"],
)
def test_a_poison_task_fails_alone(poison: object, kind: str, why: str, jobs: int) -> None:
    """The others have their results, in order, whatever one of them does to its process."""
    items = [1, 2, poison, 3, 4]
    found = list(run(act, items, jobs=jobs, seconds=LONG))
    assert [item for item, _ in found] == items
    assert [result for item, result in found if item != poison] == [1, 2, 3, 4]
    failed = found[2][1]
    assert isinstance(failed, Failed)
    assert failed.kind == kind
    assert why in failed.why


def test_an_exception_comes_back_as_it_was() -> None:
    """With its type and its sentence, so that the caller can raise it."""
    ((_, failed),) = run(act, ["raise"], jobs=1, seconds=LONG)
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, UserError)
    assert str(failed.error) == str(UserError("not like this", path="a.py", line=3))


def test_an_item_that_does_not_travel_fails_alone() -> None:
    """A task that cannot be pickled is told as such."""
    found = list(run(act, [1, lambda: None, 2], jobs=1, seconds=LONG))
    assert [result for _, result in found][::2] == [1, 2]
    assert "cannot be sent to a worker" in found[1][1].why


def test_a_task_that_hangs_is_ended_at_its_time() -> None:
    """Even one that no signal but SIGKILL ends; the others have their results."""
    found = list(run(act, [1, "hang", 2, 3], jobs=2, seconds=1.0))
    assert found[1] == ("hang", Failed("timeout", "not done within 1 s"))
    assert [result for item, result in found if item != "hang"] == [1, 2, 3]


def test_an_answer_may_wait_to_be_read_for_longer_than_a_task_may_take() -> None:
    """More than a pipe holds, from a task that is done at once, while we do other things for longer than its time."""
    found = []
    for _, answer in run(len_of, [1, 300_000, 300_000], jobs=2, seconds=0.5):
        found.append(len(answer) if isinstance(answer, str) else answer)
        if len(found) == 1:
            time.sleep(6.5)  # a worker gives up 5 seconds after its task's time
    assert found == [1, 300_000, 300_000]


def test_each_task_of_a_bad_lot_is_told() -> None:
    """Every task may be bad: workers are replaced as often as it takes."""
    found = [result for _, result in run(act, [("exit", number) for number in range(6)], jobs=2, seconds=LONG)]
    assert [one.why for one in found] == [f"its process ended with exit code {number}" for number in range(6)]


def test_items_are_read_only_a_few_ahead() -> None:
    """An endless iterable is no harm: what is not asked for is not read."""
    taken = []

    def endless() -> Iterator[int]:
        while True:
            taken.append(len(taken))
            yield taken[-1]

    results = run(act, endless(), jobs=2, seconds=LONG)
    assert [next(results) for _ in range(3)] == [(0, 0), (1, 1), (2, 2)]
    assert len(taken) <= 3 + 2 * AHEAD
    results.close()


def test_workers_see_the_environment_of_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not that of the first run in this process."""
    for value in ("one", "two"):
        monkeypatch.setenv("REPLAY_TEST_VALUE", value)
        assert [found for _, found in run(act, [("environment", "REPLAY_TEST_VALUE")], jobs=1, seconds=LONG)] == [value]


def test_leaving_early_ends_the_workers(tmp_path: Path) -> None:
    """A caller that stops asking leaves no process behind, even a busy one."""
    results = run(act, ["process", "hang"], jobs=1, seconds=LONG)
    _, process = next(results)
    results.close()
    assert gone(process)


def test_ctrl_c_ends_the_workers_and_is_raised(tmp_path: Path) -> None:
    """The interrupt reaches the caller as KeyboardInterrupt; no worker is left, and none prints a trace."""
    code = f"""
import sys
from functools import partial
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parent)!r})
from replay.workers import run
from test_workers import stuck
if __name__ == "__main__":
    try:
        list(run(partial(stuck, Path({str(tmp_path)!r})), [1, 2], jobs=2, seconds=600))
    except KeyboardInterrupt:
        sys.exit(130)
"""
    script = tmp_path / "script.py"
    script.write_text(code)
    process = subprocess.Popen([sys.executable, script], stderr=subprocess.PIPE, start_new_session=True)
    marks = [tmp_path / "1", tmp_path / "2"]
    try:
        while process.poll() is None and not all(mark.is_file() and mark.read_text() for mark in marks):
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all processes in the foreground
        _, said = process.communicate(timeout=LONG)
    finally:
        process.kill()
    assert process.returncode == 130
    assert said == b""
    assert all(gone(int(mark.read_text())) for mark in marks)


def script(folder: Path, origin: str, does: str) -> list[str]:
    """A program of its own that ``does`` something, with another thread where workers come ``of a server``."""
    other = "" if origin == "forked" else "threading.Thread(target=threading.Event().wait, daemon=True).start()"
    code = f"""
import os, sys, threading
import polars
sys.path.insert(0, {str(Path(__file__).parent)!r})
from replay.workers import run
from test_workers import act
if __name__ == "__main__":
    {other}
    {does}
"""
    (folder / "script.py").write_text(code)
    return [sys.executable, str(folder / "script.py")]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere all come from a server")
def test_only_a_process_without_other_threads_is_forked(tmp_path: Path, origin: str) -> None:
    """A lock that another thread holds would never be let go in a fork; those that polars starts hold none."""
    does = "print(next(run(act, ['parent'], jobs=1, seconds=600))[1] == os.getpid(), flush=True); os._exit(0)"
    done = subprocess.run(script(tmp_path, origin, does), stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout == f"{origin == 'forked'}\n"


def test_workers_end_with_a_parent_that_is_killed(tmp_path: Path, origin: str) -> None:
    """Though it could not tell them: none waits for tasks that will not come, not even one that another outlives."""
    does = (
        "results = run(act, ['slowly'] * 2 + ['process'] * 2, jobs=2, seconds=600); "
        "print(*(next(results)[1] for _ in range(2)), flush=True); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run(script(tmp_path, origin, does), stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    first, second = done.stdout.split()
    assert first != second
    assert gone(int(first))
    assert gone(int(second))


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="the system has no signal masks")
def test_a_worker_is_deaf_to_ctrl_c_from_its_first_instruction() -> None:
    """Its imports take a second: a Ctrl-C then would print their traceback. We ourselves hear it as before."""
    assert [mask for _, mask in run(blocked, [0], jobs=1, seconds=LONG)] == [True]
    assert not blocked(0)


@pytest.mark.parametrize("origin", ["of a server"], indirect=True)
def test_a_function_that_workers_cannot_load_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker can start then: an error, not one failure for each item."""
    (tmp_path / "fleeting.py").write_text("def act(item):\n    return item\n")
    monkeypatch.syspath_prepend(tmp_path)
    import fleeting

    (tmp_path / "fleeting.py").unlink()
    with pytest.raises(AnalyserError, match="did not start"):
        list(run(fleeting.act, [1, 2], jobs=1, seconds=LONG))


def test_there_is_a_core() -> None:
    """At least one, no more than the machine has."""
    assert 1 <= cores() <= (os.cpu_count() or 1)
