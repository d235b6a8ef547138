"""``replay power``: what a number of cases and draws can show, and how many it takes."""

from __future__ import annotations

import math
from typing import Any

import click

from replay import stats
from replay.cli.common import emit, json_option, opened
from replay.decide.words import percent, points
from replay.errors import UserError
from replay.records import JUDGED, Experiment, Score
from replay.words import plural

CAREFUL = {"effect_sd": 0.0, "within": 1.0, "per_source": 1.0}


@click.command()
@click.option("--cases", type=click.IntRange(2), help="How many cases: what change do they show?")
@click.option(
    "--effect",
    type=click.FloatRange(0, 1, min_open=True),
    help="A drop of the rate: how many cases does it take? Half of the baseline rate by default.",
)
@click.option("--draws", type=click.IntRange(1), help="Judged draws a case and arm; 5, or the pilot's.")
@click.option("--baseline-rate", type=click.FloatRange(0, 1, min_open=True), help="Rate of the habit; or the pilot's.")
@click.option("--per-source", type=click.FloatRange(1), help="Cases a source; 1, or the pilot's.")
@click.option("--effect-sd", type=click.FloatRange(0), help="Spread of the effect over cases; 0, or the pilot's.")
@click.option("--within", type=click.FloatRange(0, 1), help="Share of the variance inside cases; 1, or the pilot's.")
@click.option("--power", "wanted", type=click.FloatRange(0.5, 0.999), default=0.8, show_default=True)
@click.option("--alpha", type=click.FloatRange(0, 0.5, min_open=True), default=0.05, show_default=True)
@click.option("--pilot", metavar="RUN", help="Take what is not given from this run: its rate and its variances.")
@click.option("--arm", help="The arm of the pilot whose effect counts; the first one by default.")
@click.option("--rule", metavar="RULE", help="The rule of the pilot; its primary one by default.")
@json_option
def power(
    cases: int | None,
    effect: float | None,
    draws: int | None,
    baseline_rate: float | None,
    wanted: float,
    alpha: float,
    pilot: str | None,
    arm: str | None,
    rule: str | None,
    as_json: bool,
    **given: float | None,
) -> None:
    """Say what change so many cases and draws can show, and how many cases a wanted change takes.

    Rates and drops are fractions: a drop of the rate from .40 to .20 is --effect .20. Buy cases from distinct sources
    before draws: 3 to 5 draws a case are enough.
    """
    found = _pilot(pilot, arm, rule) if pilot is not None else None
    rate = baseline_rate or (found.baseline if found else 0.0)
    if not rate:
        raise UserError("power: give --baseline-rate, or a --pilot in whose baseline the habit shows")
    drop = rate / 2 if effect is None else effect
    if drop > rate + 1e-12:
        raise UserError(f"power: a rate of {rate:g} cannot drop by {drop:g}")
    each = draws or (found.draws if found else 5)
    told = {name: value for name, value in given.items() if value is not None}
    spread = CAREFUL | ({name: getattr(found, name) for name in CAREFUL} if found else {}) | told
    options: dict[str, Any] = {"power": wanted, "alpha": alpha, **spread}
    shown = math.nan if cases is None else stats.detectable(cases, each, rate, **options)
    needed = stats.cases_needed(each, rate, max(rate - drop, 0.0), **options)
    value = {
        "baseline_rate": rate,
        "draws": each,
        **options,
        "cases": cases,
        "detectable": None if math.isnan(shown) else shown,
        "effect": drop,
        "cases_needed": needed,
        "sources_needed": None if needed is None else math.ceil(needed / spread["per_source"]),
        "pilot": None if found is None else {"run": pilot, "cases": found.cases},
    }
    if as_json:
        emit(value)
        return
    for line in _lines(value):
        click.echo(line)


def _lines(value: dict[str, Any]) -> list[str]:
    rate, drop, needed = value["baseline_rate"], value["effect"], value["cases_needed"]
    seen = f"in {percent(value['power'])} of runs (two-sided level {percent(value['alpha'])})"
    lines = [
        f"baseline rate {percent(rate)}, {value['draws']:.3g} draws a case and arm, {value['per_source']:.3g} cases a "
        f"source, effect sd {value['effect_sd']:.3g}, {percent(value['within'])} of the variance inside cases"
    ]
    if value["pilot"]:
        lines[0] += f" (from {plural(value['pilot']['cases'], 'case')} of run {value['pilot']['run']})"
    if value["cases"] and value["detectable"] is None:
        lines.append(f"{value['cases']} cases do not show even a drop to 0 {seen}: take more")
    elif value["cases"]:
        least = value["detectable"]
        lines.append(f"{value['cases']} cases show a drop by {points(least)}, to {percent(rate - least)}, {seen}")
    goal = f"a drop by {points(drop)}, to {percent(rate - drop)}"
    if needed is None:
        lines.append(f"{goal}, takes more than 100,000 cases")
    else:
        sources = plural(value["sources_needed"], "source")
        lines.append(f"{goal}, takes {needed} cases from {sources} to be seen {seen}")
    return lines


def _pilot(name: str, arm: str | None, rule: str | None) -> stats.Pilot:
    from replay import experiment

    with opened(name) as store:
        plan = store.meta("experiment", Experiment)
        if store.get_meta("scores") is None:
            experiment.judge(store)
        scores = store.meta("scores", tuple[Score, ...])
        sources = {case.id: case.source for case in store.cases()}
    others = [one.name for one in plan.arms if one.name != plan.baseline and one.model != "recorded"]
    selector = rule or plan.rules[0]
    if selector not in plan.rules:
        raise UserError(f"the pilot does not compare {selector!r}: it has {', '.join(plan.rules)}")
    if arm is not None and arm not in others:
        raise UserError(f"the pilot has no arm {arm!r} to compare: it has {', '.join(others) or 'none'}")
    tables = stats.table(
        (
            sources[one.case],
            one.case,
            one.arm,
            one.outcome == "violation",
            one.outcome in JUDGED,
            one.outcome != "error",
        )
        for one in scores
        if one.rule == selector
    )
    found = stats.pilot(tables.get(plan.baseline, {}), tables.get(arm or next(iter(others), "")))
    if found is None:
        raise UserError(f"the pilot has no judged completion of {plan.baseline} for {selector}: it tells no rate")
    return found
