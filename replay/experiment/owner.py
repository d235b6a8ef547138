"""Whose a run is: that of the experiment whose file began it, however that is edited."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from replay.errors import UserError
from replay.records import Case, Experiment
from replay.store import Run


def refuse_another(run: Run, experiment: Experiment, found: Iterable[Case] | None = None) -> None:
    """Raise UserError where ``run`` is another experiment's: one whose file is a different one than that of this.

    A file that is gone was moved, if a case of ``found`` (any, where it is None) is among the run's. Experiments that
    were not read from a file may share a run as they like.
    """
    before = run.meta("experiment", Experiment).file if run.get_meta("experiment") is not None else ""
    if not before or not experiment.file or _same(before, experiment.file):
        return
    gone = not Path(before).exists()
    if gone and (found is None or {case.id for case in found} & {case.id for case in run.cases()}):
        return
    raise UserError(
        f"here is a run of another experiment, {before}: give this one a `name` of its own, or another folder with "
        "--run FOLDER (answers are in the cache, nothing is paid twice)",
        path=run.path,
    )


def _same(one: str, other: str) -> bool:
    try:
        return Path(one).samefile(other)
    except OSError:
        return one == other
