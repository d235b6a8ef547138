"""Mining into tables: each log once, again only when it changed, and the same rows whoever does the work."""

import hashlib
import json
import os
import signal as unix
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from msgspec.structs import replace

from replay import frames, importers, rules, scale, signals, stats
from replay.engines import Source, treesitter
from replay.errors import UserError
from replay.records import Rule
from replay.scale import Done, Finished, Listed, Lost, Part, Planned, local, page, rates, summary
from replay.signals import SIGNALS
from replay.tables import TABLES
from replay.workers import Failed

SWALLOW = "try:\n    charge(card)\nexcept Exception:\n    pass\n"
CLEAN = "try:\n    charge(card)\nexcept CardError as error:\n    raise PaymentFailed from error\n"
KEY = "sk-ant-api03-" + "Ab1_" * 23 + "AA"
FEW = ("python/swallowed-exception", "python/type-ignore")

Log = Callable[..., Path]


def write_call(path: str, content: str) -> tuple[str, dict[str, Any], str]:
    return ("Write", {"file_path": path, "content": content}, f"File created successfully at: {path}")


@pytest.fixture(scope="module")
def few() -> tuple[Rule, ...]:
    """Two rules that take no time."""
    return rules.load(select=FEW)


@pytest.fixture
def logs(tmp_path: Path, claude_log: Log) -> Callable[[int], list[Path]]:
    """Writes logs of three turns; the second one of each swallows an exception."""
    (tmp_path / "logs").mkdir()

    def write(number: int) -> list[Path]:
        return [log(claude_log, f"s{place}", pay=SWALLOW, ok=f"x = {place}\n{CLEAN}") for place in range(number)]

    return write


def log(claude_log: Log, name: str, **files: str) -> Path:
    """A log with one turn for each file, and one that only runs a command."""
    calls = [write_call(f"/home/dev/{path}.py", text) for path, text in files.items()]
    return claude_log(*calls, ("Bash", {"command": "ls"}, "pay.py"), name=f"logs/{name}.jsonl", session=name)


def in_process(function: Callable[[Part], Done], parts: list[Part]) -> Iterator[tuple[Part, Done | Failed]]:
    return local.in_process(function, parts)


def scanned(paths: Path, folder: Path, chosen: tuple[Rule, ...], run: scale.Runner = in_process) -> list[Any]:
    """All events of a scan in which each log is a part."""
    return list(scale.scan([str(paths)], folder, chosen, run=run, whole=1))


def tables(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables, sorted by key."""
    found = frames.mined(folder)
    return {name: getattr(found, name).sort(TABLES[name].key).collect().rows() for name in TABLES}


def not_called(*_: object) -> Iterator[tuple[Part, Done | Failed]]:
    raise AssertionError("there was nothing to do")
    yield


# --- the tables ---


def test_the_tables_hold_what_the_log_says(tmp_path: Path, logs: Callable[[int], list[Path]], few: Any) -> None:
    """Turns, changes and findings of a log written by hand, with the hashes that `hashlib` gives."""
    (one,) = logs(1)
    scanned(tmp_path / "logs", tmp_path / "out", few)
    found = frames.mined(tmp_path / "out")
    turns = found.turns.collect()
    assert turns["session"].to_list() == ["s0"] * 3
    assert turns.select("model", "agent", "input", "output", "calls").unique().rows() == [
        ("claude-sonnet-4-5", "Claude Code", 10, 5, 1)
    ]
    assert turns["writes_code"].to_list() == [True, True, False]
    assert turns["time"][0].isoformat() == "2026-01-01T00:00:01+00:00"
    changes = found.changes.filter(pl.col("kind") == "file").collect()
    key = hashlib.sha256(SWALLOW.encode()).hexdigest()[:32]
    row = ("/home/dev/pay.py", "python", "applied", "full", None, key, len(SWALLOW), False)
    assert (
        changes.select("path", "language", "status", "basis", "before", "after", "after_bytes", "redacted").row(0)
        == row
    )
    assert dict(found.texts.collect().iter_rows())[key] == SWALLOW
    (finding,) = found.findings.collect().iter_rows(named=True)
    assert (finding["file"], finding["turn"], finding["rule"]) == (str(one), 0, "python/swallowed-exception")
    assert (finding["line"], finding["language"], finding["first"]) == (3, "python", True)


def test_every_file_has_the_schema_that_is_documented(
    tmp_path: Path, logs: Callable[[int], list[Path]], few: Any
) -> None:
    """Columns and types of each Parquet file are those of `replay.tables`, and its key names each row."""
    logs(3)
    scanned(tmp_path / "logs", tmp_path / "out", few)
    for name, table in TABLES.items():
        files = sorted((tmp_path / "out" / name).glob("*.parquet"))
        assert files
        for file in files:
            frame = pl.read_parquet(file)
            assert dict(frame.schema) == table.schema
            assert frame.select(table.key).is_unique().all()
            nullable = {column.name for column in table.columns if column.null}
            assert {column for column in frame.columns if frame[column].null_count()} <= nullable


def test_signals_are_a_table_too(tmp_path: Path, claude_log: Log, few: Any) -> None:
    """The same failing command, four times in a row, is what `replay.signals` says it is."""
    (tmp_path / "logs").mkdir()
    call = ("Bash", {"command": "make test"}, "make: *** [test] Error 2\nExit code 2")
    path = claude_log(*[call] * 4, name="logs/s.jsonl")
    list(scale.scan([str(path)], tmp_path / "out", few, run=in_process, signals=tuple(SIGNALS)))
    (transcript,) = importers.read(path)
    rows = frames.mined(tmp_path / "out").signals.collect()
    want = [(one.turn, one.kind, one.message) for one in signals.found(transcript)]
    assert rows.select("turn", "signal", "message").rows() == want
    assert want


def test_no_secret_reaches_the_folder(tmp_path: Path, claude_log: Log, few: Any) -> None:
    """A key in a file name, in code that a rule quotes and in code that is kept is in none of the files written."""
    (tmp_path / "logs").mkdir()
    text = f"try:\n    f()\nexcept Exception:\n    pass  # {KEY}\n"
    log(claude_log, "s", **{KEY: text})
    scanned(tmp_path / "logs", tmp_path / "out", few)
    found = frames.mined(tmp_path / "out")
    for frame in found:
        assert KEY not in frame.collect().write_json()
    assert "[REDACTED:" in found.findings.collect()["path"][0]
    assert any("[REDACTED:" in text for text in found.texts.collect()["text"])


# --- again ---


def test_an_unchanged_folder_is_not_read_again(tmp_path: Path, logs: Callable[[int], list[Path]], few: Any) -> None:
    """Nothing is done for logs that are as they were, though their times were touched."""
    paths = logs(3)
    scanned(tmp_path / "logs", tmp_path / "out", few)
    planned, *_, finished = scanned(tmp_path / "logs", tmp_path / "out", few, not_called)
    assert planned == Planned(3, 3, 0, 0)
    assert not finished.changed
    os.utime(paths[1])
    planned, *_ = scanned(tmp_path / "logs", tmp_path / "out", few, not_called)
    assert planned.kept == 3


def test_a_log_that_is_gone_leaves_the_tables_however_its_folder_is_named(
    tmp_path: Path, logs: Callable[[int], list[Path]], few: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under ``./logs`` as under ``logs``; a scan of ``.`` elsewhere leaves logs alone that do not lie there."""
    paths = logs(2)
    monkeypatch.chdir(tmp_path)
    scanned(Path("logs"), tmp_path / "out", few)
    paths[1].unlink()
    *_, finished = scale.scan(["./logs"], tmp_path / "out", few, run=in_process, whole=1)
    assert [one.log.name for manifest in finished.manifests for one in manifest.logs] == ["logs/s0.jsonl"]
    scanned(tmp_path / "logs", tmp_path / "other", few)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    *_, finished = scale.scan(["."], tmp_path / "other", few, run=in_process, whole=1)
    assert len(finished.manifests) == 1


def test_only_what_changed_is_read_again(
    tmp_path: Path, logs: Callable[[int], list[Path]], claude_log: Log, few: Any
) -> None:
    """A log that grew, one that came and one that went: the first two are read; the rows are those of a new scan."""
    paths = logs(9)
    list(scale.scan([str(tmp_path / "logs")], tmp_path / "out", few, run=in_process, whole=1 << 20))
    assert len(list((tmp_path / "out" / "turns").iterdir())) < 9
    log(claude_log, "s1", pay=SWALLOW, ok=CLEAN, more=SWALLOW)
    log(claude_log, "s99", pay=SWALLOW)
    paths[2].unlink()
    read: list[str] = []

    def spying(function: Callable[[Part], Done], parts: list[Part]) -> Iterator[tuple[Part, Done | Failed]]:
        read.extend(Path(one.name).stem for part in parts for one in part.logs)
        return in_process(function, parts)

    scanned(tmp_path / "logs", tmp_path / "out", few, spying)
    assert read == ["s1", "s99"]
    scanned(tmp_path / "logs", tmp_path / "fresh", few)
    again, fresh = tables(tmp_path / "out"), tables(tmp_path / "fresh")
    assert [set(again.pop("texts")) >= set(fresh.pop("texts")), again] == [True, fresh]


def test_other_rules_are_checked_without_the_logs(
    tmp_path: Path, claude_log: Log, few: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rule that changed, one that came and one that went: the stored texts are enough for the rows of a new scan."""
    (tmp_path / "logs").mkdir()
    both = f"x: int = 'a'  # type: ignore\n{SWALLOW}"
    log(claude_log, "s1", pay=both, ok=CLEAN, late=both + SWALLOW)
    log(claude_log, "s2", broken="def f(:\n  try\n", pay=SWALLOW)
    other = (replace(few[0], hash="changed"), *rules.load(select=["python/broad-except", "bash/or-true"]))
    scanned(tmp_path / "logs", tmp_path / "fresh", other)
    scanned(tmp_path / "logs", tmp_path / "out", few)

    def closed(path: Path) -> list[Any]:
        raise AssertionError(f"{path} was read")

    monkeypatch.setattr(importers, "read", closed)
    planned, *_, finished = scanned(tmp_path / "logs", tmp_path / "out", other)
    assert (planned.kept, finished.changed) == (2, True)
    assert tables(tmp_path / "out") == tables(tmp_path / "fresh")
    assert {row[4] for row in tables(tmp_path / "out")["findings"]} >= {"python/swallowed-exception"}


def test_code_with_a_secret_is_read_again_for_another_rule(tmp_path: Path, claude_log: Log, few: Any) -> None:
    """What was kept of such code is not what the model wrote, so its log is opened once more; other logs are not."""
    (tmp_path / "logs").mkdir()
    log(claude_log, "s1", pay=SWALLOW)
    log(claude_log, "s2", pay=f'KEY = "{KEY}"\n{SWALLOW}')
    secrets = rules.load(select=["secrets/vendor-key"])
    list(scale.scan([str(tmp_path / "logs")], tmp_path / "out", few, run=in_process, whole=1 << 20))
    planned, *_ = scanned(tmp_path / "logs", tmp_path / "out", secrets)
    assert planned.kept == 1
    scanned(tmp_path / "logs", tmp_path / "fresh", secrets)
    assert tables(tmp_path / "out")["findings"] == tables(tmp_path / "fresh")["findings"]
    assert len(tables(tmp_path / "out")["findings"]) == 1


def test_a_log_of_many_times_the_others_is_begun_first_and_listed_in_its_turn(
    tmp_path: Path, logs: Callable[[int], list[Path]], claude_log: Log, few: Any
) -> None:
    """Begun last it would keep one worker busy alone. How far the work is, is told at once."""
    logs(3)
    large = log(claude_log, "zz", **{f"f{number}": SWALLOW for number in range(60)})
    begun = []

    def noting(function: Callable[[Part], Done], parts: list[Part]) -> Iterator[tuple[Part, Done | Failed]]:
        begun.extend(Path(one.name).name for part in parts for one in part.logs)
        return in_process(function, parts)

    planned, *told, finished = scanned(tmp_path / "logs", tmp_path / "out", few, noting)
    assert begun == ["zz.jsonl", "s0.jsonl", "s1.jsonl", "s2.jsonl"]
    assert [type(event) for event in told] == [Done, Done, Listed, Done, Listed, Done, Listed, Listed]
    of_logs = [event.found[0].log for event in told if isinstance(event, Listed)]
    assert of_logs == sorted(of_logs)
    assert (told[0].size, told[0].findings) == (large.stat().st_size, 60)
    assert planned.size == sum(event.size for event in told if isinstance(event, Done))
    assert not finished.lost


def test_what_was_interrupted_goes_on(tmp_path: Path, logs: Callable[[int], list[Path]], few: Any) -> None:
    """Parts done before Ctrl-C are not done again, what was half written is removed, and no row is missing."""
    logs(5)

    def interrupted(function: Callable[[Part], Done], parts: list[Part]) -> Iterator[tuple[Part, Done | Failed]]:
        yield from in_process(function, parts[:2])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scanned(tmp_path / "logs", tmp_path / "out", few, interrupted)
    (tmp_path / "out" / "turns" / "0123456789abcdef.parquet").write_bytes(b"half")
    (tmp_path / "out" / ".staging" / "0123456789abcdef").mkdir()
    planned, *_ = scanned(tmp_path / "logs", tmp_path / "out", few)
    assert (planned.kept, planned.parts) == (2, 3)
    scanned(tmp_path / "logs", tmp_path / "fresh", few)
    assert tables(tmp_path / "out") == tables(tmp_path / "fresh")
    assert not list((tmp_path / "out" / ".staging").iterdir())


def test_a_folder_may_grow_while_it_is_scanned(
    tmp_path: Path, logs: Callable[[int], list[Path]], claude_log: Log, few: Any
) -> None:
    """A row written while other logs are read, half a row, and a new log: no scan fails, and the next has all."""
    paths = logs(3)

    def growing(function: Callable[[Part], Done], parts: list[Part]) -> Iterator[tuple[Part, Done | Failed]]:
        for number, done in enumerate(in_process(function, parts)):
            if number == 0:
                lines = paths[0].read_bytes().splitlines(keepends=True)
                paths[0].write_bytes(b"".join(lines) + b'{"type": "assistant", "uuid": "a-9", "parentUu')
                log(claude_log, "s2", pay=SWALLOW, ok=CLEAN, more=SWALLOW)
                log(claude_log, "s8", pay=SWALLOW)
            yield done

    *_, finished = scanned(tmp_path / "logs", tmp_path / "out", few, growing)
    assert not finished.lost
    scanned(tmp_path / "logs", tmp_path / "out", few)
    scanned(tmp_path / "logs", tmp_path / "fresh", few)
    assert tables(tmp_path / "out") == tables(tmp_path / "fresh")
    assert len(tables(tmp_path / "out")["findings"]) == 5


def test_logs_may_be_written_while_they_are_read(tmp_path: Path, claude_log: Log, few: Any) -> None:
    """Pieces that end anywhere are appended to all logs during three scans: no row is there twice; the next has all."""
    (tmp_path / "logs").mkdir()
    files = {f"f{number}": SWALLOW if number % 9 == 0 else CLEAN for number in range(90)}
    whole = {file: file.read_bytes() for file in [log(claude_log, f"w{place}", **files) for place in range(3)]}
    for file, data in whole.items():
        file.write_bytes(data[: len(data) // 4])

    def write(quarter: int) -> None:
        for piece in range(40):
            for file, data in whole.items():
                begin, end = (len(data) * (40 * quarter + number) // 160 for number in (piece, piece + 1))
                with file.open("ab") as sink:
                    sink.write(data[begin:end])
            time.sleep(0.001)

    turns = []
    for quarter in (1, 2, 3):
        writer = threading.Thread(target=write, args=(quarter,))
        writer.start()
        *_, finished = scanned(tmp_path / "logs", tmp_path / "out", few)
        writer.join()
        assert not finished.lost
        found = frames.mined(tmp_path / "out")
        for name, table in TABLES.items():
            assert getattr(found, name).select(table.key).collect().is_unique().all()
        turns.append(len(found.turns.collect()))
    assert {file: file.read_bytes() for file in whole} == whole
    scanned(tmp_path / "logs", tmp_path / "out", few)
    scanned(tmp_path / "logs", tmp_path / "fresh", few)
    last = tables(tmp_path / "out")
    assert last == tables(tmp_path / "fresh")
    assert len(last["findings"]) == 30
    assert 0 < turns[0] < len(last["turns"])


def test_two_commands_do_not_write_one_folder(tmp_path: Path, logs: Callable[[int], list[Path]], few: Any) -> None:
    """The second is told so."""
    logs(1)
    first = scale.scan([str(tmp_path / "logs")], tmp_path / "out", few, run=in_process)
    next(first)
    with pytest.raises(UserError, match="another `replay mine`"):
        scanned(tmp_path / "logs", tmp_path / "out", few)
    assert isinstance(list(first)[-1], Finished)


def test_cases_are_cut_from_tables_that_are_there(tmp_path: Path, logs: Callable[[int], list[Path]]) -> None:
    """With `--write`, a second scan that reads nothing cuts the cases of all findings in the tables."""
    logs(2)
    command = [sys.executable, "-m", "replay", "mine", "logs", "--to", "out", "--rule", FEW[0]]
    for more in ((), ("--write", "set")):
        done = subprocess.run([*command, *more], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert "2 had not changed" in done.stdout
    assert "1 case written" in done.stdout  # what the two wrote is the same
    assert len(list((tmp_path / "set").glob("*.toml"))) == 1


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
def test_checking_texts_again_and_again_takes_no_more_memory(few: tuple[Rule, ...]) -> None:
    """A worker that lives for thousands of parts: 60 trees of 30,000 nodes, once 50 MB, are gone after their check."""
    text = "x = [1, 2, 3]\n" * 3_000 + "try:\n    f()\nexcept Exception:\n    pass\n" * 20

    def after(numbers: range) -> int:
        for number in numbers:
            treesitter.match(few[:1], [Source("python", f"{text}# {number}\n")])
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    before = after(range(40))
    assert after(range(40, 100)) - before < 20e6


# --- what goes wrong ---


POISON = """
import os, signal, time

def sniff(head, name):
    return head.startswith(b"POISON")

def read(path):
    match path.read_text().split()[1]:
        case "crash":
            os.kill(os.getpid(), signal.SIGKILL)
        case "hang":
            while True:
                pass
        case "sleep":
            time.sleep(600)
        case "memory":
            raise MemoryError
    raise ZeroDivisionError("no such poison")
"""


@pytest.fixture
def poison(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installed importer of files that crash, hang or break their reader; the folder to put on the path."""
    place = tmp_path / "site"
    info = place / "poison-1.0.dist-info"
    info.mkdir(parents=True)
    (place / "poison_importer.py").write_text(POISON)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: poison\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[replay.importers]\npoison = poison_importer\n")
    monkeypatch.syspath_prepend(place)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(place), str(Path(rules.__file__).parents[2])]))
    importers.formats.cache_clear()
    yield place
    importers.formats.cache_clear()


def test_a_log_that_kills_or_holds_its_worker_is_named_and_the_others_are_mined(
    tmp_path: Path, logs: Callable[[int], list[Path]], few: Any, poison: Path
) -> None:
    """One that crashes, one that hangs, one that takes all memory and one with a fault of ours, among good ones."""
    paths = logs(3)
    scanned(tmp_path / "logs", tmp_path / "fresh", few)
    for what in ("crash", "hang", "memory", "fault"):
        paths[0].with_name(f"{what}.txt").write_text(f"POISON {what}\n")
    run = local.runner(2, seconds=5)
    events = list(scale.scan([str(tmp_path / "logs")], tmp_path / "out", few, run=run, whole=600))
    lost = {Path(event.log.name).name: event.why for event in events if isinstance(event, Lost)}
    assert set(lost) == {"crash.txt", "hang.txt", "fault.txt"}
    assert "SIGKILL" in lost["crash.txt"]
    assert "not done within 5 s" in lost["hang.txt"]
    assert "no such poison" in lost["fault.txt"]
    made = summary.brought(tmp_path / "out", few, events[-1], [])
    assert {Path(one.file).name: one.why[:11] for one in made.unreadable} == {"memory.txt": "more memory"}
    assert [Path(one.file).name for one in made.lost] == sorted(lost)
    assert tables(tmp_path / "out") == tables(tmp_path / "fresh")


def test_ctrl_c_keeps_what_is_done_and_the_same_command_goes_on(
    tmp_path: Path, logs: Callable[[int], list[Path]], poison: Path
) -> None:
    """The command ends with 130 while one log holds a worker; what other workers finished is in the folder."""
    sleeper = logs(4)[0].with_name("zz.txt")
    sleeper.write_text("POISON sleep\n")
    command = [sys.executable, "-m", "replay", "mine", "logs", "--to", "out", "--jobs", "2", "--rule", FEW[0]]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while not list((tmp_path / "out" / "parts").glob("*.json")) and process.poll() is None:
            time.sleep(0.1)
        process.send_signal(unix.SIGINT)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, "what had finished is kept" in err) == (130, True)
    kept = {file.name for file in (tmp_path / "out" / "parts").glob("*.json")}
    sleeper.unlink()
    done = subprocess.run([*command, "--json"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])["summary"]
    assert (told["files"], told["findings"]) == (4, {FEW[0]: 4})
    assert told["read_files"] == 4 - len(kept)


# --- on a cluster ---


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_gives_the_same_files_though_a_worker_is_killed(
    tmp_path: Path, logs: Callable[[int], list[Path]], few: Any, poison: Path
) -> None:
    """A real scheduler with two worker processes on loopback, one killed in the middle, and a log that kills each."""
    pytest.importorskip("distributed")
    import psutil

    from replay.scale import cluster

    paths = logs(6)
    scanned(tmp_path / "logs", tmp_path / "local", few)
    paths[0].with_name("zz-crash.txt").write_text("POISON crash\n")
    listening: set[str] = set()

    def killing(function: Callable[[Part], Done], parts: list[Part]) -> Iterator[tuple[Part, Done | Failed]]:
        with cluster.connected(None, 2) as client:
            me = psutil.Process()
            for process in (me, *me.children(recursive=True)):
                sockets = process.net_connections(kind="inet")
                listening.update(one.laddr.ip for one in sockets if one.status == psutil.CONN_LISTEN)
            crew = list(client.run(os.getpid).values())
            for number, done in enumerate(cluster.as_done(client, partial(cluster.within, 60, function), parts)):
                if number == 1:
                    with suppress(ProcessLookupError):  # the log may have killed it already
                        os.kill(crew[0], unix.SIGKILL)
                yield done

    events = scanned(tmp_path / "logs", tmp_path / "out", few, killing)
    assert listening == {"127.0.0.1"}
    assert [Path(event.log.name).name for event in events if isinstance(event, Lost)] == ["zz-crash.txt"]
    names = {file.relative_to(tmp_path / "local") for file in (tmp_path / "local").rglob("*.parquet")}
    assert names == {file.relative_to(tmp_path / "out") for file in (tmp_path / "out").rglob("*.parquet")}
    for name in names:
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "local" / name).read_bytes()


@pytest.mark.filterwarnings("ignore")
def test_a_scheduler_that_runs_already_reads_urls(tmp_path: Path, logs: Callable[[int], list[Path]], few: Any) -> None:
    """Attached by its address, dask mines what fsspec lists below a URL: the findings are those of the plain paths."""
    pytest.importorskip("distributed")
    from replay.scale import cluster

    logs(3)
    scanned(tmp_path / "logs", tmp_path / "local", few)
    with cluster.connected(None, 1) as client:
        run = cluster.runner(client.scheduler.address, 0)
        url = f"file://{tmp_path}/logs"
        events = list(scale.scan([url], tmp_path / "out", few, run=run))
        planned, *_ = scale.scan([url], tmp_path / "out", few, run=not_called)
    assert (planned.kept, events[-1].lost) == (3, ())
    by_url, by_path = tables(tmp_path / "out")["findings"], tables(tmp_path / "local")["findings"]
    assert [row[1:] for row in by_url] == [row[1:] for row in by_path]
    assert by_url[0][0] == f"file://{by_path[0][0]}"


def test_a_scheduler_that_does_not_answer_is_a_sentence() -> None:
    """So is a URL of no file system."""
    pytest.importorskip("distributed")
    from replay.scale import sources

    with pytest.raises(UserError, match="no file system"):
        list(sources.find(["nonesuch://bucket/logs"]))


# --- rates ---


def test_rates_are_those_of_the_statistics(tmp_path: Path, claude_log: Log, few: Any) -> None:
    """Turns, hits and sessions counted by hand; rate and interval as `stats.share` gives them for the same turns."""
    (tmp_path / "logs").mkdir()
    hits = {"s1": [1, 1, 0, 0], "s2": [0, 0, 0], "s3": [1, 0], "s4": [0, 0, 0, 0, 0]}
    for name, marks in hits.items():
        log(claude_log, name, **{f"f{place}": SWALLOW if mark else CLEAN for place, mark in enumerate(marks)})
    scanned(tmp_path / "logs", tmp_path / "out", few)
    rows = [(name, f"{name}{n}", "", mark, 1, 1) for name, marks in hits.items() for n, mark in enumerate(marks)]
    want = stats.share(rows, "")
    found = {(one.by, one.value, one.rule): one for one in rates.rates(tmp_path / "out", few)}
    for key in (("all", "all", rates.ALL), ("all", "all", FEW[0]), ("week", "2026-W01", rates.ALL)):
        one = found[key]
        assert (one.turns, one.hits, one.sessions, one.unjudged) == (14, 3, 4, 0)
        assert (one.rate, one.low, one.high) == pytest.approx(
            (100 * want.rate, 100 * want.low, 100 * want.high), abs=1e-3
        )
    assert (found["all", "all", FEW[1]].hits, found["all", "all", FEW[1]].turns) == (0, 14)


def test_a_session_that_lies_in_two_files_counts_once(
    tmp_path: Path, logs: Callable[[int], list[Path]], few: Any
) -> None:
    """A copy of a log changes no rate."""
    (one, _) = logs(2)
    scanned(tmp_path / "logs", tmp_path / "out", few)
    before = rates.rates(tmp_path / "out", few)
    one.with_name("copy.jsonl").write_bytes(one.read_bytes())
    scanned(tmp_path / "logs", tmp_path / "out", few)
    assert rates.rates(tmp_path / "out", few) == before


@pytest.mark.xdist_group("browser")
def test_the_page_fits_a_phone(tmp_path: Path, claude_log: Log, few: Any, browser: Any) -> None:
    """Long names break and wide tables scroll by themselves, so that the text need not be scrolled sideways."""
    (tmp_path / "logs").mkdir()
    log(claude_log, "s", **{"a" * 120: SWALLOW})
    *_, finished = scanned(tmp_path / "logs", tmp_path / "out", few)
    (tmp_path / "logs" / ("b" * 120)).write_text("no log")
    made = page.report(tmp_path / "out", few, summary.brought(tmp_path / "out", few, finished, []))
    page.write(tmp_path / "out", made)
    context = browser.new_context(viewport={"width": 380, "height": 800})
    shown = context.new_page()
    shown.goto((tmp_path / "out" / page.HTML).as_uri())
    shown.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert shown.evaluate("document.documentElement.scrollWidth") <= 380
    assert shown.evaluate("document.querySelector('table').scrollWidth") > 380
    context.close()


def test_the_page_shows_what_a_log_says_and_does_nothing(tmp_path: Path, claude_log: Log, few: Any) -> None:
    """Names and code of a hostile log are text in HTML and Markdown; the page's policy allows its own style only."""
    (tmp_path / "logs").mkdir()
    bad = "<script>alert(1)</script>|`[x](http://evil.example)"
    log(claude_log, "s", **{bad.replace("/", "\u2215"): SWALLOW.replace("charge", f"f('{bad}'), charge")})
    *_, finished = scanned(tmp_path / "logs", tmp_path / "out", few)
    made = page.report(tmp_path / "out", few, summary.brought(tmp_path / "out", few, finished, []))
    html, markdown = page.html(made), page.markdown(made)
    assert "<script" not in html + markdown
    assert "&lt;script&gt;" in html
    assert "default-src 'none'" in html
    assert not [word for word in ("src=", "href=", " on", "style=") if f"<img {word}" in html or f' {word}"' in html]
    page.write(tmp_path / "out", made)
    assert len(json.loads((tmp_path / "out" / "rates.json").read_bytes())) == len(made.rates)
