"""`replay compare` and `replay power`: every quantity by name, verdicts as exit codes, plans from a pilot."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path
from typing import Any

import pytest
import staged
from commands import Command

from replay import config, experiment
from replay.store import Cache

SWALLOWED = "*/swallowed-*"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of ten sources: an edit that cures, an A/A arm, one case that never shows the habit, a guarded habit."""
    root = tmp_path_factory.mktemp("compare")

    def plays(index: int) -> dict[str, list[str]]:
        bad = 0 if index == 0 else 3
        return {
            "baseline": staged.play(bad, 4),
            "edited": ["words" if index == 1 else "good", *staged.play(0, 3)],
            "again": staged.play(max(0, bad - index % 2), 4),
        }

    extra = "guard: python/type-ignore\n"
    folder = staged.write(root / "set", 10, plays, extra=extra, arms=("baseline", "edited", "again"))
    with Cache.open(root / "cache.sqlite") as cache:
        experiment.run(experiment.plan(config.load(folder)), root / "run", cache=cache)
    return root / "run"


def test_a_run_is_found_by_name_beside_a_folder_of_the_same_name(
    replay: Command, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`replay run my-cases` names the run after the folder; `compare my-cases` next to that folder finds the run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REPLAY_HOME", raising=False)
    (tmp_path / "my-cases").mkdir()
    code, _, err = replay("compare", "my-cases")
    assert (code, err) == (2, "replay: no run 'my-cases': there is none yet: `replay run EXPERIMENT` makes one\n")
    shutil.copytree(place, tmp_path / ".replay" / "runs" / "my-cases")
    assert replay("compare", "my-cases")[0] == 0
    code, _, err = replay("compare", "other")
    assert (code, err) == (2, "replay: no run 'other': known are my-cases\n")


@pytest.fixture
def compared(replay: Command, place: Path) -> dict[str, Any]:
    """The JSON of `compare`."""
    code, out, _ = replay("compare", place, "--json")
    assert code == 0
    return json.loads(out)


def test_every_quantity_has_its_name(compared: dict[str, Any]) -> None:
    """Difference, padded estimate and error, interval, p, cases, clusters, K, rates, differences, verdict and looks."""
    one = compared["comparisons"][0]
    assert (one["baseline"], one["arm"], one["rule"], one["family"]) == ("baseline", "edited", SWALLOWED, "primary")
    assert one["difference"] == pytest.approx(-0.675)
    assert one["padded"] == pytest.approx(-6.75 / (10 + 2 / math.sqrt(one["k"])))
    # nine cases with 4 judged draws on both arms, one with 3 under the edit
    assert one["k"] == pytest.approx(10 / (9 / 4 + (1 / 4 + 1 / 3) / 2))
    assert one["low"] < one["padded"] < one["high"]
    assert one["se"] > 0
    assert one["p"] == 2 / 2**9
    assert one["p_adjusted"] == one["p"]
    assert (one["cases"], one["clusters"]) == (10, 10)
    assert one["rates"]["baseline"]["rate"] == pytest.approx(0.675)
    assert {"rate", "low", "high", "n_eff", "outcomes", "worst_low", "worst_high"} <= one["rates"]["edited"].keys()
    assert one["rates"]["edited"]["outcomes"]["no_code"] == 1
    assert one["applicable"]["difference"] == pytest.approx(-0.025)
    assert one["clean"]["difference"] == pytest.approx(0.65)
    assert one["reproduction"]["case01@0"] == 0.75
    assert one["never_reproduced"] == ["case00@0"]
    assert one["looks"] == []
    assert one["verdict"] in {"reduced", "reduced_code_unsure"}
    assert one["sentence"]
    assert {"noise_floor", "policy", "difference_bounds", "sources", "visible"} <= one.keys()


def test_an_aa_arm_is_compared_outside_the_family(compared: dict[str, Any]) -> None:
    """The repeated baseline shows what chance alone does and costs the other arm nothing."""
    again = compared["comparisons"][1]
    assert (again["arm"], again["family"]) == ("again", "a/a")
    assert again["sentence"].startswith("A/A arm")


def test_guards_are_printed_for_each_arm(compared: dict[str, Any]) -> None:
    """Refusals, answers without code and each guarded habit, each with its interval and what it shows."""
    assert [(one["arm"], one["what"]) for one in compared["guards"]] == [
        (arm, what) for arm in ("edited", "again") for what in ("refused", "no_code", "python/type-ignore")
    ]
    assert {one["status"] for one in compared["guards"]} <= {"held", "not_shown", "worse"}
    assert all(one["level"] == 0.9 and one["margin"] == 0.05 for one in compared["guards"])


def test_people_read_the_same(replay: Command, place: Path) -> None:
    """The text names the quantities, marks the case that never showed the habit, and has no JSON in it."""
    code, out, _ = replay("compare", place, "--arm", "edited")
    assert code == 0
    for name in ("difference", "padded estimate", "interval", "p ", "n_eff", "noise floor", "reproduction"):
        assert name in out
    assert "case00@0 0 % never reproduced: carries no information" in out
    assert "again against" not in out


def test_another_arm_may_be_the_baseline(replay: Command, place: Path) -> None:
    """`--baseline` turns the comparison round."""
    _, out, _ = replay("compare", place, "--baseline", "edited", "--arm", "baseline", "--json")
    one = json.loads(out)["comparisons"][0]
    assert (one["baseline"], one["arm"], one["difference"]) == ("edited", "baseline", pytest.approx(0.675))
    assert one["verdict"] == "worse"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (f"{SWALLOWED} worse", 0),
        ("* no_change", 1),
        ("python/type-ignore worse", 0),
        ("no_code not_shown", 1),
    ],
)
def test_a_verdict_can_fail_the_command(replay: Command, place: Path, condition: str, expected: int) -> None:
    """`--fail-if` exits with 1 where the verdict, or a guard's word, holds for any arm (the A/A arm: no change)."""
    code, _, err = replay("compare", place, "--fail-if", condition)
    assert code == expected
    assert ("holds" in err) is bool(expected)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param(("--baseline", "recorded"), "regression to the mean", id="recorded is no baseline"),
        pytest.param(("--baseline", "nobody"), "baseline, edited, again", id="an unknown baseline"),
        pytest.param(("--fail-if", f"{SWALLOWED} bad"), "removed, reduced", id="an unknown verdict lists them"),
        pytest.param(("--fail-if", "worse"), "want a rule and a verdict", id="a verdict without a rule"),
        pytest.param(("--fail-if", "python/other worse"), SWALLOWED, id="a rule the run does not have"),
        pytest.param(("--arm", "nobody"), "edited, again", id="an unknown arm"),
        pytest.param(("--rule", "python/other"), SWALLOWED, id="an unknown rule"),
        pytest.param(("--soft", "three"), "two numbers", id="soft bounds that are no numbers"),
        pytest.param(("--soft", "0,3"), "fewer findings are better", id="soft bounds the wrong way round"),
    ],
)
def test_a_wrong_option_is_one_sentence(replay: Command, place: Path, options: tuple[str, ...], words: str) -> None:
    """Exit code 2 and what there is instead."""
    code, out, err = replay("compare", place, *options)
    assert (code, out) == (2, "")
    assert len(err.strip().splitlines()) == 1
    assert words in err


def test_the_soft_score_is_shown_when_asked(replay: Command, place: Path, compared: dict[str, Any]) -> None:
    """Half credit at one finding, .95 at none: nine baseline cases have (3 · .5 + .95) / 4 and one has .95."""
    assert "soft" not in compared["comparisons"][0]
    _, out, _ = replay("compare", place, "--soft", "1,0", "--json")
    soft = json.loads(out)["comparisons"][0]["soft"]
    assert soft["baseline"] == pytest.approx((9 * (3 * 0.5 + 0.95) / 4 + 0.95) / 10)
    assert soft["arm"] == pytest.approx(0.95)
    assert soft["low"] < soft["difference"]


# --- power ---


def test_power_says_what_cases_show_and_how_many_it_takes(replay: Command) -> None:
    """Both ways agree: the cases needed for a drop show that drop, and hardly more."""
    code, out, _ = replay("power", "--baseline-rate", "0.4", "--effect", "0.2", "--draws", "3", "--json")
    needed = json.loads(out)
    assert code == 0
    assert needed["cases_needed"] == pytest.approx(30, rel=0.15)
    _, out, _ = replay("power", "--baseline-rate", "0.4", "--cases", needed["cases_needed"], "--draws", "3", "--json")
    assert json.loads(out)["detectable"] == pytest.approx(0.2, rel=0.02)


def test_power_is_told_in_words(replay: Command) -> None:
    """Points, cases, sources and the share of runs are in the sentences."""
    _, out, _ = replay("power", "--baseline-rate", "0.1", "--cases", "20", "--draws", "3")
    assert "20 cases do not show even a drop to 0 in 80 % of runs" in out
    assert "a drop by 5 points, to 5 %, takes" in out


def test_power_takes_a_pilots_own_variance(replay: Command, place: Path) -> None:
    """Rate, draws and the share of variance inside cases come from the run; an option given wins."""
    _, out, _ = replay("power", "--pilot", place, "--cases", "20", "--json")
    found = json.loads(out)
    assert found["baseline_rate"] == pytest.approx(0.675)
    assert found["draws"] == 4
    assert found["per_source"] == 1
    # nine cases with p = 3/4 and 4 draws: ¾ · ¼ · 4/3 = ¼ each, one with 0: .225 over .675 · .325 = .219, at most 1
    assert found["within"] == 1
    assert found["pilot"]["cases"] == 10
    _, out, _ = replay("power", "--pilot", place, "--baseline-rate", "0.2", "--draws", "3", "--json")
    assert (json.loads(out)["baseline_rate"], json.loads(out)["draws"]) == (0.2, 3)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param(("--cases", "20"), "--baseline-rate", id="no rate"),
        pytest.param(("--baseline-rate", "0.2", "--effect", "0.3"), "cannot drop", id="a drop below zero"),
        pytest.param(("--pilot", "nowhere"), "no run", id="no such pilot"),
    ],
)
def test_power_without_sense_is_one_sentence(replay: Command, options: tuple[str, ...], words: str) -> None:
    """Exit code 2 and what is missing."""
    code, _, err = replay("power", *options)
    assert code == 2
    assert words in err
