"""The workflow of docs/ci.md does what the page says: its own shell steps are run here, with a scripted sampler."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import staged
import yaml

PAGE = Path(__file__).parent.parent / "docs" / "ci.md"
GH = '#!/bin/sh\necho "$@" > "$GH_CALL"\n'


def _steps() -> dict[str, Any]:
    block = PAGE.read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0]
    (job,) = yaml.safe_load(block)["jobs"].values()
    return {step["name"]: step for step in job["steps"] if "run" in step}


def _run(step: dict[str, Any], folder: Path) -> int:
    """As GitHub runs a step: ``bash -e`` (its documented default shell)."""
    bin_ = folder / "bin"
    environment = {
        **os.environ,
        "PATH": os.pathsep.join((str(bin_), str(Path(sys.executable).parent), os.environ["PATH"])),
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        "GH_CALL": str(folder / "call.txt"),
        "PULL_REQUEST": "7",
    }
    done = subprocess.run(
        ["bash", "-e", "-c", step["run"]], cwd=folder, env=environment, capture_output=True, text=True
    )
    return done.returncode


@pytest.mark.parametrize(
    ("violations", "gate"), [pytest.param(0, 0, id="a cure passes"), pytest.param(4, 1, id="harm does not")]
)
def test_the_recipe_comments_and_gates(tmp_path: Path, violations: int, gate: int) -> None:
    """Against a baseline that violates in 1 of 4 draws in each of 8 sources; the comment comes either way."""
    steps = _steps()
    assert list(steps) == ["install", "sample", "report", "gate"]
    assert steps["install"]["run"] == "pip install transcript-replay"
    staged.write(
        tmp_path / "habits", 8, lambda _: {"baseline": staged.play(1, 4), "edited": staged.play(violations, 4)}
    )
    gh = tmp_path / "bin" / "gh"
    gh.parent.mkdir()
    gh.write_text(GH)
    gh.chmod(0o755)
    assert shutil.which("bash")
    assert _run(steps["sample"], tmp_path) == 0
    assert _run(steps["report"], tmp_path) == 0
    assert (tmp_path / "call.txt").read_text().split()[:3] == ["pr", "comment", "7"]
    assert "edited" in (tmp_path / "summary.md").read_text()
    assert (tmp_path / "out" / "junit.xml").read_text().count("<failure") == gate
    assert _run(steps["gate"], tmp_path) == gate
