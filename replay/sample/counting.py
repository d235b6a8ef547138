"""How many tokens a prompt has, as the provider counts them: requests that cost nothing and answer nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from replay.errors import UserError
from replay.sample.draws import Draw
from replay.samplers import anthropic

COUNTERS = {anthropic.API: anthropic}


def prompts(draws: Iterable[Draw], *, concurrency: int = 8, timeout: float = 60.0) -> dict[tuple[str, str], int]:
    """The prompt tokens of each case and arm among ``draws`` whose provider has a count endpoint.

    Equal prompts are counted once. Raises UserError where the provider cannot be asked, with what it said.
    """
    return asyncio.run(_prompts(list(draws), concurrency, timeout))


async def _prompts(draws: list[Draw], concurrency: int, timeout: float) -> dict[tuple[str, str], int]:
    space = asyncio.Semaphore(concurrency)
    clients: dict[tuple[str, str, str | None], Any] = {}
    under_way: dict[tuple[tuple[str, str, str | None], bytes], asyncio.Task[int]] = {}
    wanted: dict[tuple[str, str], asyncio.Task[int]] = {}

    async def ask(draw: Draw, client: Any) -> int:  # noqa: ANN401 - the client of an SDK
        async with space:
            try:
                async with asyncio.timeout(timeout):
                    count: int = await COUNTERS[draw.sampler.API].count(client, draw.body, headers=draw.headers)
                    return count
            except TimeoutError:
                why = f"no answer within {timeout:g} s"
            except Exception as error:  # noqa: BLE001 - the sampler knows its SDK's errors and raises what it does not know
                why = draw.sampler.fault(error).message
            raise UserError(f"arm {draw.arm.name}: the prompt of case {draw.case} could not be counted: {why}")

    try:
        for draw in draws:
            if draw.sampler.API not in COUNTERS:
                continue
            place = (draw.sampler.API, draw.arm.model, draw.arm.base_url)
            if place not in clients:
                clients[place] = draw.sampler.connect(draw.arm, timeout=timeout, concurrency=concurrency)
            if (place, draw.body) not in under_way:
                under_way[place, draw.body] = asyncio.create_task(ask(draw, clients[place]))
            wanted[draw.case, draw.arm.name] = under_way[place, draw.body]
        return {key: await task for key, task in wanted.items()}
    finally:
        for task in under_way.values():
            task.cancel()
        await asyncio.gather(*under_way.values(), return_exceptions=True)
        for (api, _, _), client in clients.items():
            await COUNTERS[api].close(client)
