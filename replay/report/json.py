"""The result as one JSON object, stable for scripts: fractions, and null where a quantity is undefined."""

from __future__ import annotations

from typing import Any

import msgspec

from replay.records import ArmResult, Comparison, Guarded, Result, RuleResult


def render(result: Result) -> str:
    """The object on one line."""
    return msgspec.json.encode(value(result)).decode() + "\n"


def value(result: Result) -> dict[str, Any]:
    """``{arms, comparisons, fidelity, usage, …}``; an arm's own numbers are those of the primary (first) rule.

    An arm: ``{model, trials, outcomes, rate, low, high, n_eff, cases, clusters, worst_low, worst_high, usage, notes,
    rules}`` with ``rules`` the same numbers by rule selector. A comparison: ``{baseline, arm, rule, difference, low,
    high, p, cases, clusters, verdict, sentence, detail}`` with arm − baseline differences. ``guards`` says what else
    must not get worse, ``stopping`` how a run that may stop early went, ``prices`` what the
    dollars rest on.
    """
    return {
        "name": result.name,
        "run": result.run,
        "rules": list(result.rules),
        "cases": result.cases,
        "clusters": result.clusters,
        "arms": {name: _arm(arm, result.rules[0]) for name, arm in result.arms.items()},
        "comparisons": [_fields(one) for one in result.comparisons],
        "fidelity": result.fidelity,
        "usage": result.usage,
        "prices": result.prices,
        "edits": result.edits,
        "left_out": list(result.left_out),
        "partial": result.partial,
        "guards": [_fields(one) for one in result.guards],
        "stopping": list(result.stopping),
    }


def _arm(arm: ArmResult, primary: str) -> dict[str, Any]:
    return {
        "model": arm.model,
        "trials": arm.trials,
        **_rule(arm.rules[primary]),
        "usage": arm.usage,
        "notes": arm.notes,
        "rules": {selector: _rule(found) for selector, found in arm.rules.items()},
    }


def _rule(found: RuleResult) -> dict[str, Any]:
    rate = found.rate
    return {
        "outcomes": found.outcomes,
        "rate": rate.rate,
        "low": rate.low,
        "high": rate.high,
        "n_eff": rate.n_eff,
        "cases": rate.cases,
        "clusters": rate.clusters,
        "worst_low": found.worst_low,
        "worst_high": found.worst_high,
    }


def _fields(one: Comparison | Guarded) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__struct_fields__}
