"""A mined folder as frames: keys, references and rates on the project's own transcripts."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest

from replay import frames, rules, scale, stats
from replay.errors import UserError
from replay.scale import local
from replay.tables import TABLES

OWN = Path(__file__).parents[1] / "transcripts"
SWALLOW = "try:\n    charge(card)\nexcept Exception:\n    pass\n"
FEW = ("python/swallowed-exception", "python/type-ignore")
CLEAN = "try:\n    charge(card)\nexcept CardError as error:\n    raise PaymentFailed from error\n"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `replay mine transcripts --to` leaves."""
    folder = tmp_path_factory.mktemp("mined") / "own"
    command = [sys.executable, "-m", "replay", "mine", str(OWN), "--to", str(folder), "--jobs", "0"]
    subprocess.run(command, capture_output=True, check=True)
    return folder


@pytest.fixture
def uneven(tmp_path: Path, claude_log: Callable[..., Path]) -> Path:
    """Four sessions of two models that swallow 0 to 2 exceptions each; 1 marks the turns that do."""
    (tmp_path / "logs").mkdir()
    for name, marks in SESSIONS.items():
        calls = [
            ("Write", {"file_path": f"/w/f{place}.py", "content": SWALLOW if mark else CLEAN}, "File created")
            for place, mark in enumerate(marks)
        ]
        claude_log(*calls, name=f"logs/{name}.jsonl", session=name)
    few = rules.load(select=FEW)
    assert list(scale.scan([str(tmp_path / "logs")], tmp_path / "out", few, run=local.runner(0)))
    return tmp_path / "out"


SESSIONS = {"s1": [1, 1, 0, 0], "s2": [0, 0, 0], "s3": [1, 0], "s4": [0, 0, 0, 0, 0]}


@pytest.mark.parametrize("name", TABLES)
def test_keys_are_keys(place: Path, name: str) -> None:
    """No two rows of a table have the same key, and no part of a key is missing."""
    found = getattr(frames.mined(place), name)
    assert found.collect_schema() == pl.Schema(TABLES[name].schema)
    keys = found.select(TABLES[name].key).collect()
    assert not keys.is_duplicated().any()
    assert keys.null_count().sum_horizontal().item() == 0


def test_every_row_hangs_on_its_turn_and_every_text_is_there(place: Path) -> None:
    """The joins that the schema promises lose nothing; the 12 sessions have 41 answers and 14 findings."""
    tables = frames.mined(place)
    assert (len(tables.turns.collect()), len(tables.findings.collect())) == (41, 14)
    for name, table in TABLES.items():
        for columns, other in table.refers.items():
            rows = getattr(tables, name).drop_nulls(columns)
            assert len(rows.collect()) > 0 or name in {"unjudged", "signals"}  # these sessions have none
            found = rows.join(getattr(tables, other), left_on=columns, right_on=TABLES[other].key, how="anti")
            assert found.collect().is_empty()


def test_duckdb_reads_the_folder_by_glob(place: Path) -> None:
    """The same counts by rule, from the files alone."""
    query = f"SELECT rule, count(*)::BIGINT FROM '{place}/findings/*.parquet' GROUP BY rule ORDER BY rule"
    counted = frames.mined(place).findings.group_by("rule").len().sort("rule").collect()
    assert duckdb.sql(query).fetchall() == counted.rows()


@pytest.mark.parametrize("by", ["agent", "model", "language", "week", "project"])
def test_the_rates_are_those_of_the_report(place: Path, by: str) -> None:
    """What `rates.json` says under any rule, row for row."""
    columns = [by, "turns", "hits", "sessions", "unjudged", "rate", "low", "high"]
    told = [one for one in json.loads((place / "rates.json").read_bytes()) if (one["by"], one["rule"]) == (by, "*")]
    want = sorted(tuple(one[name if name != by else "value"] for name in columns) for one in told)
    assert want
    assert sorted(frames.rates(place, [by]).select(columns).rows()) == want


def test_the_rates_by_rule_are_those_of_the_report(place: Path) -> None:
    """All rules that it was mined with, those without a finding too."""
    told = [one for one in json.loads((place / "rates.json").read_bytes()) if one["by"] == "all" and one["rule"] != "*"]
    found = {row["rule"]: row for row in frames.rates(place, ["rule"]).to_dicts()}
    assert {name for name, row in found.items() if row["hits"]} >= {"python/swallowed-exception", "go/swallowed-error"}
    for one in told:
        assert {name: one[name] for name in found[one["rule"]]} == found[one["rule"]]


def test_a_group_has_the_share_and_interval_of_the_statistics(uneven: Path) -> None:
    """Counted by hand, by the turn's place in its session; shares and intervals as `stats.share` gives them."""
    found = frames.rates(uneven, [pl.col("turn") // 2])
    for row in found.to_dicts():
        pair = slice(2 * row["turn"], 2 * row["turn"] + 2)
        rows = [
            (name, f"{name}{n}", "", m, 1, 1) for name, marks in SESSIONS.items() for n, m in enumerate(marks[pair])
        ]
        want = stats.share(rows, "")
        assert (row["turns"], row["hits"]) == (len(rows), sum(one[3] for one in rows))
        assert row["rate"] == pytest.approx(100 * want.rate, abs=1e-3)
        if row["sessions"] > 1:
            assert (row["low"], row["high"]) == pytest.approx((100 * want.low, 100 * want.high), abs=1e-3)
    assert found["turns"].to_list() == [8, 5, 1]
    assert found["low"].null_count() == 1


def test_small_groups_are_left_out_if_asked(uneven: Path) -> None:
    """`s3` has two turns, `s1` four."""
    assert frames.rates(uneven, ["session"], least=3)["session"].to_list() == ["s1", "s2", "s4"]


def test_only_the_rules_that_were_asked_for_count(uneven: Path) -> None:
    """It was mined for two: no other rule has a rate."""
    assert frames.rates(uneven, ["rule"])["rule"].to_list() == list(FEW)


@pytest.mark.parametrize(
    ("by", "words"),
    [
        pytest.param(["nonsense"], "no such column", id="an unknown column"),
        pytest.param([pl.col("nonsense") + 1], "no such column", id="an expression on one"),
    ],
)
def test_what_cannot_be_grouped_by_is_said(uneven: Path, by: list[str], words: str) -> None:
    """And what there is."""
    with pytest.raises(UserError, match=f"{words}.*language.*model"):
        frames.rates(uneven, by)


def test_a_folder_that_is_no_scan_is_refused(tmp_path: Path) -> None:
    """With the command that makes one."""
    with pytest.raises(UserError, match="replay mine PATH --to"):
        frames.rates(tmp_path)


def test_a_rule_of_a_pack_must_be_given(uneven: Path) -> None:
    """Its languages decide which turns count, and the folder does not hold them."""
    part = next((uneven / "parts").glob("*.json"))
    said = json.loads(part.read_bytes())
    part.write_text(json.dumps(said | {"rules": said["rules"] | {"house/no-foo": "0"}}))
    with pytest.raises(UserError, match="house/no-foo, no built-in rule"):
        frames.rates(uneven)
