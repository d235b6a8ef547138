"""Do the statistics keep their promises? ``python tests/benchmarks/stats_simulation.py [--runs 1000]`` prints a table.

Cases have logit-normal rates with an effect of their source, so that cases of one source are alike; sources have
unequal numbers of cases. Each figure comes with its Monte-Carlo standard error.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from replay import stats
from replay.decide import gather, verdict

Rows = list[tuple[str, str, str, int, int, int]]


@dataclass(frozen=True)
class World:
    """A generator: ``effect`` is the relative drop of the rate, ``effect_sd`` the logit shift's spread."""

    sources: int
    per_source: float
    draws: int
    baseline: float
    effect: float = 0.0
    case_sd: float = 1.0
    effect_sd: float = 0.0
    skip: tuple[float, float] = (0.0, 0.0)

    def rates(self, rng: np.random.Generator, sources: int) -> Iterator[tuple[int, float, float]]:
        """Source, baseline rate and arm rate of each case."""
        for source in range(sources):
            size = 1 + int(rng.poisson(self.per_source - 1))
            level = logit(self.baseline) + rng.normal(0, self.case_sd * math.sqrt(0.5))
            shifts = rng.normal(0, self.effect_sd, 2)
            for _ in range(size):
                own = level + rng.normal(0, self.case_sd * math.sqrt(0.5))
                yield source, float(expit(own + shifts[0])), float(expit(own + shifts[1]) * (1 - self.effect))

    def rows(self, rng: np.random.Generator) -> Rows:
        """One run's table."""
        return self.drawn(list(self.rates(rng, self.sources)), rng)

    def drawn(self, cases: list[tuple[int, float, float]], rng: np.random.Generator) -> Rows:
        """The table of draws of given cases."""
        rows: Rows = []
        for index, (source, *rates) in enumerate(cases):
            for arm, rate, skip in zip("ba", rates, self.skip, strict=True):
                applicable = int(rng.binomial(self.draws, 1 - skip))
                bad = int(rng.binomial(applicable, rate))
                rows.append((f"s{source}", f"c{index}", arm, bad, applicable, self.draws))
        return rows

    def truth(self) -> float:
        """The mean difference over the cases of very many sources."""
        return float(np.mean([arm - base for _, base, arm in self.rates(np.random.default_rng(0), 60_000)]))


WORLDS = {
    "10 sources, 1 case": World(10, 1, 5, 0.4, 0.5),
    "12 sources, 3 cases": World(12, 3, 5, 0.4, 0.5),
    "12 sources, 3 cases, mixed effect": World(12, 3, 5, 0.4, 0.5, effect_sd=0.7),
    "40 sources, rare habit": World(40, 1, 3, 0.08, 0.5),
    "40 sources, 1 draw": World(40, 1.5, 1, 0.4, 0.8),
    "30 sources, unequal skips": World(30, 2, 5, 0.4, 0.5, case_sd=2.0, skip=(0.1, 0.4)),
    "80 sources": World(80, 1, 5, 0.3, 0.5, effect_sd=0.5),
}


def share(hits: list[bool]) -> str:
    """A frequency and its Monte-Carlo standard error."""
    p = float(np.mean(hits))
    return f"{p:.3f} ±{math.sqrt(p * (1 - p) / len(hits)):.3f}"


def line(name: str, *cells: str) -> None:
    """One row of the table."""
    print(f"{name:36}" + "".join(f"{cell:>18}" for cell in cells), flush=True)


def interval_and_test(runs: int) -> None:
    """Coverage of the 95 % interval; type I error of interval and test under no effect; power."""
    line("", "coverage", "type I interval", "type I test", "power of test")
    for name, world in WORLDS.items():
        rng = np.random.default_rng(1)
        truth = world.truth()
        null = World(**{**world.__dict__, "effect": 0.0})
        covered, false, wrong, found = [], [], [], []
        for _ in range(runs):
            pair = stats.paired(world.rows(rng), "b", "a")
            covered.append(pair.low <= truth <= pair.high)
            found.append(stats.sign_flip(pair.totals, draws=999) <= 0.05)
            none = stats.paired(null.rows(rng), "b", "a")
            false.append(not none.low <= 0 <= none.high)
            wrong.append(stats.sign_flip(none.totals, draws=999) <= 0.05)
        line(name, share(covered), share(false), share(wrong), share(found))


def sequential(runs: int) -> None:
    """Size of the sequential test and sources used, with and without the futility stop."""
    print()
    line("sequential, 40 sources, 5 looks", "rejected", "sources used", "with futility")
    for name, base, effect in (("no effect", 0.4, 0.0), ("80 % drop", 0.6, 0.8), ("50 % drop", 0.4, 0.5)):
        rng = np.random.default_rng(2)
        rejected, used, early = [], [], []
        world = World(40, 1, 5, base, effect)
        for _ in range(runs):
            rows = world.rows(rng)
            pair = stats.paired(rows, "b", "a")
            looks = stats.looks(pair.totals, len(pair.totals))
            rejected.append(looks[-1].crossed)
            used.append(looks[-1].sources / len(pair.totals))
            early.append(_with_futility(rows, looks) / len(pair.totals))
        line(name, share(rejected), f"{np.mean(used):.0%}", f"{np.mean(early):.0%}")


def _with_futility(rows: Rows, looks: tuple[stats.Look, ...]) -> int:
    bounds = stats.z_bounds([look / 40 for look in stats.sources_at(40)])
    for look, z in zip(looks, bounds, strict=False):
        seen = {f"s{index}" for index in range(look.sources)}
        level = 1 - math.erfc(z / math.sqrt(2))
        pair = stats.paired([row for row in rows if row[0] in seen], "b", "a", level=level)
        if look.crossed or stats.futile(pair):
            return look.sources
    return looks[-1].sources


def traps(runs: int) -> None:
    """How often a run without any cure is called one: silence in place of violations, and reused screening draws."""
    print()
    line("traps: no cure, called one", "naive", "ours")
    rng = np.random.default_rng(3)
    naive, ours = [], []
    for _ in range(runs):
        rows = [_silenced(row, rng) for row in World(30, 1, 5, 0.5).rows(rng)]
        over_all = [(source, case, arm, bad, done, done) for source, case, arm, bad, _, done in rows]
        naive.append(stats.sign_flip(stats.paired(over_all, "b", "a").totals, draws=999) <= 0.05)
        ours.append(_called_reduced(rows))
    line("violations become silence", share(naive), share(ours))
    naive, ours = [], []
    for _ in range(runs):
        world = World(30, 1, 3, 0.3)
        cases = list(world.rates(rng, world.sources))
        screen, fresh = world.drawn(cases, rng), world.drawn(cases, rng)
        kept = {row[1] for row in screen if row[2] == "b" and row[3]}
        for found, base in ((naive, screen), (ours, fresh)):
            table = [row for row in base if row[1] in kept and row[2] == "b"]
            table += [row for row in fresh if row[1] in kept and row[2] == "a"]
            found.append(_called_reduced(table))
    line("draws that chose the cases reused", share(naive), share(ours))


def _silenced(
    row: tuple[str, str, str, int, int, int], rng: np.random.Generator
) -> tuple[str, str, str, int, int, int]:
    source, case, arm, bad, applicable, done = row
    if arm == "b":
        return row
    gone = int(rng.binomial(bad, 0.7))
    return source, case, arm, bad - gone, applicable - gone, done


def _called_reduced(rows: Rows) -> bool:
    cells = stats.table(rows)
    pair = stats.paired(cells, "b", "a")
    p = stats.sign_flip(pair.totals, draws=999)
    evidence = gather(cells["b"], cells["a"], p=p, adjusted=p, family=1, primary=True)
    return verdict(evidence) in {"reduced", "removed"}


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    runs = parser.parse_args().runs
    start = time.process_time()
    interval_and_test(runs)
    sequential(runs)
    traps(runs)
    print(f"\n{runs} runs a figure, {time.process_time() - start:.0f} CPU seconds")


if __name__ == "__main__":
    main()
