"""A log is one log, from whatever folder a command is run and however its path is written."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from replay import frames, rules, scale
from replay.scale import Finished, Planned, index, local, names, sources
from replay.scale.index import Manifest, Scanned
from replay.scale.sources import Log

Write = Callable[..., Path]

SWALLOW = "try:\n    charge(card)\nexcept Exception:\n    pass\n"
IGNORE = "x: int = 'a'  # type: ignore\n"
KEY = 'KEY = "sk-ant-api03-' + "Ab1_" * 23 + 'AA"\n'
SWALLOWED, IGNORED = (rules.load(select=[name]) for name in ("python/swallowed-exception", "python/type-ignore"))


@pytest.fixture
def log(claude_log: Write) -> Callable[..., Path]:
    """Writes a log with both habits in its turn, and a secret if wanted, so that other rules must read it again."""

    def write(name: str, text: str = SWALLOW + IGNORE, *, secret: bool = False) -> Path:
        call = ("Write", {"file_path": "/w/a.py", "content": text + KEY * secret}, "File created successfully")
        return claude_log(call, name=name, session=Path(name).stem)

    return write


@pytest.fixture
def home(tmp_path: Path, log: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with two logs in ``logs``, the second with a secret."""
    (tmp_path / "home" / "logs").mkdir(parents=True)
    log("home/logs/a.jsonl")
    log("home/logs/b.jsonl", secret=True)
    monkeypatch.chdir(tmp_path / "home")
    return tmp_path / "home"


def scanned(folder: str | Path, *paths: str | Path, chosen: Any = SWALLOWED) -> list[Any]:
    return list(scale.scan(map(str, paths), Path(folder), chosen, run=local.in_process))


def planned(*given: Any, **more: Any) -> tuple[int, int]:
    """How many logs a scan looked at, and how many were as they were."""
    first = scanned(*given, **more)[0]
    assert isinstance(first, Planned)
    return first.logs, first.kept


def files(folder: str | Path) -> list[str]:
    """The logs in the table of turns, each as often as it has turns."""
    return sorted(frames.mined(folder).turns.collect()["file"])


def found(folder: str | Path) -> list[tuple[str, str]]:
    return sorted(frames.mined(folder).findings.select("file", "rule").collect().rows())


def not_read(folder: str | Path) -> list[tuple[str, str]]:
    """Logs that could not be read, and why."""
    return [(one.log.name, one.why) for part in index.load(Path(folder)) for one in part.logs if one.why is not None]


SPELLED = [
    "logs",
    "./logs",
    "logs/../logs",
    "{home}/logs",
    "{home}/../home/logs",
    "../home/logs",
    "link",
    "{home}/link",
]


@pytest.mark.parametrize("again", SPELLED)
@pytest.mark.parametrize("first", ["logs", "{home}/logs", "link"])
def test_a_path_written_in_another_way_gives_the_same_logs(home: Path, first: str, again: str) -> None:
    """Nothing is read, and each goes by the name that it was first given by."""
    (home / "link").symlink_to("logs")
    scanned("out", first.format(home=home))
    name = first.format(home=home)
    assert planned("out", again.format(home=home)) == (2, 2)
    assert files("out") == [f"{name}/a.jsonl", f"{name}/b.jsonl"]
    (home / "logs" / "a.jsonl").unlink()
    scanned("out", again.format(home=home))
    assert files("out") == [f"{name}/b.jsonl"]


def test_one_command_with_two_spellings_reads_a_log_once(home: Path) -> None:
    """It goes by the first of them."""
    assert planned("out", "logs/a.jsonl", home / "logs", "./logs") == (2, 0)
    assert files("out") == sorted(["logs/a.jsonl", f"{home}/logs/b.jsonl"])


def test_logs_are_found_again_from_another_working_folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By new code and by rules that must read them: the tables are those of a scan at home."""
    scanned("out", "logs")
    scanned("fresh", "logs", chosen=IGNORED)
    (home / "other").mkdir()
    monkeypatch.chdir(home / "other")
    assert planned("../out", home / "logs", chosen=IGNORED) == (2, 1)
    assert found("../out") == found("../fresh") == [(f"logs/{name}.jsonl", IGNORED[0].id) for name in "ab"]
    for manifest in index.load(Path("../out")):
        index.commit(Path("../out"), replace(manifest, reader="older"))
    empty = home / "other" / "none"
    empty.mkdir()
    scanned("../out", empty, chosen=IGNORED)
    assert not not_read("../out")
    assert found("../out") == found("../fresh")


def test_two_logs_of_one_name_below_two_folders_are_two(
    home: Path, log: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second goes by its absolute path, and keeps it; neither takes the other's place."""
    other = home.parent / "other"
    (other / "logs").mkdir(parents=True)
    log("other/logs/a.jsonl", IGNORE + IGNORE)
    scanned("out", "logs/a.jsonl")
    monkeypatch.chdir(other)
    assert planned(home / "out", "logs") == (1, 0)
    assert planned(home / "out", "logs") == (1, 1)
    assert files(home / "out") == sorted(["logs/a.jsonl", f"{other}/logs/a.jsonl"])
    monkeypatch.chdir(home)
    assert planned("out", "logs/a.jsonl") == (1, 1)
    shutil.rmtree(other / "logs")
    scanned("out", other)
    assert files("out") == ["logs/a.jsonl"]


@pytest.mark.parametrize("how", ["moved", "copied"])
def test_logs_and_tables_may_be_moved_together(home: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """They are found below the new place, from any folder; nothing is read twice."""
    scanned("out", "logs")
    new = home.parent / "deep" / "new"
    new.parent.mkdir()
    monkeypatch.chdir(home.parent)
    if how == "moved":
        home.rename(new)
    else:
        shutil.copytree(home, new)
    assert planned("deep/new/out", "deep/new/logs") == (2, 2)
    monkeypatch.chdir(new)
    assert planned("out", "logs") == (2, 2)
    (new / "logs" / "a.jsonl").unlink()
    monkeypatch.chdir(new.parent)
    scanned("new/out", "new/logs", chosen=IGNORED)
    assert found("new/out") == [("logs/b.jsonl", IGNORED[0].id)]
    assert not not_read("new/out")


def test_tables_may_be_moved_alone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The logs are where they were."""
    scanned("out", "logs")
    (home / "deep").mkdir()
    Path("out").rename("deep/out")
    monkeypatch.chdir("deep")
    Path("none").mkdir()
    scanned("out", "none", chosen=IGNORED)
    assert found("out") == [(f"logs/{name}.jsonl", IGNORED[0].id) for name in "ab"]


def test_logs_may_be_moved_alone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the same name from their new folder they are the same logs; those read again are found there later."""
    tables = home.parent / "tables"
    scanned(tables, "logs")
    new = home.parent / "new"
    home.rename(new)
    monkeypatch.chdir(new)
    assert planned(tables, "logs") == (2, 2)
    monkeypatch.chdir(home.parent)
    (home.parent / "none").mkdir()
    scanned(tables, "none", chosen=IGNORED)
    assert found(tables) == [(f"logs/{name}.jsonl", IGNORED[0].id) for name in "ab"]


def test_a_link_that_leads_elsewhere_names_what_it_leads_to(home: Path, log: Callable[..., Path]) -> None:
    """As a log that was written anew: ``current`` is the newest of several folders."""
    (home / "second").mkdir()
    log("home/second/a.jsonl", SWALLOW)
    (home / "current").symlink_to("logs")
    scanned("out", "current")
    (home / "current").unlink()
    (home / "current").symlink_to("second")
    assert planned("out", "current") == (1, 0)
    assert files("out") == ["current/a.jsonl"]


def test_manifests_of_an_earlier_version_are_read(home: Path) -> None:
    """They do not say where a log lies: it is looked for by its name from the working folder, then known."""
    scanned("out", "logs")
    for file in Path("out/parts").glob("*.json"):
        told = json.loads(file.read_bytes())
        told.pop("folder")
        for one in told["logs"]:
            one["log"].pop("uri")
        file.write_text(json.dumps(told))
    assert planned("out", home / "logs") == (2, 2)
    assert all(one.log.uri == f"file://{home}/{one.log.name}" for part in index.load(Path("out")) for one in part.logs)
    assert files("out") == ["logs/a.jsonl", "logs/b.jsonl"]


def test_only_manifests_say_where_logs_lie(home: Path) -> None:
    """Tables, which may be shared, have the name that was given."""
    scanned("out", "logs")
    told = {
        file.relative_to("out").parts[0]: str(home).encode() in file.read_bytes()
        for file in Path("out").rglob("*")
        if file.is_file()
    }
    assert [name for name, does in told.items() if does] == ["parts"]


@pytest.mark.parametrize("name", [b"two\nlines.jsonl", b"\xff.jsonl", "ä %41 ?#.jsonl".encode()])
def test_a_name_of_any_bytes_is_found_again(home: Path, name: bytes) -> None:
    """What tables show of it is text, yet the log itself can be read from there."""
    Path("logs/b.jsonl").rename(os.fsdecode(os.fsencode(home) + b"/logs/" + name))
    scanned("out", "logs")
    (home / "none").mkdir()
    scanned("out", "none", chosen=IGNORED)
    assert not not_read("out")
    assert files("out") == sorted(["logs/a.jsonl", f"logs/{name.decode('utf-8', 'backslashreplace')}"])


def test_names_that_only_look_alike_are_kept_apart(home: Path) -> None:
    r"""A byte 0xff in a name is shown as ``\xff``, as are these four characters themselves."""
    for number, name in enumerate([b"\xff.jsonl", rb"\xff.jsonl"]):
        text = Path("logs/a.jsonl").read_text().replace('"a"', f'"other{number}"')
        Path(os.fsdecode(b"logs/" + name)).write_text(text)
    *_, finished = scanned("out", "logs")
    assert isinstance(finished, Finished)
    assert len(set(files("out"))) == 4
    assert planned("out", "logs") == (4, 4)


# --- by property ---

WORDS = st.sampled_from(["a", "b", "c.jsonl", "d"])


def stored(logs: list[Log]) -> list[Manifest]:
    return [Manifest("p", 1, "r", {}, tuple(map(Scanned, logs)))]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Three levels of folders with the same names, a file in each."""
    root = tmp_path_factory.mktemp("tree")
    for one in ("", "a", "b", "a/a", "a/b", "b/a", "b/b"):
        (root / one).mkdir(exist_ok=True)
        (root / one / "c.jsonl").write_text(one)
    before = Path.cwd()
    yield root
    os.chdir(before)


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_names_are_one_to_one_with_files_whatever_came_before(tree: Path, data: st.DataObject) -> None:
    """However often, from wherever and by whatever spelling logs are given: one name for each file, and no second."""
    real: dict[str, str] = {}
    known: dict[str, Log] = {}
    for _ in range(data.draw(st.integers(1, 5))):
        here = tree / data.draw(st.sampled_from(["", "a", "b", "a/a", "b/b"]))
        os.chdir(here)
        root = data.draw(st.sampled_from([".", "..", "./a", str(tree), f"{tree}/b/../a", "../a", "c.jsonl"]))
        if not Path(root).exists():
            continue
        for log in names.named(sources.find([root]), stored(list(known.values()))):
            path = os.path.realpath(sources.place(log) or "")
            assert real.setdefault(log.name, path) == path
            known[log.name] = log
    assert len(set(real.values())) == len(real)


@pytest.mark.parametrize(
    ("root", "inside"),
    [
        ("/", {"/a/b/c.jsonl", "/a/bc.jsonl"}),
        ("/a", {"/a/b/c.jsonl", "/a/bc.jsonl"}),
        ("/a/b/", {"/a/b/c.jsonl"}),
        ("/a/b/c.jsonl", {"/a/b/c.jsonl"}),
        ("/a/b/c", set()),
        ("s3://bucket/logs/", {"s3://bucket/logs/x.jsonl"}),
        ("s3://bucket", {"s3://bucket/logs/x.jsonl"}),
        ("s3://bucket/log", set()),
    ],
)
def test_a_log_is_below_a_path_by_whole_names(root: str, inside: set[str]) -> None:
    """A folder is no beginning of a name, and no URL is below the root of this machine."""
    logs = {path: Log("x", 1, "", sources.uri(path)) for path in ("/a/b/c.jsonl", "/a/bc.jsonl")}
    logs["s3://bucket/logs/x.jsonl"] = Log("s3://bucket/logs/x.jsonl", 1, "")
    below = names.Below([root])
    assert {name for name, log in logs.items() if log in below} == inside
