"""What a plan would send and cost, before anything is sent; each figure says what it rests on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from statistics import fmean

from replay import prices, stats
from replay.config import SCREEN
from replay.experiment.planning import Plan, screening_arm
from replay.experiment.sizes import PromptCaches, Sizes
from replay.records import JSON, Arm, Experiment, Price, Result, Trial, Usage
from replay.sample import Draw, Spent, together
from replay.sample.bounds import most_input, most_output
from replay.samplers import choices
from replay.store import Cache, Run
from replay.words import plural

ASSUMED_RATE = 0.5  # of the habit under the baseline where nothing is known: the hardest to compare
FIRST_TOKEN, PER_SECOND = 2.0, 60.0  # seconds to the first token and tokens a second, where no latency is known
TOKENS = ("input", "cache_write", "cache_read", "output")


@dataclass
class ArmForecast:
    """One arm: what its draws would come to. ``usd`` is None where the price is not known."""

    model: str
    price: Price | None
    draws: int = 0
    kept: int = 0
    cached: int = 0
    requests: int = 0  # without batch endpoints, through which each draw is one
    usage: Counter[str] = field(default_factory=Counter)
    usd: float | None = 0.0
    batch_usd: float | None = 0.0
    most_usd: float | None = 0.0
    unbounded: int = 0
    inputs: Counter[str] = field(default_factory=Counter)
    outputs: Counter[str] = field(default_factory=Counter)

    @property
    def to_send(self) -> int:
        """The draws that neither the run nor the cache has."""
        return self.draws - self.kept - self.cached

    def value(self) -> dict[str, JSON]:
        """The arm as JSON: the keys of ``usage`` in a result, as estimates, and what else is known beforehand."""
        return {
            "model": self.model,
            "draws": self.draws,
            "kept": self.kept,
            "cached": self.cached,
            "requests": self.requests,
            "errors": {},
            **{name: round(self.usage[name]) for name in TOKENS},
            "usd": _rounded(self.usd),
            "usd_batch": _rounded(self.batch_usd),
            "usd_most": _rounded(self.most_usd),
        }


@dataclass(frozen=True)
class Detectable:
    """The smallest drop of the primary rate that the plan shows in 80 of 100 runs; None where even one to 0 is not."""

    effect: float | None
    baseline_rate: float
    source: str


@dataclass(frozen=True)
class Forecast:
    """The whole plan, by arm. ``seconds`` is how long it takes, ``latency`` a sentence on why.

    ``spent`` is what the run cost up to now: a limit counts it.
    """

    name: str
    cases: int
    clusters: int
    draws: int
    arms: dict[str, ArmForecast]
    seconds: float
    latency: str
    detectable: Detectable | None
    remarks: tuple[str, ...]
    spent: float = 0.0

    def total(self) -> dict[str, JSON]:
        """The sums over the arms; a sum that misses an arm's price is None."""
        each = [one.value() for one in self.arms.values()]
        counts = {name: sum(one[name] for one in each) for name in ("draws", "kept", "cached", "requests", *TOKENS)}
        return counts | {
            name: None if any(one[name] is None for one in each) else round(sum(one[name] for one in each), 8)
            for name in ("usd", "usd_batch", "usd_most")
        }


def forecast(
    ready: Plan,
    book: prices.Book,
    *,
    run: Run | None = None,
    cache: Cache | None = None,
    counted: Mapping[tuple[str, str], int] | None = None,
) -> Forecast:
    """What sampling ``ready`` would send, beyond what ``run`` and ``cache`` hold, and cost at the prices in ``book``.

    ``counted`` has prompt tokens by case and arm as a provider counted them. Sends nothing, writes nothing.
    """
    experiment = ready.experiment
    trials = list(run.trials()) if run is not None else []
    sizes = Sizes(ready, trials, counted or {})
    found: dict[str, ArmForecast] = {}
    seen: set[str] = set()
    kept_warm = PromptCaches()
    for arm, group in _groups(ready):
        one = found.setdefault(arm.name, ArmForecast(arm.model, book.price(arm.model)))
        to_send = []
        for draw in group:
            one.draws += 1
            if run is not None and run.done(draw.case, arm.name, draw.draw, draw.key):
                one.kept += 1
            elif draw.key in seen or (cache is not None and cache.has(draw.request)):
                one.cached += 1
            else:
                to_send.append(draw)
            seen.add(draw.key)
        if to_send:
            _add(one, to_send, sizes, group, kept_warm)
    seconds, latency = _time(experiment, found, trials)
    return Forecast(
        name=experiment.name,
        cases=len(ready.cases.cases),
        clusters=len({case.source for case in ready.cases.cases}),
        draws=experiment.draws,
        arms=found,
        seconds=seconds,
        latency=latency,
        detectable=_detectable(ready, run),
        remarks=tuple(_remarks(experiment, found)),
        spent=run.meta("spent", Spent).usd if run is not None and run.get_meta("spent") is not None else 0.0,
    )


def _groups(ready: Plan) -> Iterator[tuple[Arm, list[Draw]]]:
    """The draws of each case under each arm in the order of a run, the ones that screen the cases first."""
    experiment = ready.experiment
    if experiment.screen:
        arm = screening_arm(experiment)
        for case in ready.cases.cases:
            yield arm, list(ready.draws([case], [arm], each=experiment.screen))
    for case in ready.cases.cases:
        for _, group in groupby(ready.draws([case]), key=lambda draw: draw.arm.name):
            draws = list(group)
            yield draws[0].arm, draws


def _add(
    one: ArmForecast, to_send: Sequence[Draw], sizes: Sizes, group: Sequence[Draw], kept_warm: PromptCaches
) -> None:
    """Count what it takes ``to_send`` draws of a case under an arm."""
    first = to_send[0]
    requests = list(together.requests(to_send))
    one.requests += len(requests)
    if one.price is not None and not one.price.listed.output:
        return  # played back: no model, no tokens
    prompt, told = sizes.prompt(first, {draw.key for draw in group})
    output, said = sizes.output(first)
    one.inputs[told] += 1
    one.outputs[said] += 1
    writes = first.sampler.API == "anthropic" or (one.price is not None and one.price.listed.cache_write is not None)
    usages = list(kept_warm.usages(requests, prompt, output, writes="cache_write" if writes else "input"))
    for usage in usages:
        for name in TOKENS:
            one.usage[name] += getattr(usage, name)
    one.usd = _plus(one.usd, one.price, usages)
    plain = [Usage(input=prompt, output=output)] * len(to_send)
    one.batch_usd = _plus(one.batch_usd, one.price, plain, batch=True)
    if one.price is not None and one.most_usd is not None:
        one.most_usd += sum(_most(one.price, request) for request in requests)
    else:
        one.most_usd = None
    one.unbounded += first.sampler.API.startswith("openai") and not _bounded(first.body)


def _most(price: Price, request: Sequence[Draw]) -> float:
    """The most that ``request`` can cost, which asks for so many draws of one body."""
    body = choices.asking(request[0].body, len(request)) if len(request) > 1 else request[0].body
    return prices.most(price, most_input(body), most_output(body), hour=b'"1h"' in body)


def _plus(total: float | None, price: Price | None, usages: Iterable[Usage], *, batch: bool = False) -> float | None:
    for usage in usages:
        more = None if price is None else prices.usd(price, usage, batch=batch)
        total = None if total is None or more is None else total + more
    return total


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 8)


def _bounded(body: bytes) -> bool:
    return any(name in body for name in (b'"max_tokens"', b'"max_completion_tokens"', b'"max_output_tokens"'))


def _time(experiment: Experiment, found: Mapping[str, ArmForecast], trials: Sequence[Trial]) -> tuple[float, str]:
    """How long it takes, all models at once, and what that rests on."""
    models = {arm.name: (arm.model, arm.base_url) for arm in experiment.arms}
    models[SCREEN] = models[experiment.baseline]
    measured: dict[tuple[str, str | None], list[float]] = defaultdict(list)
    for trial in trials:
        if trial.completion and trial.seconds and not trial.cached:
            measured[models.get(trial.arm, ("", None))].append(trial.seconds)
    work: dict[tuple[str, str | None], float] = defaultdict(float)
    requests: Counter[tuple[str, str | None]] = Counter()
    for name, arm in found.items():
        if not arm.requests:
            continue
        lane = models[name]
        known = measured.get(lane)
        if arm.price is not None and not arm.price.listed.output:
            continue
        assumed = FIRST_TOKEN + arm.usage["output"] / arm.to_send / PER_SECOND
        work[lane] += arm.requests * (fmean(known) if known else assumed)
        requests[lane] += arm.requests
    seconds = max((work[lane] / min(experiment.concurrency, requests[lane]) for lane in work), default=0.0)
    if work and all(lane in measured for lane in work):
        told = f"{sum(len(measured[lane]) for lane in work)} answers of this run"
    else:
        told = f"an assumed {FIRST_TOKEN:g} s and {PER_SECOND:g} tokens a second"
    return seconds, f"{experiment.concurrency} at once and {told}; a provider's rate limits may slow it down"


def _detectable(ready: Plan, run: Run | None) -> Detectable | None:
    """What the plan can show of the primary rule, by the rate that the run has so far, or an assumed one."""
    experiment = ready.experiment
    if not any(arm.name != experiment.baseline and arm.model != "recorded" for arm in experiment.arms):
        return None
    rate, source = ASSUMED_RATE, "assumed: nothing is known yet"
    if run is not None and run.get_meta("result") is not None:
        before = run.meta("result", Result).arms.get(experiment.baseline)
        told = before.rules.get(experiment.rules[0]) if before else None
        if told is not None and told.rate.rate:
            rate, source = told.rate.rate, f"of {told.rate.cases} cases drawn so far in this run"
    cases = ready.cases.cases
    sources = len({case.source for case in cases})
    if sources < 2:
        return Detectable(None, rate, source)
    shown = stats.detectable(len(cases), experiment.draws, rate, per_source=len(cases) / sources)
    return Detectable(None if shown != shown else shown, rate, source)


def _remarks(experiment: Experiment, found: Mapping[str, ArmForecast]) -> Iterator[str]:
    for name, one in found.items():
        if one.price is None and one.requests:
            yield (
                f"arm {name}: there is no price for {one.model}; its cost is left out, not 0 "
                "(write one into .replay/prices.yaml)"
            )
        if one.requests < one.to_send:
            yield (
                f"arm {name}: {one.to_send} draws go out in {plural(one.requests, 'request')} that ask for several "
                "choices; with --batch, or where the server gives fewer, there are more"
            )
        if one.unbounded:
            yield (
                f"arm {name}: without a token limit a budget sets aside the longest answer there is for each request; "
                "`params: {max_completion_tokens: …}` makes that less"
            )
    for arm in experiment.arms:
        price = found[arm.name].price if arm.name in found else None
        if arm.base_url and price is not None and price.listed.output:
            yield f"arm {arm.name}: {arm.base_url} is taken to ask what {price.entry} costs on the list"
    if experiment.stop == "auto":
        yield "with `stop: auto` this is the most it takes: sampling stops as soon as the question is decided"
    if experiment.lookahead:
        yield (
            f"with `lookahead: {experiment.lookahead}` a draw that only reads goes on, at up to "
            f"{1 + experiment.lookahead} times the requests: this counts only the first of each draw"
        )
    if experiment.screen:
        yield f"with `screen: {experiment.screen}` cases without the habit are left out, and cost only that many draws"
