"""Whole runs that may stop early, played by the scripted sampler: when they stop, what they say, and after a crash."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import staged

from replay import config, experiment
from replay.errors import UserError
from replay.records import Looked, Result, Schedule
from replay.sample import Failed, Finished, Kept, Tally
from replay.store import Cache, Run

play = staged.play


def go(folder: Path, place: Path, on_event: Any = None, cache: str = "cache.sqlite") -> tuple[Result, Tally]:
    """Run the experiment in ``folder`` into ``place``; the cache lies beside it."""
    with Cache.open(place.parent / cache) as answers:
        return experiment.run(experiment.plan(config.load(folder)), place, cache=answers, on_event=on_event)


def cured(index: int) -> dict[str, list[str]]:
    """The edit removes three of four violations."""
    return {"baseline": play(4, 4), "edited": play(1, 4)}


def unchanged(index: int) -> dict[str, list[str]]:
    """The edit moves violations about, from case to case."""
    return {"baseline": play(1 + index % 3, 4), "edited": play(1 + (index + 1) % 3, 4)}


@pytest.fixture
def early(tmp_path: Path) -> Path:
    """Forty sources and a strong effect."""
    return staged.write(tmp_path / "early", 40, cured, extra="stop: auto\n")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Tally, Path]:
    """That experiment run once, without a break: result, tally and the run's folder."""
    place = tmp_path_factory.mktemp("whole")
    folder = staged.write(place / "early", 40, cured, extra="stop: auto\n")
    return *go(folder, place / "run"), place / "run"


def test_a_strong_effect_stops_the_run_early(whole: tuple[Result, Tally, Path]) -> None:
    """Of 40 sources 16 are drawn: decided at the first look, on to the second to see that code is still written."""
    found, tally, _ = whole
    one = found.comparisons[0]
    # 8 sources all down: 2 of 256 sign patterns, within .05 · 8/40 = 1 %; a fall of the judged share by 10 points is
    # not excluded by 8 sources (half-width 14 points) and is by 16
    assert one.verdict == "reduced"
    assert [look["sources"] for look in one.detail["looks"]] == [8, 16]
    assert [look["crossed"] for look in one.detail["looks"]] == [True, True]
    assert one.detail["sequential"]["crossed_at"] == 1
    assert one.p == pytest.approx(2 / 256, rel=0.3)
    assert (one.cases, one.clusters, one.difference) == (16, 16, -0.75)
    assert tally.finished + tally.cached == 16 * 4 * 2
    assert not found.partial


def test_the_result_says_what_is_guaranteed_and_saved(whole: tuple[Result, Tally, Path]) -> None:
    """Looks, saving, guarantee and the warning about early effects are sentences of the result."""
    found, *_ = whole
    words = " ".join(found.stopping)
    assert "sampling stopped at look 2 of 5, with 16 of 40 sources: the test had decided at look 1" in words
    assert "saved: 192 of 320 draws (60 %)" in words
    assert "is at most 5 %" in words
    assert "overstated" in words
    assert "decided at look 1, sampled on to look 2 of 5" in found.comparisons[0].sentence
    assert found.comparisons[0].detail["level"] == pytest.approx(0.9873, abs=1e-3)


def test_no_effect_ends_in_futility(tmp_path: Path) -> None:
    """Where a drop by half is ruled out the run stops before its last source and says no change shown."""
    folder = staged.write(tmp_path / "null", 40, unchanged, extra="stop: auto\n")
    found, _ = go(folder, tmp_path / "run")
    one = found.comparisons[0]
    assert one.verdict == "no_change"
    assert one.detail["sequential"]["end"] == "futile"
    assert one.clusters < 40
    assert any("a drop by half of the baseline rate was ruled out" in line for line in found.stopping)


def test_an_unclear_effect_goes_to_the_last_source(tmp_path: Path) -> None:
    """Two thirds of the sources cured and one third worse decides nothing: all sources are drawn, and it says so."""

    def plays(index: int) -> dict[str, list[str]]:
        return {"baseline": play(2, 4), "edited": play((0, 0, 4)[index % 3], 4)}

    folder = staged.write(tmp_path / "unclear", 12, plays, extra="stop: auto\n")
    found, _ = go(folder, tmp_path / "run")
    one = found.comparisons[0]
    assert one.detail["sequential"]["end"] == "all"
    assert [look["sources"] for look in one.detail["looks"]] == [3, 5, 8, 10, 12]
    assert one.verdict == "inconclusive"
    assert any("saved: nothing" in line for line in found.stopping)


def test_ten_looks_may_stop_sooner(tmp_path: Path) -> None:
    """`looks: 10` looks at every tenth of the sources; 12 leave the judged share open (half-width 10.2 points)."""
    folder = staged.write(tmp_path / "ten", 40, cured, extra="stop: auto\nlooks: 10\n")
    found, _ = go(folder, tmp_path / "run")
    assert [look["sources"] for look in found.comparisons[0].detail["looks"]] == [4, 8, 12, 16]


@pytest.mark.parametrize("draws", [3, 64, 100])
def test_a_run_that_broke_off_decides_the_same(
    early: Path, whole: tuple[Result, Tally, Path], tmp_path: Path, draws: int
) -> None:
    """Broken off after any number of draws and given again, the run takes the same looks and says the same words."""
    seen = 0

    def crash(event: object) -> None:
        nonlocal seen
        seen += isinstance(event, Finished)
        if seen == draws:
            raise RuntimeError("the power is out")

    with pytest.raises(RuntimeError):
        go(early, tmp_path / "broken", crash, "other.sqlite")
    again, tally = go(early, tmp_path / "broken", None, "other.sqlite")
    assert again.comparisons == whole[0].comparisons
    assert again.stopping == whole[0].stopping
    assert tally.kept >= draws - 1
    with Run.open(whole[2], create=False) as one, Run.open(tmp_path / "broken", create=False) as other:
        assert one.meta("schedule", Schedule).order == other.meta("schedule", Schedule).order
        assert one.meta("looked", Looked) == other.meta("looked", Looked)


def test_a_second_run_draws_nothing(early: Path, tmp_path: Path) -> None:
    """The same command again only finds what is there."""
    first, _ = go(early, tmp_path / "run")
    events: list[object] = []
    second, tally = go(early, tmp_path / "run", events.append)
    assert (tally.finished, tally.cached, tally.requests) == (0, 0, 0)
    assert sum(isinstance(event, Kept) for event in events) == 128
    assert second == first
    with Run.open(tmp_path / "run", create=False) as store:
        assert experiment.judge(store) == first


def test_an_error_before_a_look_stays_out(early: Path, tmp_path: Path) -> None:
    """A draw that failed before a look is not drawn later: the look would come to mean something else."""
    ready = experiment.plan(config.load(early))
    with Cache.open(tmp_path / "bad.sqlite") as cache:
        for draw in ready.draws():
            if draw.draw == 0 and draw.arm.name == "edited":
                cache.put(draw.key, b'"no completion"', api="scripted")
    first, tally = go(early, tmp_path / "run", cache="bad.sqlite")
    assert tally.failed == 16
    assert first.partial
    events: list[object] = []
    second, tally = go(early, tmp_path / "run", events.append, cache="good.sqlite")
    assert not any(isinstance(event, Finished | Failed) for event in events)
    assert second.comparisons == first.comparisons


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        pytest.param("draws: 4", "draws: 3", "draws", id="other draws"),
        pytest.param("looks: 5", "looks: 10", "looks", id="other looks"),
        pytest.param("seed: 0", "seed: 1", "sources or seed", id="another order"),
        pytest.param("Be edited", "Be brief", "arms", id="another edit"),
    ],
)
def test_a_new_plan_after_a_look_is_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    """Once looked at, a run goes on under its own plan only; the refusal names what is different and what to do."""
    folder = staged.write(tmp_path / "set", 12, cured, extra="stop: auto\nlooks: 5\nseed: 0\n")
    go(folder, tmp_path / "run")
    file = folder / "replay.yaml"
    file.write_text(file.read_text().replace(old, new))
    with pytest.raises(UserError, match=rf"plan with other .*{words}.*--run FOLDER"):
        go(folder, tmp_path / "run")


def test_a_decided_arm_is_not_drawn_further(tmp_path: Path) -> None:
    """Of two arms the one that is decided stops, the other goes on; each is tested at half the level."""

    def plays(index: int) -> dict[str, list[str]]:
        return {"baseline": play(2, 4), "good": play(0, 4), "odd": play((0, 0, 4)[index % 3], 4)}

    folder = staged.write(tmp_path / "two", 40, plays, extra="stop: auto\n", arms=("baseline", "good", "odd"))
    found, _ = go(folder, tmp_path / "run")
    good, odd = found.comparisons
    assert good.detail["sequential"]["alpha"] == 0.025
    assert good.detail["p_adjusted"] == pytest.approx(2 * good.p)
    assert good.clusters == 16
    assert odd.clusters > 16
    assert found.arms["good"].trials == 16 * 4
    assert found.arms["baseline"].trials == found.arms["odd"].trials == odd.clusters * 4
    assert not found.partial


def test_worse_stops_at_once(tmp_path: Path) -> None:
    """An increase is decided by the test alone."""

    def plays(index: int) -> dict[str, list[str]]:
        return {"baseline": play(0, 4), "edited": play(3, 4)}

    folder = staged.write(tmp_path / "worse", 40, plays, extra="stop: auto\n")
    found, _ = go(folder, tmp_path / "run")
    assert (found.comparisons[0].verdict, found.comparisons[0].clusters) == ("worse", 8)


def test_a_run_without_looks_says_when_it_was_looked_at(early: Path, tmp_path: Path) -> None:
    """Turning the looks off after some were taken is told, as the p-value does not know of them."""
    go(early, tmp_path / "run")
    file = early / "replay.yaml"
    file.write_text(file.read_text().replace("stop: auto\n", ""))
    found, _ = go(early, tmp_path / "run")
    assert found.comparisons[0].clusters == 40
    assert any("looked at 2 times" in line for line in found.left_out)


# --- screening ---


def test_screening_draws_choose_cases_and_nothing_else(tmp_path: Path) -> None:
    """Cases that never show the habit in their own draws are dropped; those draws are in no rate and no comparison."""

    def plays(index: int) -> dict[str, list[str]]:
        return {"baseline": play(2, 4), "edited": play(0, 4), "screen": play(index % 2, 2)}

    folder = staged.write(tmp_path / "screened", 16, plays, extra="screen: 2\n")
    found, tally = go(folder, tmp_path / "run")
    assert found.cases == 8
    assert set(found.arms) == {"baseline", "edited"}
    assert found.arms["baseline"].trials == 8 * 4
    assert found.arms["baseline"].rules["*/swallowed-*"].rate.rate == 0.5
    assert tally.finished + tally.cached == 16 * 2 + 8 * 4 * 2
    assert any("in 8 of 16 cases the habit never showed in 2 draws" in line for line in found.left_out)
    again, tally = go(folder, tmp_path / "run")
    assert again == found
    assert tally.finished + tally.cached == 0


def test_screening_draws_are_other_draws(tmp_path: Path) -> None:
    """No screening draw shares its key, and so its answer, with a draw of the baseline."""
    ready = experiment.plan(
        config.load(staged.write(tmp_path / "set", 2, lambda i: cured(i) | {"screen": play(1, 2)}, extra="screen: 2\n"))
    )
    arm = experiment.planning.screening_arm(ready.experiment)
    screening = {draw.key for draw in ready.draws(arms=[arm], each=2)}
    assert not screening & {draw.key for draw in ready.draws()}


def test_nothing_to_compare_after_screening_is_one_sentence(tmp_path: Path) -> None:
    """Where no case shows the habit, the command ends before the comparison is paid for."""
    folder = staged.write(tmp_path / "none", 3, lambda i: cured(i) | {"screen": ["good"]}, extra="screen: 2\n")
    with pytest.raises(UserError, match="in none of the 3 cases"):
        go(folder, tmp_path / "run")


# --- guards ---


def test_a_guarded_habit_is_judged_in_every_case(tmp_path: Path) -> None:
    """A habit no case has at stake is scored where its language is written; an edit that brings it is told."""

    def plays(index: int) -> dict[str, list[str]]:
        return {"baseline": play(2, 4), "edited": ["ignored", "ignored", "good", "good"]}

    folder = staged.write(tmp_path / "guarded", 16, plays, extra="guard: [python/type-ignore]\nguard_margin: 0.1\n")
    found, _ = go(folder, tmp_path / "run")
    guards = {one.what: one for one in found.guards}
    assert guards["python/type-ignore"].difference == 0.5
    assert guards["python/type-ignore"].status == "worse"
    assert guards["python/type-ignore"].margin == 0.1
    assert guards["refused"].status == "held"
    assert "0 % → 50 %: 50 points more" in guards["python/type-ignore"].sentence
    assert [one.rule for one in found.comparisons] == ["*/swallowed-*"]


def test_a_guard_leaves_out_the_rules_at_stake(tmp_path: Path) -> None:
    """A wide guard is about everything else: the habit in question does not count in it."""
    folder = staged.write(tmp_path / "wide", 8, cured, extra="guard: ['python/*']\n")
    found, _ = go(folder, tmp_path / "run")
    wide = next(one for one in found.guards if one.what == "python/*")
    assert (wide.baseline_rate, wide.arm_rate) == (0, 0)


def test_a_guard_without_another_rule_is_refused(tmp_path: Path) -> None:
    """A guard that names only what is compared anyway is one sentence, before any request."""
    folder = staged.write(tmp_path / "same", 2, cured, extra="guard: [python/swallowed-exception]\n")
    with pytest.raises(UserError, match="every rule it names"):
        experiment.plan(config.load(folder))


def test_a_case_whose_screening_failed_is_kept(tmp_path: Path) -> None:
    """An error shows nothing: where the screening draws fail, no case is dropped for it."""
    folder = staged.write(tmp_path / "set", 4, lambda i: cured(i) | {"screen": play(1, 2)}, extra="screen: 2\n")
    ready = experiment.plan(config.load(folder))
    arm = experiment.planning.screening_arm(ready.experiment)
    with Cache.open(tmp_path / "cache.sqlite") as cache:
        for draw in ready.draws(arms=[arm], each=2):
            cache.put(draw.key, b'"no completion"', api="scripted")
    found, tally = go(folder, tmp_path / "run")
    assert found.cases == 4
    assert tally.failed == 8
