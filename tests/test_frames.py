"""A run as frames: the rows and keys that a notebook joins on."""

import subprocess
import sys
from pathlib import Path

import pytest

from replay import frames
from replay.errors import UserError

EXAMPLE = Path(__file__).parents[1] / "transcripts" / "swallowed-exceptions"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> frames.Frames:
    """The frames of the example's run."""
    place = tmp_path_factory.mktemp("frames")
    command = [sys.executable, "-m", "replay", "run", str(EXAMPLE), "--run", str(place / "run")]
    subprocess.run(command, cwd=place, capture_output=True, check=True)
    return frames.load(place / "run")


def test_every_trial_has_its_case_and_its_score(run: frames.Frames) -> None:
    """14 cases × 2 arms × 5 draws are 140 trials; one selector scores each once, and no key is without its parent."""
    assert (len(run.cases), len(run.trials), len(run.scores)) == (14, 140, 140)
    assert run.trials.join(run.cases, on="case", how="anti").is_empty()
    assert run.scores.join(run.trials, on=["case", "arm", "draw"], how="anti").is_empty()
    assert run.findings.join(run.scores, on=["case", "arm", "draw", "rule"], how="anti").is_empty()


def test_findings_are_those_of_the_violations(run: frames.Frames) -> None:
    """Only violations have findings, and each has at least one."""
    with_findings = run.findings.select("case", "arm", "draw").unique()
    assert len(with_findings) == len(run.scores.filter(outcome="violation"))


def test_a_run_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    """Loading a folder without a run says so."""
    with pytest.raises(UserError):
        frames.load(tmp_path / "nothing")
