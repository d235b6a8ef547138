"""How many tokens a request and its answer will have, and where that is known from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean, median
from typing import Literal

import msgspec

from replay import prefix, supply
from replay.experiment.planning import Plan
from replay.records import Trial, Usage
from replay.sample import Draw
from replay.sample.draws import endpoint
from replay.samplers import caching

KNOWN = frozenset({"exact", "full"})  # grades at which the recorded tokens are those of what will be sent
FAR = 3.0  # recorded counts this many times off their text are placeholders
COUNTED = "counted by the provider"
MEASURED = "answers of this run"
RECORDED = "recorded usage"
FOREIGN = "recorded usage of another model"
CALIBRATED = "characters, calibrated on recorded usage"
ROUGH = f"characters / {supply.CHARACTERS}"
WRITTEN = "recorded completions"


class Sizes:
    """Token counts of a plan's requests: measured, counted, recorded or estimated, the best that there is."""

    def __init__(self, ready: Plan, trials: Sequence[Trial], counted: Mapping[tuple[str, str], int]) -> None:
        self._ready = ready
        self._counted = counted
        self._cases = {case.id: case for case in ready.cases.cases}
        self._prompts: dict[str, int] = {}
        outputs: dict[str, list[int]] = defaultdict(list)
        for trial in trials:
            usage = trial.turns[0].usage if trial.turns else Usage()
            if size := _prompt(usage):
                self._prompts[trial.key] = size
            if usage != Usage():  # of a choice that came behind another the prompt is not counted, but the answer is
                outputs[trial.arm].append(usage.output)
        self._outputs = {arm: fmean(found) for arm, found in outputs.items()}
        self._recorded = {case: self._told(case) for case in self._cases}
        self._ratio = self._calibrated()

    def prompt(self, draw: Draw, keys: set[str]) -> tuple[int, str]:
        """The prompt tokens of ``draw``, and whence; ``keys`` are those of all draws of its case and arm."""
        if measured := [self._prompts[key] for key in keys if key in self._prompts]:
            return round(median(measured)), MEASURED
        if (exact := self._counted.get((draw.case, draw.arm.name))) is not None:
            return exact, COUNTED
        estimate = supply.estimated_input(self._ready.prefixes[draw.case, draw.arm.name])
        if (told := self._recorded[draw.case]) is not None:
            recorded, before, model = told
            same = draw.arm.model.partition("/")[2] == model
            return max(0, recorded + estimate - before), RECORDED if same else FOREIGN
        return (round(estimate * self._ratio), CALIBRATED) if self._ratio else (estimate, ROUGH)

    def output(self, draw: Draw) -> tuple[int, str]:
        """The tokens of an answer to ``draw``, and whence."""
        if (mean := self._outputs.get(draw.arm.name)) is not None:
            return round(mean), MEASURED
        case = self._cases[draw.case]
        answer = prefix.completion(self._ready.cases.transcripts[case.transcript], case.turn)
        # some logs keep the count at the start of the stream, a token or two: the text itself is the least it can be
        recorded = answer.usage.output if answer.usage else 0
        return max(recorded, supply.estimated_output(answer)), WRITTEN

    def _told(self, name: str) -> tuple[int, int, str | None] | None:
        """The recorded prompt tokens of a case, an estimate of the same text, and whose count it is."""
        case = self._cases[name]
        transcript = self._ready.cases.transcripts[case.transcript]
        answer = prefix.completion(transcript, case.turn)
        recorded = supply.recorded_input(answer)
        if recorded is None or case.fidelity.grade not in KNOWN:
            return None
        before = prefix.prefix(transcript, case.turn)
        estimate = supply.estimated_input(supply.supplied(before, transcript))
        if not estimate / FAR <= recorded <= estimate * FAR:
            return None
        return recorded, estimate, answer.model or before.setup.model

    def _calibrated(self) -> float | None:
        known = [told for told in self._recorded.values() if told is not None]
        return sum(one[0] for one in known) / sum(one[1] for one in known) if known else None


def _prompt(usage: Usage) -> int:
    return usage.input + usage.cache_read + usage.cache_write


class PromptCaches:
    """The providers' prompt caches as requests go out in their order, each entry used before it expires."""

    def __init__(self) -> None:
        self._warm: set[tuple[str, str | None, str]] = set()

    def usages(
        self, requests: Sequence[Sequence[Draw]], prompt: int, output: int, *, writes: Literal["cache_write", "input"]
    ) -> Iterator[Usage]:
        """The usage of each of ``requests``: so many draws of one body of ``prompt`` tokens, answered by ``output``.

        What a body begins with and an earlier request began with is read, the rest up to its last mark written, which
        some providers bill as plain ``input``.
        """
        first = requests[0][0]
        held = _beginnings(first, prompt)
        place = (first.arm.model, first.arm.base_url)
        for draws in requests:
            read = max((tokens for name, tokens in held.items() if (*place, name) in self._warm), default=0)
            written = max(held.values(), default=0) - read
            fresh = prompt - read - written
            told = output * len(draws)
            yield (
                Usage(input=fresh, cache_read=read, cache_write=written, output=told)
                if writes == "cache_write"
                else Usage(input=fresh + written, cache_read=read, output=told)
            )
            self._warm |= {(*place, name) for name in held}


def _beginnings(draw: Draw, prompt: int) -> dict[str, int]:
    """The tokens of each beginning of a request that the provider keeps, as shares of its ``prompt`` tokens."""
    if not draw.shares:
        return {}
    plain = caching.bare(msgspec.json.decode(draw.body))
    steps = caching.steps(draw.sampler.API, endpoint(draw.arm, draw.sampler.API), plain)
    whole = steps[-1].tokens
    return {step.digest: prompt * step.tokens // whole for step in steps if step.digest in draw.shares and whole}
