"""Folders of tables that are full, closed or lie among the logs, and logs that cannot be opened just now."""

from __future__ import annotations

import errno
import os
import random
import resource
import string
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from replay import frames, importers, rules, scale
from replay.errors import UserError
from replay.scale import Done, Lost, Part, Planned, index, local
from replay.workers import Failed

Log = Callable[..., Path]
SWALLOW = "try:\n    charge(card)\nexcept Exception:\n    pass\n"
SWALLOWED = rules.load(select=["python/swallowed-exception"])


def written(text: str) -> tuple[str, dict[str, Any], str]:
    return "Write", {"file_path": "/w/a.py", "content": text}, "File created successfully"


def scanned(logs: Path, folder: Path, run: scale.Runner = local.in_process) -> list[Any]:
    return list(scale.scan([str(logs)], folder, SWALLOWED, run=run, whole=1))


def found(folder: Path) -> list[tuple[Any, ...]]:
    return sorted(frames.mined(folder).findings.select("file", "turn", "rule").collect().rows())


@contextmanager
def no_room_beyond(size: int) -> Iterator[None]:
    """Files can take no more bytes than this; the fault is one of those of a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def cramped(function: Callable[[Part], Done], part: Part) -> Done:
    """A part done where files can have 100 kB, in whatever process."""
    with no_room_beyond(100_000):
        return function(part)


@pytest.fixture
def logs(tmp_path: Path, claude_log: Log) -> Path:
    """Two logs with a finding."""
    (tmp_path / "logs").mkdir()
    for name in "ab":
        claude_log(written(SWALLOW), name=f"logs/{name}.jsonl", session=name)
    return tmp_path / "logs"


@pytest.mark.parametrize("jobs", [0, 2])
def test_a_full_disk_ends_the_scan_and_takes_no_log_from_the_tables(
    tmp_path: Path, logs: Path, claude_log: Log, jobs: int
) -> None:
    """It is no fault of a log: none is tried again or given up, and the same command goes on where there is room."""
    scanned(logs, tmp_path / "out")
    before = found(tmp_path / "out")
    noise = "".join(random.Random(1).choices(string.ascii_letters, k=200_000))
    claude_log(written(SWALLOW), written(f"x = '{noise}'\n{SWALLOW}"), name="logs/b.jsonl", session="b")
    events: list[Any] = []

    def run(function: Callable[[Part], Done], parts: Sequence[Part]) -> Iterator[tuple[Part, Done | Failed]]:
        return local.runner(jobs)(partial(cramped, function), parts)

    with pytest.raises(OSError) as full:  # noqa: PT011 - its number is looked at
        events.extend(scale.scan([str(logs)], tmp_path / "out", SWALLOWED, run=run))
    assert full.value.errno == errno.EFBIG
    assert not [event for event in events if isinstance(event, Lost)]
    assert found(tmp_path / "out") == before
    scanned(logs, tmp_path / "out")
    scanned(logs, tmp_path / "fresh")
    assert found(tmp_path / "out") == found(tmp_path / "fresh")
    assert len(found(tmp_path / "fresh")) == 2


def test_a_log_that_could_not_be_opened_is_tried_again(
    tmp_path: Path, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is allowed to read it, or the limit of open files, changes without a change of the log."""
    real = importers.identify_and_read

    def closed(path: Path) -> Any:
        if path.stem == "a":
            raise UserError("cannot be read: Permission denied", path=path) from PermissionError()
        return real(path)

    monkeypatch.setattr(importers, "identify_and_read", closed)
    scanned(logs, tmp_path / "out")
    assert [Path(file).stem for file, *_ in found(tmp_path / "out")] == ["b"]
    monkeypatch.setattr(importers, "identify_and_read", real)
    planned, *_ = scanned(logs, tmp_path / "out")
    assert planned.kept == 1
    assert [Path(file).stem for file, *_ in found(tmp_path / "out")] == ["a", "b"]


def test_tables_among_the_logs_are_not_logs(tmp_path: Path, logs: Path) -> None:
    """Neither those that are written nor others that lie there."""
    for _ in range(2):
        for folder in (logs / "tables", logs / "more" / "tables", tmp_path / "out"):
            planned = scanned(logs, folder)[0]
            assert isinstance(planned, Planned)
            assert planned.logs == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_is_closed_is_a_sentence(tmp_path: Path, logs: Path) -> None:
    """New or with tables in it."""
    scanned(logs, tmp_path / "out")
    for folder in (tmp_path / "out", tmp_path / "closed"):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o555)
        with pytest.raises(
            UserError, match=r"no tables can be written here \(Permission denied\): give another folder"
        ):
            scanned(logs, folder)
        folder.chmod(0o755)


def test_what_the_system_says_of_a_closed_folder_is_a_sentence(
    tmp_path: Path, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file system that is mounted to be read only."""

    def refuse(folder: Path, what: str) -> Path:
        raise OSError(errno.EROFS, "Read-only file system", str(folder))

    monkeypatch.setattr(index, "made_folder", refuse)
    with pytest.raises(UserError, match=r"out: no tables can be written here \(Read-only file system\)"):
        scanned(logs, tmp_path / "out")


def test_a_second_ctrl_c_says_nothing(tmp_path: Path) -> None:
    """While Python ends, it would be told of in tracebacks."""
    code = (
        "import os, signal, replay.cli as cli\n"
        "cli._code = lambda _: cli.EXIT_INTERRUPT\n"
        "try: cli.main()\n"
        "finally: os.kill(os.getpid(), signal.SIGINT)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (130, "")
