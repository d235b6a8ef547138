"""Long sessions lie in a file: nothing of what is told of them changes, and memory does not grow with their text."""

from __future__ import annotations

import json
import pickle
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from replay import importers, redact, signals, spill, workspace
from replay.errors import UserError
from replay.importers import native
from replay.library import Library
from replay.records import Message, Text, Transcript, encode, encode_in_order

Log = Callable[..., Path]
ROOT = Path(__file__).parents[1]
KEY = "sk-ant-api03-" + "Ab1_" * 8


def message(number: int) -> Message:
    return Message("user", (Text(f"number {number}"),))


@pytest.fixture(params=[False, True], ids=["in memory", "in a file"])
def pool(request: pytest.FixtureRequest) -> spill.Pool[Message]:
    """A pool of 200 messages, half of them put there before it spills."""
    made = spill.Pool[Message](Message, map(message, range(100)))
    if request.param:
        made.spill()
    for number in range(100, 200):
        made.append(message(number))
    return made


def test_a_pool_gives_back_what_was_put_into_it(pool: spill.Pool[Message]) -> None:
    """By number, from the end, in slices and in order."""
    wanted = [message(number) for number in range(200)]
    assert (len(pool), pool[7], pool[-1], pool[150:153]) == (200, wanted[7], wanted[-1], tuple(wanted[150:153]))
    assert list(pool) == wanted
    assert pool == wanted
    assert pool != wanted[:-1]
    with pytest.raises(IndexError):
        pool[200]


def test_pools_that_share_a_file_keep_as_little_as_one() -> None:
    """Each gives back its own records; of a hundred pools with a text each of 100 kB not more than some are held."""
    heap = spill.Heap()
    pools = []
    tracemalloc.start()
    for number in range(100):
        one = spill.Pool[Message](Message)
        one.spill(heap)
        one.append(Message("user", (Text(f"{number}" * 50_000),)))
        pools.append(one)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 4_000_000
    assert [one[0].parts for one in pools] == [(Text(f"{number}" * 50_000),) for number in range(100)]


def test_a_record_put_in_the_place_of_another_is_the_one_that_is_there(pool: spill.Pool[Message]) -> None:
    """Replacing changes that place only."""
    pool[3] = message(1000)
    assert [pool[2], pool[3], pool[4]] == [message(2), message(1000), message(4)]


def test_a_copy_leaves_the_original_as_it_is(pool: spill.Pool[Message]) -> None:
    """Either may be changed without the other."""
    copy = pool.copy()
    copy[0] = message(1000)
    copy.append(message(2000))
    assert (pool[0], len(pool), copy[0], copy[200]) == (message(0), 200, message(1000), message(2000))


def test_a_change_that_changes_nothing_gives_the_same_records(pool: spill.Pool[Message]) -> None:
    """What was not changed is not copied."""
    settled = pool.settled()
    assert spill.changed(settled, lambda one: one) is settled
    assert spill.changed(settled, lambda one: message(9) if one == message(5) else one)[5] == message(9)


def test_the_json_of_a_pool_is_that_of_its_records(pool: spill.Pool[Message]) -> None:
    """Whether it lies in a file or not; a pickled pool is a tuple."""
    assert list(spill.encoded(pool.settled())) == [encode_in_order(message(number)) for number in range(200)]
    assert pickle.loads(pickle.dumps(pool)) == tuple(map(message, range(200)))


def test_the_file_of_a_pool_has_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody finds what was not redacted yet."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    made = spill.Pool[Message](Message, map(message, range(3)))
    made.spill()
    assert list(tmp_path.iterdir()) == []
    assert made[2] == message(2)


def test_a_limit_that_is_no_number_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence names the variable."""
    monkeypatch.setenv("REPLAY_SPILL_MB", "much")
    with pytest.raises(UserError, match=r"REPLAY_SPILL_MB='much' is no number"):
        spill.limit()


def outcome(file: Path, folder: Path) -> list[Any]:
    """All that is told of ``file``: its transcripts, redacted ones, changes, signals, ledger and stored files."""
    try:
        found = importers.read(file)
    except UserError as error:
        return [error.what]
    clean = [redact.transcript(one) for one in found]
    told = [[encode_in_order(one), encode(one), one.id] for one in (*found, *clean)]
    changes = [list(workspace.recorded(one)) for one in clean]
    entry = encode(Library(folder).bring(file))
    found_in_them = [signals.found(one) for one in clean]
    return [told, changes, found_in_them, entry, sorted((one.name, one.read_bytes()) for one in folder.glob("*.jsonl"))]


def same(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPLAY_SPILL_MB", "1000")
    held = outcome(file, tmp_path / "held")
    monkeypatch.setenv("REPLAY_SPILL_MB", "0")
    assert outcome(file, tmp_path / "spilled") == held


@pytest.mark.parametrize(
    "file",
    sorted([*ROOT.glob("tests/data/*/*.jsonl"), *ROOT.glob("transcripts/*/c*.jsonl")]),
    ids=lambda file: file.stem,
)
def test_a_spilled_session_is_told_like_one_in_memory(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Branches, parallel calls, compaction: ids, records, ledgers and stored files are equal to the last byte."""
    same(file, tmp_path, monkeypatch)


def test_secrets_are_taken_out_of_a_spilled_session(
    claude_log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A changed message takes its place in the copy; what is stored holds no secret."""
    file = claude_log(("Bash", {"command": "env"}, f"KEY={KEY}"), ("Bash", {"command": "ls"}, "a.py"))
    same(file, tmp_path, monkeypatch)
    assert all(KEY.encode() not in one.read_bytes() for one in (tmp_path / "spilled").iterdir())


@pytest.mark.shared
def test_real_sessions_are_told_alike_spilled_or_not(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of every format of the collection, by way of both."""
    for folder in sorted(one for one in (shared / "transcripts").iterdir() if one.is_dir()):
        for file in sorted(folder.iterdir(), key=lambda one: one.stat().st_size)[-1:]:
            same(file, tmp_path / folder.name / file.name, monkeypatch)


def peak(work: Callable[[], object]) -> int:
    """The most bytes held at once: the least of two runs, as in one the interpreter may enlarge a table of its own."""
    return min(_peak(work), _peak(work))


def _peak(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def mined(file: Path) -> list[Transcript]:
    found = [redact.transcript(one) for one in importers.read(file)]
    for one in found:
        assert sum(1 for _ in workspace.recorded(one)) == len(one.turns)
        native.write(one, file.with_suffix(".out"))
    return found


def test_memory_does_not_grow_with_what_a_session_says(claude_log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice the text in as many rows: 1.6 MB more to read, redact, replay and write take less than half a MB more."""
    monkeypatch.setenv("REPLAY_SPILL_MB", "0")
    sizes = []
    for size in (40_000, 80_000):
        said = f"{'x' * 50}\n" * (size // 51)
        calls = [("Bash", {"command": "cat a.txt"}, f"{number}\n{said}") for number in range(40)]
        file = claude_log(*calls, name=f"{size}.jsonl")
        del calls, said
        sizes.append(peak(lambda file=file: mined(file)))
    assert sizes[1] - sizes[0] < 500_000


def test_a_log_of_growing_requests_takes_the_memory_of_what_differs(tmp_path: Path) -> None:
    """Sixty requests repeat a prompt of 100 kB and a tool of 20 kB: 7 MB, of which two hundredths are new."""
    file = tmp_path / "log.jsonl"
    tool = {"name": "t", "description": "d" * 20_000, "input_schema": {"type": "object"}}
    said: list[dict[str, str]] = [{"role": "user", "content": "p" * 100_000}]
    with file.open("w") as log:
        for number in range(60):
            log.write(json.dumps({"model": "m", "max_tokens": 9, "tools": [tool], "messages": said}) + "\n")
            said += [{"role": "assistant", "content": f"a{number}"}, {"role": "user", "content": f"u{number}"}]
    importers.read(file)  # what is imported and compiled once does not count
    tracemalloc.start()
    try:
        (made,) = importers.read(file)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(made.turns) == 59
    assert peak < 3_000_000
