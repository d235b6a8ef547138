"""How a draw goes on while it only reads: its calls answered from the files before the case's turn."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Literal

from msgspec.structs import replace

from replay import lookahead
from replay.errors import UserError
from replay.records import Completion, Exchange, Halt, Message, Request
from replay.sample import Followed, further
from replay.samplers import Sampler


def key(first: str, most: int) -> str:
    """The key of a draw that may take ``most`` further turns: another one than that of its ``first`` request alone.

    Answers of a run that looks ahead and of one that does not are never taken for each other; their first requests are
    the same, and so is what the cache holds of them.
    """
    return hashlib.sha256(f"lookahead {most}\n{first}".encode()).hexdigest()


class Ahead:
    """The further requests of the draw that ``request`` begins: up to ``most``, each behind a turn that only read.

    ``ground`` gives what is known before the case's turn; ``cache`` as in ``plan_draws``.
    """

    def __init__(
        self,
        request: Request,
        sampler: Sampler,
        most: int,
        ground: Callable[[], lookahead.Ground],
        *,
        cache: Literal["auto", "never"] = "auto",
    ) -> None:
        self._request, self._sampler, self._most, self._ground, self._cache = request, sampler, most, ground, cache

    def __call__(self, completions: Sequence[Completion]) -> Followed:
        """What comes behind ``completions``, the draw's turns so far. Pure: the same turns, the same answers."""
        known = self._ground()
        answers: list[tuple[Message, ...]] = []
        for completion in completions:
            match lookahead.turn(completion, known):
                case None:
                    return Followed(answers=tuple(answers))
                case Halt() as halt:
                    return Followed(answers=tuple(answers), halt=halt)
                case lookahead.Answered(messages, then):
                    if len(answers) == self._most:
                        why = f"the model was still reading after {self._most} turns of look-ahead"
                        return Followed(answers=tuple(answers), halt=Halt("limit", why))
                    answers.append(messages)
                    known = then
        earlier = tuple(Exchange(*turn) for turn in zip(completions, answers, strict=True))
        try:
            body, outgoing = further(replace(self._request, earlier=earlier), self._sampler, cache=self._cache)
        except UserError as error:
            return Followed(answers=tuple(answers[:-1]), halt=Halt("unknown", str(error)))
        return Followed(body, tuple(answers), notes=outgoing.notes)
