"""Runs and the cache keep what they acknowledged, and say in a sentence what is wrong."""

import os
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from replay.errors import UserError
from replay.records import (
    Case,
    Completion,
    Fidelity,
    Message,
    Setup,
    Source,
    Text,
    Transcript,
    Trial,
    TrialError,
)
from replay.store import Cache, Run, home, run_folder, slug

FULL = Fidelity("full")


def case(name: str, *, turn: int = 1) -> Case:
    return Case(name, "t1", turn, ("py/x",), "session", FULL)


def answer(key: str, *, text: str = "yes", case_id: str = "a@1", arm: str = "base", draw: int = 0) -> Trial:
    return Trial(case_id, arm, draw, key, Completion((Text(text),), "end"))


def failed(key: str, *, kind: str = "rate_limit") -> Trial:
    return Trial("a@1", "base", 0, key, error=TrialError(kind, "slow down", 429))


@pytest.fixture
def run(tmp_path):
    with Run.open(tmp_path / "runs" / "first", create=True) as store:
        yield store


def test_what_is_put_is_read_back_after_reopening(tmp_path):
    """Transcripts, cases (in order), meta and trials survive closing the file unchanged."""
    transcript = Transcript("t1", Source("native", "x"), (Setup(),), (Message("user", (Text("é\u2028"),)),), (), FULL)
    with Run.open(tmp_path / "r", create=True) as store:
        store.put_transcripts([transcript, transcript])
        store.put_cases([case("b@1"), case("a@1")])
        store.put_meta("edits", {"terse": "+ be brief"})
        store.put_trial(answer("k1"))
    with Run.open(tmp_path / "r", create=False) as store:
        assert store.transcript("t1") == transcript
        assert [one.id for one in store.cases()] == ["b@1", "a@1"]
        assert store.meta("edits", dict[str, str]) == {"terse": "+ be brief"}
        assert store.get_meta("nothing") is None
        assert list(store.trials()) == [answer("k1")]
        assert store.path.name == "r"


def test_the_cases_of_a_run_are_those_put_last(run):
    """An edited experiment replaces the cases instead of adding to them."""
    run.put_cases([case("a@1"), case("b@1")])
    run.put_cases([case("b@1", turn=2)])
    assert run.cases() == (case("b@1", turn=2),)


def test_an_error_gives_way_to_a_later_attempt(run):
    """A failed trial is replaced by the completion that came later."""
    run.put_trial(failed("k"))
    assert not run.done("a@1", "base", 0, "k")
    run.put_trial(answer("k"))
    assert list(run.trials()) == [answer("k")]
    assert run.done("a@1", "base", 0, "k")


@pytest.mark.parametrize("later", [answer("k", text="other"), failed("k")], ids=["an answer", "an error"])
def test_a_completed_trial_is_never_replaced(run, later):
    """What was paid for and finished stays, whatever comes later for the same draw."""
    run.put_trial(answer("k", text="first"))
    run.put_trial(later)
    assert list(run.trials()) == [answer("k", text="first")]


def test_only_trials_of_the_current_plan_are_read(run):
    """After an edit changed the keys, old trials are kept but not read; reverting the edit brings them back."""
    for key in ("before", "after", "before"):
        run.begin_plan()
        run.plan("a@1", "base", 0, key)
        run.end_plan()
        run.put_trial(answer(key, text=key))
        assert [trial.key for trial in run.trials()] == [key]
    assert run.done("a@1", "base", 0, "after")


def test_draws_that_the_plan_no_longer_has_are_not_read(run):
    """A removed arm, case or draw leaves the results; an interrupted plan sets nothing aside."""
    run.begin_plan()
    for draw in (0, 1):
        run.plan("a@1", "base", draw, f"k{draw}")
        run.put_trial(answer(f"k{draw}", draw=draw))
    run.end_plan()
    run.begin_plan()
    run.plan("a@1", "base", 0, "k0")
    assert len(list(run.trials())) == 2
    run.end_plan()
    assert [trial.draw for trial in run.trials()] == [0]


def test_trials_are_read_by_case_arm_and_draw(run):
    """The order of reading does not depend on the order in which answers came."""
    places = [("b@1", "x", 0), ("a@1", "y", 0), ("a@1", "x", 10), ("a@1", "x", 2)]
    for name, arm, draw in places:
        run.put_trial(answer("k", case_id=name, arm=arm, draw=draw))
    assert [(trial.case, trial.arm, trial.draw) for trial in run.trials()] == sorted(places)


def test_a_refused_response_is_kept(run):
    """A response that could not be understood can be read again."""
    run.put_refused("k", "<html>")
    assert list(run.refused()) == [("k", "<html>")]


def test_a_second_sampler_is_told_that_the_run_is_in_use(run):
    """The lock excludes other openings of the run, names the process, and ends with its block."""
    with run.lock(), run.lock(), Run.open(run.path, create=False) as other:
        assert list(other.trials()) == []
        with pytest.raises(UserError, match=f"in use by another replay .process {os.getpid()}"), other.lock():
            pass
    with Run.open(run.path, create=False) as other, other.lock():
        pass


def test_the_lock_of_a_dead_process_is_taken_over(run):
    """A holder that was killed leaves nothing in the way."""
    script = f"""
        import os, signal
        from pathlib import Path
        from replay.store import Run
        with Run.open(Path({str(run.path)!r}), create=False).lock():
            os.kill(os.getpid(), signal.SIGKILL)
    """
    assert python(script).returncode == -9
    assert (run.path / "lock.pid").is_file()
    with run.lock():
        assert (run.path / "lock.pid").read_text() == f"{os.getpid()}\n"


def test_acknowledged_trials_survive_kill_9(tmp_path):
    """Whatever was printed as stored before the kill is there after it, and nothing is torn."""
    script = f"""
        import os, signal
        from pathlib import Path
        from replay.records import Completion, Text, Trial
        from replay.store import Run
        store = Run.open(Path({str(tmp_path / "r")!r}), create=True)
        for draw in range(40):
            store.put_trial(Trial("a@1", "base", draw, "k", Completion((Text("x" * 9000),), "end")))
            print(draw, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    done = python(script)
    assert done.returncode == -9
    with Run.open(tmp_path / "r", create=False) as store:
        assert [trial.draw for trial in store.trials()] == [int(line) for line in done.stdout.split()]


def test_two_processes_may_write_one_run(tmp_path):
    """Concurrent creation and writing lose nothing and raise nothing."""
    script = """
        import sys
        from pathlib import Path
        from replay.records import Completion, Text, Trial
        from replay.store import Run
        with Run.open(Path({path!r}), create=True) as store:
            for draw in range(50):
                store.put_trial(Trial("a@1", {arm!r}, draw, "k", Completion((Text("x"),), "end")))
    """
    path = tmp_path / "r"
    started = [start(script.format(path=str(path), arm=arm)) for arm in ("x", "y", "z")]
    assert [process.wait(60) for process in started] == [0, 0, 0]
    with Run.open(path, create=False) as store:
        assert len(list(store.trials())) == 150


def test_a_full_disk_is_told_in_a_sentence_and_costs_nothing_that_was_stored(tmp_path):
    """When the file can grow no more the user is told so, and what was acknowledged before is there."""
    script = f"""
        import resource
        from pathlib import Path
        from replay.errors import UserError
        from replay.records import Completion, Text, Trial
        from replay.store import Run
        store = Run.open(Path({str(tmp_path / "r")!r}), create=True)
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
        for draw in range(100):
            try:
                store.put_trial(Trial("a@1", "base", draw, "k", Completion((Text("x" * 20000),), "end")))
            except UserError as error:
                print(error)
                break
            print(draw)
        store._db.close()
    """
    *stored, sentence = python(script).stdout.splitlines()
    assert 3 < len(stored) < 100
    assert "run.sqlite: " in sentence
    assert "what was finished is kept" in sentence
    with Run.open(tmp_path / "r", create=False) as store:
        assert [trial.draw for trial in store.trials()] == [int(line) for line in stored]


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda file: file.write_bytes(b"not a database, at all" * 100), "not a store of replay, or damaged"),
        (lambda file: file.write_bytes(b""), "not a store of replay"),
        (lambda file: _foreign(file), "not a store of replay"),
        (lambda file: _newer(file), "written by a newer replay .schema 99"),
        (lambda file: None, "there is no run here"),
    ],
    ids=["not a database", "an empty file", "a stranger's database", "a newer schema", "nothing"],
)
def test_a_file_that_is_no_run_is_refused_with_a_sentence(tmp_path, make, sentence):
    """A damaged, foreign, newer or absent file is the user's matter and is not touched."""
    file = tmp_path / "run.sqlite"
    make(file)
    before = file.read_bytes() if file.exists() else None
    with pytest.raises(UserError, match=sentence):
        Run.open(tmp_path, create=False)
    assert (file.read_bytes() if file.exists() else None) == before


def test_a_damaged_page_is_told_in_a_sentence(tmp_path):
    """Garbage inside the file is reported as damage, not as a traceback."""
    with Run.open(tmp_path, create=True) as store:
        for draw in range(200):
            store.put_trial(answer("k", draw=draw, text="x" * 500))
    file = tmp_path / "run.sqlite"
    data = bytearray(file.read_bytes())
    data[8192:] = b"\xa5" * (len(data) - 8192)
    file.write_bytes(data)
    with pytest.raises(UserError, match="damaged"), Run.open(tmp_path, create=False) as store:
        list(store.trials())


def test_a_record_of_another_version_is_told_in_a_sentence(run):
    """A trial with a field we do not know is refused by name."""
    run._db.execute("INSERT INTO trials VALUES ('a', 'b', 0, 'k', 1, '{\"case\": 1}')")
    with pytest.raises(UserError, match=r"cannot read.*\$\.case"):
        list(run.trials())


def test_a_folder_that_cannot_be_made_is_told_in_a_sentence(tmp_path):
    """A file in the way of the run's folder is named."""
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot make this folder"):
        Run.open(tmp_path / "file" / "run", create=True)


@pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not bind root")
def test_a_read_only_store_is_told_in_a_sentence(tmp_path):
    """A run that cannot be written says so."""
    Run.open(tmp_path, create=True).close()
    (tmp_path / "run.sqlite").chmod(0o400)
    with pytest.raises(UserError, match="cannot be written"), Run.open(tmp_path, create=False) as store:
        store.put_trial(answer("k"))


def test_an_answer_comes_back_byte_for_byte(tmp_path):
    """The cache keeps the response as received, the first one for a key, and counts what it has."""
    raw = '{"b": 1.0,  "a": "é"}'.encode()
    with Cache.open(tmp_path / "cache.sqlite") as cache:
        assert cache.get("k") is None
        cache.put("k", raw, api="anthropic", model="m", seconds=1.5)
        cache.put("k", b"{}", api="anthropic", model="m", seconds=9.0)
    with Cache.open(tmp_path / "cache.sqlite") as cache:
        found = cache.get("k")
        assert found is not None
        assert (found.response, found.api, found.model, found.seconds) == (raw, "anthropic", "m", 1.5)
        stats = cache.stats()
        assert (stats["answers"], stats["models"]) == (1, {"m": 1})


def test_a_cached_answer_can_be_inspected_with_sqlite(tmp_path):
    """Entries are JSON text that SQLite's own functions read."""
    with Cache.open(tmp_path / "cache.sqlite") as cache:
        cache.put("k", b'{"id": "msg_1"}', api="anthropic")
    with sqlite3.connect(tmp_path / "cache.sqlite") as db:
        assert db.execute("SELECT response ->> 'id' FROM answers").fetchone() == ("msg_1",)
    db.close()


def test_a_run_is_not_taken_for_a_cache(tmp_path):
    """The two kinds of file are told apart."""
    Run.open(tmp_path, create=True).close()
    with pytest.raises(UserError, match="not a store"):
        Cache.open(tmp_path / "run.sqlite")


def test_home_is_private_and_hidden_from_git(tmp_path, monkeypatch):
    """A new home is for its owner only and holds a .gitignore of everything."""
    monkeypatch.setenv("REPLAY_HOME", str(tmp_path / "there"))
    assert home() == tmp_path / "there"
    assert not home().exists()
    Cache.open(home() / "cache.sqlite").close()
    assert (home() / ".gitignore").read_text() == "*\n"
    assert home().stat().st_mode & 0o777 == 0o700
    monkeypatch.delenv("REPLAY_HOME")
    assert home() == Path(".replay")


def test_no_gitignore_is_written_into_a_folder_that_was_there(tmp_path, monkeypatch):
    """A REPLAY_HOME that is somebody's folder keeps its own git settings."""
    monkeypatch.setenv("REPLAY_HOME", str(tmp_path))
    Cache.open(home() / "cache.sqlite").close()
    assert not (tmp_path / ".gitignore").exists()


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("swallowed-exceptions", "swallowed-exceptions"),
        ("../../etc/passwd", "etc-passwd"),
        ("..", "run"),
        ("é è", "run"),
        ("a b/c\x00d", "a-b-c-d"),
        ("", "run"),
    ],
)
def test_a_run_name_becomes_a_safe_file_name(name, file):
    """No name leads out of the folder of runs."""
    assert slug(name) == file
    assert run_folder(name).parent == home() / "runs"


def python(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, timeout=60, check=False
    )


def start(script: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)])


def _foreign(file: Path) -> None:
    with sqlite3.connect(file) as db:
        db.execute("CREATE TABLE mine (x)")
    db.close()


def _newer(file: Path) -> None:
    Run.open(file.parent, create=True).close()
    with sqlite3.connect(file) as db:
        db.execute("PRAGMA user_version=99")
    db.close()
