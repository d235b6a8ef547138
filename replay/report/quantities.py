"""Every quantity of a comparison by its name: for scripts as one object, for people as a list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from replay.decide.words import p_value, percent
from replay.records import JSON, Comparison, Result, RuleResult

WIDTH = 24


def value(result: Result, chosen: Sequence[Comparison], *, soft: Sequence[JSON] = ()) -> dict[str, Any]:
    """``{name, run, comparisons, guards, stopping, left_out, partial}``.

    A comparison has, beside the fields of the record, everything of its ``detail`` at its top level, and ``rates``: of
    both arms by name rate, interval, ``n_eff``, outcomes and worst-case bounds. Differences are arm − baseline,
    fractions, null where undefined. ``soft`` goes with ``chosen``, one by one.
    """
    arms = {one.arm for one in chosen}
    return {
        "name": result.name,
        "run": result.run,
        "comparisons": [one | ({"soft": soft[i]} if soft else {}) for i, one in enumerate(map(_flat(result), chosen))],
        "guards": [
            {name: getattr(one, name) for name in one.__struct_fields__} for one in result.guards if one.arm in arms
        ],
        "stopping": list(result.stopping),
        "left_out": list(result.left_out),
        "partial": result.partial,
    }


def _flat(result: Result) -> Any:  # noqa: ANN401 - a function from Comparison to a dict of JSON
    def one(comparison: Comparison) -> dict[str, Any]:
        fields = {name: getattr(comparison, name) for name in comparison.__struct_fields__ if name != "detail"}
        rates = {
            name: _rate(result.arms[name].rules[comparison.rule]) for name in (comparison.baseline, comparison.arm)
        }
        return {**fields, **comparison.detail, "rates": rates}

    return one


def _rate(found: RuleResult) -> dict[str, Any]:
    rate = found.rate
    return {
        **{name: getattr(rate, name) for name in rate.__struct_fields__},
        "worst_low": found.worst_low,
        "worst_high": found.worst_high,
        "outcomes": found.outcomes,
    }


def render(result: Result, chosen: Sequence[Comparison], *, soft: Sequence[JSON] = ()) -> str:
    """The same for people, ending in a newline: a block a comparison, then guards and stopping."""
    return "\n".join(_lines(value(result, chosen, soft=soft))) + "\n"


def _lines(shown: Mapping[str, Any]) -> Iterator[str]:
    for one in shown["comparisons"]:
        yield f"{one['arm']} against {one['baseline']}, {one['rule']} ({one['family']})"
        yield f"  {one['sentence']}"
        yield ""
        for name, words in _quantities(one):
            yield f"  {name:{WIDTH}}{words}"
        yield ""
    for title, lines in (
        ("what must not get worse", [f"{one['arm']}: {one['sentence']}" for one in shown["guards"]]),
        ("stopping", shown["stopping"]),
        ("left out, and why", shown["left_out"]),
    ):
        if lines:
            yield title
            yield from (f"  {line}" for line in lines)
            yield ""
    if shown["partial"]:
        yield "partial: some trials are missing or ended in errors"
        yield ""
    yield f"next: replay report {shown['run']}"


def _quantities(one: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    sources = one["sources"]
    yield "verdict", one["verdict"]
    yield "difference", f"{_f(one['difference'])} (mean of {one['cases']} cases, arm − baseline)"
    yield (
        "padded estimate",
        f"{_f(one['padded'])}, standard error {_f(one['se'])} (without padding {_f(one['se_plain'])})",
    )
    yield "interval", f"{_span(one)}"
    yield "p", f"{_p(one['p'])} (sign flip over {one['clusters']} sources), adjusted {_p(one['p_adjusted'])}"
    yield "cases, sources, K", f"{one['cases']}, {one['clusters']}, {_f(one['k'])} (harmonic mean of judged draws)"
    yield "sources", f"{sources['fewer']} fewer, {sources['unchanged']} unchanged, {sources['more']} more"
    for name, rate in one["rates"].items():
        yield (
            f"rate of {name}",
            f"{_f(rate['rate'])} [{_f(rate['low'])}, {_f(rate['high'])}], n_eff {_f(rate['n_eff'])}",
        )
        yield "", f"worst case {_f(rate['worst_low'])} to {_f(rate['worst_high'])}; {_outcomes(rate['outcomes'])}"
    yield "applicable difference", _difference(one["applicable"], f", margin {_f(one['applicable']['margin'])}")
    yield "clean difference", _difference(one["clean"])
    low, high = one["difference_bounds"]
    yield "worst-case difference", f"{_f(low)} to {_f(high)}"
    yield "noise floor", f"{_f(one['noise_floor'])} (random halves of the baseline's draws, 19 times of 20)"
    yield "visible", _visible(one["visible"])
    for kind, part in one["policy"].items():
        yield kind.replace("_", "-"), f"{_difference(part)}, {part['cases']} cases, {part['clusters']} sources"
    for number, look in enumerate(one["looks"], start=1):
        yield f"look {number}", _look(look)
    if one.get("soft"):
        yield "soft score", _soft(one["soft"])
    yield "reproduction", f"of the habit on {one['baseline']}, by case:"
    for case, rate in one["reproduction"].items():
        yield "", f"{case} {_percent(rate)}{' never reproduced: carries no information' if rate == 0 else ''}"
    for case in one["unpaired"]:
        yield "not compared", f"{case}: nothing to judge under one of the two"


def _visible(least: float | None) -> str:
    """What can be seen: rates lie between 0 and 1, so no change is larger than 1."""
    if least is None or least >= 1:
        return "no change, however large: too few sources, or too unlike (four runs of five)"
    return f"changes above {_f(least)} (four runs of five)"


def _difference(part: Mapping[str, Any], more: str = "") -> str:
    return f"{_f(part['baseline'])} → {_f(part['arm'])}: {_f(part['difference'])}, {_span(part)}{more}"


def _look(look: Mapping[str, Any]) -> str:
    crossed = "crossed" if look["crossed"] else "not crossed"
    return (
        f"{look['sources']} sources: |sum| {_f(look['statistic'])}, critical {_f(look['critical'])}: {crossed}; "
        f"spent {_f(look['spent'])}, p {_p(look['p'])}"
    )


def _soft(part: Mapping[str, Any]) -> str:
    return (
        f"{_difference(part)}, higher is better (.5 at {part['minimum']:g} findings, .95 at {part['optimal']:g}; "
        f"{part['cases']} cases)"
    )


def _outcomes(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{n} {name}" for name, n in counts.items() if n) or "no trials"


def _span(part: Mapping[str, Any]) -> str:
    return f"[{_f(part['low'])}, {_f(part['high'])}] at {percent(part['level'])}"


def _f(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def _p(value: float | None) -> str:
    return "–" if value is None else p_value(value, name="")


def _percent(value: float | None) -> str:
    return "nothing judged" if value is None else percent(value)
