"""Logs that grew: what was judged before is taken over, and the tables are those of one scan of what is there now."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from replay import check, frames, rules, scale
from replay.records import Change, Checked, Rule
from replay.scale import Done, Lost, Part, Planned, index, local, summary
from replay.signals import SIGNALS
from replay.tables import TABLES
from replay.workers import Failed

SWALLOW = "try:\n    charge(card)\nexcept Exception:\n    pass\n"
CLEAN = "try:\n    charge(card)\nexcept CardError as error:\n    raise PaymentFailed from error\n"
IGNORE = "x: int = 'a'  # type: ignore\n"
TESTED = "def test_pay():\n    assert pay() == 1\n"
KEY = "sk-ant-api03-" + "Ab1_" * 23 + "AA"
PIECES = (SWALLOW, CLEAN, IGNORE, "def f(:\n", f'KEY = "{KEY}"\n', "y = '\ud800'\n", TESTED, "\n")
PATHS = ("/w/pay.py", "/w/test_pay.py", f"/w/{KEY}.py", "/w/run.sh", "/w/requirements.txt")

BOTH = rules.load(select=["python/swallowed-exception", "python/type-ignore"])
OF_VERSION = replace(BOTH[0], id="made/of-version", hash="1", package="flask", versions="<2")
CHANGED = replace(BOTH[1], hash="2")
SETS = (
    BOTH,
    (*BOTH, OF_VERSION),
    (BOTH[0], CHANGED, OF_VERSION),
    (*BOTH, *rules.load(select=["bash/or-true", "python/test-removed"])),
)


# --- making logs ---


class Session:
    """The rows of a Claude Code log, written one after the other."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self._last: str | None = None
        self.says("Please help.")

    def says(self, text: str) -> None:
        """A person's words."""
        self._add("user", {"role": "user", "content": text})

    def calls(self, tool: str, arguments: dict[str, Any], result: str | None = "File created successfully") -> None:
        """An answer with one call; without a result it was interrupted."""
        call = {"type": "tool_use", "id": f"toolu_{len(self.rows):03}", "name": tool, "input": arguments}
        answer = {"id": f"msg_{len(self.rows):03}", "type": "message", "role": "assistant", "model": "m"}
        self._add("assistant", answer | {"content": [call], "usage": {"input_tokens": 1, "output_tokens": 1}})
        if result is None:
            self.says("[Request interrupted by user for tool use]")
            return
        back = {"type": "tool_result", "tool_use_id": call["id"], "content": result}
        self._add("user", {"role": "user", "content": [back]})

    def writes(self, path: str, text: str) -> None:
        """A whole file written."""
        self.calls("Write", {"file_path": path, "content": text})

    def forks(self, at: int) -> None:
        """Goes on from an earlier row, as after a rewind."""
        self._last = self.rows[at % len(self.rows)]["uuid"]

    def _add(self, kind: str, message: dict[str, Any]) -> None:
        uuid = f"r-{len(self.rows)}"
        time = f"2026-01-01T00:{len(self.rows) // 60:02}:{len(self.rows) % 60:02}Z"
        common = {"sessionId": "s", "cwd": "/w", "version": "2.1.0", "isSidechain": False, "timestamp": time}
        self.rows.append(common | {"type": kind, "uuid": uuid, "parentUuid": self._last, "message": message})
        self._last = uuid

    def data(self, rows: int | None = None) -> bytes:
        """The first rows as a file has them."""
        return b"".join(json.dumps(row).encode() + b"\n" for row in self.rows[:rows])


texts = st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map("".join)
steps = st.one_of(
    st.tuples(st.just("write"), st.sampled_from(PATHS[:4]), texts),
    st.tuples(st.just("edit"), st.sampled_from(PIECES), st.sampled_from(PIECES)),
    st.tuples(st.just("needs"), st.sampled_from(["flask==1.1.0\n", "flask==3.0.0\n"])),
    st.tuples(st.just("interrupt"), st.sampled_from(PATHS[:2]), texts),
    st.tuples(st.just("fork"), st.integers(0, 60)),
    st.tuples(st.just("say"), st.sampled_from(["No, revert that.", "Go on."])),
)


def session(story: Sequence[tuple[Any, ...]]) -> Session:
    """The session in which these steps happen."""
    made = Session()
    for step in story:
        match step:
            case "write", path, text:
                made.writes(path, text)
            case "edit", old, new:
                change = {"file_path": PATHS[0], "old_string": old, "new_string": new}
                made.calls("Edit", change, "The file /w/pay.py has been updated.")
            case "needs", text:
                made.writes(PATHS[4], text)
            case "interrupt", path, text:
                made.calls("Write", {"file_path": path, "content": text}, None)
            case "fork", at:
                made.forks(at)
            case "say", text:
                made.says(text)
    return made


def scanned(logs: Path, folder: Path, chosen: Sequence[Rule], run: scale.Runner = local.in_process) -> list[Any]:
    """All events of a scan."""
    return list(scale.scan([str(logs)], folder, chosen, run=run, signals=tuple(SIGNALS)))


def written(folder: Path) -> dict[str, list[bytes]]:
    """The files of each table; parts are named after the scan that made them, so names are left out."""
    return {name: sorted(file.read_bytes() for file in (folder / name).glob("*.parquet")) for name in TABLES}


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Takes down each path that is judged, and by how many rules."""
    seen: list[tuple[str, str]] = []
    real = check.introduced

    def noting(completions: Sequence[Sequence[Change]], chosen: Sequence[Rule], **more: Any) -> list[Checked]:
        seen.extend((one.path, rule.id) for changes in completions for one in changes for rule in chosen)
        return real(completions, chosen, **more)

    monkeypatch.setattr(check, "introduced", noting)
    return seen


# --- the tables ---


@settings(max_examples=25)
@given(
    st.lists(steps, min_size=1, max_size=14),
    st.lists(st.tuples(st.floats(0, 1), st.sampled_from(SETS)), min_size=1, max_size=3),
    st.sampled_from(SETS),
)
def test_a_log_that_grew_in_pieces_gives_the_bytes_of_one_scan(
    story: list[tuple[Any, ...]], cuts: list[tuple[float, tuple[Rule, ...]]], last: tuple[Rule, ...]
) -> None:
    """Cut off anywhere, with forks, interrupts, secrets, versions of a package and other rules from scan to scan."""
    data = session(story).data()
    with TemporaryDirectory() as place:
        logs = Path(place, "logs")
        logs.mkdir()
        for share, chosen in [*sorted(cuts, key=lambda cut: cut[0]), (1.0, last)]:
            (logs / "s.jsonl").write_bytes(data[: int(share * len(data))])
            scanned(logs, Path(place, "out"), chosen)
            scanned(logs, Path(place, "fresh"), chosen)
            assert written(Path(place, "out")) == written(Path(place, "fresh"))
            shutil.rmtree(Path(place, "fresh"))


@settings(max_examples=15)
@given(st.lists(steps, min_size=2, max_size=10), st.data())
def test_a_log_that_was_written_anew_does_too(story: list[tuple[Any, ...]], data: st.DataObject) -> None:
    """The same steps in another order, some of them gone: nothing says which turn is which, but what it changes."""
    other = data.draw(st.permutations(story).map(lambda steps: steps[: len(steps) - 1]))
    with TemporaryDirectory() as place:
        logs = Path(place, "logs")
        logs.mkdir()
        for told in (story, other):
            (logs / "s.jsonl").write_bytes(session(told).data())
            scanned(logs, Path(place, "out"), SETS[1])
        scanned(logs, Path(place, "fresh"), SETS[1])
        assert written(Path(place, "out")) == written(Path(place, "fresh"))


# --- what is judged ---


def test_only_the_turns_that_came_are_judged(tmp_path: Path, judged: list[tuple[str, str]]) -> None:
    """And of a rule that changed meanwhile, all of them by it."""
    made = session([("write", f"/w/f{number}.py", SWALLOW + IGNORE) for number in range(5)])
    log = tmp_path / "s.jsonl"
    log.write_bytes(made.data(7))
    scanned(log, tmp_path / "out", BOTH)
    assert sorted(set(judged)) == [(f"/w/f{number}.py", rule.id) for number in range(3) for rule in BOTH]
    judged.clear()
    log.write_bytes(made.data(9))
    scanned(log, tmp_path / "out", BOTH)
    assert judged == [("/w/f3.py", rule.id) for rule in BOTH]
    judged.clear()
    log.write_bytes(made.data())
    scanned(log, tmp_path / "out", (BOTH[0], CHANGED))
    old = [(f"/w/f{number}.py", CHANGED.id) for number in range(4)]
    assert sorted(judged) == sorted([*old, *(("/w/f4.py", rule.id) for rule in BOTH)])
    found = frames.mined(tmp_path / "out").findings.sort("turn", "rule").collect()
    assert found["turn"].to_list() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert found["first"].to_list() == [True] * 2 + [False] * 8


def test_a_version_that_is_told_of_later_decides_what_was_left_out(tmp_path: Path) -> None:
    """The same change is made under flask 3, where the rule does not apply, and under flask 1, where it does."""
    made = session([("needs", "flask==3.0.0\n"), ("write", "/w/a.py", SWALLOW)])
    log = tmp_path / "s.jsonl"
    log.write_bytes(made.data())
    scanned(log, tmp_path / "out", (OF_VERSION,))
    assert frames.mined(tmp_path / "out").findings.collect().is_empty()
    made.calls("Bash", {"command": "rm /w/a.py"}, "")
    made.writes(PATHS[4], "flask==1.1.0\n")
    made.writes("/w/a.py", SWALLOW)
    log.write_bytes(made.data())
    scanned(log, tmp_path / "out", (OF_VERSION,))
    assert frames.mined(tmp_path / "out").findings.collect()["turn"].to_list() == [4]


def test_tables_that_cannot_be_read_are_no_verdicts(tmp_path: Path) -> None:
    """The log that grew is judged as a whole then."""
    made = session([("write", f"/w/f{number}.py", SWALLOW) for number in range(2)])
    log = tmp_path / "s.jsonl"
    log.write_bytes(made.data(3))
    scanned(log, tmp_path / "out", BOTH)
    (broken,) = (tmp_path / "out" / "findings").iterdir()
    broken.write_bytes(b"not Parquet")
    log.write_bytes(made.data())
    scanned(log, tmp_path / "out", BOTH)
    assert frames.mined(tmp_path / "out").findings.collect()["turn"].to_list() == [0, 1]


def half_secret(place: Path) -> None:
    """Tables under one rule of eight logs, two in a part, of which one has a secret: only itself can be judged anew."""
    (place / "logs").mkdir()
    for number in range(8):
        text = f'KEY = "{KEY if number % 2 else "k" * len(KEY)}"\n{IGNORE}'
        (place / "logs" / f"{number}.jsonl").write_bytes(session([("write", "/w/x.py", text)]).data())
    scanned(place / "logs", place / "out", BOTH[:1])
    assert [len(one.logs) for one in index.load(place / "out")] == [2] * 4


def test_a_log_that_was_to_be_read_when_a_scan_was_cut_short_is_read_by_the_next(tmp_path: Path) -> None:
    """Of two logs in a part, the one without a secret was checked by a new rule; the other one is still to come."""
    half_secret(tmp_path)

    def interrupted(function: Callable[[Part], Done], parts: Sequence[Part]) -> Iterator[tuple[Part, Done | Failed]]:
        yield from local.in_process(function, [part for part in parts if part.stored])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scanned(tmp_path / "logs", tmp_path / "out", BOTH, interrupted)
    planned, *_ = scanned(tmp_path / "logs", tmp_path / "out", BOTH)
    assert planned.kept == 4
    found = frames.mined(tmp_path / "out").findings.sort("file").collect()
    assert [Path(name).stem for name in found["file"]] == [str(number) for number in range(8)]


def test_a_part_that_cannot_be_checked_takes_no_log_with_it_that_was_read(tmp_path: Path) -> None:
    """Four logs are given up, the four that were read anew are there."""
    half_secret(tmp_path)

    def failing(function: Callable[[Part], Done], parts: Sequence[Part]) -> Iterator[tuple[Part, Done | Failed]]:
        yield from ((part, Failed("crashed", "no more")) for part in parts if part.stored)
        yield from local.in_process(function, [part for part in parts if not part.stored])

    events = scanned(tmp_path / "logs", tmp_path / "out", BOTH, failing)
    assert [Path(one.log.name).stem for one in events if isinstance(one, Lost)] == ["0", "2", "4", "6"]
    found = frames.mined(tmp_path / "out").findings.sort("file").collect()
    assert [Path(name).stem for name in found["file"]] == ["1", "3", "5", "7"]


def test_a_scan_says_how_much_it_read(tmp_path: Path) -> None:
    """A log that waits to be read counts where it is read, not where it lay: eight logs, each once."""
    half_secret(tmp_path)
    events = scanned(tmp_path / "logs", tmp_path / "out", BOTH)
    parts = [one.manifest for one in events if isinstance(one, Done)]
    made = summary.brought(tmp_path / "out", BOTH, events[-1], parts)
    assert (made.files, made.read_files) == (8, 8)
    assert made.bytes == made.read_bytes == sum(file.stat().st_size for file in (tmp_path / "logs").iterdir())
    assert isinstance(events[0], Planned)
    assert (events[0].kept, events[0].size) == (4, made.bytes)


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_takes_over_the_same(tmp_path: Path) -> None:
    """Two scans by worker processes and by dask: the files of each table are those that this process writes."""
    pytest.importorskip("distributed")
    from replay.scale import cluster

    made = session([("write", f"/w/f{number}.py", SWALLOW * (number + 1)) for number in range(6)])
    (tmp_path / "logs").mkdir()
    for rows, chosen in ((7, BOTH), (None, (BOTH[0], CHANGED))):
        for name in "ab":
            (tmp_path / "logs" / f"{name}.jsonl").write_bytes(made.data(rows))
        scanned(tmp_path / "logs", tmp_path / "here", chosen)
        scanned(tmp_path / "logs", tmp_path / "local", chosen, local.runner(2))
        with cluster.connected(None, 1) as client:
            run = cluster.runner(client.scheduler.address, 0)
            scanned(tmp_path / "logs", tmp_path / "dask", chosen, run)
    assert written(tmp_path / "here") == written(tmp_path / "local") == written(tmp_path / "dask")
    assert len(frames.mined(tmp_path / "dask").findings.collect()) == 2 * 21
