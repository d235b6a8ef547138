"""The walk-through: its commands, as printed, lead from the sessions to the verdict that it quotes."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from replay.records import Result
from replay.store import Run

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "walkthrough.md").read_text()


def commands() -> list[str]:
    (block,) = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    return block.splitlines()


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """The folder after all commands, and what each printed."""
    place = tmp_path_factory.mktemp("walk")
    shutil.copytree(ROOT / "transcripts", place / "transcripts")
    known = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    environment = {name: text for name, text in os.environ.items() if not name.startswith("REPLAY_")} | known
    told = []
    for command in commands():
        ran = subprocess.run(["bash", "-c", command], cwd=place, env=environment, capture_output=True, text=True)
        assert ran.returncode == 0, (command, ran.stderr)
        told.append(ran.stdout)
    return place, told


def test_it_takes_five_commands_or_fewer() -> None:
    """From a folder of sessions to the page of the verdict."""
    assert 1 < len(commands()) <= 5


def test_the_verdict_is_the_one_that_the_page_quotes(done: tuple[Path, list[str]]) -> None:
    """12 sessions give 12 cases; the sentence is the run's own, word for word."""
    place, told = done
    assert "12 cases written" in told[0]
    with Run.open(place / ".replay" / "runs" / "my-cases", create=False) as run:
        result = run.meta("result", Result)
    (comparison,) = result.comparisons
    assert comparison.sentence in " ".join(PAGE.split())
    assert (result.cases, comparison.verdict) == (12, "reduced")


def test_the_page_of_the_result_is_there(done: tuple[Path, list[str]]) -> None:
    """One file with the verdict in it."""
    place, _ = done
    assert "reduced" in (place / "report.html").read_text()
