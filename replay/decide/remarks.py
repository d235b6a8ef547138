"""What a reader must know was not counted, arm by arm, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from replay.decide.counts import RECORDED, Counts, ratio
from replay.records import Arm, Comparison
from replay.words import plural


def left_out(
    arms: Sequence[Arm],
    base: Arm,
    counts: Counts,
    comparisons: Sequence[Comparison],
    on_policy: Mapping[str, Mapping[str, bool | None]],
    *,
    missing: Mapping[str, int],
    planned: Mapping[str, int],
) -> Iterator[str]:
    """Sentences under the primary selector ``counts``: missing trials, outcomes outside the rate, cases not compared.

    ``missing`` counts the trials of each arm that were planned (``planned`` of them) and are not there.
    """
    for arm in arms:
        name = arm.name
        if missing[name]:
            yield f"{name}: {missing[name]} of {planned[name]} planned trials are missing: not sent or not finished"
        if line := outside(name, counts.total(name), counts.reasons[name]):
            yield line
        if arm.model == RECORDED:
            yield f"{name}: the recorded completions are a self-test, never compared: cases are cut where they failed"
        policy = on_policy.get(name, {}).values()
        if off := sum(value is False for value in policy):
            yield f"{name}: in {off} of {plural(len(policy), 'case')} another model wrote the prefix (off-policy)"
    for one in comparisons:
        if one.rule == counts.selector and (unpaired := one.detail["unpaired"]):
            cases = plural(len(unpaired), "case")
            yield f"{one.arm} against {one.baseline}: {cases} not compared: no code to judge under one of the two"
    cells = counts.cells(base.name)
    if never := sum(ratio(cell) == 0 for cell in cells.values()):
        yield (
            f"{base.name}: in {never} of {plural(len(cells), 'case')} the habit never showed; they are kept, and "
            "cannot show a reduction"
        )


def outside(arm: str, outcomes: Mapping[str, int], reasons: Mapping[str, Mapping[str, int]]) -> str | None:
    """One sentence: how many of an arm's trials are left out of its rate and why; None where none is."""
    out = {name: n for name, n in outcomes.items() if n and name in reasons}
    if not out:
        return None
    told = []
    for name, n in out.items():
        whys = sorted(reasons[name].items(), key=lambda item: (-item[1], item[0]))
        listed = ", ".join(f"{_short(why)}{f' ({times})' if len(whys) > 1 else ''}" for why, times in whys[:3])
        more = f", and {plural(len(whys) - 3, 'other reason')}" if len(whys) > 3 else ""
        told.append(f"{n} {name} ({listed}{more})")
    return f"{arm}: {sum(out.values())} of {sum(outcomes.values())} trials are not in the rate: {'; '.join(told)}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 100 else line[:99] + "…"
