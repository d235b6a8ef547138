"""A run as frames: the rows and keys that a notebook joins on, and files that other tools read."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest
import staged

from replay import config, experiment, frames
from replay.errors import UserError
from replay.records import Result
from replay.store import Cache, Run

EXAMPLE = Path(__file__).parents[1] / "transcripts" / "swallowed-exceptions"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the example's run."""
    root = tmp_path_factory.mktemp("frames")
    command = [sys.executable, "-m", "replay", "run", str(EXAMPLE), "--run", str(root / "run")]
    subprocess.run(command, cwd=root, capture_output=True, check=True)
    return root / "run"


@pytest.fixture(scope="module")
def run(place: Path) -> frames.Frames:
    """The frames of the example's run."""
    return frames.load(place)


def test_the_tables_have_the_rows_of_the_run(run: frames.Frames) -> None:
    """14 cases × 2 arms × 5 draws are 140 trials; one selector scores each once; 12 sessions have 41 answers."""
    sizes = {name: len(getattr(run, name)) for name in ("transcripts", "cases", "arms", "trials", "scores")}
    assert sizes == {"transcripts": 12, "cases": 14, "arms": 2, "trials": 140, "scores": 140}


@pytest.mark.parametrize("name", frames.TABLES)
def test_keys_are_keys(run: frames.Frames, name: str) -> None:
    """No two rows of a table have the same key, and no part of a key is missing."""
    keys = getattr(run, name).select(frames.TABLES[name].key)
    assert len(keys) > 0
    assert not keys.is_duplicated().any()
    assert keys.null_count().sum_horizontal().item() == 0


@pytest.mark.parametrize(
    ("name", "columns", "other"),
    [
        pytest.param(name, columns, other, id=f"{name} to {other}")
        for name, table in frames.TABLES.items()
        for columns, other in table.refers.items()
    ],
)
def test_every_reference_finds_its_row(run: frames.Frames, name: str, columns: tuple[str, ...], other: str) -> None:
    """A join along the schema loses nothing."""
    rows = getattr(run, name).drop_nulls(columns)
    assert len(rows) > 0
    assert rows.join(getattr(run, other), left_on=columns, right_on=frames.TABLES[other].key, how="anti").is_empty()


@pytest.mark.parametrize("name", frames.TABLES)
def test_a_cell_is_empty_only_where_its_column_says_what_that_means(run: frames.Frames, name: str) -> None:
    """The schema speaks of empty cells wherever there may be some."""
    found = getattr(run, name)
    told = {column.name for column in frames.TABLES[name].columns if column.null}
    assert {column for column in found.columns if found[column].null_count()} <= told


def test_findings_are_those_of_the_violations(run: frames.Frames) -> None:
    """Only violations have findings, each as many as its score says, on a line that its change holds."""
    counted = run.findings.group_by(*frames.TRIAL, "rule").agg(found=pl.len().cast(pl.Int64))
    scores = run.scores.filter(outcome="violation").join(counted, on=[*frames.TRIAL, "rule"], how="full", coalesce=True)
    assert (scores["found"] == scores["findings"]).all()
    first = run.findings.filter(end_line=pl.col("line")).head(1)
    (change,) = run.changes.join(first, on=[*frames.TRIAL, "path"], how="semi").to_dicts()
    assert first["text"].item() in change["after"].splitlines()[first["line"].item() - change["first_line"]]


def test_the_rates_are_those_of_the_report(place: Path, run: frames.Frames) -> None:
    """The mean of the case rates, made of the frame, is the rate of the stored result."""
    judged = run.scores.filter(pl.col("outcome").is_in(["clean", "violation"]))
    cases = judged.group_by("arm", "case").agg(rate=(pl.col("outcome") == "violation").mean())
    rates = dict(cases.group_by("arm").agg(pl.col("rate").mean()).iter_rows())
    with Run.open(place, create=False) as store:
        result = store.meta("result", Result)
    for name, arm in result.arms.items():
        assert rates[name] == pytest.approx(arm.rules[result.rules[0]].rate.rate)


def test_a_scan_reads_only_the_columns_it_is_asked_for(place: Path) -> None:
    """Polars' own plan says how many columns of the file it projects."""
    plan = frames.scan(place).changes.select("path").explain()
    assert f"PROJECT 1/{len(frames.TABLES['changes'].columns)} COLUMNS" in plan


def test_a_table_is_made_once_and_again_when_the_run_has_changed(tmp_path: Path) -> None:
    """More draws make another file in place of the first; asking again without a change makes none."""
    folder = staged.write(tmp_path / "set", 2, lambda _: dict.fromkeys(("baseline", "edited"), staged.play(1, 4)))
    place = tmp_path / "run"

    def sampled(draws: int) -> None:
        wanted = config.override(config.load(folder), draws=draws)
        with Cache.open(tmp_path / "cache.sqlite") as cache:
            experiment.run(experiment.plan(wanted), place, cache=cache)

    def files() -> dict[Path, int]:
        return {path: path.stat().st_mtime_ns for path in (place / "frames").glob("trials-*")}

    sampled(2)
    assert len(frames.scan(place).trials.collect()) == 8
    first = files()
    assert len(frames.scan(place).trials.collect()) == 8
    assert files() == first
    sampled(3)
    assert len(frames.scan(place).trials.collect()) == 12
    assert len(files()) == 1
    assert files().keys() != first.keys()


def test_other_tools_read_the_copies(place: Path, tmp_path: Path, run: frames.Frames) -> None:
    """DuckDB finds the same outcomes in the Parquet file."""
    made = frames.to_parquet(place, tmp_path / "out")
    assert set(made) == set(frames.TABLES)
    told = duckdb.sql(f"SELECT outcome, count(*) FROM '{made['scores']}' GROUP BY outcome").fetchall()
    assert dict(told) == dict(run.scores.group_by("outcome").len().iter_rows())


@pytest.mark.parametrize("door", [frames.load, frames.scan, lambda place: frames.to_parquet(place, place / "out")])
def test_a_run_that_is_not_there_is_a_sentence(tmp_path: Path, door: Callable[[Path], object]) -> None:
    """Opening a folder without a run says so, as the verbs do."""
    with pytest.raises(UserError, match=r"no run '.*nothing': "):
        door(tmp_path / "nothing")


def test_a_run_is_opened_by_its_name(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As for the verbs: a name is looked for in .replay/runs, even beside a case set's folder of that name."""
    monkeypatch.setenv("REPLAY_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    shutil.copytree(place, tmp_path / "home" / "runs" / "my-cases")
    (tmp_path / "my-cases").mkdir()
    assert frames.scan("my-cases").folder == tmp_path / "home" / "runs" / "my-cases"
    assert frames.load("my-cases").trials.height == frames.load(place).trials.height > 0
    with pytest.raises(UserError, match="no run 'my-case': known are my-cases"):
        frames.scan("my-case")
