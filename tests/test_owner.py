"""A run is that of one experiment: edits go on with it, another experiment of the same name does not take it over."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import staged
from commands import Command

PLAYS: Callable[[int], dict[str, list[str]]] = lambda _: {"baseline": ["bad"], "edited": ["good"]}  # noqa: E731


@pytest.fixture
def first(replay: Command, tmp_path: Path) -> Path:
    """An experiment of two cases that was run, in a folder `set`."""
    folder = staged.write(tmp_path / "one" / "set", 2, PLAYS, draws=1)
    assert replay("run", folder)[0] == 0
    return folder


def kept(replay: Command) -> tuple[int, int]:
    """The cases and draws of the run called `set`, by its report."""
    result = json.loads(replay("report", "set", "--format", "json")[1])
    return result["cases"], result["arms"]["baseline"]["trials"] // result["cases"]


@pytest.mark.parametrize("verb", [("run",), ("run", "--rescore"), ("run", "--dry-run"), ("plan",)], ids=" ".join)
def test_another_experiment_of_the_same_name_is_refused(
    replay: Command, first: Path, tmp_path: Path, verb: tuple[str, ...]
) -> None:
    """The sentence names the file whose run it is, and the run is as it was."""
    second = staged.write(tmp_path / "two" / "set", 3, PLAYS, draws=1)
    code, out, err = replay(verb[0], second, *verb[1:])
    assert (code, out) == (2, "")
    assert err == (
        f"replay: .replay/runs/set: here is a run of another experiment, {first / 'replay.yaml'}: give this one a "
        "`name` of its own, or another folder with --run FOLDER (answers are in the cache, nothing is paid twice)\n"
    )
    assert kept(replay) == (2, 1)
    assert replay("run", second, "--run", tmp_path / "other")[0] == 0


def test_two_experiments_in_one_folder_are_two(replay: Command, first: Path) -> None:
    """Both would be named after the folder."""
    text = (first / "replay.yaml").read_text()
    (first / "other.yaml").write_text(text.replace("name: set\n", ""))
    code, _, err = replay("run", first / "other.yaml")
    assert code == 2
    assert f"a run of another experiment, {first / 'replay.yaml'}" in err
    (first / "other.yaml").write_text(text.replace("name: set\n", "name: other\n"))
    assert replay("run", first / "other.yaml")[0] == 0


def test_an_edited_experiment_goes_on_with_its_run(
    replay: Command, first: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More draws and fewer cases are the same experiment, and so is its file by another path."""
    file = first / "replay.yaml"
    file.write_text(file.read_text().replace("draws: 1", "draws: 2"))
    (first / "case01.jsonl").unlink()
    (first / "case01.toml").unlink()
    monkeypatch.setenv("REPLAY_HOME", str(Path(".replay").resolve()))
    monkeypatch.chdir(first)
    assert replay("run")[0] == 0
    assert kept(replay) == (1, 2)


def test_an_experiment_that_was_moved_goes_on_with_its_run(replay: Command, first: Path, tmp_path: Path) -> None:
    """Its old file is gone and its cases are the run's; where no case is, it is another experiment."""
    second = staged.write(tmp_path / "two" / "set", 2, PLAYS, draws=1)
    for file in sorted(second.glob("case*")):
        file.rename(file.with_name(f"new-{file.name}"))
    (second / "plays.yaml").write_text((second / "plays.yaml").read_text().replace('"case', '"new-case'))
    moved = first.rename(tmp_path / "set")
    code, _, err = replay("run", second)
    assert code == 2
    assert "a run of another experiment" in err
    assert replay("run", moved)[0] == 0
    assert kept(replay) == (2, 1)
