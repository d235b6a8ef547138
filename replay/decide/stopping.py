"""A run that may stop early: how far each arm has come at the looks taken so far, and what that is worth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from replay import stats
from replay.decide.verdict import ALPHA, code_settled
from replay.decide.words import percent
from replay.records import JSON, Schedule
from replay.stats import Cell, Look
from replay.words import plural

End = Literal["crossed", "futile", "all", "open"]


@dataclass(frozen=True)
class Stopping:
    """The schedule, and how many of its sources have been sampled to the end for each arm."""

    schedule: Schedule
    sampled: Mapping[str, int]

    def expected(self, courses: Mapping[str, Course], arm: str) -> frozenset[str]:
        """The sources that must have been sampled for ``arm``: up to its stop, or up to the look that comes next.

        Arms that are not in ``courses`` (baseline, A/A, recorded) go along with the one that goes furthest.
        """
        known = [courses[arm]] if arm in courses else list(courses.values())
        n = max((course.needs(self.schedule) for course in known), default=len(self.schedule.order))
        return frozenset(self.schedule.order[:n])


@dataclass(frozen=True)
class Course:
    """One arm's way through the looks: ``looks`` taken, the last one at the end.

    ``crossing`` is the index of the look at which the test decided, None where it has not. ``end`` is ``crossed`` (it
    decided and, for a reduction, it is settled whether as much code is written, or no source is left), ``futile`` (a
    drop by half of the baseline rate is ruled out), ``all`` (every source was sampled) or ``open`` (sampling has not
    come to the next look). ``sources`` are those seen at the last look, of ``planned``; ``count`` is the number of
    looks planned; ``alpha`` the level of this arm's test and ``level`` that of its intervals.
    """

    looks: tuple[Look, ...]
    crossing: int | None
    end: End
    sources: tuple[str, ...]
    planned: int
    count: int
    alpha: float
    level: float

    turned: bool = False

    @property
    def p(self) -> float:
        """The p-value at the look that decided, else at the last one; NaN before the first.

        1 where the effect has changed its sign since the test decided (``turned``).
        """
        if self.crossing is not None:
            return 1.0 if self.turned else self.looks[self.crossing].p
        return self.looks[-1].p if self.looks else float("nan")

    def needs(self, schedule: Schedule) -> int:
        """How many sources the arm is to be sampled for: those seen, or as many as the next look wants."""
        if self.end != "open":
            return len(self.sources)
        return next(n for n in schedule.looks if n > len(self.sources))

    def kept(self, cells: Mapping[str, Cell]) -> dict[str, Cell]:
        """The cells of the sources seen at the last look."""
        seen = frozenset(self.sources)
        return {case: cell for case, cell in cells.items() if cell.source in seen}

    def detail(self) -> dict[str, JSON]:
        """The looks by name, for records."""
        return {
            "end": self.end,
            "crossed_at": None if self.crossing is None else self.crossing + 1,
            "sources": len(self.sources),
            "planned_sources": self.planned,
            "planned_looks": self.count,
            "alpha": self.alpha,
            "level": self.level,
        }


def course(
    baseline: Mapping[str, Cell], arm: Mapping[str, Cell], stopping: Stopping, *, name: str, family: int
) -> Course:
    """Where ``arm`` (called ``name``) stands: the looks that its sampled sources allow, up to the one that ends them.

    Each of ``family`` arms is tested at .05/``family`` (Bonferroni: Holm's later steps have no place in bounds that are
    fixed beforehand). A look ends the course where the test has crossed and, if violations became fewer, it is settled
    whether the model still writes as much code (what has been crossed stays so: sampling on costs no error); or where
    at least as many sources as any test needs exclude a drop by half of the baseline rate at the look's own level
    (futility; not binding, so the level holds whether or not one stops).
    """
    schedule = stopping.schedule
    planned, alpha = len(schedule.order), ALPHA / family
    done = schedule.order[: stopping.sampled.get(name, 0)]
    pair = stats.paired({"baseline": baseline, "arm": arm}, "baseline", "arm")
    by_source = dict(zip(pair.sources, pair.totals, strict=True))
    totals = [by_source.get(source, 0.0) for source in done]
    levels = stats.local_levels(planned, schedule.looks, alpha=alpha)
    taken: list[Look] = []
    crossing: int | None = None
    end: End = "open"
    for look, level in zip(stats.schedule(totals, planned, schedule.looks, alpha=alpha), levels, strict=False):
        taken.append(look)
        cells = _seen(baseline, arm, frozenset(done[: look.sources]))
        if crossing is None and look.crossed:
            crossing = len(taken) - 1
        if crossing is not None:
            fewer = sum(totals[: taken[crossing].sources]) < 0
            code = stats.paired(cells, "baseline", "arm", measure="applicable", level=0.90)
            end = "crossed" if not fewer or code_settled(code) or look.sources == planned else "open"
        elif look.sources == planned:
            end = "all"
        elif _futile(cells, level, family):
            end = "futile"
        if end != "open":
            break
    turned = crossing is not None and _turned(totals, taken[crossing].sources, taken[-1].sources)
    return Course(
        looks=tuple(taken),
        crossing=crossing,
        end=end,
        sources=done[: taken[-1].sources] if taken else (),
        planned=planned,
        count=len(schedule.looks),
        alpha=alpha,
        level=levels[max(len(taken), 1) - 1],
        turned=turned,
    )


def _turned(totals: Sequence[float], then: int, now: int) -> bool:
    return sum(totals[:then]) * sum(totals[:now]) <= 0


def _seen(baseline: Mapping[str, Cell], arm: Mapping[str, Cell], sources: frozenset[str]) -> dict[str, dict[str, Cell]]:
    return {
        name: {case: cell for case, cell in table.items() if cell.source in sources}
        for name, table in (("baseline", baseline), ("arm", arm))
    }


def _futile(cells: Mapping[str, Mapping[str, Cell]], level: float, family: int) -> bool:
    pair = stats.paired(cells, "baseline", "arm", level=level)
    return pair.clusters >= stats.sources_needed(ALPHA, comparisons=family) and stats.futile(pair)


def tail(course: Course) -> str:
    """What a reader of the verdict must know of the looks, as the end of its sentence."""
    if not course.looks:
        return f"no look has been taken yet: the first comes after {plural(_first(course), 'source')}"
    where = f"look {len(course.looks)} of {course.count}, after {len(course.sources)} of {course.planned} sources"
    level = f"the p-value counts every look and the interval is at this look's own {percent(course.level)}"
    match course.end:
        case "crossed" if len(course.sources) < course.planned:
            on = course.crossing != len(course.looks) - 1
            decided = (
                f"decided at look {(course.crossing or 0) + 1}, sampled on to {where}" if on else f"decided at {where}"
            )
            return f"{decided}; {level}; an early stop overstates the effect"
        case "futile":
            return f"stopped as futile at {where}; {level}"
        case "open":
            return f"sampling broke off after {where}; {level}"
        case _:
            return f"this was the last look, at all {course.planned} sources; {level}"


def _first(course: Course) -> int:
    return stats.sources_at(course.planned, course.count)[0]


def sentences(courses: Mapping[str, Course], stopping: Stopping, *, cases: Mapping[str, str]) -> Iterator[str]:
    """How the looks went, what they saved and what is guaranteed, each in one sentence.

    ``cases`` gives the source of each case.
    """
    schedule = stopping.schedule
    for name, one in courses.items():
        yield f"{name}: {_went(one, schedule)}"
    if courses and all(one.end != "open" for one in courses.values()):
        yield _saved(courses, stopping, cases)
    several = f" under any of {len(courses)} arms" if len(courses) > 1 else ""
    yield (
        f"guaranteed: if an edit changes nothing, the chance that any of the {len(schedule.looks)} looks{several} "
        f"calls it a change is at most {percent(ALPHA)}; the order of the {plural(len(schedule.order), 'source')} was "
        "fixed before the first draw, and the level is spent in proportion to the sources seen (exact sign-flip test)"
    )
    if any(one.end == "crossed" and len(one.sources) < one.planned for one in courses.values()):
        yield (
            "not guaranteed: the size of an effect found early; it is overstated, in simulations from hardly at all "
            "where it was plain to half of itself where it was hard to see; other draws of other cases tell its size"
        )


def _went(course: Course, schedule: Schedule) -> str:
    seen = f"{len(course.sources)} of {course.planned} sources"
    looks = f"look {len(course.looks)} of {course.count}"
    match course.end:
        case "crossed" if course.crossing != len(course.looks) - 1:
            return (
                f"sampling stopped at {looks}, with {seen}: the test had decided at look {(course.crossing or 0) + 1}, "
                "then more was drawn to see whether the model still writes as much code"
            )
        case "crossed":
            return f"sampling stopped at {looks}, with {seen}: the test had decided"
        case "futile":
            return f"sampling stopped at {looks}, with {seen}: a drop by half of the baseline rate was ruled out"
        case "all":
            return f"all {course.planned} sources were sampled and {plural(course.count, 'look')} taken; none decided"
        case "open":
            wanted = course.needs(schedule)
            return (
                f"{plural(len(course.looks), 'look')} of {course.count} taken, with {seen}; the next comes when the "
                f"draws of {wanted} sources are there: the same command again goes on"
            )


def _saved(courses: Mapping[str, Course], stopping: Stopping, cases: Mapping[str, str]) -> str:
    schedule = stopping.schedule
    planned = len(cases) * schedule.draws * len(schedule.arms)
    drawn = 0
    for arm in schedule.arms:
        sources = stopping.expected(courses, arm.name)
        drawn += sum(source in sources for source in cases.values()) * schedule.draws
    if drawn == planned:
        return f"saved: nothing, all {plural(planned, 'draw')} were needed"
    return f"saved: {planned - drawn} of {plural(planned, 'draw')} ({percent((planned - drawn) / planned)})"


def as_json(look: Look) -> dict[str, Any]:
    """One look by name."""
    return {name: getattr(look, name) for name in Look.__slots__}
