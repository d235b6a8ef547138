"""``replay plan``: what a run would send, cost and show, before the first request."""

from __future__ import annotations

import contextlib
import math
import textwrap
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from replay import prices
from replay.cli.common import console, emit, json_option
from replay.cli.experiments import experiment_options
from replay.decide.words import percent, points
from replay.records import Experiment
from replay.report.content import dollars
from replay.store import RUN_FILE, Cache, Run, home, run_folder
from replay.words import plural

if TYPE_CHECKING:
    from rich.table import Table

    from replay.experiment import Forecast, Plan

OWN_PRICES = "prices.yaml"
COLUMNS = ("arm", "draws", "kept", "cached", "to send", "input", "cache write", "cache read", "output", "cost")
FIELDS = ("draws", "kept", "cached", "requests", "input", "cache_write", "cache_read", "output")


@click.command()
@experiment_options
@click.option("--count", is_flag=True, help="Ask the provider how many tokens each prompt has; sends the prompts.")
@json_option
def plan(
    source: Path,
    wanted: Experiment,
    folder: Path | None,
    count: bool,
    as_json: bool,
) -> None:
    """Say what `replay run` would send and cost, how long it takes, and what it can show; sends nothing.

    Tokens come from this run's own answers, the provider's count (--count), the usage recorded in the transcripts, or
    the number of characters, whichever is there first; the plan says which. Prices come from a dated list, see
    docs/cost.md.
    """
    from replay import experiment
    from replay.sample import counting

    ready = experiment.plan(wanted)
    counted = counting.prompts(ready.draws(each=1), concurrency=wanted.concurrency) if count else None
    show(forecast(ready, folder or run_folder(wanted.name), counted=counted), source, as_json=as_json)


def book_for(wanted: Experiment) -> prices.Book:
    """The prices of an experiment: those that ship, under .replay/prices.yaml, under the file that it names."""
    own = home() / OWN_PRICES
    named = [Path(wanted.prices)] if wanted.prices else []
    return prices.load(*([own] if own.is_file() else []), *named)


def forecast(ready: Plan, folder: Path, *, counted: dict[tuple[str, str], int] | None = None) -> Forecast:
    """The forecast of a plan, given what its run and the cache hold; makes neither."""
    from replay import experiment

    with held(folder) as (run, cache):
        if run is not None:
            experiment.refuse_another(run, ready.experiment, ready.cases.cases)
        return experiment.forecast(ready, book_for(ready.experiment), run=run, cache=cache, counted=counted)


@contextlib.contextmanager
def held(folder: Path) -> Iterator[tuple[Run | None, Cache | None]]:
    """The run in ``folder`` and the cache, None for what is not there; makes neither."""
    with contextlib.ExitStack() as stack:
        run = stack.enter_context(Run.open(folder, create=False)) if (folder / RUN_FILE).is_file() else None
        file = home() / "cache.sqlite"
        yield run, stack.enter_context(Cache.open(file)) if file.is_file() else None


def show(found: Forecast, source: Path, *, as_json: bool) -> None:
    """Print a forecast."""
    from replay.report.text import columns

    if as_json:
        emit(_value(found))
        return
    out = console()
    fill = partial(textwrap.fill, width=columns(), break_long_words=False, break_on_hyphens=False)
    out.print(fill(_headline(found)), markup=False)
    out.print()
    out.print(_table(found))
    for line in _lines(found):
        out.print(fill(line), markup=False)
    out.print(f"next: {_next(found, source)}", markup=False)


def _value(found: Forecast) -> dict[str, Any]:
    """The forecast as JSON."""
    least = found.detectable
    return {
        "name": found.name,
        "cases": found.cases,
        "clusters": found.clusters,
        "draws": found.draws,
        "arms": {name: one.value() for name, one in found.arms.items()},
        "total": found.total(),
        "sources": {
            "input": dict(sum((one.inputs for one in found.arms.values()), Counter())),
            "output": dict(sum((one.outputs for one in found.arms.values()), Counter())),
            "latency": found.latency,
        },
        "spent_usd": round(found.spent, 8),
        "seconds": found.seconds,
        "detectable": None
        if least is None
        else {"effect": least.effect, "baseline_rate": least.baseline_rate, "source": least.source},
        "prices": {name: one.price for name, one in found.arms.items()},
        "remarks": list(found.remarks),
    }


def _headline(found: Forecast) -> str:
    arms = plural(len(found.arms), "arm")
    return (
        f"{found.name}: {plural(found.cases, 'case')} from {plural(found.clusters, 'source')} × {arms} × "
        f"{plural(found.draws, 'draw')}; nothing has been sent"
    )


def _table(found: Forecast) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    for index, name in enumerate(COLUMNS):
        table.add_column(name, justify="right" if index else "left", overflow="fold")
    rows = {name: one.value() for name, one in found.arms.items()}
    for name, row in (rows | {"all": found.total()} if len(rows) > 1 else rows).items():
        cost = "not known" if row["usd"] is None else dollars(row["usd"])
        table.add_row(name, *(f"{row[key]:,}" for key in FIELDS), cost)
    return table


def _lines(found: Forecast) -> Iterator[str]:
    total = found.total()
    yield ""
    if not total["requests"]:
        yield "everything is there already: nothing will be sent"
    elif not total["output"]:
        yield "the answers are played back: no model takes part, and nothing is paid"
    else:
        yield f"prompt tokens: {_whence(found, 'inputs')}; answers: {_whence(found, 'outputs')}"
        yield from _cost(found, total)
        yield f"time: about {duration(found.seconds)}, with {found.latency}"
    if (least := found.detectable) is not None:
        base = f"baseline rate of {percent(least.baseline_rate)} ({least.source})"
        seen = "not even a drop to 0" if least.effect is None else f"a drop by {points(least.effect)} or more"
        yield f"shows: {seen}, at a {base}, in 80 of 100 runs; `replay power` tells how many cases another effect takes"
    yield from found.remarks


def _next(found: Forecast, source: Path) -> str:
    """The command that does what was planned: on one line however long, to be copied."""
    total = found.total()
    limit = f" --max-usd {_ceiling(total, found.spent)}" if total["usd"] else ""
    return f"replay run {source}{limit}"


def _cost(found: Forecast, total: dict[str, Any]) -> Iterator[str]:
    lists = {(one.price.as_of, one.price.source) for one in found.arms.values() if one.price and one.price.as_of}
    if total["usd"]:
        batch = "" if total["usd_batch"] is None else f", {dollars(total['usd_batch'])} through the batch endpoints"
        yield (
            f"cost: about {dollars(total['usd'])}{batch}; at most {dollars(total['usd_most'])} if every answer is as "
            "long as it may be and nothing is read from a prompt cache"
        )
    for as_of, where in sorted(lists):
        yield f"prices as of {as_of}: {where}; check them before you rely on this"


def _whence(found: Forecast, which: str) -> str:
    counts: Counter[str] = sum((getattr(one, which) for one in found.arms.values()), Counter())
    if len(counts) == 1:
        return next(iter(counts))
    return ", ".join(f"{name} ({n} of {counts.total()})" for name, n in counts.most_common())


def _ceiling(total: dict[str, Any], spent: float) -> str:
    """A limit of the whole run above the estimate, with room for what the last requests set aside."""
    wanted = spent + max(1.5 * total["usd"], total["usd"] + 2 * total["usd_most"] / total["requests"])
    places = 2 if wanted >= 0.1 else 1 - math.floor(math.log10(wanted))
    return f"{math.ceil(wanted * 10**places) / 10**places:.{places}f}"


def duration(seconds: float) -> str:
    """A length of time in the unit that suits it."""
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            return plural(round(seconds / size), unit)
    return plural(max(1, round(seconds)), "second")
