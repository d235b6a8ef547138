"""Tokens times rates: what a request did cost, would have cost, and can cost at most."""

from __future__ import annotations

from replay.records import JSON, Listed, Price, Rates, Usage

MILLION = 1_000_000
DEARER_TIERS = frozenset({"priority", "fast"})
BATCH_TIERS = frozenset({"batch", "flex"})  # flex processing asks the batch rates


def usd(price: Price, usage: Usage, *, batch: bool = False, hour: int = 0, tier: str | None = None) -> float | None:
    """US dollars for one request's ``usage``; ``hour`` of the written tokens are kept for an hour, the rest shorter.

    ``batch`` is for what came through a batch endpoint, ``tier`` the service tier the answer names. None where the list
    has no price for that: a batch of a model without batch rates, a tier that costs more.
    """
    if tier in DEARER_TIERS:
        return None
    share = price.listed.batch if batch or tier in BATCH_TIERS else 1.0
    if share is None:
        return None
    rates = rates_for(price.listed, usage.input + usage.cache_read + usage.cache_write)
    short = usage.cache_write - hour
    total = (
        usage.input * rates.input
        + usage.cache_read * _or_input(rates, rates.cache_read)
        + short * _or_input(rates, rates.cache_write)
        + hour * _or_input(rates, rates.cache_write_1h)
        + usage.output * rates.output
    )
    return share * total / MILLION


def uncached(price: Price, usage: Usage, *, batch: bool = False, tier: str | None = None) -> float | None:
    """What the same tokens cost had nothing been read from or written to the provider's cache."""
    plain = Usage(input=usage.input + usage.cache_read + usage.cache_write, output=usage.output)
    return usd(price, plain, batch=batch, tier=tier)


def most(price: Price, prompt: int, output: int, *, hour: bool = True) -> float:
    """The most that a prompt of up to ``prompt`` and an answer of up to ``output`` tokens can cost, in US dollars.

    No discount is counted on; writing all of the prompt to the cache is (for an ``hour`` if so), where that costs more.
    """
    listed = price.listed
    tiers: list[Rates] = [listed]
    if listed.long is not None and prompt > listed.long.above:
        tiers.append(listed.long)
    return max(prompt * _dearest(one, hour=hour) + output * one.output for one in tiers) / MILLION


def rates_for(listed: Listed, prompt: int) -> Rates:
    """The rates of a request whose prompt has so many tokens."""
    return listed.long if listed.long is not None and prompt > listed.long.above else listed


def written_for_an_hour(response: JSON) -> int:
    """How many of the cache-written tokens of an Anthropic response are kept for an hour.

    https://docs.claude.com/en/docs/build-with-claude/prompt-caching, ``usage.cache_creation``.
    """
    return _count(_inside(_inside(response, "usage"), "cache_creation"), "ephemeral_1h_input_tokens")


def tier(response: JSON) -> str | None:
    """The service tier a response says it was served at: Anthropic in ``usage``, OpenAI beside it."""
    for holder in (response, _inside(response, "usage")):
        told = holder.get("service_tier") if isinstance(holder, dict) else None
        if isinstance(told, str):
            return told
    return None


def _or_input(rates: Rates, rate: float | None) -> float:
    return rates.input if rate is None else rate


def _dearest(rates: Rates, *, hour: bool) -> float:
    """The rate of a prompt token at worst."""
    return max(rates.input, rates.cache_write or 0.0, (rates.cache_write_1h or 0.0) if hour else 0.0)


def _inside(holder: JSON, key: str) -> JSON:
    return holder.get(key) if isinstance(holder, dict) else None


def _count(holder: JSON, key: str) -> int:
    value = _inside(holder, key)
    return value if type(value) is int and value >= 0 else 0
