"""Is a key missing that a run will want? Asked before anything is made, shown or sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from replay import samplers
from replay.errors import UserError
from replay.experiment.planning import Plan, screening_arm
from replay.experiment.stages import first_stage
from replay.records import Arm
from replay.sample import Draw
from replay.store import Cache, Run


def refuse_keyless(ready: Plan, *, run: Run | None = None, cache: Cache | None = None) -> None:
    """Raise the UserError that names a missing key, where a draw must be sent for that wants it.

    What ``run`` and ``cache`` hold wants no key. What later stages of a run send for is not known beforehand: they
    raise the same error when they come to it.
    """
    keyless = dict(_keyless(ready.experiment.arms))
    for arm, draw in _first_draws(ready, keyless, begun=run is not None) if keyless else ():
        kept = run is not None and run.done(draw.case, draw.arm.name, draw.draw, draw.key)
        if not kept and (cache is None or not cache.has(draw.request)):
            raise keyless[arm]


def _keyless(arms: tuple[Arm, ...]) -> Iterator[tuple[str, UserError]]:
    for arm in arms:
        try:
            samplers.for_arm(arm).want_key(arm)
        except UserError as error:
            yield arm.name, error


def _first_draws(ready: Plan, keyless: Mapping[str, UserError], *, begun: bool) -> Iterator[tuple[str, Draw]]:
    """The draws that are asked for whatever is answered, each with the arm whose key it wants."""
    experiment = ready.experiment
    arms = [arm for arm in experiment.arms if arm.name in keyless]
    if experiment.screen:
        if experiment.baseline in keyless:
            screening = ready.draws(arms=[screening_arm(experiment)], each=experiment.screen)
            yield from ((experiment.baseline, draw) for draw in screening)
        return
    if experiment.stop == "auto" and begun:
        return  # an arm may be decided, and what ended in an error before a look is not asked for again
    stage = first_stage(ready) if experiment.stop == "auto" else None
    yield from ((draw.arm.name, draw) for draw in ready.draws(stage, arms))
