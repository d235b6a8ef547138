"""What every report says, whatever its form: headings, table cells, the order of things."""

from __future__ import annotations

import math
import re
import shlex
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from replay.decide.words import p_value, percent, points
from replay.records import JUDGED, OUTCOMES, ArmResult, Comparison, Result, RuleResult
from replay.words import plural

VERDICTS: dict[str, str] = {
    "removed": "removed",
    "reduced": "reduced",
    "reduced_less_code": "reduced, but less code",
    "reduced_code_unsure": "reduced, code share unsure",
    "worse": "worse",
    "no_change": "no change shown",
    "inconclusive": "inconclusive",
    "too_few_sources": "inconclusive: too few sources",
}

USAGE: dict[str, str] = {
    "requests": "requests sent",
    "cached": "draws from the cache",
    "input": "input tokens",
    "cache_write": "written to the prompt cache",
    "cache_read": "read from the prompt cache",
    "output": "output tokens",
}

_COUNTED = re.compile(r"(.+) \((\d+)\)", re.DOTALL)


@dataclass(frozen=True)
class Grid:
    """A table: a header and rows of equal length; the columns in ``left`` are words, the others numbers."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left: frozenset[int] = frozenset({0})


def headline(result: Result) -> str:
    """Name, cases and sources in one line."""
    return f"{result.name}: {plural(result.cases, 'case')} from {plural(result.clusters, 'source')}"


def fidelity(result: Result) -> str | None:
    """How much of the original requests is known; None where the run does not say."""
    grades = result.fidelity.get("grades")
    if not grades:
        return None
    line = "prefixes: " + ", ".join(f"{n} {grade}" for grade, n in sorted(grades.items()))
    if missing := result.fidelity.get("missing"):
        line += "; not known: " + ", ".join(f"{thing} (in {n})" for thing, n in sorted(missing.items()))
    for how in ("inferred", "supplied"):
        if things := result.fidelity.get(how):
            line += f"; {how}: " + ", ".join(f"{thing} (in {n})" for thing, n in sorted(things.items()))
    return line


def models(result: Result) -> str:
    """Who answered under each arm, in one line."""
    told = {arm.name: _model(arm.model) for arm in result.arms.values()}
    if len(set(told.values())) == 1:
        return f"answers: {next(iter(told.values()))}"
    return "answers: " + "; ".join(f"{name} by {model}" for name, model in told.items())


def _model(model: str) -> str:
    provider, _, name = model.partition("/")
    if provider == "scripted":
        return f"played from {name.rpartition('/')[2]}, written beforehand: no model took part"
    return "the recorded completions" if model == "recorded" else model


def outcomes(result: Result, selector: str) -> tuple[str, ...]:
    """The outcomes outside the rate that occur under ``selector`` in any arm, in the order of the records."""
    return tuple(
        outcome
        for outcome in OUTCOMES
        if outcome not in JUDGED and any(arm.rules[selector].outcomes.get(outcome) for arm in result.arms.values())
    )


def arms(result: Result, selector: str, *, merge: bool = False) -> Grid:
    """One row an arm: trials, outcomes, rate with interval and, where anything is left out, the worst-case bounds.

    ``merge`` puts all outcomes outside the rate into one column.
    """
    out = outcomes(result, selector)
    columns = (("left out",) if merge else out) if out else ()
    header = ("arm", "trials", "clean", "violation", *columns, "rate [95 %]", *(("worst case",) if out else ()))
    return Grid(header, tuple(_arm(arm, selector, out, merge=merge) for arm in result.arms.values()))


def _arm(arm: ArmResult, selector: str, out: Sequence[str], *, merge: bool) -> tuple[str, ...]:
    found = arm.rules[selector]
    counts = [found.outcomes.get(outcome, 0) for outcome in out]
    left = [sum(counts)] if merge and out else counts
    cells = [sum(found.outcomes.values()), found.outcomes.get("clean", 0), found.outcomes.get("violation", 0), *left]
    return (arm.name, *map(str, cells), _rate(found), *((_worst(found),) if out else ()))


def _rate(found: RuleResult) -> str:
    rate = found.rate
    if rate.rate is None:
        return "–"
    if rate.low is None or rate.high is None:
        return percent(rate.rate)
    return f"{percent(rate.rate)} [{bare(rate.low)}, {bare(rate.high)}]"


def _worst(found: RuleResult) -> str:
    if found.worst_low is None or found.worst_high is None:
        return "–"
    return f"{bare(found.worst_low)} to {percent(found.worst_high)}"


def bare(value: float) -> str:
    """A fraction in percent without the sign."""
    return percent(value).removesuffix(" %")


def comparisons(result: Result, *, primary: bool, merge: bool = False) -> Grid | None:
    """One row an arm compared with the baseline, None where there is none; differences in points.

    The primary rule has a column for the p-value after correction where there are several arms; rules that are only
    screened have the rule and the q-value. ``merge`` leaves out what the sentences say again.
    """
    chosen = [one for one in result.comparisons if (one.rule == result.rules[0]) is primary]
    if not chosen:
        return None
    levels = {one.detail.get("level") for one in chosen}
    corrected = any(one.detail.get("p_adjusted") != one.p for one in chosen) or not primary
    columns: dict[str, Callable[[Comparison], str]] = {
        **({} if primary else {"rule": lambda one: one.rule}),
        "arm": lambda one: one.arm,
        "rates": lambda one: f"{_percent(one.detail.get('baseline_rate'))} → {_percent(one.detail.get('arm_rate'))}",
        "points": lambda one: signed(one.difference),
        "95 %" if levels <= {None, 0.95} else "interval": _span,
        "p": lambda one: _p(one.p),
        **({("corrected" if primary else "q"): lambda one: _p(one.detail.get("p_adjusted"))} if corrected else {}),
        **({} if merge else {"cases": lambda one: str(one.cases)}),
        "sources": lambda one: str(one.clusters),
        "verdict": lambda one: VERDICTS.get(one.verdict, one.verdict),
    }
    words = frozenset(index for index, name in enumerate(columns) if name in {"rule", "arm", "verdict"})
    return Grid(tuple(columns), tuple(tuple(cell(one) for cell in columns.values()) for one in chosen), words)


def _span(one: Comparison) -> str:
    return "–" if one.low is None or one.high is None else f"{signed(one.low)} to {signed(one.high)}"


def _percent(value: float | None) -> str:
    return "–" if value is None else percent(value)


def _p(value: float | None) -> str:
    return "–" if value is None else p_value(value, name="")


def signed(value: float | None) -> str:
    """A difference in points with its sign, ``−32``."""
    if value is None:
        return "–"
    text = points(value).split()[0]
    return text if float(text) == 0 else f"{'−' if value < 0 else '+'}{text}"


def sentences(result: Result, *, primary: bool) -> Iterator[tuple[Comparison, str]]:
    """The comparisons with the sentence of each."""
    for one in result.comparisons:
        if (one.rule == result.rules[0]) is primary:
            yield one, one.sentence


def guards(result: Result) -> Iterator[str]:
    """What else must not get worse, by arm: all of it where a guard was asked for, else only what is worse."""
    several = len({one.arm for one in result.guards}) > 1
    for one in result.guards:
        if result.guarded or one.status == "worse":
            yield f"{one.arm}: {one.sentence}" if several else one.sentence


def noise(result: Result) -> str | None:
    """How far random halves of the baseline's own draws lie apart; None where that is undefined."""
    for one in result.comparisons:
        floor = one.detail.get("noise_floor")
        if one.rule == result.rules[0] and floor is not None:
            return (
                f"noise floor: random halves of {one.baseline}'s own draws differ by up to {points(floor)} "
                "(19 times of 20)"
            )
    return None


def notes(result: Result) -> Iterator[str]:
    """What had to be converted or left out to send the prefixes; arms of which the same is true share a line."""
    same: dict[str, list[str]] = {}
    for arm in result.arms.values():
        for line in _notes(arm):
            same.setdefault(line, []).append(arm.name)
    for line, names in same.items():
        yield f"{', '.join(names)}: {line}"


def _notes(arm: ArmResult) -> Iterator[str]:
    """A line a sentence, though its count (``wire.notes``) differs from prefix to prefix."""
    trials: Counter[str] = Counter()
    most: Counter[str] = Counter()
    for note, n in arm.notes.items():
        counted = _COUNTED.fullmatch(note)
        sentence, times = (counted[1], int(counted[2])) if counted else (note, 1)
        trials[sentence] += n
        most[sentence] = max(most[sentence], times)
    for sentence, n in trials.items():
        often = f", up to {most[sentence]:,} times each" if most[sentence] > 1 else ""
        yield f"{sentence} (in {n} of {plural(arm.trials, 'trial')}{often})"


def usage(result: Result) -> Iterator[str]:
    """Tokens, requests and cost of each arm, zeros left out; then where the prices are from."""
    for arm in result.arms.values():
        counts = {name: n for name, n in arm.usage.items() if isinstance(n, int) and n}
        told = [f"{n:,} {words}" for name, words in USAGE.items() if (n := counts.get(name))]
        if told:
            yield f"{arm.name}: {', '.join([*told, *_cost(arm)])}"
    lists = {(one.as_of, one.source) for one in result.prices.values() if one.as_of}
    for as_of, source in sorted(lists):
        yield f"prices as of {as_of}: {source}"


def _cost(arm: ArmResult) -> Iterator[str]:
    usd, saved = arm.usage.get("usd", 0), arm.usage.get("saved") or {}
    if usd is None:
        yield f"cost not known: there is no price for {arm.model}, give one in .replay/prices.yaml"
    elif usd:
        yield dollars(usd)
    if (less := saved.get("prompt_cache") or 0) > 0:
        yield f"{dollars(less)} saved by prompt caching"
    if answers := saved.get("answers"):
        yield f"{dollars(answers)} saved by cached answers"


def dollars(value: float) -> str:
    """An amount of US dollars: cents, or as many digits as it takes to see two of them."""
    if not value or abs(value) >= 0.1:
        return f"${value:,.2f}"
    return "$" + format(value, f".{2 - math.floor(math.log10(abs(value))) - 1}f")


def case_to_show(result: Result) -> str | None:
    """A case worth looking at: one in which an arm still shows the habit, else one in which the baseline does.

    Where nothing was judged it is the first that was sampled.
    """
    primary = [one for one in result.comparisons if one.rule == result.rules[0]]
    for one in primary:
        if still := one.detail.get("still"):
            return str(still[0])
    for one in primary:
        reproduction = one.detail.get("reproduction") or {}
        shown = [case for case, rate in reproduction.items() if rate]
        if shown or reproduction:
            return str((shown or list(reproduction))[0])
    return result.first_case or None


def next_command(result: Result) -> str:
    """What to type next."""
    run = shlex.quote(result.run)
    case = case_to_show(result)
    return f"replay report {run}" if case is None else f"replay show {case} --run {run}"
