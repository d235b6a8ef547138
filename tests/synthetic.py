"""Runs made by hand: a case is a row of outcome counts per arm, one source a case unless said otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from replay import decide
from replay.records import Arm, Case, Completion, Fidelity, Outcome, Prepend, Result, Score, Text, Trial, TrialError

RULE = "*/swallowed-*"
Counts = Mapping[Outcome, int]
BASE = Arm(name="baseline", model="anthropic/m")
EDITED = Arm(name="edited", model="anthropic/m", edits=(Prepend(text="Handle errors."),))


def counts(violation: int = 0, clean: int = 0, **others: int) -> Counts:
    """Outcome counts of one case under one arm."""
    return {"violation": violation, "clean": clean, **others}  # type: ignore[dict-item]


def case(index: int, source: str) -> Case:
    """A case that only has an id and a source."""
    return Case(f"case{index:02}@3", f"t{index}", 3, (RULE,), source, Fidelity(grade="exact"))


def run(
    table: Sequence[Mapping[str, Counts]],
    *,
    arms: Sequence[Arm] = (BASE, EDITED),
    sources: Sequence[str] | None = None,
    rules: Sequence[str] = (RULE,),
    others: Sequence[Mapping[str, Counts]] = (),
    **options: object,
) -> Result:
    """The result of a run: case i had the outcomes ``table[i][arm]`` under the first rule, ``others[i]`` the second."""
    cases = [case(i, sources[i] if sources else f"s{i}") for i in range(len(table))]
    trials: list[Trial] = []
    scores: list[Score] = []
    for rule, rows in zip(rules, (table, others), strict=False):
        for one, row in zip(cases, rows, strict=True):
            for arm, tally in row.items():
                outcomes = [outcome for outcome, n in tally.items() for _ in range(n)]
                for draw, outcome in enumerate(outcomes):
                    scores.append(Score(one.id, arm, draw, rule, outcome, why=None if outcome == "clean" else "why"))
                    if rule == rules[0]:
                        trials.append(trial(one.id, arm, draw, outcome))
    return decide.result("made", "run1", cases, arms, trials, scores, rules, arms[0].name, **options)  # type: ignore[arg-type]


def trial(case_id: str, arm: str, draw: int, outcome: Outcome) -> Trial:
    """A trial with a completion, or the error that ``outcome`` says."""
    if outcome == "error":
        return Trial(case_id, arm, draw, "k", error=TrialError("timeout", "took too long"))
    return Trial(case_id, arm, draw, "k", Completion((Text("x"),), "end"), on_policy=True)


def repeat(n: int, baseline: Counts, edited: Counts) -> list[Mapping[str, Counts]]:
    """N cases with the same counts."""
    return [{"baseline": baseline, "edited": edited}] * n


EIGHT: dict[str, list[Mapping[str, Counts]]] = {
    "removed": repeat(60, counts(2, 3), counts(0, 5)),
    "reduced": [
        *repeat(24, counts(3, 2), counts(1, 4)),
        *repeat(6, counts(2, 3), counts(2, 3)),
        *repeat(1, counts(0, 5), counts(1, 4)),
    ],
    "reduced_less_code": repeat(20, counts(3, 2), counts(0, 2, no_code=3)),
    "reduced_code_unsure": repeat(8, counts(3, 0), counts(0, 3)),
    "worse": repeat(12, counts(1, 4), counts(4, 1)),
    "no_change": repeat(20, counts(3, 2), counts(2, 3)) + repeat(20, counts(3, 2), counts(4, 1)),
    "inconclusive": repeat(5, counts(2, 3), counts(0, 5)) + repeat(3, counts(2, 3), counts(3, 2)),
    "too_few_sources": repeat(4, counts(4, 1), counts(0, 5)),
}
