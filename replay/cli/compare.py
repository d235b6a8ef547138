"""``replay compare``: every quantity of a run's comparisons by name, and an exit code that a script can ask for."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import click

from replay import decide
from replay.cli.common import emit, json_option, opened, printable
from replay.errors import UserError
from replay.records import Comparison, Experiment, Result, Score
from replay.report import quantities
from replay.store import Run

if TYPE_CHECKING:
    from replay.experiment import Across

GUARD_WORDS = ("held", "not_shown")


@click.command()
@click.argument("name", metavar="RUN")
@click.argument("other", metavar="[OTHER]", required=False)
@click.option("--arm", "arms", multiple=True, help="Only these arms; may be repeated.")
@click.option(
    "--rule", "selectors", multiple=True, metavar="GLOB", help="Only these rules of the run; may be repeated."
)
@click.option("--baseline", metavar="NAME", help="Compare with this arm in place of the experiment's baseline.")
@click.option(
    "--fail-if",
    "conditions",
    multiple=True,
    metavar="'RULE VERDICT'",
    help="Exit with 1 where an arm has this verdict (or a guard this word) for RULE; may be repeated.",
)
@click.option(
    "--soft",
    metavar="MIN,OPT",
    help="Also partial credit by the number of findings: .5 at MIN (just acceptable), .95 at OPT (near optimal).",
)
@click.option("--force", is_flag=True, help="Compare two runs that were not judged alike; the result says so.")
@json_option
@click.pass_context
def compare(
    context: click.Context,
    name: str,
    other: str | None,
    arms: tuple[str, ...],
    selectors: tuple[str, ...],
    baseline: str | None,
    conditions: tuple[str, ...],
    soft: str | None,
    force: bool,
    as_json: bool,
) -> None:
    """Print every quantity of RUN's comparisons by name.

    RUN is a run's folder, or its name in .replay/runs. With OTHER, the arms of that run are compared with RUN's
    baseline, if both have the same cases, rules, engines and grammars. Nothing is sent and nothing is checked again:
    see `replay report --rescore` for that. Differences are arm − baseline, fractions of 1. The verdicts are removed,
    reduced, reduced_less_code, reduced_code_unsure, worse, no_change, inconclusive and too_few_sources; those of a
    guard are held, not_shown and worse (docs/statistics.md).
    """
    from replay import experiment

    wanted = [_condition(text) for text in conditions]
    bounds = _bounds(soft) if soft is not None else None
    with opened(name) as store, opened(other) if other else nullcontext() as second:
        told = experiment.across(store, second, baseline=baseline, force=force) if second else _one(store, baseline)
    result = told.result
    chosen = _chosen(result, arms, selectors)
    credit = [_credit(told, one, bounds) for one in chosen] if bounds else []
    failing = [
        text for text, (rule, word) in zip(conditions, wanted, strict=True) if _holds(result, chosen, rule, word)
    ]
    if as_json:
        emit({**quantities.value(result, chosen, soft=credit), "failed": failing})
    else:
        click.echo(printable(quantities.render(result, chosen, soft=credit), keep="\n"), nl=False)
    for text in failing:
        click.echo(f"replay: --fail-if {text!r} holds", err=True)
    context.exit(1 if failing else 0)


def _condition(text: str) -> tuple[str, str]:
    rule, _, word = text.strip().rpartition(" ")
    known = [*decide.VERDICTS, *GUARD_WORDS]
    if word not in known:
        raise UserError(f"--fail-if {text!r}: {word!r} is no verdict: known are {', '.join(known)}")
    if not rule.strip():
        raise UserError(f"--fail-if {text!r}: want a rule and a verdict, as in '*/swallowed-* worse'")
    return rule.strip(), word


def _bounds(text: str) -> tuple[float, float]:
    try:
        minimum, optimal = map(float, text.split(","))
    except ValueError as error:
        raise UserError(f"--soft {text}: want two numbers of findings, as in 3,0") from error
    if not 0 <= optimal < minimum:
        raise UserError(f"--soft {text}: fewer findings are better, so want 0 ≤ OPT < MIN, as in 3,0")
    return minimum, optimal


def _chosen(result: Result, arms: Sequence[str], selectors: Sequence[str]) -> list[Comparison]:
    known = list(dict.fromkeys(one.arm for one in result.comparisons))
    for arm in arms:
        if arm not in known:
            raise UserError(f"no comparison of an arm {arm!r}: there are those of {', '.join(known) or 'none'}")
    for selector in selectors:
        _must_match(selector, result.rules)
    return [
        one
        for one in result.comparisons
        if (not arms or one.arm in arms) and (not selectors or any(fnmatchcase(one.rule, glob) for glob in selectors))
    ]


def _must_match(selector: str, rules: Sequence[str]) -> None:
    if not any(fnmatchcase(rule, selector) for rule in rules):
        raise UserError(f"this run does not compare {selector!r}: it has {', '.join(rules)}")


def _holds(result: Result, chosen: Sequence[Comparison], rule: str, word: str) -> bool:
    _must_match(rule, [*result.rules, *(one.what for one in result.guards)])
    arms = {one.arm for one in chosen}
    verdicts = [(one.rule, one.verdict) for one in chosen]
    verdicts += [(one.what, one.status) for one in result.guards if one.arm in arms]
    return any(fnmatchcase(name, rule) and verdict == word for name, verdict in verdicts)


def _one(store: Run, baseline: str | None) -> Across:
    from replay import experiment

    plan = store.meta("experiment", Experiment)
    if store.get_meta("scores") is None:
        experiment.judge(store)
    scores = store.meta("scores", tuple[Score, ...])
    result = experiment.decided(store, plan, experiment.compared(store, plan), scores, baseline=baseline)
    return experiment.Across(store.cases(), scores, result)


def _credit(told: Across, one: Comparison, bounds: tuple[float, float]) -> dict[str, object]:
    minimum, optimal = bounds
    return decide.soft(told.cases, told.scores, one.rule, one.baseline, one.arm, minimum=minimum, optimal=optimal)
