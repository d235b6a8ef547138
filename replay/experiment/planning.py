"""An experiment made ready: its cases at hand, every prompt edit applied, every draw known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache, partial
from pathlib import Path

from msgspec import structs

from replay import cases, lookahead, prefix, prompts, rules, samplers, supply
from replay.config import SCREEN
from replay.errors import UserError
from replay.experiment import ahead
from replay.records import Arm, Case, Experiment, Prefix, Request, Rule
from replay.sample import Draw, plan_draws


@dataclass(frozen=True)
class Plan:
    """An experiment with its cases at hand and every prompt edit already applied, so that nothing can miss later."""

    experiment: Experiment
    cases: cases.CaseSet
    rules: tuple[Rule, ...]
    prefixes: dict[tuple[str, str], Prefix]
    edits: dict[str, str]

    def request(self, case: Case, arm: Arm, draw: int) -> Request:
        """The request of one draw, edits applied."""
        transcript = self.cases.transcripts[case.transcript]
        recorded = prefix.completion(transcript, case.turn)
        return Request(case, arm, draw, self.prefixes[case.id, arm.name], recorded)

    def draws(
        self, found: Sequence[Case] | None = None, arms: Sequence[Arm] | None = None, *, each: int | None = None
    ) -> Iterator[Draw]:
        """The draws of these cases and arms (all), lazily: case by case, so that draws of one prefix follow each other.

        ``each`` is their number a case and arm, by default the experiment's.
        """
        numbers = range(self.experiment.draws if each is None else each)
        for case in self.cases.cases if found is None else found:
            wanted = self.experiment.arms if arms is None else arms
            asked = [(self.request(case, arm, 0), samplers.for_arm(arm)) for arm in wanted]
            early = len(self.cases.cases) > 1
            yield from self._ahead(case, plan_draws(asked, numbers, cache=self.experiment.prompt_cache, early=early))

    def _ahead(self, case: Case, draws: Iterator[Draw]) -> Iterator[Draw]:
        """``draws``, each able to look ahead as the experiment says; what was recorded is played as it is."""
        most = self.experiment.lookahead
        ground = cache(partial(lookahead.ground, self.cases.transcripts[case.transcript], case.turn))
        for draw in draws:
            if not most or draw.arm.model == "recorded":
                yield draw
                continue
            request = self.request(case, draw.arm, draw.draw)
            follow = ahead.Ahead(request, draw.sampler, most, ground, cache=self.experiment.prompt_cache)
            yield replace(draw, key=ahead.key(draw.key, most), first=draw.key, follow=follow)

    def totals(self) -> dict[str, int]:
        """The number of draws of each arm."""
        return {arm.name: len(self.cases.cases) * self.experiment.draws for arm in self.experiment.arms}

    def only(self, kept: Sequence[Case]) -> Plan:
        """The same plan for some of its cases."""
        return replace(self, cases=cases.CaseSet(tuple(kept), self.cases.transcripts))


def plan(experiment: Experiment, *, case_set: cases.CaseSet | None = None) -> Plan:
    """Load cases and rules and apply every arm's edits to every case.

    Raises UserError before the first request: an unknown rule, a guard that leaves no rule, an anchor that does not
    match (with the case), a prefix that the arm's model would refuse.
    """
    found = case_set or cases.load(Path(folder) for folder in experiment.cases)
    packs = packs_of(experiment)
    chosen = rules.select(packs, [*experiment.rules, *experiment.guard])
    for selector in experiment.guard:
        guarded_rules(selector, experiment.rules, chosen)
    arms = [*experiment.arms, *([screening_arm(experiment)] if experiment.screen else [])]
    at_stake = tuple(case for case in found.cases if rules_at_stake(case, experiment.rules, packs))
    for selector in experiment.rules:
        if not any(rules_at_stake(case, [selector], packs) for case in found.cases):
            raise UserError(
                f"no case has {selector} at stake: add it to the `rules` of a case, or watch it under `guard` instead"
            )
    prefixes: dict[tuple[str, str], Prefix] = {}
    edits: dict[str, str] = {}
    for case in at_stake:
        transcript = found.transcripts[case.transcript]
        original = supply.supplied(prefix.prefix(transcript, case.turn), transcript)
        for arm in arms:
            edited = prompts.apply(original, arm.edits, case=case.id)
            prefixes[case.id, arm.name] = edited
            if arm.edits and arm.name not in {SCREEN, *edits}:
                edits[arm.name] = prompts.diff(original, edited)
    ready = Plan(experiment, cases.CaseSet(at_stake, found.transcripts), chosen, prefixes, edits)
    for case in at_stake:
        for arm in arms:
            samplers.for_arm(arm).body(ready.request(case, arm, 0))
    return ready


def packs_of(experiment: Experiment) -> tuple[Rule, ...]:
    """All rules that a selector of the experiment, or of a case, may mean: those of its packs and its profile."""
    found = rules.load([Path(pack) for pack in experiment.packs])
    return rules.of_profile(found, experiment.profile, named=[*experiment.rules, *experiment.guard])


def rules_at_stake(case: Case, selectors: Sequence[str], packs: Sequence[Rule]) -> frozenset[str]:
    """The ids of the rules that both the case and ``selectors`` name."""
    return frozenset(
        rule.id
        for rule in packs
        if any(fnmatchcase(rule.id, pattern) for pattern in case.rules)
        and any(fnmatchcase(rule.id, pattern) for pattern in selectors)
    )


def guarded_rules(selector: str, judged: Sequence[str], packs: Sequence[Rule]) -> tuple[Rule, ...]:
    """The rules a guard holds: those it names but for the ones that ``judged`` selectors name.

    Raises UserError where none is left.
    """
    named = [rule for rule in packs if fnmatchcase(rule.id, selector)]
    others = tuple(rule for rule in named if not any(fnmatchcase(rule.id, pattern) for pattern in judged))
    if not others:
        raise UserError(f"guard {selector}: every rule it names is among the experiment's `rules` already")
    return others


def screening_arm(experiment: Experiment) -> Arm:
    """The baseline once more, as draws that no comparison ever sees: its own name, and requests of its own."""
    base = next(arm for arm in experiment.arms if arm.name == experiment.baseline)
    # far from any number a person would give an A/A arm, whose draws must be other ones
    return structs.replace(base, name=SCREEN, replicate=base.replicate + 1_000_000)
