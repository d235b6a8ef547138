"""Do the statistics keep their promises? ``python tests/benchmarks/stats_simulation.py [--runs 1000]`` prints a table.

Cases have logit-normal rates with an effect of their source, so that cases of one source are alike; sources have
unequal numbers of cases. Each frequency comes with its Monte-Carlo standard error.
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
from replay.decide import Course, Stopping, gather, verdict
from replay.decide.stopping import course
from replay.records import Schedule

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

    def level(self) -> float:
        """The mean baseline rate over the cases of very many sources."""
        return float(np.mean([base for _, base, _ in self.rates(np.random.default_rng(0), 60_000)]))

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
    """Size, saving and what the last interval covers, for the test alone and for all that `stop: auto` does.

    The exact size of a run's test is the share of all sign patterns of its totals that cross at any look. An effect is
    overstated by the mean excess, over runs that called it before their last source.
    """
    print()
    print(f"{'sequential':36}{'test alone':>54}{'stop: auto':>72}")
    line("5 looks", "rejected", "exact size", "sources used", "called", "sources used", "interval covers", "overstates")
    worlds = {
        "12 sources, no effect": World(12, 1, 5, 0.4),
        "40 sources, no effect": World(40, 1, 5, 0.4),
        "40 sources of 2, no effect": World(40, 2, 3, 0.3, case_sd=2.0),
        "40 sources, 80 % drop from .6": World(40, 1, 5, 0.6, 0.8),
        "40 sources, 50 % drop from .4": World(40, 1, 5, 0.4, 0.5),
        "40 sources, 50 % drop from .2": World(40, 1, 5, 0.2, 0.5),
    }
    for name, world in worlds.items():
        rng = np.random.default_rng(2)
        truth = world.truth()
        rejected, sizes, used, called, drawn, covered, excess = [], [], [], [], [], [], []
        for _ in range(runs):
            cells = stats.table(world.rows(rng))
            pair = stats.paired(cells, "b", "a")
            every = list(stats.schedule(pair.totals, len(pair.totals)))
            sizes.append(every[-1].spent)
            first = next((look for look in every if look.crossed), None)
            rejected.append(first is not None)
            used.append((first or every[-1]).sources / world.sources)
            found, last = stopped(cells, world.sources)
            called.append(found.p <= 0.05)
            drawn.append(len(found.sources) / world.sources)
            covered.append(last.low <= truth <= last.high)
            if called[-1] and len(found.sources) < world.sources:
                excess.append(last.difference / truth - 1 if world.effect else math.nan)
        line(
            name,
            share(rejected),
            spread(sizes),
            f"{np.mean(used):.0%}",
            share(called),
            f"{np.mean(drawn):.0%}",
            share(covered),
            f"{np.mean(excess):+.0%}" if world.effect else "",
        )


def stopped(cells: dict[str, dict[str, stats.Cell]], sources: int) -> tuple[Course, stats.Paired]:
    """Where `stop: auto` ends a run, and the interval it would print there."""
    order = tuple(f"s{index}" for index in range(sources))
    schedule = Schedule(order, stats.sources_at(sources), {}, 0, "", "b", ())
    found = course(cells["b"], cells["a"], Stopping(schedule, {"a": sources}), name="a", family=1)
    kept = {name: found.kept(table) for name, table in cells.items()}
    return found, stats.paired(kept, "b", "a", level=found.level)


def spread(values: list[float]) -> str:
    """A mean and the largest value."""
    return f"{np.mean(values):.3f} (max {max(values):.3f})"


def guarded(runs: int) -> None:
    """How often an increase by exactly the margin, or none, passes for "not worse by more than 5 points"."""
    print()
    line("guard: 60 sources, margin 5 points", "true +5 points", "no change")
    rng = np.random.default_rng(4)
    for base in (0.05, 0.20):
        # small enough a spread that no rate is pushed beyond 1
        world = World(60, 1, 5, base, case_sd=0.5)
        held: list[list[bool]] = [[], []]
        for found, effect in zip(held, (-0.05 / world.level(), 0.0), strict=True):
            shifted = World(**{**world.__dict__, "effect": effect})
            for _ in range(runs):
                found.append(stats.paired(shifted.rows(rng), "b", "a", level=0.90).high < 0.05)
        line(f"habit at {base:.0%}", *map(share, held))


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
    guarded(runs)
    print(f"\n{runs} runs a figure, {time.process_time() - start:.0f} CPU seconds")


if __name__ == "__main__":
    main()
