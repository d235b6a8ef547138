"""What models cost."""

from __future__ import annotations

from typing import Annotated

import msgspec

from replay.records.base import Record

Dollars = Annotated[float, msgspec.Meta(ge=0)]


class Rates(Record, frozen=True):
    """US dollars for a million tokens. A cache rate that is None is that of ``input``."""

    input: Dollars
    output: Dollars
    cache_read: Dollars | None = None
    cache_write: Dollars | None = None
    cache_write_1h: Dollars | None = None


class LongRates(Rates, frozen=True, kw_only=True):
    """The rates of all tokens of a request whose prompt has more than ``above`` tokens."""

    above: Annotated[int, msgspec.Meta(ge=1)]


class Listed(Rates, frozen=True):
    """A model as a price list has it. ``batch`` is the share that the batch endpoint asks, None where it has none."""

    batch: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    long: LongRates | None = None


class Price(Record, frozen=True):
    """What ``model`` costs: the ``listed`` rates found under ``entry``, as of the day ``as_of``, from ``source``."""

    model: str
    entry: str
    listed: Listed
    as_of: str
    source: str
