"""``replay run``: an experiment from plan to verdict."""

from __future__ import annotations

from pathlib import Path

import click

from replay import config, report
from replay.cli.common import emit, json_option
from replay.cli.experiments import experiment_options
from replay.cli.report import asked, written
from replay.errors import PartialResultError
from replay.records import Experiment
from replay.store import Cache, Run, home, run_folder

AGAIN = "the same command again sends only those"


@click.command()
@experiment_options
@click.option(
    "--rescore", is_flag=True, help="Send nothing: judge the trials there are with the rules as they are now."
)
@click.option("--max-usd", type=click.FloatRange(0, min_open=True), help="What all of the run may cost, in US dollars.")
@click.option("--max-requests", type=click.IntRange(1), help="How many requests all of the run may send.")
@click.option(
    "--jobs",
    type=click.IntRange(1),
    metavar="N",
    help="Processes that share the judging; all cores where there is much to judge, by default.",
)
@click.option(
    "--batch", is_flag=True, help="Through the providers' batch endpoints: half the price, answers within a day."
)
@click.option("--dry-run", is_flag=True, help="Send nothing: say what would be sent and cost, as `replay plan` does.")
@click.option(
    "--report",
    "page",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Also write a report: report.html …",
)
@json_option
@click.pass_context
def run(
    context: click.Context,
    source: Path,
    wanted: Experiment,
    folder: Path | None,
    rescore: bool,
    max_usd: float | None,
    max_requests: int | None,
    jobs: int | None,
    batch: bool,
    dry_run: bool,
    page: Path | None,
    as_json: bool,
) -> None:
    """Sample, check, score and compare.

    EXPERIMENT is a replay.yaml or a folder with one. What a run has finished is kept: the same command again goes on
    where it stopped and sends only what is missing, also when the file was edited. Another experiment of the same name
    is refused: it needs a run of its own. A limit holds for all of the run, however many commands it takes:
    it is never passed, and what is under way when it is reached finishes. What --batch hands over stays with the
    provider when the command is stopped, and the same command collects it. Exits with 1 if an arm is worse than the
    baseline, with 3 if trials are missing.
    """
    from replay import experiment
    from replay.cli import plan as planning
    from replay.progress import watch

    style = asked(page) if page else ""
    wanted = config.override(wanted, max_usd=max_usd, max_requests=max_requests)
    place = folder or run_folder(wanted.name)
    if dry_run:
        planning.show(planning.forecast(experiment.plan(wanted), place), source, as_json=as_json)
        return
    if rescore:
        with Run.open(place, create=False) as store:
            experiment.refuse_another(store, wanted)
            result, unsent = experiment.judge(store, profile=context.params["profile"], jobs=jobs), ""
    else:
        plan = experiment.plan(wanted)
        with planning.held(place) as (kept, answers):
            experiment.refuse_keyless(plan, run=kept, cache=answers)
        book = planning.book_for(wanted)
        cost = experiment.costing(wanted, book)
        with Cache.open(home() / "cache.sqlite") as cache, watch(wanted, cost=cost) as on_event:
            result, tally = experiment.run(
                plan, place, cache=cache, book=book, on_event=on_event, batch=batch, jobs=jobs
            )
        unsent = " ".join(tally.stopped)
    if as_json:
        emit(report.FORMATS["json"].value(result))
    else:
        click.echo(report.FORMATS["text"].render(result), nl=False)
    if page:
        with Run.open(place, create=False) as store:
            click.echo(written(page, style, store, result), err=True)
    if unsent:
        raise PartialResultError(unsent)
    if result.partial:
        # what ended in an error before a look stays out, or the look would come to mean something else
        more = "those before a look stay out, the same command sends the rest" if result.stopping else AGAIN
        raise PartialResultError(f"some trials are missing or ended in errors: {more}")
    context.exit(1 if any(one.verdict == "worse" for one in result.comparisons) else 0)
