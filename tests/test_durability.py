"""What was acknowledged survives a power loss, a full disk and a second process; what was paid is not paid again."""

import json
import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from counting import PRICES, service
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_plan import experiment

from replay.records import Completion, Text, Trial
from replay.store import Cache, Run

CHECKOUT = Path(__file__).parents[1]


def command(folder, *words, home, before=None):
    """`replay run` in a process of its own."""
    env = os.environ | {"PYTHONPATH": str(CHECKOUT), "ANTHROPIC_API_KEY": "key", "REPLAY_HOME": str(home)}
    return subprocess.Popen(
        [sys.executable, "-m", "replay", "run", str(folder), *words],
        env=env,
        cwd=folder.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=before,
    )


def ended(process):
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def test_every_commit_is_on_the_disk_before_it_is_acknowledged(tmp_path):
    """Both stores are in WAL mode and synchronous FULL (2), where SQLite syncs the log at every commit
    (https://www.sqlite.org/pragma.html#pragma_synchronous), also when opened again.
    """
    for _ in range(2):
        with Run.open(tmp_path / "r", create=True) as run, Cache.open(tmp_path / "c.sqlite") as cache:
            for store in (run, cache):
                assert store._pragma("journal_mode") == "wal"
                assert store._pragma("synchronous") == 2


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A run's files as they are right after 12 trials were acknowledged, nothing closed."""
    folder = tmp_path_factory.mktemp("written")
    run = Run.open(folder / "live", create=True)
    run.put_meta("edits", {})
    start = (folder / "live" / "run.sqlite-wal").stat().st_size
    for draw in range(12):
        run.put_trial(Trial("a@1", "base", draw, f"k{draw}", Completion((Text(f"{draw}" * 900),), "end")))
    shutil.copytree(folder / "live", folder / "lost", ignore=shutil.ignore_patterns("*-shm"))
    run.close()
    return folder / "lost", start


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1), garbage=st.binary(max_size=64))
def test_a_power_loss_in_the_middle_of_a_write_leaves_whole_commits_only(written, tmp_path_factory, share, garbage):
    """However much of the log reached the disk, and whatever stands after it: the first n trials are there, whole."""
    lost, start = written
    place = tmp_path_factory.mktemp("cut")
    shutil.copytree(lost, place / "r")
    wal = place / "r" / "run.sqlite-wal"
    data = wal.read_bytes()
    cut = start + round(share * (len(data) - start))
    wal.write_bytes(data[:cut] + garbage)
    with Run.open(place / "r", create=False) as run:
        found = list(run.trials())
        run.put_trial(Trial("a@1", "base", 99, "k99", Completion((Text("after"),), "end")))
    assert [trial.draw for trial in found] == list(range(len(found)))
    assert all(trial.completion.parts[0].text == f"{trial.draw}" * 900 for trial in found)
    assert share < 1 or len(found) == 12
    shutil.rmtree(place)


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 700 kB and a function that makes it larger; skipped where one may not be mounted."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    made = mount and subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=700k", "none", str(place)], capture_output=True, check=False
    )
    if not made or made.returncode:
        pytest.skip("needs leave to mount a small disk")
    try:
        yield place, lambda: subprocess.run([mount, "-o", "remount,size=20m", str(place)], check=True)
    finally:
        subprocess.run([shutil.which("umount"), str(place)], check=True)


def test_a_full_disk_stops_with_a_sentence_and_the_same_command_goes_on(small_disk, tmp_path):
    """Answers of 30 kB fill it: exit 2 and what to do; with more room only what was not kept is sent."""
    disk, enlarge = small_disk
    (tmp_path / "prices.yaml").write_text(PRICES)
    with service() as bill:
        bill.pad = 30_000
        folder = experiment(tmp_path / "set", bill.url, sources=6, draws=4)
        code, _, err = ended(command(folder, "--concurrency", "2", home=disk / "home"))
        first = len(bill.bodies)
        assert code == 2
        assert "free some space" in err or "is the disk full" in err
        assert "Traceback" not in err
        assert 0 < first < 48
        enlarge()
        with Run.open(disk / "home" / "runs" / "q", create=False) as run:
            kept = [trial for trial in run.trials() if trial.completion]
        assert len(kept) > 0
        assert all(len(trial.completion.response["pad"]) == 30_000 for trial in kept)
        code, out, err = ended(command(folder, "--json", home=disk / "home"))
    assert code == 0, err
    assert json.loads(out)["partial"] is False
    # what was under way when the disk was full is repeated, no more
    assert first + len(bill.bodies[first:]) <= 48 + 2
    assert len(bill.bodies) - first <= 48 - len(kept)


def test_a_file_that_may_not_grow_stops_with_a_sentence(tmp_path):
    """The same by a limit on the size of files, which needs no leave."""
    (tmp_path / "prices.yaml").write_text(PRICES)
    home = tmp_path / "home"
    with service() as bill:
        bill.pad = 30_000
        folder = experiment(tmp_path / "set", bill.url, sources=6, draws=4)

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))

        code, _, err = ended(command(folder, "--concurrency", "2", home=home, before=limit))
        first = len(bill.bodies)
        assert code == 2, err
        assert "what was finished is kept" in err
        assert "Traceback" not in err
        with Run.open(home / "runs" / "q", create=False) as run:
            kept = sum(trial.completion is not None for trial in run.trials())
        code, out, err = ended(command(folder, "--json", home=home))
    assert (code, json.loads(out)["partial"]) == (0, False), err
    assert 0 < kept <= first
    assert len(bill.bodies) - first <= 48 - kept
    assert len(bill.bodies) <= 48 + 2


def test_a_second_process_on_the_run_is_refused_and_pays_nothing(tmp_path):
    """While requests are under way another command on the run names the process that has it, and ends with 2."""
    (tmp_path / "prices.yaml").write_text(PRICES)
    with service() as bill:
        bill.gate.clear()
        folder = experiment(tmp_path / "set", bill.url)
        first = command(folder, "--json", home=tmp_path / "home")
        deadline = time.monotonic() + 60
        while not bill.under_way:
            assert time.monotonic() < deadline
            assert first.poll() is None
            time.sleep(0.05)
        code, _, err = ended(command(folder, "--json", home=tmp_path / "home"))
        bill.gate.set()
        assert code == 2
        assert f"in use by another replay (process {first.pid}): wait for it, or stop it" in err
        assert ended(first)[0] == 0
    assert len(bill.bodies) == 12
