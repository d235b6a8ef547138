"""Draws of one body in one request, where the provider gives as many choices as it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AsyncExitStack

from replay.sample import trials
from replay.sample.draws import Draw, endpoint
from replay.sample.lanes import Lane
from replay.sample.outcomes import Outcomes
from replay.sample.sending import Sender
from replay.sample.trials import Told
from replay.samplers import choices
from replay.store import now


class Gathered:
    """Draws that wait for others of their body."""

    def __init__(self) -> None:
        self._draws: list[Draw] = []

    def takes(self, draw: Draw) -> bool:
        """Whether ``draw`` may go with those that are here."""
        return not self._draws or draw.body is self._draws[0].body

    def add(self, draw: Draw) -> bool:
        """Let ``draw`` wait; True where no more go into one request."""
        self._draws.append(draw)
        return len(self._draws) >= most(draw)

    def take(self) -> list[Draw]:
        """All that wait, which do so no longer."""
        draws, self._draws = self._draws, []
        return draws


def most(draw: Draw) -> int:
    """How many draws with the body of ``draw`` may go in one request."""
    return choices.most(draw.arm, draw.sampler.API, endpoint(draw.arm, draw.sampler.API), draw.body)


def requests(draws: Iterable[Draw]) -> Iterator[list[Draw]]:
    """``draws``, none of which is known yet, as the requests they go out in where servers give what they are asked for.

    Through a batch endpoint each goes by itself.
    """
    gathered = Gathered()
    for draw in draws:
        if not gathered.takes(draw):
            yield gathered.take()
        if draw.follow is not None:
            yield [draw]
        elif gathered.add(draw):
            yield gathered.take()
    if left := gathered.take():
        yield left


async def ask(draws: list[Draw], lane: Lane, number: int, *, sender: Sender, outcomes: Outcomes) -> list[Draw]:
    """Ask for ``draws``, of one body, in one request; those that it leaves open, to be asked for one by one.

    Where the server gives fewer choices or refuses to give several, it is not asked for them again.
    """
    lead, started = draws[0], now()
    async with AsyncExitStack() as held:  # the leave to send is given back when the answers are on the disk
        body = choices.asking(lead.body, len(draws))
        one = await sender.answer(held, lane, lead, number, lead.request, body, once=choices.DIFFERENT)
        if isinstance(one, Told):
            parts = await _parted(draws, one, outcomes)
            lane.choices &= len(parts) == len(draws)
            await outcomes.finish([(draw, (part,)) for draw, part in zip(draws, parts, strict=False)], started)
            return draws[len(parts) :]
        if one is None:
            return draws
        if one.fault.kind in choices.DIFFERENT:
            lane.choices = False
            return draws
        await outcomes.give_up(draws, one, started)
        return []


async def _parted(draws: list[Draw], told: Told, outcomes: Outcomes) -> list[Told]:
    """The answer to each of ``draws`` in one response; fewer where there are fewer choices that can be read."""
    parts: list[Told] = []
    for draw, raw in zip(draws, choices.split(told.raw, len(draws)), strict=False):
        try:
            completion = trials.parsed(draw.sampler, raw)
        except trials.UNREADABLE:
            await outcomes.unreadable(draw.request, raw)
            break
        parts.append(Told(completion, raw, draw.request, cached=False, seconds=told.seconds))
    return parts
