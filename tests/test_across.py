"""`replay compare RUN OTHER`: two runs are compared only if they were judged alike."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import staged
from commands import Command
from msgspec.structs import replace

from replay import config, experiment
from replay.errors import UserError
from replay.records import Basis
from replay.store import Cache, Run

SOURCES = 8


def _sampled(root: Path, name: str, violations: int, *, sources: int = SOURCES, arm: str = "edited") -> Path:
    folder = staged.write(
        root / f"{name}-set",
        sources,
        lambda _: {"baseline": staged.play(3, 4), arm: staged.play(violations, 4)},
        arms=("baseline", arm),
    )
    with Cache.open(root / f"{name}.sqlite") as cache:
        experiment.run(experiment.plan(config.load(folder)), root / name, cache=cache)
    return root / name


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs over equal cases: in `worse` the edit does nothing, in `cured` it removes the habit."""
    root = tmp_path_factory.mktemp("across")
    _sampled(root, "worse", 3)
    _sampled(root, "cured", 0)
    return root


@pytest.fixture
def runs(made: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Copies of both, which a test may change."""
    for name in ("worse", "cured"):
        shutil.copytree(made / name, tmp_path / name)
    return tmp_path / "worse", tmp_path / "cured"


def _altered(place: Path, **changes: object) -> None:
    with Run.open(place, create=False) as run:
        run.put_meta("basis", replace(run.meta("basis", Basis), **changes))


def test_the_arms_of_the_other_run_meet_the_baseline_of_the_first(replay: Command, runs: tuple[Path, Path]) -> None:
    """In all 8 sources 3 of 4 draws violate under the one's baseline and none under the other's edit: −75 points."""
    code, out, _ = replay("compare", *runs, "--json")
    told = json.loads(out)
    (one,) = [one for one in told["comparisons"] if one["arm"].endswith("/edited")]
    assert code == 0
    assert one["baseline"] == "baseline"
    assert one["difference"] == pytest.approx(-0.75)
    assert one["p"] == pytest.approx(2 / 2**SOURCES)
    assert one["clusters"] == SOURCES
    assert not told["partial"]


def test_a_gate_holds_across_runs(replay: Command, runs: tuple[Path, Path]) -> None:
    """Turned round, with the cured arm as the baseline, the other run's arms are worse, and the gate fails."""
    worse, cured = runs
    code, _, err = replay("compare", cured, worse, "--baseline", "edited", "--fail-if", "*/swallowed-* worse")
    assert code == 1
    assert "holds" in err


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param(
            {"rules": {"python/swallowed-exception": "0" * 16}}, "rule python/swallowed", id="another detector"
        ),
        pytest.param({"engines": {"tree-sitter": "0.1"}}, "engine", id="another engine"),
        pytest.param({"versions": {"numpy": "1.26"}}, "package version numpy", id="other packages"),
        pytest.param(
            {"cases": {"case00@0": "0" * 16}}, "cases case01@0, case02@0, case03@0 and 4 more", id="other cases"
        ),
    ],
)
def test_runs_judged_otherwise_are_refused(
    replay: Command, runs: tuple[Path, Path], changes: dict[str, object], words: str
) -> None:
    """Exit code 2, and the sentence says what differs."""
    _altered(runs[1], **changes)
    code, out, err = replay("compare", *runs)
    assert (code, out) == (2, "")
    assert words in err
    assert "--force" in err


def test_force_marks_the_result(replay: Command, runs: tuple[Path, Path]) -> None:
    """What differs comes first among what is left out; cases that differ are not compared."""
    worse, cured = runs
    with Run.open(cured, create=False) as run:
        kept = run.meta("basis", Basis).cases
    _altered(cured, cases={**kept, "case00@0": "0" * 16})
    code, out, _ = replay("compare", worse, cured, "--force", "--json")
    told = json.loads(out)
    assert code == 0
    assert told["left_out"][0].startswith("compared by force")
    assert "case00@0 not the same in both" in told["left_out"][0]
    assert {one["clusters"] for one in told["comparisons"]} == {SOURCES - 1}


def test_runs_without_a_case_in_common_have_nothing_to_compare(runs: tuple[Path, Path]) -> None:
    """Force cannot make up cases."""
    _altered(runs[1], cases={"other@0": "0" * 16})
    with (
        Run.open(runs[0], create=False) as first,
        Run.open(runs[1], create=False) as second,
        pytest.raises(UserError, match="no case in common"),
    ):
        experiment.across(first, second, force=True)


def test_equal_requests_are_told(replay: Command, made: Path) -> None:
    """A run against itself shows the baseline's own answers as another arm; the note says that they are the same."""
    place = made / "worse"
    _, out, _ = replay("compare", place, place, "--json")
    assert f"{SOURCES * 4} draws are the very same answers in both runs" in " ".join(json.loads(out)["left_out"])
