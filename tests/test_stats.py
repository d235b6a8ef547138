"""Claims about the statistics: the shared vectors, independent tools, and arithmetic done by hand."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats as scipy_stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from replay import stats

CLOSE = 1e-8


def rows_of(vector: dict[str, Any]) -> list[list[Any]]:
    """A vector's cells as plain rows."""
    return [
        [source, case, arm, *counts] for case, (source, arms) in vector["cells"].items() for arm, counts in arms.items()
    ]


def made(seed: int, *, sources: int, cases: int, draws: int = 5, effect: float = 0.0) -> list[list[Any]]:
    """A random table with clusters of unequal size and draws that were not applicable."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(cases):
        source = f"s{i if i < sources else rng.integers(sources)}"
        rate = rng.beta(2, 3)
        for arm, p in (("A", rate), ("B", rate * (1 - effect))):
            applicable = int(rng.integers(1, draws + 1))
            rows.append([source, f"c{i}", arm, int(rng.binomial(applicable, p)), applicable, draws])
    return rows


@pytest.fixture(scope="module")
def vectors(shared: Path) -> dict[str, Any]:
    """The shared vectors."""
    return json.loads((shared / "stats-vectors.json").read_text())


@pytest.mark.shared
@pytest.mark.parametrize("name", ["V1_basic", "V2_clustered_na", "V5_all_clean", "V7_errors_and_na"])
def test_the_comparison_vectors_are_met(vectors: dict[str, Any], name: str) -> None:
    """Every number of a vector comes out to 1e-8."""
    rows, expected = rows_of(vectors[name]), vectors[name]["expected"]
    found = stats.paired(rows, "A", "B")
    code = stats.paired(rows, "A", "B", measure="applicable", level=0.90)
    clean = stats.paired(rows, "A", "B", measure="clean")
    arms = {arm: stats.share(rows, arm) for arm in "AB"}
    got = {
        "n_cases": found.cases,
        "G": found.clusters,
        "K": found.k,
        "D": found.difference,
        "D_padded": found.padded,
        "se_padded": found.se,
        "ci95": [found.low, found.high],
        "signflip_p": stats.sign_flip(found.totals),
        "plain_cluster_se": None if math.isnan(found.se_plain) else found.se_plain,
        "rateA": [arms["A"].rate, arms["A"].low, arms["A"].high, arms["A"].n_eff],
        "rateB": [arms["B"].rate, arms["B"].low, arms["B"].high, arms["B"].n_eff],
        "app_diff_ci90": [code.difference, code.low, code.high],
        "clean_diff_ci95": [clean.difference, clean.low, clean.high],
    }
    assert got.keys() == expected.keys()
    for key, value in expected.items():
        assert got[key] == (None if value is None else pytest.approx(value, abs=CLOSE)), key


@pytest.mark.shared
def test_the_sequential_vector_is_met(vectors: dict[str, Any]) -> None:
    """Looks, critical values, alpha spent and the exact size come out to 1e-8."""
    vector = vectors["S1_seq"]
    found = stats.looks(vector["T"], vector["Gmax"], vector["looks"], alpha=vector["alpha"])
    got = [[look.sources, look.crossed, look.critical, look.statistic, look.spent] for look in found]
    assert len(got) == len(vector["expected"])
    for mine, theirs in zip(got, vector["expected"], strict=True):
        assert mine == pytest.approx(theirs, abs=CLOSE)
    every = list(stats.schedule(vector["T"], vector["Gmax"], vector["looks"], alpha=vector["alpha"]))
    assert every[-1].spent == pytest.approx(vector["size_exact"], abs=CLOSE)


@pytest.mark.shared
def test_the_multiple_and_wilson_vectors_are_met(vectors: dict[str, Any]) -> None:
    """Holm, Benjamini and Hochberg, and Wilson come out to 1e-8."""
    several = vectors["M1_multiple"]
    assert stats.holm(several["p"]) == pytest.approx(several["holm"], abs=CLOSE)
    assert stats.benjamini_hochberg(several["p"]) == pytest.approx(several["bh"], abs=CLOSE)
    for text, expected in vectors["W1_wilson"].items():
        successes, n = map(int, text.split("/"))
        assert stats.wilson(successes, n) == pytest.approx(expected, abs=CLOSE), text


@pytest.mark.parametrize("seed", range(5))
def test_the_padded_interval_is_least_squares_with_two_phantom_rows(seed: int) -> None:
    """Weighted least squares of statsmodels with rows at +1 and −1 gives the same estimate, error and interval."""
    rows = made(seed, sources=8, cases=20, effect=0.3)
    cells = stats.table(rows)
    differences, sources, inverse = [], [], []
    for case, a in cells["A"].items():
        b = cells["B"][case]
        differences.append(b.violations / b.applicable - a.violations / a.applicable)
        sources.append(a.source)
        inverse.append((1 / a.applicable + 1 / b.applicable) / 2)
    s = math.sqrt(sum(inverse) / len(inverse))
    y = np.array([*differences, 1.0, -1.0])
    weights = np.array([1.0] * len(differences) + [s, s])
    groups = np.unique([*sources, "plus", "minus"], return_inverse=True)[1]
    # its own small-sample factor also counts parameters, so the factor for G + 2 clusters is applied by hand
    fit = sm.WLS(y, np.ones(len(y)), weights=weights).fit(
        cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False}
    )
    g = len(set(sources))
    se = float(fit.bse[0]) * math.sqrt((g + 2) / (g + 1))
    found = stats.paired(rows, "A", "B")
    assert found.padded == pytest.approx(float(fit.params[0]), abs=1e-12)
    assert found.se == pytest.approx(se, abs=1e-12)
    half = float(scipy_stats.t.ppf(0.975, g - 1)) * se
    assert (found.low, found.high) == pytest.approx((found.padded - half, found.padded + half), abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_the_exact_sign_flip_is_scipys_permutation_test(seed: int) -> None:
    """With up to 16 sources the p-value is the one of scipy's exact paired permutation test."""
    found = stats.paired(made(seed, sources=9, cases=20, effect=0.5), "A", "B")
    theirs = scipy_stats.permutation_test(
        (np.array(found.totals),), np.sum, permutation_type="samples", n_resamples=np.inf, alternative="two-sided"
    )
    mine = stats.sign_flip(found.totals)
    by_hand = np.mean(
        [
            abs(sum(s * t for s, t in zip(signs, found.totals, strict=True))) >= abs(sum(found.totals)) - 1e-9
            for signs in product((-1, 1), repeat=len(found.totals))
        ]
    )
    assert mine == pytest.approx(float(by_hand), abs=1e-12)
    assert mine == pytest.approx(float(theirs.pvalue), abs=1e-12)


def test_the_sampled_sign_flip_is_near_the_exact_one() -> None:
    """Over 16 sources 9,999 random signs give the exact p-value within four Monte-Carlo errors, always the same."""
    totals = [0.2, -0.4, -0.6, 0.1, -0.3, 0.5, -0.2, -0.7, 0.3, -0.1, 0.2, -0.5, -0.4, 0.6, -0.2, 0.1, -0.3, -0.2]
    sums = [0]
    for total in totals:
        tenths = round(10 * total)
        sums = [s + sign * tenths for s in sums for sign in (-1, 1)]
    exact = sum(abs(s) >= abs(round(10 * sum(totals))) for s in sums) / len(sums)
    found = stats.sign_flip(totals)
    assert found == pytest.approx(exact, abs=4 * math.sqrt(exact * (1 - exact) / 9_999))
    assert stats.sign_flip(totals) == found
    assert stats.sign_flip([-1.0] * 40) == pytest.approx(1 / 10_000)


def test_ties_count_as_extreme() -> None:
    """Sums that are equal in exact arithmetic are ties although floating point tells them apart: 0.1 + 0.2 is 0.3."""
    exact = [Fraction(1, 10), Fraction(2, 10), Fraction(-3, 10), Fraction(6, 10), Fraction(0), Fraction(1, 10)]
    observed = abs(sum(exact))
    sums = [sum(s * t for s, t in zip(signs, exact, strict=True)) for signs in product((-1, 1), repeat=6)]
    hits = sum(abs(one) >= observed for one in sums)
    assert stats.sign_flip([float(t) for t in exact]) == hits / 64


def test_a_rate_by_hand() -> None:
    """Two sources, rates 1, 1/2 and 0: P = 1/2, v = (¼ + ¼)·2/9 = 1/9, n_eff = 9/4."""
    rows = [["x", "1", "A", 2, 2, 2], ["x", "2", "A", 1, 2, 2], ["y", "3", "A", 0, 2, 2]]
    found = stats.share(rows, "A")
    assert (found.rate, found.cases, found.clusters) == (0.5, 3, 2)
    assert found.n_eff == pytest.approx(9 / 4)
    t = 12.706204736432095
    assert (found.low, found.high) == pytest.approx(stats.wilson(9 / 8, 9 / 4, t))


def test_wilson_is_statsmodels() -> None:
    """The normal-quantile interval agrees with an independent implementation."""
    for successes, n in ((0, 7), (3, 11), (50, 60), (9, 9)):
        assert stats.wilson(successes, n) == pytest.approx(proportion_confint(successes, n, method="wilson"), abs=1e-12)


def test_undefined_is_nan() -> None:
    """No case, one source or nothing applicable gives NaN, never 0."""
    nothing = stats.paired([], "A", "B")
    assert nothing.cases == 0
    assert all(math.isnan(x) for x in (nothing.difference, nothing.padded, nothing.se, nothing.low, nothing.k))
    assert math.isnan(stats.sign_flip([]))
    one = stats.paired([["s", "c", "A", 1, 2, 2], ["s", "c", "B", 0, 2, 2]], "A", "B")
    assert one.difference == -0.5
    assert math.isnan(one.low)
    assert math.isnan(one.se)
    silent = stats.share([["s", "c", "A", 0, 0, 4]], "A")
    assert math.isnan(silent.rate)
    assert all(math.isnan(x) for x in stats.bounds({}))
    assert all(math.isnan(x) for x in stats.wilson(0, 0))
    lonely = stats.share([["s", "c", "A", 1, 4, 4]], "A")
    assert lonely.rate == 0.25
    assert math.isnan(lonely.low)


def test_counts_that_do_not_nest_are_refused() -> None:
    """More violations than applicable, more applicable than completed, or a case in two sources is an error."""
    with pytest.raises(ValueError, match="do not nest"):
        stats.table([["s", "c", "A", 3, 2, 2]])
    with pytest.raises(ValueError, match="do not nest"):
        stats.table([["s", "c", "A", 1, 3, 2]])
    with pytest.raises(ValueError, match="two sources"):
        stats.table([["s", "c", "A", 1, 2, 2], ["t", "c", "B", 1, 2, 2]])


def test_one_row_a_draw_is_the_same_as_one_row_a_case() -> None:
    """Rows of one case and arm add up."""
    split = [["s", "c", "A", 1, 1, 1], ["s", "c", "A", 0, 1, 1], ["s", "c", "A", 0, 0, 1]]
    assert stats.table(split) == stats.table([["s", "c", "A", 1, 2, 3]])


def test_worst_case_bounds_by_hand() -> None:
    """Of 4 trials 1 violates and 1 is left out: between 1/4 and 2/4; errors only count where trials are given."""
    cells = stats.table([["s", "c", "A", 1, 3, 4]])["A"]
    assert stats.bounds(cells) == (0.25, 0.5)
    assert stats.bounds(cells, trials={"c": 5}) == (0.2, 0.6)


def test_holm_and_benjamini_hochberg_are_statsmodels() -> None:
    """The adjusted p-values agree with an independent implementation; NaN is no comparison."""
    p = [0.03, 0.004, 0.2, 0.049, 0.011, 0.9]
    assert stats.holm(p) == pytest.approx(multipletests(p, method="holm")[1])
    assert stats.benjamini_hochberg(p) == pytest.approx(multipletests(p, method="fdr_bh")[1])
    first, second, third = stats.holm([0.01, math.nan, 0.03])
    assert (first, third) == pytest.approx((0.02, 0.03))
    assert math.isnan(second)


@pytest.mark.parametrize(("comparisons", "needed"), [(1, 6), (2, 7), (3, 7), (4, 8)])
def test_the_sources_needed_are_those_whose_smallest_p_reaches_the_level(comparisons: int, needed: int) -> None:
    """2 / 2^G times the comparisons is at most .05 from this number of sources on."""
    assert stats.sources_needed(comparisons=comparisons) == needed
    assert comparisons * 2 / 2**needed <= 0.05 < comparisons * 2 / 2 ** (needed - 1)


def test_the_sequential_bounds_are_those_of_linear_spending() -> None:
    """The published two-sided bounds at five even looks: 2.576, 2.49, 2.41, 2.34, 2.28 (to .01)."""
    assert stats.z_bounds([0.2, 0.4, 0.6, 0.8, 1.0]) == pytest.approx([2.576, 2.49, 2.41, 2.34, 2.28], abs=0.01)
    assert stats.z_bounds([1.0]) == pytest.approx([1.959964], abs=1e-4)


def test_the_sequential_test_never_spends_more_than_alpha() -> None:
    """For any totals the share of sign vectors crossed by a look is at most alpha times the share of sources seen."""
    rng = np.random.default_rng(3)
    for planned in (7, 12, 40):
        totals = rng.normal(-0.2, 0.5, planned).round(1).tolist()
        for look in stats.schedule(totals, planned):
            assert look.spent <= 0.05 * look.sources / planned + 1e-12


def test_a_later_source_cannot_change_an_earlier_look() -> None:
    """Looks depend only on the sources seen so far."""
    totals = [-0.5, -0.3, 0.1, -0.8, -0.4, -0.6, 0.2, -0.9, -0.1, -0.7]
    early = list(stats.schedule(totals[:6], 10))
    late = list(stats.schedule(totals, 10))
    assert late[: len(early)] == early
    assert [look.sources for look in late] == [2, 4, 6, 8, 10]


def test_the_order_of_sources_depends_on_the_set_and_the_seed_only() -> None:
    """The same sources in any order come out in one fixed order, each once."""
    names = [f"s{i}" for i in range(20)]
    order = stats.shuffled(names, seed=1)
    assert sorted(order) == sorted(names)
    assert stats.shuffled(reversed([*names, *names]), seed=1) == order
    assert stats.shuffled(names, seed=2) != order


@pytest.mark.parametrize(("baseline", "rough"), [(0.4, 30), (0.1, 145)])
def test_planning_agrees_with_simulation(baseline: float, rough: int) -> None:
    """Halving a rate with 3 draws a case needs about 30 cases from .4 and 145 from .1 (within 15 %)."""
    needed = stats.cases_needed(3, baseline, baseline / 2)
    assert needed == pytest.approx(rough, rel=0.15)
    assert needed is not None
    assert stats.detectable(needed, 3, baseline) == pytest.approx(baseline / 2, rel=0.02)


def test_no_number_of_cases_shows_no_effect() -> None:
    """An effect of 0 has no sample size, and two cases detect nothing."""
    assert stats.cases_needed(5, 0.3, 0.3) is None
    assert math.isnan(stats.detectable(2, 1, 0.1))


def test_the_spread_of_a_constant_effect_is_about_zero_and_of_a_mixed_one_is_found() -> None:
    """Half the cases dropping from 1 to 0 and half staying has sd √(n/(n−1))·½; identical cases have 0."""
    rows = []
    for i in range(10):
        rows += [[f"s{i}", f"c{i}", "A", 4, 4, 4], [f"s{i}", f"c{i}", "B", 4 * (i % 2), 4, 4]]
    cells = stats.table(rows)
    assert stats.spread(cells["A"], cells["B"]) == pytest.approx(0.5 * math.sqrt(10 / 9))
    assert stats.spread(cells["A"], cells["A"]) == 0


def test_the_noise_floor_of_certain_cases_is_zero() -> None:
    """Cases that always or never show the habit have equal halves; an even mix has not."""
    sure = stats.table([["s", "1", "A", 4, 4, 4], ["t", "2", "A", 0, 4, 4]])["A"]
    assert stats.halves(sure) == 0
    mixed = stats.table([["s", "1", "A", 2, 4, 4]])["A"]
    assert stats.halves(mixed) == 1
    assert math.isnan(stats.halves({}))


def test_the_soft_score_passes_through_its_two_points() -> None:
    """Half at the most that is acceptable, .95 at the near optimum, less with every finding, never outside 0 to 1."""
    assert stats.soft_score(3, minimum=3, optimal=0) == pytest.approx(0.5)
    assert stats.soft_score(0, minimum=3, optimal=0) == pytest.approx(0.95)
    # the logistic's odds are 19 at one end and 1 at the other, so 19^(1/3) one finding below the middle
    odds = 19 ** (1 / 3)
    assert stats.soft_score(2, minimum=3, optimal=0) == pytest.approx(odds / (1 + odds))
    scores = [stats.soft_score(n, minimum=2, optimal=1) for n in range(8)]
    assert scores == sorted(scores, reverse=True)
    assert 0 <= stats.soft_score(10_000, minimum=1, optimal=0) < 1e-9


@pytest.mark.parametrize(("findings", "minimum", "optimal"), [(1, 2, 2), (1, 1, 2), (1, 1, -1), (-1, 2, 0)])
def test_a_soft_score_without_sense_is_refused(findings: float, minimum: float, optimal: float) -> None:
    """Fewer findings are better, and there are no negative ones."""
    with pytest.raises(ValueError, match=r"want 0|findings"):
        stats.soft_score(findings, minimum=minimum, optimal=optimal)


def test_the_p_value_of_a_look_counts_what_crossed_before() -> None:
    """At the first look it is the sign-flip p-value of the sources so far; a crossing has at most the level."""
    totals = [-0.6, -0.4, -0.8, -0.5, -0.4, -0.2, -0.6, -1, 0.2, -0.4, -0.8, -0.2]
    first, second, _ = stats.schedule(totals, 12, [4, 8, 12])
    assert first.p == stats.sign_flip(totals[:4]) == 2 / 16
    assert second.crossed
    # nothing crossed at the first look, so the second one counts its own patterns alone
    assert second.p == stats.sign_flip(totals[:8]) == 2 / 256
    assert second.p <= second.spent <= 0.05 * 8 / 12


def test_the_exact_size_holds_for_any_totals() -> None:
    """Over all sign patterns of given totals, the share that crosses at any look is at most .05, not by simulation."""
    totals = [0.5, 0.25, 1.0, 0.75, 0.2, 0.4, 0.6, 0.8, 0.1, 0.3]
    crossed = 0
    for signs in product((-1, 1), repeat=len(totals)):
        flipped = [sign * total for sign, total in zip(signs, totals, strict=True)]
        crossed += any(look.crossed for look in stats.looks(flipped, len(totals)))
    spent = list(stats.schedule(totals, len(totals)))[-1].spent
    assert crossed / 2 ** len(totals) == spent <= 0.05


def test_a_pilot_by_hand() -> None:
    """Cases at 1/2 and 0 with two draws: rate 1/4, variance inside ½ · ½ · 2 / 2 = 1/4 over 3/16, at most all of it."""
    cells = stats.table([["s", "1", "A", 1, 2, 2], ["t", "2", "A", 0, 2, 2], ["t", "3", "A", 0, 0, 2]])["A"]
    found = stats.pilot(cells)
    assert found is not None
    assert (found.baseline, found.within, found.effect_sd, found.draws, found.cases) == (0.25, 1.0, 0.0, 2.0, 2)
    assert stats.pilot({}) is None
    mixed = stats.table([["s", "1", "A", 4, 4, 4], ["t", "2", "A", 0, 4, 4]])["A"]
    assert stats.within_share(mixed) == 0


def test_a_pilot_of_unlike_cases_asks_for_fewer() -> None:
    """Where the variance lies between cases, pairing removes it: fewer cases are needed."""
    wide = stats.cases_needed(3, 0.4, 0.2)
    narrow = stats.cases_needed(3, 0.4, 0.2, within=0.5)
    assert wide is not None
    assert narrow is not None
    assert narrow < wide
